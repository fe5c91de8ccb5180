/** The cases that are accepted. */

import { engine } from "#engine/public";
import { hex, utf8 } from "../../src/bytes.ts";
import type { CborMap } from "../../src/cbor/codec.ts";
import { armour } from "../../src/envelope/armour.ts";
import { makeRequest, sealCard, verifyRequest } from "../../src/trust/request.ts";
import { seal } from "../breakable.ts";
import { content, labels, world } from "../world.ts";
import { type Accepted, accepted, BANNER, BANNERS, copyOf, expected, files, one, REPORT, THREE } from "./drafts.ts";
import { valid as formEdges } from "./edges-form.ts";
import { valid as labelEdges } from "./edges-labels.ts";
import { valid as textEdges } from "./edges-text.ts";
import { valid as trustEdges } from "./edges-trust.ts";
import type { Draft } from "./make.ts";
import { labelled } from "./valid-labels.ts";

const { duty, analyst, relay, watch, port } = world;

export const PASSPHRASE = "correct horse battery staple";
export const WISH = { name: "Relay", identifiers: ["AAB-CERT"], nation: "AAB", environment: 1 } as const;

const envelopes: readonly Accepted[] = [
  { name: "one-portion", description: "One portion for one recipient: X-Wing and ML-DSA-65.", plan: one(watch) },
  {
    name: "several-portions",
    description: "Three portions, of which this reader may have two.",
    plan: THREE,
    banners: BANNERS,
  },
  {
    name: "two-segments",
    description: "A portion of two segments: a full one of 1 MiB, and the last.",
    plan: { portions: [{ ...one(watch).portions[0]!, files: { "a.bin": content(2 ** 20), "b.txt": REPORT } }] },
  },
  {
    name: "hidden-recipients",
    description: "Nobody is named; the second of three slots is the reader's.",
    plan: { portions: [{ ...one().portions[0]!, recipients: [duty, watch, analyst], hidden: true }] },
  },
  {
    name: "high-assurance",
    description: "SECRET: MLKEM1024-P384 and ML-DSA-87.",
    plan: {
      originator: analyst,
      portions: [{ labels: labels("HARBOUR SECRET BUOY REL TO AAB"), files, recipients: [analyst, relay] }],
    },
    reader: analyst,
    audience: ["AAB"],
    banners: ["HARBOUR SECRET BUOY REL TO AAB"],
  },
  {
    name: "classical-slots",
    description: "X25519 alone, where the label allows it; not quantum-safe.",
    plan: {
      portions: [{ labels: labels("HARBOUR RESTRICTED REL TO HARBOUR"), files, recipients: [port, relay] }],
    },
    reader: port,
    audience: ["AAB", "QMB", "ZZC"],
    banners: ["HARBOUR RESTRICTED REL TO HARBOUR"],
  },
  {
    name: "two-signers",
    description: "An originator and a releaser, both of whom have signed.",
    plan: { ...one(watch), others: [[1, analyst]] },
  },
  {
    name: "unknown-core-key",
    description: "A negative key of the core that this version does not know: ignored, and reported.",
    plan: one(watch),
    lies: { core: (core: CborMap) => core.set(-77, "of a later version") },
    ignored: [-77],
  },
  {
    name: "empty-file",
    description: "A file of no bytes, alone.",
    plan: { portions: [{ ...one(watch).portions[0]!, files: { empty: new Uint8Array(0) } }] },
  },
  {
    name: "no-padding",
    description: "The plaintext ends with the last file.",
    plan: { portions: [{ ...one(watch).portions[0]!, files: { "a.txt": utf8("x".repeat(5001)) } }] },
    lies: { plaintext: (all: Uint8Array) => all.subarray(0, all.lastIndexOf(120) + 1) },
  },
  {
    name: "padding",
    description: "The same with padding after Padmé.",
    plan: { portions: [{ ...one(watch).portions[0]!, files: { "a.txt": utf8("x".repeat(5001)) } }] },
  },
];

const ours = { audience: ["AAB", "QMB"], banners: [BANNER] } as const;

export const valid: readonly Draft[] = [
  ...envelopes.map(accepted),
  {
    name: "nobody-known",
    description: "Verified by somebody who knows no recipient's card and holds no key.",
    async make() {
      const bytes = await seal(one(watch));
      const { files: _, ...report } = expected(bytes, one(watch), watch, ours);
      return { bytes, cards: [], expect: report };
    },
  },
  {
    name: "armoured",
    description: "As text, with LF.",
    suffix: "txt",
    async make() {
      const bytes = await seal(one(watch));
      return { bytes: armour(bytes), reader: watch, expect: expected(bytes, one(watch), watch, ours) };
    },
  },
  {
    name: "withheld",
    description: "The originator took out the second of three portions for the reader.",
    async make() {
      const bytes = await copyOf(await seal(THREE), duty, [2], [watch]);
      return { bytes, reader: watch, expect: expected(bytes, THREE, watch, { ...ours, banners: BANNERS }) };
    },
  },
  {
    name: "withheld-twice",
    description: "The originator took out the second portion for two readers, and one of them the third for the other.",
    async make() {
      const first = await copyOf(await seal(THREE), duty, [2], [watch, duty]);
      const bytes = await copyOf(first, watch, [3], [duty]);
      return { bytes, reader: duty, expect: expected(bytes, THREE, duty, { ...ours, banners: BANNERS }) };
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
  ...labelled,
  ...formEdges,
  ...textEdges,
  ...labelEdges,
  ...trustEdges,
];
