/** Lint of PDF: its title and other metadata, not its pages (spec/lint.md section 5). */

import { type Finding, finding, shown } from "./finding.ts";
import { isPortionMark, type Marks, same } from "./marks.ts";
import {
  type Dictionary,
  inflated,
  latin1,
  Name,
  PdfError,
  Reader,
  Reference,
  textString,
  type Value,
} from "./pdf-syntax.ts";
import { stringFindings } from "./strings.ts";

/** One packet of XMP, or field; and all XMP together. */
const MAX_METADATA = 1024 * 1024;
const MAX_XMP = 8 * MAX_METADATA;
const MAX_INFLATED = 64 * 1024 * 1024;
const MAX_STREAM = 16 * 1024 * 1024;
/** Different ones, and all. */
const MAX_FIELDS = 4096;
const MAX_REPEATED = 64 * 1024;
/** Of object streams, of XMP packets, and of trailers. */
const MAX_PARTS = 4096;
const MAX_OBJECTS = 512 * 1024;

/** A field of the metadata; `title`: of the document itself, and what windows and search show. */
interface Field {
  readonly name: string;
  readonly text: string;
  readonly title: boolean;
}

export async function lintPdf(bytes: Uint8Array, marks: Marks): Promise<readonly Finding[]> {
  const file = new PdfFile(bytes);
  let fields: readonly Field[];
  try {
    fields = await fieldsOf(file);
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
    const why = error.message || "its metadata cannot be found";
    return [finding("unreadable", "", `${why}, so that nothing of it was read`, "save it again, without encryption")];
  }
  const isTitle = ({ title, text }: Field): boolean => title && text.trim() !== "";
  const titles = fields.filter(isTitle);
  // A title that is a marking and nothing else has been compared already.
  const rest = fields.filter((field) => !isTitle(field) || marks.read(field.text) === undefined);
  const found = [
    ...(titles.length === 0 ? [unmarked("/Title", "", marks)] : []),
    ...titles.flatMap((one) => titleFindings(one, marks)),
    ...stringFindings(
      rest.map(({ name, text }) => [name, text] as const),
      marks,
    ),
  ];
  return [...new Map(found.map((one) => [JSON.stringify(shown(one)), one])).values()];
}

function unmarked(where: string, title: string, marks: Marks): Finding {
  const proposed = `${marks.labelPortion()} ${title}`.trim();
  const message = title === "" ? "it has no title" : "the title has no marking that can be read";
  return finding("unmarked", where, `${message}; it could be: ${proposed}`, "put the marking into the title", {
    found: title,
  });
}

function titleFindings({ name, text }: Field, marks: Marks): readonly Finding[] {
  const title = text.trim();
  const mark = marks.find(title);
  if (mark === undefined) return [unmarked(name, title, marks)];
  const found = [...marks.faults(mark, name), ...marks.againstLabel(mark, name, "title")];
  if (!isPortionMark(mark)) found.push(...marks.frame(mark, name));
  if (
    found.length > 0 ||
    mark.marking.policy[0] !== marks.context.label.policy[0] ||
    same(mark.marking, marks.context.label)
  )
    return found;
  const message = "the title is marked lower than the label it is to be sealed under";
  const fix = isPortionMark(mark) ? marks.labelPortion() : marks.labelBanner(marks.language(mark));
  return [finding("banner-not-label", name, message, fix, { found: title })];
}

/** Every version of the document information dictionary, and all XMP. */
async function fieldsOf(file: PdfFile): Promise<readonly Field[]> {
  await file.load();
  const infos = file.referred("Info");
  /** The same field stands in every version of a file, and is kept once. */
  const fields = new Map<string, Field>();
  let [count, room] = [0, MAX_XMP];
  const add = (name: string, text: string, title: boolean): void => {
    if (text.length > MAX_METADATA) throw new PdfError("a field of its metadata is too long");
    fields.set(JSON.stringify([title, name, text]), { name, text, title });
    if (fields.size > MAX_FIELDS || ++count > MAX_REPEATED)
      throw new PdfError(`it has more than ${MAX_FIELDS} fields of metadata`);
  };
  for (const [i, info] of infos.entries()) {
    for (const [key, value] of info) {
      // Only the last version is shown; older ones can still be read.
      const title = key === "Title" && i === infos.length - 1;
      for (const bytes of file.strings(value)) add(`/${key}`, textString(bytes), title);
    }
  }
  const own = new Set(
    file
      .referred("Root")
      .map((root) => root.get("Metadata"))
      .flatMap((one) => (one instanceof Reference ? [one.number] : [])),
  );
  for (const stream of file.metadata) {
    const packet = await file.data(stream, Math.min(MAX_METADATA, room));
    room -= packet.length;
    if (room < 0) throw new PdfError("its metadata are too long");
    const xml = decodeXml(packet);
    const title = own.size === 0 || own.has(stream.number);
    for (const [name, text] of properties(xml)) add(name, text, title && /^\w+:title$/.test(name));
  }
  return [...fields.values()];
}

interface Stream {
  readonly number: number;
  readonly dictionary: Dictionary;
  readonly start: number;
  readonly end: number;
}

/**
 * The objects of a file in the order in which they stand there: all of them, superseded ones included, because what was
 * replaced by an update is still in the file. The cross-reference table is not used.
 */
class PdfFile {
  readonly metadata: Stream[] = [];
  private readonly bytes: Uint8Array;
  private readonly reader: Reader;
  private readonly places = new Map<number, number[]>();
  private readonly packed: Stream[] = [];
  private readonly trailers: Dictionary[] = [];
  private readonly unpacked = new Map<number, Dictionary[]>();
  private left = MAX_INFLATED;
  /** How many values the trailers hold. */
  private held = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.reader = new Reader(latin1(bytes));
  }

  async load(): Promise<void> {
    const { text } = this.reader;
    if (!text.slice(0, 1024).includes("%PDF-")) throw new PdfError("it is not a PDF");
    this.scan();
    if (this.trailers.length === 0) throw new PdfError("it has no trailer");
    if (this.trailers.some((trailer) => (trailer.get("Encrypt") ?? null) !== null)) {
      throw new PdfError("it is encrypted");
    }
    const wanted = new Set(["Info", "Root"].flatMap((key) => this.numbers(key)));
    for (const stream of this.packed) await this.unpack(stream, wanted);
    for (const key of ["Info", "Root"]) {
      if (this.numbers(key).length > 0 && this.referred(key).length === 0)
        throw new PdfError(`its ${key} is not there`);
    }
  }

  /** The dictionaries that the trailers refer to as `key`, in all their versions. */
  referred(key: string): readonly Dictionary[] {
    const direct = this.trailers.flatMap((trailer) => asDictionary(trailer.get(key)) ?? []);
    const indirect = [...new Set(this.numbers(key))].flatMap((number) => [
      ...(this.unpacked.get(number) ?? []),
      ...(this.places.get(number) ?? []).flatMap((at) => asDictionary(this.tryObject(at)) ?? []),
    ]);
    return [...direct, ...indirect];
  }

  /** A string, or all versions of one that is an object of its own. @throws PdfError where that is packed away */
  strings(value: Value): readonly string[] {
    if (!(value instanceof Reference)) return typeof value === "string" ? [value] : [];
    const places = this.places.get(value.number) ?? [];
    if (places.length === 0) throw new PdfError("a part of its Info is not there");
    return places.map((at) => this.tryObject(at)).filter((one) => typeof one === "string");
  }

  private numbers(key: string): readonly number[] {
    return this.trailers.flatMap((trailer) => {
      const value = trailer.get(key);
      return value instanceof Reference ? [value.number] : [];
    });
  }

  private scan(): void {
    const { text } = this.reader;
    const word = /(?<=(\d{1,10})[\0\t\n\f\r ]{1,16}\d{1,5}[\0\t\n\f\r ]{1,16})obj|trailer/g;
    for (let found = word.exec(text); found !== null; found = word.exec(text)) {
      const isTrailer = found[0] === "trailer";
      const number = Number(found[1]);
      const value = this.tryObject(word.lastIndex);
      if (value === undefined) continue;
      const behind = this.reader.at;
      const dictionary = asDictionary(value);
      word.lastIndex = behind;
      if (isTrailer) {
        if (dictionary !== undefined) this.keepTrailer(dictionary);
        continue;
      }
      const place = found.index + 3;
      this.places.set(number, [...(this.places.get(number) ?? []).slice(-15), place]);
      if (this.places.size > MAX_OBJECTS) throw new PdfError(`it has more than ${MAX_OBJECTS} objects`);
      const start = dictionary && this.streamStart(behind);
      if (dictionary === undefined || start === undefined) continue;
      const end = this.streamEnd(dictionary, start);
      word.lastIndex = end;
      this.keep({ number, dictionary, start, end });
    }
  }

  private keep(stream: Stream): void {
    const type = stream.dictionary.get("Type");
    const name = type instanceof Name ? type.name : "";
    if (name === "XRef") this.keepTrailer(stream.dictionary);
    if (name === "ObjStm") push(this.packed, stream);
    if (name === "Metadata") push(this.metadata, stream);
  }

  private keepTrailer(trailer: Dictionary): void {
    this.held += this.reader.values;
    if (this.held > MAX_OBJECTS) throw new PdfError("it has larger trailers than lint reads");
    push(this.trailers, trailer);
  }

  private tryObject(at: number): Value | undefined {
    try {
      return this.reader.object(at);
    } catch (error) {
      if (error instanceof PdfError && error.message === "") return undefined;
      throw error;
    }
  }

  private streamStart(behind: number): number | undefined {
    const pattern = /[\0\t\n\f\r ]{0,64}stream(?:\r\n|\n|\r)?/y;
    pattern.lastIndex = behind;
    return pattern.test(this.reader.text) ? pattern.lastIndex : undefined;
  }

  /** By /Length where that is right, else where "endstream" stands. */
  private streamEnd(dictionary: Dictionary, start: number): number {
    const { text } = this.reader;
    const length = dictionary.get("Length");
    const stated = start + (length instanceof Reference ? (this.lengths().get(length.number) ?? 0) : Number(length));
    // What begins before the stream would be read again for each stream that says so.
    const isForward = Number.isSafeInteger(stated) && stated >= start;
    if (isForward && /^\s{0,4}endstream/.test(text.slice(stated, stated + 16))) return stated;
    const end = text.indexOf("endstream", start);
    if (end === -1) return text.length;
    return text.startsWith("\r\n", end - 2) ? end - 2 : /[\r\n]/.test(text[end - 1] ?? "") ? end - 1 : end;
  }

  private known: ReadonlyMap<number, number> | undefined;
  /** Lengths that are objects of their own, and often stand behind their stream. */
  private lengths(): ReadonlyMap<number, number> {
    const pattern = /(?<!\d)(\d{1,10}) \d{1,5} obj[\t\n\r ]{0,4}(\d{1,10})[\t\n\r ]{1,4}endobj/g;
    if (this.known !== undefined) return this.known;
    const known = new Map<number, number>();
    for (const [, number, length] of this.reader.text.matchAll(pattern)) known.set(Number(number), Number(length));
    this.known = known;
    return known;
  }

  /** The decoded bytes of a stream. @throws PdfError where it is longer than `limit`, or coded in a way that is not read */
  async data({ dictionary, start, end }: Stream, limit = MAX_STREAM): Promise<Uint8Array> {
    const raw = this.bytes.subarray(start, end);
    const filter = dictionary.get("Filter") ?? null;
    const [only, more] = Array.isArray(filter) ? (filter as readonly Value[]) : [filter];
    if ((only ?? null) === null) return raw;
    if (!(only instanceof Name && /^(?:FlateDecode|Fl)$/.test(only.name)) || more !== undefined) {
      throw new PdfError("its metadata are coded in a way that lint does not read");
    }
    if ((dictionary.get("DecodeParms") ?? null) !== null) throw new PdfError("its metadata are coded with a predictor");
    const data = await inflated(raw, Math.min(limit, this.left));
    if (data === undefined) throw new PdfError("its metadata cannot be decompressed, or are too long");
    this.left -= data.length;
    return data;
  }

  /** The wanted objects of an object stream (ISO 32000-2 section 7.5.7). */
  private async unpack(stream: Stream, wanted: ReadonlySet<number>): Promise<void> {
    const first = Number(stream.dictionary.get("First"));
    const text = latin1(await this.data(stream));
    const numbers: number[] = [];
    for (const [number] of text.slice(0, first).matchAll(/\d{1,10}/g)) {
      numbers.push(Number(number));
      if (numbers.length > MAX_OBJECTS) throw new PdfError(`it has more than ${MAX_OBJECTS} objects`);
    }
    const reader = new Reader(text);
    for (let i = 0; i + 1 < numbers.length; i += 2) {
      const number = numbers[i]!;
      if (!wanted.has(number)) continue;
      const dictionary = asDictionary(reader.object(first + numbers[i + 1]!));
      if (dictionary !== undefined)
        this.unpacked.set(number, [...(this.unpacked.get(number) ?? []).slice(-15), dictionary]);
    }
  }
}

function push<T>(list: T[], part: T): void {
  if (list.length === MAX_PARTS) throw new PdfError("it has more trailers or metadata than lint reads");
  list.push(part);
}

const asDictionary = (value: Value | undefined): Dictionary | undefined => (value instanceof Map ? value : undefined);

/** UTF-8, or UTF-16 with its mark (XMP, ISO 16684-1 section 7.1). */
function decodeXml(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  return new TextDecoder().decode(bytes);
}

const CONTAINERS = /^(?:rdf:(?:li|Alt|Seq|Bag|Description|RDF)|x:xmpmeta)$/;

/** The texts of an XMP packet under the names of their properties, which may be elements or attributes. */
function* properties(xml: string): Generator<readonly [name: string, text: string]> {
  /** The property that each open element is, or is in. */
  const open: string[] = [];
  for (const [, tag, text] of xml.matchAll(/<([^<>]*)>|([^<]+)/g)) {
    if (text !== undefined) {
      const name = open.at(-1) ?? "";
      if (name !== "" && text.trim() !== "") yield [name, characters(text).trim()];
      continue;
    }
    if (tag === undefined || /^[?!]/.test(tag)) continue;
    if (tag.startsWith("/")) {
      open.pop();
      continue;
    }
    const [name = ""] = /^[\w:.-]{1,128}/.exec(tag) ?? [];
    for (const [, key = "", double, single] of tag.matchAll(
      /\s([\w:.-]{1,128})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')/g,
    )) {
      if (!/^(?:xmlns|xml|rdf:)/.test(key)) yield [key, characters(double ?? single ?? "")];
    }
    if (!tag.endsWith("/")) open.push(CONTAINERS.test(name) ? (open.at(-1) ?? "") : name);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const characters = (text: string): string =>
  text.replace(
    /&(?:#x([\dA-Fa-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      const code = hex !== undefined ? parseInt(hex, 16) : Number(decimal);
      if (name !== undefined) return ENTITIES[name] ?? whole;
      return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    },
  );
