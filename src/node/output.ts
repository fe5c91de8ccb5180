/**
 * Outputs that appear whole or not at all: a temporary sibling, fsync, then published under the final name in one step.
 * Names are taken and given up synchronously, so that no signal handler ever runs in between.
 */

import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Sink } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { closeFile, sync } from "./descriptor.ts";
import { errnoOf, onDisk } from "./errno.ts";
import { describeAs, fileOf, OpenFile } from "./shared.ts";
import { cleanTemporaries, discard, temporaryName, track, untrack } from "./temporary.ts";

export interface OutputFile extends Sink {
  /** At `position`, or where the furthest write so far has ended. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
}

export interface Output extends OutputFile {
  /** The file is complete: makes it durable and gives it its final name. On failure nothing is left. */
  commit(): Promise<void>;
  /** Gives it up; nothing is left. Does nothing after commit. */
  abort(): Promise<void>;
}

export interface OutputDirectory {
  /** A new file in the folder; folders between are made. The segments are names that the caller has checked. */
  file(...segments: string[]): Promise<OutputFile & { close(): Promise<void> }>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * A file that will appear at `path` (mode 0600) when it is complete. Without `force` nothing that exists there, be it a
 * dangling link, is replaced or written through, and of several processes exactly one wins; with it a file or a link is
 * replaced, never what a link points to.
 * @throws DipbagError ERR_OUTPUT_EXISTS, ERR_IS_DIRECTORY, ERR_NOT_A_FILE, ERR_NO_FOLDER and what errno.ts lists
 */
export async function createOutput(path: string, { force = false } = {}): Promise<Output> {
  const disk = <T>(action: () => T | Promise<T>) => onDisk(path, "write", action);
  const target = await disk(() => resolve(path));
  const temporary = temporaryName(target);
  const [file, descriptor] = await disk(() => {
    checkTarget(path, force);
    const opened = openNew(temporary, path);
    track(temporary);
    cleanTemporaries(dirname(target), opened[0].uid);
    return opened;
  });

  const abort = async () => {
    await file.drop().catch(() => {});
    discard(temporary);
  };
  const commit = () =>
    disk(async () => {
      await file.close();
      checkTarget(path, force);
      if (force) renameSync(temporary, target);
      else publishNew(temporary, target);
      untrack(temporary);
      try {
        await syncDirectory(dirname(target));
      } catch (error) {
        if (!force) rmSync(target, { force: true });
        throw error;
      }
    });
  const output = { write: file.write, commit: () => orElse(commit, abort), abort };
  return describeAs(output, descriptor);
}

/**
 * A folder that will appear at `path` (mode 0700, its files 0600) when it is complete. It must not exist, not even empty.
 * @throws DipbagError as createOutput
 */
export async function createOutputDirectory(path: string): Promise<OutputDirectory> {
  const disk = <T>(action: () => T | Promise<T>) => onDisk(path, "write", action);
  const target = await disk(() => resolve(path));
  const temporary = temporaryName(target);
  const refuseExisting = () => {
    if (lstatSync(target, { throwIfNoEntry: false })) fail("ERR_OUTPUT_EXISTS", { path });
  };
  await disk(() => {
    refuseExisting();
    mkdirSync(temporary, { mode: 0o700 });
    track(temporary);
    cleanTemporaries(dirname(target), lstatSync(temporary).uid);
  });

  const folders = new Set([temporary]);
  const files: ReturnType<typeof openNew>[0][] = [];
  const file = (...segments: string[]) =>
    disk(() => {
      if (segments.length === 0 || segments.some((name) => /^(?:|\.\.?)$|[/\\\0]/u.test(name))) fail("ERR_INTERNAL");
      let folder = temporary;
      for (const name of segments.slice(0, -1)) {
        folder = join(folder, name);
        if (folders.has(folder)) continue;
        mkdirSync(folder, { mode: 0o700 });
        folders.add(folder);
      }
      const [opened] = openNew(join(folder, segments.at(-1) as string), path);
      files.push(opened);
      return opened;
    });
  const abort = async () => {
    for (const opened of files) await opened.drop().catch(() => {});
    discard(temporary);
  };
  const commit = () =>
    disk(async () => {
      for (const opened of files) await opened.close();
      for (const folder of folders) await syncDirectory(folder);
      refuseExisting();
      try {
        renameSync(temporary, target);
      } catch (error) {
        // Another process was first: a folder with something in it, or a file.
        if (/^(?:ENOTEMPTY|ENOTDIR|EEXIST)$/.test(errnoOf(error) ?? "")) fail("ERR_OUTPUT_EXISTS", { path });
        throw error;
      }
      untrack(temporary);
      try {
        await syncDirectory(dirname(target));
      } catch (error) {
        discard(target);
        throw error;
      }
    });
  return { file, commit: () => orElse(commit, abort), abort };
}

/**
 * Refuses an output that is one of the inputs under whatever name, by device and inode. Numbers are open descriptors.
 * @throws DipbagError ERR_SAME_FILE
 */
export function refuseSameFile(inputs: readonly (string | number)[], outputPath: string): void {
  const output = identity(outputPath);
  if (output !== undefined && inputs.some((input) => identity(input) === output)) {
    fail("ERR_SAME_FILE", { path: outputPath });
  }
}

/** Undefined for what cannot be reached: opening it will say why. */
function identity(file: string | number): string | undefined {
  try {
    const { dev, ino } =
      typeof file === "number" ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function checkTarget(path: string, force: boolean): void {
  const stat = lstatSync(resolve(path), { throwIfNoEntry: false });
  if (/[/\\]$/.test(path) || stat?.isDirectory()) fail("ERR_IS_DIRECTORY", { path });
  if (stat === undefined) return;
  if (!stat.isFile() && !stat.isSymbolicLink()) fail("ERR_NOT_A_FILE", { path });
  if (!force) fail("ERR_OUTPUT_EXISTS", { path });
}

/** A new file at `target`, which is called `path`. `close` makes it durable, `drop` does not; only the first of them does anything. */
function openNew(target: string, path: string) {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
  const fd = openSync(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  const descriptor = new OpenFile(fd, path, null);
  const { write } = fileOf(descriptor);
  let end = 0;
  const drop = async (durable = false) => {
    if (!(await descriptor.end())) return;
    try {
      if (durable) await onDisk(path, "write", () => sync(fd));
    } finally {
      await onDisk(path, "write", () => closeFile(fd));
    }
  };
  const file = {
    uid: fstatSync(fd).uid,
    write: (bytes: Uint8Array, position = end) => {
      end = Math.max(end, position + bytes.length);
      return write(bytes, position);
    },
    close: () => drop(true),
    drop,
  };
  return [describeAs(file, descriptor), descriptor] as const;
}

/** link(2) fails where the name is taken, which rename(2) does not. */
function publishNew(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    // A file system without hard links: an empty file of our own holds the name while it is replaced.
    if (!/^(?:EPERM|EACCES|ENOTSUP|ENOSYS|EMLINK)$/.test(errnoOf(error) ?? "")) throw error;
    closeSync(openSync(target, "wx", 0o600));
    try {
      renameSync(temporary, target);
    } catch (failure) {
      rmSync(target, { force: true });
      throw failure;
    }
    return;
  }
  try {
    unlinkSync(temporary);
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

/** Makes names durable. Some file systems, and Windows, cannot do this for folders; they are taken as they are. */
async function syncDirectory(path: string): Promise<void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY);
    await sync(fd);
  } catch (error) {
    if (!/^(?:EINVAL|ENOTSUP|EACCES|EPERM|EISDIR)$/.test(errnoOf(error) ?? "")) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function orElse(action: () => Promise<void>, undo: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    await undo();
    throw error;
  }
}
