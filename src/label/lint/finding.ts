/** What lint reports, and what it is told: the vocabulary of spec/lint.md. */

import { fromUtf8 } from "../../bytes.ts";
import { visible } from "../../text.ts";
import type { TLP } from "../label.ts";
import type { Marking, Sealing } from "../valid.ts";

/** Documents above this are not examined. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

export type Severity = "error" | "warning" | "info";

/**
 * Every rule and its severity. Error: the document contradicts itself or its label, or cannot be read. Warning: something
 * is missing that contradicts nothing. Info: it was not looked at.
 */
export const RULES = {
  "banner-below-portion": "error",
  "release-wider-than-portion": "error",
  "marking-missing": "error",
  "unmarked-paragraph": "error",
  "banner-differs": "error",
  "banner-missing": "warning",
  "banner-above-label": "error",
  "banner-not-label": "warning",
  "policy-differs": "error",
  "exercise-frame": "error",
  "marking-unreadable": "error",
  "marking-invalid": "error",
  "hidden-character": "error",
  "dirty-word": "error",
  "tlp-above-envelope": "error",
  "tlp-not-stated": "warning",
  "tlp-two": "error",
  unmarked: "warning",
  "marking-unknown": "error",
  "marking-contradicts": "error",
  "marking-malformed": "error",
  "selector-unresolved": "error",
  "duplicate-id": "error",
  unreadable: "error",
  "not-examined": "info",
  "more-findings": "warning",
} as const satisfies Record<string, Severity>;
export type Rule = keyof typeof RULES;

export interface Finding {
  readonly rule: Rule;
  readonly severity: Severity;
  /** The number of a line, the id of a STIX object, a JSON pointer (RFC 6901), or a field of a PDF, made visible. */
  readonly where: string;
  /** A numbered paragraph: p3. */
  readonly portion?: string;
  /** What stands there, made visible. */
  readonly found?: string;
  /** One sentence. */
  readonly message: string;
  /** What to put there. */
  readonly fix: string;
}

export interface Document {
  readonly name: string;
  /** With or without parameters (RFC 2045). */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Who seals it when (the nation may be "", where it is not known), under which policies, and as what. */
export interface LintContext extends Sealing {
  readonly label: Marking;
  /** Of the handling. */
  readonly tlp?: keyof typeof TLP | undefined;
  readonly exercise: boolean;
}

const SHOWN = 160;

/** As it is found; `shown` makes it fit to be told. */
export function finding(
  rule: Rule,
  where: string,
  message: string,
  fix: string,
  { portion, found }: { readonly portion?: string | undefined; readonly found?: string | undefined } = {},
): Finding {
  return {
    rule,
    severity: RULES[rule],
    where,
    ...(portion !== undefined && { portion }),
    ...(found !== undefined && { found }),
    message,
    fix,
  };
}

/** `where` and `found` come from the document, and pieces of it stand in the rest: all are made visible, and cut. */
export function shown({ rule, severity, where, portion, found, message, fix }: Finding): Finding {
  // What is made visible never gets shorter: what lies behind the cut need not be looked at.
  const cut = (text: string, max: number): string => visible(text.slice(0, max + 2), max);
  return {
    rule,
    severity,
    where: cut(where, SHOWN),
    ...(portion !== undefined && { portion: cut(portion, SHOWN) }),
    ...(found !== undefined && { found: cut(found, SHOWN) }),
    message: cut(message, 4 * SHOWN),
    fix: cut(fix, 8 * SHOWN),
  };
}

const MAX_FINDINGS = 256;

interface Entry {
  readonly one: Finding;
  readonly place: number;
  readonly count: number;
}
const inOrder = (a: Entry, b: Entry): number => a.place - b.place || a.count - b.count;

/** Keeps the first findings, errors before others, and counts the rest: a document may well have millions. */
export class Findings {
  private readonly errors: Entry[] = [];
  private readonly others: Entry[] = [];
  private count = 0;

  /** They are told by place, and at one place in the order in which they came. */
  add(one: Finding, place = 0): void {
    const kept = one.severity === "error" ? this.errors : this.others;
    kept.push({ one, place, count: this.count++ });
    if (kept.length === 2 * MAX_FINDINGS) kept.sort(inOrder).length = MAX_FINDINGS;
  }

  /** At most 256, made visible; errors stay, and of too many the mildest are counted only. */
  told(): readonly Finding[] {
    const kept = [...this.errors.sort(inOrder), ...this.others.sort(inOrder)];
    const isCut = this.count > MAX_FINDINGS;
    const told = isCut ? kept.slice(0, MAX_FINDINGS - 1) : kept;
    const found = told.sort(inOrder).map(({ one }) => shown(one));
    if (!isCut) return found;
    const more = `${this.count - found.length} more findings are not shown`;
    return [...found, finding("more-findings", "", more, "mend these and lint it again")];
  }
}

/** The text of a document, or what is wrong with it. A byte order mark is dropped. */
export function decoded(bytes: Uint8Array): string | Finding {
  const unreadable = (what: string) => finding("unreadable", "1", `${what}, and was not read`, "save it as UTF-8");
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return unreadable("it is UTF-16");
  if (bytes.includes(0)) return unreadable("it holds zero bytes, as UTF-16 or something binary does");
  try {
    return fromUtf8(bytes).replace(/^\ufeff/, "");
  } catch {
    return unreadable("it is not UTF-8");
  }
}
