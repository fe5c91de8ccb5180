/**
 * The public surface of dipbag, for every platform. What needs a machine is in "dipbag/node".
 */

export { armour, dearmour, withoutArmour } from "./envelope/armour.ts";
export { type Bulk, inOrder, type Job, type Progress, type Work } from "./envelope/bulk.ts";
export type { Item } from "./envelope/format.ts";
export { parseHead, readHead, type UnverifiedHead } from "./envelope/head.ts";
export { type PackReport, pack } from "./envelope/pack.ts";
export {
  checkPlan,
  type ExaminedPlan,
  examinePlan,
  type InputFile,
  type PackPlan,
  type PortionPlan,
} from "./envelope/plan.ts";
export {
  type Admission,
  admitPolicy,
  type GovernedPack,
  type PolicyPack,
  parsePolicy,
  signPolicy,
  type UnverifiedPolicy,
  verifyPolicy,
} from "./envelope/policy-pack.ts";
export { bytesSource, type Sink, type Source } from "./envelope/source.ts";
export { type OpenedPortion, type Reader, unpack } from "./envelope/unpack.ts";
export { requireAllSigned, type Trust, type VerifiedHead } from "./envelope/verified.ts";
export { type OpenEnvelope, openEnvelope, type VerifiedEnvelope, verify, verifyBodies } from "./envelope/verify.ts";
export { REASONS, type WithholdPlan, withhold } from "./envelope/withhold.ts";
export { type Details, DipbagError, ERRORS, type ErrorCode, type Family, type Status, type Step } from "./errors.ts";
export { BUILT_IN } from "./label/builtin.ts";
export { decide } from "./label/decide.ts";
export { explainJoin, join, joinHandling } from "./label/join.ts";
export type { Handling, Label, Labels } from "./label/label.ts";
export { banner, framed, pageLines, parseMarking, portionMark, render } from "./label/marking.ts";
export { type Policies, type Policy, policies, readPolicy } from "./label/policy.ts";
export type { Consent, Decision, Evidence, Objection, Person, Question, Subject } from "./label/question.ts";
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
  parseRequest,
  sealCard,
  type UnverifiedRequest,
  type VerifiedRequest,
  verifyRequest,
  type Wish,
} from "./trust/request.ts";
