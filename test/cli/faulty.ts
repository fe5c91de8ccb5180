/** What the tests of faults share: large runs that can be met half-way, system calls that fail, a disk that fills up. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { lstatSync, readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RESTRICTED, type Story, tell, to } from "./story.ts";

export const MIB = 2 ** 20;
/** So large that there are other threads, also for `verify`. */
export const BIG = 130_000_000;

export const pack = (file: string, out: string, ...more: string[]): string[] => [
  ...["pack", file, "--label", RESTRICTED, ...to("duty"), "-o", out],
  ...more,
];
export const unpack = (envelope: string, out: string): string[] => ["unpack", envelope, "-o", out];

/** One person; "old", "medium" and "big", and the last two packed. */
export async function tellOfFaults(): Promise<Story> {
  const story = await tell("duty");
  story.write("old", "old");
  story.write("big", "");
  truncateSync(story.path("big"), BIG);
  story.write("medium", Buffer.alloc(3 * MIB, "EXERCISE "));
  for (const name of ["medium", "big"]) await story.ok("duty", pack(name, `${name}.dipbag`));
  return story;
}

/** The size of the file, or of what is in the folder; 0 where it is gone. */
function sizeOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.size ?? 0;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Resolves when a temporary in `dir` has grown to so many bytes. */
export async function growing(dir: string, bytes = MIB): Promise<void> {
  for (let i = 0; i < 5000; i++) {
    const [name] = readdirSync(dir).filter((entry) => entry.endsWith(".tmp"));
    if (name !== undefined && sizeOf(join(dir, name)) > bytes) return;
    await sleep(2);
  }
  throw new Error("nothing was written");
}

const STRACE = "strace -f -qqq -o /dev/null";
export const hasStrace = spawnSync("sh", ["-c", `${STRACE} -e inject=fsync:error=EIO true`]).status === 0;

/**
 * For a run in which the kernel fails a system call, or ends the process before it (strace(1), -e inject); on this file
 * only, if one is named. Calls are counted in each thread. (--seccomp-bpf would be faster, and sends no signals.)
 */
export const failing = (fault: string, path?: string) => {
  const only = path === undefined ? "" : `-P '${path}'`;
  return { shell: `exec ${STRACE} ${only} -e trace=${fault.split(":")[0]} -e inject=${fault} "$0" "$@"` };
};

export interface Disk {
  readonly path: string;
  /** Makes it one that can only be read, or again one that can be written. */
  mode(mode: "ro" | "rw"): Promise<void>;
  end(): void;
}

/**
 * A disk of so many bytes, in namespaces of its own that end with their holder, reached by /proc (namespaces(7)). No
 * right of root is needed. Undefined where the system does not allow it.
 */
export async function smallDisk(size: number, options = ""): Promise<Disk | undefined> {
  const holder = spawn("unshare", ["-Urm", "sh"], { stdio: ["pipe", "pipe", "ignore"] });
  holder.stdin.on("error", () => {});
  const done = (command: string) => {
    holder.stdin.write(`${command} && echo done\n`);
    return said(holder);
  };
  const end = () => void holder.kill("SIGKILL");
  if (!(await done(`mount -t tmpfs -o size=${size},mode=777${options} tmpfs /tmp || exit`))) return void end();
  const mode = async (mode: "ro" | "rw") => void (await done(`mount -o remount,${mode} /tmp`));
  return { path: join("/proc", `${holder.pid}`, "root", "tmp"), mode, end };
}

/** Whether it says something before it ends. */
const said = (child: ChildProcess): Promise<boolean> =>
  new Promise((resolve) => {
    child.stdout?.once("data", () => resolve(true));
    for (const event of ["error", "close"]) child.once(event, () => resolve(false));
  });
