/** Temporary files without a name, for what must be read twice and comes from, or goes to, a pipe. */

import { fstatSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { engine } from "#engine/secret";
import { random } from "../crypto/random.ts";
import { readInto, type Sink, type Source } from "../envelope/source.ts";
import { closeFile } from "./descriptor.ts";
import { onDisk } from "./errno.ts";
import { describeAs, fileOf, OpenFile } from "./shared.ts";
import type { OpenSource } from "./source.ts";
import { cleanTemporaries, discard, temporaryName, track, untrack } from "./temporary.ts";

const CHUNK = 1 << 20;
const TAG = 16;
const NONE = new Uint8Array(0);

/** For ciphertext only: written as it is. `size` grows with what is written. */
export async function plainSpool(directory: string): Promise<OpenSource & Sink> {
  const path = temporaryName(join(directory, "spool"));
  const fd = await onDisk(directory, "write", () => {
    const opened = openSync(path, "wx+", 0o600);
    track(path);
    cleanTemporaries(directory, fstatSync(opened).uid);
    return opened;
  });
  try {
    unlinkSync(path);
    untrack(path);
  } catch {} // Not everywhere can an open file lose its name: then it goes in close.
  const descriptor = new OpenFile(fd, directory, null);
  const close = async () => {
    if (await descriptor.end()) await closeFile(fd);
    discard(path);
  };
  const { read, write } = fileOf(descriptor);
  const spool = {
    get size() {
      return fstatSync(fd).size;
    },
    read,
    write,
    close,
  };
  return describeAs(spool, descriptor);
}

/**
 * All of `source` as a source with a size. On the disk it is AES-256-GCM in chunks of 1 MiB, the nonce their number,
 * under a key that exists in this process only. Closing it leaves `source` open.
 */
export async function encryptedSpool(source: Source, directory: string): Promise<OpenSource> {
  const spool = await plainSpool(directory);
  const cipher = engine.aesGcm(random(32));
  /** One chunk, plain or sealed: the cipher works in place. */
  const memory = new Uint8Array(CHUNK + TAG);
  let size = 0;
  try {
    for (let index = 0; ; index++) {
      const plain = await readInto(source, size, memory.subarray(0, CHUNK));
      if (plain.length === 0) break;
      size += plain.length;
      const sealed = await cipher.seal(nonce(index), plain, NONE, memory.subarray(0, plain.length + TAG));
      await spool.write(sealed, index * (CHUNK + TAG));
      if (plain.length < CHUNK) break;
    }
  } catch (error) {
    await spool.close();
    throw error;
  }

  let cached: { index: number; plain: Uint8Array } | undefined;
  async function chunk(index: number): Promise<Uint8Array> {
    if (cached?.index !== index) {
      cached = undefined;
      const sealed = await readInto(spool, index * (CHUNK + TAG), memory);
      cached = { index, plain: await cipher.open(nonce(index), sealed, NONE, sealed.subarray(0, -TAG)) };
    }
    return cached.plain;
  }
  return {
    size,
    async read(position, length, into = new Uint8Array(length)) {
      const out = into.subarray(0, Math.max(0, Math.min(length, size - position)));
      for (let have = 0; have < out.length; ) {
        const at = position + have;
        const plain = await chunk(Math.floor(at / CHUNK));
        const piece = plain.subarray(at % CHUNK, (at % CHUNK) + out.length - have);
        out.set(piece, have);
        have += piece.length;
      }
      return out;
    },
    async close() {
      memory.fill(0);
      await spool.close();
    },
  };
}

function nonce(index: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(8, index);
  return bytes;
}
