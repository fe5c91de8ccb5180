/** Files, pipes and devices as sources (src/envelope/source.ts), in constant memory. */

import { closeSync, constants, createReadStream, fstatSync, openSync, type Stats, statSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { isatty, ReadStream as TerminalStream } from "node:tty";
import { release } from "../crypto/node-memory.ts";
import type { Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { here } from "./descriptor.ts";
import { errnoOf, failSystem, onDisk } from "./errno.ts";
import { describeAs, fileOf, OpenFile } from "./shared.ts";

/** Bytes up to which a file is read at once, so that all of it is from one moment. */
const SMALL = 2 ** 16;

export interface OpenSource extends Source {
  close(): Promise<void>;
}

/**
 * Opens `path` once. A regular file is read by position and has a size; a pipe or device is a stream without one, and so
 * is a file that says that it is empty: those of proc(5) say so, and are not.
 * `check` may refuse the file for what it is.
 * @throws DipbagError ERR_NOT_FOUND, ERR_IS_DIRECTORY, ERR_PERMISSION, ERR_READ; by `read` also ERR_INPUT_CHANGED
 */
export async function fileSource(path: string, check?: (stat: Stats) => void): Promise<OpenSource> {
  return onDisk(path, "read", () => {
    // Never waits for a pipe's other end: a thread that hangs in open(2) would keep the process from leaving.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = openedAs(fd, path);
      check?.(stat);
      return stat.isFile() && stat.size > 0
        ? regularSource(fd, path, stat)
        : streamSource(openStream(fd, stat), path, release);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/**
 * A descriptor that was given to us, such as stdin, from where it stands. `path` names it in errors.
 * @throws DipbagError ERR_IS_DIRECTORY, ERR_READ
 */
export async function descriptorSource(fd: number, path: string): Promise<OpenSource> {
  return onDisk(path, "read", () => streamSource(openStream(fd, openedAs(fd, path)), path, release));
}

/** What stands at `path`; undefined where nobody can tell: then whoever opens it says why. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function openedAs(fd: number, path: string): Stats {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) fail("ERR_IS_DIRECTORY", { path });
  return stat;
}

function openStream(fd: number, stat: Stats): Readable {
  if (stat.isFIFO() || stat.isSocket()) return new Socket({ fd, readable: true, writable: false });
  return isatty(fd) ? new TerminalStream(fd) : createReadStream("", { fd });
}

function regularSource(fd: number, path: string, { size, mtimeMs }: Stats): OpenSource {
  const descriptor = new OpenFile(fd, path, { size, mtimeMs });
  const close = async () => {
    if (await descriptor.end()) closeSync(fd);
  };
  if (size > SMALL) return describeAs({ size, read: fileOf(descriptor).read, close }, descriptor);
  const { read } = fileOf(descriptor, here);
  let all: Promise<Uint8Array> | undefined;
  return {
    size,
    async read(position, length) {
      all ??= read(0, size);
      return (await all).subarray(position, position + length);
    },
    close,
  };
}

/**
 * A stream. It goes forwards only, one read at a time; gaps are read and dropped, and what was read last
 * can be read again. `path` names it in errors; `done` gets each chunk that has been copied.
 */
export function streamSource(stream: Readable, path = "-", done?: (chunk: Uint8Array) => void): OpenSource {
  const chunks = stream.on("error", () => {})[Symbol.asyncIterator]();
  /** What is kept of the stream: from `start` in the stream, at `from` in this buffer, up to `end`. */
  let buffer = new Uint8Array(0);
  let [start, from, end] = [0, 0, 0];

  function drop(length: number): void {
    start += length;
    from += length;
    if (from === end) from = end = 0;
  }

  function keep(chunk: Uint8Array, wanted: number): void {
    const have = end - from;
    if (end + chunk.length > buffer.length) {
      const need = have + chunk.length;
      const next =
        need > buffer.length ? new Uint8Array(Math.max(need, Math.min(2 * have, wanted + chunk.length))) : buffer;
      next.set(buffer.subarray(from, end));
      buffer = next;
      [from, end] = [0, have];
    }
    buffer.set(chunk, end);
    end += chunk.length;
  }

  /** Keeps at least `length` bytes if the stream goes on that far. */
  async function fill(length: number): Promise<boolean> {
    while (end - from < length) {
      const next = await chunks.next();
      if (next.done) return false;
      keep(next.value, length);
      done?.(next.value);
    }
    return true;
  }

  return {
    size: undefined,
    async read(position, length, into) {
      if (position < start) fail("ERR_INTERNAL");
      try {
        while (start < position && (await fill(1))) drop(Math.min(position - start, end - from));
        await fill(length);
      } catch (error) {
        // A stream of somebody's may end with any error, and with what it carried in its text.
        if (errnoOf(error) === undefined) fail("ERR_READ", { path, reason: "it broke off" });
        failSystem(error, path, "read");
      }
      const found = buffer.subarray(from, Math.min(end, from + length));
      if (into === undefined) return found.slice();
      into.set(found);
      return into.subarray(0, found.length);
    },
    close: async () => void stream.destroy(),
  };
}
