/** `lint`: reading reports before they are sealed (spec/lint.md). */

import { type Document, type Finding, Findings, finding, type LintContext, MAX_DOCUMENT } from "./finding.ts";
import { lintJson } from "./json.ts";
import { Marks } from "./marks.ts";
import { lintPdf } from "./pdf.ts";
import { lintText } from "./text.ts";

export type { Document, Finding, LintContext, Rule, Severity } from "./finding.ts";
export { MAX_DOCUMENT, RULES } from "./finding.ts";

const TEXT = ["text/plain", "text/markdown"];
const JSON_TYPES = ["application/json", "application/stix+json"];
const PDF = "application/pdf";

/** Whether lint looks into documents of this media type. */
export const reads = (mediaType: string): boolean =>
  [...TEXT, ...JSON_TYPES, PDF].includes(mediaType.toLowerCase().split(";")[0]!.trim());

/**
 * What contradicts the label that a document is to be sealed under, contradicts itself, or is missing, in the order in
 * which it stands there. What is in the document never makes it throw; what it does not read, it says.
 * @throws DipbagError ERR_POLICY_UNKNOWN where the label's policy is not among those of the context
 */
export async function lint(document: Document, context: LintContext): Promise<readonly Finding[]> {
  const { mediaType, bytes } = document;
  const [type = "", ...parameters] = mediaType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const findings = new Findings();
  if (bytes.length > MAX_DOCUMENT) {
    findings.add(notExamined(`it is longer than ${MAX_DOCUMENT} bytes`));
    return findings.told();
  }
  const marks = new Marks(context);
  const isText = TEXT.includes(type);
  for (const one of await examined(type, parameters, bytes, marks)) findings.add(one, isText ? Number(one.where) : 0);
  if (marks.exhausted) {
    const message = "it holds more different things that look like markings than lint reads";
    findings.add(finding("unreadable", "", message, "split it"), -1);
  }
  return findings.told();
}

async function examined(
  type: string,
  parameters: readonly string[],
  bytes: Uint8Array,
  marks: Marks,
): Promise<Iterable<Finding>> {
  if (TEXT.includes(type)) {
    const [charset = "utf-8"] = parameters.flatMap((one) => /^charset="?([^"]*)/.exec(one)?.[1] ?? []);
    if (/^(?:utf-8|us-ascii)$/.test(charset)) return lintText(bytes, marks);
    return [finding("unreadable", "1", `it says it is ${charset}, and was not read`, "save it as UTF-8")];
  }
  if (JSON_TYPES.includes(type)) return lintJson(bytes, marks, type === "application/stix+json");
  if (type === PDF) return lintPdf(bytes, marks);
  return [notExamined(`lint does not read ${type || "this type"}`)];
}

const notExamined = (why: string): Finding =>
  finding("not-examined", "", `this file was not looked at: ${why}`, "look at its markings yourself");
