/**
 * The head as read, before anything in it is believed (spec/envelope.md steps V1 and V2). An `UnverifiedHead` is
 * well-formed and consistent in itself, and no more.
 */

import { engine } from "#engine/public";
import { compare, equal, hex, utf8 } from "../bytes.ts";
import { decode, hasTag, TAG_COSE_SIGN } from "../cbor/codec.ts";
import { type Budget, extent, newBudget } from "../cbor/scan.ts";
import { readAs } from "../cbor/schema.ts";
import { parseSigned, type UnverifiedSigned } from "../cose/sign.ts";
import { parseSlots, type Recipient, type Slots } from "../cose/slots.ts";
import { SUITES } from "../crypto/suites.ts";
import { fail } from "../errors.ts";
import { parseCard, type UnverifiedCard } from "../trust/card.ts";
import { binding, type Core, coreShape, LIMITS, manifestShape, ORIGINATOR, type Portion, VERSION } from "./format.ts";
import { checkLayout, type Layout } from "./layout.ts";
import type { Source } from "./source.ts";

/** One portion of a head: what the manifest says, its slots, its lengths, and what they are bound to. */
export interface HeadPortion extends Omit<Portion, "slots"> {
  /** From 1, in file order. */
  readonly number: number;
  readonly slots: Slots;
  readonly layout: Layout;
  readonly binding: Uint8Array;
}

export interface UnverifiedHead {
  readonly signed: UnverifiedSigned;
  readonly core: Core;
  /** Unknown negative keys of the core, to be reported. */
  readonly ignored: readonly number[];
  readonly portions: readonly HeadPortion[];
  /** The signers' cards, in signer order. */
  readonly cards: readonly UnverifiedCard[];
  /** Envelope digest: SHA-256 of the manifest bytes. */
  readonly digest: Uint8Array;
}

/**
 * Reads one tagged COSE_Sign at `position`, at most `limit` bytes long. Its declared lengths are checked before the
 * bytes are read.
 * @throws DipbagError ERR_TRUNCATED, ERR_SCHEMA, ERR_CBOR, ERR_LIMIT
 */
export async function readSignedItem(source: Source, position: number, limit: number): Promise<Uint8Array> {
  for (let wanted = 64 * 1024; ; wanted *= 4) {
    const start = await source.read(position, Math.min(wanted, limit));
    const tagged = hasTag(TAG_COSE_SIGN, start);
    if (tagged === "more") fail("ERR_TRUNCATED");
    if (!tagged) fail("ERR_TYPE", { expected: "envelope", found: "something else" });
    const end = extent(start, 2, newBudget(), limit - 2);
    if (end !== "more") return start.subarray(0, end);
    if (start.length < wanted) fail("ERR_TRUNCATED");
  }
}

/** Reads and parses the head at the start of `source`. `end`: the position behind it. */
export async function readHead(source: Source): Promise<{ head: UnverifiedHead; end: number }> {
  const item = await readSignedItem(source, 0, LIMITS.head);
  return { head: parseHead(item), end: item.length };
}

/**
 * Steps V1 and V2: strict scan, type, version, shapes, and what the parts of the manifest say of each other.
 * @throws DipbagError ERR_CBOR, ERR_LIMIT, ERR_SCHEMA, ERR_TYPE, ERR_VERSION, ERR_KEY_INVALID, ERR_SIGNERS, ERR_SLOTS,
 * ERR_ORDER, ERR_LAYOUT
 */
export function parseHead(item: Uint8Array): UnverifiedHead {
  const budget = newBudget();
  const signed = parseSigned("envelope", item, budget);
  const [coreBytes, rawPortions, rawCards] = readAs(manifestShape, signed.payload, "manifest", budget);

  const { core, ignored } = parseCore(coreBytes, budget);
  requireAscending(core.audience);
  requireAscending(core.policies.map(([policy]) => policy));

  const cards = rawCards.map((card) => parseCard(card, budget));
  checkSigners(core, cards);

  const layouts = checkLayout(rawPortions);
  const portions = rawPortions.map((portion, i): HeadPortion => {
    const number = i + 1;
    const slots = parseSlots(portion.slots, `portion ${number}`, budget);
    checkSlots(slots.recipients, portion.recipients);
    const bound = binding(coreBytes, number, portion.labels.bytes);
    return { ...portion, number, slots, layout: layouts[i] as Layout, binding: bound };
  });
  const slots = portions.flatMap((portion) => portion.slots.recipients);
  if (slots.length > LIMITS.slots) fail("ERR_LIMIT", { what: "number of key slots" });
  if (slots.filter(isHidden).length > LIMITS.hiddenSlots) fail("ERR_LIMIT", { what: "number of hidden key slots" });

  return { signed, core, ignored, portions, cards, digest: engine.sha256(signed.payload) };
}

export const isHidden = ([header]: Recipient): boolean => header.value.kid === undefined;

/**
 * The version is read before the shape, so that a later format is named and not called damaged. Negative keys are left out: here,
 * and nowhere else, the format may grow without a new version.
 */
function parseCore(bytes: Uint8Array, budget: Budget): { readonly core: Core; readonly ignored: readonly number[] } {
  const value = decode(bytes, budget);
  const version = value instanceof Map ? value.get(1) : undefined;
  if (typeof version === "number" && version !== VERSION) fail("ERR_VERSION", { version });
  const ignored: number[] = [];
  if (value instanceof Map) {
    for (const key of value.keys()) if (typeof key === "number" && key < 0 && value.delete(key)) ignored.push(key);
  }
  return { core: coreShape.read(value, { path: "core", budget }), ignored };
}

/** Exactly one originator, first; each signer its own card, keys and name. */
function checkSigners({ signers }: Core, cards: readonly UnverifiedCard[]): void {
  const matches = cards.length === signers.length && signers.every(([, digest], i) => equal(digest, cards[i]!.digest));
  const originators = signers.filter(([role]) => role === ORIGINATOR).length;
  const ids = cards.flatMap(({ digest, signer, claims }) => [
    hex(digest),
    hex(signer.classical.kid),
    hex(signer.postQuantum.kid),
    JSON.stringify([claims.issuer, claims.subject]),
  ]);
  if (!matches || originators !== 1 || signers[0]?.[0] !== ORIGINATOR || new Set(ids).size !== ids.length) {
    fail("ERR_SIGNERS");
  }
}

/** A card digest for each slot but a hidden one; no key twice; all hybrid or all classical. */
function checkSlots(slots: readonly Recipient[], cards: readonly (Uint8Array | null)[]): void {
  const kids = slots.filter((slot) => !isHidden(slot)).map(([header]) => hex(header.value.kid as Uint8Array));
  const safe = new Set(slots.map(([header]) => SUITES[header.value.alg].quantumSafe));
  if (
    slots.length !== cards.length ||
    slots.some((slot, i) => isHidden(slot) !== (cards[i] === null)) ||
    new Set(kids).size !== kids.length ||
    safe.size !== 1
  ) {
    fail("ERR_SLOTS");
  }
}

/** Sorted by the bytes of the UTF-8 text, nothing twice. */
function requireAscending(texts: readonly string[]): void {
  const encoded = texts.map(utf8);
  if (encoded.some((text, i) => i > 0 && compare(encoded[i - 1]!, text) >= 0)) fail("ERR_ORDER");
}
