/**
 * Every condition dipbag reports: one code, one sentence, one fix, one exit status. The table is the interface;
 * spec/errors.json is written from it, and a test holds the two together.
 */

import { LABEL_ERRORS } from "./errors/label.ts";
import {
  broken,
  type ErrorRecord,
  type Family,
  format,
  policy,
  recipient,
  record,
  type Status,
  untrusted,
  usage,
} from "./errors/record.ts";

export type { ErrorRecord, Family, Status } from "./errors/record.ts";

export const ERRORS = {
  // cbor
  ERR_CBOR: format(
    "V1",
    "the file is not in the strict form of CBOR that dipbag writes: {reason}",
    "ask the sender for a fresh copy; the file was damaged or made by another tool",
  ),
  ERR_TRUNCATED: format("V1", "the file ends too early", "copy or download it again; it is incomplete"),
  ERR_TRAILING: format("V7", "there is something after the end of the envelope", "ask the sender for a fresh copy"),
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
  ERR_KEY_INVALID: format("T4", "a public key is not valid: {reason}", "ask the card's authority for a correct card"),
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
    "T6",
    "the card of {name} is signed by {issuer}, an authority that you have not pinned",
    "is this the right --home? if so, and you trust that authority, get its card, and by another channel the fingerprint: dipbag trust add CARD --fingerprint DIGITS",
  ),
  ERR_OUT_OF_SCOPE: untrusted(
    "T8",
    "the card of {name} claims what {issuer} may not give: {what}",
    "do not use it; tell the authority",
  ),
  ERR_CARD_TIME: untrusted("T9", "the card of {name} {reason}", "ask for a new card from its authority"),
  ERR_NOT_AN_AUTHORITY: untrusted(
    "T5",
    "the card of {name} is not that of an authority",
    "pin the card of the authority",
  ),
  ERR_FINGERPRINT: untrusted(
    "T5",
    "the fingerprint is not that of this card",
    "compare it again with what the authority told you by another channel; if it differs, do not use the card",
  ),
  ERR_FINGERPRINT_NEEDED: usage(
    "CLI",
    "this is the card of an authority, and it is pinned by its fingerprint",
    "ask the authority for it by another channel, then add --fingerprint and the 64 digits",
  ),
  ERR_NO_SUCH_PIN: usage(
    "CLI",
    "no pinned authority, card or policy pack, or more than one, has a fingerprint that begins with {fingerprint}",
    "give at least eight of its digits, from 'dipbag trust list' or 'dipbag cards'",
  ),
  ERR_POSSESSION: broken(
    "T3",
    "this card is for other keys than yours",
    "give the authority your own request, and the card it then issues to nobody else",
  ),
  // identity
  ERR_PASSPHRASE: recipient(
    "T1",
    "the passphrase is wrong, or the identity file is damaged",
    "try again; if it stays so, restore the identity file from your backup",
  ),
  // files (src/node)
  ERR_NOT_FOUND: usage("CLI", "there is no file {path}", "check the name, and the folder you are in"),
  ERR_NAME_NOT_UTF8: usage(
    "CLI",
    "the name {path} is not in UTF-8, and could be taken for another file's",
    "rename the file: letters, digits, and dots inside",
  ),
  ERR_NOT_REGULAR: usage(
    "CLI",
    "{path} is in a folder of envelopes, and is a device or a pipe",
    "take it away; or name it by itself, to have it read",
  ),
  ERR_NO_FOLDER: usage("CLI", "there is no folder for {path}", "make the folder first, or choose another name with -o"),
  ERR_PERMISSION: usage("CLI", "you are not allowed to {doing} {path}", "ask its owner, or choose another place"),
  ERR_READ_ONLY: usage("CLI", "the disk of {path} cannot be written", "choose another place with -o"),
  ERR_IS_DIRECTORY: usage("CLI", "a file is needed, and {path} is a folder", "name a file"),
  ERR_NOT_A_FILE: usage(
    "CLI",
    "the output {path} is a device or a pipe, not a file",
    "write '-o -' and redirect the output",
  ),
  ERR_OUTPUT_EXISTS: usage(
    "CLI",
    "the output {path} exists already",
    "choose another name with -o; where the verb has --force, that replaces a file",
  ),
  ERR_KEY_EXISTS: usage(
    "CLI",
    "{path} exists already, and keys are never replaced",
    "a request or card that was not written to -o is in there; to begin anew move it away, or use another --home",
  ),
  ERR_SAME_FILE: usage("CLI", "the output {path} is an input or a file of your home", "choose another name with -o"),
  ERR_NAME_TOO_LONG: usage("CLI", "the name {path} is too long", "choose a shorter name"),
  ERR_DISK_FULL: usage("CLI", "there is no room to write {path} ({reason})", "free some space, or choose another disk"),
  ERR_TOO_MANY_FILES: usage("CLI", "too many files are open at once", "raise the limit with 'ulimit -n'"),
  ERR_READ: usage("CLI", "could not read {path} ({reason})", "check the disk or the connection, then run it again"),
  ERR_WRITE: usage("CLI", "could not write {path} ({reason})", "check the disk, or choose another place"),
  ERR_TOO_LARGE: usage("CLI", "the file {path} is larger than {limit} bytes", "check that you named the right file"),
  ERR_INPUT_CHANGED: usage(
    "CLI",
    "the input {path} changed while it was read",
    "wait until it is complete, then run it again",
  ),
  ERR_SECRET_EXPOSED: usage(
    "CLI",
    "other users can read {path}",
    "chmod 600 it; if others may have read it, replace it",
  ),
  ERR_FILE_NAME: usage(
    "CLI",
    "a file cannot be packed under the name {name}: not every system can create it, or it could deceive",
    "rename it first: letters, digits, and dots inside",
  ),
  ERR_FILE_NAME_TWICE: usage(
    "CLI",
    "two files of one portion are named {name}, or differ in upper and lower case only",
    "rename one first",
  ),
  // terminal (src/cli)
  ERR_STDOUT_CLOSED: usage("CLI", "whoever read the output stopped before its end", "run it again, reading to the end"),
  ERR_TERMINAL_OUTPUT: usage(
    "CLI",
    "what is in a file is not shown on a terminal",
    "name a file with -o; '-o -' insists",
  ),
  ERR_NO_TERMINAL: usage("CLI", "a passphrase is needed, and there is no terminal to ask on", "use --passphrase-file"),
  ERR_PASSPHRASE_EMPTY: usage("CLI", "the passphrase is empty", "give one of at least one character"),
  ERR_PASSPHRASE_TWICE: usage("CLI", "the two passphrases are not the same", "run it again"),
  ...LABEL_ERRORS,
  // home
  ERR_NO_IDENTITY: usage(
    "CLI",
    "there is no identity in this home yet",
    "is this the right --home? if so, make one: dipbag init",
  ),
  ERR_NO_AUTHORITY: usage("CLI", "there is no authority in this home", "make one: dipbag authority init"),
  ERR_HOME_DAMAGED: usage(
    "CLI",
    "the file {path} of this home is damaged",
    "move it away; put it back from a backup, or take it in again: dipbag trust add FILE",
  ),
  ERR_HOME_WRITABLE: usage(
    "CLI",
    "other users can write {path}, and so change whom you trust",
    "chmod o-w it; then see with 'dipbag trust list' and 'dipbag cards' that nobody has put anything there",
  ),
  ERR_NOT_GOVERNOR: usage(
    "CLI",
    "the card of {name} does not list {policy}, so that nobody would accept this pack",
    "sign it with an authority that was made with: --clearance '{policy}=...'",
  ),
  ERR_NAME_ISSUED: usage(
    "CLI",
    "a card named {name} was issued to other keys, and is valid until {expires}",
    "this may be somebody else: ask the one you know, by another channel; if they have new keys, add --again",
  ),
  ERR_CARD_OLDER: usage(
    "CLI",
    "this card was issued at {issued}, before the one that you have, of {held}",
    "keep the newer one: your authority may have taken something back since",
  ),
  ERR_NO_CARD: usage(
    "CLI",
    "you have no card yet",
    "is this the right --home? if so, send your request to your authority, then: dipbag trust add SEALED-CARD -o CARD",
  ),
  ERR_NO_SUCH_CARD: usage(
    "CLI",
    "nobody named {name} is in your address book",
    "see 'dipbag cards', or: dipbag trust add CARD",
  ),
  ERR_CARD_AMBIGUOUS: usage(
    "CLI",
    "more than one card is of {name}",
    "name the card by the first digits of its fingerprint, from 'dipbag cards'",
  ),
  ERR_INCOMPLETE: policy("V8", "portions were withheld from this copy", "ask the originator for the whole envelope"),
  ERR_NOT_FRESH: untrusted(
    "V8",
    "the card of {name} has expired since: the time of signing is not proven",
    "leave out '--require fresh', or ask for a newly signed copy",
  ),
  // envelope
  ERR_SIGNERS: broken(
    "V2",
    "the list of signers and their cards do not belong together",
    "ask the sender for a fresh copy",
  ),
  ERR_SLOTS: broken("V2", "the key slots of a portion contradict each other", "ask the sender for a fresh copy"),
  ERR_ORDER: format("V2", "a list that must be in order is not", "ask the sender for a fresh copy"),
  ERR_LAYOUT: broken(
    "V2",
    "the lengths that the envelope states contradict each other",
    "ask the sender for a fresh copy",
  ),
  ERR_SIGNATURE_MISSING: untrusted(
    "V8",
    "{name} must sign this envelope too, and has not",
    "wait for a copy that carries this signature",
  ),
  ERR_SLOT_KEY: policy(
    "V5",
    "a key slot for {name} is sealed to a key that is not on the card of {name}",
    "do not use it; tell the sender",
  ),
  ERR_ORIGINATOR: untrusted(
    "V5",
    "the label names {originator} as originator, and the card of {name} does not belong to it",
    "do not use it; tell the sender's authority",
  ),
  ERR_POLICY_REFS: broken("V5", "the list of policies is not that of the labels", "ask the sender for a fresh copy"),
  ERR_AUDIENCE: broken("V5", "the stated audience is not that of the labels", "ask the sender for a fresh copy"),
  ERR_REASON_MISSING: policy(
    "P2",
    "the whole is labelled {label}, which is more than its parts need ({parts}), and no reason is given",
    "say why: --overall-reason TEXT; it is signed with the envelope",
  ),
  ERR_NO_AUDIENCE: policy("P2", "the labels let in nobody at all", "widen the release list of a label"),
  ERR_BODY: broken("V7", "portion {portion} is not there as announced", "ask the sender for a fresh copy"),
  ERR_DIGEST: broken("V7", "portion {portion} was changed or damaged", "copy or download it again, or ask the sender"),
  ERR_STATEMENT: broken(
    "V6",
    "a withheld statement belongs to another envelope, or not at this place",
    "ask whoever gave you this copy for a fresh one",
  ),
  ERR_WITHHOLDER: untrusted(
    "V6",
    "{name} took out a portion, and is neither a signer nor a recipient of this envelope",
    "ask the originator for a copy",
  ),
  ERR_WITHHELD_NOT_FOR_YOU: untrusted(
    "U1",
    "{name} made this copy for others than you",
    "ask whoever gave it to you for one that is made for you",
  ),
  ERR_WITHHELD: recipient("U2", "portion {portion} was withheld and is not in this copy", "ask the originator for it"),
  ERR_NO_SUCH_PORTION: usage(
    "U1",
    "there is no portion {portion}: there are {portions}",
    "see 'dipbag verify' for the list",
  ),
  ERR_NO_SUCH_FILE: usage(
    "U5",
    "no portion that you can open has a file of that name: {name}",
    "leave out --item to unpack all",
  ),
  ERR_NOT_FOR_YOU: recipient(
    "U6",
    "no key of yours opens {what}",
    "see 'dipbag verify FILE' for whom it is meant; the sender can pack it for you",
  ),
  ERR_SLOT: broken(
    "U3",
    "the key slot for you in portion {portion} does not open",
    "do not use it; tell the sender by another way",
  ),
  ERR_SEGMENT: broken(
    "U4",
    "portion {portion} does not open under its key",
    "do not use it; tell the sender by another way",
  ),
  ERR_CONTENTS: broken(
    "U4",
    "the list of files and their sizes contradict each other",
    "tell the sender by another way",
  ),
  ERR_NAME: format("U4", "a file may not be named {name}", "give it a plain name: letters, digits, and dots inside"),
  ERR_NAME_TWICE: format("U4", "two files are named {name}, or differ in upper and lower case only", "rename one"),
  ERR_ENVELOPE_TOO_LARGE: usage("P1", "the files are too large for one envelope", "make several envelopes"),
  ERR_TOO_MANY: usage("P1", "an envelope holds at most {what}", "make several envelopes"),
  ERR_NO_RECIPIENT: usage("P1", "a portion has no recipient", "add --to NAME"),
  ERR_RECIPIENT_TWICE: usage("P1", "{name} is named twice", "name each recipient once"),
  ERR_SUITES_MIXED: usage(
    "P1",
    "{name} has no quantum-safe key, and another recipient has no classical one",
    "give {name} a portion or an envelope alone",
  ),
  ERR_ARMOUR: format("A1", "the text form is not exact: {reason}", "have it sent as a file, not as text in a message"),
  ERR_ARMOUR_TOO_LARGE: usage("A1", "the text form is for at most 64 MiB", "send the file itself, without armour"),
  // usage
  ERR_USAGE: usage("CLI", "{reason}", "see 'dipbag help'"),
  ERR_SELF_TEST: record("internal", 70)(
    "CLI",
    "this does not work here: {algorithm}",
    "do not use this dipbag; report it, with 'dipbag doctor'",
  ),
  ERR_TABLE: record("internal", 70)(
    "CLI",
    "a table that comes with dipbag is missing or damaged: {where}",
    "install dipbag again",
  ),
  ERR_INTERNAL: record("internal", 70)(
    "CLI",
    "something went wrong inside dipbag",
    "please report it, with the command and 'dipbag doctor'",
  ),
} as const satisfies Record<string, ErrorRecord>;

export type ErrorCode = keyof typeof ERRORS;
/** Plain facts for {placeholders} and --json: never a secret, never content. Hostile text is escaped when shown. */
export type Details = Readonly<Record<string, string | number>>;

/** A rule of a release decision that was asked (spec/label.md section 6). */
export interface Step {
  readonly rule: string;
  readonly input: string;
  readonly result: "pass" | "deny";
  /** Whose word the rule relies on. */
  readonly source: string;
}

/** What every function of dipbag throws. `code` is stable; `status` is the exit status of the command line. */
export class DipbagError extends Error {
  override readonly name = "DipbagError";
  readonly code: ErrorCode;
  readonly details: Details;
  /** Of a release decision that denied: the rules that were asked. */
  readonly trace: readonly Step[] | undefined;

  constructor(code: ErrorCode, details: Details = {}, trace?: readonly Step[]) {
    super(fill(ERRORS[code].message, details));
    this.code = code;
    this.details = details;
    this.trace = trace;
  }

  get family(): Family {
    return ERRORS[this.code].family;
  }

  get status(): Status {
    return ERRORS[this.code].status;
  }

  get hint(): string {
    return fill(ERRORS[this.code].hint, this.details);
  }
}

function fill(template: string, details: Details): string {
  return template.replace(/\{(\w+)\}/g, (_, word: string) => String(details[word] ?? "?"));
}

export function fail(code: ErrorCode, details?: Details): never {
  throw new DipbagError(code, details);
}
