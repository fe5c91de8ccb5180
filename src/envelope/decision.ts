/** Where label and card meet: the release decision for a key slot, and what an envelope's labels say of each other. */

import { engine } from "#engine/public";
import { compare, equal } from "../bytes.ts";
import type { KemKey } from "../cose/key.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../crypto/suites.ts";
import { fail } from "../errors.ts";
import {
  type Decision,
  decide,
  type Question,
  requireEnvironment,
  requireInForce,
  requireSlot,
  type Subject,
} from "../label/decide.ts";
import type { Labels } from "../label/label.ts";
import { type Policy, policies, type Suite } from "../label/policy.ts";
import { audience, EVERYONE, sorted } from "../label/release.ts";
import { requireDominant } from "../label/rollup.ts";
import { unixSeconds } from "../label/shapes.ts";
import type { Sealing } from "../label/valid.ts";
import type { VerifiedCard } from "../trust/pin.ts";
import type { Core } from "./format.ts";
import type { HeadPortion } from "./head.ts";

/** A policy known here, and the payload bytes whose SHA-256 names it. */
export interface PolicyPack {
  readonly policy: Policy;
  readonly payload: Uint8Array;
}

const SUITE_OF: Readonly<Record<SuiteAlg, Suite>> = {
  [HPKE_3_KE]: "classical",
  [HPKE_9_KE]: "hybrid-768",
  [HPKE_10_KE]: "hybrid-1024",
};

export const sealingBy = (originator: VerifiedCard, created: number, packs: readonly PolicyPack[]): Sealing => ({
  policies: policies(...packs.map(({ policy }) => policy)),
  originatorNation: originator.claims.nation,
  created,
});

const labelsIn = ({ originator, alternatives = [] }: Labels) => [originator, ...alternatives];
const policiesIn = (labels: readonly Labels[]): readonly string[] =>
  sorted(labels.flatMap(labelsIn).map(({ policy: [name] }) => name));

/** Core field 7: one reference for each policy named in a label. @throws DipbagError ERR_POLICY_UNKNOWN */
export const policyRefs = (labels: readonly Labels[], packs: readonly PolicyPack[]): Core["policies"] =>
  policiesIn(labels).map((name) => {
    const pack =
      packs.find(({ policy }) => policy.policy.name === name) ?? fail("ERR_POLICY_UNKNOWN", { policy: name });
    return [name, pack.policy.version, engine.sha256(pack.payload)];
  });

/** Core field 8: everybody whom the label of some portion lets in. @throws DipbagError ERR_NO_AUDIENCE where nobody is */
export function audienceOf(portions: readonly Labels[], sealing: Sealing): readonly string[] {
  const tokens = sorted(portions.flatMap(({ originator }) => audience(originator, sealing)));
  if (tokens.length === 0) fail("ERR_NO_AUDIENCE");
  return tokens.includes(EVERYONE) ? [EVERYONE] : tokens;
}

/**
 * Step V5 but for the slots: what originator, labels, policies and audience say of each other. `portions`: their labels.
 * @throws DipbagError ERR_ORIGINATOR, ERR_EXERCISE_MISMATCH, ERR_EXPIRED, ERR_POLICY_UNKNOWN, ERR_POLICY_REFS, ERR_LABEL_TIME, ERR_LABEL_INVALID,
 * ERR_NOT_DOMINANT, ERR_POLICIES_DIFFER, ERR_AUDIENCE
 */
export function checkLabels(
  core: Core,
  portions: readonly Labels[],
  originator: VerifiedCard,
  packs: readonly PolicyPack[],
  at: number,
): void {
  const all = [core.labels, ...portions];
  for (const { originator: label } of all) {
    const identifier = label.originator?.[1];
    if (identifier === undefined || !originator.claims.identifiers.includes(identifier)) {
      fail("ERR_ORIGINATOR", { name: originator.claims.name, originator: identifier ?? "nobody" });
    }
  }
  requireEnvironment(core.handling, originator.claims.name, originator.claims.environment);
  requireInForce(core.handling, at);
  for (const label of all.flatMap(labelsIn)) {
    if (!((unixSeconds(label.created) ?? Infinity) <= core.created)) fail("ERR_LABEL_TIME", { created: label.created });
  }
  checkPolicyRefs(core, policiesIn(all), packs);
  const sealing = sealingBy(originator, core.created, packs);
  requireDominant(
    core.labels.originator,
    portions.map((labels) => labels.originator),
    sealing,
  );
  const expected = audienceOf(portions, sealing);
  if (expected.length !== core.audience.length || expected.some((token, i) => token !== core.audience[i])) {
    fail("ERR_AUDIENCE");
  }
}

/** Exactly the policies that the labels name, and the very texts known here. */
function checkPolicyRefs({ policies: refs }: Core, named: readonly string[], packs: readonly PolicyPack[]): void {
  if (refs.length !== named.length || refs.some(([name], i) => name !== named[i])) fail("ERR_POLICY_REFS");
  for (const [name, version, digest] of refs) {
    const pack = packs.find(({ policy }) => policy.policy.name === name);
    if (pack === undefined || pack.policy.version !== version || !equal(engine.sha256(pack.payload), digest)) {
      fail("ERR_POLICY_UNKNOWN", { policy: `${name} version ${version}` });
    }
  }
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
  readonly packs: readonly PolicyPack[];
  /** Unix seconds. */
  readonly at: number;
}

/** The release decision for one slot. */
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
  });

/** The rules that hold for every slot of a portion, whoever it is for. @throws DipbagError as requireSlot */
export function requireSlots(portion: HeadPortion, core: Core, originator: VerifiedCard, packs: readonly PolicyPack[]) {
  const sealing = sealingBy(originator, core.created, packs);
  const { handling } = core;
  for (const [header] of portion.slots.recipients) {
    const { alg, kid } = header.value;
    requireSlot({ ...sealing, labels: portion.labels.value, handling, suite: SUITE_OF[alg], named: kid !== undefined });
  }
}

/** @throws DipbagError the code of the rule that denies */
export function requirePermitted(decision: Decision): void {
  if (decision.verdict === "deny") fail(decision.code, decision.details);
}

const subjectOf = ({ claims }: VerifiedCard): Subject => ({
  name: claims.name,
  nation: claims.nation,
  communities: claims.communities,
  clearances: claims.clearances,
  environment: claims.environment,
});

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
