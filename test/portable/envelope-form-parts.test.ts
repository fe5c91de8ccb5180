/**
 * What is refused for its form alone, whoever signed it: parts that do not fit each other, be they signers and cards,
 * key slots and recipients, or bodies and their lengths, by spec/envelope.md step V2. Numbers are rows of the table of
 * attacks. Each lie here is signed by an honest officer.
 */

import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes.ts";
import { type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { encodeParameters } from "../../src/crypto/floe-layout.ts";
import { type Lies, type Plan, signedAgain } from "../breakable.ts";
import { content, RESTRICTED, T, world } from "../world.ts";
import { map } from "./cose-forge.ts";
import { files, lying, PLAN } from "./envelope-form-shared.ts";

const { duty, analyst, relay, watch } = world;
const TWO: Plan = { portions: [{ labels: RESTRICTED, files, recipients: [duty, watch] }] };

describe("signers and their cards", () => {
  const joint = (role: number): Plan => ({ ...PLAN, others: [[role, analyst]] });
  const roles = (...given: number[]): Lies => ({
    core: (core) =>
      core.set(
        6,
        (core.get(6) as CborValue[][]).map(([, digest], i) => [given[i]!, digest!]),
      ),
  });

  it("two signers with a card each", async () => {
    for (const role of [1, 2, 3]) expect(await lying({}, joint(role))).toBe("ok");
  });
  const cases: [string, Lies, Plan][] = [
    ["a card too few", { cards: ([first]) => [first!] }, joint(1)],
    ["a card too many", { cards: (cards) => [...cards, relay.item] }, PLAN],
    ["a card that stands twice", { cards: ([first]) => [first!, first!] }, PLAN],
    ["the cards in another order", { cards: (cards) => cards.reverse() }, joint(1)],
    ["[49] another card of the same holder's authority", { cards: () => [analyst.item] }, PLAN],
    ["[49] the second card another", { cards: ([first]) => [first!, relay.item] }, joint(1)],
    ["two originators", roles(0, 0), joint(1)],
    ["no originator", roles(1, 2), joint(1)],
    ["no originator, alone", roles(1), PLAN],
    ["the originator second", roles(1, 0), joint(1)],
    ["[46] one signer twice", {}, { ...PLAN, others: [[1, duty]] }],
    [
      "[46] one signer three times",
      {},
      {
        ...PLAN,
        others: [
          [1, analyst],
          [2, analyst],
        ],
      },
    ],
  ];
  it.each(cases)("%s", async (_, lies, plan) => expect(await lying(lies, plan)).toBe("ERR_SIGNERS"));

  it("[46] one key, or one name, on two cards", async () => {
    const later = { ...duty, item: signedAgain(duty.item, world.aab, (claims) => claims.set(6, T)) };
    expect(await lying({}, { ...PLAN, others: [[1, later]] })).toBe("ERR_SIGNERS");
    const renamed = signedAgain(analyst.item, world.aab, (claims) => claims.set(2, duty.holder));
    expect(await lying({}, { ...PLAN, others: [[1, { ...analyst, item: renamed }]] })).toBe("ERR_SIGNERS");
  });
});

describe("key slots", () => {
  const cards = (change: (honest: CborValue[]) => CborValue[]): Lies => ({
    portion: (portion) => portion.set(6, change(portion.get(6) as CborValue[])),
  });
  const slots = (change: (honest: CborValue[]) => CborValue[]): Lies => ({
    slots: ([a, b, c, honest]) => [a!, b!, c!, change(honest as CborValue[])],
  });
  const hidden: Plan = { portions: [{ labels: RESTRICTED, files, recipients: [duty, watch], hidden: true }] };
  const classical = (kid: Uint8Array): CborValue => [
    encode(map([1, 49], [4, kid])),
    map([-4, content(32)]),
    content(48),
  ];
  const cases: [string, Lies, Plan][] = [
    ["[58] one without a card", cards(([first]) => [first!]), TWO],
    ["[58] one without a slot", slots(([first]) => [first!]), TWO],
    ["[58] a card too many", cards((all) => [...all, content(32)]), TWO],
    ["a card for a hidden one", cards(([first]) => [first!, content(32)]), hidden],
    ["no card for a named one", cards(([first]) => [first!, null]), TWO],
    ["[57] one key twice", slots(([first]) => [first!, first!]), TWO],
    ["[55] a classical one beside a hybrid one", slots(([first]) => [first!, classical(content(32))]), TWO],
  ];
  it.each(cases)("%s", async (_, lies, plan) => expect(await lying(lies, plan)).toBe("ERR_SLOTS"));

  it.each([-3, -65537, 1, 35, 48, 50, 56, 58, 60, "HPKE-9-KE", null])("[31] [54] [67] of algorithm %j", async (alg) => {
    const slot: Lies["slot"] = ([, ...rest]) => [encode(map([1, alg])), ...rest];
    expect(await lying({ slot })).toBe("ERR_SCHEMA");
  });
  it("[54] with the encapsulated key of another algorithm", async () => {
    for (const alg of [59, 49]) {
      expect(await lying({ slot: ([, ...rest]) => [encode(map([1, alg])), ...rest] })).toBe("ERR_SCHEMA");
    }
  });
  it("[31] of another content algorithm, or with headers or a ciphertext", async () => {
    const [header, none] = [encode(map([1, -65537])), map()];
    const forms: [CborValue, CborValue, CborValue][] = [
      [encode(map([1, 3])), none, null],
      [encode(map([1, -65538])), none, null],
      [encode(map([1, -65537], [5, content(12)])), none, null],
      [header, map([1, -65537]), null],
      [header, map([5, content(12)]), null],
      [header, none, content(16)],
    ];
    for (const [a, b, c] of forms) {
      expect(await lying({ slots: ([, , , honest]) => [a, b, c, honest!] })).toBe("ERR_SCHEMA");
    }
  });
  it("[7] [30] with a header in both buckets, or in the wrong one", async () => {
    expect(await lying({ slot: ([header, ek, cek]) => [header!, (ek as CborMap).set(1, 57), cek!] })).toBe(
      "ERR_SCHEMA",
    );
    expect(await lying({ slot: ([, ek, cek]) => [encode(map([1, 57], [-4, content(1120)])), ek!, cek!] })).toBe(
      "ERR_SCHEMA",
    );
    expect(await lying({ slot: ([, ek, cek]) => [encode(map()), (ek as CborMap).set(1, 57), cek!] })).toBe(
      "ERR_SCHEMA",
    );
  });
});

describe("lengths", () => {
  const field = (key: number, change: (honest: CborValue) => CborValue): Lies => ({
    portion: (portion) => portion.set(key, change(portion.get(key) as CborValue)),
  });
  const parameters = (segment: number, ...rest: Uint8Array[]) =>
    field(4, (header) => concat(encodeParameters(segment), ...rest, (header as Uint8Array).slice(10)));
  const digests = (count: number) => field(3, () => new Uint8Array(32 * count));

  const cases: [string, Lies][] = [
    ["nothing", field(2, () => 0)],
    ["[63] an empty segment", field(2, () => 32)],
    ["[70] an empty last segment", { portion: (one) => one.set(2, 2 ** 20 + 32).set(3, new Uint8Array(64)) }],
    ["a digest too few", { portion: (one) => one.set(2, 2 ** 20 + 40) }],
    ["a digest too many", digests(2)],
    ["a digest that is cut", field(3, (honest) => (honest as Uint8Array).slice(0, 31))],
    ["[11] a body of 2^53-1 bytes", field(2, () => 2 ** 53 - 1)],
    ["segments of 2^19 bytes", parameters(2 ** 19)],
    ["segments of 2^27 bytes", parameters(2 ** 27)],
    ["segments of 0 bytes", parameters(0)],
    ["segments that are no power of two", parameters(2 ** 20 + 1)],
    ["segments larger than they need be", parameters(2 ** 21)],
    ["another FLOE AEAD", field(4, (header) => (header as Uint8Array).map((byte, i) => (i === 0 ? 1 : byte)))],
    ["another FLOE hash", field(4, (header) => (header as Uint8Array).map((byte, i) => (i === 1 ? 1 : byte)))],
    ["another length of the FLOE IV", field(4, (header) => (header as Uint8Array).map((b, i) => (i === 9 ? 31 : b)))],
  ];
  it.each(cases)("[72] %s", async (_, lies) => {
    const code = await lying(lies);
    expect(code).toBe(_ === "a digest that is cut" ? "ERR_SCHEMA" : "ERR_LAYOUT");
  });

  it("[25] 65,536 segments in all portions together, and one more", async () => {
    const two: Plan = { ...PLAN, portions: [...PLAN.portions, ...PLAN.portions] };
    const counting = (...counts: number[]): Lies => ({
      portion: (one, number) =>
        one.set(2, counts[number - 1]! * 2 ** 20).set(3, new Uint8Array(32 * counts[number - 1]!)),
    });
    expect(await lying(counting(40_000, 25_536), two)).toBe("ERR_BODY");
    expect(await lying(counting(40_000, 25_537), two)).toBe("ERR_LAYOUT");
  });
  it("segments of two lengths in one envelope", async () => {
    const second: Lies = {
      portion: (one, number) => (number === 2 ? (parameters(2 ** 21).portion?.(one, 2) ?? one) : one),
    };
    expect(await lying(second, { portions: [...PLAN.portions, ...PLAN.portions] })).toBe("ERR_LAYOUT");
  });
});
