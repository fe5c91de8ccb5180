/** The cases that are refused for what their labels and handling say, and for whom it is. */

import { utf8 } from "../../src/bytes.ts";
import type { Label } from "../../src/label/label.ts";
import type { Plan } from "../breakable.ts";
import { content, label, labels, RESTRICTED, T, world } from "../world.ts";
import { BANNER, closed, files, handled, marked, one, other, refused, THREE } from "./drafts.ts";
import type { Draft } from "./make.ts";
import { LABEL_JSON, LABEL_XML } from "./valid-labels.ts";

const { duty, relay, watch, port, ops, visitor } = world;
const named: Plan["core"] = { audience: ["AAB", "QMB"] };
/** The report, under a label that the policy cannot have made. */
const wrong = (rest: Partial<Label>): Plan => ({ ...marked(BANNER, watch, rest), core: named });
const exercise = marked("LAGOON GUARDED WATERWAYS REL TO AAB, QMB");

/** An hour after T. */
const DUE = "2026-11-22T06:00:00Z";
const red = { ...marked("TLP:RED").portions[0]!, hidden: true };
const long = labels("HARBOUR RESTRICTED REL TO HARBOUR", { created: "2020-01-01T00:00:00Z" });
export const policy: readonly Draft[] = [
  refused(
    "ERR_ORIGINATOR",
    "The label names another organisation than the originator's.",
    marked("HARBOUR RESTRICTED REL TO AAB, QMB", watch, { originator: ["organisation", "QMB-CERT"] }),
  ),
  refused("ERR_NOT_DOMINANT", "The envelope is RESTRICTED, and one of its portions CONFIDENTIAL.", {
    ...THREE,
    labels: RESTRICTED,
  }),
  refused("ERR_POLICIES_DIFFER", "The envelope is labelled in TLP, and its portion in HARBOUR.", {
    ...one(watch),
    labels: labels("TLP:RED"),
  }),
  refused("ERR_POLICY_UNKNOWN", "The policy HARBOUR is named with another digest than that of the text known here.", {
    ...one(watch),
    core: { policies: [["HARBOUR", 3, content(32)]] },
  }),
  refused("ERR_POLICY_REFS", "The policies name one in which nothing is labelled.", {
    ...one(watch),
    core: { policies: [["PUBLIC", 1, content(32)]] },
  }),
  refused("ERR_POLICY_OUTDATED", "Version 4 of HARBOUR is named, and only version 3 is known here.", {
    ...one(watch),
    core: { policies: [["HARBOUR", 4, content(32)]] },
  }),
  refused("ERR_CLASS_UNKNOWN", "A classification that HARBOUR does not have.", wrong({ classification: "COSMIC" })),
  refused("ERR_CLASS_OBSOLETE", "A classification of LAGOON that was in use until five months before.", {
    ...marked("LAGOON WATCHED WATERWAYS REL TO AAB, QMB"),
    core: named,
  }),
  refused(
    "ERR_TAG_UNKNOWN",
    "A restrictive tag that HARBOUR does not have.",
    wrong({ tags: [["RESTRICTIVE", "CAVEAT", null, ["BUOY"]]] }),
  ),
  refused("ERR_TAG_EMPTY", "REL TO without a value.", wrong({ tags: [["PERMISSIVE", "REL TO", null, []]] })),
  refused(
    "ERR_TAG_REQUIRED",
    "RESTRICTED without REL TO.",
    wrong({ tags: [["INFORMATIVE", "ADMIN", null, ["STAFF"]]] }),
  ),
  refused(
    "ERR_VALUE_UNKNOWN",
    "A compartment that HARBOUR does not have.",
    wrong({ tags: [["RESTRICTIVE", "COMPARTMENT", null, ["ANCHOR"]]] }),
  ),
  refused(
    "ERR_COUNTRY_UNKNOWN",
    "REL TO names a country that HARBOUR does not know.",
    wrong({ tags: [["PERMISSIVE", "REL TO", null, ["AAB", "AAC"]]] }),
  ),
  refused(
    "ERR_COMMUNITY_UNKNOWN",
    "REL TO names a community that HARBOUR does not know.",
    wrong({ tags: [["PERMISSIVE", "REL TO", null, ["ANCHORAGE"]]] }),
  ),
  refused("ERR_LABEL_INVALID", "A value twice.", wrong({ tags: [["PERMISSIVE", "REL TO", null, ["AAB", "AAB"]]] })),
  refused(
    "ERR_TWO_TLP",
    "A portion is TLP:AMBER, in an envelope that is TLP:GREEN.",
    handled({ tlp: "GREEN" }, "TLP:AMBER"),
  ),
  refused("ERR_GATES_CONTRADICT", "REL TO lets in AAB, and ONLY keeps out all but QMB.", {
    ...marked("LAGOON GUARDED WATERWAYS REL TO AAB ONLY QMB"),
    core: named,
  }),
  refused("ERR_LABEL_TIME", "The label is dated a second later than the envelope.", {
    ...marked("HARBOUR RESTRICTED REL TO AAB, QMB", watch, { created: "2026-11-22T05:00:01Z" }),
    core: { audience: ["AAB", "QMB"] },
  }),
  refused("ERR_AUDIENCE", "The stated audience is wider than the labels.", {
    ...one(watch),
    core: { audience: ["AAB", "QMB", "ZZC"] },
  }),
  refused("ERR_NO_AUDIENCE", "The label is for a community that had no member when it was written.", {
    labels: long,
    portions: [{ labels: long, files, recipients: [watch] }],
    core: { audience: ["AAB"] },
  }),
  refused("ERR_FUTURE", "It was sealed 301 seconds later than it is read.", one(watch), {}, { at: T - 301 }),
  refused("ERR_EXPIRED", "It was valid until a second before it is read.", {
    ...one(watch),
    handling: { messageType: "exercise", validUntil: T - 1 },
  }),
  refused("ERR_EXERCISE_MISMATCH", "A recipient of an exercise is not for exercises.", one(ops)),
  refused(
    "ERR_EXERCISE_MISMATCH-policy",
    "The pack of the policy is for real work.",
    exercise,
    {},
    {
      packs: ["lagoon-operation"],
    },
  ),
  refused("ERR_UNMAPPABLE", "A recipient is not cleared in the policy of the label.", one(visitor)),
  refused("ERR_CLEARANCE", "A recipient is not cleared for SECRET.", marked("HARBOUR SECRET REL TO AAB, QMB")),
  refused(
    "ERR_NEED_TO_KNOW",
    "A recipient does not hold the compartment.",
    marked("HARBOUR RESTRICTED BUOY REL TO AAB, QMB"),
  ),
  refused(
    "ERR_RELEASABILITY",
    "A recipient's nation is not on the release list.",
    marked("HARBOUR RESTRICTED REL TO AAB"),
  ),
  refused(
    "ERR_RELEASABILITY-lowered",
    "A recipient is let in by the label that stands now, and was kept out by the one that stood when it was sealed.",
    {
      ...marked("HARBOUR CONFIDENTIAL REL TO AAB", watch, { succession: [DUE, label(BANNER)] }),
      core: { audience: ["AAB"] },
    },
    {},
    { at: T + 3600 },
  ),
  closed(
    "ERR_RELEASABILITY-raised",
    "The reader was let in by the label that stood when it was sealed, so that it verifies; by the one that stands now, not.",
    { ...marked(BANNER, watch, { succession: [DUE, label("HARBOUR RESTRICTED REL TO AAB")] }), core: named },
    {},
    watch,
    { at: T + 3600 },
  ),
  refused(
    "ERR_PROFILE_DIVERGES",
    "A recipient is let in by an extension alone, and a gate that it does not pass would keep it out elsewhere.",
    {
      portions: [
        {
          labels: labels("LAGOON GUARDED WATERWAYS, RELEASABLE REL TO AAB ALSO TO WATERWAYS, ZZC"),
          files,
          recipients: [relay, port],
        },
      ],
    },
  ),
  refused("ERR_MUST_BE_NAMED", "TLP:RED, and the recipient is hidden.", { portions: [red] }),
  refused("ERR_AGREEMENT", "An agreement that HARBOUR does not have.", handled({ agreement: "HARBOUR-MOU-2024/4" })),
  refused(
    "ERR_OBLIGATION",
    "An obligation that the card does not say its holder fulfils.",
    handled({ obligations: ["receipt-on-open", "two-person-open"] }),
  ),
  refused("ERR_SUITE_FLOOR", "SECRET, and the slot is X-Wing.", marked("HARBOUR SECRET REL TO AAB", duty)),
  refused("ERR_SLOT_KEY", "The slot's key is not on the card that it names.", one(watch), {
    portion: (portion) => portion.set(6, [duty.card.digest]),
  }),
];

export const texts: readonly Draft[] = [
  other("marking", "ERR_MARKING", "A banner with a Cyrillic letter.", async () => ({
    bytes: utf8("HARBOUR RESTRICTЕD REL TO AAB"),
  })),
  other("label-xml", "ERR_LABEL_XML", "The label as XML, with an attribute that the standard prohibits.", async () => ({
    bytes: utf8(LABEL_XML.replace("<l:Classification>", '<l:Classification URI="urn:oid:1.2.3">')),
  })),
  other("label-json", "ERR_LABEL_JSON", "The label as JSON, with a member that the form does not have.", async () => ({
    bytes: utf8(LABEL_JSON.replace('"kind"', '"note":"","kind"')),
  })),
];
