/** Lint of single texts: the strings of JSON, the fields of a PDF (spec/lint.md section 3). */

import { banner } from "../marking.ts";
import { type Finding, finding } from "./finding.ts";
import type { Marks } from "./marks.ts";

/** Strings that as a whole are a marking above the label, and dirty words. */
export function* stringFindings(
  all: Iterable<readonly [where: string, text: string]>,
  marks: Marks,
): Generator<Finding> {
  const { label, exercise } = marks.context;
  const policy = marks.policy(label);
  const { rank } = marks.classification(label);
  const fixes = new Map<number, string>();
  const fixFor = (minRank: number): string => {
    const fix = fixes.get(minRank) ?? `seal it under ${banner(marks.atLeast(label, minRank), policy)}`;
    fixes.set(minRank, fix);
    return fix;
  };
  for (const [where, text] of all) {
    const mark = marks.read(text);
    if (mark !== undefined) {
      yield* marks.againstLabel(mark, where, "part");
      if (mark.exercise && !exercise) yield* marks.frame(mark, where);
    }
    for (const { word, minRank } of marks.words.above(rank, text)) {
      const message = `"${word}" stands in what is sealed as ${label.classification}, and is for more than that`;
      yield finding("dirty-word", where, message, fixFor(minRank), { found: word });
    }
  }
}

/** Every string with its JSON pointer (RFC 6901). */
export function* strings(whole: unknown, top = ""): Generator<readonly [string, string]> {
  if (typeof whole === "string") yield [top, whole];
  const open = [{ path: top, entries: entriesOf(whole) }];
  for (let inner = open.at(-1); inner !== undefined; inner = open.at(-1)) {
    const next = inner.entries.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const [key, entry] = next.value;
    if (typeof entry !== "string" && typeof entry !== "object") continue;
    const path = `${inner.path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (typeof entry === "string") yield [path, entry];
    else open.push({ path, entries: entriesOf(entry) });
  }
}

function entriesOf(value: unknown): Iterator<readonly [string | number, unknown]> {
  if (Array.isArray(value)) return value.entries();
  return Object.entries(typeof value === "object" && value !== null ? value : {}).values();
}
