/** Encoding and decoding of strict deterministic CBOR: the scan first, cbor-x after it. */

import { Decoder } from "cbor-x/decode";
import { Encoder } from "cbor-x/encode";
import { compare, concat, utf8 } from "../bytes.ts";
import { type ErrorCode, fail } from "../errors.ts";
import { type Budget, newBudget, scan } from "./scan.ts";

/** What strict CBOR can say. Maps are Maps: no key can reach a prototype. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | CborMap;
export type CborKey = number | string;
export type CborMap = Map<CborKey, CborValue>;

const decoderOptions = { useRecords: false, mapsAsObjects: false, copyBuffers: true };
const encoderOptions = {
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  useTag259ForMaps: false,
  tagUint8Array: false,
};

/** The CBOR tags dipbag knows; each stands only in front of a whole item (RFC 9052 section 2). */
export const TAG_COSE_ENCRYPT = 96;
export const TAG_COSE_SIGN = 98;
export type Tag = typeof TAG_COSE_ENCRYPT | typeof TAG_COSE_SIGN;

/**
 * Decodes exactly one item. A decoder is made afresh for each message: cbor-x keeps state in it.
 * @throws DipbagError ERR_CBOR, ERR_LIMIT
 */
export function decode(bytes: Uint8Array, budget: Budget = newBudget()): CborValue {
  scan(bytes, 0, budget);
  return decodeScanned(bytes, 0);
}

/** Decodes exactly one item behind the two bytes of `tag`. @throws DipbagError ERR_SCHEMA, ERR_CBOR, ERR_LIMIT */
export function decodeTagged(
  tag: Tag,
  bytes: Uint8Array,
  budget: Budget = newBudget(),
  endsEarly?: ErrorCode,
  goesOn?: ErrorCode,
): CborValue {
  requireTag(tag, bytes, endsEarly);
  scan(bytes, 2, budget, endsEarly, goesOn);
  return decodeScanned(bytes, 2);
}

/** Over a view of its own: cbor-x writes a property on its input, and would make a Buffer of each part of a Buffer. */
function decodeScanned(bytes: Uint8Array, start: number): CborValue {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  return plain(new Decoder(decoderOptions).decode(view));
}

/** The two bytes of a tag from 24 to 255. @throws DipbagError ERR_SCHEMA, or `endsEarly` where nothing contradicts it */
export function requireTag(tag: Tag, bytes: Uint8Array, endsEarly: ErrorCode = "ERR_SCHEMA"): void {
  if (bytes.length > 0 && bytes[0] !== 0xd8) fail("ERR_SCHEMA", { where: `tag ${tag}` });
  if (bytes.length > 1 && bytes[1] !== tag) fail("ERR_SCHEMA", { where: `tag ${tag}` });
  if (bytes.length < 2) fail(endsEarly, { where: `tag ${tag}` });
}

/** The deterministic encoding of RFC 8949 section 4.2.1. The result is scanned again before anyone sees it. */
export function encode(value: CborValue): Uint8Array {
  const bytes = new Uint8Array(new Encoder(encoderOptions).encode(sorted(value)));
  scan(bytes, 0, newBudget());
  return bytes;
}

export function encodeTagged(tag: Tag, value: CborValue): Uint8Array {
  return concat(Uint8Array.of(0xd8, tag), encode(value));
}

/** The head of a byte string of `length` bytes, for items too long to build in memory. */
export function byteStringHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 + length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  const size = length < 0x10000 ? 2 : length < 0x100000000 ? 4 : 8;
  const head = new Uint8Array(1 + size);
  head[0] = size === 2 ? 0x59 : size === 4 ? 0x5a : 0x5b;
  for (let i = size, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) head[i] = rest % 256;
  return head;
}

/** cbor-x gives a bigint for every argument of eight bytes; the scan has made sure that it fits a number. */
function plain(value: unknown): CborValue {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    const out: CborMap = new Map();
    for (const [key, entry] of value) out.set(plain(key) as CborKey, plain(entry));
    return out;
  }
  return value as CborValue;
}

/** What cbor-x must be given so that it writes deterministic bytes: keys in order, large integers as bigint. */
function sorted(value: CborValue): unknown {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError("not an integer within 2^53-1");
    return value >= 2 ** 32 || value < -(2 ** 32) ? BigInt(value) : value;
  }
  // TextEncoder and cbor-x would write U+FFFD in its place, and two texts become one.
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw new RangeError("not well-formed text");
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Map) {
    return new Map([...value].sort(([a], [b]) => keyOrder(a, b)).map(([key, entry]) => [sorted(key), sorted(entry)]));
  }
  return value;
}

/** The order of the encoded keys: 0, 1, ..., -1, -2, ..., then text by encoded length and bytes. */
function keyOrder(a: CborKey, b: CborKey): number {
  const rank = (key: CborKey) => (typeof key === "string" ? 2 : key < 0 ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "number" && typeof b === "number") return Math.abs(a) - Math.abs(b);
  const [x, y] = [utf8(a as string), utf8(b as string)];
  return x.length - y.length || compare(x, y);
}
