/** Lint of single texts: the strings of JSON, the fields of a PDF (spec/lint.md section 3). */

import { banner } from "../marking.ts";
import { type Finding, finding } from "./finding.ts";
import type { Marks } from "./marks.ts";

/** Strings that as a whole are a marking above the label, and dirty words. */
export function stringFindings(
  all: Iterable<readonly [where: string, text: string]>,
  marks: Marks,
): readonly Finding[] {
  const { label, exercise } = marks.context;
  const policy = marks.policy(label);
  const { rank } = marks.classification(label);
  const found: Finding[] = [];
  for (const [where, text] of all) {
    const mark = marks.read(text);
    if (mark !== undefined) {
      found.push(...marks.againstLabel(mark, where, "part"));
      if (mark.exercise && !exercise) found.push(...marks.frame(mark, where));
    }
    for (const { word, minRank } of marks.words.above(rank, text)) {
      const message = `"${word}" stands in what is sealed as ${label.classification}, and is for more than that`;
      const fix = `seal it under ${banner(marks.atLeast(label, minRank), policy)}`;
      found.push(finding("dirty-word", where, message, fix, { found: word }));
    }
  }
  return found;
}

/** Every string with its JSON pointer (RFC 6901). */
export function* strings(value: unknown, path = ""): Generator<readonly [string, string]> {
  if (typeof value === "string") yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    yield* strings(entry, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}
