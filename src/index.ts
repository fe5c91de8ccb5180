/**
 * The public surface of dipbag, for every platform. What needs a machine is in "dipbag/node".
 */

export { armour, dearmour, withoutArmour } from "./envelope/armour.ts";
export { type Bulk, inOrder, type Job, type Progress, type Step, type Work } from "./envelope/bulk.ts";
export type { PolicyPack } from "./envelope/decision.ts";
export type { Item } from "./envelope/format.ts";
export { parseHead, readHead, type UnverifiedHead } from "./envelope/head.ts";
export { type InputFile, type PackPlan, type PackReport, type PortionPlan, pack } from "./envelope/pack.ts";
export { bytesSource, type Sink, type Source } from "./envelope/source.ts";
export { type OpenedPortion, type Reader, unpack } from "./envelope/unpack.ts";
export { requireAllSigned, type Trust, type VerifiedHead } from "./envelope/verified.ts";
export { openEnvelope, type VerifiedEnvelope, verify, verifyBodies } from "./envelope/verify.ts";
export { REASONS, type WithholdPlan, withhold } from "./envelope/withhold.ts";
export { type Details, DipbagError, ERRORS, type ErrorCode, type Family, type Status } from "./errors.ts";
export { BUILT_IN } from "./label/builtin.ts";
export { type Decision, decide, type Question, type Subject } from "./label/decide.ts";
export type { Handling, Label, Labels } from "./label/label.ts";
export { banner, framed, parseMarking, portionMark } from "./label/marking.ts";
export { type Policies, type Policy, policies, readPolicy } from "./label/policy.ts";
export { overall } from "./label/rollup.ts";
export { type Claims, parseCard, signCard, type UnverifiedCard } from "./trust/card.ts";
export { createIdentity, type Identity, type KeySet, openIdentity } from "./trust/identity.ts";
export {
  makePin,
  type Pin,
  parseAuthority,
  readPin,
  type Scope,
  scopeOf,
  type VerifiedCard,
  verifyCard,
  writePin,
} from "./trust/pin.ts";
export {
  makeRequest,
  openSealedCard,
  sealCard,
  type VerifiedRequest,
  verifyRequest,
  type Wish,
} from "./trust/request.ts";
