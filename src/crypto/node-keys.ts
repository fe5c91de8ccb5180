/** Raw public keys as node:crypto takes them, and whether this Node has the post-quantum algorithms itself. */

import * as crypto from "node:crypto";
import { versions } from "node:process";

export type KeyName = "Ed25519" | "X25519" | "ML-DSA-65" | "ML-DSA-87" | "ML-KEM-768" | "ML-KEM-1024";

/** JWK (RFC 8037, RFC 9964) and not DER, which is up to ten times slower on Node 20. */
export function publicKey(name: KeyName, raw: Uint8Array): crypto.KeyObject {
  const value = Buffer.from(raw).toString("base64url");
  const isCurve = name === "Ed25519" || name === "X25519";
  const key = isCurve ? { kty: "OKP", crv: name, x: value } : { kty: "AKP", alg: name, pub: value };
  return crypto.createPublicKey({ key, format: "jwk" });
}

let native: boolean | undefined;

/** Whether this Node has ML-KEM and ML-DSA itself (24.7 and later). Asked at first use, then remembered. */
export function hasPostQuantum(): boolean {
  native ??= "encapsulate" in crypto && canImport();
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
  `node:crypto (OpenSSL ${versions.openssl}), ML-KEM and ML-DSA ${hasPostQuantum() ? "native" : "from noble"}`;
