/** Obligations (spec/label.md section 6.1): a closed list, version 1. What is not on it is not known, and denies. */

import { OBLIGATION } from "./label.ts";

export type ObligationName = keyof typeof OBLIGATION;

/** Who has to do something, when, and what proves it afterwards: the type of a signed receipt (spec/label.md section 6.1). */
export interface Obligation {
  readonly who: "reader" | "reader's organisation";
  readonly when: "on opening" | "from opening on" | "by the date in Handling";
  readonly proof: "opened" | "released" | "deleted" | "declared";
  readonly what: string;
}

export const OBLIGATIONS = {
  "receipt-on-open": {
    who: "reader",
    when: "on opening",
    proof: "opened",
    what: "send the originator a signed receipt",
  },
  "no-onward-release": {
    who: "reader's organisation",
    when: "from opening on",
    proof: "released",
    what: "pass it on to nobody without the originator's consent",
  },
  "no-ai-training": {
    who: "reader's organisation",
    when: "from opening on",
    proof: "declared",
    what: "train no model with it",
  },
  "delete-by": {
    who: "reader's organisation",
    when: "by the date in Handling",
    proof: "deleted",
    what: "delete every copy",
  },
  "two-person-open": {
    who: "reader",
    when: "on opening",
    proof: "opened",
    what: "open it with a second cleared person present",
  },
} as const satisfies Readonly<Record<ObligationName, Obligation>>;

/** All of them, in the order of their numbers. */
export const OBLIGATION_NAMES = Object.keys(OBLIGATION) as readonly ObligationName[];

/** Those that a card lists by number; what is not on this list is not known, and passed over. */
export const obligationsOf = (numbers: readonly number[] = []): readonly ObligationName[] =>
  OBLIGATION_NAMES.filter((name) => numbers.includes(OBLIGATION[name]));
