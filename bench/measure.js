// Running commands, and telling how long they took and how much memory.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const BIN = here("../bin/dipbag.js");
const UNLOCKED = here("unlocked.cjs");
const INSIDE = here("inside.js");
const BUNDLE = here("../dist/bundle/");
/** The part of the bundle that opens identities. */
const HOME_PART = readdirSync(BUNDLE).find((name) => /\basync identity\(/.test(readFileSync(BUNDLE + name, "utf8")));

// Costs Node 20 45 ms in every process, and has nothing to do with us.
delete process.env.NODE_EXTRA_CA_CERTS;

/** A command line that means nothing ends here. @returns {never} */
export function usage(message) {
  console.error(`bench: ${message}; see bench/README.md`);
  process.exit(2);
}

/** As parseArgs, but for how it fails. */
export function options(wanted) {
  try {
    return parseArgs({ options: wanted }).values;
  } catch ({ message }) {
    return usage(message);
  }
}

/** Where files are: a RAM disk if there is one. */
const RAM = "/dev/shm";
export const onRam = existsSync(RAM);
const ROOM = onRam ? RAM : tmpdir();

/** Runs `action` in a new folder there, which is gone afterwards, also when it is interrupted. */
export async function inFolder(action) {
  const folder = mkdtempSync(join(ROOM, "dipbag-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      remove();
      process.exit(1);
    });
  }
  try {
    return await action(folder);
  } finally {
    remove();
  }
}

/** How many bytes fit there, in memory too. */
export function room() {
  const { bavail, bsize } = statfsSync(ROOM);
  return onRam ? Math.min(bavail * bsize, process.availableMemory()) : bavail * bsize;
}

/** Runs a command to its end: seconds, the peak of its memory (VmHWM) in MB, what it printed and said. */
export function run(command, args, { cwd, env = {}, stdout = "pipe" }) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", stdout, "pipe"] });
    let [kilobytes, printed, said] = [0, "", ""];
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    child.stdout?.setEncoding("latin1").on("data", (text) => {
      printed += text;
    });
    const look = setInterval(() => {
      try {
        kilobytes = Number(
          /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? kilobytes,
        );
      } catch {} // It has just ended.
    }, 20);
    child.on("error", reject).on("close", (status) => {
      clearInterval(look);
      const seconds = (performance.now() - start) / 1000;
      if (status === 0) resolve({ seconds, megabytes: (kilobytes * 1024) / 1e6, printed, said });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${status}: ${said}`));
    });
  });
}

/** Several commands as one: times add up, the higher peak counts. */
export async function oneByOne(...actions) {
  const all = { seconds: 0, megabytes: 0 };
  for (const action of actions) {
    const { seconds, megabytes } = await action();
    all.seconds += seconds;
    all.megabytes = Math.max(all.megabytes, megabytes);
  }
  return all;
}

/** The arguments of a Node that make it the command line with its identities unlocked, and what its environment needs. */
export const UNLOCKED_CLI = ["--require", UNLOCKED, BIN];
export const UNLOCKED_ENV = { BENCH_HOME_PART: BUNDLE + HOME_PART };

/** The command line, unlocked: the time for unlocking is not counted. Its memory by its own word, to the last moment. */
export async function dipbag(node, args, options) {
  const env = { ...UNLOCKED_ENV, ...options.env };
  const result = await run(node.path, [...UNLOCKED_CLI, ...args], { ...options, env });
  const unlocking = Number(/^unlocking (.*)$/m.exec(result.said)[1]);
  const kilobytes = Number(/^peak (.*)$/m.exec(result.said)[1]);
  return { ...result, seconds: result.seconds - unlocking, megabytes: (kilobytes * 1024) / 1e6 };
}

/** A task of inside.js, which calls the library in a process of its own. */
export async function inside(node, task, input, { cwd }) {
  const { printed } = await run(node.path, [INSIDE, task, JSON.stringify(input)], { cwd });
  return JSON.parse(printed);
}

/** What each of the given Nodes is, and which cryptography it has. */
export function describeNodes(paths) {
  const names = new Set();
  return paths.map((path) => {
    const ask = (...args) => {
      const { error, status, stdout, stderr } = spawnSync(path, args, { encoding: "utf8" });
      if (error || status !== 0) throw new Error(`${path} ${args.join(" ")}: ${error?.message ?? stderr}`);
      return stdout.trim();
    };
    const version = ask("-p", "process.versions.node");
    const { engine } = JSON.parse(ask(BIN, "doctor", "--json"));
    const name = `Node ${version.split(".")[0]}`;
    if (names.has(name)) throw new Error(`two of ${name}`);
    names.add(name);
    const native = /ML-DSA native/.test(engine);
    return { path, name, version, engine, native, slowMlDsa: !native && !/webassembly|wasm/i.test(engine) };
  });
}

export const machine = () => ({
  processor: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
  system: `${process.platform} ${release()}`,
  files: onRam ? `on a RAM disk (${RAM})` : `in ${ROOM}, which is no RAM disk`,
  load: loadavg()
    .map((value) => value.toFixed(2))
    .join(" "),
  date: new Date().toISOString().slice(0, 10),
});

const middle = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
export const spread = (values) => ({ median: middle(values), least: Math.min(...values), most: Math.max(...values) });

/** A row of the table: what, in `unit` or in times what it is measured against. */
export const row = (group, { name: node }, what, against, unit, values, more) => ({
  ...{ group, node, what, against, unit, measured: spread(values) },
  ...more,
});
