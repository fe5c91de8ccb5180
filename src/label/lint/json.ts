/** Lint of JSON: what every JSON document is looked through for, and what STIX is handed on (spec/lint.md section 3). */

import { decoded, type Finding, finding } from "./finding.ts";
import type { Marks } from "./marks.ts";
import { isStix, lintStix } from "./stix.ts";
import { stringFindings, strings } from "./strings.ts";

const MAX_DEPTH = 64;
/** Parsed, a value takes far more room than in the file; and different keys of one object most. */
const MAX_VALUES = 320 * 1024;
const MAX_KEYS = 16 * 1024;

/** `stix`: whether the media type says that it is STIX. */
export function lintJson(bytes: Uint8Array, marks: Marks, stix = false): Iterable<Finding> {
  const text = decoded(bytes);
  if (typeof text !== "string") return [text];
  const unreadable = (what: string, fix: string) => [finding("unreadable", "", `${what}, and was not read`, fix)];
  const { depth, values, keys, twice } = outline(text);
  if (depth > MAX_DEPTH) return unreadable(`it is nested more than ${MAX_DEPTH} deep`, "make it flatter");
  if (values > MAX_VALUES) return unreadable(`it has more than ${MAX_VALUES} values`, "split it");
  if (keys > MAX_KEYS) return unreadable(`an object of it has more than ${MAX_KEYS} keys`, "split it");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("it is not JSON", "write it again with the tool that made it");
  }
  if (twice !== undefined) {
    return unreadable(
      `the key "${twice}" stands twice in one object, so that readers see different documents`,
      "keep one",
    );
  }
  if (stix && !isStix(value))
    return unreadable("it holds no STIX objects", "write it again with the tool that made it");
  return isStix(value) ? lintStix(value, marks) : stringFindings(strings(value), marks);
}

/**
 * How deep the brackets go, how many values there are at least, how many keys in one object, and a key that stands twice
 * in one; JSON.parse would keep the last one. No further than to the first limit.
 */
function outline(text: string): {
  readonly depth: number;
  readonly values: number;
  readonly keys: number;
  readonly twice: string | undefined;
} {
  const open: (Set<string> | undefined)[] = [];
  let [depth, values, most, last] = [0, 0, 0, ""];
  let twice: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = stringEnd(text, at);
      last = text.slice(at, end);
      at = end - 1;
    } else if (character === "{" || character === "[") {
      values++;
      open.push(character === "{" ? new Set() : undefined);
      depth = Math.max(depth, open.length);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === ":") {
      const keys = open.at(-1);
      const key = last.includes("\\") ? unescaped(last) : last.slice(1, -1);
      if (keys?.has(key)) twice ??= key;
      most = Math.max(most, keys?.add(key).size ?? 0);
    } else if (character === ",") values++;
    if (depth > MAX_DEPTH || values > MAX_VALUES || most > MAX_KEYS) break;
  }
  return { depth, values, keys: most, twice };
}

/** The place behind the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "\\") end++;
    else if (text[end] === '"') return end + 1;
  }
  return text.length;
}

function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}
