/** Label to XML of STANAG 4774 (spec/stanag4774.md, X2). */

import { equal, fromUtf8, utf8 } from "../../bytes.ts";
import { encode } from "../../cbor/codec.ts";
import { DipbagError, fail } from "../../errors.ts";
import { type Label, labelShape, type Tag } from "../label.ts";
import { oidText } from "../oid.ts";
import { escapeAttribute, escapeText, type Places, placesOf } from "./foreign.ts";
import { isIdType, isXmlId, readLabelXml } from "./read.ts";
import { EXTENSION, type Kind, NAMESPACE, PREFIX, ROOT } from "./xml.ts";

const refuse = (reason: string): never => fail("ERR_LABEL_UNWRITABLE", { form: "XML of STANAG 4774", reason });

/**
 * The one document of this label: an XML declaration, a line feed, the label without white space between elements, a line
 * feed. It is read again, and returned only if it says the same.
 * @throws DipbagError ERR_LABEL_UNWRITABLE
 */
export function writeLabelXml(label: Label): Uint8Array {
  const document = utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${written(label)}\n`);
  let again: Label;
  try {
    again = readLabelXml(document);
  } catch (error) {
    if (error instanceof DipbagError) return refuse(String(error.details.reason));
    throw error;
  }
  const same = equal(encode(labelShape.write(again)), encode(labelShape.write(label)));
  return same ? document : refuse("its foreign XML is not in the form that it has in a label");
}

/** A label; or the successor of one of kind `outer`. */
function written(label: Label, outer?: Kind): string {
  const { kind, policy, classification, privacyMark, tags = [], originator, created, succession, foreign = [] } = label;
  const places = placesOf(foreign.map(textOf));
  const information = element("ConfidentialityInformation", places, {}, [
    element("PolicyIdentifier", places, { URI: uri(policy[1]) }, [escapeText(policy[0])]),
    element("Classification", places, {}, [escapeText(classification)]),
    privacyMark !== undefined && element("PrivacyMark", places, {}, [escapeText(privacyMark)]),
    ...tags.map((tag, i) => category(tag, places, i + 1)),
  ]);
  const isKnown = originator !== undefined && isIdType(originator[0]);
  const parts = [
    information,
    isKnown && element("OriginatorID", places, { IDType: originator[0] }, [escapeText(originator[1])]),
    element("CreationDateTime", places, {}, [escapeText(created)]),
    succession &&
      element("SuccessionHandling", places, {}, [
        element("SuccessionDateTime", places, {}, [escapeText(succession[0])]),
        written(succession[1], kind),
      ]),
    extension(label, outer),
    places.after,
  ];
  if (outer !== undefined) return element("SuccessorConfidentialityLabel", places, {}, parts);
  const { id, review } = label;
  const own = { [`xmlns:${PREFIX}`]: NAMESPACE, Id: id !== undefined && isXmlId(id) ? id : undefined };
  return element(ROOT[kind], places, { ...own, ReviewDateTime: review }, parts);
}

const category = ([Type, TagName, oid, values]: Tag, places: Places, number: number): string =>
  element(
    "Category",
    places,
    { Type, TagName, URI: uri(oid) },
    values.map((value) => element("GenericValue", places, {}, [escapeText(value)])),
    number,
  );

/** The element that says what the schema has no place for; empty where there is nothing of that. */
function extension({ kind, id, review, originator }: Label, outer: Kind | undefined): string {
  const isSuccessor = outer !== undefined;
  const [IDType, OriginatorID] = originator !== undefined && !isIdType(originator[0]) ? originator : [];
  const said = attributes({
    Kind: isSuccessor && kind !== outer ? kind : undefined,
    Id: id !== undefined && (isSuccessor || !isXmlId(id)) ? id : undefined,
    ReviewDateTime: isSuccessor ? review : undefined,
    IDType,
    OriginatorID,
  });
  return said && `<dipbag:Extension xmlns:dipbag="${EXTENSION}"${said}/>`;
}

type Attributes = Readonly<Record<string, string | undefined>>;

const attributes = (given: Attributes): string =>
  Object.entries(given)
    .map(([name, value]) => (value === undefined ? "" : ` ${name}="${escapeAttribute(value)}"`))
    .join("");

/** An element of the standard with the foreign XML that has its place there. */
function element(
  name: string,
  places: Places,
  own: Attributes,
  parts: readonly (string | false | undefined)[],
  number?: number,
) {
  const start = `${PREFIX}:${name}${attributes(own)}${places.attributes.get(`${name}${number ?? ""}`) ?? ""}`;
  const held = parts.map((part) => part || "").join("") + (places.within.get(name) ?? "");
  return held === "" ? `<${start}/>` : `<${start}>${held}</${PREFIX}:${name}>`;
}

const uri = (oid: Uint8Array | null): string | undefined =>
  oid === null ? undefined : `urn:oid:${oidText(oid) ?? refuse("it names an object identifier that is none")}`;

function textOf(piece: Uint8Array): string {
  try {
    return fromUtf8(piece);
  } catch {
    return refuse("its foreign XML is not in UTF-8");
  }
}
