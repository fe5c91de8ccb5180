/** What the CBOR tests share: refusals by code, arbitrary values of the profile, and what a piece of work costs. */

import fc from "fast-check";
import { fromHex } from "../../src/bytes.ts";
import { type CborKey, type CborMap, type CborValue, decode } from "../../src/cbor/codec.ts";
import { DipbagError } from "../../src/errors.ts";

/** The code with which `work` fails, or "accepted". Anything but a DipbagError of status 1 is passed on: a bug. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DipbagError && error.status === 1) return error.code;
    throw error;
  }
  return "accepted";
}

/** The code for each of some encodings, written in hexadecimal. */
export const refusals = (encodings: readonly string[]): Record<string, string> =>
  Object.fromEntries(encodings.map((text) => [text, refusal(() => decode(fromHex(text)))]));

export const all = (encodings: readonly string[], code: string): Record<string, string> =>
  Object.fromEntries(encodings.map((text) => [text, code]));

/** Milliseconds, and the growth of the process in MiB while `work` ran. */
export function cost(work: () => void): { ms: number; mib: number } {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  work();
  return { ms: performance.now() - start, mib: (process.memoryUsage.rss() - before) / 2 ** 20 };
}

const edges = [0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(...edges, ...edges.slice(0, -1).map((edge) => -1 - edge), -Number.MAX_SAFE_INTEGER),
);
const text = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ unit: "grapheme", maxLength: 300, size: "max" }),
    fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "e\u0301", "\u00e9"),
  )
  .filter((value) => !value.startsWith("\ufeff"));
const key: fc.Arbitrary<CborKey> = fc.oneof(integer, fc.integer({ min: -30, max: 30 }), text);

/** Any value that strict CBOR can say, to a depth and size that keep the runs short. */
export const anyValue: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue; array: CborValue[]; map: CborMap }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      integer,
      text,
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 300 }),
      tie("array"),
      tie("map"),
    ),
    array: fc.array(tie("value"), { maxLength: 26 }),
    map: fc.array(fc.tuple(key, tie("value")), { maxLength: 26 }).map((entries) => new Map(entries)),
  }),
).value;
