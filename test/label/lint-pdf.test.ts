import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framed } from "../../src/label/marking.ts";
import { brief, CONFIDENTIAL, fixture, lintAs, mutated, OPERATION, PDF, rules, survives } from "./lint-shared.ts";

const MARK = "(H-C REL AAB, QMB)";
const TITLE = `${MARK} Annex A`;
const binary = (text: string): Buffer => Buffer.from(text, "latin1");

/** Objects in the order given; `trailer` in the classical form. */
const pdf = (objects: readonly (string | Buffer)[], trailer = "<< /Root 1 0 R /Info 2 0 R >>"): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      binary("%PDF-1.7\n"),
      ...objects.flatMap((object) => [binary(""), typeof object === "string" ? binary(object) : object, binary("\n")]),
      binary(`trailer\n${trailer}\nstartxref\n0\n%%EOF\n`),
    ]),
  );
const CATALOG = "1 0 obj << /Type /Catalog >> endobj";
const info = (entries: string): Uint8Array => pdf([CATALOG, `2 0 obj << ${entries} >> endobj`]);
const title = (written: string): Uint8Array => info(`/Title ${written}`);
const utf16 = (text: string): string => `<FEFF${Buffer.from(text, "utf16le").swap16().toString("hex")}>`;
const stream = (number: number, entries: string, data: Buffer, end = "\nendstream endobj"): Buffer =>
  Buffer.concat([binary(`${number} 0 obj << ${entries} >> stream\n`), data, binary(end)]);

/** A document of PDF 1.5 and later: cross-reference stream, and the objects packed in an object stream. */
function packed(objects: Readonly<Record<number, string>>, { length = "real", extra = "" } = {}): Uint8Array {
  const bodies = Object.values(objects);
  const offsets = bodies.map((_, i) => bodies.slice(0, i).join(" ").length + (i === 0 ? 0 : 1));
  const header = Object.keys(objects)
    .map((number, i) => `${number} ${offsets[i]}`)
    .join(" ");
  const data = deflateSync(binary(`${header} ${bodies.join(" ")}`));
  const entries = `/Type /ObjStm /N ${bodies.length} /First ${header.length + 1} /Filter /FlateDecode`;
  const lengths: Record<string, string> = { real: `${data.length}`, wrong: "7", none: "", elsewhere: "9 0 R" };
  return new Uint8Array(
    Buffer.concat([
      binary("%PDF-1.7\n"),
      stream(5, `${entries} ${lengths[length] === "" ? "" : `/Length ${lengths[length]}`}`, data),
      binary(length === "elsewhere" ? `\n9 0 obj ${data.length} endobj\n` : "\n"),
      stream(6, `/Type /XRef /Root 1 0 R /Info 2 0 R /Length 4 ${extra}`, Buffer.alloc(4)),
      binary("\nstartxref\n0\n%%EOF"),
    ]),
  );
}

const xmp = (properties: string): Buffer =>
  Buffer.from(
    `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">${properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
  );
const dcTitle = (text: string): string =>
  `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${text}</rdf:li></rdf:Alt></dc:title>`;
const withXmp = (data: Buffer, entries = "", infoEntries = `/Title (${TITLE})`): Uint8Array =>
  pdf([
    "1 0 obj << /Type /Catalog /Metadata 7 0 R >> endobj",
    `2 0 obj << ${infoEntries} >> endobj`,
    stream(7, `/Type /Metadata /Subtype /XML /Length ${data.length} ${entries}`, data),
  ]);

const found = (bytes: Uint8Array, label = CONFIDENTIAL, rest = {}) =>
  lintAs(PDF, bytes, label, { ...OPERATION, ...rest });
const told = async (bytes: Uint8Array, label = CONFIDENTIAL, rest = {}) => brief(await found(bytes, label, rest));
const UNMARKED = "/Title unmarked: put the marking into the title";

describe("the title", () => {
  it.each([
    ["as a text", title(`(${TITLE})`)],
    ["with escapes", title(`(\\(H-C REL AAB, \\\n\\121MB\\) Annex\\040A)`)],
    ["in hexadecimal", title(`<${Buffer.from(TITLE).toString("hex")}>`)],
    ["in hexadecimal with white space", title(`< ${Buffer.from(TITLE).toString("hex").replace(/../g, "$& ")}\n>`)],
    ["in UTF-16", title(utf16(TITLE))],
    ["in UTF-8", title(`(\\357\\273\\277${TITLE})`)],
    ["with a comment before it", title(`% a comment ) >>\r\n(${TITLE})`)],
    [
      "behind other entries",
      info(
        `/Trapped /False /A [1 -2.5 .5 true null << /B (x) >>] /C#44 3 0 R2 /Title (${TITLE})`.replace(" 3 0 R2", " 3"),
      ),
    ],
    ["as an object of its own", pdf([CATALOG, "2 0 obj << /Title 3 0 R >> endobj", `3 0 obj (${TITLE}) endobj`])],
    ["in an object stream", packed({ 1: "<< /Type /Catalog >>", 2: `<< /Title (${TITLE}) >>` })],
    [
      "in one with a wrong length",
      packed({ 1: "<< /Type /Catalog >>", 2: `<< /Title (${TITLE}) >>` }, { length: "wrong" }),
    ],
    [
      "in one without a length",
      packed({ 1: "<< /Type /Catalog >>", 2: `<< /Title (${TITLE}) >>` }, { length: "none" }),
    ],
    [
      "in one with its length elsewhere",
      packed({ 1: "<< /Type /Catalog >>", 2: `<< /Title (${TITLE}) >>` }, { length: "elsewhere" }),
    ],
    ["behind a banner", title(`(${CONFIDENTIAL} - Annex A)`)],
    ["before a banner", title(`(Annex A | ${CONFIDENTIAL})`)],
    ["the banner alone", title(`(${CONFIDENTIAL})`)],
    ["at the end", title(`(Annex A ${MARK.replace("(", "\\(").replace(")", "\\)")})`)],
  ])("is read %s", async (_, bytes) => {
    expect(await told(bytes)).toEqual([]);
    const low = "HARBOUR RESTRICTED REL TO AAB, QMB";
    expect(await told(bytes, low)).toEqual(["/Title banner-above-label: CONFIDENTIAL"]);
  });
  it.each([
    ["has no marking", title("(Annex A)")],
    ["is empty", title("()")],
    ["is not there", info("/Author (AAB-CERT)")],
    ["is no text", title("7")],
    ["cannot be there, for want of an Info", pdf([CATALOG], "<< /Root 1 0 R >>")],
    ["says only EXERCISE", fixture("annex-a.pdf")],
  ])("%s", async (_, bytes) => {
    expect(await told(bytes)).toEqual([UNMARKED]);
  });
  it("in the frame of an exercise, or not", async () => {
    const banner = framed(CONFIDENTIAL, true);
    expect(await told(title(`(${banner} Annex A)`), CONFIDENTIAL, { exercise: true })).toEqual([]);
    expect(await told(title(`(${CONFIDENTIAL})`), CONFIDENTIAL, { exercise: true })).toEqual([
      `/Title exercise-frame: ${banner}`,
    ]);
    expect(await told(title(`(${banner})`))).toEqual([`/Title exercise-frame: ${CONFIDENTIAL}`]);
    expect(await told(title(`(${TITLE})`), CONFIDENTIAL, { exercise: true })).toEqual([]);
  });
  it("is lower than the label: a warning", async () => {
    expect(await told(title(`(${TITLE})`), "HARBOUR SECRET REL TO AAB")).toEqual([
      "/Title banner-not-label: (H-S REL AAB)",
    ]);
  });
  it("TLP:RED inside TLP:AMBER", async () => {
    expect(await told(title("(TLP:RED Annex)"), "TLP:AMBER")).toEqual([
      "/Title tlp-above-envelope: TLP:RED, or take the title out",
    ]);
  });
  it("is the last of several; older ones that can still be read are looked through", async () => {
    const updated = pdf([CATALOG, "2 0 obj << /Title (Annex A) >> endobj", `2 0 obj << /Title (${TITLE}) >> endobj`]);
    expect(await told(updated)).toEqual([]);
    const leak = pdf([
      CATALOG,
      "2 0 obj << /Title (HARBOUR SECRET REL TO AAB, QMB) >> endobj",
      `2 0 obj << /Title (${TITLE}) >> endobj`,
    ]);
    expect(await told(leak)).toEqual(["/Title banner-above-label: SECRET"]);
  });
  it("characters of PDFDocEncoding", async () => {
    const [first] = await found(title("(\\205\\240\\030\\237Annex)"));
    expect(first?.found).toBe("\u2013\u20ac\u02d8\\u{fffd}Annex");
  });
});

describe("XMP", () => {
  it.each([
    ["as it is", withXmp(xmp(dcTitle(TITLE)))],
    ["compressed", withXmp(deflateSync(xmp(dcTitle(TITLE))), "/Filter /FlateDecode")],
    ["compressed, in a list", withXmp(deflateSync(xmp(dcTitle(TITLE))), "/Filter [/FlateDecode]")],
    ["with entities", withXmp(xmp(dcTitle("&#40;H-C REL AAB, QMB&#x29; &lt;Annex&gt;")))],
    [
      "as an attribute",
      withXmp(
        xmp("").subarray(0, 0).length === 0
          ? Buffer.from(xmp("").toString().replace('rdf:about=""', `rdf:about="" dc:title="${TITLE}"`))
          : xmp(""),
      ),
    ],
    [
      "in UTF-16",
      withXmp(Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(xmp(dcTitle(TITLE)).toString(), "utf16le")])),
    ],
  ])("the title is read %s", async (_, bytes) => {
    expect(await told(bytes)).toEqual([]);
    expect(await told(bytes, "HARBOUR RESTRICTED REL TO AAB, QMB")).toEqual([
      "/Title banner-above-label: CONFIDENTIAL",
      "dc:title banner-above-label: CONFIDENTIAL",
    ]);
  });
  it("has no marking, while /Title has", async () => {
    expect(await told(withXmp(xmp(dcTitle("Annex A"))))).toEqual(["dc:title unmarked: put the marking into the title"]);
  });
  it("is enough where there is no /Title", async () => {
    expect(await told(withXmp(xmp(dcTitle(TITLE)), "", ""))).toEqual([]);
  });
  it("of a picture in the document is not its title", async () => {
    const picture = stream(8, "/Type /Metadata /Subtype /XML", xmp(dcTitle("A boat")));
    const bytes = pdf([
      "1 0 obj << /Type /Catalog /Metadata 7 0 R >> endobj",
      `2 0 obj << /Title (${TITLE}) >> endobj`,
      stream(7, "/Type /Metadata", xmp(dcTitle(TITLE))),
      picture,
    ]);
    expect(await told(bytes)).toEqual([]);
  });
});

describe("other metadata", () => {
  it.each([
    ["/Subject", info(`/Title (${TITLE}) /Subject (HARBOUR SECRET REL TO AAB, QMB)`)],
    ["/Keywords", info(`/Title (${TITLE}) /Keywords (HARBOUR SECRET REL TO AAB, QMB)`)],
    ["/Sensitivity", info(`/Title (${TITLE}) /Sensitivity (HARBOUR SECRET REL TO AAB, QMB)`)],
    ["pdf:Keywords", withXmp(xmp(`${dcTitle(TITLE)}<pdf:Keywords>HARBOUR SECRET REL TO AAB, QMB</pdf:Keywords>`))],
  ])("a marking above the label in %s", async (where, bytes) => {
    expect(await told(bytes)).toEqual([`${where} banner-above-label: SECRET`]);
  });
  it("dirty words", async () => {
    const low = "HARBOUR RESTRICTED REL TO AAB";
    expect(await told(info("/Title ((H-R REL AAB) X) /Author (A second collection source)"), low)).toEqual([
      "/Author dirty-word: seal it under HARBOUR CONFIDENTIAL REL TO AAB",
    ]);
    expect(rules(await found(title("((H-R REL AAB) On a second collection source)"), low))).toEqual(["dirty-word"]);
  });
  it("who wrote it with what is nobody's business here", async () => {
    expect(await told(info(`/Title (${TITLE}) /Author (J. Doe) /Producer (Writer 1.0)`))).toEqual([]);
  });
});

describe("what cannot be read is an error, never silence", () => {
  const bomb = deflateSync(Buffer.alloc(40 * 1024 * 1024));
  it.each([
    ["no PDF", new Uint8Array(binary("hello"))],
    ["nothing", new Uint8Array(0)],
    ["no trailer", new Uint8Array(binary(`%PDF-1.7\n${CATALOG}`))],
    [
      "encrypted",
      pdf([CATALOG, `2 0 obj << /Title (${TITLE}) >> endobj`], "<< /Root 1 0 R /Info 2 0 R /Encrypt 3 0 R >>"),
    ],
    [
      "encrypted, in the new form",
      packed({ 1: "<< >>", 2: `<< /Title (${TITLE}) >>` }, { extra: "/Encrypt << /V 5 >>" }),
    ],
    ["an Info that is not there", pdf([CATALOG])],
    ["an Info that is broken", pdf([CATALOG, "2 0 obj << /Title (Annex >> endobj"])],
    ["a title twice", info(`/Title (${TITLE}) /Title (Annex)`)],
    ["a title that is not there", info("/Title 99 0 R")],
    [
      "an object stream in a strange coding",
      pdf([CATALOG, stream(5, "/Type /ObjStm /Filter /LZWDecode", Buffer.from("x"))]),
    ],
    [
      "an object stream with a predictor",
      pdf([
        CATALOG,
        stream(5, "/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 12 >>", deflateSync(Buffer.from("x"))),
      ]),
    ],
    [
      "an object stream that is damaged",
      pdf([CATALOG, stream(5, "/Type /ObjStm /Filter /FlateDecode", Buffer.from("not deflate"))]),
    ],
    [
      "an object stream that swells",
      pdf([CATALOG, stream(5, `/Type /ObjStm /Filter /FlateDecode /Length ${bomb.length}`, bomb)]),
    ],
    ["metadata that swell", withXmp(bomb, "/Filter /FlateDecode")],
    ["metadata in two codings", withXmp(xmp(dcTitle(TITLE)), "/Filter [/ASCIIHexDecode /FlateDecode]")],
  ])("%s", async (_, bytes) => {
    expect(await found(bytes)).toMatchObject([{ rule: "unreadable", severity: "error" }]);
  });
  it("what hides in a stream is not taken for an object", async () => {
    const inner = binary(`2 0 obj << /Title (HARBOUR SECRET REL TO AAB) >> endobj trailer << /Info 2 0 R >>`);
    const bytes = pdf([CATALOG, stream(4, `/Length ${inner.length}`, inner), `2 0 obj << /Title (${TITLE}) >> endobj`]);
    expect(await told(bytes)).toEqual([]);
  });
  it.each(["-70", "-70.5", "1.5", "1e400", "99999999999999999999"])(
    "a stream of length %s ends where it says so in words: nothing is read a second time",
    async (length) => {
      const jump = `3 0 obj << /Length ${length} >> stream\n`;
      const back = binary(`endstream ${" ".repeat(60 - jump.length)}${jump}`);
      expect(back.length).toBe(70);
      const bytes = pdf([CATALOG, `2 0 obj << /Title (${TITLE}) >> endobj`, back, "endstream endobj"]);
      expect(await told(bytes)).toEqual([]);
    },
  );
});

describe("attacks", () => {
  const sample = withXmp(xmp(dcTitle(TITLE)));
  const modern = packed({ 1: "<< /Type /Catalog >>", 2: `<< /Title (${TITLE}) >>` });
  it.each([
    ["the sample", fixture("annex-a.pdf")],
    ["XMP", sample],
    ["object streams", modern],
  ])("mutated: %s", async (_, original) => {
    await fc.assert(fc.asyncProperty(mutated(original), (bytes) => survives(PDF, bytes)));
  });
  it("pieces of PDF in any order", async () => {
    const piece = fc.constantFrom(
      "1 0 obj",
      "<<",
      ">>",
      "[",
      "]",
      "(",
      ")",
      "/Title",
      "/Type /ObjStm",
      "/Type /Metadata",
      "stream\n",
      "endstream",
      "endobj",
      "trailer",
      "2 0 R",
      "/Info",
      "/Root",
      "\\",
      "<41>",
      "<",
      "7",
      "%",
      "\n",
      "<dc:title>",
      "</dc:title>",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 80 }), (pieces) => survives(PDF, `%PDF-1.7\n${pieces.join(" ")}`)),
    );
  });
  it.each([
    ["open texts", "1 0 obj (".repeat(100_000)],
    ["open lists", "1 0 obj [".repeat(100_000)],
    ["lists in lists", `1 0 obj ${"[".repeat(900_000)}`],
    ["dictionaries", "1 0 obj << /A ".repeat(70_000)],
    ["streams", "1 0 obj << >> stream\n".repeat(50_000)],
    ["trailers", "trailer << /Info 2 0 R /Root 1 0 R >>".repeat(30_000)],
    ["the same object", "2 0 obj << /Title (x) >> endobj trailer << /Info 2 0 R >>".repeat(20_000)],
    ["digits", "1".repeat(1_000_000)],
    ["comments", `1 0 obj ${"%".repeat(900_000)}`],
    ["hexadecimal", "1 0 obj <4".repeat(100_000)],
    ["backslashes", `1 0 obj (${"\\".repeat(900_000)}`],
  ])("a megabyte of %s, in bounded time", (_, text) =>
    survives(PDF, `%PDF-1.7\n${text}\ntrailer << /Info 2 0 R /Root 1 0 R >>`, 8000),
  );
  describe("more metadata than any document has: an error, quickly", () => {
    const attributes = binary(`<r${' a=""'.repeat(180_000)}>`);
    const titles = (count: number, name: (i: number) => string): Buffer =>
      binary(Array.from({ length: count }, (_, i) => `<dc:title>${name(i)}</dc:title>`).join(""));
    const streams = (count: number, data: Buffer): Uint8Array => {
      const packet = deflateSync(data);
      const entries = `/Type /Metadata /Filter /FlateDecode /Length ${packet.length}`;
      const one = (_: unknown, i: number) => stream(10 + i, entries, packet);
      return pdf([CATALOG, `2 0 obj << /Title (${TITLE}) >> endobj`, ...Array.from({ length: count }, one)]);
    };
    it.each([
      ["attributes", withXmp(attributes), "fields"],
      ["different titles", withXmp(titles(5000, String)), "fields"],
      [
        "the same title in many packets",
        streams(
          8,
          titles(40_000, () => "x"),
        ),
        "fields",
      ],
      ["packets of tags", streams(10, binary("<r>".repeat(349_000))), "too long"],
      ["packets", streams(5000, binary("<r>")), "metadata"],
      ["one field", title(`(${"x".repeat(1_100_000)})`), "too long"],
      ["trailers", pdf([CATALOG, "trailer<</Info<</Title(a)>>>>".repeat(5000)]), "trailers"],
      ["a large object", pdf([CATALOG, `3 0 obj [${"<<>>".repeat(270_000)}] endobj`]), "larger"],
      ["large trailers", pdf([CATALOG, `trailer<</A[${"1 ".repeat(200_000)}]>>`.repeat(3)]), "larger"],
      ["objects", pdf([CATALOG, Array.from({ length: 530_000 }, (_, i) => `${i} 0 obj 1 `).join("")]), "objects"],
    ])("%s", async (_, bytes, why) => {
      const begun = performance.now();
      expect(await found(bytes)).toMatchObject([{ rule: "unreadable", message: expect.stringContaining(why) }]);
      expect(performance.now() - begun).toBeLessThan(20_000);
    });
    it("what stands in every version counts once", async () => {
      const version = `2 0 obj << /Title (${TITLE}) /Author (x) >> endobj `;
      expect(await told(pdf([CATALOG, version.repeat(15), xmp(dcTitle(TITLE))]))).toEqual([]);
    });
    it("a name with a blank does not take the place of another field", async () => {
      const entries = `/A#20B (HARBOUR SECRET REL TO AAB) /A (B HARBOUR SECRET REL TO AAB) /Title (${TITLE})`;
      expect(rules(await found(info(entries)))).toEqual(["banner-above-label", "banner-above-label"]);
    });
  });
  it("XML of brackets, in bounded time", async () => {
    for (const unit of ["<", "<a ", "<rdf:li>x", "<dc:title>", "<a b='", "&#x", "</"]) {
      await survives(PDF, withXmp(binary(unit.repeat(Math.floor(500_000 / unit.length)))));
    }
  });
});
