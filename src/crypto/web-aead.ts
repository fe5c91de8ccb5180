/** AES-GCM of WebCrypto. */

import { checkAesKey } from "./aes-keys.ts";
import type { AeadEngine } from "./engine.ts";

export const engine: AeadEngine = {
  aesGcm(key) {
    checkAesKey(key);
    const imported = crypto.subtle.importKey("raw", owned(key), "AES-GCM", false, ["encrypt", "decrypt"]);
    const params = (nonce: Uint8Array, aad: Uint8Array) => ({
      name: "AES-GCM",
      iv: owned(nonce),
      additionalData: owned(aad),
      tagLength: 128,
    });
    return {
      async seal(nonce, plaintext, aad, out) {
        return placed(await crypto.subtle.encrypt(params(nonce, aad), await imported, owned(plaintext)), out);
      },
      async open(nonce, ciphertext, aad, out) {
        try {
          return placed(await crypto.subtle.decrypt(params(nonce, aad), await imported, owned(ciphertext)), out);
        } catch {
          throw new Error("authentication failed");
        }
      },
    };
  },
};

/** WebCrypto refuses shared memory, which nothing here uses; only the type must be told. */
const owned = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

function placed(made: ArrayBuffer, out: Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(made);
  out?.set(bytes);
  return out ?? bytes;
}
