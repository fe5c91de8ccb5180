/** Rules D3 and D4: is the policy of a label known, and is the label one that the policy can have made? */

import { equal } from "../bytes.ts";
import { fail } from "../errors.ts";
import { type Handling, type Label, type Labels, type Tag, TLP } from "./label.ts";
import { type Classification, inForce, oidOf, type Policies, type Policy } from "./policy.ts";

/** The part of a label that a policy speaks about, and that a marking shows. */
export type Marking = Pick<Label, "policy" | "classification" | "tags">;

/** Who sealed it, when (Unix seconds, as the envelope says), and the policies known here. */
export interface Sealing {
  readonly policies: Policies;
  /** The nation on the originator's card. */
  readonly originatorNation: string;
  readonly created: number;
}

/** A label that has passed D3 and D4: made by `validate`, and by lint of markings, which it compares and decides nothing by. */
export interface ValidLabel<L extends Marking = Label> {
  readonly label: L;
  readonly policy: Policy;
  readonly classification: Classification;
}

/** The originator's label, and those alternatives whose policy is known here; the others can neither help nor hurt. */
export const knownLabels = ({ originator, alternatives = [] }: Labels, { policies }: Sealing): readonly Label[] => [
  originator,
  ...alternatives.filter(({ policy: [name] }) => policies.has(name)),
];

/**
 * One object has one TLP label (FIRST TLP 2.0): that of a portion may be below the envelope's, never above.
 * @throws DipbagError ERR_TWO_TLP
 */
export function requireOneTlp(labels: readonly Label[], { tlp }: Handling): void {
  const rank = (name: string): number => (Object.hasOwn(TLP, name) ? TLP[name as keyof typeof TLP] : Infinity);
  const above = labels.find(
    ({ policy: [name], classification }) => name === "TLP" && tlp !== undefined && rank(classification) > TLP[tlp],
  );
  if (above !== undefined) fail("ERR_TWO_TLP", { inside: `TLP:${above.classification}`, outside: `TLP:${tlp}` });
}

/** Rule D3. @throws DipbagError ERR_POLICY_UNKNOWN */
export function policyOf({ policy: [name, oid] }: Marking, { policies, created }: Sealing): Policy {
  const policy = policies.get(name);
  const own = policy && oidOf(policy);
  const same = policy !== undefined && (oid === null || (own && equal(oid, own)));
  return same && inForce(policy, created) ? policy : fail("ERR_POLICY_UNKNOWN", { policy: name });
}

/**
 * Rules D3 and D4.
 * @throws DipbagError ERR_POLICY_UNKNOWN; ERR_CLASS_UNKNOWN, ERR_CLASS_OBSOLETE, ERR_TAG_UNKNOWN, ERR_TAG_EMPTY, ERR_TAG_REQUIRED,
 * ERR_VALUE_UNKNOWN, ERR_COUNTRY_UNKNOWN, ERR_COMMUNITY_UNKNOWN; ERR_LABEL_INVALID for all else
 */
export function validate<L extends Marking>(label: L, sealing: Sealing): ValidLabel<L> {
  const policy = policyOf(label, sealing);
  const nations = policy.policy.originatorNations;
  if (nations !== undefined && !nations.includes(sealing.originatorNation)) {
    const reason = `${sealing.originatorNation} does not label under it`;
    fail("ERR_LABEL_INVALID", { policy: policy.policy.name, reason, fix: `it is for ${nations.join(", ")}` });
  }
  const classification = classificationOf(label, policy, sealing.created);
  for (const tag of label.tags ?? []) requireTag(tag, policy, sealing.created);
  requireTogether(label, policy, classification);
  return { label, policy, classification };
}

function classificationOf({ classification }: Marking, policy: Policy, created: number): Classification {
  const { name } = policy.policy;
  const found = policy.classifications.find((known) => known.name === classification);
  const current = policy.classifications.filter((known) => inForce(known, created));
  const known = current.map((one) => one.name).join(", ") || "none";
  if (found === undefined) return fail("ERR_CLASS_UNKNOWN", { policy: name, classification, known });
  return current.includes(found) ? found : fail("ERR_CLASS_OBSOLETE", { policy: name, classification, known });
}

/** One tag of a label, by itself. */
function requireTag([type, name, oid, values]: Tag, policy: Policy, created: number): void {
  const current = policy.tags.filter((tag) => inForce(tag, created));
  const refuse = (): never => {
    const known = current.map((one) => one.name).join(", ") || "none";
    return fail("ERR_TAG_UNKNOWN", { policy: policy.policy.name, type: type.toLowerCase(), tag: name, known });
  };
  const tag = current.find((known) => known.name === name && known.type === type) ?? refuse();
  if (oid !== null) refuse();
  if (values.length === 0 && type !== "INFORMATIVE") fail("ERR_TAG_EMPTY", { tag: name });
  const value = values.find((stated) => !tag.values.includes(stated));
  if (value === undefined) return;
  // Nations are written as three letters (STANAG 1059, ISO 3166-1); what else a release tag names is a community.
  const unknown = /^[A-Z]{3}$/.test(value) ? "ERR_COUNTRY_UNKNOWN" : "ERR_COMMUNITY_UNKNOWN";
  fail(type === "PERMISSIVE" ? unknown : "ERR_VALUE_UNKNOWN", { tag: name, value, known: tag.values.join(", ") });
}

/** The tags of a label, with each other. */
function requireTogether({ tags = [] }: Marking, policy: Policy, { rank, name: classification }: Classification): void {
  const refuse = (reason: string, fix: string): never =>
    fail("ERR_LABEL_INVALID", { policy: policy.policy.name, reason, fix });
  const stated = (name: string): readonly string[] => tags.flatMap(([, tag, , values]) => (tag === name ? values : []));
  if (new Set(tags.map(([, name]) => name)).size !== tags.length) refuse("a tag stands twice", "state each tag once");
  const twice = tags.find(([, , , values]) => new Set(values).size !== values.length);
  if (twice !== undefined) refuse(`${twice[1]} has a value twice`, "state each value once");

  for (const { whenRankAtLeast, whenRankAtMost = 255, tag, operation } of policy.requires) {
    if (rank < whenRankAtLeast || rank > whenRankAtMost) continue;
    const count = stated(tag).length;
    if (operation === "none" && tags.some(([, name]) => name === tag)) {
      refuse(`${classification} goes without ${tag}`, `leave ${tag} out`);
    }
    if (operation !== "none" && count === 0) fail("ERR_TAG_REQUIRED", { classification, tag });
    if (operation === "exactlyOne" && count > 1) refuse(`${tag} has ${count} values`, "choose one");
  }
  for (const { tag, value, otherTag, otherValue } of policy.excludes ?? []) {
    const has = (name: string, wanted: string | undefined) =>
      wanted === undefined ? stated(name).length > 0 : stated(name).includes(wanted);
    if (!has(tag, value) || !has(otherTag, otherValue)) continue;
    refuse(`${value ?? tag} excludes ${otherValue ?? otherTag}`, "choose one of the two");
  }
}
