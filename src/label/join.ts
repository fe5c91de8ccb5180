/** One label over several portions: what it is where nobody wrote it, and whether one that was written covers them. */

import { compare, utf8 } from "../bytes.ts";
import { DipbagError, fail } from "../errors.ts";
import { type Handling, OBLIGATION, PAP, TLP } from "./label.ts";
import { banner, policyRef, tagsInOrder } from "./marking.ts";
import type { Policy, PolicyTag } from "./policy.ts";
import { admitted, baseValues, type Dated, expanded, openCommunity, repeated, sorted, valuesOf } from "./release.ts";
import { unixSeconds } from "./shapes.ts";
import { type Sealing, type ValidLabel, validate } from "./valid.ts";

type Several<T> = readonly [T, ...T[]];
type Valid = ValidLabel<Dated>;

/** A part of a joined label, and why it is as it is. */
export interface Piece {
  /** The name of a tag; absent for the classification. */
  readonly tag?: string;
  /** Empty where an extension is lost. */
  readonly values: readonly string[];
  readonly rule: "highest" | "union" | "agreed" | "common" | "originator" | "lost";
  /** The labels that state or restrict it, counted from 1. */
  readonly parts: readonly number[];
}

export interface Joined {
  readonly label: Dated;
  readonly pieces: readonly Piece[];
}

function inOnePolicy(labels: Several<Dated>, sealing: Sealing): Several<Valid> {
  const names = sorted(labels.map(({ policy: [name] }) => name));
  if (names.length > 1) fail("ERR_POLICIES_DIFFER", { policies: names.join(", ") });
  const [first, ...rest] = labels;
  return [validate(first, sealing), ...rest.map((label) => validate(label, sealing))];
}

/**
 * Roll-up (spec/label.md section 7): the label that covers labels of one policy, and where each piece of it comes from.
 * Commutative, associative, idempotent on its own results; whom it lets in, every one of them lets in, or they are of the
 * originator's own nation. Kind, originator, privacy mark, review, succession, id and foreign XML are left to whoever
 * labels the whole.
 * @throws DipbagError ERR_POLICIES_DIFFER, ERR_AUDIENCES_DISJOINT; as validate, for a part or for the whole
 */
export function explainJoin(labels: Several<Dated>, sealing: Sealing): Joined {
  const valid = inOnePolicy(labels, sealing);
  const [{ policy }] = valid;
  const { classification } = valid.reduce((a, b) => (b.classification.rank > a.classification.rank ? b : a));
  const parts = numbers(valid, (part) => part.classification === classification);
  const pieces: Piece[] = [{ values: [classification.name], rule: "highest", parts }];
  const tags = tagsInOrder(policy).flatMap((tag) => {
    const own = piecesOf(tag, valid, sealing);
    pieces.push(...own.map((piece) => ({ tag: tag.name, ...piece })));
    const values = sorted(own.flatMap((piece) => piece.values));
    return values.length === 0 ? [] : [[tag.type, tag.name, null, values] as const];
  });
  const created = labels.map((label) => label.created).reduce((a, b) => (isLater(b, a) ? b : a));
  const marking = { policy: policyRef(policy), classification: classification.name, created };
  const { label } = validate(tags.length === 0 ? marking : { ...marking, tags }, sealing);
  return { label, pieces };
}

/** The label of `explainJoin` alone. */
export const join = (labels: Several<Dated>, sealing: Sealing): Dated => explainJoin(labels, sealing).label;

/** By the time that it says; of two ways to write one time, by their bytes. */
function isLater(a: string, b: string): boolean {
  const [left, right] = [unixSeconds(a) ?? Number.NaN, unixSeconds(b) ?? Number.NaN];
  return left > right || (left === right && compare(utf8(a), utf8(b)) > 0);
}

const numbers = <T>(all: readonly T[], test: (one: T) => boolean): readonly number[] =>
  all.flatMap((one, i) => (test(one) ? [i + 1] : []));

type Values = Omit<Piece, "tag">;

function piecesOf(tag: PolicyTag, valid: Several<Valid>, sealing: Sealing): readonly Values[] {
  if (tag.role === "base") return baseOf(tag, valid, sealing);
  if (tag.role === "gate") return gateOf(tag, valid, sealing);
  if (tag.role === "extension") return extensionOf(tag, valid, sealing);
  const lists = valid.map(({ label }) => valuesOf(label, tag));
  const union = (value: string): Values => ({
    values: [value],
    rule: "union",
    parts: numbers(lists, (list) => list.includes(value)),
  });
  return sorted(lists.flat()).map(union);
}

const refuse = (tag: PolicyTag): never => fail("ERR_AUDIENCES_DISJOINT", { tag: tag.name });

/** A base must be the same, and mean the same, in all. What announces an extension stands with it if that survives. */
function baseOf(tag: PolicyTag, valid: Several<Valid>, sealing: Sealing): readonly Values[] {
  const [first] = valid;
  const core = sorted(baseValues(first, tag));
  const members = (part: Valid) => JSON.stringify(sorted(expanded(core, part, sealing)));
  const agrees = (part: Valid): boolean =>
    JSON.stringify(sorted(baseValues(part, tag))) === JSON.stringify(core) && members(part) === members(first);
  if (!valid.every(agrees)) refuse(tag);
  const announced = first.policy.tags.flatMap((other) => {
    const { announcedBy } = other;
    if (announcedBy === undefined || !tag.values.includes(announcedBy)) return [];
    return extensionOf(other, valid, sealing).some(({ values }) => values.length > 0) ? [announcedBy] : [];
  });
  const values = sorted([...core, ...announced]);
  return values.length === 0 ? [] : [{ values, rule: "agreed", parts: numbers(valid, () => true) }];
}

/** The tokens common to all that restrict by it; what is released to anyone restricts only by what it states. */
function gateOf(tag: PolicyTag, valid: Several<Valid>, sealing: Sealing): readonly Values[] {
  const [{ policy }] = valid;
  const sets = valid.map((part) => {
    const silent = part.classification.release !== undefined && valuesOf(part.label, tag).length === 0;
    return silent ? undefined : admitted(part, tag, sealing);
  });
  const parts = numbers(sets, (set) => set !== undefined);
  if (parts.length === 0) return [];
  const shared = common(sets.filter((set) => set !== undefined));
  const values = shared.length > 0 ? shared : [sealing.originatorNation];
  // Written out, the code of an open community would stand for its members again.
  if (values.some((value) => openCommunity(value, policy))) return refuse(tag);
  if (shared.length === 0 && !tag.values.includes(sealing.originatorNation)) return refuse(tag);
  return [{ values, rule: shared.length > 0 ? "common" : "originator", parts }];
}

/** The tokens, and what is repeated of the base, common to all that are not released to anyone anyhow. */
function extensionOf(tag: PolicyTag, valid: Several<Valid>, sealing: Sealing): readonly Values[] {
  const stated = numbers(valid, ({ label }) => valuesOf(label, tag).length > 0);
  const closed = valid.filter(({ classification }) => classification.release === undefined);
  const repeats = closed[0] === undefined ? [] : repeated(closed[0]);
  const lists = closed.map((part) => {
    const values = valuesOf(part.label, tag);
    const added = expanded(
      values.filter((value) => !repeats.includes(value)),
      part,
      sealing,
    );
    return new Set([...values.filter((value) => repeats.includes(value)), ...added]);
  });
  const shared = common(lists);
  const added = shared.filter((value) => !repeats.includes(value));
  if (added.some((value) => openCommunity(value, valid[0].policy))) return refuse(tag);
  if (added.length > 0) return [{ values: shared, rule: "common", parts: stated }];
  return stated.length === 0 ? [] : [{ values: [], rule: "lost", parts: stated }];
}

const common = ([first, ...others]: readonly ReadonlySet<string>[]): readonly string[] =>
  sorted(first ?? []).filter((token) => others.every((set) => set.has(token)));

/** What several handlings ask for together (spec/label.md section 7). The rest is for whoever handles the whole. */
export function joinHandling(
  handlings: readonly Handling[],
): Pick<Handling, "tlp" | "pap" | "obligations" | "validUntil"> {
  const highest = <T extends string>(table: Readonly<Record<T, number>>, stated: readonly (T | undefined)[]) =>
    stated.filter((name) => name !== undefined).sort((a, b) => table[b] - table[a])[0];
  const tlp = highest(
    TLP,
    handlings.map((handling) => handling.tlp),
  );
  const pap = highest(
    PAP,
    handlings.map((handling) => handling.pap),
  );
  const asked = new Set(handlings.flatMap(({ obligations = [] }) => obligations));
  const obligations = [...asked].sort((a, b) => OBLIGATION[a] - OBLIGATION[b]);
  const ends = handlings.flatMap(({ validUntil }) => validUntil ?? []);
  return {
    ...(tlp !== undefined && { tlp }),
    ...(pap !== undefined && { pap }),
    ...(obligations.length > 0 && { obligations }),
    ...(ends.length > 0 && { validUntil: Math.min(...ends) }),
  };
}

/**
 * Requires that the label of an envelope covers every portion: it ranks as high, carries all their restrictive values,
 * and lets in nobody whom one of them keeps out. The originator's own nation, which wrote them all, is disregarded there.
 * Portions that need not be asked are undefined.
 * @throws DipbagError ERR_NOT_DOMINANT; ERR_POLICIES_DIFFER; as validate
 */
export function requireDominant(envelope: Dated, portions: readonly (Dated | undefined)[], sealing: Sealing): void {
  const asked = portions.filter((portion) => portion !== undefined);
  const [over, ...under] = inOnePolicy([envelope, ...asked], sealing);
  under.forEach((portion, i) => {
    const [first] = shortfalls(over, portion, sealing);
    if (first === undefined) return;
    const fix = coveringAll([envelope, ...asked], over.policy, sealing);
    const number = portions.indexOf(asked[i]) + 1;
    fail("ERR_NOT_DOMINANT", {
      label: banner(envelope, over.policy),
      portion: number,
      reason: reasonOf(first, portion),
      fix,
    });
  });
}

/** What the envelope could be labelled, where that can be said in one label. */
function coveringAll(labels: readonly [Dated, ...Dated[]], policy: Policy, sealing: Sealing): string {
  try {
    return banner(join(labels, sealing), policy);
  } catch (error) {
    if (error instanceof DipbagError) return "so that it covers all portions, or seal some of them by themselves";
    throw error;
  }
}

/** What keeps a label from covering another: the rank, a release tag that lets in too many, or a restrictive one without a value. */
export type Shortfall =
  | { readonly what: "rank" }
  /** `lets`: whom the tag of the covering label lets in; undefined: everybody. `keeps`: those whom the other one's does. */
  | {
      readonly what: "release";
      readonly tag: PolicyTag;
      readonly lets: ReadonlySet<string> | undefined;
      readonly keeps: ReadonlySet<string>;
      readonly extra: readonly string[];
    }
  | { readonly what: "tag"; readonly tag: PolicyTag; readonly missing: readonly string[] };

/** Rule L3, for one label over another of the same policy. */
export function shortfalls(over: Valid, under: Valid, sealing: Sealing): readonly Shortfall[] {
  const tags = tagsInOrder(over.policy);
  const found: Shortfall[] = over.classification.rank < under.classification.rank ? [{ what: "rank" }] : [];
  // Whoever the whole is released to, a part that is released no further up the ranks is released to (rule L1).
  const gates = under.classification.release === undefined ? tags.filter(({ type }) => type === "PERMISSIVE") : [];
  for (const tag of gates) {
    const [lets, keeps] = [admitted(over, tag, sealing), admitted(under, tag, sealing)];
    if (keeps === undefined) continue;
    const extra = [...(lets ?? [])].filter((token) => !keeps.has(token) && token !== sealing.originatorNation);
    if (lets === undefined || extra.length > 0) found.push({ what: "release", tag, lets, keeps, extra });
  }
  for (const tag of tags.filter(({ type }) => type === "RESTRICTIVE")) {
    const missing = valuesOf(under.label, tag).filter((value) => !valuesOf(over.label, tag).includes(value));
    if (missing.length > 0) found.push({ what: "tag", tag, missing });
  }
  return found;
}

function reasonOf(shortfall: Shortfall, under: Valid): string {
  if (shortfall.what === "rank") return `the portion is ${under.classification.name}`;
  if (shortfall.what === "tag") return `it lacks ${shortfall.missing.join(", ")}`;
  const { tag, lets, extra } = shortfall;
  return lets === undefined ? `it lacks ${tag.name}` : `${tag.name} lets in ${extra.join(", ")}`;
}
