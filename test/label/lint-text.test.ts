import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lint } from "../../src/label/lint/lint.ts";
import { banner, framed } from "../../src/label/marking.ts";
import { policies } from "../../src/label/policy.ts";
import {
  brief,
  CONFIDENTIAL,
  fixture,
  lintAs,
  mutated,
  OPERATION,
  RESTRICTED,
  rules,
  survives,
  TEXT,
  under,
} from "./lint-shared.ts";
import { KNOWN, policy } from "./shared.ts";

const FRAMED = framed(CONFIDENTIAL, true);
/** `body` between the banners of an operation. */
const between = (body: string, top = CONFIDENTIAL, bottom = top): string => `${top}\n\n${body}\n\n${bottom}\n`;
const found = async (text: string, label = CONFIDENTIAL, rest = {}) =>
  lintAs(TEXT, text, label, { ...OPERATION, ...rest });
const told = async (text: string, label = CONFIDENTIAL, rest = {}) => brief(await found(text, label, rest));

describe("banners", () => {
  it("none at all: what to write", async () => {
    expect(await told("Just a note.")).toEqual([`1 unmarked: ${CONFIDENTIAL}`]);
    expect(await told("Just a note.", CONFIDENTIAL, { exercise: true })).toEqual([`1 unmarked: ${FRAMED}`]);
    expect(await told("\n\n  Just a note.")).toEqual([`3 unmarked: ${CONFIDENTIAL}`]);
  });
  it("nothing to mark: an empty file, and what is for everybody", async () => {
    expect(await told("")).toEqual([]);
    expect(await told("\r\n \t\r\n")).toEqual([]);
    expect(await told("Just a note.", "PUBLIC")).toEqual([]);
    expect(await told("Just a note.", "TLP:CLEAR")).toEqual([]);
  });

  it.each([
    ["as they are", (text: string) => text],
    ["with CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
    ["with CR", (text: string) => text.replaceAll("\n", "\r")],
    ["with a byte order mark", (text: string) => `\ufeff${text}`],
    ["with empty lines around", (text: string) => `\n\n${text}\n\n \n`],
    ["centred", (text: string) => text.replaceAll(CONFIDENTIAL, `            ${CONFIDENTIAL}   `)],
    ["between rules", (text: string) => `=====\n${text}\n-----\n`],
    ["in bold", (text: string) => text.replaceAll(CONFIDENTIAL, `**${CONFIDENTIAL}**`)],
    ["as a heading", (text: string) => text.replaceAll(CONFIDENTIAL, `# ${CONFIDENTIAL}`)],
    ["between slashes", (text: string) => text.replaceAll(CONFIDENTIAL, `// ${CONFIDENTIAL} //`)],
    ["in a comment", (text: string) => text.replaceAll(CONFIDENTIAL, `<!-- ${CONFIDENTIAL} -->`)],
    ["behind a word", (text: string) => text.replaceAll(CONFIDENTIAL, `Classification: ${CONFIDENTIAL}`)],
    ["beside a page number", (text: string) => text.replaceAll(CONFIDENTIAL, `${CONFIDENTIAL}      Page 1 of 1`)],
    ["with TLP below", (text: string) => text.replaceAll(CONFIDENTIAL, `${CONFIDENTIAL}\nTLP:GREEN`)],
    ["with TLP above", (text: string) => text.replaceAll(CONFIDENTIAL, `TLP:GREEN\n${CONFIDENTIAL}`)],
    ["on every page", (text: string) => `${text}\f${text}`],
    ["in French", (text: string) => text.replaceAll(CONFIDENTIAL, "HARBOUR CONFIDENTIEL COMMUNICABLE À AAB, QMB")],
    ["in two languages", (text: string) => text.replace(CONFIDENTIAL, "HARBOUR CONFIDENTIEL COMMUNICABLE À QMB, AAB")],
  ])("%s are seen", async (_, change) => {
    expect(await told(change(between("Some words.")), CONFIDENTIAL, { tlp: "AMBER" })).toEqual([]);
  });

  it("one only, or not at the edge", async () => {
    expect(await told(`${CONFIDENTIAL}\nWords.\n`)).toEqual([`2 banner-missing: ${CONFIDENTIAL}`]);
    expect(await told(`Words.\n${CONFIDENTIAL}\n`)).toEqual([`1 banner-missing: ${CONFIDENTIAL}`]);
    expect(rules(await found(`To: all\n${CONFIDENTIAL}\nWords.\n`))).toEqual(["banner-missing", "banner-missing"]);
  });
  it("first and last differ", async () => {
    expect(
      await told(between("Words.", CONFIDENTIAL, "HARBOUR CONFIDENTIAL REL TO AAB"), "HARBOUR CONFIDENTIAL REL TO AAB"),
    ).toEqual([
      "1 banner-not-label: HARBOUR CONFIDENTIAL REL TO AAB",
      "5 banner-differs: HARBOUR CONFIDENTIAL REL TO AAB",
    ]);
  });
  it("the last in another language is to be mended in that language", async () => {
    expect(await told(between("Words.", CONFIDENTIAL, "HARBOUR SECRET COMMUNICABLE À AAB"))).toEqual([
      "5 banner-differs: HARBOUR CONFIDENTIEL COMMUNICABLE À AAB, QMB",
      "5 banner-above-label: SECRET",
      "5 banner-above-label: REL TO AAB",
    ]);
  });
  it("two TLP", async () => {
    const text = between("Words.", `${CONFIDENTIAL}\nTLP:GREEN`, `${CONFIDENTIAL}\nTLP:AMBER`);
    expect(await told(text, CONFIDENTIAL, { tlp: "RED" })).toEqual(["7 banner-differs: TLP:GREEN"]);
  });

  it.each([
    ["HARBOUR SECRET REL TO AAB, QMB", ["SECRET"]],
    ["HARBOUR CONFIDENTIAL REL TO AAB", ["REL TO AAB"]],
    ["HARBOUR CONFIDENTIAL REL TO AAB, ZZC", ["REL TO AAB"]],
    ["HARBOUR CONFIDENTIAL REL TO AAB, QMB ORCON", ["ORCON"]],
    ["HARBOUR CONFIDENTIAL BUOY, LANTERN REL TO AAB, QMB", ["BUOY, LANTERN"]],
    ["HARBOUR SECRET BUOY REL TO ZZC ORCON", ["SECRET", "REL TO AAB", "BUOY", "ORCON"]],
  ])("%s is above the label", async (banners, fixes) => {
    expect(await told(between("Words.", banners))).toEqual(fixes.map((fix) => `1 banner-above-label: ${fix}`));
  });
  it.each([
    "HARBOUR RESTRICTED REL TO AAB, QMB",
    "HARBOUR CONFIDENTIAL REL TO HARBOUR",
    "HARBOUR CONFIDENTIAL REL TO AAB, QMB STAFF",
  ])("%s is below it, or not the same: a warning", async (banners) => {
    expect(await told(between("Words.", banners))).toEqual([`1 banner-not-label: ${CONFIDENTIAL}`]);
  });
  it("another policy cannot be compared, but for what is for everybody", async () => {
    expect(await told(between("Words.", CONFIDENTIAL), "TLP:RED")).toEqual([
      `1 policy-differs: seal it under ${CONFIDENTIAL}`,
    ]);
    expect(await told(between("Words.", "PUBLIC"))).toEqual([]);
  });
  it("a label that the policy would not make", async () => {
    expect(rules(await found(between("Words.", "HARBOUR SECRET"), "HARBOUR SECRET REL TO AAB"))).toEqual([
      "marking-invalid",
    ]);
  });
});

describe("EXERCISE", () => {
  it("is missing", async () => {
    expect(await told(between("Words."), CONFIDENTIAL, { exercise: true })).toEqual([
      `1 exercise-frame: ${FRAMED}`,
      `5 exercise-frame: ${FRAMED}`,
    ]);
  });
  it("stands around an operation", async () => {
    expect(await told(between("Words.", FRAMED))).toEqual([
      `1 exercise-frame: ${CONFIDENTIAL}`,
      `5 exercise-frame: ${CONFIDENTIAL}`,
    ]);
  });
  it("is asked of the banner, not of the TLP beside it", async () => {
    const text = between("Words.", `${FRAMED}\nTLP:GREEN`);
    expect(await told(text, CONFIDENTIAL, { exercise: true, tlp: "GREEN" })).toEqual([]);
  });
});

describe("TLP", () => {
  it.each(["TLP:AMBER+STRICT", "TLP:RED"])("%s inside TLP:AMBER", async (tlp) => {
    const [fix] = [`${tlp}, or take the document out`];
    expect(await told(between("Words.", tlp), "TLP:AMBER")).toEqual([`1 tlp-above-envelope: ${fix}`]);
    expect(await told(between("Words.", `${CONFIDENTIAL}\n${tlp}`), CONFIDENTIAL, { tlp: "AMBER" })).toEqual([
      `2 tlp-above-envelope: ${fix}`,
    ]);
  });
  it("a paragraph of TLP:RED under TLP:AMBER", async () => {
    const text = between("(TLP:AMBER) Known to many.\n\n(TLP:RED) Known to few.", "TLP:AMBER");
    expect(await told(text, "TLP:AMBER")).toEqual(["5 banner-below-portion: TLP:RED"]);
    expect(await told(between("(TLP:RED) Known to few."), CONFIDENTIAL, { tlp: "AMBER" })).toEqual([
      "3 tlp-above-envelope: TLP:RED, or take the paragraph out",
    ]);
  });
  it("that the envelope does not state", async () => {
    expect(await told(between("Words.", `${CONFIDENTIAL}\nTLP:GREEN`))).toEqual(["2 tlp-not-stated: --tlp GREEN"]);
    expect(await told(between("Words.", `${CONFIDENTIAL}\nTLP:CLEAR`))).toEqual([]);
  });
});

describe("portions", () => {
  const MARK = "(H-C REL AAB, QMB)";
  it.each([
    `${MARK} Words.`,
    `   ${MARK} Words.`,
    `\t${MARK} Words.`,
    `${MARK}\nWords.`,
    `1. ${MARK} Words.`,
    `1) ${MARK} Words.`,
    `1 ${MARK} Words.`,
    `1.2.3 ${MARK} Words.`,
    `§ 4. ${MARK} Words.`,
    `a. ${MARK} Words.`,
    `(a) ${MARK} Words.`,
    `iv) ${MARK} Words.`,
    `- ${MARK} Words.`,
    `* ${MARK} Words.`,
    `\u2022 ${MARK} Words.`,
    `> ${MARK} Words.`,
    `## ${MARK} Heading`,
    `**${MARK}** Words.`,
    `1. **${MARK}** Words.`,
    `| ${MARK} | a cell |`,
  ])("the mark is seen in %j", async (paragraph) => {
    const label = "HARBOUR RESTRICTED REL TO AAB, QMB";
    expect(await told(between(paragraph, label), label)).toEqual(["3 banner-below-portion: CONFIDENTIAL"]);
  });
  it("and not in the middle of a sentence, nor among words", async () => {
    const label = "HARBOUR RESTRICTED REL TO AAB, QMB";
    for (const words of [
      `As paragraph ${MARK} says.`,
      "(see annex A) Words.",
      "(AAB, QMB) agreed.",
      "(Public) hearings.",
      "(1) Words.",
    ]) {
      expect(await told(between(words, label), label), words).toEqual([]);
    }
  });
  it("the highest is told once, each release list and each value once", async () => {
    const body = ["(H-C REL AAB, QMB) One.", "(H-S BUOY REL AAB, QMB) Two.", "(H-S BUOY REL AAB, QMB) Three."].join(
      "\n\n",
    );
    expect(await told(between(body, RESTRICTED), RESTRICTED)).toEqual([
      "3 release-wider-than-portion: REL TO AAB, QMB",
      "5 banner-below-portion: SECRET",
      "5 marking-missing: BUOY",
    ]);
  });
  it("in the language of the banner", async () => {
    const label = "HARBOUR DIFFUSION RESTREINTE COMMUNICABLE À AAB, QMB";
    expect(await told(between("(H-C REL AAB) Mots.", label), label)).toEqual([
      "3 banner-below-portion: CONFIDENTIEL",
      "3 release-wider-than-portion: COMMUNICABLE À AAB",
    ]);
  });
  it("communities are taken apart", async () => {
    const text = between("(H-R REL AAB, QMB, ZZC) One.\n\n(H-R REL HARBOUR) Two.", "HARBOUR RESTRICTED REL TO HARBOUR");
    expect(await told(text, "HARBOUR RESTRICTED REL TO HARBOUR")).toEqual([]);
  });
  it("nobody in common: what is left is the originator, where that is known", async () => {
    const label = "HARBOUR RESTRICTED REL TO QMB";
    const text = between("(H-R REL ZZC) One.", label);
    expect(await told(text, label)).toEqual(["3 release-wider-than-portion: REL TO AAB"]);
    expect(await told(text, label, { originatorNation: "" })).toEqual([
      "3 release-wider-than-portion: split it: no release list serves both",
    ]);
  });
  it("the originator's own nation is nobody else", async () => {
    const label = "HARBOUR RESTRICTED REL TO AAB, QMB";
    const text = between("(H-R REL QMB) One.", label);
    expect(await told(text, label)).toEqual([]);
    expect(await told(text, label, { originatorNation: "" })).toEqual(["3 release-wider-than-portion: REL TO QMB"]);
  });
  it("without a banner they are held against the label", async () => {
    expect(await told("(H-S REL AAB, QMB) One.")).toEqual([
      `1 unmarked: ${CONFIDENTIAL}`,
      "1 banner-below-portion: SECRET",
    ]);
  });
  it("one that the policy would not make", async () => {
    expect(rules(await found(between("(H-C) One.", "HARBOUR SECRET REL TO AAB"), "HARBOUR SECRET REL TO AAB"))).toEqual(
      ["marking-invalid"],
    );
  });
  it("of a policy that is neither the banner's nor TLP", async () => {
    const text = between("(H-R REL AAB) One.", "TLP:AMBER");
    expect(rules(await found(text, "TLP:AMBER"))).toEqual(["policy-differs"]);
  });
});

describe("paragraphs without a mark, where others have one", () => {
  const tail = (body: string): Promise<readonly string[]> => told(between(`(H-C REL AAB, QMB) One sentence.\n${body}`));
  const FLAGGED = ["6 unmarked-paragraph: (H-C REL AAB, QMB)"];
  it.each([
    "\n\nThe source has been told under protection.",
    "\n\n   The source has been told\n   under protection.",
    "\n\n7. The source has been told under protection.",
    "\n\nEine Quelle wurde unter Schutz unterrichtet!",
    "\n\n情报来源已经在保护之下被告知了有关的全部情况和细节。",
    `\n\n${"word ".repeat(30)}`,
  ])("%j", async (body) => {
    expect(await tail(body)).toEqual(FLAGGED);
  });
  it.each([
    ["a heading", "\n\nIndicators"],
    ["a longer heading", "\n\nCredential theft against port traffic management systems"],
    ["a Markdown heading", "\n\n## What did we see there, and when?"],
    ["capitals", "\n\nTHIS DOCUMENT IS FOR TRAINING PURPOSES ONLY."],
    [
      "a table",
      "\n\nipv4-addr    203.0.113.77\nsha-256      9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
    ["a Markdown table", "\n\n| when | what was seen there. |\n|------|------|\n| now | a log-in that failed. |"],
    ["metadata", "\n\nReported: by the duty officer of AAB-CERT, on Sunday."],
    ["the same paragraph going on", " It goes on here.\nAnd here it ends with a full stop."],
    ["20 November at the beginning of a line", "20 November was a Friday on which it rained."],
    ["bullets below it", "\n- the first thing that was seen there.\n- the second thing that was seen there."],
    [
      "bullets after a blank line",
      "\n\n- the first thing that was seen there.\n- the second thing that was seen there.",
    ],
    ["code", "\n\n```\nif (a) { return this.is.no.sentence(); }\nso what do you say to this now.\n```"],
  ])("not %s", async (_, body) => {
    expect(await tail(body)).toEqual([]);
  });
  it("items of a list are paragraphs where some of them are marked", async () => {
    const list = (items: string[]) => told(between(items.join("\n")));
    expect(
      await list(["1. (H-C REL AAB, QMB) One.", "2. Two comes without a mark.", "3. (H-C REL AAB, QMB) Three."]),
    ).toEqual(["4 unmarked-paragraph: (H-C REL AAB, QMB)"]);
    expect(await list(["- (H-C REL AAB, QMB) One.", "- Two comes without a mark."])).toEqual([
      "4 unmarked-paragraph: (H-C REL AAB, QMB)",
    ]);
  });
  it("nobody has to mark paragraphs", async () => {
    expect(
      await told(between("The source has been told under protection.\n\nIt was a Sunday when it was told.")),
    ).toEqual([]);
  });
});

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

describe("dirty words", () => {
  const OPEN = "HARBOUR RESTRICTED REL TO AAB";
  it("in a paragraph below their rank: the mark it needs", async () => {
    expect(await told(between("(H-R REL AAB) A second\n  Collection  SOURCE says so.", OPEN), OPEN)).toEqual([
      "3 dirty-word: (H-C REL AAB)",
    ]);
    expect(await told(between("(H-R REL AAB) One\ntwo second collection source.", OPEN), OPEN)).toEqual([
      "4 dirty-word: (H-C REL AAB)",
    ]);
  });
  it("in a document below their rank", async () => {
    expect(await told(between("A second collection source.", OPEN), OPEN)).toEqual(["3 dirty-word: (H-C REL AAB)"]);
    expect(rules(await found("A second collection source.", OPEN))).toEqual(["unmarked", "dirty-word"]);
  });
  it("not where the rank is high enough, nor inside other words", async () => {
    expect(await told(between("(H-C REL AAB, QMB) A second collection source."))).toEqual([]);
    expect(await told(between("A nanosecond collection sources.", OPEN), OPEN)).toEqual([]);
  });
  it("words with characters that mean something in a pattern", async () => {
    const harbour = { ...policy("HARBOUR"), dirtyWords: [{ word: "C++ (draft) [x]?", minRank: 3 }] };
    const known = policies(...[...KNOWN.values()].map((one) => (one.policy.name === "HARBOUR" ? harbour : one)));
    expect(rules(await found(between("The c++ (draft) [x]? is here."), CONFIDENTIAL, { policies: known }))).toEqual([
      "dirty-word",
    ]);
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
