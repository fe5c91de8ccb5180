/** The officers whom the tests of the decision ask about, and how they ask. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { ENVIRONMENT } from "../../src/environment.ts";
import { DipbagError } from "../../src/errors.ts";
import { decide } from "../../src/label/decide.ts";
import type { Labels } from "../../src/label/label.ts";
import type { Decision, Question, Subject } from "../../src/label/question.ts";
import { CREATED, labels, SEALING } from "./shared.ts";

const { exercise } = ENVIRONMENT;
export const subject = (nation: string, classes: string[], values: string[] = []): Subject => ({
  person: [`authority.${nation}`, `officer.${nation}`],
  name: `Officer ${nation}`,
  nation,
  communities: [],
  clearances: [["HARBOUR", classes, [["COMPARTMENT", values]]]],
  fulfils: ["receipt-on-open", "no-onward-release"],
  environment: exercise,
});
export const ALL = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
export const AAB = subject("AAB", ALL, ["BUOY"]);
export const QMB = subject("QMB", ALL.slice(0, 3));
export const ZZC = subject("ZZC", ALL.slice(0, 2));

/** Every step and every denial that these tests meet, as it is shown. */
const SAID: readonly string[] = readFileSync(new URL("fixtures/decisions.txt", import.meta.url), "utf8").split("\n");

/** All officers here are on the list, unless a case says otherwise. What the decision says is in the list of what is said. */
export const ask = (text: string | Labels, rest: Partial<Question> = {}): Decision => {
  const decision = decide({
    ...SEALING,
    action: "seal-to",
    at: CREATED,
    subject: AAB,
    labels: typeof text === "string" ? labels(text) : text,
    handling: { messageType: "exercise" },
    suite: "hybrid-1024",
    named: true,
    environment: exercise,
    evidence: { list: [(rest.subject ?? AAB).person] },
    ...rest,
  });
  const said = decision.trace.map((step) => `${step.rule} ${step.result}: ${step.input} (${step.source})`);
  if (decision.verdict === "deny") {
    const { code, message, hint } = new DipbagError(decision.code, decision.details);
    said.push(`${code}: ${message}; ${hint}`);
  }
  expect(said.filter((line) => !SAID.includes(line))).toEqual([]);
  return decision;
};
/** "permit", or the code of the denial. */
export const verdict = (...args: Parameters<typeof ask>): string => {
  const decision = ask(...args);
  if (decision.verdict === "permit") return "permit";
  const error = new DipbagError(decision.code, decision.details);
  expect(error.status).toBe(5);
  expect(`${error.message} ${error.hint}`).not.toContain("?");
  expect(decision.trace.at(-1)?.result).toBe("deny");
  return decision.code;
};
