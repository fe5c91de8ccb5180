/** Signed policy packs: spec/trust.md section 7. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { concat, fromUtf8, hex, utf8 } from "../../src/bytes.ts";
import { publicKey } from "../../src/cose/key.ts";
import { sign } from "../../src/cose/sign.ts";
import { namedPacks, newest } from "../../src/envelope/decision.ts";
import type { Core } from "../../src/envelope/format.ts";
import {
  type Admission,
  admitPolicy,
  type PolicyPack,
  parsePolicy,
  signPolicy,
  verifyPolicy,
} from "../../src/envelope/policy-pack.ts";
import { ENVIRONMENT } from "../../src/environment.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { proven } from "../../src/proof.ts";
import { signCard } from "../../src/trust/card.ts";
import { makePin, type Pin } from "../../src/trust/pin.ts";
import { packFingerprint, signedAgain } from "../breakable.ts";
import { type Code, codeOf } from "../outcome.ts";
import { type Holder, labels, T, world } from "../world.ts";
import { type Forged, forge, map } from "./cose-forge.ts";

const { aab, qmb, stranger, pins } = world;
const HARBOUR = fromUtf8(BUILT_IN[2]!.payload);
const DAY = 86_400;

/** The text of HARBOUR, version 3, with other things in it. */
const text = (version: number, ...changes: readonly (readonly [string, string])[]): Uint8Array =>
  utf8(
    [[`"version": 3`, `"version": ${version}`] as const, ...changes].reduce(
      (now, [from, to]) => now.replace(from, to),
      HARBOUR,
    ),
  );
const by = ({ identity }: Holder, payload: Uint8Array) => signPolicy(payload, identity.signing);
const forged = ({ identity: { signing } }: Holder): Forged[] => [
  { key: signing.classical },
  { key: signing.postQuantum },
];

const refused = async (code: Code, action: () => unknown) => expect(await codeOf(action)).toBe(code);
const verifying = (item: Uint8Array, known: readonly Pin[] = pins, at?: number) =>
  verifyPolicy(parsePolicy(item), known, at);
const admitting = (item: Uint8Array, more: Partial<Admission> = {}) =>
  admitPolicy(item, { pins, held: BUILT_IN, at: T, ...more });
/** Taken in by its fingerprint. */
const first = (holder: Holder, payload: Uint8Array, held: readonly PolicyPack[] = BUILT_IN) =>
  admitting(by(holder, payload), { held, fingerprint: packFingerprint(payload, holder) });

describe("a signed pack", () => {
  it("carries the text as it is, who governs it and for what", () => {
    const payload = text(4);
    const pack = verifying(by(aab, payload));
    expect(hex(pack.payload)).toBe(hex(payload));
    expect(hex(pack.digest)).toBe(hex(engine.sha256(payload)));
    expect(pack.policy.version).toBe(4);
    expect(pack.governor.claims.name).toBe("Card office AAB");
    expect(pack.environment).toBe(ENVIRONMENT.exercise);
  });

  it("is made of a policy only, and of none that is reserved", async () => {
    await refused("ERR_POLICY_FORMAT", () => by(aab, utf8("{}")));
    for (const { policy, payload } of BUILT_IN) {
      const code = policy.policy.name === "HARBOUR" ? "ok" : "ERR_POLICY_RESERVED";
      await refused(code, () => by(aab, payload));
    }
  });

  it("whose payload is no policy, or a reserved one, is refused whoever signed it", async () => {
    const signed = (payload: Uint8Array) => () => verifying(sign("policy", payload, [aab.identity.signing]));
    await refused("ERR_POLICY_FORMAT", signed(utf8("[]")));
    await refused("ERR_POLICY_RESERVED", signed(BUILT_IN[0]!.payload));
    await refused("ERR_POLICY_RESERVED", signed(BUILT_IN[1]!.payload));
  });

  it("[36] changed in any byte is refused", async () => {
    const item = by(aab, text(4));
    const at = fc.integer({ min: 0, max: item.length - 1 });
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 1, max: 255 }), async (i, mask) => {
        expect(await codeOf(() => verifying(item.with(i, item[i]! ^ mask)))).not.toBe("ok");
      }),
    );
  });

  it("[33] is no other signed thing, nothing follows it, and it is whole", async () => {
    const item = by(aab, text(4));
    await refused("ERR_TYPE", () => parsePolicy(aab.item));
    await refused("ERR_TYPE", () => parsePolicy(text(4)));
    await refused("ERR_CBOR", () => parsePolicy(concat(item, utf8("\n"))));
    for (const length of [3, 100, item.length - 1])
      await refused("ERR_CBOR", () => parsePolicy(item.subarray(0, length)));
  });
});

describe("the governor of a pack", () => {
  it("is pinned", async () => {
    await refused("ERR_POLICY_SIGNER", () => verifying(by(stranger, text(4))));
    await refused("ERR_POLICY_SIGNER", () => verifying(by(aab, text(4)), []));
    await refused("ERR_POLICY_SIGNER", () => verifying(by(world.duty, text(4))));
  });

  it("is pinned for this policy", async () => {
    const other = by(aab, text(4, ['"name": "HARBOUR"', '"name": "ATOLL"']));
    await refused("ERR_POLICY_SIGNER", () => verifying(other));
    const [pin] = pins as [Pin];
    const wider = proven<Pin>({ ...pin, scope: { ...pin.scope, policies: ["ATOLL"] } });
    expect(verifying(other, [wider]).policy.policy.name).toBe("ATOLL");
    await refused("ERR_POLICY_SIGNER", () => verifying(by(aab, text(4)), [wider]));
    // two pins of one authority, as after a renewal: one that fits is enough
    expect(verifying(by(aab, text(4)), [wider, pin]).environment).toBe(ENVIRONMENT.exercise);
  });

  it("signs with both keys, and nobody signs beside", async () => {
    const payload = text(4);
    const header = { body: map([16, "application/vnd.dipbag.policy+cbor"]), payload };
    const [ed, ml] = forged(aab);
    await refused("ok", () => verifying(forge([ed!, ml!], header)));
    await refused("ERR_SIGNATURES", () => verifying(forge([ed!], header)));
    await refused("ERR_SIGNATURES", () => verifying(forge([ed!, ml!, ...forged(qmb)], header)));
    await refused("ERR_SIGNATURES", () => verifying(forge([ed!, forged(qmb)[1]!], header)));
    await refused("ERR_POLICY_SIGNER", () => verifying(forge([ml!, ed!], header)));
  });

  it("has a card that is valid when the pack is taken in; afterwards the pack stays", async () => {
    const item = by(aab, text(4));
    const { notBefore, expires } = aab.claims;
    for (const at of [notBefore, expires]) await refused("ok", () => verifying(item, pins, at));
    for (const at of [notBefore - 1, expires + 1]) await refused("ERR_CARD_TIME", () => verifying(item, pins, at));
    await refused("ok", () => verifying(item, pins));
    const renewed = signedAgain(aab.item, aab, (claims) => claims.set(4, expires + 100 * DAY));
    const both = [...pins, makePin(renewed, hex(engine.sha256(renewed)))];
    expect(verifying(item, both, expires + 1).governor.claims.expires).toBe(expires + 100 * DAY);
  });
});

describe("taking in", () => {
  it("the first pack of a governor wants its fingerprint, in full", async () => {
    const payload = text(4);
    const item = by(aab, payload);
    await refused("ERR_POLICY_FINGERPRINT_NEEDED", () => admitting(item));
    const digits = packFingerprint(payload, aab);
    const others = [payload, item].map((bytes) => hex(engine.sha256(bytes)));
    for (const fingerprint of ["", digits.slice(0, 32), packFingerprint(text(5), aab), `${digits}00`, ...others]) {
      await refused("ERR_POLICY_FINGERPRINT", () => admitting(item, { fingerprint }));
    }
    for (const fingerprint of [digits, digits.toUpperCase(), digits.replace(/(.{8})(?=.)/g, "$1 ")]) {
      expect(admitting(item, { fingerprint }).policy.version).toBe(4);
    }
  });

  it("later versions stand on the keys that signed the newest, and on no others", async () => {
    const held = [...BUILT_IN, first(aab, text(4))];
    expect(admitting(by(aab, text(6)), { held }).policy.version).toBe(6);
    await refused("ERR_POLICY_FINGERPRINT_NEEDED", () => admitting(by(qmb, text(6)), { held }));
    await refused("ERR_POLICY_FINGERPRINT", () =>
      admitting(by(aab, text(6)), { held, fingerprint: packFingerprint(text(4), aab) }),
    );
    // a new governor, by fingerprint: from now on it is the one
    const handed = [...held, first(qmb, text(5), held)];
    await refused("ERR_POLICY_FINGERPRINT_NEEDED", () => admitting(by(aab, text(6)), { held: handed }));
    expect(admitting(by(qmb, text(6)), { held: handed }).policy.version).toBe(6);
  });

  it("[121] the fingerprint is of the text and of who signed it: another authority that signs the same text has another", async () => {
    const payload = text(4);
    const told = packFingerprint(payload, aab);
    const copied = by(qmb, payload);
    await refused("ERR_POLICY_FINGERPRINT", () => admitting(copied, { fingerprint: told }));
    const held = [...BUILT_IN, first(aab, payload)];
    await refused("ERR_POLICY_FINGERPRINT", () => admitting(copied, { held, fingerprint: told }));
    await refused("ERR_POLICY_FINGERPRINT_NEEDED", () => admitting(copied, { held }));
    // signed again by the same keys it is the same
    expect(hex(parsePolicy(by(aab, payload)).fingerprint)).toBe(told);
  });

  it("whose keys are the same in one half only is another governor", async () => {
    const held = [...BUILT_IN, first(aab, text(4))];
    const half = async (own: "classical" | "postQuantum") => {
      const signing = { ...qmb.identity.signing, [own]: aab.identity.signing[own] };
      const keys = [signing.classical, signing.postQuantum].map((key) => publicKey(key.alg, key.publicKey));
      const card = signCard({ ...aab.claims, keys }, signing);
      const both = [...pins, makePin(card, hex(engine.sha256(card)))];
      await refused("ERR_POLICY_FINGERPRINT_NEEDED", () =>
        admitting(signPolicy(text(6), signing), { held, pins: both }),
      );
    };
    await half("classical");
    await half("postQuantum");
  });

  it("the pack of another policy says nothing of this one", async () => {
    const atoll = text(9, ['"name": "HARBOUR"', '"name": "ATOLL"']);
    const wide = pins.map((pin) => proven<Pin>({ ...pin, scope: { ...pin.scope, policies: ["HARBOUR", "ATOLL"] } }));
    const held = [...BUILT_IN, admitting(by(aab, atoll), { pins: wide, fingerprint: packFingerprint(atoll, aab) })];
    await refused("ERR_POLICY_FINGERPRINT_NEEDED", () => admitting(by(aab, text(4)), { pins: wide, held }));
    expect(first(aab, text(4), held).policy.version).toBe(4);
  });

  it("only what is newer, with the fingerprint too; what is held may come again", async () => {
    const held = [...BUILT_IN, first(aab, text(4)), first(aab, text(6))];
    for (const version of [0, 3, 5]) {
      await refused("ERR_POLICY_NOT_NEWER", () => admitting(by(aab, text(version)), { held }));
      await refused("ERR_POLICY_NOT_NEWER", () => first(aab, text(version), held));
    }
    const second = text(6, ["fictional policy", "fictional, other policy"]);
    await refused("ERR_POLICY_NOT_NEWER", () => admitting(by(aab, second), { held }));
    for (const version of [4, 6]) await refused("ok", () => admitting(by(aab, text(version)), { held }));
    // the text that is built in is nobody's, and is not signed into somebody's
    await refused("ERR_POLICY_NOT_NEWER", () => first(aab, BUILT_IN[2]!.payload));
  });

  it("nothing whose last day is over; what is not yet in force may come early", async () => {
    const until = (day: string) => text(4, ['"validTo": null', `"validTo": "${day}"`]);
    await refused("ERR_POLICY_EXPIRED", () => first(aab, until("2026-11-21")));
    await refused("ok", () => first(aab, until("2026-11-22")));
    await refused("ok", () => first(aab, text(4, ['"validFrom": "2026-01-01"', '"validFrom": "2027-01-01"'])));
  });

  it("nothing by a governor whose card has expired", async () => {
    const payload = text(4);
    const at = aab.claims.expires + 1;
    await refused("ERR_CARD_TIME", () =>
      admitting(by(aab, payload), { fingerprint: packFingerprint(payload, aab), at }),
    );
  });
});

describe("of several versions of a policy", () => {
  const future = ['"validFrom": "2026-01-01"', '"validFrom": "2027-01-01"'] as const;
  const past = ['"validTo": null', '"validTo": "2026-11-21"'] as const;
  const pack = (version: number, ...changes: (readonly [string, string])[]) =>
    verifying(by(aab, text(version, ...changes)));
  it.each([
    ["the highest in force", 5, [pack(4), pack(5), pack(2)]],
    ["not one that is to come, however high", 4, [pack(4), pack(6, future), pack(2)]],
    ["not one that is over", 4, [pack(9, past), pack(4)]],
    ["the highest, where none is in force", 9, [pack(6, future), pack(9, past), pack(7, future)]],
  ])("%s seals, whatever their order", (_, version, packs) => {
    for (const order of [packs, packs.toReversed(), [...packs.slice(1), ...packs.slice(0, 1)]]) {
      const chosen = newest([BUILT_IN[0]!, ...order, BUILT_IN[1]!], T);
      expect(chosen.map(({ policy }) => policy.version)).toEqual([2, version, 1]);
    }
  });
});

describe("the pack that an envelope names", () => {
  const harbour = labels("HARBOUR RESTRICTED REL TO AAB");
  const named = (version: number, held: readonly number[]) => {
    const core = {
      handling: { messageType: "exercise" },
      labels: harbour,
      policies: [["HARBOUR", version, new Uint8Array(32)]],
    };
    const packs = held.map((one) => verifying(by(aab, text(one))));
    return codeOf(() => namedPacks(core as unknown as Core, [harbour], packs));
  };
  it("is newer than all that are held, or is unknown", async () => {
    expect(await named(6, [4, 5])).toBe("ERR_POLICY_OUTDATED");
    expect(await named(6, [4, 7])).toBe("ERR_POLICY_UNKNOWN");
    expect(await named(6, [6])).toBe("ERR_POLICY_UNKNOWN");
    expect(await named(6, [])).toBe("ERR_POLICY_UNKNOWN");
  });
});
