/** A29 hooks that another dependency puts into cbor-x, for the whole process: they stay in this file's process. */

import { addExtension, Encoder } from "cbor-x/encode";
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, decode, decodeTagged, encode, TAG_COSE_SIGN } from "../../src/cbor/codec.ts";
import { refusal } from "./helpers.ts";

class Foreign {}
const hijacked = () => utf8("hijacked");
const value: CborValue = new Map<number | string, CborValue>([
  [1, [2 ** 40, -1, true, null, "text"]],
  ["key", [new Uint8Array(30), new Map()]],
]);
const encoding = hex(encode(value));

describe("[29] another dependency's hooks", () => {
  beforeAll(() => {
    for (const Class of [Foreign, Uint8Array, Map]) {
      for (const tag of [18, 64, 96, 98]) addExtension({ Class, tag, encode: hijacked, decode: hijacked });
    }
  });

  it("are really there: cbor-x writes and reads differently now", () => {
    expect(hex(new Encoder().encode(new Uint8Array(30)))).toBe("d862");
    expect(new Encoder().decode(fromHex("d26161"))).toEqual(hijacked());
  });

  it("do not touch what we decode", () => {
    expect(decode(fromHex(encoding))).toStrictEqual(value);
    expect(decodeTagged(TAG_COSE_SIGN, fromHex("d8626161"))).toBe("a");
    expect(refusal(() => decode(fromHex("d26161")))).toBe("ERR_CBOR");
  });

  it("do not touch what we encode", () => {
    expect(hex(encode(value))).toBe(encoding);
  });
});
