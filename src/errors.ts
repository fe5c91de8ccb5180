/**
 * Every condition dipbag reports: one code, one sentence, one fix, one exit status. The table is the interface;
 * spec/errors.json is written from it, and a test holds the two together.
 */

export type Family = "format" | "verification" | "recipient" | "policy" | "usage" | "internal";
export type Status = 1 | 2 | 3 | 4 | 5 | 70;

/** `{word}` in a message or hint is filled from the error's details. `step` names the step of the spec that checks. */
export interface ErrorRecord {
  family: Family;
  status: Status;
  step: string;
  message: string;
  hint?: string;
}

const record =
  (family: Family, status: Status) =>
  (step: string, message: string, hint?: string): ErrorRecord =>
    hint === undefined ? { family, status, step, message } : { family, status, step, message, hint };
const format = record("format", 1);
const untrusted = record("verification", 4);
const broken = record("verification", 1);
const recipient = record("recipient", 3);
const policy = record("policy", 5);
const usage = record("usage", 2);

export const ERRORS = {
  // cbor
  ERR_CBOR: format(
    "V1",
    "the file is not in the strict form of CBOR that dipbag writes: {reason}",
    "ask the sender for a fresh copy; the file was damaged or made by another tool",
  ),
  ERR_TRUNCATED: format("V1", "the file ends too early", "copy or download it again; it is incomplete"),
  ERR_TRAILING: format("V1", "there is something after the end of the envelope", "ask the sender for a fresh copy"),
  ERR_LIMIT: format(
    "V1",
    "the file asks for more than dipbag allows: {what}",
    "ask the sender for a fresh copy; no honest tool writes this",
  ),
  ERR_SCHEMA: format(
    "V2",
    "the file has a part that should not be there, lacks one, or one is of the wrong kind: {where}",
    "ask the sender for a fresh copy",
  ),
  ERR_VERSION: format(
    "V2",
    "the envelope is of version {version}, and this dipbag reads version 1",
    "install a newer dipbag",
  ),
  // keys
  ERR_KEY_INVALID: format("V3", "a public key is not valid: {reason}", "ask the card's authority for a correct card"),
  // signatures
  ERR_TYPE: format("V2", "this is not a dipbag {expected}", "check that you named the right file"),
  ERR_SIGNATURES: broken(
    "V4",
    "the signatures are not the ones that must be there",
    "do not use this file; ask the sender for a fresh copy by another way",
  ),
  ERR_SIGNATURE: broken(
    "V4",
    "a signature does not match: the content was changed, or someone else signed it",
    "do not use this file; ask the sender for a fresh copy by another way",
  ),
  // trust
  ERR_UNTRUSTED: untrusted(
    "V3",
    "the card of {name} is signed by {issuer}, an authority that you have not pinned",
    "if you trust that authority: dipbag trust add ITS-CARD --fingerprint (its fingerprint, by another channel)",
  ),
  ERR_OUT_OF_SCOPE: untrusted(
    "V3",
    "the card of {name} claims a {what} that {issuer} may not give",
    "do not use it; tell the authority",
  ),
  ERR_CARD_TIME: untrusted("V3", "the card of {name} was not valid at that time", "ask for a card that is valid"),
  ERR_NOT_AN_AUTHORITY: untrusted(
    "T1",
    "the card of {name} is not that of an authority",
    "pin the card of the authority",
  ),
  ERR_FINGERPRINT: untrusted(
    "T1",
    "the fingerprint is not that of this card",
    "compare it again with what the authority told you by another channel; if it differs, do not use the card",
  ),
  ERR_POSSESSION: broken(
    "T2",
    "this card was sealed for other keys than yours",
    "give the authority your own request, and the card it then issues to nobody else",
  ),
  // identity
  ERR_PASSPHRASE: recipient(
    "T3",
    "the passphrase is wrong, or the identity file is damaged",
    "try again; if it stays so, restore the identity file from your backup",
  ),
  // usage
  ERR_USAGE: usage("CLI", "{reason}", "see 'dipbag help'"),
  ERR_INTERNAL: record("internal", 70)(
    "CLI",
    "something went wrong inside dipbag",
    "please report it, with the command and 'dipbag doctor'",
  ),
} as const satisfies Record<string, ErrorRecord>;

export type ErrorCode = keyof typeof ERRORS;
/** Plain facts for {placeholders} and --json: never a secret, never content. Hostile text is escaped when shown. */
export type Details = Readonly<Record<string, string | number>>;

/** What every function of dipbag throws. `code` is stable; `status` is the exit status of the command line. */
export class DipbagError extends Error {
  override readonly name = "DipbagError";
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, details: Details = {}) {
    super(fill(ERRORS[code].message, details));
    this.code = code;
    this.details = details;
  }

  get family(): Family {
    return ERRORS[this.code].family;
  }

  get status(): Status {
    return ERRORS[this.code].status;
  }

  get hint(): string | undefined {
    const { hint } = ERRORS[this.code] as ErrorRecord;
    return hint === undefined ? undefined : fill(hint, this.details);
  }
}

function fill(template: string, details: Details): string {
  return template.replace(/\{(\w+)\}/g, (_, word: string) => String(details[word] ?? "?"));
}

export function fail(code: ErrorCode, details?: Details): never {
  throw new DipbagError(code, details);
}
