/** What a release decision is given, and what it answers (spec/label.md section 6). All of it is data. */

import type { Environment } from "../environment.ts";
import type { Details, ErrorCode, Step } from "../errors.ts";
import type { Handling, Labels } from "./label.ts";
import type { ObligationName } from "./obligation.ts";
import type { Agreement, Suite } from "./policy.ts";
import type { Sealing } from "./valid.ts";

/** [policy, classifications it may see, [tag, values it may see]...], as on a card (spec/trust.md). */
export type Clearance = readonly [
  policy: string,
  classifications: readonly string[],
  restrictive: readonly (readonly [tag: string, values: readonly string[]])[],
];

/** One person or desk, as its authority names it: the card's issuer and subject. */
export type Person = readonly [issuer: string, subject: string];

/** Whom the decision is about: what a verified card says of its holder. Unix seconds. */
export interface Subject {
  readonly person: Person;
  readonly name: string;
  readonly nation: string;
  readonly communities: readonly (readonly [code: string, since: number, until: number | null])[];
  readonly clearances: readonly Clearance[];
  readonly fulfils: readonly ObligationName[];
  readonly environment: Environment;
}

/** The originator's word that one envelope may be passed on, to whom, from when until when. Unix seconds. */
export interface Consent {
  /** Envelope digest. */
  readonly envelope: Uint8Array;
  readonly nations: readonly string[];
  readonly from: number;
  readonly until: number;
}

/** What is known against an envelope: said by its originator, or a second digest seen under its id. */
export type Objection = "recalled" | "superseded" | "ambiguous";

/**
 * What else was verified beforehand. Where a rule applies and its evidence is absent, it denies; only objections are
 * evidence against, and none is none.
 */
export interface Evidence {
  /** Whom the originator has named for this portion. */
  readonly list?: readonly Person[];
  readonly agreements?: readonly Agreement[];
  readonly consents?: readonly Consent[];
  readonly objections?: readonly Objection[];
}

export interface Question extends Sealing {
  readonly action: "seal-to" | "open" | "forward";
  /** Unix seconds: when it is decided. */
  readonly at: number;
  readonly subject: Subject;
  /** The labels of the portion as signed, and the handling of its envelope. */
  readonly labels: Labels;
  readonly handling: Handling;
  /** Digest of the envelope that would be passed on: for `forward`. */
  readonly envelope?: Uint8Array;
  /** Of the subject's key slot. */
  readonly suite: Suite;
  /** Whether that slot says openly whose it is. */
  readonly named: boolean;
  /** Of the trust root: whether the deciding side works for real or in an exercise. */
  readonly environment: Environment;
  readonly evidence: Evidence;
}

export type Decision =
  | { readonly verdict: "permit"; readonly trace: readonly Step[] }
  | { readonly verdict: "deny"; readonly code: ErrorCode; readonly details: Details; readonly trace: readonly Step[] };
