/**
 * Pins: the authorities this reader trusts, each for a scope (spec/trust.md sections 5 and 6). The chain is one step: a card is
 * good if an authority that is pinned signed it and it claims nothing outside that authority's scope.
 */

import { equal, hex } from "../bytes.ts";
import { bytes, embed, list, name, type Of, readAs, required, struct } from "../cbor/schema.ts";
import { type SignerKeys, type UnverifiedSigned, verifySigned } from "../cose/sign.ts";
import { DipbagError, fail } from "../errors.ts";
import { type Proven, proven } from "../proof.ts";
import { isoTime } from "../time.ts";
import { AUTHORITY, environmentShape, keepCard, OFFICER, parseCard, type UnverifiedCard } from "./card.ts";

const scopeShape = struct({
  nations: required(1, list(name(3))),
  organisations: required(2, list(name())),
  communities: required(3, list(name(), 0)),
  policies: required(4, list(name(), 0)),
  environment: required(5, environmentShape),
});
export type Scope = Of<typeof scopeShape>;

const pinShape = struct({ card: required(1, bytes()), scope: required(2, scopeShape) });

/** An authority that was pinned by its fingerprint. Made by `makePin` and, from what that wrote, `readPin` only. */
export type Pin = { readonly authority: UnverifiedCard; readonly scope: Scope } & Proven<"pin">;

/** A card that a pinned authority signed, within that authority's scope. Made by `verifyCard` only. */
export type VerifiedCard = UnverifiedCard & Proven<"card">;
type Claims = UnverifiedCard["claims"];

/** @throws DipbagError as parseCard; ERR_NOT_AN_AUTHORITY */
function parseSelf(item: Uint8Array): UnverifiedCard {
  const card = parseCard(item);
  const { issuer, subject, roles } = card.claims;
  if (issuer !== subject || !roles.includes(AUTHORITY)) fail("ERR_NOT_AN_AUTHORITY", { name: subject });
  return card;
}

/**
 * An authority's card: signed by its own keys, role authority. That proves possession of the keys and no more.
 * @throws DipbagError as parseCard; ERR_NOT_AN_AUTHORITY; ERR_SIGNATURES, ERR_SIGNATURE
 */
export function parseAuthority(item: Uint8Array): UnverifiedCard {
  const card = parseSelf(item);
  verifySigned(card.signed, [card.signer]);
  return card;
}

/** The widest scope an authority can be pinned for: what its own card claims. */
export const scopeOf = ({ claims }: UnverifiedCard): Scope => ({
  nations: [claims.nation],
  organisations: claims.identifiers,
  communities: claims.communities.map(([community]) => community),
  policies: claims.clearances.map(([policy]) => policy),
  environment: claims.environment,
});

/** A fingerprint as it is compared: 64 digits in lower case, blanks and colons ignored. */
export const digitsOf = (fingerprint: string): string => fingerprint.replace(/[\s:]/g, "").toLowerCase();

/**
 * Pins an authority by its full fingerprint: the digest of its card in hexadecimal, 64 digits, blanks and colons
 * ignored, obtained by another channel.
 * @throws DipbagError ERR_FINGERPRINT; as parseAuthority
 */
export function makePin(item: Uint8Array, fingerprint: string): Pin {
  const authority = parseAuthority(item);
  if (digitsOf(fingerprint) !== hex(authority.digest)) fail("ERR_FINGERPRINT");
  return proven<Pin>({ authority, scope: scopeOf(authority) });
}

export const writePin = ({ authority, scope }: Pin): Uint8Array =>
  embed(pinShape, { card: authority.signed.bytes, scope }).bytes;

/**
 * What `writePin` wrote, from where nobody else writes: that the authority has its keys was seen when it was pinned.
 * @throws DipbagError as parseCard; ERR_NOT_AN_AUTHORITY
 */
export function readPin(item: Uint8Array): Pin {
  const { card, scope } = readAs(pinShape, item, "pin");
  return proven<Pin>({ authority: parseSelf(card), scope });
}

/**
 * Verifies a card against the pins.
 * @throws DipbagError ERR_UNTRUSTED where no pinned authority signed it; ERR_SIGNATURES, ERR_SIGNATURE; ERR_OUT_OF_SCOPE;
 * ERR_CARD_TIME where the authority's card was not valid when this one was issued
 */
export function verifyCard(card: UnverifiedCard, pins: readonly Pin[]): VerifiedCard {
  const { name, issuer, issuedAt } = card.claims;
  return underPin(
    card.signed,
    pins,
    () => fail("ERR_UNTRUSTED", { name, issuer }),
    (pin) => {
      requireInScope(card.claims, pin);
      requireValidAt(pin.authority, issuedAt);
      keepCard(card);
      return proven<VerifiedCard>(card);
    },
  );
}

/** By whose keys something was found to be signed: that stays so, whatever the time and the scope. */
const found = new WeakMap<UnverifiedSigned, SignerKeys>();

/** Verifies one signer's signatures, once. @throws DipbagError ERR_SIGNATURES, ERR_SIGNATURE */
function requireSignedBy(signer: SignerKeys, signed: UnverifiedSigned): void {
  if (found.get(signed) === signer) return;
  verifySigned(signed, [signer]);
  found.set(signed, signer);
}

/**
 * What `accept` makes of something that an authority signed, and the first pin of that authority which it accepts.
 * @throws DipbagError as `stranger` where no pinned authority signed it; ERR_SIGNATURES, ERR_SIGNATURE; as `accept`
 */
export function underPin<T>(
  signed: UnverifiedSigned,
  pins: readonly Pin[],
  stranger: () => never,
  accept: (pin: Pin) => T,
): T {
  const kid = signed.signatures[0]?.[0].value.kid;
  let refusal: DipbagError | undefined;
  // An authority that has renewed its card on the same keys is pinned twice.
  for (const pin of pins.filter(({ authority }) => kid !== undefined && equal(authority.signer.classical.kid, kid))) {
    try {
      requireSignedBy(pin.authority.signer, signed);
      return accept(pin);
    } catch (error) {
      if (!(error instanceof DipbagError)) throw error;
      refusal = error;
    }
  }
  throw refusal ?? stranger();
}

/** @throws DipbagError ERR_OUT_OF_SCOPE where a card claims what its issuer may not give */
export function requireInScope(claims: Claims, pin: Pin): void {
  const what = outsideScope(claims, pin);
  if (what !== undefined) fail("ERR_OUT_OF_SCOPE", { name: claims.name, issuer: claims.issuer, what });
}

function outsideScope(claims: Claims, { authority, scope }: Pin): string | undefined {
  const within = (allowed: readonly string[], claimed: readonly string[]) => claimed.find((x) => !allowed.includes(x));
  if (claims.issuer !== authority.claims.subject) return "issuer";
  if (claims.roles.some((role) => role !== OFFICER)) return "role";
  if (claims.environment !== scope.environment) return "environment";
  return (
    within(scope.nations, [claims.nation]) ??
    within(scope.organisations, claims.identifiers) ??
    within(
      scope.communities,
      claims.communities.map(([community]) => community),
    ) ??
    within(
      scope.policies,
      claims.clearances.map(([policy]) => policy),
    )
  );
}

/** @throws DipbagError ERR_CARD_TIME where `time` (Unix seconds) is outside the card's validity */
export function requireValidAt(card: UnverifiedCard, time: number): void {
  if (isValidAt(card, time)) return;
  const { name, notBefore, expires } = card.claims;
  const reason = time < notBefore ? `is not valid before ${isoTime(notBefore)}` : `expired at ${isoTime(expires)}`;
  fail("ERR_CARD_TIME", { name, reason });
}

export const isValidAt = ({ claims }: UnverifiedCard, time: number): boolean =>
  claims.notBefore <= time && time <= claims.expires;
