/** What `dipbag verify` does with one input, in this thread or in another. */

import type { Trust } from "../envelope/verified.ts";
import { type VerifiedEnvelope, verify } from "../envelope/verify.ts";
import { fail } from "../errors.ts";
import type { Context } from "./context.ts";
import { envelopeDocument, envelopeLines } from "./describe-envelope.ts";
import { decisionDocuments, decisionLines, noteTrace } from "./explain.ts";
import { withEnvelope } from "./inputs.ts";
import { showPath } from "./output.ts";

export const REQUIREMENTS = ["complete", "fresh"] as const;
type Requirement = (typeof REQUIREMENTS)[number];

/** What is asked of every input. */
export interface Question {
  readonly require?: readonly Requirement[];
  readonly explain?: true;
}

/** Whether it is good. An error is this input's result; the others are still examined. */
export async function examine(
  path: string,
  trust: Trust,
  { require = [], explain }: Question,
  context: Context,
): Promise<boolean> {
  let envelope: VerifiedEnvelope;
  try {
    envelope = await withEnvelope(path, async (source, input, bulk) => {
      const progress = context.progress("verifying", input.size);
      bulk.prepare("check", input.size ?? 0);
      try {
        return await verify(source, trust, context.at, progress.add, bulk);
      } finally {
        progress.done();
      }
    });
    requireAlso(envelope, require);
  } catch (error) {
    await context.report(error, path);
    if (explain && !context.asJson) noteTrace(error, context);
    return false;
  }
  const { decisions } = envelope.head;
  if (context.asJson) {
    const document = { schema: "dipbag/verify/1", input: path, ...envelopeDocument(envelope) };
    await context.json(explain ? { ...document, decisions: decisionDocuments(decisions) } : document);
  } else {
    const heading = `${context.style.green("OK")}  ${showPath(path)}`;
    await context.out(
      `${[heading, ...envelopeLines(envelope), ...(explain ? decisionLines(decisions, "nobody was judged: no recipient's card is known here") : [])].join("\n")}\n`,
    );
  }
  return true;
}

function requireAlso({ head, statements, at }: VerifiedEnvelope, require: readonly Requirement[]): void {
  if (require.includes("complete") && statements.length > 0) fail("ERR_INCOMPLETE");
  const cards = [...head.signers.map(({ card }) => card), ...statements.map(({ withholder }) => withholder)];
  const expired = cards.find(({ claims }) => claims.expires < at);
  if (require.includes("fresh") && expired !== undefined) fail("ERR_NOT_FRESH", { name: expired.claims.name });
}
