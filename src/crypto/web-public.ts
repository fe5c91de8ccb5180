/** The public half of the portable engine: @noble throughout. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { ED25519, ML_DSA_65, ML_DSA_87, type PublicEngine, type SignatureAlg } from "./engine.ts";
import { checkKemPublicKey, checkSignaturePublicKey, isPrimeOrder, SIGNATURE_SIZES } from "./public-keys.ts";
import { engine as hashes } from "./web-hash.ts";

type Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;

const VERIFY: Record<SignatureAlg, Verify> = {
  // noble's equation is cofactored; with key and R of prime order it holds exactly when OpenSSL's cofactorless one does
  [ED25519]: (signature, message, publicKey) =>
    ed25519.verify(signature, message, publicKey, { zip215: false }) && isPrimeOrder(signature.subarray(0, 32)),
  [ML_DSA_65]: ml_dsa65.verify,
  [ML_DSA_87]: ml_dsa87.verify,
};

export const engine: PublicEngine = {
  description: "@noble, ML-DSA from noble",

  ...hashes,

  verifyKey(alg, publicKey) {
    checkSignaturePublicKey(alg, publicKey);
    const own = new Uint8Array(publicKey);
    return {
      alg,
      publicKey: own,
      verify: (message, signature) =>
        signature.length === SIGNATURE_SIZES[alg].signature && VERIFY[alg](signature, message, own),
    };
  },

  checkKemPublicKey,
};
