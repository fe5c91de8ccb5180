/** Rules D3 and D4: is the policy of a label known, and is the label one that the policy can have made? */

import { equal } from "../bytes.ts";
import { fail } from "../errors.ts";
import type { Label } from "./label.ts";
import { type Classification, inForce, oidBytes, type Policies, type Policy } from "./policy.ts";

/** The part of a label that a policy speaks about, and that a marking shows. */
export type Marking = Pick<Label, "policy" | "classification" | "tags">;

/** Who sealed it, when (Unix seconds, as the envelope says), and the policies known here. */
export interface Sealing {
  readonly policies: Policies;
  /** The nation on the originator's card. */
  readonly originatorNation: string;
  readonly created: number;
}

/** A label that has passed D3 and D4. Made by `validate` only. */
export interface ValidLabel<L extends Marking = Label> {
  readonly label: L;
  readonly policy: Policy;
  readonly classification: Classification;
}

/** Rule D3. @throws DipbagError ERR_POLICY_UNKNOWN */
export function policyOf({ policy: [name, oid] }: Marking, { policies, created }: Sealing): Policy {
  const policy = policies.get(name);
  const same =
    policy !== undefined &&
    (oid === null || (policy.policy.oid !== undefined && equal(oid, oidBytes(policy.policy.oid))));
  return same && inForce(policy, created) ? policy : fail("ERR_POLICY_UNKNOWN", { policy: name });
}

/** Rules D3 and D4. @throws DipbagError ERR_POLICY_UNKNOWN, ERR_LABEL_INVALID */
export function validate<L extends Marking>(label: L, sealing: Sealing): ValidLabel<L> {
  const policy = policyOf(label, sealing);
  const { tags = [] } = label;
  const refuse = (reason: string, fix: string): never =>
    fail("ERR_LABEL_INVALID", { policy: policy.policy.name, reason, fix });

  const nations = policy.policy.originatorNations;
  if (nations !== undefined && !nations.includes(sealing.originatorNation)) {
    refuse(`${sealing.originatorNation} does not label under it`, `it is for originators of ${nations.join(", ")}`);
  }

  const current = policy.classifications.filter((known) => inForce(known, sealing.created));
  const classification =
    current.find(({ name }) => name === label.classification) ??
    refuse(`no classification ${label.classification}`, `use one of: ${current.map(({ name }) => name).join(", ")}`);

  for (const [type, name, oid, values] of tags) {
    const known = policy.tags.find((tag) => tag.name === name && inForce(tag, sealing.created));
    if (known === undefined || known.type !== type || oid !== null) {
      return refuse(
        `no ${type.toLowerCase()} tag ${name}`,
        `use only: ${policy.tags.map((tag) => tag.name).join(", ")}`,
      );
    }
    const unknown = values.find((value) => !known.values.includes(value));
    if (unknown !== undefined) refuse(`${name} has no value ${unknown}`, `use only: ${known.values.join(", ")}`);
    if (values.length === 0 && type !== "INFORMATIVE")
      refuse(`${name} has no value`, "state its values, or leave it out");
    if (new Set(values).size !== values.length) refuse(`${name} has a value twice`, "state each value once");
  }
  if (new Set(tags.map(([, name]) => name)).size !== tags.length) refuse("a tag stands twice", "state each tag once");

  for (const { whenRankAtLeast, tag } of policy.requires) {
    const stated = tags.some(([, name, , values]) => name === tag && values.length > 0);
    if (classification.rank >= whenRankAtLeast && !stated) {
      refuse(`${classification.name} needs ${tag}`, `add ${tag} with one or more values`);
    }
  }
  return { label, policy, classification };
}
