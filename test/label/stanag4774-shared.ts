/** Documents of STANAG 4774 that these tests begin with, and what they do with them. */

import { fromUtf8, utf8 } from "../../src/bytes.ts";
import { DipbagError } from "../../src/errors.ts";
import type { Label } from "../../src/label/label.ts";
import { readLabelXml } from "../../src/label/stanag4774/read.ts";
import { writeLabelXml } from "../../src/label/stanag4774/write.ts";
import { labelled } from "./shared.ts";

export const NS = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
export const read = (xml: string): Label => readLabelXml(utf8(xml));
export const write = (label: Label): string => fromUtf8(writeLabelXml(label));
export const foreignOf = ({ foreign = [] }: Label): string[] => foreign.map(fromUtf8);

export const INFORMATION =
  "<slab:ConfidentialityInformation><slab:PolicyIdentifier>HARBOUR</slab:PolicyIdentifier>" +
  "<slab:Classification>SECRET</slab:Classification></slab:ConfidentialityInformation>";
export const CREATED = "<slab:CreationDateTime>2026-11-22T05:00:00Z</slab:CreationDateTime>";
export const SUCCESSOR = `<slab:SuccessorConfidentialityLabel>${INFORMATION}${CREATED}</slab:SuccessorConfidentialityLabel>`;
export const DUE = "<slab:SuccessionDateTime>2030-01-01T00:00:00Z</slab:SuccessionDateTime>";
export const SUCCESSION = `<slab:SuccessionHandling>${DUE}${SUCCESSOR}</slab:SuccessionHandling>`;
export const document = (inner: string, attributes = ""): string =>
  `<slab:originatorConfidentialityLabel xmlns:slab="${NS}"${attributes}>${inner}</slab:originatorConfidentialityLabel>`;
export const MINIMAL = document(INFORMATION + CREATED);
export const SECRET: Label = {
  kind: "originator",
  policy: ["HARBOUR", null],
  classification: "SECRET",
  created: "2026-11-22T05:00:00Z",
};

/** The label of the fixtures. */
export const FIXTURE = labelled("HARBOUR CONFIDENTIAL REL TO AAB ORCON", { originator: ["organisation", "AAB-CERT"] });

export const problem = (action: () => unknown): DipbagError => {
  try {
    action();
  } catch (error) {
    if (error instanceof DipbagError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};
