/** Markings: the text of a label as a banner or portion mark (spec/label.md section 8), rendered, and parsed back exactly. */

import { fail } from "../errors.ts";
import type { TagType } from "./label.ts";
import { advice } from "./nearest.ts";
import { oidBytes, type Policies, type Policy, type PolicyTag, wordsOf } from "./policy.ts";
import type { Marking } from "./valid.ts";

const EXERCISE = "EXERCISE EXERCISE EXERCISE";
const MAX_MARKING = 1024;

/** The tags of a policy as its markings show them. */
export const tagsInOrder = (policy: Policy): readonly PolicyTag[] =>
  policy.bannerOrder.flatMap((part) => policy.tags.filter(({ name }) => name === part));

/** How one policy writes one form: what stands for each classification, and in front of each tag's values. */
interface Form {
  readonly policy: Policy;
  readonly leads: readonly (readonly [text: string, classification: string])[];
  readonly phrase: (tag: PolicyTag) => string;
}

function bannerForm(policy: Policy, language: string): Form {
  const words = wordsOf(policy, language);
  const lead = (name: string): string => {
    const parts = new Map([
      ["POLICY", policy.policy.name],
      ["CLASSIFICATION", words.get(name) ?? name],
    ]);
    return policy.bannerOrder.flatMap((part) => parts.get(part) ?? []).join(policy.separators.between);
  };
  return {
    policy,
    leads: policy.classifications.map(({ name }) => [lead(name), name]),
    phrase: ({ name }) => (words.has(name) ? `${words.get(name)} ` : ""),
  };
}

const portionForm = (policy: Policy): Form => ({
  policy,
  leads: policy.classifications.map(({ portion, name }) => [portion, name]),
  phrase: (tag) => (tag.portionForm === undefined ? "" : `${tag.portionForm} `),
});

function write({ policy, leads, phrase }: Form, { classification, tags = [] }: Marking): string {
  const { between, list } = policy.separators;
  const lead = leads.find(([, name]) => name === classification)?.[0] ?? classification;
  const parts = tagsInOrder(policy).flatMap((tag) => {
    const values = tags.filter(([, name]) => name === tag.name).flatMap(([, , , stated]) => stated);
    return values.length === 0 ? [] : [phrase(tag) + values.join(list)];
  });
  return [lead, ...parts].join(between);
}

/** The banner of a valid label in a language of its policy; in the policy's first where it has not that one. */
export const banner = (marking: Marking, policy: Policy, language = "en"): string =>
  write(bannerForm(policy, language), marking);

/** The portion mark of a valid label, in parentheses. The same in every language. */
export const portionMark = (marking: Marking, policy: Policy): string => `(${write(portionForm(policy), marking)})`;

/** A banner as it stands first and last on what is shown. */
export const framed = (text: string, exercise: boolean): string =>
  exercise ? `${EXERCISE} ${text} ${EXERCISE}` : text;

export interface Parsed {
  readonly marking: Marking;
  /** Whether it stood in the frame of an exercise. */
  readonly exercise: boolean;
}

/**
 * Reads a banner, in any language of a known policy, framed or not, or a portion mark in parentheses. Exact: every
 * character counts, and only words of a known policy are words.
 * @throws DipbagError ERR_MARKING, with the place and the nearest thing that is allowed there
 */
export function parseMarking(text: string, policies: Policies): Parsed {
  if (text.length > MAX_MARKING) fail("ERR_MARKING", { at: MAX_MARKING, found: "", fix: "shorten it" });
  const exercise = text.startsWith(`${EXERCISE} `) && text.endsWith(` ${EXERCISE}`);
  const portion = !exercise && /^\(.*\)$/.test(text);
  const start = exercise ? EXERCISE.length + 1 : portion ? 1 : 0;
  const end = text.length - start;
  const reading = new Reading(text.slice(start, end));
  const forms = [...policies.values()].flatMap((policy) => {
    if (portion) return [portionForm(policy)];
    const languages = policy.languages.size === 0 ? [""] : [...policy.languages.keys()];
    return languages.map((language) => bannerForm(policy, language));
  });
  const readings = new Map(forms.flatMap((form) => reading.all(form)).map((found) => [JSON.stringify(found), found]));
  const [found, another] = readings.values();
  if (found !== undefined && another === undefined) {
    const { oid } = policies.get(found.policy)?.policy ?? {};
    const { tags, classification } = found;
    const marking: Marking = { policy: [found.policy, oid === undefined ? null : oidBytes(oid)], classification };
    return { marking: tags.length === 0 ? marking : { ...marking, tags }, exercise };
  }
  if (another !== undefined) return fail("ERR_MARKING", { at: 1, found: text, fix: "it can be read in two ways" });
  const { at, expected } = reading.furthest;
  const rest = text.slice(start + at, end);
  return fail("ERR_MARKING", { at: start + at + 1, found: rest.slice(0, 40), fix: advice(rest, [...expected]) });
}

type ReadTag = readonly [type: TagType, name: string, oid: null, values: readonly string[]];
interface Found {
  readonly policy: string;
  readonly classification: string;
  readonly tags: readonly ReadTag[];
}

/** All ways to read one text; and how far one came, with the words that could have stood there. */
class Reading {
  furthest = { at: 0, expected: new Set<string>() };
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  all(form: Form): Found[] {
    return form.leads.flatMap(([lead, classification]) =>
      this.word(lead, 0)
        .flatMap((at) => this.tags(form, tagsInOrder(form.policy), at))
        .map((tags) => ({ policy: form.policy.policy.name, classification, tags })),
    );
  }

  /** The position behind `word` if it stands at `at`. */
  private word(word: string, at: number): number[] {
    if (this.text.startsWith(word, at)) return [at + word.length];
    if (at > this.furthest.at) this.furthest = { at, expected: new Set() };
    if (at === this.furthest.at) this.furthest.expected.add(word);
    return [];
  }

  private tags(form: Form, left: readonly PolicyTag[], at: number): ReadTag[][] {
    const [tag, ...others] = left;
    if (tag === undefined) {
      if (at > this.furthest.at) this.furthest = { at, expected: new Set() };
      return at === this.text.length ? [[]] : [];
    }
    const { between, list } = form.policy.separators;
    const present = tag.values.flatMap((value) =>
      this.word(between + form.phrase(tag) + value, at).map((end) => ({ end, value })),
    );
    const stated = present.flatMap(({ end, value }) => this.list(tag.values, list, end, [value]));
    return [
      ...this.tags(form, others, at),
      ...stated.flatMap(({ end, values }) =>
        this.tags(form, others, end).map((rest): ReadTag[] => [[tag.type, tag.name, null, values], ...rest]),
      ),
    ];
  }

  /** Every list that begins with `values` and goes on at `at`, no value twice. */
  private list(
    known: readonly string[],
    separator: string,
    at: number,
    values: string[],
  ): { end: number; values: string[] }[] {
    const more = known
      .filter((value) => !values.includes(value))
      .flatMap((value) =>
        this.word(separator + value, at).flatMap((end) => this.list(known, separator, end, [...values, value])),
      );
    return [{ end: at, values }, ...more];
  }
}
