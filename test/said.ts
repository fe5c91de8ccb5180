/** What a refusal says, beyond its code. */

import { DipbagError } from "../src/errors.ts";

/** Code and details of the refusal with which `work` ends, or "accepted". What is no refusal is thrown on. */
export function said(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DipbagError) return [error.code, ...Object.values(error.details)].join(": ");
    throw error;
  }
  return "accepted";
}
