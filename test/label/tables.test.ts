/** The sourced tables of data/: what may stand in them, and that they are read strictly. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { readTables, type TableName } from "../../src/label/tables/tables.ts";
import { dataFile, FICTIONAL, FILES, REAL, readFiles } from "./fictional-tables.ts";

const names = readdirSync(new URL("../../data/", import.meta.url)).map((name) => name.replace(/\.json$/, ""));
type Json = Record<string, unknown>;
const isRow = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
/** Every row of every list of a file, but for the ids of what is not there. */
const rowsOf = (name: string): Json[] =>
  Object.entries(JSON.parse(dataFile(name)) as Json)
    .filter(([list]) => list !== "unverified")
    .flatMap(([, list]) => (Array.isArray(list) ? list.filter(isRow) : []));

describe.each(names)("data/%s.json", (name) => {
  it("has a source and a verdict on each row, and nothing from memory", () => {
    expect(rowsOf(name).length).toBeGreaterThan(0);
    for (const row of rowsOf(name)) {
      expect(row.source, JSON.stringify(row)).toMatch(/.{8}/);
      expect([true, "cross-checked"]).toContain(row.verified);
    }
    expect(dataFile(name)).not.toMatch(/memory/i);
  });

  it("has one row on a line, and names no tool and no place of a machine", () => {
    const lines = dataFile(name).split("\n");
    for (const row of rowsOf(name))
      expect(lines.map((line) => line.trim().replace(/,$/, ""))).toContain(JSON.stringify(row));
    expect(dataFile(name)).not.toMatch(/find_string|\/work\/|\/home\/|seed \d/);
  });
});

describe("the levels", () => {
  const { records, ranks, unverified } = REAL.equivalence;

  it("stand once each, and what is unverified as a whole does not stand there", () => {
    const ids = records.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const gone = unverified.filter(({ what }) => what === "record").map(({ id }) => id);
    expect(gone.length).toBeGreaterThan(0);
    expect(ids.filter((id) => gone.includes(id))).toEqual([]);
  });

  it("lack every field that is listed as unverified", () => {
    const fields = new Map(records.map((level) => [level.id, Object.keys(level)]));
    for (const { id, what } of unverified.filter((row) => row.what !== "record"))
      expect(fields.get(id), id).not.toContain(what);
  });

  it("are given as equal only to levels of their own rank", () => {
    const rows = records.flatMap(({ id, rank, equivalent }) =>
      [...(equivalent ?? [])].map(([policy, marking]) => ({ id, rank, policy, marking })),
    );
    expect(rows.length).toBeGreaterThan(50);
    for (const { id, rank, policy, marking } of rows) {
      const others = records.filter((level) => level.policy === policy && level.marking === marking);
      expect(
        others.map((level) => level.rank),
        `${id}: ${marking}`,
      ).toEqual([rank]);
    }
  });

  it("have a rank of the scale or none", () => {
    for (const { rank } of records) if (rank !== null) expect(ranks[rank]).toBeDefined();
  });
});

describe("reading", () => {
  const damaged = (name: TableName, change: (text: string) => string) => () =>
    readTables((one) => utf8(one === name ? change(dataFile(one)) : dataFile(one)));
  const broken = (where: string) =>
    expect.objectContaining({ code: "ERR_TABLE", details: { where: expect.stringContaining(where) } });

  it("reads what it is given", () => {
    expect(FICTIONAL.countries.records.map(({ code }) => code)).toEqual(["AAB", "QMB", "ZZC", "QX1"]);
    expect(FICTIONAL.equivalence.records[1]?.equivalent?.get("COAST")).toBe("COAST SECRET");
  });

  it.each([
    ["a row without a source", "equivalence", /"source":"[^"]*(?:\\"[^"]*)*",/, "", "source"],
    ["something from memory", "countries", /"verified":true/, '"verified":"memory"', "verified"],
    ["a field that nobody knows", "rollup", /"role":/, '"rule":"x","role":', "rule"],
    ["a wrong day", "communities", /"asOf":"[\d-]+"/, '"asOf":"2022-02-30"', "asOf"],
    ["a rank that is no number", "equivalence", /"rank":4/, '"rank":"4"', "rank"],
    ["another table", "markings", /markings\/1/, "rollup/1", "schema"],
    ["half a table", "markings", /[\s\S]{9}$/, "", "markings"],
  ] as const)("refuses %s", (_, name, from, to, where) => {
    expect(dataFile(name)).toMatch(from);
    expect(damaged(name, (text) => text.replace(from, to))).toThrow(broken(where));
  });

  it("refuses what is missing", () => {
    const read = () =>
      readTables((name) => (name === "rollup" ? readFileSync("/nowhere/rollup.json") : utf8(dataFile(name))));
    expect(read).toThrow(broken("rollup"));
  });

  it("refuses a fictional row without a source too", () => {
    const { roles } = FILES.rollup as { roles: Json[] };
    const bare = { ...FILES, rollup: { roles: roles.map(({ source: _, ...row }) => row) } };
    expect(() => readFiles(bare)).toThrow(broken("rollup.roles.0.source"));
  });
});

it("comes with the package", () => {
  const { files } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(files).toContain("data");
});
