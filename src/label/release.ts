/** Who a label lets in by its release tags (rule D9), before anyone's clearance is looked at. */

import { compare, utf8 } from "../bytes.ts";
import { fail } from "../errors.ts";
import { dayOf } from "../time.ts";
import type { Label } from "./label.ts";
import { banner } from "./marking.ts";
import type { Policy, PolicyTag } from "./policy.ts";
import { unixSeconds } from "./shapes.ts";
import { type Marking, type Sealing, type ValidLabel, validate } from "./valid.ts";

/** The audience of what anyone may see. */
export const EVERYONE = "*";
/** The audience of what goes to whomever the originator addresses, whatever their nation: TLP, and what has no release tags. */
export const ADDRESSEES = "addressees";

/** Sorted by the bytes of the UTF-8 text, each once. Without surrogates UTF-16 sorts alike, and much faster. */
export function sorted(texts: Iterable<string>): string[] {
  const all = [...new Set(texts)];
  return all.some((text) => /[\ud800-\udfff]/.test(text)) ? all.sort((a, b) => compare(utf8(a), utf8(b))) : all.sort();
}

/** The values that a label states for a tag. */
export const valuesOf = ({ tags = [] }: Marking, { name }: PolicyTag): readonly string[] =>
  tags.filter(([, tag]) => tag === name).flatMap(([, , , values]) => values);

/** What a release tag is asked of: a marking, and when it was made. */
export type Dated = Marking & Pick<Label, "created">;

/** The community of this code that stands for its members, if there is one. */
export const openCommunity = (code: string, { communities }: Policy): Policy["communities"][number] | undefined =>
  communities.find((known) => known.code === code && known.decomposable === "Yes");

/**
 * Values as tokens: nations and closed communities. An open community stands for its members: those who were in it when
 * the label was made and still when the envelope was sealed.
 */
export function expanded(
  values: readonly string[],
  { label, policy }: ValidLabel<Dated>,
  { created }: Sealing,
): readonly string[] {
  if (!values.some((value) => openCommunity(value, policy))) return values;
  const days = [unixSeconds(label.created) ?? fail("ERR_SCHEMA", { where: "created" }), created].map(dayOf);
  const isMember = ({ from, to = null }: { from: string; to?: string | null }) =>
    days.every((day) => from <= day && (to === null || day <= to));
  return values.flatMap(
    (value) =>
      openCommunity(value, policy)
        ?.members.filter(isMember)
        .map(({ nation }) => nation) ?? [value],
  );
}

/** The values of bases that only announce an extension (ADatP-4774: Releasable), and let in nobody. */
const announcing = ({ tags }: Policy): readonly string[] => tags.flatMap(({ announcedBy }) => announcedBy ?? []);

/** The values of a base without those that only announce. */
export function baseValues({ label, policy }: ValidLabel<Dated>, tag: PolicyTag): readonly string[] {
  const announced = new Set(announcing(policy));
  return valuesOf(label, tag).filter((value) => !announced.has(value));
}

/** Values of an extension that add nobody: those that the label's bases state too, which ADatP-4774 has it repeat. */
export const repeated = ({ label, policy }: ValidLabel<Dated>): readonly string[] => [
  ...policy.tags.filter(({ role }) => role === "base").flatMap((tag) => valuesOf(label, tag)),
  ...announcing(policy),
];

/** The tokens that a permissive tag lets in; undefined where it restricts nobody (spec/label.md section 5). */
export function admitted(valid: ValidLabel<Dated>, tag: PolicyTag, sealing: Sealing): Set<string> | undefined {
  const stated = valuesOf(valid.label, tag);
  if (stated.length === 0) {
    if (tag.absent === "any") return undefined;
    return new Set(tag.absent === "originator-only" ? [sealing.originatorNation] : []);
  }
  const repeats = new Set(tag.role === "extension" ? repeated(valid) : []);
  const values = tag.role === "base" ? baseValues(valid, tag) : stated.filter((value) => !repeats.has(value));
  return new Set(expanded(values, valid, sealing));
}

const permissiveTags = ({ tags }: Policy): readonly PolicyTag[] => tags.filter(({ type }) => type === "PERMISSIVE");
const meet = (tokens: readonly string[], set: ReadonlySet<string>): boolean => tokens.some((token) => set.has(token));

/** The tokens of what restricts, bases and gates, and of the extensions. */
function setsOf(valid: ValidLabel<Dated>, sealing: Sealing) {
  const tags = permissiveTags(valid.policy);
  const sets = (some: readonly PolicyTag[]) =>
    some.map((tag) => admitted(valid, tag, sealing)).filter((set) => set !== undefined);
  return {
    all: sets(tags.filter(({ role }) => role !== "extension")),
    any: sets(tags.filter(({ role }) => role === "extension")),
  };
}

/** Rule D9 for somebody with these tokens: (base AND every gate) OR extension. */
export function isReleased(tokens: readonly string[], valid: ValidLabel<Dated>, sealing: Sealing): boolean {
  if (valid.classification.release !== undefined) return true;
  const { all, any } = setsOf(valid, sealing);
  return all.every((set) => meet(tokens, set)) || any.some((set) => meet(tokens, set));
}

/**
 * Whether rule D9 lets in somebody with these tokens whom a reader that knows no roles keeps out. Such a reader follows
 * STANAG 4774.1 to the letter: every permissive tag that stands on the label must be met, a base also by what announces
 * an extension, and an extension also by what it repeats.
 */
export function diverges(tokens: readonly string[], valid: ValidLabel<Dated>, sealing: Sealing): boolean {
  const announced = announcing(valid.policy);
  const generic = permissiveTags(valid.policy).every((tag) => {
    const stated = valuesOf(valid.label, tag);
    const open = stated.length === 0 || (tag.role === "base" && stated.some((value) => announced.includes(value)));
    return open || meet(tokens, new Set(expanded(stated, valid, sealing)));
  });
  return !generic && isReleased(tokens, valid, sealing);
}

/**
 * The audience of a label that is known to be valid. A person has one nation, and closed communities that only their card
 * tells: a set that names one of those may be met by somebody of any nation, so that it rules out no token by itself.
 */
export function audienceOf(valid: ValidLabel<Dated>, sealing: Sealing): readonly string[] {
  const { policy, classification } = valid;
  if (classification.release !== undefined) return [classification.release === "public" ? EVERYONE : ADDRESSEES];
  const { all, any } = setsOf(valid, sealing);
  // Whoever is cleared, of whatever nation.
  if (all.length === 0) return [ADDRESSEES];
  const candidates = [...all, ...any].flatMap((set) => [...set]);
  const closed = new Set(policy.communities.flatMap(({ code, decomposable }) => (decomposable === "No" ? code : [])));
  const bounds = all.map((set) => ({ set, namesClosed: [...set].some((token) => closed.has(token)) }));
  const lets = (token: string): boolean =>
    bounds.every(({ set, namesClosed }) => namesClosed || set.has(token)) && all.some((set) => set.has(token));
  return sorted(candidates).filter((token) => lets(token) || any.some((set) => set.has(token)));
}

/**
 * That its release tags, each of which lets in somebody, do not keep out everybody together.
 * @throws DipbagError ERR_GATES_CONTRADICT
 */
export function requireSomebody(valid: ValidLabel<Dated>, sealing: Sealing): void {
  if (audienceOf(valid, sealing).length > 0) return;
  const stated = permissiveTags(valid.policy).filter((tag) => (admitted(valid, tag, sealing)?.size ?? 0) > 0);
  if (stated.length < 2) return;
  const tags = stated.map(({ name }) => name).join(", ");
  fail("ERR_GATES_CONTRADICT", { label: banner(valid.label, valid.policy), tags });
}

/**
 * Who a label lets in, as resolved when sealed: nations and closed communities, sorted and unique; `["*"]` where it is
 * public, `["addressees"]` where the policy leaves it to the originator's choice of addressees. May be empty.
 * @throws DipbagError as validate; ERR_GATES_CONTRADICT
 */
export function audience(label: Dated, sealing: Sealing): readonly string[] {
  const valid = validate(label, sealing);
  requireSomebody(valid, sealing);
  return audienceOf(valid, sealing);
}
