/** decision-vectors.json, project data, and the three policies that it speaks of, as packs. */

import { readFileSync } from "node:fs";
import { utf8 } from "../../src/bytes.ts";
import { type Policies, type Policy, policies, readPolicy } from "../../src/label/policy.ts";
import type { Dated } from "../../src/label/release.ts";
import type { Sealing } from "../../src/label/valid.ts";
import { CREATED } from "./shared.ts";

interface VectorLabel {
  policy: string;
  cls: string;
  cat: Record<string, string[]>;
}
interface Vectors {
  subjects: Record<string, { nation: string; cls: string[]; communities: string[]; cat: Record<string, string[]> }>;
  labels: Record<string, VectorLabel>;
  decisions: { label: string; subject: string; generic: string[]; strict: string; profile: string }[];
  rollups: {
    case: string;
    policy: string;
    portions: VectorLabel[];
    asWrittenWidens: boolean;
    asWritten: VectorLabel;
    safe: VectorLabel;
  }[];
}

export const VECTORS: Vectors = JSON.parse(readFileSync(new URL("decision-vectors.json", import.meta.url), "utf8"));

type Fields = Record<string, unknown>;
/** A pack with these classifications, from the lowest, and these parts. */
const pack = (name: string, classes: (string | Fields)[], tags: Fields[], communities: Fields[] = []): Policy =>
  readPolicy(
    utf8(
      JSON.stringify({
        schema: "policy-pack/1",
        policy: { name },
        validFrom: "2000-01-01",
        validTo: null,
        version: 1,
        classifications: classes.map((one, rank) => ({
          rank,
          portion: `C${rank}`,
          ...(typeof one === "string" ? { name: one } : one),
        })),
        tags,
        requires: [],
        communities,
        agreements: [],
        bannerOrder: ["POLICY", "CLASSIFICATION", ...tags.map((tag) => tag.name)],
        languages: {},
        dirtyWords: [],
        separators: { between: " ", list: ", " },
        suiteFloors: classes.map((_, rank) => ({ rank, floor: "classical" })),
        nationality: "represented",
        governor: "nobody",
        obligations: [],
      }),
    ),
  );

const closed = ["NATO", "EAPC", "KFOR", "ISAF"];
const nations = "CAN DEU ESP FRA ITA NLD NOR GBR USA TUR IRL SWE UKR JPN CHE NZL AUS".split(" ");
const relTo = (absent: "any" | "originator-only", values: string[]) => ({
  name: "REL TO",
  type: "PERMISSIVE",
  role: "gate",
  absent,
  values,
});
const NATO = pack(
  "NATO",
  ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET"],
  [
    { name: "Context", type: "PERMISSIVE", role: "base", values: [...closed, "Releasable"] },
    { name: "Only", type: "PERMISSIVE", role: "gate", absent: "any", values: [...closed, ...nations] },
    {
      name: "Releasable To",
      type: "PERMISSIVE",
      role: "extension",
      announcedBy: "Releasable",
      values: [...closed, ...nations],
    },
    { name: "Additional Sensitivity", type: "RESTRICTIVE", values: ["ATOMAL", "BOHEMIA"] },
  ],
  closed.map((code) => ({ code, decomposable: "No", members: [] })),
);
const ACME = pack("ACME", [{ name: "PUBLIC", release: "public" }, "INTERNAL"], [relTo("any", ["AAA", "BBB", "CCC"])]);
const FIVE = ["USA", "GBR", "CAN", "AUS", "NZL"].map((nation) => ({ nation, from: "2000-01-01" }));
const USA = pack(
  "USA",
  ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET", "TOP SECRET"],
  [relTo("originator-only", [...nations, "FVEY"])],
  [{ code: "FVEY", decomposable: "Yes", members: FIVE }],
);

const known: Policies = policies(NATO, ACME, USA);
const ORIGINATORS: Record<string, string> = { NATO: "GBR", ACME: "AAA", USA: "USA" };
export const sealingIn = (policy: string): Sealing => ({
  policies: known,
  originatorNation: ORIGINATORS[policy] as string,
  created: CREATED,
});

export const labelOf = ({ policy, cls, cat }: VectorLabel): Dated => {
  const tags = (known.get(policy) as Policy).tags.flatMap(({ type, name }) => {
    const values = cat[name];
    return values === undefined ? [] : [[type, name, null, values] as const];
  });
  const label = { policy: [policy, null] as const, classification: cls, created: "2026-11-22T05:00:00Z" };
  return tags.length === 0 ? label : { ...label, tags };
};
