/** Both engines, for the tests that hold them to the same answers. */

import type { PublicEngine, SecretEngine } from "../../src/crypto/engine.ts";
import { engine as nodePublic } from "../../src/crypto/node-public.ts";
import { engine as nodeSecret } from "../../src/crypto/node-secret.ts";
import { engine as webPublic } from "../../src/crypto/web-public.ts";
import { engine as webSecret } from "../../src/crypto/web-secret.ts";

export interface Engines {
  name: string;
  pub: PublicEngine;
  sec: SecretEngine;
}

export const web: Engines = { name: "web", pub: webPublic, sec: webSecret };
export const node: Engines = { name: "node", pub: nodePublic, sec: nodeSecret };
export const engines = [web, node];

/** Whether this Node has ML-KEM and ML-DSA itself: then its randomness does not come through `random`. */
export const isNative = nodePublic.description.includes("native");

/** Whether the randomness of the post-quantum algorithms comes through `random`, so that a vector fixes the output. */
export const isDeterministic = (engine: Engines): boolean => engine === web || !isNative;

/** A copy with one bit flipped. */
export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const out = new Uint8Array(bytes);
  const at = Math.floor(bit / 8) % out.length;
  out[at] = (out[at] ?? 0) ^ (1 << (bit % 8));
  return out;
}

/** Whether `action` throws: for vectors that must be refused, whatever the error. */
export function refuses(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}
