/** The two halves of each hybrid KEM from node:crypto, joined by noble's combiner. */

import { createECDH, createHash, diffieHellman } from "node:crypto";
import { combineKEMS } from "@noble/post-quantum/hybrid.js";
import { ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import type { KEM } from "@noble/post-quantum/utils.js";
import { equal, utf8 } from "../bytes.ts";
import { publicKey } from "./node-keys.ts";
import { nativePostQuantum, privateKey, rawPublicKey } from "./node-private-keys.ts";
import { random } from "./random.ts";
import { type Kem, type KeyPair, nobleKem } from "./secret-keys.ts";

/** X25519 of OpenSSL, which refuses a shared secret of zero (RFC 7748 section 6.1). */
export function x25519(secretKey: Uint8Array): KeyPair {
  const key = privateKey("X25519", secretKey);
  return {
    publicKey: rawPublicKey(key),
    decapsulate: (peer) => diffieHellman({ privateKey: key, publicKey: publicKey("X25519", peer) }),
  };
}

/** P-384 of OpenSSL: a secret key outside 1..n-1 and a point off the curve throw; the secret is the x-coordinate. */
function p384(secretKey: Uint8Array): KeyPair {
  const ecdh = createECDH("secp384r1");
  ecdh.setPrivateKey(secretKey);
  return {
    publicKey: ecdh.getPublicKey(),
    decapsulate(peer) {
      if (peer[0] !== 4) throw new Error("not an uncompressed point");
      return ecdh.computeSecret(peer);
    },
  };
}

/**
 * A KEM in noble's shape. Its combiner makes both halves anew for every decapsulation, and takes and wipes what it is
 * given: so it is given copies, and the pair last made is kept, as long as the key it serves.
 */
function half(lengths: KEM["lengths"], keyPair: (seed: Uint8Array) => KeyPair, encapsulate: Kem["encapsulate"]): KEM {
  let last: (KeyPair & { seed: Uint8Array }) | undefined;
  const pairOf = (seed: Uint8Array) => {
    if (!last || !equal(last.seed, seed)) last = { ...keyPair(seed), seed: new Uint8Array(seed) };
    return last;
  };
  const getPublicKey = (seed: Uint8Array) => new Uint8Array(pairOf(seed).publicKey);
  return {
    lengths,
    keygen(seed = random(lengths.seed!)) {
      return { secretKey: new Uint8Array(seed), publicKey: getPublicKey(seed) };
    },
    getPublicKey,
    encapsulate(peer, randomness = random(lengths.msg!)) {
      const { sharedSecret, cipherText } = encapsulate(peer, randomness);
      return { sharedSecret: new Uint8Array(sharedSecret), cipherText: new Uint8Array(cipherText) };
    },
    decapsulate: (encapsulated, seed) => new Uint8Array(pairOf(seed).decapsulate(encapsulated)),
  };
}

/** A Diffie-Hellman group as a KEM: only the combiner below makes it one that is safe to use. */
function groupHalf(group: (secretKey: Uint8Array) => KeyPair, secretKey: number, publicKey: number): KEM {
  return half(
    { seed: secretKey, secretKey, publicKey, msg: secretKey, cipherText: publicKey },
    group,
    (peer, randomness) => {
      const ephemeral = group(randomness);
      return { sharedSecret: ephemeral.decapsulate(peer), cipherText: ephemeral.publicKey };
    },
  );
}

/** ML-KEM (FIPS 203) with the 64-byte seed d || z as its secret key: of this Node, or of noble. */
export function mlKem(name: "ML-KEM-768" | "ML-KEM-1024"): KEM {
  const noble = name === "ML-KEM-768" ? ml_kem768 : ml_kem1024;
  const native = nativePostQuantum();
  const lengths = { ...noble.lengths, secretKey: 64 };
  if (!native) {
    const keyPair = (seed: Uint8Array) => {
      const { publicKey, secretKey } = noble.keygen(seed);
      return { publicKey, decapsulate: (encapsulated: Uint8Array) => noble.decapsulate(encapsulated, secretKey) };
    };
    return half(lengths, keyPair, noble.encapsulate);
  }
  const keyPair = (seed: Uint8Array) => {
    const key = privateKey(name, seed);
    return {
      publicKey: rawPublicKey(key),
      decapsulate: (encapsulated: Uint8Array) => native.decapsulate(key, encapsulated),
    };
  };
  // OpenSSL draws its own randomness and has no door for ours
  return half(lengths, keyPair, (peer) => {
    const { sharedKey, ciphertext } = native.encapsulate(publicKey(name, peer));
    return { sharedSecret: sharedKey, cipherText: ciphertext };
  });
}

/**
 * The UG/CG frameworks of draft-irtf-cfrg-hybrid-kems as X-Wing and draft-irtf-cfrg-concrete-hybrid-kems use them:
 * seeds from SHAKE256, secret = SHA3-256(ss_pq || ss_t || ct_t || ek_t || label).
 */
function hybrid(label: string, postQuantum: KEM, traditional: KEM): Kem {
  const kem = combineKEMS(
    32,
    32,
    (seed: Uint8Array, length: number) =>
      new Uint8Array(createHash("shake256", { outputLength: length }).update(seed).digest()),
    (eks: Uint8Array[], cts: Uint8Array[], secrets: Uint8Array[]) => {
      const hash = createHash("sha3-256");
      for (const part of [...secrets, cts[1]!, eks[1]!, utf8(label)]) hash.update(part);
      return new Uint8Array(hash.digest());
    },
    postQuantum,
    traditional,
  );
  return nobleKem(kem);
}

/** MLKEM768-X25519, draft-connolly-cfrg-xwing-kem section 5. */
export const xWing = (): Kem => hybrid("\\.//^\\", mlKem("ML-KEM-768"), groupHalf(x25519, 32, 32));

/** MLKEM1024-P384, draft-irtf-cfrg-concrete-hybrid-kems. */
export const mlKem1024P384 = (): Kem => hybrid("MLKEM1024-P384", mlKem("ML-KEM-1024"), groupHalf(p384, 48, 97));
