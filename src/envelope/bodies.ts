/** The bodies: where they stand, and that their bytes are the signed ones (spec/envelope.md step V7). */

import { equal } from "../bytes.ts";
import { byteStringHead } from "../cbor/codec.ts";
import { fail } from "../errors.ts";
import type { Bulk, Progress } from "./bulk.ts";
import { CHECK, type CheckJob, type Segments } from "./check.ts";
import type { HeadPortion } from "./head.ts";
import { every } from "./layout.ts";
import type { Source } from "./source.ts";
import type { VerifiedHead } from "./verified.ts";

const NIL = Uint8Array.of(0xf6);

/** A body item: its CBOR head, and the position of its segments. A withheld one is nil and has none. */
export interface Body {
  readonly portion: HeadPortion;
  readonly withheld: boolean;
  readonly head: Uint8Array;
  readonly position: number;
}

/** All bodies and the end of the file, computed from signed lengths alone. `start`: behind head and statements. */
export function placeBodies(
  { portions }: VerifiedHead,
  withheld: ReadonlySet<number>,
  start: number,
): { bodies: readonly Body[]; end: number } {
  let end = start;
  const bodies = portions.map((portion): Body => {
    const isWithheld = withheld.has(portion.number);
    const head = isWithheld ? NIL : byteStringHead(portion.length);
    const position = end + head.length;
    end = position + (isWithheld ? 0 : portion.length);
    return { portion, withheld: isWithheld, head, position };
  });
  return { bodies, end };
}

/** @throws DipbagError ERR_TRUNCATED; ERR_BODY where the item is not the one that head and statements announce */
export async function checkBodyHead(source: Source, { head, position, portion }: Body): Promise<void> {
  const found = await source.read(position - head.length, head.length);
  if (!equal(found, head.subarray(0, found.length))) fail("ERR_BODY", { portion: portion.number });
  if (found.length < head.length) fail("ERR_TRUNCATED");
}

/** Nothing may follow the last body. @throws DipbagError ERR_TRAILING, ERR_TRUNCATED */
export async function checkEnd(source: Source, end: number): Promise<void> {
  if (source.size !== undefined && source.size < end) fail("ERR_TRUNCATED");
  if ((await source.read(end, 1)).length > 0) fail("ERR_TRAILING");
}

export const segmentsOf = (source: Source, { position, portion }: Body): Segments => {
  const { layout, digests, number } = portion;
  return { source, position, layout, digests, number };
};

/** Checks a body that is present, head and segments, and copies its segments. @throws DipbagError as checkBodyHead, readSegment */
export async function checkBody(
  source: Source,
  body: Body,
  copy: CheckJob["copy"],
  bulk: Bulk,
  progress?: Progress,
): Promise<void> {
  await checkBodyHead(source, body);
  if (body.withheld) return;
  const segments = segmentsOf(source, body);
  await bulk.run(CHECK, { ...segments, ...every(segments.layout), copy }, progress);
}
