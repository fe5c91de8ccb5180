/** Label, Labels and Handling: the structures of spec/label.md section 2, grammar in spec/dipbag.cddl. */

import {
  bytes,
  fixed,
  list,
  name,
  nullable,
  type Of,
  oneOf,
  optional,
  required,
  type Shape,
  struct,
  tuple,
  uint,
} from "../cbor/schema.ts";
import { ENVIRONMENT, type Environment } from "../environment.ts";
import { MAX_OID } from "./oid.ts";
import { checked, dateTime, named } from "./shapes.ts";

export const KIND = { originator: 0, alternative: 1, metadata: 2 } as const;
export const TAG_TYPE = { RESTRICTIVE: 0, PERMISSIVE: 1, INFORMATIVE: 2 } as const;
export type TagType = keyof typeof TAG_TYPE;

/** FIRST TLP 2.0; the integer is the rank. */
export const TLP = { CLEAR: 0, GREEN: 1, AMBER: 2, "AMBER+STRICT": 3, RED: 4 } as const;
/** MISP taxonomy PAP; the integer is the rank. */
export const PAP = { CLEAR: 0, GREEN: 1, AMBER: 2, RED: 3 } as const;
/** STANAG 4406 / P772 MMHSPrecedence; 16 to 18 are reserved for national use and never written by default. */
export const PRECEDENCE = {
  DEFERRED: 0,
  ROUTINE: 1,
  PRIORITY: 2,
  IMMEDIATE: 3,
  FLASH: 4,
  OVERRIDE: 5,
  ECP: 16,
  CRITIC: 17,
  "NATIONAL OVERRIDE": 18,
} as const;
/** STANAG 4406 / P772 TypeMessage without `project` (2); `test` is ours. */
export const MESSAGE_TYPE = { exercise: 0, operation: 1, drill: 3, test: 4 } as const;
export const OBLIGATION = {
  "receipt-on-open": 0,
  "no-onward-release": 1,
  "no-ai-training": 2,
  "delete-by": 3,
  "two-person-open": 4,
} as const;
/** Regulation (EU) 2016/679: Article 4(1), Article 9, Article 10. */
export const PERSONAL_DATA = { none: 0, personal: 1, special: 2, criminal: 3 } as const;
/** Admiralty grading of a source: reliability A to F, credibility 1 to 6. */
export const RELIABILITY = { A: 0, B: 1, C: 2, D: 3, E: 4, F: 5 } as const;

/** BCP 47 (RFC 5646), the part that matters: a language and subtags. */
const LANGUAGE_TAG = /^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/;
/** How often a succession may follow a succession. */
const MAX_SUCCESSIONS = 4;
const MAX_ENTRIES = 256;

const oid = nullable(bytes(1, MAX_OID));
const tagShape = tuple(named(TAG_TYPE), name(), oid, list(name(), 0, MAX_ENTRIES));

const plainFields = {
  kind: required(0, named(KIND)),
  policy: required(1, tuple(name(), oid)),
  classification: required(2, name()),
  privacyMark: optional(3, name(1024)),
  tags: optional(4, list(tagShape, 1, MAX_ENTRIES)),
  originator: optional(5, tuple(name(), name())),
  created: required(6, dateTime),
  review: optional(7, dateTime),
  id: optional(9, name()),
  foreign: optional(10, list(bytes(1, 65536), 1, 16)),
} as const;
const plainShape = struct(plainFields);

/** [type, name, OID or null, values] */
export type Tag = Of<typeof tagShape>;
export interface Label extends Of<typeof plainShape> {
  /** From `due` on, `then` stands in its place. */
  readonly succession?: readonly [due: string, then: Label];
}

const labelAt = (depth: number): Shape<Label> =>
  depth === MAX_SUCCESSIONS
    ? plainShape
    : struct({ ...plainFields, succession: optional(8, tuple(dateTime, labelAt(depth + 1))) });
export const labelShape: Shape<Label> = labelAt(0);

const labelOf = (kind: keyof typeof KIND): Shape<Label> => checked(labelShape, (label) => label.kind === kind);

/** All labels of one object; no two of its confidentiality labels are in the same policy. */
export const labelsShape = checked(
  struct({
    originator: required(1, labelOf("originator")),
    alternatives: optional(2, list(labelOf("alternative"), 1, 16)),
    metadata: optional(3, labelOf("metadata")),
    ciphertext: optional(4, labelOf("originator")),
  }),
  ({ originator, alternatives = [] }) => {
    const names = [originator, ...alternatives].map((label) => label.policy[0]);
    return new Set(names).size === names.length;
  },
);
export type Labels = Of<typeof labelsShape>;

const ascending = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > values[i - 1]!);

/** What is to be done with the envelope; no part of it is part of a STANAG 4774 label. Times are Unix seconds. */
export const handlingShape = struct({
  tlp: optional(1, named(TLP)),
  pap: optional(2, named(PAP)),
  precedence: optional(3, tuple(named(PRECEDENCE), named(PRECEDENCE))),
  messageType: optional(4, named(MESSAGE_TYPE)),
  agreement: optional(5, name()),
  obligations: optional(
    6,
    checked(list(named(OBLIGATION)), (names) => ascending(names.map((name) => OBLIGATION[name]))),
  ),
  consents: optional(7, list(fixed(32), 1, 16)),
  validUntil: optional(8, uint()),
  retainUntil: optional(9, uint()),
  deleteBy: optional(10, uint()),
  purpose: optional(11, name(1024)),
  personalData: optional(12, named(PERSONAL_DATA)),
  language: optional(
    13,
    checked(name(35), (tag) => LANGUAGE_TAG.test(tag)),
  ),
  sourceGrading: optional(14, tuple(named(RELIABILITY), oneOf(1, 2, 3, 4, 5, 6))),
  derivedFrom: optional(15, list(name(), 1, MAX_ENTRIES)),
  /** Why the whole is labelled higher than its parts. */
  compilationReason: optional(16, name(1024)),
  /** Why it was sealed in spite of what lint found. */
  lintReason: optional(17, name(1024)),
});
export type Handling = Of<typeof handlingShape>;

/** Exercise for exercise, drill and test. Not stated is operation: what is not marked as exercise is real. */
export const environmentOf = ({ messageType = "operation" }: Handling): Environment =>
  messageType === "operation" ? ENVIRONMENT.operation : ENVIRONMENT.exercise;
