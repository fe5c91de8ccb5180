/** What verbs write: an envelope to a file or to stdout, and smaller things to a file. */

import { armour } from "../envelope/armour.ts";
import { readInto, type Sink } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { Home } from "../node/home.ts";
import { createOutput, refuseSameFile } from "../node/output.ts";
import { plainSpool } from "../node/spool.ts";
import type { Context } from "./context.ts";
import { STDIN } from "./inputs.ts";

export const STDOUT = "-";
const CHUNK = 1 << 20;
/** More than fits into armour, so that armour refuses it and nothing is cut off. */
const MAX_ARMOURED = 1 << 26;

/**
 * What an output may not be, whatever --force says: one of the inputs, the file of the passphrase, or one of the home.
 * @throws DipbagError ERR_SAME_FILE; ERR_USAGE where stdout would carry both the data and --json
 */
export function checkOutput(path: string, inputs: readonly string[], context: Context): void {
  if (path !== STDOUT) {
    const given = inputs.map((input) => (input === STDIN ? 0 : input));
    refuseSameFile([...given, ...context.secrets, ...new Home(context.home).files()], path);
  } else if (context.asJson) {
    fail("ERR_USAGE", { reason: "stdout cannot carry both the data and --json: name a file with -o" });
  }
}

/** Writes an envelope: in place to a file; through a spool of ciphertext to stdout, or where it becomes text. */
export async function writeEnvelope<T>(
  { out, armor = false, force = false }: { out: string; armor?: boolean; force?: boolean },
  context: Context,
  action: (sink: Sink) => Promise<T>,
): Promise<T> {
  const output = out === STDOUT ? undefined : await createOutput(out, { force });
  try {
    if (output !== undefined && !armor) {
      const result = await action(output);
      await output.commit();
      return result;
    }
    const spool = await plainSpool(context.temporary);
    try {
      const result = await action(spool);
      const emit = output === undefined ? context.out : (bytes: Uint8Array) => output.write(bytes);
      if (armor) await emit(armour(await spool.read(0, MAX_ARMOURED)));
      else {
        const memory = new Uint8Array(CHUNK);
        for (let at = 0; at < (spool.size ?? 0); at += CHUNK) await emit(await readInto(spool, at, memory));
      }
      await output?.commit();
      return result;
    } finally {
      await spool.close();
    }
  } finally {
    await output?.abort();
  }
}

/**
 * Writes the small file that `make` returns, or makes nothing where it could not be written: a name that is taken is
 * refused before a passphrase is asked for.
 */
export async function writeMade<T>(
  out: string,
  make: () => Promise<readonly [file: Uint8Array, result: T]>,
): Promise<T> {
  if (out === STDOUT) fail("ERR_USAGE", { reason: "this verb writes a file: name one with -o" });
  const output = await createOutput(out);
  try {
    const [file, result] = await make();
    await output.write(file);
    await output.commit();
    return result;
  } finally {
    await output.abort();
  }
}
