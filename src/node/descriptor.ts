/** Reads and writes of an open file that do not stop half-way. Positions and lengths are in bytes. */

import { close, fsync, read, readSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";

export const sync = promisify(fsync);
export const closeFile = promisify(close);

/** pread(2) and pwrite(2), each of which may stop half-way. */
export type Calls = Record<"read" | "write", Call>;
type Call = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<number> | number;

const readSome = promisify(read);
const writeSome = promisify(write);
/** In another thread, so that this one can do something else. */
const elsewhere: Calls = {
  read: async (...to) => (await readSome(...to)).bytesRead,
  write: async (...from) => (await writeSome(...from)).bytesWritten,
};
/** For a thread that has nothing else to do: faster, for nothing is handed over. */
export const here: Calls = { read: readSync, write: writeSync };

/** `length` bytes from `position`, fewer only at the end of the file; in `into`, if that is given. */
export async function readAt(
  fd: number,
  position: number,
  length: number,
  into: Uint8Array = new Uint8Array(length),
  calls = elsewhere,
): Promise<Uint8Array> {
  let have = 0;
  while (have < length) {
    const got = await calls.read(fd, into, have, length - have, position + have);
    if (got === 0) break;
    have += got;
  }
  return into.subarray(0, have);
}

export async function writeAt(fd: number, bytes: Uint8Array, position: number, calls = elsewhere): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += await calls.write(fd, bytes, done, bytes.length - done, position + done);
}
