/**
 * A plain decoder of CBOR (RFC 8949 section 3) for the grammar checker: definite lengths, any tag, floats, maps as they
 * stand, duplicates included. It shares nothing with src/cbor, and does not judge what it reads.
 */

/** Integers are bigint, floats are number, so that a grammar can tell them apart. */
export type Item =
  | bigint
  | number
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Item[]
  | ItemMap
  | Tagged;

export class ItemMap {
  readonly pairs: readonly (readonly [Item, Item])[];
  constructor(pairs: readonly (readonly [Item, Item])[]) {
    this.pairs = pairs;
  }
}

export class Tagged {
  readonly tag: bigint;
  readonly item: Item;
  constructor(tag: bigint, item: Item) {
    this.tag = tag;
    this.item = item;
  }
}

/** All items of a CBOR sequence (RFC 8742). @throws Error where the bytes are not that */
export function decodeSequence(bytes: Uint8Array): Item[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Item[] = [];
  let at = 0;
  while (at < bytes.length) items.push(next());
  return items;

  function take(size: number): number {
    if (at + size > bytes.length) throw new Error(`cut short at byte ${at}`);
    at += size;
    return at - size;
  }

  function argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    if (info === 24) return BigInt(view.getUint8(take(1)));
    if (info === 25) return BigInt(view.getUint16(take(2)));
    if (info === 26) return BigInt(view.getUint32(take(4)));
    if (info === 27) return view.getBigUint64(take(8));
    throw new Error(`indefinite or reserved length at byte ${at - 1}`);
  }

  function simple(info: number): Item {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info === 23) return undefined;
    if (info === 26) return view.getFloat32(take(4));
    if (info === 27) return view.getFloat64(take(8));
    throw new Error(`simple value or half float at byte ${at - 1}`);
  }

  function next(): Item {
    const initial = view.getUint8(take(1));
    const [major, info] = [initial >> 5, initial & 31];
    if (major === 7) return simple(info);
    const count = argument(info);
    if (major === 0) return count;
    if (major === 1) return -1n - count;
    if (major === 6) return new Tagged(count, next());
    if (count > BigInt(bytes.length - at)) throw new Error(`cut short at byte ${at}`);
    const length = Number(count);
    if (major === 4) return Array.from({ length }, next);
    if (major === 5) return new ItemMap(Array.from({ length }, () => [next(), next()] as const));
    const content = bytes.slice(take(length), at);
    return major === 2 ? content : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  }
}

/** Exactly one item. @throws Error where the bytes are not that */
export function decodeItem(bytes: Uint8Array): Item {
  const items = decodeSequence(bytes);
  if (items.length !== 1) throw new Error(`${items.length} items instead of one`);
  return items[0];
}

/** Whether a literal of a grammar is this item. */
export const same = (a: Item, b: Item): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

/** An item in a few words, for a mismatch. */
export function describe(item: Item): string {
  if (item instanceof Uint8Array)
    return item.length > 8 ? `${item.length} bytes` : `h'${Buffer.from(item).toString("hex")}'`;
  if (typeof item === "string") return JSON.stringify(item.slice(0, 80));
  if (item instanceof Tagged) return `tag ${item.tag}`;
  if (item instanceof ItemMap) return "a map";
  return Array.isArray(item) ? `an array of ${item.length}` : String(item);
}
