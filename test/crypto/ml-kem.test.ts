/** The ML-KEM halves of the hybrid KEMs: noble's, which the web engine uses, and the node engine's, native or noble. */

import * as crypto from "node:crypto";
import { ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import type { KEM } from "@noble/post-quantum/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex } from "../../src/bytes.ts";
import { mlKem } from "../../src/crypto/node-kems.ts";
import { nativePostQuantum } from "../../src/crypto/node-private-keys.ts";
import { countNotRun } from "../not-run.ts";
import { loadJson, present, readVector } from "../vectors.ts";
import { flip, node, refuses } from "./engines.ts";

/** noble with the 64-byte seed as secret key, as `mlKem` has it. */
const fromSeed = (kem: KEM): KEM => ({
  ...kem,
  decapsulate: (encapsulated, seed) => kem.decapsulate(encapsulated, kem.keygen(seed).secretKey),
});

/** Decapsulation with the expanded key that some vectors give instead of the seed. */
type Expanded = (key: Uint8Array, encapsulated: Uint8Array) => Uint8Array;

/** RFC 9935 section 6: `expandedKey` in PKCS #8. Only this test imports such keys. */
function nativeExpanded(name: string): Expanded {
  const octets = (content: Uint8Array) =>
    concat(Uint8Array.of(0x04, 0x82, content.length >> 8, content.length), content);
  return (key, encapsulated) => {
    const oid = fromHex(`300b0609608648016503040${name === "ML-KEM-768" ? "402" : "403"}`);
    const body = concat(fromHex("020100"), oid, octets(octets(key)));
    const der = concat(Uint8Array.of(0x30, 0x82, body.length >> 8, body.length), body);
    const imported = crypto.createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    return new Uint8Array(nativePostQuantum()!.decapsulate(imported, encapsulated));
  };
}

const SETS = [
  { set: "ML-KEM-768", noble: ml_kem768 },
  { set: "ML-KEM-1024", noble: ml_kem1024 },
] as const;
const cases = SETS.flatMap(({ set, noble }) => [
  {
    set,
    name: "noble",
    kem: fromSeed(noble),
    expanded: ((key, enc) => noble.decapsulate(enc, key)) as Expanded,
    fixed: true,
  },
  {
    set,
    name: "node",
    kem: mlKem(set),
    expanded: nativePostQuantum() ? nativeExpanded(set) : (((key, enc) => noble.decapsulate(enc, key)) as Expanded),
    /** whether the randomness of an encapsulation can be given */
    fixed: nativePostQuantum() === null,
  },
]);

/** d, z and SHA-256 of ek: cases 26 and 51 of ACVP ML-KEM-keyGen-FIPS203. */
const KNOWN = {
  "ML-KEM-768": {
    d: "e582b7d75e6c80b05ae392a1fc9f7153b12390fd99930368cc67a768baebc8a0",
    z: "1cdacb8740c0b87c4a379575f187b367cbfa3b300bf591b109f79816e9cbe8f0",
    ek: "4158f6afb5e516c99f1da07da8c651348422b17c1f4e9a08ad73fb1f91249b3e",
  },
  "ML-KEM-1024": {
    d: "f3a706faf090c03db506863ab0b20bd8a1627956318e88c67eb875e8e7266009",
    z: "35d2bc43dd1cc879f765bf2a0c5e297889dde910e57e2bb0eae417b90ab7a275",
    ek: "b78619e4fceeeb86dee3fedb945eca6da61dae312771ef8fa871951d391bd7b6",
  },
};

describe.each(cases)("$set, $name", ({ set, kem, fixed }) => {
  it("makes the encapsulation key of ACVP keyGen tcId 26 or 51 from d || z (figure: SHA-256 of ek)", () => {
    const { d, z, ek } = KNOWN[set];
    expect(hex(node.pub.sha256(kem.keygen(fromHex(d + z)).publicKey))).toBe(ek);
  });

  it("property: what noble encapsulates this decapsulates, and the reverse; a flipped bit gives another secret", () => {
    const noble = fromSeed(set === "ML-KEM-768" ? ml_kem768 : ml_kem1024);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(), (seed, bit) => {
        const { publicKey } = kem.keygen(seed);
        expect(hex(publicKey)).toBe(hex(noble.keygen(seed).publicKey));
        for (const [from, to] of [[kem, noble] as const, [noble, kem] as const]) {
          const { cipherText, sharedSecret } = from.encapsulate(publicKey);
          expect(hex(to.decapsulate(cipherText, seed))).toBe(hex(sharedSecret));
          const rejected = to.decapsulate(flip(cipherText, bit), seed);
          expect(hex(rejected)).not.toBe(hex(sharedSecret));
          expect(hex(rejected)).toBe(hex(from.decapsulate(flip(cipherText, bit), seed)));
        }
      }),
      { numRuns: 10 },
    );
  });

  it("returns the same after its caller has wiped what it was given and what it got", () => {
    const seed = new Uint8Array(64).fill(3);
    const { publicKey } = kem.keygen(seed);
    const { cipherText, sharedSecret } = kem.encapsulate(new Uint8Array(publicKey), new Uint8Array(32));
    const given = new Uint8Array(seed);
    kem.keygen(given).publicKey.fill(0);
    given.fill(0);
    expect(hex(kem.keygen(seed).publicKey)).toBe(hex(publicKey));
    expect(hex(kem.decapsulate(cipherText, seed))).toBe(hex(sharedSecret));
    if (fixed) expect(hex(kem.encapsulate(publicKey, new Uint8Array(32)).cipherText)).toBe(hex(cipherText));
  });
});

interface Wycheproof {
  numberOfTests: number;
  testGroups: { tests: { tcId: number; seed: string; ek?: string; c: string; K: string; result: string }[] }[];
}
interface KeyGen {
  testGroups: { parameterSet: string; tests: { tcId: number; d: string; z: string; ek: string }[] }[];
}
interface EncapDecap {
  testGroups: {
    parameterSet: string;
    function: "encapsulation" | "decapsulation" | "encapsulationKeyCheck" | "decapsulationKeyCheck";
    tests: { tcId: number; ek: string; dk: string; c: string; k: string; m: string; testPassed: boolean }[];
  }[];
}

/** The last value of each name in a CCTV file of `name = hex` lines. */
function readCctv(file: string): Record<string, string> {
  const lines = readVector(file).toString("utf8").split("\n");
  const pairs = lines.map((line) => /^(\w+) = ([0-9a-f]+)$/.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

describe.skipIf(!present).each(cases)("published vectors (../shared/vectors): $set, $name", (unit) => {
  const { set, kem, expanded, fixed } = unit;

  it("Wycheproof: keys from seeds, decapsulation, wrong lengths", () => {
    const file = loadJson<Wycheproof>(`wycheproof/mlkem_${set.slice(7)}_test.json`);
    let ran = 0;
    for (const { tests } of file.testGroups) {
      for (const { tcId, seed, ek, c, K, result } of tests) {
        ran++;
        const secret = () => kem.decapsulate(fromHex(c), fromHex(seed));
        if (result === "invalid") {
          expect(refuses(secret), `tcId ${tcId}`).toBe(true);
          continue;
        }
        expect(hex(kem.keygen(fromHex(seed)).publicKey), `tcId ${tcId}`).toBe(ek);
        expect(hex(secret()), `tcId ${tcId}`).toBe(K);
      }
    }
    expect(ran).toBe(file.numberOfTests);
  });

  it("ACVP: keyGen", () => {
    const name = "acvp/ML-KEM-keyGen-FIPS203.internalProjection.json.gz";
    const { testGroups } = loadJson<KeyGen>(name);
    for (const { tests } of testGroups.filter(({ parameterSet }) => parameterSet === set)) {
      for (const { tcId, d, z, ek } of tests) {
        expect(hex(kem.keygen(fromHex(d + z)).publicKey), `tcId ${tcId}`).toBe(ek.toLowerCase());
      }
    }
    const total = testGroups.reduce((sum, { tests }) => sum + tests.length, 0);
    expect(testGroups.filter(({ parameterSet }) => parameterSet !== "ML-KEM-512").length).toBe(2);
    expect(total).toBe(50 + countNotRun(name));
  });

  it("ACVP: encapsulation, decapsulation, key checks", () => {
    const name = "acvp/ML-KEM-encapDecap-FIPS203.internalProjection.json.gz";
    const { testGroups } = loadJson<EncapDecap>(name);
    let ran = 0;
    for (const group of testGroups.filter(({ parameterSet }) => parameterSet === set)) {
      for (const test of group.tests) {
        const [ek, dk] = [fromHex(test.ek), fromHex(test.dk)];
        const where = `tcId ${test.tcId}`;
        ran++;
        if (group.function === "encapsulationKeyCheck") {
          expect(!refuses(() => kem.encapsulate(ek)), where).toBe(test.testPassed);
        } else if (group.function === "decapsulationKeyCheck") {
          expect(!refuses(() => expanded(dk, new Uint8Array(kem.lengths.cipherText!))), where).toBe(test.testPassed);
        } else {
          expect(hex(expanded(dk, fromHex(test.c))), where).toBe(test.k.toLowerCase());
          if (group.function === "encapsulation" && fixed) {
            const { cipherText, sharedSecret } = kem.encapsulate(ek, fromHex(test.m));
            expect([hex(cipherText), hex(sharedSecret)], where).toEqual([test.c.toLowerCase(), test.k.toLowerCase()]);
          }
        }
      }
    }
    expect(ran).toBe(55);
    expect(testGroups.reduce((sum, { tests }) => sum + tests.length, 0)).toBe(110 + countNotRun(name));
  });

  // their d || z is not run: it makes ek by the draft of FIPS 203, without the byte k of algorithm 13 (see not-run.ts)
  it("CCTV: intermediate, unluckysample and strcmp", () => {
    for (const kind of ["intermediate", "unluckysample", "strcmp"]) {
      const { ek, dk, m, c, K } = readCctv(`cctv/ML-KEM/${kind}/${set}.txt`);
      expect(hex(expanded(fromHex(dk!), fromHex(c!))), kind).toBe(K);
      if (!fixed || kind === "strcmp") continue;
      const made = kem.encapsulate(fromHex(ek!), fromHex(m!));
      expect([hex(made.cipherText), hex(made.sharedSecret)], kind).toEqual([c, K]);
    }
  });
});
