// The bulk rows: one large file, a sparse file, one file out of a large envelope.
import { createCipheriv } from "node:crypto";
import { closeSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BIN, dipbag, inside, room, row, run, spread, UNLOCKED_CLI, UNLOCKED_ENV } from "./measure.js";
import { makePeers } from "./peers.js";

export const LABEL = ["--label", "HARBOUR RESTRICTED REL TO AAB, QMB", "--to", "watch.qmb@cert.example"];
export const user = (name) => ["--home", join("home", name), "--passphrase-file", join("home", "passphrase")];
const VERIFY = ["--home", join("home", "pipeline")];
const VERBS = {
  pack: ["pack", "large.bin", ...LABEL, "-o", "out.dipbag", ...user("duty")],
  unpack: ["unpack", "large.dipbag", "-o", "out", ...user("watch")],
  verify: ["verify", "large.dipbag", ...VERIFY],
};
/** Goals: for Node 20, and for Node 24. */
export const goalFor = (node, [on20, on24]) => (Number.parseInt(node.version, 10) >= 24 ? on24 : on20);

export function clean(cwd, wanted = /^out/) {
  for (const name of readdirSync(cwd)) if (wanted.test(name)) rmSync(join(cwd, name), { recursive: true });
}

/** What every measurement needs: the folder of the demo, and sample files. Whoever unpacks is unlocked once, too. */
export async function prepare(cwd, { nodes, size }) {
  const [node] = nodes;
  await run(node.path, [BIN, "demo", "-o", "home"], { cwd });
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  for (const [name, mebibytes] of [
    ["large.bin", size],
    ["small.bin", 1],
  ]) {
    const file = openSync(join(cwd, name), "w");
    for (let i = 0; i < mebibytes; i++) writeSync(file, cipher.update(Buffer.alloc(2 ** 20)));
    closeSync(file);
  }
  const pack = (out, ...files) => dipbag(node, ["pack", ...files, ...LABEL, "-o", out, ...user("duty")], { cwd });
  await pack("large.dipbag", "large.bin");
  await pack("small.dipbag", join("home", "report.json"));
  await pack("access.dipbag", "large.bin", "small.bin");
  await dipbag(node, ["unpack", "small.dipbag", "-o", "out", ...user("watch")], { cwd });
}

/** One large file, each peer in turn with us: ours on each Node, the peer, ours, the next peer. */
export async function bulk(cwd, { nodes, size, rounds, present, npm }) {
  const rows = [];
  const memory = nodes.map(() => 0);
  const timed = async (action, node) => {
    clean(cwd);
    return action(node);
  };
  for (const [verb, peers] of Object.entries(makePeers(cwd, present, npm))) {
    const taken = peers.map(() => nodes.map(() => ({ ours: [], theirs: [] })));
    for (let round = 0; round < rounds; round++) {
      for (const [i, { action, perNode, rounds: few = rounds }] of peers.entries()) {
        if (round >= few) continue;
        for (const [k, node] of nodes.entries()) {
          const ours = await timed(() => dipbag(node, VERBS[verb], { cwd }));
          memory[k] = Math.max(memory[k], ours.megabytes);
          taken[i][k].ours.push(ours.seconds);
          if (perNode) taken[i][k].theirs.push((await timed(action, node)).seconds);
        }
        if (perNode) continue;
        const { seconds } = await timed(action);
        for (const { theirs } of taken[i]) theirs.push(seconds);
      }
    }
    for (const [i, { name, less, goal, perNode }] of peers.entries()) {
      for (const [k, node] of nodes.entries()) {
        const { ours, theirs } = taken[i][k];
        const ratios = ours.map((seconds, round) => seconds / theirs[round]);
        const more = { goal: goal && goalFor(node, goal), less, perNode, ours: spread(ours), theirs: spread(theirs) };
        rows.push(row(verb, node, `${verb} ${size} MiB`, name, "times", ratios, more));
      }
    }
  }
  for (const [k, node] of nodes.entries()) rows.push(memoryRow(node, `pack, unpack, verify ${size} MiB`, [memory[k]]));
  return rows;
}

const memoryRow = (node, what, megabytes, note) =>
  row("memory", node, what, "peak of memory", "MB", [Math.max(...megabytes)], { goal: 100, note });

/** A sparse file: with its envelope on the RAM disk if it fits there; else packed into nothing, and read from a pipe. */
export async function sparse(cwd, { nodes, sparse: gibibytes }) {
  if (gibibytes === 0) return [];
  clean(cwd, /^(?:large|access|out)/);
  const rows = [];
  for (const node of nodes) {
    const found = await (room() > (gibibytes * 1.02 + 4) * 2 ** 30 ? sparseFile : sparsePipe)(cwd, node, gibibytes);
    rows.push(memoryRow(node, `pack, unpack, verify ${gibibytes} GiB, sparse`, found.megabytes, found.note));
  }
  return rows;
}

async function sparseFile(cwd, node, gibibytes) {
  writeFileSync(join(cwd, "sparse"), "");
  truncateSync(join(cwd, "sparse"), gibibytes * 2 ** 30);
  const cli = (...args) => dipbag(node, args, { cwd, stdout: "ignore" });
  const runs = [
    await cli("pack", "sparse", ...LABEL, "-o", "sparse.dipbag", ...user("duty")),
    await cli("verify", "sparse.dipbag", ...VERIFY),
    await cli("unpack", "sparse.dipbag", "--item", "sparse", "-o", "-", ...user("watch")),
  ];
  clean(cwd, /^sparse/);
  const [packed, verified, unpacked] = runs.map(({ seconds }) => `${seconds.toFixed(1)} s`);
  const note = `packed in ${packed}, verified in ${verified}, verified and unpacked to /dev/null in ${unpacked}`;
  return { megabytes: runs.map(({ megabytes }) => megabytes), note };
}

async function sparsePipe(cwd, node, gibibytes) {
  const input = { homes: "home", gibibytes };
  const nothing = await inside(node, "nothing", input, { cwd });
  const quoted = (...words) => words.map((word) => `'${word}'`).join(" ");
  const stream = quoted(
    node.path,
    fileURLToPath(new URL("inside.js", import.meta.url)),
    "stream",
    JSON.stringify(input),
  );
  const piped = async (...args) => {
    const shell = `${stream} | ${quoted(node.path, ...UNLOCKED_CLI, ...args)} > /dev/null`;
    const { said } = await run("sh", ["-c", shell], { cwd, env: UNLOCKED_ENV });
    return Number(/^peak (.*)$/m.exec(said)[1]) * 1.024e-3;
  };
  const megabytes = [
    nothing.megabytes,
    await piped("verify", "-", ...VERIFY),
    await piped("unpack", "-", "--item", "sparse", "--stream", "-o", "-", ...user("watch")),
  ];
  const note = `packed into nothing in ${nothing.seconds.toFixed(0)} s; verified and unpacked from a pipe that packs it again`;
  return { megabytes, note };
}

/** How many segments are read for one file of 1 MiB, the last one in the large envelope. */
export async function access(cwd, { nodes, size, rounds }) {
  const rows = [];
  const item = ["--item", "small.bin", "--stream", "-o", "out.bin"];
  for (const node of nodes) {
    const read = await inside(node, "access", { homes: "home", path: "access.dipbag", item: "small.bin" }, { cwd });
    const runs = [];
    for (let i = 0; i < rounds; i++) {
      clean(cwd);
      runs.push((await dipbag(node, ["unpack", "access.dipbag", ...item, ...user("watch")], { cwd })).seconds);
    }
    const bytes = `${(read.bytes / 1e6).toFixed(1)} of ${(read.size / 1e6).toFixed(0)} MB, head included`;
    const note = `of ${read.segments}; ${bytes}; the command takes ${spread(runs).median.toFixed(2)} s`;
    const what = `1 MiB out of ${size} MiB`;
    rows.push(row("access", node, what, "segments read", "segments", [read.touched], { goal: read.needed, note }));
  }
  return rows;
}
