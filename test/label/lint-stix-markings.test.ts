/** Lint on STIX: the TLP and the marking definitions of objects, those that have none, and ids. */

import { describe, expect, it } from "vitest";
import { brief, CONFIDENTIAL, lintAs, RESTRICTED, rules } from "./lint-shared.ts";
import {
  above,
  bundle,
  definition,
  EXTENSION,
  found,
  ID,
  marked,
  NOTE,
  note,
  OTHER,
  OWN,
  statement,
  tlp2,
  told,
} from "./lint-stix-shared.ts";
import { dataJson } from "./shared.ts";

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
