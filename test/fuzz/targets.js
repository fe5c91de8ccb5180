// @ts-check
/**
 * What reads bytes or text of others, as built in dist: given anything, each answers, or throws a DipbagError of status 1 to
 * 5; and what it accepts, written again, is read as the same. Loaded after coverage has been switched on.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { decode, encode } from "../../dist/cbor/codec.js";
import { embed, readAs } from "../../dist/cbor/schema.js";
import { armour, dearmour } from "../../dist/envelope/armour.js";
import { coreShape, indexShape } from "../../dist/envelope/format.js";
import { parseHead } from "../../dist/envelope/head.js";
import { parsePolicy } from "../../dist/envelope/policy-pack.js";
import { withheldShape } from "../../dist/envelope/statements.js";
import { DipbagError } from "../../dist/errors.js";
import { BUILT_IN } from "../../dist/label/builtin.js";
import { handlingShape, labelsShape } from "../../dist/label/label.js";
import { readLabelJson, writeLabelJson } from "../../dist/label/label-json.js";
import { lint } from "../../dist/label/lint/lint.js";
import { parseMarking, render } from "../../dist/label/marking.js";
import { policies, readPolicy } from "../../dist/label/policy.js";
import { readLabelXml } from "../../dist/label/stanag4774/read.js";
import { writeLabelXml } from "../../dist/label/stanag4774/write.js";
import { parseCard } from "../../dist/trust/card.js";
import { readPin, writePin } from "../../dist/trust/pin.js";
import { verifyRequest } from "../../dist/trust/request.js";
import { sequence } from "../survive/mutate.js";

/** @typedef {{ form: "cbor" | "text", seeds: ReadonlyMap<string, Uint8Array>, run: (bytes: Uint8Array) => unknown }} Target */

const spec = fileURLToPath(new URL("../../spec/", import.meta.url));
/** Files of spec/ by name, each changed by `part`. @param {string} folder @param {RegExp} names @param {(bytes: Uint8Array) => Uint8Array} part */
const files = (folder, names, part = (bytes) => bytes) =>
  new Map(
    readdirSync(spec + folder)
      .filter((name) => names.test(name))
      .map((name) => [name, part(new Uint8Array(readFileSync(`${spec}${folder}/${name}`)))]),
  );
/** The item of an envelope that `find` picks. @param {(bytes: Uint8Array) => import("../survive/mutate.js").Node | undefined} find */
const item = (find) => (/** @type {Uint8Array} */ bytes) => {
  const { start, body, end, major } = find(bytes) ?? { start: 0, body: 0, end: 0, major: 0 };
  return bytes.slice(major === 2 ? body : start, end);
};
/** The COSE_Sign at `place` of an envelope. @param {Uint8Array} bytes @param {number} place */
const payload = (bytes, place) => sequence(bytes)?.[place]?.items[0]?.items[2];
const head = item((bytes) => sequence(bytes)?.[0]);
const core = item((bytes) => payload(bytes, 0)?.items[0]?.items[0]);
const labels = item((bytes) => payload(bytes, 0)?.items[0]?.items[1]?.items[0]?.items[1]);
const withheld = item((bytes) => payload(bytes, 1));

const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
const seeds = (/** @type {string[]} */ ...texts) =>
  new Map(texts.map((one, i) => [`${i + 1}`, new Uint8Array(Buffer.from(one))]));
/** @param {unknown} found @param {unknown} expected */
function same(found, expected) {
  if (!isDeepStrictEqual(found, expected)) throw new Error("read, written and read again, it is something else");
}
/** What cannot be written in this form is refused. @param {() => void} check */
function whereWritable(check) {
  try {
    check();
  } catch (error) {
    if (!(error instanceof DipbagError && ["ERR_LABEL_UNWRITABLE", "ERR_MARKING_LONG"].includes(error.code)))
      throw error;
  }
}

const KNOWN = policies(...BUILT_IN.map(({ policy }) => policy));
/** @param {string} mediaType */
const linted = (mediaType) => (/** @type {Uint8Array} */ bytes) => {
  const label = parseMarking("HARBOUR RESTRICTED REL TO AAB, QMB", KNOWN).marking;
  return lint(
    { name: "report", mediaType, bytes },
    { label, policies: KNOWN, exercise: true, originatorNation: "AAB", created: 1_795_323_600 },
  );
};

/** @type {Readonly<Record<string, Target>>} */
export const TARGETS = {
  cbor: {
    form: "cbor",
    seeds: seeds("\x01", "\x83\x01\x61a\x41b", "\xa2\x01\xf6\x61a\x80"),
    run: (bytes) => same(encode(decode(bytes)), bytes),
  },
  head: { form: "cbor", seeds: files("vectors/valid", /(?<!two-segments)\.dipbag$/, head), run: parseHead },
  core: {
    form: "cbor",
    seeds: files("vectors/valid", /(?<!two-segments|extra-core-key)\.dipbag$/, core),
    run: (bytes) => same(embed(coreShape, readAs(coreShape, bytes, "core")).bytes, bytes),
  },
  label: {
    form: "cbor",
    seeds: files("vectors/valid", /(?<!two-segments)\.dipbag$/, labels),
    run: (bytes) => {
      const value = readAs(labelsShape, bytes, "labels");
      same(embed(labelsShape, value).bytes, bytes);
      for (const label of [value.originator, ...(value.alternatives ?? [])]) {
        whereWritable(() => same(readLabelJson(writeLabelJson(label)), label));
        whereWritable(() => same(readLabelXml(writeLabelXml(label)), label));
      }
    },
  },
  handling: {
    form: "cbor",
    seeds: new Map([["1", embed(handlingShape, { messageType: "exercise" }).bytes]]),
    run: (bytes) => same(embed(handlingShape, readAs(handlingShape, bytes, "handling")).bytes, bytes),
  },
  statement: {
    form: "cbor",
    seeds: files("vectors/valid", /^withheld.*\.dipbag$/, withheld),
    run: (bytes) => same(embed(withheldShape, readAs(withheldShape, bytes, "withheld")).bytes, bytes),
  },
  index: {
    form: "cbor",
    seeds: new Map([
      ["1", embed(indexShape, [{ name: "report.txt", mediaType: "text/plain", size: 5, modified: 1 }]).bytes],
    ]),
    run: (bytes) => same(embed(indexShape, readAs(indexShape, bytes, "index")).bytes, bytes),
  },
  card: { form: "cbor", seeds: files("vectors/world", /\.card$/), run: parseCard },
  pin: { form: "cbor", seeds: files("vectors/world", /\.pin$/), run: (bytes) => same(writePin(readPin(bytes)), bytes) },
  request: { form: "cbor", seeds: files("vectors/valid", /\.request$/), run: verifyRequest },
  "signed-policy": { form: "cbor", seeds: files("vectors/valid", /\.policy$/), run: parsePolicy },
  policy: { form: "text", seeds: files("policies", /\.json$/), run: readPolicy },
  "label-json": {
    form: "text",
    seeds: files("vectors/valid", /\.label\.json$/),
    run: (bytes) => {
      const label = readLabelJson(bytes);
      whereWritable(() => same(readLabelJson(writeLabelJson(label)), label));
    },
  },
  "label-xml": {
    form: "text",
    seeds: files("vectors/valid", /\.xml$/),
    run: (bytes) => {
      const label = readLabelXml(bytes);
      whereWritable(() => same(readLabelXml(writeLabelXml(label)), label));
    },
  },
  marking: {
    form: "text",
    seeds: files("vectors/valid", /^marking.*\.txt$/),
    run: (bytes) => {
      const { marking, form, exercise } = parseMarking(text(bytes), KNOWN);
      const [policy] = BUILT_IN.filter(({ policy: { policy } }) => policy.name === marking.policy[0]);
      if (policy === undefined) throw new Error("a policy that nobody knows");
      whereWritable(() =>
        same(parseMarking(render(marking, policy.policy, { form, exercise }), KNOWN).marking, marking),
      );
    },
  },
  armour: {
    form: "text",
    seeds: new Map([
      ...[0, 1, 48, 100].map((length) => /** @type {const} */ ([`${length}`, armour(new Uint8Array(length))])),
    ]),
    run: (bytes) => same(text(armour(dearmour(bytes))), text(bytes).replaceAll("\r\n", "\n")),
  },
  "lint-text": {
    form: "text",
    seeds: seeds("HARBOUR RESTRICTED REL TO AAB, QMB\n\n(H-R REL AAB, QMB) EXERCISE\n"),
    run: linted("text/plain"),
  },
  "lint-stix": {
    form: "text",
    seeds: seeds(
      '{"type":"bundle","id":"bundle--1","objects":[{"type":"report","name":"TLP:RED","object_marking_refs":["marking-definition--1"]}]}',
    ),
    run: linted("application/stix+json"),
  },
  "lint-pdf": {
    form: "text",
    seeds: seeds(
      "%PDF-1.7\n1 0 obj\n<< /Title (HARBOUR SECRET) /Type /Catalog >>\nendobj\ntrailer << /Info 1 0 R /Root 1 0 R >>\n%%EOF\n",
    ),
    run: linted("application/pdf"),
  },
};
