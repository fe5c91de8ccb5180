/** Private identities: seeds under a passphrase (spec/trust.md section 2). All keys come from 32-byte seeds. */

import { engine } from "#engine/secret";
import { encode } from "../cbor/codec.ts";
import { bytes, embed, fixed, list, literal, type Of, oneOf, readAs, required, struct, tuple } from "../cbor/schema.ts";
import { type PublicKey, publicKey, thumbprint } from "../cose/key.ts";
import type { SigningPair } from "../cose/sign.ts";
import { type DecapsulationKey, ED25519, ML_DSA_65, ML_DSA_87 } from "../crypto/engine.ts";
import { random } from "../crypto/random.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../crypto/suites.ts";
import { fail } from "../errors.ts";

const FORMAT = "dipbag-identity/1";
const SEED = 32;
const SALT = 16;
const NONCE = 12;

const seedsShape = struct({
  ed25519: required(1, fixed(SEED)),
  mlDsa: required(2, tuple(oneOf(ML_DSA_65, ML_DSA_87), fixed(SEED))),
  kems: required(3, list(tuple(oneOf(HPKE_9_KE, HPKE_10_KE, HPKE_3_KE), fixed(SEED)), 0, 4)),
});
const fileShape = tuple(literal(FORMAT), fixed(SALT), fixed(NONCE), bytes(1, 1024));

/** A KEM key of this identity. */
export interface OwnKem {
  readonly alg: SuiteAlg;
  readonly kid: Uint8Array;
  readonly key: DecapsulationKey;
}

/** Unlocked: all secrets of one holder. */
export interface Identity {
  readonly signing: SigningPair;
  readonly kems: readonly OwnKem[];
  /** In the order in which cards and requests list them. */
  readonly publicKeys: readonly PublicKey[];
}

/** Which keys an identity has: the ML-DSA level goes with the KEM level. An authority has no KEM key. */
export type KeySet = "hybrid-768" | "hybrid-1024" | "classical" | "authority";
const KEY_SETS: Readonly<Record<KeySet, readonly [typeof ML_DSA_65 | typeof ML_DSA_87, readonly SuiteAlg[]]>> = {
  "hybrid-768": [ML_DSA_65, [HPKE_9_KE]],
  "hybrid-1024": [ML_DSA_87, [HPKE_10_KE]],
  classical: [ML_DSA_65, [HPKE_3_KE]],
  authority: [ML_DSA_87, []],
};

/** Makes a new identity and seals it at once. Returns the identity file and the unlocked identity. */
export async function createIdentity(keySet: KeySet, passphrase: Uint8Array) {
  const [mlDsa, kems] = KEY_SETS[keySet];
  const seeds = {
    ed25519: random(SEED),
    mlDsa: [mlDsa, random(SEED)] as const,
    kems: kems.map((alg) => [alg, random(SEED)] as const),
  };
  const [salt, nonce] = [random(SALT), random(NONCE)];
  const aead = engine.aesGcm(await engine.scrypt(passphrase, salt));
  const sealed = await aead.seal(nonce, embed(seedsShape, seeds).bytes, fileAad(salt, nonce));
  return { file: embed(fileShape, [FORMAT, salt, nonce, sealed]).bytes, identity: unlocked(seeds) };
}

/**
 * Unlocks an identity file. A wrong passphrase and a damaged file are one condition, and cost the same: scrypt runs for
 * both.
 * @throws DipbagError ERR_PASSPHRASE
 */
export async function openIdentity(file: Uint8Array, passphrase: Uint8Array): Promise<Identity> {
  const [, salt, nonce, sealed] = parsed(file) ?? NOT_AN_IDENTITY;
  const aead = engine.aesGcm(await engine.scrypt(passphrase, salt));
  try {
    return unlocked(readAs(seedsShape, await aead.open(nonce, sealed, fileAad(salt, nonce)), "identity"));
  } catch {
    return fail("ERR_PASSPHRASE");
  }
}

/** Of the form that opens with no passphrase. */
const NOT_AN_IDENTITY = [FORMAT, new Uint8Array(SALT), new Uint8Array(NONCE), new Uint8Array(129)] as const;

function parsed(file: Uint8Array): Of<typeof fileShape> | undefined {
  try {
    return readAs(fileShape, file, "identity");
  } catch {
    return undefined;
  }
}

const fileAad = (salt: Uint8Array, nonce: Uint8Array) => encode([FORMAT, salt, nonce]);

function unlocked(seeds: Of<typeof seedsShape>): Identity {
  const [mlDsaAlg, mlDsaSeed] = seeds.mlDsa;
  const signing: SigningPair = {
    classical: engine.signingKey(ED25519, seeds.ed25519),
    postQuantum: engine.signingKey(mlDsaAlg, mlDsaSeed),
  };
  const kems = seeds.kems.map(([alg, seed]): OwnKem => {
    const key = engine.decapsulationKey(SUITES[alg].kem, seed);
    return { alg, key, kid: thumbprint(alg, key.publicKey) };
  });
  const { classical, postQuantum } = signing;
  const publicKeys = [
    publicKey(classical.alg, classical.publicKey),
    publicKey(postQuantum.alg, postQuantum.publicKey),
    ...kems.map(({ alg, key }) => publicKey(alg, key.publicKey)),
  ];
  return { signing, kems, publicKeys };
}
