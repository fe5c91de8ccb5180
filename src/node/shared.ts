/**
 * Open files as other threads of this process can use them: by descriptor. A descriptor must stay open until all of them
 * have finished.
 */

import { fstatSync } from "node:fs";
import type { Sink, Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { type Calls, here, readAt, writeAt } from "./descriptor.ts";
import { type Doing, onDisk } from "./errno.ts";

export interface Descriptor {
  readonly fd: number;
  /** Names the file in errors. */
  readonly path: string;
  /** What must stay as it was when the file was opened; null for files of ours. */
  readonly opened: { readonly size: number; readonly mtimeMs: number } | null;
}

const descriptors = new WeakMap<object, Descriptor>();

/** What is being done with a descriptor; or that it has been closed. */
const uses = new WeakMap<Descriptor, Set<Promise<unknown>> | "closed">();

/**
 * Runs `action` while these descriptors stay open.
 * @throws Error where one has been closed: its number may be that of somebody else's file by now
 */
export async function whileOpen<T>(files: readonly Descriptor[], action: () => Promise<T>): Promise<T> {
  const closed = files.find((file) => uses.get(file) === "closed");
  if (closed !== undefined) throw new Error(`${closed.path} is used after it was closed`);
  const running = action();
  const all = files.map((file) => {
    const known = uses.get(file);
    const pending = known === undefined || known === "closed" ? new Set<Promise<unknown>>() : known;
    uses.set(file, pending);
    return pending.add(running);
  });
  try {
    return await running;
  } finally {
    for (const pending of all) pending.delete(running);
  }
}

/** Lets nothing new use it, and waits for what does. Whether it is to be closed now: false where it has been. */
export async function endUse(file: Descriptor): Promise<boolean> {
  const pending = uses.get(file);
  uses.set(file, "closed");
  if (pending === "closed") return false;
  await Promise.allSettled(pending ?? []);
  return true;
}

/** Says that `file` does nothing but read or write this descriptor. */
export function describeAs<T extends object>(file: T, descriptor: Descriptor): T {
  descriptors.set(file, descriptor);
  return file;
}

/**
 * Without a size where the file is ours, for it grows. (Not by a getter: V8 gives each literal that has one a hidden class of its
 * own, and thousands of those stay until a full collection.)
 * @throws DipbagError by `read` ERR_READ, ERR_INPUT_CHANGED; by `write` ERR_DISK_FULL, ERR_WRITE
 */
export function fileOf(file: Descriptor, calls?: Calls): Source & Sink {
  const { fd, path, opened } = file;
  const use = <T>(doing: Doing, action: () => Promise<T>) => onDisk(path, doing, () => whileOpen([file], action));
  return {
    size: opened?.size,
    read: (position, length, into) =>
      use("read", async () => {
        const most = opened === null ? length : Math.max(0, Math.min(length, opened.size - position));
        const bytes = await readAt(fd, position, most, into, calls);
        const now = opened && fstatSync(fd);
        if (now && (now.size !== opened.size || now.mtimeMs !== opened.mtimeMs)) fail("ERR_INPUT_CHANGED", { path });
        return bytes;
      }),
    write: (bytes, position) => use("write", () => writeAt(fd, bytes, position, calls)),
  };
}

/**
 * `job` as a message to another thread; undefined where something in it exists in this thread only, such as a pipe. `files`
 * gets the descriptors in it.
 */
export function toMessage(job: unknown, files: Descriptor[]): unknown {
  const here = new Error("not a file");
  const convert = (value: unknown): unknown => {
    if (typeof value === "function") throw here;
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map(convert);
    const known = descriptors.get(value);
    if (known !== undefined) {
      files.push(known);
      return known;
    }
    // Somebody's class: its methods would stay behind.
    if (Object.getPrototypeOf(value) !== Object.prototype) throw here;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, convert(one)]));
  };
  try {
    return convert(job);
  } catch (error) {
    if (error === here) return undefined;
    throw error;
  }
}

/** What `toMessage` was given, with sources and sinks for a thread that has nothing else to do. */
export function fromMessage(message: unknown): unknown {
  if (typeof message !== "object" || message === null || message instanceof Uint8Array) return message;
  if (Array.isArray(message)) return message.map(fromMessage);
  if ("fd" in message) return fileOf(message as Descriptor, here);
  return Object.fromEntries(Object.entries(message).map(([name, one]) => [name, fromMessage(one)]));
}
