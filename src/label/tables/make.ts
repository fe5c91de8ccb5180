/**
 * Policy packs made from the sourced tables (spec/policies/README.md). Nothing is invented: what the tables do not say is
 * left out, and named. The suite floors are dipbag's own, and the pack says so.
 */

import { utf8 } from "../../bytes.ts";
import { fail } from "../../errors.ts";
import { inForce, type Policy, readPolicy, type Suite } from "../policy.ts";
import { dayStart } from "../shapes.ts";
import { sameWordElsewhere } from "./equivalence.ts";
import { leftOut } from "./left-out.ts";
import { type Level, nameOf, type Tables, type Verified } from "./tables.ts";

export interface MadePolicy {
  /** The bytes to sign, and what they say. */
  readonly payload: Uint8Array;
  readonly policy: Policy;
  /** What is not in the pack, and why. */
  readonly leftOut: readonly string[];
  /** What the sources say of single levels, for which a pack has no place. */
  readonly notes: readonly string[];
}

/** A level that a pack can hold. */
interface Usable extends Level {
  readonly rank: number;
  readonly name: string;
}

/** Whose policies can be made for that day (Unix seconds), in the order of the tables, and their names. */
export function ownersIn(
  tables: Tables,
  at: number,
): readonly { readonly owner: string; readonly name: string | null }[] {
  const owners = new Set(tables.equivalence.records.map(({ owner }) => owner));
  return [...owners]
    .filter((owner) => usableOf(tables, owner, at).length > 0)
    .map((owner) => ({ owner, name: titleOf(tables, owner) }));
}

/**
 * The policy of `owner` as the tables have it on `day` (YYYY-MM-DD), to be looked at and signed by its governor.
 * @throws DipbagError ERR_OWNER_UNKNOWN
 */
export function makePolicy(tables: Tables, owner: string, day: string): MadePolicy {
  const at = dayStart(day) ?? fail("ERR_USAGE", { reason: `${day} is no day: it looks like 2026-11-22` });
  const levels = usableOf(tables, owner, at);
  if (levels.length === 0) fail("ERR_OWNER_UNKNOWN", { owner });
  const title = titleOf(tables, owner);
  const tags = tagsOf(tables, owner);
  const equivalences = equivalencesOf(tables, levels, at);
  const separators = tables.markings.separators.find(({ policy }) => policy === owner);
  const pack = {
    schema: "policy-pack/1",
    note: noteOf(tables, levels, day, at),
    policy: { name: owner, ...(title !== null && { owner: title }) },
    validFrom: day,
    validTo: null,
    version: Number(day.replaceAll("-", "")),
    classifications: levels.map(({ rank, name, abbr, validFrom, validTo, ...row }) => ({
      rank,
      name,
      portion: abbr ?? name,
      source: sourceOf(row),
      ...(validFrom !== undefined && { validFrom }),
      ...(validTo !== undefined && { validTo }),
    })),
    tags,
    requires: tables.rollup.roles
      .filter(({ policy, role, absent }) => policy === owner && role === "base" && absent === "invalid")
      .map(({ tag, ...row }) => ({ whenRankAtLeast: 0, tag, operation: "oneOrMore", source: sourceOf(row) })),
    ...(equivalences.length > 0 && { equivalences }),
    communities: tags.some(({ type }) => type === "PERMISSIVE") ? communitiesOf(tables, owner) : [],
    agreements: [],
    bannerOrder: ["CLASSIFICATION", ...tags.map(({ name }) => name)],
    languages: languagesOf(tables, owner, levels, tags),
    dirtyWords: [],
    separators: { between: separators?.between ?? " ", list: separators?.list ?? ", " },
    suiteFloors: levels.map(({ rank }) => ({ rank, floor: floorOf(rank) })),
    nationality: "represented",
    governor: "none yet: made from the tables of dipbag, for its governor to check and to sign",
    obligations: [],
  };
  const payload = utf8(`${JSON.stringify(pack, null, 1)}\n`);
  const silent = spokenBy(tables, owner, levels).filter((language) => !Object.hasOwn(pack.languages, language));
  const codes = pack.communities.map(({ code }) => code);
  return {
    payload,
    policy: readPolicy(payload),
    leftOut: leftOut(tables, owner, at, { levels: levels.map(({ id }) => id), codes, silent }),
    notes: levels.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`])),
  };
}

const floorOf = (rank: number): Suite => (rank <= 1 ? "classical" : rank === 2 ? "hybrid-768" : "hybrid-1024");

const titleOf = ({ countries, communities }: Tables, owner: string): string | null =>
  [...countries.records, ...communities.records].find(({ code }) => code === owner)?.name ?? null;

const isOf =
  (owner: string) =>
  ({ policy }: { readonly policy: string }): boolean =>
    policy === owner;

/** Lowest first. */
function usableOf(tables: Tables, owner: string, at: number): readonly Usable[] {
  return tables.equivalence.records
    .filter((level) => level.owner === owner && level.composite === undefined && inForce(level, at))
    .flatMap((level) => {
      const name = nameOf(level, tables);
      return level.rank === null || name === undefined ? [] : [{ ...level, rank: level.rank, name }];
    })
    .sort((a, b) => a.rank - b.rank);
}

/** What is not read in its primary source says so wherever it goes. */
const sourceOf = ({ source, verified }: { readonly source: string; readonly verified: Verified }): string =>
  verified === true ? source : `cross-checked only: ${source}`;

function noteOf(tables: Tables, levels: readonly Usable[], day: string, at: number): string {
  const friends = levels.flatMap((level) => {
    const others = sameWordElsewhere(level, tables, at).map(({ policy, rank }) => `${policy} ${rank}`);
    return others.length === 0 ? [] : [`"${level.marking}" is rank ${level.rank} here, elsewhere ${others.join(", ")}`];
  });
  return [
    `made on ${day} from the tables of dipbag; each row names its source`,
    "the suite floors are dipbag's own and in no source: classical up to rank 1, hybrid-768 at 2, hybrid-1024 from 3 on",
    ...(friends.length === 0 ? [] : [`false friends: ${friends.join("; ")}`]),
  ].join(". ");
}

/** Base, restrictive, gate, extension: the order in which a banner shows them. */
function tagsOf(tables: Tables, owner: string) {
  const codes = codesOf(tables, owner).map(({ code }) => code);
  const { announced } = tables.markings;
  const nations = nationsOf(tables, owner);
  const permissive = (wanted: "base" | "gate" | "extension") =>
    tables.rollup.roles
      .filter(({ policy, role }) => policy === owner && role === wanted)
      .map(({ tag, absent, ...row }) => {
        const mark = announced.find((row) => row.policy === owner && row.tag === tag)?.value;
        const marks = announced.filter((row) => row.policy === owner && row.base === tag).map(({ value }) => value);
        return {
          name: tag,
          type: "PERMISSIVE",
          role: wanted,
          ...(wanted === "gate" && { absent: absent === "any" ? "any" : "originator-only" }),
          values: wanted === "base" ? [...codes, ...marks] : [...nations, ...codes],
          portionForm: tag,
          ...(mark !== undefined && { announcedBy: mark }),
          source: sourceOf(row),
        };
      });
  return [...permissive("base"), ...restrictiveOf(tables, owner), ...permissive("gate"), ...permissive("extension")];
}

/** What the levels with a tag of their own are made of. */
function restrictiveOf({ equivalence }: Tables, owner: string) {
  const found = equivalence.records
    .filter(isOf(owner))
    .flatMap(({ composite, ...row }) =>
      [...(composite?.restrictive ?? [])].flatMap(([name, values]) =>
        values.map((value) => ({ name, value, source: sourceOf(row) })),
      ),
    );
  return [...new Set(found.map(({ name }) => name))].map((name) => {
    const rows = found.filter((row) => row.name === name);
    const values = [...new Set(rows.map(({ value }) => value))];
    return { name, type: "RESTRICTIVE", values, source: rows[0]?.source };
  });
}

/** Codes of ISO 3166-1 in any policy; the others in that whose list it is. */
const nationsOf = ({ countries }: Tables, owner: string): readonly string[] =>
  countries.records.filter(({ kind }) => kind === "iso3166-1" || countries.policy === owner).map(({ code }) => code);

/** The community codes of a policy, but for those that only announce an extension. */
const codesOf = ({ communities, markings }: Tables, owner: string) =>
  [...communities.records, ...communities.contexts]
    .filter(isOf(owner))
    .filter(({ code }) => !markings.announced.some((row) => row.policy === owner && row.value === code));

/** Members count from the day of the list on: when they joined, no source here tells. */
function communitiesOf(tables: Tables, owner: string) {
  return codesOf(tables, owner).map(({ code, ...row }) => {
    const known = tables.communities.records.find((record) => record.code === code);
    const open = known !== undefined && known.decomposable === "Yes";
    return {
      code,
      decomposable: open ? "Yes" : "No",
      members: open ? known.members.map((nation) => ({ nation, from: known.asOf })) : [],
      source: sourceOf(known ?? row),
    };
  });
}

/** By the name that the other policy's pack gives the level, which need not be its marking. */
function equivalencesOf(tables: Tables, levels: readonly Usable[], at: number) {
  return levels.flatMap(({ name, equivalent, ...row }) =>
    [...(equivalent ?? [])].flatMap(([policy, marking]) => {
      const other = tables.equivalence.records.find(
        (level) => level.policy === policy && level.marking === marking && inForce(level, at),
      );
      const equals = other && nameOf(other, tables);
      return equals === undefined ? [] : [{ classification: name, policy, equals, source: sourceOf(row) }];
    }),
  );
}

type Words = Readonly<Record<string, string>>;

/** The markings in each language that has them all. Tags have one name in every language. */
function languagesOf(
  tables: Tables,
  owner: string,
  levels: readonly Usable[],
  tags: readonly { readonly name: string; readonly type: string }[],
): Readonly<Record<string, Words>> {
  const named = tags.filter(({ type }) => type === "PERMISSIVE").map(({ name }) => [name, name] as const);
  const speaking = levels.filter((level) => languagesSpoken(tables, owner, level).length > 0);
  return Object.fromEntries(
    spokenBy(tables, owner, levels).flatMap((language) => {
      const words = speaking.flatMap((level) => {
        const word = wordIn(tables, level, language);
        return word === undefined ? [] : [[level.name, word] as const];
      });
      if (words.length < speaking.length) return [];
      return [[language, Object.fromEntries([...words, ...named])] as const];
    }),
  );
}

const spokenBy = (tables: Tables, owner: string, levels: readonly Usable[]): readonly string[] => [
  ...new Set(levels.flatMap((level) => languagesSpoken(tables, owner, level))),
];

const hasPhrases = ({ markings }: Tables, owner: string): boolean => markings.phrases.some(isOf(owner));

/** Phrases are translated from English. */
const languagesSpoken = (tables: Tables, owner: string, { lang }: Level): readonly string[] =>
  hasPhrases(tables, owner)
    ? ["en", ...tables.markings.phrases.filter(isOf(owner)).map((row) => row.lang)]
    : (lang?.split("/") ?? []);

/** The marking is in the first of its languages, its other forms in the next; or it is one text in all of them. */
function wordIn(tables: Tables, level: Usable, language: string): string | undefined {
  const { marking = level.name, aliases = [], lang = "" } = level;
  if (hasPhrases(tables, level.policy)) {
    const phrases = tables.markings.phrases.filter(isOf(level.policy)).filter((row) => row.lang === language);
    // The longest: TOP SECRET ends as SECRET does.
    const [phrase] = phrases.filter(({ of }) => marking.endsWith(of)).sort((a, b) => b.of.length - a.of.length);
    return language === "en" ? marking : phrase && marking.slice(0, -phrase.of.length) + phrase.text;
  }
  const place = lang.split("/").indexOf(language);
  return place <= 0 || marking.includes("/") ? marking : aliases[place - 1];
}
