// How long a process takes that has next to nothing to do, in times `node -e 0`: node bench/startup.js [NODE...] [--runs=N]
// Runs take turns, so that a busy moment hits all alike; medians. Each NODE is a path; default: the one that runs this.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const options = process.argv.slice(2);
const runs = Number(options.find((option) => option.startsWith("--runs="))?.slice(7) ?? 21);
const named = options.filter((option) => !option.startsWith("--"));
const nodes = named.length > 0 ? named : [process.execPath];
const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const bin = file("bin/dipbag.js");
const home = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "dipbag-startup-"));
// Costs Node 20 45 ms in every process, and has nothing to do with us.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

function run(node, args) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(node, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  if (status !== 0) throw new Error(`${node} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return { milliseconds: performance.now() - start, stdout: String(stdout) };
}

/** Of sorted values. */
const quantile = (values, part) => values[Math.floor((values.length - 1) * part)];

try {
  const envelope = file("spec/vectors/valid/one-portion.dipbag");
  const authority = file("spec/vectors/world/authority.aab.card");
  const [node] = nodes;
  const { digest } = JSON.parse(run(node, [bin, "inspect", authority, "--json"]).stdout).card;
  run(node, [bin, "trust", "add", authority, "--fingerprint", digest, "--home", home]);
  const cases = {
    "node -e 0": ["-e", "0"],
    "--version": [bin, "--version"],
    help: [bin, "help"],
    "inspect, small": [bin, "inspect", envelope],
    "verify, small": [bin, "verify", envelope, "--home", home, "--at", "2026-11-22T15:00:00Z"],
  };
  const taken = new Map();
  for (let i = 0; i < runs; i++) {
    for (const node of nodes) {
      for (const [name, args] of Object.entries(cases)) {
        const key = `${node} ${name}`;
        taken.set(key, [...(taken.get(key) ?? []), run(node, args).milliseconds]);
      }
    }
  }
  for (const node of nodes) {
    console.log(`${run(node, ["--version"]).stdout.trim()}, ${runs} runs each`);
    console.log("what              median ms   least   90 %   times node -e 0");
    let base;
    for (const name of Object.keys(cases)) {
      const values = taken.get(`${node} ${name}`).sort((a, b) => a - b);
      const median = quantile(values, 0.5);
      base ??= median;
      const figures = [median, values[0], quantile(values, 0.9)].map((value) => value.toFixed(1).padStart(8)).join("");
      console.log(`${name.padEnd(18)} ${figures} ${(median / base).toFixed(2).padStart(10)}`);
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
