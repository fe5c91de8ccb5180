/** Levels compared by policy, rank and day: known answers from fictional tables, properties of the real ones. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inForce, type Policy } from "../../src/label/policy.ts";
import { dayStart } from "../../src/label/shapes.ts";
import { compareLevels, isCommon, type Known, sameWordElsewhere } from "../../src/label/tables/equivalence.ts";
import { formsOf, type Level, type Tables } from "../../src/label/tables/tables.ts";
import { FICTIONAL, REAL } from "./fictional-tables.ts";
import { KNOWN, policy } from "./shared.ts";

const SOURCE = "a gazette that nobody printed, page 7";
const day = (text: string): number => dayStart(text)!;
const known = (more: Partial<Known> = {}): Known => ({
  tables: FICTIONAL,
  packs: [...KNOWN.values()],
  at: day("2026-11-22"),
  ...more,
});
const compare = (a: string, b: string, more?: Partial<Known>) => compareLevels(a, b, known(more));
const refused = (reason: string | RegExp, fix: string | RegExp = "") =>
  expect.objectContaining({
    code: "ERR_NOT_COMPARABLE",
    status: 5,
    details: expect.objectContaining({ reason: expect.stringMatching(reason), fix: expect.stringMatching(fix) }),
  });
const refuses = (a: string, b: string, reason: string | RegExp, fix?: string | RegExp, more?: Partial<Known>) =>
  expect(() => compare(a, b, more), `${a} ${b}`).toThrow(refused(reason, fix));

/** HARBOUR with rows that say what its levels are elsewhere. */
const related = (...rows: NonNullable<Policy["equivalences"]>): Policy => ({
  ...policy("HARBOUR"),
  equivalences: rows,
});
const equal = (classification: string, other: string, equals: string, more: { validTo?: string } = {}) => ({
  classification,
  policy: other,
  equals,
  source: "an exchange of notes",
  ...more,
});

describe("two levels of the tables", () => {
  it("are compared by their ranks on the common scale, with the source and the verdict of each", () => {
    expect(compare("AAB:Sealed", "QMB:SEALED")).toMatchObject({
      order: "higher",
      by: "scale",
      a: { policy: "AAB", name: "Sealed", rank: 3, canonical: "SECRET", source: SOURCE, verified: true },
      b: { policy: "QMB", name: "SEALED", rank: 1, canonical: "RESTRICTED", source: SOURCE, verified: "cross-checked" },
    });
    expect(compare("QMB:SEALED", "AAB:Sealed").order).toBe("lower");
    expect(compare("AAB:Sealed", "QMB:Deep Secret").order).toBe("equal");
    expect(compare("COAST:ABYSS TOP SECRET", "AAB:Sealed").order).toBe("higher");
  });

  it.each(["Sealed", "SEALED", "sealed", "S", "Scellé", "SCELLÉ", "SECRET"])("AAB:%s is one level", (name) => {
    expect(compare(`AAB:${name}`, "COAST:CS")).toMatchObject({ order: "equal", a: { name: "Sealed" } });
  });

  it.each(["SECRET", "secret", "COAST SECRET", "CS"])("COAST:%s is the level without a tag", (name) => {
    expect(compare(`COAST:${name}`, "COAST:TOP_SECRET")).toMatchObject({
      order: "lower",
      by: "policy",
      a: { name: "SECRET" },
    });
    expect(compare("COAST:CS-K", `COAST:${name}`).order).toBe("equal");
  });

  it("warns of words that look alike at different levels, and of what is only cross-checked", () => {
    expect(compare("AAB:Sealed", "QMB:SEALED").cautions).toEqual([
      'false friends: "Sealed" (AAB) and "SEALED" (QMB) are different levels',
      "QMB SEALED is cross-checked only: its primary source was not read",
    ]);
    expect(compare("ZZC:Sealed by Law", "QMB:SEALED").cautions[0]).toContain(
      '"Sealed by Law" (ZZC) and "SEALED" (QMB)',
    );
    // Alike and equal, different and unlike, and English for what it is: nothing to warn of.
    expect(compare("ZZC:Sealed by Law", "AAB:Sealed").cautions).toEqual([]);
    expect(compare("ZZC:New Word", "AAB:Sealed").cautions).toEqual([]);
    expect(compare("COAST:ATS", "QMB:Deep Secret").cautions).toEqual([]);
  });

  it("of one policy are compared by its own ranks, on the scale or not", () => {
    expect(compare("QMB:OPEN", "QMB:CONFIDENTIAL")).toMatchObject({ order: "lower", by: "policy" });
  });

  it("are those of the day", () => {
    const on = (text: string) => ({ at: day(text) });
    expect(compare("ZZC:Old Word", "QMB:CONFIDENTIAL", on("2019-12-31")).order).toBe("equal");
    expect(compare("ZZC:CONFIDENTIAL", "QMB:CONFIDENTIAL", on("2019-12-31")).a.name).toBe("Old Word");
    expect(compare("ZZC:CONFIDENTIAL", "QMB:CONFIDENTIAL", on("2020-01-01")).a.name).toBe("New Word");
    refuses(
      "ZZC:Old Word",
      "QMB:CONFIDENTIAL",
      /not in use on that day, but \.\.\. to 2019-12-31/,
      "--date",
      on("2020-01-01"),
    );
    refuses("ZZC:New Word", "QMB:CONFIDENTIAL", /2020-01-01 to \.\.\./, "--date", on("2019-12-31"));
  });
});

describe("what is not comparable is refused", () => {
  it.each([
    ["no rank", "AAB:STAFF IN CONFIDENCE", "COAST:CS", /no rank: a ladder of its own/, /governs/],
    ["no published equal", "QMB:OPEN", "COAST:CU", /nothing that is published.*no equal was ever published/, /governs/],
    [
      "one word for two levels",
      "QMB:SECRET",
      "COAST:CS",
      /may mean Secret \(CONFIDENTIAL\) or Deep Secret/,
      /CONFIDENTIAL, DEEP SECRET/,
    ],
    ["an unknown policy", "XYZ:SECRET", "COAST:CS", /no policy XYZ is known/, /policy make/],
    ["an unknown level", "AAB:Whispered", "COAST:CS", /AAB has no level Whispered/, /Guarded, Sealed/],
    ["a part of a word", "AAB:Seal", "COAST:CS", /no level Seal/, /Sealed/],
    ["what was not verified", "AAC:SECRET", "COAST:CS", /not verified, and so left out: AAC\.SECRET/, ""],
    ["TLP", "TLP:RED", "COAST:CS", /TLP is no classification/, /alternative/],
    ["TLP with a policy of a pack", "HARBOUR:SECRET", "TLP:RED", /TLP is no classification/, /alternative/],
    ["a pack without a row", "HARBOUR:SECRET", "COAST:CS", /what HARBOUR SECRET is in another policy/, /equivalences/],
    ["PUBLIC", "PUBLIC:PUBLIC", "COAST:CU", /what PUBLIC PUBLIC is/, ""],
  ] as const)("%s", (_, a, b, reason, fix) => {
    refuses(a, b, reason, fix);
    refuses(b, a, reason, fix);
  });

  it.each(["SECRET", ":SECRET", "AAB:", ""])("%j is no level at all", (text) => {
    expect(() => compare(text, "COAST:CS")).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});

describe("levels of packs", () => {
  it("are compared within their policy", () => {
    expect(compare("HARBOUR:SECRET", "HARBOUR:H-R")).toMatchObject({
      order: "higher",
      by: "policy",
      a: { verified: "pack" },
    });
    expect(compare("TLP:AMBER", "TLP:AMBER+STRICT").order).toBe("lower");
  });

  it("are compared with others by a row of their pack, in both directions", () => {
    const packs = [related(equal("SECRET", "COAST", "SECRET"))];
    const row = { by: "row", source: "an exchange of notes" };
    expect(compare("HARBOUR:SECRET", "COAST:ATS", { packs })).toMatchObject({ order: "lower", ...row });
    expect(compare("COAST:ATS", "HARBOUR:SECRET", { packs })).toMatchObject({ order: "higher", ...row });
    expect(compare("HARBOUR:H-S", "COAST:CS-K", { packs })).toMatchObject({ order: "equal", ...row });
    // By that row only: neither another level nor a third policy follows from it.
    refuses("HARBOUR:CONFIDENTIAL", "COAST:CS", /nothing that is published/, "", { packs });
    refuses("HARBOUR:SECRET", "AAB:Sealed", /nothing that is published/, "", { packs });
  });

  it("of several rows the strictest counts", () => {
    const packs = [related(equal("SECRET", "COAST", "UNCLASSIFIED"), equal("SECRET", "COAST", "TOP SECRET"))];
    expect(compare("HARBOUR:SECRET", "COAST:CS", { packs }).order).toBe("higher");
  });

  it("a row counts on its days, and never for TLP", () => {
    const packs = [
      related(equal("SECRET", "COAST", "SECRET", { validTo: "2026-11-21" }), equal("SECRET", "TLP", "RED")),
    ];
    refuses("HARBOUR:SECRET", "COAST:CS", /nothing that is published/, "", { packs });
    expect(compare("HARBOUR:SECRET", "COAST:CS", { packs, at: day("2026-11-21") }).order).toBe("equal");
    refuses("HARBOUR:SECRET", "TLP:RED", /TLP/, "", { packs: [...packs, policy("TLP")] });
  });
});

describe("the real tables", () => {
  const at = day("2026-11-22");
  const real = { tables: REAL, at };
  const current = (tables: Tables) => tables.equivalence.records.filter((level) => inForce(level, at));
  const common = current(REAL).filter((level) => isCommon(level, REAL) && level.composite === undefined);
  const name = ({ policy: owner, marking }: Level) => `${owner}:${marking}`;
  const plain = (text: string) => text.toUpperCase().replaceAll("_", " ");
  /** Markings that no other level of their policy has, as canonical name either. */
  const clear = common.filter((level) =>
    common.every(
      (other) =>
        other === level ||
        other.policy !== level.policy ||
        ![...formsOf(other), other.canonical!].map(plain).includes(plain(level.marking!)),
    ),
  );
  const anyLevel = fc.constantFrom(...clear);

  it("leave few markings unclear", () => {
    expect(clear.length).toBeGreaterThan(100);
    expect(common.length - clear.length).toBeLessThan(3);
  });

  it("give the order of the ranks: equal to itself, opposite when exchanged, and in a chain", () => {
    const orderOf = (a: Level, b: Level) => compare(name(a), name(b), real).order;
    const opposite = { higher: "lower", lower: "higher", equal: "equal" };
    fc.assert(
      fc.property(anyLevel, anyLevel, anyLevel, (a, b, c) => {
        expect(orderOf(a, a)).toBe("equal");
        expect(orderOf(b, a)).toBe(opposite[orderOf(a, b)]);
        if (orderOf(a, b) !== "lower" && orderOf(b, c) !== "lower") expect(orderOf(a, c)).not.toBe("lower");
        expect(orderOf(a, b) === "equal").toBe(a.rank === b.rank);
      }),
    );
  });

  it("never let a word decide: the same word at another rank is another level, and is warned of", () => {
    const pairs = common.flatMap((a) =>
      sameWordElsewhere(a, REAL, at)
        .filter((b) => clear.includes(a) && clear.includes(b as Level))
        .map((b) => [a, b] as const),
    );
    expect(pairs.length).toBeGreaterThan(0);
    for (const [a, b] of pairs) {
      const { order, cautions } = compare(name(a), name(b), real);
      expect(order).not.toBe("equal");
      expect(cautions.join("\n"), `${name(a)} ${name(b)}`).toContain("false friends");
    }
  });

  it("compare no level without a rank, or beside the scale, with another policy", () => {
    const other = clear.find(({ rank }) => rank === 3)!;
    const odd = current(REAL).filter((level) => !isCommon(level, REAL) && level.marking !== undefined);
    expect(odd.length).toBeGreaterThan(3);
    for (const level of odd.filter((one) => one.policy !== other.policy))
      refuses(name(level), name(other), /./, "", real);
  });
});
