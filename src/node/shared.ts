/**
 * Open files as other threads of this process can use them: by descriptor. A descriptor must stay open until all of them
 * have finished.
 */

import { fstatSync } from "node:fs";
import type { Sink, Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { type Calls, here, readAt, writeAt } from "./descriptor.ts";
import { onDisk } from "./errno.ts";

export interface Descriptor {
  readonly fd: number;
  /** Names the file in errors. */
  readonly path: string;
  /** What must stay as it was when the file was opened; null for files of ours. */
  readonly opened: { readonly size: number; readonly mtimeMs: number } | null;
}

const descriptors = new WeakMap<object, Descriptor>();

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
export function fileOf({ fd, path, opened }: Descriptor, calls?: Calls): Source & Sink {
  return {
    size: opened?.size,
    read: (position, length, into) =>
      onDisk(path, "read", async () => {
        const most = opened === null ? length : Math.max(0, Math.min(length, opened.size - position));
        const bytes = await readAt(fd, position, most, into, calls);
        const now = opened && fstatSync(fd);
        if (now && (now.size !== opened.size || now.mtimeMs !== opened.mtimeMs)) fail("ERR_INPUT_CHANGED", { path });
        return bytes;
      }),
    write: (bytes, position) => onDisk(path, "write", () => writeAt(fd, bytes, position, calls)),
  };
}

/** `job` as a message to another thread; undefined where something in it exists in this thread only, such as a pipe. */
export function toMessage(job: unknown): unknown {
  const here = new Error("not a file");
  const convert = (value: unknown): unknown => {
    if (typeof value === "function") throw here;
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map(convert);
    const known = descriptors.get(value);
    if (known !== undefined) return known;
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
