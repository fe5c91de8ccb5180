/** Packing (spec/envelope.md section 8.1, steps P1 to P7). */

import { engine } from "#engine/public";
import { byteStringHead, encode } from "../cbor/codec.ts";
import { type Embedded, embed } from "../cbor/schema.ts";
import type { KemKey } from "../cose/key.ts";
import { type SigningPair, sign } from "../cose/sign.ts";
import {
  CEK_LENGTH,
  CONTENT_PROTECTED,
  encStructure,
  type Recipient,
  recipientProtected,
  writeSlots,
} from "../cose/slots.ts";
import { wrapKey } from "../cose/wrap.ts";
import type { SigningKey } from "../crypto/engine.ts";
import { startEncryption } from "../crypto/floe.ts";
import { HEADER_LENGTH } from "../crypto/floe-layout.ts";
import { BLOCK_KEY_LENGTH, NONCE_LENGTH } from "../crypto/floe-segments.ts";
import { SIGNATURE_SIZES } from "../crypto/public-keys.ts";
import { random } from "../crypto/random.ts";
import { HPKE_TAG_LENGTH, SUITES } from "../crypto/suites.ts";
import { fail } from "../errors.ts";
import { type Handling, type Labels, labelsShape } from "../label/label.ts";
import type { Identity } from "../trust/identity.ts";
import { requireValidAt, type VerifiedCard } from "../trust/pin.ts";
import { requireOwnCard } from "../trust/request.ts";
import { type Bulk, inOrder, type Progress } from "./bulk.ts";
import { checkNames, readIndex, writeIndex } from "./contents.ts";
import {
  audienceOf,
  checkLabels,
  chooseKeys,
  decideSlot,
  type PolicyPack,
  policyRefs,
  requirePermitted,
  sealingBy,
} from "./decision.ts";
import {
  binding,
  type Core,
  coreShape,
  type Item,
  LIMITS,
  manifestShape,
  ORIGINATOR,
  type Portion,
  VERSION,
} from "./format.ts";
import { parseHead } from "./head.ts";
import { chooseN, every, type Layout, layoutFor, padme } from "./layout.ts";
import { SEAL } from "./seal.ts";
import type { Sink, Source } from "./source.ts";

/** A file to be packed. Exactly `size` bytes are read from `source`. */
export interface InputFile extends Item {
  readonly source: Source;
}

/** One portion of the plan: who gets it, under which label. */
export interface PortionPlan {
  readonly labels: Labels;
  readonly files: readonly InputFile[];
  readonly recipients: readonly VerifiedCard[];
}

export interface PackPlan {
  readonly identity: Identity;
  /** The sender's own card: the originator's. */
  readonly card: VerifiedCard;
  /** The envelope's labels; the originator's dominates those of all portions. */
  readonly labels: Labels;
  readonly handling: Handling;
  readonly portions: readonly PortionPlan[];
  readonly policies: readonly PolicyPack[];
  /** Unix seconds. */
  readonly created: number;
  /** Hide the lengths of the portions (Padmé). */
  readonly pad: boolean;
  /** Leave out which keys can open; not which nations, label or how many. */
  readonly hideRecipients: boolean;
}

export interface PackReport {
  /** Envelope digest. */
  readonly digest: Uint8Array;
  readonly id: Uint8Array;
  readonly head: number;
  /** Bytes written. */
  readonly size: number;
}

/** A portion whose sizes are settled: what is still open is the key, the ciphertext and its digests. */
interface Prepared extends Omit<PortionPlan, "labels"> {
  readonly labels: Embedded<Labels>;
  readonly index: Uint8Array;
  /** L and P of section 5. */
  readonly length: number;
  readonly plaintext: number;
  readonly keys: readonly KemKey[];
}

/** Where the portion's segments lie, and what they are bound to. */
interface Sealing extends Prepared {
  readonly layout: Layout;
  readonly binding: Uint8Array;
}

/** What can be settled without a secret: what goes where, and the core. */
type Plan = Omit<PackPlan, "identity">;

/**
 * Steps P1 to P3: everything that a reader will check of the plan, before anybody is asked for a passphrase.
 * @throws DipbagError ERR_NAME, ERR_NAME_TWICE, ERR_LIMIT, ERR_TOO_MANY, ERR_ENVELOPE_TOO_LARGE, ERR_NO_RECIPIENT,
 * ERR_RECIPIENT_TWICE, ERR_SUITES_MIXED, ERR_CARD_TIME; as checkLabels; the refusal of a slot
 */
export function checkPlan(plan: Plan): { readonly core: Core; readonly prepared: readonly Prepared[] } {
  const { card, policies: packs, created: at, hideRecipients: hidden } = plan;
  const prepared = plan.portions.map((portion) => prepare(portion, plan.pad));
  checkLimits(prepared, hidden);
  const core = makeCore(plan);
  const all = plan.portions.map(({ labels }) => labels);
  checkLabels(core, all, card, packs, at);
  requireValidAt(card, at);
  for (const { labels, recipients, keys } of prepared) {
    for (const [i, recipient] of recipients.entries()) {
      requireValidAt(recipient, at);
      const slot = { recipient, alg: keys[i]!.alg, hidden, action: "seal-to" } as const;
      requirePermitted(decideSlot({ core, labels: labels.value, originator: card, packs, at, ...slot }));
    }
  }
  return { core, prepared };
}

/**
 * Seals the plan into `sink`: the bodies first, behind the room reserved for the head, and the head last, so that a file
 * cut off in the making never has one. `bulk` does the segments; `progress` hears of each piece's length.
 * @throws DipbagError as checkPlan; ERR_POSSESSION; ERR_INPUT_CHANGED where a file is shorter than its size
 */
export async function pack(plan: PackPlan, sink: Sink, progress?: Progress, bulk = inOrder): Promise<PackReport> {
  requireOwnCard(plan.identity, plan.card);
  const { core, prepared } = checkPlan(plan);
  const coreBytes = embed(coreShape(), core).bytes;
  const n = chooseN(prepared.map(({ plaintext }) => plaintext));
  const sealing = prepared.map((portion, i): Sealing => {
    const layout = layoutFor(portion.plaintext, n);
    return { ...portion, layout, binding: binding(coreBytes, i + 1, portion.labels.bytes) };
  });
  const writeHead = (portions: readonly Portion[], pair: SigningPair) => {
    const manifest = encode(manifestShape.write([coreBytes, portions, [plan.card.signed.bytes]]));
    return { manifest, item: sign("envelope", manifest, [pair]) };
  };

  const reserved = writeHead(
    sealing.map((portion) => blank(portion, plan.hideRecipients)),
    blankPair(plan.identity),
  );
  let position = reserved.item.length;
  const portions: Portion[] = [];
  for (const portion of sealing) {
    const head = byteStringHead(portion.layout.body);
    await sink.write(head, position);
    portions.push(await seal(portion, plan.hideRecipients, sink, position + head.length, bulk, progress));
    position += head.length + portion.layout.body;
  }
  const { manifest, item } = writeHead(portions, plan.identity.signing);
  if (item.length !== reserved.item.length) throw new Error("the head is not as long as the room reserved for it");
  parseHead(item);
  await sink.write(item, 0);
  return { digest: engine.sha256(manifest), id: core.id, head: item.length, size: position };
}

/** Step P1: names, index, lengths, and the key of each recipient. */
function prepare({ labels, files, recipients }: PortionPlan, pad: boolean): Prepared {
  const items = files.map(({ source, ...item }): Item => item);
  checkNames(items);
  const index = writeIndex(items);
  const length = items.reduce((sum, { size }) => sum + size, index.length);
  if (!Number.isSafeInteger(length)) fail("ERR_ENVELOPE_TOO_LARGE");
  const plaintext = pad ? padme(length) : length;
  readIndex(index, plaintext);
  return {
    labels: embed(labelsShape, labels),
    files,
    recipients,
    index,
    length,
    plaintext,
    keys: chooseKeys(recipients),
  };
}

function checkLimits(portions: readonly Prepared[], hidden: boolean): void {
  const total = (count: (portion: Prepared) => number) => portions.reduce((sum, portion) => sum + count(portion), 0);
  const over = (what: string): never => fail("ERR_TOO_MANY", { what });
  if (portions.length > LIMITS.portions) over(`${LIMITS.portions} portions`);
  if (total(({ files }) => files.length) > LIMITS.items) over(`${LIMITS.items} files`);
  const slots = hidden ? LIMITS.hiddenSlots : LIMITS.slots;
  if (total(({ keys }) => keys.length) > slots) over(`${slots}${hidden ? " hidden" : ""} recipients`);
}

function makeCore({ card, labels, handling, portions, policies, created }: Plan): Core {
  const all = [labels, ...portions.map((portion) => portion.labels)];
  return {
    version: VERSION,
    id: random(16),
    created,
    labels,
    handling,
    signers: [[ORIGINATOR, card.digest]],
    policies: policyRefs(all, policies),
    audience: audienceOf(
      portions.map((portion) => portion.labels),
      sealingBy(card, created, policies),
    ),
  };
}

/** Everything of a manifest's portion but what only sealing can tell, which is zero; lengths are right. */
function blank({ labels, layout, recipients, keys }: Sealing, hidden: boolean): Portion {
  const slots = keys.map(({ alg, kid }): Recipient => {
    const header = recipientProtected(alg, hidden ? null : kid);
    return [
      header,
      { ek: new Uint8Array(SUITES[alg].encapsulatedLength) },
      new Uint8Array(CEK_LENGTH + HPKE_TAG_LENGTH),
    ];
  });
  return {
    labels,
    length: layout.body,
    digests: new Uint8Array(32 * layout.segments),
    floeHeader: new Uint8Array(HEADER_LENGTH),
    slots: writeSlots(slots),
    recipients: recipients.map(({ digest }) => (hidden ? null : digest)),
  };
}

/** Keys that sign with zeros of the right length. */
function blankPair({ signing }: Identity): SigningPair {
  const zeros = (key: SigningKey): SigningKey => ({
    ...key,
    sign: () => new Uint8Array(SIGNATURE_SIZES[key.alg].signature),
  });
  return { classical: zeros(signing.classical), postQuantum: zeros(signing.postQuantum) };
}

/** Step P5. Randomness is drawn in this order: CEK, one encapsulation a slot, FLOE IV, segment IVs ascending. */
async function seal(
  portion: Sealing,
  hidden: boolean,
  sink: Sink,
  position: number,
  bulk: Bulk,
  progress?: Progress,
): Promise<Portion> {
  const { keys, layout, index, files } = portion;
  const cek = random(CEK_LENGTH);
  const slots: Recipient[] = [];
  for (const key of keys) slots.push(await wrapKey(key, hidden, cek, portion.binding));
  const floe = startEncryption(cek, random(32), encStructure(CONTENT_PROTECTED, portion.binding), layout.segmentLength);
  cek.fill(0);

  const nonces = bulk.memory(NONCE_LENGTH * layout.segments);
  for (let i = 0; i < layout.segments; i++) nonces.set(random(NONCE_LENGTH), NONCE_LENGTH * i);
  const digests = bulk.memory(32 * layout.segments);
  const key = bulk.memory(BLOCK_KEY_LENGTH);
  key.set(floe.blockKey(0));
  try {
    await bulk.run(SEAL, { ...every(layout), key, nonces, digests, index, files, layout, sink, position }, progress);
  } finally {
    key.fill(0);
  }
  return { ...blank(portion, hidden), digests, floeHeader: floe.header, slots: writeSlots(slots) };
}
