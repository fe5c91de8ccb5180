/** SHA-256 of @noble. */

import { sha256 } from "@noble/hashes/sha2.js";
import type { HashEngine } from "./engine.ts";

export const engine: HashEngine = {
  sha256(...parts) {
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};
