/**
 * Bodies and their segments, and parts of one envelope in another: spec/envelope.md section 5.1, steps V7 and U4.
 * Numbers are rows of the table of attacks. The heads here are signed by an honest officer, unless it is said that
 * nothing is signed again.
 */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { concat, hex } from "../../src/bytes.ts";
import { byteStringHead, type CborMap } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { apart, bodyItem, type Lies, type Plan, seal, together } from "../breakable.ts";
import { type Code, codeOf } from "../outcome.ts";
import { CONFIDENTIAL, content, T, trust, world } from "../world.ts";
import { files, flip, large, lying, outcomes, PLAN, portion } from "./envelope-contents-shared.ts";

const { duty, analyst, watch } = world;

describe("a body, not signed again,", () => {
  const bodies = (change: (honest: Uint8Array[]) => (Uint8Array | null)[]): Lies => ({
    bodies: (honest) => change(honest as Uint8Array[]),
  });
  const twice: Plan = { portions: [portion(watch), portion(watch)] };
  const cases: [string, Lies, Plan, Code][] = [
    ["[36] with a bit changed, first byte", bodies(([a]) => [flip(a!, 0)]), PLAN, "ERR_DIGEST"],
    ["[36] with a bit changed, last byte", bodies(([a]) => [flip(a!, -1)]), PLAN, "ERR_DIGEST"],
    ["[68] zeroed", bodies(([a]) => [new Uint8Array(a!.length)]), PLAN, "ERR_DIGEST"],
    ["[10] missing", bodies(() => []), PLAN, "ERR_TRUNCATED"],
    ["[10] of two the last missing", bodies(([a]) => [a!]), twice, "ERR_TRUNCATED"],
    ["nil, where nobody withheld it", bodies(() => [null]), PLAN, "ERR_BODY"],
    ["[49] [68] exchanged for another", bodies(([a, b]) => [b!, a!]), twice, "ERR_DIGEST"],
    ["[68] doubled", bodies(([a]) => [a!, a!]), twice, "ERR_DIGEST"],
    ["[9] [70] followed by another", bodies(([a]) => [a!, a!]), PLAN, "ERR_TRAILING"],
    ["[72] one byte shorter", bodies(([a]) => [a!.subarray(1)]), PLAN, "ERR_BODY"],
    ["[72] one byte longer", bodies(([a]) => [concat(a!, Uint8Array.of(0))]), PLAN, "ERR_BODY"],
    ["[69] cut at a segment's edge", bodies(([a]) => [a!.subarray(0, 2 ** 20)]), large, "ERR_BODY"],
    [
      "[68] with two segments exchanged",
      bodies(([a]) => [concat(a!.subarray(2 ** 20, 2 ** 21), a!.subarray(0, 2 ** 20), a!.subarray(2 ** 21))]),
      large,
      "ERR_DIGEST",
    ],
  ];
  it.each(cases)("%s", async (_, lies, plan, code) => expect(await lying(lies, plan)).toEqual([code, code]));

  it("[3] [8] [35] in another form", async () => {
    const honest = await seal(PLAN);
    const [body] = apart(honest).bodies as [Uint8Array];
    const start = honest.subarray(0, honest.length - bodyItem(body).length);
    const length = byteStringHead(body.length);
    const forms = [
      concat(Uint8Array.of(0x59, 0, length[1]!), body),
      concat(Uint8Array.of(0x5f), length, body, Uint8Array.of(0xff)),
      concat(Uint8Array.of(0x78), length.subarray(1), body),
      concat(Uint8Array.of(0x81), length, body),
    ];
    expect(length.length).toBe(2);
    for (const form of forms) expect(await outcomes(concat(start, form))).toEqual(["ERR_BODY", "ERR_BODY"]);
  });
  it("[69] cut at the edge of a segment, or anywhere near it", async () => {
    const honest = await seal(large);
    const [body] = apart(honest).bodies as [Uint8Array];
    const start = honest.length - body.length;
    for (const at of [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 21, body.length - 1]) {
      expect(await outcomes(honest.subarray(0, start + at)), `${at}`).toEqual(["ERR_TRUNCATED", "ERR_TRUNCATED"]);
    }
  });
  it("[73] [74] whose last segment is damaged releases what came before, and nothing of it", async () => {
    const honest = await seal(large);
    const damaged = flip(honest, -1);
    for await (const { file } of unpack(await openEnvelope(bytesSource(damaged), trust, T), watch)) {
      const seen: Uint8Array[] = [];
      const reading = async () => {
        for await (const piece of file(0)) seen.push(piece.slice());
      };
      expect(await codeOf(reading)).toBe("ERR_DIGEST");
      const released = concat(...seen);
      expect(hex(engine.sha256(released))).toBe(hex(engine.sha256(content(3 * 2 ** 20).subarray(0, released.length))));
      expect(released.length).toBeLessThan(3 * 2 ** 20);
      break;
    }
  });
});

describe("a segment whose digest is signed", () => {
  const segments = (change: (honest: Uint8Array[]) => Uint8Array[]): Lies => ({ segments: change });
  const cases: [string, Lies, Plan][] = [
    ["[36] with its length prefix changed", segments(([a]) => [flip(a!, 3)]), PLAN],
    ["[36] with its nonce changed", segments(([a]) => [flip(a!, 4)]), PLAN],
    ["[36] with its ciphertext changed", segments(([a]) => [flip(a!, 16)]), PLAN],
    ["[62] with its tag changed", segments(([a]) => [flip(a!, -1)]), PLAN],
    [
      "[70] that says it is not the last",
      segments(([a]) => [concat(new Uint8Array(4).fill(255), a!.subarray(4))]),
      PLAN,
    ],
    ["[68] exchanged with another", segments(([a, b, c, d]) => [b!, a!, c!, d!]), large],
    ["[68] repeated", segments(([a, , c, d]) => [a!, a!, c!, d!]), large],
    [
      "[70] marked as the last, and followed by others",
      segments(([a, b, c, d]) => [a!, concat(Uint8Array.of(0, 16, 0, 0), b!.subarray(4)), c!, d!]),
      large,
    ],
  ];
  it.each(cases)("%s", async (_, lies, plan) => expect(await lying(lies, plan)).toEqual(["ok", "ERR_SEGMENT"]));

  it("[69] the last is left out, and the one before it stands as the last", async () => {
    expect(
      await lying(
        segments(([a, b, c]) => [a!, b!, c!]),
        large,
      ),
    ).toEqual(["ok", "ERR_CONTENTS"]);
  });
  it("[71] of another envelope for the same reader", async () => {
    const [foreign] = apart(await seal(PLAN)).bodies as [Uint8Array];
    expect(await lying(segments(() => [foreign]))).toEqual(["ok", "ERR_SEGMENT"]);
  });
});

describe("splices: parts of another envelope by the same hand, for the same readers,", () => {
  const plan: Plan = {
    portions: [portion(duty, watch), { labels: CONFIDENTIAL, files, recipients: [duty] }],
    labels: CONFIDENTIAL,
  };
  it("[49] in place of each part", async () => {
    const [a, b] = [apart(await seal(plan)), apart(await seal(plan))];
    const swaps: [string, Uint8Array][] = [
      ["core", together({ ...a, core: b.core })],
      ["portions", together({ ...a, portions: b.portions })],
      ["signatures", together({ ...a, signatures: b.signatures })],
      ["one signature", together({ ...a, signatures: [a.signatures[0]!, b.signatures[1]!] })],
      ["all but the core", together({ ...b, core: a.core })],
      ["all but the signatures", together({ ...b, signatures: a.signatures })],
      [
        "portions in another order",
        together({ ...a, portions: a.portions.toReversed(), bodies: a.bodies.toReversed() }),
      ],
      ["one portion doubled", together({ ...a, portions: [a.portions[0]!, a.portions[0]!] })],
      ["one portion removed", together({ ...a, portions: [a.portions[0]!], bodies: [a.bodies[0]!] })],
      ...[0, 1].map((i): [string, Uint8Array] => [
        `portion ${i + 1}`,
        together({ ...a, portions: a.portions.with(i, b.portions[i]!), bodies: a.bodies.with(i, b.bodies[i]!) }),
      ]),
      ...[1, 2, 3, 4, 5, 6].flatMap((key): [string, Uint8Array][] => {
        const mixed = new Map(a.portions[0]).set(key, b.portions[0]!.get(key)!);
        // labels, lengths and cards are the same in both
        return [1, 2, 6].includes(key) ? [] : [[`field ${key}`, together({ ...a, portions: [mixed, a.portions[1]!] })]];
      }),
    ];
    for (const [what, spliced] of swaps)
      expect([what, ...(await outcomes(spliced))]).toEqual([what, "ERR_SIGNATURE", "ERR_SIGNATURE"]);
    expect(await outcomes(together({ ...a, bodies: b.bodies }))).toEqual(["ERR_DIGEST", "ERR_DIGEST"]);
    expect(await outcomes(together({ ...a, cards: [analyst.item] }))).toEqual(["ERR_SIGNERS", "ERR_SIGNERS"]);
    expect(await outcomes(together(a))).toEqual(["ok", "ok"]);
  });
  it("[49] [71] signed by the hand itself: portion, slots, segments, header", async () => {
    const honest = apart(await seal(plan));
    const [mine] = honest.portions as [CborMap];
    const taken = (...keys: number[]): Lies => ({
      portion: (one, number) => (number === 1 ? keys.reduce((map, key) => map.set(key, mine.get(key)!), one) : one),
      bodies: ([first, second]) => [keys.includes(3) ? honest.bodies[0]! : first!, second!],
    });
    expect(await lying(taken(1, 2, 3, 4, 5, 6), plan)).toEqual(["ok", "ERR_SLOT"]);
    expect(await lying(taken(5), plan)).toEqual(["ok", "ERR_SLOT"]);
    expect(await lying(taken(4), plan)).toEqual(["ok", "ERR_SLOT"]);
    expect(await lying(taken(2, 3), plan)).toEqual(["ok", "ERR_SEGMENT"]);
  });
});
