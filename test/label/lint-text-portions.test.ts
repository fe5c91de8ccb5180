/** Lint on plain text: the marks of its paragraphs, paragraphs without one, and words that ask for one. */

import { describe, expect, it } from "vitest";
import { policies } from "../../src/label/policy.ts";
import { CONFIDENTIAL, RESTRICTED, rules } from "./lint-shared.ts";
import { between, found, told } from "./lint-text-shared.ts";
import { KNOWN, policy } from "./shared.ts";

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
