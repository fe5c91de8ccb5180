/**
 * What is refused for what it says and who says it: spec/envelope.md steps V3, V4 and V8. Numbers are rows of the table
 * of attacks. Each envelope here is well-formed.
 */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { utf8 } from "../../src/bytes.ts";
import { type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { MAX_CARD } from "../../src/trust/card.ts";
import { apart, cardOf, changed, type Lies, type Plan, seal, together } from "../breakable.ts";
import { type Code, unpacking, verifying } from "../outcome.ts";
import { content, labels, type Person, RESTRICTED, T, trust, world } from "../world.ts";
import { type Forged, map } from "./cose-forge.ts";

const { duty, analyst, watch, relay, unknown } = world;
const files = { "report.txt": utf8("hello") };
const to = (...recipients: Person[]): Plan => ({ portions: [{ labels: RESTRICTED, files, recipients }] });
const PLAN = to(watch);
const lying = async (lies: Lies, plan: Plan = PLAN, circumstances = {}): Promise<Code> =>
  verifying(await seal(plan, lies), circumstances);

/** By somebody with this card. */
const by = (person: Person, plan: Plan = PLAN): Plan => ({ ...plan, originator: person });

describe("a signer's card", () => {
  it("[39] [40] by an authority that nobody has pinned", async () => {
    const stranger: Person = { ...duty, ...unknown };
    expect(await lying({}, by(stranger))).toBe("ERR_UNTRUSTED");
    expect(await lying({}, PLAN, { trust: { ...trust, pins: [] } })).toBe("ERR_UNTRUSTED");
    expect(await lying({}, by(changed(duty, world.stranger, (claims) => claims)))).toBe("ERR_UNTRUSTED");
    expect(await lying({}, by(changed(duty, duty, (claims) => claims.set(1, duty.holder))))).toBe("ERR_UNTRUSTED");
  });
  it("[39] an authority's own card is not a signer's", async () => {
    expect(await lying({}, by({ ...duty, ...world.aab, item: world.aab.item }))).toBe("ERR_OUT_OF_SCOPE");
  });

  const claims: [string, number, CborValue][] = [
    ["nation", -65538, "QMB"],
    ["identifier", -65539, ["AAB-CERT", "QMB-CERT"]],
    ["community", -65540, [["ALLIANCE", 0, null]]],
    ["policy", -65541, [["TLP", ["RED"], []]]],
    ["environment", -65542, 0],
    ["role", -65544, [0, 1]],
    ["issuer", 1, "authority.qmb@cert.example"],
  ];
  it.each(claims)("outside its authority's scope: %s", async (_, key, value) => {
    expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(key, value))))).toBe("ERR_OUT_OF_SCOPE");
  });
  it("by the authority of another nation", async () => {
    const stolen = changed(duty, world.qmb, (card) => card.set(1, world.qmb.holder));
    expect(await lying({}, by(stolen))).toBe("ERR_OUT_OF_SCOPE");
  });

  it("not valid when it was sealed", async () => {
    for (const [key, time] of [
      [4, T - 1],
      [5, T + 1],
    ] as const) {
      expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(key, time))))).toBe("ERR_CARD_TIME");
    }
    expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(4, T).set(5, T))))).toBe("ok");
  });
  it("issued when its authority's was not valid", async () => {
    const early = changed(duty, world.aab, (card) => card.set(6, T - 61 * 86_400));
    expect(await lying({}, by(early))).toBe("ERR_CARD_TIME");
  });

  it("[25] of 32 KiB, and of one byte more", async () => {
    const holding = (length: number) => by({ ...duty, item: cardOf(length, duty, world.aab) });
    expect(await lying({}, holding(MAX_CARD))).toBe("ok");
    expect(await lying({}, holding(MAX_CARD + 1))).toBe("ERR_LIMIT");
  });

  const bad = (change: (keys: CborMap[]) => CborValue) =>
    by(changed(duty, world.aab, (card) => card.set(-65537, change(card.get(-65537) as CborMap[]))));
  const keys: [string, (keys: CborMap[]) => CborValue, Code][] = [
    ["[42] of small order", ([a, ...rest]) => [a!.set(-2, new Uint8Array(32)), ...rest], "ERR_KEY_INVALID"],
    [
      "[42] that is the identity",
      ([a, ...b]) => [a!.set(-2, content(32).fill(0).fill(1, 0, 1)), ...b],
      "ERR_KEY_INVALID",
    ],
    ["[43] that is not canonical", ([a, ...b]) => [a!.set(-2, new Uint8Array(32).fill(255)), ...b], "ERR_KEY_INVALID"],
    [
      "[53] whose ML-KEM part is above q",
      ([a, b, c]) => [a!, b!, c!.set(-1, content(1216).fill(255, 0, 3))],
      "ERR_KEY_INVALID",
    ],
    [
      "[51] whose X25519 part is of low order",
      ([a, b, c]) => [a!, b!, c!.set(-1, new Uint8Array(1216))],
      "ERR_KEY_INVALID",
    ],
    ["[38] no ML-DSA key", ([a, , c]) => [a!, c!], "ERR_KEY_INVALID"],
    ["[38] no Ed25519 key", ([, b, c]) => [b!, c!], "ERR_KEY_INVALID"],
    ["two Ed25519 keys", ([a, b]) => [a!, a!, b!], "ERR_KEY_INVALID"],
    ["three signing keys", ([a, b, c]) => [a!, b!, b!, c!], "ERR_KEY_INVALID"],
    ["no KEM key", ([a, b]) => [a!, b!], "ERR_KEY_INVALID"],
    ["two KEM keys of one kind", ([a, b, c]) => [a!, b!, c!, c!], "ERR_KEY_INVALID"],
    ["[65] a signing key as KEM key", ([a, b]) => [a!, b!, new Map(a).set(3, 49)], "ERR_SCHEMA"],
    ["[31] an algorithm of another key type", ([a, b, c]) => [a!.set(3, -8), b!, c!], "ERR_SCHEMA"],
    ["[65] a secret key", ([a, ...rest]) => [a!.set(-4, content(32)), ...rest], "ERR_SCHEMA"],
    ["[54] a key of another length", ([a, b, c]) => [a!, b!, c!.set(-1, content(1215))], "ERR_SCHEMA"],
  ];
  it.each(keys)("with keys: %s", async (_, change, code) => expect(await lying({}, bad(change))).toBe(code));
  it("[55] whose X25519 key is part of its X-Wing key", async () => {
    const classical = (xwing: CborMap) => map([1, 1], [3, 49], [-1, 4], [-2, (xwing.get(-1) as Uint8Array).slice(-32)]);
    expect(
      await lying(
        {},
        bad(([a, b, c]) => [a!, b!, c!, classical(c!)]),
      ),
    ).toBe("ERR_KEY_INVALID");
  });
  it("[24] with a claim too few, too many, or of another kind", async () => {
    for (const key of [1, 2, 4, 5, 6, 7, -65537, -65538, -65539, -65540, -65541, -65542, -65543, -65544]) {
      const without = changed(duty, world.aab, (card) => new Map([...card].filter(([other]) => other !== key)));
      expect(await lying({}, by(without)), `${key}`).toBe("ERR_SCHEMA");
      expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(key, false)))), `${key}`).toBe(
        "ERR_SCHEMA",
      );
    }
    expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(3, "audience"))))).toBe("ERR_SCHEMA");
    expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(4, 1).set(5, 2))))).toBe("ERR_SCHEMA");
  });
  it.each(["a\u202eb", "a\nb", "\u001b]0;owned\u0007", "ba\u0308d"])("[77] with the name %j", async (name) => {
    expect(await lying({}, by(changed(duty, world.aab, (card) => card.set(-65543, name))))).toBe("ERR_SCHEMA");
  });
  it("[36] with any of its bits changed", async () => {
    for (const at of [60, 400, 3000, 3600, 6500]) {
      const item = duty.item.slice();
      item[at]! ^= 1;
      const code = await lying({}, by({ ...duty, item }));
      expect(["ERR_SIGNATURE", "ERR_SIGNATURES", "ERR_UNTRUSTED", "ERR_KEY_INVALID", "ERR_CBOR"]).toContain(code);
    }
  });
});

describe("the signatures of an envelope", () => {
  const { classical, postQuantum } = duty.identity.signing;
  const kidOf = (index: number): Uint8Array => duty.card.signer[index === 0 ? "classical" : "postQuantum"].kid;
  const bits = (change: (signature: Uint8Array) => Uint8Array, which: number): Lies => ({
    signatures: (honest) => honest.map((one, i) => (i === which ? { ...one, change } : one)),
  });
  const list = (...signatures: Forged[]): Lies => ({ signatures: () => signatures });
  const [ed, ml] = [{ key: classical }, { key: postQuantum }];
  const other = analyst.identity.signing;

  const wrong: [string, Lies][] = [
    ["[37] [38] Ed25519 alone", list(ed)],
    ["[37] [38] ML-DSA alone", list(ml)],
    ["[38] in another order", list(ml, ed)],
    ["[39] one of a stranger, first", list({ key: other.classical }, ed, ml)],
    ["[39] one of a stranger, last", list(ed, ml, { key: other.classical })],
    ["[39] a pair of a stranger, last", list(ed, ml, { key: other.classical }, { key: other.postQuantum })],
    ["[39] [40] a pair of a stranger, alone", list({ key: other.classical }, { key: other.postQuantum })],
    ["[46] one twice", list(ed, ed, ml)],
    ["[46] all twice", list(ed, ml, ed, ml)],
    ["[41] with the kid of another", list({ ...ed, header: map([1, -19], [4, kidOf(1)]) }, ml)],
    [
      "[41] with kids exchanged",
      list({ ...ed, header: map([1, -49], [4, kidOf(1)]) }, { ...ml, header: map([1, -19], [4, kidOf(0)]) }),
    ],
    ["[31] of another level", list(ed, { ...ml, header: map([1, -50], [4, kidOf(1)]) })],
  ];
  it.each(wrong)("%s", async (_, lies) => expect(await lying(lies)).toBe("ERR_SIGNATURES"));

  it.each([0, 1])("[36] [38] [42] broken: of %i", async (which) => {
    const flip = (at: number) => (made: Uint8Array) =>
      made.map((byte, i) => (i === (at + made.length) % made.length ? byte ^ 1 : byte));
    for (const at of [0, 31, 32, 63, -1]) expect(await lying(bits(flip(at), which))).toBe("ERR_SIGNATURE");
    expect(await lying(bits((made) => new Uint8Array(made.length), which))).toBe("ERR_SIGNATURE");
    expect(await lying(bits((made) => made.fill(255), which))).toBe("ERR_SIGNATURE");
  });
  it("[43] with S + L", async () => {
    const L = 2n ** 252n + 27742317777372353535851937790883648493n;
    const malleable = (made: Uint8Array) => {
      let s = L + made.slice(32).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
      return made.map((byte, i) => {
        if (i < 32) return byte;
        const low = Number(s & 255n);
        s >>= 8n;
        return low;
      });
    };
    expect(await lying(bits(malleable, 0))).toBe("ERR_SIGNATURE");
  });
  it("[41] by another key under this kid", async () => {
    const stolen = { key: other.classical, header: map([1, -19], [4, kidOf(0)]) };
    expect(await lying(list(stolen, ml))).toBe("ERR_SIGNATURE");
  });
  it("[33] [47] over another structure: another context, external data, the bare payload, its hash", async () => {
    const structure =
      (context: string, aad: Uint8Array) => (body: Uint8Array, header: Uint8Array, payload: Uint8Array) =>
        encode([context, body, header, aad, payload]);
    const none = new Uint8Array(0);
    const forms: NonNullable<Forged["signed"]>[] = [
      structure("Signature1", none),
      structure("CounterSignature", none),
      structure("Signature", Uint8Array.of(0)),
      (_body, _header, payload) => payload,
      (body, header, payload) => engine.sha256(structure("Signature", none)(body, header, payload)),
      (body, header, payload) => structure("Signature", none)(body, header, engine.sha256(payload)),
    ];
    for (const signed of forms) {
      expect(await lying(list({ ...ed, signed }, ml))).toBe("ERR_SIGNATURE");
      expect(await lying(list(ed, { ...ml, signed }))).toBe("ERR_SIGNATURE");
    }
  });
  it("[34] [36] over other bytes: each part of a manifest exchanged for one that means the same or not", async () => {
    const parts = apart(await seal(PLAN));
    const core = parts.core.slice();
    core[5]! ^= 1;
    expect(await verifying(together({ ...parts, core }))).toBe("ERR_SIGNATURE");
    const [portion] = parts.portions as [CborMap];
    const digests = (portion.get(3) as Uint8Array).map((byte) => byte ^ 1);
    expect(await verifying(together({ ...parts, portions: [new Map(portion).set(3, digests)] }))).toBe("ERR_SIGNATURE");
    expect(await verifying(together({ ...parts, portions: [portion, portion] }))).toBe("ERR_SIGNATURE");
  });

  describe("where two must sign", () => {
    const joint: Plan = { ...PLAN, others: [[1, analyst]] };
    const [third, fourth] = [{ key: other.classical }, { key: other.postQuantum }];
    it("[37] and one has not: not released, to anyone", async () => {
      const envelope = await seal(joint, list(ed, ml));
      expect(await verifying(envelope)).toBe("ERR_SIGNATURE_MISSING");
      expect(await unpacking(envelope, watch)).toBe("ERR_SIGNATURE_MISSING");
    });
    const halves: [string, Forged[]][] = [
      ["[38] one with Ed25519 alone", [ed, ml, third]],
      ["[38] one with ML-DSA alone", [ed, ml, fourth]],
      ["the originator has not", [third, fourth]],
      ["they stand in another order", [third, fourth, ed, ml]],
    ];
    it.each(halves)("%s", async (_, signatures) => {
      expect(await lying(list(...signatures), joint)).toBe("ERR_SIGNATURES");
    });
    it("of three the second has not", async () => {
      const three: Plan = {
        ...PLAN,
        others: [
          [1, analyst],
          [2, relay],
        ],
      };
      const missing = (honest: Forged[]) => honest.filter((_, i) => i !== 2 && i !== 3);
      expect(await lying({ signatures: missing }, three)).toBe("ERR_SIGNATURE_MISSING");
      expect(await lying({}, three)).toBe("ok");
    });
    it("each must be trusted", async () => {
      expect(await lying({}, { ...PLAN, others: [[1, unknown]] })).toBe("ERR_UNTRUSTED");
    });
  });
});

it("[40] stripped of its signature and signed by a recipient as his own: no slot opens", async () => {
  const honest = apart(await seal(to(duty, watch)));
  const mine = labels("HARBOUR RESTRICTED REL TO AAB, QMB", { originator: ["organisation", "QMB-CERT"] });
  const theft = await seal(
    { originator: watch, portions: [{ labels: mine, files, recipients: [duty, watch] }] },
    {
      portion: (portion) => new Map(honest.portions[0]).set(1, portion.get(1)!),
      bodies: () => honest.bodies,
    },
  );
  expect(await verifying(theft)).toBe("ok");
  for (const reader of [duty, watch]) expect(await unpacking(theft, reader)).toBe("ERR_SLOT");
});
