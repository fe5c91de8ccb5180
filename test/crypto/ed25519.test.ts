import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, hex, utf8 } from "../../src/bytes.ts";
import { ED25519 } from "../../src/crypto/engine.ts";
import { loadJson, present } from "../vectors.ts";
import { type Engines, engines, flip, node, web } from "./engines.ts";

/** "key" where the public key is refused, else the verdict on the signature. */
function verdict({ pub }: Engines, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) {
  try {
    return pub.verifyKey(ED25519, publicKey).verify(message, signature);
  } catch (error) {
    expect(error).toMatchObject({ code: "ERR_KEY_INVALID" });
    return "key";
  }
}

/** RFC 8032 section 7.1: secret key, public key, message, signature. */
const RFC8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
].map((row) => row.map(fromHex)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array][];

describe.each(engines)("Ed25519, $name engine", (engine) => {
  it("gives the answers of RFC 8032 section 7.1", () => {
    for (const [seed, publicKey, message, signature] of RFC8032) {
      const key = engine.sec.signingKey(ED25519, seed);
      expect(hex(key.publicKey)).toBe(hex(publicKey));
      expect(hex(key.sign(message))).toBe(hex(signature));
      expect(verdict(engine, publicKey, message, signature)).toBe(true);
      expect(verdict(engine, publicKey, utf8("another"), signature)).toBe(false);
    }
  });

  it("[43] [45] refuses a signature of any other length, and S + L", () => {
    const [, publicKey, message, signature] = RFC8032[1]!;
    // L is 2^252 + 27742317777372353535851937790883648493 (RFC 8032 section 5.1)
    let s = 2n ** 252n + 27742317777372353535851937790883648493n;
    for (let i = 0; i < 32; i++) s += BigInt(signature[32 + i]!) << BigInt(8 * i);
    const malleable = new Uint8Array(signature);
    for (let i = 0; i < 32; i++) malleable[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
    const wrong = [malleable, signature.subarray(1), new Uint8Array(0), new Uint8Array(65)];
    for (const bad of wrong) expect(verdict(engine, publicKey, message, bad)).toBe(false);
  });

  it("[42] refuses R = 0, though the equation holds (CCTV ed25519 vector 304, which only Node 24 refuses itself)", () => {
    const publicKey = fromHex("ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076");
    const s = "330b30d6c1f07511e2208d233b6a34d4ed7109da2dea615bcd97daee3a842704";
    const signature = fromHex(`01${"00".repeat(31)}${s}`);
    expect(verdict(engine, publicKey, utf8("ed25519vectors 7"), signature)).toBe(false);
  });

  it("[42] [43] refuses public keys of another length, off the curve, not canonical, of small or mixed order", () => {
    const keys = {
      short: "00".repeat(31),
      "off the curve": `02${"00".repeat(31)}`,
      "not canonical (p + 3)": `f0${"ff".repeat(30)}7f`,
      identity: `01${"00".repeat(31)}`,
      "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "mixed order (CCTV ed25519 vector 4)": "10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
    };
    for (const [name, key] of Object.entries(keys)) {
      expect(verdict(engine, fromHex(key), new Uint8Array(0), new Uint8Array(64)), name).toBe("key");
    }
  });

  it("keeps no reference to the bytes it was given", () => {
    const [seed, publicKey, message, signature] = RFC8032[1]!.map((bytes) => new Uint8Array(bytes)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const signing = engine.sec.signingKey(ED25519, seed);
    const verifying = engine.pub.verifyKey(ED25519, publicKey);
    seed.fill(0);
    publicKey.fill(0);
    expect(hex(signing.sign(message))).toBe(hex(signature));
    expect(verifying.verify(message, signature)).toBe(true);
    expect(hex(verifying.publicKey)).toBe(hex(signing.publicKey));
  });
});

describe("Ed25519, both engines", () => {
  it("property: each accepts the other's signatures, which are the same, and neither one with a bit flipped", () => {
    const inputs = [
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 200 }),
      fc.nat({ max: 511 }),
    ] as const;
    fc.assert(
      fc.property(...inputs, (seed, message, bit) => {
        const [a, b] = [web.sec.signingKey(ED25519, seed), node.sec.signingKey(ED25519, seed)];
        const signature = a.sign(message);
        expect(hex(b.publicKey)).toBe(hex(a.publicKey));
        expect(hex(b.sign(message))).toBe(hex(signature));
        for (const engine of engines) {
          expect(verdict(engine, a.publicKey, message, signature)).toBe(true);
          expect(verdict(engine, a.publicKey, message, flip(signature, bit))).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe.skipIf(!present)("Ed25519, published vectors (../shared/vectors)", () => {
  it("[42] [43] CCTV: all 914 get the same verdict from both engines, the one our rule gives", () => {
    const refusedKey = ["low_order_A", "low_order_component_A", "non_canonical_A"];
    const refusedR = ["low_order_R", "low_order_component_R", "non_canonical_R"];
    interface Case {
      number: number;
      key: string;
      sig: string;
      msg: string;
      flags: string[] | null;
    }
    const cases = loadJson<Case[]>("cctv/ed25519/ed25519vectors.json");
    expect(cases.length).toBe(914);
    const accepted = [];
    for (const { number, key, sig, msg, flags } of cases) {
      const has = (names: string[]) => names.some((name) => flags?.includes(name));
      const expected = has(refusedKey) ? "key" : !has(refusedR);
      for (const engine of engines) {
        expect(verdict(engine, fromHex(key), utf8(msg), fromHex(sig)), `${engine.name} ${number}`).toBe(expected);
      }
      if (expected === true) accepted.push(flags);
    }
    // the one signature among them with key and R of prime order; with R = 0 (case 304) Node 20 and 24 disagree
    expect(accepted).toEqual([null]);
  });

  it.each(engines)("[43] [45] Wycheproof: all 151, not one valid vector refused, $name engine", (engine) => {
    interface File {
      numberOfTests: number;
      testGroups: {
        publicKey: { pk: string };
        tests: { tcId: number; msg: string; sig: string; result: "valid" | "invalid" }[];
      }[];
    }
    const file = loadJson<File>("wycheproof/ed25519_test.json");
    let ran = 0;
    for (const { publicKey, tests } of file.testGroups) {
      const key = engine.pub.verifyKey(ED25519, fromHex(publicKey.pk));
      for (const { tcId, msg, sig, result } of tests) {
        expect(key.verify(fromHex(msg), fromHex(sig)), `tcId ${tcId}`).toBe(result === "valid");
        ran++;
      }
    }
    expect(ran).toBe(file.numberOfTests);
  });
});
