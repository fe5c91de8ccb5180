/** Lint on STIX: selectors, which may select nothing, what is malformed, and attacks. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixture, mutated, rules, STIX, survives } from "./lint-shared.ts";
import {
  bundle,
  definition,
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
