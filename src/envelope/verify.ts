/**
 * Verifying an envelope (spec/envelope.md section 8.2, steps V1 to V8). Needs no secret, and cannot reach code that
 * decrypts: a test follows its imports.
 */

import { type Proven, proven } from "../proof.ts";
import { requireUnixSeconds } from "../time.ts";
import { type Body, checkBody, checkEnd, placeBodies } from "./bodies.ts";
import { inOrder, type Progress } from "./bulk.ts";
import { readHead } from "./head.ts";
import type { Source } from "./source.ts";
import { readStatements, type VerifiedStatement, withheldPortions } from "./statements.ts";
import { requireAllSigned, type Trust, type VerifiedHead, verifyHead } from "./verified.ts";

/** A verified head and statements, and where the bodies stand. */
interface Envelope<What extends "open" | "verified"> extends Proven<What> {
  readonly source: Source;
  readonly trust: Trust;
  readonly at: number;
  readonly head: VerifiedHead;
  readonly statements: readonly VerifiedStatement[];
  /** The statements as received. */
  readonly statementItems: readonly Uint8Array[];
  /** One for each portion, in order. */
  readonly bodies: readonly Body[];
  /** Where the envelope ends. */
  readonly end: number;
}

/** After steps V1 to V6: what the bodies hold has not been looked at, and a signer other than the originator may be missing. */
export type OpenEnvelope = Envelope<"open" | "verified">;

/** After steps V1 to V8: every byte is what was signed, by all who must. It serves wherever an open one does. */
export type VerifiedEnvelope = Envelope<"verified">;

/**
 * Steps V1 to V6: nothing of a body is read. `at`: Unix seconds, the time for which the answer holds.
 * @throws DipbagError, each that a step from V1 to V6 of spec/envelope.md names; RangeError where `at` is no such time
 */
export async function openEnvelope(source: Source, trust: Trust, at: number): Promise<OpenEnvelope> {
  requireUnixSeconds(at);
  const { head: unverified, end: afterHead } = await readHead(source);
  const head = verifyHead(unverified, trust, at);
  const { statements, items, end: start } = await readStatements(source, afterHead, head, trust, at);
  const { bodies, end } = placeBodies(head, withheldPortions(statements), start);
  return proven<OpenEnvelope>({ source, trust, at, head, statements, statementItems: items, bodies, end });
}

/** Step V7: every byte of every portion that is present, by whom `bulk` says. */
export async function verifyBodies(envelope: OpenEnvelope, progress?: Progress, bulk = inOrder): Promise<void> {
  const { source, bodies, end } = envelope;
  for (const body of bodies) await checkBody(source, body, null, bulk, progress);
  await checkEnd(source, end);
}

/**
 * All of it. Answers only for an envelope that is authentic, trusted, permitted and signed by all who must.
 * @throws DipbagError, each that a step from V1 to V8 of spec/envelope.md names
 */
export async function verify(
  source: Source,
  trust: Trust,
  at: number,
  progress?: Progress,
  bulk = inOrder,
): Promise<VerifiedEnvelope> {
  const envelope = await openEnvelope(source, trust, at);
  await verifyBodies(envelope, progress, bulk);
  requireAllSigned(envelope.head);
  return proven<VerifiedEnvelope>(envelope);
}
