/** XML of STANAG 4774 to Label (spec/stanag4774.md, X1). */

import type { CborValue } from "../../cbor/codec.ts";
import { newBudget } from "../../cbor/scan.ts";
import { name, type Shape } from "../../cbor/schema.ts";
import { KIND, type Label, labelShape, TAG_TYPE, type Tag, type TagType } from "../label.ts";
import { oidFromText } from "../oid.ts";
import { dateTime } from "../shapes.ts";
import { Pieces } from "./foreign.ts";
import { type Element, type Kind, parseXml, quoted, ROOT, refuse } from "./xml.ts";

/** ADatP-4774 Appendix 1 Table 9. */
const ID_TYPES = [
  "rfc822Name",
  "dNSName",
  "directoryName",
  "uniformResourceIdentifier",
  "iPAddress",
  "x400Address",
  "userPrincipalName",
  "jID",
];
export const isIdType = (type: string): boolean => ID_TYPES.includes(type);

const NAME_START =
  "A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}-\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}";
const NC_NAME = new RegExp(`^[${NAME_START}][${NAME_START}.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}-\\u{2040}-]*$`, "u");
/** Whether a text can be an xs:ID (Namespaces in XML 1.0 section 3, NCName). */
export const isXmlId = (text: string): boolean => NC_NAME.test(text);

const MAX_SUCCESSIONS = 4;
const MAX_PRIVACY_MARK = 1024;

/** What an element may hold beside text, in the order of the schema. */
class Children {
  private at = 0;
  private readonly element: Element;
  constructor(element: Element) {
    this.element = element;
  }
  maybe(name: string): Element | undefined {
    const next = this.element.children[this.at];
    if (next === undefined || !("name" in next) || next.name !== name) return undefined;
    this.at++;
    return next;
  }
  one(name: string): Element {
    const { element, at } = this;
    const found = this.maybe(name);
    if (found !== undefined) return found;
    const next = element.children[at];
    if (next === undefined) return refuse(element.line, `${element.name} has no ${name}`);
    return refuse(next.line, `${"name" in next ? next.name : "foreign XML"} stands where ${name} must stand`);
  }
  all(name: string): readonly Element[] {
    const found: Element[] = [];
    for (let one = this.maybe(name); one !== undefined; one = this.maybe(name)) found.push(one);
    return found;
  }
  /** What is left, which is foreign. */
  foreign() {
    return this.element.children.slice(this.at).map((child) => {
      if ("name" in child)
        return refuse(child.line, `${child.name} stands in ${this.element.name} twice or out of place`);
      return child;
    });
  }
  /** Nothing is left. */
  end(): void {
    const [left] = this.foreign();
    if (left !== undefined) refuse(left.line, `foreign XML may not stand in ${this.element.name}`);
  }
}

const PLACE = { path: "label", budget: newBudget() };
function valid<T>(shape: Shape<T>, value: CborValue, line: number, reason: string): T {
  try {
    return shape.read(value, PLACE);
  } catch {
    return refuse(line, reason);
  }
}
const FORM = "is empty, is too long, has a blank at an end, or holds characters that cannot be seen";
const named = (text: string, line: number, what: string, max?: number): string =>
  valid(name(max), text, line, `${what} ${FORM}`);
const time = (text: string, line: number, what: string): string =>
  valid(dateTime, text, line, `${what} is not a time with a zone, as 2026-11-22T05:00:00Z`);

function textOf(element: Element): string {
  new Children(element).end();
  return element.text;
}
const nameIn = (element: Element, max?: number): string => named(textOf(element), element.line, element.name, max);
const timeIn = (element: Element): string => time(textOf(plain(element)), element.line, element.name);
/** An xs:token: a schema takes several blanks in a row for one. */
function tokenIn(element: Element): string {
  const text = nameIn(element);
  return text.includes("  ") ? refuse(element.line, `${element.name} has two blanks in a row`) : text;
}

/** The attributes of an element that have a place in a label; there may be no others. */
function attributes<const K extends string>(element: Element, ...known: readonly K[]): { readonly [_ in K]?: string } {
  const found: { [_ in K]?: string } = {};
  for (const [key, value] of element.attributes) {
    const name = known.find((name) => name === key);
    if (name === undefined) return refuse(element.line, `${element.name} may not have the attribute ${quoted(key)}`);
    found[name] = value;
  }
  return found;
}
/** An element that may have no attributes at all. */
function plain(element: Element): Element {
  attributes(element);
  if (element.foreign.length > 0) refuse(element.line, `${element.name} may not have foreign attributes`);
  return element;
}

function oidIn(element: Element, uri: string | undefined): Uint8Array | null {
  if (uri === undefined) return null;
  const octets = uri.startsWith("urn:oid:") ? oidFromText(uri.slice(8)) : undefined;
  return octets !== undefined && octets.length <= 64
    ? octets
    : refuse(element.line, `the URI of ${element.name} is not an object identifier, as urn:oid:1.2.3`);
}

function tagOf(element: Element): Tag {
  const { Type, TagName, URI } = attributes(element, "Type", "TagName", "URI");
  if (Type === undefined || !Object.hasOwn(TAG_TYPE, Type)) {
    return refuse(element.line, "the Type of a Category is not RESTRICTIVE, PERMISSIVE or INFORMATIVE");
  }
  const children = new Children(element);
  const values = children.all("GenericValue").map((value) => nameIn(plain(value)));
  children.end();
  const tagName = named(TagName ?? "", element.line, "the TagName of a Category");
  return [Type as TagType, tagName, oidIn(element, URI), values];
}

function originatorOf(element: Element): readonly [string, string] {
  const { IDType = "" } = attributes(element, "IDType");
  if (!isIdType(IDType)) refuse(element.line, "the IDType of OriginatorID is none of ADatP-4774");
  return [IDType, nameIn(element)];
}

/** What the element Extension says, each where STANAG 4774 could not say it. */
function extensionOf(element: Element, kind: Kind, label: Element, hasOriginator: boolean) {
  const isRoot = label.name === ROOT[kind];
  const { line } = element;
  if (element.foreign.length > 0) refuse(line, "Extension may not have foreign attributes");
  new Children(element).end();
  const given = attributes(element, "Kind", "Id", "ReviewDateTime", "IDType", "OriginatorID");
  const { Kind, Id, ReviewDateTime, IDType, OriginatorID } = given;
  const said: { kind?: Kind; id?: string; review?: string; originator?: readonly [string, string] } = {};
  if (Kind !== undefined && !isRoot && Kind !== kind && Object.hasOwn(KIND, Kind)) said.kind = Kind as Kind;
  if (Id !== undefined && !label.attributes.has("Id") && !(isRoot && isXmlId(Id)))
    said.id = named(Id, line, "the Id of Extension");
  if (ReviewDateTime !== undefined && !isRoot)
    said.review = time(ReviewDateTime, line, "the ReviewDateTime of Extension");
  if (IDType !== undefined && OriginatorID !== undefined && !isIdType(IDType) && !hasOriginator) {
    said.originator = [
      named(IDType, line, "the IDType of Extension"),
      named(OriginatorID, line, "the OriginatorID of Extension"),
    ];
  }
  const used = Object.keys(said).length + (said.originator === undefined ? 0 : 1);
  if (used === 0 || used !== element.attributes.size) refuse(line, "Extension says what has another place, or nothing");
  return said;
}

function labelOf(element: Element, kind: Kind, depth = 0): Label {
  if (depth > MAX_SUCCESSIONS) refuse(element.line, `a label holds at most ${MAX_SUCCESSIONS} successions`);
  const isRoot = depth === 0;
  // The schema gives attributes to a label, and none to a successor.
  const { Id, ReviewDateTime } = attributes(isRoot ? element : plain(element), "Id", "ReviewDateTime");
  if (Id !== undefined && !isXmlId(Id)) refuse(element.line, "the Id of the label is not an xs:ID");
  const children = new Children(element);
  const information = plain(children.one("ConfidentialityInformation"));
  const originator = children.maybe("OriginatorID");
  const created = children.one("CreationDateTime");
  const handling = children.maybe("SuccessionHandling");
  const extension = children.maybe("Extension");
  const said = extension && extensionOf(extension, kind, element, originator !== undefined);

  const inside = new Children(information);
  const policy = inside.one("PolicyIdentifier");
  const classification = inside.one("Classification");
  const privacyMark = inside.maybe("PrivacyMark");
  const categories = inside.all("Category");

  const pieces = new Pieces();
  pieces.attributes(element);
  pieces.attributes(policy);
  pieces.attributes(classification);
  for (const [i, category] of categories.entries()) pieces.attributes(category, i + 1);
  pieces.within(information, inside.foreign());
  if (originator !== undefined) pieces.attributes(originator);
  const succession = handling && successionOf(handling, said?.kind ?? kind, depth, pieces);
  pieces.after(children.foreign());

  attributes(classification);
  const review =
    said?.review ??
    (ReviewDateTime === undefined ? undefined : time(ReviewDateTime, element.line, "the ReviewDateTime"));
  const id = said?.id ?? (Id === undefined ? undefined : named(Id, element.line, "the Id"));
  const from = originator === undefined ? said?.originator : originatorOf(originator);
  return {
    kind: said?.kind ?? kind,
    policy: [tokenIn(policy), oidIn(policy, attributes(policy, "URI").URI)],
    classification: tokenIn(classification),
    ...(privacyMark && { privacyMark: nameIn(plain(privacyMark), MAX_PRIVACY_MARK) }),
    ...(categories.length > 0 && { tags: categories.map(tagOf) }),
    ...(from && { originator: from }),
    created: timeIn(created),
    ...(review !== undefined && { review }),
    ...(succession && { succession }),
    ...(id !== undefined && { id }),
    ...(pieces.all.length > 0 && { foreign: pieces.all }),
  };
}

function successionOf(element: Element, kind: Kind, depth: number, pieces: Pieces): readonly [string, Label] {
  const children = new Children(plain(element));
  const due = timeIn(children.one("SuccessionDateTime"));
  const then = labelOf(children.one("SuccessorConfidentialityLabel"), kind, depth + 1);
  pieces.within(element, children.foreign());
  return [due, then];
}

/**
 * Reads a label from a document of at most 1 MiB in UTF-8.
 * @throws DipbagError ERR_LABEL_XML with the line and the reason
 */
export function readLabelXml(document: Uint8Array): Label {
  const root = parseXml(document);
  const kind = (Object.keys(ROOT) as Kind[]).find((kind) => ROOT[kind] === root.name);
  if (kind === undefined) return refuse(root.line, `${root.name} is not a label by itself`);
  return valid(labelShape, labelShape.write(labelOf(root, kind)), root.line, "it has more than a label holds");
}
