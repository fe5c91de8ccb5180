/** That XML of STANAG 4774 and JSON say all of a label, of arbitrary ones. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { readAs } from "../../src/cbor/schema.ts";
import { type Label, labelShape, type Tag, type TagType } from "../../src/label/label.ts";
import { readLabelJson, writeLabelJson } from "../../src/label/label-json.ts";
import { oidFromText } from "../../src/label/oid.ts";
import { readLabelXml } from "../../src/label/stanag4774/read.ts";
import { writeLabelXml } from "../../src/label/stanag4774/write.ts";
import { isClean } from "../../src/text.ts";
import { CREATED, foreignOf, INFORMATION, NS, problem, read, SUCCESSION, write } from "./stanag4774-shared.ts";

/** What XML treats specially, what it might confuse, and plain letters of one to four bytes. */
const PARTS = fc.constantFrom(
  ...["&", "<", ">", "]]>", '"', "'", " ", "  ", "&amp;", "&#10;", "<!--", "<?", "{", "=", "/", ":", "-", "."],
  ..."ABCxyz019_\u00c9\u00e9\u0416\u0f00\u4e2d\u{1f6a2}\u{10ffff}",
);
const clean = (parts = 6) =>
  fc
    .array(PARTS, { minLength: 1, maxLength: parts })
    .map((chosen) => chosen.join("").trim().normalize("NFC") || "A")
    .filter(isClean);
const token = clean().map((text) => text.replace(/ +/g, " "));
const time = fc
  .record({
    at: fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
    fraction: fc.constantFrom("", ".0", ".123456789012", ".50"),
    zone: fc.constantFrom("Z", "+00:00", "-00:00", "+14:00", "-09:30"),
  })
  .map(({ at, fraction, zone }) => new Date(at * 1000).toISOString().replace(".000Z", fraction + zone));
const oid = fc.option(
  fc
    .tuple(fc.constantFrom(0, 1, 2), fc.bigInt(0n, 39n), fc.array(fc.bigInt(0n, 2n ** 70n), { maxLength: 5 }))
    .map(([first, second, rest]) => oidFromText([first, second, ...rest].join(".")) as Uint8Array),
);
const tag: fc.Arbitrary<Tag> = fc.tuple(
  fc.constantFrom<TagType>("RESTRICTIVE", "PERMISSIVE", "INFORMATIVE"),
  clean(),
  oid,
  fc.array(clean(), { maxLength: 3 }),
);
const originator = fc.tuple(fc.oneof(fc.constantFrom("rfc822Name", "jID", "directoryName"), clean()), clean());
const id = fc.oneof(fc.constantFrom("_1", "Label-3", "urn:x:1", "a b", "\u00e9"), clean());
const FOREIGN = [
  '<x:a xmlns:x="urn:x"/>',
  "<x:a b='1'\r\n xmlns:x='urn:x' x:c=\"&#10;\">t &lt; ]]&gt;<!-- c --><![CDATA[<]]><b/><x:b xmlns=\"urn:y\"><c/></x:b></x:a >",
  '<a xmlns="urn:z"><PolicyIdentifier/></a>',
  '<PolicyIdentifier xmlns="urn:z" a="b"/>',
  '<slab:a xmlns:slab="urn:other"/>',
  '<x:\u00e9 xmlns:x="urn:x">\u{1f6a2}\u0085\u202e</x:\u00e9>',
];
const foreign = fc
  .record({
    policy: fc.boolean(),
    classification: fc.boolean(),
    within: fc.array(fc.constantFrom(...FOREIGN), { maxLength: 2 }),
    after: fc.array(fc.constantFrom(...FOREIGN), { maxLength: 3 }),
  })
  .map(({ policy, classification, within, after }) => [
    ...(policy ? ['<PolicyIdentifier xmlns="" xmlns:x="urn:x" x:a="&lt;&#34;&#9;"/>'] : []),
    ...(classification ? ['<Classification xmlns="" xml:lang="en"/>'] : []),
    ...(within.length > 0
      ? [`<ConfidentialityInformation xmlns="">${within.join("")}</ConfidentialityInformation>`]
      : []),
    ...after,
  ]);
const label = (depth = 0): fc.Arbitrary<Label> =>
  fc
    .record({
      kind: fc.constantFrom("originator" as const, "alternative" as const, "metadata" as const),
      policy: fc.tuple(token, oid),
      classification: token,
      privacyMark: fc.option(clean(200), { nil: undefined }),
      tags: fc.option(fc.array(tag, { minLength: 1, maxLength: 5 }), { nil: undefined }),
      originator: fc.option(originator, { nil: undefined }),
      created: time,
      review: fc.option(time, { nil: undefined }),
      succession:
        depth === 4 ? fc.constant(undefined) : fc.option(fc.tuple(time, label(depth + 1)), { nil: undefined, freq: 2 }),
      id: fc.option(id, { nil: undefined }),
      foreign: foreign.map((pieces) => (pieces.length === 0 ? undefined : pieces.map(utf8))),
    })
    .map(
      (fields) =>
        Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as Label,
    );

const same = (a: Label, b: Label): void => {
  expect(hex(encode(labelShape.write(a)))).toBe(hex(encode(labelShape.write(b))));
};

describe("nothing is lost", () => {
  it("Label, XML, Label", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(label(), (value) => {
        // The property is about the labels that the shape accepts.
        const octets = encode(labelShape.write(value));
        const accepted = readAs(labelShape, octets, "label");
        expect(hex(encode(labelShape.write(readLabelXml(writeLabelXml(accepted)))))).toBe(hex(octets));
      }),
      { numRuns: 10_000 },
    );
  });

  it("Label, JSON, Label", () => {
    fc.assert(
      fc.property(label(), (value) => same(readLabelJson(writeLabelJson(value)), value)),
      { numRuns: 2000 },
    );
  });

  it("one label is one document", () => {
    fc.assert(
      fc.property(label(), (value) => {
        const xml = write(value);
        expect(write(read(xml))).toBe(xml);
        expect(xml).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<slab:.*>\n$/s);
      }),
      { numRuns: 500 },
    );
  });

  it("what dresses a document differently changes nothing: prefix, quotes, order of attributes, references", () => {
    const dressed = (value: Label, prefix: string, gap: string, quote: string): string =>
      write(value)
        .replace(/^.*\n/, "")
        .replace(/(<\/?)slab:/g, `$1${prefix}`)
        .replace("xmlns:slab", prefix === "" ? "xmlns" : `xmlns:${prefix.slice(0, -1)}`)
        .replace(
          /(Type|TagName|URI|Id|IDType|ReviewDateTime)="([^"]*)"/g,
          (_, name, text) => `${gap}${name}${gap}=${gap}${quote}${text.replaceAll("'", "&#x27;")}${quote}`,
        )
        .replace(/><(?=\/?\w*:?(?:Conf|Pol|Class|Cat|Orig|Crea|Succ|Gen|Priv|Ext|\w+Conf))/g, `>${gap}<`)
        .replace(/[\u{1f6a2}]/gu, "&#x1f6a2;");
    fc.assert(
      fc.property(
        label().map(({ foreign, succession, ...rest }) => rest),
        fc.constantFrom("slab:", "x:", "", "ns0:"),
        fc.constantFrom("", " ", "\r\n\t"),
        fc.constantFrom('"', "'"),
        (value, prefix, gap, quote) => {
          same(read(dressed(value, prefix, gap, quote)), value);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("foreign XML stays where it stood, whatever declares its prefixes", () => {
    const scatter = fc.record({
      root: fc.constantFrom(
        "",
        ' xmlns:q="urn:q"',
        ' xmlns:q="urn:q" xmlns:xsi="urn:xsi" xsi:schemaLocation="a b"',
        ' xmlns:slab="urn:other"',
      ),
      label: fc.constantFrom("", ' xml:lang="en"', ' xmlns:r="urn:r" r:a="r:b"'),
      category: fc.constantFrom("", ' xmlns:r="urn:r2" r:a="&#13;"', ' xml:space="preserve"'),
      within: fc.constantFrom("", "<q:a/>", "<q:a><b/>\r\n</q:a> <q:a q:b='x'/>", '<c xmlns="urn:c"><d xmlns=""/></c>'),
      handling: fc.constantFrom("", "<q:s/>", '<slab:s xmlns:slab="urn:s"/>'),
      after: fc.constantFrom("", "<q:z>q:a</q:z>", "<q:z/><q:z/>"),
    });
    fc.assert(
      fc.property(scatter, ({ root, label, category, within, handling, after }) => {
        fc.pre(
          !(root.includes(":slab") && label + category !== "") &&
            (root.includes(":q") || !(within + handling + after).includes("q:")),
        );
        const inner = (INFORMATION + CREATED + SUCCESSION).replaceAll("slab:", "l:");
        const xml = `<l:originatorConfidentialityLabel xmlns:l="${NS}"${root}${label}>${inner
          .replace(
            "</l:ConfidentialityInformation>",
            `<l:Category Type="PERMISSIVE" TagName="REL TO"${category}/>${within}$&`,
          )
          .replace("</l:SuccessionHandling>", `${handling}$&`)}${after}</l:originatorConfidentialityLabel>`;
        const value = read(xml);
        const pieces = foreignOf(value);
        const expected = [
          label || root.includes("schemaL"),
          category,
          within,
          handling,
          ...(after.match(/<q:z/g) ?? []),
        ].filter((one) => one !== "" && one !== false);
        expect(pieces.length).toBe(expected.length);
        expect(read(write(value))).toEqual(value);
        // Each piece is a document of its own.
        for (const piece of pieces) {
          const alone = problem(() => read(piece));
          expect(alone.details.reason).toMatch(/^it is not a label of STANAG 4774/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("a damaged document is refused, or is another label that again loses nothing", () => {
    fc.assert(
      fc.property(label(), fc.nat(), fc.string({ maxLength: 3 }), fc.nat({ max: 4 }), (value, at, text, cut) => {
        const xml = write(value);
        const place = at % xml.length;
        const damaged = xml.slice(0, place) + text + xml.slice(place + cut);
        let again: Label;
        try {
          again = read(damaged);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_LABEL_XML" });
          return;
        }
        expect(read(write(again))).toEqual(again);
      }),
      { numRuns: 1500 },
    );
  });

  it("says exactly the label or refuses it, whatever octets and pieces it holds", () => {
    const octets = fc.uint8Array({ minLength: 1, maxLength: 6 });
    const piece = fc
      .oneof(octets, fc.string().map(utf8), fc.constantFrom(...FOREIGN).map(utf8))
      .filter(({ length }) => length > 0);
    fc.assert(
      fc.property(
        label(),
        fc.option(octets),
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        (value, oid, foreign) => {
          const odd = { ...value, policy: [value.policy[0], oid] as const, foreign };
          try {
            same(readLabelXml(writeLabelXml(odd)), odd);
          } catch (error) {
            expect(error).toMatchObject({ code: "ERR_LABEL_UNWRITABLE" });
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
