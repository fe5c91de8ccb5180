import { ED25519_TORSION_SUBGROUP, ed25519, x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type KemId, MLKEM1024_P384, X_WING, X25519_KEM } from "../../src/crypto/engine.ts";
import { withRandomForTests } from "../../src/crypto/random.ts";
import { loadJson, present } from "../vectors.ts";
import { type Engines, engines, flip, isDeterministic, refuses, web } from "./engines.ts";

const KEMS = [
  { kem: X25519_KEM, name: "DHKEM(X25519)", publicKey: 32, encapsulated: 32, randomness: 32 },
  { kem: X_WING, name: "MLKEM768-X25519", publicKey: 1216, encapsulated: 1120, randomness: 64 },
  { kem: MLKEM1024_P384, name: "MLKEM1024-P384", publicKey: 1665, encapsulated: 1665, randomness: 80 },
] as const;
const cases = engines.flatMap((engine) => KEMS.map((sizes) => ({ ...sizes, engine, engineName: engine.name })));

/** Encapsulates with this randomness, where the engine takes it. */
const encapsulate = ({ sec }: Engines, kem: KemId, publicKey: Uint8Array, randomness: Uint8Array) =>
  withRandomForTests(
    () => randomness,
    async () => sec.encapsulationKey(kem, publicKey).encapsulate(),
  );

/** p = 2^255 - 19 and the numbers around it, in 32 bytes, little-endian. */
const belowP = fromHex(`ec${"ff".repeat(30)}7f`);
const p = fromHex(`ed${"ff".repeat(30)}7f`);
const topBit = fromHex(`09${"00".repeat(30)}80`);

describe.each(cases)("$name, $engineName engine", ({ kem, publicKey, encapsulated, randomness, engine }) => {
  const { pub, sec } = engine;
  const key = sec.decapsulationKey(kem, new Uint8Array(32).fill(5));

  it("has the sizes of its specification, and draws its randomness in one call", async () => {
    const drawn: number[] = [];
    const made = await withRandomForTests(
      (length) => {
        drawn.push(length);
        return new Uint8Array(length).fill(6);
      },
      async () => sec.encapsulationKey(kem, key.publicKey).encapsulate(),
    );
    expect([key.publicKey.length, made.encapsulated.length, made.sharedSecret.length]).toEqual([
      publicKey,
      encapsulated,
      32,
    ]);
    expect(drawn).toEqual([randomness]);
    expect(hex(key.decapsulate(made.encapsulated))).toBe(hex(made.sharedSecret));
  });

  it("makes a new secret each time", () => {
    const ek = sec.encapsulationKey(kem, key.publicKey);
    const [a, b] = [ek.encapsulate(), ek.encapsulate()];
    expect(hex(a.sharedSecret)).not.toBe(hex(b.sharedSecret));
    expect(hex(a.encapsulated)).not.toBe(hex(b.encapsulated));
  });

  it("keeps no reference to the seed and the public key it was given", () => {
    const seed = new Uint8Array(32).fill(5);
    const given = new Uint8Array(key.publicKey);
    const [dk, ek] = [sec.decapsulationKey(kem, seed), sec.encapsulationKey(kem, given)];
    seed.fill(0);
    given.fill(0);
    const { encapsulated, sharedSecret } = ek.encapsulate();
    expect(hex(dk.decapsulate(encapsulated))).toBe(hex(sharedSecret));
    expect(hex(dk.decapsulate(encapsulated))).toBe(hex(sharedSecret));
    expect(hex(ek.publicKey)).toBe(hex(dk.publicKey));
  });

  it("[51] [54] fails without detail on another length and on an invalid point", () => {
    const zeros = new Uint8Array(encapsulated);
    for (const wrong of [zeros, zeros.subarray(1), new Uint8Array(encapsulated + 1), new Uint8Array(0)]) {
      expect(() => key.decapsulate(wrong)).toThrow(/^decapsulation failed$/);
    }
  });

  it("[54] refuses public keys and seeds of another length", () => {
    for (const length of [0, 31, 64, publicKey - 1, publicKey + 1]) {
      const refused = expect.objectContaining({ code: "ERR_KEY_INVALID" });
      expect(() => pub.checkKemPublicKey(kem, new Uint8Array(length))).toThrow(refused);
      expect(() => sec.encapsulationKey(kem, new Uint8Array(length))).toThrow(refused);
    }
    for (const length of [0, 31, 33, 64])
      expect(() => sec.decapsulationKey(kem, new Uint8Array(length))).toThrow(RangeError);
  });
});

describe.each(KEMS)("$name, both engines", ({ kem }) => {
  it("[52] property: each opens what the other made; a flipped bit gives another secret or none, the same in both", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(), (seed, bit) => {
        const keys = engines.map(({ sec }) => sec.decapsulationKey(kem, seed));
        expect(hex(keys[0]!.publicKey)).toBe(hex(keys[1]!.publicKey));
        for (const { pub, sec } of engines) {
          pub.checkKemPublicKey(kem, keys[0]!.publicKey);
          const { encapsulated, sharedSecret } = sec.encapsulationKey(kem, keys[0]!.publicKey).encapsulate();
          const flipped = flip(encapsulated, bit);
          const outcomes = keys.map((key) => {
            expect(hex(key.decapsulate(encapsulated))).toBe(hex(sharedSecret));
            return refuses(() => key.decapsulate(flipped)) ? "refused" : hex(key.decapsulate(flipped));
          });
          expect(outcomes[0]).toBe(outcomes[1]);
          expect(outcomes[0]).not.toBe(hex(sharedSecret));
        }
      }),
      { numRuns: 8 },
    );
  });

  it("property: the same public keys are refused, wherever a bit is flipped", () => {
    const { publicKey } = web.sec.decapsulationKey(kem, new Uint8Array(32).fill(1));
    fc.assert(
      fc.property(fc.nat({ max: 8 * publicKey.length - 1 }), (bit) => {
        const [a, b] = engines.map(({ pub }) => refuses(() => pub.checkKemPublicKey(kem, flip(publicKey, bit))));
        expect(a).toBe(b);
      }),
      { numRuns: 200 },
    );
  });
});

it.each(engines)(
  "[56] X-Wing binds the ciphertext, not only the point that it stands for ($name engine)",
  ({ sec }) => {
    const key = sec.decapsulationKey(X_WING, new Uint8Array(32).fill(1));
    const { encapsulated, sharedSecret } = sec.encapsulationKey(X_WING, key.publicKey).encapsulate();
    // X25519 passes over the top bit: the point, and with it both secrets that are combined, are the same
    const same = flip(encapsulated, 8 * encapsulated.length - 1);
    expect(x25519.getSharedSecret(new Uint8Array(32).fill(1), same.subarray(-32))).toEqual(
      x25519.getSharedSecret(new Uint8Array(32).fill(1), encapsulated.subarray(-32)),
    );
    expect(hex(key.decapsulate(encapsulated))).toBe(hex(sharedSecret));
    expect(hex(key.decapsulate(same))).not.toBe(hex(sharedSecret));
  },
);

describe.each(engines)("checks of KEM public keys, $name engine", (engine) => {
  const { pub, sec } = engine;
  const valid = Object.fromEntries(
    KEMS.map(({ kem }) => [kem, sec.decapsulationKey(kem, new Uint8Array(32)).publicKey]),
  );
  const refused = (kem: KemId, publicKey: Uint8Array) => {
    try {
      pub.checkKemPublicKey(kem, publicKey);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_KEY_INVALID" });
      return true;
    }
  };
  const put = (kem: KemId, part: Uint8Array, at: number) => {
    const out = new Uint8Array(valid[kem]!);
    out.set(part, at);
    return out;
  };

  it("[51] X25519: every point of low order and every u that is not below p", () => {
    // (1 + y) / (1 - y) of the torsion points: with 0 and 1 all that have order 1, 2, 4 or 8 on the curve; -1 is on the twist
    const torsion = ED25519_TORSION_SUBGROUP.slice(1).map((encoded) => ed25519.utils.toMontgomery(fromHex(encoded)));
    const one = fromHex(`01${"00".repeat(31)}`);
    for (const low of [...torsion, new Uint8Array(32), one, belowP]) {
      expect(refused(X25519_KEM, low)).toBe(true);
      expect(refused(X_WING, put(X_WING, low, 1184))).toBe(true);
      expect(refuses(() => sec.decapsulationKey(X25519_KEM, new Uint8Array(32)).decapsulate(low))).toBe(true);
    }
    for (const high of [p, flip(p, 1), new Uint8Array(32).fill(255), topBit]) {
      expect(refused(X25519_KEM, high)).toBe(true);
      expect(refused(X_WING, put(X_WING, high, 1184))).toBe(true);
    }
    for (const fine of [fromHex(`09${"00".repeat(31)}`), fromHex(`eb${"ff".repeat(30)}7f`)]) {
      expect(refused(X25519_KEM, fine)).toBe(false);
      expect(refused(X_WING, put(X_WING, fine, 1184))).toBe(false);
    }
  });

  it("[53] ML-KEM: a coefficient of q or more, in either place of three bytes, first or last; the seed is free", () => {
    for (const [kem, coefficients] of [
      [X_WING, 1152],
      [MLKEM1024_P384, 1536],
    ] as const) {
      // q = 3329 = 0xd01: in the low twelve bits, then in the high twelve
      for (const at of [0, coefficients - 3]) {
        expect(refused(kem, put(kem, fromHex("010d00"), at))).toBe(true);
        expect(refused(kem, put(kem, fromHex("0010d0"), at))).toBe(true);
        expect(refused(kem, put(kem, fromHex("ffffff"), at))).toBe(true);
        expect(refused(kem, put(kem, fromHex("000dd0"), at))).toBe(false);
      }
      expect(refused(kem, put(kem, new Uint8Array(32).fill(255), coefficients))).toBe(false);
    }
  });

  it("P-384: off the curve, infinity, a coordinate of p or more, forms other than uncompressed", () => {
    const point = valid[MLKEM1024_P384]!.subarray(1568);
    const fieldP = fromHex(`${"ff".repeat(31)}feffffffff0000000000000000ffffffff`);
    const bad = [
      flip(point, 8),
      new Uint8Array(97),
      concat(Uint8Array.of(4), new Uint8Array(96)),
      concat(Uint8Array.of(4), fieldP, point.subarray(49)),
      ...[0, 2, 3, 5, 6, 7].map((form) => concat(Uint8Array.of(form), point.subarray(1))),
    ];
    for (const part of bad) {
      expect(refused(MLKEM1024_P384, put(MLKEM1024_P384, part, 1568)), hex(part)).toBe(true);
      const { encapsulated } = sec.encapsulationKey(MLKEM1024_P384, valid[MLKEM1024_P384]!).encapsulate();
      encapsulated.set(part, 1568);
      expect(refuses(() => sec.decapsulationKey(MLKEM1024_P384, new Uint8Array(32)).decapsulate(encapsulated))).toBe(
        true,
      );
    }
  });
});

/** ExtractAndExpand of RFC 9180 section 4.1, written out once more. */
function extractAndExpand(dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const suite = concat(utf8("HPKE-v1KEM"), fromHex("0020"));
  const prk = extract(sha256, concat(suite, utf8("eae_prk"), dh), new Uint8Array(0));
  return expand(sha256, prk, concat(fromHex("0020"), suite, utf8("shared_secret"), enc, publicKey), 32);
}

describe.each(engines)("known answers, $name engine", (engine) => {
  it("DHKEM(X25519) of RFC 9180 appendix A.1.1", async () => {
    const enc = "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431";
    const secret = "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc";
    const key = engine.sec.decapsulationKey(
      X25519_KEM,
      fromHex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"),
    );
    expect(hex(key.publicKey)).toBe("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
    const ikmE = fromHex("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234");
    const made = await encapsulate(engine, X25519_KEM, key.publicKey, ikmE);
    expect([hex(made.encapsulated), hex(made.sharedSecret)]).toEqual([enc, secret]);
    expect(hex(key.decapsulate(fromHex(enc)))).toBe(secret);
  });

  it("X-Wing of draft-connolly-cfrg-xwing-kem appendix C, first vector (figures: seeds, secret, SHA-256 of pk and ct)", async () => {
    const key = engine.sec.decapsulationKey(
      X_WING,
      fromHex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"),
    );
    expect(hex(engine.pub.sha256(key.publicKey))).toBe(
      "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
    );
    const made = await encapsulate(
      engine,
      X_WING,
      key.publicKey,
      fromHex(
        "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
      ),
    );
    expect(hex(key.decapsulate(made.encapsulated))).toBe(hex(made.sharedSecret));
    if (!isDeterministic(engine)) return;
    expect(hex(made.sharedSecret)).toBe("d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384");
    expect(hex(engine.pub.sha256(made.encapsulated))).toBe(
      "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
    );
  });
});

interface XWing {
  seed: string;
  eseed: string;
  ss: string;
  sk: string;
  pk: string;
  ct: string;
}
interface XdhFile {
  numberOfTests: number;
  testGroups: { tests: { tcId: number; flags: string[]; public: string; private: string; shared: string }[] }[];
}
interface EncapDecap {
  testGroups: { parameterSet: string; function: string; tests: { tcId: number; ek: string; testPassed: boolean }[] }[];
}

describe.skipIf(!present).each(engines)("KEMs, published vectors (../shared/vectors), $name engine", (engine) => {
  const { pub, sec } = engine;

  it("X-Wing: all three", async () => {
    const vectors = loadJson<XWing[]>("xwing/test-vectors.json");
    expect(vectors.length).toBe(3);
    for (const { seed, eseed, ss, sk, pk, ct } of vectors) {
      expect(sk).toBe(seed);
      const key = sec.decapsulationKey(X_WING, fromHex(sk));
      expect(hex(key.publicKey)).toBe(pk);
      expect(hex(key.decapsulate(fromHex(ct)))).toBe(ss);
      const made = await encapsulate(engine, X_WING, key.publicKey, fromHex(eseed));
      if (isDeterministic(engine)) expect([hex(made.encapsulated), hex(made.sharedSecret)]).toEqual([ct, ss]);
    }
  });

  it("[51] Wycheproof: X25519 through DHKEM; all 518, a shared secret of zero refused", () => {
    const file = loadJson<XdhFile>("wycheproof/x25519_test.json");
    let ran = 0;
    for (const test of file.testGroups.flatMap(({ tests }) => tests)) {
      const where = `tcId ${test.tcId}`;
      const [peer, shared] = [fromHex(test.public), fromHex(test.shared)];
      const key = sec.decapsulationKey(X25519_KEM, fromHex(test.private));
      const isZero = shared.every((byte) => byte === 0);
      if (isZero) expect(() => key.decapsulate(peer), where).toThrow("decapsulation failed");
      else {
        const expected = extractAndExpand(shared, peer, key.publicKey);
        expect(hex(key.decapsulate(peer)), where).toBe(hex(expected));
      }
      // keys are held to more than encapsulated points: canonical, too
      const isRefused = ["NonCanonicalPublic", "LowOrderPublic"].some((flag) => test.flags.includes(flag));
      expect(
        refuses(() => pub.checkKemPublicKey(X25519_KEM, peer)),
        where,
      ).toBe(isRefused);
      ran++;
    }
    expect(ran).toBe(file.numberOfTests);
  });

  it("[53] ACVP: ML-KEM encapsulationKeyCheck through checkKemPublicKey", () => {
    const name = "acvp/ML-KEM-encapDecap-FIPS203.internalProjection.json.gz";
    const groups = loadJson<EncapDecap>(name).testGroups.filter((group) => group.function === "encapsulationKeyCheck");
    let ran = 0;
    for (const [kem, set, length] of [
      [X_WING, "ML-KEM-768", 1184],
      [MLKEM1024_P384, "ML-KEM-1024", 1568],
    ] as const) {
      const traditional = sec.decapsulationKey(kem, new Uint8Array(32)).publicKey.subarray(length);
      for (const { tests } of groups.filter(({ parameterSet }) => parameterSet === set)) {
        for (const { tcId, ek, testPassed } of tests) {
          const isRefused = refuses(() => pub.checkKemPublicKey(kem, concat(fromHex(ek), traditional)));
          expect(!isRefused, `tcId ${tcId}`).toBe(testPassed);
          ran++;
        }
      }
    }
    expect(ran).toBe(20);
  });
});
