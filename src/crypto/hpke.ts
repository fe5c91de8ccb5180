/**
 * HPKE, base mode, one shot (RFC 9180; the post-quantum KEMs and SHAKE256 of draft-ietf-hpke-pq). The key schedule is
 * the `hpke` package's; KEM, KDF and AEAD are the engine's, for the package's own depend on algorithms that WebCrypto
 * lacks on Node 20 and warns about on Node 24.
 */

import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type AEAD, CipherSuite, DecapError, type KDF, type KEM, type Key, OpenError } from "hpke";
import { engine } from "#engine/secret";
import type { DecapsulationKey, EncapsulationKey } from "./engine.ts";
import {
  AES_256_GCM,
  HKDF_SHA256,
  HPKE_3_KE,
  HPKE_9_KE,
  HPKE_10_KE,
  HPKE_TAG_LENGTH,
  SHAKE256,
  SUITES,
  type Suite,
  type SuiteAlg,
} from "./suites.ts";

/**
 * SealBase of RFC 9180 section 6.1. `info`: at most 65535 bytes.
 * @throws RangeError for a key of another suite, TypeError for a longer info
 */
export async function hpkeSeal(
  alg: SuiteAlg,
  key: EncapsulationKey,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<{ encapsulated: Uint8Array; ciphertext: Uint8Array }> {
  const suite = suiteFor(alg, key);
  const sealed = await suite.Seal(publicKey(key), plaintext, { info, aad });
  return { encapsulated: sealed.encapsulatedSecret, ciphertext: sealed.ciphertext };
}

/**
 * OpenBase of RFC 9180 section 6.1; null, without a cause, if the sender did not seal this for this key, info and aad.
 * `info`: at most 65535 bytes.
 * @throws RangeError for a key of another suite, TypeError for a longer info
 */
export async function hpkeOpen(
  alg: SuiteAlg,
  key: DecapsulationKey,
  encapsulated: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array | null> {
  const suite = suiteFor(alg, key);
  try {
    return await suite.Open(privateKey(key), encapsulated, ciphertext, { info, aad });
  } catch (error) {
    if (error instanceof DecapError || error instanceof OpenError) return null;
    throw error;
  }
}

function suiteFor(alg: SuiteAlg, key: EncapsulationKey | DecapsulationKey): CipherSuite<HpkeKey> {
  if (key.kem !== SUITES[alg].kem) throw new RangeError("the key is of another suite");
  return cipherSuites[alg];
}

interface HpkePublicKey extends Key {
  readonly type: "public";
  readonly key: EncapsulationKey;
}
interface HpkePrivateKey extends Key {
  readonly type: "private";
  readonly key: DecapsulationKey;
}
type HpkeKey = HpkePublicKey | HpkePrivateKey;

/** The engine's keys in the form that the package's CipherSuite accepts. */
export const publicKey = (key: EncapsulationKey): HpkePublicKey => ({ ...description(key), type: "public", key });
export const privateKey = (key: DecapsulationKey): HpkePrivateKey => ({ ...description(key), type: "private", key });
const description = (key: { kem: number }) => ({ algorithm: { name: String(key.kem) }, extractable: false });

const notUsed = (): never => {
  throw new Error("keys are made, read and written by the engine");
};

/** Encap and Decap of the engine, as a KEM of the package. */
export const kemOf = ({ kem, name, encapsulatedLength, publicKeyLength }: Suite): KEM<HpkeKey> => ({
  type: "KEM",
  id: kem,
  name,
  Nsecret: 32,
  Nenc: encapsulatedLength,
  Npk: publicKeyLength,
  Nsk: 32,
  async Encap({ key }: HpkePublicKey) {
    const { sharedSecret, encapsulated } = key.encapsulate();
    return { shared_secret: sharedSecret, enc: encapsulated };
  },
  async Decap(enc, { key }: HpkePrivateKey) {
    return key.decapsulate(enc);
  },
  DeriveKeyPair: notUsed,
  GenerateKeyPair: notUsed,
  SerializePublicKey: notUsed,
  DeserializePublicKey: notUsed,
  SerializePrivateKey: notUsed,
  DeserializePrivateKey: notUsed,
});

/** One-stage (draft-ietf-hpke-pq section 5): the package labels, this derives. */
export const shake256: KDF = {
  type: "KDF",
  id: SHAKE256,
  name: "SHAKE256",
  Nh: 64,
  stages: 1,
  Derive: async (labeledIkm, length) => engine.shake256(labeledIkm, length),
  Extract: notUsed,
  Expand: notUsed,
};

export const hkdfSha256: KDF = {
  type: "KDF",
  id: HKDF_SHA256,
  name: "HKDF-SHA256",
  Nh: 32,
  stages: 2,
  Derive: notUsed,
  Extract: async (salt, ikm) => extract(sha256, ikm, salt),
  Expand: async (prk, info, length) => expand(sha256, prk, info, length),
};

export const aesGcm = (id: Suite["aead"]): AEAD => ({
  type: "AEAD",
  id,
  name: id === AES_256_GCM ? "AES-256-GCM" : "AES-128-GCM",
  Nk: id === AES_256_GCM ? 32 : 16,
  Nn: 12,
  Nt: HPKE_TAG_LENGTH,
  Seal: async (key, nonce, aad, plaintext) => engine.aesGcm(key).seal(nonce, plaintext, aad),
  Open: async (key, nonce, aad, ciphertext) => engine.aesGcm(key).open(nonce, ciphertext, aad),
});

const cipherSuite = (suite: Suite): CipherSuite<HpkeKey> =>
  new CipherSuite(
    () => kemOf(suite),
    () => (suite.kdf === SHAKE256 ? shake256 : hkdfSha256),
    () => aesGcm(suite.aead),
  );

const cipherSuites: Readonly<Record<SuiteAlg, CipherSuite<HpkeKey>>> = {
  [HPKE_9_KE]: cipherSuite(SUITES[HPKE_9_KE]),
  [HPKE_10_KE]: cipherSuite(SUITES[HPKE_10_KE]),
  [HPKE_3_KE]: cipherSuite(SUITES[HPKE_3_KE]),
};
