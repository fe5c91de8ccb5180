/** As much of the syntax of PDF (ISO 32000-2 section 7) as its metadata need: objects, strings, streams. */

import { concat } from "../../bytes.ts";

/** The file as text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

export class Name {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
export class Reference {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}
export type Dictionary = ReadonlyMap<string, Value>;
/** A string is its bytes. */
export type Value = null | boolean | number | string | Name | Reference | readonly Value[] | Dictionary;

/** Thrown for what is no PDF object, or nested or repeated beyond reason; never leaves lint. */
export class PdfError extends Error {}

const MAX_DEPTH = 32;
/** Of one object. */
const MAX_VALUES = 256 * 1024;
/** What an attempt costs that came to nothing, in characters: honest files have few. */
const FAILURE = 256;
const NUMBER = /[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})/y;
const REFERENCE = /(\d{1,10})[\0\t\n\f\r ]{1,16}\d{1,5}[\0\t\n\f\r ]{1,16}R(?![^\0\t\n\f\r ()<>[\]{}/%])/y;
const NAME = /\/([^\0\t\n\f\r ()<>[\]{}/%]{0,1024})/y;
const HEX = /<([\dA-Fa-f\0\t\n\f\r ]*)>/y;
const WORD = /(?:true|false|null)(?![^\0\t\n\f\r ()<>[\]{}/%])/y;
const BLANK = /[\0\t\n\f\r ]/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Reads objects at given places. All its reading together is bounded, whatever the file says. */
export class Reader {
  readonly text: string;
  /** Behind what was read last. */
  at = 0;
  private left: number;
  /** How many values the object that was read last consists of. */
  values = 0;

  constructor(text: string) {
    this.text = text;
    this.left = 2 * text.length + 65_536;
  }

  /** The object at `at`. @throws PdfError */
  object(at: number): Value {
    if (this.left < 0) throw new PdfError("its objects overlap beyond reason");
    this.at = at;
    this.values = 0;
    try {
      return this.value(0);
    } catch (error) {
      this.left -= FAILURE;
      throw error;
    } finally {
      this.left -= this.at - at;
    }
  }

  private value(depth: number): Value {
    if (depth > MAX_DEPTH) throw new PdfError();
    if (++this.values > MAX_VALUES) throw new PdfError("an object of it is larger than lint reads");
    this.blanks();
    const { text } = this;
    const next = text[this.at];
    if (next === "(") return this.literal();
    if (next === "/") return this.name();
    if (next === "[") return this.array(depth);
    if (text.startsWith("<<", this.at)) return this.dictionary(depth);
    if (next === "<") return this.hex();
    const reference = this.match(REFERENCE);
    if (reference !== undefined) return new Reference(Number(reference[1]));
    const number = this.match(NUMBER);
    if (number !== undefined) return Number(number[0]);
    const [word = ""] = this.match(WORD) ?? [];
    const meant = WORDS[word];
    if (meant === undefined) throw new PdfError();
    return meant;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found !== undefined) this.at += found[0].length;
    return found;
  }

  /** White space and comments. */
  private blanks(): void {
    for (; this.at < this.text.length; this.at++) {
      const next = this.text[this.at]!;
      if (next === "%") {
        while (this.at < this.text.length && !/[\r\n]/.test(this.text[this.at]!)) this.at++;
      } else if (!BLANK.test(next)) return;
    }
  }

  private name(): Name {
    const [, written = ""] = this.match(NAME) ?? [];
    return new Name(written.replace(/#([\dA-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))));
  }

  private array(depth: number): readonly Value[] {
    const values: Value[] = [];
    for (this.at++; ; ) {
      this.blanks();
      if (this.text[this.at] === "]") {
        this.at++;
        return values;
      }
      values.push(this.value(depth + 1));
    }
  }

  private dictionary(depth: number): Dictionary {
    const entries = new Map<string, Value>();
    for (this.at += 2; ; ) {
      this.blanks();
      if (this.text.startsWith(">>", this.at)) {
        this.at += 2;
        return entries;
      }
      if (this.text[this.at] !== "/") throw new PdfError();
      const { name } = this.name();
      // Readers differ in which of two they take.
      if (entries.has(name)) throw new PdfError();
      entries.set(name, this.value(depth + 1));
    }
  }

  private hex(): string {
    const [, digits] = this.match(HEX) ?? [];
    if (digits === undefined) throw new PdfError();
    const bare = digits.replace(/[\0\t\n\f\r ]/g, "");
    const pair = (i: number): string => bare.slice(2 * i, 2 * i + 2).padEnd(2, "0");
    return latin1(Uint8Array.from({ length: Math.ceil(bare.length / 2) }, (_, i) => parseInt(pair(i), 16)));
  }

  /** A string in parentheses (ISO 32000-2 section 7.3.4.2). */
  private literal(): string {
    const start = ++this.at;
    const special = /\\[\s\S]?|[()]/g;
    special.lastIndex = start;
    let open = 1;
    for (let found = special.exec(this.text); found !== null; found = special.exec(this.text)) {
      if (found[0] === "(") open++;
      if (found[0] !== ")" || --open > 0) continue;
      this.at = special.lastIndex;
      return unescaped(this.text.slice(start, found.index));
    }
    this.at = this.text.length;
    throw new PdfError();
  }
}

/** Any end of line in a string is a line feed, and none behind a backslash. */
const unescaped = (written: string): string =>
  written.replace(
    /\\(?:([0-7]{1,3})|\r\n|([\s\S]))|\r\n?/g,
    (whole: string, octal: string | undefined, next: string | undefined) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 255);
      if (!whole.startsWith("\\")) return "\n";
      return next === undefined || /[\r\n]/.test(next) ? "" : (ESCAPES[next] ?? next);
    },
  );

/** PDFDocEncoding where it is not Latin-1 (ISO 32000-2 annex D.2). */
const PDF_DOC = new Map(
  [
    ...[..."\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"].map((c, i) => [0x18 + i, c] as const),
    ...[
      ..."\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018\u2019\u201a",
    ].map((c, i) => [0x80 + i, c] as const),
    ...[..."\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e"].map(
      (c, i) => [0x92 + i, c] as const,
    ),
    [0xa0, "\u20ac"] as const,
  ].map(([code, character]) => [String.fromCharCode(code), character]),
);

/** A text string (ISO 32000-2 section 7.9.2.2): UTF-16BE, UTF-8 or PDFDocEncoding. What cannot be decoded is U+FFFD. */
export function textString(bytes: string): string {
  const raw = () => Uint8Array.from(bytes, (character) => character.charCodeAt(0));
  if (bytes.startsWith("\u00fe\u00ff")) return new TextDecoder("utf-16be").decode(raw());
  if (bytes.startsWith("\u00ef\u00bb\u00bf")) return new TextDecoder().decode(raw());
  return bytes.replace(/[\x18-\x1f\x80-\xa0]/g, (character) => PDF_DOC.get(character) ?? "\ufffd");
}

/**
 * What DEFLATE in the form of RFC 1950 comes to, or as much of it as is there; undefined where it is longer than `limit`
 * bytes, or nothing comes out.
 */
export async function inflated(data: Uint8Array, limit: number): Promise<Uint8Array | undefined> {
  const reader = new Blob([data.slice()]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
      if (total > limit) {
        await reader.cancel();
        return undefined;
      }
      pieces.push(value);
    }
  } catch {
    // Readers take what came before the damage; so must we.
  }
  return total === 0 ? undefined : concat(...pieces);
}
