/** The real `pack`, called briefly. */

import { utf8 } from "../src/bytes.ts";
import { type Bulk, inOrder } from "../src/envelope/bulk.ts";
import { pack } from "../src/envelope/pack.ts";
import type { InputFile, PackPlan } from "../src/envelope/plan.ts";
import { bytesSource } from "../src/envelope/source.ts";
import type { Labels } from "../src/label/label.ts";
import { MemorySink, PACKS, type Person, T, world } from "./world.ts";

export const file = (name: string, data: Uint8Array | string): InputFile => {
  const bytes = typeof data === "string" ? utf8(data) : data;
  return { name, mediaType: "text/plain", size: bytes.length, source: bytesSource(bytes) };
};

export interface Part {
  readonly labels: Labels;
  readonly files: readonly InputFile[];
  readonly to: readonly Person[];
}

/** By the duty officer, padded, unless told otherwise; the envelope's labels are those of the first portion. */
export async function packed(parts: readonly Part[], plan: Partial<PackPlan> & { by?: Person; bulk?: Bulk } = {}) {
  const { by = world.duty, bulk = inOrder, ...rest } = plan;
  const sink = new MemorySink();
  const report = await pack(
    {
      identity: by.identity,
      card: by.card,
      labels: (parts[0] as Part).labels,
      handling: { messageType: "exercise" },
      portions: parts.map(({ labels, files, to }) => ({ labels, files, recipients: to.map(({ card }) => card) })),
      policies: PACKS,
      created: T,
      pad: true,
      hideRecipients: false,
      ...rest,
    },
    sink,
    undefined,
    bulk,
  );
  return { bytes: sink.bytes, report };
}
