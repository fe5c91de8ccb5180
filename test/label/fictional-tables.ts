/** Tables of fictional nations and a fictional coalition (COAST), in the form of data/, for known answers. */

import { readFileSync } from "node:fs";
import { utf8 } from "../../src/bytes.ts";
import { readTables, type TableName, type Tables } from "../../src/label/tables/tables.ts";

type Row = Readonly<Record<string, unknown>>;
type Files = Readonly<Record<TableName, Row>>;

const SOURCE = "a gazette that nobody printed, page 7";
const row = (fields: Row): Row => ({ source: SOURCE, verified: true, ...fields });
const level = (owner: string, rank: number | null, canonical: string | null, marking: string, more: Row = {}): Row =>
  row({
    id: `${owner}.${marking}`,
    owner,
    policy: owner,
    rank,
    ...(canonical !== null && { canonical }),
    marking,
    ...more,
  });

export const FILES: Files = {
  equivalence: {
    ranks: ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP_SECRET"],
    records: [
      level("AAB", 1, "RESTRICTED", "Guarded", { lang: "en/fr", abbr: "G", aliases: ["Gardé"] }),
      level("AAB", 3, "SECRET", "Sealed", {
        lang: "en/fr",
        abbr: "S",
        aliases: ["Scellé"],
        equivalent: { COAST: "COAST SECRET", ZZC: "no such marking" },
        note: "two keys to every safe",
      }),
      level("AAB", null, null, "STAFF IN CONFIDENCE", { note: "a ladder of its own" }),
      // The word of AAB, two ranks lower; and the canonical name of the next, as a marking.
      level("QMB", 1, "RESTRICTED", "SEALED", { verified: "cross-checked" }),
      level("QMB", 2, "CONFIDENTIAL", "Secret"),
      level("QMB", 3, "SECRET", "Deep Secret"),
      level("QMB", 0, "OPEN", "OPEN", { note: "no equal was ever published" }),
      level("ZZC", 2, "CONFIDENTIAL", "Old Word", { validTo: "2019-12-31" }),
      level("ZZC", 2, "CONFIDENTIAL", "New Word", { validFrom: "2020-01-01", lang: "it/pt" }),
      level("ZZC", 3, "SECRET", "Sealed by Law", { validFrom: "2020-01-01", lang: "it/pt" }),
      level("COAST", 0, "UNCLASSIFIED", "COAST UNCLASSIFIED", { abbr: "CU" }),
      level("COAST", 3, "SECRET", "COAST SECRET", { abbr: "CS" }),
      level("COAST", 4, "TOP_SECRET", "ABYSS TOP SECRET", { abbr: "ATS" }),
      level("COAST", 3, "SECRET", "COAST SECRET KRAKEN", {
        abbr: "CS-K",
        composite: { classification: "SECRET", restrictive: { Depth: ["KRAKEN"] } },
      }),
    ],
    unverified: [
      { id: "AAC.SECRET", owner: "AAC", what: "record" },
      { id: "AAB.Guarded", owner: "AAB", what: "equivalent" },
    ],
  },
  communities: {
    records: [
      row({
        policy: "COAST",
        code: "COAST",
        name: "Coastal States",
        decomposable: "Yes",
        asOf: "2024-03-01",
        members: ["AAB", "QMB"],
      }),
      row({ policy: "COAST", code: "REEF", name: "Reef Patrol", decomposable: "No", asOf: "2024-03-01", members: [] }),
    ],
    lists: [row({ code: "COAST", members: ["AAB", "QMB", "ZZC"], rule: "as of the label" })],
    contexts: [row({ policy: "COAST", code: "ISLES", note: "members unknown" })],
  },
  countries: {
    policy: "AAB",
    records: [
      row({ code: "AAB", name: "Arlen", kind: "iso3166-1" }),
      row({ code: "QMB", name: "Quem", kind: "iso3166-1" }),
      row({ code: "ZZC", name: "Zeca", kind: "iso3166-1" }),
      row({ code: "QX1", name: "a rock", kind: "genc-or-special" }),
    ],
  },
  markings: {
    separators: [row({ policy: "AAB", between: "//", list: ", " })],
    grammars: [row({ policy: "COAST", grammar: "<COAST|ABYSS> <CLASSIFICATION>" })],
    announced: [row({ policy: "COAST", tag: "Given To", base: "Waters", value: "Given" })],
    phrases: [
      row({ policy: "COAST", lang: "fr", of: "UNCLASSIFIED", text: "SANS CLASSIFICATION" }),
      row({ policy: "COAST", lang: "fr", of: "SECRET", text: "SECRÈTE" }),
      row({ policy: "COAST", lang: "fr", of: "ABYSS TOP SECRET", text: "ABYSSE" }),
    ],
    controls: [
      row({ policy: "AAB", order: 1, banner: "NOT ABROAD", portion: "NA" }),
      row({ policy: "AAB", order: 2, banner: "GIVE TO", portion: "GT" }),
    ],
    caveats: [row({ owner: "AAB", marking: "NOT ABROAD", meaning: "for nationals" })],
  },
  rollup: {
    roles: [
      row({ policy: "AAB", tag: "GIVE TO", role: "gate", absent: "originator-only (classified)" }),
      row({ policy: "AAB", tag: "BOXES", role: "restrictive", absent: "none" }),
      row({ policy: "COAST", tag: "Waters", role: "base", absent: "invalid" }),
      row({ policy: "COAST", tag: "Only", role: "gate", absent: "any" }),
      row({ policy: "COAST", tag: "Given To", role: "extension", absent: "none" }),
    ],
  },
};

const head = (name: string): Row => ({ schema: `${name}/1`, generated: "2026-11-22", comment: "fictional" });
export const readFiles = (files: Files): Tables =>
  readTables((name) => utf8(JSON.stringify({ ...head(name), ...files[name] })));

export const FICTIONAL: Tables = readFiles(FILES);

/** What dipbag comes with. */
export const dataFile = (name: string): string =>
  readFileSync(new URL(`../../data/${name}.json`, import.meta.url), "utf8");
export const REAL: Tables = readTables((name) => utf8(dataFile(name)));
