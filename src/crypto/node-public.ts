/** The public half of the engine for Node: node:crypto, and noble for ML-DSA where Node has none. */

import { verify } from "node:crypto";
import { ED25519, ML_DSA_65, type PublicEngine, type SignatureAlg } from "./engine.ts";
import { engine as hashes } from "./node-hash.ts";
import { describe, hasPostQuantum, publicKey as keyObject } from "./node-keys.ts";
import { messageRepresentative, NOBLE_ML_DSA } from "./node-ml-dsa.ts";
import { checkKemPublicKey, checkSignaturePublicKey, isIdentity, SIGNATURE_SIZES } from "./public-keys.ts";

type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

/** Many a card is read whose key then has nothing to verify: what verifying alone needs is made when it does. */
function late<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function verifier(alg: SignatureAlg, publicKey: Uint8Array): Verify {
  if (alg === ED25519) {
    // OpenSSL compares R bytewise with [S]B - [k]A: with A of prime order, R is canonical and of prime order or zero;
    // and zero is refused by Node 24, not by Node 20
    const key = late(() => keyObject("Ed25519", publicKey));
    return (message, signature) => !isIdentity(signature) && verify(null, message, key(), signature);
  }
  if (hasPostQuantum()) {
    const key = late(() => keyObject(alg === ML_DSA_65 ? "ML-DSA-65" : "ML-DSA-87", publicKey));
    return (message, signature) => verify(null, message, key(), signature);
  }
  const represent = late(() => messageRepresentative(publicKey));
  return (message, signature) =>
    NOBLE_ML_DSA[alg].verify(signature, represent()(message), publicKey, { externalMu: true });
}

export const engine: PublicEngine = {
  get description() {
    return describe();
  },

  ...hashes,

  verifyKey(alg, publicKey) {
    checkSignaturePublicKey(alg, publicKey);
    const own = new Uint8Array(publicKey);
    const verifyWith = verifier(alg, own);
    return {
      alg,
      publicKey: own,
      verify: (message, signature) =>
        signature.length === SIGNATURE_SIZES[alg].signature && verifyWith(message, signature),
    };
  },

  checkKemPublicKey,
};
