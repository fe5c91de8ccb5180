/** Reads and writes of an open file that do not stop half-way. Positions and lengths are in bytes. */

import { close, fsync, read, write } from "node:fs";
import { promisify } from "node:util";

const readSome = promisify(read);
const writeSome = promisify(write);
export const sync = promisify(fsync);
export const closeFile = promisify(close);

/** `length` bytes from `position`, fewer only at the end of the file. */
export async function readAt(fd: number, position: number, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await readSome(fd, out, have, length - have, position + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return have === length ? out : out.slice(0, have);
}

export async function writeAt(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await writeSome(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
