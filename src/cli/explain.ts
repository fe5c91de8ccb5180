/** Release decisions as they are shown: with --explain, every rule that was asked. */

import { hex } from "../bytes.ts";
import type { SlotDecision } from "../envelope/decision.ts";
import { DipbagError, type ErrorCode, type Step } from "../errors.ts";
import type { Context } from "./context.ts";
import { row } from "./describe.ts";
import { problemOf, show } from "./output.ts";

export const EXPLAIN = ["--explain", "show every rule of the release decision"] as const;

/** One line a rule: its name, the answer, what it was asked about, on whose word. */
export const traceLines = (trace: readonly Step[]): string[] =>
  trace.map(({ rule, result, input, source }) =>
    row(`${rule.padEnd(4)} ${result}`, `${show(input, 400)} (${show(source, 200)})`),
  );

export interface DecisionDocument {
  readonly name: string;
  readonly nation: string;
  readonly card: string;
  readonly verdict: "permit" | "deny";
  /** Where it denies: why, and what would mend it. */
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly fix?: string;
  readonly trace?: readonly Step[];
}

/** A decision, and its trace where that was asked for. */
export function decisionDocument(one: Omit<SlotDecision, "portion">, explain: true | undefined): DecisionDocument {
  const { recipient, decision } = one;
  const { name, nation } = recipient.claims;
  const who = { name, nation, card: hex(recipient.digest), verdict: decision.verdict };
  const trace = explain ? { trace: decision.trace } : {};
  if (decision.verdict === "permit") return { ...who, ...trace };
  const { code, message, hint = "" } = problemOf(new DipbagError(decision.code, decision.details));
  return { ...who, code, message, fix: hint, ...trace };
}

/** Each decision under a heading that says whose it is. */
export const decisionLines = (decisions: readonly SlotDecision[], none?: string): string[] =>
  decisions.length === 0 && none !== undefined
    ? [row("note", none)]
    : decisions.flatMap(({ portion, recipient, decision }) => [
        `portion ${portion}, ${show(recipient.claims.name)}: ${decision.verdict}`,
        ...traceLines(decision.trace),
      ]);

/** All decisions with their traces, as --explain has them in JSON. */
export const decisionDocuments = (decisions: readonly SlotDecision[]) =>
  decisions.map((one) => ({ portion: one.portion, ...decisionDocument(one, true) }));

/** The rules that were asked before a denial. */
export function noteTrace(error: unknown, context: Context): void {
  if (!(error instanceof DipbagError)) return;
  for (const line of traceLines(error.trace ?? [])) context.note(line);
}

/** Runs `action`; if it is denied and --explain was given, the rules are shown before the error is. */
export async function explained<T>(explain: true | undefined, context: Context, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (explain && !context.asJson) noteTrace(error, context);
    throw error;
  }
}
