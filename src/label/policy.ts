/** Policy packs: the JSON form of spec/label.md section 4, read strictly, and what is looked up in one. */

import { fromUtf8 } from "../bytes.ts";
import type { CborValue } from "../cbor/codec.ts";
import { newBudget } from "../cbor/scan.ts";
import {
  list,
  literal,
  name,
  nullable,
  type Of,
  oneOf,
  optional,
  required,
  type Shape,
  struct,
  text,
  uint,
} from "../cbor/schema.ts";
import { DipbagError, fail } from "../errors.ts";
import { remembered } from "../remember.ts";
import { oidFromText } from "./oid.ts";
import { checked, date, dayStart } from "./shapes.ts";

/** From weakest to strongest. */
export const SUITES = ["classical", "hybrid-768", "hybrid-1024"] as const;
export type Suite = (typeof SUITES)[number];

const MAX_POLICY = 1024 * 1024;
const MAX_NESTING = 8;

export const bool: Shape<boolean> = {
  read: (value, place) => (typeof value === "boolean" ? value : fail("ERR_SCHEMA", { where: place.path })),
  write: (value) => value,
};
/** Words of a language: of every classification and every tag. */
const MAX_WORDS = 64 + 1024;

/** An object whose keys are data. */
export const dictionary = <T>(key: Shape<string>, entry: Shape<T>): Shape<ReadonlyMap<string, T>> => ({
  read: (value, place) => {
    if (!(value instanceof Map) || value.size > MAX_WORDS) return fail("ERR_SCHEMA", { where: place.path });
    return new Map([...value].map(([name, item]) => [key.read(name, place), entry.read(item, place)]));
  },
  write: (value) => new Map([...value].map(([name, item]) => [key.write(name) as string, entry.write(item)])),
});
const any = <T>(shape: Shape<T>): Shape<readonly T[]> => list(shape, 0, 1024);

const dates = { validFrom: optional("validFrom", date), validTo: optional("validTo", nullable(date)) } as const;
const notes = optional("note", name(1024));
/** Where a row comes from: a publication, a page, a file. */
const source = optional("source", name(1024));
const rank = uint(255);
const separator = checked(text(1, 8), (value) => /^[ -~]*$/.test(value));

const identityShape = struct({
  name: required("name", name()),
  oid: optional(
    "oid",
    checked(name(), (value) => oidFromText(value) !== undefined),
  ),
  originatorNations: optional("originatorNations", list(name(), 1, 1024)),
  owner: optional("owner", name(1024)),
});
const classificationShape = struct({
  rank: required("rank", rank),
  name: required("name", name()),
  portion: required("portion", name()),
  release: optional("release", oneOf("public", "addressed", "named")),
  source,
  ...dates,
});
const tagShape = struct({
  name: required("name", name()),
  type: required("type", oneOf("RESTRICTIVE", "PERMISSIVE", "INFORMATIVE")),
  role: optional("role", oneOf("base", "gate", "extension")),
  absent: optional("absent", oneOf("any", "originator-only")),
  values: required("values", list(name(), 1, 1024)),
  portionForm: optional("portionForm", name()),
  /** Of an extension: the value of a base that only announces it, and lets in nobody (ADatP-4774 Context "Releasable"). */
  announcedBy: optional("announcedBy", name()),
  clearanceExempt: optional("clearanceExempt", bool),
  note: notes,
  source,
  ...dates,
});
const requirementShape = struct({
  whenRankAtLeast: required("whenRankAtLeast", rank),
  whenRankAtMost: optional("whenRankAtMost", rank),
  tag: required("tag", name()),
  operation: required("operation", oneOf("oneOrMore", "exactlyOne", "none")),
  source,
});
/** Two values, or two tags where no value is named, that never stand on one label. */
const exclusionShape = struct({
  tag: required("tag", name()),
  value: optional("value", name()),
  otherTag: required("otherTag", name()),
  otherValue: optional("otherValue", name()),
  source,
});
/** A classification of this policy and what it is in another: never by its name, always by this row. */
const equivalenceShape = struct({
  classification: required("classification", name()),
  policy: required("policy", name()),
  equals: required("equals", name()),
  source: required("source", name(1024)),
  ...dates,
});
const memberShape = struct({
  nation: required("nation", name()),
  from: required("from", date),
  to: optional("to", nullable(date)),
});
const communityShape = struct({
  code: required("code", name()),
  decomposable: required("decomposable", oneOf("Yes", "No")),
  members: required("members", any(memberShape)),
  source,
});
const agreementShape = struct({
  id: required("id", name()),
  parties: required("parties", list(name(), 1, 1024)),
  maxRank: required("maxRank", rank),
  validFrom: required("validFrom", date),
  validTo: optional("validTo", nullable(date)),
  source,
});
export type Agreement = Of<typeof agreementShape>;
const language = checked(name(3), (value) => /^[a-z]{2,3}$/.test(value));

const policyShape = struct({
  schema: required("schema", literal("policy-pack/1")),
  note: notes,
  policy: required("policy", identityShape),
  validFrom: required("validFrom", date),
  validTo: required("validTo", nullable(date)),
  version: required("version", uint()),
  classifications: required("classifications", list(classificationShape, 1, 64)),
  tags: required("tags", any(tagShape)),
  requires: required("requires", any(requirementShape)),
  excludes: optional("excludes", list(exclusionShape, 1, 1024)),
  equivalences: optional("equivalences", list(equivalenceShape, 1, 1024)),
  communities: required("communities", any(communityShape)),
  agreements: required("agreements", any(agreementShape)),
  bannerOrder: required("bannerOrder", list(name(), 1, 1024)),
  languages: required("languages", dictionary(language, dictionary(name(), name()))),
  /** Lines that stand with the banner at the top and at the bottom of a page, by language. */
  pageTop: optional("pageTop", dictionary(language, name(1024))),
  pageBottom: optional("pageBottom", dictionary(language, name(1024))),
  dirtyWords: required(
    "dirtyWords",
    any(struct({ word: required("word", name()), minRank: required("minRank", rank) })),
  ),
  separators: required(
    "separators",
    struct({ between: required("between", separator), list: required("list", separator) }),
  ),
  suiteFloors: required(
    "suiteFloors",
    list(struct({ rank: required("rank", rank), floor: required("floor", oneOf(...SUITES)) }), 1, 64),
  ),
  nationality: required("nationality", literal("represented")),
  governor: required("governor", name(1024)),
  obligations: required("obligations", any(name())),
});

export type Policy = Of<typeof policyShape>;
export type Classification = Policy["classifications"][number];
export type PolicyTag = Policy["tags"][number];
/** The policies known here, by name, one version each: the caller has chosen and verified them. */
export type Policies = ReadonlyMap<string, Policy>;

export const policies = (...known: readonly Policy[]): Policies =>
  new Map(known.map((policy) => [policy.policy.name, policy]));

/**
 * Reads the payload bytes of a policy pack: UTF-8 JSON in which white space between tokens is the only freedom, so that
 * no key stands twice and no two readers see two policies.
 * @throws DipbagError ERR_POLICY_FORMAT
 */
export function readPolicy(payload: Uint8Array): Policy {
  if (payload.length > MAX_POLICY) refuse("it is longer than 1 MiB");
  const value = parseJson(payload);
  let policy: Policy;
  try {
    policy = policyShape.read(value, { path: "policy", budget: newBudget() });
  } catch (error) {
    if (error instanceof DipbagError) return refuse(`wrong: ${error.details.where}`);
    throw error;
  }
  const fault = faults(policy).find(([wrong]) => wrong);
  return fault === undefined ? policy : refuse(fault[1]);
}

const refuse = (reason: string): never => fail("ERR_POLICY_FORMAT", { reason });

function parseJson(payload: Uint8Array): CborValue {
  let text: string;
  let json: unknown;
  try {
    text = fromUtf8(payload);
    json = JSON.parse(text);
  } catch {
    return refuse("it is not JSON in UTF-8");
  }
  const value = fromJson(json, MAX_NESTING);
  const bare = text.replace(/("(?:[^"\\]|\\.)*")|[\t\n\r ]+/g, (_, string?: string) => string ?? "");
  return bare === JSON.stringify(json)
    ? value
    : refuse("a key stands twice, or something is written in an unusual way");
}

/** JSON as the shapes read it: objects become Maps. */
export function fromJson(json: unknown, depth: number): CborValue {
  if (depth < 0) refuse("it is nested too deeply");
  if (Array.isArray(json)) return json.map((entry) => fromJson(entry, depth - 1));
  if (typeof json === "object" && json !== null) {
    return new Map(Object.entries(json).map(([key, entry]) => [key, fromJson(entry, depth - 1)]));
  }
  if (json === null || typeof json === "string" || typeof json === "boolean") return json;
  return typeof json === "number" && Number.isSafeInteger(json) ? json : refuse("a number is not an integer");
}

const unique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  unique(a) && unique(b) && a.length === b.length && new Set([...a, ...b]).size === a.length;

const isKnown = (tags: Policy["tags"], { tag, value, otherTag, otherValue }: Of<typeof exclusionShape>): boolean => {
  const has = (name: string, stated?: string) =>
    tags.some((known) => known.name === name && (stated === undefined || known.values.includes(stated)));
  return has(tag, value) && has(otherTag, otherValue);
};

/** The releases in the order of rank, a letter each. The list of `named` must not be lost under a higher rank. */
const releases = (classifications: Policy["classifications"]): string =>
  [...classifications]
    .sort((a, b) => a.rank - b.rank)
    .map(({ release = "-" }) => release[0])
    .join("");

/** What the shape cannot say, each with its reason. */
function faults(policy: Policy): readonly (readonly [wrong: boolean, reason: string])[] {
  const { classifications, tags, bannerOrder } = policy;
  const floors = policy.suiteFloors.map(({ rank }) => rank);
  const ranks = classifications.map(({ rank }) => rank);
  const tagNames = tags.map(({ name }) => name);
  const words = [...classifications.map(({ name }) => name), ...tagNames];
  const languages = [...policy.languages.values()];
  const known = languages.map((language) => [...language.keys()]);
  const parts = bannerOrder.includes("POLICY") ? ["POLICY", "CLASSIFICATION"] : ["CLASSIFICATION"];
  return [
    [!unique(ranks), "two classifications have one rank"],
    [!unique(words), "a classification or tag stands twice"],
    [!unique(classifications.map(({ portion }) => portion)), "two classifications have one portion mark"],
    [tags.some(({ values }) => !unique(values)), "a value stands twice in a tag"],
    [
      tags.some(({ type, role }) => (type === "PERMISSIVE") !== (role !== undefined)),
      "role: only permissive tags, always",
    ],
    [tags.some(({ role, absent }) => (role === "gate") !== (absent !== undefined)), "absent: only gates, always"],
    [
      tags.some(({ type, clearanceExempt }) => clearanceExempt !== undefined && type !== "RESTRICTIVE"),
      "clearanceExempt: only restrictive tags",
    ],
    [
      tags.some(({ role, announcedBy }) => announcedBy !== undefined && role !== "extension"),
      "announcedBy: only extensions",
    ],
    [
      tags.some(
        ({ announcedBy }) =>
          announcedBy !== undefined &&
          !tags.some(({ role, values }) => role === "base" && values.includes(announcedBy)),
      ),
      "announcedBy names no value of a base",
    ],
    [policy.requires.some(({ tag }) => !tagNames.includes(tag)), "requires names an unknown tag"],
    [(policy.excludes ?? []).some((row) => !isKnown(tags, row)), "excludes names an unknown tag or value"],
    [
      (policy.excludes ?? []).some(
        ({ tag, value, otherTag, otherValue }) =>
          tag === otherTag && (value === undefined || otherValue === undefined || value === otherValue),
      ),
      "excludes a tag or value from itself",
    ],
    [
      (policy.equivalences ?? []).some((row) => !classifications.some(({ name }) => name === row.classification)),
      "equivalences name an unknown classification",
    ],
    [!unique(policy.communities.map(({ code }) => code)), "a community stands twice"],
    [policy.communities.some((c) => c.decomposable === "No" && c.members.length > 0), "members of a closed community"],
    [!same(bannerOrder, [...parts, ...tagNames]), "bannerOrder must name CLASSIFICATION and every tag once"],
    [!same(bannerOrder.slice(0, parts.length), parts), "bannerOrder must begin with POLICY and CLASSIFICATION"],
    [known.some((keys) => keys.some((key) => !words.includes(key))), "languages name an unknown classification or tag"],
    [known.some((keys) => !same(keys, known[0] ?? [])), "the languages do not name the same words"],
    [languages.some((language) => !unique([...language.values()])), "a language has one word for two things"],
    [!same(floors, ranks), "suiteFloors must name every rank once"],
    [!/^p*a*(?:n*|-*)$/.test(releases(classifications)), "release: what ranks higher is released no further"],
  ];
}

interface Dated {
  readonly validFrom?: string;
  readonly validTo?: string | null;
}

const daysOf = remembered(({ validFrom, validTo }: Dated) => ({
  start: validFrom === undefined ? -Infinity : dayStart(validFrom)!,
  end: validTo === undefined || validTo === null ? Infinity : dayStart(validTo)! + 86_400,
}));

/** Whether `at` (Unix seconds) lies in the days from validFrom to validTo, both included, in UTC. */
export function inForce(dated: Dated, at: number): boolean {
  const { start, end } = daysOf(dated);
  return start <= at && at < end;
}

/** What the policy says a classification of its own is in other policies, at `at` (Unix seconds). */
export const equivalents = ({ equivalences = [] }: Policy, classification: string, at: number) =>
  equivalences.filter((row) => row.classification === classification && inForce(row, at));

/** The object identifier of a policy as a label names it, or null. */
export const oidOf = remembered(({ policy: { oid } }: Policy) =>
  oid === undefined ? null : (oidFromText(oid) ?? null),
);

/** The words of a policy in a language; where it has none of that language, its first; where it has none, its names. */
export const wordsOf = (policy: Policy, language: string): ReadonlyMap<string, string> =>
  policy.languages.get(language) ?? [...policy.languages.values()][0] ?? new Map();
