/** Sealing a plan (spec/envelope.md section 8.1, steps P4 to P7). */

import { engine } from "#engine/public";
import { byteStringHead, encode } from "../cbor/codec.ts";
import { embed } from "../cbor/schema.ts";
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
import type { Identity } from "../trust/identity.ts";
import { requireOwnCard } from "../trust/request.ts";
import { type Bulk, inOrder, type Progress } from "./bulk.ts";
import { binding, coreShape, manifestShape, type Portion } from "./format.ts";
import { parseHead } from "./head.ts";
import { chooseN, every, type Layout, layoutFor } from "./layout.ts";
import { checkPlan, type PackPlan, type Prepared } from "./plan.ts";
import { SEAL } from "./seal.ts";
import type { Sink } from "./source.ts";

export interface PackReport {
  /** Envelope digest. */
  readonly digest: Uint8Array;
  readonly id: Uint8Array;
  readonly head: number;
  /** Bytes written. */
  readonly size: number;
}

/** Where the portion's segments lie, and what they are bound to. */
interface Sealing extends Prepared {
  readonly layout: Layout;
  readonly binding: Uint8Array;
}

/**
 * Seals the plan into `sink`: the bodies first, behind the room reserved for the head, and the head last, so that a file
 * cut off in the making never has one. `bulk` does the segments; `progress` hears of each piece's length.
 * @throws DipbagError as checkPlan; ERR_POSSESSION; ERR_INPUT_CHANGED where a file is shorter than its size
 */
export async function pack(plan: PackPlan, sink: Sink, progress?: Progress, bulk = inOrder): Promise<PackReport> {
  requireOwnCard(plan.identity, plan.card);
  const { core, prepared } = checkPlan(plan);
  const coreBytes = embed(coreShape, core).bytes;
  const n = chooseN(prepared.map(({ plaintext }) => plaintext));
  const sealing = prepared.map((portion, i): Sealing => {
    const layout = layoutFor(portion.plaintext, n);
    return { ...portion, layout, binding: binding(coreBytes, i + 1, portion.labels.bytes) };
  });
  const writeHead = (portions: readonly Portion[], pair: SigningPair) => {
    const manifest = encode(manifestShape.write([coreBytes, portions, [plan.card.signed.bytes]]));
    return { manifest, item: sign("envelope", manifest, [pair]) };
  };

  const { length } = writeHead(
    sealing.map((portion) => blank(portion, plan.hideRecipients)),
    blankPair(plan.identity),
  ).item;
  let position = length;
  const portions: Portion[] = [];
  for (const portion of sealing) {
    const head = byteStringHead(portion.layout.body);
    await sink.write(head, position);
    portions.push(await seal(portion, plan.hideRecipients, sink, position + head.length, bulk, progress));
    position += head.length + portion.layout.body;
  }
  const { manifest, item } = writeHead(portions, plan.identity.signing);
  if (item.length !== length) throw new Error("the head is not as long as the room reserved for it");
  parseHead(item);
  await sink.write(item, 0);
  return { digest: engine.sha256(manifest), id: core.id, head: item.length, size: position };
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
