/** What both engines require of an AES key. */

export function checkAesKey(key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 32) throw new RangeError("an AES key has 16 or 32 bytes");
}
