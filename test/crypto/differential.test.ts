/** The two engines against each other on what was changed and what is noise: same verdict, same output, one by one. */

import { beforeAll, describe, expect, it, vi } from "vitest";
import { equal, hex, utf8 } from "../../src/bytes.ts";
import { ED25519, ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import * as nodeFloe from "../../src/crypto/floe.ts";
import * as nodeHpke from "../../src/crypto/hpke.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES } from "../../src/crypto/suites.ts";
import { DipbagError } from "../../src/errors.ts";
import { mutated } from "../mutated.ts";
import { content } from "../world.ts";
import { type Engines, engines, node, web } from "./engines.ts";

const seed = (n: number) => content(32, `engines ${n}`);

/** What an engine makes of it, as text: the code of its refusal, or "refused" where it says no more. */
function outcome(action: () => Uint8Array | boolean | undefined): string {
  try {
    const made = action();
    return made instanceof Uint8Array ? hex(made) : String(made);
  } catch (error) {
    return error instanceof DipbagError ? error.message : "refused";
  }
}

/** Both engines' outcomes of `runs` cases are the same, one by one; how often which. */
function same(runs: number, of: (engine: Engines, n: number) => string): Map<string, number> {
  const count = new Map<string, number>();
  for (let n = 0; n < runs; n++) {
    const [a, b] = [of(web, n), of(node, n)];
    expect(b, `case ${n}`).toBe(a);
    count.set(a, (count.get(a) ?? 0) + 1);
  }
  return count;
}

describe.each([
  ["Ed25519", ED25519, 400],
  ["ML-DSA-65", ML_DSA_65, 200],
  ["ML-DSA-87", ML_DSA_87, 120],
] as const)("%s", (_, alg, runs) => {
  const [own, other] = [1, 2].map((n) => node.sec.signingKey(alg, seed(n)));
  if (!own || !other) throw new Error("no keys");
  const message = utf8("EXERCISE");
  const [signature, another] = [own.sign(message), other.sign(message)];
  const verdict = ({ pub }: Engines, key: Uint8Array, said: Uint8Array, by: Uint8Array) =>
    outcome(() => pub.verifyKey(alg, key).verify(said, by));

  it(`[36] ${runs} signatures: the verdict is "no" from both, but for one that came out as it was`, () => {
    const unchanged = Array.from({ length: runs }, (_, n) => mutated(signature, another, n)).filter((one) =>
      equal(one, signature),
    ).length;
    const count = same(runs, (engine, n) => verdict(engine, own.publicKey, message, mutated(signature, another, n)));
    expect([...count]).toEqual(expect.arrayContaining([["false", runs - unchanged]]));
    expect(count.get("true") ?? 0).toBe(unchanged);
  });

  it(`[36, 41] ${runs} keys and messages: no signature verifies`, () => {
    const change = (n: number): [Uint8Array, Uint8Array] =>
      n % 2 === 0
        ? [mutated(own.publicKey, other.publicKey, n >> 1), message]
        : [own.publicKey, mutated(message, another, n >> 1)];
    const count = same(runs, (engine, n) => {
      const [key, said] = change(n);
      const verdictOf = verdict(engine, key, said, signature);
      return equal(key, own.publicKey) && equal(said, message) ? `honest ${verdictOf}` : verdictOf;
    });
    expect(count.has("true")).toBe(false);
    expect(count.get("false")).toBeGreaterThan(runs / 4);
  });
});

describe.each([
  ["X25519", HPKE_3_KE, 300],
  ["X-Wing", HPKE_9_KE, 100],
  ["MLKEM1024-P384", HPKE_10_KE, 60],
] as const)("%s", (_, alg, runs) => {
  const { kem } = SUITES[alg];
  const keys = engines.map(({ sec }) => sec.decapsulationKey(kem, seed(3)));
  const own = new Map(engines.map((engine, i) => [engine, keys[i]]));
  const { publicKey } = keys[0] as (typeof keys)[0];
  const made = [3, 4].map((n) => {
    const key = n === 3 ? publicKey : node.sec.decapsulationKey(kem, seed(n)).publicKey;
    return { key, ...node.sec.encapsulationKey(kem, key).encapsulate() };
  });
  const [honest, other] = made as [(typeof made)[0], (typeof made)[0]];

  it(`[51, 52, 54] ${runs} ciphertexts: the same secret, or refused by both`, () => {
    const count = same(runs, (engine, n) =>
      outcome(() => own.get(engine)?.decapsulate(mutated(honest.encapsulated, other.encapsulated, n))),
    );
    expect(count.get("refused")).toBeGreaterThan(runs / 5);
    expect(count.size).toBeGreaterThan(runs / 5);
    expect(count.has("undefined")).toBe(false);
  });

  it(`[51, 53, 54] ${2 * runs} public keys: the same verdict, in the same words`, () => {
    const count = same(2 * runs, ({ pub, sec }, n) => {
      const key = mutated(publicKey, other.key, n);
      const checked = outcome(() => pub.checkKemPublicKey(kem, key) ?? undefined);
      const asKey = outcome(() => sec.encapsulationKey(kem, key).publicKey.length === key.length);
      expect(asKey === "true").toBe(checked === "undefined");
      return checked;
    });
    expect(count.get("undefined")).toBeGreaterThan(0);
    expect(count.size).toBeGreaterThan(2);
  });
});

describe("what stands on the engines", () => {
  let webHpke: typeof nodeHpke;
  let webFloe: typeof nodeFloe;
  // The same sources, loaded again with the other engine in its place.
  beforeAll(async () => {
    vi.resetModules();
    vi.doMock("../../src/crypto/node-secret.ts", () => import("../../src/crypto/web-secret.ts"));
    vi.doMock("../../src/crypto/node-aead.ts", () => import("../../src/crypto/web-aead.ts"));
    webHpke = await import("../../src/crypto/hpke.ts");
    webFloe = await import("../../src/crypto/floe.ts");
    vi.doUnmock("../../src/crypto/node-secret.ts");
    vi.doUnmock("../../src/crypto/node-aead.ts");
  });

  it("is loaded twice, each time over the engine that it should be", async () => {
    const derive = vi.spyOn(node.sec, "shake256");
    expect(await webHpke.shake256.Derive(seed(1), 8)).toEqual(await nodeHpke.shake256.Derive(seed(1), 8));
    expect(derive).toHaveBeenCalledTimes(1);
    derive.mockRestore();
    expect(webFloe.startEncryption).not.toBe(nodeFloe.startEncryption);
  });

  it.each([
    ["HPKE-3-KE", HPKE_3_KE, 150],
    ["HPKE-9-KE", HPKE_9_KE, 60],
    ["HPKE-10-KE", HPKE_10_KE, 40],
  ] as const)("[52, 61, 62] %s: nothing that was changed opens, in either", async (_, alg, runs) => {
    const { kem } = SUITES[alg];
    const parts = { info: utf8("info"), aad: utf8("aad") };
    const keys = engines.map(({ sec }) => sec.decapsulationKey(kem, seed(5)));
    const recipient = node.sec.encapsulationKey(kem, (keys[0] as (typeof keys)[0]).publicKey);
    const seal = () => nodeHpke.hpkeSeal(alg, recipient, parts.info, parts.aad, seed(6));
    const [sealed, other] = [await seal(), await seal()];
    const honest = [sealed.encapsulated, sealed.ciphertext, parts.info, parts.aad];
    const others = [other.encapsulated, other.ciphertext, parts.aad, parts.info];
    const opened = async (given: readonly Uint8Array[]) => {
      const [e, c, info, aad] = given as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const [byWeb, byNode] = [webHpke, nodeHpke].map(({ hpkeOpen }, i) =>
        hpkeOpen(alg, keys[i] as (typeof keys)[0], e, info, aad, c),
      );
      return [await byWeb, await byNode];
    };
    expect(await opened(honest)).toEqual([seed(6), seed(6)]);
    for (let n = 0; n < runs; n++) {
      const at = n % 4;
      const changed = mutated(honest[at] as Uint8Array, others[at] as Uint8Array, n >> 2);
      const expected = equal(changed, honest[at] as Uint8Array) ? seed(6) : null;
      expect(await opened(honest.with(at, changed)), `case ${n}`).toEqual([expected, expected]);
    }
  });

  it("[60, 62, 68] FLOE: the same header and segments are made; nothing that was changed opens, in either", async () => {
    const LENGTH = 96;
    const [key, iv, aad] = [seed(7), seed(8), utf8("aad")];
    const floes = [webFloe, nodeFloe].map(({ startEncryption }) => startEncryption(key, iv, aad, LENGTH));
    const text = content(150);
    const seal = (floe: nodeFloe.FloeEncryption) =>
      Promise.all(
        [0, 1, 2].map((i) => floe.sealSegment(i, i === 2, seed(i).subarray(0, 12), text.subarray(64 * i, 64 * i + 64))),
      );
    const [byWeb, byNode] = await Promise.all(floes.map(seal));
    expect(byNode).toEqual(byWeb);
    const { header } = floes[0] as nodeFloe.FloeEncryption;
    expect(floes[1]?.header).toEqual(header);

    const open = (given: readonly Uint8Array[], index: number) => {
      const [head, bound, segment] = given as [Uint8Array, Uint8Array, Uint8Array];
      return Promise.all(
        [webFloe, nodeFloe].map(async ({ startDecryption }) =>
          startDecryption(key, head, bound, LENGTH)?.openSegment(index, index === 2, segment),
        ),
      );
    };
    for (let n = 0; n < 600; n++) {
      const [index, at] = [n % 3, (n >> 2) % 3];
      const segments = byWeb as Uint8Array[];
      const honest = [header, aad, segments[index] as Uint8Array];
      const others = [header, utf8("add"), segments[(index + 1) % 3] as Uint8Array];
      const changed = mutated(honest[at] as Uint8Array, others[at] as Uint8Array, n);
      const [a, b] = await open(honest.with(at, changed), index);
      expect(b, `case ${n}`).toEqual(a);
      if (!equal(changed, honest[at] as Uint8Array)) expect(a ?? null).toBeNull();
    }
    expect(await open([header, aad, (byWeb as Uint8Array[])[1] as Uint8Array], 1)).toEqual(
      Array(2).fill(text.subarray(64, 128)),
    );
  });
});
