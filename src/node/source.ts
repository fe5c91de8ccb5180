/** Files, pipes and devices as sources (src/envelope/source.ts), in constant memory. */

import { closeSync, constants, createReadStream, fstatSync, openSync, type Stats } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { isatty, ReadStream as TerminalStream } from "node:tty";
import type { Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { closeFile } from "./descriptor.ts";
import { failSystem, onDisk } from "./errno.ts";
import { describeAs, fileOf } from "./shared.ts";

export interface OpenSource extends Source {
  close(): Promise<void>;
}

/**
 * Opens `path` once. A regular file is read by position and has a size; a pipe or device is a stream without one.
 * `check` may refuse the file for what it is.
 * @throws DipbagError ERR_NOT_FOUND, ERR_IS_DIRECTORY, ERR_PERMISSION, ERR_READ; by `read` also ERR_INPUT_CHANGED
 */
export async function fileSource(path: string, check?: (stat: Stats) => void): Promise<OpenSource> {
  return onDisk(path, "read", () => {
    // Never waits for a pipe's other end: a thread that hangs in open(2) would keep the process from leaving.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = statOf(fd, path);
      check?.(stat);
      return stat.isFile() ? regularSource(fd, path, stat) : streamSource(openStream(fd, stat), path);
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
  return onDisk(path, "read", () => streamSource(openStream(fd, statOf(fd, path)), path));
}

function statOf(fd: number, path: string): Stats {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) fail("ERR_IS_DIRECTORY", { path });
  return stat;
}

function openStream(fd: number, stat: Stats): Readable {
  if (stat.isFIFO() || stat.isSocket()) return new Socket({ fd, readable: true, writable: false });
  return isatty(fd) ? new TerminalStream(fd) : createReadStream("", { fd });
}

function regularSource(fd: number, path: string, { size, mtimeMs }: Stats): OpenSource {
  const descriptor = { fd, path, opened: { size, mtimeMs } };
  const { read } = fileOf(descriptor);
  return describeAs({ size, read, close: () => closeFile(fd) }, descriptor);
}

/**
 * A stream. It goes forwards only, one read at a time; gaps are read and dropped, and what was read last
 * can be read again. `path` names it in errors.
 */
export function streamSource(stream: Readable, path = "-"): OpenSource {
  const chunks = stream.on("error", () => {})[Symbol.asyncIterator]();
  let start = 0;
  let window: Uint8Array = new Uint8Array(0);

  /** Makes the window at least `length` long if the stream goes on that far. */
  async function fill(length: number): Promise<boolean> {
    let buffer = window;
    let have = window.length;
    while (have < length) {
      const { value, done } = await chunks.next();
      if (done) break;
      if (have + value.length > buffer.length) {
        const larger = new Uint8Array(Math.max(have + value.length, Math.min(2 * have, length)));
        larger.set(buffer.subarray(0, have));
        buffer = larger;
      }
      buffer.set(value, have);
      have += value.length;
    }
    window = buffer.subarray(0, have);
    return window.length >= length;
  }

  return {
    size: undefined,
    async read(position, length) {
      if (position < start) fail("ERR_INTERNAL");
      try {
        while (start < position && (await fill(1))) {
          const dropped = Math.min(position - start, window.length);
          window = window.subarray(dropped);
          start += dropped;
        }
        await fill(length);
      } catch (error) {
        failSystem(error, path, "read");
      }
      return window.slice(0, length);
    },
    close: async () => void stream.destroy(),
  };
}
