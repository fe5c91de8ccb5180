/** Checking the segments of a body against their signed digests (spec/envelope.md step V7). */

import { engine } from "#engine/hash";
import { equal } from "../bytes.ts";
import { fail } from "../errors.ts";
import type { Job, Work } from "./bulk.ts";
import type { Layout } from "./layout.ts";
import { readInto, type Sink, type Source } from "./source.ts";

/** The segments of a body: where they stand, and their signed digests. */
export interface Segments {
  readonly source: Source;
  readonly position: number;
  readonly layout: Layout;
  readonly digests: Uint8Array;
  /** The portion's. */
  readonly number: number;
}

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
