/**
 * The shape of a FLOE ciphertext (C2SP FLOE.md, "FLOE Ciphertext Layout"), apart from its secrets, so that a reader
 * without a key can check lengths. All lengths are in bytes; they are exact for every safe integer.
 */

/** PARAM_ENCODE (10), IV (32), header tag (32). */
export const HEADER_LENGTH = 74;
export const PARAMETERS_LENGTH = 10;
/** What a segment adds to its plaintext: final length (4), AEAD IV (12), AEAD tag (16). */
export const SEGMENT_OVERHEAD = 32;
/** Where the AEAD's output begins in a segment. */
export const TEXT_AT = 16;

/** PARAM_ENCODE for AES-256-GCM (0), HKDF-Expand-SHA-384 (0), this length of an encrypted segment, 32-byte IV. */
export function encodeParameters(segmentLength: number): Uint8Array {
  const out = new Uint8Array(PARAMETERS_LENGTH);
  const view = new DataView(out.buffer);
  view.setUint32(2, segmentLength);
  view.setUint32(6, 32);
  return out;
}

export const plaintextPerSegment = (segmentLength: number): number => segmentLength - SEGMENT_OVERHEAD;

/** The number of segments in a body; the last may be shorter than `segmentLength`. */
export const segmentCount = (bodyLength: number, segmentLength: number): number =>
  Math.ceil(bodyLength / segmentLength);

/** The body of all segments that carries `plaintextLength` bytes. An empty plaintext still has its final segment. */
export const bodyLength = (plaintextLength: number, segmentLength: number): number =>
  plaintextLength + SEGMENT_OVERHEAD * Math.max(1, Math.ceil(plaintextLength / plaintextPerSegment(segmentLength)));

/** The inverse of `bodyLength`. Negative, or a last segment below 32 bytes, where no plaintext has such a body. */
export const plaintextLength = (bodyLength: number, segmentLength: number): number =>
  bodyLength - SEGMENT_OVERHEAD * segmentCount(bodyLength, segmentLength);

/** Where the text stands in a segment: encrypted, or, while it is worked on in place, not. */
export const textIn = (segment: Uint8Array): Uint8Array =>
  segment.subarray(TEXT_AT, segment.length - (SEGMENT_OVERHEAD - TEXT_AT));
