/** The cases that are accepted, and show a rule of labels, policies, handling or markings. */

import { hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { policyRefs } from "../../src/envelope/decision.ts";
import { signPolicy } from "../../src/envelope/policy-pack.ts";
import { type Label, labelShape } from "../../src/label/label.ts";
import { packFingerprint } from "../breakable.ts";
import { content, label, labels, PACKS, RESTRICTED, T, world } from "../world.ts";
import type { ReadMarking } from "./case.ts";
import { type Accepted, accepted, BANNER, files, handled, marked, other } from "./drafts.ts";
import type { Draft } from "./make.ts";

const { relay, watch, port, aab, lagoon } = world;

/** HARBOUR with the version after that which is built in. */
export const nextVersion = (harbour: Uint8Array): Uint8Array =>
  utf8(new TextDecoder().decode(harbour).replace('"version": 3', '"version": 4'));

const LOWERED = marked("HARBOUR CONFIDENTIAL REL TO AAB, QMB", watch, {
  succession: ["2026-11-22T06:00:00Z", label(BANNER)],
});
const alternative = (rest: Partial<Label>): Label => ({ ...label("TLP:GREEN"), kind: "alternative", ...rest });
/** In a policy of which nobody here has a pack. */
const ATOLL = { ...RESTRICTED, alternatives: [alternative({ policy: ["ATOLL", null], classification: "QUIET" })] };
const EVERY_ROLE = "LAGOON GUARDED WATERWAYS, RELEASABLE REL TO AAB, ZZC ONLY AAB, ZZC ALSO TO WATERWAYS, ZZC";

const envelopes: readonly Accepted[] = [
  {
    name: "tlp",
    description: "TLP:AMBER, for whomever the originator addresses.",
    plan: marked("TLP:AMBER"),
    audience: ["addressees"],
    banners: ["TLP:AMBER"],
  },
  {
    name: "succession",
    description: "A second before another label takes the place of the one that it was sealed with.",
    plan: LOWERED,
    at: T + 3599,
    banners: ["HARBOUR CONFIDENTIAL REL TO AAB, QMB"],
  },
  {
    name: "succession-due",
    description: "In the second in which it does: the successor is shown, and judges.",
    plan: LOWERED,
    at: T + 3600,
  },
  {
    name: "alternative-unknown",
    description: "An alternative label in a policy that is not known here: passed over.",
    plan: {
      portions: [{ labels: ATOLL, files, recipients: [watch] }],
      core: { policies: [["ATOLL", 7, content(32)], ...policyRefs([RESTRICTED], PACKS, T)] },
    },
  },
  {
    name: "alternative-judged",
    description:
      "The reader is not cleared in LAGOON, which has no equal for its lowest level, and is judged by the alternative in HARBOUR.",
    plan: {
      portions: [
        {
          labels: {
            ...labels("LAGOON UNCLASSIFIED WATERWAYS REL TO AAB, QMB"),
            alternatives: [{ ...label("HARBOUR RESTRICTED REL TO QMB"), kind: "alternative" }],
          },
          files,
          recipients: [watch],
        },
      ],
    },
    banners: ["LAGOON UNCLASSIFIED WATERWAYS REL TO AAB, QMB"],
  },
  {
    name: "equivalence",
    description: "The reader is not cleared in LAGOON, which says that its GUARDED equals RESTRICTED of HARBOUR.",
    plan: marked("LAGOON GUARDED WATERWAYS REL TO AAB, QMB"),
    banners: ["LAGOON GUARDED WATERWAYS REL TO AAB, QMB"],
  },
  {
    name: "extension",
    description:
      "A base, two gates and an extension. The reader is not of the base's community: the extension lets it in.",
    plan: { portions: [{ labels: labels(EVERY_ROLE), files, recipients: [relay, port] }] },
    reader: port,
    audience: ["AAB", "ZZC"],
    banners: [EVERY_ROLE],
  },
  {
    name: "originator-control",
    description: "ORCON: the list of those who may have it is the named slots.",
    plan: marked("HARBOUR RESTRICTED REL TO AAB, QMB ORCON"),
    banners: ["HARBOUR RESTRICTED REL TO AAB, QMB ORCON"],
  },
  {
    name: "agreement",
    description: "An agreement of HARBOUR is named, to which the reader's nation is a party.",
    plan: handled({ agreement: "HARBOUR-MOU-2024/3" }),
  },
  {
    name: "obligations",
    description: "Two obligations, which the reader's card says its holder fulfils.",
    plan: handled({ obligations: ["receipt-on-open", "no-onward-release"], tlp: "AMBER" }),
  },
  {
    name: "compilation",
    description: "The whole is labelled higher than its parts, and the handling says why.",
    plan: {
      ...handled({ compilationReason: "together they show where the ships lie" }),
      labels: labels("HARBOUR CONFIDENTIAL REL TO AAB"),
    },
  },
];

const marking = (
  name: string,
  description: string,
  text: string,
  [policy, classification, ...tags]: readonly [string, string, ...ReadMarking["tags"]],
  more: Partial<ReadMarking> = {},
): Draft =>
  other("marking", name, description, async () => ({
    bytes: utf8(text),
    expect: { marking: { policy, classification, tags, form: "banner", exercise: false, ...more } },
  }));
const relTo = (...values: string[]) => ["PERMISSIVE", "REL TO", values] as const;
const ORCON = ["RESTRICTIVE", "DISSEM", ["ORCON"]] as const;
const SECRET = ["HARBOUR", "SECRET", ["RESTRICTIVE", "COMPARTMENT", ["BUOY"]], relTo("AAB", "QMB"), ORCON] as const;
const EXERCISE = "EXERCISE EXERCISE EXERCISE";

const markings: readonly Draft[] = [
  marking(
    "marking",
    "A banner with a compartment, a release list and an originator's control.",
    "HARBOUR SECRET BUOY REL TO AAB, QMB ORCON",
    SECRET,
  ),
  marking(
    "marking-french",
    "The same in French, in the frame of an exercise.",
    `${EXERCISE} HARBOUR SECRET BUOY COMMUNICABLE À AAB, QMB ORCON ${EXERCISE}`,
    SECRET,
    { exercise: true },
  ),
  marking("marking-portion", "The same as a portion mark.", "(H-S BUOY REL AAB, QMB ORCON)", SECRET, {
    form: "portion",
  }),
  marking(
    "marking-file-name",
    "The same in the form for file names.",
    "harbour_secret_compartment--buoy_rel-to--aab--qmb_dissem--orcon",
    SECRET,
    { form: "file-name" },
  ),
  marking(
    "marking-page",
    "The same at the top and at the bottom of a page.",
    "HARBOUR SECRET BUOY REL TO AAB, QMB ORCON\n\nHARBOUR SECRET BUOY REL TO AAB, QMB ORCON",
    SECRET,
    { form: "page" },
  ),
  marking("marking-tlp", "TLP in its own form.", "TLP:AMBER+STRICT", ["TLP", "AMBER+STRICT"]),
  marking("marking-roles", "A base, two gates and an extension.", EVERY_ROLE, [
    ...(["LAGOON", "GUARDED"] as const),
    ["PERMISSIVE", "CONTEXT", ["WATERWAYS", "RELEASABLE"]],
    relTo("AAB", "ZZC"),
    ["PERMISSIVE", "ONLY", ["AAB", "ZZC"]],
    ["PERMISSIVE", "ALSO TO", ["WATERWAYS", "ZZC"]],
  ]),
];

export const WRITTEN: Label = {
  kind: "originator",
  policy: ["HARBOUR", null],
  classification: "CONFIDENTIAL",
  privacyMark: "by hand of officer only",
  tags: [
    ["PERMISSIVE", "REL TO", null, ["AAB", "QMB"]],
    ["RESTRICTIVE", "DISSEM", null, ["ORCON"]],
  ],
  originator: ["dNSName", "cert.example"],
  created: "2026-11-22T05:00:00Z",
  succession: [
    "2027-01-01T00:00:00Z",
    {
      kind: "originator",
      policy: ["HARBOUR", null],
      classification: "UNCLASSIFIED",
      created: "2026-11-22T05:00:00Z",
    },
  ],
};
/** The label WRITTEN, by hand. */
export const LABEL_XML = `<?xml version="1.0"?>
<l:originatorConfidentialityLabel xmlns:l="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">
  <l:ConfidentialityInformation>
    <l:PolicyIdentifier>HARBOUR</l:PolicyIdentifier>
    <l:Classification>CONFIDENTIAL</l:Classification>
    <l:PrivacyMark>by hand of officer only</l:PrivacyMark>
    <l:Category Type="PERMISSIVE" TagName="REL TO">
      <l:GenericValue>AAB</l:GenericValue>
      <l:GenericValue>QMB</l:GenericValue>
    </l:Category>
    <l:Category TagName="DISSEM" Type="RESTRICTIVE"><l:GenericValue>ORCON</l:GenericValue></l:Category>
  </l:ConfidentialityInformation>
  <l:OriginatorID IDType="dNSName">cert.example</l:OriginatorID>
  <l:CreationDateTime>2026-11-22T05:00:00Z</l:CreationDateTime>
  <l:SuccessionHandling>
    <l:SuccessionDateTime>2027-01-01T00:00:00Z</l:SuccessionDateTime>
    <l:SuccessorConfidentialityLabel>
      <l:ConfidentialityInformation>
        <l:PolicyIdentifier>HARBOUR</l:PolicyIdentifier>
        <l:Classification>UNCLASSIFIED</l:Classification>
      </l:ConfidentialityInformation>
      <l:CreationDateTime>2026-11-22T05:00:00Z</l:CreationDateTime>
    </l:SuccessorConfidentialityLabel>
  </l:SuccessionHandling>
</l:originatorConfidentialityLabel>
`;
export const LABEL_JSON = `{
 "schema": "dipbag/label/1",
 "kind": "originator",
 "policy": { "name": "HARBOUR" },
 "classification": "CONFIDENTIAL",
 "privacyMark": "by hand of officer only",
 "tags": [
  { "type": "PERMISSIVE", "name": "REL TO", "values": ["AAB", "QMB"] },
  { "type": "RESTRICTIVE", "name": "DISSEM", "values": ["ORCON"] }
 ],
 "originator": { "type": "dNSName", "id": "cert.example" },
 "created": "2026-11-22T05:00:00Z",
 "succession": {
  "due": "2027-01-01T00:00:00Z",
  "label": {
   "kind": "originator",
   "policy": { "name": "HARBOUR" },
   "classification": "UNCLASSIFIED",
   "created": "2026-11-22T05:00:00Z"
  }
 }
}
`;
const asLabel = async (text: string) => ({
  bytes: utf8(text),
  expect: { label: hex(encode(labelShape.write(WRITTEN))) },
});

export const labelled: readonly Draft[] = [
  ...envelopes.map(accepted),
  other("policy", "policy", "The policy pack HARBOUR.", async ({ harbour }) => ({ bytes: harbour })),
  other(
    "signed-policy",
    "signed-policy",
    "Version 4 of HARBOUR, signed by a pinned authority, and its fingerprint.",
    async ({ harbour }) => {
      const payload = nextVersion(harbour);
      const bytes = signPolicy(payload, aab.identity.signing);
      return { bytes, fingerprint: packFingerprint(payload, aab) };
    },
  ),
  other(
    "signed-policy",
    "signed-policy-roles",
    "LAGOON, with a base, two gates, an extension, an exclusion and equivalences.",
    async () => ({ bytes: lagoon.signed.bytes, fingerprint: hex(lagoon.fingerprint) }),
  ),
  ...markings,
  other("label-xml", "label-xml", "A label as XML of STANAG 4774, and its CBOR.", () => asLabel(LABEL_XML)),
  other("label-json", "label-json", "The same label as JSON.", () => asLabel(LABEL_JSON)),
];
