/** Who a label lets in by its release tags (rule D9), before anyone's clearance is looked at. */

import { compare, utf8 } from "../bytes.ts";
import type { Label } from "./label.ts";
import { inForce, type PolicyTag } from "./policy.ts";
import { unixSeconds } from "./shapes.ts";
import { type Marking, type Sealing, type ValidLabel, validate } from "./valid.ts";

/** The audience of what anyone may see. */
export const EVERYONE = "*";
/** The audience of what goes to whomever the originator addresses, whatever their nation (TLP). */
export const ADDRESSEES = "addressees";

/** Sorted by the bytes of the UTF-8 text, each once. */
export const sorted = (texts: Iterable<string>): string[] =>
  [...new Set(texts)].sort((a, b) => compare(utf8(a), utf8(b)));

/** The values that a label states for a tag. */
export const valuesOf = ({ tags = [] }: Marking, { name }: PolicyTag): readonly string[] =>
  tags.filter(([, tag]) => tag === name).flatMap(([, , , values]) => values);

/**
 * The tokens (nations, closed communities) that a permissive tag lets in; undefined where it restricts nobody. An open
 * community stands for its members: those who were in it when the label was made and still when the envelope was sealed.
 * An extension adds nobody by a value that the base states too (ADatP-4774 repeats the context in Releasable To).
 */
export function admitted({ label, policy }: ValidLabel, tag: PolicyTag, sealing: Sealing): Set<string> | undefined {
  const values = valuesOf(label, tag);
  if (values.length === 0) {
    if (tag.absent === "any") return undefined;
    return new Set(tag.absent === "originator-only" ? [sealing.originatorNation] : []);
  }
  const made = unixSeconds(label.created) ?? Number.NaN;
  const expand = (value: string): readonly string[] => {
    const community = policy.communities.find(({ code, decomposable }) => code === value && decomposable === "Yes");
    if (community === undefined) return [value];
    return community.members
      .map(({ nation, from, to = null }) => ({ nation, validFrom: from, validTo: to }))
      .filter((member) => inForce(member, made) && inForce(member, sealing.created))
      .map(({ nation }) => nation);
  };
  const base = policy.tags.filter(({ role }) => role === "base").flatMap((known) => valuesOf(label, known));
  return new Set(values.filter((value) => tag.role !== "extension" || !base.includes(value)).flatMap(expand));
}

/** Rule D9 for somebody with these tokens: (base AND every gate) OR extension. */
export function isReleased(tokens: readonly string[], valid: ValidLabel, sealing: Sealing): boolean {
  if (valid.classification.release !== undefined) return true;
  const lets = (tag: PolicyTag): boolean => {
    const set = admitted(valid, tag, sealing);
    return set === undefined || tokens.some((token) => set.has(token));
  };
  const permissive = valid.policy.tags.filter(({ type }) => type === "PERMISSIVE");
  return (
    permissive.filter(({ role }) => role !== "extension").every(lets) ||
    permissive.filter(({ role }) => role === "extension").some(lets)
  );
}

/** The audience of a label that is known to be valid. */
export function audienceOf(valid: ValidLabel, sealing: Sealing): readonly string[] {
  const { policy, classification } = valid;
  if (classification.release !== undefined) return [classification.release === "public" ? EVERYONE : ADDRESSEES];
  const tags = policy.tags.filter(({ type }) => type === "PERMISSIVE").map((tag) => admitted(valid, tag, sealing));
  const candidates = [
    sealing.originatorNation,
    ...(policy.policy.originatorNations ?? []),
    ...tags.flatMap((set) => [...(set ?? [])]),
  ];
  return sorted(candidates).filter((token) => isReleased([token], valid, sealing));
}

/**
 * Who a label lets in, as resolved when sealed: nations and closed communities, sorted and unique; `["*"]` where it is
 * public, `["addressees"]` where the policy leaves it to the originator's choice of addressees. May be empty.
 * @throws DipbagError ERR_POLICY_UNKNOWN, ERR_LABEL_INVALID
 */
export const audience = (label: Label, sealing: Sealing): readonly string[] =>
  audienceOf(validate(label, sealing), sealing);
