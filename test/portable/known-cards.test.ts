/** A card that an authority vouched for is not read again; nothing but the time it takes tells that. */

import { describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { MAX_ITEMS, newBudget } from "../../src/cbor/scan.ts";
import { proven } from "../../src/proof.ts";
import { keepCard, parseCard } from "../../src/trust/card.ts";
import { makePin, type Pin, parseAuthority, verifyCard } from "../../src/trust/pin.ts";
import { signedAgain } from "../breakable.ts";
import { codeOf } from "../outcome.ts";
import { world } from "../world.ts";

const { aab, duty } = world;
/** As well-formed as the card itself; its signature does not hold. */
const fresh = (n: number) => duty.item.with(-1, n % 256).with(-2, Math.floor(n / 256));

describe("a card that is read again", () => {
  it("is the same object, until 256 others have been vouched for", () => {
    const item = signedAgain(duty.item, aab, (card) => card.set(7, new Uint8Array(16).fill(1)));
    const first = parseCard(item);
    expect(parseCard(item)).not.toBe(first);
    verifyCard(first, world.pins);
    expect(parseCard(new Uint8Array(item))).toBe(first);
    for (let i = 0; i < 200; i++) keepCard(parseCard(fresh(i)));
    verifyCard(first, world.pins);
    expect(parseCard(item)).toBe(first);
    for (let i = 0; i < 256; i++) keepCard(parseCard(fresh(1000 + i)));
    expect(parseCard(item)).not.toBe(first);
    expect(hex(parseCard(item).signed.bytes)).toBe(hex(item));
  });

  it("[128] is not forgotten for any number of cards that nobody vouched for", async () => {
    const card = parseCard(duty.item);
    verifyCard(card, world.pins);
    for (let i = 0; i < 300; i++) parseCard(fresh(i));
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(() => verifyCard(parseCard(fresh(i)), world.pins))).toBe("ERR_SIGNATURE");
    }
    expect(parseCard(fresh(0))).not.toBe(parseCard(fresh(0)));
    expect(parseCard(duty.item)).toBe(card);
  });

  it("spends of the budget what it spent at first", async () => {
    const item = fresh(0);
    const [first, again] = [newBudget(), newBudget()];
    const card = parseCard(item, first);
    keepCard(card);
    expect(parseCard(item, again)).toBe(card);
    expect(again).toEqual(first);
    const spent = MAX_ITEMS - first.items;
    expect(spent).toBeGreaterThan(20);
    expect(parseCard(item, { items: spent })).toBe(card);
    expect(await codeOf(() => parseCard(item, { items: spent - 1 }))).toBe("ERR_LIMIT");
  });

  it("[28] does not change with the bytes that it was read from", () => {
    const item = signedAgain(duty.item, aab, (card) => card.set(7, new Uint8Array(16)));
    const copy = new Uint8Array(item);
    const card = parseCard(copy);
    copy.fill(0);
    expect(() => verifyCard(card, world.pins)).not.toThrow();
    expect(parseCard(item)).toBe(card);
    expect(hex(parseCard(item).signed.bytes)).toBe(hex(item));
  });

  it("[39] is trusted by the pins of the moment: nothing is left of those that are gone", async () => {
    const card = parseCard(duty.item);
    expect(verifyCard(card, world.pins)).toBe(card);
    expect(await codeOf(() => verifyCard(card, []))).toBe("ERR_UNTRUSTED");
    const { digest } = parseAuthority(aab.item);
    const pin = makePin(aab.item, hex(digest));
    const narrow = proven<Pin>({ authority: pin.authority, scope: { ...pin.scope, nations: ["QMB"] } });
    expect(await codeOf(() => verifyCard(card, [narrow]))).toBe("ERR_OUT_OF_SCOPE");
  });

  it("[36] with a bit changed is another card, however often the good one was verified", async () => {
    verifyCard(parseCard(duty.item), world.pins);
    const bad = duty.item.with(-1, duty.item.at(-1)! ^ 1);
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(() => verifyCard(parseCard(bad), world.pins))).toBe("ERR_SIGNATURE");
    }
  });
});
