/** SHA-256 of @noble. */

import { sha256 } from "@noble/hashes/sha2.js";
import type { HashEngine } from "./engine.ts";

export const engine: HashEngine = { sha256: (bytes) => sha256(bytes) };
