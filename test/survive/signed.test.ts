/** Section F of the attacks, and whatever else somebody trusted can sign: signed well, and wrong in any one place inside. */

import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { parseCard } from "../../src/trust/card.ts";
import { verifyCard } from "../../src/trust/pin.ts";
import { apart, digestOf, type Lies, type Plan, seal, signedAgain, statement, together } from "../breakable.ts";
import { codeOf, unpacking, verifying } from "../outcome.ts";
import { RESTRICTED, repeatable, world } from "../world.ts";
import { isLong, seed } from "./attempt.ts";
import { apply, blind, changes, dice, sequence, walk } from "./mutate.js";

const { aab, duty, watch } = world;
const PLAN: Plan = {
  portions: [{ labels: RESTRICTED, files: { "report.txt": utf8("EXERCISE"), b: utf8("b") }, recipients: [watch] }],
};
const COUNT = isLong ? 5000 : 40;
const roll = dice(seed);

/** `bytes` with one item of their CBOR wrong, somewhere; or some bytes, where they are not CBOR throughout. */
function wrong(bytes: Uint8Array): Uint8Array {
  const places = [...walk(sequence(bytes) ?? [])];
  const place = places[roll(places.length)];
  const all = place === undefined ? [blind(bytes, roll)] : [...changes(bytes, place)];
  return apply(bytes, all[roll(all.length)] ?? []);
}
const wrongValue = (value: CborValue): Uint8Array => wrong(encode(value));

const LIES: Readonly<Record<string, () => Lies>> = {
  core: () => ({ core: wrongValue }),
  labels: () => ({ labels: wrong }),
  manifest: () => ({ manifest: wrongValue }),
  slots: () => ({ slots: (slots) => new Uint8Array([0xd8, 96, ...wrongValue(slots)]) }),
  index: () => ({ items: wrongValue }),
  plaintext: () => ({ plaintext: wrong }),
};

/** What is still right may be accepted: what it says is up to who signs it. */
const isAnswered = async (envelope: Uint8Array): Promise<string> => {
  const begun = performance.now();
  const codes = [await verifying(envelope), await unpacking(envelope, watch)];
  expect(performance.now() - begun).toBeLessThan(20_000);
  return codes.join();
};

describe.each(Object.entries(LIES))("[26] [33] %s", (_name, lies) => {
  it(`wrong in one place, ${COUNT} times: refused for what it is, or right after all`, async () => {
    const codes = new Set<string>();
    for (let i = 0; i < COUNT; i++) codes.add(await isAnswered(await seal(PLAN, lies())));
    expect(codes.size).toBeGreaterThan(1);
  });
});

it("[26] a statement, wrong in one place", async () => {
  const two = await repeatable("signed", () => seal({ ...PLAN, portions: [...PLAN.portions, ...PLAN.portions] }));
  const parts = apart(two);
  const copy = (payload?: (honest: CborMap) => CborValue) => {
    const fields = { envelope: digestOf(two), portions: [2], madeFor: [watch] };
    const said = statement(duty, fields, payload && { payload });
    return together({ ...parts, statements: [said], bodies: [parts.bodies[0]!, null] });
  };
  expect(await isAnswered(copy())).toBe("ok,ok");
  for (let i = 0; i < COUNT; i++) await isAnswered(copy(wrongValue));
});

it("[24] a card, wrong in one place, signed by its authority", async () => {
  expect(await codeOf(() => verifyCard(parseCard(duty.item), world.pins))).toBe("ok");
  for (let i = 0; i < COUNT; i++) {
    const item = signedAgain(duty.item, aab, wrongValue);
    await codeOf(() => verifyCard(parseCard(item), world.pins));
  }
});
