/** Reads and writes of an open file that do not stop half-way. Positions and lengths are in bytes. */

import { close, fsync, read, write } from "node:fs";
import { promisify } from "node:util";

const readSome = promisify(read);
const writeSome = promisify(write);
export const sync = promisify(fsync);
export const closeFile = promisify(close);

/** `length` bytes from `position`, fewer only at the end of the file; in `into`, if that is given. */
export async function readAt(
  fd: number,
  position: number,
  length: number,
  into: Uint8Array = new Uint8Array(length),
): Promise<Uint8Array> {
  let have = 0;
  while (have < length) {
    const { bytesRead } = await readSome(fd, into, have, length - have, position + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return into.subarray(0, have);
}

export async function writeAt(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await writeSome(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
