// Mutation testing: changes the sources in one place after the other, and asks each time whether a test sees it.
//   npm run mutants [-- GROUP...]          all mutants of groups.json; at least 85 % have to be killed
//   npm run mutants -- --changed [--base COMMIT]   only lines that differ from COMMIT; what CI runs
// --concurrency N; --no-static passes over what runs only while a module is loaded, for which all tests would have to be run.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const THRESHOLD = 85;
/** Of changed lines, so that CI ends; and so few survivors say nothing of a percentage. */
const MAX_LINES = 40;
const FEW = 3;

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
process.chdir(root);
const groups = JSON.parse(readFileSync(`${here}groups.json`, "utf8"));
const say = (line) => process.stdout.write(`${line}\n`);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: "boolean", default: false },
    base: { type: "string", default: "HEAD^" },
    concurrency: { type: "string", default: "2" },
    "no-static": { type: "boolean", default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(groups);

const git = (...args) => spawnSync("git", args, { encoding: "utf8", maxBuffer: 2 ** 28 });

/** What is to be mutated, by group: whole files, or the lines that differ from the base, as FILE:FIRST-LAST. */
function targets() {
  if (!options.changed) return new Map(names.map((name) => [name, groups[name].mutate]));
  if (git("rev-parse", "--verify", "--quiet", `${options.base}^{commit}`).status !== 0) {
    say(`no commit ${options.base} to compare with: nothing to mutate`);
    return new Map();
  }
  let left = MAX_LINES;
  const changed = new Map();
  for (const name of names) {
    const paths = groups[name].mutate.map((path) => `:(glob)${path}`);
    const { stdout } = git("diff", "--unified=0", "--no-color", "--no-ext-diff", options.base, "--", ...paths);
    const ranges = [];
    let file = "";
    for (const line of stdout.split("\n")) {
      file = /^\+\+\+ b\/(.*)$/.exec(line)?.[1] ?? file;
      const [, first, count = "1"] = /^@@ .* \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
      const lines = Math.min(Number(count), left);
      if (first === undefined || lines === 0) continue;
      left -= lines;
      ranges.push(`${file}:${first}-${Number(first) + lines - 1}`);
    }
    if (ranges.length > 0) changed.set(name, ranges);
  }
  if (left === 0) say(`only the first ${MAX_LINES} changed lines are mutated`);
  return changed;
}

/** Stryker has a lockfile of its own and is installed when first needed: see docs/decisions.md. */
async function stryker() {
  if (!existsSync(`${here}node_modules`)) {
    const npm = process.env.npm_execpath;
    const args = ["ci", "--prefix", here, "--ignore-scripts", "--loglevel=error"];
    const { status } = npm
      ? spawnSync(process.execPath, [npm, ...args], { stdio: "inherit", cwd: here })
      : spawnSync("npm", args, { stdio: "inherit", cwd: here });
    if (status !== 0) throw new Error("npm ci failed");
  }
  const { resolve } = createRequire(import.meta.url);
  const { Stryker } = await import(resolve("@stryker-mutator/core"));
  const runner = resolve("@stryker-mutator/vitest-runner");
  return (name, mutate) => {
    process.env.MUTANTS_OF = name;
    return new Stryker({
      mutate,
      testRunner: "vitest",
      plugins: [runner, `${here}survivors.js`],
      vitest: { configFile: "test/mutants/vitest.config.ts", related: false },
      coverageAnalysis: "perTest",
      ignoreStatic: options["no-static"] || options.changed,
      concurrency: Number(options.concurrency),
      // A machine that has other work must not make killed mutants of slow ones.
      timeoutMS: 20_000,
      // Else it asks TypeScript for an interface that version 7 has no more.
      tsconfigFile: "none",
      ignorePatterns: ["dist", "bench", "docs"],
      reporters: ["survivors", "progress-append-only"],
      allowConsoleColors: false,
      logLevel: "warn",
      warnings: false,
    }).runMutationTest();
  };
}

/** Whether enough were killed. What was not run (static) does not count. */
function judge(name, results, seconds) {
  const count = (...states) => results.filter(({ status }) => states.includes(status)).length;
  const survivors = count("Survived", "NoCoverage");
  // RuntimeError: a test file could not be loaded.
  const killed = count("Killed", "Timeout", "RuntimeError");
  const all = killed + survivors;
  const score = all === 0 ? 100 : (100 * killed) / all;
  say(
    `${name}: ${killed} of ${all} mutants killed, ${score.toFixed(1)} %, ${results.length - all} not run, ${seconds} s`,
  );
  return score >= THRESHOLD || (options.changed && survivors <= FEW);
}

const wanted = targets();
if (wanted.size === 0) say("nothing to mutate");
else {
  const mutants = await stryker();
  for (const [name, mutate] of wanted) {
    const begun = Date.now();
    const results = await mutants(name, mutate);
    if (!judge(name, results, Math.round((Date.now() - begun) / 1000))) process.exitCode = 1;
  }
}
