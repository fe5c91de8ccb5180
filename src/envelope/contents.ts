/** The index of a portion's files, and the names a file may have (spec/envelope.md section 5.2). */

import { utf8 } from "../bytes.ts";
import { encode } from "../cbor/codec.ts";
import { extent, newBudget } from "../cbor/scan.ts";
import { bytes, embed, readAs } from "../cbor/schema.ts";
import { fail } from "../errors.ts";
import { isClean } from "../text.ts";
import { type Item, indexShape, LIMITS } from "./format.ts";
import { padme } from "./layout.ts";

/** Names that are devices on some system, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?$/i;

/** What readers call files that are not whole yet, and clear away where they find them. */
const TEMPORARY = /^\.(?:.*\.)?tmp$/i;

/** One path segment that every system can create and no terminal can be fooled by. */
export const isFileName = (name: string): boolean =>
  isClean(name) &&
  utf8(name).length <= 255 &&
  !/[/\\:*?"<>|]/.test(name) &&
  !/^-|^$|\.$/.test(name) &&
  !DEVICE.test(name) &&
  !TEMPORARY.test(name);

/** @throws DipbagError ERR_NAME, ERR_NAME_TWICE */
export function checkNames(items: readonly Item[]): void {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (!isFileName(name)) fail("ERR_NAME", { name });
    const folded = name.toLowerCase();
    if (seen.has(folded)) fail("ERR_NAME_TWICE", { name });
    seen.add(folded);
  }
}

/** cbor(bstr .cbor [+ Item]), which stands in front of the files. @throws DipbagError ERR_LIMIT */
export function writeIndex(items: readonly Item[]): Uint8Array {
  if (items.length > LIMITS.items) fail("ERR_LIMIT", { what: "number of files" });
  const index = encode(embed(indexShape, items).bytes);
  if (index.length > LIMITS.contentsIndex) fail("ERR_LIMIT", { what: "length of the list of files" });
  return index;
}

/**
 * Reads the index from the first bytes of a plaintext of `plaintext` bytes; "more" where it goes on behind them.
 * @throws DipbagError ERR_CONTENTS where index, sizes and padding do not make up exactly this plaintext; as checkNames
 */
export function readIndex(start: Uint8Array, plaintext: number): Contents | "more" {
  const budget = newBudget();
  const offset = extent(start, 0, budget, LIMITS.contentsIndex);
  if (offset === "more") return start.length < plaintext ? "more" : fail("ERR_CONTENTS");
  const index = readAs(bytes(), start.subarray(0, offset), "contents", budget);
  const items = readAs(indexShape, index, "contents", budget);
  checkNames(items);
  let length = offset;
  for (const { size } of items) {
    length += size;
    if (length > plaintext) fail("ERR_CONTENTS");
  }
  if (plaintext !== length && plaintext !== padme(length)) fail("ERR_CONTENTS");
  return { items, offset, length };
}

/** `offset`: where the first file begins; `length`: L, all without padding. */
export interface Contents {
  readonly items: readonly Item[];
  readonly offset: number;
  readonly length: number;
}
