/**
 * Signed policy packs (spec/trust.md section 7): the JSON of a policy in a COSE_Sign by the authority that governs it,
 * which the reader has pinned for that policy.
 */

import { engine } from "#engine/public";
import { equal, hex } from "../bytes.ts";
import { encode } from "../cbor/codec.ts";
import { parseSigned, type SignerKeys, type SigningPair, sign, type UnverifiedSigned } from "../cose/sign.ts";
import type { Environment } from "../environment.ts";
import { fail } from "../errors.ts";
import type { BuiltIn } from "../label/builtin.ts";
import { inForce, type Policy, readPolicy } from "../label/policy.ts";
import { proven } from "../proof.ts";
import type { UnverifiedCard } from "../trust/card.ts";
import { digitsOf, type Pin, requireValidAt, underPin } from "../trust/pin.ts";

/** Bytes: a policy of 1 MiB and its signatures. */
export const MAX_SIGNED_POLICY = 2 ** 20 + 2 ** 14;
/** What others than dipbag must not redefine. HARBOUR is fictional, and may grow. */
const RESERVED: readonly string[] = ["TLP", "PUBLIC"];

/** A policy known here, and the payload bytes whose SHA-256 names it: built in, or made by `verifyPolicy`. */
export interface PolicyPack extends BuiltIn {
  /** Who signed it, and for what that authority is pinned: exercise or operation. Absent from what is built in. */
  readonly governor?: UnverifiedCard;
  readonly environment?: Environment;
}

/** Well-formed; who signed it has not been looked at. */
export interface UnverifiedPolicy {
  readonly signed: UnverifiedSigned;
  readonly policy: Policy;
  readonly payload: Uint8Array;
  /** SHA-256 of the payload: what envelopes name the pack by. */
  readonly digest: Uint8Array;
  /**
   * What is told by another channel: which text, and by whose keys. The text alone would not do: everybody has it, and each
   * authority with this policy in its scope could sign it, and then what comes after it.
   */
  readonly fingerprint: Uint8Array;
}

/** A pack that a pinned authority signed, which may govern this policy. Made by `verifyPolicy` only. */
export interface GovernedPack extends UnverifiedPolicy, PolicyPack {
  readonly governor: UnverifiedCard;
  readonly environment: Environment;
}

/** Signs the JSON of a policy as it is. @throws DipbagError ERR_POLICY_FORMAT, ERR_POLICY_RESERVED */
export function signPolicy(payload: Uint8Array, governor: SigningPair): Uint8Array {
  readGovernable(payload);
  return sign("policy", payload, [governor]);
}

/** @throws DipbagError as parseSigned; ERR_POLICY_FORMAT, ERR_POLICY_RESERVED */
export function parsePolicy(item: Uint8Array): UnverifiedPolicy {
  const signed = parseSigned("policy", item);
  const { payload } = signed;
  const digest = engine.sha256(payload);
  const kids = signed.signatures.map(([header]) => header.value.kid);
  const fingerprint = engine.sha256(encode(["dipbag/1 policy", digest, ...kids]));
  return { signed, payload, policy: readGovernable(payload), digest, fingerprint };
}

/** The policy of a pack that somebody may sign. @throws DipbagError ERR_POLICY_FORMAT, ERR_POLICY_RESERVED */
export function readGovernable(payload: Uint8Array): Policy {
  const policy = readPolicy(payload);
  const { name } = policy.policy;
  if (RESERVED.includes(name)) fail("ERR_POLICY_RESERVED", { policy: name });
  return policy;
}

/**
 * Step T10: a pinned authority signed it, and is pinned for this policy. `at` (Unix seconds), where given: its card is
 * valid then. A pack that is held already stays good when the card of its governor expires, as old envelopes need it.
 * @throws DipbagError ERR_POLICY_SIGNER; ERR_SIGNATURES, ERR_SIGNATURE; ERR_CARD_TIME
 */
export function verifyPolicy(pack: UnverifiedPolicy, pins: readonly Pin[], at?: number): GovernedPack {
  const { name } = pack.policy.policy;
  const stranger = () => fail("ERR_POLICY_SIGNER", { policy: name });
  return underPin(pack.signed, pins, stranger, ({ authority, scope }) => {
    if (!scope.policies.includes(name)) stranger();
    if (at !== undefined) requireValidAt(authority, at);
    return proven<GovernedPack>({ ...pack, name, governor: authority, environment: scope.environment });
  });
}

/** @throws DipbagError ERR_POLICY_EXPIRED where its last day is over `at` (Unix seconds) */
export function requireUnexpired({ policy: { name }, version, validTo }: Policy, at: number): void {
  if (!inForce({ validTo }, at)) fail("ERR_POLICY_EXPIRED", { policy: name, version, until: validTo ?? "" });
}

/** What a pack meets that is to be taken in. */
export interface Admission {
  readonly pins: readonly Pin[];
  /** All packs here, the built-in ones too. */
  readonly held: readonly PolicyPack[];
  /** As told by another channel. */
  readonly fingerprint?: string | undefined;
  /** Unix seconds. */
  readonly at: number;
}

/**
 * Step T11: whether a pack may be taken in. The first of a governor needs its fingerprint; later ones stand on the keys
 * that signed the newest. One that is held may be taken in again; else it must be newer than all that are.
 * @throws DipbagError as parsePolicy and verifyPolicy; ERR_POLICY_EXPIRED, ERR_POLICY_NOT_NEWER, ERR_POLICY_FINGERPRINT,
 * ERR_POLICY_FINGERPRINT_NEEDED
 */
export function admitPolicy(item: Uint8Array, { pins, held, fingerprint, at }: Admission): GovernedPack {
  const pack = verifyPolicy(parsePolicy(item), pins, at);
  const { policy, version } = pack.policy;
  requireUnexpired(pack.policy, at);
  const known = held
    .filter((other) => other.policy.policy.name === policy.name)
    .sort((a, b) => b.policy.version - a.policy.version);
  const isHeld = known.some(({ governor, payload }) => governor !== undefined && equal(payload, pack.payload));
  const newest = known[0]?.policy.version;
  if (!isHeld && newest !== undefined && version <= newest) {
    fail("ERR_POLICY_NOT_NEWER", { policy: policy.name, version, held: newest });
  }
  if (fingerprint !== undefined) {
    if (digitsOf(fingerprint) !== hex(pack.fingerprint)) fail("ERR_POLICY_FINGERPRINT");
    return pack;
  }
  const before = known.find(({ governor }) => governor !== undefined)?.governor;
  if (before === undefined || !sameKeys(before.signer, pack.governor.signer)) {
    fail("ERR_POLICY_FINGERPRINT_NEEDED", { policy: policy.name });
  }
  return pack;
}

const sameKeys = (a: SignerKeys, b: SignerKeys): boolean =>
  equal(a.classical.kid, b.classical.kid) && equal(a.postQuantum.kid, b.postQuantum.kid);
