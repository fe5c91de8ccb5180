/**
 * FLOE, random-access authenticated encryption (C2SP FLOE.md; ePrint 2025/2275), with AES-256-GCM and
 * HKDF-Expand-SHA-384. Which position a segment has, and whether it is the last, is always the caller's word: were it
 * read from the segment, FLOE would lose commitment ("Semi-Public Functions"), so decryptAnyOnlineSegment is absent.
 */

import { engine } from "#engine/secret";
import { concat, equal, utf8 } from "../bytes.ts";
import { encodeParameters, HEADER_LENGTH, PARAMETERS_LENGTH } from "./floe-layout.ts";
import { BLOCK_KEY_LENGTH, type SegmentCipher, segmentCipher, uint64 } from "./floe-segments.ts";

/** AEAD_ROTATION_MASK: 2^20 segments share an AEAD key. */
const ROTATION_MASK = 20;
const KEY_LENGTH = 32;
const IV_LENGTH = 32;

/** A started encryption or decryption. */
export interface Floe {
  /** 74 bytes: parameters, IV, header tag. The tag commits to the key, the IV and the aad. */
  readonly header: Uint8Array;
  /** The AEAD key of the rotation block that begins with segment `first`: it opens no key slot and makes no header. */
  blockKey(first: number): Uint8Array;
}
export type FloeEncryption = Floe & Pick<SegmentCipher, "sealSegment">;
export type FloeDecryption = Floe & Pick<SegmentCipher, "openSegment">;

/**
 * startEncryption of FLOE, with the random IV given. `key` and `iv`: 32 bytes. `segmentLength`: of an encrypted
 * segment. `rotationMask` is for published vectors only.
 * @throws RangeError for a key or IV of another length
 */
export function startEncryption(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  segmentLength: number,
  rotationMask = ROTATION_MASK,
): FloeEncryption {
  if (iv.length !== IV_LENGTH) throw new RangeError("a FLOE IV has 32 bytes");
  return derive(key, iv, aad, segmentLength, rotationMask);
}

/**
 * startDecryption of FLOE: null, without a cause, if the header is not of these parameters or its tag does not match
 * `key` and `aad`. This is the check of the key commitment, and needs no part of the body.
 * `key`: 32 bytes. `rotationMask` is for published vectors only.
 * @throws RangeError for a key of another length
 */
export function startDecryption(
  key: Uint8Array,
  header: Uint8Array,
  aad: Uint8Array,
  segmentLength: number,
  rotationMask = ROTATION_MASK,
): FloeDecryption | null {
  if (header.length !== HEADER_LENGTH) return null;
  const iv = header.subarray(PARAMETERS_LENGTH, PARAMETERS_LENGTH + IV_LENGTH);
  const expected = derive(key, iv, aad, segmentLength, rotationMask);
  return equal(header, expected.header) ? expected : null;
}

/** The header for these inputs, and the State of FLOE.md behind functions of a segment's index. */
function derive(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  segmentLength: number,
  rotationMask: number,
): Floe & SegmentCipher {
  if (key.length !== KEY_LENGTH) throw new RangeError("a FLOE key has 32 bytes");
  const prefix = concat(encodeParameters(segmentLength), iv);
  const suffix = concat(aad, Uint8Array.of(1));
  // FLOE_KDF. HKDF-Expand (RFC 5869 section 2.3) of at most one block is a prefix of HMAC(prk, info || 0x01); the
  // hkdf functions of Node and WebCrypto do not serve, for they always extract first.
  const floeKdf = (prk: Uint8Array, length: number, ...purpose: Uint8Array[]) =>
    engine.hmacSha384(prk, prefix, ...purpose, suffix).subarray(0, length);

  const messageKey = floeKdf(key, 48, utf8("MESSAGE_KEY:"));
  const blockKey = (first: number) => floeKdf(messageKey, BLOCK_KEY_LENGTH, utf8("DEK:"), uint64(first));
  const segmentsPerKey = 2 ** rotationMask;
  let cached: { first: number; cipher: SegmentCipher } | undefined;
  const cipherFor = (index: number): SegmentCipher => {
    const first = index - (index % segmentsPerKey);
    if (cached?.first !== first) cached = { first, cipher: segmentCipher(blockKey(first), segmentLength) };
    return cached.cipher;
  };
  return {
    header: concat(prefix, floeKdf(key, 32, utf8("HEADER_TAG:"))),
    blockKey,
    sealSegment: async (index, ...rest) => cipherFor(index).sealSegment(index, ...rest),
    openSegment: async (index, ...rest) => cipherFor(index).openSegment(index, ...rest),
  };
}
