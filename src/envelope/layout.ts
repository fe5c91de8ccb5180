/** Lengths: segments, padding, and what a reader can require of them before it sees the body (spec/envelope.md section 5). */

import { equal } from "../bytes.ts";
import {
  bodyLength,
  encodeParameters,
  plaintextLength,
  plaintextPerSegment,
  segmentCount,
} from "../crypto/floe-layout.ts";
import { fail } from "../errors.ts";
import type { Job } from "./bulk.ts";
import { LIMITS, type Portion } from "./format.ts";

/** A segment is 2^n bytes; n is one for the whole envelope. */
export const SMALLEST_N = 20;
export const LARGEST_N = 26;

const segmentsFor = (plaintexts: readonly number[], n: number): number =>
  plaintexts.reduce((sum, length) => sum + Math.ceil(length / plaintextPerSegment(2 ** n)), 0);

/** The smallest n with which all portions together stay within the limit. @throws DipbagError ERR_ENVELOPE_TOO_LARGE */
export function chooseN(plaintexts: readonly number[]): number {
  for (let n = SMALLEST_N; n <= LARGEST_N; n++) if (segmentsFor(plaintexts, n) <= LIMITS.segments) return n;
  return fail("ERR_ENVELOPE_TOO_LARGE");
}

/**
 * Padmé (Nikitin et al., PETS 2019, section 4): hides all but the O(log log L) leading bits of a length, for at most
 * 12 % more. With BigInt, because doubles go wrong from 2^31.
 */
export function padme(length: number): number {
  const l = BigInt(length);
  const e = BigInt(l.toString(2).length - 1);
  const s = BigInt(e.toString(2).length);
  if (e < s) return length;
  const mask = (1n << (e - s)) - 1n;
  return Number((l + mask) & ~mask);
}

/** What the manifest alone says of the lengths of a body, once `checkLayout` has passed. */
export interface Layout {
  readonly segmentLength: number;
  readonly segments: number;
  /** P: plaintext with padding. */
  readonly plaintext: number;
  readonly body: number;
}

/** @throws DipbagError ERR_LAYOUT where a length, a digest list or a FLOE header contradicts another */
export function checkLayout(portions: readonly Portion[]): readonly Layout[] {
  const n = nOf(portions[0] as Portion);
  const segmentLength = 2 ** n;
  const parameters = encodeParameters(segmentLength);
  const layouts = portions.map(({ length, digests, floeHeader }) => {
    const segments = segmentCount(length, segmentLength);
    const last = length - (segments - 1) * segmentLength;
    const plaintext = plaintextLength(length, segmentLength);
    if (
      !equal(floeHeader.subarray(0, parameters.length), parameters) ||
      segments < 1 ||
      last < 33 ||
      digests.length !== 32 * segments
    ) {
      fail("ERR_LAYOUT");
    }
    return { segmentLength, segments, plaintext, body: length };
  });
  const plaintexts = layouts.map(({ plaintext }) => plaintext);
  const total = layouts.reduce((sum, { segments }) => sum + segments, 0);
  if (total > LIMITS.segments || (n > SMALLEST_N && segmentsFor(plaintexts, n - 1) <= LIMITS.segments))
    fail("ERR_LAYOUT");
  return layouts;
}

function nOf({ floeHeader }: Portion): number {
  const n = Math.log2(new DataView(floeHeader.buffer, floeHeader.byteOffset).getUint32(2));
  return Number.isInteger(n) && n >= SMALLEST_N && n <= LARGEST_N ? n : fail("ERR_LAYOUT");
}

/** The layout that pack gives a portion of `plaintext` bytes, padding included. */
export const layoutFor = (plaintext: number, n: number): Layout => {
  const body = bodyLength(plaintext, 2 ** n);
  return { segmentLength: 2 ** n, segments: segmentCount(body, 2 ** n), plaintext, body };
};

/** A job for all segments. */
export const every = ({ segments, segmentLength, body }: Layout): Job => ({
  first: 0,
  end: segments,
  room: Math.min(segmentLength, body),
});
