// Tasks that call the library, in a process of their own: node inside.js TASK INPUT prints a JSON document.
// INPUT is JSON; its `homes` is the folder that `dipbag demo` has made.
import { createCipheriv, createPublicKey, hash, verify as nodeVerify } from "node:crypto";
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thumbprint } from "../dist/cose/key.js";
import { ED25519, ML_DSA_65, ML_DSA_87, X_WING } from "../dist/crypto/engine.js";
import { engine as hashes } from "../dist/crypto/node-hash.js";
import { engine } from "../dist/crypto/node-public.js";
import { engine as secrets } from "../dist/crypto/node-secret.js";
import { random, withRandomForTests } from "../dist/crypto/random.js";
import { HPKE_9_KE } from "../dist/crypto/suites.js";
import { bytesSource, openEnvelope, pack, unpack, verify } from "../dist/index.js";
import { fileSource, Home, threads } from "../dist/node/index.js";
import { describeAs, fileOf } from "../dist/node/shared.js";
import { moreOfficers, NOW, officers, planFor } from "./exercise.js";

const file = (bytes, name = "report.txt") => ({
  ...{ name, mediaType: "text/plain", size: bytes.length, source: bytesSource(bytes) },
});

/** Writes down in `records` what the library asks of cryptography while `records.on`: hashes, signatures, and new keys. */
function listen(records) {
  const { verifyKey, checkKemPublicKey } = engine;
  const heard = (name, again) => {
    if (records.on) records.push({ name, again });
  };
  for (const each of new Set([engine, hashes])) {
    const { sha256 } = each;
    each.sha256 = (bytes) => {
      heard("SHA-256", () => () => hash("sha256", bytes, "buffer").length === 32);
      return sha256(bytes);
    };
  }
  engine.checkKemPublicKey = (...args) => {
    heard("check of a KEM key", () => () => checkKemPublicKey(...args) === undefined);
    return checkKemPublicKey(...args);
  };
  engine.verifyKey = (alg, publicKey) => {
    heard("check of a signing key", () => () => verifyKey(alg, publicKey).alg === alg);
    const key = verifyKey(alg, publicKey);
    const verify = (message, signature) => {
      heard(SIGNATURES[alg], (native) => bareSignature(native, key, message, signature));
      return key.verify(message, signature);
    };
    return { ...key, verify };
  };
}

const SIGNATURES = { [ED25519]: "Ed25519", [ML_DSA_65]: "ML-DSA-65", [ML_DSA_87]: "ML-DSA-87" };
const prepared = new WeakMap();

/**
 * A signature with nothing around it: node:crypto with a prepared key. Where Node has no ML-DSA it is the key of our engine,
 * which calls the package that has it.
 */
function bareSignature(native, key, message, signature) {
  if (key.alg !== ED25519 && !native) return () => key.verify(message, signature);
  if (!prepared.has(key)) {
    const bytes = Buffer.from(key.publicKey).toString("base64url");
    const ed25519 = { kty: "OKP", crv: "Ed25519", x: bytes };
    const jwk = key.alg === ED25519 ? ed25519 : { kty: "AKP", alg: SIGNATURES[key.alg], pub: bytes };
    prepared.set(key, createPublicKey({ key: jwk, format: "jwk" }));
  }
  return () => nodeVerify(null, message, prepared.get(key), signature);
}

const timed = async (action) => {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
};
const least = async (times, action) => {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) best = Math.min(best, await timed(action));
  return best;
};

async function packed(officer, portions, recipients) {
  const parts = [];
  await pack(planFor(officer, portions, recipients), {
    write: async (bytes, position) => void parts.push([position, bytes.slice()]),
  });
  return Buffer.concat(parts.sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
}

const TASKS = {
  /**
   * Verifying from memory, and in turn the cryptographic operations that it has asked for, with the same keys and inputs: for
   * a signer met before, and for `signers` who are new (keys are then checked and cards verified, too). Another process has made
   * the envelopes in `folder`: who makes a card knows it.
   */
  async library({ homes, folder, native, rounds, signers }) {
    const records = [];
    listen(records);
    const { trust } = await officers(homes);
    const observed = async (envelope) => {
      records.length = 0;
      records.on = true;
      const seconds = await timed(() => verify(bytesSource(envelope), trust, NOW));
      records.on = false;
      return { seconds, list: [...records] };
    };
    const bare = (list, times) => {
      const actions = list.map(({ again }) => again(native));
      return timed(() => {
        for (let i = 0; i < times; i++)
          for (const action of actions) if (!action()) throw new Error("what verified does not verify");
      });
    };
    const results = { known: [], fresh: [] };
    const all = Array.from(
      { length: 2 * signers },
      (_, i) => new Uint8Array(readFileSync(join(folder, `${i}.dipbag`))),
    );
    for (const [i, envelope] of all.entries()) {
      const { seconds, list } = await observed(envelope);
      const theirs = await bare(list, 1);
      // The first half is to warm up.
      if (i >= signers) results.fresh.push({ ours: seconds, theirs, list });
    }
    const { list } = await observed(all[0]);
    for (let i = -3; i < rounds; i++) {
      const ours = await timed(async () => {
        for (let k = 0; k < 50; k++) await verify(bytesSource(all[0]), trust, NOW);
      });
      const theirs = await bare(list, 50);
      if (i >= 0) results.known.push({ ours: ours / 50, theirs: theirs / 50, list });
    }
    return Object.fromEntries(
      Object.entries(results).map(([kind, measured]) => {
        const operations = {};
        for (const { name } of measured[0].list) operations[name] = (operations[name] ?? 0) + 1;
        return [kind, { operations, measured: measured.map(({ ours, theirs }) => ({ ours, theirs })) }];
      }),
    );
  },

  /** Which segments are read to get the file `item` out of the envelope at `path`. */
  async access({ homes, path, item }) {
    const { trust, reader } = await officers(homes);
    const whole = await fileSource(path);
    const reads = [];
    const read = (position, length, into) => {
      reads.push({ position, length });
      return whole.read(position, length, into);
    };
    const envelope = await openEnvelope({ size: whole.size, read }, trust, NOW);
    const [body] = envelope.bodies;
    const { segmentLength, segments } = body.portion.layout;
    const start = whole.size - body.portion.layout.body;
    const needed = new Set([0]);
    for await (const portion of unpack(envelope, reader)) {
      const { items, offset } = portion.contents;
      const index = items.findIndex(({ name }) => name === item);
      const from = items.slice(0, index).reduce((sum, { size }) => sum + size, offset);
      const capacity = segmentLength - 32;
      for (let i = Math.floor(from / capacity); i * capacity < from + items[index].size; i++) needed.add(i);
      await portion.write(index, { write: async () => {} });
    }
    const touched = new Set(
      reads
        .filter(({ position }) => position >= start && position < whole.size)
        .map(({ position }) => Math.floor((position - start) / segmentLength)),
    );
    const bytes = reads.reduce((sum, { length }) => sum + length, 0);
    return { segments, needed: needed.size, touched: touched.size, bytes, size: whole.size };
  },

  /** One small file for more and more recipients. Each has a KEM key of its own; all else on their cards is one officer's. */
  async recipients({ homes, counts, rounds = 1 }) {
    const all = await officers(homes);
    const many = Array.from({ length: Math.max(...counts) }, () => {
      const { publicKey } = secrets.decapsulationKey(X_WING, random(32));
      const kem = { ...all.recipient.kems[0], publicKey, kid: thumbprint(HPKE_9_KE, publicKey) };
      return { ...all.recipient, digest: random(32), kems: [kem] };
    });
    // The last one opens.
    const chosen = (count) => [...many.slice(0, count - 1), all.recipient];
    return growth(all, counts, rounds, (count) => [[[file(random(1000))]], chosen(count)]);
  },

  async portions({ homes, counts, rounds = 1 }) {
    const all = await officers(homes);
    const portions = (count) => Array.from({ length: count }, () => [file(random(1000))]);
    return growth(all, counts, rounds, (count) => [portions(count), [all.recipient]]);
  },

  /** Files of more and more bytes, sparse so that they take no room, by the threads that the command line uses. */
  async payload({ homes, counts }) {
    const all = await officers(homes);
    const [path, sealed] = [join(homes, "sparse"), join(homes, "sparse.dipbag")];
    const nothing = openFile("/dev/null", "w");
    return warmed(counts, async (count) => {
      const times = count < 2 ** 24 ? 15 : count < 2 ** 28 ? 5 : 1;
      const bulk = threads();
      const plan = await sparsePlan(all, path, count);
      const seal = async () => {
        rmSync(sealed, { force: true });
        const sink = openFile(sealed, "w+");
        await pack(plan, sink, undefined, bulk);
        closeSync(sink.fd);
      };
      const row = { pack: await least(times, seal) };
      const source = await fileSource(sealed);
      row.verify = await least(times, () => verify(source, all.trust, NOW, undefined, bulk));
      row.unpack = await least(times, () => opened(source, all, nothing, bulk));
      for (const open of [source, plan.portions[0].files[0].source, bulk]) await open.close();
      rmSync(sealed);
      return row;
    });
  },

  /** Envelopes of 10 KB, `from` and on, before `end`, by `signers` officers in turn. */
  async batch({ homes, folder, from, end, signers }) {
    const all = await moreOfficers(homes, signers);
    for (let i = from; i < end; i++) {
      const officer = all[i % signers];
      writeFileSync(join(folder, `${i}.dipbag`), await packed(officer, [[file(random(10_000))]], [officer.recipient]));
    }
    return { made: end - from };
  },

  /** Takes the cards of `count` more officers into the home at `home`. */
  async cards({ homes, home, count }) {
    for (const { card } of await moreOfficers(homes, count)) await new Home(home).addCard(card);
    return {};
  },

  /** A folder of `count` links to the envelopes in the folder `all`. */
  async links({ folder, count, distinct }) {
    mkdirSync(folder);
    for (let i = 0; i < count; i++) linkSync(join("all", `${i % distinct}.dipbag`), join(folder, `${i}.dipbag`));
    return {};
  },

  /** Packs a sparse file into nothing, by the threads that the command line uses. */
  async nothing({ homes, gibibytes }) {
    const all = await officers(homes);
    const bulk = threads();
    const plan = await sparsePlan(all, join(homes, "sparse"), gibibytes * 2 ** 30);
    const seconds = await timed(() => pack(plan, openFile("/dev/null", "w"), undefined, bulk));
    await bulk.close();
    return {
      seconds,
      megabytes: Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1.024e-3,
    };
  },

  /**
   * An envelope of a sparse file on stdout, with nothing of it kept. Its head is the last thing that packing knows and the first
   * that a reader wants; so it is packed twice, with the same randomness: into nothing, for the head, and then to stdout.
   */
  async stream({ homes, gibibytes }) {
    const all = await officers(homes);
    const plan = await sparsePlan(all, join(homes, "sparse"), gibibytes * 2 ** 30);
    const twice = (action) => {
      const bytes = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
      return withRandomForTests((length) => new Uint8Array(bytes.update(Buffer.alloc(length))), action);
    };
    let head;
    const bulk = threads();
    const keepHead = async (bytes, position) => {
      if (position === 0) head = bytes.slice();
    };
    await twice(() => pack(plan, describeAs({ write: keepHead }, descriptorOf("/dev/null", "w")), undefined, bulk));
    await bulk.close();
    const write = (bytes) => new Promise((done) => process.stdout.write(bytes, done));
    await write(head);
    await twice(() => pack(plan, { write: async (bytes, at) => (at === 0 ? undefined : write(bytes)) }));
  },
};

/** Files that other threads can write to as well. */
const descriptorOf = (path, flags) => ({ fd: openSync(path, flags), path, opened: null });
const openFile = (path, flags) => {
  const descriptor = descriptorOf(path, flags);
  return describeAs(Object.assign(fileOf(descriptor), { fd: descriptor.fd }), descriptor);
};

/** One file of so many bytes, none of which takes room. */
async function sparsePlan(all, path, size) {
  writeFileSync(path, "");
  truncateSync(path, size);
  const source = await fileSource(path);
  return planFor(all, [[{ name: "sparse", mediaType: "application/octet-stream", size, source }]], [all.recipient]);
}

async function opened(source, { trust, reader }, sink, bulk) {
  const envelope = await openEnvelope(source, trust, NOW);
  for await (const portion of unpack(envelope, reader, undefined, bulk)) await portion.write(0, sink);
}

/** A row for each of `counts`; what is measured first is measured once before, to warm up. */
async function warmed(counts, measure) {
  await measure(counts[0]);
  const rows = [];
  for (const count of counts) rows.push({ count, ...(await measure(count)) });
  return rows;
}

/** Seconds to pack, verify and unpack, least of `rounds`, for each of `counts`: `planOf(count)` says what is packed for whom. */
const growth = (all, counts, rounds, planOf) =>
  warmed(counts, async (count) => {
    const [portions, recipients] = planOf(count);
    const times = count <= 64 ? 5 * rounds : rounds;
    let bytes;
    const seal = async () => {
      bytes = await packed(all, portions, recipients);
    };
    return {
      pack: await least(times, seal),
      verify: await least(times, () => verify(bytesSource(bytes), all.trust, NOW)),
      unpack: await least(times, () => opened(bytesSource(bytes), all, { write: async () => {} })),
    };
  });

const [task, input] = process.argv.slice(2);
const result = await TASKS[task](JSON.parse(input));
if (result !== undefined) process.stdout.write(JSON.stringify(result));
