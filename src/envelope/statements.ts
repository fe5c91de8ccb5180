/** Withheld statements: who took out which portion, for whom, and that it may be so (spec/envelope.md section 6, step V6). */

import { engine } from "#engine/public";
import { equal } from "../bytes.ts";
import { newBudget } from "../cbor/scan.ts";
import { bytes, fixed, list, nullable, type Of, readAs, required, struct, uint } from "../cbor/schema.ts";
import { parseSigned, verifySigned } from "../cose/sign.ts";
import { fail } from "../errors.ts";
import { requireMade } from "../label/conditions.ts";
import { type Proven, proven } from "../proof.ts";
import { parseCard } from "../trust/card.ts";
import { requireValidAt, type VerifiedCard, verifyCard } from "../trust/pin.ts";
import { LIMITS } from "./format.ts";
import { readSignedItem } from "./head.ts";
import type { Source } from "./source.ts";
import type { Trust, VerifiedHead } from "./verified.ts";

export const withheldShape = struct({
  envelope: required(1, fixed(32)),
  portions: required(2, list(uint(LIMITS.portions), 1, LIMITS.portions)),
  madeFor: required(3, list(fixed(32), 1, LIMITS.slots)),
  reason: required(4, uint(255)),
  time: required(5, uint()),
  id: required(6, fixed(16)),
  previous: required(7, nullable(fixed(32))),
  card: required(8, bytes()),
});

/** A statement whose withholder is trusted and entitled, and which follows on its predecessors. */
export interface VerifiedStatement extends Proven<"statement"> {
  readonly payload: Of<typeof withheldShape>;
  readonly withholder: VerifiedCard;
  /** SHA-256 of the statement as received. */
  readonly digest: Uint8Array;
}

/** Reads the statements behind the head and verifies them. `end`: the position behind the last. */
export async function readStatements(source: Source, start: number, head: VerifiedHead, trust: Trust, at: number) {
  const statements: VerifiedStatement[] = [];
  const items: Uint8Array[] = [];
  let end = start;
  while ((await source.read(end, 1))[0] === 0xd8) {
    if (statements.length === LIMITS.statements) fail("ERR_LIMIT", { what: "number of withheld statements" });
    const item = await readSignedItem(source, end, LIMITS.statement);
    statements.push(verifyStatement(item, head, statements, trust, at));
    items.push(item);
    end += item.length;
  }
  return { statements, items, end };
}

/**
 * @throws DipbagError as parseSigned, parseCard, verifyCard; ERR_STATEMENT where it belongs to another envelope or does
 * not follow on its predecessor; ERR_WITHHOLDER where the withholder is neither a signer nor a recipient; ERR_FUTURE
 */
function verifyStatement(
  item: Uint8Array,
  head: VerifiedHead,
  earlier: readonly VerifiedStatement[],
  { pins }: Trust,
  at: number,
): VerifiedStatement {
  const budget = newBudget();
  const signed = parseSigned("withheld", item, budget);
  const payload = readAs(withheldShape, signed.payload, "withheld", budget);
  const withholder = verifyCard(parseCard(payload.card, budget), pins);
  requireValidAt(withholder, payload.time);
  verifySigned(signed, [withholder.signer]);

  const previous = earlier.at(-1);
  const taken = new Set(earlier.flatMap((statement) => statement.payload.portions));
  const follows =
    previous === undefined
      ? payload.previous === null
      : payload.previous !== null &&
        equal(payload.previous, previous.digest) &&
        previous.payload.madeFor.some((digest) => equal(digest, withholder.digest));
  const inOrder = payload.portions.every(
    (portion, i, all) => portion > (all[i - 1] ?? 0) && portion <= head.portions.length && !taken.has(portion),
  );
  const belongs = equal(payload.envelope, head.digest) && payload.time >= head.core.created;
  if (!belongs || !follows || !inOrder) fail("ERR_STATEMENT");
  requireMade(payload.time, at);
  requireMayWithhold(withholder, head);
  return proven<VerifiedStatement>({ payload, withholder, digest: engine.sha256(item) });
}

/** Its card is a signer's or named by a slot. @throws DipbagError ERR_WITHHOLDER */
export function requireMayWithhold({ digest, claims }: VerifiedCard, { core, portions }: VerifiedHead): void {
  const entitled = [...core.signers.map(([, card]) => card), ...portions.flatMap(({ recipients }) => recipients)];
  if (!entitled.some((card) => card !== null && equal(card, digest))) fail("ERR_WITHHOLDER", { name: claims.name });
}

export const withheldPortions = (statements: readonly VerifiedStatement[]): ReadonlySet<number> =>
  new Set(statements.flatMap(({ payload }) => payload.portions));

/** A withheld copy is for those its last statement names. @throws DipbagError ERR_WITHHELD_NOT_FOR_YOU */
export function requireMadeFor(statements: readonly VerifiedStatement[], { digest }: VerifiedCard): void {
  const last = statements.at(-1);
  if (last !== undefined && !last.payload.madeFor.some((reader) => equal(reader, digest))) {
    fail("ERR_WITHHELD_NOT_FOR_YOU", { name: last.withholder.claims.name });
  }
}
