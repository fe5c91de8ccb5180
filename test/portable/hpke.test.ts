import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { type AEAD, CipherSuite, type KDF, KDF_HKDF_SHA384, LabeledDerive } from "hpke";
import { afterAll, describe, expect, it, vi } from "vitest";
import { engine } from "#engine/secret";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type DecapsulationKey, type KemId, X25519_KEM } from "../../src/crypto/engine.ts";
import { aesGcm, hkdfSha256, hpkeOpen, hpkeSeal, kemOf, privateKey, shake256 } from "../../src/crypto/hpke.ts";
import { engine as nodeEngine } from "../../src/crypto/node-secret.ts";
import { withRandomForTests } from "../../src/crypto/random.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, HPKE_TAG_LENGTH, isSuiteAlg, SUITES } from "../../src/crypto/suites.ts";
import { engine as webEngine } from "../../src/crypto/web-secret.ts";
import { countNotRun, HPKE_PQ } from "../not-run.ts";
import { loadJson, present } from "../vectors.ts";

// Before any import above runs, for a warning is printed once, by whoever comes first.
const warnings = vi.hoisted(() => {
  const seen: string[] = [];
  process.on("warning", (warning) => seen.push(String(warning)));
  return seen;
});
afterAll(async () => {
  await new Promise(setImmediate); // warnings come with the next tick, and tests that only await promises never end one
  expect(warnings).toEqual([]);
});

const ALGS = [HPKE_9_KE, HPKE_10_KE, HPKE_3_KE] as const;
const seed = new Uint8Array(32).fill(5);
const info = utf8("info");
const aad = utf8("aad");
const cek = new Uint8Array(32).fill(3);
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

interface Vector {
  kem_id: number;
  kdf_id: number;
  aead_id: number;
  info: string;
  ikmE: string;
  ikmR: string;
  skRm: string;
  pkRm: string;
  enc: string;
  shared_secret: string;
  suite_id: string;
  key: string;
  base_nonce: string;
  exporter_secret: string;
  encryptions: { aad: string; ct: string; nonce: string; pt: string }[];
  exports: { exporter_context: string; L: number; exported_value: string }[];
}

const u16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
const title = (v: Vector) =>
  [v.kem_id, v.kdf_id, v.aead_id].map((id) => `0x${id.toString(16).padStart(4, "0")}`).join(" ");
const cases = (vectors: Vector[]) => vectors.map((v) => [title(v), v] as const);
const suiteOf = (kem: number) => Object.values(SUITES).find((suite) => suite.kem === kem);

/** Not of our suites, and so not of the engine: only here, to run more of the published key schedules. */
const chacha: AEAD = {
  type: "AEAD",
  id: 0x0003,
  name: "ChaCha20Poly1305",
  Nk: 32,
  Nn: 12,
  Nt: 16,
  Seal: async (key, nonce, aad, pt) => chacha20poly1305(key, nonce, aad).encrypt(pt),
  Open: async (key, nonce, aad, ct) => chacha20poly1305(key, nonce, aad).decrypt(ct),
};
const AEADS = new Map<number, AEAD>([
  [1, aesGcm(1)],
  [2, aesGcm(2)],
  [3, chacha],
]);
const KDFS = new Map<number, KDF>([
  [0x0001, hkdfSha256],
  [0x0002, KDF_HKDF_SHA384()],
  [0x0011, shake256],
]);

describe.skipIf(!present)("../shared/vectors/hpke-pq/test-vectors.json", () => {
  const vectors = present ? loadJson<Vector[]>(HPKE_PQ) : [];
  const ourKems = vectors.filter((v) => suiteOf(v.kem_id) !== undefined);
  const knownKdfs = vectors.filter((v) => KDFS.has(v.kdf_id));

  it("is run but for what the list of vectors not run says", () => {
    expect(vectors).toHaveLength(13);
    expect(vectors.length - ourKems.length).toBe(countNotRun(HPKE_PQ, "KEM"));
    expect(vectors.length - knownKdfs.length).toBe(countNotRun(HPKE_PQ, "key schedule"));
  });

  describe.each(cases(ourKems))("KEM of %s", (_, v) => {
    const kem = v.kem_id as KemId;

    it("has the public key", () => {
      expect(hex(engine.decapsulationKey(kem, fromHex(v.skRm)).publicKey)).toBe(v.pkRm);
    });
    it("decapsulates", () => {
      expect(hex(engine.decapsulationKey(kem, fromHex(v.skRm)).decapsulate(fromHex(v.enc)))).toBe(v.shared_secret);
    });
    it("encapsulates on the web engine, with the published randomness", async () => {
      const randomness = fromHex(v.ikmE);
      const made = await withRandomForTests(
        (length) => {
          expect(length).toBe(randomness.length);
          return randomness;
        },
        async () => webEngine.encapsulationKey(kem, fromHex(v.pkRm)).encapsulate(),
      );
      expect([hex(made.encapsulated), hex(made.sharedSecret)]).toEqual([v.enc, v.shared_secret]);
    });
    // draft-ietf-hpke-pq section 4; the DeriveKeyPair of 0x0020 is that of RFC 9180 and has no seed of ours
    if (kem === X25519_KEM) return;
    it("derives the seed of its key pair with our SHAKE256", async () => {
      const id = concat(utf8("KEM"), u16(kem));
      const made = await LabeledDerive(shake256, id, fromHex(v.ikmR), utf8("DeriveKeyPair"), new Uint8Array(), 32);
      expect(hex(made)).toBe(v.skRm);
    });
  });

  describe.each(cases(knownKdfs))("key schedule of %s", (_, v) => {
    const kdf = KDFS.get(v.kdf_id) as KDF;
    const aead = AEADS.get(v.aead_id) as AEAD;
    const ours = suiteOf(v.kem_id);
    /** Where the KEM is not ours, one that knows only the published answer. */
    const key: DecapsulationKey = ours
      ? engine.decapsulationKey(ours.kem, fromHex(v.skRm))
      : { kem: X25519_KEM, publicKey: new Uint8Array(), decapsulate: () => fromHex(v.shared_secret) };
    const kem = { ...kemOf(ours ?? SUITES[HPKE_3_KE]), id: v.kem_id, Nenc: v.enc.length / 2 };

    it("has key, base nonce, exporter secret, encryptions and exports as published", async () => {
      const derived: string[] = [];
      const note = (bytes: Uint8Array) => {
        derived.push(hex(bytes));
        return bytes;
      };
      const used: string[] = [];
      const suite = new CipherSuite(
        () => kem,
        () => ({
          ...kdf,
          Derive: async (ikm, length) => note(await kdf.Derive(ikm, length)),
          Expand: async (prk, info, length) => note(await kdf.Expand(prk, info, length)),
        }),
        () => ({
          ...aead,
          Open: async (key, nonce, aad, ct) => {
            used.push(hex(concat(key, nonce)));
            return aead.Open(key, nonce, aad, ct);
          },
        }),
      );
      const context = await suite.SetupRecipient(privateKey(key), fromHex(v.enc), { info: fromHex(v.info) });
      expect(derived.some((value) => value.endsWith(v.exporter_secret))).toBe(true);
      for (const e of v.encryptions) {
        expect(hex(await context.Open(fromHex(e.ct), fromHex(e.aad)))).toBe(e.pt);
        const sealed = await aead.Seal(fromHex(v.key), fromHex(e.nonce), fromHex(e.aad), fromHex(e.pt));
        expect(hex(sealed)).toBe(e.ct);
      }
      expect(used).toEqual(v.encryptions.map((e) => v.key + e.nonce));
      expect(used[0]).toBe(v.key + v.base_nonce);
      for (const e of v.exports)
        expect(hex(await context.Export(fromHex(e.exporter_context), e.L))).toBe(e.exported_value);
    });
  });
});

// RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; sequence number 0
describe("RFC 9180 appendix A.1.1", () => {
  const RFC = {
    info: "4f6465206f6e2061204772656369616e2055726e",
    ikmE: "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
    skRm: "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    pkRm: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    pt: "4265617574792069732074727574682c20747275746820626561757479",
    aad: "436f756e742d30",
    ct: "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
  };

  it("opens", async () => {
    const key = engine.decapsulationKey(X25519_KEM, fromHex(RFC.skRm));
    expect(hex(key.publicKey)).toBe(RFC.pkRm);
    const [enc, theirInfo, theirAad, ct] = [RFC.enc, RFC.info, RFC.aad, RFC.ct].map(fromHex) as Four;
    expect(hex((await hpkeOpen(HPKE_3_KE, key, enc, theirInfo, theirAad, ct)) as Uint8Array)).toBe(RFC.pt);
  });

  it("is sealed again, byte for byte, from its ikmE", async () => {
    const key = engine.encapsulationKey(X25519_KEM, fromHex(RFC.pkRm));
    const made = await withRandomForTests(
      () => fromHex(RFC.ikmE),
      () => hpkeSeal(HPKE_3_KE, key, fromHex(RFC.info), fromHex(RFC.aad), fromHex(RFC.pt)),
    );
    expect([hex(made.encapsulated), hex(made.ciphertext)]).toEqual([RFC.enc, RFC.ct]);
  });
});

type Four = [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

describe.each(ALGS)("HPKE suite %i", (alg) => {
  const { kem, encapsulatedLength, publicKeyLength } = SUITES[alg];
  const secret = engine.decapsulationKey(kem, seed);
  const recipient = engine.encapsulationKey(kem, secret.publicKey);
  const sealed = hpkeSeal(alg, recipient, info, aad, cek);

  it("opens what it seals, in the lengths of its table", async () => {
    const { encapsulated, ciphertext } = await sealed;
    expect(secret.publicKey).toHaveLength(publicKeyLength);
    expect(encapsulated).toHaveLength(encapsulatedLength);
    expect(ciphertext).toHaveLength(cek.length + HPKE_TAG_LENGTH);
    expect(await hpkeOpen(alg, secret, encapsulated, info, aad, ciphertext)).toEqual(cek);
  });

  it("seals differently every time", async () => {
    const [one, two] = [await sealed, await hpkeSeal(alg, recipient, info, aad, cek)];
    expect(one.encapsulated).not.toEqual(two.encapsulated);
    expect(one.ciphertext).not.toEqual(two.ciphertext);
  });

  it("[52] [61] opens nothing that was changed, and says not why", async () => {
    const { encapsulated: e, ciphertext: c } = await sealed;
    const other = engine.decapsulationKey(kem, flipped(seed, 16)); // not a bit that X25519 clamps
    expect(await hpkeOpen(alg, other, e, info, aad, c), "key").toBeNull();
    expect(await hpkeOpen(alg, secret, e, utf8("Info"), aad, c), "info").toBeNull();
    expect(await hpkeOpen(alg, secret, e, info, utf8("aae"), c), "aad").toBeNull();
    for (let at = 0; at < c.length; at++)
      expect(await hpkeOpen(alg, secret, e, info, aad, flipped(c, at)), `ciphertext ${at}`).toBeNull();
    for (const at of [0, e.length >> 1, e.length - 1])
      expect(await hpkeOpen(alg, secret, flipped(e, at), info, aad, c), `encapsulated ${at}`).toBeNull();
    for (const length of [0, e.length - 1, e.length + 1])
      expect(await hpkeOpen(alg, secret, resized(e, length), info, aad, c), `${length} bytes`).toBeNull();
    for (const length of [0, 15, 16, c.length - 1, c.length + 1])
      expect(await hpkeOpen(alg, secret, e, info, aad, resized(c, length)), `${length} bytes`).toBeNull();
    for (const fill of [0x00, 0xff])
      expect(await hpkeOpen(alg, secret, new Uint8Array(e.length).fill(fill), info, aad, c), `${fill}`).toBeNull();
  });

  it("[54] refuses a key of another suite", async () => {
    const otherAlg = alg === HPKE_9_KE ? HPKE_10_KE : HPKE_9_KE;
    const { encapsulated, ciphertext } = await sealed;
    await expect(hpkeSeal(otherAlg, recipient, info, aad, cek)).rejects.toThrow(RangeError);
    await expect(hpkeOpen(otherAlg, secret, encapsulated, info, aad, ciphertext)).rejects.toThrow(RangeError);
  });

  it.each([
    ["node", nodeEngine, "web", webEngine],
    ["web", webEngine, "node", nodeEngine],
  ])("with the keys of %s encapsulates for those of %3$s", async (_, from, __, to) => {
    const theirs = to.decapsulationKey(kem, seed);
    const made = await hpkeSeal(alg, from.encapsulationKey(kem, theirs.publicKey), info, aad, cek);
    expect(await hpkeOpen(alg, theirs, made.encapsulated, info, aad, made.ciphertext)).toEqual(cek);
  });
});

it("knows 57, 59 and 49, and no other HPKE algorithm", () => {
  const known = Array.from({ length: 200 }, (_, i) => i - 100).filter(isSuiteAlg);
  expect(known).toEqual([49, 57, 59]);
  expect(ALGS.map((alg) => SUITES[alg].encapsulatedLength)).toEqual([1120, 1665, 32]);
});

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(0, length));
  return out;
}
