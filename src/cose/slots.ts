/**
 * COSE_Encrypt with COSE-HPKE key-encryption recipients (RFC 9052 section 5.1; draft-ietf-cose-hpke section 3.2;
 * draft-ietf-cose-hpke-pq-pqt): the key slots, as anyone can read them. Sealing and opening stand apart, in wrap.ts and
 * unwrap.ts, so that reading needs no secret-key code.
 */

import { decodeTagged, encode, encodeTagged, TAG_COSE_ENCRYPT } from "../cbor/codec.ts";
import type { Budget } from "../cbor/scan.ts";
import {
  bytes,
  embed,
  embedded,
  fixed,
  list,
  literal,
  type Of,
  oneOf,
  optional,
  required,
  struct,
  tuple,
} from "../cbor/schema.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, HPKE_TAG_LENGTH, SUITES } from "../crypto/suites.ts";
import { fail } from "../errors.ts";

/** content-alg: FLOE as profiled by spec/envelope.md section 5; private use (IANA COSE Algorithms: below -65536). */
export const FLOE_ALG = -65537;
/** The content-encryption key: 32 bytes. */
export const CEK_LENGTH = 32;

const recipientHeader = struct({
  alg: required(1, oneOf(HPKE_9_KE, HPKE_10_KE, HPKE_3_KE)),
  kid: optional(4, fixed(32)),
});
const recipientShape = tuple(
  embedded(recipientHeader),
  struct({ ek: required(-4, bytes()) }),
  fixed(CEK_LENGTH + HPKE_TAG_LENGTH),
);
const contentHeader = struct({ alg: required(1, literal(FLOE_ALG)) });
const encryptShape = tuple(embedded(contentHeader), struct({}), literal(null), list(recipientShape));

/** One portion key wrapped for one recipient. */
export type Recipient = Of<typeof recipientShape>;
export type RecipientHeader = Of<typeof recipientHeader>;

/** The key slots of one portion, and the protected header that FLOE's aad covers. */
export interface Slots {
  readonly contentProtected: Uint8Array;
  readonly recipients: readonly Recipient[];
}

/**
 * Parses a COSE_Encrypt_Tagged with detached ciphertext.
 * @throws DipbagError ERR_CBOR, ERR_LIMIT, ERR_SCHEMA
 */
export function parseSlots(item: Uint8Array, path: string, budget: Budget): Slots {
  const value = decodeTagged(TAG_COSE_ENCRYPT, item, budget);
  const [content, , , recipients] = encryptShape.read(value, { path, budget });
  for (const [header, { ek }] of recipients) {
    if (ek.length !== SUITES[header.value.alg].encapsulatedLength) fail("ERR_SCHEMA", { where: `${path}.ek` });
  }
  return { contentProtected: content.bytes, recipients };
}

const content = embed(contentHeader, { alg: FLOE_ALG });

export const writeSlots = (recipients: readonly Recipient[]): Uint8Array =>
  encodeTagged(TAG_COSE_ENCRYPT, encryptShape.write([content, {}, null, recipients]));

/** The recipient's protected header. `kid` null: a hidden recipient. */
export const recipientProtected = (alg: RecipientHeader["alg"], kid: Uint8Array | null) =>
  embed(recipientHeader, kid === null ? { alg } : { alg, kid });

/** Recipient_structure of draft-ietf-cose-hpke section 3.2, the HPKE info of a key slot; `binding` is its extra info. */
export const recipientInfo = (nextAlg: number, recipient: Uint8Array, binding: Uint8Array): Uint8Array =>
  encode(["HPKE Recipient", nextAlg, recipient, binding]);

/** Enc_structure of RFC 9052 section 5.3 for the content, the aad of FLOE; `binding` is the external_aad. */
export const encStructure = (contentProtected: Uint8Array, binding: Uint8Array): Uint8Array =>
  encode(["Encrypt", contentProtected, binding]);

export const CONTENT_PROTECTED = content.bytes;
