/** Policy packs made from tables: known answers from fictional ones, properties of every pack that the real ones make. */

import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { adviseOn } from "../../src/label/check.ts";
import { banner, parseMarking, portionMark } from "../../src/label/marking.ts";
import { policies, readPolicy } from "../../src/label/policy.ts";
import { audience } from "../../src/label/release.ts";
import { dayStart } from "../../src/label/shapes.ts";
import { makePolicy, ownersIn } from "../../src/label/tables/make.ts";
import { FICTIONAL, REAL } from "./fictional-tables.ts";
import { policy } from "./shared.ts";

const DAY = "2026-11-22";
const AT = dayStart(DAY)!;
const SOURCE = "a gazette that nobody printed, page 7";
const make = (owner: string, day = DAY) => makePolicy(FICTIONAL, owner, day);
const jsonOf = (owner: string) => JSON.parse(Buffer.from(make(owner).payload).toString());

describe("a national policy", () => {
  const { policy: made, leftOut, notes } = make("AAB");

  it("has its levels by rank, each with mark and source, and the floors of dipbag, which its note says", () => {
    expect(made.classifications).toEqual([
      { rank: 1, name: "Guarded", portion: "G", source: SOURCE },
      { rank: 3, name: "Sealed", portion: "S", source: SOURCE },
    ]);
    expect(made.suiteFloors).toEqual([
      { rank: 1, floor: "classical" },
      { rank: 3, floor: "hybrid-1024" },
    ]);
    expect(made.note).toContain("the suite floors are dipbag's own and in no source");
    expect(made.policy).toEqual({ name: "AAB", owner: "Arlen" });
    expect([made.validFrom, made.validTo, made.version]).toEqual([DAY, null, 20_261_122]);
  });

  it("warns of false friends in its note", () => {
    expect(made.note).toContain('"Sealed" is rank 3 here, elsewhere QMB 1');
    expect(make("ZZC").policy.note).not.toContain("false friends");
  });

  it("has a word in each language that has them all, and tags by their names", () => {
    expect(jsonOf("AAB").languages).toEqual({
      en: { Guarded: "Guarded", Sealed: "Sealed", "GIVE TO": "GIVE TO" },
      fr: { Guarded: "Gardé", Sealed: "Scellé", "GIVE TO": "GIVE TO" },
    });
    expect(jsonOf("ZZC").languages).toEqual({ it: { "New Word": "New Word", "Sealed by Law": "Sealed by Law" } });
  });

  it("has the gate that a table supports, with the nations of its own list", () => {
    expect(made.tags).toEqual([
      {
        name: "GIVE TO",
        type: "PERMISSIVE",
        role: "gate",
        absent: "originator-only",
        values: ["AAB", "QMB", "ZZC", "QX1"],
        portionForm: "GIVE TO",
        source: SOURCE,
      },
    ]);
    expect(made.separators).toEqual({ between: "//", list: ", " });
  });

  it("gives equals by their name in the other pack, and leaves out what no table has", () => {
    expect(made.equivalences).toEqual([
      { classification: "Sealed", policy: "COAST", equals: "SECRET", source: SOURCE },
    ]);
  });

  it("names what it left out, and what the sources remark", () => {
    expect(leftOut).toEqual([
      "equivalent of AAB.Guarded: not verified",
      "AAB.STAFF IN CONFIDENCE (STAFF IN CONFIDENCE): no rank; a ladder of its own",
      "tag BOXES: no table has its values",
      "NOT ABROAD: no table says what this does in a decision",
      'GIVE TO where absent: the table has "originator-only (classified)", the pack originator-only at every rank',
    ]);
    expect(notes).toEqual(["Sealed: two keys to every safe"]);
    expect(make("ZZC").leftOut).toEqual([
      "ZZC.Old Word (Old Word): ... to 2019-12-31",
      "language pt: not every level has a word",
      "release lists: no table has them; whoever is cleared is in the audience",
    ]);
  });

  it("says in each row what is only cross-checked", () => {
    expect(make("QMB").policy.classifications.map(({ source }) => source)).toEqual([
      SOURCE,
      `cross-checked only: ${SOURCE}`,
      SOURCE,
      SOURCE,
    ]);
  });

  it("is that of its day", () => {
    const names = (day: string) => make("ZZC", day).policy.classifications.map(({ name }) => name);
    expect(names("2019-12-31")).toEqual(["Old Word"]);
    expect(names("2020-01-01")).toEqual(["New Word", "Sealed by Law"]);
    expect(make("ZZC").policy.classifications[0]?.validFrom).toBe("2020-01-01");
  });
});

describe("a coalition's policy", () => {
  const { policy: made, leftOut } = make("COAST");
  const known = policies(made);
  const created = AT + 3600;
  const label = (marking: string, day = DAY) => ({
    kind: "originator" as const,
    ...parseMarking(marking, known).marking,
    created: `${day}T00:00:00Z`,
  });
  const audienceOf = (marking: string, day?: string) =>
    audience(label(marking, day), { policies: known, originatorNation: "AAB", created });

  it("names its levels canonically, and shows them as the grammar and the phrases have them", () => {
    expect(made.classifications.map(({ name, portion }) => [name, portion])).toEqual([
      ["UNCLASSIFIED", "CU"],
      ["SECRET", "CS"],
      ["TOP SECRET", "ATS"],
    ]);
    const words = (language: string) => made.classifications.map(({ name }) => made.languages.get(language)?.get(name));
    expect(words("en")).toEqual(["COAST UNCLASSIFIED", "COAST SECRET", "ABYSS TOP SECRET"]);
    expect(words("fr")).toEqual(["COAST SANS CLASSIFICATION", "COAST SECRÈTE", "ABYSSE"]);
  });

  it("makes a restrictive tag of the levels that have one in them", () => {
    expect(made.tags.find(({ name }) => name === "Depth")).toEqual({
      name: "Depth",
      type: "RESTRICTIVE",
      values: ["KRAKEN"],
      source: SOURCE,
    });
    const kraken = label("COAST SECRET Waters COAST KRAKEN");
    expect(portionMark(kraken, made)).toBe("(CS Waters COAST KRAKEN)");
  });

  it("requires its base, and expands only what is decomposable, from the day of the list on", () => {
    expect(made.requires).toEqual([{ whenRankAtLeast: 0, tag: "Waters", operation: "oneOrMore", source: SOURCE }]);
    expect(() => audienceOf("COAST SECRET")).toThrow(expect.objectContaining({ code: "ERR_TAG_REQUIRED" }));
    expect(audienceOf("COAST SECRET Waters COAST")).toEqual(["AAB", "QMB"]);
    expect(audienceOf("COAST SECRET Waters COAST", "2024-02-29")).toEqual([]);
    expect(audienceOf("COAST SECRET Waters REEF")).toEqual(["REEF"]);
    expect(made.communities).toEqual([
      {
        code: "COAST",
        decomposable: "Yes",
        members: [
          { nation: "AAB", from: "2024-03-01" },
          { nation: "QMB", from: "2024-03-01" },
        ],
        source: SOURCE,
      },
      { code: "REEF", decomposable: "No", members: [], source: SOURCE },
      { code: "ISLES", decomposable: "No", members: [], source: SOURCE },
    ]);
  });

  it("narrows by its gate and widens by its extension, which a mark of the base announces", () => {
    expect(audienceOf("COAST SECRET Waters COAST Only QMB")).toEqual(["QMB"]);
    expect(audienceOf("COAST SECRET Waters COAST, Given Given To COAST, ZZC")).toEqual(["AAB", "QMB", "ZZC"]);
    expect(made.tags.find(({ role }) => role === "extension")?.announcedBy).toBe("Given");
    expect(made.tags.find(({ role }) => role === "gate")?.values).not.toContain("QX1");
  });

  it("names what it left out", () => {
    expect(leftOut).toEqual([
      "the banner form <COAST|ABYSS> <CLASSIFICATION>: a pack has none such; tags show by their names",
      "ZZC in COAST: no day of accession is verified",
      "changes in communities since the day of their list; their members count from it on",
    ]);
  });
});

describe("owners", () => {
  it("are those who have a level in use on that day", () => {
    expect(ownersIn(FICTIONAL, AT)).toEqual([
      { owner: "AAB", name: "Arlen" },
      { owner: "QMB", name: "Quem" },
      { owner: "ZZC", name: "Zeca" },
      { owner: "COAST", name: "Coastal States" },
    ]);
  });
  it.each(["AAC", "QQQ", "", "__proto__"])("refuses %j, of whom nothing verified is there", (owner) => {
    expect(() => make(owner)).toThrow(expect.objectContaining({ code: "ERR_OWNER_UNKNOWN", details: { owner } }));
  });
});

const schema = readFileSync(new URL("../../spec/schema/policy-pack.json", import.meta.url), "utf8");
const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(JSON.parse(schema));
const fits = (payload: Uint8Array): unknown => validate(JSON.parse(Buffer.from(payload).toString())) || validate.errors;

it("the JSON Schema of packs takes those built in, and not what reading refuses for its shape", () => {
  for (const { payload } of BUILT_IN) expect(fits(payload)).toBe(true);
  const [{ payload }] = [make("COAST")];
  expect(fits(payload)).toBe(true);
  for (const [from, to] of [
    ['"governor"', '"governed"'],
    ['"rank": 3', '"rank": 256'],
    ['"Yes"', '"Maybe"'],
    ['"hybrid-1024"', '"none"'],
    ['"validTo": null', '"validTo": "soon"'],
  ] as const) {
    const text = Buffer.from(payload).toString();
    expect(text).toContain(from);
    const bent = Buffer.from(text.replace(from, to));
    expect(fits(bent), from).not.toBe(true);
    expect(() => readPolicy(bent)).toThrow(expect.objectContaining({ code: "ERR_POLICY_FORMAT" }));
  }
});

/** 2013 has levels that have gone since, 2020 others. */
const every = [DAY, "2013-06-01", "2020-06-01"].flatMap((day) =>
  ownersIn(REAL, dayStart(day)!).map(({ owner }) => [owner, day] as const),
);

describe("every pack that the real tables make", () => {
  it("is made of more than thirty policies", () => expect(every.length).toBeGreaterThan(90));

  it.each(every)("%s on %s: is valid, sourced in each row, and has nothing from memory", (owner, day) => {
    const { payload, policy: made, leftOut } = makePolicy(REAL, owner, day);
    expect(readPolicy(payload)).toEqual(made);
    expect(fits(payload)).toBe(true);
    const rows = [
      ...made.classifications,
      ...made.tags,
      ...made.requires,
      ...(made.equivalences ?? []),
      ...made.communities,
    ];
    for (const row of rows) expect(row.source, JSON.stringify(row)).toMatch(/.{8}/);
    expect(Buffer.from(payload).toString()).not.toMatch(/memory/i);
    expect(adviseOn(made, REAL, dayStart(day)!).map(({ what }) => what)).not.toContain("unknown-value");
    const { records, unverified } = REAL.equivalence;
    const ids = [...records.filter((level) => level.rank === null), ...unverified].filter((row) => row.owner === owner);
    for (const { id } of ids) expect(leftOut.join("\n")).toContain(id);
  });

  it.each(every)("%s on %s: reads back every banner and portion mark, in every language", (owner, day) => {
    const { policy: made } = makePolicy(REAL, owner, day);
    const known = policies(made);
    for (const { name } of made.classifications) {
      const marking = { policy: [owner, null], classification: name } as const;
      for (const language of ["en", ...made.languages.keys()])
        expect(parseMarking(banner(marking, made, language), known).marking).toEqual(marking);
      expect(parseMarking(portionMark(marking, made), known).marking).toEqual(marking);
    }
  });

  it.each(every)("%s on %s: has weaker floors for no higher rank, and none below its rank's", (owner, day) => {
    const { policy: made } = makePolicy(REAL, owner, day);
    for (const { rank, floor } of made.suiteFloors)
      expect(floor).toBe(["classical", "classical", "hybrid-768", "hybrid-1024", "hybrid-1024"][rank]);
  });

  it("names as equals only classifications that the other's pack has", () => {
    const packs = new Map(ownersIn(REAL, AT).map(({ owner }) => [owner, makePolicy(REAL, owner, DAY).policy]));
    const rows = [...packs.values()].flatMap(({ equivalences = [] }) => equivalences);
    expect(rows.length).toBeGreaterThan(50);
    for (const { policy: other, equals } of rows)
      expect(packs.get(other)?.classifications.map(({ name }) => name)).toContain(equals);
  });
});

describe("a second look", () => {
  const at = (day: string) => dayStart(day)!;
  const advice = (made: ReturnType<typeof policy>, day = DAY) =>
    adviseOn(made, FICTIONAL, at(day)).map(({ what }) => what);

  it("finds what stands out, and not what does not", () => {
    expect(advice(make("AAB").policy)).toEqual(["no-equivalence"]);
    expect(advice(make("QMB").policy)).toEqual(["no-language", "no-equivalence", "no-portion-mark", "no-gate"]);
    expect(advice(policy("HARBOUR"))).toEqual(["no-equivalence", "no-source"]);
    expect(advice(policy("PUBLIC"))).not.toContain("no-gate");
  });

  it("finds a pack whose last day is over, or whose first has not come", () => {
    expect(advice(make("AAB").policy, "2026-11-21")).toContain("not-yet");
    const ended = { ...make("AAB").policy, validTo: "2026-11-30" };
    expect(advice(ended, "2026-11-30")).not.toContain("expired");
    expect(advice(ended, "2026-12-01")).toContain("expired");
  });

  it("finds release values that nobody knows: no nation, no community, no code set aside for exercises", () => {
    const [gate] = make("AAB").policy.tags;
    const given = (...values: string[]) => ({ ...make("AAB").policy, tags: [{ ...gate!, values }] });
    expect(advice(given("AAB", "QZZ", "XAA", "ZZA", "COAST", "ISLES"))).not.toContain("unknown-value");
    for (const value of ["AAAA", "QLA", "ABA", "NOWHERE", "aab"]) {
      const found = adviseOn(given("AAB", value), FICTIONAL, AT).find(({ what }) => what === "unknown-value");
      expect(found?.text).toBe(`GIVE TO has values that no table knows: ${value}`);
    }
  });
});
