/** AES-GCM of node:crypto. */

import { type CipherGCM, createCipheriv, createDecipheriv, createSecretKey, type DecipherGCM } from "node:crypto";
import { checkAesKey } from "./aes-keys.ts";
import type { AeadEngine } from "./engine.ts";
import { release } from "./node-memory.ts";

/** The fastest size: one update of a whole segment is slowed by page faults, and so are pieces left to the collector. */
const PIECE = 64 * 1024;
const TAG = 16;

/** `out` may begin where `input` does: a piece is read before its place is written. */
function feed(cipher: CipherGCM | DecipherGCM, input: Uint8Array, out: Uint8Array): void {
  for (let at = 0; at < input.length; at += PIECE) {
    const piece = cipher.update(input.subarray(at, at + PIECE));
    out.set(piece, at);
    release(piece);
  }
}

export const engine: AeadEngine = {
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
};
