/** Encodings that are not the one dipbag writes (attack table, rows A1 to A10 and A18). */

import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, decode, decodeTagged, encode, TAG_COSE_ENCRYPT, TAG_COSE_SIGN } from "../../src/cbor/codec.ts";
import { extent, newBudget } from "../../src/cbor/scan.ts";
import { embedded, readAs, required, struct, uint } from "../../src/cbor/schema.ts";
import { all, refusal, refusals } from "./helpers.ts";

const head = (text: string) => fromHex(text.replaceAll(" ", ""));

describe("what is not an envelope at all", () => {
  it("[1] empty, one byte, PDF, zip, text and noise are refused", () => {
    const foreign = {
      empty: new Uint8Array(),
      "one byte": Uint8Array.of(0xd8),
      pdf: utf8("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
      zip: head("504b0304 14000000 0800"),
      text: utf8("Dear colleague,\n"),
      pem: utf8("-----BEGIN DIPBAG ENVELOPE-----\n"),
      zeros: new Uint8Array(1000),
      noise: Uint8Array.from({ length: 1000 }, (_, i) => (i * i * 167 + 13 * i + 7) & 255),
    };
    for (const [name, input] of Object.entries(foreign)) {
      expect(
        refusal(() => decodeTagged(TAG_COSE_SIGN, input)),
        name,
      ).toBe("ERR_SCHEMA");
      expect(
        refusal(() => decode(input)),
        name,
      ).toMatch(name === "zeros" ? /ERR_CBOR/ : /ERR_CBOR|ERR_LIMIT/);
    }
  });

  it("[18] the COSE tag is exactly the expected one, in its shortest form, and stands nowhere else", () => {
    const body = "8440a040 80".replaceAll(" ", "");
    expect(decodeTagged(TAG_COSE_SIGN, fromHex(`d862${body}`))).toHaveLength(4);
    const wrong = [
      "",
      "d0",
      "d1",
      "d2",
      "d83d",
      "d860",
      "d861",
      "d90062",
      "da00000062",
      "d862d862",
      "d83dd862",
      "d9d9f7d862",
    ];
    for (const tags of wrong) {
      expect(
        refusal(() => decodeTagged(TAG_COSE_SIGN, fromHex(tags + body))),
        tags,
      ).toMatch(/ERR_SCHEMA|ERR_CBOR/);
    }
    expect(refusal(() => decodeTagged(TAG_COSE_ENCRYPT, fromHex(`d862${body}`)))).toBe("ERR_SCHEMA");
    expect(refusal(() => decode(fromHex(`d862${body}`)))).toBe("ERR_CBOR");
    expect(refusal(() => decode(fromHex(`81d862${body}`)))).toBe("ERR_CBOR");
  });
});

describe("one value, one encoding", () => {
  it("[3] integers and lengths in a longer form than they need", () => {
    const long = "1817 1900ff 1a0000ffff 1b00000000ffffffff 3817 3900ff 3a0000ffff 3b00000000ffffffff".split(" ");
    long.push(
      "580100",
      "59000100",
      "5a0000000100",
      "5b000000000000000100",
      "780161",
      "79000161",
      "7b000000000000000161",
    );
    long.push(
      "980100",
      "99000100",
      "9a0000000100",
      "9b000000000000000100",
      "b8010000",
      "b900010000",
      "bb00000000000000010000",
    );
    expect(refusals(long)).toEqual(all(long, "ERR_CBOR"));
  });

  it("[4] a key that stands twice", () => {
    const twice = ["a201000100", "a201000101", "a220002000", "a2616100616101", "a201a20100010000"];
    expect(refusals(twice)).toEqual(all(twice, "ERR_CBOR"));
  });

  it("[5] one key in two encodings; 1 and '1' are two keys", () => {
    const twice = ["a201001801 00", "a20100 1b0000000000000001 00", "a20100 fb3ff0000000000000 00"];
    expect(refusals(twice.map((text) => text.replaceAll(" ", "")))).toEqual(
      all(
        twice.map((text) => text.replaceAll(" ", "")),
        "ERR_CBOR",
      ),
    );
    expect(decode(head("a2 0100 6131 01"))).toStrictEqual(
      new Map<number | string, number>([
        [1, 0],
        ["1", 1],
      ]),
    );
  });

  it("[6] keys out of order, and in the length-first order of RFC 7049", () => {
    expect(decode(head("a2 1818 00 20 00"))).toStrictEqual(
      new Map([
        [24, 0],
        [-1, 0],
      ]),
    );
    const disordered = [
      "a202000100",
      "a220000100",
      "a261610020 00",
      "a262616100617a00",
      "a22000181800",
      "a2617a00190100 00",
    ];
    const encodings = disordered.map((text) => text.replaceAll(" ", ""));
    expect(refusals(encodings)).toEqual(all(encodings, "ERR_CBOR"));
  });

  it("[8] indefinite lengths", () => {
    const open = [
      "5fff",
      "5f4100ff",
      "7fff",
      "7f6161ff",
      "9fff",
      "9f00ff",
      "bfff",
      "bf0000ff",
      "819fff",
      "a1009fff",
      "1f",
      "3f",
      "df00",
    ];
    expect(refusals(open)).toEqual(all(open, "ERR_CBOR"));
  });

  it("[9] bytes after the item, at the outside and inside an embedded item", () => {
    const trailing = ["0000", "f6f6", "8000", "a0ff", "4000", "60f6"];
    expect(refusals(trailing)).toEqual(all(trailing, "ERR_CBOR"));
    expect(refusal(() => decodeTagged(TAG_COSE_SIGN, fromHex("d8628000")))).toBe("ERR_CBOR");
    const inner = embedded(struct({ one: required(1, uint()) }));
    expect(readAs(inner, fromHex("43a10100"), "inner").value).toEqual({ one: 0 });
    expect(refusal(() => readAs(inner, fromHex("44a1010000"), "inner"))).toBe("ERR_CBOR");
  });

  it("[10] cut short at any byte", () => {
    const whole = encode(
      new Map<number | string, CborValue>([
        [1, [0, 1000, 2 ** 40, -1, -1000, -(2 ** 40)]],
        [-1, new Map([["key", utf8("a byte string of more than 23 bytes")]])],
        ["text", ["\u00fc\u6c34\u{10151}", true, false, null, new Uint8Array(300), "t".repeat(300)]],
      ]),
    );
    expect(refusal(() => decode(whole))).toBe("accepted");
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      expect(extent(cut, 0, newBudget())).toBe("more");
      expect(refusal(() => decode(cut))).toBe("ERR_CBOR");
    }
    expect(extent(concat(whole, whole), whole.length, newBudget())).toBe(2 * whole.length);
  });

  it("[10] reserved additional information 28 to 30, and a break alone", () => {
    const reserved = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((major) =>
      [28, 29, 30].map((info) => hex(Uint8Array.of((major << 5) | info))),
    );
    const broken = [...reserved, "ff", "81ff", "a1ff", "a100ff", "82ff00"];
    expect(refusals(broken)).toEqual(all(broken, "ERR_CBOR"));
    // At once: no byte to come could make it right.
    for (const text of [...broken, "1f", "5f", "9f", "c0", "f7"]) {
      expect(refusal(() => extent(fromHex(text), 0, newBudget()))).toBe("ERR_CBOR");
    }
  });
});
