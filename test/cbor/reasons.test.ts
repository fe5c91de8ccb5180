/** What a refusal says: which rule of the strict form was broken, so that whoever wrote the bytes can find it. */

import { describe, expect, it } from "vitest";
import { fromHex, hex } from "../../src/bytes.ts";
import { decode, decodeTagged, encode, encodeTagged, hasTag, TAG_COSE_SIGN } from "../../src/cbor/codec.ts";
import { extent, MAX_ITEMS, newBudget } from "../../src/cbor/scan.ts";
import { said } from "../said.ts";

describe("a refused encoding", () => {
  it.each([
    ["", "an item is cut short"],
    ["18", "an item is cut short"],
    ["4101ff", "bytes follow the item"],
    ["c000", "a tag"],
    ["db000000000000000000", "a tag"],
    ["3b001fffffffffffff", "a number below -(2^53-1)"],
    ["1b0020000000000000", "a number above 2^53-1"],
    ["5b0020000000000000", "a number above 2^53-1"],
    ["a14000", "a map key that is neither an integer nor text"],
    ["a18000", "a map key that is neither an integer nor text"],
    ["a1f600", "a map key that is neither an integer nor text"],
    ["a200000000", "a key that stands twice"],
    ["a2616100616100", "a key that stands twice"],
    ["a201000000", "keys out of order"],
    ["a2200000 00", "keys out of order"],
    ["a2616100 0000", "keys out of order"],
    ["1f", "an indefinite length"],
    ["5f", "an indefinite length"],
    ["9fff", "an indefinite length"],
    ["1c", "a reserved length"],
    ["7e", "a reserved length"],
    ["1817", "a number in a longer form than it needs"],
    ["1900ff", "a number in a longer form than it needs"],
    ["1a0000ffff", "a number in a longer form than it needs"],
    ["1b00000000ffffffff", "a number in a longer form than it needs"],
    ["581700", "a number in a longer form than it needs"],
    ["63efbbbf", "text that begins with U+FEFF"],
    ["61ff", "text that is not UTF-8"],
    ["f7", "undefined"],
    ["ff", "a break"],
    ["f97e00", "a floating-point number"],
    ["fa00000000", "a floating-point number"],
    ["fb0000000000000000", "a floating-point number"],
    ["e0", "a simple value"],
    ["f3", "a simple value"],
    ["f820", "a simple value"],
    ["fc", "a simple value"],
  ])("%s is %s", (text, reason) => {
    expect(said(() => decode(fromHex(text.replaceAll(" ", ""))))).toBe(`ERR_CBOR: ${reason}`);
  });

  it.each([
    "1818",
    "190100",
    "1a00010000",
    "1b0000000100000000",
    "1b001fffffffffffff",
    "3b001ffffffffffffe",
    "f4",
    "f5",
  ])("%s, beside those, is accepted", (text) => expect(said(() => decode(fromHex(text)))).toBe("accepted"));

  it.each([
    [`${"81".repeat(17)}00`, "nesting"],
    ["5a01000001", "length"],
    ["791001", "length of a text"],
    ["9a00030d40", "number of CBOR items"],
    ["ba000186a0", "number of CBOR items"],
  ])("%s is over the limit of %s", (text, what) => {
    expect(said(() => decode(fromHex(text)))).toBe(`ERR_LIMIT: ${what}`);
  });

  it("is over the limit where the next item is, and at it where it ends there", () => {
    const bytes = fromHex("82024101");
    expect(extent(bytes, 0, newBudget(), 4)).toBe(4);
    expect(extent(bytes.subarray(0, 3), 0, newBudget(), 4)).toBe("more");
    expect(said(() => extent(bytes.subarray(0, 3), 0, newBudget(), 3))).toBe("ERR_LIMIT: length");
    expect(said(() => extent(bytes.subarray(0, 2), 0, newBudget(), 2))).toBe("ERR_LIMIT: length");
    expect(extent(bytes, 1, newBudget(), 1)).toBe(2);
  });

  it("spends an item of the budget for each item, and none for what is not there", () => {
    const budget = newBudget();
    decode(fromHex("82a10102f6"), budget);
    expect(budget.items).toBe(MAX_ITEMS - 5);
    expect(said(() => decode(fromHex("820102"), { items: 3 }))).toBe("accepted");
    expect(said(() => decode(fromHex("820102"), { items: 2 }))).toBe("ERR_LIMIT: number of CBOR items");
    expect(said(() => decode(fromHex("a10102"), { items: 3 }))).toBe("accepted");
    expect(said(() => decode(fromHex("a10102"), { items: 2 }))).toBe("ERR_LIMIT: number of CBOR items");
    expect(said(() => decode(fromHex("00"), { items: 0 }))).toBe("ERR_LIMIT: number of CBOR items");
  });

  it("is none behind its tag", () => {
    const tagged = encodeTagged(TAG_COSE_SIGN, [1]);
    expect([hex(tagged), decodeTagged(TAG_COSE_SIGN, tagged)]).toEqual(["d8628101", [1]]);
  });

  it("names the tag that it lacks, as soon as it can be seen", () => {
    expect(said(() => decodeTagged(TAG_COSE_SIGN, fromHex("d86080")))).toBe("ERR_SCHEMA: tag 98");
    expect(said(() => decodeTagged(TAG_COSE_SIGN, fromHex("d8")))).toBe("ERR_SCHEMA: tag 98");
    expect(["", "d8", "d862", "d86280", "d9", "d861"].map((text) => hasTag(TAG_COSE_SIGN, fromHex(text)))).toEqual([
      "more",
      "more",
      true,
      true,
      false,
      false,
    ]);
  });

  it("is never made: what strict CBOR cannot say is a RangeError", () => {
    for (const number of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encode(number)).toThrow(new RangeError("not an integer within 2^53-1"));
    }
    for (const text of ["\ud800", "a\udfff", "\ud800a"]) {
      expect(() => encode(text)).toThrow(new RangeError("not well-formed text"));
    }
    expect(said(() => encode("\ufeff"))).toBe("ERR_CBOR: text that begins with U+FEFF");
  });
});
