/** Obligations (spec/label.md section 6.1): a closed list, version 1. What is not on it is not known, and denies. */

import { OBLIGATION } from "./label.ts";

export type ObligationName = keyof typeof OBLIGATION;

/** What a reader, or the reader's organisation, does, as they are told it. */
export const OBLIGATIONS: Readonly<Record<ObligationName, string>> = {
  "receipt-on-open": "send the originator a signed receipt",
  "no-onward-release": "pass it on to nobody without the originator's consent",
  "no-ai-training": "train no model with it",
  "delete-by": "delete every copy",
  "two-person-open": "open it with a second cleared person present",
};

/** All of them, in the order of their numbers. */
export const OBLIGATION_NAMES = Object.keys(OBLIGATION) as readonly ObligationName[];

/** Those that a card lists by number; what is not on this list is not known, and passed over. */
export const obligationsOf = (numbers: readonly number[] = []): readonly ObligationName[] =>
  OBLIGATION_NAMES.filter((name) => numbers.includes(OBLIGATION[name]));
