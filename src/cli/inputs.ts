/** Envelopes and files as a verb is given them: a path, or "-" for stdin. */

import { basename } from "node:path";
import { withoutArmour } from "../envelope/armour.ts";
import type { Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { descriptorSource, fileSource, type OpenSource } from "../node/source.ts";
import { type Threads, threads } from "../node/threads.ts";

export const STDIN = "-";

/** @throws DipbagError ERR_USAGE */
export function requireOneStdin(paths: readonly string[]): void {
  if (paths.filter((path) => path === STDIN).length > 1) fail("ERR_USAGE", { reason: "stdin can be read once only" });
}

/** @throws DipbagError as fileSource; ERR_NAME_NOT_UTF8: Node writes U+FFFD for what it cannot read, and two names become one */
export async function openInput(path: string): Promise<OpenSource> {
  if (path === STDIN) return descriptorSource(0, STDIN);
  return path.includes("\ufffd") ? fail("ERR_NAME_NOT_UTF8", { path }) : fileSource(path);
}

/** Runs `action` with the envelope at `path`, out of its armour where it has one, and with threads for what it holds. */
export async function withEnvelope<T>(
  path: string,
  action: (source: Source, input: OpenSource, bulk: Threads) => Promise<T>,
): Promise<T> {
  const input = await openInput(path);
  const bulk = threads();
  try {
    return await action(await withoutArmour(input), input, bulk);
  } finally {
    await bulk.close();
    await input.close();
  }
}

/** The media types of what liaison officers send (IANA registry); anything else is bytes. */
const MEDIA_TYPES: readonly (readonly [suffix: string, type: string])[] = [
  [".stix.json", "application/stix+json;version=2.1"],
  [".json", "application/json"],
  [".xml", "application/xml"],
  [".pdf", "application/pdf"],
  [".txt", "text/plain;charset=utf-8"],
  [".md", "text/markdown;charset=utf-8"],
  [".csv", "text/csv;charset=utf-8"],
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".zip", "application/zip"],
];

export const mediaTypeOf = (name: string): string =>
  MEDIA_TYPES.find(([suffix]) => name.toLowerCase().endsWith(suffix))?.[1] ?? "application/octet-stream";

/** The name under which a file is packed: its own, in the form that names have inside. */
export const packedName = (path: string): string => (path === STDIN ? "stdin" : basename(path).normalize("NFC"));
