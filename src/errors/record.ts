/** What a condition is: the form of a row in the tables of errors. */

export type Family = "format" | "verification" | "recipient" | "policy" | "usage" | "internal";
export type Status = 1 | 2 | 3 | 4 | 5 | 70;

/** `{word}` in a message or hint is filled from the error's details. `step` names the step of the spec that checks. */
export interface ErrorRecord {
  family: Family;
  status: Status;
  step: string;
  message: string;
  hint: string;
}

export const record =
  (family: Family, status: Status) =>
  (step: string, message: string, hint: string): ErrorRecord => ({ family, status, step, message, hint });
export const format = record("format", 1);
export const untrusted = record("verification", 4);
export const broken = record("verification", 1);
export const recipient = record("recipient", 3);
export const policy = record("policy", 5);
export const usage = record("usage", 2);
