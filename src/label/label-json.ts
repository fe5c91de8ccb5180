/** The JSON form of a label, `dipbag/label/1` (spec/stanag4774.md section 5, spec/schema/label.json). */

import { fromUtf8, utf8 } from "../bytes.ts";
import type { CborKey, CborValue } from "../cbor/codec.ts";
import { newBudget } from "../cbor/scan.ts";
import { list, literal, name, type Of, oneOf, optional, required, type Shape, struct, text } from "../cbor/schema.ts";
import { DipbagError, fail } from "../errors.ts";
import { KIND, type Label, labelShape, TAG_TYPE } from "./label.ts";
import { oidFromText, oidText } from "./oid.ts";

export const LABEL_SCHEMA = "dipbag/label/1";
const MAX_NESTING = 16;
const MAX_SUCCESSIONS = 4;

const keysOf = <K extends string>(table: Readonly<Record<K, number>>): Shape<K> =>
  oneOf(...(Object.keys(table) as K[]));

const fields = {
  kind: required("kind", keysOf(KIND)),
  policy: required("policy", struct({ name: required("name", name()), oid: optional("oid", text()) })),
  classification: required("classification", name()),
  privacyMark: optional("privacyMark", name(1024)),
  tags: optional(
    "tags",
    list(
      struct({
        type: required("type", keysOf(TAG_TYPE)),
        name: required("name", name()),
        oid: optional("oid", text()),
        values: required("values", list(name(), 0)),
      }),
    ),
  ),
  originator: optional("originator", struct({ type: required("type", name()), id: required("id", name()) })),
  created: required("created", name()),
  review: optional("review", name()),
  id: optional("id", name()),
  foreign: optional("foreign", list(text(1, 65536))),
} as const;
const plainShape = struct(fields);

/** A label as JSON has it: names for integers, dotted object identifiers, foreign XML as text. */
export interface LabelFields extends Of<typeof plainShape> {
  readonly succession?: { readonly due: string; readonly label: LabelFields };
}
export type LabelDocument = LabelFields & { readonly schema: typeof LABEL_SCHEMA };

const shapeAt = (depth: number): Shape<LabelFields> =>
  depth === MAX_SUCCESSIONS
    ? plainShape
    : struct({ ...fields, succession: optional("succession", successionAt(depth)) });
const successionAt = (depth: number) =>
  struct({ due: required("due", name()), label: required("label", shapeAt(depth + 1)) });
const documentShape = struct({
  ...fields,
  schema: required("schema", literal(LABEL_SCHEMA)),
  succession: optional("succession", successionAt(0)),
});

/** @throws DipbagError ERR_LABEL_UNWRITABLE where an OID is none, or foreign XML is no text */
export const labelDocument = (label: Label): LabelDocument => ({ schema: LABEL_SCHEMA, ...fieldsOf(label) });

const unwritable = (reason: string): never => fail("ERR_LABEL_UNWRITABLE", { form: "JSON", reason });

function fieldsOf(label: Label): LabelFields {
  const { kind, policy, classification, privacyMark, tags, originator, created, review, succession, id, foreign } =
    label;
  const oid = (octets: Uint8Array | null) =>
    octets === null ? {} : { oid: oidText(octets) ?? unwritable("it names an object identifier that is none") };
  return {
    kind,
    policy: { name: policy[0], ...oid(policy[1]) },
    classification,
    ...(privacyMark !== undefined && { privacyMark }),
    ...(tags && { tags: tags.map(([type, name, octets, values]) => ({ type, name, ...oid(octets), values })) }),
    ...(originator && { originator: { type: originator[0], id: originator[1] } }),
    created,
    ...(review !== undefined && { review }),
    ...(succession && { succession: { due: succession[0], label: fieldsOf(succession[1]) } }),
    ...(id !== undefined && { id }),
    ...(foreign && { foreign: foreign.map(foreignText) }),
  };
}

function foreignText(piece: Uint8Array): string {
  try {
    return fromUtf8(piece);
  } catch {
    return unwritable("its foreign XML is not in UTF-8");
  }
}

/** The one text of this label: the document on one line, keys in the order of section 5. @throws as labelDocument */
export const writeLabelJson = (label: Label): Uint8Array => utf8(`${JSON.stringify(labelDocument(label))}\n`);

const refuse = (reason: string): never => fail("ERR_LABEL_JSON", { reason });

/**
 * Reads a label from JSON in UTF-8: white space and the order of keys are free, and nothing else.
 * @throws DipbagError ERR_LABEL_JSON
 */
export function readLabelJson(document: Uint8Array): Label {
  const place = { path: "label", budget: newBudget() };
  const value = parse(document);
  try {
    return labelShape.read(labelShape.write(labelFrom(documentShape.read(value, place))), place);
  } catch (error) {
    if (!(error instanceof DipbagError) || error.code !== "ERR_SCHEMA") throw error;
    return refuse(`missing, wrong, or not known: ${error.details.where}`);
  }
}

function labelFrom({ policy, tags, originator, succession, foreign, ...same }: LabelFields): Label {
  const octets = (oid: string | undefined) =>
    oid === undefined ? null : (oidFromText(oid) ?? refuse("an object identifier is not as 1.2.3"));
  return {
    ...same,
    policy: [policy.name, octets(policy.oid)],
    ...(tags && { tags: tags.map(({ type, name, oid, values }) => [type, name, octets(oid), values] as const) }),
    ...(originator && { originator: [originator.type, originator.id] }),
    ...(succession && { succession: [succession.due, labelFrom(succession.label)] }),
    ...(foreign && { foreign: foreign.map(utf8) }),
  };
}

function parse(document: Uint8Array): CborValue {
  let text: string;
  let json: unknown;
  try {
    text = fromUtf8(document);
    json = JSON.parse(text);
  } catch {
    return refuse("it is not JSON in UTF-8");
  }
  const keys = { count: 0 };
  const value = plain(json, keys, 0);
  // JSON.parse keeps the last of two values under one key.
  let written = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"([\t\n\r ]*:)?/g)) if (colon !== undefined) written++;
  return written === keys.count ? value : refuse("a key stands twice");
}

/** JSON as shapes read it: objects become Maps. */
function plain(json: unknown, keys: { count: number }, depth: number): CborValue {
  if (depth > MAX_NESTING) return refuse("it is nested too deeply");
  if (Array.isArray(json)) return json.map((entry) => plain(entry, keys, depth + 1));
  if (typeof json === "object" && json !== null) {
    const entries = Object.entries(json);
    keys.count += entries.length;
    return new Map<CborKey, CborValue>(entries.map(([key, entry]) => [key, plain(entry, keys, depth + 1)]));
  }
  return typeof json === "string" || typeof json === "number" || typeof json === "boolean" ? json : null;
}
