/** Inputs that ask for more than they are worth (attack table, rows A11 to A14 and A25). */

import { describe, expect, it } from "vitest";
import { concat, fromHex } from "../../src/bytes.ts";
import { byteStringHead, decode, encode } from "../../src/cbor/codec.ts";
import { extent, MAX_DEPTH, MAX_ITEMS, MAX_MESSAGE, MAX_TEXT, newBudget } from "../../src/cbor/scan.ts";
import { embedded, list, readAs, uint } from "../../src/cbor/schema.ts";
import { cost, refusal } from "./helpers.ts";

const repeat = (byte: number, times: number) => new Uint8Array(times).fill(byte);
const head = (text: string) => fromHex(text.replaceAll(" ", ""));
/** Refused as `code`, fast and without memory: the bounds are ten times what the machine needs, not a benchmark. */
const refusedCheaply = (input: Uint8Array, code: string) => {
  const { ms, mib } = cost(() => expect(refusal(() => decode(input))).toBe(code));
  expect(ms).toBeLessThan(500);
  expect(mib).toBeLessThan(48);
};

describe("bombs", () => {
  it("[11] arrays, maps and strings of 2^32, 2^53 and 2^64-1 are refused from their head", () => {
    const lengths = [
      "1a ffffffff",
      "1b 0000000100000000",
      "1b 001fffffffffffff",
      "1b 0020000000000000",
      "1b ffffffffffffffff",
    ];
    for (const length of lengths) {
      for (const major of [2, 3, 4, 5]) {
        const bomb = head(length);
        bomb[0] = (bomb[0] as number) | (major << 5);
        const { ms, mib } = cost(() => expect(refusal(() => decode(bomb))).toMatch(/ERR_LIMIT|ERR_CBOR/));
        expect(ms).toBeLessThan(500);
        expect(mib).toBeLessThan(48);
        // Nothing is waited for either: a reader of a stream is told at once.
        expect(refusal(() => extent(bomb, 0, newBudget()))).toMatch(/ERR_LIMIT|ERR_CBOR/);
      }
    }
  });

  it(`[12] nesting: ${MAX_DEPTH} levels around an item are allowed, more are not, however many`, () => {
    for (const opener of ["81", "a100"]) {
      const nested = (depth: number) => concat(fromHex(opener.repeat(depth)), Uint8Array.of(0));
      expect(refusal(() => decode(nested(MAX_DEPTH)))).toBe("accepted");
      expect(refusal(() => decode(nested(MAX_DEPTH + 1)))).toBe("ERR_LIMIT");
      for (const depth of [1000, 10_000, 1_000_000]) refusedCheaply(nested(depth), "ERR_LIMIT");
    }
    refusedCheaply(repeat(0x81, 5_000_000), "ERR_LIMIT");
  });

  it("[13] item bombs: 20 MB of empty arrays, as a sequence and in one array", () => {
    const bomb = repeat(0x80, 20_000_000);
    refusedCheaply(bomb, "ERR_CBOR");
    refusedCheaply(concat(head("9a 01312d00"), bomb), "ERR_LIMIT");
    const below = concat(head(`9a ${MAX_ITEMS.toString(16).padStart(8, "0")}`), bomb.subarray(0, MAX_ITEMS));
    expect(refusal(() => decode(below))).toBe("ERR_LIMIT");
    expect(
      decode(concat(head(`9a ${(MAX_ITEMS - 1).toString(16).padStart(8, "0")}`), bomb.subarray(0, MAX_ITEMS - 1))),
    ).toHaveLength(MAX_ITEMS - 1);
  });

  it("[13] every item counts once, keys and containers too", () => {
    for (const [text, items] of [
      ["82810000", 4],
      ["a10000", 3],
      ["a200800100", 5],
      ["8180", 2],
      ["00", 1],
    ] as const) {
      expect(refusal(() => decode(fromHex(text), { items }))).toBe("accepted");
      expect(refusal(() => decode(fromHex(text), { items: items - 1 }))).toBe("ERR_LIMIT");
    }
  });

  it("[13] nested items spend what the message has, not a budget of their own", () => {
    const inner = encode(Array(50_000).fill(0));
    const shape = list(embedded(list(uint())));
    expect(refusal(() => readAs(shape, encode(Array(3).fill(inner)), "list"))).toBe("accepted");
    expect(refusal(() => readAs(shape, encode(Array(4).fill(inner)), "list"))).toBe("ERR_LIMIT");
  });

  it("[14] a bignum of 256 KiB costs nothing", () => {
    const bignum = concat(Uint8Array.of(0xc2), byteStringHead(2 ** 18), repeat(0xff, 2 ** 18));
    refusedCheaply(bignum, "ERR_CBOR");
    refusedCheaply(concat(Uint8Array.of(0x81), bignum), "ERR_CBOR");
  });

  it("[25] a text or a message beyond its limit is refused from its head; at the limit it is read", () => {
    expect(decode(encode("t".repeat(MAX_TEXT)))).toHaveLength(MAX_TEXT);
    expect(refusal(() => decode(head("79 1001")))).toBe("ERR_LIMIT");
    const most = MAX_MESSAGE - 5;
    expect(refusal(() => decode(byteStringHead(most + 1)))).toBe("ERR_LIMIT");
    expect(extent(byteStringHead(most), 0, newBudget())).toBe("more");
    const large = concat(byteStringHead(most), new Uint8Array(most));
    const { ms, mib } = cost(() => expect(decode(large)).toHaveLength(most));
    expect(ms).toBeLessThan(2000);
    expect(mib).toBeLessThan(64);
  });
});
