import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes.ts";
import { Findings, finding } from "../../src/label/lint/finding.ts";
import { lint, MAX_DOCUMENT, RULES } from "../../src/label/lint/lint.ts";
import {
  brief,
  CONFIDENTIAL,
  fixture,
  lintAs,
  OPERATION,
  PDF,
  RESTRICTED,
  rules,
  STIX,
  survives,
  TEXT,
  under,
} from "./lint-shared.ts";
import { fixtureJson } from "./shared.ts";

const ORCON = "HARBOUR CONFIDENTIAL REL TO AAB ORCON";

describe("the published fixtures", () => {
  it("a report is in order under its own banner", async () => {
    expect(await lintAs(TEXT, fixture("incident-report.txt"), ORCON)).toEqual([]);
  });
  it("a report whose banner was copied from another", async () => {
    const found = await lintAs(TEXT, fixture("incident-report.bad-banner.txt"), RESTRICTED);
    expect(found.map(({ rule, portion, where, fix }) => [rule, portion, where, fix])).toEqual([
      ["banner-below-portion", "p3", "9", "CONFIDENTIAL"],
      ["release-wider-than-portion", "p3", "9", "REL TO AAB, QMB"],
      ["release-wider-than-portion", "p4", "10", "REL TO AAB"],
      ["marking-missing", "p4", "10", "ORCON"],
    ]);
    expect(found[0]?.message).toBe(
      "portion p3 is CONFIDENTIAL, and the banner is HARBOUR RESTRICTED REL TO AAB, QMB, ZZC",
    );
  });
  it.each(["AMBER", "AMBER+STRICT", "RED"] as const)("a bundle is in order in TLP:%s", async (tlp) => {
    expect(await lintAs(STIX, fixture("bundle.stix.json"), RESTRICTED, { tlp })).toEqual([]);
    expect(await lintAs(STIX, fixture("bundle.stix.json"), `TLP:${tlp}`)).toEqual([]);
  });
  it("TLP:RED inside TLP:AMBER", async () => {
    const found = await lintAs(STIX, fixture("bundle.red-inside.stix.json"), RESTRICTED, { tlp: "AMBER" });
    expect(brief(found)).toEqual([
      "indicator--7c1e9c1a-52c4-4b0b-9c52-3a3f0f7f9a02 tlp-above-envelope: TLP:RED, or take the object out",
    ]);
    expect(await lintAs(STIX, fixture("bundle.red-inside.stix.json"), "TLP:RED")).toEqual([]);
  });
  it("a PDF with a title that nobody marked", async () => {
    const found = await lintAs(PDF, fixture("annex-a.pdf"), RESTRICTED);
    expect(brief(found)).toEqual(["/Title unmarked: put the marking into the title"]);
    expect(found[0]?.message).toContain("(H-R REL AAB, QMB, ZZC) Annex A (EXERCISE)");
  });

  it("all of views.json", async () => {
    interface Expected {
      rule: string;
      portion?: string;
      where?: string;
      object?: string;
      fix: string;
    }
    const views = fixtureJson<{ lint: Record<string, Expected[] | string> }>("views.json").lint;
    const labels: Record<string, [type: string, label: string]> = {
      "incident-report.txt": [TEXT, ORCON],
      "incident-report.bad-banner.txt": [TEXT, RESTRICTED],
      "bundle.stix.json": [STIX, "TLP:AMBER"],
      "bundle.red-inside.stix.json": [STIX, "TLP:AMBER"],
      "annex-a.pdf": [PDF, RESTRICTED],
    };
    for (const [name, expected] of Object.entries(views)) {
      const [type = "", label = ""] = labels[name] ?? [];
      const found = await lintAs(type, fixture(name), label);
      const told = found.map(({ rule, portion, fix, where }) => ({ rule, fix, portion, where }));
      const wanted = typeof expected === "string" ? [] : expected;
      expect(told.length, name).toBe(wanted.length);
      for (const [i, { object, ...rest }] of wanted.entries()) expect(told[i], `${name} ${object}`).toMatchObject(rest);
    }
  });
});

describe("spec/lint.md", () => {
  it("names every rule, its severity, and no other", () => {
    const text = readFileSync(new URL("../../spec/lint.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| (error|warning|info) +\|/gm)].map(([, rule, severity]) => [
      rule,
      severity,
    ]);
    expect(Object.fromEntries(rows)).toEqual(RULES);
    expect(rows.length).toBe(Object.keys(RULES).length);
  });
  it("is there to be read", () =>
    expect(existsSync(new URL("../../spec/schema/lint.json", import.meta.url))).toBe(true));
});

describe("what lint does not read, it says", () => {
  it.each(["image/png", "application/zip", "application/octet-stream", "text/html", "text/csv", "application/xml", ""])(
    "%s",
    async (type) => {
      const [found, ...more] = await lintAs(type, "HARBOUR SECRET REL TO AAB", RESTRICTED);
      expect(found).toMatchObject({ rule: "not-examined", severity: "info" });
      expect(more).toEqual([]);
    },
  );
  it("what is too long", async () => {
    const bytes = new Uint8Array(MAX_DOCUMENT + 1);
    for (const type of [TEXT, PDF, STIX])
      expect(rules(await lintAs(type, bytes, RESTRICTED))).toEqual(["not-examined"]);
  });
  it.each([
    ["UTF-16 with its mark", Uint8Array.of(0xff, 0xfe, 0x41, 0)],
    ["UTF-16 the other way", Uint8Array.of(0xfe, 0xff, 0, 0x41)],
    ["UTF-16 without a mark", Uint8Array.of(0x41, 0, 0x42, 0)],
    ["Latin-1", Uint8Array.of(0x41, 0xe9, 0x20)],
    ["overlong UTF-8", Uint8Array.of(0xc0, 0xaf)],
    ["a surrogate", Uint8Array.of(0xed, 0xa0, 0x80)],
  ])("%s is no text", async (_, bytes) => {
    for (const type of [TEXT, "text/markdown", "application/json"]) {
      expect(await lintAs(type, bytes, RESTRICTED)).toMatchObject([
        { rule: "unreadable", severity: "error", fix: "save it as UTF-8" },
      ]);
    }
  });
  it("another charset is believed to be another charset", async () => {
    expect(rules(await lintAs("text/plain; charset=ISO-8859-1", "abc", RESTRICTED))).toEqual(["unreadable"]);
    expect(rules(await lintAs('text/plain; charset="UTF-8"', "abc", RESTRICTED))).toEqual(["unmarked"]);
  });
});

describe("many findings", () => {
  it("are cut, the mildest first", async () => {
    const bad = Array.from({ length: 200 }, (_, i) => `${i}. (H-C REL AAB, XXX) Something.`);
    const mild = Array.from({ length: 400 }, () => "A paragraph that has no mark, though the others have one.");
    const text = ["(H-R REL AAB) Title", ...bad, "", mild.join("\n\n")].join("\n");
    const found = await lintAs(TEXT, text, RESTRICTED);
    expect(found.length).toBe(256);
    expect(found.filter(({ rule }) => rule === "marking-unreadable").length).toBe(200);
    expect(found.at(-1)).toMatchObject({ rule: "more-findings", message: expect.stringMatching(/^\d+ more findings/) });
  });
});

describe("findings without end", () => {
  const many = (text: string, count: number): string => `[${Array(count).fill(text).join(",")}]`;
  const keys = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])));
  const MORE = /^(\d+) more findings are not shown$/;
  it("are counted, and only what is told is looked at", () => {
    const findings = new Findings();
    let looked = 0;
    const one = {
      ...finding("unmarked", "", "a", "b"),
      get where() {
        return String(++looked);
      },
    };
    for (let i = 0; i < 100_000; i++) findings.add(one);
    expect(findings.told().length).toBe(256);
    expect(looked).toBe(255);
  });
  it("a list of markings above the label", async () => {
    const begun = performance.now();
    const found = await lintAs("application/json", many('"TLP:RED"', 300_000), "TLP:GREEN");
    expect(found.length).toBe(256);
    expect(found[254]).toMatchObject({ rule: "tlp-above-envelope", where: "/254" });
    expect(MORE.exec(found[255]?.message ?? "")?.[1]).toBe("299745");
    expect(performance.now() - begun).toBeLessThan(4000);
  });
  it("a bundle of no objects", async () => {
    const found = await lintAs(STIX, `{"type":"bundle","objects":${many("1", 300_000)}}`, "TLP:GREEN");
    expect(found[254]).toMatchObject({ rule: "marking-malformed", where: "/objects/254" });
    expect(found[255]?.message).toMatch(MORE);
  });
  it("an error behind thousands of warnings is shown, where it stands", async () => {
    const bare = Array.from({ length: 3000 }, (_, i) => ({ type: "note", id: `note--${i}` }));
    const own = { type: "note", id: "note--x", object_marking_refs: ["marking-definition--x"] };
    const found = await lintAs(STIX, JSON.stringify({ type: "bundle", objects: [...bare, own] }), "TLP:GREEN");
    expect(found[0]).toMatchObject({ rule: "marking-unknown", where: "note--x" });
    expect(found[1]).toMatchObject({ rule: "unmarked", where: "note--0" });
    expect(found[255]?.message).toBe("2746 more findings are not shown");
  });
  it("of a text are told by line, the first of them", async () => {
    const line = "(H-C REL AAB, XXX) Something.";
    const text = `${`${line}\n\n`.repeat(2000)}HARBOUR RESTRICTED REL TO AAB, QMB, ZZC`;
    const found = await lintAs(TEXT, text, RESTRICTED);
    const places = found.slice(0, -1).map(({ where }) => Number(where));
    expect(places).toEqual(Array.from({ length: 255 }, (_, i) => 2 * i + 1));
  });
  it.each([
    ["application/json", "values", many("1", 327_681)],
    ["application/json", "keys", keys(16_385)],
    [TEXT, "lines", "a\n".repeat(140_000)],
  ])("more than lint reads, in %s: %s", async (type, what, text) => {
    const found = await lintAs(type, text, "TLP:GREEN");
    expect(found).toMatchObject([{ rule: "unreadable", fix: "split it", message: expect.stringContaining(what) }]);
  });
  it("as much as lint reads", async () => {
    for (const text of [many("1", 327_680 - 1), many(keys(16_384), 10)])
      expect(await lintAs("application/json", text, "TLP:GREEN")).toEqual([]);
  });
});

describe("more different things like markings than any document has", () => {
  it.each([
    [TEXT, (texts: string[]) => texts.join("\n")],
    ["application/json", (texts: string[]) => JSON.stringify(texts)],
  ])("in %s", async (type, write) => {
    const texts = Array.from({ length: 5000 }, (_, i) => `HARBOUR SECRET REL TO AAB, X${i}`);
    const found = await lintAs(type, write(texts), RESTRICTED);
    expect(found.length).toBeLessThanOrEqual(256);
    expect(rules(found)).toContain("unreadable");
  });
});

describe("attacks on lint itself", () => {
  it.each([TEXT, STIX, "application/json", PDF])("random bytes as %s", async (type) => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), (bytes) => survives(type, bytes)));
  });
  it("says the same twice, and leaves the bytes alone", async () => {
    const bytes = fixture("incident-report.bad-banner.txt");
    const before = concat(bytes);
    const document = { name: "x", mediaType: TEXT, bytes };
    expect(await lint(document, under(CONFIDENTIAL, OPERATION))).toEqual(
      await lint(document, under(CONFIDENTIAL, OPERATION)),
    );
    expect(bytes).toEqual(before);
  });
});
