/**
 * COSE_Sign with several signers (RFC 9052 section 4), in the one form in which everything in dipbag is signed: the
 * body's protected header is exactly {16: typ} (RFC 9596), each signature's exactly {1: alg, 4: kid}, no unprotected
 * headers, an attached payload, no external data.
 */

import { equal } from "../bytes.ts";
import { decodeTagged, encode, encodeTagged, hasTag, TAG_COSE_SIGN } from "../cbor/codec.ts";
import { type Budget, newBudget } from "../cbor/scan.ts";
import { bytes, embed, embedded, fixed, list, type Of, oneOf, required, struct, text, tuple } from "../cbor/schema.ts";
import { ED25519, ML_DSA_65, ML_DSA_87, type SigningKey } from "../crypto/engine.ts";
import { fail } from "../errors.ts";
import { type SignatureKey, thumbprint } from "./key.ts";

/** What can be signed; the type stands in the protected header, so that nothing signed can be taken for another thing. */
export type SignedType = "envelope" | "card" | "request" | "withheld" | "policy";

/** The two keys whose signatures count for one signer: both, whatever a message says. */
export interface SignerKeys {
  readonly classical: SignatureKey;
  readonly postQuantum: SignatureKey;
}

/** The private counterparts of SignerKeys. */
export interface SigningPair {
  readonly classical: SigningKey;
  readonly postQuantum: SigningKey;
}

/** Parsed and of the expected type; nothing in it is to be believed yet. */
export interface UnverifiedSigned {
  readonly type: SignedType;
  /** The whole item as received. */
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array;
  readonly bodyProtected: Uint8Array;
  readonly signatures: readonly Signature[];
}
type Signature = Of<typeof signatureShape>;

const emptyMap = struct({});
const bodyHeader = struct({ typ: required(16, text()) });
const signatureHeader = struct({
  alg: required(1, oneOf(ED25519, ML_DSA_65, ML_DSA_87)),
  kid: required(4, fixed(32)),
});
const signatureShape = tuple(embedded(signatureHeader), emptyMap, bytes());
/** Eight signers with two signatures each. */
const signShape = tuple(embedded(bodyHeader), emptyMap, bytes(), list(signatureShape, 1, 16));

const typ = (type: SignedType) => `application/vnd.dipbag.${type}+cbor`;

/**
 * Parses a COSE_Sign_Tagged and compares its type; checks no signature.
 * @throws DipbagError ERR_CBOR, ERR_LIMIT, ERR_SCHEMA, ERR_TYPE
 */
export function parseSigned(type: SignedType, item: Uint8Array, budget: Budget = newBudget()): UnverifiedSigned {
  if (hasTag(TAG_COSE_SIGN, item) === false) fail("ERR_TYPE", { expected: type, found: "something else" });
  const value = decodeTagged(TAG_COSE_SIGN, item, budget);
  const [body, , payload, signatures] = signShape.read(value, { path: type, budget });
  if (body.value.typ !== typ(type)) fail("ERR_TYPE", { expected: type, found: body.value.typ });
  return { type, bytes: item, payload, bodyProtected: body.bytes, signatures };
}

/**
 * Verifies the signatures of the signers, who come from cards and never from the message. They must stand in that
 * order, Ed25519 before ML-DSA. The answer says of each signer whether the pair is there; only the first must be.
 * @throws DipbagError ERR_SIGNATURES where one is missing, doubled, strange or out of order; ERR_SIGNATURE where one
 * does not verify
 */
export function verifySigned(signed: UnverifiedSigned, signers: readonly SignerKeys[]): readonly boolean[] {
  let next = 0;
  const isNext = ({ kid, key }: SignatureKey) => {
    const header = signed.signatures[next]?.[0].value;
    return header !== undefined && header.alg === key.alg && equal(header.kid, kid);
  };
  const present = signers.map(({ classical, postQuantum }, i) => {
    if (i > 0 && !isNext(classical)) return false;
    for (const key of [classical, postQuantum]) {
      if (!isNext(key)) fail("ERR_SIGNATURES");
      next++;
    }
    return true;
  });
  if (next !== signed.signatures.length) fail("ERR_SIGNATURES");

  const keys = signers.filter((_, i) => present[i]).flatMap(({ classical, postQuantum }) => [classical, postQuantum]);
  for (const [i, { key }] of keys.entries()) {
    const [header, , signature] = signed.signatures[i] as Signature;
    if (!key.verify(sigStructure(signed.bodyProtected, header.bytes, signed.payload), signature)) fail("ERR_SIGNATURE");
  }
  return present;
}

/** RFC 9052 section 4.4, with empty external_aad. */
export function sigStructure(body: Uint8Array, signer: Uint8Array, payload: Uint8Array): Uint8Array {
  return encode(["Signature", body, signer, new Uint8Array(0), payload]);
}

/** Signs `payload` with each pair, in order. Returns the tagged item. */
export function sign(type: SignedType, payload: Uint8Array, pairs: readonly SigningPair[]): Uint8Array {
  const body = embed(bodyHeader, { typ: typ(type) });
  const signatures = pairs
    .flatMap(({ classical, postQuantum }) => [classical, postQuantum])
    .map((key) => {
      const kid = thumbprint(key.alg, key.publicKey);
      const header = embed(signatureHeader, { alg: key.alg, kid });
      return [header, {}, key.sign(sigStructure(body.bytes, header.bytes, payload))] as const;
    });
  return encodeTagged(TAG_COSE_SIGN, signShape.write([body, {}, payload, signatures]));
}
