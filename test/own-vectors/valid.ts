/** The cases that are accepted. */

import { engine } from "#engine/public";
import { hex, utf8 } from "../../src/bytes.ts";
import type { CborMap } from "../../src/cbor/codec.ts";
import { armour } from "../../src/envelope/armour.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import { makeRequest, sealCard, verifyRequest } from "../../src/trust/request.ts";
import { apart, digestOf, type Lies, type Plan, seal } from "../breakable.ts";
import { CONFIDENTIAL, labels, MemorySink, type Person, RESTRICTED, T, trust, world } from "../world.ts";
import type { Draft } from "./make.ts";

const { duty, analyst, relay, watch, port } = world;

export const PASSPHRASE = "correct horse battery staple";
export const WISH = { name: "Relay", identifiers: ["AAB-CERT"], nation: "AAB", environment: 1 } as const;
export const REPORT = utf8("EXERCISE EXERCISE EXERCISE\nA ship was seen in the harbour.\n");
const ANNEX = utf8("Only for us.\n");
export const one = (...recipients: Person[]): Plan => ({
  portions: [{ labels: RESTRICTED, files: { "report.txt": REPORT }, recipients }],
});
export const THREE: Plan = {
  labels: CONFIDENTIAL,
  portions: [
    { labels: RESTRICTED, files: { "report.txt": REPORT }, recipients: [duty, watch] },
    { labels: CONFIDENTIAL, files: { "annex.txt": ANNEX, "list.txt": utf8("1\n2\n") }, recipients: [duty] },
    { labels: RESTRICTED, files: { "map.txt": utf8("here be ships\n") }, recipients: [duty, watch] },
  ],
};

/** A copy of `envelope` made by `by` for `madeFor`. */
export async function copyOf(envelope: Uint8Array, by: Person, drop: readonly number[], madeFor: readonly Person[]) {
  const sink = new MemorySink();
  const cards = madeFor.map(({ card }) => card);
  const plan = { identity: by.identity, card: by.card, drop, madeFor: cards, reason: "need-to-know" as const };
  await withhold(await openEnvelope(bytesSource(envelope), trust, T), plan, sink);
  return sink.bytes;
}

/** What is reported of an envelope, worked out from its plan. */
function expected(bytes: Uint8Array, plan: Plan, reader: Person) {
  const { bodies } = apart(bytes);
  const mine = plan.portions.flatMap((portion, i) =>
    bodies[i] !== null && portion.recipients.includes(reader)
      ? Object.entries(portion.files).map(([name, data]) => [`${i + 1}/${name}`, hex(engine.sha256(data))] as const)
      : [],
  );
  const signers: [number, string][] = [[0, (plan.originator ?? duty).holder]];
  for (const [role, { holder }] of plan.others ?? []) signers.push([role, holder]);
  return {
    digest: hex(digestOf(bytes)),
    signers,
    withheld: bodies.flatMap((body, i) => (body === null ? [i + 1] : [])),
    files: Object.fromEntries(mine),
  };
}

const envelopes: [name: string, description: string, plan: Plan, reader: Person, audience: string[], lies?: Lies][] = [
  ["one-portion", "One portion for one recipient: X-Wing and ML-DSA-65.", one(watch), watch, ["AAB", "QMB"]],
  ["several-portions", "Three portions, of which this reader may have two.", THREE, watch, ["AAB", "QMB"]],
  [
    "hidden-recipients",
    "Nobody is named; the second of three slots is the reader's.",
    { portions: [{ ...one().portions[0]!, recipients: [duty, watch, analyst], hidden: true }] },
    watch,
    ["AAB", "QMB"],
  ],
  [
    "high-assurance",
    "SECRET: MLKEM1024-P384 and ML-DSA-87.",
    {
      originator: analyst,
      portions: [
        {
          labels: labels("HARBOUR SECRET BUOY REL TO AAB"),
          files: { "report.txt": REPORT },
          recipients: [analyst, relay],
        },
      ],
    },
    analyst,
    ["AAB"],
  ],
  [
    "classical-slots",
    "X25519 alone, where the label allows it; not quantum-safe.",
    {
      portions: [
        {
          labels: labels("HARBOUR RESTRICTED REL TO HARBOUR"),
          files: { "report.txt": REPORT },
          recipients: [port, relay],
        },
      ],
    },
    port,
    ["AAB", "QMB", "ZZC"],
  ],
  [
    "two-signers",
    "An originator and a releaser, both of whom have signed.",
    { ...one(watch), others: [[1, analyst]] },
    watch,
    ["AAB", "QMB"],
  ],
  [
    "unknown-core-key",
    "A negative key of the core that this version does not know: ignored, and reported.",
    one(watch),
    watch,
    ["AAB", "QMB"],
    { core: (core: CborMap) => core.set(-77, "of a later version") },
  ],
  [
    "empty-file",
    "A file of no bytes, alone.",
    { portions: [{ ...one(watch).portions[0]!, files: { empty: new Uint8Array(0) } }] },
    watch,
    ["AAB", "QMB"],
  ],
  [
    "no-padding",
    "The plaintext ends with the last file.",
    { portions: [{ ...one(watch).portions[0]!, files: { "a.txt": utf8("x".repeat(5001)) } }] },
    watch,
    ["AAB", "QMB"],
    { plaintext: (all: Uint8Array) => all.subarray(0, all.lastIndexOf(120) + 1) },
  ],
  [
    "padding",
    "The same with padding after Padmé.",
    { portions: [{ ...one(watch).portions[0]!, files: { "a.txt": utf8("x".repeat(5001)) } }] },
    watch,
    ["AAB", "QMB"],
  ],
  [
    "tlp",
    "TLP:AMBER, for whomever the originator addresses.",
    {
      portions: [{ labels: labels("TLP:AMBER"), files: { "report.txt": REPORT }, recipients: [watch] }],
    },
    watch,
    ["addressees"],
  ],
];

export const valid: readonly Draft[] = [
  ...envelopes.map(
    ([name, description, plan, reader, audience, lies]): Draft => ({
      name,
      description,
      async make() {
        const bytes = await seal(plan, lies);
        const ignored = name === "unknown-core-key" ? [-77] : [];
        return { bytes, reader, expect: { outcome: "ok", ...expected(bytes, plan, reader), audience, ignored } };
      },
    }),
  ),
  {
    name: "nobody-known",
    description: "Verified by somebody who knows no recipient's card and holds no key.",
    async make() {
      const bytes = await seal(one(watch));
      const { files: _, ...report } = expected(bytes, one(watch), watch);
      return { bytes, cards: [], expect: { outcome: "ok", ...report, audience: ["AAB", "QMB"], ignored: [] } };
    },
  },
  {
    name: "armoured",
    description: "As text, with LF.",
    suffix: "txt",
    async make() {
      const bytes = await seal(one(watch));
      const report = { ...expected(bytes, one(watch), watch), audience: ["AAB", "QMB"], ignored: [] };
      return { bytes: armour(bytes), reader: watch, expect: { outcome: "ok", ...report } };
    },
  },
  {
    name: "withheld",
    description: "The originator took out the second of three portions for the reader.",
    async make() {
      const bytes = await copyOf(await seal(THREE), duty, [2], [watch]);
      const report = { ...expected(bytes, THREE, watch), audience: ["AAB", "QMB"], ignored: [] };
      return { bytes, reader: watch, expect: { outcome: "ok", ...report } };
    },
  },
  {
    name: "withheld-twice",
    description: "The originator took out the second portion for two readers, and one of them the third for the other.",
    async make() {
      const first = await copyOf(await seal(THREE), duty, [2], [watch, duty]);
      const bytes = await copyOf(first, duty, [3], [watch]);
      const report = { ...expected(bytes, THREE, watch), audience: ["AAB", "QMB"], ignored: [] };
      return { bytes, reader: watch, expect: { outcome: "ok", ...report } };
    },
  },
  {
    name: "card",
    description: "An officer's card, signed by a pinned authority within its scope.",
    kind: "card",
    make: async () => ({ bytes: duty.item }),
  },
  {
    name: "authority",
    description: "An authority's card with its fingerprint.",
    kind: "authority",
    make: async () => ({ bytes: world.aab.item, fingerprint: hex(engine.sha256(world.aab.item)) }),
  },
  {
    name: "request",
    description: "A card request, signed with the keys that it names.",
    kind: "request",
    make: async () => ({ bytes: makeRequest(WISH, relay.identity) }),
  },
  {
    name: "sealed-card",
    description: "A card sealed to each of the three KEM keys of the request beside it.",
    kind: "sealed-card",
    async make() {
      const request = makeRequest(WISH, relay.identity);
      return { bytes: await sealCard(relay.item, verifyRequest(request)), request, reader: relay };
    },
  },
  {
    name: "identity",
    description: "An identity file with an X-Wing key, and its passphrase.",
    kind: "identity",
    async make({ identity }) {
      return { bytes: identity, passphrase: PASSPHRASE };
    },
  },
  {
    name: "policy",
    description: "The policy pack HARBOUR.",
    kind: "policy",
    make: async ({ harbour }) => ({ bytes: harbour }),
  },
  {
    name: "marking",
    description: "A banner with a compartment, a release list and an originator's control.",
    kind: "marking",
    make: async () => ({ bytes: utf8("HARBOUR SECRET BUOY REL TO AAB, QMB ORCON") }),
  },
];
