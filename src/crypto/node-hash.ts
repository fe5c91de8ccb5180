/** SHA-256 of node:crypto. */

import { createHash } from "node:crypto";
import type { HashEngine } from "./engine.ts";

export const engine: HashEngine = {
  sha256(...parts) {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};
