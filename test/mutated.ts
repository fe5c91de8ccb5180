/** Byte strings that went wrong in one of the ways in which they do, the same for the same number. */

import { concat } from "../src/bytes.ts";
import { counter } from "./world.ts";

/**
 * `honest` changed in the `n`th way: a bit flipped, a byte replaced, cut, gone on, a piece of `other` put in or over it, both ends
 * exchanged, zeros, noise. What has no byte comes back as it is from some of them.
 */
export function mutated(honest: Uint8Array, other: Uint8Array, n: number): Uint8Array {
  const noise = counter(`mutation ${n}`);
  const below = (limit: number) => new DataView(noise(4).buffer).getUint32(0) % Math.max(1, limit);
  const place = below(honest.length);
  const [before, after] = [honest.subarray(0, place), honest.subarray(place)];
  const [one = 0] = after;
  const start = below(other.length);
  const piece = other.subarray(start, start + 1 + below(16));
  const replaced = (byte: number) => concat(before, Uint8Array.of(byte), after.subarray(1));
  const ways = [
    () => replaced(one ^ (1 << below(8))),
    () => replaced([0, 1, 0x7f, 0x80, 0xff][below(5)] as number),
    () => before,
    () => after,
    () => concat(honest, piece),
    () => concat(before, piece, after),
    () => concat(before, piece, after.subarray(piece.length)),
    () => concat(before, other.subarray(place)),
    () => concat(after, before),
    () => concat(before, new Uint8Array(after.length)),
    () => noise(honest.length),
  ];
  return (ways[n % ways.length] as () => Uint8Array)();
}
