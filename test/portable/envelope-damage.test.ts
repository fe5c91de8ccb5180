/** 10, 36: no envelope that was cut or changed anywhere is accepted, and each refusal has a code. */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { hex, utf8 } from "../../src/bytes.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { verify } from "../../src/envelope/verify.ts";
import { apart, digestOf, type Plan, seal, statement, together } from "../breakable.ts";
import { type Code, unpacking, verifying } from "../outcome.ts";
import { CONFIDENTIAL, RESTRICTED, repeatable, T, trust, world } from "../world.ts";

const { duty, watch } = world;
const PLAN: Plan = {
  portions: [{ labels: RESTRICTED, files: { "report.txt": utf8("hello") }, recipients: [watch] }],
};
const SMALL = await repeatable("damage", () => seal(PLAN));
const HEAD = (await verify(bytesSource(SMALL), trust, T)).head.signed.bytes.length;
/** Pure JavaScript takes three times as long; it answers for every third byte. */
const STEP = engine.description.startsWith("@noble") ? 3 : 1;

/** How often each code was the answer; "ok" never. */
async function tally(variants: Iterable<Uint8Array>): Promise<Partial<Record<Code, number>>> {
  const counts: Partial<Record<Code, number>> = {};
  for (const variant of variants) {
    const code = await verifying(variant);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

function* flips(envelope: Uint8Array, from: number, to: number, step: number) {
  for (let at = from; at < to; at += step) yield envelope.with(at, envelope[at]! ^ (1 << (at % 8)));
}
function* cuts(envelope: Uint8Array, from: number, to: number) {
  for (let at = from; at < to; at++) yield envelope.subarray(0, at);
}

describe("one bit changed", () => {
  it("[34] [36] in any byte of the head", async () => {
    const counts = await tally(flips(SMALL, 0, HEAD, STEP));
    expect(counts).not.toHaveProperty("ok");
    // form first, then signatures: no rule about trust or policy is reached by damage
    const form = [
      "ERR_CBOR",
      "ERR_KEY_INVALID",
      "ERR_LAYOUT",
      "ERR_LIMIT",
      "ERR_SCHEMA",
      "ERR_SIGNERS",
      "ERR_TRUNCATED",
    ];
    const signatures = ["ERR_SIGNATURE", "ERR_SIGNATURES", "ERR_TYPE"];
    for (const code of Object.keys(counts)) expect([...form, ...signatures]).toContain(code);
  });
  it("[36] in any byte of a body or in front of it", async () => {
    const counts = await tally(flips(SMALL, HEAD, SMALL.length, 5));
    // a body's head with its top bit set is taken for a statement
    for (const code of Object.keys(counts)) expect(["ERR_BODY", "ERR_DIGEST", "ERR_TYPE"]).toContain(code);
  });
  it("[36] in any byte of a withheld statement, one of thirty", async () => {
    const two = await seal({ ...PLAN, portions: [...PLAN.portions, ...PLAN.portions] });
    const said = statement(duty, { envelope: digestOf(two), portions: [2], madeFor: [watch] });
    const parts = apart(two);
    const copy = together({ ...parts, statements: [said], bodies: [parts.bodies[0]!, null] });
    const start = copy.length - said.length - 1 - parts.bodies[0]!.length - 2;
    expect(await verifying(copy)).toBe("ok");
    expect(hex(copy.subarray(start, start + 2))).toBe("d862");
    const counts = await tally(flips(copy, start, start + said.length, 29));
    expect(counts).not.toHaveProperty("ok");
  });
  it("[36] anywhere: a random bit, a byte added, removed, or written twice", async () => {
    const at = (i: number) => (i * 7919) % SMALL.length;
    const places = Array.from({ length: 60 }, (_, i) => at(i));
    const changed = places.flatMap((place) => [
      SMALL.with(place, SMALL[place]! ^ 0xff),
      Uint8Array.from([...SMALL.subarray(0, place), 0, ...SMALL.subarray(place)]),
      Uint8Array.from([...SMALL.subarray(0, place), ...SMALL.subarray(place + 1)]),
      Uint8Array.from([...SMALL.subarray(0, place + 1), ...SMALL.subarray(place)]),
    ]);
    expect(await tally(changed)).not.toHaveProperty("ok");
  });
});

describe("cut", () => {
  it("[10] at any byte: it is incomplete, and nothing else", async () => {
    expect(await tally(cuts(SMALL, 0, SMALL.length))).toEqual({ ERR_TRUNCATED: SMALL.length });
  });
  it("[10] at any byte of a copy with a portion withheld", async () => {
    const two = await seal({
      labels: CONFIDENTIAL,
      portions: [...PLAN.portions, { labels: CONFIDENTIAL, files: { a: utf8("b") }, recipients: [duty] }],
    });
    const said = statement(duty, { envelope: digestOf(two), portions: [1], madeFor: [duty] });
    const parts = apart(two);
    const copy = together({ ...parts, statements: [said], bodies: [null, parts.bodies[1]!] });
    expect(await verifying(copy)).toBe("ok");
    const start = together({ ...parts, bodies: [] }).length;
    const places = Array.from({ length: copy.length - start }, (_, i) => start + i).filter(
      (i) => i % 97 === 0 || i > copy.length - 40,
    );
    for (const at of places) expect(await verifying(copy.subarray(0, at)), `${at}`).toBe("ERR_TRUNCATED");
  });
  it("and unpack says the same", async () => {
    for (const at of [0, 1, 2, 100, HEAD - 1, HEAD, HEAD + 1, HEAD + 3, SMALL.length - 1]) {
      expect(await unpacking(SMALL.subarray(0, at), watch)).toBe("ERR_TRUNCATED");
    }
  });
});
