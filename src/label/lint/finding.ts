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

/** `where` and `found` come from the document: they are made visible here. */
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
    where: visible(where, SHOWN),
    ...(portion !== undefined && { portion: visible(portion, SHOWN) }),
    ...(found !== undefined && { found: visible(found, SHOWN) }),
    message: visible(message, 4 * SHOWN),
    fix: visible(fix, 8 * SHOWN),
  };
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
