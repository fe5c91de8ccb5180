/** What a public key must be, checked once and in the same way by both engines. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p384 } from "@noble/curves/nist.js";
import { fail } from "../errors.ts";
import {
  ED25519,
  type KemId,
  ML_DSA_65,
  ML_DSA_87,
  MLKEM1024_P384,
  type SignatureAlg,
  X_WING,
  X25519_KEM,
} from "./engine.ts";

/** Public key and signature lengths: RFC 8032 section 5.1; FIPS 204 table 2. */
export const SIGNATURE_SIZES: Record<SignatureAlg, { publicKey: number; signature: number }> = {
  [ED25519]: { publicKey: 32, signature: 64 },
  [ML_DSA_65]: { publicKey: 1952, signature: 3309 },
  [ML_DSA_87]: { publicKey: 2592, signature: 4627 },
};

/** Npk, Nenc and the randomness of one encapsulation: RFC 9180 section 7.1; draft-ietf-hpke-pq. */
export const KEM_SIZES: Record<KemId, { publicKey: number; encapsulated: number; randomness: number }> = {
  [X25519_KEM]: { publicKey: 32, encapsulated: 32, randomness: 32 },
  [X_WING]: { publicKey: 1216, encapsulated: 1120, randomness: 64 },
  [MLKEM1024_P384]: { publicKey: 1665, encapsulated: 1665, randomness: 80 },
};

/** The u-coordinates below p of the points whose order divides 8, on curve and twist (RFC 7748 sections 5 and 7). */
const LOW_ORDER_U = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  2n ** 255n - 20n,
];

const invalid = (reason: string): never => fail("ERR_KEY_INVALID", { reason });

function checkLength(publicKey: Uint8Array, length: number): void {
  if (publicKey.length !== length) invalid(`it has ${publicKey.length} bytes instead of ${length}`);
}

/**
 * Checks a public signing key. Ed25519: canonical and of prime order, so that cofactored and cofactorless verification
 * agree (RFC 8032 section 5.1.7). ML-DSA: every string of the right length is a key (FIPS 204 section 7.2).
 * @throws DipbagError ERR_KEY_INVALID
 */
export function checkSignaturePublicKey(alg: SignatureAlg, publicKey: Uint8Array): void {
  checkLength(publicKey, SIGNATURE_SIZES[alg].publicKey);
  if (alg === ED25519 && !isPrimeOrder(publicKey)) invalid("its Ed25519 point is not canonical and of prime order");
}

/** Whether 32 bytes are the canonical encoding (RFC 8032 section 5.1.3) of an Ed25519 point of prime order. */
export function isPrimeOrder(encoded: Uint8Array): boolean {
  try {
    return !isIdentity(encoded) && ed25519.Point.fromBytes(encoded).isTorsionFree();
  } catch {
    return false;
  }
}

/** The one point of small order without torsion. */
export const isIdentity = (encoded: Uint8Array): boolean =>
  encoded[0] === 1 && encoded.subarray(1, 32).every((byte) => byte === 0);

/**
 * Checks a KEM public key, as PublicEngine.checkKemPublicKey says.
 * @throws DipbagError ERR_KEY_INVALID
 */
export function checkKemPublicKey(kem: KemId, publicKey: Uint8Array): void {
  checkLength(publicKey, KEM_SIZES[kem].publicKey);
  if (kem === X25519_KEM) checkX25519(publicKey);
  else if (kem === X_WING) {
    checkModulus(publicKey.subarray(0, 1152));
    checkX25519(publicKey.subarray(1184));
  } else {
    checkModulus(publicKey.subarray(0, 1536));
    checkP384(publicKey.subarray(1568));
  }
}

function checkX25519(encoded: Uint8Array): void {
  let u = 0n;
  for (let i = 31; i >= 0; i--) u = (u << 8n) | BigInt(encoded[i] as number);
  if (u >= 2n ** 255n - 19n) invalid("its X25519 part is not canonical");
  if (LOW_ORDER_U.includes(u)) invalid("its X25519 part is a point of low order");
}

/** FIPS 203 section 7.2: each 12-bit coefficient, two to three bytes, is below q = 3329. */
function checkModulus(coefficients: Uint8Array): void {
  const byte = (at: number): number => coefficients[at] as number;
  for (let at = 0; at < coefficients.length; at += 3) {
    if ((byte(at) | ((byte(at + 1) & 15) << 8)) >= 3329 || ((byte(at + 1) >> 4) | (byte(at + 2) << 4)) >= 3329)
      invalid("its ML-KEM part has a coefficient that is not below q");
  }
}

/** SEC 1 section 3.2.2.1, uncompressed form only; P-384 has cofactor 1, so there is no order to check. */
function checkP384(encoded: Uint8Array): void {
  if (encoded[0] !== 4 || !isOnP384(encoded)) invalid("its P-384 part is not an uncompressed point of the curve");
}

function isOnP384(encoded: Uint8Array): boolean {
  try {
    p384.Point.fromBytes(encoded).assertValidity();
    return true;
  } catch {
    return false;
  }
}
