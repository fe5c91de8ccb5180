/** What CBOR can say and dipbag does not hear, and who owns what was read (rows A15 to A23, A27 and A28). */

import { Encoder } from "cbor-x/encode";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { byteStringHead, type CborValue, decode, encode } from "../../src/cbor/codec.ts";
import { bytes, readAs, required, struct, uint } from "../../src/cbor/schema.ts";
import { all, refusal, refusals } from "./helpers.ts";

const repeat = (byte: number, times: number) => new Uint8Array(times).fill(byte);
const head = (text: string) => fromHex(text.replaceAll(" ", ""));

describe("what CBOR can say and dipbag does not hear", () => {
  /** A tag of any size in front of an item. */
  const tagged = (tag: number, item: string) => {
    const number = encode(tag);
    number[0] = (number[0] as number) | 0xc0;
    return hex(number) + item;
  };

  it("[15] tags cannot make dates, expressions, errors, sets, typed arrays, objects or records", () => {
    const smuggled = [
      0, 1, 27, 64, 65, 66, 67, 68, 69, 70, 72, 77, 78, 79, 81, 82, 85, 86, 105, 258, 259, 0xdff9, 0xdffe, 0xdfff,
      0xe000,
    ]
      .flatMap((tag) => [
        tagged(tag, "00"),
        tagged(tag, "83636f626a016161"),
        tagged(tag, "4100"),
        `81${tagged(tag, "80")}`,
      ])
      .concat(
        "d81b826b636f6e7374727563746f7201",
        "d81b8366526567457870622e2a6167",
        "d9dfff83 19e000 8161 61 01".replaceAll(" ", ""),
      );
    expect(refusals(smuggled)).toEqual(all(smuggled, "ERR_CBOR"));
  });

  it("[16] shared references: cycles and billion laughs", () => {
    const shared = ["d81c81d81d00", "82d81c80d81d00", "d81d00", `82d81c82d81d00d81d00d81d00`];
    expect(refusals(shared)).toEqual(all(shared, "ERR_CBOR"));
  });

  it("[17] packed strings", () => {
    const packed = ["d83384816161808000", "d8338481616180 80 82e0e0".replaceAll(" ", ""), "c600", "e0"];
    expect(refusals(packed)).toEqual(all(packed, "ERR_CBOR"));
  });

  it("[19] invalid, overlong, surrogate and cut UTF-8", () => {
    const wrong = [
      "80",
      "c0af",
      "c1bf",
      "c3",
      "c328",
      "e08080",
      "e0a0",
      "e28228",
      "eda080",
      "edbfbf",
      "eda081edb080",
      "f0808080",
      "f0288c28",
      "f4908080",
      "f5808080",
      "fe",
      "ff",
    ];
    const short = wrong.map((text) => hex(Uint8Array.of(0x60 + text.length / 2)) + text);
    // The decoder has three paths by length: below 16, below 64 and above.
    const longer = [20, 100].flatMap((pad) =>
      wrong.map((text) => hex(concat(Uint8Array.of(0x78, pad + text.length / 2), repeat(0x61, pad), fromHex(text)))),
    );
    const keys = short.map((text) => `a1${text}00`);
    expect(refusals([...short, ...longer, ...keys])).toEqual(all([...short, ...longer, ...keys], "ERR_CBOR"));
  });

  it("[19] text that has no UTF-8 is not written", () => {
    for (const text of ["\ud800", "\udc00a", `${"a".repeat(100)}\ud800`]) {
      expect(() => encode(text)).toThrow(RangeError);
      expect(() => encode(new Map([[text, 0]]))).toThrow(RangeError);
    }
  });

  it("[20] no U+FEFF in front, and what looks alike stays different", () => {
    const marked = ["", "a", "a".repeat(20), "a".repeat(100)].map((text) => utf8(`\ufeff${text}`));
    for (const text of marked) {
      const item = concat(
        text.length < 24 ? Uint8Array.of(0x60 + text.length) : Uint8Array.of(0x78, text.length),
        text,
      );
      expect(refusal(() => decode(item))).toBe("ERR_CBOR");
    }
    expect(refusal(() => encode("\ufeffa"))).toBe("ERR_CBOR");
    const alike = ["\u00e9", "e\u0301", "e\u0301\u200b", "e\u0301\u2060", "a\ufeff", "\uff45"];
    expect(decode(encode(alike))).toStrictEqual(alike);
    expect(decode(encode(new Map(alike.map((text, i) => [text, i]))))).toHaveProperty("size", alike.length);
  });

  it("[21] floats, also with integer values, NaN in any form, undefined and simple values", () => {
    const floats = [
      "f90000",
      "f98000",
      "f93c00",
      "fa3f800000",
      "fb41f0000000000000",
      "fb4200000000000000",
      "f97e00",
      "f97e01",
      "fa7fc00001",
      "fb7ff8000000000001",
    ];
    const simple = ["e0", "f0", "f3", "f7", "f800", "f814", "f818", "f820", "f8ff"];
    const keys = ["a1f93c0000", "a1f400", "a1f600", "a1f700", "a1410000", "a18000", "a1a000"];
    expect(refusals([...floats, ...simple, ...keys])).toEqual(all([...floats, ...simple, ...keys], "ERR_CBOR"));
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => encode(value)).toThrow(RangeError);
    expect(hex(encode(-0))).toBe("00");
  });

  it("[22] integers are exact to 2^53-1 on both sides, and refused beyond", () => {
    for (const n of [2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52 + 1, 2 ** 53 - 1]) {
      for (const value of [n, -n]) {
        expect(decode(encode(value))).toBe(value);
        expect(decode(encode(new Map([[value, value]])))).toStrictEqual(new Map([[value, value]]));
      }
    }
    const beyond = ["1b0020000000000000", "1b7fffffffffffffff", "1b8000000000000000", "1bffffffffffffffff"];
    beyond.push("3b001fffffffffffff", "3b0020000000000000", "3b7fffffffffffffff", "3bffffffffffffffff");
    expect(refusals(beyond)).toEqual(all(beyond, "ERR_CBOR"));
  });

  it("[22] the head of a byte string carries any length to 2^53-1", () => {
    const lengths = [0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
    expect(lengths.map((length) => hex(byteStringHead(length)))).toEqual([
      "40",
      "57",
      "5818",
      "58ff",
      "590100",
      "59ffff",
      "5a00010000",
      "5affffffff",
      "5b0000000100000000",
      "5b001fffffffffffff",
    ]);
  });

  it("[23] prototype keys are plain keys of a Map, and no key of a closed map", () => {
    const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
    const ours = Object.getOwnPropertyNames(Object.prototype);
    const value = new Map(names.map((name) => [name, new Map([["polluted", true]])]));
    expect(decode(encode(value))).toStrictEqual(value);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(ours);
    expect("polluted" in {}).toBe(false);
    for (const name of names) {
      const item = encode(
        new Map<number | string, CborValue>([
          [1, 0],
          [name, 0],
        ]),
      );
      expect(refusal(() => readAs(struct({ one: required(1, uint()) }), item, "map"))).toBe("ERR_SCHEMA");
      expect(refusal(() => readAs(struct({ one: required(name, uint()) }), encode(new Map()), "map"))).toBe(
        "ERR_SCHEMA",
      );
    }
  });
});

describe("no state, no views, no hooks", () => {
  it("[27] a record defined in one message is not known in the next, nor is anything else", () => {
    const value = new Map<number | string, CborValue>([
      [1, "one"],
      ["two", [2, 2 ** 40, new Uint8Array(40)]],
    ]);
    const encoding = hex(encode(value));
    const records = new Encoder({ useRecords: true, structures: [] });
    const defining = new Uint8Array(
      records.encode([
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ]),
    );
    const poison = [
      defining,
      head("d9dfff83 19e000 8161 61 01"),
      head("d9e000 8101"),
      head("d83384816161808000"),
      head("9f00"),
      head("7a0000"),
    ];
    for (const message of poison) {
      expect(refusal(() => decode(message))).toBe("ERR_CBOR");
      expect(decode(fromHex(encoding))).toStrictEqual(value);
      expect(hex(encode(value))).toBe(encoding);
    }
  });

  it("[28] what was decoded is ours: the input may change, and is not changed", () => {
    for (const make of [(text: string) => fromHex(text), (text: string) => Buffer.from(text, "hex")]) {
      const input = make("a2 01 44 01020304 02 82 4105 6161".replaceAll(" ", ""));
      const value = decode(input);
      expect(Reflect.ownKeys(input)).toEqual([...input.keys()].map(String));
      input.fill(0xff);
      expect(value).toStrictEqual(
        new Map<number, CborValue>([
          [1, Uint8Array.of(1, 2, 3, 4)],
          [2, [Uint8Array.of(5), "a"]],
        ]),
      );
    }
    const read = readAs(bytes(), fromHex("4401020304"), "bytes");
    expect(read.buffer.byteLength).toBe(4);
  });

  it("[28] what was encoded is ours: neither the input nor the next message changes it", () => {
    const part = Uint8Array.of(1, 2, 3);
    const first = encode([part]);
    part.fill(9);
    encode(Array(100).fill(repeat(7, 100)));
    expect(hex(first)).toBe("8143010203");
    expect(first.buffer.byteLength).toBe(first.length);
    first.fill(0);
    expect(hex(encode([Uint8Array.of(1, 2, 3)]))).toBe("8143010203");
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
  });
});
