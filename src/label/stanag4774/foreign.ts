/**
 * Foreign XML of a label, in pieces that stand alone (spec/stanag4774.md section 4): an element that follows what the
 * standard puts into a label, as it is; anything else in a wrapper in no namespace, named as the element it stands in.
 */

import { utf8 } from "../../bytes.ts";
import { type Element, type Foreign, NAMESPACE, PREFIX, refuse, type Scope } from "./xml.ts";

const MAX_PIECES = 16;
const MAX_PIECE = 65_536;

export const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;" })[character] ?? "&gt;");
/** For an attribute in double quotes; what a reader would make a blank of is written as a reference. */
export const escapeAttribute = (text: string): string =>
  escapeText(text).replace(/["\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

/** What a label gathers while it is read, in the order of the document. Nothing is built beyond what a label holds. */
export class Pieces {
  readonly all: Uint8Array[] = [];

  /** The foreign attributes of an element; of several elements of this name, the one with this number. */
  attributes(element: Element, number?: number): void {
    const { foreign, scope, line, name } = element;
    if (foreign.length === 0) return;
    this.add(line, () => {
      const bound = inScope(scope);
      if ((bound.get(PREFIX) ?? NAMESPACE) !== NAMESPACE) {
        refuse(line, `beside a foreign attribute the prefix ${PREFIX} may stand for STANAG 4774 only`);
      }
      bound.delete(PREFIX);
      bound.delete("");
      const written = foreign.map(({ name, value }) => ` ${name}="${escapeAttribute(value)}"`);
      const place = number === undefined ? "" : ` number="${number}"`;
      return `<${name} xmlns=""${place}${declared(bound)}${written.join("")}/>`;
    });
  }

  /** Foreign elements at the end of an element within the label. */
  within({ name, line }: Element, elements: readonly Foreign[]): void {
    if (elements.length === 0) return;
    this.add(line, () => {
      let held = "";
      for (const element of elements) {
        held += standing(element);
        if (held.length > MAX_PIECE) tooMuch(line);
      }
      return `<${name} xmlns="">${held}</${name}>`;
    });
  }

  /** Foreign elements at the end of the label. */
  after(elements: readonly Foreign[]): void {
    for (const element of elements) this.add(element.line, () => standing(element));
  }

  private add(line: number, make: () => string): void {
    if (this.all.length === MAX_PIECES) tooMuch(line);
    const piece = utf8(make());
    if (piece.length > MAX_PIECE) tooMuch(line);
    this.all.push(piece);
  }
}

const tooMuch = (line: number): never =>
  refuse(line, `a label holds at most ${MAX_PIECES} pieces of foreign XML of ${MAX_PIECE} bytes`);

/** A foreign element with the declarations around it that it does not make itself. */
function standing({ head, tail, scope }: Foreign): string {
  const bound = inScope(scope.outer);
  for (const prefix of [PREFIX, ""]) if (bound.get(prefix) === NAMESPACE) bound.delete(prefix);
  if (bound.get("") === "") bound.delete("");
  for (const prefix of Object.keys(scope.own)) bound.delete(prefix);
  return head + declared(bound) + tail;
}

function inScope(scope: Scope | undefined): Map<string, string> {
  const bound = new Map<string, string>();
  for (let at = scope; at !== undefined; at = at.outer) {
    for (const [prefix, uri] of Object.entries(at.own)) if (!bound.has(prefix)) bound.set(prefix, uri);
  }
  bound.delete("xml");
  return bound;
}

const declared = (bound: ReadonlyMap<string, string>): string =>
  [...bound.keys()]
    .sort()
    .map((prefix) => ` xmlns${prefix && `:${prefix}`}="${escapeAttribute(bound.get(prefix) ?? "")}"`)
    .join("");

/** Where the pieces of a label stand when it is written. */
export interface Places {
  /** By the name of an element, followed by its number where there are several. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly within: ReadonlyMap<string, string>;
  readonly after: string;
}

const WRAPPER = /^<(\w+) xmlns=""(?: number="(\d{1,3})")?(?:( .*)\/|>(.*)<\/\1)>$/s;

/** Takes pieces apart. What is not in the form that reading gives is found by reading what was written. */
export function placesOf(pieces: readonly string[]): Places {
  const attributes = new Map<string, string>();
  const within = new Map<string, string>();
  let after = "";
  for (const piece of pieces) {
    const [, name, number = "", written, held] = WRAPPER.exec(piece) ?? [];
    if (name === undefined) after += piece;
    else if (written !== undefined) attributes.set(name + number, written);
    else within.set(name, held ?? "");
  }
  return { attributes, within, after };
}
