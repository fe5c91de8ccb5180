/** The cases that are refused: one for every error code that a file can provoke, and one for each further rule with that code. */

import { engine } from "#engine/public";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { byteStringHead, type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { armour } from "../../src/envelope/armour.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { makeRequest, sealCard, verifyRequest } from "../../src/trust/request.ts";
import { apart, changed, digestOf, type Lies, type Plan, seal, statement, together } from "../breakable.ts";
import { map } from "../portable/cose-forge.ts";
import { content, T, world } from "../world.ts";
import { BANNER, closed, copyOf, flip, marked, one, other, REPORT, refused, THREE } from "./drafts.ts";
import { invalid as formEdges } from "./edges-form.ts";
import { invalid as labelEdges } from "./edges-labels.ts";
import { invalid as textEdges } from "./edges-text.ts";
import { invalid as trustEdges } from "./edges-trust.ts";
import { formRules } from "./invalid-form.ts";
import { policy, texts } from "./invalid-labels.ts";
import { rules } from "./invalid-rules.ts";
import type { Draft, Made } from "./make.ts";
import { packs } from "./packs.ts";
import { WISH } from "./valid.ts";

const { duty, analyst, relay, watch, port, unknown } = world;
const made = (
  name: string,
  description: string,
  make: () => Promise<Uint8Array>,
  more: Partial<Made> & { suffix?: string } = {},
): Draft => ({
  name,
  description,
  ...(more.suffix && { suffix: more.suffix }),
  make: async () => ({ bytes: await make(), expect: { stage: "verify" }, ...more }),
});

const form: readonly Draft[] = [
  refused("ERR_CBOR", "The core's map has its length in a longer form than it needs.", one(watch), {
    core: (core) => concat(Uint8Array.of(0xb8), Uint8Array.of(encode(core)[0]! & 31), encode(core).subarray(1)),
  }),
  made("ERR_TRUNCATED", "The last byte is missing.", async () => (await seal(one(watch))).subarray(0, -1)),
  made("ERR_TRAILING", "A newline follows the last body.", async () => concat(await seal(one(watch)), utf8("\n"))),
  made("ERR_LIMIT", "The head says that it has a payload of 2^32 bytes.", async () =>
    concat(Uint8Array.of(0xd8, 0x62, 0x84, 0x40, 0xa0), byteStringHead(2 ** 32), new Uint8Array(64)),
  ),
  refused("ERR_SCHEMA", "The core has a key 10, which this version does not know.", one(watch), {
    core: (core) => core.set(10, 0),
  }),
  refused("ERR_VERSION", "The core is of version 2.", one(watch), { core: (core) => core.set(1, 2) }),
  refused("ERR_KEY_INVALID", "The Ed25519 key on the originator's card is the identity point.", () => ({
    ...one(watch),
    originator: changed(duty, world.aab, (claims) => {
      const [ed25519] = claims.get(-65537) as [CborMap];
      ed25519.set(-2, new Uint8Array(32).fill(1, 0, 1));
      return claims;
    }),
  })),
  made("ERR_TYPE", "A card, where an envelope is expected.", async () => duty.item),
  refused("ERR_SIGNERS", "The card in the manifest is not the one that the core names.", one(watch), {
    cards: () => [analyst.item],
  }),
  refused("ERR_SLOTS", "One key has two slots.", one(duty, watch), {
    slots: ([a, b, c, slots]) => [a!, b!, c!, [(slots as CborValue[])[0]!, (slots as CborValue[])[0]!]],
  }),
  refused("ERR_ORDER", "The audience is not sorted.", one(watch), { core: (core) => core.set(8, ["QMB", "AAB"]) }),
  refused("ERR_LAYOUT", "The body is said to have an empty last segment.", one(watch), {
    portion: (portion) => portion.set(2, 2 ** 20 + 32).set(3, new Uint8Array(64)),
  }),
  {
    name: "ERR_ARMOUR",
    description: "A line of armour ends with a blank.",
    suffix: "txt",
    async make() {
      const text = new TextDecoder().decode(armour(await seal(one(watch))));
      return { bytes: utf8(text.replace("\n-----END", " \n-----END")), expect: { stage: "verify" } };
    },
  },
];

const trust: readonly Draft[] = [
  refused("ERR_UNTRUSTED", "The originator's card is by an authority that nobody has pinned.", {
    ...one(watch),
    originator: { ...duty, ...unknown },
  }),
  refused("ERR_OUT_OF_SCOPE", "The authority of AAB gave a card to somebody of QMB.", () => ({
    ...one(watch),
    originator: changed(duty, world.aab, (claims) => claims.set(-65538, "QMB")),
  })),
  refused("ERR_CARD_TIME", "The originator's card had expired when it was sealed.", () => ({
    ...one(watch),
    originator: changed(duty, world.aab, (claims) => claims.set(4, T - 1)),
  })),
  refused("ERR_SIGNATURES", "Ed25519 alone: the ML-DSA signature is left out.", one(watch), {
    signatures: ([ed]) => [ed!],
  }),
  refused("ERR_SIGNATURE", "A bit of the ML-DSA signature is changed; the Ed25519 signature is good.", one(watch), {
    signatures: ([ed, ml]) => [ed!, { ...ml!, change: (signature) => flip(signature, 100) }],
  }),
  refused("ERR_SIGNATURE-other-context", "Both signatures are over a Sig_structure of COSE_Sign1.", one(watch), {
    signatures: (honest) =>
      honest.map((each) => ({
        ...each,
        signed: (body, _header, payload) => encode(["Signature1", body, new Uint8Array(0), payload]),
      })),
  }),
  refused(
    "ERR_SIGNATURE_MISSING",
    "The releaser has not signed yet.",
    { ...one(watch), others: [[1, analyst]] },
    {
      signatures: (honest) => honest.slice(0, 2),
    },
  ),
  other("authority", "ERR_NOT_AN_AUTHORITY", "An officer's card, to be pinned.", async () => ({
    bytes: duty.item,
    fingerprint: hex(duty.card.digest),
  })),
  other("authority", "ERR_FINGERPRINT", "An authority's card, with the fingerprint of another.", async () => ({
    bytes: world.aab.item,
    fingerprint: hex(engine.sha256(world.qmb.item)),
  })),
  other("sealed-card", "ERR_POSSESSION", "A card sealed for other keys than the reader's.", async () => {
    const asked = makeRequest(WISH, relay.identity);
    return { bytes: await sealCard(relay.item, verifyRequest(asked)), request: asked, reader: analyst };
  }),
  other(
    "identity",
    "ERR_PASSPHRASE",
    "An identity file, with another passphrase than its own.",
    async ({ identity }) => ({
      bytes: identity,
      passphrase: "incorrect horse",
    }),
  ),
  other("policy", "ERR_POLICY_FORMAT", "A policy pack with one key twice.", async ({ harbour }) => ({
    bytes: utf8(new TextDecoder().decode(harbour).replace('"version": 3', '"version": 3,\n "version": 3')),
  })),
];

const CHAIN = { envelope: 1, previous: 7 } as const;
async function withStatement(make: (digest: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const envelope = await seal(THREE);
  const parts = apart(envelope);
  return together({ ...parts, statements: [make(digestOf(envelope))], bodies: parts.bodies.with(1, null) });
}
const withheld: readonly Draft[] = [
  made("ERR_STATEMENT", "The withheld statement is about another envelope.", () =>
    withStatement((envelope) =>
      statement(
        duty,
        { envelope, portions: [2], madeFor: [watch] },
        { payload: (payload) => payload.set(CHAIN.envelope, content(32)) },
      ),
    ),
  ),
  made("ERR_STATEMENT-chain", "The first statement says that it follows on another.", () =>
    withStatement((envelope) =>
      statement(
        duty,
        { envelope, portions: [2], madeFor: [watch] },
        { payload: (payload) => payload.set(CHAIN.previous, content(32)) },
      ),
    ),
  ),
  made("ERR_WITHHOLDER", "The portion was taken out by somebody who is neither signer nor recipient.", () =>
    withStatement((envelope) => statement(analyst, { envelope, portions: [2], madeFor: [watch] })),
  ),
  made(
    "ERR_WITHHELD_NOT_FOR_YOU",
    "The copy was made for somebody else than the reader.",
    async () => copyOf(await seal(THREE), duty, [2], [duty]),
    {
      reader: watch,
      expect: { stage: "unpack" },
    },
  ),
  made(
    "ERR_WITHHELD",
    "The reader asks for the portion that was taken out.",
    async () => copyOf(await seal(THREE), duty, [2], [duty]),
    {
      reader: duty,
      portion: 2,
      expect: { stage: "unpack" },
    },
  ),
  refused("ERR_BODY", "A body is nil, and nobody says that he took it out.", THREE, {
    bodies: ([a, , c]) => [a!, null, c!],
  }),
  refused("ERR_DIGEST", "A bit of a body is changed.", one(watch), { bodies: ([body]) => [flip(body!, 20)] }),
];

const EK = -4;
const opening: readonly Draft[] = [
  closed("ERR_NO_SUCH_PORTION", "The reader asks for portion 4 of 3.", THREE, {}, watch, { portion: 4 }),
  closed("ERR_NOT_FOR_YOU", "No slot is for the reader.", one(watch), {}, port),
  closed("ERR_SLOT", "The encapsulated key is changed: ML-KEM answers with a key that nobody knows.", one(watch), {
    slot: ([header, ek, cek]) => [header!, map([EK, flip((ek as CborMap).get(EK) as Uint8Array, 7)]), cek!],
  }),
  closed("ERR_SLOT-commitment", "The slot opens to a key that the FLOE header does not commit to.", one(watch), {
    wrapped: () => content(32),
  }),
  {
    name: "ERR_SLOT-signed-by-another",
    description: "A recipient put the portion of an envelope into one that he signed himself.",
    async make() {
      const honest = apart(await seal(one(duty, watch)));
      const [taken] = honest.portions as [CborMap];
      const mine = marked(BANNER, duty, { originator: ["organisation", "QMB-CERT"] });
      const plan: Plan = { originator: watch, portions: [{ ...mine.portions[0]!, recipients: [duty, watch] }] };
      const lies: Lies = { portion: (portion) => new Map(taken).set(1, portion.get(1)!), bodies: () => honest.bodies };
      return { bytes: await seal(plan, lies), reader: duty, expect: { stage: "unpack" } };
    },
  },
  closed("ERR_SEGMENT", "The signed segment is not what was sealed.", one(watch), {
    segments: ([segment]) => [flip(segment!, 20)],
  }),
  closed("ERR_SEGMENT-prefix", "The segment's first four bytes say that it is not the last.", one(watch), {
    segments: ([segment]) => [concat(new Uint8Array(4).fill(255), segment!.subarray(4))],
  }),
  closed(
    "ERR_CONTENTS",
    "A byte of the padding is not zero.",
    { portions: [{ ...one(watch).portions[0]!, files: { "a.txt": utf8("x".repeat(5001)) } }] },
    {
      plaintext: (all) => flip(all, -1),
    },
  ),
  closed("ERR_NAME", "A file is named ../report.txt.", one(watch), {
    items: ([item]) => [(item as CborMap).set(1, "../report.txt")],
  }),
  closed("ERR_NAME_TWICE", "Two names differ in case only.", {
    portions: [{ ...one(watch).portions[0]!, files: { "a.txt": REPORT, "A.txt": REPORT } }],
  }),
];

export const invalid: readonly Draft[] = [
  ...form,
  ...trust,
  ...packs,
  ...policy,
  ...texts,
  ...withheld,
  ...opening,
  ...formRules,
  ...rules,
  ...formEdges,
  ...textEdges,
  ...labelEdges,
  ...trustEdges,
].map((draft) => ({
  ...draft,
  async make(shared) {
    const made = await draft.make(shared);
    const code = draft.name.split("-")[0] as ErrorCode;
    if (!Object.hasOwn(ERRORS, code)) throw new Error(`no code ${code}`);
    return { ...made, expect: { ...made.expect, outcome: code } };
  },
}));
