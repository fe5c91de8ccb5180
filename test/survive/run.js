// @ts-check
/** npm run survive [NAME...]: the long forms of what CI runs briefly, one after the other; with no name, all. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = (/** @type {string[]} */ ...files) => [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--project",
  "node",
  ...files,
];

/** Arguments of node. @type {Readonly<Record<string, readonly string[]>>} */
const LONG = {
  mutations: vitest("test/survive/bytes", "test/survive/cbor", "test/survive/signed", "test/survive/cli"),
  fuzz: ["test/fuzz/run.js", "--minutes", process.env.DIPBAG_MINUTES ?? "5"],
  kills: ["test/survive/faults.js", "kill", "200", "200"],
  large: ["test/survive/faults.js", "large", "8"],
  load: ["test/survive/load.js", "200000"],
  mutants: ["test/mutants/run.js"],
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in LONG));
if (unknown.length > 0) {
  console.error(`survive: there is no ${unknown.join(", ")}; there are ${Object.keys(LONG).join(", ")}`);
  process.exit(2);
}

const told = [];
for (const [name, args] of Object.entries(LONG)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`survive: ${name}: node ${args.join(" ")}`);
  const begun = Date.now();
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, DIPBAG_SURVIVE: "long" },
  });
  const minutes = ((Date.now() - begun) / 60_000).toFixed(1);
  told.push(`survive: ${name}: ${status === 0 ? "passed" : `FAILED (${status})`} after ${minutes} minutes`);
  if (status !== 0) process.exitCode = 1;
}
console.log(told.join("\n"));
