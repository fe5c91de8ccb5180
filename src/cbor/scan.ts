/**
 * The scan: one pass over the bytes that accepts only the core deterministic encoding of RFC 8949 section 4.2.1, cut
 * down to what dipbag uses: integers within 2^53-1, byte strings, UTF-8 text, arrays, maps with integer or text keys
 * strictly ascending, false, true and null. No tags (they stand only in front of a whole item, see codec.ts), floats,
 * undefined, indefinite lengths, long forms. Only bytes that passed it reach the decoder, so nothing a general CBOR
 * decoder may do with the rest can happen.
 */

import { compare, fromUtf8 } from "../bytes.ts";
import { fail } from "../errors.ts";

/** Spent across all nested items of one message, so that many small items cost no less than one large one. */
export interface Budget {
  items: number;
}

/** Limits for one message, whatever it is (spec/envelope.md section 9). */
export const MAX_ITEMS = 200_000;
export const MAX_DEPTH = 16;
export const MAX_TEXT = 4096;
export const MAX_MESSAGE = 16 * 1024 * 1024;

export const newBudget = (): Budget => ({ items: MAX_ITEMS });

/** One past the last byte of the item at `start`; "more" if it goes on behind the end of `bytes`. */
export type Extent = number | "more";

/** Thrown inside the scan only, where the bytes so far are fine and the item is longer than they are. */
const MORE = Symbol("more");

/**
 * The end of the one item that begins at `start`. Declared lengths are checked against the limit before anything is
 * read or allocated for them.
 * @throws DipbagError ERR_CBOR, ERR_LIMIT
 */
export function extent(bytes: Uint8Array, start: number, budget: Budget, limit = MAX_MESSAGE): Extent {
  const scanner = new Scanner(bytes, start, budget, start + limit);
  try {
    scanner.item(0);
    return scanner.at;
  } catch (error) {
    if (error === MORE) return "more";
    throw error;
  }
}

/** Requires that exactly one item stands from `start` to the end. @throws DipbagError ERR_CBOR, ERR_LIMIT */
export function scan(bytes: Uint8Array, start: number, budget: Budget): void {
  const end = extent(bytes, start, budget);
  if (end === "more") refuse("an item is cut short");
  if (end !== bytes.length) refuse("bytes follow the item");
}

/** A CBOR head (RFC 8949 section 3): major type and argument. */
class Scanner {
  at: number;
  private readonly bytes: Uint8Array;
  private readonly budget: Budget;
  private readonly limit: number;

  constructor(bytes: Uint8Array, start: number, budget: Budget, limit: number) {
    this.bytes = bytes;
    this.at = start;
    this.budget = budget;
    this.limit = limit;
  }

  item(depth: number): void {
    if (depth > MAX_DEPTH) fail("ERR_LIMIT", { what: "nesting" });
    if (--this.budget.items < 0) fail("ERR_LIMIT", { what: "number of CBOR items" });
    const initial = this.byte();
    const major = initial >> 5;
    if (major === 7) {
      simple(initial);
      return;
    }
    if (major === 6) refuse("a tag");
    const argument = this.argument(initial & 31);
    switch (major) {
      case 1:
        if (argument === Number.MAX_SAFE_INTEGER) refuse("a number below -(2^53-1)");
        return;
      case 2:
        this.skip(argument);
        return;
      case 3:
        this.text(argument);
        return;
      case 4:
        this.count(argument);
        for (let i = 0; i < argument; i++) this.item(depth + 1);
        return;
      case 5:
        this.count(2 * argument);
        this.entries(argument, depth + 1);
        return;
    }
  }

  private entries(count: number, depth: number): void {
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.at;
      const major = this.peek() >> 5;
      if (major !== 0 && major !== 1 && major !== 3) refuse("a map key that is neither an integer nor text");
      this.item(depth);
      const key = this.bytes.subarray(start, this.at);
      if (previous !== undefined) {
        const order = compare(previous, key);
        if (order === 0) refuse("a key that stands twice");
        if (order > 0) refuse("keys out of order");
      }
      previous = key;
      this.item(depth);
    }
  }

  /** The argument of a head, in its shortest form and within 2^53-1. */
  private argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) refuse(info === 31 ? "an indefinite length" : "a reserved length");
    const size = 1 << (info - 24);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.byte();
    const least = info === 24 ? 24 : 2 ** (8 << (info - 25));
    if (value < least) refuse("a number in a longer form than it needs");
    if (value > Number.MAX_SAFE_INTEGER) refuse("a number above 2^53-1");
    return value;
  }

  private text(length: number): void {
    if (length > MAX_TEXT) fail("ERR_LIMIT", { what: "length of a text" });
    const start = this.at;
    this.skip(length);
    try {
      if (fromUtf8(this.bytes.subarray(start, this.at)).startsWith("\ufeff")) refuse("text that begins with U+FEFF");
    } catch (error) {
      if (error instanceof TypeError) refuse("text that is not UTF-8");
      throw error;
    }
  }

  /** Each item still to come takes a byte at least, so a count beyond the budget or the limit needs no reading. */
  private count(items: number): void {
    if (items > this.budget.items) fail("ERR_LIMIT", { what: "number of CBOR items" });
  }

  private skip(length: number): void {
    if (this.at + length > this.limit) fail("ERR_LIMIT", { what: "length" });
    if (this.at + length > this.bytes.length) throw MORE;
    this.at += length;
  }

  private peek(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) {
      if (this.at >= this.limit) fail("ERR_LIMIT", { what: "length" });
      throw MORE;
    }
    return byte;
  }

  private byte(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }
}

function simple(initial: number): void {
  if (initial === 0xf4 || initial === 0xf5 || initial === 0xf6) return;
  if (initial === 0xf7) refuse("undefined");
  if (initial === 0xff) refuse("a break");
  refuse(initial >= 0xf9 && initial <= 0xfb ? "a floating-point number" : "a simple value");
}

function refuse(reason: string): never {
  fail("ERR_CBOR", { reason });
}
