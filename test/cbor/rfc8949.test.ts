/** The examples of RFC 8949 Appendix A, each either in our profile or refused. */

import { describe, expect, it } from "vitest";
import { fromHex, hex } from "../../src/bytes.ts";
import { type CborKey, type CborValue, decode, encode } from "../../src/cbor/codec.ts";
import { all, refusals } from "./helpers.ts";

const map = (...entries: [CborKey, CborValue][]) => new Map(entries);
const to25 = Array.from({ length: 25 }, (_, i) => i + 1);

/** Encoding (hexadecimal) and value, in the order of the appendix. */
const inProfile: [string, CborValue][] = [
  ["00", 0],
  ["01", 1],
  ["0a", 10],
  ["17", 23],
  ["1818", 24],
  ["1819", 25],
  ["1864", 100],
  ["1903e8", 1000],
  ["1a000f4240", 1000000],
  ["1b000000e8d4a51000", 1000000000000],
  ["20", -1],
  ["29", -10],
  ["3863", -100],
  ["3903e7", -1000],
  ["f4", false],
  ["f5", true],
  ["f6", null],
  ["40", new Uint8Array()],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["60", ""],
  ["6161", "a"],
  ["6449455446", "IETF"],
  ["62225c", '"\\'],
  ["62c3bc", "\u00fc"],
  ["63e6b0b4", "\u6c34"],
  ["64f0908591", "\u{10151}"],
  ["80", []],
  ["83010203", [1, 2, 3]],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
  ["98190102030405060708090a0b0c0d0e0f101112131415161718181819", to25],
  ["a0", map()],
  ["a201020304", map([1, 2], [3, 4])],
  ["a26161016162820203", map(["a", 1], ["b", [2, 3]])],
  ["826161a161626163", ["a", map(["b", "c"])]],
  ["a56161614161626142616361436164614461656145", map(["a", "A"], ["b", "B"], ["c", "C"], ["d", "D"], ["e", "E"])],
];

const refused: Record<string, string[]> = {
  "integers beyond 2^53-1": ["1bffffffffffffffff", "3bffffffffffffffff"],
  bignums: ["c249010000000000000000", "c349010000000000000000"],
  "half floats": "f90000 f98000 f93c00 f93e00 f97bff f90001 f90400 f9c400 f97c00 f97e00 f9fc00".split(" "),
  "single floats": "fa47c35000 fa7f7fffff fa7f800000 fa7fc00000 faff800000".split(" "),
  "double floats":
    "fb3ff199999999999a fb7e37e43c8800759c fbc010666666666666 fb7ff0000000000000 fb7ff8000000000000 fbfff0000000000000".split(
      " ",
    ),
  "undefined and simple values": ["f7", "f0", "f8ff"],
  tags: [
    "c074323031332d30332d32315432303a30343a30305a",
    "c11a514b67b0",
    "c1fb41d452d9ec200000",
    "d74401020304",
    "d818456449455446",
    "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
  ],
  "indefinite lengths": [
    "5f42010243030405ff",
    "7f657374726561646d696e67ff",
    "9fff",
    "9f018202039f0405ffff",
    "9f01820203820405ff",
    "83018202039f0405ff",
    "83019f0203ff820405",
    "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
    "bf61610161629f0203ffff",
    "826161bf61626163ff",
    "bf6346756ef563416d7421ff",
  ],
};

describe("RFC 8949 Appendix A", () => {
  it.each(inProfile)("%s is in the profile: decodes and encodes to itself", (encoding, value) => {
    expect(decode(fromHex(encoding))).toStrictEqual(value);
    expect(hex(encode(value))).toBe(encoding);
  });

  it.each(Object.entries(refused))("refuses %s", (_, encodings) => {
    expect(refusals(encodings)).toEqual(all(encodings, "ERR_CBOR"));
  });

  it("is covered whole: 81 examples", () => {
    expect(inProfile.length + Object.values(refused).flat().length).toBe(81);
  });
});

/** RFC 8949 section 4.2.1: bytewise lexicographic order of the encoded keys; the example there, within our keys. */
describe("RFC 8949 section 4.2.1", () => {
  it("orders keys by their encoded bytes: 10, 100, -1, z, aa", () => {
    const keys = ["aa", -1, 100, "z", 10];
    const encoding = "a5" + "0a00" + "186400" + "2000" + "617a00" + "62616100";
    expect(hex(encode(new Map(keys.map((key) => [key, 0]))))).toBe(encoding);
    expect([...(decode(fromHex(encoding)) as Map<CborKey, CborValue>).keys()]).toEqual([10, 100, -1, "z", "aa"]);
  });

  it("writes the shortest head on both sides of each border", () => {
    const heads = [23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1].map((n) => hex(encode(n)));
    expect(heads).toEqual([
      "17",
      "1818",
      "18ff",
      "190100",
      "19ffff",
      "1a00010000",
      "1affffffff",
      "1b0000000100000000",
      "1b001fffffffffffff",
    ]);
    const negative = [-24, -25, -256, -257, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 32), -(2 ** 32) - 1, 1 - 2 ** 53];
    expect(negative.map((n) => hex(encode(n)))).toEqual([
      "37",
      "3818",
      "38ff",
      "390100",
      "3a7fffffff",
      "3a80000000",
      "3affffffff",
      "3b0000000100000000",
      "3b001ffffffffffffe",
    ]);
  });
});
