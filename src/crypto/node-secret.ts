/** The secret half of the engine for Node: node:crypto, and noble for ML-KEM and ML-DSA where Node has none. */

import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type DecipherGCM,
  scrypt,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ED25519, ML_DSA_65, MLKEM1024_P384, type SecretEngine, X_WING, X25519_KEM } from "./engine.ts";
import { mlKem1024P384, x25519, xWing } from "./node-kems.ts";
import { hasPostQuantum } from "./node-keys.ts";
import { messageRepresentative, NOBLE_ML_DSA } from "./node-ml-dsa.ts";
import { privateKey, rawPublicKey } from "./node-private-keys.ts";
import { random } from "./random.ts";
import { checkAesKey, dhkem, kemKeys, ownSeed } from "./secret-keys.ts";

const scryptAsync = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

/** The fastest size: one update of a whole segment is slowed by page faults, and so are pieces left to the collector. */
const PIECE = 64 * 1024;
const TAG = 16;

/** `out` may begin where `input` does: a piece is read before its place is written. */
function feed(cipher: CipherGCM | DecipherGCM, input: Uint8Array, out: Uint8Array): void {
  for (let at = 0; at < input.length; at += PIECE) {
    const piece = cipher.update(input.subarray(at, at + PIECE));
    out.set(piece, at);
    if (piece.length === PIECE) release(piece);
  }
}

/** Both of its ends are closed: what is sent there is gone. */
let nowhere: MessagePort | undefined;

/** Gives memory back at once if nothing else lives in the same buffer. */
function release(bytes: Uint8Array): void {
  const buffer = bytes.buffer as ArrayBuffer & { transfer?(length: number): ArrayBuffer };
  if (buffer.byteLength !== bytes.length) return;
  if (buffer.transfer) buffer.transfer(0);
  else {
    // Node 20
    nowhere ??= closedPort();
    nowhere.postMessage(undefined, [buffer]);
  }
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}

export const engine: SecretEngine = {
  hmacSha384(key, ...parts) {
    const mac = createHmac("sha384", key);
    for (const part of parts) mac.update(part);
    return new Uint8Array(mac.digest());
  },

  shake256: (message, length) =>
    new Uint8Array(createHash("shake256", { outputLength: length }).update(message).digest()),
  // noble, for Node's hkdf cannot expand without extracting
  hkdfSha256Extract: (salt, ikm) => extract(sha256, ikm, salt),
  hkdfSha256Expand: (prk, info, length) => expand(sha256, prk, info, length),

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

  ...kemKeys({ [X25519_KEM]: () => dhkem(x25519), [X_WING]: xWing, [MLKEM1024_P384]: mlKem1024P384 }),

  aesGcm(key) {
    checkAesKey(key);
    const secret = createSecretKey(key);
    const cipher = key.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
    const options = { authTagLength: TAG };
    return {
      seal(nonce, plaintext, aad, out = new Uint8Array(plaintext.length + TAG)) {
        const gcm = createCipheriv(cipher, secret, nonce, options).setAAD(aad);
        feed(gcm, plaintext, out);
        gcm.final();
        out.set(gcm.getAuthTag(), plaintext.length);
        return out;
      },
      open(nonce, ciphertext, aad, into) {
        const length = ciphertext.length - TAG;
        let out = into;
        try {
          const gcm = createDecipheriv(cipher, secret, nonce, options).setAAD(aad);
          gcm.setAuthTag(ciphertext.subarray(length));
          out ??= new Uint8Array(length);
          feed(gcm, ciphertext.subarray(0, length), out);
          gcm.final();
          return out;
        } catch {
          out?.fill(0);
          throw new Error("authentication failed");
        }
      },
    };
  },

  async scrypt(passphrase, salt) {
    // 128 * N * r bytes, and a little
    return new Uint8Array(await scryptAsync(passphrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 }));
  },
};
