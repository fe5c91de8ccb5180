/** Levels of different policies compared: by (policy, rank, date) and by published rows, never by a word. */

import { fail } from "../../errors.ts";
import { distance, fold } from "../nearest.ts";
import { equivalents, inForce, type Policy } from "../policy.ts";
import { formsOf, type Level, nameOf, type Tables, type Verified } from "./tables.ts";

/** What is known where two levels are compared. */
export interface Known {
  readonly tables: Tables;
  /** The policies known here, built in or signed. */
  readonly packs: readonly Policy[];
  /** Unix seconds: the day on which the labels were made. */
  readonly at: number;
}

/** One level, as a table or a pack has it. */
export interface Ranked {
  readonly policy: string;
  readonly name: string;
  readonly rank: number;
  /** Whether that rank is one of the tables' common scale. A rank in a pack is one of that pack only. */
  readonly common: boolean;
  readonly canonical: string | null;
  /** What people write for it. */
  readonly forms: readonly string[];
  readonly note: string | null;
  readonly source: string;
  /** "pack": on the word of a policy pack. */
  readonly verified: Verified | "pack";
}

export interface Comparison {
  /** What the first is to the second. */
  readonly order: "higher" | "equal" | "lower";
  readonly a: Ranked;
  readonly b: Ranked;
  /** One policy, the common scale of the tables, or a row of a pack; and who says so. */
  readonly by: "policy" | "scale" | "row";
  readonly source: string;
  readonly cautions: readonly string[];
}

/** What people write, upper case and blanks alike: within one policy only. */
const plain = (text: string): string =>
  text
    .normalize("NFC")
    .toUpperCase()
    .replace(/[\s_]+/g, " ")
    .trim();
/** As somebody remembers a foreign word: without accents. */
const remembered = (text: string): string => fold(text.normalize("NFD").replace(/\p{M}/gu, ""));

export const isCommon = ({ rank, canonical }: Pick<Level, "rank" | "canonical">, { equivalence }: Tables): boolean =>
  rank !== null && canonical !== undefined && equivalence.ranks[rank] === canonical;

/**
 * Compares two levels (ADatP-4774.1 section 4.4, rules 1 and 2), each `POLICY:CLASSIFICATION`; the classification by its name in the policy, its marking, its
 * abbreviation or the canonical name of the tables. In one policy the ranks count; between two of the tables the common
 * scale; else a row of `equivalences` of one policy's pack, the strictest where there are several.
 * @throws DipbagError ERR_NOT_COMPARABLE: unknown, ambiguous, not in use on that day, not verified, without a rank, without
 * a published equal, or TLP, which is no classification; ERR_USAGE where one is written in another form
 */
export function compareLevels(a: string, b: string, known: Known): Comparison {
  const refuse = (reason: string, fix: string): never => fail("ERR_NOT_COMPARABLE", { a, b, reason, fix });
  const [first, second] = [find(a, known, refuse), find(b, known, refuse)];
  const { order, by, source } = weigh(first, second, known, refuse);
  return { order, a: first, b: second, by, source, cautions: cautions(first, second, order) };
}

type Refuse = (reason: string, fix: string) => never;
type Weighed = Pick<Comparison, "order" | "by" | "source">;

function weigh(a: Ranked, b: Ranked, known: Known, refuse: Refuse): Weighed {
  if (a.policy === b.policy) return { order: orderOf(a.rank, b.rank), by: "policy", source: a.source };
  if ([a, b].some(({ policy }) => policy === "TLP")) {
    return refuse("TLP is no classification", "say what it is in the other policy too, as an alternative label");
  }
  if (a.common && b.common) {
    return { order: orderOf(a.rank, b.rank), by: "scale", source: "the common scale of the tables of dipbag" };
  }
  const there = equalIn(b.policy, a, known, refuse);
  if (there !== undefined) return { order: orderOf(there.rank, b.rank), by: "row", source: there.source };
  const here = equalIn(a.policy, b, known, refuse);
  if (here !== undefined) return { order: orderOf(a.rank, here.rank), by: "row", source: here.source };
  const odd = a.common ? b : a;
  return refuse(
    `nothing that is published says what ${odd.policy} ${odd.name} is in another policy${odd.note ? ` (${odd.note})` : ""}`,
    "ask whoever governs the policy; a pack can say it in its equivalences",
  );
}

/** The rank in `policy` that the pack of `level` gives it, and the source of that row. */
function equalIn(
  policy: string,
  level: Ranked,
  known: Known,
  refuse: Refuse,
): { readonly rank: number; readonly source: string } | undefined {
  const pack = known.packs.find((one) => one.policy.name === level.policy);
  return (pack === undefined ? [] : equivalents(pack, level.name, known.at))
    .filter((row) => row.policy === policy)
    .map((row) => ({ rank: find(`${policy}:${row.equals}`, known, refuse).rank, source: row.source }))
    .sort((x, y) => y.rank - x.rank)[0];
}

const orderOf = (a: number, b: number): Comparison["order"] => (a === b ? "equal" : a > b ? "higher" : "lower");

/** The one level that is meant. A table goes before a pack: its rows can be compared with other policies. */
function find(text: string, known: Known, refuse: Refuse): Ranked {
  const [, policy, name] = /^([^:]+):(.+)$/u.exec(text) ?? [];
  if (policy === undefined || name === undefined) {
    return fail("ERR_USAGE", {
      reason: `a level is written POLICY:CLASSIFICATION, as HARBOUR:SECRET, and not ${text}`,
    });
  }
  return inTables(policy, name, known, refuse) ?? inPacks(policy, name, known) ?? unknown(policy, name, known, refuse);
}

function inTables(policy: string, name: string, { tables, at }: Known, refuse: Refuse): Ranked | undefined {
  const named = levelsOf(policy, tables).filter((level) => namesOf(level, tables).includes(plain(name)));
  const current = named.filter((level) => inForce(level, at));
  const [level, another] = current;
  if (another !== undefined) {
    const meanings = current.map((one) => `${one.marking} (${one.canonical})`).join(" or ");
    const others = (one: Level) => current.filter((other) => other !== one).flatMap((other) => namesOf(other, tables));
    const clear = current.flatMap((one) => namesOf(one, tables).find((form) => !others(one).includes(form)) ?? []);
    return refuse(`${policy} ${name} may mean ${meanings}`, `write one of: ${clear.join(", ")}`);
  }
  const [old] = named;
  if (level === undefined && old === undefined) return undefined;
  if (level === undefined) {
    const when = named.map(({ validFrom, validTo }) => `${validFrom ?? "..."} to ${validTo ?? "..."}`).join(", ");
    return refuse(`${policy} ${name} was not in use on that day, but ${when}`, "add --date and the day of the label");
  }
  const { rank, note, source, verified } = level;
  const shown = nameOf(level, tables) ?? name;
  if (rank === null) {
    return refuse(`${policy} ${shown} has no rank${note ? `: ${note}` : ""}`, "ask whoever governs the policy");
  }
  return {
    policy: level.policy,
    name: shown,
    rank,
    common: isCommon(level, tables),
    canonical: level.canonical ?? null,
    forms: formsOf(level),
    note: note ?? null,
    source,
    verified,
  };
}

const levelsOf = (policy: string, { equivalence }: Tables): readonly Level[] =>
  equivalence.records.filter((level) => level.policy === policy || level.owner === policy);

/** A level with a tag has the canonical name of the level without it, and is not meant by that. */
function namesOf(level: Level, tables: Tables): readonly string[] {
  const own = level.composite === undefined ? [level.canonical, nameOf(level, tables)] : [];
  return [...formsOf(level), ...own].filter((form) => form !== undefined).map(plain);
}

function inPacks(policy: string, name: string, { packs }: Known): Ranked | undefined {
  const pack = packs.find((one) => one.policy.name === policy);
  const level = pack?.classifications.find((one) =>
    [one.name, one.portion].some((form) => plain(form) === plain(name)),
  );
  if (pack === undefined || level === undefined) return undefined;
  return {
    policy,
    name: level.name,
    rank: level.rank,
    common: false,
    canonical: null,
    forms: [level.name],
    note: null,
    source: level.source ?? `policy pack ${policy} version ${pack.version}, of ${pack.governor}`,
    verified: "pack",
  };
}

function unknown(policy: string, name: string, { tables, packs }: Known, refuse: Refuse): never {
  const levels = levelsOf(policy, tables);
  const pack = packs.find((one) => one.policy.name === policy);
  const names = [
    ...levels.flatMap((level) => nameOf(level, tables) ?? []),
    ...(pack?.classifications.map((one) => one.name) ?? []),
  ];
  const unsure = tables.equivalence.unverified.filter(({ owner, what }) => owner === policy && what === "record");
  if (unsure.length > 0) {
    const ids = unsure.map(({ id }) => id).join(", ");
    return refuse(`${policy} ${name} is not known; not verified, and so left out: ${ids}`, "ask its governor");
  }
  return names.length === 0
    ? refuse(`no policy ${policy} is known`, "name one of 'dipbag policy make', or one whose pack is here")
    : refuse(`${policy} has no level ${name}`, `write one of: ${[...new Set(names)].join(", ")}`);
}

function cautions(a: Ranked, b: Ranked, order: Comparison["order"]): readonly string[] {
  const friends = a.policy === b.policy || order === "equal" ? [] : falseFriends(a, b);
  const checked = [a, b].filter(({ verified }) => verified === "cross-checked");
  return [
    ...friends.map(([x, y]) => `false friends: "${x}" (${a.policy}) and "${y}" (${b.policy}) are different levels`),
    ...checked.map(({ policy, name }) => `${policy} ${name} is cross-checked only: its primary source was not read`),
  ];
}

/** Forms of two levels that look alike, and so mislead; not those that both are plain English for their own level. */
function falseFriends(a: Ranked, b: Ranked): readonly (readonly [string, string])[] {
  const expected = ({ canonical }: Ranked, form: string) => canonical !== null && plain(form) === plain(canonical);
  return a.forms.flatMap((x) =>
    b.forms
      .filter((y) => isAlike(remembered(x), remembered(y)) && !(expected(a, x) && expected(b, y)))
      .map((y) => [x, y] as const),
  );
}

/** Equal, one in the other as a whole word, or one letter apart. */
function isAlike(x: string, y: string): boolean {
  const [short = x, long = y] = [x, y].sort((p, q) => p.length - q.length);
  const isWord = short.length >= 4 && ` ${long} `.includes(` ${short} `);
  return x === y || isWord || (short.length >= 5 && distance(x, y) <= 1);
}

/** The levels of other policies in use then that have a form of this one, and another rank. */
export function sameWordElsewhere(level: Level, tables: Tables, at: number): readonly Level[] {
  const own = new Set([level.marking, ...(level.aliases ?? [])].map((form) => remembered(form ?? "")));
  return tables.equivalence.records.filter(
    (other) =>
      other.policy !== level.policy &&
      inForce(other, at) &&
      isCommon(other, tables) &&
      other.rank !== level.rank &&
      [other.marking, ...(other.aliases ?? [])].some((form) => form !== undefined && own.has(remembered(form))),
  );
}
