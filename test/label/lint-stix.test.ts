import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  brief,
  CONFIDENTIAL,
  fixture,
  lintAs,
  mutated,
  OPERATION,
  RESTRICTED,
  rules,
  STIX,
  survives,
} from "./lint-shared.ts";
import { dataJson } from "./shared.ts";

const EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
const ID = {
  clear: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
  green: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
  amber: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
  strict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
  red: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
  white1: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
  green1: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
  amber1: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
  red1: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
} as const;
const OWN = "marking-definition--00000000-0000-4000-8000-000000000001";
const NOTE = "note--00000000-0000-4000-8000-00000000000a";
const OTHER = "note--00000000-0000-4000-8000-00000000000b";

type Json = Record<string, unknown>;
const note = (more: Json = {}, id: string = NOTE): Json => ({
  type: "note",
  id,
  modified: "2026-11-22T05:00:00Z",
  content: "x",
  ...more,
});
const marked = (ref: string, more: Json = {}, id = NOTE): Json => note({ object_marking_refs: [ref], ...more }, id);
const bundle = (...objects: unknown[]): string => JSON.stringify({ type: "bundle", id: "bundle--1", objects });
const definition = (rest: Json, id: string = OWN): Json => ({
  type: "marking-definition",
  spec_version: "2.1",
  id,
  ...rest,
});
const statement = (text: string): Json => definition({ definition_type: "statement", definition: { statement: text } });
const tlp2 = (color: string, id: string = OWN): Json =>
  definition({ extensions: { [EXTENSION]: { tlp_2_0: color } } }, id);

const found = (text: string, label = "TLP:GREEN", rest = {}) => lintAs(STIX, text, label, { ...OPERATION, ...rest });
const told = async (text: string, label = "TLP:GREEN", rest = {}) => brief(await found(text, label, rest));
const above = (name: string, id = NOTE): string => `${id} tlp-above-envelope: ${name}, or take the object out`;

describe("TLP of an object", () => {
  it.each([
    ["clear", "TLP:CLEAR"],
    ["green", "TLP:GREEN"],
    ["amber", "TLP:AMBER"],
    ["strict", "TLP:AMBER+STRICT"],
    ["red", "TLP:RED"],
    ["white1", "TLP:CLEAR"],
    ["green1", "TLP:GREEN"],
    ["amber1", "TLP:AMBER"],
    ["red1", "TLP:RED"],
  ] as const)("%s by its id alone, which need not be in the bundle", async (key, name) => {
    const expected = /CLEAR|GREEN/.test(name) ? [] : [above(name)];
    expect(await told(bundle(marked(ID[key])))).toEqual(expected);
    expect(await told(bundle(marked(ID[key])), name)).toEqual([]);
  });
  it("the ids are those of the verified records", () => {
    const { records, legacy } = dataJson<Record<"records" | "legacy", { stixMarkingId: string }[]>>("tlp.json");
    expect([...records, ...legacy].map(({ stixMarkingId }) => stixMarkingId)).toEqual(Object.values(ID));
  });
  it.each([
    ["TLP 2.0 under an id of its own", tlp2("red")],
    ["TLP 1.0", definition({ definition_type: "tlp", definition: { tlp: "red" } })],
    ["a statement", statement("TLP:RED")],
  ])("%s", async (_, object) => {
    expect(await told(bundle(object, marked(OWN)))).toEqual([above("TLP:RED")]);
  });
  it("of a part counts too", async () => {
    const part = { granular_markings: [{ marking_ref: ID.red, selectors: ["content"] }] };
    expect(await told(bundle(marked(ID.green, part)))).toEqual([above("TLP:RED")]);
    expect(await told(bundle(note(part)))).toEqual([above("TLP:RED")]);
  });
  it("of one object that is in no bundle", async () => {
    expect(await told(JSON.stringify(marked(ID.red)))).toEqual([above("TLP:RED")]);
  });
  it("is found in application/json too", async () => {
    expect(brief(await lintAs("application/json", bundle(marked(ID.red)), "TLP:GREEN"))).toEqual([above("TLP:RED")]);
  });
  it("against the handling, where the label is of another policy", async () => {
    expect(await told(bundle(marked(ID.red)), RESTRICTED, { tlp: "AMBER" })).toEqual([above("TLP:RED")]);
    expect(await told(bundle(marked(ID.red)), RESTRICTED, { tlp: "RED" })).toEqual([]);
  });
  it("that nobody states is asked for once for each", async () => {
    const text = bundle(marked(ID.amber), marked(ID.amber, {}, OTHER), marked(ID.clear, {}, "note--c"));
    expect(await told(text, RESTRICTED)).toEqual([`${NOTE} tlp-not-stated: --tlp AMBER`]);
  });
  it("two of them", async () => {
    const both = note({ object_marking_refs: [ID.green, ID.amber] });
    expect(await told(bundle(both), "TLP:AMBER")).toEqual([`${NOTE} tlp-two: TLP:AMBER alone`]);
    const again = note({ object_marking_refs: [ID.amber, ID.amber, ID.amber1] });
    expect(await told(bundle(again), "TLP:AMBER")).toEqual([]);
    const part = (ref: string) => ({ marking_ref: ref, selectors: ["content"] });
    const parts = note({ object_marking_refs: [ID.green], granular_markings: [part(ID.green), part(ID.clear)] });
    expect(await told(bundle(parts))).toEqual([`${NOTE} tlp-two: TLP:GREEN alone`]);
  });
});

describe("marking definitions", () => {
  it("that are nowhere", async () => {
    const [first, ...more] = await found(bundle(marked(OWN)));
    expect(first).toMatchObject({ rule: "marking-unknown", where: NOTE, found: OWN });
    expect(first?.fix).toBe("add the definition to the bundle, or use one of TLP");
    expect(more).toEqual([]);
    const part = note({ granular_markings: [{ marking_ref: OWN, selectors: ["content"] }] });
    expect(rules(await found(bundle(part)))).toEqual(["marking-unknown"]);
  });
  it.each([
    ["another color than its id", tlp2("clear", ID.red), ID.clear],
    ["no color", definition({}, ID.red), "leave it out, and use the definitions of TLP 2.0"],
    ["a color that TLP has not", tlp2("purple"), "leave it out, and use the definitions of TLP 2.0"],
  ])("with %s", async (_, object, fix) => {
    const [first] = await found(bundle(object, marked(ID.green)));
    expect(first).toMatchObject({ rule: "marking-contradicts", where: object.id, fix });
  });
  it("that contradict themselves count for the stricter", async () => {
    expect(await told(bundle(tlp2("clear", ID.red), marked(ID.red)))).toContain(above("TLP:RED"));
    expect(await told(bundle(tlp2("red", ID.clear), marked(ID.clear)))).toContain(above("TLP:RED"));
  });
  it("with a banner as statement are held against the label", async () => {
    const text = bundle(statement("HARBOUR SECRET REL TO AAB"), marked(OWN));
    expect(await told(text, CONFIDENTIAL)).toEqual([
      `${OWN} banner-above-label: SECRET`,
      `${OWN} banner-above-label: REL TO AAB`,
    ]);
    expect(await told(text, "HARBOUR SECRET REL TO AAB")).toEqual([]);
  });
  it("with nearly a banner", async () => {
    expect(await told(bundle(statement("tlp: red"), marked(OWN)))).toEqual([`${OWN} marking-unreadable: TLP:RED`]);
  });
  it("with a statement that is none", async () => {
    expect(await told(bundle(statement("Copyright 2026, Arlen National CERT (fictional)"), marked(OWN)))).toEqual([]);
  });
  it("of another kind were not compared, and that is said", async () => {
    expect(rules(await found(bundle(definition({ definition_type: "iep", definition: {} }), marked(OWN))))).toEqual([
      "not-examined",
    ]);
  });
});

describe("what is not marked", () => {
  it("while others are", async () => {
    expect(await told(bundle(marked(ID.green), note({}, OTHER)))).toEqual([
      `${OTHER} unmarked: "object_marking_refs": ["${ID.green}"]`,
    ]);
    expect(rules(await found(bundle(marked(ID.green), note({ object_marking_refs: [] }, OTHER))))).toEqual([
      "unmarked",
    ]);
  });
  it("nothing at all", async () => {
    expect(await told(bundle(note(), note({}, OTHER)))).toEqual([
      `bundle--1 unmarked: "object_marking_refs": ["${ID.green}"]`,
    ]);
    expect(await told(bundle())).toEqual([]);
  });
  it("definitions need not be", async () => {
    expect(await told(bundle(tlp2("green"), { type: "extension-definition", id: EXTENSION }, marked(OWN)))).toEqual([]);
  });
});

describe("selectors", () => {
  const select = (...selectors: unknown[]): string =>
    bundle(
      marked(ID.green, {
        list: ["a", { deep: { "dotless-key": 1 } }],
        granular_markings: [{ marking_ref: ID.green, selectors }],
      }),
    );
  it.each(["content", "list", "list.[0]", "list.[1].deep", "list.[1].deep.dotless-key", "id"])(
    "%s",
    async (selector) => {
      expect(await told(select(selector))).toEqual([]);
    },
  );
  const nothing: readonly unknown[] = [
    "nothing",
    "list.[2]",
    "list.0",
    "list.deep",
    "content.[0]",
    "content.length",
    "list.length",
    "constructor",
    "__proto__",
    "toString",
    "",
    ".",
    "list.[-1]",
    7,
    null,
    undefined,
    { toString: 1 },
    [{ toString: null, valueOf: null }],
    { toJSON: 1 },
  ];
  it.each(nothing.map((selector): [unknown] => [selector]))("%j selects nothing", async (selector) => {
    expect(rules(await found(select(selector)))).toEqual(["selector-unresolved"]);
  });
  it("that are no text are shown as what they are, also where two TLP are on one", async () => {
    const selectors = [{ toString: 1 }, 7];
    const granular = [ID.red, ID.green].map((marking_ref) => ({ marking_ref, selectors }));
    const all = await found(bundle(note({ granular_markings: granular })), "TLP:RED");
    expect(all.filter(({ rule }) => rule === "selector-unresolved").map(({ found }) => found)).toEqual([
      '{"toString":1}',
      "7",
      '{"toString":1}',
    ]);
    expect(all.find(({ rule }) => rule === "tlp-two")?.message).toMatch(/^the part 7 has/);
  });
  it("one of them again and again costs no more than once each", async () => {
    const granular = [
      { marking_ref: ID.red, selectors: Array(100_000).fill("content") },
      { marking_ref: ID.green, selectors: Array(100_000).fill("content") },
    ];
    const begun = performance.now();
    expect(await told(bundle(note({ granular_markings: granular })), "TLP:RED")).toEqual([
      `${NOTE} tlp-two: TLP:RED alone`,
    ]);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
  it("that are no list", async () => {
    const text = bundle(marked(ID.green, { granular_markings: [{ marking_ref: ID.green, selectors: "content" }] }));
    expect(rules(await found(text))).toEqual(["selector-unresolved"]);
  });
  it("of a language need no marking", async () => {
    expect(
      await told(bundle(marked(ID.green, { granular_markings: [{ lang: "fr", selectors: ["content"] }] }))),
    ).toEqual([]);
  });
});

describe("ids", () => {
  it("two objects under one", async () => {
    expect(await told(bundle(marked(ID.green), marked(ID.green, { content: "y" })))).toEqual([
      `${NOTE} duplicate-id: keep one of them`,
    ]);
  });
  it("the same twice, and another version, are no fault", async () => {
    const later = marked(ID.green, { modified: "2026-11-23T05:00:00Z", content: "y" });
    expect(await told(bundle(marked(ID.green), marked(ID.green), later))).toEqual([]);
  });
  it("are shown, never obeyed", async () => {
    const id = "note--\u001b[31m\u202e\n";
    expect(await told(bundle(marked(ID.red, {}, id)))).toEqual([above("TLP:RED", "note--\\u{1b}[31m\\u{202e}\\u{a}")]);
  });
});

describe("malformed", () => {
  it.each([
    ["refs that are no list", note({ object_marking_refs: ID.red })],
    ["refs that are no texts", note({ object_marking_refs: [{ id: ID.red }] })],
    ["granular markings that are no list", note({ granular_markings: { marking_ref: ID.red } })],
    ["granular markings that are no objects", note({ granular_markings: [ID.red] })],
    ["an object that is none", "note"],
    ["an object that is a list", []],
    ["null", null],
  ])("%s", async (_, object) => {
    const all = rules(await found(bundle(object, marked(ID.green, {}, OTHER))));
    expect(all).toContain("marking-malformed");
  });
  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["two documents", "{}{}"],
    ["no STIX", '{"hello": 1}'],
    ["a list", "[]"],
    ["nested too deeply", `${"[".repeat(100)}${"]".repeat(100)}`],
    ["nested much too deeply", "[".repeat(1_000_000)],
    ["a key twice", `{"type":"bundle","id":"bundle--1","objects":[],"objects":[]}`],
    ["a key twice, escaped", `{"type":"bundle","id":"bundle--1","objects":[],"\\u006fbjects":[]}`],
  ])("%s is not read, and that is said", async (_, text) => {
    expect(await found(text)).toMatchObject([{ rule: "unreadable", severity: "error" }]);
  });
  it("keys of every object do nothing", async () => {
    const text = `{"type":"bundle","id":"bundle--1","objects":[{"type":"note","id":"${NOTE}","__proto__":{"object_marking_refs":["${ID.red}"]},"constructor":{"prototype":1}}]}`;
    expect(rules(await found(text))).toEqual(["unmarked"]);
    expect(Object.hasOwn(Object.prototype, "object_marking_refs")).toBe(false);
    expect(await found(bundle(marked("__proto__")))).toMatchObject([{ rule: "marking-unknown", found: "__proto__" }]);
  });
});

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

describe("attacks", () => {
  it("[118] a document that writes its own advice: none of it is told as what to do", async () => {
    const advice = "marking-definition--ring 555 and read it out";
    const texts = [
      bundle(marked(advice)),
      bundle(marked(ID.green, { granular_markings: [{ marking_ref: advice, selectors: [advice] }] }, advice)),
      bundle(tlp2(advice), definition({ definition_type: advice }, advice), statement(`TLP:RED ${advice}`)),
      bundle(statement("TLP WHITE-ring-555-and-read-it-out"), [advice], note({ object_marking_refs: advice })),
      `{"ring 555 and read it out":1,"ring 555 and read it out":2}`,
    ];
    for (const text of texts) {
      const all = await found(text);
      expect(all).not.toEqual([]);
      for (const { fix } of all) expect(fix).not.toContain("555");
    }
  });
  it("a mutated bundle", async () => {
    for (const name of ["bundle.stix.json", "bundle.red-inside.stix.json"]) {
      await fc.assert(fc.asyncProperty(mutated(fixture(name)), (bytes) => survives(STIX, bytes)));
    }
  });
  it("any JSON in the place of any value", async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(...Object.values(ID), OWN, [ID.red], [{ marking_ref: ID.red, selectors: ["id"] }]),
    );
    const key = fc.constantFrom(
      "type",
      "id",
      "objects",
      "object_marking_refs",
      "granular_markings",
      "definition",
      "definition_type",
      "extensions",
      "modified",
      "__proto__",
    );
    const object = fc.dictionary(key, value, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(object, { maxLength: 4 }), (objects) => survives(STIX, bundle(...objects))),
    );
  });
  it.each([
    ["objects", `{"type":"bundle","objects":[${'{"id":"note--1","type":"note"},'.repeat(30_000)}{}]}`],
    [
      "markings",
      bundle(note({ object_marking_refs: Array.from({ length: 30_000 }, (_, i) => `marking-definition--${i}`) })),
    ],
    [
      "selectors",
      bundle(
        note({
          granular_markings: [{ marking_ref: ID.red, selectors: Array.from({ length: 30_000 }, (_, i) => `a.${i}`) }],
        }),
      ),
    ],
    [
      "steps of a selector",
      bundle(note({ granular_markings: [{ marking_ref: ID.red, selectors: ["a.".repeat(500_000)] }] })),
    ],
    ["quotes", '"\\'.repeat(500_000)],
    ["colons", ":".repeat(1_000_000)],
    [
      "markings as texts",
      bundle(note({ list: Array.from({ length: 30_000 }, (_, i) => `HARBOUR SECRET REL TO ${i}`) })),
    ],
  ])("many %s, in bounded time", (_, text) => survives(STIX, text, 8000));
});
