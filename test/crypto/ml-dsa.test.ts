import { ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, hex, utf8 } from "../../src/bytes.ts";
import { ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import { withRandomForTests } from "../../src/crypto/random.ts";
import { countNotRun } from "../not-run.ts";
import { loadJson, present } from "../vectors.ts";
import { engines, flip, isDeterministic, node, refuses, web } from "./engines.ts";

const SETS = [
  {
    alg: ML_DSA_65,
    set: "ML-DSA-65",
    publicKey: 1952,
    signature: 3309,
    known: [
      "a991fd42b071d49c48ae3e75c647459e0daad1e1ba356a04801912d3294bcff8",
      "b1a7d0d2f0d7a04b9d5ffccd9bd578864dab4a01cdd7f70a05cd1f4f0672e43a",
    ],
  },
  {
    alg: ML_DSA_87,
    set: "ML-DSA-87",
    publicKey: 2592,
    signature: 4627,
    known: [
      "a16f5b0796703e2d1a0140a35cbf36efabe70e752ba59b6a9a0e9c4b05302f73",
      "33f49649f05ec2fc3b050007b18ade043bbc8d1c0ded03a269d540486daaa5f4",
    ],
  },
] as const;
const cases = engines.flatMap((engine) => SETS.map((set) => ({ ...set, engine, name: engine.name })));

describe.each(cases)("$set, $name engine", ({ alg, publicKey, signature, known, engine: { pub, sec } }) => {
  it("makes the public key of ACVP keyGen tcId 26 or 51 from its seed (figures: seed, SHA-256 of pk)", () => {
    expect(hex(pub.sha256(sec.signingKey(alg, fromHex(known[0])).publicKey))).toBe(known[1]);
  });

  it("[45] has the sizes of FIPS 204 table 2, and refuses others without throwing", () => {
    const key = sec.signingKey(alg, new Uint8Array(32));
    const made = key.sign(utf8("x"));
    expect([key.publicKey.length, made.length]).toEqual([publicKey, signature]);
    const verifying = pub.verifyKey(alg, key.publicKey);
    expect(verifying.verify(utf8("x"), made)).toBe(true);
    for (const length of [0, 64, signature - 1, signature + 1]) {
      expect(verifying.verify(utf8("x"), new Uint8Array(length))).toBe(false);
    }
    for (const length of [0, 32, publicKey - 1, publicKey + 1]) {
      expect(() => pub.verifyKey(alg, new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: "ERR_KEY_INVALID" }),
      );
    }
    for (const length of [0, 31, 33, 64]) expect(() => sec.signingKey(alg, new Uint8Array(length))).toThrow(RangeError);
  });

  it("[44] has one form of the hint, bounds on z, and no context but the empty one", () => {
    const key = sec.signingKey(alg, new Uint8Array(32).fill(1));
    const verifying = pub.verifyKey(alg, key.publicKey);
    const [k, omega] = alg === ML_DSA_65 ? [6, 55] : [8, 75];
    const hint = signature - omega - k; // the places of the ones, ascending in each polynomial, then k counts
    const made = key.sign(utf8("x"));
    const counts = made.subarray(hint + omega);
    const ones = counts[k - 1]!;
    const second = counts.findIndex((count, i) => count - (counts[i - 1] ?? 0) >= 2);
    const at = hint + (counts[second - 1] ?? 0);
    const forms: Record<string, Uint8Array> = {
      "two places exchanged": made.with(at, made[at + 1]!).with(at + 1, made[at]!),
      "one place twice": made.with(at + 1, made[at]!),
      "more ones than omega": made.with(signature - 1, omega + 1),
      "counts that descend": made.with(hint + omega, ones + 1),
      "z at its bound": made.slice().fill(0, alg === ML_DSA_65 ? 48 : 64, (alg === ML_DSA_65 ? 48 : 64) + 3),
    };
    if (ones < omega) forms["a place behind the last"] = made.with(hint + ones, 1);
    expect(verifying.verify(utf8("x"), made)).toBe(true);
    for (const [name, form] of Object.entries(forms)) expect(verifying.verify(utf8("x"), form), name).toBe(false);

    const noble = alg === ML_DSA_65 ? ml_dsa65 : ml_dsa87;
    const { secretKey } = noble.keygen(new Uint8Array(32).fill(1));
    expect(verifying.verify(utf8("x"), noble.sign(utf8("x"), secretKey))).toBe(true);
    for (const context of [utf8("x"), new Uint8Array(255)]) {
      expect(verifying.verify(utf8("x"), noble.sign(utf8("x"), secretKey, { context }))).toBe(false);
    }
  });

  it("is hedged: two signatures of one message differ, and both verify", () => {
    const key = sec.signingKey(alg, new Uint8Array(32).fill(1));
    const verifying = pub.verifyKey(alg, key.publicKey);
    const [a, b] = [key.sign(utf8("x")), key.sign(utf8("x"))];
    expect(hex(a)).not.toBe(hex(b));
    expect([verifying.verify(utf8("x"), a), verifying.verify(utf8("x"), b)]).toEqual([true, true]);
  });
});

describe.each(SETS)("$set, both engines", ({ alg }) => {
  it("property: each accepts the other's signatures, and neither a flipped bit in signature or message", () => {
    const inputs = [
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(),
    ] as const;
    fc.assert(
      fc.property(...inputs, (seed, message, bit) => {
        const keys = [web, node].map(({ sec }) => sec.signingKey(alg, seed));
        expect(hex(keys[0]!.publicKey)).toBe(hex(keys[1]!.publicKey));
        for (const key of keys) {
          const signature = key.sign(message);
          for (const { pub } of engines) {
            const verifying = pub.verifyKey(alg, key.publicKey);
            expect(verifying.verify(message, signature)).toBe(true);
            expect(verifying.verify(message, flip(signature, bit))).toBe(false);
            expect(verifying.verify(flip(message, bit), signature)).toBe(false);
          }
        }
      }),
      { numRuns: 8 },
    );
  });

  it("with the same randomness, noble makes the same signature of the message and of its representative", async () => {
    const [a, b] = await Promise.all(
      [web, node].map(({ sec }) =>
        withRandomForTests(
          (length) => new Uint8Array(length).fill(9),
          async () => sec.signingKey(alg, new Uint8Array(32)).sign(utf8("x")),
        ),
      ),
    );
    expect(hex(a!) === hex(b!)).toBe(isDeterministic(node));
  });
});

interface SignFile {
  numberOfTests: number;
  testGroups: {
    privateSeed: string;
    publicKey: string;
    tests: { tcId: number; msg?: string; ctx?: string; rnd?: string; sig: string; result: string; flags: string[] }[];
  }[];
}
interface VerifyFile {
  numberOfTests: number;
  testGroups: {
    publicKey: string;
    tests: { tcId: number; msg: string; ctx?: string; sig: string; result: string }[];
  }[];
}
interface KeyGenFile {
  testGroups: { parameterSet: string; tests: { tcId: number; seed: string; pk: string }[] }[];
}

describe.skipIf(!present).each(engines)("ML-DSA, published vectors (../shared/vectors), $name engine", (engine) => {
  const { pub, sec } = engine;

  it("Wycheproof: ML-DSA-65 signatures from seeds", async () => {
    const name = "wycheproof/mldsa_65_sign_seed_test.json";
    const file = loadJson<SignFile>(name);
    let ran = 0;
    for (const { privateSeed, publicKey, tests } of file.testGroups) {
      for (const { tcId, msg, ctx, rnd, sig, result } of tests) {
        if (msg === undefined || (ctx !== undefined && ctx !== "")) continue;
        ran++;
        if (result === "invalid") {
          expect(refuses(() => sec.signingKey(ML_DSA_65, fromHex(privateSeed)))).toBe(true);
          continue;
        }
        // without rnd the vector is of the deterministic variant: hedged with zeros (FIPS 204 section 3.4)
        const randomness = rnd === undefined ? new Uint8Array(32) : fromHex(rnd);
        const made = await withRandomForTests(
          () => randomness,
          async () => sec.signingKey(ML_DSA_65, fromHex(privateSeed)).sign(fromHex(msg)),
        );
        if (isDeterministic(engine)) expect(hex(made), `tcId ${tcId}`).toBe(sig);
        const verifying = pub.verifyKey(ML_DSA_65, fromHex(publicKey));
        expect(verifying.verify(fromHex(msg), made), `tcId ${tcId}`).toBe(true);
        expect(verifying.verify(fromHex(msg), fromHex(sig)), `tcId ${tcId}`).toBe(true);
      }
    }
    expect(ran + countNotRun(name)).toBe(file.numberOfTests);
  });

  it.each([
    [ML_DSA_65, "wycheproof/mldsa_65_verify_test.json"],
    [ML_DSA_87, "wycheproof/mldsa_87_verify_test.json"],
  ] as const)("[44] Wycheproof: verification, algorithm %i, %s", (alg, name) => {
    const file = loadJson<VerifyFile>(name);
    let ran = 0;
    for (const { publicKey, tests } of file.testGroups) {
      for (const { tcId, msg, ctx, sig, result } of tests) {
        if (ctx !== undefined && ctx !== "") continue;
        ran++;
        const accepted = () => pub.verifyKey(alg, fromHex(publicKey)).verify(fromHex(msg), fromHex(sig));
        const verdict = !refuses(accepted) && accepted();
        expect(verdict, `tcId ${tcId}`).toBe(result === "valid");
      }
    }
    expect(ran + countNotRun(name)).toBe(file.numberOfTests);
  });

  it("ACVP: keyGen of ML-DSA-65 and ML-DSA-87", () => {
    const name = "acvp/ML-DSA-keyGen-FIPS204.internalProjection.json.gz";
    let total = 0;
    let ran = 0;
    for (const { parameterSet, tests } of loadJson<KeyGenFile>(name).testGroups) {
      total += tests.length;
      const alg = SETS.find(({ set }) => set === parameterSet)?.alg;
      if (alg === undefined) continue;
      for (const { tcId, seed, pk } of tests) {
        expect(hex(sec.signingKey(alg, fromHex(seed)).publicKey), `tcId ${tcId}`).toBe(pk.toLowerCase());
        ran++;
      }
    }
    expect(ran + countNotRun(name)).toBe(total);
  });
});
