/** Public keys as COSE_Key, and their thumbprints: spec/envelope.md section 3. Numbers are rows of the table of attacks. */

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/secret";
import { concat, fromHex, hex } from "../../src/bytes.ts";
import { type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { readAs } from "../../src/cbor/schema.ts";
import { coseKey, type PublicKey, publicKey, publicKeyShape, thumbprint } from "../../src/cose/key.ts";
import { ED25519, ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES } from "../../src/crypto/suites.ts";
import { DipbagError } from "../../src/errors.ts";
import { plainDecode } from "../plain-cbor.ts";
import { said } from "../said.ts";
import { map } from "./cose-forge.ts";

const seed = new Uint8Array(32).fill(9);
const SIGNATURES = [ED25519, ML_DSA_65, ML_DSA_87] as const;
const KEMS = [HPKE_9_KE, HPKE_10_KE, HPKE_3_KE] as const;
const cases = [
  ...SIGNATURES.map((alg) => ({ alg, pub: engine.signingKey(alg, seed).publicKey })),
  ...KEMS.map((alg) => ({ alg, pub: engine.decapsulationKey(SUITES[alg].kem, seed).publicKey })),
];
type Alg = (typeof cases)[number]["alg"];
const pubOf = (alg: Alg) => cases.find((one) => one.alg === alg)?.pub as Uint8Array;
/** The head of each deterministic encoding of the required parameters (RFC 9679 section 4, RFC 9964 section 6). */
const HEADS: Record<Alg, string> = {
  [ED25519]: "a301012006215820",
  [HPKE_3_KE]: "a301012004215820",
  [ML_DSA_65]: "a30107033830205907a0",
  [ML_DSA_87]: "a3010703383120590a20",
  [HPKE_9_KE]: "a30107031839205904c0",
  [HPKE_10_KE]: "a3010703183b20590681",
};

const read = (key: CborMap): PublicKey => readAs(publicKeyShape, encode(key), "key");
function outcome(key: CborMap): string {
  try {
    read(key);
  } catch (error) {
    if (error instanceof DipbagError && error.status === 1) return error.code;
    throw error;
  }
  return "accepted";
}
/** A key in its one form, with some parameters replaced, added, or (undefined) removed. */
function keyWith(alg: Alg, changes: [number | string, CborValue | undefined][] = []): CborMap {
  const key = new Map(coseKey(alg, pubOf(alg)) as CborMap);
  for (const [label, value] of changes) {
    if (value === undefined) key.delete(label);
    else key.set(label, value);
  }
  return key;
}
const isOkp = (alg: Alg) => alg === ED25519 || alg === HPKE_3_KE;
const pubLabel = (alg: Alg) => (isOkp(alg) ? -2 : -1);

describe("a public key", () => {
  it("has the one form of the specification", () => {
    const form = (alg: Alg) => plainDecode(encode(coseKey(alg, pubOf(alg))));
    expect(form(ED25519)).toEqual(map([1, 1], [3, -19], [-1, 6], [-2, pubOf(ED25519)]));
    expect(form(HPKE_3_KE)).toEqual(map([1, 1], [3, 49], [-1, 4], [-2, pubOf(HPKE_3_KE)]));
    for (const alg of [ML_DSA_65, ML_DSA_87, HPKE_9_KE, HPKE_10_KE] as const) {
      expect(form(alg)).toEqual(map([1, 7], [3, alg], [-1, pubOf(alg)]));
    }
  });

  it.each(cases)("of $alg is read as it was written, for its one use", ({ alg, pub }) => {
    const key = read(keyWith(alg));
    expect(key).toMatchObject(
      key.use === "kem" ? { alg, publicKey: pub } : { use: "signature", key: { alg, publicKey: pub } },
    );
    expect(key.use).toBe(alg < 0 ? "signature" : "kem");
    expect(encode(publicKeyShape.write(key))).toEqual(encode(keyWith(alg)));
    expect(hex(publicKey(alg, pub).kid)).toBe(hex(key.kid));
  });

  it.each(cases)("of $alg has the thumbprint of RFC 9679: SHA-256 of its required parameters", ({ alg, pub }) => {
    const required = concat(fromHex(HEADS[alg]), pub);
    expect(hex(thumbprint(alg, pub))).toBe(createHash("sha256").update(required).digest("hex"));
  });

  it("[65] has another thumbprint for another algorithm, though the bytes are the same", () => {
    const pub = pubOf(ED25519);
    expect(hex(thumbprint(ED25519, pub))).not.toBe(hex(thumbprint(HPKE_3_KE, pub)));
    expect(hex(thumbprint(ML_DSA_65, pub))).not.toBe(hex(thumbprint(ML_DSA_87, pub)));
  });
});

describe("a public key is refused", () => {
  it.each(cases)("[24] with a parameter missing ($alg)", ({ alg }) => {
    for (const label of keyWith(alg).keys())
      expect(outcome(keyWith(alg, [[label, undefined]])), `${label}`).toBe("ERR_SCHEMA");
  });

  it.each(cases)("[24] [65] with kid, key_ops, Base IV, a private part or anything else ($alg)", ({ alg }) => {
    const more = [2, 4, 5, -3, -4, isOkp(alg) ? -4 : -2, "__proto__"];
    for (const label of more) expect(outcome(keyWith(alg, [[label, seed]])), `${label}`).toBe("ERR_SCHEMA");
  });

  it.each(cases)("[24] a byte short, a byte long, empty, or no byte string ($alg)", ({ alg, pub }) => {
    for (const value of [pub.subarray(1), concat(pub, Uint8Array.of(0)), new Uint8Array(0), null, 1, "a"]) {
      expect(outcome(keyWith(alg, [[pubLabel(alg), value]]))).toBe("ERR_SCHEMA");
    }
  });

  it.each(cases)("[31] with another key type, curve or algorithm ($alg)", ({ alg }) => {
    for (const kty of [0, 1, 2, 4, 7, "OKP"].filter((value) => value !== (isOkp(alg) ? 1 : 7))) {
      expect(outcome(keyWith(alg, [[1, kty]])), `kty ${kty}`).toBe("ERR_SCHEMA");
    }
    for (const other of [-7, -8, -48, 35, 48, 50, 56, 58, 0, "ES256", null, [alg], String(alg)] as CborValue[]) {
      expect(outcome(keyWith(alg, [[3, other]])), `alg ${other}`).toBe("ERR_SCHEMA");
    }
    for (const { alg: other } of cases) {
      if (other !== alg) expect(outcome(keyWith(alg, [[3, other]])), `alg ${other}`).toBe("ERR_SCHEMA");
    }
    if (isOkp(alg)) {
      const curves = [1, 4, 5, 6, 7].filter((crv) => crv !== (alg === ED25519 ? 6 : 4));
      for (const crv of curves) expect(outcome(keyWith(alg, [[-1, crv]])), `crv ${crv}`).toBe("ERR_SCHEMA");
    }
  });

  it.each(["toString", "constructor", "__proto__"])("[23] where alg is %s", (alg) => {
    expect(outcome(keyWith(ED25519, [[3, alg]]))).toBe("ERR_SCHEMA");
  });

  it("naming where it is wrong", () => {
    expect(said(() => read(keyWith(ED25519, [[3, -7]])))).toBe("ERR_SCHEMA: key.3");
    expect(said(() => read(keyWith(ML_DSA_65, [[-1, seed]])))).toBe("ERR_SCHEMA: key.-1");
  });

  it("[24] where it is no map", () => {
    for (const value of [[1, 7], null, 1, new Uint8Array(32)] as CborValue[]) {
      expect(() => readAs(publicKeyShape, encode(value), "key")).toThrow(
        expect.objectContaining({ code: "ERR_SCHEMA" }),
      );
    }
  });

  it("[42] where the Ed25519 point is of low order or not canonical", () => {
    const neutral = new Uint8Array(32);
    neutral[0] = 1;
    const points = [neutral, new Uint8Array(32), new Uint8Array(32).fill(0xff)];
    for (const point of points) expect(outcome(keyWith(ED25519, [[-2, point]]))).toBe("ERR_KEY_INVALID");
  });

  it("[51] where the X25519 part is of low order, alone or in X-Wing", () => {
    expect(outcome(keyWith(HPKE_3_KE, [[-2, new Uint8Array(32)]]))).toBe("ERR_KEY_INVALID");
    const xwing = concat(pubOf(HPKE_9_KE).subarray(0, 1184), new Uint8Array(32));
    expect(outcome(keyWith(HPKE_9_KE, [[-1, xwing]]))).toBe("ERR_KEY_INVALID");
  });

  it("[53] where an ML-KEM coefficient is not below q, or the P-384 point not on the curve", () => {
    for (const alg of [HPKE_9_KE, HPKE_10_KE] as const) {
      const pub = pubOf(alg).slice();
      pub.fill(0xff, 0, 3);
      expect(outcome(keyWith(alg, [[-1, pub]]))).toBe("ERR_KEY_INVALID");
    }
    const pub = pubOf(HPKE_10_KE).slice();
    pub[1664] = (pub[1664] as number) ^ 1;
    expect(outcome(keyWith(HPKE_10_KE, [[-1, pub]]))).toBe("ERR_KEY_INVALID");
  });
});
