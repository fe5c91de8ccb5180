/** Opening the segments of a portion (spec/envelope.md steps U4 to U6). Knows the key of these segments, and no other secret. */

import { plaintextPerSegment, textIn } from "../crypto/floe-layout.ts";
import { segmentCipher } from "../crypto/floe-segments.ts";
import { fail } from "../errors.ts";
import type { Job, Work } from "./bulk.ts";
import { readSegment, type Segments } from "./check.ts";
import type { Sink } from "./source.ts";

export interface OpenJob extends Job, Segments {
  /** FLOE's AEAD key of all these segments: there are fewer than share one. */
  readonly key: Uint8Array;
  /** Where the plaintext goes; null: it is padding, and must be zero. */
  readonly sink: Sink | null;
  /** The position in the portion's plaintext that the sink begins with. */
  readonly start: number;
}

/**
 * Each segment's digest, then its tag, then its plaintext: nothing that has not passed both is written.
 * @throws DipbagError as readSegment; ERR_SEGMENT, ERR_CONTENTS
 */
export const OPEN: Work<OpenJob> = {
  name: "open",
  start(job) {
    const { layout, number, sink, start } = job;
    const { openSegment } = segmentCipher(job.key, layout.segmentLength);
    const capacity = plaintextPerSegment(layout.segmentLength);
    return async (index, memory) => {
      const segment = await readSegment(job, index, memory);
      const plaintext = await openSegment(index, index === layout.segments - 1, segment, textIn(segment));
      if (plaintext === null) return fail("ERR_SEGMENT", { portion: number });
      if (sink === null) requireZero(plaintext);
      else await sink.write(plaintext, index * capacity - start);
      return plaintext.length;
    };
  },
};

/** @throws DipbagError ERR_CONTENTS */
export function requireZero(padding: Uint8Array): void {
  let bits = 0;
  for (let i = 0; i < padding.length; i++) bits |= padding[i] as number;
  if (bits !== 0) fail("ERR_CONTENTS");
}
