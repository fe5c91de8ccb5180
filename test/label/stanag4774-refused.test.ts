/** XML of STANAG 4774 that is not read: every rule of spec/stanag4774.md has documents that break it. */

import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { readLabelXml } from "../../src/label/stanag4774/read.ts";
import {
  CREATED,
  DUE,
  document,
  INFORMATION,
  MINIMAL,
  NS,
  problem,
  read,
  SECRET,
  SUCCESSION,
  SUCCESSOR,
} from "./stanag4774-shared.ts";

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
