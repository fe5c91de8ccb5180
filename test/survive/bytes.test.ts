/** Sections A, C and E of the attacks: every envelope with bytes changed, cut, added, moved, taken from another. */

import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes.ts";
import { Attempts, type Honest, honest, isLong, minutes, named, seed } from "./attempt.ts";
import { apply, blind, dice, type Node, sequence, walk } from "./mutate.js";

const nodesOf = ({ bytes }: Honest): readonly Node[] => sequence(bytes) ?? [];
/** Behind the head. All of an armoured one is head. */
const behind = (one: Honest): number => nodesOf(one)[0]?.end ?? one.bytes.length;
/** Where anything begins or ends. */
const boundaries = (nodes: readonly Node[]): number[] => [
  ...new Set([...walk(nodes)].flatMap(({ start, body, end }) => [start, start + 1, body, end - 1, end])),
];
const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
/** What is behind the head costs its signatures each time. */
const FEW = isLong ? 500 : 10;
const few = (places: readonly number[]) => places.filter((_, i) => i % Math.ceil(places.length / FEW) === 0);

/** Every kind of damage is looked for in one envelope of each shape; the others differ in their labels. */
const WHOLE = ["one-portion"];
const attempts = new Attempts();
const attempt = (one: Honest, bytes: Uint8Array, what: string) => attempts.try(one, bytes, () => what);

describe.each(honest.map((one) => [one.name, one] as const))("%s", (name, one) => {
  const { bytes } = one;
  const end = behind(one);
  const rest = every(1, end, bytes.length);
  const isWhole = isLong || WHOLE.includes(name);

  it("[36] [34] one bit changed, in the head", async () => {
    const roll = dice(seed + end);
    for (const at of every(isWhole ? 1 : 200, isWhole ? 0 : roll(200), end)) {
      const bit = roll(8);
      await attempt(one, bytes.with(at, bytes[at]! ^ (1 << bit)), `bit ${bit} of byte ${at}`);
    }
  });
  it("[36] one bit changed, in statements and bodies", async () => {
    const roll = dice(seed + end);
    for (const at of few(rest)) await attempt(one, bytes.with(at, bytes[at]! ^ (1 << roll(8))), `byte ${at}`);
  });
  it("[10] [69] cut, wherever something begins or ends, and elsewhere", async () => {
    const [head = [], ...others] = nodesOf(one).map((node) => boundaries([node]));
    const places = [...head.filter((at) => at < end), ...few(others.flat()), ...few(rest)];
    for (const at of [...places, ...every(isLong ? 1 : 10, 0, end)]) {
      if (at < bytes.length) await attempt(one, bytes.subarray(0, at), `cut at ${at}`);
    }
  });
  it("[9] [70] with something behind it, or in front", async () => {
    for (const more of [[0], [0xf6], [0x40], [0xd8], [0xff], [0x0a], bytes.subarray(0, end), bytes]) {
      const extra = Uint8Array.from(more);
      await attempt(one, concat(bytes, extra), `${extra.length} bytes behind`);
      await attempt(one, concat(extra, bytes), `${extra.length} bytes in front`);
    }
  });
  it("[68] with a few bytes added, taken out, doubled, overwritten, anywhere", async () => {
    const roll = dice(seed + end + 1);
    for (let i = 0; i < (isLong ? 5000 : 40); i++) {
      const change = blind(bytes, roll);
      await attempt(one, apply(bytes, change), `blind change ${i}`);
    }
  });
});

it("[68] [71] segments that change places, stand twice, are zero, or come from another envelope", async () => {
  const one = named("two-segments");
  const [body] = nodesOf(one).slice(-1) as [Node];
  const first = one.bytes.subarray(body.body, body.body + 2 ** 20);
  const last = one.bytes.subarray(body.body + 2 ** 20);
  const start = one.bytes.subarray(0, body.body);
  const zeros = new Uint8Array(2 ** 20);
  for (const [i, segments] of [[last, first], [first, first], [last, last], [zeros, last], [first], [last]].entries()) {
    await attempt(one, concat(start, ...segments), `segments ${i}`);
  }
  for (const other of honest) {
    const foreign = other.bytes.subarray(nodesOf(other).at(-1)?.body);
    await attempt(one, concat(start, foreign, one.bytes.subarray(body.body + foreign.length)), `from ${other.name}`);
  }
});

it.runIf(isLong)("several changes at random", async () => {
  const roll = dice(seed);
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
    const one = honest[roll(honest.length)] as Honest;
    let { bytes } = one;
    for (let left = 1 + roll(3); left > 0; left--) bytes = apply(bytes, blind(bytes, roll));
    await attempt(one, bytes, `random change, case ${attempts.cases}`);
  }
});

it("none took a second or 300 MB", () => {
  if (isLong) process.stdout.write(`bytes: ${attempts}\n`);
  expect(attempts.isBounded, `${attempts}`).toBe(true);
  expect(attempts.cases).toBeGreaterThan(60_000);
});
