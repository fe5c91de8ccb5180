/**
 * The one interface behind which all cryptography stands, in two halves so that code which only verifies cannot even
 * import code that decrypts: `#engine/public` (hashes, signature verification, public-key checks) and
 * `#engine/secret` (everything that holds a secret). Of each there is a part by itself, `#engine/hash` and `#engine/aead`,
 * which is all that threads for bulk work load. Two implementations of each: node-*.ts and web-*.ts.
 *
 * Keys are objects made once and used often. Byte arrays passed in are not kept and not changed, unless said.
 */

/** COSE algorithm numbers of the signatures: Ed25519 (RFC 9864), ML-DSA-65 and ML-DSA-87 (RFC 9964). */
export type SignatureAlg = -19 | -49 | -50;
export const ED25519 = -19;
export const ML_DSA_65 = -49;
export const ML_DSA_87 = -50;

/** HPKE KEM ids: DHKEM(X25519, HKDF-SHA256) (RFC 9180), MLKEM768-X25519 = X-Wing, MLKEM1024-P384 (draft-ietf-hpke-pq). */
export type KemId = 0x0020 | 0x647a | 0x0051;
export const X25519_KEM = 0x0020;
export const X_WING = 0x647a;
export const MLKEM1024_P384 = 0x0051;

export type Awaitable<T> = T | Promise<T>;

/** A checked public signing key. `verify` returns false for every bad signature of any length; it never throws. */
export interface VerifyKey {
  readonly alg: SignatureAlg;
  readonly publicKey: Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

export interface HashEngine {
  sha256(bytes: Uint8Array): Uint8Array;
}

export interface PublicEngine extends HashEngine {
  /** For `doctor`: which implementation answers, such as "node 24.7.0, ML-KEM and ML-DSA native". */
  readonly description: string;
  /**
   * Ed25519: 32 bytes, canonical, not of small order, torsion-free, the same in both engines; signatures with
   * non-canonical or torsion-carrying R, or S >= L, are refused. ML-DSA: 1952 or 2592 bytes, pure, empty ctx.
   * @throws DipbagError ERR_KEY_INVALID
   */
  verifyKey(alg: SignatureAlg, publicKey: Uint8Array): VerifyKey;
  /**
   * Checks a KEM public key: length (32, 1216, 1665); X25519 part not of low order and canonical; ML-KEM coefficients
   * below q (FIPS 203 section 7.2 modulus check); P-384 point on the curve, uncompressed, not infinity.
   * @throws DipbagError ERR_KEY_INVALID
   */
  checkKemPublicKey(kem: KemId, publicKey: Uint8Array): void;
}

export interface SigningKey {
  readonly alg: SignatureAlg;
  readonly publicKey: Uint8Array;
  /** Ed25519 is deterministic; ML-DSA is hedged (FIPS 204 section 3.4) with `random`, or natively. */
  sign(message: Uint8Array): Uint8Array;
}

/** A KEM public key that has passed `checkKemPublicKey`, ready to encapsulate. */
export interface EncapsulationKey {
  readonly kem: KemId;
  readonly publicKey: Uint8Array;
  encapsulate(): { sharedSecret: Uint8Array; encapsulated: Uint8Array };
}

/** `decapsulate` throws an Error without detail on a wrong length, a low-order point or an invalid P-384 point. */
export interface DecapsulationKey {
  readonly kem: KemId;
  readonly publicKey: Uint8Array;
  decapsulate(encapsulated: Uint8Array): Uint8Array;
}

/**
 * AES-GCM with a 16-byte tag appended and a 12-byte nonce. The key is imported once. `out`: memory of the right length
 * for the answer, which may begin where the input does.
 */
export interface Aead {
  seal(nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, out?: Uint8Array): Awaitable<Uint8Array>;
  /** @throws Error without detail when the tag does not verify; `out` holds nothing of the plaintext then */
  open(nonce: Uint8Array, ciphertext: Uint8Array, aad: Uint8Array, out?: Uint8Array): Awaitable<Uint8Array>;
}

export interface AeadEngine {
  /** key: 16 or 32 bytes. */
  aesGcm(key: Uint8Array): Aead;
}

export interface SecretEngine extends AeadEngine {
  /** HMAC-SHA-384 over the concatenated parts, 48 bytes. */
  hmacSha384(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array;
  /** SHAKE256 (FIPS 202). */
  shake256(message: Uint8Array, length: number): Uint8Array;
  /** seed: 32 bytes (RFC 8032 private key; FIPS 204 xi). */
  signingKey(alg: SignatureAlg, seed: Uint8Array): SigningKey;
  /** @throws DipbagError ERR_KEY_INVALID as PublicEngine.checkKemPublicKey */
  encapsulationKey(kem: KemId, publicKey: Uint8Array): EncapsulationKey;
  /** seed: 32 bytes: the X25519 private key; the seed of draft-ietf-hpke-pq (X-Wing's sk) for the hybrids. */
  decapsulationKey(kem: KemId, seed: Uint8Array): DecapsulationKey;
  /** scrypt (RFC 7914) with N = 2^17, r = 8, p = 1, 32 bytes out. */
  scrypt(passphrase: Uint8Array, salt: Uint8Array): Promise<Uint8Array>;
}
