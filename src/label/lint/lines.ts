/** The lines of a text, and what of them are markings (spec/lint.md section 2). */

import { hides, isPortionMark, type Mark, type Marks } from "./marks.ts";

/** No banner or portion mark is looked for behind this many characters of a line. */
export const MARK_ROOM = 1200;
/** Not blank. */
export const MAX_LINES = 128 * 1024;
const BULLET = "-*+\u2022\u2013\u2014\u00b7\u25aa\u25e6\u2023";
/** What stands around a banner without being part of it: rules, emphasis, comments, brackets. */
const DECORATION = /[\s*_#>|=~`+<!/\-[\]]/;
const PORTION = new RegExp(
  `^(?<lead>[\\s\\p{Cf}>|#*_]*(?:(?<bullet>[${BULLET.replace("-", "\\-")}])\\s+)?` +
    "(?:(?:§\\s*)?(?<number>\\d{1,3}(?:\\.\\d{1,3}){0,5})(?:(?<point>[.)])\\s*|\\s+)|[a-zA-Z][.)]\\s*|[ivxlIVXL]{1,6}[.)]\\s*|\\([a-z\\d]{1,3}\\)\\s*)?" +
    "[*_]*)(?<mark>[([（【{][^()（）\\n]{1,1023}[)\\]）】}])?",
  "u",
);

/** A line that is not blank. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** Without what decorates it. */
  readonly core: string;
  readonly banner?: Mark | undefined;
  readonly portion?: Mark | undefined;
  /** Stands where a marking stands, and cannot be read. */
  readonly unreadable?: { readonly text: string; readonly fix: string } | undefined;
  readonly list?: "bullet" | "number" | undefined;
  readonly item?: string | undefined;
  /** Where the text behind the portion mark begins. */
  readonly start: number;
  /** Whether it is in a block of code. */
  readonly fenced: boolean;
  /** Whether it stands behind a blank line, or one of decoration only. */
  readonly apart: boolean;
}

/** The lines that are not blank; undefined where there are more than `MAX_LINES`. */
export function linesOf(text: string, marks: Marks): readonly Line[] | undefined {
  const plain: Plain[] = [];
  let [fenced, apart] = [false, true];
  const ends = /\r\n|[\n\r]|$/g;
  for (let [number, start] = [1, 0]; start <= text.length; start = ends.lastIndex, number++) {
    const end = ends.exec(text);
    if (end === null) break;
    const line = text.slice(start, end.index);
    if (end[0] === "") ends.lastIndex = text.length + 1;
    if (/^\s{0,3}(?:```|~~~)/.test(line)) fenced = !fenced;
    const core = line.length > MARK_ROOM ? line : undecorated(line);
    if (core !== "") plain.push({ number, text: line, core, fenced, apart });
    if (plain.length > MAX_LINES) return undefined;
    apart = core === "";
  }
  return plain.map((line, i) => withMarks(line, i === 0 || i === plain.length - 1, marks));
}

type Plain = Pick<Line, "number" | "text" | "core" | "fenced" | "apart">;

/** `edge`: whether it is the first or the last. */
function withMarks(line: Plain, edge: boolean, marks: Marks): Line {
  const banner = readBanner(line.core, edge, marks);
  if (banner !== undefined) {
    return hides(line.text, line.text.length)
      ? { ...line, start: 0, unreadable: { text: line.text, fix: banner.text } }
      : { ...line, start: 0, banner };
  }
  const { lead = "", bullet, number, point, mark: written } = PORTION.exec(line.text.slice(0, MARK_ROOM))?.groups ?? {};
  // "20 November" at the beginning of a line is no item 20.
  const item = point === undefined && written === undefined ? undefined : number;
  const list = item !== undefined ? "number" : bullet !== undefined ? "bullet" : undefined;
  const common = { ...line, list, item, start: lead.length } as const;
  if (written !== undefined) {
    const portion = marks.read(written);
    const end = lead.length + written.length;
    if (portion !== undefined && !hides(line.text, end)) return { ...common, portion, start: end };
    const fix = portion?.text ?? marks.near(written, false);
    if (fix !== undefined) return { ...common, unreadable: { text: line.text.slice(0, end), fix } };
  }
  // Code and tables speak of markings more often than they are marked.
  const quoted = !edge && (line.fenced || line.core.includes("|"));
  const fix = quoted ? undefined : marks.near(line.core, edge);
  return { ...common, unreadable: fix === undefined ? undefined : { text: line.core, fix } };
}

function undecorated(line: string): string {
  let [start, end] = [0, line.length];
  while (start < end && DECORATION.test(line[start]!)) start++;
  while (end > start && DECORATION.test(line[end - 1]!)) end--;
  return line.slice(start, end);
}

/** A line that is a banner, or says "Classification:" and a banner; at the top and bottom also one beside a page number. */
function readBanner(core: string, edge: boolean, marks: Marks): Mark | undefined {
  if (core.length > MARK_ROOM) return undefined;
  const whole = marks.read(core) ?? marks.read(core.replace(/^\p{L}[\p{L} ]{0,30}:\s+/u, ""));
  if (whole !== undefined) return isPortionMark(whole) ? undefined : whole;
  const cells = edge ? core.split(/\s{3,}|\t|\|/) : [];
  return cells.map((cell) => marks.read(cell.trim())).find((mark) => mark !== undefined && !isPortionMark(mark));
}
