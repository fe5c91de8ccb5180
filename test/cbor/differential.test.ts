/**
 * Our decoder against two others, both told to be strict: cbor2 of npm, which is there wherever the tests are, and
 * python3-cbor2 (oracle.py). The same inputs are accepted, with the same meaning; nothing is accepted that they refuse.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cdeDecodeOptions, Tag, decode as theirDecode } from "cbor2";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { decode, encode } from "../../src/cbor/codec.ts";
import { MAX_DEPTH, MAX_ITEMS, MAX_TEXT } from "../../src/cbor/scan.ts";
import { anyValue, refusal } from "./helpers.ts";

/** What either decoder gives, in one notation. */
function said(value: unknown): string {
  if (value === null) return "n";
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `s${hex(utf8(value))}`;
  if (value instanceof Uint8Array) return `h${hex(value)}`;
  if (Array.isArray(value)) return `[${value.map(said).join(",")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, entry]) => `${said(key)}:${said(entry)}`).join(",")}}`;
  throw new TypeError(`not of the profile: ${String(value)}`);
}

function ours(input: Uint8Array): string {
  let answer = "refused";
  refusal(() => {
    answer = said(decode(input));
  });
  return answer;
}

const encodings = fc.sample(anyValue, 10_000).map(encode);
const at = (n: number, below: number) => (n * 2654435761) % below;
const flipped = encodings.map((honest, i) => {
  const bit = at(i, 8 * honest.length);
  return honest.with(bit >> 3, (honest[bit >> 3] as number) ^ (1 << (bit & 7)));
});
/** Cut, gone on, a piece of the next put in, a byte replaced, each part of them by its turn. */
const mutated = encodings.map((honest, i) => {
  const other = encodings[(i + 1) % encodings.length] as Uint8Array;
  const place = at(i, honest.length + 1);
  const [before, after] = [honest.subarray(0, place), honest.subarray(place)];
  const piece = other.subarray(0, 1 + at(i, other.length));
  return [before, concat(honest, piece), concat(before, piece, after), concat(before, piece, after.subarray(1))][
    i % 4
  ] as Uint8Array;
});
const short = Array.from({ length: 0x100 }, (_, n) => Uint8Array.of(n));
for (let n = 0; n < 0x10000; n++) short.push(Uint8Array.of(n >> 8, n & 255));
short.push(...fc.sample(fc.uint8Array({ minLength: 1, maxLength: 8 }), 10_000));

describe("cbor2 of npm", () => {
  // Nearly all of these are refused, by errors whose stacks nobody reads.
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  const strict = {
    ...cdeDecodeOptions,
    rejectFloats: true,
    rejectUndefined: true,
    rejectSimple: true,
    preferMap: true,
    ignoreGlobalTags: true,
    maxDepth: 1e6,
  };
  const REFUSED = Symbol("refused");
  function theirs(input: Uint8Array): unknown {
    try {
      return theirDecode<unknown>(input, strict);
    } catch {
      return REFUSED;
    }
  }

  /** Ours is stricter here because ...; each is a rule of spec/envelope.md section 2.1 or 9. */
  const RULES: Record<string, (value: unknown) => boolean> = {
    "no tag stands within an item": (value) => value instanceof Tag,
    "an integer is within 2^53-1": (value) =>
      typeof value === "bigint" || (typeof value === "number" && !Number.isSafeInteger(value)),
    "text does not begin with U+FEFF": (value) => typeof value === "string" && value.startsWith("\ufeff"),
    "text has at most 4096 bytes": (value) => typeof value === "string" && utf8(value).length > MAX_TEXT,
    "a key is an integer or text": (value) =>
      value instanceof Map && ![...value.keys()].every((key) => /number|string|bigint/.test(typeof key)),
    "an item stands within at most 16 others": (value) => depth(value) > MAX_DEPTH,
    "a message has at most 200,000 items": (value) => within(value).length > MAX_ITEMS,
  };
  function depth(value: unknown): number {
    return partsOf(value).reduce<number>((most, part) => Math.max(most, 1 + depth(part)), 0);
  }
  const partsOf = (value: unknown): readonly unknown[] => {
    if (value instanceof Tag) return [value.contents];
    return Array.isArray(value) ? value : value instanceof Map ? [...value].flat() : [];
  };
  const within = (value: unknown): unknown[] => [value, ...partsOf(value).flatMap(within)];
  const ruleFor = (value: unknown): string | undefined => {
    const all = within(value);
    return Object.keys(RULES).find((rule) => all.some(RULES[rule] as (value: unknown) => boolean));
  };

  /** How often both accept, both refuse, and ours is stricter by which rule. Anything else is listed. */
  function compare(inputs: readonly Uint8Array[]) {
    const count: Record<string, number> = { accepted: 0, refused: 0 };
    const differ: unknown[] = [];
    for (const input of inputs) {
      const [mine, value] = [ours(input), theirs(input)];
      const why = mine !== "refused" ? "accepted" : value === REFUSED ? "refused" : ruleFor(value);
      const agrees = why === "accepted" ? value !== REFUSED && said(value) === mine : why !== undefined;
      if (agrees) count[why as string] = (count[why as string] ?? 0) + 1;
      else differ.push([hex(input), mine, String(value)]);
    }
    expect(differ).toEqual([]);
    return count;
  }

  it("[26] accepts the same 10,000 encodings, with the same meaning", () => {
    expect(compare(encodings)).toEqual({ accepted: encodings.length, refused: 0 });
  });

  it("[26] of the same with a bit flipped, and cut, longer, mixed: we accept what it accepts, or say by which rule not", () => {
    const count = compare([...flipped, ...mutated]);
    expect(count.accepted).toBeGreaterThan(1000);
    expect(count.refused).toBeGreaterThan(1000);
  });

  it("[26] of every input of one or two bytes, and 10,000 of up to eight", () => {
    expect(compare(short).refused).toBeGreaterThan(1000);
  });

  it("[26] each rule by which ours is stricter is met, at its edge", () => {
    const nested = (levels: number) => concat(new Uint8Array(levels).fill(0x81), Uint8Array.of(0));
    const list = (length: number) => concat(Uint8Array.of(0x9a, 0, length >> 16, (length >> 8) & 255, length & 255));
    const many = (items: number) => concat(list(items - 1), new Uint8Array(items - 1));
    const text = (length: number) =>
      concat(Uint8Array.of(0x79, length >> 8, length & 255), new Uint8Array(length).fill(97));
    const edges: [inside: Uint8Array | null, outside: Uint8Array][] = [
      [null, Uint8Array.of(0xd8, 98, 0xf6)],
      [Uint8Array.of(0x1b, 0, 0x1f, 255, 255, 255, 255, 255, 255), Uint8Array.of(0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0)],
      [
        Uint8Array.of(0x3b, 0, 0x1f, 255, 255, 255, 255, 255, 254),
        Uint8Array.of(0x3b, 0, 0x1f, 255, 255, 255, 255, 255, 255),
      ],
      [Uint8Array.of(0x64, 0x61, 0xef, 0xbb, 0xbf), Uint8Array.of(0x64, 0xef, 0xbb, 0xbf, 0x61)],
      [text(4096), text(4097)],
      [Uint8Array.of(0xa1, 0x61, 0x61, 0xf6), Uint8Array.of(0xa1, 0x41, 0x61, 0xf6)],
      [nested(16), nested(17)],
      [many(200_000), many(200_001)],
    ];
    const inside = edges.flatMap(([one]) => one ?? []);
    expect(compare(inside)).toEqual({ accepted: inside.length, refused: 0 });
    const count = compare(edges.map(([, one]) => one));
    expect(Object.keys(count).sort()).toEqual(["accepted", "refused", ...Object.keys(RULES)].sort());
    expect(count).toMatchObject({ accepted: 0, refused: 0 });
  });
});

const python = "/usr/bin/python3";
const present = spawnSync(python, ["-c", "import cbor2"]).status === 0;
const oracle = fileURLToPath(new URL("./oracle.py", import.meta.url));

describe.skipIf(!present)("python3-cbor2 agrees (needs /usr/bin/python3 with cbor2)", () => {
  /** The inputs on which the two differ, as [input, ours, theirs]; and how many both accept. */
  function compare(inputs: readonly Uint8Array[]) {
    const input = `${inputs.map(hex).join("\n")}\n`;
    const theirs = execFileSync(python, [oracle], { input, maxBuffer: 2 ** 30 })
      .toString()
      .trimEnd()
      .split("\n");
    expect(theirs).toHaveLength(inputs.length);
    const rows = inputs.map((one, i) => [hex(one), ours(one), theirs[i]]);
    return { differ: rows.filter(([, a, b]) => a !== b), accepted: rows.filter(([, a]) => a !== "refused").length };
  }

  it("[26] on 10,000 encodings", () => {
    expect(compare(encodings)).toEqual({ differ: [], accepted: encodings.length });
  });

  it("[26] on the same with one bit flipped each", () => {
    const { differ, accepted } = compare(flipped);
    expect(differ).toEqual([]);
    expect(accepted).toBeGreaterThan(1000);
  });

  it("[26] on every input of one or two bytes, and on 10,000 of up to eight", () => {
    expect(compare(short).differ).toEqual([]);
  });
});
