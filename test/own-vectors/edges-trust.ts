/**
 * The edges of the rules on trust, times, statements and packs: what is included by a bound, what a reader could take
 * for the rule beside it, and which of two faults is named.
 */

import { engine } from "#engine/public";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import type { CborMap, CborValue } from "../../src/cbor/codec.ts";
import { sign } from "../../src/cose/sign.ts";
import { policyRefs } from "../../src/envelope/decision.ts";
import { proven } from "../../src/proof.ts";
import { makeRequest, sealCard, type VerifiedRequest, verifyRequest } from "../../src/trust/request.ts";
import {
  apart,
  changed,
  digestOf,
  type Lies,
  type Plan,
  packFingerprint,
  seal,
  signedAgain,
  statement,
  together,
} from "../breakable.ts";
import { labels, PACKS, type Person, RESTRICTED, T, world } from "../world.ts";
import {
  accepted,
  BANNER,
  closed,
  copyOf,
  expected,
  files,
  flip,
  handled,
  one,
  other,
  refused,
  THREE,
} from "./drafts.ts";
import type { Draft, Made } from "./make.ts";
import { nextVersion } from "./valid-labels.ts";

const { aab, qmb, duty, analyst, relay, watch, port, lagoon } = world;
const DAY = 86_400;
/** When the cards of all authorities expire. */
const LAST = aab.claims.expires;
const [EXPIRES, NOT_BEFORE, ISSUED, IDENTIFIERS, COMMUNITIES, CLEARANCES, ROLES] = [
  4, 5, 6, -65539, -65540, -65541, -65544,
];

type Change = (claims: CborMap) => CborValue;
/** The duty officer's card, changed and signed again by the authority. */
const card = (name: string, description: string, change: Change, pins?: readonly string[]): Draft =>
  other("card", name, description, async () => ({
    bytes: changed(duty, aab, change).item,
    ...(pins && { pins }),
  }));
const same: Change = (claims) => claims;
const NARROW = ["authority.aab-narrow"];
const RENEWED = "authority.aab-renewed";
const within: Change = (claims) =>
  claims
    .set(IDENTIFIERS, ["AAB-CERT"])
    .set(COMMUNITIES, [["HARBOUR", 0, null]])
    .set(CLEARANCES, [["HARBOUR", ["RESTRICTED"], []]]);
/** Within the narrow pin but for this claim. */
const beyond = (name: string, description: string, key: number, value: CborValue): Draft =>
  card(name, description, (claims) => (within(claims) as CborMap).set(key, value), NARROW);

/** Portions that are alike, for the watch officer. */
const alike = (count: number): Plan => ({
  portions: Array.from({ length: count }, () => ({ labels: RESTRICTED, files, recipients: [watch] })),
});
/** Without the portions that are `gone`, and with these statements in front of the others. */
async function without(
  plan: Plan,
  gone: readonly number[],
  make: (digest: Uint8Array) => readonly Uint8Array[],
): Promise<Uint8Array> {
  const envelope = await seal(plan);
  const parts = apart(envelope);
  const bodies = parts.bodies.map((body, i) => (gone.includes(i + 1) ? null : body));
  return together({ ...parts, statements: [...make(digestOf(envelope))], bodies });
}
type Link = readonly [by: Person, portions: readonly number[], madeFor: readonly Person[]];
/** Statements, each of which follows on the one before it. */
const chain =
  (...links: readonly Link[]) =>
  (envelope: Uint8Array): Uint8Array[] => {
    const made: Uint8Array[] = [];
    for (const [by, portions, madeFor] of links) {
      const previous = made.at(-1);
      made.push(statement(by, { envelope, portions, madeFor, ...(previous && { previous }) }));
    }
    return made;
  };
const copy = (name: string, description: string, make: () => Promise<Uint8Array>, more: Partial<Made> = {}): Draft => ({
  name,
  description,
  make: async () => ({ bytes: await make(), expect: { stage: "verify" }, ...more }),
});
/** The originator's card is valid to T, and `from` when. */
const until = (from: number): Plan => ({
  ...alike(2),
  originator: changed(duty, aab, (claims) => claims.set(EXPIRES, T).set(NOT_BEFORE, from)),
});
const [REASON, TIME] = [4, 5];

const replaced = (payload: Uint8Array, from: string, to: string): Uint8Array =>
  utf8(new TextDecoder().decode(payload).replace(from, to));
/** A pack made from HARBOUR, signed by the authority of AAB, with its fingerprint. */
const harbourPack = (name: string, description: string, from: string, to: string, at: number): Draft =>
  other("signed-policy", name, description, async ({ harbour }) => {
    const payload = replaced(nextVersion(harbour), from, to);
    return { bytes: sign("policy", payload, [aab.identity.signing]), fingerprint: packFingerprint(payload, aab), at };
  });
/** A pack of LAGOON, where one is held already, without a fingerprint. */
const lagoonPack = (name: string, description: string, payload: Uint8Array, governor = aab): Draft =>
  other("signed-policy", name, description, async () => ({
    bytes: sign("policy", payload, [governor.identity.signing]),
    packs: ["lagoon"],
  }));
const NEXT_LAGOON = replaced(lagoon.payload, '"version": 1', '"version": 2');

/** The card of somebody, sealed in answer to the request of the relay. */
const sealedCard = (
  name: string,
  description: string,
  holder: () => Person,
  layers: (honest: VerifiedRequest["kems"]) => VerifiedRequest["kems"] = (honest) => honest,
): Draft =>
  other("sealed-card", name, description, async () => {
    const wish = { name: "Relay", identifiers: ["AAB-CERT"], nation: "AAB", environment: 1 } as const;
    const request = makeRequest(wish, relay.identity);
    const asked = verifyRequest(request);
    const bytes = await sealCard(holder().item, proven<VerifiedRequest>({ ...asked, kems: layers(asked.kems) }));
    return { bytes, request, reader: relay };
  });

export const valid: readonly Draft[] = [
  {
    name: "one-second",
    description:
      "Sealed and copied in the one second in which the signer's card is valid, for a reason that has no name, and read by a clock that is 300 seconds behind.",
    async make() {
      const plan = until(T);
      const by = plan.originator as Person;
      const bytes = await without(plan, [2], (envelope) => [
        statement(by, { envelope, portions: [2], madeFor: [watch] }, { payload: (honest) => honest.set(REASON, 255) }),
      ]);
      const told = { audience: ["AAB", "QMB"], banners: [BANNER, BANNER] };
      return { bytes, reader: watch, at: T - 300, expect: expected(bytes, plan, watch, told) };
    },
  },
  accepted({
    name: "valid-until",
    description: "In the last second in which it is valid.",
    plan: handled({ validUntil: T + 3600 }),
    at: T + 3600,
  }),
  accepted({
    name: "hidden-recipients-last",
    description: "Nobody is named; the last of three slots is the reader's.",
    plan: { portions: [{ ...alike(1).portions[0]!, recipients: [duty, analyst, watch], hidden: true }] },
  }),
  card("card-issued-last", "A card that was issued in the last second of its authority's own.", (claims) =>
    claims.set(ISSUED, LAST),
  ),
  card("card-renewed", "A card that is older than the first of two cards of its authority, on the same keys.", same, [
    RENEWED,
    "authority.aab",
  ]),
  card("card-renewed-last", "The same, where the newer card of the authority is the second.", same, [
    "authority.aab",
    RENEWED,
  ]),
  card("card-narrow", "A card within a pin that is narrower than the card of its authority.", within, NARROW),
  other("authority", "authority-officer", "An authority that is an officer, too, and has no KEM key.", async () => {
    const bytes = signedAgain(aab.item, aab, (claims) => claims.set(ROLES, [0, 1]));
    return { bytes, fingerprint: hex(engine.sha256(bytes)) };
  }),
  harbourPack(
    "signed-policy-last",
    "A policy pack, taken in on its last day and in the last second of its governor's card.",
    '"validTo": null',
    '"validTo": "2027-09-18"',
    LAST,
  ),
  lagoonPack("signed-policy-again", "A policy pack that is held already, without its fingerprint.", lagoon.payload),
  lagoonPack("signed-policy-next", "The next version of a pack that is held, by the same keys.", NEXT_LAGOON),
];

const unsigned: Plan = { ...one(watch), others: [[1, analyst]] };
const originatorOnly: Lies = { signatures: (honest) => honest.slice(0, 2) };
const hidden = (marking: string) => ({ labels: labels(marking), files, recipients: [watch], hidden: true });

const cards: readonly Draft[] = [
  card("ERR_CARD_TIME-authority", "The card was issued a second after its authority's own had expired.", (claims) =>
    claims.set(ISSUED, LAST + 1),
  ),
  beyond("ERR_OUT_OF_SCOPE-pin-identifier", "The organisation is the authority's, and not the pin's.", IDENTIFIERS, [
    "AAB-CERT",
    "AAB-NAVY",
  ]),
  beyond("ERR_OUT_OF_SCOPE-pin-community", "The community is the authority's, and not the pin's.", COMMUNITIES, [
    ["WATERWAYS", 0, null],
  ]),
  beyond(
    "ERR_OUT_OF_SCOPE-pin-policy",
    "The clearance is in a policy of the authority, and not of the pin.",
    CLEARANCES,
    [["LAGOON", ["GUARDED"], []]],
  ),
  sealedCard("ERR_POSSESSION-keys", "What was sealed is the card of somebody else.", () => watch),
  sealedCard("ERR_POSSESSION-order", "The keys of the sealed card are those of the request, in another order.", () =>
    changed(relay, aab, (claims) => {
      const [ed, ml, ...kems] = claims.get(-65537) as CborMap[];
      return claims.set(-65537, [ed!, ml!, ...kems.toReversed()]);
    }),
  ),
  sealedCard(
    "ERR_POSSESSION-layers",
    "A card that is sealed to one of three keys twice.",
    () => relay,
    (kems) => [...kems, kems[0]!],
  ),
];

const packs: readonly Draft[] = [
  harbourPack(
    "ERR_POLICY_SIGNER-scope",
    "A policy pack by a pinned authority, of a policy that is not in its scope.",
    '"name": "HARBOUR"',
    '"name": "ATOLL"',
    T,
  ),
  harbourPack(
    "ERR_CARD_TIME-governor",
    "A policy pack that is taken in a second after its governor's card has expired.",
    "",
    "",
    LAST + 1,
  ),
  lagoonPack(
    "ERR_POLICY_FINGERPRINT_NEEDED-governor",
    "The next version of a pack that is held, by another pinned authority, without a fingerprint.",
    NEXT_LAGOON,
    qmb,
  ),
  lagoonPack(
    "ERR_POLICY_NOT_NEWER-text",
    "A policy pack of the version that is held, with another text.",
    replaced(lagoon.payload, "for exercises and tests only", "for exercises only"),
  ),
  refused("ERR_POLICY_UNKNOWN-version", "A policy is named by its digest and by a version that is not its own.", {
    ...one(watch),
    core: { policies: policyRefs([RESTRICTED], PACKS, T).map(([name, , digest]) => [name, 2, digest] as const) },
  }),
];

const statements: readonly Draft[] = [
  copy("ERR_CARD_TIME-withholder", "The withholder's card had expired a second before the statement.", async () => {
    const plan = until(T - DAY);
    const by = plan.originator as Person;
    return without(plan, [2], (envelope) => [
      statement(by, { envelope, portions: [2], madeFor: [watch] }, { payload: (honest) => honest.set(TIME, T + 1) }),
    ]);
  }),
  copy("ERR_LIMIT-statements", "Nine portions were taken out, one after another.", () => {
    const numbers = alike(9).portions.map((_, i) => i + 1);
    return without(alike(9), numbers, chain(...numbers.map((number): Link => [duty, [number], [duty]])));
  }),
  refused("ERR_TRUNCATED-statement", "The file ends within a statement.", one(watch), {
    head: (head) => {
      const fields = { envelope: digestOf(head), portions: [1], madeFor: [watch] };
      return concat(head, statement(duty, fields).subarray(0, 1000));
    },
    bodies: () => [],
  }),
  refused(
    "ERR_TRUNCATED-unsigned",
    "The file ends behind the first byte of a statement, and the releaser has not signed yet.",
    unsigned,
    { ...originatorOnly, head: (head) => concat(head, Uint8Array.of(0xd8)), bodies: () => [] },
  ),
  copy("ERR_TRAILING-unsigned", "A newline follows the last body, and the releaser has not signed yet.", async () =>
    concat(await seal(unsigned, originatorOnly), utf8("\n")),
  ),
  copy(
    "ERR_STATEMENT-stranger",
    "The statement is about portion 3 of 2, by somebody who is neither signer nor recipient.",
    () => without(alike(2), [2], chain([port, [3], [watch]])),
  ),
  copy(
    "ERR_STATEMENT-earlier",
    "The third statement is by somebody for whom the first copy was made, and the second was not.",
    () => without(THREE, [1, 2, 3], chain([duty, [2], [duty, watch]], [duty, [1], [duty]], [watch, [3], [watch]])),
  ),
  copy(
    "ERR_WITHHELD_NOT_FOR_YOU-earlier",
    "The first copy was made for the reader, and the second was not.",
    async () => copyOf(await copyOf(await seal(THREE), duty, [2], [watch, duty]), duty, [1], [duty]),
    { reader: watch, expect: { stage: "unpack" } },
  ),
];

const opening: readonly Draft[] = [
  closed("ERR_UNTRUSTED-reader", "The reader has unpinned the authority of his own card.", one(watch), {}, watch, {
    pins: ["authority.aab"],
    cards: [duty],
  }),
  closed(
    "ERR_RELEASABILITY-first",
    "Of two hidden slots the first is denied to the reader by the release list, the second for a compartment.",
    {
      labels: labels("HARBOUR CONFIDENTIAL BUOY REL TO AAB"),
      portions: [hidden("HARBOUR CONFIDENTIAL REL TO AAB"), hidden("HARBOUR CONFIDENTIAL BUOY REL TO AAB, QMB")],
    },
  ),
  closed(
    "ERR_DIGEST-passed-over",
    "A bit of the body of a portion is changed that is not for the reader, who has not had the file verified before.",
    THREE,
    { bodies: ([a, b, c]) => [a!, flip(b!, 20), c!] },
    watch,
    { alone: true },
  ),
  closed(
    "ERR_DIGEST-not-asked",
    "A bit of the body of a portion is changed that the reader does not ask for, and has not had verified before.",
    alike(2),
    { bodies: ([a, b]) => [a!, flip(b!, 20)] },
    watch,
    { alone: true, portion: 1 },
  ),
  copy(
    "ERR_TRAILING-unpack",
    "A newline follows the last body, and the reader has not had the file verified before.",
    async () => concat(await seal(one(watch)), utf8("\n")),
    { reader: watch, alone: true, expect: { stage: "unpack" } },
  ),
];

export const invalid: readonly Draft[] = [...cards, ...packs, ...statements, ...opening];
