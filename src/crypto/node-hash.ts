/** SHA-256 of node:crypto. */

import { hash } from "node:crypto";
import type { HashEngine } from "./engine.ts";

export const engine: HashEngine = {
  sha256: (bytes) => new Uint8Array(hash("sha256", bytes, "buffer")),
};
