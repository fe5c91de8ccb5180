// Makes a fresh clone ready to run: installs when the lockfile is newer than what is installed, then builds:
// the library as tsc makes it, the command line bundled, and the list of what is in it.
// Uses Node alone, and is called inside each npm command because pre-hooks are skipped where ignore-scripts is set.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sbom } from "./sbom.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const time = (path) => (existsSync(root + path) ? statSync(root + path).mtimeMs : 0);
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error || status !== 0) {
    process.stderr.write(`dipbag: ${command} ${args.join(" ")} failed${error ? `: ${error.message}` : ""}\n`);
    process.exit(status || 1);
  }
};

if (time("package-lock.json") > time("node_modules/.package-lock.json")) {
  // npm is itself a Node program: npm_execpath names the one that runs us, so that no shell is needed.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (npm?.endsWith(".js")) run(process.execPath, [npm, ...args]);
  else run("npm", args);
}
const newest = Math.max(
  ...["tsconfig.json", "package.json", "node_modules/.package-lock.json", "scripts/bundle.js", "src"].map(time),
  ...readdirSync(`${root}src`, { recursive: true }).map((name) => time(`src/${name}`)),
);
if (newest > time("dist/.built")) {
  run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]);
  // Only now can it be there.
  const { makeBundle } = await import("./bundle.js");
  await makeBundle();
  writeFileSync(`${root}dist/sbom.cdx.json`, sbom());
  writeFileSync(`${root}dist/.built`, "");
}
