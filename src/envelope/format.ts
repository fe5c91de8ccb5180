/** The structures of an envelope (spec/envelope.md section 2), each described once; and the limits of section 9. */

import { engine } from "#engine/public";
import { encode } from "../cbor/codec.ts";
import {
  bytes,
  embedded,
  fixed,
  list,
  literal,
  name,
  nullable,
  type Of,
  oneOf,
  optional,
  required,
  struct,
  tuple,
  uint,
} from "../cbor/schema.ts";
import { HEADER_LENGTH } from "../crypto/floe-layout.ts";
import { handlingShape, labelsShape } from "../label/label.ts";

/** Limits for one envelope, checked before allocating. Those of CBOR itself stand in cbor/scan.ts. */
export const LIMITS = {
  head: 16 * 1024 * 1024,
  portions: 256,
  slots: 4096,
  hiddenSlots: 256,
  signers: 8,
  statements: 8,
  statement: 1024 * 1024,
  items: 16_384,
  contentsIndex: 1024 * 1024,
  segments: 65_536,
  armour: 64 * 1024 * 1024,
} as const;

/** Roles of a signer: who sealed it, who must release it, who owns it jointly, who releases it unseen. */
export const ORIGINATOR = 0;
const roleShape = oneOf(ORIGINATOR, 1, 2, 3);

const digest = fixed(32);
const signerShape = tuple(roleShape, digest);
/** [name, version, SHA-256 of the policy's payload bytes] */
const policyRefShape = tuple(name(), uint(), digest);
/** [relation, envelope digest]: 0 supersedes, 1 replies-to, 2 forwards, 3 recalls */
const linkShape = tuple(oneOf(0, 1, 2, 3), digest);

export const VERSION = 1;
/** Negative keys are taken out of it before it is read (parseHead). */
export const coreShape = struct({
  version: required(1, literal(VERSION)),
  id: required(2, fixed(16)),
  created: required(3, uint()),
  labels: required(4, labelsShape),
  handling: required(5, handlingShape),
  signers: required(6, list(signerShape, 1, LIMITS.signers)),
  policies: required(7, list(policyRefShape, 1, 64)),
  audience: required(8, list(name(), 1, 1024)),
  links: optional(9, list(linkShape, 1, 64)),
});
export type Core = Of<typeof coreShape>;

const portionShape = struct({
  labels: required(1, embedded(labelsShape)),
  length: required(2, uint()),
  digests: required(3, bytes(32, 32 * LIMITS.segments)),
  floeHeader: required(4, fixed(HEADER_LENGTH)),
  slots: required(5, bytes()),
  recipients: required(6, list(nullable(digest), 1, LIMITS.slots)),
});
export type Portion = Of<typeof portionShape>;

/** The core is read apart, for its version stands before its shape. */
export const manifestShape = tuple(bytes(), list(portionShape, 1, LIMITS.portions), list(bytes(), 1, LIMITS.signers));

/** [name, media type, size, modified] of one file. */
export const itemShape = struct({
  // Longer than a file name may be, so that a long one is named for what it is.
  name: required(1, name(4096)),
  mediaType: required(2, name()),
  size: required(3, uint()),
  modified: optional(4, uint()),
});
export type Item = Of<typeof itemShape>;
export const indexShape = list(itemShape, 1, LIMITS.items);

/**
 * What every key slot and every segment key of portion `number` (from 1) is bound to: who signs, the label, the
 * audience, the position and the time (section 2.3).
 */
export const binding = (core: Uint8Array, number: number, labels: Uint8Array): Uint8Array =>
  engine.sha256(encode(["dipbag/1", core, number, labels]));
