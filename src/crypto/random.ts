/** The one door through which randomness enters. */

export type RandomSource = (length: number) => Uint8Array;

const system: RandomSource = (length) => {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) globalThis.crypto.getRandomValues(out.subarray(at, at + 65536));
  return out;
};

let source: RandomSource = system;

/** `length` unpredictable bytes. */
export const random: RandomSource = (length) => source(length);

/**
 * Runs `action` with another source, so that vectors are stable. Tests only: this module is not exported by the
 * package, and a test checks that nothing under src calls this.
 */
export async function withRandomForTests<T>(replacement: RandomSource, action: () => Promise<T>): Promise<T> {
  source = replacement;
  try {
    return await action();
  } finally {
    source = system;
  }
}
