/** Where label and card meet: the release decision for a key slot, and what an envelope's labels say of each other. */

import { engine } from "#engine/public";
import { compare, equal } from "../bytes.ts";
import type { KemKey } from "../cose/key.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../crypto/suites.ts";
import { DipbagError, fail } from "../errors.ts";
import { requireEnvironment, requireInForce, requireMadeBefore } from "../label/conditions.ts";
import { decide } from "../label/decide.ts";
import { requireDominant } from "../label/join.ts";
import type { Label, Labels } from "../label/label.ts";
import { obligationsOf } from "../label/obligation.ts";
import { inForce, type Policies, policies, type Suite } from "../label/policy.ts";
import type { Decision, Person, Question, Subject } from "../label/question.ts";
import { audience, EVERYONE, sorted } from "../label/release.ts";
import { requireSlot } from "../label/slot.ts";
import { changes, currentLabel, everStanding } from "../label/succession.ts";
import { requireOneTlp, type Sealing } from "../label/valid.ts";
import { remembered } from "../remember.ts";
import type { VerifiedCard } from "../trust/pin.ts";
import type { Core } from "./format.ts";
import type { HeadPortion } from "./head.ts";
import type { PolicyPack } from "./policy-pack.ts";

const SUITE_OF: Readonly<Record<SuiteAlg, Suite>> = {
  [HPKE_3_KE]: "classical",
  [HPKE_9_KE]: "hybrid-768",
  [HPKE_10_KE]: "hybrid-1024",
};

/** The policies of `packs` as they are in force at `time` (Unix seconds): the newest version of each. */
export const policiesAt = (packs: readonly PolicyPack[], time: number): Policies =>
  policies(...newest(packs, time).map(({ policy }) => policy));

/** For labels by this originator, sealed at `created` (Unix seconds). */
export const sealingBy = (originator: VerifiedCard, created: number, packs: readonly PolicyPack[]): Sealing => ({
  policies: policiesAt(packs, created),
  originatorNation: originator.claims.nation,
  created,
});

/** One pack of each name: the highest version in force at `time`, or, where none is, the highest. */
export const newest = (packs: readonly PolicyPack[], time: number): readonly PolicyPack[] => {
  const better = (a: PolicyPack, b: PolicyPack): boolean => {
    const [first, second] = [inForce(a.policy, time), inForce(b.policy, time)];
    return first === second ? a.policy.version > b.policy.version : first;
  };
  const best = new Map<string, PolicyPack>();
  for (const pack of packs) {
    const held = best.get(pack.name);
    if (held === undefined || better(pack, held)) best.set(pack.name, pack);
  }
  return [...best.values()];
};

/** Every label that an object has or will have, but for the labels of labels. */
const labelsIn = ({ originator, alternatives = [] }: Labels) => [originator, ...alternatives].flatMap(everStanding);
const policiesIn = (labels: readonly Labels[]): readonly string[] =>
  sorted(labels.flatMap(labelsIn).map(({ policy: [name] }) => name));

/** What names a pack (Core field 7). */
const digestOf = remembered(({ payload }: PolicyPack) => engine.sha256(payload));

/** Core field 7: one reference for each policy named in a label. @throws DipbagError ERR_POLICY_UNKNOWN */
export const policyRefs = (
  labels: readonly Labels[],
  packs: readonly PolicyPack[],
  created: number,
): Core["policies"] => {
  const known = newest(packs, created);
  return policiesIn(labels).map((name) => {
    const pack =
      known.find(({ policy }) => policy.policy.name === name) ?? fail("ERR_POLICY_UNKNOWN", { policy: name });
    return [name, pack.policy.version, digestOf(pack)];
  });
};

/**
 * The very packs that an envelope names, out of those known here. One that only an alternative is labelled in may be
 * missing: that label then neither helps nor hurts.
 * @throws DipbagError ERR_POLICY_REFS, ERR_POLICY_OUTDATED, ERR_POLICY_UNKNOWN, ERR_EXERCISE_MISMATCH
 */
export function namedPacks(
  { policies: refs, handling, labels: whole }: Core,
  portions: readonly Labels[],
  packs: readonly PolicyPack[],
): readonly PolicyPack[] {
  const all = [whole, ...portions];
  const named = policiesIn(all);
  if (refs.length !== named.length || refs.some(([name], i) => name !== named[i])) fail("ERR_POLICY_REFS");
  const needed = all.flatMap(({ originator }) => everStanding(originator)).map(({ policy: [name] }) => name);
  return refs.flatMap(([name, version, digest]) => {
    const held = packs.filter((pack) => pack.name === name);
    const pack = held.find((one) => one.policy.version === version && equal(digestOf(one), digest));
    if (pack === undefined) {
      if (!needed.includes(name)) return [];
      const older = held.length > 0 && held.every(({ policy }) => policy.version < version);
      return older
        ? fail("ERR_POLICY_OUTDATED", { policy: name, version })
        : fail("ERR_POLICY_UNKNOWN", { policy: `${name} version ${version}` });
    }
    if (pack.environment !== undefined) requireEnvironment(handling, `the policy ${name}`, pack.environment);
    return [pack];
  });
}

/** Core field 8: everybody whom the label of some portion lets in. @throws DipbagError ERR_NO_AUDIENCE where nobody is */
export function audienceOf(portions: readonly Labels[], sealing: Sealing): readonly string[] {
  const tokens = sorted(portions.flatMap(({ originator }) => audience(originator, sealing)));
  if (tokens.length === 0) fail("ERR_NO_AUDIENCE");
  return tokens.includes(EVERYONE) ? [EVERYONE] : tokens;
}

/**
 * Step V5 but for the slots: what originator, labels, policies and audience say of each other. `portions`: their labels.
 * Returns the packs that the envelope names.
 * @throws DipbagError ERR_ORIGINATOR, ERR_EXERCISE_MISMATCH, ERR_EXPIRED, ERR_LABEL_TIME, ERR_TWO_TLP, ERR_NOT_DOMINANT, ERR_POLICIES_DIFFER,
 * ERR_AUDIENCE; as namedPacks and validate
 */
export function checkLabels(
  core: Core,
  portions: readonly Labels[],
  originator: VerifiedCard,
  packs: readonly PolicyPack[],
  at: number,
): readonly PolicyPack[] {
  const all = [core.labels, ...portions];
  for (const { originator: label } of all) {
    const identifier = label.originator?.[1];
    if (identifier === undefined || !originator.claims.identifiers.includes(identifier)) {
      fail("ERR_ORIGINATOR", { name: originator.claims.name, originator: identifier ?? "nobody" });
    }
  }
  requireEnvironment(core.handling, originator.claims.name, originator.claims.environment);
  requireInForce(core.handling, at);
  requireMadeBefore(all.flatMap(labelsIn), core.created);
  const named = namedPacks(core, portions, packs);
  const sealing = sealingBy(originator, core.created, named);
  requireOneTlp(all.flatMap(labelsIn), core.handling);
  const originals = all.map((labels) => labels.originator);
  let before: readonly (Label | undefined)[] = [];
  for (const time of [core.created, ...changes(originals).filter((due) => due > core.created)]) {
    const now = originals.map((label) => currentLabel(label, time)) as [Label, ...Label[]];
    const [whole, ...parts] = now;
    const isNew = (part: Label, i: number): boolean => whole !== before[0] || part !== before[i + 1];
    requireDominant(
      whole,
      parts.map((part, i) => (isNew(part, i) ? part : undefined)),
      sealing,
    );
    before = now;
  }
  const expected = audienceOf(portions, sealing);
  if (expected.length !== core.audience.length || expected.some((token, i) => token !== core.audience[i])) {
    fail("ERR_AUDIENCE");
  }
  return named;
}

/** One key slot of a portion, and who asks what for whom. */
export interface SlotQuestion {
  readonly core: Core;
  /** Of the portion. */
  readonly labels: Labels;
  readonly originator: VerifiedCard;
  readonly recipient: VerifiedCard;
  readonly alg: SuiteAlg;
  readonly hidden: boolean;
  readonly action: Question["action"];
  /** Those that the envelope names. */
  readonly packs: readonly PolicyPack[];
  /** Unix seconds. */
  readonly at: number;
}

/**
 * The release decision for one slot. Who signs a named slot has put its holder on the list of the portion. Agreements are
 * those of the label's policy; consents and objections are documents that this version has no form for.
 */
export const decideSlot = ({ core, labels, originator, recipient, alg, hidden, action, packs, at }: SlotQuestion) =>
  decide({
    ...sealingBy(originator, core.created, packs),
    action,
    at,
    subject: subjectOf(recipient),
    labels,
    handling: core.handling,
    suite: SUITE_OF[alg],
    named: !hidden,
    environment: originator.claims.environment,
    evidence: {
      list: hidden ? [] : [personOf(recipient)],
      agreements: packs
        .filter(({ policy }) => policy.policy.name === currentLabel(labels.originator, at).policy[0])
        .flatMap(({ policy }) => policy.agreements),
    },
  });

/** The rules that hold for every slot of a portion, whoever it is for. @throws DipbagError as requireSlot */
export function requireSlots(portion: HeadPortion, core: Core, originator: VerifiedCard, packs: readonly PolicyPack[]) {
  const sealing = sealingBy(originator, core.created, packs);
  const { handling } = core;
  const asked = new Set<string>();
  for (const [header] of portion.slots.recipients) {
    const slot = { suite: SUITE_OF[header.value.alg], named: header.value.kid !== undefined };
    // Thousands of slots are of few kinds.
    const kind = `${slot.suite} ${slot.named}`;
    if (!asked.has(kind)) requireSlot({ ...sealing, labels: portion.labels.value, handling, ...slot });
    asked.add(kind);
  }
}

/** @throws DipbagError the code of the rule that denies */
export function requirePermitted(decision: Decision): void {
  if (decision.verdict === "deny") throw new DipbagError(decision.code, decision.details, decision.trace);
}

/** A decision, and whose slot in which portion it is about. */
export interface SlotDecision {
  /** Of the portion, from 1. */
  readonly portion: number;
  readonly recipient: VerifiedCard;
  readonly decision: Decision;
}

const personOf = ({ claims }: VerifiedCard): Person => [claims.issuer, claims.subject];

const subjectOf = (card: VerifiedCard): Subject => {
  const { claims } = card;
  return {
    person: personOf(card),
    fulfils: obligationsOf(claims.fulfils),
    name: claims.name,
    nation: claims.nation,
    communities: claims.communities,
    clearances: claims.clearances,
    environment: claims.environment,
  };
};

/**
 * The key of each recipient for one portion: each its strongest hybrid key, or, where all have one, the classical key.
 * @throws DipbagError ERR_NO_RECIPIENT, ERR_RECIPIENT_TWICE, ERR_SUITES_MIXED
 */
export function chooseKeys(recipients: readonly VerifiedCard[]): readonly KemKey[] {
  if (recipients.length === 0) fail("ERR_NO_RECIPIENT");
  const digests = recipients.map(({ digest }) => digest).sort(compare);
  const twice = digests.find((digest, i) => i > 0 && equal(digests[i - 1]!, digest));
  const name = recipients.find(({ digest }) => digest === twice)?.claims.name;
  if (name !== undefined) fail("ERR_RECIPIENT_TWICE", { name });

  const strongest = (card: VerifiedCard, safe: boolean) =>
    card.kems.filter(({ alg }) => SUITES[alg].quantumSafe === safe).sort((a, b) => b.alg - a.alg)[0];
  const hybrid = recipients.map((card) => strongest(card, true));
  if (hybrid.every((key) => key !== undefined)) return hybrid;
  const classical = recipients.map((card) => strongest(card, false));
  if (classical.every((key) => key !== undefined)) return classical;
  return fail("ERR_SUITES_MIXED", { name: recipients[hybrid.indexOf(undefined)]?.claims.name ?? "" });
}
