/** XML of STANAG 4774, both directions (spec/stanag4774.md). */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, fromUtf8, hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { readAs } from "../../src/cbor/schema.ts";
import { DipbagError } from "../../src/errors.ts";
import { type Label, labelShape, type Tag, type TagType } from "../../src/label/label.ts";
import { readLabelJson, writeLabelJson } from "../../src/label/label-json.ts";
import { oidFromText, oidText } from "../../src/label/oid.ts";
import { readLabelXml } from "../../src/label/stanag4774/read.ts";
import { writeLabelXml } from "../../src/label/stanag4774/write.ts";
import { isClean } from "../../src/text.ts";
import { labelled } from "./shared.ts";

const NS = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
const read = (xml: string): Label => readLabelXml(utf8(xml));
const write = (label: Label): string => fromUtf8(writeLabelXml(label));
const foreignOf = ({ foreign = [] }: Label): string[] => foreign.map(fromUtf8);

const INFORMATION =
  "<slab:ConfidentialityInformation><slab:PolicyIdentifier>HARBOUR</slab:PolicyIdentifier>" +
  "<slab:Classification>SECRET</slab:Classification></slab:ConfidentialityInformation>";
const CREATED = "<slab:CreationDateTime>2026-11-22T05:00:00Z</slab:CreationDateTime>";
const SUCCESSOR = `<slab:SuccessorConfidentialityLabel>${INFORMATION}${CREATED}</slab:SuccessorConfidentialityLabel>`;
const DUE = "<slab:SuccessionDateTime>2030-01-01T00:00:00Z</slab:SuccessionDateTime>";
const SUCCESSION = `<slab:SuccessionHandling>${DUE}${SUCCESSOR}</slab:SuccessionHandling>`;
const document = (inner: string, attributes = ""): string =>
  `<slab:originatorConfidentialityLabel xmlns:slab="${NS}"${attributes}>${inner}</slab:originatorConfidentialityLabel>`;
const MINIMAL = document(INFORMATION + CREATED);
const SECRET: Label = {
  kind: "originator",
  policy: ["HARBOUR", null],
  classification: "SECRET",
  created: "2026-11-22T05:00:00Z",
};

/** The label of the fixtures. */
const FIXTURE = labelled("HARBOUR CONFIDENTIAL REL TO AAB ORCON", { originator: ["organisation", "AAB-CERT"] });

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

const inside = (extra: string): string =>
  MINIMAL.replace("</slab:ConfidentialityInformation>", `${extra}</slab:ConfidentialityInformation>`);
const category = (attributes: string, inner = ""): string =>
  inside(`<slab:Category ${attributes}>${inner}</slab:Category>`);
const GOOD = 'Type="PERMISSIVE" TagName="REL TO"';
const ext = (attributes: string): string => `<d:Extension xmlns:d="urn:dipbag:label:1" ${attributes}/>`;
/** As many and as long namespace declarations as an element may have. */
const SPACES = Array.from({ length: 60 }, (_, i) => ` xmlns:p${i}${"p".repeat(90)}="${"u".repeat(1024)}"`)
  .join("")
  .replace(/p0p+/, "p0");
const REFUSED: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  // the document
  ["nothing", "", /no|root/],
  ["no XML", "HARBOUR SECRET", /well-formed/],
  ["another vocabulary", "<html/>", /not a label of STANAG 4774/],
  ["no namespace", MINIMAL.replaceAll("slab:", "").replace(/ xmlns:slab="[^"]*"/, ""), /not a label of STANAG 4774/],
  ["another version of the namespace", MINIMAL.replace(":1:0", ":2:0"), /not a label of STANAG 4774/],
  ["the element for backward compatibility", MINIMAL.replaceAll("originatorConf", "Conf"), /no element Confid/],
  ["a part of a label", INFORMATION.replace(">", ` xmlns:slab="${NS}">`), /not a label by itself/],
  ["two labels", MINIMAL + MINIMAL, /one root/],
  ["a label cut short", MINIMAL.slice(0, -3), /well-formed/],
  ["text after it", `${MINIMAL}.`, /outside of root/],
  ["a comment", MINIMAL.replace("<slab:Creation", "<!-- SECRET -->$&"), /comment/],
  ["a comment that splits a value", MINIMAL.replace("SECRET", "SEC<!-- -->RET"), /comment/],
  ["a comment before it", `<!-- a -->\n${MINIMAL}`, /comment/],
  ["CDATA", MINIMAL.replace("SECRET", "<![CDATA[SECRET]]>"), /CDATA/],
  ["a processing instruction", `<?xml-stylesheet href="x"?>${MINIMAL}`, /processing instruction/],
  ["one inside", MINIMAL.replace("<slab:Creation", "<?x y?>$&"), /processing instruction/],
  ["one in foreign XML", document(`${INFORMATION}${CREATED}<x:a xmlns:x="u"><?x y?></x:a>`), /processing instruction/],
  ["a DTD", `<!DOCTYPE slab:originatorConfidentialityLabel>${MINIMAL}`, /document type/],
  [
    "a billion laughs",
    `<!DOCTYPE a [<!ENTITY a "ha">${Array.from("bcdefghij", (name, i) => `<!ENTITY ${name} "${`&${"abcdefghi"[i]};`.repeat(10)}">`).join("")}]>${MINIMAL.replace("SECRET", "&j;")}`,
    /document type/,
  ],
  [
    "an external entity",
    `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${MINIMAL.replace("SECRET", "&x;")}`,
    /document type/,
  ],
  ["a parameter entity", `<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]>${MINIMAL}`, /document type/],
  ["an entity that is not declared", MINIMAL.replace("SECRET", "&secret;"), /undefined entity/],
  ["an entity of HTML", MINIMAL.replace("SECRET", "S&nbsp;T"), /undefined entity/],
  ["an entity by a name that objects have", MINIMAL.replace("SECRET", "&constructor;"), /undefined entity/],
  ["a reference to no character", MINIMAL.replace("SECRET", "S&#0;T"), /character entity/],
  ["a reference to half a character", MINIMAL.replace("SECRET", "S&#xD83D;T"), /character entity/],
  ["a control character", MINIMAL.replace("SECRET", "S\u001bT"), /disallowed character/],
  ["XML 1.1", `<?xml version="1.1"?>${MINIMAL}`, /XML 1.0/],
  ["an encoding that is not UTF-8", `<?xml version="1.0" encoding="ISO-8859-1"?>${MINIMAL}`, /not in UTF-8/],
  ["UTF-16", Buffer.from(`\ufeff${MINIMAL}`, "utf16le"), /not in UTF-8/],
  ["bytes that are not UTF-8", Buffer.from(MINIMAL.replace("SECRET", "S\u00c9CRET"), "latin1"), /not in UTF-8/],
  ["two byte order marks", `\ufeff\ufeff${MINIMAL}`, /well-formed/],
  ["more than a MiB", MINIMAL + " ".repeat(1 << 20), /longer than/],
  ["deep nesting", document(`${INFORMATION}${CREATED}<x:a xmlns:x="u">${"<x:b>".repeat(40)}`), /nested/],
  [
    "65 attributes",
    MINIMAL.replace(">", `${Array.from({ length: 64 }, (_, i) => ` xmlns:p${i}="u"`).join("")}>`),
    /64 attr/,
  ],
  ["a long namespace", MINIMAL.replace(">", ` xmlns:x="${"u".repeat(1025)}">`), /longer than 1024/],
  ["a prefix that is bound to nothing", MINIMAL.replace("<slab:Cre", "<q:a/>$&"), /unbound/],
  ["a namespace with a blank", MINIMAL.replace(`"${NS}"`, `" ${NS}"`), /blank/],
  // the structure
  ["no ConfidentialityInformation", document(CREATED), /Conf.* must stand/],
  ["no CreationDateTime", document(INFORMATION), /has no CreationDateTime/],
  [
    "no CreationDateTime in a successor",
    MINIMAL.replace("</slab:o", `${SUCCESSION.replace(CREATED, "")}$&`),
    /has no CreationDateTime/,
  ],
  ["no policy", MINIMAL.replace(/<slab:Pol.*?<slab:Cl/, "<slab:Cl"), /PolicyIdentifier must stand/],
  ["no classification", MINIMAL.replace(/<slab:Cl.*?<\/slab:Cl\w+>/, ""), /has no Classification/],
  ["elements out of order", document(CREATED + INFORMATION), /must stand/],
  ["ConfidentialityInformation twice", document(INFORMATION + INFORMATION + CREATED), /CreationDateTime must stand/],
  ["CreationDateTime twice", document(INFORMATION + CREATED + CREATED), /twice/],
  [
    "PolicyIdentifier twice",
    MINIMAL.replace(/<slab:Pol.*?<slab:Cl/, "<slab:PolicyIdentifier>A</slab:PolicyIdentifier>$&"),
    /Classification must stand/,
  ],
  ["PrivacyMark twice", inside("<slab:PrivacyMark>A</slab:PrivacyMark>".repeat(2)), /twice/],
  ["SuccessionHandling twice", document(INFORMATION + CREATED + SUCCESSION + SUCCESSION), /twice/],
  [
    "succession without a label",
    document(`${INFORMATION}${CREATED}<slab:SuccessionHandling>${DUE}</slab:SuccessionHandling>`),
    /has no Succ/,
  ],
  [
    "succession without a time",
    document(`${INFORMATION}${CREATED}<slab:SuccessionHandling>${SUCCESSOR}</slab:SuccessionHandling>`),
    /SuccessionDateTime must/,
  ],
  ["an element that is not in the schema", inside("<slab:Caveat/>"), /no element Caveat/],
  ["an element by a name that objects have", inside("<slab:constructor/>"), /no element constructor/],
  ["an element out of its place", inside("<slab:GenericValue>A</slab:GenericValue>"), /out of place/],
  [
    "an element within a text",
    MINIMAL.replace("SECRET", "SECRET<slab:GenericValue>A</slab:GenericValue>"),
    /out of place/,
  ],
  ["text where none may stand", MINIMAL.replace("<slab:Creation", "SECRET$&"), /text may not stand in orig/],
  ["text in a category", category(GOOD, "AAB"), /text may not stand in Category/],
  [
    "IntegerValue, which the standard prohibits",
    category(GOOD, "<slab:IntegerValue>1</slab:IntegerValue>"),
    /no element IntegerValue/,
  ],
  [
    "five successions",
    document(
      INFORMATION +
        CREATED +
        Array.from({ length: 5 }).reduce<string>(
          (inner) => SUCCESSION.replace(`${CREATED}</slab:Succ`, `${CREATED}${inner}</slab:Succ`),
          "",
        ),
    ),
    /at most 4/,
  ],
  // attributes
  ["an attribute that is not in the schema", MINIMAL.replace("<slab:Classification", '$& Rank="3"'), /attribute Rank/],
  [
    "an attribute in other letters",
    MINIMAL.replace(">", ' reviewDateTime="2027-01-01T00:00:00Z">'),
    /attribute reviewDateTime/,
  ],
  [
    "URI on Classification, which the standard prohibits",
    MINIMAL.replace("<slab:Classification", '$& URI="urn:oid:1.2"'),
    /attribute URI/,
  ],
  ["an attribute in the namespace", category(`slab:${GOOD}`), /no attribute slab:Type/],
  ["an attribute twice", category(`${GOOD} Type="RESTRICTIVE"`), /duplicate attribute/],
  [
    "an attribute on ConfidentialityInformation",
    MINIMAL.replace("<slab:ConfidentialityInformation", '$& Id="a"'),
    /attribute Id/,
  ],
  ["an attribute on GenericValue", category(GOOD, '<slab:GenericValue Id="a">A</slab:GenericValue>'), /attribute Id/],
  [
    "Id on a successor, where the schema has none",
    document(INFORMATION + CREATED + SUCCESSION.replace("<slab:SuccessorConfidentialityLabel", '$& Id="a"')),
    /attribute Id/,
  ],
  ["an Id that is no xs:ID", MINIMAL.replace(">", ' Id="1">'), /xs:ID/],
  ["a category without a type", category('TagName="A"'), /Type/],
  ["a type in small letters", category('Type="permissive" TagName="A"'), /Type/],
  ["a type by a name that objects have", category('Type="toString" TagName="A"'), /Type/],
  ["a category without a name", category('Type="PERMISSIVE"'), /TagName/],
  [
    "an IDType that the standard has not",
    document(`${INFORMATION}<slab:OriginatorID IDType="organisation">A</slab:OriginatorID>${CREATED}`),
    /IDType/,
  ],
  ["no IDType", document(`${INFORMATION}<slab:OriginatorID>A</slab:OriginatorID>${CREATED}`), /IDType/],
  ...[
    "1.2.3",
    "urn:oid:",
    "urn:oid:1",
    "urn:oid:1.2.",
    "urn:oid:1.02",
    "urn:oid:1.40",
    "urn:oid:3.1",
    "URN:OID:1.2.3",
    "urn:uuid:1.2.3",
    "http://harbour.example/",
    " urn:oid:1.2.3",
    `urn:oid:1.2.${"9".repeat(400)}`,
    `urn:oid:1.2${".127".repeat(64)}`,
  ].map(
    (uri) => [`the URI ${uri.slice(0, 30)}`, category(`${GOOD} URI="${uri}"`), /not an object identifier/] as const,
  ),
  // values
  ...[
    "",
    " ",
    " SECRET",
    "SECRET ",
    "\nSECRET\n",
    "SEC\u200bRET",
    "SEC\u202eRET",
    "SEC\tRET",
    "A\u030a",
    "X".repeat(256),
  ].map(
    (value) =>
      [
        `the classification ${JSON.stringify(value.slice(0, 12))}`,
        MINIMAL.replace("SECRET", value),
        /Classification is empty/,
      ] as const,
  ),
  ["two blanks in a token", MINIMAL.replace("SECRET", "VERY  SECRET"), /two blanks/],
  ["an empty value", category(GOOD, "<slab:GenericValue/>"), /GenericValue is empty/],
  ["an empty privacy mark", inside("<slab:PrivacyMark/>"), /PrivacyMark is empty/],
  ["an escaped control character", category(GOOD, "<slab:GenericValue>A&#10;B</slab:GenericValue>"), /GenericValue is/],
  ...["2026-11-22T05:00:00", "2026-11-22", " 2026-11-22T05:00:00Z", "2025-02-29T00:00:00Z", ""].map(
    (time) =>
      [
        `the time ${JSON.stringify(time)}`,
        MINIMAL.replace("2026-11-22T05:00:00Z", time),
        /not a time with a zone/,
      ] as const,
  ),
  [
    "a review date without a zone",
    MINIMAL.replace(">", ' ReviewDateTime="2027-01-01T00:00:00">'),
    /ReviewDateTime is not/,
  ],
  ["257 categories", inside(`<slab:Category ${GOOD}/>`.repeat(257)), /more than a label holds/],
  ["257 values", category(GOOD, "<slab:GenericValue>A</slab:GenericValue>".repeat(257)), /more than a label holds/],
  // foreign XML
  ["a foreign element in no namespace", document(`${INFORMATION}${CREATED}<a/>`), /no namespace/],
  ["a foreign element in front", document(`<x:a xmlns:x="u"/>${INFORMATION}${CREATED}`), /foreign XML stands where/],
  [
    "a foreign element in the middle",
    document(`${INFORMATION}<x:a xmlns:x="u"/>${CREATED}`),
    /foreign XML stands where/,
  ],
  ["a foreign element before a category", inside(`<x:a xmlns:x="u"/><slab:Category ${GOOD}/>`), /Category stands in/],
  ["a foreign element in a category", category(GOOD, '<x:a xmlns:x="u"/>'), /may not stand in Category/],
  [
    "a foreign element within a text",
    MINIMAL.replace("SECRET", 'SEC<x:a xmlns:x="u"/>RET'),
    /may not stand in Classification/,
  ],
  [
    "a label within foreign XML",
    document(`${INFORMATION}${CREATED}<x:a xmlns:x="u">${MINIMAL}</x:a>`),
    /may not stand in foreign XML/,
  ],
  [
    "an attribute of the standard in foreign XML",
    document(`${INFORMATION}${CREATED}<x:a xmlns:x="u" slab:Type="A"/>`),
    /no attribute slab:Type/,
  ],
  [
    "a foreign attribute on a value",
    category(GOOD, '<slab:GenericValue xml:lang="en">A</slab:GenericValue>'),
    /may not have foreign attributes/,
  ],
  [
    "a foreign attribute on a successor",
    document(INFORMATION + CREATED + SUCCESSION.replace("<slab:SuccessorConfidentialityLabel", '$& xml:lang="en"')),
    /may not have foreign attributes/,
  ],
  [
    "a foreign attribute where slab means something else",
    MINIMAL.replaceAll("slab", "l").replace(">", ' xmlns:slab="u" slab:a="b">'),
    /prefix slab/,
  ],
  ["seventeen pieces", document(`${INFORMATION}${CREATED}${'<x:a xmlns:x="u"/>'.repeat(17)}`), /at most 16 pieces/],
  [
    "a piece that is too long",
    document(`${INFORMATION}${CREATED}<x:a xmlns:x="u">${"a".repeat(65_536)}</x:a>`),
    /65536 bytes/,
  ],
  ["a piece that its declarations make too long", document(`${INFORMATION}${CREATED}<p0:a/>`, SPACES), /65536 bytes/],
  // the element of our own
  ["an extension that says nothing", document(INFORMATION + CREATED + ext("")), /Extension says/],
  ["an extension with an Id that has its place", document(INFORMATION + CREATED + ext('Id="a"')), /Extension says/],
  [
    "an extension with a review date that has its place",
    document(INFORMATION + CREATED + ext('ReviewDateTime="2027-01-01T00:00:00Z"')),
    /Extension says/,
  ],
  [
    "an extension with a kind that has its place",
    document(INFORMATION + CREATED + ext('Kind="metadata"')),
    /Extension says/,
  ],
  [
    "an extension with an originator that has its place",
    document(INFORMATION + CREATED + ext('IDType="jID" OriginatorID="a"')),
    /Extension says/,
  ],
  ["half an originator", document(INFORMATION + CREATED + ext('IDType="organisation"')), /Extension says/],
  [
    "two originators",
    document(
      `${INFORMATION}<slab:OriginatorID IDType="jID">a</slab:OriginatorID>${CREATED}${ext('IDType="organisation" OriginatorID="b"')}`,
    ),
    /Extension says/,
  ],
  ["two Ids", document(INFORMATION + CREATED + ext('Id="a b"'), ' Id="a"'), /Extension says/],
  ["two extensions", document(INFORMATION + CREATED + ext('Id="a b"').repeat(2)), /twice/],
  [
    "an extension of another name",
    document(`${INFORMATION}${CREATED}<d:Other xmlns:d="urn:dipbag:label:1"/>`),
    /no element Other/,
  ],
  [
    "an extension that holds something",
    document(INFORMATION + CREATED + ext('Id="a b"').replace("/>", "><d:Extension/></d:Extension>")),
    /twice or out of place/,
  ],
  ["an extension as a label", ext('Id="a b"'), /not a label by itself/],
];

const problem = (action: () => unknown): DipbagError => {
  try {
    action();
  } catch (error) {
    if (error instanceof DipbagError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("reading refuses", () => {
  it.each(REFUSED)("%s", (_, xml, reason) => {
    const { code, details } = problem(() => readLabelXml(typeof xml === "string" ? utf8(xml) : xml));
    expect(code).toBe("ERR_LABEL_XML");
    expect(details.reason).toMatch(reason);
    expect(String(details.reason).length).toBeLessThan(200);
  });

  it("naming the line", () => {
    const lines = MINIMAL.replaceAll("><", ">\n<");
    expect(read(lines)).toEqual(SECRET);
    expect(problem(() => read(lines.replace("SECRET", " "))).details.line).toBe(4);
    expect(problem(() => read(lines.replace("<slab:Creation", "<x/>$&"))).details.line).toBe(6);
    expect(problem(() => read(`\n\n${lines.replace("2026", "26")}`)).details.line).toBe(8);
  });

  it("in time that grows with the length only", { timeout: 60_000 }, () => {
    const size = (1 << 20) - 4000;
    const fill = (part: string): string => part.repeat(size / part.length);
    const x = 'xmlns:x="u"';
    const many = (part: (i: number) => string): string => Array.from({ length: 60_000 }, (_, i) => part(i)).join("");
    const attributes = (prefix: string): string => Array.from({ length: 50 }, (_, i) => ` ${prefix}a${i}=""`).join("");
    const hostile = {
      nesting: document(fill("<slab:Category>")),
      "foreign nesting": document(`${INFORMATION}${CREATED}<x:a ${x}>${fill("<x:b>")}`),
      "foreign siblings": document(`${INFORMATION}${CREATED}${fill(`<x:a ${x}/>`)}`),
      "siblings in one place": inside(fill(`<x:a ${x}/>`)),
      "siblings under many declarations": document(`${INFORMATION}${CREATED}${"<p0:a/>".repeat(100_000)}`, SPACES),
      "categories under many declarations": inside(`<slab:Category ${GOOD} p0:a=""/>`.repeat(14_000)).replace(
        ">",
        `${SPACES}>`,
      ),
      "names in a long namespace": document(
        `${INFORMATION}${CREATED}<p0:a>${`<p0:b${attributes("p0:")}/>`.repeat(1600)}</p0:a>`,
        SPACES,
      ),
      declarations: MINIMAL.replace(">", `${many((i) => ` xmlns:p${i}="u"`)}>`),
      attributes: MINIMAL.replace(">", ` xmlns:p="u"${many((i) => ` p:a${i}=""`)}>`),
      "foreign attributes": document(
        `${INFORMATION}${CREATED}<x:a ${x}>${`<x:b${attributes("")}/>`.repeat(2000)}</x:a>`,
      ),
      categories: inside(fill(`<slab:Category ${GOOD}/>`)),
      references: MINIMAL.replace("SECRET", fill("&#65;")),
      entities: MINIMAL.replace("SECRET", fill("&lt;")),
      "an entity without end": MINIMAL.replace("SECRET", `&${fill("a")}`),
      "a name without end": `<${fill("a")}`,
      "a value without end": `<a b="${fill("a")}`,
      "a comment without end": `<!--${fill("-a")}`,
      "a DTD without end": `<!DOCTYPE a [${fill('<!ENTITY a "')}`,
      "open brackets": fill("<"),
      "close brackets": MINIMAL.replace("SECRET", fill("]]")),
      blanks: MINIMAL.replace("SECRET", fill(" ")),
      "a long identifier": MINIMAL.replace(
        "SECRET",
        `</slab:Classification><slab:Category ${GOOD} URI="urn:oid:1.2.${fill("9")}"/><slab:Classification>`,
      ),
    };
    for (const [what, xml] of Object.entries(hostile)) {
      expect(xml.length, what).toBeLessThanOrEqual(1 << 20);
      const begun = performance.now();
      expect(problem(() => read(xml)).code, what).toBe("ERR_LABEL_XML");
      expect(performance.now() - begun, what).toBeLessThan(10_000);
    }
  });
});

// Arbitrary labels ---------------------------------------------------------------------------------------------------

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
          .replace("</l:ConfidentialityInformation>", `<l:Category ${GOOD}${category}/>${within}$&`)
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
