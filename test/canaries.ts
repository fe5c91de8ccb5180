/** Known secrets, and the search for them in whatever dipbag lets anybody see: in every form in which bytes are written. */

export interface Canary {
  readonly name: string;
  readonly secret: Uint8Array;
}

/**
 * Any 16 bytes of a secret are a leak. Wherever they begin, they hold one of these pieces: so many bytes, at every so
 * many places.
 */
const PIECE = 12;
const STRIDE = 5;

/** Base64 of bytes that stand anywhere in a longer text: without the characters that their neighbours change. */
function base64(bytes: Buffer, encoding: "base64" | "base64url"): Buffer[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString(encoding)
      .replace(/=+$/, "");
    const first = Math.ceil((shift * 8) / 6);
    return Buffer.from(text.slice(first, Math.floor(((shift + bytes.length) * 8) / 6)));
  });
}

/** How `bytes` may be written. */
function formsOf(bytes: Uint8Array): Record<string, readonly Buffer[]> {
  const raw = Buffer.from(bytes);
  const numbers = (each: (byte: number) => string, between: string) =>
    Buffer.from(Array.from(raw, (byte) => each(byte)).join(between));
  const pad = (byte: number, width: number) => byte.toString(16).padStart(width, "0");
  const utf16 = Buffer.from(raw.toString("latin1"), "utf16le");
  return {
    raw: [raw],
    // A byte string or text within CBOR is as it is; as text of its own it is UTF-8.
    utf8: [Buffer.from(raw.toString("latin1"), "utf8")],
    hex: [Buffer.from(raw.toString("hex")), Buffer.from(raw.toString("hex").toUpperCase())],
    base64: base64(raw, "base64"),
    base64url: base64(raw, "base64url"),
    utf16: [utf16, Buffer.from(utf16).swap16()],
    json: [numbers((byte) => `\\u${pad(byte, 4)}`, "")],
    escaped: [numbers((byte) => `\\u{${pad(byte, 1)}}`, ""), numbers((byte) => `\\x${pad(byte, 2)}`, "")],
    decimal: [numbers(String, ",")],
    colons: [numbers((byte) => pad(byte, 2), ":")],
  };
}

/** Which canary is in `seen`, and in which form; also where lines and columns were broken. */
export function leaks(seen: Uint8Array, canaries: readonly Canary[]): string[] {
  const text = Buffer.from(seen.buffer, seen.byteOffset, seen.length);
  const unbroken = Buffer.from(text.toString("latin1").replace(/\s+/g, ""), "latin1");
  const found = canaries.flatMap(({ name, secret }) =>
    needlesOf(secret)
      .filter(([, needle]) => text.includes(needle) || unbroken.includes(needle))
      .map(([form]) => `${name} as ${form}`),
  );
  return [...new Set(found)];
}

const known = new WeakMap<Uint8Array, (readonly [form: string, needle: Buffer])[]>();

function needlesOf(secret: Uint8Array) {
  const made = known.get(secret) ?? [];
  if (made.length > 0) return made;
  for (let at = 0; at + PIECE <= secret.length; at += STRIDE) {
    for (const [form, needles] of Object.entries(formsOf(secret.subarray(at, at + PIECE))))
      made.push(...needles.map((needle) => [form, needle] as const));
  }
  known.set(secret, made);
  return made;
}
