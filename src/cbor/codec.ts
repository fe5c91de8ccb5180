/**
 * Decoding and encoding of strict deterministic CBOR. Decoding: the scan first, cbor-x after it. Encoding is written here:
 * cbor-x lets any package of the process change how it writes byte strings, and keeps what it wrote last in memory.
 */

import { Decoder } from "cbor-x/decode";
import { compare, utf8 } from "../bytes.ts";
import { fail } from "../errors.ts";
import { type Budget, newBudget, scan } from "./scan.ts";

/** What strict CBOR can say. Maps are Maps: no key can reach a prototype. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | CborMap;
export type CborKey = number | string;
export type CborMap = Map<CborKey, CborValue>;

/** int64AsNumber loses nothing here: the scan has made sure that every integer fits a number. */
const decoderOptions = { useRecords: false, mapsAsObjects: false, copyBuffers: true, int64AsNumber: true };

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
export function decodeTagged(tag: Tag, bytes: Uint8Array, budget: Budget = newBudget()): CborValue {
  if (hasTag(tag, bytes) !== true) fail("ERR_SCHEMA", { where: `tag ${tag}` });
  scan(bytes, 2, budget);
  return decodeScanned(bytes, 2);
}

/** Whether `bytes` begin with the two bytes of a tag from 24 to 255; "more" where they are too short to tell. */
export function hasTag(tag: Tag, bytes: Uint8Array): boolean | "more" {
  const head = [0xd8, tag];
  if (head.some((byte, i) => i < bytes.length && bytes[i] !== byte)) return false;
  return bytes.length < head.length ? "more" : true;
}

/** Over a view of its own: cbor-x writes a property on its input, and would make a Buffer of each part of a Buffer. */
function decodeScanned(bytes: Uint8Array, start: number): CborValue {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  return new Decoder(decoderOptions).decode(view);
}

/**
 * The deterministic encoding of RFC 8949 section 4.2.1. The result is scanned again before anyone sees it.
 * @throws RangeError on a number or text that strict CBOR cannot say; DipbagError ERR_CBOR, ERR_LIMIT
 */
export function encode(value: CborValue): Uint8Array {
  return encodeBehind([], value);
}

export function encodeTagged(tag: Tag, value: CborValue): Uint8Array {
  return encodeBehind([0xd8, tag], value);
}

/** In one piece of memory: what is encoded may be a head of 16 MiB. */
function encodeBehind(start: readonly number[], value: CborValue): Uint8Array {
  const bytes = joined(value, Uint8Array.from(start));
  scan(bytes, start.length, newBudget());
  return bytes;
}

/** The head of a byte string of `length` bytes, for items too long to build in memory. */
export const byteStringHead = (length: number): Uint8Array => head(2, length);

/** A head in its shortest form (RFC 8949 section 3): major type, and an argument within 2^53-1. */
function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument);
  const info = argument < 0x100 ? 24 : argument < 0x10000 ? 25 : argument < 0x100000000 ? 26 : 27;
  const bytes = new Uint8Array(1 + (1 << (info - 24)));
  bytes[0] = (major << 5) | info;
  for (let i = bytes.length - 1, rest = argument; i > 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

function joined(value: CborValue, ...parts: Uint8Array[]): Uint8Array {
  write(value, parts);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Appends one item to `parts`; the keys of a map in the order of their encoded bytes. */
function write(value: CborValue, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(0xf6));
  else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError("not an integer within 2^53-1");
    parts.push(value < 0 ? head(1, -1 - value) : head(0, value));
  } else if (typeof value === "string") {
    // TextEncoder would write U+FFFD for half a surrogate pair, and two texts become one.
    if (/\p{Surrogate}/u.test(value)) throw new RangeError("not well-formed text");
    const text = utf8(value);
    parts.push(head(3, text.length), text);
  } else if (value instanceof Uint8Array) parts.push(head(2, value.length), value);
  else if (Array.isArray(value)) {
    parts.push(head(4, value.length));
    for (const entry of value) write(entry, parts);
  } else {
    parts.push(head(5, value.size));
    const entries = [...value].map(([key, entry]) => [joined(key), entry] as const);
    for (const [key, entry] of entries.sort(([a], [b]) => compare(a, b))) {
      parts.push(key);
      write(entry, parts);
    }
  }
}
