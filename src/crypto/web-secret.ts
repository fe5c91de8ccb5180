/** The secret half of the portable engine: AES-GCM from WebCrypto, everything else from @noble. */

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { sha384 } from "@noble/hashes/sha2.js";
import { shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768_x25519, ml_kem1024_p384 } from "@noble/post-quantum/hybrid.js";
import { ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { ED25519, ML_DSA_65, MLKEM1024_P384, type SecretEngine, X_WING, X25519_KEM } from "./engine.ts";
import { random } from "./random.ts";
import { dhkem, kemKeys, nobleKem, ownSeed } from "./secret-keys.ts";
import { engine as aead } from "./web-aead.ts";

/** noble's X25519 throws on a shared secret of zero. */
const x25519KeyPair = (secretKey: Uint8Array) => ({
  publicKey: x25519.getPublicKey(secretKey),
  decapsulate: (peer: Uint8Array) => x25519.getSharedSecret(secretKey, peer),
});

export const engine: SecretEngine = {
  hmacSha384(key, ...parts) {
    const mac = hmac.create(sha384, key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  },

  shake256: (message, length) => shake256(message, { dkLen: length }),

  signingKey(alg, seed) {
    const own = ownSeed(seed);
    if (alg === ED25519) {
      return { alg, publicKey: ed25519.getPublicKey(own), sign: (message) => ed25519.sign(message, own) };
    }
    const mlDsa = alg === ML_DSA_65 ? ml_dsa65 : ml_dsa87;
    const { publicKey, secretKey } = mlDsa.keygen(own);
    return { alg, publicKey, sign: (message) => mlDsa.sign(message, secretKey, { extraEntropy: random(32) }) };
  },

  ...kemKeys({
    [X25519_KEM]: () => dhkem(x25519KeyPair),
    [X_WING]: () => nobleKem(ml_kem768_x25519),
    [MLKEM1024_P384]: () => nobleKem(ml_kem1024_p384),
  }),

  ...aead,

  scrypt: (passphrase, salt) => scryptAsync(passphrase, salt, { N: 2 ** 17, r: 8, p: 1, dkLen: 32 }),
};
