/** Key slots: spec/envelope.md section 4. Numbers are rows of the table of attacks. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/secret";
import { concat, fromHex, hex } from "../../src/bytes.ts";
import {
  type CborMap,
  type CborValue,
  decodeTagged,
  encode,
  encodeTagged,
  TAG_COSE_ENCRYPT,
} from "../../src/cbor/codec.ts";
import { MAX_ITEMS, newBudget } from "../../src/cbor/scan.ts";
import { type KemKey, publicKey, thumbprint } from "../../src/cose/key.ts";
import {
  CONTENT_PROTECTED,
  encStructure,
  FLOE_ALG,
  parseSlots,
  type Recipient,
  recipientInfo,
  recipientProtected,
  writeSlots,
} from "../../src/cose/slots.ts";
import { unwrapKey } from "../../src/cose/unwrap.ts";
import { wrapKey } from "../../src/cose/wrap.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../../src/crypto/suites.ts";
import { DipbagError } from "../../src/errors.ts";
import { plainDecode, type Tagged } from "../plain-cbor.ts";
import { said } from "../said.ts";
import { map } from "./cose-forge.ts";

const ALGS = [HPKE_9_KE, HPKE_10_KE, HPKE_3_KE] as const;
const cek = new Uint8Array(32).fill(3);
const binding = new Uint8Array(32).fill(4);

function holder(alg: SuiteAlg, seed: number) {
  const secret = engine.decapsulationKey(SUITES[alg].kem, new Uint8Array(32).fill(seed));
  const known = publicKey(alg, secret.publicKey);
  if (known.use !== "kem") throw new Error("not a KEM key");
  return { secret, known };
}
const alice = holder(HPKE_9_KE, 1);
const bob = holder(HPKE_10_KE, 2);
const carol = holder(HPKE_3_KE, 3);
const eve = holder(HPKE_9_KE, 4);
const holders = { [HPKE_9_KE]: alice, [HPKE_10_KE]: bob, [HPKE_3_KE]: carol };

const wrap = (key: KemKey, hidden = false) => wrapKey(key, hidden, cek, binding);
const parse = (item: Uint8Array) => parseSlots(item, "slots", newBudget());
const only = (recipients: readonly Recipient[]) => recipients[0] as Recipient;

/** The refusal of an item, whose status is always 1. */
function outcome(item: Uint8Array, budget = newBudget()): string {
  try {
    parseSlots(item, "slots", budget);
  } catch (error) {
    if (error instanceof DipbagError && error.status === 1) return error.code;
    throw error;
  }
  return "accepted";
}

const honest = writeSlots([await wrap(alice.known), await wrap(bob.known, true)]);

/** The honest item with any part replaced: the four of COSE_Encrypt, the three of its first recipient. */
function altered(change: (parts: CborValue[], recipient: CborValue[]) => void): Uint8Array {
  const parts = decodeTagged(TAG_COSE_ENCRYPT, honest) as CborValue[];
  change(parts, (parts[3] as CborValue[])[0] as CborValue[]);
  return encodeTagged(TAG_COSE_ENCRYPT, parts);
}
const withHeader = (header: CborMap) => altered((_, recipient) => recipient.splice(0, 1, encode(header)));

describe("a key slot", () => {
  it.each(ALGS)("of %i opens with its key and binding", async (alg) => {
    const { known, secret } = holders[alg];
    for (const hidden of [false, true]) {
      const recipient = only(parse(writeSlots([await wrap(known, hidden)])).recipients);
      expect(recipient[0].value.kid).toEqual(hidden ? undefined : known.kid);
      expect(recipient[1].ek).toHaveLength(SUITES[alg].encapsulatedLength);
      expect(recipient[2]).toHaveLength(48);
      expect(await unwrapKey(recipient, secret, binding)).toEqual(cek);
    }
  });

  it("has the form of the specification", () => {
    const { tag, value } = plainDecode(honest) as Tagged;
    const [content, unprotected, ciphertext, recipients] = value as [Uint8Array, unknown, null, Uint8Array[][]];
    expect([tag, hex(content), unprotected, ciphertext]).toEqual([96, "a1013a00010000", map(), null]);
    expect(recipients.map(([header]) => plainDecode(header as Uint8Array))).toEqual([
      map([1, HPKE_9_KE], [4, thumbprint(HPKE_9_KE, alice.known.publicKey)]),
      map([1, HPKE_10_KE]),
    ]);
    expect(recipients.map(([, extra]) => [...(extra as unknown as Map<number, Uint8Array>).keys()])).toEqual([
      [-4],
      [-4],
    ]);
  });

  it("is bound by the Recipient_structure and the content by the Enc_structure", () => {
    const zeros = new Uint8Array(2);
    expect(hex(recipientInfo(FLOE_ALG, fromHex("a1011839"), zeros))).toBe(
      `846e${hex(new TextEncoder().encode("HPKE Recipient"))}3a0001000044a1011839420000`,
    );
    expect(hex(encStructure(CONTENT_PROTECTED, zeros))).toBe("8367456e637279707447a1013a00010000420000");
  });

  it("is another each time", async () => {
    const [one, two] = [await wrap(alice.known), await wrap(alice.known)];
    expect(hex(one[1].ek)).not.toBe(hex(two[1].ek));
    expect(hex(one[2])).not.toBe(hex(two[2]));
  });
});

describe("a key slot does not open", () => {
  it.each(ALGS)("[57] under another binding (%i)", async (alg) => {
    const { known, secret } = holders[alg];
    const slot = await wrap(known);
    for (const other of [new Uint8Array(32), binding.subarray(1), new Uint8Array(0)]) {
      expect(await unwrapKey(slot, secret, other)).toBeNull();
    }
  });

  it.each(ALGS)("[61] with another key of the same suite, or one of another suite (%i)", async (alg) => {
    const slot = await wrap(holders[alg].known);
    const others = [eve, holder(HPKE_10_KE, 4), holder(HPKE_3_KE, 4), alice, bob, carol];
    for (const { secret } of others.filter((one) => one !== holders[alg])) {
      expect(await unwrapKey(slot, secret, binding)).toBeNull();
    }
  });

  it.each(ALGS)("[55] under another protected header (%i)", async (alg) => {
    const { known, secret } = holders[alg];
    const [, ek, wrapped] = await wrap(known);
    const hidden = await wrap(known, true);
    expect(await unwrapKey([recipientProtected(alg, null), ek, wrapped], secret, binding)).toBeNull();
    expect(await unwrapKey([recipientProtected(alg, new Uint8Array(32)), ek, wrapped], secret, binding)).toBeNull();
    expect(await unwrapKey([recipientProtected(alg, known.kid), hidden[1], hidden[2]], secret, binding)).toBeNull();
  });

  it.each(ALGS)("[52] damaged: one byte of ek or of the wrapped key (%i)", async (alg) => {
    const { known, secret } = holders[alg];
    const [header, { ek }, wrapped] = await wrap(known);
    const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    for (const at of [0, 1, ek.length >> 1, ek.length - 33, ek.length - 2].filter((place) => place >= 0)) {
      expect(await unwrapKey([header, { ek: flip(ek, at) }, wrapped], secret, binding), `ek ${at}`).toBeNull();
    }
    for (const at of [0, 31, 32, 47]) {
      expect(await unwrapKey([header, { ek }, flip(wrapped, at)], secret, binding), `wrapped ${at}`).toBeNull();
    }
  });

  it.each(ALGS)("[51] with ek all zero (%i)", async (alg) => {
    const { known, secret } = holders[alg];
    const [header, { ek }, wrapped] = await wrap(known);
    expect(await unwrapKey([header, { ek: new Uint8Array(ek.length) }, wrapped], secret, binding)).toBeNull();
  });

  it("[57] with the parts of two slots mixed", async () => {
    const [one, two] = [await wrap(alice.known), await wrapKey(alice.known, false, new Uint8Array(32), binding)];
    expect(await unwrapKey([one[0], two[1], one[2]], alice.secret, binding)).toBeNull();
    expect(await unwrapKey([one[0], one[1], two[2]], alice.secret, binding)).toBeNull();
  });
});

describe("key slots are refused", () => {
  it.each([0, 32, 1119, 1121, 1665])("[24] [54] with an ek of %i bytes for HPKE-9-KE", (length) => {
    expect(outcome(altered((_, recipient) => recipient.splice(1, 1, map([-4, new Uint8Array(length)]))))).toBe(
      "ERR_SCHEMA",
    );
  });

  it.each(ALGS)("[54] with the ek of another suite (%i)", (alg) => {
    for (const other of ALGS) {
      const slots = encodeTagged(TAG_COSE_ENCRYPT, [
        CONTENT_PROTECTED,
        map(),
        null,
        [[encode(map([1, alg])), map([-4, new Uint8Array(SUITES[other].encapsulatedLength)]), new Uint8Array(48)]],
      ]);
      expect(outcome(slots)).toBe(alg === other ? "accepted" : "ERR_SCHEMA");
    }
  });

  it.each([0, 16, 32, 47, 49, 64])("[62] with a wrapped key of %i bytes", (length) => {
    expect(outcome(altered((_, recipient) => recipient.splice(2, 1, new Uint8Array(length))))).toBe("ERR_SCHEMA");
  });

  it.each([0, 16, 31, 33])("[24] with a kid of %i bytes", (length) => {
    expect(outcome(withHeader(map([1, HPKE_9_KE], [4, new Uint8Array(length)])))).toBe("ERR_SCHEMA");
  });

  it.each([0, 1, 46, 48, 50, 53, 54, 55, 56, 58, 60, 65, -29, -6, "HPKE-9-KE", null])(
    "[31] with algorithm %s",
    (alg) => {
      expect(outcome(withHeader(map([1, alg])))).toBe("ERR_SCHEMA");
    },
  );

  it("[24] with more or fewer headers", () => {
    const { kid } = alice.known;
    expect(outcome(withHeader(map([4, kid])))).toBe("ERR_SCHEMA");
    expect(outcome(withHeader(map([1, HPKE_9_KE], [3, 0], [4, kid])))).toBe("ERR_SCHEMA");
    expect(outcome(withHeader(map([1, HPKE_9_KE], [4, kid], [-4, kid])))).toBe("ERR_SCHEMA");
    expect(outcome(withHeader(map([1, HPKE_9_KE], [2, [1]], [4, kid])))).toBe("ERR_SCHEMA");
    expect(outcome(withHeader(map()))).toBe("ERR_SCHEMA");
  });

  it("[30] with alg, kid or anything else beside ek in the unprotected bucket, or without ek", () => {
    const ek = new Uint8Array(1120);
    for (const bucket of [map(), map([-4, ek], [1, HPKE_9_KE]), map([-4, ek], [4, alice.known.kid]), map([-4, null])]) {
      expect(outcome(altered((_, recipient) => recipient.splice(1, 1, bucket)))).toBe("ERR_SCHEMA");
    }
  });

  it("[31] with a content header that is not exactly {1: -65537}", () => {
    const headers = [
      map([1, 3]),
      map([1, -65536]),
      map([1, -65538]),
      map([1, FLOE_ALG], [4, new Uint8Array(1)]),
      map(),
    ];
    for (const header of headers) {
      expect(outcome(altered((parts) => parts.splice(0, 1, encode(header))))).toBe("ERR_SCHEMA");
    }
    expect(outcome(altered((parts) => parts.splice(0, 1, new Uint8Array(0))))).toBe("ERR_CBOR");
    expect(outcome(altered((parts) => parts.splice(0, 1, fromHex("a1013b0000000000010000"))))).toBe("ERR_CBOR");
  });

  it("[30] [35] with an unprotected content header, or the ciphertext attached", () => {
    expect(outcome(altered((parts) => parts.splice(1, 1, map([5, new Uint8Array(12)]))))).toBe("ERR_SCHEMA");
    for (const ciphertext of [new Uint8Array(0), new Uint8Array(48), false, 0]) {
      expect(outcome(altered((parts) => parts.splice(2, 1, ciphertext)))).toBe("ERR_SCHEMA");
    }
  });

  it("[58] without a recipient, or with what is none", () => {
    expect(outcome(altered((parts) => parts.splice(3, 1, [])))).toBe("ERR_SCHEMA");
    expect(outcome(altered((parts) => parts.splice(3, 1, null)))).toBe("ERR_SCHEMA");
    expect(outcome(altered((parts) => parts.pop()))).toBe("ERR_SCHEMA");
    expect(outcome(altered((parts) => parts.push(null)))).toBe("ERR_SCHEMA");
    expect(outcome(altered((_, recipient) => recipient.pop()))).toBe("ERR_SCHEMA");
    // a recipient of a recipient, RFC 9052 section 5.1
    expect(outcome(altered((_, recipient) => recipient.push([])))).toBe("ERR_SCHEMA");
  });

  it("[18] with the tag exchanged or missing", () => {
    for (const tag of ["", "d0", "d862", "d83d", "d860d860"]) {
      expect(outcome(concat(fromHex(tag), honest.subarray(2))), tag).toMatch(/^ERR_(SCHEMA|CBOR)$/);
    }
    expect(outcome(honest)).toBe("accepted");
  });

  it("naming where they are wrong", () => {
    const slots = (item: Uint8Array) => said(() => parseSlots(item, "the slots", newBudget()));
    const cut = altered((_, recipient) => recipient.splice(1, 1, map([-4, new Uint8Array(1)])));
    expect(slots(cut)).toBe("ERR_SCHEMA: the slots.ek");
    expect(slots(altered((parts) => parts.splice(2, 1, 0)))).toBe("ERR_SCHEMA: the slots.2");
    expect(slots(altered((parts) => parts.splice(3, 1, [])))).toBe("ERR_SCHEMA: the slots.3");
    expect(slots(concat(fromHex("d862"), honest.subarray(2)))).toBe("ERR_SCHEMA: tag 96");
  });

  it("[25] where the message as a whole has too many items", () => {
    const spent = newBudget();
    expect(outcome(honest, spent)).toBe("accepted");
    expect(outcome(honest, { items: MAX_ITEMS - spent.items })).toBe("accepted");
    expect(outcome(honest, { items: MAX_ITEMS - spent.items - 1 })).toBe("ERR_LIMIT");
  });
});

describe("any change of one byte", () => {
  it("[36] in a slot is refused when parsed, or leaves the slot closed", async () => {
    const item = writeSlots([await wrap(carol.known)]);
    const open = async (bytes: Uint8Array) => {
      if (outcome(bytes) !== "accepted") return null;
      return unwrapKey(only(parse(bytes).recipients), carol.secret, binding);
    };
    expect(await open(item)).toEqual(cek);
    await fc.assert(
      fc.asyncProperty(fc.nat(item.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        expect(await open(item.map((byte, i) => (i === at ? byte ^ mask : byte)))).toBeNull();
      }),
      { numRuns: 400 },
    );
  });
});
