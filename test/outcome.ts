/** What becomes of an envelope: verified, then unpacked, as by the commands of these names. */

import { engine } from "#engine/public";
import { concat, hex } from "../src/bytes.ts";
import { bytesSource, type Source } from "../src/envelope/source.ts";
import { type Reader, unpack } from "../src/envelope/unpack.ts";
import type { Trust } from "../src/envelope/verified.ts";
import { type OpenEnvelope, openEnvelope, verify } from "../src/envelope/verify.ts";
import { DipbagError, type ErrorCode } from "../src/errors.ts";
import { type Person, T, trust } from "./world.ts";

export type Code = "ok" | ErrorCode;

/** Where a detail is missing there is a question mark, or nothing, in the sentence. (A file may have a name that is neither.) */
function requireWhole({ code, message, hint }: DipbagError): void {
  const text = `${message}; ${hint};`;
  if (code !== "ERR_NAME" && /(?:^|\s)\?|\s[\s;,]|: ?;/.test(text)) throw new Error(`not a whole sentence: ${text}`);
}

/** The code of the refusal; whatever else is thrown is a fault of dipbag, and thrown on. */
export async function codeOf(action: () => unknown): Promise<Code> {
  try {
    await action();
    return "ok";
  } catch (error) {
    if (!(error instanceof DipbagError && error.status >= 1 && error.status <= 5)) throw error;
    requireWhole(error);
    return error.code;
  }
}

interface Circumstances {
  readonly trust?: Trust;
  readonly at?: number;
}

export const verifying = (envelope: Uint8Array, { trust: known = trust, at = T }: Circumstances = {}): Promise<Code> =>
  codeOf(() => verify(bytesSource(envelope), known, at));

/** SHA-256 of each file that `reader` can have, by "portion/name". @throws DipbagError */
export async function read(
  envelope: OpenEnvelope,
  { identity, card }: Reader,
  only?: number,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const portion of unpack(envelope, { identity, card }, only)) {
    for (const [i, { name }] of portion.contents.items.entries()) {
      files[`${portion.number}/${name}`] = hex(engine.sha256(concat(...(await pieces(portion.file(i))))));
    }
    await portion.checkPadding();
  }
  return files;
}

export async function pieces(generator: AsyncGenerator<Uint8Array>): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for await (const piece of generator) out.push(piece);
  return out;
}

/** Opens and reads everything, from the front to the end. @throws DipbagError */
export const readAll = async (
  source: Source,
  reader: Person,
  { trust: known = trust, at = T, only }: Circumstances & { only?: number } = {},
) => read(await openEnvelope(source, known, at), reader, only);

export const unpacking = (
  envelope: Uint8Array,
  reader: Person,
  circumstances: Circumstances & { only?: number } = {},
): Promise<Code> => codeOf(() => readAll(bytesSource(envelope), reader, circumstances));
