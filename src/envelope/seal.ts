/** Sealing the segments of a portion (spec/envelope.md step P5). Knows the key of these segments, and no other secret. */

import { engine } from "#engine/hash";
import { plaintextPerSegment, textIn } from "../crypto/floe-layout.ts";
import { NONCE_LENGTH, segmentCipher } from "../crypto/floe-segments.ts";
import { fail } from "../errors.ts";
import type { Job, Work } from "./bulk.ts";
import type { Layout } from "./layout.ts";
import { bytesSource, readInto, type Sink, type Source } from "./source.ts";

export interface SealJob extends Job {
  /** FLOE's AEAD key of all these segments: there are fewer than share one. */
  readonly key: Uint8Array;
  /** One for each segment. */
  readonly nonces: Uint8Array;
  /** The result: SHA-256 of each encrypted segment. */
  readonly digests: Uint8Array;
  /** The plaintext: the index, the files, zeros to the end. */
  readonly index: Uint8Array;
  readonly files: readonly { readonly source: Source; readonly size: number; readonly name: string }[];
  readonly layout: Layout;
  readonly sink: Sink;
  /** Where the first segment goes. */
  readonly position: number;
}

/** @throws DipbagError ERR_INPUT_CHANGED where a file is shorter than its size */
export const SEAL: Work<SealJob> = {
  name: "seal",
  start(job) {
    const { nonces, digests, layout, sink, position } = job;
    const { segmentLength, segments, body } = layout;
    const { sealSegment } = segmentCipher(job.key, segmentLength);
    const fill = filler(job);
    return async (index, memory) => {
      const offset = index * segmentLength;
      const segment = memory.subarray(0, Math.min(segmentLength, body - offset));
      const plaintext = textIn(segment);
      await fill(plaintext, index * plaintextPerSegment(segmentLength));
      const nonce = nonces.slice(NONCE_LENGTH * index, NONCE_LENGTH * (index + 1));
      await sealSegment(index, index === segments - 1, nonce, plaintext, segment);
      digests.set(engine.sha256(segment), 32 * index);
      await sink.write(segment, position + offset);
      return plaintext.length;
    };
  },
};

/** Puts what stands from `start` in the portion's plaintext into `out`. */
function filler({ index, files }: SealJob): (out: Uint8Array, start: number) => Promise<void> {
  let end = 0;
  const parts = [{ source: bytesSource(index), size: index.length, name: "" }, ...files].map((part) => {
    const start = end;
    end += part.size;
    return { ...part, start, end };
  });
  return async (out, start) => {
    const stop = start + out.length;
    let filled = 0;
    for (const part of parts) {
      if (part.end <= start || part.start >= stop) continue;
      const last = Math.min(part.end, stop) - start;
      while (filled < last) {
        const piece = await readInto(part.source, start + filled - part.start, out.subarray(filled, last));
        if (piece.length === 0) fail("ERR_INPUT_CHANGED", { path: part.name });
        filled += piece.length;
      }
    }
    out.fill(0, filled);
  };
}
