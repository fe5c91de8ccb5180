/** A small CDDL checker (RFC 8610): is this CBOR what the grammar says? It shares nothing with src. */

import { decodeItem, decodeSequence, describe, type Item, ItemMap, same, Tagged } from "./cddl/decode.ts";
import { type Entry, type Group, type Member, parseGrammar, type Rule, show, type Type } from "./cddl/grammar.ts";

/** Mismatches, each as "path: expected this, found that"; none if `bytes` is what the rule says. */
export type Validate = (rule: string, bytes: Uint8Array, form?: "item" | "sequence") => string[];

/**
 * Reads a grammar. The validator takes the name of a rule and one encoded item; with form "sequence" a CBOR sequence
 * (RFC 8742), for which the rule describes the array of its items, as for .cborseq. Maps are closed.
 * @throws SyntaxError on a grammar with a fault or a name that nobody defines; Error on the name of no rule
 */
export function checkCddl(grammar: string): Validate {
  const checker = new Checker(parseGrammar(grammar));
  return (rule, bytes, form = "item") => checker.validate(rule, bytes, form);
}

interface Fault {
  readonly path: string;
  readonly reason: string;
}
/** What the parameters of a rule stand for where it is used. */
type Scope = ReadonlyMap<string, { readonly type: Type; readonly scope: Scope }>;
const GLOBAL: Scope = new Map();

/** The members of an array or map that no entry has taken yet. */
interface Members {
  /** No fault if a member was taken. */
  take(member: Member, scope: Scope): Fault[];
  /** Gives back what is taken from here on; a cut (RFC 8610 section 3.5.4) holds unless told otherwise. */
  mark(): (cutsToo: boolean) => void;
  left(): number;
  /** What is left, in words. */
  rest(): string;
  /** The last fault that ended an occurrence: it explains what is left over. */
  hint: Fault[];
}

class Checker {
  private readonly rules: ReadonlyMap<string, Rule>;

  constructor(rules: ReadonlyMap<string, Rule>) {
    this.rules = rules;
  }

  validate(rule: string, bytes: Uint8Array, form: "item" | "sequence"): string[] {
    const type: Type = { is: "name", name: rule, given: [] };
    if (!this.rules.has(rule)) throw new Error(`the grammar has no rule ${rule}`);
    const faults = this.decoded(form, bytes, rule, (item) => this.match(type, item, rule, GLOBAL));
    return faults.map(({ path, reason }) => `${path}: ${reason}`);
  }

  private decoded(form: "item" | "sequence", bytes: Uint8Array, path: string, then: (item: Item) => Fault[]): Fault[] {
    let item: Item;
    try {
      item = form === "item" ? decodeItem(bytes) : decodeSequence(bytes);
    } catch (error) {
      return [{ path, reason: `not CBOR: ${error instanceof Error ? error.message : ""}` }];
    }
    return then(item);
  }

  match(type: Type, item: Item, path: string, scope: Scope): Fault[] {
    const found = (ok: boolean) => (ok ? [] : [{ path, reason: `expected ${show(type)}, found ${describe(item)}` }]);
    switch (type.is) {
      case "value":
        return found(same(type.value, item));
      case "range": {
        const [low, high] = [this.constant(type.low, scope), this.constant(type.high, scope)];
        return found(typeof item === "bigint" && item >= low && (type.open ? item < high : item <= high));
      }
      case "choice": {
        const tried = type.of.map((one) => this.match(one, item, path, scope));
        if (tried.some((faults) => faults.length === 0)) return [];
        const best = deepest(tried);
        return best.some((fault) => fault.path !== path) ? best : found(false);
      }
      case "tag":
        if (!(item instanceof Tagged) || item.tag !== type.tag) return found(false);
        return this.match(type.of, item.item, path, scope);
      case "array":
        return Array.isArray(item)
          ? this.container(type.group, arrayMembers(this, item, path), path, scope)
          : found(false);
      case "map":
        return item instanceof ItemMap
          ? this.container(type.group, mapMembers(this, item, path), path, scope)
          : found(false);
      case "control": {
        const faults = this.match(type.target, item, path, scope);
        return faults.length > 0 ? faults : this.control(type, item, path, scope, found);
      }
      case "name": {
        const given = scope.get(type.name);
        if (given) return this.match(given.type, item, path, given.scope);
        const rule = this.rules.get(type.name);
        if (rule === undefined) return found(prelude(type.name, item));
        const body = asType(rule.group);
        if (body === undefined) throw new SyntaxError(`${type.name} is a group, and a type is needed`);
        return this.match(body, item, path, this.inside(rule, type.given, scope));
      }
    }
  }

  private control(
    { control, argument }: Type & { is: "control" },
    item: Item,
    path: string,
    scope: Scope,
    found: (ok: boolean) => Fault[],
  ): Fault[] {
    const number = () => this.constant(argument, scope);
    const compares = (holds: (a: bigint, b: bigint) => boolean) =>
      found(typeof item === "bigint" && holds(item, number()));
    switch (control) {
      case "size": {
        if (typeof item === "bigint") return found(item >= 0n && item < 1n << (8n * number()));
        const sized = typeof item === "string" ? new TextEncoder().encode(item) : item;
        if (!(sized instanceof Uint8Array)) return found(false);
        return found(this.match(argument, BigInt(sized.length), path, scope).length === 0);
      }
      case "cbor":
      case "cborseq": {
        if (!(item instanceof Uint8Array)) return found(false);
        const within = `${path}<${control}>`;
        const form = control === "cbor" ? "item" : "sequence";
        return this.decoded(form, item, within, (inner) => this.match(argument, inner, within, scope));
      }
      case "regexp": {
        const pattern = argument.is === "value" ? String(argument.value) : "";
        return found(typeof item === "string" && new RegExp(`^(?:${pattern})$`, "u").test(item));
      }
      case "le":
        return compares((a, b) => a <= b);
      case "lt":
        return compares((a, b) => a < b);
      case "ge":
        return compares((a, b) => a >= b);
      case "gt":
        return compares((a, b) => a > b);
      case "ne":
        return found(this.match(argument, item, path, scope).length > 0);
      default:
        return this.match(argument, item, path, scope); // eq, and, within
    }
  }

  /** The members must all be taken, and each entry must find what it needs. */
  private container(group: Group, members: Members, path: string, scope: Scope): Fault[] {
    const faults = this.group(group, members, scope);
    if (faults.length > 0) return faults;
    if (members.left() === 0) return [];
    const hint = members.hint.filter((fault) => fault.path !== path);
    return hint.length > 0 ? hint : [{ path, reason: `unexpected ${members.rest()}` }];
  }

  /** As RFC 8610 Appendix A has it, a group takes greedily and the first alternative that fits is taken. */
  private group(group: Group, members: Members, scope: Scope): Fault[] {
    const tried: Fault[][] = [];
    for (const entries of group) {
      const undo = members.mark();
      const faults = this.entries(entries, members, scope);
      if (faults.length === 0) return [];
      tried.push(faults);
      undo(true);
    }
    return deepest(tried);
  }

  private entries(entries: readonly Entry[], members: Members, scope: Scope): Fault[] {
    for (const { min, max, what } of entries) {
      for (let count = 0; count < max; count++) {
        const [undo, before] = [members.mark(), members.left()];
        const faults = this.once(what, members, scope);
        if (faults.length > 0) {
          undo(false);
          if (count < min) return faults;
          members.hint = deepest([faults, members.hint]);
          break;
        }
        if (members.left() === before) break; // an empty group fits any number of times
      }
    }
    return [];
  }

  private once(what: Member | Group, members: Members, scope: Scope): Fault[] {
    if (!("type" in what)) return this.group(what, members, scope);
    if (what.type.is === "name" && what.key === undefined && !scope.has(what.type.name)) {
      const rule = this.rules.get(what.type.name);
      if (rule && asType(rule.group) === undefined) {
        return this.group(rule.group, members, this.inside(rule, what.type.given, scope));
      }
    }
    return members.take(what, scope);
  }

  private inside(rule: Rule, given: readonly Type[], scope: Scope): Scope {
    return new Map(rule.parameters.map((name, i) => [name, { type: given[i] as Type, scope }]));
  }

  /** The integer that a type stands for, directly or by the name of a rule. */
  private constant(type: Type, scope: Scope): bigint {
    if (type.is === "value" && typeof type.value === "bigint") return type.value;
    if (type.is === "name") {
      const given = scope.get(type.name);
      if (given) return this.constant(given.type, given.scope);
      const body = asType(this.rules.get(type.name)?.group ?? []);
      if (body) return this.constant(body, GLOBAL);
    }
    throw new SyntaxError(`${show(type)} is not an integer`);
  }
}

/** A group is a type if each of its alternatives is one entry without a key that stands once. */
function asType(group: Group): Type | undefined {
  const of = group.map(([entry, ...more]): Type | undefined => {
    if (entry === undefined || more.length > 0 || entry.min !== 1 || entry.max !== 1) return undefined;
    if (!("type" in entry.what)) return asType(entry.what);
    return entry.what.key === undefined ? entry.what.type : undefined;
  });
  if (of.length === 0 || of.includes(undefined)) return undefined;
  return of.length === 1 ? of[0] : { is: "choice", of: of as Type[] };
}

function arrayMembers(checker: Checker, items: readonly Item[], path: string): Members {
  let at = 0;
  return {
    hint: [],
    left: () => items.length - at,
    rest: () => `element ${at}: ${describe(items[at])}`,
    mark: () => {
      const start = at;
      return () => {
        at = start;
      };
    },
    take: ({ type }, scope) => {
      if (at === items.length) return [{ path, reason: `expected ${show(type)} at ${at}, found the end` }];
      const faults = checker.match(type, items[at], `${path}[${at}]`, scope);
      if (faults.length === 0) at++;
      return faults;
    },
  };
}

function mapMembers(checker: Checker, map: ItemMap, path: string): Members {
  let left = map.pairs;
  let cuts: typeof left = [];
  return {
    hint: [],
    left: () => left.length,
    rest: () => `key ${left.map(([key]) => describe(key)).join(", ")}`,
    mark: () => {
      const start = [left, cuts] as const;
      return (cutsToo) => {
        left = start[0];
        if (cutsToo) cuts = start[1];
      };
    },
    take: ({ key, type, cut }, scope) => {
      if (key === undefined) throw new SyntaxError(`${show(type)} has no key, and stands in a map`);
      const fits = left.filter((pair) => !cuts.includes(pair) && checker.match(key, pair[0], path, scope).length === 0);
      const tried: Fault[][] = [];
      for (const pair of fits) {
        const faults = checker.match(type, pair[1], `${path}.${describe(pair[0])}`, scope);
        if (faults.length === 0) {
          left = left.filter((other) => other !== pair);
          return [];
        }
        tried.push(faults);
        if (cut) cuts = [...cuts, pair];
      }
      return tried.length > 0 ? deepest(tried) : [{ path, reason: `no key ${show(key)}` }];
    },
  };
}

/** Of several ways to fail, the one that got furthest. */
function deepest(tried: readonly Fault[][]): Fault[] {
  const depth = (faults: readonly Fault[]) => faults[0]?.path.length ?? -1;
  return tried.reduce((best, faults) => (depth(faults) > depth(best) ? faults : best), []);
}

function prelude(name: string, item: Item): boolean {
  switch (name) {
    case "any":
      return true;
    case "uint":
      return typeof item === "bigint" && item >= 0n;
    case "nint":
      return typeof item === "bigint" && item < 0n;
    case "int":
      return typeof item === "bigint";
    case "bstr":
    case "bytes":
      return item instanceof Uint8Array;
    case "tstr":
    case "text":
      return typeof item === "string";
    case "bool":
      return typeof item === "boolean";
    case "float":
      return typeof item === "number";
    default:
      return item === { true: true, false: false, nil: null, null: null, undefined }[name];
  }
}
