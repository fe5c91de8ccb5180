/**
 * Which signatures a COSE_Sign must have, and what happens to any other (spec/envelope.md section 3). Numbers are rows of
 * the table of attacks.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, encode } from "../../src/cbor/codec.ts";
import { parseSigned, sign, sigStructure, verifySigned } from "../../src/cose/sign.ts";
import type { SigningKey } from "../../src/crypto/engine.ts";
import {
  alice,
  altered,
  bob,
  eve,
  type Forged,
  forge,
  forged,
  kidOf,
  map,
  outcome,
  type Signer,
  signed,
  TYP,
} from "./cose-forge.ts";

describe("signatures", () => {
  const both = signed(alice, bob);

  it("[37] all removed, or nulled", () => {
    expect(outcome(altered(both, (_, list) => list.splice(0)))).toBe("ERR_SCHEMA");
    expect(outcome(altered(both, (parts) => parts.splice(3, 1, null)))).toBe("ERR_SCHEMA");
    expect(outcome(altered(both, (_, list) => list.splice(0, 1, null)))).toBe("ERR_SCHEMA");
  });

  it("[38] one half removed, of either signer", () => {
    for (const i of [0, 1, 2, 3]) {
      expect(
        outcome(
          altered(both, (_, list) => list.splice(i, 1)),
          [alice, bob],
        ),
        `${i}`,
      ).toBe("ERR_SIGNATURES");
    }
    for (const i of [0, 1])
      expect(outcome(altered(signed(alice), (_, list) => list.splice(i, 1)))).toBe("ERR_SIGNATURES");
  });

  it("[37] the first signer's pair removed, so that the second stands alone", () => {
    expect(
      outcome(
        altered(both, (_, list) => list.splice(0, 2)),
        [alice, bob],
      ),
    ).toBe("ERR_SIGNATURES");
    expect(outcome(signed(bob), [alice, bob])).toBe("ERR_SIGNATURES");
  });

  it("[38] one half broken, of either signer", () => {
    for (const i of [0, 1, 2, 3]) {
      const broken = altered(both, (_, list) => {
        const signature = (list[i] as CborValue[])[2] as Uint8Array;
        signature[signature.length - 1] = (signature.at(-1) as number) ^ 1;
      });
      expect(outcome(broken, [alice, bob]), `${i}`).toBe("ERR_SIGNATURE");
    }
  });

  it("[39] a valid signature by a stranger: added, first, between, or alone", () => {
    const [own, strange] = [alice, eve].map(({ pair }) => [{ key: pair.classical }, { key: pair.postQuantum }]);
    const [a, b] = own as [Forged, Forged];
    const [x, y] = strange as [Forged, Forged];
    for (const list of [[a, b, x, y], [x, y, a, b], [a, x, b, y], [a, b, x], [a, b, y], [x, a, b], [x, y], [x]]) {
      expect(outcome(forge(list))).toBe("ERR_SIGNATURES");
    }
  });

  it("[40] stripped and signed by another", () => {
    expect(outcome(signed(eve))).toBe("ERR_SIGNATURES");
    expect(outcome(signed(eve, bob), [alice, bob])).toBe("ERR_SIGNATURES");
  });

  it("[38] a half by a stranger, the other honest", () => {
    expect(outcome(forge([{ key: eve.pair.classical }, { key: alice.pair.postQuantum }]))).toBe("ERR_SIGNATURES");
    expect(outcome(forge([{ key: alice.pair.classical }, { key: eve.pair.postQuantum }]))).toBe("ERR_SIGNATURES");
  });

  it("[41] the kid of one, the signature of another", () => {
    const under = (key: SigningKey): Forged => ({ key, header: map([1, key.alg], [4, kidOf(key, alice)]) });
    const { classical, postQuantum } = eve.pair;
    expect(outcome(forge([under(classical), { key: alice.pair.postQuantum }]))).toBe("ERR_SIGNATURE");
    expect(outcome(forge([{ key: alice.pair.classical }, under(postQuantum)]))).toBe("ERR_SIGNATURE");
    expect(outcome(forge([under(classical), under(postQuantum)]))).toBe("ERR_SIGNATURE");
  });

  it("[42] all zero, or R the neutral element and S zero", () => {
    const neutral = new Uint8Array(64);
    neutral[0] = 1;
    expect(outcome(forged({ change: () => new Uint8Array(64) }))).toBe("ERR_SIGNATURE");
    expect(outcome(forged({ change: () => neutral }))).toBe("ERR_SIGNATURE");
    expect(outcome(forged({}, { change: (signature) => new Uint8Array(signature.length) }))).toBe("ERR_SIGNATURE");
  });

  it("[43] S raised by the group order", () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const raise = (signature: Uint8Array) => {
      let sum = order;
      for (let i = 63; i >= 32; i--) sum += BigInt(signature[i] as number) << BigInt(8 * (i - 32));
      const out = signature.slice();
      for (let i = 32; i < 64; i++) out[i] = Number((sum >> BigInt(8 * (i - 32))) & 255n);
      return out;
    };
    expect(outcome(forged({ change: raise }))).toBe("ERR_SIGNATURE");
  });

  it("[45] a byte short, a byte long, empty, or no byte string", () => {
    const longer = (signature: Uint8Array) => concat(signature, Uint8Array.of(0));
    const shorter = (signature: Uint8Array) => signature.subarray(0, -1);
    for (const change of [longer, shorter, () => new Uint8Array(0)]) {
      expect(outcome(forged({ change }))).toBe("ERR_SIGNATURE");
      expect(outcome(forged({}, { change }))).toBe("ERR_SIGNATURE");
    }
    expect(outcome(forged({ change: () => null }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({ change: hex }))).toBe("ERR_SCHEMA");
  });

  it("[46] one listed twice, alone or with its other half", () => {
    for (const i of [0, 1]) {
      const twice = altered(signed(alice), (_, list) => list.push(list[i] as CborValue));
      expect(outcome(twice), `${i}`).toBe("ERR_SIGNATURES");
      const instead = altered(signed(alice), (_, list) => list.splice(1 - i, 1, list[i] as CborValue));
      expect(outcome(instead), `${i}`).toBe("ERR_SIGNATURES");
    }
    expect(outcome(signed(alice, alice))).toBe("ERR_SIGNATURES");
    expect(outcome(signed(alice, alice), [alice, bob])).toBe("ERR_SIGNATURES");
  });

  it("[46] out of order: halves exchanged, signers exchanged", () => {
    expect(outcome(altered(signed(alice), (_, list) => list.reverse()))).toBe("ERR_SIGNATURES");
    expect(outcome(signed(bob, alice), [alice, bob])).toBe("ERR_SIGNATURES");
    expect(
      outcome(
        altered(both, (_, list) => list.reverse()),
        [alice, bob],
      ),
    ).toBe("ERR_SIGNATURES");
  });

  it("[47] over a digest instead of the structure (HashEdDSA, HashML-DSA by hand)", async () => {
    const digest = async (body: Uint8Array, header: Uint8Array, content: Uint8Array) =>
      new Uint8Array(await crypto.subtle.digest("SHA-512", new Uint8Array(sigStructure(body, header, content))));
    const header = ({ pair }: Signer) => encode(map([1, pair.classical.alg], [4, kidOf(pair.classical, alice)]));
    const hashed = await digest(encode(map([16, TYP])), header(alice), Uint8Array.of(1));
    expect(outcome(forged({ signed: () => hashed }))).toBe("ERR_SIGNATURE");
    expect(outcome(forged({}, { signed: () => hashed }))).toBe("ERR_SIGNATURE");
  });

  it("[25] more than sixteen signatures, before any is verified", () => {
    const many = altered(signed(alice), (_, list) => {
      while (list.length < 17) list.push(list[0] as CborValue);
    });
    expect(outcome(many)).toBe("ERR_SCHEMA");
  });

  it("[49] payload and signatures of two items mixed", () => {
    const other = parseSigned("card", sign("card", utf8("other"), [alice.pair]));
    expect(outcome(altered(signed(alice), (parts) => parts.splice(2, 1, other.payload)))).toBe("ERR_SIGNATURE");
    for (const i of [0, 1]) {
      const mixed = altered(signed(alice), (_, list) => {
        const [header, , signature] = other.signatures[i] as NonNullable<(typeof other.signatures)[0]>;
        list[i] = [header.bytes, map(), signature];
      });
      expect(outcome(mixed), `${i}`).toBe("ERR_SIGNATURE");
    }
  });
});

describe("any change", () => {
  const item = signed(alice);
  const refused = (bytes: Uint8Array) => {
    const result = outcome(bytes);
    if (typeof result !== "string") throw new Error(`accepted: ${result}`);
  };

  it("[36] of one byte is refused, in every byte up to the first signature", () => {
    for (let at = 0; at < 2 + 1 + 37 + 1 + 8 + 1 + 50; at++) {
      for (const bit of [1, 128]) refused(item.map((byte, i) => (i === at ? byte ^ bit : byte)));
    }
  });

  it("[36] of some bytes anywhere is refused", () => {
    const flip = fc.tuple(fc.nat(item.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.uniqueArray(flip, { minLength: 1, maxLength: 4, selector: ([at]) => at }), (flips) =>
        refused(item.map((byte, i) => byte ^ (flips.find(([at]) => at === i)?.[1] ?? 0))),
      ),
      { numRuns: 300 },
    );
  });

  it("[10] of length is refused: cut at any place, or gone on", () => {
    for (let length = 0; length < item.length; length += 1 + Math.floor(length / 97)) refused(item.subarray(0, length));
    refused(concat(item, Uint8Array.of(0)));
    refused(concat(item, item));
  });

  it("[34] of a parsed item after the fact does not reach it", () => {
    const own = item.slice();
    const parsed = parseSigned("card", own);
    own.fill(0, 2);
    expect(verifySigned(parsed, [alice.keys])).toEqual([true]);
  });
});
