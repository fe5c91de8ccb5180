/** What the plain decoder of the grammar checker reads, in JavaScript's own types: for published examples of COSE. */

import { decodeItem, type Item, ItemMap, Tagged as TaggedItem } from "./cddl/decode.ts";

export class Tagged {
  readonly tag: number;
  readonly value: Plain;
  constructor(tag: number, value: Plain) {
    this.tag = tag;
    this.value = value;
  }
}
export type Plain = number | string | boolean | null | Uint8Array | Plain[] | Map<Plain, Plain> | Tagged;

/** Decodes exactly one item, which shares nothing with src/cbor. */
export const plainDecode = (bytes: Uint8Array): Plain => plain(decodeItem(bytes));

function plain(item: Item): Plain {
  if (typeof item === "bigint") return Number(item);
  if (item instanceof TaggedItem) return new Tagged(Number(item.tag), plain(item.item));
  if (item instanceof ItemMap) return new Map(item.pairs.map(([key, value]) => [plain(key), plain(value)]));
  if (Array.isArray(item)) return item.map(plain);
  return item as Exclude<Plain, Plain[] | Map<Plain, Plain> | Tagged>;
}
