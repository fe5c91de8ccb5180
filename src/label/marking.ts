/** Markings: the text of a label in four forms (spec/label.md section 8), rendered, and parsed back exactly. */

import { fail } from "../errors.ts";
import { remembered } from "../remember.ts";
import type { Label, TagType } from "./label.ts";
import { advice } from "./nearest.ts";
import { oidOf, type Policies, type Policy, type PolicyTag, wordsOf } from "./policy.ts";
import type { Marking } from "./valid.ts";

const EXERCISE = "EXERCISE EXERCISE EXERCISE";
const MAX_MARKING = 1024;
/** In a folder a name has 255 bytes; some are for what the file is about. */
const MAX_FILE_NAME = 200;
/** Places looked at while a text is read. A large honest pack needs some thousands. */
const MAX_STEPS = 2 ** 17;

export const FORMS = ["banner", "portion", "file-name", "page"] as const;
export type FormName = (typeof FORMS)[number];

/** How a label names this policy. */
export const policyRef = (policy: Policy): Label["policy"] => [policy.policy.name, oidOf(policy)];

/** The tags of a policy as its markings show them. */
export function tagsInOrder({ tags, bannerOrder }: Policy): readonly PolicyTag[] {
  const named = new Map(tags.map((tag) => [tag.name, tag]));
  return bannerOrder.flatMap((part) => named.get(part) ?? []);
}

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

/** The lines at the top and at the bottom of a page: the banner outermost, and the policy's own beside it. */
export function pageLines(
  marking: Marking,
  policy: Policy,
  language = "en",
  exercise = false,
): Readonly<Record<"top" | "bottom", readonly string[]>> {
  const outer = framed(banner(marking, policy, language), exercise);
  const line = (lines: ReadonlyMap<string, string> = new Map()) => lines.get(language) ?? [...lines.values()][0] ?? [];
  return { top: [outer].concat(line(policy.pageTop)), bottom: [line(policy.pageBottom), outer].flat() };
}

/** A name in the portable characters of POSIX.1-2017 (XBD 3.282), lower case; all else by its code point. */
const portable = (name: string): string =>
  name.replace(/./gsu, (character, at) => {
    if (/[A-Za-z0-9]/.test(character)) return character.toLowerCase();
    return character === " " && name[at + 1] !== " " ? "-" : `__${character.codePointAt(0)?.toString(16)}_`;
  });

const IN_FILE_NAMES = portable("EXERCISE");

/** A marking as part of a file's name: policy, classification, then each tag with its values. The same in every language. */
function fileName({ classification, tags = [] }: Marking, policy: Policy, exercise: boolean): string {
  const stated = tagsInOrder(policy).flatMap(({ name }) =>
    tags.filter(([, tag, , values]) => tag === name && values[0]),
  );
  const parts = [
    portable(policy.policy.name),
    portable(classification),
    ...stated.map(([, name, , values]) => [name, ...values].map(portable).join("--")),
  ];
  return (exercise ? [IN_FILE_NAMES, ...parts, IN_FILE_NAMES] : parts).join("_");
}

export interface Rendering {
  readonly form?: FormName;
  readonly language?: string;
  /** Whether the frame of an exercise stands around it. */
  readonly exercise?: boolean;
}

/** The text of a valid label in a form, as `parseMarking` reads it back. @throws DipbagError ERR_MARKING_LONG */
export function render(marking: Marking, policy: Policy, rendering: Rendering = {}): string {
  const { form = "banner", language = "en", exercise = false } = rendering;
  const { top, bottom } = pageLines(marking, policy, language, exercise);
  const text = {
    banner: () => top[0] as string,
    portion: () => framed(portionMark(marking, policy), exercise),
    "file-name": () => fileName(marking, policy, exercise),
    page: () => [...top, "", ...bottom].join("\n"),
  }[form]();
  const limit = form === "file-name" ? MAX_FILE_NAME : MAX_MARKING;
  return firstLine(text).length <= limit ? text : fail("ERR_MARKING_LONG", { form, limit });
}

const firstLine = (text: string): string => text.split("\n", 1)[0] as string;

export interface Parsed {
  readonly marking: Marking;
  /** Whether it stood in the frame of an exercise. */
  readonly exercise: boolean;
  readonly form: FormName;
}

/**
 * Reads a banner or the banner and lines of a page, in any language of a known policy, a portion mark in parentheses, or
 * the form for file names; framed or not. Exact: every character counts, and only words of a known policy are words.
 * @throws DipbagError ERR_MARKING, with the place and the nearest thing that is allowed there
 */
export function parseMarking(text: string, policies: Policies): Parsed {
  const line = firstLine(text);
  if (line.length > MAX_MARKING) fail("ERR_MARKING", { at: MAX_MARKING, found: "", fix: "shorten it" });
  const parsed = parseLine(line, policies);
  return line === text ? parsed : parsePage(text, parsed, policies);
}

/** A page says nothing but what its first line lets one render. */
function parsePage(text: string, { marking, exercise }: Parsed, policies: Policies): Parsed {
  const known = policies.get(marking.policy[0]) as Policy;
  const languages = [known.languages, known.pageTop, known.pageBottom].flatMap((lines) => [...(lines?.keys() ?? [])]);
  const isPage = ["", ...languages].some((language) => {
    const { top, bottom } = pageLines(marking, known, language, exercise);
    return text === [...top, "", ...bottom].join("\n");
  });
  if (isPage) return { marking, exercise, form: "page" };
  const at = firstLine(text).length;
  return fail("ERR_MARKING", { at: at + 1, found: text.slice(at, at + 40), fix: "end the marking here" });
}

function parseLine(text: string, policies: Policies): Parsed {
  const exercise = text.startsWith(`${EXERCISE} `) && text.endsWith(` ${EXERCISE}`);
  const frame = exercise ? EXERCISE.length + 1 : 0;
  const portion = /^\(.*\)$/.test(text.slice(frame, text.length - frame));
  const start = frame + (portion ? 1 : 0);
  const end = text.length - start;
  const reading = new Reading(text.slice(start, end));
  const forms = [...policies.values()].flatMap((policy) => {
    if (portion) return [portionForm(policy)];
    const languages = policy.languages.size === 0 ? [""] : [...policy.languages.keys()];
    return languages.map((language) => bannerForm(policy, language));
  });
  const form = portion ? "portion" : "banner";
  const found = forms.flatMap((known) => reading.all(known)).map((marking): Parsed => ({ marking, exercise, form }));
  const all = [...found, ...parseFileName(text, policies)];
  const [first, another] = new Map(all.map((one) => [JSON.stringify([one.marking, one.exercise]), one])).values();
  if (another !== undefined) return fail("ERR_MARKING", { at: 1, found: text, fix: "it can be read in two ways" });
  if (first !== undefined) return first;
  const { at, expected } = reading.furthest;
  const rest = text.slice(start + at, end);
  return fail("ERR_MARKING", { at: start + at + 1, found: rest.slice(0, 40), fix: advice(rest, expected) });
}

/** All readings of a text as the form for file names. Words that differ in case only are none. */
function parseFileName(text: string, policies: Policies): readonly Parsed[] {
  const parts = text.match(/(?:[a-z0-9-]|__[0-9a-f]+_)+/g) ?? [];
  const exercise = parts.length > 3 && parts[0] === IN_FILE_NAMES && parts.at(-1) === IN_FILE_NAMES;
  const [policyName, className, ...lists] = exercise ? parts.slice(1, -1) : parts;
  const once = (words: readonly string[]): boolean => new Set(words).size === words.length;
  if (!once(lists.map((list) => list.split("--", 1)[0] as string))) return [];
  const tagOf = (list: string, { tags }: Policy): ReadTag[] => {
    const [tagName, ...words] = list.split("--");
    const [tag, otherTag] = tags.filter(({ name }) => portable(name) === tagName);
    if (tag === undefined || otherTag !== undefined) return [];
    const values = words.map((word) => tag.values.filter((value) => portable(value) === word));
    return once(words) && values.every(({ length }) => length === 1) ? [[tag.type, tag.name, null, values.flat()]] : [];
  };
  return [...policies.values()]
    .filter(({ policy: { name } }) => portable(name) === policyName)
    .flatMap((policy) =>
      policy.classifications
        .filter(({ name }) => portable(name) === className)
        .map(({ name }) =>
          markingOf(
            policy,
            name,
            lists.flatMap((list) => tagOf(list, policy)),
          ),
        )
        .filter((marking) => fileName(marking, policy, exercise) === text),
    )
    .map((marking) => ({ marking, exercise, form: "file-name" }));
}

type ReadTag = readonly [type: TagType, name: string, oid: null, values: readonly string[]];

function markingOf(policy: Policy, classification: string, tags: readonly ReadTag[]): Marking {
  const marking: Marking = { policy: policyRef(policy), classification };
  return tags.length === 0 ? marking : { ...marking, tags };
}

/** The values of a tag by their length: what stands somewhere is then looked up, and not compared with each. */
const byLength = remembered((values: readonly string[]): ReadonlyMap<number, ReadonlySet<string>> => {
  const known = new Map<number, Set<string>>();
  for (const value of values) known.set(value.length, (known.get(value.length) ?? new Set()).add(value));
  return known;
});

/** Ways to read one text, two of each form at most, for two decide; and how far one came, and what could have stood there. */
class Reading {
  private readonly text: string;
  private steps = 0;
  private far = 0;
  /** What could have stood at `far`: words, what goes in front of them, and which of them are stated already in all ways there. */
  private offers = new Map<readonly string[], Map<string, readonly string[]>>();

  constructor(text: string) {
    this.text = text;
  }

  get furthest(): { at: number; expected: readonly string[] } {
    const expected = [...this.offers].flatMap(([words, fronts]) =>
      [...fronts].flatMap(([front, stated]) => {
        const gone = new Set(stated);
        return words.filter((word) => !gone.has(word)).map((word) => front + word);
      }),
    );
    return { at: this.far, expected: [...new Set(expected)] };
  }

  all(form: Form): Marking[] {
    const tags = tagsInOrder(form.policy);
    const known = new Map<number, ReadTag[][]>();
    this.offer(
      0,
      "",
      form.leads.map(([lead]) => lead),
    );
    return form.leads
      .filter(([lead]) => this.text.startsWith(lead))
      .flatMap(([lead, classification]) =>
        this.tags({ ...form, tags, known }, 0, lead.length).map((read) => markingOf(form.policy, classification, read)),
      );
  }

  private offer(at: number, front: string, words: readonly string[], stated: readonly string[] = []): void {
    if (at < this.far) return;
    if (at > this.far) this.offers = new Map();
    this.far = at;
    const fronts = this.offers.get(words) ?? new Map<string, readonly string[]>();
    const before = fronts.get(front);
    const inAll = before === undefined ? stated : before.filter((word) => stated.includes(word));
    this.offers.set(words, fronts.set(front, inAll));
  }

  /** The values that stand behind `front` at `at` and are not stated yet, each with the position behind it. */
  private values(
    at: number,
    front: string,
    values: readonly string[],
    stated: readonly string[] = [],
  ): (readonly [value: string, end: number])[] {
    this.offer(at, front, values, stated);
    if (!this.text.startsWith(front, at)) return [];
    const from = at + front.length;
    return [...byLength(values)].flatMap(([length, some]) => {
      const value = this.text.slice(from, from + length);
      return some.has(value) && !stated.includes(value) ? [[value, from + length] as const] : [];
    });
  }

  /** Without a limit, a pack in which values contain separators could make one text the work of a lifetime. */
  private step(): void {
    this.steps += 1;
    if (this.steps > MAX_STEPS)
      fail("ERR_MARKING", { at: 1, found: this.text, fix: "it can be read in too many ways" });
  }

  /** The text from `at` on as tags from the `i`th on: at most two ways. What was found once is known. */
  private tags(walk: Walk, i: number, at: number): ReadTag[][] {
    const tag = walk.tags[i];
    if (tag === undefined) {
      this.offer(at, "", []);
      return at === this.text.length ? [[]] : [];
    }
    const place = at * walk.tags.length + i;
    const before = walk.known.get(place);
    if (before !== undefined) return before;
    this.step();
    const starts = this.values(at, walk.policy.separators.between + walk.phrase(tag), tag.values);
    const found = [...this.tags(walk, i + 1, at)];
    for (const [value, end] of starts) this.list(walk, i, end, [value], found);
    const two = found.slice(0, 2);
    walk.known.set(place, two);
    return two;
  }

  /** Adds to `found` what begins with `values` of the `i`th tag and goes on at `at`, no value twice, until there are two. */
  private list(walk: Walk, i: number, at: number, values: readonly string[], found: ReadTag[][]): void {
    const tag = walk.tags[i];
    if (tag === undefined || found.length > 1) return;
    this.step();
    for (const [value, end] of this.values(at, walk.policy.separators.list, tag.values, values)) {
      this.list(walk, i, end, [...values, value], found);
    }
    for (const rest of this.tags(walk, i + 1, at)) found.push([[tag.type, tag.name, null, values], ...rest]);
  }
}

/** One form on its way through a text: its tags in order, and what was found at a place for a tag and those behind it. */
interface Walk extends Form {
  readonly tags: readonly PolicyTag[];
  readonly known: Map<number, ReadTag[][]>;
}
