/** The bodies: where they stand, and that their bytes are the signed ones (spec/envelope.md step V7). */

import { engine } from "#engine/public";
import { equal } from "../bytes.ts";
import { byteStringHead } from "../cbor/codec.ts";
import { fail } from "../errors.ts";
import type { Bulk, Job, Progress, Work } from "./bulk.ts";
import type { HeadPortion } from "./head.ts";
import { every, type Layout } from "./layout.ts";
import { readInto, type Sink, type Source } from "./source.ts";
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

/** The segments of a body: where they stand, and their signed digests. */
export interface Segments {
  readonly source: Source;
  readonly position: number;
  readonly layout: Layout;
  readonly digests: Uint8Array;
  /** The portion's. */
  readonly number: number;
}

export const segmentsOf = (source: Source, { position, portion }: Body): Segments => {
  const { layout, digests, number } = portion;
  return { source, position, layout, digests, number };
};

/**
 * Segment `index` of a body, in `memory`: encrypted, its digest the signed one.
 * @throws DipbagError ERR_TRUNCATED, ERR_DIGEST
 */
export async function readSegment(
  { source, position, layout, digests, number }: Segments,
  index: number,
  memory: Uint8Array,
): Promise<Uint8Array> {
  const offset = index * layout.segmentLength;
  const size = Math.min(layout.segmentLength, layout.body - offset);
  const bytes = await readInto(source, position + offset, memory.subarray(0, size));
  if (bytes.length < size) fail("ERR_TRUNCATED");
  if (!equal(engine.sha256(bytes), digests.subarray(32 * index, 32 * index + 32)))
    fail("ERR_DIGEST", { portion: number });
  return bytes;
}

/** All segments are checked, and copied where that is asked for. */
export interface CheckJob extends Job, Segments {
  readonly copy: { readonly sink: Sink; readonly position: number } | null;
}

/** Step V7 for one segment. @throws DipbagError as readSegment */
export const CHECK: Work<CheckJob> = {
  name: "check",
  start: (job) => async (index, memory) => {
    const bytes = await readSegment(job, index, memory);
    await job.copy?.sink.write(bytes, job.copy.position + index * job.layout.segmentLength);
    return bytes.length;
  },
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
