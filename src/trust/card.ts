/**
 * Cards: a signed public identity (spec/trust.md section 4). A card is a CWT (RFC 8392) in a COSE_Sign by the authority that
 * issued it. An authority's own card is signed by itself and trusted only through a pin.
 */

import { engine } from "#engine/public";
import { equal, hex } from "../bytes.ts";
import { decode } from "../cbor/codec.ts";
import { type Budget, newBudget } from "../cbor/scan.ts";
import {
  embedAs,
  fixed,
  list,
  name,
  nullable,
  type Of,
  oneOf,
  optional,
  readAs,
  required,
  struct,
  tuple,
  uint,
} from "../cbor/schema.ts";
import { type KemKey, type PublicKey, publicKeyShape } from "../cose/key.ts";
import { parseSigned, type SignerKeys, type SigningPair, sign, type UnverifiedSigned } from "../cose/sign.ts";
import { ED25519 } from "../crypto/engine.ts";
import { HPKE_3_KE, HPKE_9_KE } from "../crypto/suites.ts";
import { ENVIRONMENT } from "../environment.ts";
import { fail } from "../errors.ts";

export const OFFICER = 0;
export const AUTHORITY = 1;

export const environmentShape = oneOf(ENVIRONMENT.operation, ENVIRONMENT.exercise);
/** Ed25519, ML-DSA, and up to four KEM keys (COSE_KeySet, RFC 9052 section 7). */
export const keySetShape = list(publicKeyShape, 2, 6);
/** [community, member since, until]: Unix seconds. */
const membershipShape = tuple(name(), uint(), nullable(uint()));
/** [policy, classes it may see, [tag, values it may see]...] */
const clearanceShape = tuple(name(), list(name()), list(tuple(name(), list(name())), 0));

const NAME = -65543;
/** CWT claims (RFC 8392 section 3.1), and dipbag's from the private range. Times are Unix seconds. */
const claimsShape = struct({
  issuer: required(1, name()),
  subject: required(2, name()),
  expires: required(4, uint()),
  notBefore: required(5, uint()),
  issuedAt: required(6, uint()),
  id: required(7, fixed(16)),
  keys: required(-65537, keySetShape),
  nation: required(-65538, name(3)),
  identifiers: required(-65539, list(name(), 1, 16)),
  communities: required(-65540, list(membershipShape, 0, 64)),
  clearances: required(-65541, list(clearanceShape, 0, 64)),
  environment: required(-65542, environmentShape),
  name: required(NAME, name()),
  roles: required(-65544, list(oneOf(OFFICER, AUTHORITY), 1, 2)),
  /** Numbers of the obligations (spec/label.md section 6.1) that the holder can be bound to. */
  fulfils: optional(-65545, list(uint(255), 1, 32)),
});
export type Claims = Of<typeof claimsShape>;

export interface CardKeys {
  readonly signer: SignerKeys;
  readonly kems: readonly KemKey[];
}

/** Well-formed, with sound keys; who signed it has not been looked at. */
export interface UnverifiedCard extends CardKeys {
  readonly signed: UnverifiedSigned;
  readonly claims: Claims;
  /** SHA-256 of the card's tagged COSE_Sign bytes. */
  readonly digest: Uint8Array;
  /** How many items of a budget it takes to read it. */
  readonly items: number;
}

/** Bytes with the tag. Keys and signatures are a third of it, with the largest algorithms there are. */
export const MAX_CARD = 32 * 1024;

/**
 * Cards that an authority vouched for, by digest. Of thousands of envelopes a few people have sealed most; to read a card, and above
 * all to check its keys, costs more than all else in a small envelope. Others are not kept: whoever sends them could make us forget
 * the good ones.
 */
const vouched = new Map<string, UnverifiedCard>();
const KEPT = 256;

/** The next `parseCard` of the same bytes answers this object, until 256 others have been kept. */
export function keepCard(card: UnverifiedCard): void {
  const key = hex(card.digest);
  if (vouched.has(key)) return;
  // The oldest goes, used or not: to write down each use would leave garbage that lives long.
  for (const oldest of vouched.keys()) {
    if (vouched.size < KEPT) break;
    vouched.delete(oldest);
  }
  vouched.set(key, card);
}

/**
 * The same object for the bytes of a card that is kept.
 * @throws DipbagError ERR_CBOR, ERR_LIMIT, ERR_SCHEMA, ERR_TYPE; ERR_KEY_INVALID where the keys are not sound or not
 * exactly one Ed25519, one ML-DSA and, but for an authority, at least one KEM key
 */
export function parseCard(bytes: Uint8Array, budget: Budget = newBudget()): UnverifiedCard {
  if (bytes.length > MAX_CARD) fail("ERR_LIMIT", { what: "length of a card" });
  const digest = engine.sha256(bytes);
  const known = vouched.get(hex(digest));
  // One that is kept spends what it did; where that is too much, it is read again as far as the budget goes.
  if (known === undefined || known.items > budget.items) return readCard(new Uint8Array(bytes), digest, budget);
  budget.items -= known.items;
  return known;
}

/** The name that a card states, whatever else it states: to look for one among many. @throws DipbagError as parseSigned; ERR_SCHEMA */
export function nameOnCard(bytes: Uint8Array): string {
  const claims = decode(parseSigned("card", bytes).payload);
  const name = claims instanceof Map ? claims.get(NAME) : undefined;
  return typeof name === "string" ? name : fail("ERR_SCHEMA", { where: `card.${NAME}` });
}

function readCard(bytes: Uint8Array, digest: Uint8Array, budget: Budget): UnverifiedCard {
  const before = budget.items;
  const signed = parseSigned("card", bytes, budget);
  const claims = readAs(claimsShape, signed.payload, "card", budget);
  const keys = sortKeys(claims.keys);
  if (keys.kems.length === 0 && !claims.roles.includes(AUTHORITY)) fail("ERR_KEY_INVALID", { reason: "no KEM key" });
  if (claims.notBefore > claims.expires) fail("ERR_SCHEMA", { where: "card.4" });
  const { clearances } = claims;
  if ([clearances, ...clearances.map(([, , tags]) => tags)].some(namesOneTwice))
    fail("ERR_SCHEMA", { where: "card.-65541" });
  return { signed, claims, digest, items: before - budget.items, ...keys };
}

const namesOneTwice = (entries: readonly (readonly [name: string, ...unknown[]])[]): boolean =>
  new Set(entries.map(([name]) => name)).size !== entries.length;

/** The claims of a card, signed by its authority. @throws DipbagError ERR_SCHEMA where they are none; ERR_LIMIT */
export const signCard = (claims: Claims, issuer: SigningPair): Uint8Array =>
  sign("card", embedAs(claimsShape, claims, "card").bytes, [issuer]);

/** @throws DipbagError ERR_KEY_INVALID */
export function sortKeys(keys: readonly PublicKey[]): CardKeys {
  const refuse = (reason: string): never => fail("ERR_KEY_INVALID", { reason });
  const [classical, postQuantum, ...rest] = keys;
  if (classical?.use !== "signature" || classical.key.alg !== ED25519) return refuse("the first key is not Ed25519");
  if (postQuantum?.use !== "signature" || postQuantum.key.alg === ED25519)
    return refuse("the second key is not ML-DSA");
  const kems = rest.map((key) => (key.use === "kem" ? key : refuse("more than two signing keys")));
  kems.forEach((key, i) => {
    if (kems.slice(0, i).some((other) => other.alg === key.alg)) refuse("two keys for one algorithm");
  });
  // A reused X25519 key would let a classical break open what a hybrid slot protects.
  const xwing = kems.find((key) => key.alg === HPKE_9_KE);
  const x25519 = kems.find((key) => key.alg === HPKE_3_KE);
  if (xwing !== undefined && x25519 !== undefined && equal(xwing.publicKey.subarray(-32), x25519.publicKey)) {
    refuse("the X25519 key is part of the X-Wing key");
  }
  return { signer: { classical, postQuantum }, kems };
}
