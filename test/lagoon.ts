/** LAGOON, a fictional policy beside HARBOUR: a base, two gates and an extension, as ADatP-4774 has them. */

import { utf8 } from "../src/bytes.ts";

const permissive = (name: string, role: string, values: readonly string[], more = {}) => ({
  name,
  type: "PERMISSIVE",
  role,
  ...more,
  values,
});
const NATIONS = ["AAB", "QMB", "ZZC"];

/** The payload of the pack. */
export const LAGOON = utf8(
  `${JSON.stringify(
    {
      schema: "policy-pack/1",
      note: "fictional: states of ISO 3166-1 user-assigned codes, for exercises and tests only",
      policy: { name: "LAGOON", originatorNations: ["AAB", "QMB"] },
      validFrom: "2026-01-01",
      validTo: null,
      version: 1,
      classifications: [
        { rank: 0, name: "UNCLASSIFIED", portion: "L-U" },
        { rank: 1, name: "GUARDED", portion: "L-G" },
        { rank: 2, name: "SEALED", portion: "L-S" },
        { rank: 3, name: "WATCHED", portion: "L-W", validTo: "2026-06-30" },
      ],
      tags: [
        permissive("CONTEXT", "base", ["WATERWAYS", "RELEASABLE"]),
        permissive("REL TO", "gate", NATIONS, { absent: "originator-only" }),
        permissive("ONLY", "gate", NATIONS, { absent: "any" }),
        permissive("ALSO TO", "extension", ["WATERWAYS", ...NATIONS], { announcedBy: "RELEASABLE" }),
        { name: "CHANNEL", type: "RESTRICTIVE", values: ["NORTH", "SOUTH"] },
      ],
      requires: [{ whenRankAtLeast: 1, tag: "CONTEXT", operation: "oneOrMore" }],
      excludes: [{ tag: "CHANNEL", value: "NORTH", otherTag: "CHANNEL", otherValue: "SOUTH" }],
      equivalences: [
        { classification: "GUARDED", policy: "HARBOUR", equals: "RESTRICTED", source: "fictional" },
        { classification: "SEALED", policy: "HARBOUR", equals: "CONFIDENTIAL", source: "fictional" },
      ],
      communities: [{ code: "WATERWAYS", decomposable: "No", members: [] }],
      agreements: [],
      bannerOrder: ["POLICY", "CLASSIFICATION", "CONTEXT", "REL TO", "ONLY", "ALSO TO", "CHANNEL"],
      languages: { en: { "REL TO": "REL TO", ONLY: "ONLY", "ALSO TO": "ALSO TO" } },
      dirtyWords: [],
      separators: { between: " ", list: ", " },
      suiteFloors: [
        { rank: 0, floor: "classical" },
        { rank: 1, floor: "classical" },
        { rank: 2, floor: "hybrid-768" },
        { rank: 3, floor: "hybrid-768" },
      ],
      nationality: "represented",
      governor: "LAGOON commission (fictional)",
      obligations: ["receipt-on-open"],
    },
    null,
    1,
  )}\n`,
);
