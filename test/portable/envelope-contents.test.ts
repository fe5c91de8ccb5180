/**
 * Bodies and what is sealed in them: spec/envelope.md sections 4 and 5, steps V7 and U3 to U6. Numbers are rows of the
 * table of attacks. The heads here are signed by an honest officer, unless it is said that nothing is signed again.
 */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { byteStringHead, type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { apart, bodyItem, type Lies, type Plan, type PlannedPortion, seal, together } from "../breakable.ts";
import { type Code, codeOf, pieces, unpacking, verifying } from "../outcome.ts";
import { CONFIDENTIAL, content, labels, type Person, RESTRICTED, T, trust, world } from "../world.ts";
import { map } from "./cose-forge.ts";

const { duty, analyst, watch, port, relay } = world;
const files = { "report.txt": utf8("hello") };
const portion = (...recipients: Person[]): PlannedPortion => ({ labels: RESTRICTED, files, recipients });
const PLAN: Plan = { portions: [portion(watch)] };
const large: Plan = { portions: [{ ...portion(watch), files: { a: content(3 * 2 ** 20), b: utf8("end") } }] };

/** What verify says, and what unpack says after it. */
async function outcomes(envelope: Uint8Array, reader: Person = watch): Promise<[Code, Code]> {
  return [await verifying(envelope), await unpacking(envelope, reader)];
}
const lying = async (lies: Lies, plan: Plan = PLAN, reader: Person = watch) => outcomes(await seal(plan, lies), reader);
const flip = (bytes: Uint8Array, at: number) =>
  bytes.map((byte, i) => (i === (at + bytes.length) % bytes.length ? byte ^ 1 : byte));

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

describe("a key slot that names the reader and does not open", () => {
  const classical: Plan = { portions: [{ ...portion(port), labels: labels("HARBOUR RESTRICTED REL TO HARBOUR") }] };
  const high: Plan = { portions: [portion(analyst)] };
  const ek = (change: (honest: Uint8Array) => Uint8Array): Lies => ({
    slot: ([header, map4, cek]) => [header!, map([-4, change((map4 as CborMap).get(-4) as Uint8Array)]), cek!],
  });
  const refused = (lies: Lies, plan = PLAN, reader = watch) =>
    expect(lying(lies, plan, reader)).resolves.toEqual(["ok", "ERR_SLOT"]);

  it.each([0, 500, 1087, 1088, 1119])("[52] X-Wing: byte %i of the encapsulated key changed", (at) =>
    refused(ek((honest) => flip(honest, at))),
  );
  it.each([0, 1567, 1568, 1569, 1664])("[52] MLKEM1024-P384: byte %i of the encapsulated key changed", (at) =>
    refused(
      ek((honest) => flip(honest, at)),
      high,
      analyst,
    ),
  );
  it("[51] X25519: points of low order", async () => {
    const low = ["00", "01", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"];
    for (const point of low) {
      const bytes = Uint8Array.from(point.padEnd(64, "0").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
      await refused(
        ek(() => bytes),
        classical,
        port,
      );
      await refused(ek((honest) => concat(honest.subarray(0, 1088), bytes)));
    }
  });
  it("[51] P-384: a point that is not on the curve, or at infinity", async () => {
    for (const point of [new Uint8Array(97), new Uint8Array(97).fill(255).fill(4, 0, 1)]) {
      await refused(
        ek((honest) => concat(honest.subarray(0, 1568), point)),
        high,
        analyst,
      );
    }
  });
  it("[62] the wrapped key changed", async () => {
    for (const at of [0, 31, 32, 47]) {
      await refused({ slot: ([header, map4, cek]) => [header!, map4!, flip(cek as Uint8Array, at)] });
    }
  });
  it("[60] a key that the FLOE header does not commit to", () => refused({ wrapped: () => content(32) }));
  it.each([10, 41, 42, 73])("[60] the FLOE header changed in byte %i", (at) =>
    refused({ portion: (one) => one.set(4, flip(one.get(4) as Uint8Array, at)) }),
  );
  it("[40] [49] [79] one that is bound to another core, label or position", async () => {
    await refused({ binding: () => content(32) });
    const relabelled = labels("HARBOUR UNCLASSIFIED REL TO AAB, QMB");
    const { portions } = apart(await seal({ portions: [{ ...portion(watch), labels: relabelled }] }));
    await refused({
      portion: (honest) => honest.set(1, portions[0]!.get(1)!),
    });
  });
  it("[56] one that another recipient can open", async () => {
    const both: Plan = { portions: [portion(duty, watch)] };
    const slots: Lies["slots"] = ([a, b, c, honest]) => {
      const [first, second] = honest as CborValue[][];
      return [a!, b!, c!, [[first![0]!, second![1]!, second![2]!], second!]];
    };
    expect(await lying({ slots }, both, duty)).toEqual(["ok", "ERR_SLOT"]);
    expect(await lying({ slots }, both, watch)).toEqual(["ok", "ok"]);
  });
  it("[57] one for another portion of the same envelope", async () => {
    const two: Plan = { portions: [portion(watch), portion(watch)] };
    let first: CborMap | undefined;
    let body: Uint8Array | null = null;
    const repeated: Lies = {
      portion: (honest, number) => {
        if (number === 1) first = honest;
        return first!;
      },
      bodies: ([a]) => {
        body = a!;
        return [a!, body];
      },
    };
    expect(await lying(repeated, two)).toEqual(["ok", "ERR_SLOT"]);
  });
  it("[61] is one answer for every cause, and names none", async () => {
    const said = async (lies: Lies) => {
      const envelope = await openEnvelope(bytesSource(await seal(PLAN, lies)), trust, T);
      return pieces(unpack(envelope, watch) as AsyncGenerator<never>).catch((error: Error) => [
        error.message,
        error.cause,
      ]);
    };
    const answers = [
      await said(ek((honest) => flip(honest, 0))),
      await said({ slot: ([header, map4, cek]) => [header!, map4!, flip(cek as Uint8Array, 0)] }),
      await said({ wrapped: () => content(32) }),
    ];
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0]?.[1]).toBeUndefined();
  });
  it("hidden: nothing opens, and nobody can say whose it was", async () => {
    const hidden: Plan = { portions: [{ ...portion(watch), hidden: true }] };
    expect(await lying({ wrapped: () => content(32) }, hidden)).toEqual(["ok", "ERR_NOT_FOR_YOU"]);
    expect(
      await lying(
        ek((honest) => flip(honest, 0)),
        hidden,
      ),
    ).toEqual(["ok", "ERR_NOT_FOR_YOU"]);
  });
  it("hidden: one that opens is found behind others that do not", async () => {
    const many: Plan = { portions: [{ ...portion(duty, relay, analyst, watch), hidden: true }] };
    expect(await lying({}, many)).toEqual(["ok", "ok"]);
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

describe("the list of files", () => {
  const item = (name: CborValue, size: CborValue = 5, type: CborValue = "text/plain") =>
    map([1, name], [2, type], [3, size]);
  const items = (...list: CborValue[]): Lies => ({ items: () => list });
  const refused = async (lies: Lies, code: Code, plan = PLAN) => expect(await lying(lies, plan)).toEqual(["ok", code]);

  it.each([
    "../x",
    "a/b",
    "a\\b",
    "/etc/passwd",
    "C:",
    "a:b",
    "..",
    ".",
    "a.",
    "-rf",
    "CON",
    "nul.txt",
    "COM1",
    "lpt9.log",
    "a*",
    "a?",
    "a|b",
    "<a>",
    '"',
    ".report.dipbag-00000000-1-1-0123456789abcdef.tmp",
    ".x.TMP",
  ])("[76] the name %j", (name) => refused(items(item(name)), "ERR_NAME"));
  it.each(["", " a", "a ", "a\u0000b", "a\nb", "a\u202eb", "a\u200bb", "a\u00adb", "e\u0301"])(
    "[76] [77] the name %j",
    (name) => refused(items(item(name)), "ERR_SCHEMA"),
  );
  it.each(["a-b.txt", "a--", ".hidden", "report.tmp", "a.b.c", "console", "com", "x".repeat(255), "(1), 2"])(
    "but not the name %j",
    async (name) => {
      const plan: Plan = { portions: [{ ...portion(watch), files: { [name]: utf8("x") } }] };
      expect(await lying({}, plan)).toEqual(["ok", "ok"]);
    },
  );
  it("[76] a name of more than 255 bytes", async () => {
    for (const name of ["é".repeat(128), "x".repeat(256)]) await refused(items(item(name)), "ERR_NAME");
  });
  it("one name twice, or in another case", async () => {
    const two: Plan = { portions: [{ ...portion(watch), files: { a: utf8("x"), b: utf8("y") } }] };
    await refused(items(item("a", 1), item("a", 1)), "ERR_NAME_TWICE", two);
    await refused(items(item("Straße", 1), item("STRAßE", 1)), "ERR_NAME_TWICE", two);
  });
  it("[24] no file, a key too few or too many, a value of another kind", async () => {
    await refused(items(), "ERR_SCHEMA");
    for (const wrong of [
      map([1, "a"], [2, "b"]),
      item("a").set(5, 0),
      item("a").set(-1, 0),
      item(1),
      item("a", "5"),
      item("a", -1),
      item("a", 5, ""),
      [],
    ]) {
      await refused(items(wrong), "ERR_SCHEMA");
    }
    await refused({ items: () => map() }, "ERR_SCHEMA");
    expect(await lying(items(item("a").set(4, T)))).toEqual(["ok", "ok"]);
  });
  it("[3] [9] not in the strict form", async () => {
    await refused({ items: (honest) => concat(encode(honest), Uint8Array.of(0)) }, "ERR_CBOR");
    await refused({ items: (honest) => concat(Uint8Array.of(0x98, 1), encode(honest).subarray(1)) }, "ERR_CBOR");
  });
  it("[72] sizes that are too large, too small, or beyond all bounds", async () => {
    const unpadded: Lies["plaintext"] = (all) => all.subarray(0, all.lastIndexOf("o".charCodeAt(0)) + 1);
    for (const size of [4, 6, 2 ** 32, 2 ** 53 - 1]) {
      await refused({ ...items(item("report.txt", size)), plaintext: unpadded }, "ERR_CONTENTS");
    }
  });
  it("[72] of which only the sum is right", async () => {
    const two: Plan = { portions: [{ ...portion(watch), files: { a: utf8("hello"), b: utf8("world") } }] };
    await refused(items(item("a", 2 ** 53 - 1), item("b", 2 ** 53 - 1)), "ERR_CONTENTS", two);
    expect(await lying(items(item("a", 4), item("b", 6)), two)).toEqual(["ok", "ok"]);
  });
  it("[11] an index longer than the plaintext, or than any may be", async () => {
    await refused({ plaintext: (all) => concat(Uint8Array.of(0x5a, 0, 1, 0, 0), all) }, "ERR_CONTENTS");
    await refused({ plaintext: (all) => concat(Uint8Array.of(0x5a, 0, 16, 0, 1), all) }, "ERR_LIMIT");
    await refused({ plaintext: (all) => concat(new Uint8Array(9).fill(0x5b, 0, 1).fill(1, 1), all) }, "ERR_CBOR");
  });
  it("[24] no byte string in front", () =>
    refused({ plaintext: (all) => concat(Uint8Array.of(0x60), all) }, "ERR_SCHEMA"));
});

describe("padding", () => {
  const wide: Plan = { portions: [{ ...portion(watch), files: { a: content(5001) } }] };
  it("that is not zero, in any of its bytes", async () => {
    for (const at of [-1, -2, -60]) {
      expect(await lying({ plaintext: (all) => flip(all, at) }, wide)).toEqual(["ok", "ERR_CONTENTS"]);
    }
  });
  it("that is not there, or exactly that of Padmé; nothing between", async () => {
    const cut = (by: number): Lies => ({
      plaintext: (all) => (by < 0 ? all.subarray(0, by) : concat(all, new Uint8Array(by))),
    });
    for (const by of [-1, 1, 64, 1000]) expect(await lying(cut(by), wide)).toEqual(["ok", "ERR_CONTENTS"]);
    let padding = 0;
    await lying(
      {
        plaintext: (all) => {
          padding = all.length - all.findLastIndex((byte) => byte !== 0) - 1;
          return all;
        },
      },
      wide,
    );
    expect(await lying(cut(-padding), wide)).toEqual(["ok", "ok"]);
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
