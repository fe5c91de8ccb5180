/** Raw private keys as node:crypto takes them. Nothing that only verifies may import this. */

import * as crypto from "node:crypto";
import { concat, fromHex } from "../bytes.ts";
import { hasPostQuantum, type KeyName } from "./node-keys.ts";

/** What stands before the private key or seed in PKCS #8: RFC 8410 section 7, RFC 9881 and RFC 9935 (seed only). */
const PKCS8: Record<KeyName, Uint8Array> = {
  Ed25519: fromHex("302e020100300506032b657004220420"),
  X25519: fromHex("302e020100300506032b656e04220420"),
  "ML-DSA-65": fromHex("3034020100300b060960864801650304031204228020"),
  "ML-DSA-87": fromHex("3034020100300b060960864801650304031304228020"),
  "ML-KEM-768": fromHex("3054020100300b060960864801650304040204428040"),
  "ML-KEM-1024": fromHex("3054020100300b060960864801650304040304428040"),
};

/**
 * DER carries the seed alone, so OpenSSL derives the public key; a JWK would carry one that Node 24 believes unchecked.
 * @throws RangeError when the seed is not as long as the DER before it says, which OpenSSL would cut short in silence
 */
export function privateKey(name: KeyName, seed: Uint8Array): crypto.KeyObject {
  if (seed.length !== PKCS8[name].at(-1)) throw new RangeError(`wrong length of a ${name} private key`);
  return crypto.createPrivateKey({ key: Buffer.from(concat(PKCS8[name], seed)), format: "der", type: "pkcs8" });
}

/** The raw public key that belongs to a private one. */
export function rawPublicKey(key: crypto.KeyObject): Uint8Array<ArrayBuffer> {
  const jwk = crypto.createPublicKey(key).export({ format: "jwk" });
  return new Uint8Array(Buffer.from(String(jwk.x ?? jwk.pub), "base64url"));
}

/** Node 24.7 and later, unknown to the types of Node 20. */
interface NativeKem {
  encapsulate(key: crypto.KeyObject): { sharedKey: Buffer; ciphertext: Buffer };
  decapsulate(key: crypto.KeyObject, ciphertext: Uint8Array): Buffer;
}

/** ML-KEM of this Node, or null; where there is ML-KEM there is ML-DSA too. */
export const nativePostQuantum = (): NativeKem | null =>
  hasPostQuantum() ? (crypto as typeof crypto & NativeKem) : null;
