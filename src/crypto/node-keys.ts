/** Raw keys in and out of node:crypto, and whether this Node has the post-quantum algorithms itself. */

import * as crypto from "node:crypto";
import { versions } from "node:process";
import { concat, fromHex } from "../bytes.ts";

export type KeyName = "Ed25519" | "X25519" | "ML-DSA-65" | "ML-DSA-87" | "ML-KEM-768" | "ML-KEM-1024";

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

/** JWK (RFC 8037, RFC 9964) and not DER, which is up to ten times slower on Node 20. */
export function publicKey(name: KeyName, raw: Uint8Array): crypto.KeyObject {
  const value = Buffer.from(raw).toString("base64url");
  const isCurve = name === "Ed25519" || name === "X25519";
  const key = isCurve ? { kty: "OKP", crv: name, x: value } : { kty: "AKP", alg: name, pub: value };
  return crypto.createPublicKey({ key, format: "jwk" });
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
const { encapsulate, decapsulate } = crypto as typeof crypto & Partial<NativeKem>;

let native: NativeKem | null | undefined;

/** ML-KEM of this Node, or null; where there is ML-KEM there is ML-DSA too. Asked at first use, then remembered. */
export function nativePostQuantum(): NativeKem | null {
  if (native === undefined) native = encapsulate && decapsulate && canImport() ? { encapsulate, decapsulate } : null;
  return native;
}

function canImport(): boolean {
  try {
    publicKey("ML-DSA-87", new Uint8Array(2592));
    publicKey("ML-KEM-1024", new Uint8Array(1568));
    return true;
  } catch {
    return false;
  }
}

export const describe = (): string =>
  `node:crypto (OpenSSL ${versions.openssl}), ML-KEM and ML-DSA ${nativePostQuantum() ? "native" : "from noble"}`;
