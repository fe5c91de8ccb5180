/** The edges of the rules for labels, policies and the decision: what is just accepted, and what a reader that takes a rule too lightly would accept. */

import type { CborMap } from "../../src/cbor/codec.ts";
import { policyRefs } from "../../src/envelope/decision.ts";
import type { Label, Labels, Tag } from "../../src/label/label.ts";
import type { Plan } from "../breakable.ts";
import { CONFIDENTIAL, content, label, labels, PACKS, type Person, RESTRICTED, T, world } from "../world.ts";
import { type Accepted, accepted, BANNER, closed, files, handled, marked, refused } from "./drafts.ts";
import type { Draft, Made } from "./make.ts";

const { duty, analyst, relay, watch, port, guest } = world;
const DAY = 86_400;
/** An hour after T, and two. */
const [SOON, LATER] = ["2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z"];
const named: Plan["core"] = { audience: ["AAB", "QMB"] };
const unknown: Partial<Made> = { cards: [] };

const portion = (of: Labels, ...recipients: Person[]) => ({ labels: of, files, recipients });
/** The report under these labels, in an envelope with the same. */
const under = (of: Labels, recipient: Person = watch, core: Plan["core"] = named): Plan => ({
  portions: [portion(of, recipient)],
  core,
});
const hidden = (plan: Plan): Plan => ({
  ...plan,
  portions: plan.portions.map((each) => ({ ...each, hidden: true })),
});
const covered = (whole: string, part: string, recipient: Person = watch): Plan => ({
  labels: labels(whole),
  portions: [portion(labels(part), recipient)],
});
const alternative = (marking: string, rest: Partial<Label> = {}): Label => ({
  ...label(marking, rest),
  kind: "alternative",
});
const followed = (marking: string, then: Label, due = SOON): Label => label(marking, { succession: [due, then] });

const LOWERED = "HARBOUR UNCLASSIFIED REL TO AAB, QMB";
const releasable = (...values: string[]): Tag => ["PERMISSIVE", "REL TO", null, values];
/** A label in SHOAL, which nobody but the readers of these cases has a pack of. */
const shoal = (classification: string, tags: readonly Tag[] = [], rest: Partial<Label> = {}): Labels => {
  const { tags: _, ...plain } = label(BANNER);
  const stated = tags.length > 0 ? { tags } : {};
  return { originator: { ...plain, policy: ["SHOAL", null], classification, ...stated, ...rest } };
};
const inShoal = (of: Labels, audience: readonly string[], recipient: Person = watch, whole = of): Plan => ({
  ...under(of, recipient, { policies: policyRefs([of], [...PACKS, world.shoal], T), audience }),
  labels: whole,
});
const SHOAL: Partial<Made> = {
  packs: ["lagoon", "shoal"],
  pins: ["authority.aab", "authority.qmb", "authority.zzc", "operations.aab", "registry.aab"],
};
const [FOR_ALL, AAB_QMB] = [["addressees"], ["AAB", "QMB"]];

const envelopes: readonly (Accepted & { readonly more?: Partial<Made> })[] = [
  {
    name: "audience-public",
    description: "A portion for anyone, and another for addressees: the audience is anyone.",
    plan: {
      labels: labels("TLP:AMBER"),
      portions: [portion(labels("TLP:CLEAR"), watch), portion(labels("TLP:AMBER"), watch)],
    },
    audience: ["*"],
    banners: ["TLP:CLEAR", "TLP:AMBER"],
  },
  {
    name: "audience-no-gate",
    description:
      "No gate restricts; the policy, the row by which it is judged and the agreement are of this day alone.",
    plan: { ...inShoal(shoal("CLOSE"), FOR_ALL), handling: { messageType: "exercise", agreement: "SHOAL-2" } },
    audience: FOR_ALL,
    banners: ["SHOAL CLOSE"],
    more: SHOAL,
  },
  {
    name: "audience-left",
    description: "A member of the community left it after the label was made and before the envelope was.",
    plan: inShoal(shoal("CLOSE", [releasable("FLEET")], { created: "2026-11-21T23:59:59Z" }), AAB_QMB),
    banners: ["SHOAL CLOSE REL TO FLEET"],
    more: SHOAL,
  },
  {
    name: "cover-announced",
    description: "The whole announces an extension, which its portion does not.",
    plan: covered("LAGOON GUARDED WATERWAYS, RELEASABLE REL TO QMB", "LAGOON GUARDED WATERWAYS REL TO QMB"),
    audience: ["QMB"],
    banners: ["LAGOON GUARDED WATERWAYS REL TO QMB"],
  },
  {
    name: "cover-originator",
    description: "The whole is released to the originator's nation alone, and its portion to another alone.",
    plan: covered("HARBOUR RESTRICTED REL TO AAB", "HARBOUR RESTRICTED REL TO QMB"),
    audience: ["QMB"],
    banners: ["HARBOUR RESTRICTED REL TO QMB"],
  },
  {
    name: "cover-release",
    description:
      "The portion is for whomever the originator addresses, so that its tags are not compared with those of the whole.",
    plan: inShoal(shoal("OPEN", [releasable("AAB")]), FOR_ALL, duty, shoal("CLOSE", [releasable("AAB", "QMB")])),
    reader: duty,
    audience: FOR_ALL,
    banners: ["SHOAL OPEN REL TO AAB"],
    more: SHOAL,
  },
  {
    name: "cover-past",
    description: "The whole was lowered an hour before the envelope was made, and its portion half an hour later.",
    plan: {
      labels: { originator: followed(BANNER, label(LOWERED), "2026-11-22T04:00:00Z") },
      portions: [portion({ originator: followed(BANNER, label(LOWERED), "2026-11-22T04:30:00Z") }, watch)],
    },
    banners: [LOWERED],
  },
  {
    name: "succession-late",
    description:
      "The successor's own successor is due before it: each label stands until its successor takes its place, whatever comes after.",
    plan: marked(BANNER, watch, {
      succession: [LATER, followed("HARBOUR RESTRICTED REL TO AAB, QMB, ZZC", label(LOWERED))],
    }),
    at: T + 5400,
    banners: [BANNER],
  },
  {
    name: "alternative-not-asked",
    description:
      "An alternative that would keep the reader out, who is cleared in the policy of the originator's label.",
    plan: under({ ...RESTRICTED, alternatives: [alternative("LAGOON GUARDED WATERWAYS REL TO QMB")] }, duty),
    reader: duty,
  },
  {
    name: "diverges-open",
    description: "The reader, whose card the verifier did not know, is let in by an extension alone.",
    plan: marked("LAGOON GUARDED WATERWAYS, RELEASABLE REL TO AAB ALSO TO WATERWAYS, ZZC", port),
    reader: port,
    audience: ["AAB", "ZZC"],
    banners: ["LAGOON GUARDED WATERWAYS, RELEASABLE REL TO AAB ALSO TO WATERWAYS, ZZC"],
    more: unknown,
  },
  {
    name: "community-bounds",
    description: "Sealed in the first second in which the reader is of the community, and read in the last.",
    plan: {
      ...marked("LAGOON GUARDED WATERWAYS REL TO QMB", guest, { created: "2026-11-21T05:00:00Z" }),
      created: T - DAY,
    },
    reader: guest,
    at: T + 3599,
    audience: ["QMB"],
    banners: ["LAGOON GUARDED WATERWAYS REL TO QMB"],
    more: { cards: [guest] },
  },
  {
    name: "succession-four",
    description: "Four labels follow on each other; it is read when the third of them stands.",
    plan: marked("HARBOUR RESTRICTED REL TO AAB, QMB", watch, {
      succession: [
        "2026-11-22T05:20:00Z",
        followed(
          "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC",
          followed(
            "HARBOUR RESTRICTED REL TO HARBOUR",
            followed("HARBOUR UNCLASSIFIED REL TO AAB, QMB", label("HARBOUR UNCLASSIFIED REL TO HARBOUR"), LATER),
          ),
          "2026-11-22T05:40:00Z",
        ),
      ],
    }),
    at: T + 3600,
    banners: ["HARBOUR UNCLASSIFIED REL TO AAB, QMB"],
  },
  {
    name: "recipient-untrusted",
    description:
      "One recipient is not on the release list; the authority of that card is not pinned here, so that nobody is asked.",
    plan: { portions: [portion(CONFIDENTIAL, duty, watch)] },
    reader: duty,
    audience: ["AAB"],
    banners: ["HARBOUR CONFIDENTIAL REL TO AAB"],
    more: { pins: ["authority.aab"] },
  },
];

export const valid: readonly Draft[] = envelopes.map(({ more, ...each }) => {
  const { make, ...rest } = accepted(each);
  return { ...rest, make: async (shared) => ({ ...(await make(shared)), ...more }) };
});

const OF_QMB = { originator: ["organisation", "QMB-CERT"] } as const;
const GREEN = alternative("TLP:GREEN", { succession: [SOON, alternative("PUBLIC")] });
const lagoonRef = (version: number): Plan["core"] => ({
  policies: [...policyRefs([RESTRICTED], PACKS, T), ["LAGOON", version, content(32)]],
  ...named,
});
const UNCLASSIFIED = label("HARBOUR UNCLASSIFIED REL TO AAB, QMB");
const RAISED = { originator: followed(BANNER, label("HARBOUR CONFIDENTIAL REL TO AAB, QMB")) };
const WATERWAYS = "LAGOON GUARDED WATERWAYS REL TO AAB, QMB";
const OTHER_OID = Uint8Array.of(0x88, 0x37, 1);
/** Labels at the whole, and one more behind the last of its succession. */
const longer = (core: CborMap): CborMap => {
  let last = (core.get(4) as CborMap).get(1) as CborMap;
  const { originator } = RESTRICTED;
  while (last.has(8)) last = (last.get(8) as [string, CborMap])[1];
  last.set(8, [LATER, new Map(last).set(6, originator.created)]);
  return core;
};
const four = [1, 2, 3, 4].reduce((then) => followed(BANNER, then), label(BANNER));

type Refused = (name: string, description: string, plan: Plan, more?: Partial<Made>) => Draft;
const refuse: Refused = (name, description, plan, more) => refused(name, description, plan, {}, more);
const inDay: Refused = (name, description, plan) => refuse(name, description, plan, SHOAL);
const CLOSE = inShoal(shoal("CLOSE"), FOR_ALL);

const says: readonly Draft[] = [
  refuse("ERR_ORIGINATOR-portion", "The label of a portion names another organisation than the originator's.", {
    ...under(labels(BANNER, OF_QMB)),
    labels: RESTRICTED,
  }),
  refuse("ERR_SCHEMA-alternative", "An alternative is in the policy of the originator's label.", {
    ...under({ ...RESTRICTED, alternatives: [alternative(BANNER)] }),
  }),
  refused("ERR_SCHEMA-succession", "Five labels follow on each other.", under({ originator: four }), { core: longer }),
  refuse(
    "ERR_EXPIRED-unknown",
    "It was valid when it was sealed, until a second before it is read; no recipient is known here.",
    handled({ validUntil: T + 59 }),
    { at: T + 60, ...unknown },
  ),
  refuse("ERR_POLICY_REFS-successor", "The policy of an alternative's successor is not named.", {
    ...under({ ...RESTRICTED, alternatives: [GREEN] }),
    core: { policies: policyRefs([RESTRICTED, labels("TLP:GREEN")], PACKS, T), ...named },
  }),
  refuse("ERR_POLICY_OUTDATED-successor", "A successor is in version 3 of LAGOON, and only version 1 is known here.", {
    ...under({ originator: followed(BANNER, label(WATERWAYS)) }, watch, lagoonRef(3)),
  }),
  refuse(
    "ERR_POLICY_UNKNOWN-between",
    "Version 2 of LAGOON is named, and versions 1 and 3 are known here.",
    under({ ...labels(WATERWAYS) }, watch, { policies: [["LAGOON", 2, content(32)]], ...named }),
    { packs: ["lagoon", "lagoon-3"] },
  ),
  refuse("ERR_POLICY_UNKNOWN-oid", "The label gives another OID than the policy has.", {
    ...under(labels(BANNER, { policy: ["HARBOUR", OTHER_OID] })),
  }),
  inDay("ERR_POLICY_UNKNOWN-early", "It was sealed a second before the first day of the policy.", {
    ...inShoal(shoal("CLOSE", [], { created: "2026-11-21T23:59:59Z" }), FOR_ALL),
    created: T - 5 * 3600 - 1,
  }),
  refuse(
    "ERR_POLICY_UNKNOWN-late",
    "It was sealed in the first second after the last day of the policy.",
    { ...CLOSE, created: T + 19 * 3600 },
    { at: T + 19 * 3600, ...SHOAL, ...unknown },
  ),
  refuse("ERR_TWO_TLP-unknown", "A level that TLP does not have, in an envelope that is TLP:RED.", {
    ...handled({ tlp: "RED" }),
    ...under(labels("TLP:AMBER", { classification: "WHITE" }), watch, { audience: FOR_ALL }),
  }),
  refuse("ERR_NOT_DOMINANT-release", "The envelope is released to QMB, and its portion is not.", {
    ...covered(BANNER, "HARBOUR RESTRICTED REL TO AAB", duty),
  }),
  refuse("ERR_NOT_DOMINANT-restrictive", "A portion has a compartment that the envelope does not.", {
    ...covered("HARBOUR RESTRICTED REL TO AAB", "HARBOUR RESTRICTED BUOY REL TO AAB", duty),
  }),
  refuse(
    "ERR_NOT_DOMINANT-contradiction",
    "The portion is higher than the envelope, and its REL TO and ONLY contradict each other.",
    { ...covered(WATERWAYS, "LAGOON SEALED WATERWAYS REL TO AAB ONLY QMB"), core: named },
  ),
  refuse("ERR_NOT_DOMINANT-between", "For an hour the whole is UNCLASSIFIED, and its portion still RESTRICTED.", {
    ...under({ originator: followed(BANNER, UNCLASSIFIED, LATER) }),
    labels: { originator: followed(BANNER, UNCLASSIFIED) },
  }),
  refuse("ERR_LABEL_INVALID-originator", "The originator's nation is none that may label in LAGOON.", {
    ...under(labels(WATERWAYS, { originator: ["organisation", "ZZC-PA"] })),
    originator: port,
  }),
  refuse(
    "ERR_CLASS_OBSOLETE-older",
    "The classification was in use when the label was made, and not any more when it was sealed.",
    under(labels("LAGOON WATCHED WATERWAYS REL TO AAB, QMB", { created: "2026-06-01T00:00:00Z" })),
    unknown,
  ),
  refuse("ERR_TAG_UNKNOWN-oid", "A tag with an OID.", {
    ...under(labels(BANNER, { tags: [["PERMISSIVE", "REL TO", OTHER_OID, ["AAB", "QMB"]]] })),
  }),
  inDay(
    "ERR_TAG_UNKNOWN-obsolete",
    "A tag that was in use until the day before.",
    inShoal(shoal("CLOSE", [["INFORMATIVE", "TIDE", null, ["LOW"]]]), FOR_ALL),
  ),
  refuse("ERR_CLASS_UNKNOWN-successor", "The successor of an alternative has a classification that is none.", {
    ...under({
      ...RESTRICTED,
      alternatives: [
        alternative(WATERWAYS, { succession: [SOON, alternative(WATERWAYS, { classification: "COSMIC" })] }),
      ],
    }),
  }),
];

const both: Labels = {
  ...shoal("CLOSE"),
  alternatives: [alternative("LAGOON GUARDED WATERWAYS REL TO AAB"), alternative("HARBOUR RESTRICTED REL TO QMB")],
};
const ORCON = label("HARBOUR RESTRICTED REL TO AAB, QMB ORCON");
const agreed = (name: string, description: string, agreement: string): Draft =>
  inDay(name, description, { ...CLOSE, handling: { messageType: "exercise", agreement } });

const decided: readonly Draft[] = [
  inDay(
    "ERR_UNMAPPABLE-row",
    "Until the day before SHOAL said what its DEEP equals in the policy in which the recipient is cleared.",
    inShoal(shoal("DEEP"), FOR_ALL),
  ),
  inDay(
    "ERR_NEED_TO_KNOW-row",
    "The recipient is judged by an equivalence, which maps no compartment, and holds that of this name in HARBOUR.",
    inShoal(shoal("CLOSE", [["RESTRICTIVE", "COMPARTMENT", null, ["BUOY"]]]), FOR_ALL, duty),
  ),
  inDay(
    "ERR_RELEASABILITY-alternative",
    "The recipient is cleared in two alternatives, of which the second is not released to that nation.",
    inShoal(both, FOR_ALL, duty),
  ),
  refuse(
    "ERR_RELEASABILITY-since",
    "It was sealed a second before the recipient came to be of the community.",
    { ...marked(WATERWAYS, guest, { created: "2026-11-21T04:59:59Z" }), created: T - DAY - 1 },
    { cards: [guest] },
  ),
  closed(
    "ERR_RELEASABILITY-until",
    "The reader was of the community when it was sealed, and is not any more.",
    marked(WATERWAYS, guest),
    {},
    guest,
    { cards: [guest], at: T + 3600 },
  ),
  inDay(
    "ERR_PROFILE_DIVERGES-release",
    "The classification is for addressees, and REL TO would keep the recipient out elsewhere.",
    inShoal(shoal("OPEN", [releasable("AAB")]), FOR_ALL),
  ),
  refuse(
    "ERR_MUST_BE_NAMED-handling",
    "The handling is TLP:RED, and the recipient is hidden.",
    hidden(handled({ tlp: "RED" })),
  ),
  refuse("ERR_MUST_BE_NAMED-alternative", "An alternative is TLP:RED, and the recipient is hidden.", {
    ...hidden(under({ ...RESTRICTED, alternatives: [alternative("TLP:RED")] })),
  }),
  refuse("ERR_MUST_BE_NAMED-successor", "A label that is to come has ORCON, and the recipient is hidden.", {
    ...hidden(under({ originator: followed(BANNER, ORCON) })),
  }),
  refuse("ERR_AGREEMENT-rank", "The agreement of HARBOUR is for CONFIDENTIAL and below.", {
    ...marked("HARBOUR SECRET REL TO AAB", analyst),
    handling: { messageType: "exercise", agreement: "HARBOUR-MOU-2024/3" },
  }),
  agreed("ERR_AGREEMENT-party", "The recipient's nation is no party to the agreement.", "SHOAL-1"),
  agreed("ERR_AGREEMENT-over", "The agreement was in force until the day before.", "SHOAL-3"),
  refuse("ERR_OBLIGATION-policy", "An obligation that the recipient fulfils, and LAGOON does not use.", {
    ...handled({ obligations: ["no-onward-release"] }, WATERWAYS),
  }),
  refuse(
    "ERR_SUITE_FLOOR-unknown",
    "CONFIDENTIAL, and the slot is X25519 alone, for a recipient whose card is not known here.",
    marked("HARBOUR CONFIDENTIAL REL TO AAB, ZZC", port),
    unknown,
  ),
  refuse(
    "ERR_SUITE_FLOOR-first",
    "Both slots are too weak for the label that is to come; the second recipient is not on the release list either.",
    { portions: [portion(RAISED, relay, port)], core: named },
  ),
];

export const invalid: readonly Draft[] = [...says, ...decided];
