import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, hex } from "../../src/bytes.ts";
import { type CborMap, type CborValue, decode, encode } from "../../src/cbor/codec.ts";
import { readAs, type Shape } from "../../src/cbor/schema.ts";
import { ENVIRONMENT } from "../../src/environment.ts";
import { environmentOf, type Handling, handlingShape, labelShape, labelsShape } from "../../src/label/label.ts";
import { unixSeconds } from "../../src/label/shapes.ts";
import { checkCddl } from "../cddl.ts";
import { labelled, labels } from "./shared.ts";

const spec = readFileSync(new URL("../../spec/label.md", import.meta.url), "utf8");
/** The bytes of the worked example under a heading of the spec. */
const worked = (heading: string): string => {
  const block = spec.slice(spec.indexOf(`### ${heading}`)).match(/```hex\n([^`]*)```/)?.[1] ?? "";
  return block.replace(/;.*|\s/gm, "");
};
const again = <T>(shape: Shape<T>, value: T): T => readAs(shape, encode(shape.write(value)), "it");
const refused = expect.objectContaining({ code: "ERR_SCHEMA" });
/** The label's map with one entry set to something else. */
const changed = (key: number, value: CborValue): Uint8Array => {
  const map = labelShape.write(labelled("HARBOUR SECRET REL TO AAB")) as CborMap;
  return encode(new Map([...map, [key, value]]));
};

const HANDLING: Handling = {
  tlp: "AMBER",
  pap: "AMBER",
  precedence: ["IMMEDIATE", "ROUTINE"],
  messageType: "exercise",
  agreement: "HARBOUR-MOU-2024/3",
  obligations: ["receipt-on-open", "no-onward-release", "no-ai-training"],
  retainUntil: 1_953_072_000,
  personalData: "none",
  sourceGrading: ["B", 2],
};

describe("labels (spec/label.md section 2)", () => {
  it("writes and reads the worked example of a label", () => {
    const value = labels("HARBOUR CONFIDENTIAL REL TO AAB ORCON");
    const named = { originator: { ...value.originator, originator: ["organisation", "AAB-CERT"] as const } };
    expect(hex(encode(labelsShape.write(named)))).toBe(worked("Labels"));
    expect(readAs(labelsShape, fromHex(worked("Labels")), "labels")).toEqual(named);
  });

  it("writes and reads the worked example of handling", () => {
    expect(hex(encode(handlingShape.write(HANDLING)))).toBe(worked("Handling"));
    expect(readAs(handlingShape, fromHex(worked("Handling")), "handling")).toEqual(HANDLING);
  });

  it("keeps every field, the order of tags, repeats and empty lists", () => {
    const label = labelled("PUBLIC", {
      privacyMark: "CLEAR",
      tags: [
        ["INFORMATIVE", "B", fromHex("2a03"), ["x", "x"]],
        ["RESTRICTIVE", "A", null, []],
        ["INFORMATIVE", "B", null, ["y"]],
      ],
      review: "2027-01-01T00:00:00.50+01:00",
      succession: ["2030-01-01T00:00:00Z", labelled("PUBLIC")],
      id: "urn:x:1",
      foreign: [fromHex("3c612f3e")],
    });
    expect(again(labelShape, label)).toEqual(label);
  });

  it("accepts four successions within each other and no fifth", () => {
    const nest = (depth: number): ReturnType<typeof labelled> =>
      depth === 0 ? labelled("PUBLIC") : labelled("PUBLIC", { succession: ["2030-01-01T00:00:00Z", nest(depth - 1)] });
    expect(again(labelShape, nest(4))).toEqual(nest(4));
    // The writer goes by the same description, so the fifth is built by hand.
    const five = new Map([
      ...(labelShape.write(labelled("PUBLIC")) as CborMap),
      [8, ["2030-01-01T00:00:00Z", labelShape.write(nest(4))]],
    ] as const);
    expect(() => readAs(labelShape, encode(five), "it")).toThrow(refused);
  });

  it.each([
    ["an unknown key", 11, 0],
    ["an unknown kind", 0, 3],
    ["a policy without its OID place", 1, ["HARBOUR"]],
    ["an empty OID", 1, ["HARBOUR", new Uint8Array()]],
    ["an empty classification", 2, ""],
    ["a long classification", 2, "X".repeat(256)],
    ["an empty list of tags", 4, []],
    ["an unknown tag type", 4, [[3, "A", null, ["B"]]]],
    ["a date in place of a time", 6, "2026-11-22"],
  ] as [string, number, CborValue][])("refuses %s", (_, key, value) => {
    expect(() => readAs(labelShape, changed(key, value), "it")).toThrow(refused);
  });

  it.each(["\u202e", "\u200b", "\u0007", "\n", "\u001b[2J", "\u00ad", "\ufeff", "\u2066", "\u{e0041}"])(
    "attack 77: refuses %j in every text that names something",
    (hidden) => {
      const text = `A${hidden}B`;
      const tag = (name: string, value: string) => [[0, name, null, [value]]];
      for (const [key, value] of [
        [1, [text, null]],
        [2, text],
        [3, text],
        [4, tag(text, "B")],
        [4, tag("A", text)],
        [5, [text, "B"]],
        [5, ["A", text]],
        [9, text],
      ] as [number, CborValue][]) {
        expect(() => readAs(labelShape, changed(key, value), "it")).toThrow(refused);
      }
    },
  );

  it("wants each kind in its place, and no policy twice", () => {
    const original = labelled("PUBLIC");
    const other = labelled("TLP:CLEAR", { kind: "alternative" });
    expect(again(labelsShape, { originator: original, alternatives: [other] }).alternatives).toEqual([other]);
    const metadata = labelled("PUBLIC", { kind: "metadata" });
    expect(again(labelsShape, { originator: original, metadata, ciphertext: original }).metadata).toEqual(metadata);
    for (const wrong of [
      { originator: other },
      { originator: original, alternatives: [original] },
      { originator: original, alternatives: [other, other] },
      { originator: original, alternatives: [labelled("PUBLIC", { kind: "alternative" })] },
      { originator: original, alternatives: [] },
      { originator: original, metadata: original },
      { originator: original, ciphertext: other },
    ]) {
      expect(() => again(labelsShape, wrong)).toThrow(refused);
    }
  });
});

describe("handling (spec/label.md section 2)", () => {
  it("is empty where nothing is stated", () => expect(hex(encode(handlingShape.write({})))).toBe("a0"));

  it.each([
    ["an unknown key", 17, 0],
    ["an unknown TLP", 1, 5],
    ["an unknown PAP", 2, 4],
    ["one precedence", 3, [3]],
    ["a precedence P772 does not have", 3, [6, 1]],
    ["project, which is neither exercise nor operation", 4, 2],
    ["an empty list of obligations", 6, []],
    ["obligations out of order", 6, [1, 0]],
    ["an obligation twice", 6, [0, 0]],
    ["an unknown obligation", 6, [5]],
    ["a short consent digest", 7, [new Uint8Array(31)]],
    ["a time as text", 8, "2026-11-22"],
    ["a language in words", 13, "English!"],
    ["credibility 7", 14, [0, 7]],
    ["reliability G", 14, [6, 1]],
    ["prose with an escape", 16, "\u001b[31m"],
  ] as [string, number, CborValue][])("refuses %s", (_, key, value) => {
    expect(() => readAs(handlingShape, encode(new Map([[key, value]])), "it")).toThrow(refused);
  });

  it("takes what is not marked as exercise for real", () => {
    expect(environmentOf({})).toBe(ENVIRONMENT.operation);
    expect(environmentOf({ messageType: "operation" })).toBe(ENVIRONMENT.operation);
    for (const messageType of ["exercise", "drill", "test"] as const) {
      expect(environmentOf({ messageType })).toBe(ENVIRONMENT.exercise);
    }
  });

  it("states the enumerations of the spec", () => {
    const written = decode(encode(handlingShape.write({ ...HANDLING, precedence: ["CRITIC", "NATIONAL OVERRIDE"] })));
    expect((written as CborMap).get(3)).toEqual([17, 18]);
  });
});

describe("xs:dateTime", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2026-11-22T05:00:00Z", 1_795_323_600],
    ["2026-11-22T06:00:00+01:00", 1_795_323_600],
    ["2026-11-21T15:00:00.999-14:00", 1_795_323_600],
    ["2024-02-29T24:00:00Z", 1_709_251_200],
    ["0001-01-01T00:00:00Z", -62_135_596_800],
    ["9999-12-31T23:59:59Z", 253_402_300_799],
  ])("%s", (text, seconds) => expect(unixSeconds(text)).toBe(seconds));

  it.each([
    "2026-11-22T05:00:00",
    "2026-11-22",
    "2026-11-22 05:00:00Z",
    "2026-11-22T05:00Z",
    "2026-11-22T05:00:60Z",
    "2026-11-22T24:00:01Z",
    "2026-11-22T24:00:00.1Z",
    "2026-11-22T23:60:00Z",
    "2026-11-22T25:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "12026-01-01T00:00:00Z",
    "2026-11-22T05:00:00+14:01",
    "2026-11-22T05:00:00+01:60",
    "2026-11-22T05:00:00.Z",
    "2026-11-22T05:00:00z",
    " 2026-11-22T05:00:00Z",
    "2026-11-22T05:00:00Z\n",
  ])("is not %j", (text) => expect(unixSeconds(text)).toBeUndefined());

  it("agrees with Date on every second", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), (seconds) => {
        expect(unixSeconds(new Date(seconds * 1000).toISOString())).toBe(seconds);
      }),
    );
  });
});

describe("spec/dipbag.cddl", () => {
  const fits = checkCddl(readFileSync(new URL("../../spec/dipbag.cddl", import.meta.url), "utf8"));

  it("admits what the shapes write", () => {
    expect(fits("labels", fromHex(worked("Labels")))).toEqual([]);
    expect(fits("handling", fromHex(worked("Handling")))).toEqual([]);
    const rest: Handling = {
      consents: [new Uint8Array(32)],
      validUntil: 1,
      deleteBy: 2,
      purpose: "training",
      language: "en-GB",
      derivedFrom: ["AAB-CERT/2026/0416"],
      compilationReason: "two parts tell more than each",
    };
    expect(fits("handling", encode(handlingShape.write(rest)))).toEqual([]);
    const full = labelled("HARBOUR SECRET REL TO AAB", {
      privacyMark: "CLEAR",
      review: "2027-01-01T00:00:00Z",
      succession: ["2030-01-01T00:00:00Z", labelled("PUBLIC")],
      id: "urn:x:1",
      foreign: [fromHex("3c612f3e")],
    });
    const alternatives = [labelled("TLP:RED", { kind: "alternative" })];
    const metadata = labelled("PUBLIC", { kind: "metadata" });
    const value = { originator: full, alternatives, metadata, ciphertext: labelled("PUBLIC") };
    expect(fits("labels", encode(labelsShape.write(value)))).toEqual([]);
  });

  it.each([
    ["labels", "a0"],
    ["handling", "a104 02"],
    ["handling", "a106 80"],
    ["handling", "a10e 820007"],
    ["handling", "a111 00"],
  ])("refuses as %s what the shapes refuse: %s", (rule, text) => {
    const item = fromHex(text.replace(" ", ""));
    expect(fits(rule, item)).not.toEqual([]);
    const shape: Shape<unknown> = rule === "labels" ? labelsShape : handlingShape;
    expect(() => readAs(shape, item, "it")).toThrow(refused);
  });
});
