/** Labels in files, in any of their three forms (spec/stanag4774.md). */

import { embed, readAs } from "../cbor/schema.ts";
import { fail } from "../errors.ts";
import { type Label, labelShape } from "../label/label.ts";
import { readLabelJson, writeLabelJson } from "../label/label-json.ts";
import { readLabelXml } from "../label/stanag4774/read.ts";
import { writeLabelXml } from "../label/stanag4774/write.ts";
import { readAll } from "../node/files.ts";
import { openInput } from "./inputs.ts";

/** XML has a limit of its own; the other forms are longer only where foreign XML makes them so. */
const MAX_FILE = 1 << 23;

export type Form = "xml" | "cbor" | "json";
export const FORMS: Readonly<Record<Form, { read(file: Uint8Array): Label; write(label: Label): Uint8Array }>> = {
  xml: { read: readLabelXml, write: writeLabelXml },
  json: { read: readLabelJson, write: writeLabelJson },
  cbor: {
    read: (file) => readAs(labelShape, file, "label"),
    write: (label) => embed(labelShape, label).bytes,
  },
};

/** A label in any of the three forms. @throws DipbagError ERR_TYPE where it is in none; as they throw */
export const readLabel = (file: Uint8Array): Label => FORMS[formOf(file)].read(file);

export const contentOf = async (path: string): Promise<Uint8Array> => readAll(await openInput(path), path, MAX_FILE);

/** By the first byte that is no white space: a map of CBOR, an object of JSON, or else XML, which says best what is wrong with it. */
export function formOf(file: Uint8Array): Form {
  const first = file.find((byte) => ![0x09, 0x0a, 0x0d, 0x20].includes(byte));
  if (first !== undefined && first >> 5 === 5) return "cbor";
  if (first === 0x7b) return "json";
  return [0x3c, 0xef, 0xfe, 0xff, 0x00].includes(first ?? -1) ? "xml" : fail("ERR_TYPE", { expected: "label" });
}
