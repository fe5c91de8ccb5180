/** The HPKE suites of version 1, by their COSE algorithm number; no secret here, so that a reader can check lengths. */

import { type KemId, MLKEM1024_P384, X_WING, X25519_KEM } from "./engine.ts";
import { KEM_SIZES } from "./public-keys.ts";

/** Requested by draft-ietf-cose-hpke and draft-ietf-cose-hpke-pq-pqt, and pinned as written by dipbag version 1. */
export type SuiteAlg = 57 | 59 | 49;
export const HPKE_9_KE = 57;
export const HPKE_10_KE = 59;
export const HPKE_3_KE = 49;

/** HPKE KDF ids: HKDF-SHA256 (RFC 9180 section 7.2), SHAKE256 (draft-ietf-hpke-pq section 5). */
export const HKDF_SHA256 = 0x0001;
export const SHAKE256 = 0x0011;
/** HPKE AEAD ids (RFC 9180 section 7.3). */
export const AES_128_GCM = 0x0001;
export const AES_256_GCM = 0x0002;

export interface Suite {
  readonly name: string;
  readonly kem: KemId;
  readonly kdf: typeof HKDF_SHA256 | typeof SHAKE256;
  readonly aead: typeof AES_128_GCM | typeof AES_256_GCM;
  /** Nenc and Npk, in bytes. */
  readonly encapsulatedLength: number;
  readonly publicKeyLength: number;
  readonly quantumSafe: boolean;
}

const suite = (name: string, kem: KemId, kdf: Suite["kdf"], aead: Suite["aead"]): Suite => ({
  name,
  kem,
  kdf,
  aead,
  encapsulatedLength: KEM_SIZES[kem].encapsulated,
  publicKeyLength: KEM_SIZES[kem].publicKey,
  quantumSafe: kem !== X25519_KEM,
});

export const SUITES: Readonly<Record<SuiteAlg, Suite>> = {
  [HPKE_9_KE]: suite("HPKE-9-KE", X_WING, SHAKE256, AES_256_GCM),
  [HPKE_10_KE]: suite("HPKE-10-KE", MLKEM1024_P384, SHAKE256, AES_256_GCM),
  [HPKE_3_KE]: suite("HPKE-3-KE", X25519_KEM, HKDF_SHA256, AES_128_GCM),
};

/** Nt of both AEADs: a sealed 32-byte key has 48 bytes. */
export const HPKE_TAG_LENGTH = 16;

export const isSuiteAlg = (alg: number): alg is SuiteAlg => Object.hasOwn(SUITES, alg);
