/**
 * COSE_Sign as dipbag uses it: its form, headers and domains (spec/envelope.md section 3). Numbers are rows of the table
 * of attacks.
 */

import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, encode } from "../../src/cbor/codec.ts";
import { parseSigned, type SignedType, sign, sigStructure } from "../../src/cose/sign.ts";
import { plainDecode, type Tagged } from "../plain-cbor.ts";
import { said } from "../said.ts";
import {
  alice,
  altered,
  bob,
  eve,
  type Forged,
  forged,
  kidOf,
  map,
  outcome,
  payload,
  signed,
  TYP,
} from "./cose-forge.ts";

describe("signing and verifying", () => {
  it("one signer", () => expect(outcome(signed(alice))).toEqual([true]));
  it("two signers", () => expect(outcome(signed(alice, bob), [alice, bob])).toEqual([true, true]));

  it("[37] reports a second signer who has not signed", () => {
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

  it("says what it is taken for, and what it is; or where it is wrong", () => {
    const taken = (item: Uint8Array) => said(() => parseSigned("envelope", item));
    expect(taken(signed(alice))).toBe(`ERR_TYPE: envelope: ${TYP}`);
    expect(taken(fromHex("d86080"))).toBe("ERR_TYPE: envelope: something else");
    expect(taken(fromHex("d8"))).toBe("ERR_SCHEMA: tag 98");
    expect(taken(fromHex("d86280"))).toBe("ERR_SCHEMA: envelope");
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

  it("[30] alg only in the unprotected bucket", () => {
    expect(outcome(forged({ header: map([4, kid]), unprotected: map([1, classical.alg]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { unprotected: map([1, classical.alg]) }))).toBe("ERR_SCHEMA");
  });

  it("[30] anything in an unprotected bucket, or a label in both", () => {
    for (const unprotected of [map([4, kid]), map([99, 1]), map(["a", 1]), map([1, classical.alg])]) {
      expect(outcome(forged({ unprotected }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({}, { unprotected }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({}, {}, { unprotected }))).toBe("ERR_SCHEMA");
    }
  });

  it.each([-8, -7, -48, -50, 5, 0, "EdDSA", null])("[31] another algorithm: %s", (alg) => {
    const code = alg === -50 ? "ERR_SIGNATURES" : "ERR_SCHEMA";
    expect(outcome(forged({ header: map([1, alg], [4, kid]) }))).toBe(code);
    expect(outcome(forged({}, { header: map([1, alg], [4, kidOf(postQuantum, alice)]) }))).toBe(code);
  });

  it("[31] the algorithms of the two exchanged", () => {
    expect(outcome(forged({ header: map([1, postQuantum.alg], [4, kid]) }))).toBe("ERR_SIGNATURES");
    expect(outcome(forged({}, { header: map([1, classical.alg], [4, kidOf(postQuantum, alice)]) }))).toBe(
      "ERR_SIGNATURES",
    );
  });

  it("[32] crit, whatever it says", () => {
    for (const crit of [[16], [1], [99], []] as CborValue[]) {
      expect(outcome(forged({ header: map([1, classical.alg], [2, crit], [4, kid]) }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({}, {}, { body: map([2, crit], [16, TYP]) }))).toBe("ERR_SCHEMA");
      expect(outcome(forged({ unprotected: map([2, crit]) }))).toBe("ERR_SCHEMA");
    }
  });

  it("[24] more or fewer protected headers", () => {
    expect(outcome(forged({ header: map([1, classical.alg], [3, 0], [4, kid]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({ header: map([1, classical.alg]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({ header: map([1, classical.alg], [4, kid], ["__proto__", 1]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { body: map([3, 0], [16, TYP]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { body: map([1, classical.alg], [16, TYP]) }))).toBe("ERR_SCHEMA");
    expect(outcome(forged({}, {}, { body: map() }))).toBe("ERR_SCHEMA");
  });

  it.each([0, 16, 31, 33])("[24] a kid of %i bytes", (length) => {
    expect(outcome(forged({ header: map([1, classical.alg], [4, new Uint8Array(length)]) }))).toBe("ERR_SCHEMA");
  });

  it("[24] a header that is no byte string, empty, or not exactly one item", () => {
    const at = (bytes: CborValue) => outcome(altered(signed(alice), (parts) => parts.splice(0, 1, bytes)));
    const body = encode(map([16, TYP]));
    expect([map([16, TYP]), null, "a"].map((value) => at(value as CborValue))).toEqual(Array(3).fill("ERR_SCHEMA"));
    expect([new Uint8Array(0), concat(body, Uint8Array.of(0)), body.subarray(0, -1)].map(at)).toEqual(
      Array(3).fill("ERR_CBOR"),
    );
  });
});

describe("domains", () => {
  it("[33] every type is refused as every other, before a signature is looked at", () => {
    const types: SignedType[] = ["envelope", "card", "request", "withheld", "policy"];
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
  ])("[33] the type '%s'", (type) => expect(outcome(forged({}, {}, { body: map([16, type]) }))).toBe("ERR_TYPE"));

  it("[33] a type that is a number (a CoAP content format)", () => {
    expect(outcome(forged({}, {}, { body: map([16, 98]) }))).toBe("ERR_SCHEMA");
  });

  it("[33] a signature under another context, with external_aad, or over the bare payload", () => {
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

  it("[33] a signature for another type, kept under its headers", () => {
    const request = parseSigned("request", sign("request", payload, [alice.pair]));
    const moved = altered(signed(alice), (parts) => {
      parts[3] = request.signatures.map(([header, , signature]) => [header.bytes, map(), signature]);
    });
    expect(outcome(moved)).toBe("ERR_SIGNATURE");
  });

  it("[34] the same meaning in other bytes", () => {
    const body = encode(map([16, TYP]));
    const item = signed(alice);
    const longer = concat(Uint8Array.of(0xb8, 1), body.subarray(1));
    const indefinite = concat(Uint8Array.of(0xbf), body.subarray(1), Uint8Array.of(0xff));
    for (const other of [longer, indefinite]) {
      expect(outcome(altered(item, (parts) => parts.splice(0, 1, other)))).toBe("ERR_CBOR");
    }
  });

  it("[35] no payload, or one that is no byte string", () => {
    for (const content of [null, "payload", 1, [payload], map()] as CborValue[]) {
      expect(outcome(forged({}, {}, { payload: content }))).toBe("ERR_SCHEMA");
      expect(outcome(altered(signed(alice), (parts) => parts.splice(2, 1, content)))).toBe("ERR_SCHEMA");
    }
  });

  it("[18] the tag exchanged, missing, doubled or in a longer form", () => {
    const untagged = signed(alice).subarray(2);
    for (const tag of ["", "d0", "d1", "d2", "d860", "d861", "d83d", "d862d862", "d90062", "d9d9f7d862"]) {
      expect(outcome(concat(fromHex(tag), untagged)), tag).toMatch(/^ERR_(TYPE|CBOR)$/);
    }
    expect(outcome(concat(fromHex("d862"), untagged))).toEqual([true]);
  });

  it("[24] an array of three or five, or signatures of two or four parts", () => {
    const item = signed(alice);
    expect(outcome(altered(item, (parts) => parts.push(null)))).toBe("ERR_SCHEMA");
    expect(outcome(altered(item, (parts) => parts.pop()))).toBe("ERR_SCHEMA");
    for (const change of [(s: CborValue[]) => s.push(null), (s: CborValue[]) => s.pop()]) {
      expect(outcome(altered(item, (_, [first]) => change(first as CborValue[])))).toBe("ERR_SCHEMA");
    }
  });
});
