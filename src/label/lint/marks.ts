/** Markings as they stand in documents: read, nearly read, and compared with what they stand in. */

import { DipbagError } from "../../errors.ts";
import { shortfalls } from "../join.ts";
import { TLP } from "../label.ts";
import { banner, framed, type Parsed, parseMarking, portionMark } from "../marking.ts";
import { fold } from "../nearest.ts";
import { type Classification, inForce, type Policy, wordsOf } from "../policy.ts";
import { type Dated, sorted, valuesOf } from "../release.ts";
import { type Marking, type ValidLabel, validate } from "../valid.ts";
import { type Finding, finding, type LintContext, type Rule } from "./finding.ts";
import { DirtyWords } from "./words.ts";

/** A marking that was read, as it is written. */
export interface Mark extends Parsed {
  readonly text: string;
}

/** Whether it is the mark of a paragraph, whatever stands behind it, and not a banner. */
export const isPortionMark = ({ form, exercise }: Mark): boolean => form === "portion" && !exercise;

const [FRAME = ""] = framed("|", true).split("|");
const MAX_MARKING = 1024;
const MAX_ATTEMPTS = 4096;
export const TLP_NAMES = Object.keys(TLP) as readonly (keyof typeof TLP)[];
/** What shows nothing or moves what is shown, line ends and tabs excepted. */
const HIDDEN = /(?![\t-\r])[\p{Cf}\p{Cc}]/u;
/** Overrides and isolates of direction, which reach to the end of the line (Unicode Standard Annex 9). */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;

const tokens = (text: string): string[] => text.split(/[\s,;:/()]+/).filter((token) => token !== "");
const parts = (policy: Policy): readonly string[] => [
  ...policy.languages.keys(),
  ...(policy.languages.size === 0 ? [""] : []),
];

/** The markings that the policies of a context can make. */
export class Marks {
  readonly context: LintContext;
  /** Of the label's policy. */
  readonly words: DirtyWords;
  /** Whether there were more texts like markings than are read: no document has so many. */
  exhausted = false;
  private readonly attempts = new Map<string, Mark | string>();
  /** What `againstLabel` said of each mark: one may stand there a million times. */
  private readonly told = new Map<string, readonly { readonly message: string; readonly fix: string }[]>();
  private readonly leads: readonly string[];
  /** The same as far as they can be told apart at a glance, to leave other lines in peace. */
  private readonly beginnings: ReadonlySet<string>;
  /** Words that only markings have, and the values that stand with them. */
  private readonly keys: ReadonlySet<string>;
  private readonly values: ReadonlySet<string>;

  constructor(context: LintContext) {
    this.context = context;
    this.words = new DirtyWords(this.policy(context.label));
    const known = [...context.policies.values()];
    this.leads = known.flatMap((policy) =>
      policy.classifications.flatMap(({ name, portion }) => [
        `(${portion}`,
        ...parts(policy).map((language) =>
          banner({ policy: [policy.policy.name, null], classification: name }, policy, language),
        ),
      ]),
    );
    this.beginnings = new Set(this.leads.map(beginning));
    const words = known.flatMap((policy) => [
      ...policy.tags.flatMap(({ portionForm = "" }) => tokens(portionForm)),
      ...[...policy.languages.values()].flatMap((language) => [...language.values()].flatMap(tokens)),
    ]);
    this.keys = new Set([...this.leads.flatMap(tokens), ...words]);
    this.values = new Set(known.flatMap(({ tags }) => tags.flatMap((tag) => tag.values.flatMap(tokens))));
  }

  /** The marking that `text` is, exactly and as a whole. */
  read(text: string): Mark | undefined {
    const bare = text.startsWith(FRAME) ? text.slice(FRAME.length) : text;
    if (text.length > MAX_MARKING || !this.leads.some((lead) => bare.startsWith(lead))) return undefined;
    const mark = this.attempt(text);
    return typeof mark === "string" ? undefined : mark;
  }

  /** The marking, or what to write instead. */
  private attempt(text: string): Mark | string {
    const before = this.attempts.get(text);
    if (before !== undefined) return before;
    if (this.attempts.size >= MAX_ATTEMPTS) {
      this.exhausted = true;
      return "";
    }
    const result = this.parse(text);
    this.attempts.set(text, result);
    return result;
  }

  private parse(text: string): Mark | string {
    try {
      return { text, ...parseMarking(text, this.context.policies) };
    } catch (error) {
      if (error instanceof DipbagError) return String(error.details.fix);
      throw error;
    }
  }

  /** A marking at the beginning or end of a line of text such as a title, or all of it. */
  find(text: string): Mark | undefined {
    if (text.length > 4 * MAX_MARKING) return undefined;
    const frames = new RegExp(`^${FRAME}.*?${FRAME.replace(/(.*) $/, " $1")}`).exec(text)?.[0];
    const candidates = [
      text,
      text.split(/\s/)[0],
      /^\([^()]*\)/.exec(text)?.[0],
      /\([^()]*\)$/.exec(text)?.[0],
      frames,
    ];
    const pieces = text.split(/\s+[-|–—]+\s+|\s*:\s+|\s{2,}/);
    for (const candidate of [...candidates, pieces[0], pieces.at(-1)]) {
      const mark = candidate === undefined ? undefined : this.read(candidate.trim());
      if (mark !== undefined) return mark;
    }
    return undefined;
  }

  /** What to write, where `text` as a whole is nearly a marking; `edge` where it stands as a banner should. */
  near(text: string, edge: boolean): string | undefined {
    if (text.length > MAX_MARKING) return undefined;
    const bare = text.startsWith(FRAME) ? text.slice(FRAME.length) : text;
    if (!edge && !this.beginnings.has(beginning(bare))) return undefined;
    const mended = this.mend(text);
    if (mended !== undefined) return mended;
    // Each character can be matched by one part only: else a long line would be read again from each of its places.
    const [, color = ""] = /^\W?TLP(?:\s*:[\s_-]*|[\s_-]+)([^\W_]\w*)(?:[+-][\w+-]*)?\W?$/i.exec(text) ?? [];
    if (color === color.toUpperCase() && color !== "" && this.context.policies.has("TLP")) {
      if (color !== "WHITE") return this.advice(text);
      return text.startsWith("(") ? "(TLP:CLEAR)" : "TLP:CLEAR";
    }
    const words = tokens(bare);
    const known = words.filter((word) => this.keys.has(word) || this.values.has(word));
    const lead = this.leads.find((one) => bare.startsWith(one) && /^[^\p{L}\p{N}]/u.test(bare.slice(one.length)));
    if (/\p{Ll}/u.test(text) || words.length > 24) return undefined;
    const looksSo = known.length >= 2 && 2 * known.length >= words.length && known.some((word) => this.keys.has(word));
    const isPortion = text.startsWith("(");
    if (lead !== undefined && (isPortion || looksSo)) return this.advice(text);
    return looksSo && (isPortion || edge) ? this.advice(text) : undefined;
  }

  private advice(text: string): string | undefined {
    const read = this.attempt(text);
    return typeof read === "string" && read !== "" ? read : undefined;
  }

  /** The marking that a reader in a hurry would see here. */
  private mend(text: string): string | undefined {
    const folded = fold(text)
      .replace(/[\u2010-\u2015\u2212]/g, "-")
      .replace(/^\s*[[{【]\s*(.*?)\s*[\]}】]\s*$/, "($1)")
      .trim();
    const tight = folded.replace(/\s*([:,])\s*/g, (_, mark: string) => (mark === "," ? ", " : mark));
    const mended = [folded, tight, folded.replace(/[\s_-]+/, ":")].find((one) => this.read(one) !== undefined);
    // A word that also is an everyday one: "Public" as a heading is no marking.
    const everyday = mended !== undefined && /^\(?\p{L}+\)?$/u.test(mended) && /\p{Ll}/u.test(text);
    return everyday || mended === text ? undefined : mended;
  }

  /** The language in which a banner is written. */
  language({ text, marking }: Mark): string {
    const policy = this.policy(marking);
    const written = (language: string): boolean => text.includes(banner(marking, policy, language));
    return parts(policy).find(written) ?? "en";
  }

  policy({ policy: [name] }: Marking): Policy {
    const policy = this.context.policies.get(name);
    if (policy === undefined) throw new DipbagError("ERR_POLICY_UNKNOWN", { policy: name });
    return policy;
  }

  classification(marking: Marking): Classification {
    const found = this.policy(marking).classifications.find(({ name }) => name === marking.classification);
    if (found === undefined) throw new DipbagError("ERR_LABEL_INVALID", { policy: marking.policy[0] });
    return found;
  }

  /** The same, of the lowest classification that has this rank. */
  atLeast(marking: Marking, minRank: number): Marking {
    const known = this.policy(marking).classifications.filter((one) => one.rank >= minRank);
    const [lowest] = known.filter((one) => inForce(one, this.context.created)).sort((a, b) => a.rank - b.rank);
    return { ...marking, classification: lowest?.name ?? marking.classification };
  }

  banner(marking: Marking, language = "en"): string {
    return banner(marking, this.policy(marking), language);
  }

  /** The banner of the label that the document is to be sealed under, as it should stand there. */
  labelBanner(language = "en"): string {
    return framed(this.banner(this.context.label, language), this.context.exercise);
  }

  labelPortion(): string {
    return portionMark(this.context.label, this.policy(this.context.label));
  }

  /** What the policy itself has against a marking that can be read. */
  faults(mark: Mark, where: string, portion?: string): readonly Finding[] {
    // Who may label under the policy is a matter of the label, not of the marking.
    const [originatorNation = ""] = this.policy(mark.marking).policy.originatorNations ?? [];
    try {
      validate(mark.marking, { ...this.context, originatorNation });
      return [];
    } catch (error) {
      if (!(error instanceof DipbagError)) throw error;
      return [finding("marking-invalid", where, error.message, error.hint ?? "", { portion, found: mark.text })];
    }
  }

  /** What `under` has and `over`, of the same policy, lacks: each with the words that `over` needs, in its language. */
  shortfalls(over: Marking, under: Marking, language: string): readonly Shortfall[] {
    const policy = this.policy(over);
    const words = wordsOf(policy, language);
    const inner = this.valid(under);
    const phrase = (name: string, values: readonly string[]): string =>
      (words.has(name) ? `${words.get(name)} ` : "") + values.join(policy.separators.list);
    return shortfalls(this.valid(over), inner, this.context).map((shortfall): Shortfall => {
      const { what } = shortfall;
      if (what === "rank") {
        const { name } = inner.classification;
        const fix = words.get(name) ?? banner({ policy: under.policy, classification: name }, policy, language);
        return { what, reason: `is ${fix}`, fix };
      }
      const { tag } = shortfall;
      if (what === "tag") {
        const fix = phrase(tag.name, shortfall.missing);
        return { what, reason: `is ${fix}`, fix };
      }
      const { lets, keeps } = shortfall;
      const stated = valuesOf(under, tag);
      const fits = stated.length > 0 && (lets === undefined || [...keeps].every((token) => lets.has(token)));
      const common = fits ? stated : sorted([...keeps].filter((token) => lets?.has(token) ?? true));
      const values = common.length > 0 ? common : [this.context.originatorNation].filter((nation) => nation !== "");
      const fix = values.length > 0 ? phrase(tag.name, values) : "split it: no release list serves both";
      return { what, reason: `is ${phrase(tag.name, [...keeps].filter(Boolean))} only`, fix };
    });
  }

  private valid(marking: Marking): ValidLabel<Dated> {
    const created = new Date(this.context.created * 1000).toISOString();
    return {
      label: { ...marking, created },
      policy: this.policy(marking),
      classification: this.classification(marking),
    };
  }

  /** A marking of the document, or of a part of it (`what`), against the label and the TLP of the envelope. */
  againstLabel({ text, marking }: Mark, where: string, what: string, language = "en"): readonly Finding[] {
    const { label } = this.context;
    const [name] = marking.policy;
    if (name === "TLP") return this.againstTlp(TLP[marking.classification as keyof typeof TLP], where, what, text);
    if (name !== label.policy[0]) {
      if (this.classification(marking).release === "public") return [];
      const message = `the ${what} is marked under ${name}, and is to be sealed under ${label.policy[0]}`;
      return [finding("policy-differs", where, message, `seal it under ${text}`, { found: text })];
    }
    const key = `${what} ${language} ${text}`;
    const told =
      this.told.get(key) ??
      this.shortfalls(label, marking, language).map(({ reason, fix }) => ({
        message: `the ${what} ${reason}, and it is to be sealed under ${this.banner(label, language)}`,
        fix,
      }));
    this.told.set(key, told);
    return told.map(({ message, fix }) => finding("banner-above-label", where, message, fix, { found: text }));
  }

  againstTlp(rank: number, where: string, what: string, found: string): readonly Finding[] {
    const { label, tlp } = this.context;
    const ceiling = label.policy[0] === "TLP" ? (label.classification as keyof typeof TLP) : tlp;
    const name = `TLP:${TLP_NAMES[rank]}`;
    if (ceiling === undefined) {
      if (rank === TLP.CLEAR) return [];
      const message = `the ${what} is ${name}, and the envelope states no TLP`;
      return [finding("tlp-not-stated", where, message, `--tlp ${TLP_NAMES[rank]}`, { found })];
    }
    if (rank <= TLP[ceiling]) return [];
    const message = `the ${what} is ${name}, and the envelope is TLP:${ceiling}`;
    return [finding("tlp-above-envelope", where, message, `${name}, or take the ${what} out`, { found })];
  }

  /** An exercise must look like one, and nothing else may. */
  frame({ text, exercise }: Mark, where: string): readonly Finding[] {
    if (exercise === this.context.exercise) return [];
    const bare = exercise ? text.slice(FRAME.length, -FRAME.length) : text;
    const message = exercise ? "EXERCISE stands around what is not for an exercise" : "EXERCISE is missing around it";
    return [finding("exercise-frame", where, message, framed(bare, !exercise), { found: text })];
  }
}

export interface Shortfall {
  readonly what: "rank" | "release" | "tag";
  /** What the one under is: "is CONFIDENTIAL". */
  readonly reason: string;
  readonly fix: string;
}

const beginning = (text: string): string =>
  fold(text.slice(0, 12))
    .replace(/[^\p{L}\p{N}]/gu, "")
    .slice(0, 2);

/** Whether two markings say the same, in whatever order. */
export function same(a: Marking, b: Marking): boolean {
  const normal = ({ policy: [name], classification, tags = [] }: Marking): string =>
    JSON.stringify([name, classification, tags.map(([, tag, , values]) => [tag, ...sorted(values)].join("\n")).sort()]);
  return normal(a) === normal(b);
}

/** The rule for a mark that is not readable: what cannot be seen is told apart from what is merely misspelt. */
export const unreadableRule = (text: string): Rule => (HIDDEN.test(text) ? "hidden-character" : "marking-unreadable");

/** Whether a line that begins with a marking (its first `end` characters) shows something else than it holds. */
export const hides = (line: string, end: number): boolean =>
  HIDDEN.test(line.slice(0, end + 2)) || DIRECTION.test(line);
