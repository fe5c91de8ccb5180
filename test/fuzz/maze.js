/** Whoever guesses gets through once in 2^40; whoever sees how far each guess came, soon. */
export function maze(bytes) {
  if (bytes[0] !== 0x46) return 0;
  if (bytes[1] !== 0x41) return 1;
  if (bytes[2] !== 0x55) return 2;
  if (bytes[3] !== 0x4c) return 3;
  if (bytes[4] !== 0x54) return 4;
  throw new Error("FAULT");
}
