/**
 * COSE_Key (RFC 9052 section 7) for the public keys dipbag knows, and their thumbprints (RFC 9679). A key is usable for
 * exactly one algorithm, the one it names.
 */

import { engine } from "#engine/public";
import { type CborValue, encode } from "../cbor/codec.ts";
import { fixed, literal, required, type Shape, struct } from "../cbor/schema.ts";
import { ED25519, ML_DSA_65, ML_DSA_87, type SignatureAlg, type VerifyKey } from "../crypto/engine.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, isSuiteAlg, SUITES, type SuiteAlg } from "../crypto/suites.ts";
import { fail } from "../errors.ts";

/** A checked public key. `kid` is its full SHA-256 COSE Key Thumbprint, 32 bytes. */
export interface SignatureKey {
  readonly use: "signature";
  readonly kid: Uint8Array;
  readonly key: VerifyKey;
}
export interface KemKey {
  readonly use: "kem";
  readonly kid: Uint8Array;
  readonly alg: SuiteAlg;
  readonly publicKey: Uint8Array;
}
export type PublicKey = SignatureKey | KemKey;

type KeyAlg = SignatureAlg | SuiteAlg;

/** Key type OKP (RFC 9053 section 7.2), with its curve; and AKP (RFC 9964 section 3). */
const okp = (alg: number, crv: number) =>
  struct({
    kty: required(1, literal(1)),
    alg: required(3, literal(alg)),
    crv: required(-1, literal(crv)),
    pub: required(-2, fixed(32)),
  });
const akp = (alg: number, size: number) =>
  struct({ kty: required(1, literal(7)), alg: required(3, literal(alg)), pub: required(-1, fixed(size)) });

const FORMS: Readonly<Record<KeyAlg, Shape<{ readonly pub: Uint8Array }>>> = {
  [ED25519]: okp(ED25519, 6),
  [HPKE_3_KE]: okp(HPKE_3_KE, 4),
  [ML_DSA_65]: akp(ML_DSA_65, 1952),
  [ML_DSA_87]: akp(ML_DSA_87, 2592),
  [HPKE_9_KE]: akp(HPKE_9_KE, 1216),
  [HPKE_10_KE]: akp(HPKE_10_KE, 1665),
};

/** The COSE_Key of a public key, in the one form that dipbag writes and accepts. */
export function coseKey(alg: KeyAlg, pub: Uint8Array): CborValue {
  const okpCurve = alg === ED25519 ? 6 : alg === HPKE_3_KE ? 4 : undefined;
  return okpCurve === undefined
    ? new Map<number, CborValue>([
        [1, 7],
        [3, alg],
        [-1, pub],
      ])
    : new Map<number, CborValue>([
        [1, 1],
        [3, alg],
        [-1, okpCurve],
        [-2, pub],
      ]);
}

/** RFC 9679 section 3: SHA-256 of the deterministic encoding of the required parameters (for AKP these include alg). */
export function thumbprint(alg: KeyAlg, pub: Uint8Array): Uint8Array {
  const key = coseKey(alg, pub) as Map<number, CborValue>;
  if (key.get(1) === 1) key.delete(3);
  return engine.sha256(encode(key));
}

/** The shape of a public COSE_Key. Reading checks the key itself: @throws DipbagError ERR_SCHEMA, ERR_KEY_INVALID */
export const publicKeyShape: Shape<PublicKey> = {
  read: (value, place) => {
    const alg = value instanceof Map ? value.get(3) : undefined;
    if (!isKeyAlg(alg)) return fail("ERR_SCHEMA", { where: `${place.path}.3` });
    return publicKey(alg, FORMS[alg].read(value, place).pub);
  },
  write: (key) => (key.use === "kem" ? coseKey(key.alg, key.publicKey) : coseKey(key.key.alg, key.key.publicKey)),
};

/** @throws DipbagError ERR_KEY_INVALID */
export function publicKey(alg: KeyAlg, pub: Uint8Array): PublicKey {
  const kid = thumbprint(alg, pub);
  if (!isSuiteAlg(alg)) return { use: "signature", kid, key: engine.verifyKey(alg, pub) };
  engine.checkKemPublicKey(SUITES[alg].kem, pub);
  return { use: "kem", kid, alg, publicKey: pub };
}

function isKeyAlg(alg: CborValue | undefined): alg is KeyAlg {
  return typeof alg === "number" && Object.hasOwn(FORMS, alg);
}
