/**
 * The sourced tables of data/: the levels of national and coalition policies, communities, countries, markings and what
 * tags do. Each row says where it was read; what could not be verified is named by its id, and is not there. The bytes are
 * given: nothing here reads a file.
 */

import { fromUtf8 } from "../../bytes.ts";
import { newBudget } from "../../cbor/scan.ts";
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
} from "../../cbor/schema.ts";
import { DipbagError, fail } from "../../errors.ts";
import { bool, dictionary, fromJson } from "../policy.ts";
import { checked, date } from "../shapes.ts";

/** True: read in the named source. Cross-checked: in two independent sources, neither the primary one. */
export type Verified = true | "cross-checked";
const verified: Shape<Verified> = {
  read: (value, place) =>
    value === true || value === "cross-checked" ? value : fail("ERR_SCHEMA", { where: place.path }),
  write: (value) => value,
};
const code = name(64);
const prose = name(1024);
const words = list(name(), 1, 16);
const languages = checked(code, (value) => /^[a-z]{2,3}(\/[a-z]{2,3})*$/.test(value));

type Shapes = Readonly<Record<string, Shape<unknown>>>;
/** A closed object that has all of these fields. */
const object = <const S extends Shapes>(fields: S): Shape<{ readonly [K in keyof S]: Of<S[K]> }> =>
  struct(Object.fromEntries(Object.entries(fields).map(([key, shape]) => [key, required(key, shape)]))) as Shape<{
    readonly [K in keyof S]: Of<S[K]>;
  }>;
/** Rows of these fields, each with its source. */
const rows = <const S extends Shapes>(fields: S) => list(object({ ...fields, source: prose, verified }), 0, 1024);

const levelShape = struct({
  id: required("id", name()),
  owner: required("owner", code),
  policy: required("policy", code),
  /** The place in its policy, and on the common scale if `canonical` says so; null where it has none. */
  rank: required("rank", nullable(uint(255))),
  canonical: optional("canonical", name()),
  marking: optional("marking", name()),
  abbr: optional("abbr", name()),
  aliases: optional("aliases", words),
  lang: optional("lang", languages),
  validFrom: optional("validFrom", date),
  validTo: optional("validTo", date),
  /** Whether the policy itself calls it a classification. */
  classified: optional("classified", bool),
  kind: optional("kind", name()),
  /** Where it is a level with a restrictive tag: their names. */
  composite: optional("composite", object({ classification: name(), restrictive: dictionary(name(), words) })),
  note: optional("note", prose),
  /** By policy: the marking of the level that the source gives as equal. */
  equivalent: optional("equivalent", dictionary(code, name())),
  source: required("source", prose),
  verified: required("verified", verified),
});
/** A level of a policy, as its source gives it. */
export type Level = Of<typeof levelShape>;

const SHAPES = {
  equivalence: {
    /** The common scale, lowest first. */
    ranks: words,
    records: list(levelShape, 1, 1024),
    unverified: list(object({ id: name(), owner: code, what: name() }), 0, 1024),
  },
  communities: {
    /** `members`: who belonged to it on the day `asOf`. */
    records: rows({
      policy: code,
      code,
      name: name(),
      decomposable: oneOf("Yes", "No"),
      asOf: date,
      members: list(code, 0, 1024),
    }),
    /** Who belongs to it, without a day of accession that could be verified. */
    lists: rows({ code, members: list(code), rule: prose }),
    /** Further codes of a policy, whose members no public source tells. */
    contexts: rows({ policy: code, code, note: prose }),
  },
  countries: { policy: code, records: rows({ code, name: name(), kind: oneOf("iso3166-1", "genc-or-special") }) },
  markings: {
    separators: rows({ policy: code, between: text(1, 8), list: text(1, 8) }),
    grammars: rows({ policy: code, grammar: prose }),
    /** The value of a base that stands where an extension does. */
    announced: rows({ policy: code, tag: name(), base: name(), value: name() }),
    phrases: rows({ policy: code, lang: languages, of: name(), text: name() }),
    controls: rows({ policy: code, order: uint(255), banner: name(), portion: name() }),
    caveats: rows({ owner: code, marking: name(), meaning: prose }),
  },
  rollup: {
    roles: rows({ policy: code, tag: name(), role: oneOf("base", "gate", "extension", "restrictive"), absent: name() }),
  },
} as const;

export type TableName = keyof typeof SHAPES;
type Table<N extends TableName> = { readonly [K in keyof (typeof SHAPES)[N]]: Of<(typeof SHAPES)[N][K]> };
export type Tables = { readonly [N in TableName]: Table<N> };

/**
 * Reads the tables. `file` gives the bytes of data/NAME.json: UTF-8 JSON, one row on a line.
 * @throws DipbagError ERR_TABLE where one is not in the form that dipbag comes with
 */
export function readTables(file: (name: TableName) => Uint8Array): Tables {
  const read = <N extends TableName>(name: N): Table<N> => {
    const shape = object({ schema: literal(`${name}/1`), generated: date, comment: prose, ...SHAPES[name] });
    try {
      const json = fromJson(JSON.parse(fromUtf8(file(name))), 6);
      return shape.read(json, { path: name, budget: newBudget() }) as Table<N>;
    } catch (error) {
      const where = error instanceof DipbagError ? String(error.details.where ?? name) : name;
      return fail("ERR_TABLE", { where });
    }
  };
  return {
    equivalence: read("equivalence"),
    communities: read("communities"),
    countries: read("countries"),
    markings: read("markings"),
    rollup: read("rollup"),
  };
}

/** The name of a level in its policy: canonical where the policy's grammar puts words in front of it, else its marking. */
export function nameOf({ policy, canonical, marking }: Level, { markings }: Tables): string | undefined {
  return markings.grammars.some((row) => row.policy === policy) ? canonical?.replaceAll("_", " ") : marking;
}

/** All that people write for a level: marking, abbreviation, other forms. */
export const formsOf = ({ marking, abbr, aliases = [] }: Level): readonly string[] => [
  ...(marking === undefined ? [] : [marking]),
  ...(abbr === undefined ? [] : [abbr]),
  ...aliases,
];
