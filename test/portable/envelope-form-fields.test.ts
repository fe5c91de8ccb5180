/**
 * What is refused for its form alone, whoever signed it: the keys of maps, lists, lengths and order, by
 * spec/envelope.md step V2. Numbers are rows of the table of attacks. Each lie here is signed by an honest officer.
 */

import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes.ts";
import { type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { verify } from "../../src/envelope/verify.ts";
import { type Lies, seal } from "../breakable.ts";
import { codeOf } from "../outcome.ts";
import { labels, RESTRICTED, T, trust } from "../world.ts";
import { map } from "./cose-forge.ts";
import { lying, PLAN } from "./envelope-form-shared.ts";

describe("every map is closed", () => {
  /** Each map, its required keys, and its optional ones. */
  const MAPS: Record<string, [(change: (honest: CborMap) => CborMap) => Lies, number[], number[]]> = {
    core: [(change) => ({ core: change }), [1, 2, 3, 4, 5, 6, 7, 8], [9]],
    handling: [
      (change) => ({ core: (core) => core.set(5, change(core.get(5) as CborMap)) }),
      [],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    ],
    labels: [(change) => ({ core: (core) => core.set(4, change(core.get(4) as CborMap)) }), [1], [2, 3, 4]],
    portion: [(change) => ({ portion: change }), [1, 2, 3, 4, 5, 6], []],
  };
  const cases = Object.entries(MAPS).map(([name, [lie, required, optional]]) => ({ name, lie, required, optional }));

  it.each(cases)("[24] $name: each key that must be there", async ({ lie, required }) => {
    for (const key of required) {
      const without = (honest: CborMap) => new Map([...honest].filter(([other]) => other !== key));
      expect(await lying(lie(without)), `without ${key}`).toBe("ERR_SCHEMA");
    }
  });
  it.each(cases)("[24] $name: each key with a value of another kind", async ({ lie, required, optional }) => {
    for (const key of [...required, ...optional]) {
      for (const value of [false, null, -1, "\u0000", map(), []]) {
        if (key === 1 && value === -1) continue; // a version; tested apart
        if (lie === MAPS.core?.[0] && key === 5 && value instanceof Map) continue; // no handling need be stated
        expect(await lying(lie((honest) => honest.set(key, value))), `${key}: ${value}`).toBe("ERR_SCHEMA");
      }
    }
  });
  it.each(cases)("[24] $name: a key that nobody knows", async ({ name, lie }) => {
    for (const key of [0, 17, 99, 2 ** 40, "", "x", "-2"]) {
      expect(await lying(lie((honest) => honest.set(key, 0))), `${key}`).toBe("ERR_SCHEMA");
    }
    const negative = await lying(lie((honest) => honest.set(-1, 0)));
    expect(negative).toBe(name === "core" ? "ok" : "ERR_SCHEMA");
  });
  it.each(cases)("[23] $name: keys that are names of prototypes", async ({ lie }) => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(await lying(lie((honest) => honest.set(key, map([1, 1]))))).toBe("ERR_SCHEMA");
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("but for the negative keys of the core, which are reported", async () => {
    const envelope = await seal(PLAN, { core: (core) => core.set(-1, "later").set(-70_000, [map([1, 2])]) });
    expect((await verify(bytesSource(envelope), trust, T)).head.ignored).toEqual([-1, -70_000]);
  });
});

describe("lists and fixed lengths", () => {
  const cut = (value: CborValue | undefined, by: number) => {
    const bytes = value as Uint8Array;
    return by < 0 ? bytes.slice(0, by) : concat(bytes, new Uint8Array(by));
  };
  const LENGTHS: Record<string, (by: number) => Lies> = {
    "the id": (by) => ({ core: (core) => core.set(2, cut(core.get(2), by)) }),
    "a signer's card digest": (by) => ({ core: (core) => core.set(6, [[0, cut(new Uint8Array(32), by)]]) }),
    "a policy's digest": (by) => ({ core: (core) => core.set(7, [["HARBOUR", 3, cut(new Uint8Array(32), by)]]) }),
    "the FLOE header": (by) => ({ portion: (portion) => portion.set(4, cut(portion.get(4), by)) }),
    "a recipient's card digest": (by) => ({ portion: (portion) => portion.set(6, [cut(new Uint8Array(32), by)]) }),
    "an encapsulated key": (by) => ({
      slot: ([header, ek, cek]) => [header!, map([-4, cut((ek as CborMap).get(-4), by)]), cek!],
    }),
    "a wrapped key": (by) => ({ slot: ([header, ek, cek]) => [header!, ek!, cut(cek, by)] }),
    "a kid": (by) => ({ slot: ([, ...rest]) => [encode(map([1, 57], [4, cut(new Uint8Array(32), by)])), ...rest] }),
  };
  it.each(Object.entries(LENGTHS))("[24] %s is a byte too short or too long", async (_, lie) => {
    for (const by of [-1, 1]) expect(await lying(lie(by))).toBe("ERR_SCHEMA");
  });
  it("[45] a signature is a byte too short or too long", async () => {
    for (const index of [0, 1]) {
      for (const by of [-1, 1, -3000]) {
        const signatures: Lies["signatures"] = (honest) =>
          honest.map((one, i) => (i === index ? { ...one, change: (made) => cut(made, by) } : one));
        expect(await lying({ signatures })).toBe("ERR_SIGNATURE");
      }
    }
  });

  const LISTS: Record<string, (change: (honest: CborValue[]) => CborValue) => Lies> = {
    signers: (change) => ({ core: (core) => core.set(6, change(core.get(6) as CborValue[])) }),
    policies: (change) => ({ core: (core) => core.set(7, change(core.get(7) as CborValue[])) }),
    audience: (change) => ({ core: (core) => core.set(8, change(core.get(8) as CborValue[])) }),
    links: (change) => ({ core: (core) => core.set(9, change([[1, new Uint8Array(32)]])) }),
    portions: (change) => ({ manifest: ([core, portions, cards]) => [core!, change(portions as CborValue[]), cards!] }),
    cards: (change) => ({ cards: change }),
    "key slots": (change) => ({ slots: ([a, b, c, slots]) => [a!, b!, c!, change(slots as CborValue[])] }),
    "recipients' cards": (change) => ({ portion: (one) => one.set(6, change(one.get(6) as CborValue[])) }),
  };
  it.each(Object.entries(LISTS))("[24] %s: empty", async (_, lie) => {
    expect(await lying(lie(() => []))).toBe("ERR_SCHEMA");
  });
  it.each(Object.entries(LISTS))("[25] %s: more than there may be", async (name, lie) => {
    const length = name === "portions" || name === "cards" ? 1100 : 5000;
    const code = await lying(lie(([first]) => Array.from({ length }, () => first!)));
    expect(["ERR_SCHEMA", "ERR_LIMIT", "ERR_SLOTS"]).toContain(code);
  });
  it("[24] a manifest of two or four parts", async () => {
    expect(await lying({ manifest: ([core, portions]) => [core!, portions!] })).toBe("ERR_SCHEMA");
    expect(await lying({ manifest: (honest) => [...honest, 0] })).toBe("ERR_SCHEMA");
  });

  const slots = (count: number, hidden: boolean): CborValue[] =>
    Array.from({ length: count }, (_, i) => [
      encode(hidden ? map([1, 49]) : map([1, 49], [4, concat(encode(2 ** 20 + i), new Uint8Array(27))])),
      map([-4, new Uint8Array(32)]),
      new Uint8Array(48),
    ]);
  const crowd = (count: number, hidden: boolean): Lies => ({
    slots: ([a, b, c]) => [a!, b!, c!, slots(count, hidden)],
    portion: (portion) => portion.set(6, Array(count).fill(hidden ? null : new Uint8Array(32))),
  });
  it("[25] [59] 4,096 key slots, and one more", async () => {
    expect(await lying(crowd(4096, false))).toBe("ok");
    expect(await lying(crowd(4097, false))).toBe("ERR_SCHEMA");
    const half = crowd(2049, false);
    expect(await lying(half, { portions: [...PLAN.portions, ...PLAN.portions] })).toBe("ERR_LIMIT");
  });
  it("[25] [59] 256 hidden key slots, and one more", async () => {
    expect(await lying(crowd(256, true))).toBe("ok");
    expect(await lying(crowd(257, true))).toBe("ERR_LIMIT");
    expect(await lying(crowd(129, true), { portions: [...PLAN.portions, ...PLAN.portions] })).toBe("ERR_LIMIT");
  });
  it("[25] 256 portions, and one more", async () => {
    const many = (count: number): Lies => ({
      manifest: ([core, portions, cards]) => [core!, Array(count).fill((portions as CborValue[])[0]), cards!],
    });
    expect(await lying(many(256))).toBe("ERR_TRUNCATED");
    expect(await lying(many(257))).toBe("ERR_SCHEMA");
  });

  it("[22] a time up to 2^53-1 is a time", async () => {
    expect(await lying({ core: (core) => core.set(3, 2 ** 53 - 1) })).toBe("ERR_CARD_TIME");
    expect(await lying({ core: (core) => core.set(3, -1) })).toBe("ERR_SCHEMA");
  });
  it("[24] a relation or role that nobody knows", async () => {
    expect(await lying({ core: (core) => core.set(9, [[4, new Uint8Array(32)]]) })).toBe("ERR_SCHEMA");
    expect(await lying({ core: (core) => core.set(9, [[3, new Uint8Array(32)]]) })).toBe("ok");
    expect(await lying({ core: (core) => core.set(6, [[4, new Uint8Array(32)]]) })).toBe("ERR_SCHEMA");
  });
  it.each(["a\u202eb", "a\nb", "\u001b[2J", " a", "a\u200b", "e\u0301", ""])(
    "[77] an audience named %j",
    async (name) => {
      expect(await lying({ core: (core) => core.set(8, [name]) })).toBe("ERR_SCHEMA");
    },
  );
  it("an order that is not that of the bytes, or a name that stands twice", async () => {
    for (const audience of [
      ["QMB", "AAB"],
      ["AAB", "AAB"],
      ["AAB", "ZZC", "QMB"],
      ["B", "AA"],
    ]) {
      expect(await lying({ core: (core) => core.set(8, audience) }), `${audience}`).toBe("ERR_ORDER");
    }
    const [ref] = [["HARBOUR", 3, new Uint8Array(32)]];
    expect(await lying({ core: (core) => core.set(7, [ref, ref] as CborValue) })).toBe("ERR_ORDER");
    expect(await lying({ core: (core) => core.set(7, [["TLP", 2, new Uint8Array(32)], ref] as CborValue) })).toBe(
      "ERR_ORDER",
    );
  });
});

it("[26] labels that name one policy twice", async () => {
  const twice = {
    ...RESTRICTED,
    alternatives: [{ ...labels("HARBOUR SECRET REL TO AAB").originator, kind: "alternative" as const }],
  };
  expect(await codeOf(async () => verify(bytesSource(await seal({ ...PLAN, labels: twice })), trust, T))).toBe(
    "ERR_SCHEMA",
  );
});
