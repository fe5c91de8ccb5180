/**
 * Temporary siblings of an output. Their names say which process made them, so that the next run knows what a killed one
 * left behind; the live ones are listed, so that a signal handler can remove them.
 */

import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, type Stats } from "node:fs";
import { hostname, platform } from "node:os";
import { basename, dirname, join } from "node:path";
import { engine } from "#engine/public";
import { hex, utf8 } from "../bytes.ts";
import { random } from "../crypto/random.ts";

/** .NAME.dipbag-PLACE-PID-BORN-RANDOM.tmp; PLACE is the host and its process namespace, PID and BORN are 0 if unknown. */
const NAME = /^\..*\.dipbag-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{16}\.tmp$/su;
/** So much of the output's own name fits beside the rest into 255 bytes. */
const STEM = 160;
const DAY = 86_400_000;

const live = new Set<string>();

export const track = (path: string): void => void live.add(path);
export const untrack = (path: string): void => void live.delete(path);

/** Removes every live temporary file and folder. Synchronous, for signal handlers; it never throws. */
export function removeTemporaries(): void {
  for (const path of live) discard(path);
}

/** Removes one temporary file or folder, if it is there. It never throws: what stays is left to the next run. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    untrack(path);
  } catch {}
}

/** A fresh, unpredictable name beside `finalPath`. */
export function temporaryName(finalPath: string): string {
  const [pid, born] = processOf("self") ?? ["0", "0"];
  const stem = Buffer.from(basename(finalPath)).subarray(0, STEM).toString().replaceAll("\ufffd", "");
  return join(dirname(finalPath), `.${stem}.dipbag-${place()}-${pid}-${born}-${hex(random(8))}.tmp`);
}

/**
 * Removes what killed runs of the same user left in `directory`: at once where their process is known to be gone, after
 * a day without a write where that cannot be known (another host or container, a system without /proc).
 */
export function cleanTemporaries(directory: string, uid: number): void {
  for (const name of orUndefined(() => readdirSync(directory)) ?? []) {
    const [, where, pid, born] = NAME.exec(name) ?? [];
    if (where === undefined || pid === undefined) continue;
    const path = join(directory, name);
    const stat = orUndefined(() => lstatSync(path));
    if (stat === undefined || stat.uid !== uid || !isPrivate(stat)) continue;
    const known = where === place() && pid !== "0" && processOf("self") !== undefined;
    const abandoned = known ? processOf(pid)?.[1] !== born : Date.now() - stat.mtimeMs > DAY;
    if (abandoned) discard(path);
  }
}

/** As we make files and folders; what somebody else has put there seldom is. Modes mean nothing on Windows. */
const isPrivate = (stat: Stats): boolean =>
  platform() === "win32" || (stat.mode & 0o777) === (stat.isDirectory() ? 0o700 : 0o600);

/** Number and start time of a running process: fields 1 and 22 of /proc/PID/stat (proc(5)). Numbers are used again. */
function processOf(pid: string): [pid: string, born: string] | undefined {
  const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, "latin1")) ?? "";
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const born = rest[18];
  return born === undefined || state === "Z" ? undefined : [stat.slice(0, stat.indexOf(" ")), born];
}

function place(): string {
  const namespace = orUndefined(() => readlinkSync("/proc/self/ns/pid")) ?? "";
  return hex(engine.sha256(utf8(`${hostname()} ${namespace}`))).slice(0, 8);
}

function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
