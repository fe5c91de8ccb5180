// Makes dipbag-VERSION.tgz, to the byte the same wherever and whenever it is made: from the sources alone, nothing of an older
// build in it, and with modes that no umask decides. Not npm's `prepack`: that is skipped where ignore-scripts is set.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

function run(...args) {
  const { status, stdout, error } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", 2] });
  if (error || status !== 0) throw error ?? new Error(`${args.join(" ")} failed`);
  return String(stdout);
}

/** npm is a Node program: npm_execpath names the one that runs us. */
const pack = (...flags) =>
  JSON.parse(run(process.env.npm_execpath, "pack", "--ignore-scripts", "--json", "--loglevel=error", ...flags))[0];

rmSync(`${root}dist`, { recursive: true, force: true });
run("scripts/ready.js");
const bins = Object.values(JSON.parse(readFileSync(`${root}package.json`, "utf8")).bin);
for (const { path } of pack("--dry-run").files) chmodSync(root + path, bins.includes(path) ? 0o755 : 0o644);
const { filename } = pack();
const tgz = readFileSync(root + filename);
process.stdout.write(`${filename}
sha256 ${sha256(tgz)}
sha256 ${sha256(gunzipSync(tgz))} of the tar in it, on any Node
`);
