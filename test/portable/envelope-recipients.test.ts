/**
 * What is refused for whom it is: spec/envelope.md step V5 and the release decision of spec/label.md section 6, in
 * envelopes. Numbers are rows of the table of attacks. Each envelope here is well-formed.
 */

import { describe, expect, it } from "vitest";
import { type CborValue, encode } from "../../src/cbor/codec.ts";
import type { Recipient } from "../../src/cose/slots.ts";
import { HPKE_9_KE, HPKE_10_KE, type SuiteAlg } from "../../src/crypto/suites.ts";
import { requireSlots } from "../../src/envelope/decision.ts";
import type { HeadPortion } from "../../src/envelope/head.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { DipbagError } from "../../src/errors.ts";
import { requireInForce } from "../../src/label/conditions.ts";
import type { Handling } from "../../src/label/label.ts";
import { parseCard } from "../../src/trust/card.ts";
import { verifyCard } from "../../src/trust/pin.ts";
import { changed, type Lies, type Plan, seal } from "../breakable.ts";
import { codeOf, unpacking, verifying } from "../outcome.ts";
import { labels, type Person, RESTRICTED, T, trust, trusting, world } from "../world.ts";
import { map } from "./cose-forge.ts";
import { files, lying, PLAN, to } from "./envelope-labels-shared.ts";

const { duty, analyst, watch, port, ops, visitor, relay } = world;

describe("every key slot of a portion is asked, also where it is of another kind than the first", () => {
  const slots = async (marking: string, ...kinds: readonly (readonly [alg: SuiteAlg, named: boolean])[]) => {
    const { head } = await openEnvelope(bytesSource(await seal(PLAN)), trust, T);
    const [portion] = head.portions as [HeadPortion];
    const [[header, unprotected, key]] = portion.slots.recipients as [Recipient];
    const { kid } = header.value;
    const recipients = kinds.map(([alg, named]): Recipient => {
      return [{ ...header, value: { alg, ...(named && kid && { kid }) } }, unprotected, key];
    });
    const asked = {
      ...portion,
      labels: { ...portion.labels, value: labels(marking) },
      slots: { ...portion.slots, recipients },
    };
    return codeOf(() => requireSlots(asked, head.core, head.signers[0].card, trust.policies));
  };
  it("[55] by its suite", async () => {
    const [weak, strong] = [[HPKE_9_KE, true] as const, [HPKE_10_KE, true] as const];
    const secret = "HARBOUR SECRET REL TO AAB";
    expect(await slots(secret, strong, strong)).toBe("ok");
    expect(await slots(secret, strong, strong, weak)).toBe("ERR_SUITE_FLOOR");
    expect(await slots("HARBOUR CONFIDENTIAL REL TO AAB", strong, weak)).toBe("ok");
  });
  it("by whether it says whose it is", async () => {
    const [named, hidden] = [[HPKE_9_KE, true] as const, [HPKE_9_KE, false] as const];
    const listed = "HARBOUR CONFIDENTIAL REL TO AAB ORCON";
    expect(await slots(listed, named, named)).toBe("ok");
    expect(await slots(listed, named, named, hidden)).toBe("ERR_MUST_BE_NAMED");
    expect(await slots("HARBOUR CONFIDENTIAL REL TO AAB", named, hidden)).toBe("ok");
  });
});

describe("the decision for a recipient who is known here", () => {
  const decided = async (
    recipient: Person,
    given: Plan["labels"],
    handling: Handling = { messageType: "exercise" },
    more: Partial<Plan> = {},
    at = T,
  ) =>
    verifying(await seal({ portions: [{ labels: given!, files, recipients: [recipient] }], handling, ...more }), {
      at,
    });
  const secret = labels("HARBOUR SECRET REL TO AAB");

  it("is asked of none whose card is not known", async () => {
    expect(await lying({}, to(visitor), { trust: trusting() })).toBe("ok");
    expect(await lying({}, to(visitor), { trust: trusting(watch) })).toBe("ok");
    expect(await lying({}, to(visitor))).toBe("ERR_UNMAPPABLE");
  });
  it("exercise and operation are never mixed", async () => {
    expect(await decided(watch, RESTRICTED, { messageType: "operation" })).toBe("ERR_EXERCISE_MISMATCH");
    expect(await decided(watch, RESTRICTED, {})).toBe("ERR_EXERCISE_MISMATCH");
    expect(await decided(ops, RESTRICTED)).toBe("ERR_EXERCISE_MISMATCH");
    for (const messageType of ["exercise", "drill", "test"] as const) {
      expect(await decided(watch, RESTRICTED, { messageType })).toBe("ok");
    }
  });
  it("time", async () => {
    expect(await decided(watch, RESTRICTED, { messageType: "exercise", validUntil: T - 1 })).toBe("ERR_EXPIRED");
    expect(await decided(watch, RESTRICTED, { messageType: "exercise", validUntil: T })).toBe("ok");
    expect(await decided(watch, RESTRICTED, undefined, {}, T - 300)).toBe("ok");
    expect(await decided(watch, RESTRICTED, undefined, {}, T - 301)).toBe("ERR_FUTURE");
  });
  it("[116] time that is none: what cannot be compared is not permitted", async () => {
    const until = { messageType: "exercise", validUntil: T } as const;
    for (const at of [Number.NaN, "2026-11-22"] as number[]) {
      expect(() => requireInForce(until, at)).toThrow(expect.objectContaining({ code: "ERR_EXPIRED" }));
    }
    const envelope = bytesSource(await seal(PLAN));
    for (const at of [Number.NaN, Infinity, T * 1000, T + 0.5, -1, `${T}`, undefined] as number[]) {
      await expect(verify(envelope, trust, at)).rejects.toThrow(RangeError);
    }
  });
  describe("a label that gives way to another on a day that was fixed", () => {
    const LOW = "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC";
    const HIGH = "HARBOUR CONFIDENTIAL REL TO AAB, QMB";
    const [due, before] = ["2026-11-22T06:00:00Z", T + 3599];
    const succeeded = (now: string, then: string) => labels(now, { succession: [due, labels(then).originator] });

    it("is what it was when it was sealed, to whoever verifies: lowered, it still was not for whom it kept out", async () => {
      const handing = (recipient: Person, at: number) =>
        decided(recipient, succeeded("HARBOUR CONFIDENTIAL REL TO AAB", HIGH), undefined, {}, at);
      for (const at of [before, before + 1]) {
        expect(await handing(watch, at)).toBe("ERR_RELEASABILITY");
        expect(await handing(duty, at)).toBe("ok");
      }
    });
    it("is what it is now, to whoever opens: raised, it keeps out whom it let in, and still verifies", async () => {
      const cleared = changed(watch, world.qmb, (card) => card.set(-65541, [["HARBOUR", ["RESTRICTED"], []]]));
      const card = verifyCard(parseCard(cleared.item), world.pins);
      const envelope = await seal({
        portions: [{ labels: succeeded(LOW, HIGH), files, recipients: [{ ...cleared, card }] }],
      });
      const reader = { ...watch, card };
      for (const known of [{ ...trust, card: () => card }, trusting()]) {
        expect(await verifying(envelope, { trust: known, at: before + 1 })).toBe("ok");
        expect(await unpacking(envelope, reader, { trust: known, at: before })).toBe("ok");
        expect(await unpacking(envelope, reader, { trust: known, at: before + 1 })).toBe("ERR_CLEARANCE");
      }
    });
    it("is covered by the whole on every day, as anybody can see from the first", async () => {
      const portions = [{ labels: succeeded(LOW, HIGH), files, recipients: [watch] }];
      const under = async (whole: Plan["labels"]) =>
        verifying(await seal({ portions, labels: whole! }), { at: before });
      expect(await under(labels(LOW))).toBe("ERR_NOT_DOMINANT");
      expect(await under(labels(HIGH))).toBe("ok");
      expect(await under(succeeded(LOW, HIGH))).toBe("ok");
      expect(await under(succeeded(HIGH, LOW))).toBe("ERR_NOT_DOMINANT");
      expect(await under(succeeded(HIGH, "TLP:RED"))).toBe("ERR_POLICIES_DIFFER");
    });
    it("is protected from the first day on as the strongest of them wants it", async () => {
      const raised = succeeded("HARBOUR RESTRICTED REL TO AAB", "HARBOUR SECRET REL TO AAB");
      expect(await decided(duty, raised)).toBe("ERR_SUITE_FLOOR");
      expect(await decided(analyst, raised)).toBe("ok");
      const hidden = async (given: Plan["labels"]) =>
        verifying(await seal({ portions: [{ labels: given!, files, recipients: [duty], hidden: true }] }));
      expect(await hidden(succeeded("HARBOUR RESTRICTED REL TO AAB", "HARBOUR RESTRICTED REL TO AAB ORCON"))).toBe(
        "ERR_MUST_BE_NAMED",
      );
    });
  });
  it("clearance, need to know, release", async () => {
    expect(await decided(watch, labels("HARBOUR SECRET REL TO AAB, QMB"))).toBe("ERR_CLEARANCE");
    expect(await decided(watch, labels("HARBOUR RESTRICTED BUOY REL TO AAB, QMB"))).toBe("ERR_NEED_TO_KNOW");
    expect(await decided(watch, labels("HARBOUR CONFIDENTIAL REL TO AAB"))).toBe("ERR_RELEASABILITY");
    expect(await decided(visitor, RESTRICTED)).toBe("ERR_UNMAPPABLE");
  });
  it("release by an extension, which other tools must grant too", async () => {
    const given = (gate: string) =>
      labels(`LAGOON GUARDED WATERWAYS, RELEASABLE REL TO ${gate} ALSO TO WATERWAYS, ZZC`);
    expect(await decided(port, labels("LAGOON GUARDED WATERWAYS REL TO AAB, ZZC"))).toBe("ERR_RELEASABILITY");
    expect(await decided(port, given("AAB, ZZC"))).toBe("ok");
    expect(await decided(port, given("AAB"))).toBe("ERR_PROFILE_DIVERGES");
    // that is asked of whoever seals; a slot that nobody here can judge opens
    const envelope = await seal({ portions: [{ labels: given("AAB"), files, recipients: [port] }] });
    expect(await unpacking(envelope, port, { trust: trusting() })).toBe("ok");
  });
  it("need for a list: whoever has a named slot is on it, whoever has a hidden one is not", async () => {
    for (const marking of ["TLP:RED", "HARBOUR RESTRICTED REL TO AAB, QMB ORCON"]) {
      const given = labels(marking);
      expect(await decided(watch, given), marking).toBe("ok");
      const hidden = await seal({ portions: [{ labels: given, files, recipients: [watch], hidden: true }] });
      expect(await verifying(hidden, { trust: trusting() }), marking).toBe("ERR_MUST_BE_NAMED");
      expect(await unpacking(hidden, watch), marking).toBe("ERR_MUST_BE_NAMED");
    }
  });
  it("one TLP inside another: never above it", async () => {
    const under = (tlp: NonNullable<Handling["tlp"]>) =>
      decided(watch, labels("TLP:AMBER"), { messageType: "exercise", tlp });
    expect(await under("GREEN")).toBe("ERR_TWO_TLP");
    expect(await under("AMBER")).toBe("ok");
    expect(await under("RED")).toBe("ok");
  });
  it("one TLP inside another: whoever asks, and of every label that will ever stand", async () => {
    const later = labels("TLP:GREEN", { succession: ["2036-01-01T00:00:00Z", labels("TLP:RED").originator] });
    const handling = { messageType: "exercise", tlp: "AMBER" } as const;
    const envelope = await seal({ handling, portions: [{ labels: later, files, recipients: [watch] }] });
    expect(await verifying(envelope, { trust: trusting() })).toBe("ERR_TWO_TLP");
  });
  it("agreement: known, in force, of this nation, and reaching as high as the label", async () => {
    const under = (agreement: string, marking: string) =>
      decided(analyst, labels(marking), { messageType: "exercise", agreement });
    expect(await under("HARBOUR-MOU-2024/3", "HARBOUR CONFIDENTIAL REL TO AAB")).toBe("ok");
    expect(await under("HARBOUR-MOU-2024/4", "HARBOUR CONFIDENTIAL REL TO AAB")).toBe("ERR_AGREEMENT");
    expect(await under("HARBOUR-MOU-2024/3", "HARBOUR SECRET REL TO AAB")).toBe("ERR_AGREEMENT");
    // an agreement of HARBOUR is none of LAGOON
    expect(await under("HARBOUR-MOU-2024/3", "LAGOON GUARDED WATERWAYS REL TO AAB")).toBe("ERR_AGREEMENT");
  });
  it("obligations: each one that the policy uses and that the card says its holder fulfils", async () => {
    const bound = (recipient: Person, given: Plan["labels"], ...obligations: NonNullable<Handling["obligations"]>) =>
      decided(recipient, given, { messageType: "exercise", obligations });
    expect(await bound(watch, RESTRICTED, "receipt-on-open", "no-onward-release")).toBe("ok");
    expect(await bound(watch, RESTRICTED, "receipt-on-open", "two-person-open")).toBe("ERR_OBLIGATION");
    expect(await bound(duty, RESTRICTED, "receipt-on-open")).toBe("ERR_OBLIGATION");
    expect(await bound(watch, labels("PUBLIC"), "receipt-on-open")).toBe("ERR_OBLIGATION");
    expect(await bound(watch, labels("TLP:GREEN"), "receipt-on-open")).toBe("ok");
  });
  it("is kept, with every rule that was asked, whichever way it went", async () => {
    const envelope = await seal(to(duty, watch));
    const { head } = await openEnvelope(bytesSource(envelope), trusting(watch), T);
    expect(head.decisions).toMatchObject([
      { portion: 1, recipient: { claims: { subject: watch.holder } }, decision: { verdict: "permit" } },
    ]);
    expect(head.decisions[0]!.decision.trace.every(({ result }) => result === "pass")).toBe(true);
    const denied = await seal(to(visitor));
    const error = await openEnvelope(bytesSource(denied), trust, T).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DipbagError);
    expect((error as DipbagError).trace?.map(({ rule, result }) => `${rule} ${result}`)).toEqual([
      ...["D1 pass", "D2 pass", "D3 pass", "D4 pass", "D5 deny"],
    ]);
    for await (const { decision } of unpack(await openEnvelope(bytesSource(envelope), trust, T), watch)) {
      expect(decision).toMatchObject({ verdict: "permit" });
      expect(decision.trace.at(-1)).toMatchObject({ rule: "D15", result: "pass" });
    }
  });
  it("[55] the suite", async () => {
    expect(await decided(duty, secret)).toBe("ERR_SUITE_FLOOR");
    expect(await decided(analyst, secret)).toBe("ok");
    const cleared = changed(port, world.zzc, (card) => card.set(-65541, [["HARBOUR", ["CONFIDENTIAL"], []]]));
    const card = verifyCard(parseCard(cleared.item), world.pins);
    const known = { ...trust, card: () => card };
    const sealed = await seal({
      portions: [{ labels: labels("HARBOUR CONFIDENTIAL REL TO AAB, ZZC"), files, recipients: [{ ...cleared, card }] }],
    });
    expect(await verifying(sealed, { trust: known })).toBe("ERR_SUITE_FLOOR");
  });
  it("[41] the key of each slot is on the card that it names, and of its algorithm", async () => {
    const named = (card: Person): Lies => ({ portion: (one) => one.set(6, [card.card.digest]) });
    expect(await lying(named(duty))).toBe("ERR_SLOT_KEY");
    const classical = relay.card.kems.find(({ alg }) => alg === 49)!.kid;
    const header = encode(map([1, 59], [4, classical]));
    const slot: Lies["slot"] = ([, ...rest]) => [header, ...rest];
    expect(await lying({ slot }, to(relay))).toBe("ERR_SLOT_KEY");
  });
  it("[57] slots in another order than the cards that they are for", async () => {
    const slots: Lies["slots"] = ([a, b, c, honest]) => [a!, b!, c!, (honest as CborValue[]).toReversed()];
    expect(await lying({ slots }, to(duty, watch))).toBe("ERR_SLOT_KEY");
  });
  it("[50] the envelope from the future is refused whoever it is for", async () => {
    expect(await lying({}, PLAN, { at: T - 301, trust: trusting() })).toBe("ERR_FUTURE");
    expect(await lying({}, PLAN, { at: T - 300, trust: trusting() })).toBe("ok");
  });
});
