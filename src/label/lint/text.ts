/** Lint of text: banners at the top and bottom, portion marks at the beginning of paragraphs (spec/lint.md section 2). */

import { portionMark } from "../marking.ts";
import { decoded, type Finding, finding } from "./finding.ts";
import { type Line, linesOf, MARK_ROOM, MAX_LINES } from "./lines.ts";
import { type Mark, type Marks, same, unreadableRule } from "./marks.ts";

/** A paragraph, and its mark. */
interface Portion {
  readonly lines: readonly [Line, ...Line[]];
  readonly mark: Mark | undefined;
}

/** In no order: `where` is the number of a line. */
export function* lintText(bytes: Uint8Array, marks: Marks): Generator<Finding> {
  const text = decoded(bytes);
  if (typeof text !== "string") {
    yield text;
    return;
  }
  const lines = linesOf(text, marks);
  if (lines === undefined) {
    yield finding("unreadable", "1", `it has more than ${MAX_LINES} lines, and was not read`, "split it");
    return;
  }
  if (lines.length === 0) return;
  const banners = lines.flatMap((line) => (line.banner === undefined ? [] : [{ line, mark: line.banner }]));
  const top = mainBanner(banners, marks);
  const portions = portionsOf(lines);
  for (const line of lines) yield* unreadable(line);
  yield* pageFindings(lines, banners, top, marks);
  yield* portionFindings(portions, top, marks);
  yield* dirtyFindings(portions, top, marks);
}

const unreadable = (line: Line): readonly Finding[] => {
  if (line.unreadable === undefined) return [];
  const { text, fix } = line.unreadable;
  const rule = unreadableRule(line.text);
  const message =
    rule === "hidden-character"
      ? "in or beside this marking are characters that cannot be seen"
      : "this looks like a marking and cannot be read as one";
  return [finding(rule, String(line.number), message, fix, { portion: nameOf(line), found: text.trim() })];
};

const nameOf = ({ item }: Line): string | undefined => (item === undefined ? undefined : `p${item}`);

interface Banner {
  readonly line: Line;
  readonly mark: Mark;
}

/** The banner that speaks for the document: in the policy of the label where there is one, else not TLP. */
function mainBanner(banners: readonly Banner[], { context: { label } }: Marks): Mark | undefined {
  const policyOf = ({ mark }: Banner): string => mark.marking.policy[0];
  const own = banners.find((banner) => policyOf(banner) === label.policy[0]);
  return (own ?? banners.find((banner) => policyOf(banner) !== "TLP") ?? banners[0])?.mark;
}

function* pageFindings(
  lines: readonly Line[],
  banners: readonly Banner[],
  top: Mark | undefined,
  marks: Marks,
): Generator<Finding> {
  const { label } = marks.context;
  if (top === undefined) {
    const isPublic = marks.classification(label).release === "public";
    if (isPublic || lines.some((line) => line.unreadable !== undefined && nameOf(line) === undefined)) return;
    const message = "the document has no banner that can be read";
    yield finding("unmarked", String(lines[0]?.number ?? 1), message, marks.labelBanner());
    return;
  }
  const language = marks.language(top);
  const isMain = ({ mark }: Banner): boolean => mark.marking.policy[0] === top.marking.policy[0];
  const atEdge = (run: readonly Line[]): boolean => {
    const end = run.findIndex(({ banner }) => banner === undefined);
    return run
      .slice(0, end === -1 ? run.length : end)
      .some(({ banner }) => banner?.marking.policy[0] === top.marking.policy[0]);
  };
  const missing = (place: "first" | "last"): readonly Finding[] => {
    const line = place === "first" ? lines[0] : lines.at(-1);
    if (line === undefined || line.unreadable !== undefined) return [];
    if (atEdge(place === "first" ? lines : lines.toReversed())) return [];
    const message = `the banner does not stand as the ${place} line`;
    return [finding("banner-missing", String(line.number), message, top.text, { found: line.core })];
  };
  yield* missing("first");
  yield* missing("last");
  /** The first banner of each policy, and what each other one should be, "" where it is the same. */
  const firsts = new Map<string, Mark>();
  const fixes = new Map<string, string>();
  for (const { line, mark } of banners) {
    const [name] = mark.marking.policy;
    const first = firsts.get(name) ?? mark;
    firsts.set(name, first);
    const instead = () => (isMain({ line, mark }) ? marks.labelBanner(marks.language(mark)) : first.text);
    const fix = fixes.get(mark.text) ?? (same(first.marking, mark.marking) ? "" : instead());
    fixes.set(mark.text, fix);
    const message = `this banner is not the one that stands above it, ${first.text}`;
    if (fix !== "") yield finding("banner-differs", String(line.number), message, fix, { found: mark.text });
  }
  for (const { line, mark } of banners.filter(isMain)) yield* marks.frame(mark, String(line.number));
  for (const { line, mark } of once(banners, ({ mark }) => mark.text)) {
    const where = String(line.number);
    const above = [...marks.faults(mark, where), ...marks.againstLabel(mark, where, "document", language)];
    yield* above;
    const own = mark.marking.policy[0] === label.policy[0];
    if (above.length > 0 || !own || same(mark.marking, label)) continue;
    const message = `the document is marked lower than the label it is to be sealed under`;
    const fix = marks.labelBanner(marks.language(mark));
    yield finding("banner-not-label", where, message, fix, { found: mark.text });
  }
}

/**
 * Paragraphs: what stands between blank lines, and within them what has a mark of its own, or is an item of a list of
 * which items are marked. Bullets without marks belong to the paragraph before them.
 */
function portionsOf(lines: readonly Line[]): readonly Portion[] {
  const marked = new Set(lines.flatMap(({ portion, list }) => (portion !== undefined && list ? [list] : [])));
  const portions: { lines: [Line, ...Line[]]; mark: Mark | undefined }[] = [];
  let open = false;
  for (const line of lines) {
    if (line.banner !== undefined) {
      open = false;
      continue;
    }
    const current = portions.at(-1);
    const follows = (open && !line.apart) || (line.list === "bullet" && !marked.has("bullet"));
    const own = line.portion !== undefined || line.unreadable !== undefined || (line.list && marked.has(line.list));
    if (current !== undefined && follows && !own) current.lines.push(line);
    else portions.push({ lines: [line], mark: line.portion });
    open = true;
  }
  return portions;
}

function* portionFindings(portions: readonly Portion[], top: Mark | undefined, marks: Marks): Generator<Finding> {
  const { label } = marks.context;
  const marked = portions.flatMap(({ lines: [line], mark }) => (mark === undefined ? [] : [{ line, mark }]));
  if (marked.length === 0) return;
  const fix = marks.labelPortion();
  for (const portion of portions) {
    const [line] = portion.lines;
    if (portion.mark !== undefined || line.unreadable !== undefined || !isProse(portion)) continue;
    const message = "this paragraph has no mark, and others have; as long as nobody knows better, it is as the whole";
    const more = { portion: nameOf(line), found: line.text.trim().slice(0, 60) };
    yield finding("unmarked-paragraph", String(line.number), message, fix, more);
  }
  const kinds = once(marked, ({ mark }) => mark.text);
  for (const { line, mark } of kinds) yield* marks.faults(mark, String(line.number), nameOf(line));
  const [own, foreign] = [
    marked.filter(({ mark }) => mark.marking.policy[0] === (top?.marking ?? label).policy[0]),
    kinds.filter(({ mark }) => mark.marking.policy[0] !== (top?.marking ?? label).policy[0]),
  ];
  const language = top === undefined ? "en" : marks.language(top);
  for (const { line, mark } of foreign) yield* marks.againstLabel(mark, String(line.number), "paragraph");
  yield* againstBanner(own, top, language, marks);
}

const RULE_OF = {
  rank: "banner-below-portion",
  release: "release-wider-than-portion",
  tag: "marking-missing",
} as const;

/** What the banner must still get, once for each thing: the highest classification only, each release list, each value. */
function againstBanner(
  marked: readonly { readonly line: Line; readonly mark: Mark }[],
  top: Mark | undefined,
  language: string,
  marks: Marks,
): readonly Finding[] {
  const { label } = marks.context;
  const over = top?.marking ?? label;
  const short = once(marked, ({ mark }) => mark.text).flatMap(({ line, mark }) =>
    marks.shortfalls(over, mark.marking, language).map((shortfall) => ({ line, mark, ...shortfall })),
  );
  const rankOf = ({ mark }: { mark: Mark }): number => marks.classification(mark.marking).rank;
  const highest = Math.max(...short.filter(({ what }) => what === "rank").map(rankOf));
  const kept = short.filter((one) => one.what !== "rank" || rankOf(one) === highest);
  return once(kept, ({ what, fix }) => `${what} ${fix}`).map(({ line, mark, what, reason, fix }) => {
    const whole =
      top === undefined ? `the label is ${marks.banner(label)}` : `the banner is ${marks.banner(over, language)}`;
    const name = nameOf(line);
    const message = `${name === undefined ? "this paragraph" : `portion ${name}`} ${reason}, and ${whole}`;
    return finding(RULE_OF[what], String(line.number), message, fix, { portion: name, found: mark.text });
  });
}

/** Dirty words of the label's policy in what is marked too low for them. */
function* dirtyFindings(portions: readonly Portion[], top: Mark | undefined, marks: Marks): Generator<Finding> {
  const { label } = marks.context;
  const policy = marks.policy(label);
  const isOwn = (mark: Mark | undefined): mark is Mark => mark?.marking.policy[0] === label.policy[0];
  const whole = isOwn(top) ? top.marking : label;
  for (const { lines, mark } of portions) {
    const marking = isOwn(mark) ? mark.marking : whole;
    const text = lines.map((line) => line.text).join("\n");
    for (const { word, minRank, at } of marks.words.above(marks.classification(marking).rank, text)) {
      const line = lines[text.slice(0, at).split("\n").length - 1] ?? lines[0];
      const fix = portionMark(marks.atLeast(marking, minRank), policy);
      const message = `"${word.replace(/\s+/g, " ")}" stands in what is ${marking.classification}, and is for more than that`;
      yield finding("dirty-word", String(line.number), message, fix, { portion: nameOf(lines[0]), found: word });
    }
  }
}

/** Whether it is sentences: no heading, table, metadata or code, which need not be marked. */
function isProse({ lines }: Portion): boolean {
  const text = lines
    .filter((line) => !line.fenced && !isTabular(line))
    .map((line) => line.text.slice(line.start).trim())
    .join(" ")
    .slice(0, 10_000);
  if (/^\s*#/.test(lines[0].text) || !/\p{Ll}|\p{Lo}/u.test(text)) return false;
  const words = text.match(/\p{L}+/gu) ?? [];
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  return (
    words.length >= 20 || (/[.!?\u2026\u3002\u061f]["'”’»)\]*_]*$/u.test(text) && (words.length >= 4 || letters >= 20))
  );
}

/** Columns, or "Key: value". */
const isTabular = ({ text }: Line): boolean =>
  /[^\s.!?:;,] {2,}\S|\S\t+\S|^\s*\|/u.test(text.slice(0, MARK_ROOM)) ||
  /^\s*\p{L}[\p{L}\d ]{0,30}:\s+\S/u.test(text.slice(0, MARK_ROOM));

function once<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  const seen = new Map<string, T>();
  for (const one of all) if (!seen.has(key(one))) seen.set(key(one), one);
  return [...seen.values()];
}
