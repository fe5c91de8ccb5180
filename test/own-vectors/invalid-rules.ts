/**
 * What no envelope may say, and what none may turn out to hold: the rules of spec/envelope.md from step V3 on that share
 * their code with another rule, a case each.
 */

import { concat, fromHex, utf8 } from "../../src/bytes.ts";
import { type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { makeRequest } from "../../src/trust/request.ts";
import {
  apart,
  cardOf,
  changed,
  digestOf,
  type Lies,
  type Plan,
  seal,
  signedAgain,
  statement,
  together,
} from "../breakable.ts";
import { map } from "../portable/cose-forge.ts";
import { CONFIDENTIAL, content, label, labels, type Person, RESTRICTED, T, world } from "../world.ts";
import { BANNER, closed, files, flip, handled, item, items, one, other, refused } from "./drafts.ts";
import type { Draft } from "./make.ts";
import { WISH } from "./valid.ts";

const { aab, duty, relay, watch, port, unknown } = world;
const DAY = 86_400;

type Change = (claims: CborMap) => CborValue;
/** The report, sealed by the duty officer with a card that says something else. */
const carded = (name: string, description: string, change: Change): Draft =>
  refused(name, description, () => ({ ...one(watch), originator: changed(duty, aab, change) }));
const KEYS = -65537;
const keyed = (name: string, description: string, change: (keys: CborMap[]) => CborValue): Draft =>
  carded(name, description, (claims) => claims.set(KEYS, change(claims.get(KEYS) as CborMap[])));
const claim = (name: string, description: string, key: number, value: CborValue): Draft =>
  carded(name, description, (claims) => claims.set(key, value));
/** The bytes of the card, damaged after the authority has signed it. */
const damaged = (at: number) => (): Plan => ({ ...one(watch), originator: { ...duty, item: flip(duty.item, at) } });

const cards: readonly Draft[] = [
  keyed("ERR_KEY_INVALID-canonical", "The Ed25519 key on the originator's card is not canonical.", ([a, b, c]) => [
    a!.set(-2, new Uint8Array(32).fill(255)),
    b!,
    c!,
  ]),
  keyed("ERR_KEY_INVALID-x25519", "The X25519 part of the KEM key on the card is of low order.", ([a, b, c]) => [
    a!,
    b!,
    c!.set(-1, (c!.get(-1) as Uint8Array).slice().fill(0, 1184)),
  ]),
  keyed("ERR_KEY_INVALID-ml-kem", "A coefficient of the ML-KEM part on the card is not below 3329.", ([a, b, c]) => [
    a!,
    b!,
    c!.set(-1, (c!.get(-1) as Uint8Array).slice().fill(255, 0, 2)),
  ]),
  refused("ERR_KEY_INVALID-p384", "The P-384 part of the KEM key on the card is not on the curve.", () => ({
    ...one(watch),
    originator: changed(world.analyst, aab, (claims) => {
      const keys = claims.get(KEYS) as CborMap[];
      keys[2]!.set(-1, flip(keys[2]!.get(-1) as Uint8Array, -1));
      return claims;
    }),
  })),
  keyed("ERR_KEY_INVALID-one-signature", "The card has no ML-DSA key.", ([a, , c]) => [a!, c!]),
  keyed("ERR_KEY_INVALID-no-kem", "An officer's card has no KEM key.", ([a, b]) => [a!, b!]),
  keyed("ERR_KEY_INVALID-two-of-one", "The card has one KEM key twice.", ([a, b, c]) => [a!, b!, c!, c!]),
  keyed("ERR_KEY_INVALID-shared", "The X25519 key on the card is that within its X-Wing key.", ([a, b, c]) => [
    a!,
    b!,
    c!,
    map([1, 1], [3, 49], [-1, 4], [-2, (c!.get(-1) as Uint8Array).slice(-32)]),
  ]),
  keyed("ERR_SCHEMA-key-secret", "The Ed25519 key on the card comes with a private part.", ([a, ...rest]) => [
    a!.set(-4, content(32)),
    ...rest,
  ]),
  claim("ERR_SCHEMA-card-name", "The name on the card has an escape sequence.", -65543, "\u001b[2Jduty"),
  carded("ERR_SCHEMA-card-time", "The card ends before it begins.", (claims) => claims.set(4, T).set(5, T + 1)),
  refused("ERR_SIGNATURE-card", "A bit of the ML-DSA signature of the originator's card is changed.", damaged(-1)),
  refused("ERR_SIGNATURES-card", "The originator's card has only the Ed25519 signature of its authority.", () => ({
    ...one(watch),
    originator: {
      ...duty,
      item: signedAgain(
        duty.item,
        aab,
        (claims) => claims,
        ([ed]) => [ed!],
      ),
    },
  })),
  claim("ERR_OUT_OF_SCOPE-identifier", "The card names an organisation of another authority.", -65539, ["QMB-CERT"]),
  claim("ERR_OUT_OF_SCOPE-community", "The card is of a community that is not its authority's.", -65540, [
    ["ALLIANCE", 0, null],
  ]),
  claim("ERR_OUT_OF_SCOPE-policy", "The card is cleared in a policy that is not its authority's.", -65541, [
    ["TLP", ["RED"], []],
  ]),
  claim("ERR_OUT_OF_SCOPE-environment", "The card is for real work, and its authority for exercises.", -65542, 0),
  claim("ERR_OUT_OF_SCOPE-role", "An authority has made another authority.", -65544, [0, 1]),
  claim("ERR_OUT_OF_SCOPE-issuer", "The card names another issuer than the one that signed it.", 1, world.qmb.holder),
  claim("ERR_CARD_TIME-early", "The originator's card was not valid yet when it was sealed.", 5, T + 1),
  claim("ERR_CARD_TIME-issued", "The card was issued before its authority's own was valid.", 6, T - 61 * DAY),
];

const alternative = { ...label("TLP:GREEN", { created: "2026-11-22T05:00:01Z" }), kind: "alternative" } as const;
const nameless = ((): Plan => {
  const { originator: _, ...rest } = RESTRICTED.originator;
  return { ...one(watch), labels: { originator: rest } };
})();
const named: Plan["core"] = { audience: ["AAB", "QMB"] };
const later = (marking: string, created?: string) =>
  labels(BANNER, { succession: ["2026-11-22T06:00:00Z", label(marking, created ? { created } : {})] });
const sealedAs = (whole: Plan["labels"]): Plan => ({ ...one(watch), labels: whole!, core: named });

const says: readonly Draft[] = [
  refused("ERR_ORIGINATOR-none", "The label of the whole names no originator.", nameless),
  refused("ERR_EXERCISE_MISMATCH-message", "The message is for real work, and its originator for exercises.", {
    ...one(watch),
    handling: { messageType: "operation" },
  }),
  refused("ERR_LABEL_TIME-alternative", "An alternative label is dated a second later than the envelope.", {
    ...one(watch),
    labels: { ...RESTRICTED, alternatives: [alternative] },
  }),
  refused(
    "ERR_LABEL_TIME-successor",
    "The successor of a label is dated a second later than the envelope.",
    sealedAs(later(BANNER, "2026-11-22T05:00:01Z")),
  ),
  refused("ERR_POLICY_REFS-missing", "A policy in which a portion is labelled is not named.", {
    ...one(watch),
    labels: { ...RESTRICTED, alternatives: [{ ...label("TLP:GREEN"), kind: "alternative" }] },
    core: { policies: [["TLP", 2, content(32)]] },
  }),
  refused(
    "ERR_NOT_DOMINANT-succession",
    "From tomorrow the whole would be UNCLASSIFIED, and its portion still RESTRICTED.",
    sealedAs(later("HARBOUR UNCLASSIFIED")),
  ),
  refused("ERR_TWO_TLP-successor", "A label that is to come is TLP:RED, in an envelope that is TLP:GREEN.", {
    ...handled({ tlp: "GREEN" }, "TLP:GREEN"),
    portions: [
      {
        labels: labels("TLP:GREEN", { succession: ["2026-11-22T06:00:00Z", label("TLP:RED")] }),
        files,
        recipients: [watch],
      },
    ],
  }),
  refused("ERR_SLOT_KEY-algorithm", "The slot's key is on the card, and of another algorithm.", one(relay), {
    slot: ([, ...rest]) => [encode(map([1, 59], [4, relay.card.kems.find(({ alg }) => alg === 49)!.kid])), ...rest],
  }),
];

const twins: Plan = { portions: [0, 1].map(() => ({ labels: RESTRICTED, files, recipients: [watch] })) };
/** Two portions, without the second and with these statements; or with other bodies. */
async function copied(
  make: (digest: Uint8Array) => readonly Uint8Array[],
  bodies: (honest: readonly (Uint8Array | null)[]) => (Uint8Array | null)[] = (honest) => honest.with(1, null),
): Promise<Uint8Array> {
  const envelope = await seal(twins);
  const parts = apart(envelope);
  return together({ ...parts, statements: [...make(digestOf(envelope))], bodies: bodies(parts.bodies) });
}
const copy = (name: string, description: string, ...given: Parameters<typeof copied>): Draft => ({
  name,
  description,
  make: async () => ({ bytes: await copied(...given), expect: { stage: "verify" } }),
});
type StatementLies = Parameters<typeof statement>[2];
const stating = (name: string, description: string, lies: StatementLies, by: Person = duty): Draft =>
  copy(name, description, (envelope) => [statement(by, { envelope, portions: [2], madeFor: [watch] }, lies)]);
const stated = (key: number, value: CborValue): StatementLies => ({ payload: (honest) => honest.set(key, value) });
const next = (by: Person, portions: readonly number[], madeFor: readonly Person[]) => (envelope: Uint8Array) => {
  const first = statement(duty, { envelope, portions: [2], madeFor });
  return [first, statement(by, { envelope, portions, madeFor: [watch], previous: first })];
};
const [PORTIONS, TIME] = [2, 5];

const withheld: readonly Draft[] = [
  stating("ERR_TYPE-statement", "What stands behind the head is signed as an envelope.", {
    body: map([16, "application/vnd.dipbag.envelope+cbor"]),
  }),
  stating("ERR_SCHEMA-statement", "The statement gives no reason.", {
    payload: (honest) => new Map([...honest].filter(([key]) => key !== 4)),
  }),
  copy("ERR_LIMIT-statement", "The statement says that it has a payload of 1 MiB.", () => [
    fromHex("d8628440a05a00100000"),
  ]),
  stating(
    "ERR_UNTRUSTED-statement",
    "The withholder's card is by an authority that nobody has pinned.",
    {},
    {
      ...duty,
      ...unknown,
    },
  ),
  stating("ERR_CARD_TIME-statement", "The withholder's card was not valid then.", stated(TIME, T - 61 * DAY)),
  stating("ERR_SIGNATURES-statement", "The withholder has signed with Ed25519 alone.", { signatures: ([ed]) => [ed!] }),
  stating("ERR_SIGNATURE-statement", "A bit of the withholder's ML-DSA signature is changed.", {
    signatures: ([ed, ml]) => [ed!, { ...ml!, change: (made) => flip(made, 100) }],
  }),
  stating("ERR_STATEMENT-early", "The statement is older than its envelope.", stated(TIME, T - 1)),
  stating("ERR_STATEMENT-portion", "The statement is about portion 3 of 2.", stated(PORTIONS, [2, 3])),
  stating("ERR_STATEMENT-order", "The statement names portion 2 twice.", stated(PORTIONS, [2, 2])),
  stating("ERR_FUTURE-statement", "The statement is dated 301 seconds later than it is read.", stated(TIME, T + 301)),
  copy("ERR_STATEMENT-twice", "The second statement takes out what is out already.", next(duty, [2], [duty])),
  copy(
    "ERR_STATEMENT-not-theirs",
    "The second statement is by somebody for whom the copy was not made.",
    next(duty, [1], [watch]),
    () => [null, null],
  ),
  copy(
    "ERR_BODY-present",
    "A portion is there, though a statement says that it was taken out.",
    (envelope) => [statement(duty, { envelope, portions: [2], madeFor: [watch] })],
    (honest) => [...honest],
  ),
];

const bodies: readonly Draft[] = [
  refused("ERR_BODY-length", "A body is a byte shorter than was signed, and says so.", one(watch), {
    bodies: ([body]) => [body!.subarray(1)],
  }),
  refused("ERR_DIGEST-exchanged", "Two bodies of one length are exchanged.", () => twins, {
    bodies: ([a, b]) => [b!, a!],
  }),
  refused("ERR_TRUNCATED-bodies", "There is no body at all.", one(watch), { bodies: () => [] }),
];

/** The plaintext behind another index. */
const index = (change: (honest: Uint8Array) => Uint8Array): Lies => ({ items: (honest) => change(encode(honest)) });
const confidential: Plan = {
  portions: [{ labels: CONFIDENTIAL, files, recipients: [watch] }],
  core: { audience: ["AAB"] },
};

const opening: readonly Draft[] = [
  closed(
    "ERR_RELEASABILITY-open",
    "The reader, whose card the verifier did not know, is not on the release list.",
    confidential,
    {},
    watch,
    { cards: [] },
  ),
  closed("ERR_RELEASABILITY-hidden", "The only hidden slot is for a reader who is not on the release list.", {
    ...confidential,
    portions: [{ ...confidential.portions[0]!, hidden: true }],
  }),
  closed("ERR_SLOT-binding", "The slot is bound to another portion.", one(watch), { binding: () => content(32) }),
  closed("ERR_SLOT-header", "A bit of the tag in the FLOE header is changed.", one(watch), {
    portion: (portion) => portion.set(4, flip(portion.get(4) as Uint8Array, -1)),
  }),
  closed(
    "ERR_SLOT-low-order",
    "The encapsulated key is an X25519 point of low order.",
    { portions: [{ labels: labels("HARBOUR RESTRICTED REL TO HARBOUR"), files, recipients: [port] }] },
    { slot: ([header, , cek]) => [header!, map([-4, new Uint8Array(32)]), cek!] },
    port,
  ),
  closed("ERR_SEGMENT-tag", "The tag of the signed segment is not that which was made.", one(watch), {
    segments: ([segment]) => [flip(segment!, -1)],
  }),
  closed(
    "ERR_CBOR-index",
    "The list of files has its count in a longer form than it needs.",
    one(watch),
    index((honest) => concat(Uint8Array.of(0x98, 1), honest.subarray(1))),
  ),
  closed("ERR_LIMIT-index", "The list of files says that it has more than 1 MiB.", one(watch), {
    plaintext: (all) => concat(Uint8Array.of(0x5a, 0, 16, 0, 1), all),
  }),
  closed("ERR_SCHEMA-index", "There is no file.", one(watch), items()),
  closed(
    "ERR_SCHEMA-file-name",
    "A file name has a right-to-left override.",
    one(watch),
    items(item("a\u202efdp.exe")),
  ),
  closed("ERR_NAME-device", "A file is named nul.txt.", one(watch), items(item("nul.txt"))),
  closed("ERR_NAME-option", "A file is named -rf.", one(watch), items(item("-rf"))),
  closed("ERR_NAME-absolute", "A file is named C:report.txt.", one(watch), items(item("C:report.txt"))),
  closed("ERR_NAME-long", "A file name has 256 bytes.", one(watch), items(item("x".repeat(256)))),
  closed("ERR_CONTENTS-size", "A file is said to have 2^53 - 1 bytes.", one(watch), items(item("a.txt", 2 ** 53 - 1))),
  closed("ERR_CONTENTS-padding", "There is more padding than Padmé gives.", one(watch), {
    plaintext: (all) => concat(all, new Uint8Array(40)),
  }),
];

/** Other things than envelopes. */
const others: readonly Draft[] = [
  other("request", "ERR_SIGNATURES-request", "A request by other keys than those that it names.", async () => ({
    bytes: signedAgain(makeRequest(WISH, relay.identity), watch, (payload) => payload),
  })),
  other("card", "ERR_CBOR-card", "A newline follows the card.", async () => ({
    bytes: concat(duty.item, utf8("\n")),
  })),
  other("card", "ERR_LIMIT-card", "A card of 32,769 bytes.", async () => ({ bytes: cardOf(32_769, duty, aab) })),
];

export const rules: readonly Draft[] = [...cards, ...says, ...withheld, ...bodies, ...opening, ...others];
