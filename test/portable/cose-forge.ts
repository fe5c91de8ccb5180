/** Signers for the COSE tests, and an encoder that can lie: every part of a COSE_Sign can be replaced before signing. */

import { engine } from "#engine/secret";
import { utf8 } from "../../src/bytes.ts";
import {
  type CborMap,
  type CborValue,
  decodeTagged,
  encode,
  encodeTagged,
  TAG_COSE_SIGN,
} from "../../src/cbor/codec.ts";
import { publicKey, type SignatureKey, thumbprint } from "../../src/cose/key.ts";
import {
  parseSigned,
  type SignedType,
  type SignerKeys,
  type SigningPair,
  sign,
  sigStructure,
  verifySigned,
} from "../../src/cose/sign.ts";
import { ED25519, ML_DSA_65, ML_DSA_87, type SigningKey } from "../../src/crypto/engine.ts";
import { DipbagError } from "../../src/errors.ts";

export interface Signer {
  readonly pair: SigningPair;
  readonly keys: SignerKeys;
}

export function signer(seed: number, mlDsa: typeof ML_DSA_65 | typeof ML_DSA_87 = ML_DSA_65): Signer {
  const bytes = new Uint8Array(32).fill(seed);
  const pair = { classical: engine.signingKey(ED25519, bytes), postQuantum: engine.signingKey(mlDsa, bytes) };
  return { pair, keys: { classical: known(pair.classical), postQuantum: known(pair.postQuantum) } };
}

function known(key: SigningKey): SignatureKey {
  const read = publicKey(key.alg, key.publicKey);
  if (read.use !== "signature") throw new Error("not a signing key");
  return read;
}

export const map = (...entries: [number | string, CborValue][]): CborMap => new Map(entries);

/** One signature, honest unless told otherwise. */
export interface Forged {
  readonly key: SigningKey;
  readonly header?: CborMap;
  readonly unprotected?: CborMap;
  /** What becomes of the signature made. */
  readonly change?: (signature: Uint8Array) => CborValue;
  /** What is signed instead of the Sig_structure. */
  readonly signed?: (body: Uint8Array, header: Uint8Array, payload: Uint8Array) => Uint8Array;
}

export const TYP = "application/vnd.dipbag.card+cbor";

/** A COSE_Sign_Tagged of a card with the payload 01, whose signatures cover whatever headers it is given. */
export function forge(
  signatures: readonly Forged[],
  { body = map([16, TYP]), unprotected = map(), payload = Uint8Array.of(1) as CborValue } = {},
): Uint8Array {
  const bodyBytes = encode(body);
  const signedPayload = payload instanceof Uint8Array ? payload : Uint8Array.of(1);
  const made = signatures.map(({ key, header, unprotected: more = map(), change, signed = sigStructure }) => {
    const headerBytes = encode(header ?? map([1, key.alg], [4, thumbprint(key.alg, key.publicKey)]));
    const signature = key.sign(signed(bodyBytes, headerBytes, signedPayload));
    return [headerBytes, more, change === undefined ? signature : change(signature)];
  });
  return encodeTagged(TAG_COSE_SIGN, [bodyBytes, unprotected, payload, made]);
}

export const alice = signer(1, ML_DSA_65);
export const bob = signer(2, ML_DSA_87);
export const eve = signer(3, ML_DSA_65);
export const payload = utf8("payload");

/** Which of the signers have signed, or the code of the refusal, which is always of status 1. */
export function outcome(item: Uint8Array, signers: readonly Signer[] = [alice], type: SignedType = "card") {
  try {
    return verifySigned(
      parseSigned(type, item),
      signers.map(({ keys }) => keys),
    );
  } catch (error) {
    if (error instanceof DipbagError && error.status === 1) return error.code;
    throw error;
  }
}

export const signed = (...signers: Signer[]) =>
  sign(
    "card",
    payload,
    signers.map(({ pair }) => pair),
  );

/** The item with its list of signatures, or any of its four parts, replaced. */
export function altered(item: Uint8Array, change: (parts: CborValue[], signatures: CborValue[]) => void): Uint8Array {
  const parts = decodeTagged(TAG_COSE_SIGN, item) as CborValue[];
  change(parts, parts[3] as CborValue[]);
  return encodeTagged(TAG_COSE_SIGN, parts);
}

/** A card by Alice whose two signatures are honest but for what is given. */
export const forged = (classical: Partial<Forged>, postQuantum: Partial<Forged> = {}, parts = {}) =>
  forge(
    [
      { key: alice.pair.classical, ...classical },
      { key: alice.pair.postQuantum, ...postQuantum },
    ],
    parts,
  );
export const kidOf = ({ alg }: SigningKey, { keys }: Signer) =>
  (alg === keys.classical.key.alg ? keys.classical : keys.postQuantum).kid;
