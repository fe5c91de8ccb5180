/** Runs cose.py, which reads what dipbag writes and shares nothing with it: other language, other libraries. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("cose.py", import.meta.url));
const run = (args: readonly string[]) =>
  spawnSync("python3", ["-B", script, ...args], { encoding: "utf8", maxBuffer: 2 ** 28 });

/** Whether this machine can: python3 with cryptography 48 or later. For `describe.skipIf(!able)`. */
export const able = run(["--help"]).status === 0;

/** What the script says of some bytes: its JSON, or its reason for refusing them. */
export function independent(
  verb: "verify-sign" | "verify-signs" | "open-slot" | "floe" | "envelope",
  bytes: Uint8Array,
  args: readonly string[],
  options: readonly string[] = [],
): unknown {
  const folder = mkdtempSync(join(tmpdir(), "dipbag-"));
  try {
    const file = join(folder, "item");
    writeFileSync(file, bytes);
    const { status, stdout, stderr } = run([...options, verb, file, ...args]);
    if (status === 0) return JSON.parse(stdout);
    const reason = /^refused: (.*)\n$/.exec(stderr)?.[1];
    if (status === 1 && reason !== undefined) return reason;
    throw new Error(`status ${status}: ${stderr}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
