/**
 * The release decision: one pure function, the same when an envelope is sealed and before it is opened (spec/label.md
 * section 6). It denies unless every rule permits, and shows each rule it has asked. Time is always an argument.
 */

import { newBudget } from "../cbor/scan.ts";
import { environmentName } from "../environment.ts";
import { DipbagError, fail, type Step } from "../errors.ts";
import { isoTime } from "../time.ts";
import {
  requireAgreement,
  requireConsent,
  requireEnvironment,
  requireObligations,
  requireStatus,
  requireTime,
} from "./conditions.ts";
import { environmentOf, type Labels, labelsShape } from "./label.ts";
import { equivalents } from "./policy.ts";
import type { Clearance, Decision, Question, Subject } from "./question.ts";
import { audienceOf, diverges, isReleased, requireSomebody } from "./release.ts";
import { onList, requireSuite, restrictedTags, showLabel, strongestFloor } from "./slot.ts";
import { currentLabel, everStanding } from "./succession.ts";
import { knownLabels, policyOf, requireOneTlp, type ValidLabel, validate } from "./valid.ts";

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

/** A label by which the subject is judged, and the clearance by which: its own policy's, or that of an equivalent. */
interface Chosen {
  readonly valid: ValidLabel;
  readonly classification: string;
  readonly clearance: Clearance | undefined;
  /** The row of the policy that says they are equivalent. */
  readonly mapping?: string;
}

/**
 * The last labels of the right form: many slots are decided by the same, one after the other. (Only the last: what a WeakMap knows of
 * the labels of thousands of envelopes stays until a full collection.)
 */
let sound: Labels | undefined;

/** Rule D1. @throws DipbagError ERR_SCHEMA */
function requireSound(labels: Labels): void {
  if (labels !== sound) labelsShape.read(labelsShape.write(labels), { path: "labels", budget: newBudget() });
  sound = labels;
}

/** The beginning of what may be a long list: a trace is kept for every slot. */
const some = (texts: readonly string[]): string => texts.slice(0, 12).join(", ");

function examine(question: Question, ask: Ask): void {
  const { labels, handling, subject, environment, action, at, created, evidence } = question;
  const signed = knownLabels(labels, question).flatMap(everStanding);
  const policies = some([...new Set(signed.map(({ policy: [name] }) => name))]);

  ask("D1", "labels", "the structure", () => requireSound(labels));
  const sides = [environmentOf(handling), environment, subject.environment].map(environmentName);
  ask("D2", `${sides[0]}; here ${sides[1]}, card ${sides[2]}`, "handling, pin, card", () => {
    requireEnvironment(handling, subject.name, environment, subject.environment);
  });
  ask("D3", policies, "policies known here", () => {
    for (const label of signed) policyOf(label, question);
  });
  const ever = ask("D4", signed.map(({ classification }) => classification).join(", "), policies, () => {
    requireOneTlp(signed, handling);
    return signed.map((label) => {
      const valid = validate(label, question);
      requireSomebody(valid, question);
      return valid;
    });
  });
  const now = knownLabels(labels, question).map((label) => validate(currentLabel(label, at), question));
  const cleared = some(subject.clearances.map(([policy]) => policy)) || "nothing";
  const [original = fail("ERR_INTERNAL")] = now;
  const chosen = ask("D5", `label in ${now.map(policyName).join(", ")}; cleared in ${cleared}`, "card", () =>
    choose(original, now.slice(1), question),
  );
  ask("D6", `${action} at ${isoTime(at)}, created ${isoTime(created)}`, "label, handling", () =>
    requireTime(signed, question),
  );
  for (const one of chosen) judge(one, question, ask);

  const list = evidence.list === undefined ? "no list" : `a list of ${evidence.list.length}`;
  ask("D10", `slot ${question.named ? "named" : "hidden"}; ${list}`, "originator", () => onList(ever, question));
  ask("D11", handling.agreement ?? "none named", "agreements", () => requireAgreement(original, question));
  ask("D12", action === "forward" ? "onward" : `${action}: not onward`, "consents", () => requireConsent(question));
  ask("D13", handling.obligations?.join(", ") ?? "none", "policy, card", () => requireObligations(original, question));
  const floor = strongestFloor(ever);
  ask("D14", `${question.suite}; floor ${floor}`, policies, () => requireSuite(ever, floor, question.suite));
  ask("D15", evidence.objections?.join(", ") || "nothing known", "originator", () => requireStatus(question));
}

const policyName = ({ policy }: ValidLabel): string => policy.policy.name;
const clearanceIn = (name: string, { clearances }: Subject): Clearance | undefined =>
  clearances.find(([policy]) => policy === name);

/**
 * Rule D5: the originator's label, if the subject is cleared in its policy or it asks for no clearance; else every
 * alternative in a policy of the subject's; else what the originator's policy says is equivalent, row by row. Where there
 * are several, each has to permit.
 */
function choose(
  original: ValidLabel,
  alternatives: readonly ValidLabel[],
  { subject, created }: Question,
): readonly Chosen[] {
  const own = (valid: ValidLabel): Chosen => ({
    valid,
    classification: valid.classification.name,
    clearance: clearanceIn(policyName(valid), subject),
  });
  if (original.classification.release !== undefined) return [own(original)];
  if (own(original).clearance !== undefined) return [own(original)];
  // What asks for no clearance cannot stand in for what does.
  const standIns = alternatives
    .filter(({ classification }) => classification.release === undefined)
    .map(own)
    .filter(({ clearance }) => clearance !== undefined);
  if (standIns.length > 0) return standIns;
  const mapped = equivalents(original.policy, original.classification.name, created).flatMap(
    ({ policy, equals, source }): Chosen[] => {
      const clearance = clearanceIn(policy, subject);
      return clearance === undefined ? [] : [{ valid: original, classification: equals, clearance, mapping: source }];
    },
  );
  return mapped.length > 0 ? mapped : fail("ERR_UNMAPPABLE", { name: subject.name, policy: policyName(original) });
}

/** Rules D7, D8 and D9 for one label. */
function judge({ valid, classification, clearance, mapping }: Chosen, question: Question, ask: Ask): void {
  const { subject, action } = question;
  const { name } = subject;
  const { policy } = valid;
  const source = `${policyName(valid)} version ${policy.version}`;
  const [inPolicy = policyName(valid), cleared = [], values = []] = clearance ?? [];
  const seen = mapping === undefined ? classification : `${inPolicy} ${classification}`;

  ask("D7", `${seen}; cleared for ${some(cleared) || "nothing"}`, mapping ?? "card", () => {
    const open = valid.classification.release !== undefined;
    if (!open && !cleared.includes(classification)) fail("ERR_CLEARANCE", { name, label: showLabel(valid) });
  });
  const needed = restrictedTags(valid).filter(([tag]) => tag.clearanceExempt !== true);
  ask("D8", some(needed.map(([tag, stated]) => `${tag.name} ${some(stated)}`)) || "nothing", "card", () => {
    for (const [tag, stated] of needed) {
      // No row says that a tag of one policy is one of another.
      const has = mapping === undefined ? (values.find(([known]) => known === tag.name)?.[1] ?? []) : [];
      const lacks = stated.filter((value) => !has.includes(value));
      if (lacks.length > 0) fail("ERR_NEED_TO_KNOW", { name, tag: tag.name, values: lacks.join(", ") });
    }
  });
  const audience = some(audienceOf(valid, question));
  const tokens = tokensOf(valid, question);
  ask("D9", `${tokens.join(", ")}; audience ${audience}`, source, () => {
    if (!isReleased(tokens, valid, question)) {
      fail("ERR_RELEASABILITY", { name, nation: subject.nation, label: showLabel(valid), audience });
    }
    if (action === "seal-to" && diverges(tokens, valid, question)) {
      fail("ERR_PROFILE_DIVERGES", { name, label: showLabel(valid) });
    }
  });
}

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
