/** Our decoder against python3-cbor2, made strict in oracle.py: the same inputs accepted, with the same meaning. */

import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, decode, encode } from "../../src/cbor/codec.ts";
import { anyValue, refusal } from "./helpers.ts";

const python = "/usr/bin/python3";
const present = spawnSync(python, ["-c", "import cbor2"]).status === 0;
const oracle = fileURLToPath(new URL("./oracle.py", import.meta.url));

const ask = (inputs: readonly Uint8Array[]): string[] =>
  execFileSync(python, [oracle], { input: `${inputs.map(hex).join("\n")}\n`, maxBuffer: 2 ** 30 })
    .toString()
    .trimEnd()
    .split("\n");

function said(value: CborValue): string {
  if (value === null) return "n";
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `s${hex(utf8(value))}`;
  if (value instanceof Uint8Array) return `h${hex(value)}`;
  if (Array.isArray(value)) return `[${value.map(said).join(",")}]`;
  return `{${[...value].map(([key, entry]) => `${said(key)}:${said(entry)}`).join(",")}}`;
}

function ours(input: Uint8Array): string {
  let answer = "refused";
  refusal(() => {
    answer = said(decode(input));
  });
  return answer;
}

/** The inputs on which the two differ, as [input, ours, theirs]; and how many both accept. */
function compare(inputs: readonly Uint8Array[]) {
  const theirs = ask(inputs);
  expect(theirs).toHaveLength(inputs.length);
  const rows = inputs.map((input, i) => [hex(input), ours(input), theirs[i]]);
  return { differ: rows.filter(([, a, b]) => a !== b), accepted: rows.filter(([, a]) => a !== "refused").length };
}

describe.skipIf(!present)("python3-cbor2 agrees (needs /usr/bin/python3 with cbor2)", () => {
  const values = fc.sample(anyValue, 10_000);

  it("[26] on 10,000 encodings", () => {
    expect(compare(values.map(encode))).toEqual({ differ: [], accepted: values.length });
  });

  it("[26] on the same with one bit flipped each", () => {
    const flipped = values.map((value, i) => {
      const bytes = encode(value);
      const bit = (i * 2654435761) % (8 * bytes.length);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      return bytes;
    });
    const { differ, accepted } = compare(flipped);
    expect(differ).toEqual([]);
    expect(accepted).toBeGreaterThan(1000);
  });

  it("on every input of one or two bytes, and on 10,000 of up to eight", () => {
    const short = Array.from({ length: 0x100 }, (_, n) => Uint8Array.of(n));
    for (let n = 0; n < 0x10000; n++) short.push(Uint8Array.of(n >> 8, n & 255));
    expect(compare(short).differ).toEqual([]);
    expect(compare(fc.sample(fc.uint8Array({ minLength: 1, maxLength: 8 }), 10_000)).differ).toEqual([]);
  });
});
