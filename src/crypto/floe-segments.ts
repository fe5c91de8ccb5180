/** The segments of FLOE (C2SP FLOE.md), with the AEAD key that they share: apart from the secrets that this key comes from. */

import { engine } from "#engine/aead";
import { concat, equal } from "../bytes.ts";
import { plaintextPerSegment, SEGMENT_OVERHEAD, TEXT_AT } from "./floe-layout.ts";

/** AEAD_MAX_SEGMENTS. */
const MAX_SEGMENTS = 2 ** 40;
export const BLOCK_KEY_LENGTH = 32;
export const NONCE_LENGTH = 12;
const NOT_FINAL = 0xffffffff;

/** What can be done with the AEAD key of a rotation block, for its segments. */
export interface SegmentCipher {
  /**
   * encryptSegment. `nonce`: 12 fresh random bytes. `plaintext`: `segmentLength` - 32 bytes, or fewer if final.
   * `segment`: memory for the answer, 32 bytes longer; `plaintext` may stand in it already, at 16.
   * No position may be sealed twice under one key and IV, and nothing after the final one: the caller sees to it.
   * @throws RangeError for another length, or an index that is not an integer in 0..2^40-1
   */
  sealSegment(
    index: number,
    isFinal: boolean,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    segment?: Uint8Array,
  ): Promise<Uint8Array>;
  /**
   * decryptSegment; null, without a cause, for anything that is not the very segment sealed at this position. `index`
   * and `isFinal` must come from a length that is known beforehand, never from the segment. `plaintext`: memory for the
   * answer, 32 bytes shorter; it may be that of the segment, from 16.
   * @throws RangeError for an index that is not an integer in 0..2^40-1
   */
  openSegment(index: number, isFinal: boolean, segment: Uint8Array, plaintext?: Uint8Array): Promise<Uint8Array | null>;
}

/** Seals and opens the segments of the rotation block whose AEAD key, of 32 bytes, this is. */
export function segmentCipher(blockKey: Uint8Array, segmentLength: number): SegmentCipher {
  const aead = engine.aesGcm(blockKey);
  const capacity = plaintextPerSegment(segmentLength);
  return {
    async sealSegment(index, isFinal, nonce, plaintext, segment = new Uint8Array(plaintext.length + SEGMENT_OVERHEAD)) {
      const { length } = plaintext;
      if (isFinal ? length > capacity : length !== capacity) throw new RangeError("not the length of this segment");
      if (nonce.length !== NONCE_LENGTH) throw new RangeError("a segment's nonce has 12 bytes");
      const aad = segmentAad(index, isFinal);
      await aead.seal(nonce, plaintext, aad, segment.subarray(TEXT_AT));
      segment.set(uint32(isFinal ? length + SEGMENT_OVERHEAD : NOT_FINAL));
      segment.set(nonce, 4);
      return segment;
    },
    async openSegment(index, isFinal, segment, plaintext) {
      const { length } = segment;
      const aad = segmentAad(index, isFinal);
      if (isFinal ? length < SEGMENT_OVERHEAD || length > segmentLength : length !== segmentLength) return null;
      if (!equal(segment.subarray(0, 4), uint32(isFinal ? length : NOT_FINAL))) return null;
      const nonce = segment.subarray(4, TEXT_AT);
      try {
        return await aead.open(nonce, segment.subarray(TEXT_AT), aad, plaintext);
      } catch {
        return null;
      }
    },
  };
}

function segmentAad(index: number, isFinal: boolean): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_SEGMENTS) throw new RangeError("no such segment");
  return concat(uint64(index), Uint8Array.of(isFinal ? 1 : 0));
}

function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

export function uint64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}
