/**
 * Open files as other threads of this process can use them: by descriptor. A descriptor must stay open until all of them
 * have finished.
 */

import { fstatSync } from "node:fs";
import type { Sink, Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { type Calls, here, readAt, writeAt } from "./descriptor.ts";
import { type Doing, onDisk } from "./errno.ts";

/**
 * A descriptor, for as long as it is ours: once it is closed, its number may be that of somebody else's file. (It counts by itself what
 * uses it: what a WeakMap knew of thousands of files would stay until a full collection.)
 */
export class OpenFile {
  readonly fd: number;
  /** Names the file in errors. */
  readonly path: string;
  /** What must stay as it was when the file was opened; null for files of ours. */
  readonly opened: { readonly size: number; readonly mtimeMs: number } | null;
  // Not sent to other threads, where a property would be.
  #uses = 0;
  #ended = false;
  #idle: (() => void) | undefined;

  constructor(fd: number, path: string, opened: OpenFile["opened"]) {
    this.fd = fd;
    this.path = path;
    this.opened = opened;
  }

  /** Runs `action` while the file stays open. @throws Error where it has been closed */
  async use<T>(action: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new Error(`${this.path} is used after it was closed`);
    this.#uses++;
    try {
      return await action();
    } finally {
      if (--this.#uses === 0) this.#idle?.();
    }
  }

  /** Lets nothing new use it, and waits for what does. Whether it is to be closed now: false where it has been. */
  async end(): Promise<boolean> {
    if (this.#ended) return false;
    this.#ended = true;
    if (this.#uses > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    return true;
  }
}

/** Runs `action` while all of them stay open. */
export const whileOpen = <T>([first, ...others]: readonly OpenFile[], action: () => Promise<T>): Promise<T> =>
  first === undefined ? action() : first.use(() => whileOpen(others, action));

const descriptors = new WeakMap<object, OpenFile>();

/** Says that `file` does nothing but read or write this descriptor. */
export function describeAs<T extends object>(file: T, descriptor: OpenFile): T {
  descriptors.set(file, descriptor);
  return file;
}

/**
 * Without a size where the file is ours, for it grows. (Not by a getter: V8 gives each literal that has one a hidden class of its
 * own, and thousands of those stay until a full collection.)
 * @throws DipbagError by `read` ERR_READ, ERR_INPUT_CHANGED; by `write` ERR_DISK_FULL, ERR_WRITE
 */
export function fileOf(file: OpenFile, calls?: Calls): Source & Sink {
  const { fd, path, opened } = file;
  const use = <T>(doing: Doing, action: () => Promise<T>) => onDisk(path, doing, () => file.use(action));
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
export function toMessage(job: unknown, files: OpenFile[]): unknown {
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
  if ("fd" in message) {
    const { fd, path, opened } = message as OpenFile;
    return fileOf(new OpenFile(fd, path, opened), here);
  }
  return Object.fromEntries(Object.entries(message).map(([name, one]) => [name, fromMessage(one)]));
}
