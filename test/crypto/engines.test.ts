import { describe, expect, it } from "vitest";
import type { KemId, SignatureAlg } from "../../src/crypto/engine.ts";
import { nativePostQuantum, privateKey } from "../../src/crypto/node-private-keys.ts";
import { engines, node, web } from "./engines.ts";

const KEMS: KemId[] = [0x0020, 0x647a, 0x0051];
const ALGS: SignatureAlg[] = [-19, -49, -50];

describe("engines", () => {
  it("say what answers", () => {
    expect(web.pub.description).toMatch(/noble/);
    const source = nativePostQuantum() ? "native" : "from noble";
    expect(node.pub.description).toBe(`node:crypto (OpenSSL ${process.versions.openssl}), ML-KEM and ML-DSA ${source}`);
  });

  it("have ML-KEM and ML-DSA natively from Node 24.7 on, and never on Node 20", () => {
    const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
    if (major > 24 || (major === 24 && minor >= 7)) expect(nativePostQuantum()).not.toBeNull();
    if (major < 24) expect(nativePostQuantum()).toBeNull();
  });

  it("give no process warning: what is experimental is not used", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    for (const { pub, sec } of engines) {
      for (const kem of KEMS) {
        const key = sec.decapsulationKey(kem, new Uint8Array(32));
        key.decapsulate(sec.encapsulationKey(kem, key.publicKey).encapsulate().encapsulated);
      }
      for (const alg of ALGS) {
        const key = sec.signingKey(alg, new Uint8Array(32));
        pub.verifyKey(alg, key.publicKey).verify(new Uint8Array(1), key.sign(new Uint8Array(1)));
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  it("give plain byte arrays, not Buffers, which other code would treat differently", () => {
    for (const { pub, sec } of engines) {
      const key = sec.decapsulationKey(0x647a, new Uint8Array(32));
      const { encapsulated, sharedSecret } = sec.encapsulationKey(0x647a, key.publicKey).encapsulate();
      const signing = sec.signingKey(-19, new Uint8Array(32));
      const made = [
        ...[key.publicKey, encapsulated, sharedSecret, key.decapsulate(encapsulated)],
        ...[
          signing.publicKey,
          signing.sign(new Uint8Array(1)),
          pub.verifyKey(-19, Buffer.from(signing.publicKey)).publicKey,
        ],
        ...[pub.sha256(new Uint8Array(0)), sec.hmacSha384(sharedSecret), sec.shake256(sharedSecret, 9)],
        ...KEMS.map((kem) => sec.decapsulationKey(kem, new Uint8Array(32)).publicKey),
        ...ALGS.map((alg) => sec.signingKey(alg, new Uint8Array(32)).publicKey),
      ];
      for (const bytes of made) expect(bytes.constructor).toBe(Uint8Array);
    }
  });

  it("[54] do not let OpenSSL cut a private key of the wrong length short", () => {
    for (const length of [0, 31, 33, 64])
      expect(() => privateKey("Ed25519", new Uint8Array(length))).toThrow(RangeError);
    for (const length of [32, 63, 65])
      expect(() => privateKey("ML-KEM-768", new Uint8Array(length))).toThrow(RangeError);
  });
});
