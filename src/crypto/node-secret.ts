/** The secret half of the engine for Node: node:crypto, and noble for ML-KEM and ML-DSA where Node has none. */

import { createHash, createHmac, scrypt, sign } from "node:crypto";
import { promisify } from "node:util";
import { ED25519, ML_DSA_65, MLKEM1024_P384, type SecretEngine, X_WING, X25519_KEM } from "./engine.ts";
import { engine as aead } from "./node-aead.ts";
import { mlKem1024P384, x25519, xWing } from "./node-kems.ts";
import { hasPostQuantum } from "./node-keys.ts";
import { messageRepresentative, NOBLE_ML_DSA } from "./node-ml-dsa.ts";
import { privateKey, rawPublicKey } from "./node-private-keys.ts";
import { random } from "./random.ts";
import { dhkem, kemKeys, ownSeed } from "./secret-keys.ts";

const scryptAsync = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

export const engine: SecretEngine = {
  hmacSha384(key, ...parts) {
    const mac = createHmac("sha384", key);
    for (const part of parts) mac.update(part);
    return new Uint8Array(mac.digest());
  },

  shake256: (message, length) =>
    new Uint8Array(createHash("shake256", { outputLength: length }).update(message).digest()),

  signingKey(alg, seed) {
    const own = ownSeed(seed);
    if (alg === ED25519 || hasPostQuantum()) {
      const key = privateKey(alg === ED25519 ? "Ed25519" : alg === ML_DSA_65 ? "ML-DSA-65" : "ML-DSA-87", own);
      return { alg, publicKey: rawPublicKey(key), sign: (message) => new Uint8Array(sign(null, message, key)) };
    }
    const mlDsa = NOBLE_ML_DSA[alg];
    const { publicKey, secretKey } = mlDsa.keygen(own);
    const represent = messageRepresentative(publicKey);
    return {
      alg,
      publicKey,
      sign: (message) => mlDsa.sign(represent(message), secretKey, { externalMu: true, extraEntropy: random(32) }),
    };
  },

  ...kemKeys({ [X25519_KEM]: () => dhkem(x25519), [X_WING]: () => xWing(), [MLKEM1024_P384]: () => mlKem1024P384() }),

  ...aead,

  async scrypt(passphrase, salt) {
    // 128 * N * r bytes, and a little
    return new Uint8Array(await scryptAsync(passphrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 }));
  },
};
