/**
 * From keys to a card (spec/trust.md section 3). The request is signed by its signing keys. That its KEM keys are the
 * holder's is proven as in RFC 4211 section 4.2 (encrCert): the card comes back sealed to each of them in turn, so that
 * only who holds them all can open and use it.
 */

import { engine } from "#engine/public";
import { concat, equal } from "../bytes.ts";
import { encode } from "../cbor/codec.ts";
import { newBudget } from "../cbor/scan.ts";
import { bytes, embedAs, list, name, type Of, readAs, required, struct, tuple } from "../cbor/schema.ts";
import { parseSigned, sign, type UnverifiedSigned, verifySigned } from "../cose/sign.ts";
import { CEK_LENGTH, CONTENT_PROTECTED, encStructure, parseSlots, writeSlots } from "../cose/slots.ts";
import { unwrapKey } from "../cose/unwrap.ts";
import { wrapKey } from "../cose/wrap.ts";
import { startDecryption, startEncryption } from "../crypto/floe.ts";
import { HEADER_LENGTH } from "../crypto/floe-layout.ts";
import { random } from "../crypto/random.ts";
import { fail } from "../errors.ts";
import { type Proven, proven } from "../proof.ts";
import { type CardKeys, environmentShape, keySetShape, parseCard, sortKeys, type UnverifiedCard } from "./card.ts";
import type { Identity } from "./identity.ts";

const wishShape = struct({
  name: required(1, name()),
  identifiers: required(2, list(name(), 1, 16)),
  nation: required(3, name(3)),
  environment: required(4, environmentShape),
  keys: required(5, keySetShape),
});
export type Wish = Of<typeof wishShape>;

/** Well-formed, with sound keys; whether they signed it has not been looked at. */
export interface UnverifiedRequest extends CardKeys {
  readonly signed: UnverifiedSigned;
  readonly wish: Wish;
  /** SHA-256 of the request's tagged COSE_Sign bytes. */
  readonly digest: Uint8Array;
}
/** A request whose signatures verified: whoever wrote it holds the signing keys. */
export type VerifiedRequest = UnverifiedRequest & Proven<"request">;

/** The request for a card that says this, signed by the identity that it is for. @throws DipbagError ERR_SCHEMA where no card could */
export const makeRequest = (wish: Omit<Wish, "keys">, identity: Identity): Uint8Array =>
  sign("request", embedAs(wishShape, { ...wish, keys: identity.publicKeys }, "request").bytes, [identity.signing]);

/** @throws DipbagError as parseSigned; ERR_SCHEMA, ERR_KEY_INVALID */
export function parseRequest(item: Uint8Array): UnverifiedRequest {
  const signed = parseSigned("request", item);
  const wish = readAs(wishShape, signed.payload, "request");
  return { signed, wish, digest: engine.sha256(item), ...sortKeys(wish.keys) };
}

/** @throws DipbagError as parseRequest; ERR_SIGNATURES, ERR_SIGNATURE */
export function verifyRequest(item: Uint8Array): VerifiedRequest {
  const request = parseRequest(item);
  verifySigned(request.signed, [request.signer]);
  return proven<VerifiedRequest>(request);
}

/** One FLOE segment holds any card. */
const SEGMENT_LENGTH = 2 ** 20;
const sealedShape = tuple(bytes(), bytes(HEADER_LENGTH));
const cardBinding = (request: Uint8Array) => engine.sha256(encode(["dipbag/1 card", request]));

/** Seals `card` to the KEM keys of the request, one layer for each: [COSE_Encrypt_Tagged, FLOE header and segment]. */
export async function sealCard(card: Uint8Array, { kems, digest }: VerifiedRequest): Promise<Uint8Array> {
  const binding = cardBinding(digest);
  let sealed = card;
  for (const kem of kems) {
    const cek = random(CEK_LENGTH);
    const slots = writeSlots([await wrapKey(kem, false, cek, binding)]);
    const aad = encStructure(CONTENT_PROTECTED, binding);
    const floe = startEncryption(cek, random(32), aad, SEGMENT_LENGTH);
    const content = concat(floe.header, await floe.sealSegment(0, true, random(12), sealed));
    sealed = encode(sealedShape.write([slots, content]));
  }
  return sealed;
}

/**
 * Opens a card sealed for `identity` as the answer to its request. A card that is not sealed is taken as it is.
 * @throws DipbagError as parseCard; ERR_POSSESSION where it was sealed for other keys or another request, or is a card
 * for other keys
 */
export async function openSealedCard(
  item: Uint8Array,
  request: VerifiedRequest,
  identity: Identity,
): Promise<UnverifiedCard> {
  const binding = cardBinding(request.digest);
  let sealed = item;
  for (let layer = 0; sealed[0] === 0x82; layer++) {
    if (layer === request.kems.length) fail("ERR_POSSESSION");
    const budget = newBudget();
    const [encrypt, content] = readAs(sealedShape, sealed, "sealed card", budget);
    const { recipients, contentProtected } = parseSlots(encrypt, "sealed card", budget);
    const [slot, ...others] = recipients;
    const { alg, kid } = slot?.[0].value ?? {};
    const own = identity.kems.find((kem) => kem.alg === alg && kid !== undefined && equal(kem.kid, kid));
    const cek = own && slot && others.length === 0 && (await unwrapKey(slot, own.key, binding));
    const header = content.subarray(0, HEADER_LENGTH);
    const floe = cek && startDecryption(cek, header, encStructure(contentProtected, binding), SEGMENT_LENGTH);
    const opened = floe && (await floe.openSegment(0, true, content.subarray(HEADER_LENGTH)));
    if (!opened) return fail("ERR_POSSESSION");
    sealed = opened;
  }
  const card = parseCard(sealed);
  requireOwnCard(identity, card);
  return card;
}

/** A card is for exactly the keys of this identity. @throws DipbagError ERR_POSSESSION */
export function requireOwnCard({ publicKeys }: Identity, { signer, kems }: CardKeys): void {
  const listed = [signer.classical, signer.postQuantum, ...kems];
  if (publicKeys.length !== listed.length || publicKeys.some(({ kid }, i) => !equal(kid, listed[i]!.kid))) {
    fail("ERR_POSSESSION");
  }
}
