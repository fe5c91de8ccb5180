/** Lint on plain text: its banners, EXERCISE around them and TLP beside them, against the label. */

import { describe, expect, it } from "vitest";
import { framed } from "../../src/label/marking.ts";
import { CONFIDENTIAL, rules } from "./lint-shared.ts";
import { between, found, told } from "./lint-text-shared.ts";

const FRAMED = framed(CONFIDENTIAL, true);

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
