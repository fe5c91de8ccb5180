// All other rows: what is measured, against what, and the goal.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { clean, goalFor, LABEL, user } from "./bulk.js";
import { BIN, dipbag, inside, row, run, spread } from "./measure.js";
import { gpgLoop } from "./peers.js";

/** The other goal is for a Node on which @noble does ML-DSA, which is slow. */
const unlessSlow = (node, quick, slow) => (node.slowMlDsa ? slow : quick);
const VERIFY = ["--home", join("home", "pipeline")];
const SMALL = [join("home", "report.json"), ...LABEL, "-o", "out.dipbag", ...user("duty")];

/** What is left out elsewhere: a small file packed as the user does, scrypt included. */
export async function unlocking(cwd, { nodes, rounds }) {
  const rows = [];
  for (const node of nodes) {
    const [seconds, megabytes] = [[], []];
    for (let i = 0; i < rounds; i++) {
      clean(cwd);
      const plain = await run(node.path, [BIN, "pack", ...SMALL], { cwd });
      clean(cwd);
      seconds.push(plain.seconds - (await dipbag(node, ["pack", ...SMALL], { cwd })).seconds);
      megabytes.push(plain.megabytes);
    }
    const note = `the whole process then takes ${Math.max(...megabytes).toFixed(0)} MB`;
    rows.push(row("unlocking", node, "unlocking an identity file", "(scrypt, N = 2^17)", "s", seconds, { note }));
  }
  return rows;
}

/** Envelopes of 10 KB in `folder`, made by the quickest Node in two processes, each with half of the signers. */
export async function makeBatch(cwd, folder, { nodes, count, signers = 100 }) {
  const maker = nodes.find(({ native }) => native) ?? nodes[0];
  mkdirSync(join(cwd, folder));
  const half = Math.ceil(count / 2);
  const parts = [
    { from: 0, end: half },
    { from: half, end: count },
  ];
  await Promise.all(
    parts.map((part) => inside(maker, "batch", { homes: "home", folder, signers: signers / 2, ...part }, { cwd })),
  );
}

export const verifyFolder = (node, folder, cwd) =>
  run(node.path, [BIN, "verify", folder, ...VERIFY], { cwd, stdout: "ignore" });

/** A folder of envelopes by one command, and in turn a shell loop of gpg. */
export async function batch(cwd, { nodes, rounds, batch: count, present }) {
  if (count === 0) return [];
  await makeBatch(cwd, "batch", { nodes, count });
  const sample = 100;
  const loop = present.includes("gpg") ? await gpgLoop(cwd, sample) : undefined;
  const rates = nodes.map(() => []);
  const theirs = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const [k, node] of nodes.entries()) rates[k].push(count / (await verifyFolder(node, "batch", cwd)).seconds);
    if (loop) theirs.push(sample / (await loop()).seconds);
  }
  clean(cwd, /^batch$/);
  const what = `verify ${count} envelopes of 10 KB`;
  return nodes.flatMap((node, k) => {
    const goal = unlessSlow(node, 6000, 1000);
    const more = { better: "more", note: "100 signers; all envelopes distinct" };
    const rows = [row("batch", node, what, "a second", "/s", rates[k], { ...more, goal })];
    if (!loop) return rows;
    const ratios = rates[k].map((rate, round) => rate / theirs[round]);
    const note = `${sample} files in the loop, ${spread(theirs).median.toFixed(0)} a second`;
    const peer = { better: "more", less: "one signature, all of one key", note, goal: 25 };
    return [...rows, row("batch", node, what, "gpg in a shell loop", "times", ratios, peer)];
  });
}

/** Least squares for t = a + b n, weighted so that each point counts by its relative error. */
export function line(points) {
  const [s, sx, sy, sxx, sxy] = [0, 1, 2, 3, 4].map((kind) =>
    points.reduce((sum, { n, t }) => sum + [1, n, t, n * n, n * t][kind] / t ** 2, 0),
  );
  const slope = (s * sxy - sx * sy) / (s * sxx - sx * sx);
  const start = (sy - slope * sx) / s;
  return { start, slope, off: points.map(({ n, t }) => t / (start + slope * n) - 1) };
}

/** So many are named on the command line, which reads and verifies their cards. */
const NAMED = 100;

/** Packing for 1,000, and whether each costs the same; and for fewer by the command line. */
export async function recipients(cwd, { nodes, recipients: most, rounds }) {
  const rows = [];
  const named = Math.min(most, NAMED);
  cpSync(join(cwd, "home", "duty"), join(cwd, "home", "many"), { recursive: true });
  await inside(nodes[0], "cards", { homes: "home", home: join("home", "many"), count: named }, { cwd });
  const to = Array.from({ length: named }, (_, i) => ["--to", `officer-${i}.aab@cert.example`]).flat();
  for (const node of nodes) {
    clean(cwd);
    const args = ["pack", ...SMALL.slice(0, -4), ...user("many"), ...to];
    const { seconds, megabytes } = await dipbag(node, args, { cwd });
    const cli = { note: `their cards read and verified; ${megabytes.toFixed(0)} MB` };
    rows.push(row("recipients", node, `pack for ${named} recipients`, "command line", "s", [seconds], cli));
    const counts = [0.1, 0.25, 0.5, 0.75, 1].map((part) => Math.ceil(most * part));
    const all = await inside(node, "recipients", { homes: "home", counts, rounds: Math.min(rounds, 3) }, { cwd });
    const points = all.map(({ count, pack }) => ({ n: count, t: pack }));
    const { slope, off } = line(points);
    const note = points.map(({ n, t }) => `${n}: ${t.toFixed(2)} s`).join(", ");
    const [more, each] = [
      { goal: goalFor(node, [5, 1]), note },
      { goal: 10, note: `${(1000 * slope).toFixed(2)} ms each` },
    ];
    const worst = 100 * Math.max(...off.map(Math.abs));
    rows.push(row("recipients", node, `pack for ${most} recipients`, "library", "s", [points.at(-1).t], more));
    rows.push(row("recipients", node, `each of ${counts[0]} to ${most} recipients`, "off a + b n", "%", [worst], each));
  }
  return rows;
}

/** A process that has next to nothing to do, against an empty one, in turn. */
export async function startup(cwd, { nodes, rounds }) {
  const cases = [
    ["-e", "0"],
    [BIN, "--version"],
    [BIN, "verify", "small.dipbag", ...VERIFY],
  ];
  const taken = nodes.map(() => [[], [], [], []]);
  for (let i = 0; i < 6 * rounds + 1; i++) {
    for (const [k, node] of nodes.entries()) {
      for (const [c, args] of cases.entries()) {
        const start = performance.now();
        const { status, stderr } = spawnSync(node.path, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
        if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
        taken[k][c].push(performance.now() - start);
      }
      clean(cwd);
      taken[k][3].push(1000 * (await dipbag(node, ["pack", ...SMALL], { cwd })).seconds);
    }
  }
  return nodes.flatMap((node, k) => {
    const [base, ...others] = taken[k];
    const names = ["--version", "verify, small", "pack, small, unlocked"];
    const goals = [1.3, unlessSlow(node, 1.9, 3.5)];
    return others.map((values, c) => {
      const note = `${spread(values).median.toFixed(0)} ms, and ${spread(base).median.toFixed(0)} ms`;
      const ratios = values.map((value, i) => value / base[i]);
      return row("start-up", node, names[c], "node -e 0", "times", ratios, { goal: goals[c], note });
    });
  });
}

/** Verifying from memory, in the library, against the bare cryptographic operations that it asks for. */
export async function library(cwd, { nodes, rounds }) {
  const rows = [];
  for (const node of nodes) {
    const signers = 10 * rounds;
    if (node === nodes[0]) await makeBatch(cwd, "small", { nodes, count: 2 * signers, signers: 2 * signers });
    const input = { homes: "home", folder: "small", native: node.native, rounds: 4 * rounds, signers };
    const all = await inside(node, "library", input, { cwd });
    for (const [kind, who] of Object.entries({ known: "known signer", fresh: "new signers" })) {
      const { measured, operations } = all[kind];
      const milliseconds = 1000 * spread(measured.map(({ ours }) => ours)).median;
      const list = Object.entries(operations).map(([name, count]) => `${count} ${name}`);
      const more = { goal: 1.15, note: `${milliseconds.toFixed(2)} ms; ${list.join(", ")}` };
      const ratios = measured.map(({ ours, theirs }) => ours / theirs);
      rows.push(row("library", node, `verify 10 KB in memory, ${who}`, "bare operations", "times", ratios, more));
    }
  }
  return rows;
}
