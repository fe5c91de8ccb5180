/** `dipbag label convert` through the real command line (spec/stanag4774.md). */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { type Label, labelShape } from "../../src/label/label.ts";
import { labelled } from "../label/shared.ts";
import { BIN, folder, hasPython, ONE_ERROR, onTerminal, run } from "./process.ts";
import { valid } from "./story.ts";

const NS = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";

/** The label of the fixtures in its three forms. */
const FIXTURE = labelled("HARBOUR CONFIDENTIAL REL TO AAB ORCON", { originator: ["organisation", "AAB-CERT"] });
const OID = "2.25.329800735698586629295641978511506172918";
const XML = `<?xml version="1.0" encoding="UTF-8"?>
<slab:originatorConfidentialityLabel xmlns:slab="${NS}"><slab:ConfidentialityInformation><slab:PolicyIdentifier URI="urn:oid:${OID}">HARBOUR</slab:PolicyIdentifier><slab:Classification>CONFIDENTIAL</slab:Classification><slab:Category Type="PERMISSIVE" TagName="REL TO"><slab:GenericValue>AAB</slab:GenericValue></slab:Category><slab:Category Type="RESTRICTIVE" TagName="DISSEM"><slab:GenericValue>ORCON</slab:GenericValue></slab:Category></slab:ConfidentialityInformation><slab:CreationDateTime>2026-11-22T05:00:00Z</slab:CreationDateTime><dipbag:Extension xmlns:dipbag="urn:dipbag:label:1" IDType="organisation" OriginatorID="AAB-CERT"/></slab:originatorConfidentialityLabel>
`;
const JSON_FORM = `{"schema":"dipbag/label/1","kind":"originator","policy":{"name":"HARBOUR","oid":"${OID}"},"classification":"CONFIDENTIAL","tags":[{"type":"PERMISSIVE","name":"REL TO","values":["AAB"]},{"type":"RESTRICTIVE","name":"DISSEM","values":["ORCON"]}],"originator":{"type":"organisation","id":"AAB-CERT"},"created":"2026-11-22T05:00:00Z"}
`;
const cbor = (label: Label): Uint8Array => encode(labelShape.write(label));
const FORMS: Readonly<Record<string, Uint8Array>> = { xml: utf8(XML), json: utf8(JSON_FORM), cbor: cbor(FIXTURE) };

const FULL: Label = {
  ...FIXTURE,
  privacyMark: "]]> & <b>",
  review: "2027-01-01T00:00:00.50+01:00",
  succession: ["2030-01-01T00:00:00Z", { ...labelled("PUBLIC"), id: "then" }],
  id: "urn:x:1",
  foreign: [utf8('<x:a xmlns:x="urn:x">\u202e</x:a>')],
};

/** A folder with these files, and the command run in it. */
function place(files: Readonly<Record<string, string | Uint8Array>>) {
  const cwd = folder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  const convert = (args: readonly string[], input: string | Uint8Array = "") =>
    run(BIN, ["label", "convert", ...args], { cwd, input });
  const bytes = (name: string): string => readFileSync(join(cwd, name)).toString("hex");
  const refused = async (code: ErrorCode, args: readonly string[], input?: string | Uint8Array) => {
    const { status, stdout, stderr } = await convert(args, input);
    expect(stderr).toMatch(ONE_ERROR(code));
    expect(status).toBe(ERRORS[code].status);
    if (!args.includes("--json")) expect(stdout).toBe("");
    return stderr;
  };
  return { cwd, convert, bytes, refused };
}
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("the label of the fixtures", () => {
  it("goes byte for byte from each of the three forms to each, through files and through pipes", async () => {
    const { convert, bytes } = place({ xml: FORMS.xml!, json: FORMS.json!, cbor: FORMS.cbor! });
    for (const from of Object.keys(FORMS)) {
      for (const to of Object.keys(FORMS)) {
        const made = `${from}-${to}`;
        expect((await convert([from, "--to", to, "-o", made])).status).toBe(0);
        expect(bytes(made), made).toBe(hexOf(FORMS[to]!));
        const piped = await convert(["-", "--to", to], FORMS[from]);
        expect(Buffer.from(piped.stdout, "latin1").toString("hex"), made).toBe(hexOf(FORMS[to]!));
      }
    }
  });

  it("goes to JSON from XML, and to XML from the others, where nobody says", async () => {
    const { convert } = place({});
    expect((await convert(["-"], XML)).stdout).toBe(JSON_FORM);
    expect((await convert(["-"], JSON_FORM)).stdout).toBe(XML);
    expect((await convert(["-"], FORMS.cbor)).stdout).toBe(XML);
    expect((await convert(["-"], `\ufeff\n${XML.slice(XML.indexOf("\n") + 1)}`)).stdout).toBe(JSON_FORM);
  });

  it("says where it is, and that a date of review is missing, on stderr", async () => {
    const { convert } = place({});
    const { stdout, stderr } = await convert(["-", "-o", "label.xml"], JSON_FORM);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      "caution: it has no date of review, which ADatP-4774 asks for where there is no\nsuccession\nThe label of stdin is in label.xml.\n",
    );
    expect((await convert(["-", "--to", "cbor"], JSON_FORM)).stderr).toBe("");
  });
});

describe("a label with everything", () => {
  it("comes back from every form", async () => {
    const { convert, bytes } = place({ "0.cbor": cbor(FULL) });
    expect((await convert(["0.cbor", "-o", "1.xml"])).status).toBe(0);
    expect((await convert(["1.xml", "-o", "2.json"])).status).toBe(0);
    expect((await convert(["2.json", "--to", "cbor", "-o", "3.cbor"])).status).toBe(0);
    expect(bytes("3.cbor")).toBe(hexOf(cbor(FULL)));
    expect((await convert(["2.json", "-o", "4.xml"])).status).toBe(0);
    expect(bytes("4.xml")).toBe(bytes("1.xml"));
  });

  it("is warned of where it carries foreign XML, and that is not shown on a terminal", async () => {
    const { convert, cwd } = place({ label: cbor(FULL) });
    const { stderr, status } = await convert(["label"]);
    expect(stderr).toBe("caution: it carries foreign XML (1), which is kept and never part of a\ndecision\n");
    expect(status).toBe(0);
    if (!hasPython) return;
    const shown = (...args: string[]) => onTerminal([], ["label", "convert", "label", ...args], {}, BIN, cwd);
    expect(shown().shown).toContain("[ERR_TERMINAL_OUTPUT]");
    expect(shown("-o", "-").shown).toContain("slab:Classification");
    expect(shown("--to", "cbor").shown).toContain("[ERR_TERMINAL_OUTPUT]");
  });
});

describe("--json", () => {
  it("prints the label's own document, whatever form is written", async () => {
    const { convert, bytes } = place({});
    for (const input of Object.values(FORMS)) {
      const { stdout, stderr } = await convert(["-", "--json"], input);
      expect(stderr).toBe("");
      expect(stdout).toBe(JSON_FORM);
    }
    const { stdout } = await convert(["-", "--json", "--to", "xml", "-o", "out"], cbor(FULL));
    expect(valid(stdout.trimEnd())).toMatchObject({
      schema: "dipbag/label/1",
      review: "2027-01-01T00:00:00.50+01:00",
      succession: { due: "2030-01-01T00:00:00Z", label: { id: "then" } },
      foreign: ['<x:a xmlns:x="urn:x">\u202e</x:a>'],
    });
    expect(stdout).not.toContain("\u202e");
    expect(bytes("out")).toMatch(/^3c3f786d6c/);
  });

  it("is refused where stdout would carry both", async () => {
    const { refused } = place({});
    await refused("ERR_USAGE", ["-", "--json", "--to", "cbor"], XML);
  });
});

describe("what is refused", () => {
  it.each([
    ["ERR_TYPE", ""],
    ["ERR_TYPE", "HARBOUR SECRET"],
    ["ERR_LABEL_XML", XML.replace("2026", "26")],
    ["ERR_LABEL_XML", `<!DOCTYPE a [<!ENTITY b "c">]>${XML}`],
    ["ERR_LABEL_XML", Buffer.from(`\ufeff${XML}`, "utf16le")],
    ["ERR_LABEL_XML", `<\u001b[31m\u202e/>`],
    ["ERR_LABEL_XML", `${XML}${" ".repeat(1 << 20)}`],
    ["ERR_LABEL_JSON", JSON_FORM.replace("CONFIDENTIAL", "")],
    ["ERR_SCHEMA", encode(new Map([[0, 0]]))],
    ["ERR_CBOR", Buffer.concat([cbor(FIXTURE), Buffer.of(0)])],
    ["ERR_LABEL_UNWRITABLE", cbor({ ...FIXTURE, classification: "A  B" })],
    ["ERR_LABEL_UNWRITABLE", cbor({ ...FIXTURE, foreign: [Uint8Array.of(255)] })],
    ["ERR_TOO_LARGE", `{${" ".repeat(1 << 23)}}`],
  ] as [ErrorCode, string | Uint8Array][])("%s", async (code, input) => {
    const { refused, cwd } = place({});
    const told = await refused(code, ["-", "-o", "out"], input);
    expect(told).not.toMatch(/[^\x20-\x7e\n]/);
    expect(() => readFileSync(join(cwd, "out"))).toThrow("ENOENT");
  });

  it("files that are not there, are there already, or are the input", async () => {
    const { refused, bytes } = place({ xml: XML, json: JSON_FORM });
    await refused("ERR_NOT_FOUND", ["nothing"]);
    await refused("ERR_OUTPUT_EXISTS", ["xml", "-o", "json"]);
    await refused("ERR_SAME_FILE", ["xml", "-o", "xml"]);
    await refused("ERR_USAGE", ["xml", "--to", "asn1"]);
    expect(bytes("xml")).toBe(hexOf(FORMS.xml!));
    expect(bytes("json")).toBe(hexOf(FORMS.json!));
  });
});
