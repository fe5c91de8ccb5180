/**
 * The XML of STANAG 4774 (ADatP-4774 Edition A Version 1, Appendix 1) as a tree in which every element is known or
 * foreign. Strict: everything in the document is kept or refused (spec/stanag4774.md).
 */

import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from "saxes";
import { fromUtf8 } from "../../bytes.ts";
import { fail } from "../../errors.ts";
import { visible } from "../../text.ts";
import type { KIND } from "../label.ts";

export const NAMESPACE = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
/** Of the one element of ours: it says what a label of dipbag can say and one of STANAG 4774 cannot. */
export const EXTENSION = "urn:dipbag:label:1";
/** The prefix of the standard's examples: always written, read like any other. */
export const PREFIX = "slab";

export type Kind = keyof typeof KIND;
export const ROOT = {
  originator: "originatorConfidentialityLabel",
  alternative: "alternativeConfidentialityLabel",
  metadata: "metadataConfidentialityLabel",
} as const satisfies Record<Kind, string>;

const MAX_XML = 1 << 20;
const MAX_DEPTH = 32;
const MAX_ATTRIBUTES = 64;
/** In UTF-16 code units. The parser joins it to the name of each attribute, to compare them. */
const MAX_NAMESPACE = 1024;

/** Every element of the namespace that is read, and what it holds. */
const HOLDS: Readonly<Record<string, "text" | "elements">> = {
  [ROOT.originator]: "elements",
  [ROOT.alternative]: "elements",
  [ROOT.metadata]: "elements",
  ConfidentialityInformation: "elements",
  PolicyIdentifier: "text",
  Classification: "text",
  PrivacyMark: "text",
  Category: "elements",
  GenericValue: "text",
  OriginatorID: "text",
  CreationDateTime: "text",
  SuccessionHandling: "elements",
  SuccessionDateTime: "text",
  SuccessorConfidentialityLabel: "elements",
};

/** The namespace declarations of an element, by prefix, and of those around it. */
export interface Scope {
  readonly own: Readonly<Record<string, string>>;
  readonly outer: Scope | undefined;
}
export interface Element {
  readonly name: string;
  readonly line: number;
  readonly scope: Scope;
  /** Those without a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly foreign: readonly SaxesAttributeNS[];
  readonly children: (Element | Foreign)[];
  text: string;
}
/** An element of another namespace, as it stands in the document. */
export interface Foreign {
  readonly line: number;
  /** Up to its name, and from there on. */
  readonly head: string;
  tail: string;
  readonly scope: Scope;
}

export const refuse = (line: number, reason: string): never => fail("ERR_LABEL_XML", { line, reason });
export const quoted = (text: string): string => visible(text, 60);

/**
 * Reads a document of at most 1 MiB in UTF-8, with or without a byte order mark.
 * @throws DipbagError ERR_LABEL_XML with the line and the reason
 */
export function parseXml(document: Uint8Array): Element {
  if (document.length > MAX_XML) refuse(1, `it is longer than ${MAX_XML} bytes`);
  let text: string;
  try {
    text = fromUtf8(document);
  } catch {
    return refuse(1, "it is not in UTF-8");
  }
  return parse(text);
}

function parse(text: string): Element {
  const parser = new SaxesParser<{ xmlns: true }>({ xmlns: true });
  const open: Element[] = [];
  let root: Element | undefined;
  let depth = 0;
  let start = 0;
  let given = 0;
  let foreign: { readonly node: Foreign; readonly depth: number; readonly from: number } | undefined;
  const stop = (reason: string): never => refuse(parser.line, reason);

  parser.on("error", ({ message }) => stop(`it is not well-formed (${quoted(message.replace(/^[\d:]+ |\.$/g, ""))})`));
  parser.on("doctype", () => stop("a document type declaration is not allowed"));
  parser.on("processinginstruction", () => stop("a processing instruction is not allowed"));
  parser.on("xmldecl", ({ version, encoding = "UTF-8" }) => {
    if (version !== "1.0") stop("it is not XML 1.0");
    if (encoding.toUpperCase() !== "UTF-8") stop("it says that it is not in UTF-8");
  });
  parser.on("comment", () => foreign ?? stop("a comment is not allowed"));
  parser.on("cdata", () => foreign ?? stop("a CDATA section is not allowed"));
  parser.on("text", (part) => {
    const top = open.at(-1);
    if (foreign !== undefined || top === undefined) return;
    if (HOLDS[top.name] === "text") top.text += part;
    else if (/[^\t\n\r ]/.test(part)) stop(`text may not stand in ${top.name}`);
  });
  parser.on("opentagstart", () => {
    if (++depth > MAX_DEPTH) stop(`elements are nested more than ${MAX_DEPTH} deep`);
    start = text.lastIndexOf("<", parser.position - 1);
    given = 0;
  });
  parser.on("attribute", ({ name, prefix, value }) => {
    if (++given > MAX_ATTRIBUTES) stop(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    if (name !== "xmlns" && prefix !== "xmlns") return;
    if (value.length > MAX_NAMESPACE) stop(`a namespace is longer than ${MAX_NAMESPACE} characters`);
    // The parser would trim it, and other parsers do not.
    if (value !== value.trim()) stop("a namespace has a blank at an end");
  });
  parser.on("opentag", (tag) => {
    const { own, plain, others } = attributesOf(tag, stop);
    if (foreign !== undefined) {
      if (tag.uri === NAMESPACE) stop(`${quoted(tag.local)} of STANAG 4774 may not stand in foreign XML`);
      return;
    }
    const top = open.at(-1);
    const scope: Scope = { own, outer: top?.scope };
    const { line } = parser;
    if (tag.uri === NAMESPACE || tag.uri === EXTENSION) {
      const known = tag.uri === EXTENSION ? tag.local === "Extension" : Object.hasOwn(HOLDS, tag.local);
      if (!known) stop(`there is no element ${quoted(tag.local)}`);
      const element = { name: tag.local, line, scope, attributes: plain, foreign: others, children: [], text: "" };
      top?.children.push(element);
      open.push(element);
      root ??= element;
    } else {
      if (top === undefined) return stop("it is not a label of STANAG 4774");
      if (tag.uri === "") stop(`the element ${quoted(tag.name)} is in no namespace`);
      const from = start + 1 + tag.name.length;
      const node: Foreign = { line, head: text.slice(start, from), tail: "", scope };
      top.children.push(node);
      foreign = { node, depth, from };
    }
  });
  parser.on("closetag", () => {
    if (foreign === undefined) open.pop();
    else if (foreign.depth === depth) {
      foreign.node.tail = text.slice(foreign.from, parser.position);
      foreign = undefined;
    }
    depth--;
  });
  parser.write(text).close();
  return root ?? stop("it is empty");
}

const XMLNS = "http://www.w3.org/2000/xmlns/";

function attributesOf({ attributes }: SaxesTagNS, stop: (reason: string) => never) {
  const own: Record<string, string> = Object.create(null);
  const plain = new Map<string, string>();
  const others: SaxesAttributeNS[] = [];
  for (const attribute of Object.values(attributes)) {
    const { prefix, local, uri, value } = attribute;
    if (uri === XMLNS) own[prefix === "" ? "" : local] = value;
    else if (uri === NAMESPACE) stop(`there is no attribute ${quoted(attribute.name)}`);
    else if (prefix === "") plain.set(local, value);
    else others.push(attribute);
  }
  return { own, plain, others };
}
