/** Lint on plain text: what nearly is a marking, what cannot be seen, and texts of any kind, however long. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lint } from "../../src/label/lint/lint.ts";
import { banner, framed } from "../../src/label/marking.ts";
import { CONFIDENTIAL, fixture, mutated, RESTRICTED, rules, survives, TEXT, under } from "./lint-shared.ts";
import { between, found, told } from "./lint-text-shared.ts";
import { policy } from "./shared.ts";

describe("what nearly is a marking", () => {
  it.each([
    ["lower case", "(h-c rel aab, qmb) Words.", "(H-C REL AAB, QMB)"],
    ["a long dash", "(H\u2013C REL AAB, QMB) Words.", "(H-C REL AAB, QMB)"],
    ["a Cyrillic letter", "(H-С REL AAB, QMB) Words.", "(H-C REL AAB, QMB)"],
    ["full width", "（Ｈ-C REL AAB, QMB） Words.", "(H-C REL AAB, QMB)"],
    ["square brackets", "[H-C REL AAB, QMB] Words.", "(H-C REL AAB, QMB)"],
    ["spaces around commas", "(H-C REL AAB ,QMB) Words.", "(H-C REL AAB, QMB)"],
    ["a no-break space", "(H-C\u00a0REL AAB, QMB) Words.", "(H-C REL AAB, QMB)"],
    ["TLP 1.0", "(TLP:WHITE) Words.", "(TLP:CLEAR)"],
    ["TLP in lower case", "(tlp:amber) Words.", "(TLP:AMBER)"],
    ["TLP with a space", "(TLP: AMBER) Words.", "(TLP:AMBER)"],
    ["TLP without a colon", "(TLP AMBER) Words.", "(TLP:AMBER)"],
  ])("portion mark: %s", async (_, paragraph, fix) => {
    expect(await told(between(paragraph))).toEqual([`3 marking-unreadable: ${fix}`]);
  });
  it.each([
    ["an unknown nation", "(H-C REL AAB, XXX) Words.", '", QMB"'],
    ["a tag nobody knows", "(H-C NOFORN) Words.", '"REL AAB"'],
    ["a letter lost", "(HC REL AAB) Words.", '"H-C"'],
    ["a TLP nobody knows", "(TLP:BLUE) Words.", '"TLP:CLEAR"'],
  ])("portion mark: %s", async (_, paragraph, fix) => {
    const [first, ...more] = await found(between(paragraph));
    expect(first).toMatchObject({ rule: "marking-unreadable", where: "3", fix: expect.stringContaining(fix) });
    expect(more).toEqual([]);
  });
  it.each([
    ["lower case", "harbour confidential rel to aab, qmb", CONFIDENTIAL],
    ["two spaces", "HARBOUR  CONFIDENTIAL REL TO AAB, QMB", CONFIDENTIAL],
    ["a Greek letter", "HARBOUR CONFIDENTIAL REL ΤO AAB, QMB", CONFIDENTIAL],
    ["a slip", "HARBOUR CONFIDENTAL REL TO AAB, QMB", undefined],
    ["an unknown nation", "HARBOUR CONFIDENTIAL REL TO AAB, QMC", undefined],
    ["tags out of order", "HARBOUR CONFIDENTIAL ORCON REL TO AAB", undefined],
  ])("banner: %s", async (_, top, fix) => {
    const [first, ...more] = await found(between("Words.", top, CONFIDENTIAL));
    expect(first).toMatchObject({ rule: "marking-unreadable", where: "1", found: top.replace("\u200b", "") });
    if (fix !== undefined) expect(first?.fix).toBe(fix);
    expect(more).toEqual([]);
  });
  it.each([
    "HARBOUR MASTER'S REPORT",
    "PUBLIC KEY INFRASTRUCTURE",
    "Public",
    "TLP definitions",
    "Secret meetings in the harbour",
    "RED TEAM REPORT",
    "TLP:RED is for individual recipients, as everybody knows",
  ])("and not %s", async (heading) => {
    expect(await told(between(heading))).toEqual([]);
    expect(rules(await found(`${heading}\nWords.\n`))).toEqual(["unmarked"]);
  });
  it("and not in code or in the middle of a table, which may speak of markings", async () => {
    for (const body of ["```\nHARBOUR SECRET REL TO AAB, XXX\n```", "| HARBOUR SECRET REL TO AAB, XXX | a cell |"]) {
      expect(await told(between(body)), body).toEqual([]);
    }
  });
});

describe("a line that begins as TLP does", () => {
  it.each([
    ["TLP AMBER", "TLP:AMBER"],
    ["TLP__AMBER", "TLP:AMBER"],
    ["TLP - RED!", "TLP:RED"],
    ["TLP:AMBER+STRIKT", "end the marking here"],
    ["TLP:_RED", "TLP:RED"],
    ["(TLP-WHITE)", "(TLP:CLEAR)"],
    ["TLP:WHITE!", "TLP:CLEAR"],
    ["TLP WHITE-ring-555-and-read-it-out", "TLP:CLEAR"],
  ])("%s: %s", async (line, fix) => {
    const [first] = await found(between("Words.", line, CONFIDENTIAL));
    expect(first).toMatchObject({ rule: "marking-unreadable", where: "1", fix: expect.stringContaining(fix) });
    expect(first?.fix).not.toContain("555");
  });
  it.each([
    ["letters", "A".repeat(1000)],
    ["underscores", "_".repeat(1000)],
    ["hyphens", "A-".repeat(500)],
    ["both", "_-".repeat(500)],
    ["blanks", `${" ".repeat(1000)}A`],
    ["letters behind a colon", `: ${"A_".repeat(499)}`],
  ])("is read once, however many %s it has", async (_, rest) => {
    await survives(TEXT, `TLP ${rest}??\n`.repeat(4000), 5000);
  });
});

describe("characters that cannot be seen", () => {
  it.each([
    ["a zero-width space in a portion mark", "(H-C REL\u200b AAB, QMB) Words."],
    ["a soft hyphen", "(H-\u00adC REL AAB, QMB) Words."],
    ["an override beside it", "(H-C REL AAB, QMB)\u202e Words."],
    ["an override in the same line", "(H-C REL AAB, QMB) Words, and \u202eso on."],
    ["an isolate before it", "\u2067(H-C REL AAB, QMB)\u2069 Words."],
  ])("%s", async (_, paragraph) => {
    expect(await told(between(paragraph))).toEqual(["3 hidden-character: (H-C REL AAB, QMB)"]);
  });
  it.each([
    "HARBOUR CONF\u200bIDENTIAL REL TO AAB, QMB",
    `\u202a${CONFIDENTIAL}\u202c`,
    `${CONFIDENTIAL}\u200b`,
    `\u2060${CONFIDENTIAL}`,
  ])("banner %j", async (top) => {
    expect(await told(between("Words.", top, CONFIDENTIAL))).toEqual([`1 hidden-character: ${CONFIDENTIAL}`]);
  });
  it("elsewhere they are the writer's own business", async () => {
    expect(await told(between("(H-C REL AAB, QMB) می\u200cخواهم, and \u{1f469}\u200d\u{1f680}."))).toEqual([]);
  });
});

describe("properties", () => {
  const known = policy("HARBOUR");
  const values = (name: string) => known.tags.find((tag) => tag.name === name)?.values ?? [];
  const marking = fc
    .record({
      classification: fc.constantFrom("RESTRICTED", "CONFIDENTIAL", "SECRET"),
      rel: fc.subarray([...values("REL TO")], { minLength: 1 }),
      compartment: fc.subarray([...values("COMPARTMENT")]),
    })
    .map(({ classification, rel, compartment }) => ({
      policy: ["HARBOUR", null] as const,
      classification,
      tags: [
        ...(compartment.length > 0 ? ([["RESTRICTIVE", "COMPARTMENT", null, compartment]] as const) : []),
        ["PERMISSIVE", "REL TO", null, rel] as const,
      ],
    }));

  it("any document is in order under its own banner and mark, in every language", async () => {
    await fc.assert(
      fc.asyncProperty(marking, fc.constantFrom("en", "fr"), fc.boolean(), async (label, language, exercise) => {
        const top = framed(banner(label, known, language), exercise);
        const bytes = new TextEncoder().encode(between("Words.", top));
        expect(await lint({ name: "x", mediaType: TEXT, bytes }, { ...under(CONFIDENTIAL), label, exercise })).toEqual(
          [],
        );
      }),
    );
  });
  it("a mutated report never throws, in bounded time", async () => {
    for (const name of ["incident-report.txt", "incident-report.bad-banner.txt"]) {
      await fc.assert(fc.asyncProperty(mutated(fixture(name)), (bytes) => survives(TEXT, bytes)));
    }
  });
  it("lines of pieces of markings never throw", async () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "H-C",
      " REL ",
      "AAB",
      ", ",
      "TLP:",
      "RED",
      "EXERCISE EXERCISE EXERCISE ",
      "HARBOUR ",
      "SECRET",
      "\n",
      "\n\n",
      "1. ",
      "- ",
      "\u202e",
      "words.",
      "|",
    );
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 60 }), (pieces) => survives(TEXT, pieces.join(""))));
  });
  it.each([
    ["lines", "\n"],
    ["spaces", " "],
    ["parentheses", "("],
    ["a banner again and again", `${RESTRICTED}\n`],
    ["portion marks", "(H-C REL AAB, QMB) One.\n"],
    ["long lines of rules", `${"-".repeat(1100)}x\n`],
    ["almost banners", "HARBOUR CONFIDENTIAL REL TO AAB, QMC\n"],
    ["numbers", "1."],
    ["prose", "It was a dark and stormy night, and the second collection sources slept.\n"],
  ])("two megabytes of %s are read in seconds", async (_, unit) => {
    const text = unit.repeat(Math.floor(2 ** 21 / unit.length));
    const begun = performance.now();
    const all = await found(text);
    expect(all.length).toBeLessThanOrEqual(256);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
