/** XML of STANAG 4774, both directions (spec/stanag4774.md). */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, fromUtf8, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { readAs } from "../../src/cbor/schema.ts";
import type { DipbagError } from "../../src/errors.ts";
import { type Label, labelShape, type Tag } from "../../src/label/label.ts";
import { readLabelJson, writeLabelJson } from "../../src/label/label-json.ts";
import { oidFromText, oidText } from "../../src/label/oid.ts";
import { writeLabelXml } from "../../src/label/stanag4774/write.ts";
import {
  CREATED,
  document,
  FIXTURE,
  foreignOf,
  INFORMATION,
  MINIMAL,
  NS,
  problem,
  read,
  SECRET,
  SUCCESSION,
  write,
} from "./stanag4774-shared.ts";

/** The code blocks of one language in the spec. */
const spec = readFileSync(new URL("../../spec/stanag4774.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...spec.matchAll(new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``, "g"))].map(([, text]) => text as string);

describe("the worked examples of spec/stanag4774.md", () => {
  it("the label of the fixtures, byte for byte, as XML, JSON and CBOR", () => {
    const [xml = ""] = blocks("xml");
    const [json = ""] = blocks("text");
    expect(write(FIXTURE)).toBe(xml);
    expect(read(xml)).toEqual(FIXTURE);
    expect(fromUtf8(writeLabelJson(FIXTURE))).toBe(json);
    expect(readLabelJson(utf8(json))).toEqual(FIXTURE);
    const cbor = encode(labelShape.write(FIXTURE));
    expect(write(readAs(labelShape, cbor, "label"))).toBe(xml);
    expect(encode(labelShape.write(read(xml)))).toEqual(cbor);
  });

  it("foreign XML in every place", () => {
    const [, xml = ""] = blocks("xml");
    const label = read(xml);
    expect(foreignOf(label)).toEqual(blocks("text")[1]?.trimEnd().split("\n"));
    expect(read(write(label))).toEqual(label);
  });
});

describe("reading", () => {
  it("takes each of the three labels, with any prefix or none", () => {
    for (const [name, kind] of [
      ["originatorConfidentialityLabel", "originator"],
      ["alternativeConfidentialityLabel", "alternative"],
      ["metadataConfidentialityLabel", "metadata"],
    ] as const) {
      for (const prefix of ["slab:", "x:", ""]) {
        const bound = prefix === "" ? "xmlns" : `xmlns:${prefix.slice(0, -1)}`;
        const inner = (INFORMATION + CREATED).replaceAll("slab:", prefix);
        expect(read(`<${prefix}${name} ${bound}="${NS}">${inner}</${prefix}${name}>`)).toEqual({ ...SECRET, kind });
      }
    }
  });

  it("takes an XML declaration, a byte order mark, and white space between elements", () => {
    for (const xml of [
      `<?xml version="1.0"?>${MINIMAL}`,
      `<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n${MINIMAL}\r\n`,
      `\ufeff${MINIMAL}`,
      `\n${MINIMAL.replaceAll("><", ">\r\n\t <")}`,
    ]) {
      expect(read(xml)).toEqual(SECRET);
    }
  });

  it("takes each date-time as it is written", () => {
    for (const time of ["2026-11-22T24:00:00.000Z", "0001-01-01T00:00:00+14:00", "2026-11-22T05:00:00.120-00:00"]) {
      const label = read(document(INFORMATION + CREATED.replace(/2026.*Z/, time), ` ReviewDateTime="${time}"`));
      expect(label).toEqual({ ...SECRET, created: time, review: time });
      expect(write(label).split(time).length).toBe(3);
    }
  });

  it("takes what stands escaped for what it means", () => {
    const xml = MINIMAL.replace("SECRET", "&lt;&amp;&gt;&quot;&apos;&#65;&#x1F6A2;]]&gt;'\"\u{1f6a2}");
    expect(read(xml).classification).toBe("<&>\"'A\u{1f6a2}]]>'\"\u{1f6a2}");
    const tagged = `<slab:Category Type="INFORMATIVE" TagName='"&#39;&lt;&#x9;'/></slab:ConfidentialityInformation>`;
    expect(() => read(MINIMAL.replace("</slab:ConfidentialityInformation>", tagged))).toThrow("TagName");
  });
});

describe("writing", () => {
  it("puts what the schema has no place for into one element of our own", () => {
    const then = { ...SECRET, kind: "metadata", id: "a", review: "2027-01-01T00:00:00Z" } as const;
    const xml = write({
      ...SECRET,
      id: "urn:x:1",
      originator: ["organisation", "A"],
      succession: ["2030-01-01T00:00:00Z", then],
    });
    expect(xml).toContain(
      '<dipbag:Extension xmlns:dipbag="urn:dipbag:label:1" Id="urn:x:1" IDType="organisation" OriginatorID="A"/></slab:o',
    );
    expect(xml).toContain(
      '<dipbag:Extension xmlns:dipbag="urn:dipbag:label:1" Kind="metadata" Id="a" ReviewDateTime="2027-01-01T00:00:00Z"/></slab:Succ',
    );
    expect(
      write({ ...SECRET, id: "a", originator: ["jID", "A"], succession: ["2030-01-01T00:00:00Z", SECRET] }),
    ).not.toContain("dipbag");
  });

  const unwritable = (label: Label): DipbagError => problem(() => writeLabelXml(label));
  it.each([
    ["octets that are no OID", { policy: ["HARBOUR", fromHex("8001")] }, /object identifier/],
    ["octets cut short", { tags: [["PERMISSIVE", "A", fromHex("2a83"), []]] }, /object identifier/],
    ["two blanks in the policy", { policy: ["A  B", null] }, /two blanks/],
    ["two blanks in the classification", { classification: "A  B" }, /two blanks/],
    ["foreign bytes that are not UTF-8", { foreign: [fromHex("ff")] }, /UTF-8/],
    ["foreign bytes that are no XML", { foreign: [utf8("<a")] }, /./],
    ["foreign XML in no namespace", { foreign: [utf8("<a/>")] }, /no namespace/],
    [
      "foreign XML that would end the label",
      {
        foreign: [
          utf8(`</slab:originatorConfidentialityLabel><slab:originatorConfidentialityLabel xmlns:slab="${NS}">`),
        ],
      },
      /./,
    ],
    ["foreign XML that would be a part of the label", { foreign: [utf8(SUCCESSION)] }, /foreign XML/],
    ["two elements in one piece", { foreign: [utf8('<x:a xmlns:x="u"/><x:a xmlns:x="u"/>')] }, /foreign XML/],
    ["one element in two pieces", { foreign: [utf8('<x:a xmlns:x="u">'), utf8("</x:a>")] }, /foreign XML/],
    ["an element with blanks around", { foreign: [utf8(' <x:a xmlns:x="u"/>')] }, /foreign XML/],
    [
      "pieces out of order",
      { foreign: [utf8('<x:a xmlns:x="u"/>'), utf8('<PolicyIdentifier xmlns="" xml:lang="en"/>')] },
      /foreign XML/,
    ],
    ["a place that there is not", { foreign: [utf8('<Category xmlns="" number="1" xml:lang="en"/>')] }, /foreign XML/],
    [
      "a place twice",
      { foreign: ["en", "fr"].map((language) => utf8(`<PolicyIdentifier xmlns="" xml:lang="${language}"/>`)) },
      /foreign XML/,
    ],
    [
      "an attribute of the standard",
      { foreign: [utf8('<originatorConfidentialityLabel xmlns="" Id="a"/>')] },
      /foreign XML/,
    ],
    ["a name that is not clean", { classification: "A\u202eB" }, /Classification/],
    ["half a character", { classification: "A\ud83d" }, /Classification/],
    [
      "more than a MiB",
      {
        tags: Array.from(
          { length: 256 },
          () => ["PERMISSIVE", "A", null, Array.from({ length: 100 }, () => "X".repeat(30))] as Tag,
        ),
      },
      /longer than/,
    ],
  ] as [string, Partial<Label>, RegExp][])("refuses %s", (_, change, reason) => {
    const { code, details } = unwritable({ ...SECRET, ...change });
    expect(code).toBe("ERR_LABEL_UNWRITABLE");
    expect(details.reason).toMatch(reason);
  });

  it("refuses a fifth succession, which the shape would drop", () => {
    const nest = (depth: number): Label =>
      depth === 0 ? SECRET : { ...SECRET, succession: ["2030-01-01T00:00:00Z", nest(depth - 1)] };
    expect(read(write(nest(4)))).toEqual(nest(4));
    expect(unwritable(nest(5)).details.reason).toMatch(/at most 4/);
  });
});

describe("object identifiers", () => {
  it.each([
    ["2a864886f70d", "1.2.840.113549"],
    ["00", "0.0"],
    ["27", "0.39"],
    ["28", "1.0"],
    ["50", "2.0"],
    ["813400", "2.100.0"],
  ])("%s is %s", (octets, dotted) => {
    expect(oidText(fromHex(octets))).toBe(dotted);
    expect(oidFromText(dotted)).toEqual(fromHex(octets));
  });

  it("octets are an identifier and back, or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (octets) => {
        const dotted = oidText(octets);
        // X.690 section 8.19: the last octet ends an arc, and no arc begins with 0x80.
        const arcs =
          octets.every((octet, i) => octet !== 0x80 || (octets[i - 1] ?? 0) >= 0x80) && octets.at(-1)! < 0x80;
        expect(dotted !== undefined).toBe(arcs);
        if (dotted !== undefined) expect(oidFromText(dotted)).toEqual(octets);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the JSON form refuses", () => {
  const good = JSON.parse(fromUtf8(writeLabelJson(FIXTURE)));
  const json = (change: object): string => JSON.stringify({ ...good, ...change });
  it("white space and the order of keys are free", () => {
    const reversed = Object.fromEntries(Object.entries(good).reverse());
    expect(readLabelJson(utf8(JSON.stringify(reversed, null, 2)))).toEqual(FIXTURE);
  });
  it.each([
    ["no JSON", "{", /not JSON/],
    ["a list", "[]", /label/],
    ["another document", json({ schema: "dipbag/card/1" }), /schema/],
    ["a key that it has not", json({ rank: 3 }), /rank/],
    ["a key twice", json({}).replace("{", '{"classification":"SECRET",'), /twice/],
    ["a key twice, once escaped", json({}).replace("{", '{"\\u0063lassification":"SECRET",'), /twice/],
    ["no classification", json({ classification: undefined }), /classification/],
    ["null", json({ id: null }), /id/],
    ["a kind by a name that objects have", json({ kind: "toString" }), /kind/],
    ["an OID that is none", json({ policy: { name: "A", oid: "1" } }), /object identifier/],
    ["a time without a zone", json({ created: "2026-11-22T05:00:00" }), /label\.6/],
    ["a name that is not clean", json({ classification: "A\u202eB" }), /classification/],
    ["deep nesting", "[".repeat(100_000) + "]".repeat(100_000), /nested|not JSON/],
  ] as const)("%s", (_, text, reason) => {
    const { code, details } = problem(() => readLabelJson(utf8(text)));
    expect(code).toBe("ERR_LABEL_JSON");
    expect(details.reason).toMatch(reason);
  });
  it("foreign bytes and octets that JSON cannot say", () => {
    for (const change of [{ foreign: [fromHex("ff")] }, { policy: ["A", fromHex("80")] as const }]) {
      expect(problem(() => writeLabelJson({ ...SECRET, ...change })).code).toBe("ERR_LABEL_UNWRITABLE");
    }
  });
});
