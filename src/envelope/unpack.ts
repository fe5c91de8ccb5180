/** Unpacking (spec/envelope.md section 8.3, steps U1 to U6). The only module that decrypts what an envelope carries. */

import { concat, equal } from "../bytes.ts";
import { CEK_LENGTH, encStructure } from "../cose/slots.ts";
import { unwrapKey } from "../cose/unwrap.ts";
import { type FloeDecryption, startDecryption } from "../crypto/floe.ts";
import { plaintextPerSegment, textIn } from "../crypto/floe-layout.ts";
import { BLOCK_KEY_LENGTH } from "../crypto/floe-segments.ts";
import { fail } from "../errors.ts";
import type { Decision } from "../label/question.ts";
import type { Identity } from "../trust/identity.ts";
import type { VerifiedCard } from "../trust/pin.ts";
import { requireOwnCard } from "../trust/request.ts";
import { type Body, checkBody, checkBodyHead, checkEnd, segmentsOf } from "./bodies.ts";
import { type Bulk, inOrder, type Progress } from "./bulk.ts";
import { readSegment } from "./check.ts";
import { type Contents, readIndex } from "./contents.ts";
import { decideSlot, requirePermitted } from "./decision.ts";
import { every } from "./layout.ts";
import { OPEN, requireZero } from "./open.ts";
import type { Sink, Source } from "./source.ts";
import { requireMadeFor } from "./statements.ts";
import { requireAllSigned } from "./verified.ts";
import type { OpenEnvelope } from "./verify.ts";

/** Whose keys open: an unlocked identity and the card it belongs to. */
export interface Reader {
  readonly identity: Identity;
  readonly card: VerifiedCard;
}

/** A portion whose key this reader holds. Its files can be read in any order; forwards, each segment is read once. */
export interface OpenedPortion {
  readonly number: number;
  /** Why this reader may open it. */
  readonly decision: Decision;
  readonly contents: Contents;
  /** The bytes of file `index` of `contents`, each piece verified and decrypted before it is released. @throws RangeError */
  file(index: number): AsyncGenerator<Uint8Array>;
  /** Writes all of file `index` to `sink`, in no order, each piece verified and decrypted before. */
  write(index: number, sink: Sink, progress?: Progress): Promise<void>;
  /** Requires that everything behind the last file is zero. @throws DipbagError ERR_CONTENTS */
  checkPadding(): Promise<void>;
}

/**
 * Steps U1 to U4 for one portion, or for all that are present and meant for this reader, in file order. Portions are
 * opened one after another, so that a pipe will do. `bulk` does what `write` and `checkPadding` ask of whole segments. The
 * portions that are passed over are verified too (V7), unless `checks` is false: somebody has done it, or will say that nobody did.
 * @throws DipbagError ERR_SIGNATURE_MISSING, ERR_WITHHELD_NOT_FOR_YOU, ERR_NOT_FOR_YOU, ERR_NO_SUCH_PORTION, ERR_WITHHELD,
 * ERR_SLOT; as decide, readSegment, readIndex, checkBody
 */
export async function* unpack(
  envelope: OpenEnvelope,
  reader: Reader,
  only?: number,
  bulk = inOrder,
  checks = true,
): AsyncGenerator<OpenedPortion, void> {
  const { source, head, statements, bodies, end } = envelope;
  requireAllSigned(head);
  requireMadeFor(statements, reader.card);
  requireOwnCard(reader.identity, reader.card);
  if (only !== undefined && !bodies.some(({ portion }) => portion.number === only)) {
    fail("ERR_NO_SUCH_PORTION", { portion: only, portions: bodies.length });
  }
  let opened = 0;
  let denied: Decision | null = null;
  for (const body of bodies) {
    await checkBodyHead(source, body);
    const { number } = body.portion;
    if (body.withheld && only === number) fail("ERR_WITHHELD", { portion: number });
    const isWanted = !body.withheld && (only === undefined || only === number);
    const slot = isWanted ? await openSlots(envelope, body, reader) : null;
    if (slot === null || "verdict" in slot) {
      denied ??= slot;
      if (checks) await checkBody(source, body, null, bulk);
      continue;
    }
    opened++;
    yield { ...(await openPortion(source, body, slot.floe, bulk)), decision: slot.decision };
  }
  await checkEnd(source, end);
  if (opened > 0) return;
  if (denied) requirePermitted(denied);
  fail("ERR_NOT_FOR_YOU", { what: only === undefined ? "any of it" : `portion ${only}` });
}

/**
 * Step U3: the slots with one of the reader's kids, then the hidden ones. The decision comes before a key is touched.
 * A slot that names my key and does not open, or opens to a key that the FLOE header does not commit to, is one condition.
 * A hidden slot that may not be mine to open may not be mine at all: it is passed over, and the denial is returned.
 */
async function openSlots(
  { head, at }: OpenEnvelope,
  { portion }: Body,
  { identity, card }: Reader,
): Promise<{ readonly floe: FloeDecryption; readonly decision: Decision } | Decision | null> {
  let denied: Decision | null = null;
  const aad = encStructure(portion.slots.contentProtected, portion.binding);
  const originator = head.signers[0].card;
  for (const hidden of [false, true]) {
    for (const slot of portion.slots.recipients) {
      const { alg, kid } = slot[0].value;
      if ((kid === undefined) !== hidden) continue;
      const own = identity.kems.find((kem) => kem.alg === alg && (kid === undefined || equal(kid, kem.kid)));
      if (own === undefined) continue;
      const context = { core: head.core, labels: portion.labels.value, originator, packs: head.policies, at };
      const decision = decideSlot({ ...context, recipient: card, alg, hidden, action: "open" });
      if (hidden && decision.verdict === "deny") {
        denied ??= decision;
        continue;
      }
      requirePermitted(decision);
      const cek = await unwrapKey(slot, own.key, portion.binding);
      const floe =
        cek?.length === CEK_LENGTH ? startDecryption(cek, portion.floeHeader, aad, portion.layout.segmentLength) : null;
      cek?.fill(0);
      if (floe !== null) return { floe, decision };
      if (!hidden) fail("ERR_SLOT", { portion: portion.number });
    }
  }
  return denied;
}

/** Steps U4 to U6. */
async function openPortion(
  source: Source,
  body: Body,
  floe: FloeDecryption,
  bulk: Bulk,
): Promise<Omit<OpenedPortion, "decision">> {
  const { number, layout } = body.portion;
  const segments = segmentsOf(source, body);
  const { room } = every(layout);
  const capacity = plaintextPerSegment(layout.segmentLength);
  let last: { index: number; plaintext: Uint8Array } | undefined;

  async function segment(index: number): Promise<Uint8Array> {
    if (last?.index !== index) {
      const bytes = await readSegment(segments, index, new Uint8Array(room));
      const plaintext = await floe.openSegment(index, index === layout.segments - 1, bytes, textIn(bytes));
      last = { index, plaintext: plaintext ?? fail("ERR_SEGMENT", { portion: number }) };
    }
    return last.plaintext;
  }

  async function* range(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const index = Math.floor(at / capacity);
      const from = index * capacity;
      const piece = (await segment(index)).subarray(at - from, end - from);
      yield piece;
      at += piece.length;
    }
  }

  /** The segments that lie wholly in the range go to `bulk`; its ends, which others may share, are read here. */
  async function pour(start: number, end: number, sink: Sink | null, progress?: Progress): Promise<void> {
    async function ends(from: number, to: number): Promise<void> {
      let at = from;
      for await (const piece of range(from, to)) {
        if (sink === null) requireZero(piece);
        else await sink.write(piece, at - start);
        at += piece.length;
        progress?.(piece.length);
      }
    }
    const first = Math.ceil(start / capacity);
    const stop = end === layout.plaintext ? layout.segments : Math.floor(end / capacity);
    if (first >= stop) return ends(start, end);
    await ends(start, first * capacity);
    last = undefined;
    const key = bulk.memory(BLOCK_KEY_LENGTH);
    key.set(floe.blockKey(0));
    try {
      await bulk.run(OPEN, { ...segments, first, end: stop, room, key, sink, start }, progress);
    } finally {
      key.fill(0);
    }
    await ends(stop * capacity, end);
  }

  let start = await segment(0);
  let contents = readIndex(start, layout.plaintext);
  for (let index = 1; contents === "more"; index++) {
    start = concat(start, await segment(index));
    contents = readIndex(start, layout.plaintext);
  }
  const { items, offset, length } = contents;
  const starts = [offset];
  for (const { size } of items) starts.push((starts.at(-1) as number) + size);
  const place = (index: number): readonly [number, number] => {
    const [from, to] = [starts[index], starts[index + 1]];
    if (from === undefined || to === undefined) throw new RangeError(`there is no file ${index}`);
    return [from, to];
  };
  return {
    number,
    contents,
    file: (index) => range(...place(index)),
    write: (index, sink, progress) => pour(...place(index), sink, progress),
    checkPadding: () => pour(length, layout.plaintext, null),
  };
}
