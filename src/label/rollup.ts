/** One label over several portions: whether it covers them, and what it is where nobody wrote it. */

import { fail } from "../errors.ts";
import type { Label } from "./label.ts";
import { banner, tagsInOrder } from "./marking.ts";
import type { PolicyTag } from "./policy.ts";
import { admitted, audienceOf, EVERYONE, sorted, valuesOf } from "./release.ts";
import { type Marking, type Sealing, type ValidLabel, validate } from "./valid.ts";

type Labels = readonly [Label, ...Label[]];

function inOnePolicy(labels: Labels, sealing: Sealing): readonly [ValidLabel, ...ValidLabel[]] {
  const names = sorted(labels.map(({ policy: [name] }) => name));
  if (names.length > 1) fail("ERR_POLICIES_DIFFER", { policies: names.join(", ") });
  const [first, ...rest] = labels;
  return [validate(first, sealing), ...rest.map((label) => validate(label, sealing))];
}

/**
 * Requires that the label of an envelope covers every portion: it ranks as high, carries all their restrictive values,
 * and lets in nobody whom one of them keeps out. The originator's own nation, which wrote them all, is disregarded there.
 * @throws DipbagError ERR_NOT_DOMINANT; ERR_POLICIES_DIFFER, ERR_POLICY_UNKNOWN, ERR_LABEL_INVALID
 */
export function requireDominant(envelope: Label, portions: readonly Label[], sealing: Sealing): void {
  const [over, ...under] = inOnePolicy([envelope, ...portions], sealing);
  under.forEach((portion, i) => {
    const reason = shortfall(over, portion, sealing);
    if (reason === undefined) return;
    const fix = banner(overall([envelope, ...portions], sealing), over.policy);
    fail("ERR_NOT_DOMINANT", { label: banner(envelope, over.policy), portion: i + 1, reason, fix });
  });
}

function shortfall(over: ValidLabel, under: ValidLabel, sealing: Sealing): string | undefined {
  if (over.classification.rank < under.classification.rank) return `the portion is ${under.classification.name}`;
  for (const tag of over.policy.tags.filter(({ type }) => type === "RESTRICTIVE")) {
    const missing = valuesOf(under.label, tag).filter((value) => !valuesOf(over.label, tag).includes(value));
    if (missing.length > 0) return `it lacks ${missing.join(", ")}`;
  }
  if (over.classification.release !== undefined || under.classification.release !== undefined) {
    const inner = audienceOf(under, sealing);
    const wide = audienceOf(over, sealing).some((token) => !inner.includes(EVERYONE) && !inner.includes(token));
    return wide ? `the portion is for ${inner.join(", ")}` : undefined;
  }
  for (const tag of over.policy.tags.filter(({ type }) => type === "PERMISSIVE")) {
    const [inner, outer] = [admitted(under, tag, sealing), admitted(over, tag, sealing)];
    if (inner === undefined) continue;
    if (outer === undefined) return `it lacks ${tag.name}`;
    const extra = [...outer].filter((token) => !inner.has(token) && token !== sealing.originatorNation);
    if (extra.length > 0) return `${tag.name} lets in ${extra.join(", ")}`;
  }
  return undefined;
}

/**
 * The marking that covers labels of one policy: highest rank, union of restrictive and informative values, intersection
 * of release lists written out; a gate whose intersection is empty lets in the originator's nation only.
 * @throws DipbagError ERR_POLICIES_DIFFER; ERR_AUDIENCES_DISJOINT; ERR_POLICY_UNKNOWN, ERR_LABEL_INVALID
 */
export function overall(labels: Labels, sealing: Sealing): Marking {
  const valid = inOnePolicy(labels, sealing);
  const [first] = valid;
  const top = valid.reduce((a, b) => (b.classification.rank > a.classification.rank ? b : a));
  const tags = tagsInOrder(first.policy).flatMap((tag) => {
    const values = joined(tag, valid, sealing);
    return values.length === 0 ? [] : [[tag.type, tag.name, null, values] as const];
  });
  const marking = { policy: first.label.policy, classification: top.classification.name };
  return validate(tags.length === 0 ? marking : { ...marking, tags }, sealing).label;
}

function joined(tag: PolicyTag, valid: readonly ValidLabel[], sealing: Sealing): readonly string[] {
  const lists = valid.map(({ label }) => sorted(valuesOf(label, tag)));
  if (tag.type !== "PERMISSIVE") return sorted(lists.flat());
  const sets = valid.map((label) => admitted(label, tag, sealing)).filter((set) => set !== undefined);
  const common = sorted(sets[0] ?? []).filter((token) => sets.every((set) => set.has(token)));
  const alike = new Set(lists.map((list) => JSON.stringify(list))).size === 1;
  const empty = tag.role === "gate" && sets.length > 0 && common.length === 0;
  if (empty && tag.absent === "originator-only") return [sealing.originatorNation];
  return empty || (tag.role === "base" && !alike) ? fail("ERR_AUDIENCES_DISJOINT", { tag: tag.name }) : common;
}
