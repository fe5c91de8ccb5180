/** The same work by real threads: the workers are those that have been built into dist. */

import { appendFileSync, openSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import type { Body } from "../../src/envelope/bodies.ts";
import { type Bulk, inOrder, type Job, type Work } from "../../src/envelope/bulk.ts";
import { CHECK } from "../../src/envelope/check.ts";
import { pack } from "../../src/envelope/pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { DipbagError } from "../../src/errors.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { createOutput } from "../../src/node/output.ts";
import { describeAs, OpenFile } from "../../src/node/shared.ts";
import { fileSource } from "../../src/node/source.ts";
import { plainSpool } from "../../src/node/spool.ts";
import { type Threads, threads } from "../../src/node/threads.ts";
import { folder } from "../cli/process.ts";
import { file, packed } from "../packing.ts";
import { CONFIDENTIAL, content, MemorySink, repeatable, T, trust, world } from "../world.ts";

const { duty } = world;
const MIB = 2 ** 20;
const CAPACITY = MIB - 32;
const built = (name: string) => new URL(`../../dist/node/${name}-worker.js`, import.meta.url);
const WORKERS = { check: built("check"), seal: built("seal"), open: built("seal") };
/** A worker that is this program. */
const made = (source: string) => {
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return { check: url, seal: url, open: url };
};
const CRASHES = "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));";
const ALWAYS = { check: 0, seal: 0, open: 0 };

const opened: Threads[] = [];
function threaded(options: Parameters<typeof threads>[0] = {}): Threads {
  const bulk = threads({ most: 3, pays: ALWAYS, workers: WORKERS, ...options });
  opened.push(bulk);
  return bulk;
}
afterEach(async () => {
  for (const bulk of opened.splice(0)) await bulk.close();
});

/** `bulk`, but this thread is so slow that others do all but the first segment. */
function slowly(bulk: Bulk, milliseconds = 500): Bulk {
  const slow = <J extends Job>({ name, start }: Work<J>): Work<J> => ({
    name,
    start(job) {
      const step = start(job);
      return async (index, memory) => {
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        return step(index, memory);
      };
    },
  });
  return { memory: bulk.memory, run: (work, job, progress) => bulk.run(slow(work), job, progress) };
}

/** Packs the file at `path` to another, by `bulk`, with the same randomness each time. */
async function packFile(path: string, out: string, bulk: Bulk, pad = true): Promise<Uint8Array> {
  const source = await fileSource(path);
  const output = await createOutput(out);
  try {
    const files = [{ name: "a", mediaType: "text/plain", size: source.size ?? 0, source }];
    const plan = {
      identity: duty.identity,
      card: duty.card,
      labels: CONFIDENTIAL,
      handling: { messageType: "exercise" } as const,
      portions: [{ labels: CONFIDENTIAL, files, recipients: [duty.card] }],
      policies: BUILT_IN,
      created: T,
      pad,
      hideRecipients: false,
    };
    const { head } = await repeatable("threads", () => pack(plan, output, undefined, bulk));
    await output.commit();
    return readFileSync(out).subarray(head);
  } finally {
    await output.abort();
    await source.close();
  }
}

async function unpackFile(path: string, out: string, bulk: Bulk): Promise<void> {
  const source = await fileSource(path);
  const output = await createOutput(out);
  try {
    for await (const portion of unpack(await openEnvelope(source, trust, T), duty, undefined, bulk)) {
      await portion.write(0, output);
      await portion.checkPadding();
    }
    await output.commit();
  } finally {
    await output.abort();
    await source.close();
  }
}

it("a source or a sink of somebody's class stays in this thread", async () => {
  class Kept {
    readonly size: number;
    private readonly bytes: Uint8Array;
    constructor(bytes: Uint8Array) {
      this.bytes = bytes;
      this.size = bytes.length;
    }
    async read(position: number, length: number): Promise<Uint8Array> {
      return this.bytes.subarray(position, position + length);
    }
  }
  const data = content(5 * MIB);
  const sealed = async (bulk: Bulk) => {
    const { bytes, report } = await repeatable("kept", () =>
      packed(
        [
          {
            labels: CONFIDENTIAL,
            files: [{ ...file("a", ""), size: data.length, source: new Kept(data) }],
            to: [duty],
          },
        ],
        { bulk },
      ),
    );
    // Node 24 signs with random bytes of its own.
    return bytes.subarray(report.head);
  };
  expect(hex(await sealed(threaded()))).toBe(hex(await sealed(inOrder)));
});

async function verifyFile(path: string, bulk: Bulk): Promise<number> {
  const source = await fileSource(path);
  let progress = 0;
  try {
    await verify(
      source,
      trust,
      T,
      (bytes) => {
        progress += bytes;
      },
      bulk,
    );
    return progress;
  } finally {
    await source.close();
  }
}

describe("with and without workers", () => {
  it("the same bytes are packed, verified and unpacked", async () => {
    const dir = folder();
    const bulk = slowly(threaded(), 50);
    const size = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: -60, max: 2 }))
        .map(([segments, off]) => segments * CAPACITY + off),
      fc.integer({ min: 0, max: 12 * MIB }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(size, fc.boolean(), async (length, pad) => {
        const path = (name: string) => join(dir, `${run}.${name}`);
        run++;
        const bytes = content(length);
        writeFileSync(path("in"), bytes);
        const alone = await packFile(path("in"), path("alone"), inOrder, pad);
        const together = await packFile(path("in"), path("together"), bulk, pad);
        expect(Buffer.compare(together, alone)).toBe(0);
        expect(await verifyFile(path("alone"), bulk)).toBe(await verifyFile(path("together"), inOrder));
        await unpackFile(path("alone"), path("out"), bulk);
        expect(Buffer.compare(readFileSync(path("out")), bytes)).toBe(0);
      }),
      { seed: 5, numRuns: 15 },
    );
  });

  it("a spool is read and written by all", async () => {
    const dir = folder();
    const spool = await plainSpool(dir);
    const { bytes } = await packed([
      { labels: CONFIDENTIAL, files: [{ ...inMemory(content(9 * MIB)), name: "a" }], to: [duty] },
    ]);
    await spool.write(bytes, 0);
    expect(spool.size).toBe(bytes.length);
    await verify(spool, trust, T, undefined, threaded());
    await spool.close();
  });
});

const inMemory = (bytes: Uint8Array) => ({ mediaType: "text/plain", size: bytes.length, source: bytesSource(bytes) });

/** An envelope of twelve segments in a file, where its body stands, and a job to check it. */
async function envelopeFile() {
  const path = join(folder(), "in.dipbag");
  const file = { ...inMemory(content(12 * CAPACITY - 1000)), name: "a" };
  const { bytes } = await packed([{ labels: CONFIDENTIAL, files: [file], to: [duty] }], { pad: false });
  writeFileSync(path, bytes);
  const body = (await openEnvelope(bytesSource(bytes), trust, T)).bodies[0] as Body;
  const { position, portion } = body;
  const { layout, digests } = portion;
  const job = { position, layout, digests, number: 7, copy: null, first: 0, end: 12, room: MIB };
  return { path, bytes, body: position, job };
}

describe("what a worker meets arrives as if it had been met here", () => {
  it.each([3, 11])("ERR_DIGEST, of the first segment that is damaged: %i", async (first) => {
    const { path, bytes, body } = await envelopeFile();
    for (let index = first; index < 12; index++)
      bytes[body + index * MIB + 77] = (bytes[body + index * MIB + 77] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    for (const bulk of [inOrder, slowly(threaded())]) {
      await expect(verifyFile(path, bulk)).rejects.toMatchObject({ code: "ERR_DIGEST", details: { portion: 1 } });
      const out = `${path}.out`;
      await expect(unpackFile(path, out, bulk)).rejects.toMatchObject({ code: "ERR_DIGEST", details: { portion: 1 } });
      expect(() => readFileSync(out)).toThrow("ENOENT");
    }
  });

  it("ERR_TRUNCATED", async () => {
    const { path, body } = await envelopeFile();
    truncateSync(path, body + 5 * MIB + 1);
    for (const bulk of [inOrder, slowly(threaded())]) {
      await expect(verifyFile(path, bulk)).rejects.toMatchObject({ code: "ERR_TRUNCATED" });
    }
  });

  it("ERR_INPUT_CHANGED, with its path", async () => {
    const dir = folder();
    const path = join(dir, "in");
    writeFileSync(path, content(12 * MIB));
    const bulk = slowly(threaded());
    const changing: Bulk = {
      memory: bulk.memory,
      run(work, job, progress) {
        appendFileSync(path, "more");
        return bulk.run(work, job, progress);
      },
    };
    await expect(packFile(path, join(dir, "out"), changing)).rejects.toMatchObject({
      code: "ERR_INPUT_CHANGED",
      details: { path },
    });
  });

  it("ERR_DISK_FULL, with its path", async () => {
    const { path } = await envelopeFile();
    const source = await fileSource(path);
    const full = { write: async () => {} };
    describeAs(full, new OpenFile(openSync("/dev/full", "w"), "elsewhere", null));
    for await (const portion of unpack(await openEnvelope(source, trust, T), duty, undefined, slowly(threaded()))) {
      // What this thread writes goes nowhere, and only what another writes meets the full disk.
      await expect(portion.write(0, full)).rejects.toMatchObject({
        code: "ERR_DISK_FULL",
        details: { path: "elsewhere" },
      });
      break;
    }
    await source.close();
  });

  it("the first of several, whoever met it", async () => {
    const bulk = threaded();
    const file = await envelopeFile();
    const source = await fileSource(file.path);
    const job = { ...file.job, source };
    // Segment 0 is claimed here, fails late and comes first.
    const failing = {
      name: "check" as const,
      start: () => async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        throw new DipbagError("ERR_BODY", { portion: 7 });
      },
    };
    const wrong = { ...job, digests: new Uint8Array(job.digests.length) };
    await expect(bulk.run(failing, wrong)).rejects.toMatchObject({ code: "ERR_BODY" });
    await expect(bulk.run(CHECK, wrong)).rejects.toMatchObject({ code: "ERR_DIGEST", details: { portion: 7 } });
    await bulk.run(CHECK, job);
    await source.close();
  });

  it("a worker that ends by itself is ERR_INTERNAL, and leaves no file", async () => {
    const dir = folder();
    writeFileSync(join(dir, "in"), content(12 * MIB));
    for (const source of [CRASHES, "throw new Error('SECRET')"]) {
      const bulk = threaded({ workers: made(source) });
      const out = join(dir, "out");
      await expect(packFile(join(dir, "in"), out, bulk)).rejects.toMatchObject({ code: "ERR_INTERNAL", status: 70 });
      expect(() => readFileSync(out)).toThrow("ENOENT");
    }
  });

  it("a fault of our own here is thrown as it is, when nobody works any more", async () => {
    const { path } = await envelopeFile();
    const source = await fileSource(path);
    const fault = new TypeError("a fault");
    const bulk = threaded();
    const start = () => () => Promise.reject(fault);
    const failing: Bulk = { memory: bulk.memory, run: (work, job) => bulk.run({ name: work.name, start }, job) };
    await expect(verify(source, trust, T, undefined, failing)).rejects.toBe(fault);
    await verify(source, trust, T, undefined, bulk);
    await source.close();
  });
});

describe("workers", () => {
  it("are closed in the middle: the run ends, and says that it did not finish", async () => {
    const { path } = await envelopeFile();
    const source = await fileSource(path);
    const bulk = threaded({
      workers: made("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});"),
    });
    const running = expect(verify(source, trust, T, undefined, bulk)).rejects.toMatchObject({ code: "ERR_INTERNAL" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await bulk.close();
    await running;
    await source.close();
  });

  it("are not started for less than it pays, nor for what is no file, nor where there is one processor", async () => {
    const { path, bytes } = await envelopeFile();
    const workers = made(CRASHES);
    await verifyFile(path, threaded({ workers, pays: { check: 100 * MIB, seal: 48 * MIB, open: 48 * MIB } }));
    await verifyFile(path, threaded({ workers, most: 1 }));
    await verify(bytesSource(bytes), trust, T, undefined, threaded({ workers }));
    const bulk = threaded({ workers, most: 1 });
    bulk.prepare("check", 2 ** 40);
    await verifyFile(path, bulk);
    await expect(verifyFile(path, threaded({ workers }))).rejects.toMatchObject({ code: "ERR_INTERNAL" });
  });

  it("are no more than fit into memory when segments are large", async () => {
    const { path, job } = await envelopeFile();
    const source = await fileSource(path);
    const bulk = threaded({ workers: made(CRASHES) });
    await bulk.run(CHECK, { ...job, source, room: 16 * MIB });
    await expect(bulk.run(CHECK, { ...job, source, room: 8 * MIB })).rejects.toMatchObject({ code: "ERR_INTERNAL" });
    await source.close();
  });

  it("see nothing of the environment, which may hold a passphrase", async () => {
    const { path } = await envelopeFile();
    const tell = `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => parentPort.postMessage({ index: -1, code: "ERR_LIMIT", details: { what: Object.keys(process.env).join() } }));`;
    expect(Object.keys(process.env).length).toBeGreaterThan(0);
    await expect(verifyFile(path, threaded({ workers: made(tell) }))).rejects.toMatchObject({ details: { what: "" } });
  });

  it("are told no secret but the key of the segments", async () => {
    const { path } = await envelopeFile();
    const source = await fileSource(path);
    const seen: [string, unknown][] = [];
    const bulk: Bulk = {
      memory: inOrder.memory,
      run: async (work, job, progress) => {
        for (const [name, value] of Object.entries(job)) seen.push([name, name === "key" ? hex(value) : null]);
        await inOrder.run(work, job, progress);
      },
    };
    for await (const portion of unpack(await openEnvelope(source, trust, T), duty, undefined, bulk)) {
      await portion.write(0, new MemorySink());
    }
    const names = "source position layout digests number first end room key sink start";
    expect(seen.map(([name]) => name).sort()).toEqual(names.split(" ").sort());
    expect(Object.fromEntries(seen).key).toMatch(/^(?!0{64})[0-9a-f]{64}$/);
    await source.close();
  });
});
