/** What the tables hold of a policy, or are known to lack, that a pack made from them has not: each with its reason. */

import { inForce } from "../policy.ts";
import type { Tables } from "./tables.ts";

/** What the pack has: ids of levels, codes of communities; and the languages that lack a word. */
interface Has {
  readonly levels: readonly string[];
  readonly codes: readonly string[];
  readonly silent: readonly string[];
}

/** One sentence for each thing left out of the policy of `owner` at `at` (Unix seconds). */
export function leftOut(tables: Tables, owner: string, at: number, { levels, codes, silent }: Has): readonly string[] {
  const roles = tables.rollup.roles.filter(({ policy }) => policy === owner);
  const lists = roles.filter(({ role }) => role !== "restrictive");
  return [
    ...unverified(tables, owner),
    ...unusable(tables, owner, at, levels),
    ...silent.map((language) => `language ${language}: not every level has a word`),
    ...roles.filter(({ role }) => role === "restrictive").map(({ tag }) => `tag ${tag}: no table has its values`),
    ...unexplained(
      tables,
      owner,
      lists.map(({ tag }) => tag),
    ),
    ...(lists.length === 0 ? ["release lists: no table has them; whoever is cleared is in the audience"] : []),
    ...lists
      .filter(({ role, absent }) => role === "gate" && !["any", "originator-only"].includes(absent))
      .map(
        ({ tag, absent }) => `${tag} where absent: the table has "${absent}", the pack originator-only at every rank`,
      ),
    ...tables.markings.grammars
      .filter(({ policy }) => policy === owner)
      .map(({ grammar }) => `the banner form ${grammar}: a pack has none such; tags show by their names`),
    ...undated(tables, codes),
    ...(codes.length === 0
      ? []
      : ["changes in communities since the day of their list; their members count from it on"]),
  ];
}

function unverified({ equivalence }: Tables, owner: string): readonly string[] {
  const rows = equivalence.unverified.filter((row) => row.owner === owner);
  return [...new Set(rows.map(({ what }) => what))].map((what) => {
    const ids = rows.filter((row) => row.what === what).map(({ id }) => id);
    return `${what === "record" ? "" : `${what} of `}${ids.join(", ")}: not verified`;
  });
}

/** Levels of another time, and such as have no rank. Those with a tag of their own are in the pack as level and tag. */
const unusable = ({ equivalence }: Tables, owner: string, at: number, levels: readonly string[]): readonly string[] =>
  equivalence.records
    .filter((level) => level.owner === owner && level.composite === undefined && !levels.includes(level.id))
    .map((level) => {
      const { id, marking, validFrom = "...", validTo = "...", note } = level;
      const why = inForce(level, at) ? `no rank${note === undefined ? "" : `; ${note}`}` : `${validFrom} to ${validTo}`;
      return `${id} (${marking}): ${why}`;
    });

function unexplained({ markings }: Tables, owner: string, tags: readonly string[]): readonly string[] {
  const controls = markings.controls.filter(({ policy }) => policy === owner).map(({ banner }) => banner);
  const caveats = markings.caveats.filter((row) => row.owner === owner).map(({ marking }) => marking);
  const names = [...new Set([...controls, ...caveats])].filter((name) => !tags.includes(name));
  return names.length === 0 ? [] : [`${names.join(", ")}: no table says what this does in a decision`];
}

const undated = ({ communities }: Tables, codes: readonly string[]): readonly string[] =>
  communities.lists
    .filter(({ code }) => codes.includes(code))
    .flatMap(({ code, members }) => {
      const dated = communities.records.find((record) => record.code === code)?.members ?? [];
      const missing = members.filter((member) => !dated.includes(member));
      return missing.length === 0 ? [] : [`${missing.join(", ")} in ${code}: no day of accession is verified`];
    });
