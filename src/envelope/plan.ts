/** What is to be packed, and whether it may be (spec/envelope.md section 8.1, steps P1 to P3): no secret is needed for that. */

import { type Embedded, embedAs } from "../cbor/schema.ts";
import type { KemKey } from "../cose/key.ts";
import { random } from "../crypto/random.ts";
import { fail } from "../errors.ts";
import { join } from "../label/join.ts";
import { type Handling, type Label, type Labels, labelsShape } from "../label/label.ts";
import { banner } from "../label/marking.ts";
import { policyOf, type Sealing } from "../label/valid.ts";
import type { Identity } from "../trust/identity.ts";
import { requireValidAt, type VerifiedCard } from "../trust/pin.ts";
import { checkNames, readIndex, writeIndex } from "./contents.ts";
import {
  audienceOf,
  checkLabels,
  chooseKeys,
  decideSlot,
  policyRefs,
  requirePermitted,
  type SlotDecision,
  sealingBy,
} from "./decision.ts";
import { type Core, coreShape, type Item, LIMITS, ORIGINATOR, VERSION } from "./format.ts";
import { padme } from "./layout.ts";
import type { PolicyPack } from "./policy-pack.ts";
import type { Source } from "./source.ts";

/** A file to be packed. Exactly `size` bytes are read from `source`. */
export interface InputFile extends Item {
  readonly source: Source;
}

/** One portion of the plan: who gets it, under which label. */
export interface PortionPlan {
  readonly labels: Labels;
  readonly files: readonly InputFile[];
  readonly recipients: readonly VerifiedCard[];
}

export interface PackPlan {
  readonly identity: Identity;
  /** The sender's own card: the originator's. */
  readonly card: VerifiedCard;
  /** The envelope's labels; the originator's dominates those of all portions. */
  readonly labels: Labels;
  readonly handling: Handling;
  readonly portions: readonly PortionPlan[];
  readonly policies: readonly PolicyPack[];
  /** Unix seconds. */
  readonly created: number;
  /** Hide the lengths of the portions (Padmé). */
  readonly pad: boolean;
  /** Leave out which keys can open; not which nations, label or how many. */
  readonly hideRecipients: boolean;
}

/** A portion whose sizes are settled: what is still open is the key, the ciphertext and its digests. */
export interface Prepared extends Omit<PortionPlan, "labels"> {
  readonly labels: Embedded<Labels>;
  readonly index: Uint8Array;
  /** P of section 5. */
  readonly plaintext: number;
  readonly keys: readonly KemKey[];
}

/** What can be settled without a secret: what goes where, and the core. */
export type Plan = Omit<PackPlan, "identity">;

/** A plan that has been looked at: what goes where, under which policies, and what was decided about each recipient. */
export interface ExaminedPlan {
  readonly core: Core;
  readonly prepared: readonly Prepared[];
  /** The packs that the envelope will name. */
  readonly packs: readonly PolicyPack[];
  readonly decisions: readonly SlotDecision[];
}

/**
 * Steps P1 to P3 but for the verdicts: everything that a reader will check of the plan, and the decision for every slot.
 * @throws DipbagError ERR_NAME, ERR_NAME_TWICE, ERR_LIMIT, ERR_TOO_MANY, ERR_ENVELOPE_TOO_LARGE, ERR_NO_RECIPIENT,
 * ERR_RECIPIENT_TWICE, ERR_SUITES_MIXED, ERR_CARD_TIME, ERR_REASON_MISSING; ERR_SCHEMA where a text is too long or a list too large; as checkLabels
 */
export function examinePlan(plan: Plan): ExaminedPlan {
  const { card, created: at, hideRecipients: hidden } = plan;
  const prepared = plan.portions.map((portion) => prepare(portion, plan.pad));
  checkLimits(prepared, hidden);
  const core = makeCore(plan);
  const all = plan.portions.map(({ labels }) => labels);
  const packs = checkLabels(core, all, card, plan.policies, at);
  requireReason(plan, sealingBy(card, at, packs));
  requireValidAt(card, at);
  const decisions = prepared.flatMap(({ labels, recipients, keys }, i) =>
    recipients.map((recipient, k): SlotDecision => {
      requireValidAt(recipient, at);
      const slot = { recipient, alg: keys[k]!.alg, hidden, action: "seal-to" } as const;
      const decision = decideSlot({ core, labels: labels.value, originator: card, packs, at, ...slot });
      return { portion: i + 1, recipient, decision };
    }),
  );
  embedAs(coreShape, core, "core");
  return { core, prepared, packs, decisions };
}

/**
 * Steps P1 to P3, before anybody is asked for a passphrase: the whole envelope is refused for one slot that is denied.
 * @throws DipbagError as examinePlan; the refusal of a slot
 */
export function checkPlan(plan: Plan): ExaminedPlan {
  const examined = examinePlan(plan);
  for (const { decision } of examined.decisions) requirePermitted(decision);
  return examined;
}

/** A whole that is labelled above the roll-up of its parts says why. @throws DipbagError ERR_REASON_MISSING */
function requireReason({ labels, handling, portions }: Plan, sealing: Sealing): void {
  const [first, ...others] = portions.map((portion) => portion.labels.originator);
  if (first === undefined || handling.compilationReason !== undefined) return;
  const shown = (...parts: readonly [Label, ...Label[]]): string => {
    const marking = join(parts, sealing);
    return banner(marking, policyOf(marking, sealing));
  };
  const [parts, label] = [shown(first, ...others), shown(labels.originator, first, ...others)];
  if (label !== parts) fail("ERR_REASON_MISSING", { label, parts });
}

/** Step P1: names, index, lengths, and the key of each recipient. */
function prepare({ labels, files, recipients }: PortionPlan, pad: boolean): Prepared {
  const items = files.map(({ source, ...item }): Item => item);
  checkNames(items);
  const index = writeIndex(items);
  const length = items.reduce((sum, { size }) => sum + size, index.length);
  if (!Number.isSafeInteger(length)) fail("ERR_ENVELOPE_TOO_LARGE");
  const plaintext = pad ? padme(length) : length;
  readIndex(index, plaintext);
  return {
    labels: embedAs(labelsShape, labels, "labels"),
    files,
    recipients,
    index,
    plaintext,
    keys: chooseKeys(recipients),
  };
}

function checkLimits(portions: readonly Prepared[], hidden: boolean): void {
  const total = (count: (portion: Prepared) => number) => portions.reduce((sum, portion) => sum + count(portion), 0);
  const over = (what: string): never => fail("ERR_TOO_MANY", { what });
  if (portions.length > LIMITS.portions) over(`${LIMITS.portions} portions`);
  if (total(({ files }) => files.length) > LIMITS.items) over(`${LIMITS.items} files`);
  const slots = hidden ? LIMITS.hiddenSlots : LIMITS.slots;
  if (total(({ keys }) => keys.length) > slots) over(`${slots}${hidden ? " hidden" : ""} recipients`);
}

function makeCore({ card, labels, handling, portions, policies, created }: Plan): Core {
  const all = [labels, ...portions.map((portion) => portion.labels)];
  return {
    version: VERSION,
    id: random(16),
    created,
    labels,
    handling,
    signers: [[ORIGINATOR, card.digest]],
    policies: policyRefs(all, policies, created),
    audience: audienceOf(
      portions.map((portion) => portion.labels),
      sealingBy(card, created, policies),
    ),
  };
}
