/**
 * A pipeline's day: many envelopes, one in fifty of them bad in some way, through one `dipbag verify`, which is given their folder
 * once or several times. node load.js [ENVELOPES] [TIMES]
 * Every good one must pass and every bad one must not; memory stays flat, and nothing waits long for its turn.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bytesSource, pack } from "../../dist/index.js";

const BIN = fileURLToPath(new URL("../../bin/dipbag.js", import.meta.url));
const SIGNERS = 100;
/** Good envelopes that differ; a file is a name for one of them. Nothing remembers an envelope, only cards. */
const DISTINCT = 500;
const ONE_IN = 50;
/** Written into the process that is watched: how long its main thread could not take its turn, in milliseconds. */
const WATCH = `
const { monitorEventLoopDelay } = require("node:perf_hooks");
const { writeFileSync } = require("node:fs");
const delay = monitorEventLoopDelay({ resolution: 5 });
// What the process loads before it begins to verify is not what is measured.
setTimeout(() => delay.enable(), 1000).unref();
if (require("node:worker_threads").isMainThread) {
  process.on("exit", () => writeFileSync(process.env.LOAD_DELAY, String(delay.max / 1e6)));
}`;

/**
 * @typedef {object} Outcome
 * @property {number} envelopes
 * @property {number} bad how many of them
 * @property {number} wrong how many got the wrong answer, or none
 * @property {number} seconds
 * @property {number} stall the longest wait for a turn of the main thread, in milliseconds
 * @property {readonly number[]} memory resident bytes at each tenth of the answers, from the first to the last
 * @property {Readonly<Record<string, number>>} codes how often each was given
 * @property {number} status
 */

/** Ways to spoil an envelope. @type {readonly ((bytes: Uint8Array, seed: number) => Uint8Array)[]} */
const SPOIL = [
  (bytes, seed) => bytes.with(seed % bytes.length, bytes[seed % bytes.length] ^ (1 << (seed % 8))),
  (bytes, seed) => bytes.subarray(0, seed % bytes.length),
  (bytes) => Uint8Array.of(...bytes, 0),
  (bytes, seed) =>
    bytes.fill(0, bytes.length - 1 - (seed % 1000), bytes.length - (seed % 1000)).fill(255, bytes.length - 1),
  (bytes) => bytes.subarray(1),
];

/** Fills `folder` with envelopes, and answers which of them are bad. @returns {Promise<Set<string>>} */
async function fill(/** @type {string} */ folder, /** @type {string} */ homes, /** @type {number} */ envelopes) {
  // It seals as of the moment in which it is loaded, and the cards are new.
  const { moreOfficers, planFor } = await import("../../bench/exercise.js");
  const officers = await moreOfficers(homes, SIGNERS);
  const text = new TextEncoder().encode("EXERCISE. Nothing to report.\n".repeat(100));
  const files = [{ name: "report.txt", mediaType: "text/plain", size: text.length, source: bytesSource(text) }];
  /** @type {Uint8Array[]} */
  const made = [];
  for (let i = 0; i < Math.min(DISTINCT, envelopes); i++) {
    const officer = officers[i % SIGNERS];
    let out = new Uint8Array(0);
    const sink = {
      write: async (/** @type {Uint8Array} */ bytes, /** @type {number} */ position) => {
        const next = new Uint8Array(Math.max(out.length, position + bytes.length));
        next.set(out);
        next.set(bytes, position);
        out = next;
      },
    };
    await pack(planFor(officer, [files], [officer.recipient]), sink);
    made.push(out);
    writeFileSync(join(folder, "..", `${i}.good`), out);
  }
  /** @type {Set<string>} */
  const bad = new Set();
  for (let i = 0; i < envelopes; i++) {
    const name = `${String(i).padStart(7, "0")}.dipbag`;
    const from = i % made.length;
    if (i % ONE_IN === ONE_IN - 1) {
      bad.add(name);
      writeFileSync(join(folder, name), SPOIL[((i / ONE_IN) | 0) % SPOIL.length](made[from].slice(), i * 7919));
    } else linkSync(join(folder, "..", `${from}.good`), join(folder, name));
  }
  return bad;
}

/** Runs it. @returns {Promise<Outcome>} */
export async function load(/** @type {number} */ files, times = 1) {
  const envelopes = files * times;
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "dipbag-load-"));
  try {
    const homes = join(root, "homes");
    const folder = join(root, "in");
    mkdirSync(folder);
    const demo = spawnSync(process.execPath, [BIN, "demo", "-o", homes], { encoding: "utf8" });
    if (demo.status !== 0) throw new Error(demo.stderr);
    const bad = await fill(folder, homes, files);

    const watch = join(root, "watch.cjs");
    const delay = join(root, "delay");
    writeFileSync(watch, WATCH);
    const begun = performance.now();
    const child = spawn(
      process.execPath,
      ["--require", watch, BIN, "verify", ...Array(times).fill(folder), "--json", "--home", join(homes, "pipeline")],
      { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, LOAD_DELAY: delay } },
    );
    const resident = () => 4096 * Number(readFileSync(`/proc/${child.pid}/statm`, "utf8").split(" ")[1]);
    /** @type {number[]} */
    const memory = [];
    /** @type {Record<string, number>} */
    const codes = {};
    let [answers, wrong] = [0, 0];
    const ended = new Promise((resolve) => child.on("exit", resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      const { input, status, code = "OK" } = JSON.parse(line);
      codes[code] = (codes[code] ?? 0) + 1;
      const isRefused = status === 1;
      if (isRefused !== bad.has(input.split("/").at(-1))) wrong++;
      if (++answers % Math.ceil(envelopes / 10) === 0) memory.push(resident());
    }
    const status = await ended;
    wrong += envelopes - answers;
    const seconds = (performance.now() - begun) / 1000;
    return {
      envelopes,
      bad: bad.size * times,
      wrong,
      seconds,
      stall: Number(readFileSync(delay, "utf8")),
      memory,
      codes,
      status,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcome = await load(Number(process.argv[2] ?? 200_000), Number(process.argv[3] ?? 1));
  const { envelopes, bad, wrong, seconds, stall, memory, codes, status } = outcome;
  const [first = 0, ...later] = memory;
  const growth = Math.max(...later) / first - 1;
  console.log(
    `${envelopes} envelopes, ${bad} of them bad, in ${seconds.toFixed(0)} s: ${(envelopes / seconds).toFixed(0)} a second`,
  );
  console.log(
    `wrong answers: ${wrong}; dipbag ended with ${status}; ${Object.entries(codes)
      .map(([code, n]) => `${code} ${n}`)
      .join(", ")}`,
  );
  console.log(
    `memory at each tenth: ${memory.map((bytes) => (bytes / 1e6).toFixed(0)).join(" ")} MB, ${(100 * growth).toFixed(1)} % above the first at most`,
  );
  console.log(`longest wait of the main thread: ${stall.toFixed(0)} ms`);
  const faults = [
    ...(wrong > 0 ? ["wrong answers"] : []),
    // In a short run the first tenth is the start.
    ...(growth > 0.05 && envelopes >= 50_000 ? ["memory grew by more than 5 %"] : []),
    ...(stall > 200 ? ["the main thread waited more than 200 ms"] : []),
  ];
  console.log(faults.length === 0 ? "passed" : `FAILED: ${faults.join(", ")}`);
  if (faults.length > 0) process.exitCode = 1;
}
