/**
 * The release decision: one pure function, the same when an envelope is sealed and before it is opened (spec/label.md
 * section 6). It denies unless every rule permits, and shows each rule it has asked. Time is always an argument.
 */

import { type Details, DipbagError, type ErrorCode, fail } from "../errors.ts";
import { ENVIRONMENT, type Environment, environmentOf, type Handling, type Label, type Labels, TLP } from "./label.ts";
import { banner } from "./marking.ts";
import { type Policy, type PolicyTag, SUITES, type Suite } from "./policy.ts";
import { audienceOf, isReleased } from "./release.ts";
import { unixSeconds } from "./shapes.ts";
import { policyOf, type Sealing, type ValidLabel, validate } from "./valid.ts";

/** Seconds by which the clock of whoever decides may be behind the sender's. */
export const CLOCK_TOLERANCE = 300;

/** [policy, classifications it may see, [tag, values it may see]...], as on a card (spec/trust.md). */
export type Clearance = readonly [
  policy: string,
  classifications: readonly string[],
  restrictive: readonly (readonly [tag: string, values: readonly string[]])[],
];

/** Whom the decision is about: what a verified card says of its holder. Unix seconds. */
export interface Subject {
  readonly name: string;
  readonly nation: string;
  readonly communities: readonly (readonly [code: string, since: number, until: number | null])[];
  readonly clearances: readonly Clearance[];
  readonly environment: Environment;
}

export interface Question extends Sealing {
  readonly action: "seal-to" | "open";
  /** Unix seconds: when it is decided. */
  readonly at: number;
  readonly subject: Subject;
  /** The labels of the portion, and the handling of its envelope. */
  readonly labels: Labels;
  readonly handling: Handling;
  /** Of the subject's key slot. */
  readonly suite: Suite;
  /** Whether that slot says openly whose it is. */
  readonly named: boolean;
  /** Of the trust root: whether the deciding side works for real or in an exercise. */
  readonly environment: Environment;
}

export interface Step {
  readonly rule: string;
  readonly input: string;
  readonly result: "pass" | "deny";
  /** Whose word the rule relies on. */
  readonly source: string;
}
export type Decision =
  | { readonly verdict: "permit"; readonly trace: readonly Step[] }
  | { readonly verdict: "deny"; readonly code: ErrorCode; readonly details: Details; readonly trace: readonly Step[] };

/** May `subject` have this portion? Never throws for anything a message, card or policy says. */
export function decide(question: Question): Decision {
  const trace: Step[] = [];
  try {
    examine(question, (rule, input, source, check) => {
      try {
        const value = check();
        trace.push({ rule, input, result: "pass", source });
        return value;
      } catch (error) {
        trace.push({ rule, input, result: "deny", source });
        throw error;
      }
    });
  } catch (error) {
    if (!(error instanceof DipbagError)) throw error;
    return { verdict: "deny", code: error.code, details: error.details, trace };
  }
  return { verdict: "permit", trace };
}

type Ask = <T>(rule: string, input: string, source: string, check: () => T) => T;

function examine(question: Question, ask: Ask): void {
  const { labels, handling, subject, environment, action, at, created } = question;
  const known = knownLabels(labels, question);
  const policies = known.map(({ policy: [name] }) => name).join(", ");
  const classes = known.map(({ classification }) => classification).join(", ");
  const held = subject.clearances.map(([policy]) => policy).join(", ");

  const sides = [environmentOf(handling), environment, subject.environment].map(word);
  ask("D2", `${sides[0]}; here ${sides[1]}, card ${sides[2]}`, "handling, pin, card", () => {
    requireEnvironment(handling, subject.name, environment, subject.environment);
  });
  ask("D3", policies, "policies known here", () => known.map((label) => policyOf(label, question)));
  const valid = ask("D4", classes, policies, () => {
    requireTlpWithin(known, handling);
    return known.map((label) => validate(label, question));
  });
  const chosen = ask("D5", `label in ${policies}; cleared in ${held || "nothing"}`, "card", () => {
    const [original, ...alternatives] = valid;
    // What asks for no clearance cannot stand in for what does.
    const standIn = (label: ValidLabel) => label.classification.release === undefined && isHeld(label, subject);
    const found = original !== undefined && isHeld(original, subject) ? [original] : alternatives.filter(standIn);
    return found.length > 0
      ? found
      : fail("ERR_UNMAPPABLE", { name: subject.name, policy: labels.originator.policy[0] });
  });
  ask("D6", `${action} at ${at}, created ${created}`, "label, handling", () => requireTime(known, question));
  for (const label of chosen) judge(label, question, ask);

  ask("D10", `slot ${question.named ? "named" : "hidden"}`, "slot", () => requireNamed(valid, question));
  const floor = strongestFloor(valid);
  ask("D14", `${question.suite}; floor ${floor}`, policies, () => requireSuite(valid, floor, question.suite));
}

/** A key slot as anybody can see it. */
export type Slot = Pick<Question, "labels" | "handling" | "suite" | "named"> & Sealing;

/**
 * Rules D10 and D14, which hold for every slot, whoever it is for.
 * @throws DipbagError ERR_NOT_ON_LIST, ERR_SUITE_FLOOR; ERR_POLICY_UNKNOWN, ERR_LABEL_INVALID
 */
export function requireSlot(slot: Slot): void {
  const valid = knownLabels(slot.labels, slot).map((label) => validate(label, slot));
  requireNamed(valid, slot);
  requireSuite(valid, strongestFloor(valid), slot.suite);
}

function requireNamed(valid: readonly ValidLabel[], { handling, named }: Pick<Slot, "handling" | "named">): void {
  const [label] = [...valid.filter(needsList).map(show), ...(handling.tlp === "RED" ? ["TLP:RED"] : [])];
  if (label !== undefined && !named) fail("ERR_NOT_ON_LIST", { label });
}

function requireSuite(valid: readonly ValidLabel[], floor: Suite, suite: Suite): void {
  if (SUITES.indexOf(suite) >= SUITES.indexOf(floor)) return;
  fail("ERR_SUITE_FLOOR", { label: valid.map(show).join(", "), suite, floor });
}

/** Rules D7, D8 and D9 for one label. */
function judge(valid: ValidLabel, question: Question, ask: Ask): void {
  const { subject } = question;
  const { policy, classification } = valid;
  const { name } = subject;
  const source = `${policy.policy.name} version ${policy.version}`;
  const [, cleared = [], values = []] = clearanceIn(policy, subject) ?? [];

  ask("D7", `${classification.name}; cleared for ${cleared.join(", ") || "nothing"}`, "card", () => {
    const open = classification.release !== undefined;
    if (!open && !cleared.includes(classification.name)) fail("ERR_CLEARANCE", { name, label: show(valid) });
  });
  const needed = restrictedTags(valid).filter(([tag]) => tag.clearanceExempt !== true);
  ask("D8", needed.map(([tag, stated]) => `${tag.name} ${stated.join(", ")}`).join("; ") || "nothing", "card", () => {
    for (const [tag, stated] of needed) {
      const has = values.find(([known]) => known === tag.name)?.[1] ?? [];
      const lacks = stated.filter((value) => !has.includes(value));
      if (lacks.length > 0) fail("ERR_NEED_TO_KNOW", { name, tag: tag.name, values: lacks.join(", ") });
    }
  });
  const audience = audienceOf(valid, question).slice(0, 12).join(", ");
  const tokens = tokensOf(valid, question);
  ask("D9", `${tokens.join(", ")}; audience ${audience}`, source, () => {
    if (isReleased(tokens, valid, question)) return;
    fail("ERR_RELEASABILITY", { name, nation: subject.nation, label: show(valid), audience });
  });
}

const word = (environment: Environment): string => (environment === ENVIRONMENT.exercise ? "exercise" : "operation");
const show = ({ label, policy }: ValidLabel): string => banner(label, policy);

/** The originator's label, and those alternatives whose policy is known here; the others can neither help nor hurt. */
const knownLabels = ({ originator, alternatives = [] }: Labels, { policies }: Sealing): readonly Label[] => [
  originator,
  ...alternatives.filter(({ policy: [name] }) => policies.has(name)),
];

/** One object has one TLP label (FIRST TLP 2.0): that of a portion may be below the envelope's, never above. */
function requireTlpWithin(labels: readonly Label[], { tlp }: Handling): void {
  const inside = labels.find(({ policy: [name] }) => name === "TLP")?.classification;
  const rank = (name: string): number => (Object.hasOwn(TLP, name) ? TLP[name as keyof typeof TLP] : Infinity);
  if (tlp === undefined || inside === undefined || rank(inside) <= TLP[tlp]) return;
  const reason = `TLP:${inside} inside TLP:${tlp}`;
  fail("ERR_LABEL_INVALID", { policy: "TLP", reason, fix: "state one TLP, the higher" });
}

const clearanceIn = (policy: Policy, { clearances }: Subject): Clearance | undefined =>
  clearances.find(([name]) => name === policy.policy.name);

/** A classification with a release of its own asks for no clearance: everybody holds it. */
const isHeld = ({ policy, classification }: ValidLabel, subject: Subject): boolean =>
  classification.release !== undefined || clearanceIn(policy, subject) !== undefined;

/** Rule D2 for what the handling states, against trust roots and cards. @throws DipbagError ERR_EXERCISE_MISMATCH */
export function requireEnvironment(handling: Handling, name: string, ...sides: readonly Environment[]): void {
  const stated = environmentOf(handling);
  const other = sides.find((side) => side !== stated);
  if (other !== undefined) fail("ERR_EXERCISE_MISMATCH", { is: word(stated), name, other: word(other) });
}

/** The part of rule D6 that holds whoever asks. `at`: Unix seconds. @throws DipbagError ERR_EXPIRED */
export function requireInForce({ validUntil }: Handling, at: number): void {
  if (validUntil !== undefined && validUntil < at) fail("ERR_EXPIRED", { until: isoTime(validUntil) });
}

function requireTime(labels: readonly Label[], { handling, created, at }: Question): void {
  if (created > at + CLOCK_TOLERANCE) fail("ERR_FUTURE", { seconds: created - at });
  requireInForce(handling, at);
  for (const label of labels) {
    if (!((unixSeconds(label.created) ?? Infinity) <= created)) fail("ERR_LABEL_TIME", { created: label.created });
    const [due] = label.succession ?? [];
    if (due !== undefined && !((unixSeconds(due) ?? 0) > at)) fail("ERR_SUCCESSION_DUE", { due });
  }
}

const isoTime = (seconds: number): string =>
  seconds <= 253_402_300_799 ? new Date(seconds * 1000).toISOString() : `second ${seconds}`;

const restrictedTags = ({ label, policy }: ValidLabel): readonly (readonly [PolicyTag, readonly string[]])[] =>
  (label.tags ?? []).flatMap(([type, name, , values]) =>
    type === "RESTRICTIVE" ? policy.tags.filter((tag) => tag.name === name).map((tag) => [tag, values] as const) : [],
  );

/** The subject's nation, and the closed communities its card held from before the sealing until now. */
function tokensOf({ policy }: ValidLabel, { subject, created, at }: Question): readonly string[] {
  const closed = policy.communities.filter(({ decomposable }) => decomposable === "No").map(({ code }) => code);
  const held = subject.communities
    .filter(
      ([code, since, until]) =>
        closed.includes(code) && since <= created && (until ?? Infinity) > Math.max(at, created),
    )
    .map(([code]) => code);
  return [subject.nation, ...held];
}

/** Where every recipient must be named: TLP:RED and its like, and originator-controlled (rule D10). */
const needsList = (valid: ValidLabel): boolean =>
  valid.classification.release === "named" || restrictedTags(valid).some(([tag]) => tag.clearanceExempt === true);

function strongestFloor(valid: readonly ValidLabel[]): Suite {
  const floors = valid.flatMap(({ policy, classification }) =>
    policy.suiteFloors.filter(({ rank }) => rank === classification.rank).map(({ floor }) => SUITES.indexOf(floor)),
  );
  return SUITES[Math.max(...floors)] ?? "hybrid-1024";
}

/**
 * The weakest suite that may protect a portion with these labels.
 * @throws DipbagError ERR_POLICY_UNKNOWN, ERR_LABEL_INVALID
 */
export const suiteFloor = (labels: Labels, sealing: Sealing): Suite =>
  strongestFloor(knownLabels(labels, sealing).map((label) => validate(label, sealing)));
