/** What holds for every value of the profile and for every input, tried at random. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, equal } from "../../src/bytes.ts";
import { type CborValue, decode, decodeTagged, encode, encodeTagged, TAG_COSE_SIGN } from "../../src/cbor/codec.ts";
import { extent, MAX_ITEMS, newBudget } from "../../src/cbor/scan.ts";
import { anyValue, refusal } from "./helpers.ts";

const numRuns = 10_000;
const check = <T extends unknown[]>(property: fc.IProperty<T>) => fc.assert(property, { numRuns });

/** Injectivity: an input is refused, or it is the one encoding of what it says. */
function refusedOrCanonical(input: Uint8Array): boolean {
  let value: CborValue = null;
  const code = refusal(() => {
    value = decode(input);
  });
  return code === "ERR_CBOR" || code === "ERR_LIMIT" || (code === "accepted" && equal(encode(value), input));
}

describe("for every value", () => {
  it("decode(encode(value)) is the value", () => {
    check(
      fc.property(anyValue, (value) => {
        expect(decode(encode(value))).toStrictEqual(value);
      }),
    );
  });

  it("the order in which a map was made does not show", () => {
    const shuffled = fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 9 });
    check(
      fc.property(shuffled, (entries) => {
        const pairs = Object.entries(entries).filter(([key]) => !key.startsWith("\ufeff"));
        expect(encode(new Map(pairs))).toStrictEqual(encode(new Map(pairs.reverse())));
      }),
    );
  });

  it("a tag changes nothing but the two bytes in front", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeTagged(TAG_COSE_SIGN, encodeTagged(TAG_COSE_SIGN, value))).toStrictEqual(value);
      }),
    );
  });

  it("the scan finds the end of each item of a sequence, and spends the same budget wherever it stands", () => {
    check(
      fc.property(anyValue, anyValue, (one, two) => {
        const [first, second] = [encode(one), encode(two)];
        const both = concat(first, second);
        const [budget, alone] = [newBudget(), newBudget()];
        expect(extent(both, 0, budget)).toBe(first.length);
        expect(extent(first, 0, alone)).toBe(first.length);
        expect(budget).toEqual(alone);
        expect(extent(both, first.length, budget)).toBe(both.length);
        expect(MAX_ITEMS - budget.items).toBeLessThanOrEqual(both.length);
      }),
    );
  });
});

describe("for every encoding", () => {
  it("[10] a strict prefix is refused, and the scan asks for more", () => {
    check(
      fc.property(anyValue, fc.nat(), (value, at) => {
        const whole = encode(value);
        const cut = whole.subarray(0, at % whole.length);
        expect(extent(cut, 0, newBudget())).toBe("more");
        expect(refusal(() => decode(cut))).toBe("ERR_CBOR");
      }),
    );
  });

  it("[34] a flipped bit is refused, or makes the one encoding of another value", () => {
    check(
      fc.property(anyValue, fc.nat(), (value, at) => {
        const flipped = encode(value);
        const bit = at % (8 * flipped.length);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(refusedOrCanonical(flipped)).toBe(true);
      }),
    );
  });

  it("[34] so is an encoding with a byte changed, put in or taken out", () => {
    check(
      fc.property(anyValue, fc.nat(), fc.nat(255), fc.nat(2), (value, place, byte, edit) => {
        const whole = encode(value);
        const at = place % whole.length;
        const middle = edit === 2 ? new Uint8Array() : Uint8Array.of(byte);
        expect(
          refusedOrCanonical(concat(whole.subarray(0, at), middle, whole.subarray(edit === 0 ? at : at + 1))),
        ).toBe(true);
      }),
    );
  });
});

describe("for every input", () => {
  it("of one or two bytes: refused or canonical, tried in full", () => {
    const wrong: number[] = [];
    for (let n = 0; n < 0x100; n++) if (!refusedOrCanonical(Uint8Array.of(n))) wrong.push(n);
    for (let n = 0; n < 0x10000; n++) if (!refusedOrCanonical(Uint8Array.of(n >> 8, n & 255))) wrong.push(n);
    expect(wrong).toEqual([]);
  });

  it("of random bytes: refused or canonical", () => {
    check(fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), (input) => refusedOrCanonical(input)));
  });

  it("of bytes that are mostly heads of small items: refused or canonical", () => {
    const heads = [
      0x00, 0x17, 0x18, 0x19, 0x20, 0x38, 0x40, 0x41, 0x60, 0x61, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xf4, 0xf6,
    ];
    const likely = fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...heads) }, { weight: 1, arbitrary: fc.nat(255) }),
      { minLength: 1, maxLength: 12 },
    );
    check(fc.property(likely, (input) => refusedOrCanonical(Uint8Array.from(input))));
  });
});
