/** Lint of STIX 2.1: markings of objects and of their parts (STIX 2.1 section 7.2; spec/lint.md section 4). */

import { TLP } from "../label.ts";
import { type Finding, finding } from "./finding.ts";
import { type Marks, TLP_NAMES, unreadableRule } from "./marks.ts";
import { stringFindings, strings } from "./strings.ts";

type Tlp = keyof typeof TLP;
type Entry = Readonly<Record<string, unknown>>;

/** OASIS cti-stix-common-objects, extension-definition-specifications/tlp-2.0. */
const TLP_2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
const TLP_2: Readonly<Record<Tlp, string>> = {
  CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
  GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
  AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
  "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
  RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
};
/** TLP 1.0 (STIX 2.1 section 7.2.1.4). WHITE is CLEAR. */
const TLP_1: readonly (readonly [id: string, Tlp])[] = [
  ["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "CLEAR"],
  ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "GREEN"],
  ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "AMBER"],
  ["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "RED"],
];
const WELL_KNOWN: ReadonlyMap<string, Tlp> = new Map([
  ...TLP_NAMES.map((name) => [TLP_2[name], name] as const),
  ...TLP_1,
]);
const NEVER_MARKED = ["marking-definition", "extension-definition"];

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** An own property: a document may well have a key named __proto__. */
const get = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
const textOf = (value: unknown, key: string): string => {
  const text = get(value, key);
  return typeof text === "string" ? text : "";
};

const isObject = (value: unknown): boolean =>
  /^[a-z0-9-]{3,250}--/.test(textOf(value, "id")) && textOf(value, "type") !== "";
/** A bundle, or one object. */
export const isStix = (value: unknown): boolean =>
  isObject(value) || (textOf(value, "type") === "bundle" && Array.isArray(get(value, "objects")));

/** What a marking-definition says, as far as it can be compared. */
interface Definition {
  readonly tlp?: Tlp | undefined;
  readonly findings: readonly Finding[];
}

export function* lintStix(value: unknown, marks: Marks): Generator<Finding> {
  // Each TLP that the envelope does not state is told once.
  const told = new Set<string>();
  for (const one of stixFindings(value, marks)) {
    if (one.rule === "tlp-not-stated" && told.has(one.fix)) continue;
    if (one.rule === "tlp-not-stated") told.add(one.fix);
    yield one;
  }
}

function* stixFindings(value: unknown, marks: Marks): Generator<Finding> {
  const listed = get(value, "objects");
  const objects: readonly unknown[] = textOf(value, "type") === "bundle" && Array.isArray(listed) ? listed : [value];
  const definitions = new Map<string, Pick<Definition, "tlp">>();
  for (const object of objects) {
    const id = textOf(object, "id");
    if (textOf(object, "type") !== "marking-definition" || definitions.has(id)) continue;
    const { tlp, findings } = definitionOf(object, id, marks);
    definitions.set(id, { tlp });
    yield* findings;
  }
  const known = (ref: string): Pick<Definition, "tlp"> | undefined => {
    const tlp = WELL_KNOWN.get(ref);
    return definitions.get(ref) ?? (tlp === undefined ? undefined : { tlp });
  };
  yield* twice(objects);
  for (const [i, object] of objects.entries()) yield* objectFindings(object, `/objects/${i}`, known, marks);
  yield* unmarked(value, objects, marks);
}

function definitionOf(object: unknown, id: string, marks: Marks): Definition {
  const definition = get(object, "definition");
  const type = textOf(object, "definition_type");
  const color = textOf(get(get(object, "extensions"), TLP_2_EXTENSION), "tlp_2_0") || textOf(definition, "tlp");
  const stated = TLP_NAMES.find((name) => name === color.toUpperCase().replace(/^WHITE$/, "CLEAR"));
  const wellKnown = WELL_KNOWN.get(id);
  const findings: Finding[] = [];
  if ((wellKnown !== undefined && stated !== wellKnown) || (color !== "" && stated === undefined)) {
    const meant = wellKnown === undefined ? "no TLP there is" : `TLP:${wellKnown}`;
    const message = `this marking-definition says ${color === "" ? "no TLP" : `"${color}"`}, and its id is that of ${meant}`;
    const fix = stated === undefined ? "leave it out, and use the definitions of TLP 2.0" : TLP_2[stated];
    findings.push(finding("marking-contradicts", id, message, fix, { found: color }));
  }
  // Of two that contradict each other the stricter one counts.
  const both = [stated, wellKnown].filter((tlp) => tlp !== undefined);
  const tlp = both.reduce<Tlp | undefined>((a, b) => (a !== undefined && TLP[a] > TLP[b] ? a : b), undefined);
  if (tlp !== undefined) return { tlp, findings };
  if (type !== "statement") {
    const message = "a marking of another kind than TLP and statement was not compared with the label";
    return { findings: [...findings, finding("not-examined", id, message, "look at it yourself", { found: type })] };
  }
  const statement = textOf(definition, "statement").trim();
  const mark = marks.read(statement);
  if (mark?.marking.policy[0] === "TLP") return { tlp: mark.marking.classification as Tlp, findings };
  if (mark !== undefined) return { findings: [...findings, ...marks.againstLabel(mark, id, "statement")] };
  const fix = marks.near(statement, true);
  const message = "this statement looks like a marking and cannot be read as one";
  const near = fix === undefined ? [] : [finding(unreadableRule(statement), id, message, fix, { found: statement })];
  return { findings: [...findings, ...near] };
}

function* objectFindings(
  object: unknown,
  place: string,
  known: (ref: string) => Pick<Definition, "tlp"> | undefined,
  marks: Marks,
): Generator<Finding> {
  const id = textOf(object, "id") || place;
  const malformed = (what: string, fix: string) => finding("marking-malformed", id, what, fix);
  if (!isEntry(object)) {
    yield malformed("what stands here is no STIX object", "take it out");
    return;
  }
  // What a definition says, others are marked with.
  if (textOf(object, "type") === "marking-definition") return;
  const text = stringFindings(strings(object, id), marks);
  const refs = get(object, "object_marking_refs") ?? [];
  const granular = get(object, "granular_markings") ?? [];
  if (!Array.isArray(refs) || !refs.every((ref) => typeof ref === "string")) {
    yield* text;
    yield malformed("object_marking_refs is no list of ids", "write a list of marking-definition ids");
    return;
  }
  if (!Array.isArray(granular) || !granular.every(isEntry)) {
    yield* text;
    yield malformed("granular_markings is no list of objects", "write it as STIX 2.1 section 7.2.3 says");
    return;
  }
  const parts = granular.flatMap((one): { ref: string; selectors: readonly unknown[] }[] => {
    const selectors = get(one, "selectors");
    return [{ ref: textOf(one, "marking_ref"), selectors: Array.isArray(selectors) ? selectors : [undefined] }];
  });
  const named = [
    ...new Set([...refs, ...parts.map(({ ref }) => ref).filter((ref) => ref !== "")]),
  ] as readonly string[];
  for (const ref of named) {
    if (known(ref) !== undefined) continue;
    const message = "this object is marked with a definition that is not in the bundle and is not one of TLP's";
    // What the document says is told as what stands there, never as what to do.
    const fix = "add the definition to the bundle, or use one of TLP";
    yield finding("marking-unknown", id, message, fix, { found: ref });
  }
  const tlpOf = (some: readonly string[]): readonly Tlp[] => [...new Set(some.flatMap((ref) => known(ref)?.tlp ?? []))];
  const highest = Math.max(-1, ...tlpOf(named).map((tlp) => TLP[tlp]));
  /** What each selector is marked with, each TLP once: there are few. */
  const selected = new Map<unknown, readonly Tlp[]>();
  for (const { ref, selectors } of parts) {
    const own = tlpOf([ref]);
    for (const selector of selectors) {
      const before = selected.get(selector);
      const isNew = before === undefined || own.some((tlp) => !before.includes(tlp));
      if (isNew) selected.set(selector, before === undefined ? own : [...before, ...own]);
    }
  }
  yield* twoTlp(tlpOf(refs), id, "object");
  for (const [selector, some] of selected) {
    if (some.length > 1) yield* twoTlp(some, id, `part ${written(selector)}`);
  }
  if (highest >= 0) yield* marks.againstTlp(highest, id, "object", `TLP:${TLP_NAMES[highest]}`);
  yield* unresolved(object, id, selected.keys());
  yield* text;
}

function twoTlp(all: readonly Tlp[], id: string, what: string): readonly Finding[] {
  if (all.length < 2) return [];
  const names = all.map((name) => `TLP:${name}`);
  const strictest = TLP_NAMES[Math.max(...all.map((name) => TLP[name]))] as Tlp;
  const message = `the ${what} has more than one TLP: ${names.join(", ")}`;
  return [finding("tlp-two", id, message, `TLP:${strictest} alone`, { found: names.join(", ") })];
}

/** A selector as it stands there. One that is no text may have a toString of its own, which is no function. */
const written = (selector: unknown): string =>
  typeof selector === "string" ? selector : (JSON.stringify(selector) ?? "");

/** Selectors that select nothing (STIX 2.1 section 7.2.3.1). */
function* unresolved(object: Entry, id: string, selectors: Iterable<unknown>): Generator<Finding> {
  for (const selector of selectors) {
    if (typeof selector === "string" && resolves(object, selector)) continue;
    const message = "a granular marking selects something that is not in the object, so that it marks nothing";
    const fix = "name a property of the object, or take the granular marking out";
    yield finding("selector-unresolved", id, message, fix, { found: written(selector) });
  }
}

function resolves(object: Entry, selector: string): boolean {
  let value: unknown = object;
  for (const step of selector.split(".", 65)) {
    const index = /^\[(\d{1,9})\]$/.exec(step)?.[1];
    const isList = Array.isArray(value);
    if (isList !== (index !== undefined)) return false;
    value = get(value, index === undefined ? step : String(Number(index)));
    if (value === undefined) return false;
  }
  return true;
}

/** One id, one version of it, two contents: readers keep different ones (STIX 2.1 section 3.6). */
function* twice(objects: readonly unknown[]): Generator<Finding> {
  const seen = new Map<string, string>();
  const told = new Set<string>();
  for (const object of objects) {
    const id = textOf(object, "id");
    if (id === "") continue;
    const key = `${id} ${textOf(object, "modified")}`;
    const content = JSON.stringify(object);
    const before = seen.get(key);
    if (before === undefined) seen.set(key, content);
    else if (before !== content && !told.has(key)) {
      told.add(key);
      yield finding("duplicate-id", id, "two different objects have this id", "keep one of them");
    }
  }
}

/** Objects without a marking, where others have one; or the bundle, where none has. */
function* unmarked(
  whole: unknown,
  objects: readonly unknown[],
  { context: { label, tlp } }: Marks,
): Generator<Finding> {
  const isMarked = (object: unknown): boolean =>
    ["object_marking_refs", "granular_markings"].some((key) => {
      const list = get(object, key);
      return Array.isArray(list) && list.length > 0;
    });
  const candidates = objects.filter((one) => isEntry(one) && !NEVER_MARKED.includes(textOf(one, "type")));
  const bare = candidates.filter((object) => !isMarked(object));
  const color = label.policy[0] === "TLP" ? (label.classification as Tlp) : tlp;
  const fix = `"object_marking_refs": ["${color === undefined ? "marking-definition--..." : TLP_2[color]}"]`;
  if (bare.length === 0) return;
  if (bare.length === candidates.length) {
    yield finding("unmarked", textOf(whole, "id"), "no object of the bundle has a marking", fix);
    return;
  }
  for (const object of bare) {
    yield finding("unmarked", textOf(object, "id"), "this object has no marking, and others have", fix);
  }
}
