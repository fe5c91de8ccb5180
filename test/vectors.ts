/** Published test vectors live beside the project, in ../shared/vectors; tests that need them skip by name without it. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const folder = new URL("../../shared/vectors/", import.meta.url);

/** For `describe.skipIf(!present)`. */
export const present = existsSync(folder);

/** The absolute path of a vector file, such as `wycheproof/x25519_test.json`. */
export const vectorPath = (file: string): string => fileURLToPath(new URL(file, folder));

export const readVector = (file: string): Buffer => readFileSync(vectorPath(file));

/** Parses a JSON vector file, gzipped or not. The caller says what is in it: these files are published and fixed. */
export function loadJson<T>(file: string): T {
  const raw = readVector(file);
  return JSON.parse((file.endsWith(".gz") ? gunzipSync(raw) : raw).toString("utf8")) as T;
}
