/** What the secret halves of both engines share: length checks, and KEM keys made from three KEMs in noble's shape. */

import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { KEM } from "@noble/post-quantum/utils.js";
import { concat, utf8 } from "../bytes.ts";
import type { KemId, SecretEngine } from "./engine.ts";
import { checkKemPublicKey, KEM_SIZES } from "./public-keys.ts";
import { random } from "./random.ts";

/** A copy of a 32-byte seed. A wrong length is a mistake of the calling code, not of any input. */
export function ownSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new RangeError("a seed has 32 bytes");
  return new Uint8Array(seed);
}

/** The half of a KEM that holds a secret. Of a bare Diffie-Hellman group, `decapsulate` is the agreement itself. */
export interface KeyPair {
  publicKey: Uint8Array;
  decapsulate(encapsulated: Uint8Array): Uint8Array;
}

/** What an engine supplies for each KEM. Everything may throw on hostile input. */
export interface Kem {
  keyPair(seed: Uint8Array): KeyPair;
  encapsulate(publicKey: Uint8Array, randomness: Uint8Array): { sharedSecret: Uint8Array; cipherText: Uint8Array };
}

/** A KEM of @noble/post-quantum whose secret key is its seed. */
export const nobleKem = (kem: KEM): Kem => ({
  keyPair: (seed) => ({
    publicKey: kem.getPublicKey(seed),
    decapsulate: (encapsulated) => kem.decapsulate(encapsulated, seed),
  }),
  encapsulate: kem.encapsulate,
});

/** One call of `random`, of the length in KEM_SIZES, for each encapsulation. */
export function kemKeys(kems: Record<KemId, () => Kem>): Pick<SecretEngine, "encapsulationKey" | "decapsulationKey"> {
  return {
    encapsulationKey(kem, publicKey) {
      checkKemPublicKey(kem, publicKey);
      const own = new Uint8Array(publicKey);
      const { encapsulate } = kems[kem]();
      return {
        kem,
        publicKey: own,
        encapsulate() {
          const made = encapsulate(own, random(KEM_SIZES[kem].randomness));
          return { sharedSecret: made.sharedSecret, encapsulated: made.cipherText };
        },
      };
    },

    decapsulationKey(kem, seed) {
      const pair = kems[kem]().keyPair(ownSeed(seed));
      return {
        kem,
        publicKey: pair.publicKey,
        decapsulate(encapsulated) {
          if (encapsulated.length === KEM_SIZES[kem].encapsulated) {
            try {
              return pair.decapsulate(encapsulated);
            } catch {
              // one answer for every cause
            }
          }
          throw new Error("decapsulation failed");
        },
      };
    },
  };
}

/** DHKEM(X25519, HKDF-SHA256), RFC 9180 section 4.1. `x25519` must throw on a shared secret of zero (section 7.1.4). */
export function dhkem(x25519: (secretKey: Uint8Array) => KeyPair): Kem {
  const labeled = (label: string) => concat(utf8("HPKE-v1"), utf8("KEM"), Uint8Array.of(0x00, 0x20), utf8(label));
  const labeledExtract = (label: string, ikm: Uint8Array) => extract(sha256, concat(labeled(label), ikm));
  const labeledExpand = (prk: Uint8Array, label: string, info: Uint8Array) =>
    expand(sha256, prk, concat(Uint8Array.of(0, 32), labeled(label), info), 32);
  const extractAndExpand = (dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array) =>
    labeledExpand(labeledExtract("eae_prk", dh), "shared_secret", concat(enc, publicKey));

  return {
    keyPair(secretKey) {
      const own = x25519(secretKey);
      return {
        publicKey: own.publicKey,
        decapsulate: (enc) => extractAndExpand(own.decapsulate(enc), enc, own.publicKey),
      };
    },
    encapsulate(publicKey, randomness) {
      // GenerateKeyPair as DeriveKeyPair(random(Nsk)), which section 4 allows: so the published vectors can be run
      const ephemeral = x25519(labeledExpand(labeledExtract("dkp_prk", randomness), "sk", new Uint8Array(0)));
      const enc = ephemeral.publicKey;
      return { sharedSecret: extractAndExpand(ephemeral.decapsulate(publicKey), enc, publicKey), cipherText: enc };
    },
  };
}
