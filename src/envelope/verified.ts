/**
 * Steps V3 to V5: from an `UnverifiedHead` to a `VerifiedHead`. Only the function here makes one, and all that is done
 * with an envelope's contents wants one.
 */

import { equal } from "../bytes.ts";
import { verifySigned } from "../cose/sign.ts";
import { fail } from "../errors.ts";
import { requireMade } from "../label/conditions.ts";
import { type Proven, proven } from "../proof.ts";
import { type Pin, requireValidAt, type VerifiedCard, verifyCard } from "../trust/pin.ts";
import { checkLabels, decideSlot, requirePermitted, requireSlots, type SlotDecision } from "./decision.ts";
import { type Core, ORIGINATOR } from "./format.ts";
import type { HeadPortion, UnverifiedHead } from "./head.ts";
import type { PolicyPack } from "./policy-pack.ts";

/** What this reader trusts and knows. */
export interface Trust {
  readonly pins: readonly Pin[];
  readonly policies: readonly PolicyPack[];
  /** The card with this digest, if this reader holds and trusts it. */
  card(digest: Uint8Array): VerifiedCard | undefined;
}

export interface Signer {
  readonly role: number;
  readonly card: VerifiedCard;
  /** Whether its pair of signatures is there; always so for the originator. */
  readonly signed: boolean;
}

/** Signed by a trusted originator, entitled to what it says, with labels, audience and slots that agree. */
export interface VerifiedHead extends UnverifiedHead, Proven<"head"> {
  readonly signers: readonly [Signer, ...Signer[]];
  /** The packs that the envelope names, as far as they are known here. */
  readonly policies: readonly PolicyPack[];
  /** Taken again, as of when it was sealed, for every recipient whose card is known here; all of them permit. */
  readonly decisions: readonly SlotDecision[];
}

/**
 * `at`: Unix seconds, the time for which the answer holds; where it is no number, all is in the future.
 * @throws DipbagError as verifyCard, verifySigned; ERR_CARD_TIME, ERR_FUTURE; as checkLabels and decideSlot
 */
export function verifyHead(head: UnverifiedHead, trust: Trust, at: number): VerifiedHead {
  const cards = head.cards.map((card) => verifyCard(card, trust.pins));
  const present = verifySigned(
    head.signed,
    cards.map(({ signer }) => signer),
  );
  const { core } = head;
  const { created, signers: roles } = core;
  for (const card of cards) requireValidAt(card, created);
  requireMade(created, at);

  const [originator, ...others] = cards.map((card, i) => ({
    card,
    role: roles[i]?.[0] ?? ORIGINATOR,
    signed: present[i] === true,
  })) as [Signer, ...Signer[]];
  const labels = head.portions.map((portion) => portion.labels.value);
  const policies = checkLabels(core, labels, originator.card, trust.policies, at);
  const decisions = head.portions.flatMap((portion) => {
    const taken = decideKnownSlots(portion, core, originator.card, policies, trust);
    requireSlots(portion, core, originator.card, policies);
    return taken;
  });
  return proven<VerifiedHead>({ ...head, signers: [originator, ...others], policies, decisions });
}

/** The decision to seal, taken again for each recipient whose card is known here; the others are unknown, not denied. */
function decideKnownSlots(
  portion: HeadPortion,
  core: Core,
  originator: VerifiedCard,
  packs: readonly PolicyPack[],
  trust: Trust,
): readonly SlotDecision[] {
  const labels = portion.labels.value;
  return portion.slots.recipients.flatMap(([header], i) => {
    const digest = portion.recipients[i];
    const { alg, kid } = header.value;
    const recipient = digest ? trust.card(digest) : undefined;
    if (recipient === undefined || kid === undefined) return [];
    if (!recipient.kems.some((key) => key.alg === alg && equal(key.kid, kid)))
      fail("ERR_SLOT_KEY", { name: recipient.claims.name });
    const question = { core, labels, originator, recipient, alg, hidden: false, action: "seal-to", packs } as const;
    const decision = decideSlot({ ...question, at: core.created });
    requirePermitted(decision);
    return [{ portion: portion.number, recipient, decision }];
  });
}

/** @throws DipbagError ERR_SIGNATURE_MISSING where a signer other than the originator has not signed yet */
export function requireAllSigned({ signers }: VerifiedHead): void {
  const missing = signers.find(({ signed }) => !signed);
  if (missing) fail("ERR_SIGNATURE_MISSING", { name: missing.card.claims.name });
}
