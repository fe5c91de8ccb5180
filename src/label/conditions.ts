/** Rules D2, D6, D11 to D13 and D15: the circumstances of a decision, apart from label and clearance. */

import { equal } from "../bytes.ts";
import { type Environment, environmentName } from "../environment.ts";
import { fail } from "../errors.ts";
import { isoTime } from "../time.ts";
import { environmentOf, type Handling, type Label } from "./label.ts";
import { OBLIGATIONS } from "./obligation.ts";
import { type Agreement, inForce, type Policy } from "./policy.ts";
import type { Question } from "./question.ts";
import { unixSeconds } from "./shapes.ts";
import type { ValidLabel } from "./valid.ts";

/** Seconds by which the clock of whoever reads may be behind the sender's. */
export const CLOCK_TOLERANCE = 300;

/** Where `at` is no number, all is still to come. @throws DipbagError ERR_FUTURE */
export function requireMade(time: number, at: number): void {
  if (!(time <= at + CLOCK_TOLERANCE)) fail("ERR_FUTURE", { time: isoTime(time), at: isoTime(at) });
}

/** Rule D2 for what the handling states, against trust roots and cards. @throws DipbagError ERR_EXERCISE_MISMATCH */
export function requireEnvironment(handling: Handling, name: string, ...sides: readonly Environment[]): void {
  const stated = environmentOf(handling);
  const other = sides.find((side) => side !== stated);
  if (other !== undefined)
    fail("ERR_EXERCISE_MISMATCH", { is: environmentName(stated), name, other: environmentName(other) });
}

/** The part of rule D6 that holds whoever asks. `at`: Unix seconds; where it is no number, nothing is in force. @throws DipbagError ERR_EXPIRED */
export function requireInForce({ validUntil }: Handling, at: number): void {
  if (validUntil !== undefined && !(validUntil >= at)) fail("ERR_EXPIRED", { until: isoTime(validUntil) });
}

/**
 * That no label, and none that will follow it, claims to be younger than the envelope. Unix seconds.
 * @throws DipbagError ERR_LABEL_TIME
 */
export function requireMadeBefore(labels: readonly Label[], created: number): void {
  const young = labels.find((label) => !((unixSeconds(label.created) ?? Infinity) <= created));
  if (young !== undefined) fail("ERR_LABEL_TIME", { created: young.created });
}

/** Rule D6. @throws DipbagError ERR_FUTURE, ERR_EXPIRED, ERR_LABEL_TIME */
export function requireTime(labels: readonly Label[], { handling, created, at }: Question): void {
  requireMade(created, at);
  requireInForce(handling, at);
  requireMadeBefore(labels, created);
}

/** Rule D11, where the handling names an agreement: one of the policy of the label. @throws DipbagError ERR_AGREEMENT */
export function requireAgreement({ classification, policy }: ValidLabel, question: Question): void {
  const { handling, subject, created, evidence } = question;
  const { agreement: id } = handling;
  if (id === undefined) return;
  const refuse = (reason: string): never => fail("ERR_AGREEMENT", { agreement: id, name: subject.name, reason });
  const agreement =
    evidence.agreements?.find((one) => one.id === id) ?? refuse(`it is not known here${known(evidence.agreements)}`);
  if (!inForce(agreement, created)) refuse("it was not in force when this was sealed");
  if (!agreement.parties.includes(subject.nation)) refuse(`${subject.nation} is no party to it`);
  if (classification.rank > agreement.maxRank) refuse(`it reaches up to ${ceiling(policy, agreement.maxRank)}`);
}

const known = (agreements: readonly Agreement[] = []): string =>
  agreements.length === 0 ? "" : `, only ${agreements.map(({ id }) => id).join(", ")}`;
const ceiling = ({ classifications }: Policy, rank: number): string =>
  classifications.filter((one) => one.rank <= rank).sort((a, b) => b.rank - a.rank)[0]?.name ?? "nothing";

/** Rule D12: the third-party rule, and the originator's consent to an exception. @throws DipbagError ERR_CONSENT */
export function requireConsent({ action, subject, envelope, at, evidence }: Question): void {
  if (action !== "forward") return;
  const consent = evidence.consents?.some(
    ({ envelope: about, nations, from, until }) =>
      envelope !== undefined && equal(about, envelope) && nations.includes(subject.nation) && from <= at && at <= until,
  );
  if (consent !== true) fail("ERR_CONSENT", { name: subject.name, nation: subject.nation });
}

/**
 * Rule D13: each obligation is one of the list, one that the policy of the label uses, and one that the subject's
 * authority says its holder fulfils.
 * @throws DipbagError ERR_OBLIGATION
 */
export function requireObligations({ policy }: ValidLabel, { handling, subject }: Question): void {
  for (const obligation of handling.obligations ?? []) {
    const refuse = (reason: string): never => fail("ERR_OBLIGATION", { obligation, name: subject.name, reason });
    if (!Object.hasOwn(OBLIGATIONS, obligation)) refuse("it is not known");
    if (!policy.obligations.includes(obligation)) refuse(`${policy.policy.name} does not use it`);
    if (!subject.fulfils.includes(obligation)) refuse("the card does not say that they fulfil it");
  }
}

const OBJECTION = {
  recalled: "its originator has recalled it",
  superseded: "its originator has replaced it",
  ambiguous: "another envelope has the same number",
} as const;

/** Rule D15. @throws DipbagError ERR_STATUS */
export function requireStatus({ evidence }: Question): void {
  const [objection] = evidence.objections ?? [];
  if (objection !== undefined) fail("ERR_STATUS", { reason: OBJECTION[objection] });
}
