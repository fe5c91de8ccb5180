/**
 * A parser for the part of CDDL (RFC 8610 Appendix B) that spec/dipbag.cddl is written in: rules with parameters, maps,
 * arrays, groups, occurrences, both choices, literals, ranges, tags, control operators, choices from a group.
 */

import { describe, type Item } from "./decode.ts";

export type Type =
  | { readonly is: "choice"; readonly of: readonly Type[] }
  | { readonly is: "value"; readonly value: Item }
  | { readonly is: "range"; readonly low: Type; readonly high: Type; readonly open: boolean }
  | { readonly is: "name"; readonly name: string; readonly given: readonly Type[] }
  | { readonly is: "map" | "array"; readonly group: Group }
  | { readonly is: "tag"; readonly tag: bigint; readonly of: Type }
  | { readonly is: "control"; readonly control: string; readonly target: Type; readonly argument: Type };

/** A member of a group, or a group within it, and how often it may stand there. */
export interface Member {
  readonly key: Type | undefined;
  readonly cut: boolean;
  readonly type: Type;
}
export type Entry = { readonly min: number; readonly max: number; readonly what: Member | Group };
/** The alternatives of a group, each a list of entries. */
export type Group = readonly (readonly Entry[])[];

/** What a rule stands for: a group, or a type, which is a group of one entry without a key. */
export interface Rule {
  readonly parameters: readonly string[];
  readonly group: Entry[][];
}

const CONTROLS = "size cbor cborseq le lt ge gt eq ne regexp and within".split(" ");
export const PRELUDE = "any uint nint int bstr bytes tstr text bool true false nil null undefined float".split(" ");

const TOKEN =
  /(?<number>-?(?:0x[0-9a-f]+|\d+)(?!\w))|(?<text>"(?:[^"\\]|\\.)*")|(?<bytes>h?'[^']*')|(?<name>[a-z@_$](?:[-.]*[a-z0-9@_$])*)|(?<tag>#6\.\d+)|(?<control>\.[a-z]+)|(?<mark>\/\/=|\/=|\/\/|=>|\.{2,3}|[/=(){}[\]<>,:^&?*+])/iy;
const BLANK = /(?:\s|;.*)*/y;

interface Token {
  readonly kind: string;
  readonly text: string;
  /** No blank stands before it. */
  readonly glued: boolean;
  readonly line: number;
}

function tokens(grammar: string): Token[] {
  const out: Token[] = [];
  for (let at = 0; ; at = TOKEN.lastIndex) {
    BLANK.lastIndex = at;
    const glued = BLANK.exec(grammar)?.[0] === "";
    TOKEN.lastIndex = BLANK.lastIndex;
    const line = grammar.slice(0, BLANK.lastIndex).split("\n").length;
    if (BLANK.lastIndex === grammar.length) return [...out, { kind: "end", text: "the end", glued, line }];
    const found = Object.entries(TOKEN.exec(grammar)?.groups ?? {}).find(([, text]) => text !== undefined);
    if (found === undefined) throw new SyntaxError(`line ${line}: unknown character`);
    out.push({ kind: found[0], text: found[1], glued, line });
  }
}

/** @throws SyntaxError on what is not CDDL, not supported, defined twice or not defined */
export function parseGrammar(grammar: string): ReadonlyMap<string, Rule> {
  return new Parser(tokens(grammar)).rules();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  /** Names in use, with the number of types given to each. */
  private readonly used: { name: string; given: number; line: number }[] = [];
  private parameters: readonly string[] = [];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  rules(): ReadonlyMap<string, Rule> {
    const rules = new Map<string, Rule>();
    while (this.token.kind !== "end") {
      const name = this.expect("name");
      this.parameters = this.bracketed(() => this.expect("name"));
      const known = rules.get(name);
      if (this.skip("=")) {
        if (known || PRELUDE.includes(name)) this.fail(`${name} is defined twice`);
        rules.set(name, { parameters: this.parameters, group: [[this.entry()]] });
      } else if (this.skip("/=") || this.skip("//=")) {
        if (known === undefined) this.fail(`${name} is extended before it is defined`);
        else known.group.push([this.entry()]);
      } else this.fail("expected =");
    }
    for (const { name, given, line } of this.used) {
      const arity = PRELUDE.includes(name) ? 0 : rules.get(name)?.parameters.length;
      if (arity === undefined) throw new SyntaxError(`line ${line}: ${name} is not defined`);
      if (arity !== given) throw new SyntaxError(`line ${line}: ${name} takes ${arity} types`);
    }
    return rules;
  }

  private group(close: string): Entry[][] {
    const alternatives: Entry[][] = [[]];
    while (!this.skip(close)) {
      if (this.skip("//")) alternatives.push([]);
      else alternatives.at(-1)?.push(this.entry());
      this.skip(",");
    }
    return alternatives;
  }

  private entry(): Entry {
    const [min, max] = this.occurrence();
    const [start, used] = [this.at, this.used.length];
    try {
      return { min, max, what: this.member() };
    } catch (error) {
      // What begins like a type in parentheses may be a group.
      this.at = start;
      this.used.length = used;
      if (!this.skip("(")) throw error;
      return { min, max, what: this.group(")") };
    }
  }

  private occurrence(): [number, number] {
    if (this.skip("?")) return [0, 1];
    if (this.skip("+")) return [1, Number.POSITIVE_INFINITY];
    const next = this.tokens[this.at + 1];
    const min = this.token.kind === "number" && next?.text === "*" && next.glued ? Number(this.expect("number")) : 0;
    if (!this.skip("*")) return [1, 1];
    const max =
      this.token.kind === "number" && this.token.glued ? Number(this.expect("number")) : Number.POSITIVE_INFINITY;
    return [min, max];
  }

  private member(): Member {
    const [start, used] = [this.at, this.used.length];
    const bareword = this.tokens[this.at + 1]?.text === ":" && this.token.kind === "name";
    const key: Type = bareword ? { is: "value", value: this.expect("name") } : this.type1();
    if (key.is === "value" && this.skip(":")) return { key, cut: true, type: this.type() };
    const cut = this.skip("^");
    if (this.skip("=>")) return { key, cut, type: this.type() };
    this.at = start;
    this.used.length = used;
    return { key: undefined, cut: false, type: this.type() };
  }

  private type(): Type {
    const of = [this.type1()];
    while (this.skip("/")) of.push(this.type1());
    return of.length === 1 ? (of[0] as Type) : { is: "choice", of };
  }

  private type1(): Type {
    const target = this.type2();
    if (this.token.text === ".." || this.token.text === "...") {
      const open = this.expect("mark") === "...";
      return { is: "range", low: target, high: this.type2(), open };
    }
    if (this.token.kind !== "control") return target;
    const control = this.expect("control").slice(1);
    if (!CONTROLS.includes(control)) this.fail(`.${control} is not supported`);
    return { is: "control", control, target, argument: this.type2() };
  }

  private type2(): Type {
    const { kind, text } = this.token;
    if (kind === "number" || kind === "text" || kind === "bytes")
      return { is: "value", value: literal(this.expect(kind)) };
    if (kind === "tag") {
      this.at++;
      return { is: "tag", tag: BigInt(text.slice(3)), of: this.parenthesised() };
    }
    if (text === "(") return this.parenthesised();
    if (this.skip("{")) return { is: "map", group: this.group("}") };
    if (this.skip("[")) return { is: "array", group: this.group("]") };
    if (this.skip("&") && this.skip("(")) {
      const entries = this.group(")").flat();
      return {
        is: "choice",
        of: entries.flatMap(({ what }) => ("type" in what ? [what.type] : this.fail("expected values"))),
      };
    }
    const name = this.expect("name");
    const { line } = this.token;
    const given = this.token.glued ? this.bracketed(() => this.type()) : [];
    if (!this.parameters.includes(name)) this.used.push({ name, given: given.length, line });
    return { is: "name", name, given };
  }

  private parenthesised(): Type {
    if (!this.skip("(")) this.fail("expected (");
    const type = this.type();
    if (!this.skip(")")) this.fail("expected )");
    return type;
  }

  private bracketed<T>(one: () => T): T[] {
    const out: T[] = [];
    if (!this.skip("<")) return out;
    do out.push(one());
    while (this.skip(","));
    if (!this.skip(">")) this.fail("expected >");
    return out;
  }

  private get token(): Token {
    return this.tokens[this.at] as Token;
  }

  private skip(mark: string): boolean {
    const is = this.token.kind === "mark" && this.token.text === mark;
    if (is) this.at++;
    return is;
  }

  private expect(kind: string): string {
    if (this.token.kind !== kind) this.fail(`expected a ${kind}`);
    return (this.tokens[this.at++] as Token).text;
  }

  private fail(reason: string): never {
    throw new SyntaxError(`line ${this.token.line}: ${reason} at ${this.token.text}`);
  }
}

function literal(token: string): Item {
  if (token.startsWith('"')) return JSON.parse(token) as string;
  if (token.startsWith("h'")) return Uint8Array.from(Buffer.from(token.slice(2, -1).replace(/\s/g, ""), "hex"));
  if (token.startsWith("'")) return new TextEncoder().encode(token.slice(1, -1));
  return token.startsWith("-") ? -BigInt(token.slice(1)) : BigInt(token);
}

/** A type in a few words, for a mismatch. */
export function show(type: Type): string {
  switch (type.is) {
    case "value":
      return describe(type.value);
    case "range":
      return `${show(type.low)}${type.open ? "..." : ".."}${show(type.high)}`;
    case "choice":
      return type.of.map(show).join(" / ");
    case "tag":
      return `tag ${type.tag}`;
    case "control":
      return `${show(type.target)} .${type.control} ${show(type.argument)}`;
    case "name":
      return type.name;
    default:
      return type.is === "map" ? "a map" : "an array";
  }
}
