/** COSE_Sign as dipbag uses it: spec/envelope.md section 3. Numbers are rows of the table of attacks. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, decodeTagged, encode, encodeTagged, TAG_COSE_SIGN } from "../../src/cbor/codec.ts";
import { parseSigned, type SignedType, sign, sigStructure, verifySigned } from "../../src/cose/sign.ts";
import { ML_DSA_65, ML_DSA_87, type SigningKey } from "../../src/crypto/engine.ts";
import { DipbagError } from "../../src/errors.ts";
import { plainDecode, type Tagged } from "../plain-cbor.ts";
import { type Forged, forge, map, type Signer, signer, TYP } from "./cose-forge.ts";

const alice = signer(1, ML_DSA_65);
const bob = signer(2, ML_DSA_87);
const eve = signer(3, ML_DSA_65);
const payload = utf8("payload");

/** Which of the signers have signed, or the code of the refusal, which is always of status 1. */
function outcome(item: Uint8Array, signers: readonly Signer[] = [alice], type: SignedType = "card") {
  try {
    return verifySigned(
      parseSigned(type, item),
      signers.map(({ keys }) => keys),
    );
  } catch (error) {
    if (error instanceof DipbagError && error.status === 1) return error.code;
    throw error;
  }
}

const signed = (...signers: Signer[]) =>
  sign(
    "card",
    payload,
    signers.map(({ pair }) => pair),
  );

/** The item with its list of signatures, or any of its four parts, replaced. */
function altered(item: Uint8Array, change: (parts: CborValue[], signatures: CborValue[]) => void): Uint8Array {
  const parts = decodeTagged(TAG_COSE_SIGN, item) as CborValue[];
  change(parts, parts[3] as CborValue[]);
  return encodeTagged(TAG_COSE_SIGN, parts);
}

/** A card by Alice whose two signatures are honest but for what is given. */
const forged = (classical: Partial<Forged>, postQuantum: Partial<Forged> = {}, parts = {}) =>
  forge(
    [
      { key: alice.pair.classical, ...classical },
      { key: alice.pair.postQuantum, ...postQuantum },
    ],
    parts,
  );
const kidOf = ({ alg }: SigningKey, { keys }: Signer) =>
  (alg === keys.classical.key.alg ? keys.classical : keys.postQuantum).kid;

describe("signing and verifying", () => {
  it("one signer", () => expect(outcome(signed(alice))).toEqual([true]));
  it("two signers", () => expect(outcome(signed(alice, bob), [alice, bob])).toEqual([true, true]));

  it("37 reports a second signer who has not signed", () => {
    expect(outcome(signed(alice), [alice, bob])).toEqual([true, false]);
    expect(outcome(signed(alice, eve), [alice, bob, eve])).toEqual([true, false, true]);
  });

  it("gives the payload and the type, and is the form of the specification", () => {
    const item = signed(alice, bob);
    const { tag, value } = plainDecode(item) as Tagged;
    const [body, unprotected, content, signatures] = value as [Uint8Array, unknown, Uint8Array, Uint8Array[][]];
    expect(parseSigned("card", item).payload).toEqual(payload);
    expect([tag, plainDecode(body), unprotected, content]).toEqual([98, map([16, TYP]), map(), payload]);
    expect(signatures.map(([header]) => plainDecode(header as Uint8Array))).toEqual(
      [alice.keys, bob.keys].flatMap(({ classical, postQuantum }) =>
        [classical, postQuantum].map(({ key, kid }) => map([1, key.alg], [4, kid])),
      ),
    );
    expect(signatures.map(([, extra]) => extra)).toEqual([map(), map(), map(), map()]);
    expect(signatures.map(([, , signature]) => signature?.length)).toEqual([64, 3309, 64, 4627]);
  });

  it("signs the Sig_structure of RFC 9052 section 4.4", () => {
    // the ToBeSign_hex of eddsa-examples/eddsa-01.json of cose-wg/Examples
    expect(hex(sigStructure(fromHex("a10300"), fromHex("a10127"), utf8("This is the content.")))).toBe(
      "85695369676e617475726543a1030043a101274054546869732069732074686520636f6e74656e742e",
    );
  });

  it("makes what the forger makes when it does not lie", () => {
    expect(outcome(forged({}))).toEqual([true]);
    const [lie, truth] = [forged({}), sign("card", Uint8Array.of(1), [alice.pair])].map(
      (item) => parseSigned("card", item).signatures[0]?.[2],
    );
    expect(lie).toEqual(truth);
  });
});

describe("headers", () => {
  const { classical, postQuantum } = alice.pair;
  const kid = kidOf(classical, alice);

  it("30 alg only in the unprotected bucket", () => {
    expect(outcome(forged({ header: map([4, kid]), unprotected: map([1, classical.alg]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { unprotected: map([1, classical.alg]) }))).toBe("ERR_SCHEMA");
  });

  it("30 anything in an unprotected bucket, or a label in both", () => {
    for (const unprotected of [map([4, kid]), map([99, 1]), map(["a", 1]), map([1, classical.alg])]) {
      expect(outcome(forged({ unprotected }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({}, { unprotected }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({}, {}, { unprotected }))).toBe("ERR_SCHEMA");
    }
  });

  it.each([-8, -7, -48, -50, 5, 0, "EdDSA", null])("31 another algorithm: %s", (alg) => {
    const code = alg === -50 ? "ERR_SIGNATURES" : "ERR_SCHEMA";
    expect(outcome(forged({ header: map([1, alg], [4, kid]) }))).toBe(code);
    expect(outcome(forged({}, { header: map([1, alg], [4, kidOf(postQuantum, alice)]) }))).toBe(code);
  });

  it("31 the algorithms of the two exchanged", () => {
    expect(outcome(forged({ header: map([1, postQuantum.alg], [4, kid]) }))).toBe("ERR_SIGNATURES");
    expect(outcome(forged({}, { header: map([1, classical.alg], [4, kidOf(postQuantum, alice)]) }))).toBe(
      "ERR_SIGNATURES",
    );
  });

  it("32 crit, whatever it says", () => {
    for (const crit of [[16], [1], [99], []] as CborValue[]) {
      expect(outcome(forged({ header: map([1, classical.alg], [2, crit], [4, kid]) }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({}, {}, { body: map([2, crit], [16, TYP]) }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({ unprotected: map([2, crit]) }))).toBe("ERR_SCHEMA");
    }
  });

  it("24 more or fewer protected headers", () => {
    expect(outcome(forged({ header: map([1, classical.alg], [3, 0], [4, kid]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({ header: map([1, classical.alg]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({ header: map([1, classical.alg], [4, kid], ["__proto__", 1]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { body: map([3, 0], [16, TYP]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { body: map([1, classical.alg], [16, TYP]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { body: map() }))).toBe("ERR_SCHEMA");
  });

  it.each([0, 16, 31, 33])("24 a kid of %i bytes", (length) => {
    expect(outcome(forged({ header: map([1, classical.alg], [4, new Uint8Array(length)]) }))).toBe("ERR_SCHEMA");
  });

  it("24 a header that is no byte string, empty, or not exactly one item", () => {
    const at = (bytes: CborValue) => outcome(altered(signed(alice), (parts) => parts.splice(0, 1, bytes)));
    const body = encode(map([16, TYP]));
    expect([map([16, TYP]), null, "a"].map((value) => at(value as CborValue))).toEqual(Array(3).fill("ERR_SCHEMA"));
    expect([new Uint8Array(0), concat(body, Uint8Array.of(0)), body.subarray(0, -1)].map(at)).toEqual(
      Array(3).fill("ERR_CBOR"),
    );
  });
});

describe("domains", () => {
  it("33 every type is refused as every other, before a signature is looked at", () => {
    const types: SignedType[] = ["envelope", "card", "request", "withheld"];
    for (const made of types) {
      const item = sign(made, payload, [alice.pair]);
      expect(types.map((wanted) => outcome(item, [alice], wanted))).toEqual(
        types.map((wanted) => (wanted === made ? [true] : "ERR_TYPE")),
      );
    }
  });

  it.each([
    "card",
    "application/cose",
    "application/vnd.dipbag.card+cbor ",
    "application/vnd.dipbag.Card+cbor",
    "application/vnd.dipbag.card+cbor-seq",
    "",
  ])("33 the type '%s'", (type) => expect(outcome(forged({}, {}, { body: map([16, type]) }))).toBe("ERR_TYPE"));

  it("33 a type that is a number (a CoAP content format)", () => {
    expect(outcome(forged({}, {}, { body: map([16, 98]) }))).toBe("ERR_SCHEMA");
  });

  it("33 a signature under another context, with external_aad, or over the bare payload", () => {
    const empty = new Uint8Array(0);
    const others: Forged["signed"][] = [
      (_, header, content) => encode(["Signature1", header, empty, content]),
      (body, header, content) => encode(["CounterSignature", body, header, empty, content]),
      (body, header, content) => encode(["Signature", body, header, Uint8Array.of(0), content]),
      (_, header, content) => encode(["Signature", empty, header, empty, content]),
      (_body, _header, content) => content,
    ];
    for (const how of others) {
      if (how === undefined) continue;
      expect(outcome(forged({ signed: how }))).toBe("ERR_SIGNATURE");
      expect(outcome(forged({}, { signed: how }))).toBe("ERR_SIGNATURE");
    }
  });

  it("33 a signature for another type, kept under its headers", () => {
    const request = parseSigned("request", sign("request", payload, [alice.pair]));
    const moved = altered(signed(alice), (parts) => {
      parts[3] = request.signatures.map(([header, , signature]) => [header.bytes, map(), signature]);
    });
    expect(outcome(moved)).toBe("ERR_SIGNATURE");
  });

  it("34 the same meaning in other bytes", () => {
    const body = encode(map([16, TYP]));
    const item = signed(alice);
    const at = item.length - altered(item, (parts) => parts.splice(0, 1, new Uint8Array(0))).length;
    expect(at).toBeGreaterThan(0);
    const longer = concat(Uint8Array.of(0xb8, 1), body.subarray(1));
    const indefinite = concat(Uint8Array.of(0xbf), body.subarray(1), Uint8Array.of(0xff));
    for (const other of [longer, indefinite]) {
      expect(outcome(altered(item, (parts) => parts.splice(0, 1, other)))).toBe("ERR_CBOR");
    }
  });

  it("35 no payload, or one that is no byte string", () => {
    for (const content of [null, "payload", 1, [payload], map()] as CborValue[]) {
      expect(outcome(forged({}, {}, { payload: content }))).toBe("ERR_SCHEMA");
      expect(outcome(altered(signed(alice), (parts) => parts.splice(2, 1, content)))).toBe("ERR_SCHEMA");
    }
  });

  it("18 the tag exchanged, missing, doubled or in a longer form", () => {
    const untagged = signed(alice).subarray(2);
    for (const tag of ["", "d0", "d1", "d2", "d860", "d861", "d83d", "d862d862", "d90062", "d9d9f7d862"]) {
      expect(outcome(concat(fromHex(tag), untagged)), tag).toMatch(/^ERR_(SCHEMA|CBOR)$/);
    }
    expect(outcome(concat(fromHex("d862"), untagged))).toEqual([true]);
  });

  it("24 an array of three or five, or signatures of two or four parts", () => {
    const item = signed(alice);
    expect(outcome(altered(item, (parts) => parts.push(null)))).toBe("ERR_SCHEMA");
    expect(outcome(altered(item, (parts) => parts.pop()))).toBe("ERR_SCHEMA");
    for (const change of [(s: CborValue[]) => s.push(null), (s: CborValue[]) => s.pop()]) {
      expect(outcome(altered(item, (_, [first]) => change(first as CborValue[])))).toBe("ERR_SCHEMA");
    }
  });
});

describe("signatures", () => {
  const both = signed(alice, bob);

  it("37 all removed, or nulled", () => {
    expect(outcome(altered(both, (_, list) => list.splice(0)))).toBe("ERR_SCHEMA");
    expect(outcome(altered(both, (parts) => parts.splice(3, 1, null)))).toBe("ERR_SCHEMA");
    expect(outcome(altered(both, (_, list) => list.splice(0, 1, null)))).toBe("ERR_SCHEMA");
  });

  it("38 one half removed, of either signer", () => {
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

  it("37 the first signer's pair removed, so that the second stands alone", () => {
    expect(
      outcome(
        altered(both, (_, list) => list.splice(0, 2)),
        [alice, bob],
      ),
    ).toBe("ERR_SIGNATURES");
    expect(outcome(signed(bob), [alice, bob])).toBe("ERR_SIGNATURES");
  });

  it("38 one half broken, of either signer", () => {
    for (const i of [0, 1, 2, 3]) {
      const broken = altered(both, (_, list) => {
        const signature = (list[i] as CborValue[])[2] as Uint8Array;
        signature[signature.length - 1] = (signature.at(-1) as number) ^ 1;
      });
      expect(outcome(broken, [alice, bob]), `${i}`).toBe("ERR_SIGNATURE");
    }
  });

  it("39 a valid signature by a stranger: added, first, between, or alone", () => {
    const [own, strange] = [alice, eve].map(({ pair }) => [{ key: pair.classical }, { key: pair.postQuantum }]);
    const [a, b] = own as [Forged, Forged];
    const [x, y] = strange as [Forged, Forged];
    for (const list of [[a, b, x, y], [x, y, a, b], [a, x, b, y], [a, b, x], [a, b, y], [x, a, b], [x, y], [x]]) {
      expect(outcome(forge(list))).toBe("ERR_SIGNATURES");
    }
  });

  it("40 stripped and signed by another", () => {
    expect(outcome(signed(eve))).toBe("ERR_SIGNATURES");
    expect(outcome(signed(eve, bob), [alice, bob])).toBe("ERR_SIGNATURES");
  });

  it("38 a half by a stranger, the other honest", () => {
    expect(outcome(forge([{ key: eve.pair.classical }, { key: alice.pair.postQuantum }]))).toBe("ERR_SIGNATURES");
    expect(outcome(forge([{ key: alice.pair.classical }, { key: eve.pair.postQuantum }]))).toBe("ERR_SIGNATURES");
  });

  it("41 the kid of one, the signature of another", () => {
    const under = (key: SigningKey): Forged => ({ key, header: map([1, key.alg], [4, kidOf(key, alice)]) });
    const { classical, postQuantum } = eve.pair;
    expect(outcome(forge([under(classical), { key: alice.pair.postQuantum }]))).toBe("ERR_SIGNATURE");
    expect(outcome(forge([{ key: alice.pair.classical }, under(postQuantum)]))).toBe("ERR_SIGNATURE");
    expect(outcome(forge([under(classical), under(postQuantum)]))).toBe("ERR_SIGNATURE");
  });

  it("42 all zero, or R the neutral element and S zero", () => {
    const neutral = new Uint8Array(64);
    neutral[0] = 1;
    expect(outcome(forged({ change: () => new Uint8Array(64) }))).toBe("ERR_SIGNATURE");
    expect(outcome(forged({ change: () => neutral }))).toBe("ERR_SIGNATURE");
    expect(outcome(forged({}, { change: (signature) => new Uint8Array(signature.length) }))).toBe("ERR_SIGNATURE");
  });

  it("43 S raised by the group order", () => {
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

  it("45 a byte short, a byte long, empty, or no byte string", () => {
    const longer = (signature: Uint8Array) => concat(signature, Uint8Array.of(0));
    const shorter = (signature: Uint8Array) => signature.subarray(0, -1);
    for (const change of [longer, shorter, () => new Uint8Array(0)]) {
      expect(outcome(forged({ change }))).toBe("ERR_SIGNATURE");
      expect(outcome(forged({}, { change }))).toBe("ERR_SIGNATURE");
    }
    expect(outcome(forged({ change: () => null }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({ change: hex }))).toBe("ERR_SCHEMA");
  });

  it("46 one listed twice, alone or with its other half", () => {
    for (const i of [0, 1]) {
      const twice = altered(signed(alice), (_, list) => list.push(list[i] as CborValue));
      expect(outcome(twice), `${i}`).toBe("ERR_SIGNATURES");
      const instead = altered(signed(alice), (_, list) => list.splice(1 - i, 1, list[i] as CborValue));
      expect(outcome(instead), `${i}`).toBe("ERR_SIGNATURES");
    }
    expect(outcome(signed(alice, alice))).toBe("ERR_SIGNATURES");
    expect(outcome(signed(alice, alice), [alice, bob])).toBe("ERR_SIGNATURES");
  });

  it("46 out of order: halves exchanged, signers exchanged", () => {
    expect(outcome(altered(signed(alice), (_, list) => list.reverse()))).toBe("ERR_SIGNATURES");
    expect(outcome(signed(bob, alice), [alice, bob])).toBe("ERR_SIGNATURES");
    expect(
      outcome(
        altered(both, (_, list) => list.reverse()),
        [alice, bob],
      ),
    ).toBe("ERR_SIGNATURES");
  });

  it("47 over a digest instead of the structure (HashEdDSA, HashML-DSA by hand)", async () => {
    const digest = async (body: Uint8Array, header: Uint8Array, content: Uint8Array) =>
      new Uint8Array(await crypto.subtle.digest("SHA-512", new Uint8Array(sigStructure(body, header, content))));
    const header = ({ pair }: Signer) => encode(map([1, pair.classical.alg], [4, kidOf(pair.classical, alice)]));
    const hashed = await digest(encode(map([16, TYP])), header(alice), Uint8Array.of(1));
    expect(outcome(forged({ signed: () => hashed }))).toBe("ERR_SIGNATURE");
    expect(outcome(forged({}, { signed: () => hashed }))).toBe("ERR_SIGNATURE");
  });

  it("25 more than sixteen signatures, before any is verified", () => {
    const many = altered(signed(alice), (_, list) => {
      while (list.length < 17) list.push(list[0] as CborValue);
    });
    expect(outcome(many)).toBe("ERR_SCHEMA");
  });

  it("49 payload and signatures of two items mixed", () => {
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

  it("36 of one byte is refused, in every byte up to the first signature", () => {
    for (let at = 0; at < 2 + 1 + 37 + 1 + 8 + 1 + 50; at++) {
      for (const bit of [1, 128]) refused(item.map((byte, i) => (i === at ? byte ^ bit : byte)));
    }
  });

  it("36 of some bytes anywhere is refused", () => {
    const flip = fc.tuple(fc.nat(item.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.uniqueArray(flip, { minLength: 1, maxLength: 4, selector: ([at]) => at }), (flips) =>
        refused(item.map((byte, i) => byte ^ (flips.find(([at]) => at === i)?.[1] ?? 0))),
      ),
      { numRuns: 300 },
    );
  });

  it("10 of length is refused: cut at any place, or gone on", () => {
    for (let length = 0; length < item.length; length += 1 + Math.floor(length / 97)) refused(item.subarray(0, length));
    refused(concat(item, Uint8Array.of(0)));
    refused(concat(item, item));
  });

  it("34 of a parsed item after the fact does not reach it", () => {
    const own = item.slice();
    const parsed = parseSigned("card", own);
    own.fill(0, 2);
    expect(verifySigned(parsed, [alice.keys])).toEqual([true]);
  });
});
