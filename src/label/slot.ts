/** Rules D10 and D14: what a label asks of a key slot, whoever it is for. */

import { fail } from "../errors.ts";
import type { Labels } from "./label.ts";
import { banner } from "./marking.ts";
import { type PolicyTag, SUITES, type Suite } from "./policy.ts";
import type { Question } from "./question.ts";
import { everStanding } from "./succession.ts";
import { knownLabels, type Sealing, type ValidLabel, validate } from "./valid.ts";

/** A key slot as anybody can see it. */
export type Slot = Pick<Question, "labels" | "handling" | "suite" | "named"> & Sealing;

/**
 * Rules D10 and D14 as far as they hold for every slot, whoever it is for.
 * @throws DipbagError ERR_MUST_BE_NAMED, ERR_SUITE_FLOOR; as validate
 */
export function requireSlot(slot: Slot): void {
  const valid = valids(slot.labels, slot);
  requireNamed(valid, slot);
  requireSuite(valid, strongestFloor(valid), slot.suite);
}

/** @throws DipbagError ERR_MUST_BE_NAMED where the slot is hidden and a label needs a list */
function requireNamed(valid: readonly ValidLabel[], { handling, named }: Pick<Slot, "handling" | "named">): boolean {
  const [label] = listed(valid, handling);
  if (label !== undefined && !named) fail("ERR_MUST_BE_NAMED", { label });
  return label !== undefined;
}

/** What needs a list of those who may have it: originator-controlled, and TLP:RED. */
const listed = (valid: readonly ValidLabel[], { tlp }: Slot["handling"]): readonly string[] => [
  ...valid.filter(needsList).map(showLabel),
  ...(tlp === "RED" ? ["TLP:RED"] : []),
];

/** Rule D10 for the subject. @throws DipbagError ERR_MUST_BE_NAMED, ERR_NOT_ON_LIST */
export function onList(valid: readonly ValidLabel[], question: Question): void {
  if (!requireNamed(valid, question)) return;
  const { name, person } = question.subject;
  const found = question.evidence.list?.some(([issuer, id]) => issuer === person[0] && id === person[1]) ?? false;
  if (!found) fail("ERR_NOT_ON_LIST", { name, label: listed(valid, question.handling)[0] ?? "" });
}

/** Rule D14. @throws DipbagError ERR_SUITE_FLOOR */
export function requireSuite(valid: readonly ValidLabel[], floor: Suite, suite: Suite): void {
  if (SUITES.indexOf(suite) >= SUITES.indexOf(floor)) return;
  fail("ERR_SUITE_FLOOR", { label: valid.map(showLabel).join(", "), suite, floor });
}

export function strongestFloor(valid: readonly ValidLabel[]): Suite {
  const floors = valid.flatMap(({ policy, classification }) =>
    policy.suiteFloors.filter(({ rank }) => rank === classification.rank).map(({ floor }) => SUITES.indexOf(floor)),
  );
  return SUITES[Math.max(...floors)] ?? "hybrid-1024";
}

/**
 * The weakest suite that may protect a portion with these labels, now and after every succession.
 * @throws DipbagError as validate
 */
export const suiteFloor = (labels: Labels, sealing: Sealing): Suite => strongestFloor(valids(labels, sealing));

const valids = (labels: Labels, sealing: Sealing): readonly ValidLabel[] =>
  knownLabels(labels, sealing)
    .flatMap(everStanding)
    .map((label) => validate(label, sealing));

export const showLabel = ({ label, policy }: ValidLabel): string => banner(label, policy);

export const restrictedTags = ({ label, policy }: ValidLabel): readonly (readonly [PolicyTag, readonly string[]])[] =>
  (label.tags ?? []).flatMap(([type, name, , values]) =>
    type === "RESTRICTIVE" ? policy.tags.filter((tag) => tag.name === name).map((tag) => [tag, values] as const) : [],
  );

const needsList = (valid: ValidLabel): boolean =>
  valid.classification.release === "named" || restrictedTags(valid).some(([tag]) => tag.clearanceExempt === true);
