/** Lint on the texts in JSON, be it STIX or not. */

import { describe, expect, it } from "vitest";
import { brief, CONFIDENTIAL, fixture, lintAs, OPERATION, RESTRICTED } from "./lint-shared.ts";
import { bundle, found, ID, marked, NOTE } from "./lint-stix-shared.ts";

describe("texts in JSON", () => {
  const json = (value: unknown, label = CONFIDENTIAL, rest = {}) =>
    lintAs("application/json", JSON.stringify(value), label, { ...OPERATION, ...rest });
  it("a text that is a marking above the label", async () => {
    expect(brief(await json({ classification: { banner: "HARBOUR SECRET REL TO AAB, QMB" } }))).toEqual([
      "/classification/banner banner-above-label: SECRET",
    ]);
    expect(brief(await json([{ "a/b": ["(H-C REL AAB, QMB ORCON)"] }]))).toEqual([
      "/0/a~1b/0 banner-above-label: ORCON",
    ]);
    expect(brief(await json({ tlp: "TLP:RED" }, "TLP:GREEN"))).toEqual([
      "/tlp tlp-above-envelope: TLP:RED, or take the part out",
    ]);
  });
  it("not one below it, nor a word that could be one", async () => {
    for (const value of [
      "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC",
      "PUBLIC",
      "SECRET",
      "RED",
      "H-S",
      "a HARBOUR SECRET REL TO AAB",
    ]) {
      expect(await json({ value })).toEqual([]);
    }
  });
  it("EXERCISE in an operation", async () => {
    const value = `EXERCISE EXERCISE EXERCISE ${CONFIDENTIAL} EXERCISE EXERCISE EXERCISE`;
    expect(brief(await json({ value }))).toEqual([`/value exercise-frame: ${CONFIDENTIAL}`]);
    expect(await json({ value }, CONFIDENTIAL, { exercise: true })).toEqual([]);
  });
  it("dirty words", async () => {
    const text = { narrative: ["A second collection source."] };
    expect(brief(await json(text, RESTRICTED))).toEqual([
      "/narrative/0 dirty-word: seal it under HARBOUR CONFIDENTIAL REL TO AAB, QMB, ZZC",
    ]);
    expect(await json(text)).toEqual([]);
    expect(
      brief(await found(bundle(marked(ID.green, { content: "second collection source" })), RESTRICTED, { tlp: "RED" })),
    ).toEqual([`${NOTE}/content dirty-word: seal it under HARBOUR CONFIDENTIAL REL TO AAB, QMB, ZZC`]);
  });
  it("every sample is in order under its label", async () => {
    const labels = { report: RESTRICTED, supplier: CONFIDENTIAL, source: "HARBOUR CONFIDENTIAL REL TO AAB ORCON" };
    for (const [name, label] of Object.entries(labels)) {
      expect(await lintAs("application/json", fixture(`${name}.json`), label), name).toEqual([]);
    }
  });
});
