/** Withholding (spec/envelope.md sections 6 and 8.4): portions taken out, a signed statement in their place, the rest as it was. */

import { embedAs } from "../cbor/schema.ts";
import { sign } from "../cose/sign.ts";
import { random } from "../crypto/random.ts";
import { fail } from "../errors.ts";
import type { Identity } from "../trust/identity.ts";
import { requireValidAt, type VerifiedCard } from "../trust/pin.ts";
import { requireOwnCard } from "../trust/request.ts";
import { checkBody, checkBodyHead, checkEnd, placeBodies } from "./bodies.ts";
import { inOrder, type Progress } from "./bulk.ts";
import { LIMITS } from "./format.ts";
import type { Sink } from "./source.ts";
import { requireMadeFor, requireMayWithhold, withheldPortions, withheldShape } from "./statements.ts";
import type { OpenEnvelope } from "./verify.ts";

/** Why something was taken out; for the reader, never for a decision. */
export const REASONS = { unstated: 0, "need-to-know": 1, release: 2, source: 3, size: 4 } as const;

export interface WithholdPlan {
  /** Who takes it out: a signer or a recipient of the envelope. */
  readonly identity: Identity;
  readonly card: VerifiedCard;
  /** Portion numbers, each present. */
  readonly drop: readonly number[];
  /** For whom the copy is made. */
  readonly madeFor: readonly VerifiedCard[];
  readonly reason: keyof typeof REASONS;
}

/**
 * Writes a copy of a verified envelope without the dropped portions. Every segment that is copied is checked against
 * its signed digest on the way.
 * @throws DipbagError ERR_SCHEMA where nothing is dropped or nobody is named; ERR_NO_SUCH_PORTION, ERR_WITHHELD, ERR_WITHHOLDER, ERR_WITHHELD_NOT_FOR_YOU, ERR_POSSESSION,
 * ERR_CARD_TIME, ERR_LIMIT; as readSegment, checkEnd
 */
export async function withhold(
  envelope: OpenEnvelope,
  plan: WithholdPlan,
  sink: Sink,
  progress?: Progress,
  bulk = inOrder,
): Promise<void> {
  const { source, head, statements, statementItems, bodies, end, at } = envelope;
  const drop = [...new Set(plan.drop)].sort((a, b) => a - b);
  const already = withheldPortions(statements);
  for (const portion of drop) {
    if (!bodies.some(({ portion: { number } }) => number === portion))
      fail("ERR_NO_SUCH_PORTION", { portion, portions: bodies.length });
    if (already.has(portion)) fail("ERR_WITHHELD", { portion });
  }
  requireMayWithhold(plan.card, head);
  requireMadeFor(statements, plan.card);
  requireOwnCard(plan.identity, plan.card);
  // The clock here may be behind the sender's.
  const time = Math.max(at, head.core.created);
  requireValidAt(plan.card, time);
  if (statements.length === LIMITS.statements) fail("ERR_LIMIT", { what: "number of withheld statements" });

  const payload = embedAs(
    withheldShape,
    {
      envelope: head.digest,
      portions: drop,
      madeFor: plan.madeFor.map(({ digest }) => digest),
      reason: REASONS[plan.reason],
      time,
      id: random(16),
      previous: statements.at(-1)?.digest ?? null,
      card: plan.card.signed.bytes,
    },
    "withheld",
  );
  const statement = sign("withheld", payload.bytes, [plan.identity.signing]);

  let position = 0;
  for (const item of [head.signed.bytes, ...statementItems, statement]) {
    await sink.write(item, position);
    position += item.length;
  }
  const copies = placeBodies(head, new Set([...already, ...drop]), position).bodies;
  for (const [i, body] of bodies.entries()) {
    const copy = copies[i]!;
    await sink.write(copy.head, copy.position - copy.head.length);
    if (copy.withheld) await checkBodyHead(source, body);
    else await checkBody(source, body, { sink, position: copy.position }, bulk, progress);
  }
  await checkEnd(source, end);
}
