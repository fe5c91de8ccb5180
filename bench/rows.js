// The rows of the table: what is measured, against what, and the goal. Goals stand here and in peers.js.

import { spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BIN, dipbag, inside, room, run, spread, UNLOCKED_CLI, UNLOCKED_ENV } from "./measure.js";
import { gpgLoop, makePeers } from "./peers.js";

const LABEL = ["--label", "HARBOUR RESTRICTED REL TO AAB, QMB", "--to", "watch.qmb@cert.example"];
const OUTPUTS = ["out", "out.dipbag", "out.age", "out.minisig", "out.gpg", "out.pgp", "out.bin"];
const user = (name) => ["--home", join("home", name), "--passphrase-file", join("home", "passphrase")];
const isNew = (node) => Number(node.version.split(".")[0]) >= 24;
const forNode = (node, [on20, on24]) => (isNew(node) ? on24 : on20);
/** The higher goal is for a Node on which noble does ML-DSA, which is slow. */
const unlessSlow = (node, quick, slow) => (node.slowMlDsa ? slow : quick);

function makeFile(path, mebibytes) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(2 ** 20);
  const file = openSync(path, "w");
  for (let i = 0; i < mebibytes; i++) writeSync(file, cipher.update(zeros));
  closeSync(file);
}

/** What every measurement needs: the folder of the demo, and sample files. */
export async function prepare(cwd, { nodes, size }) {
  const [node] = nodes;
  await run(node.path, [BIN, "demo", "-o", "home"], { cwd });
  makeFile(join(cwd, "large.bin"), size);
  makeFile(join(cwd, "small.bin"), 1);
  const pack = (out, ...files) => dipbag(node, ["pack", ...files, ...LABEL, "-o", out, ...user("duty")], { cwd });
  await pack("large.dipbag", "large.bin");
  await pack("small.dipbag", "small.bin");
  await pack("access.dipbag", "large.bin", "small.bin");
  // scrypt is asked once, before anything is timed.
  await dipbag(node, ["unpack", "small.dipbag", "-o", "out", ...user("watch")], { cwd });
}

const VERBS = {
  pack: ["pack", "large.bin", ...LABEL, "-o", "out.dipbag", ...user("duty")],
  unpack: ["unpack", "large.dipbag", "-o", "out", ...user("watch")],
  verify: ["verify", "large.dipbag", "--home", join("home", "pipeline")],
};

/** One large file, each peer in turn with us: ours on each Node, the peer, ours, the next peer. */
export async function bulk(cwd, { nodes, size, rounds, present, npm }) {
  const peers = makePeers(cwd, present, npm);
  const rows = [];
  const memory = nodes.map(() => 0);
  const timed = async (action) => {
    for (const name of OUTPUTS) rmSync(join(cwd, name), { recursive: true, force: true });
    return action();
  };
  for (const [verb, args] of Object.entries(VERBS)) {
    const taken = peers[verb].map(() => nodes.map(() => ({ ours: [], theirs: [], megabytes: 0 })));
    for (let round = 0; round < rounds; round++) {
      for (const [i, peer] of peers[verb].entries()) {
        if (round >= (peer.rounds ?? rounds)) continue;
        let theirs;
        for (const [k, node] of nodes.entries()) {
          const ours = await timed(() => dipbag(node, args, { cwd }));
          memory[k] = Math.max(memory[k], ours.megabytes);
          if (peer.perNode) theirs = await timed(() => peer.action(node));
          taken[i][k].ours.push(ours.seconds);
          if (peer.perNode) record(taken[i][k], theirs);
        }
        if (!peer.perNode) {
          theirs = await timed(() => peer.action());
          for (const one of taken[i]) record(one, theirs);
        }
      }
    }
    for (const [i, { name, less, goal }] of peers[verb].entries()) {
      for (const [k, node] of nodes.entries()) {
        const { ours, theirs, megabytes } = taken[i][k];
        rows.push({
          ...{ group: verb, what: `${verb} ${size} MiB`, against: name, node: node.name, unit: "times", less },
          measured: spread(ours.map((seconds, round) => seconds / theirs[round])),
          ...{ ours: spread(ours), theirs: spread(theirs), theirMegabytes: megabytes },
          ...(goal && { goal: forNode(node, goal) }),
        });
      }
    }
  }
  for (const [k, node] of nodes.entries()) rows.push(peakRow(node, `pack, unpack and verify ${size} MiB`, [memory[k]]));
  return rows;
}

function record(one, { seconds, megabytes }) {
  one.theirs.push(seconds);
  one.megabytes = Math.max(one.megabytes, megabytes);
}

const peakRow = (node, what, megabytes, note) => ({
  ...{ group: "memory", what, against: "peak of memory, unlocked", node: node.name, unit: "MB", goal: 100, note },
  measured: spread([Math.max(...megabytes)]),
});

/** A sparse file: into the RAM disk as far as it fits, else by pipes, and packed into nothing. */
export async function sparse(cwd, { nodes, sparse: gibibytes }) {
  if (gibibytes === 0) return [];
  const rows = [];
  for (const name of readdirSync(cwd))
    if (/^(large|access)\.|^out/.test(name)) rmSync(join(cwd, name), { recursive: true });
  for (const node of nodes) {
    const input = { homes: "home", gibibytes };
    if (room() > (gibibytes * 1.02 + 4) * 2 ** 30) {
      const path = join(cwd, "sparse");
      writeFileSync(path, "");
      truncateSync(path, gibibytes * 2 ** 30);
      const cli = (...args) => dipbag(node, args, { cwd, stdout: "ignore" });
      const runs = [
        await cli("pack", "sparse", ...LABEL, "-o", "sparse.dipbag", ...user("duty")),
        await cli("verify", "sparse.dipbag", "--home", join("home", "pipeline")),
        await cli("unpack", "sparse.dipbag", "--item", "sparse", "-o", "-", ...user("watch")),
      ];
      rmSync(join(cwd, "sparse.dipbag"));
      const [packed, verified, unpacked] = runs.map(({ seconds }) => `${seconds.toFixed(1)} s`);
      const note = `packed to a file in ${packed}, verified in ${verified}, unpacked to /dev/null in ${unpacked}`;
      const peaks = runs.map(({ megabytes }) => megabytes);
      rows.push(peakRow(node, `pack, verify and unpack a sparse file of ${gibibytes} GiB`, peaks, note));
    } else {
      const nothing = await inside(node, "nothing", input, { cwd });
      const piped = async (...args) => {
        const stream = `"${node.path}" "${new URL("inside.js", import.meta.url).pathname}" stream '${JSON.stringify(input)}'`;
        const reader = [node.path, ...UNLOCKED_CLI, ...args].map((one) => `'${one}'`).join(" ");
        const shell = ["-c", `${stream} | ${reader} >/dev/null`];
        const { seconds, said } = await run("sh", shell, { cwd, env: UNLOCKED_ENV });
        return { seconds, megabytes: Number(/^peak (.*)$/m.exec(said)[1]) * 1.024e-3 };
      };
      const verified = await piped("verify", "-", "--home", join("home", "pipeline"));
      const unpacked = await piped("unpack", "-", "--item", "sparse", "--stream", "-o", "-", ...user("watch"));
      const note = `packed into nothing in ${nothing.seconds.toFixed(0)} s; verified and unpacked from a pipe, whose other end packs it again`;
      const peaks = [nothing.megabytes, verified.megabytes, unpacked.megabytes];
      rows.push(peakRow(node, `pack, verify and unpack a sparse file of ${gibibytes} GiB`, peaks, note));
    }
  }
  return rows;
}

/** What is left out elsewhere: a small file packed as the user does, scrypt included. */
export async function unlocking(cwd, { nodes, rounds }) {
  const rows = [];
  for (const node of nodes) {
    const runs = [];
    for (let i = 0; i < rounds; i++) {
      rmSync(join(cwd, "out.dipbag"), { force: true });
      const args = [BIN, "pack", "small.bin", ...LABEL, "-o", "out.dipbag", ...user("duty")];
      const plain = await run(node.path, args, { cwd });
      rmSync(join(cwd, "out.dipbag"), { force: true });
      const unlocked = await dipbag(node, args.slice(1), { cwd });
      runs.push({ seconds: plain.seconds - unlocked.seconds, megabytes: plain.megabytes });
    }
    const megabytes = Math.max(...runs.map((one) => one.megabytes));
    rows.push({
      ...{
        group: "unlocking",
        what: "unlocking an identity file",
        against: "scrypt, N = 2^17",
        node: node.name,
        unit: "s",
      },
      measured: spread(runs.map(({ seconds }) => seconds)),
      note: `the whole process then takes ${megabytes.toFixed(0)} MB`,
    });
  }
  return rows;
}

/** Envelopes of 10 KB in `folder` by `signers` officers, made by the quickest Node, half of them in each of two processes. */
export async function makeBatch(cwd, folder, { nodes, count, signers = 100 }) {
  const maker = nodes.find(({ native }) => native) ?? nodes[0];
  mkdirSync(join(cwd, folder));
  const half = Math.ceil(count / 2);
  const parts = [
    [0, half],
    [half, count],
  ].filter(([from, end]) => end > from);
  const own = Math.min(signers, count);
  await Promise.all(
    parts.map(([from, end], i) => {
      const officers = parts.length > 1 ? [Math.ceil(own / 2), Math.floor(own / 2)][i] : own;
      return inside(maker, "batch", { homes: "home", folder, from, end, signers: officers }, { cwd });
    }),
  );
}

export const verifyFolder = (node, folder, cwd) =>
  run(node.path, [BIN, "verify", folder, "--home", join("home", "pipeline")], { cwd, stdout: "ignore" });

/** A folder of envelopes by one command, and in turn a shell loop of gpg. */
export async function batch(cwd, { nodes, rounds, batch: count, present }) {
  if (count === 0) return [];
  await makeBatch(cwd, "batch", { nodes, count });
  const sample = 100;
  const gpg = present.includes("gpg") ? gpgLoop(cwd, sample) : undefined;
  await gpg?.make();
  const rates = nodes.map(() => []);
  const loop = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const [k, node] of nodes.entries()) rates[k].push(count / (await verifyFolder(node, "batch", cwd)).seconds);
    if (gpg) loop.push(sample / (await gpg.verify()).seconds);
  }
  rmSync(join(cwd, "batch"), { recursive: true });
  const what = `verify a folder of ${count} envelopes of 10 KB by ${Math.min(100, count)} signers`;
  return nodes.flatMap((node, k) => [
    {
      ...{ group: "batch", what, against: "envelopes a second", node: node.name, unit: "/s", better: "more" },
      ...{ measured: spread(rates[k]), goal: unlessSlow(node, 6000, 1000) },
    },
    ...(gpg
      ? [
          {
            ...{
              group: "batch",
              what,
              against: "a shell loop of gpg --verify",
              node: node.name,
              unit: "times",
              better: "more",
            },
            ...{ measured: spread(rates[k].map((rate, round) => rate / loop[round])), goal: 25 },
            ...{
              less: "one signature, of one key",
              note: `the loop: ${sample} files, ${spread(loop).median.toFixed(0)} a second`,
            },
          },
        ]
      : []),
  ]);
}

/** How many segments are read for one file of 1 MiB, the last one in the large envelope. */
export async function access(cwd, { nodes, size, rounds }) {
  const rows = [];
  for (const node of nodes) {
    const read = await inside(node, "access", { homes: "home", path: "access.dipbag", item: "small.bin" }, { cwd });
    const runs = [];
    for (let i = 0; i < rounds; i++) {
      rmSync(join(cwd, "out.bin"), { force: true });
      const item = ["--item", "small.bin", "--stream", "-o", "out.bin"];
      runs.push((await dipbag(node, ["unpack", "access.dipbag", ...item, ...user("watch")], { cwd })).seconds);
    }
    const bytes = `${(read.bytes / 1e6).toFixed(2)} MB of ${(read.size / 1e6).toFixed(0)}, head included`;
    rows.push({
      ...{ group: "access", what: `one file of 1 MiB out of ${size} MiB`, against: "segments read", node: node.name },
      ...{ unit: "segments", goal: read.needed, measured: spread([read.touched]) },
      note: `of ${read.segments}; ${bytes}; the command takes ${spread(runs).median.toFixed(2)} s`,
    });
  }
  return rows;
}

/** Least squares for t = a + b n, weighted so that each point counts by its relative error. */
export function line(points) {
  const [s, sx, sy, sxx, sxy] = [0, 1, 2, 3, 4].map((kind) =>
    points.reduce((sum, { n, t }) => sum + [1, n, t, n * n, n * t][kind] / t ** 2, 0),
  );
  const slope = points.length > 1 ? (s * sxy - sx * sy) / (s * sxx - sx * sx) : 0;
  const start = (sy - slope * sx) / s;
  return { start, slope, off: points.map(({ n, t }) => t / (start + slope * n) - 1) };
}

/** Packing for 1,000, and whether each costs the same. */
export async function recipients(cwd, { nodes, recipients: most, rounds }) {
  const rows = [];
  for (const node of nodes) {
    const counts = [0.1, 0.25, 0.5, 0.75, 1].map((part) => Math.ceil(most * part));
    const all = await inside(node, "recipients", { homes: "home", counts, rounds: Math.min(rounds, 3) }, { cwd });
    const points = all.map(({ count, pack }) => ({ n: count, t: pack }));
    const { slope, off } = line(points);
    const last = points.at(-1);
    const of = { group: "recipients", node: node.name };
    rows.push(
      {
        ...{ ...of, what: `pack for ${most} recipients, in the library`, against: "seconds", unit: "s" },
        ...{ goal: forNode(node, [5, 1]), measured: spread([last.t]) },
        note: points.map(({ n, t }) => `${n}: ${t.toFixed(2)} s`).join(", "),
      },
      {
        ...{
          ...of,
          what: `each slot costs the same, from ${counts[0]} to ${most}`,
          against: "off a straight line",
          unit: "%",
        },
        ...{ goal: 10, measured: spread([100 * Math.max(...off.map(Math.abs))]) },
        note: `${(1000 * slope).toFixed(2)} ms each`,
      },
    );
  }
  return rows;
}

/** A process that has next to nothing to do, against an empty one, in turn. */
export async function startup(cwd, { nodes, rounds }) {
  const envelope = "small.dipbag";
  const cases = {
    "node -e 0": ["-e", "0"],
    "--version": [BIN, "--version"],
    "verify, small": [BIN, "verify", envelope, "--home", join("home", "pipeline")],
  };
  const small = "pack, small, unlocked";
  const taken = nodes.map(() => ({}));
  for (let i = 0; i < 6 * rounds + 1; i++) {
    for (const [k, node] of nodes.entries()) {
      const add = (name, milliseconds) => {
        taken[k][name] = [...(taken[k][name] ?? []), milliseconds];
      };
      for (const [name, args] of Object.entries(cases)) {
        const start = performance.now();
        const { status, stderr } = spawnSync(node.path, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
        if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
        add(name, performance.now() - start);
      }
      rmSync(join(cwd, "out.dipbag"), { force: true });
      const args = ["pack", join("home", "report.json"), ...LABEL, "-o", "out.dipbag", ...user("duty")];
      if (i % 6 === 0) add(small, 1000 * (await dipbag(node, args, { cwd })).seconds);
    }
  }
  return nodes.flatMap((node, k) => {
    const base = taken[k]["node -e 0"];
    const goals = { "--version": 1.3, "verify, small": unlessSlow(node, 1.9, 3.5) };
    const { "node -e 0": _, ...others } = taken[k];
    return Object.entries(others).map(([name, values]) => ({
      ...{ group: "start-up", what: name, against: "node -e 0", node: node.name, unit: "times", goal: goals[name] },
      measured: spread(values.map((value, i) => value / (name === small ? spread(base).median : base[i]))),
      note: `${spread(values).median.toFixed(0)} ms, and ${spread(base).median.toFixed(0)} ms`,
    }));
  });
}

/** Verifying from memory, in the library, against the bare cryptographic operations that it asks for. */
export async function library(cwd, { nodes, rounds }) {
  const rows = [];
  for (const node of nodes) {
    const input = { homes: "home", native: node.native, rounds: 4 * rounds, signers: 10 * rounds };
    const all = await inside(node, "library", input, { cwd });
    for (const [kind, who] of Object.entries({ known: "signer met before", fresh: "each of a new signer" })) {
      const { measured, operations } = all[kind];
      const milliseconds = 1000 * spread(measured.map(({ ours }) => ours)).median;
      rows.push({
        ...{ group: "library", what: `verify 10 KB from memory, ${who}`, node: node.name, unit: "times" },
        ...{ against: "the bare operations in it", goal: 1.15 },
        measured: spread(measured.map(({ ours, theirs }) => ours / theirs)),
        note: `${milliseconds.toFixed(2)} ms; ${Object.entries(operations)
          .map(([name, count]) => `${count} ${name}`)
          .join(", ")}`,
      });
    }
  }
  return rows;
}
