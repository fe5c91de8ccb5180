/**
 * Fictional policies beside HARBOUR. LAGOON: a base, two gates and an extension, as ADatP-4774 has them. SHOAL: of one day,
 * with much that is over on that day.
 */

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

/** The same text as a later version. */
export const LAGOON_3 = utf8(new TextDecoder().decode(LAGOON).replace('"version": 1', '"version": 3'));

/** The payload of SHOAL, which is in force on the day of T alone, and in which nobody is cleared. */
export const SHOAL = utf8(
  `${JSON.stringify(
    {
      schema: "policy-pack/1",
      note: "fictional: states of ISO 3166-1 user-assigned codes, for exercises and tests only",
      policy: { name: "SHOAL", oid: "2.999.2" },
      validFrom: "2026-11-22",
      validTo: "2026-11-22",
      version: 1,
      classifications: [
        { rank: 0, name: "OPEN", portion: "S-O", release: "addressed" },
        { rank: 1, name: "CLOSE", portion: "S-C" },
        { rank: 2, name: "DEEP", portion: "S-D" },
      ],
      tags: [
        permissive("REL TO", "gate", [...NATIONS, "FLEET"], { absent: "any" }),
        { name: "COMPARTMENT", type: "RESTRICTIVE", values: ["BUOY"] },
        { name: "TIDE", type: "INFORMATIVE", validTo: "2026-11-21", values: ["HIGH", "LOW"] },
      ],
      requires: [],
      equivalences: [
        {
          classification: "CLOSE",
          policy: "HARBOUR",
          equals: "RESTRICTED",
          source: "fictional",
          validTo: "2026-11-22",
        },
        {
          classification: "DEEP",
          policy: "HARBOUR",
          equals: "CONFIDENTIAL",
          source: "fictional",
          validTo: "2026-11-21",
        },
      ],
      communities: [
        {
          code: "FLEET",
          decomposable: "Yes",
          members: [
            { nation: "AAB", from: "2024-03-01" },
            { nation: "QMB", from: "2024-03-01" },
            { nation: "ZZC", from: "2024-03-01", to: "2026-11-21" },
          ],
        },
      ],
      agreements: [
        { id: "SHOAL-1", parties: ["AAB", "ZZC"], maxRank: 2, validFrom: "2026-01-01", source: "fictional" },
        {
          id: "SHOAL-2",
          parties: ["QMB"],
          maxRank: 1,
          validFrom: "2026-11-22",
          validTo: "2026-11-22",
          source: "fictional",
        },
        {
          id: "SHOAL-3",
          parties: ["QMB"],
          maxRank: 2,
          validFrom: "2026-01-01",
          validTo: "2026-11-21",
          source: "fictional",
        },
      ],
      bannerOrder: ["POLICY", "CLASSIFICATION", "COMPARTMENT", "REL TO", "TIDE"],
      languages: { en: { "REL TO": "REL TO" } },
      dirtyWords: [],
      separators: { between: " ", list: ", " },
      suiteFloors: [
        { rank: 0, floor: "classical" },
        { rank: 1, floor: "classical" },
        { rank: 2, floor: "hybrid-768" },
      ],
      nationality: "represented",
      governor: "SHOAL commission (fictional)",
      obligations: ["receipt-on-open"],
    },
    null,
    1,
  )}\n`,
);
