import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/secret";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { startDecryption, startEncryption } from "../../src/crypto/floe.ts";
import {
  bodyLength,
  encodeParameters,
  HEADER_LENGTH,
  plaintextLength,
  plaintextPerSegment,
  segmentCount,
} from "../../src/crypto/floe-layout.ts";
import { present, readVector, vectorPath } from "../vectors.ts";

const LENGTH = 64;
const CAPACITY = plaintextPerSegment(LENGTH);
const key = new Uint8Array(32).fill(7);
const iv = new Uint8Array(32).fill(9);
const aad = utf8("aad");
const nonceOf = (segment: Uint8Array) => segment.subarray(4, 16);

function split(body: Uint8Array, length: number): Uint8Array[] {
  const count = segmentCount(body.length, length);
  return Array.from({ length: count }, (_, i) => body.subarray(i * length, (i + 1) * length));
}

/** `plaintext` in segments of `LENGTH`, under nonces that tell the positions apart. */
async function encrypt(plaintext: Uint8Array): Promise<{ header: Uint8Array; segments: Uint8Array[] }> {
  const { header, sealSegment } = startEncryption(key, iv, aad, LENGTH);
  const count = segmentCount(bodyLength(plaintext.length, LENGTH), LENGTH);
  const segments: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const part = plaintext.subarray(i * CAPACITY, (i + 1) * CAPACITY);
    segments.push(await sealSegment(i, i === count - 1, new Uint8Array(12).fill(i), part));
  }
  return { header, segments };
}

interface Options {
  withKey: Uint8Array;
  withAad: Uint8Array;
  length: number;
  mask: number;
}

/** The plaintext, or the index of the first segment that is refused; null when the header is. */
async function decrypt(
  file: { header: Uint8Array; segments: Uint8Array[] },
  { withKey = key, withAad = aad, length = LENGTH, mask = 20 }: Partial<Options> = {},
): Promise<Uint8Array | number | null> {
  const reader = startDecryption(withKey, file.header, withAad, length, mask);
  if (reader === null) return null;
  const out: Uint8Array[] = [];
  for (const [i, segment] of file.segments.entries()) {
    const part = await reader.openSegment(i, i === file.segments.length - 1, segment);
    if (part === null) return i;
    out.push(part);
  }
  return concat(...out);
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe("the published FLOE known answers", () => {
  const zeroKey = new Uint8Array(32);
  const theirAad = utf8("This is AAD");

  async function check(ciphertext: Uint8Array, plaintext: Uint8Array, mask: number) {
    const length = Buffer.from(ciphertext).readUInt32BE(2);
    const header = ciphertext.subarray(0, HEADER_LENGTH);
    const segments = split(ciphertext.subarray(HEADER_LENGTH), length);
    const file = { header, segments };
    const opened = await decrypt(file, { withKey: zeroKey, withAad: theirAad, length, mask });
    expect(opened).toEqual(new Uint8Array(plaintext));

    const again = startEncryption(zeroKey, header.subarray(10, 42), theirAad, length, mask);
    expect(hex(again.header)).toBe(hex(header));
    for (const [i, segment] of segments.entries()) {
      const part = plaintext.subarray(i * plaintextPerSegment(length), (i + 1) * plaintextPerSegment(length));
      const sealed = await again.sealSegment(i, i === segments.length - 1, nonceOf(segment), part);
      expect(hex(sealed), `segment ${i}`).toBe(hex(segment));
    }
  }

  // Snowflake-Labs/floe-specification @ e466ef42, kats/java_lastSegAligned
  it("java_lastSegAligned, as cited here", () => check(fromHex(CITED.ciphertext), fromHex(CITED.plaintext), 20));

  describe.skipIf(!present)("../shared/vectors/floe", () => {
    const names = present ? readdirSync(vectorPath("floe")).flatMap((f) => f.match(/^(.*)_ct\.txt$/)?.[1] ?? []) : [];
    const read = (file: string) => fromHex(readVector(`floe/${file}.txt`).toString("latin1").trim());

    it("has 17 pairs", () => expect(names).toHaveLength(17));
    it.each(names)("%s opens, and seals to the same bytes", (name) =>
      check(read(`${name}_ct`), read(`${name}_pt`), name.includes("rotation") ? 2 : 20),
    );
    it("java_lastSegEmpty ends in an empty segment", () => {
      const ciphertext = read("java_lastSegEmpty_ct");
      expect(split(ciphertext.subarray(HEADER_LENGTH), 40).at(-1)).toHaveLength(32);
    });
  });
});

describe("FLOE segments", () => {
  it.each([0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 3 * CAPACITY])("carry %i bytes", async (length) => {
    const plaintext = Uint8Array.from({ length }, (_, i) => i);
    const file = await encrypt(plaintext);
    expect(concat(...file.segments)).toHaveLength(bodyLength(length, LENGTH));
    expect(await decrypt(file)).toEqual(plaintext);
  });

  it("[36] change with one flipped bit anywhere, and are refused", async () => {
    const { header, segments } = await encrypt(new Uint8Array(CAPACITY + 5));
    for (const [i, segment] of segments.entries())
      for (let at = 0; at < segment.length; at++)
        expect(await decrypt({ header, segments: segments.with(i, flipped(segment, at)) }), `${i}:${at}`).toBe(i);
  });

  it("[68] are refused at another place, or as another kind", async () => {
    const { header, segments } = await encrypt(new Uint8Array(4 * CAPACITY));
    const [a, b, c, d] = segments as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect(await decrypt({ header, segments: [b, a, c, d] })).toBe(0);
    expect(await decrypt({ header, segments: [a, c, b, d] })).toBe(1);
    expect(await decrypt({ header, segments: [a, a, c, d] })).toBe(1);
    expect(await decrypt({ header, segments: [a, b, d] }), "dropped").toBe(2);
    expect(await decrypt({ header, segments: [a, b, c] }), "the end cut off").toBe(2);
    expect(await decrypt({ header, segments: [a, b, c, d, d] }), "gone on").toBe(3);
  });

  it("[70] are refused with the prefix of the other kind, though everything behind it is right", async () => {
    const { header, segments } = await encrypt(new Uint8Array(2 * CAPACITY));
    const [first, last] = segments as [Uint8Array, Uint8Array];
    const asLast = concat(last.subarray(0, 4), first.subarray(4));
    const asFirst = concat(first.subarray(0, 4), last.subarray(4));
    expect(await decrypt({ header, segments: [asLast, last] })).toBe(0);
    expect(await decrypt({ header, segments: [first, asFirst] })).toBe(1);
  });

  it("[62] are refused one byte short or long, and of any length up to a segment", async () => {
    const { header, segments } = await encrypt(new Uint8Array(CAPACITY + 5));
    const [first, last] = segments as [Uint8Array, Uint8Array];
    for (let length = 0; length <= LENGTH + 1; length++) {
      if (length !== LENGTH) expect(await decrypt({ header, segments: [resized(first, length), last] })).toBe(0);
      if (length !== last.length) expect(await decrypt({ header, segments: [first, resized(last, length)] })).toBe(1);
    }
  });

  it("are refused at a length that only a sender with the key could give them", async () => {
    const { header } = startEncryption(key, iv, aad, LENGTH);
    const reader = startDecryption(key, header, aad, LENGTH);
    // the AEAD key of segment 0, written out once more: FLOE_KDF of the message key, which is FLOE_KDF of the key
    const kdf = (prk: Uint8Array, purpose: Uint8Array) =>
      engine.hmacSha384(prk, header.subarray(0, 42), purpose, aad, Uint8Array.of(1));
    const dek = kdf(kdf(key, utf8("MESSAGE_KEY:")), concat(utf8("DEK:"), new Uint8Array(8))).subarray(0, 32);
    const forge = async (isFinal: boolean, length: number) => {
      const prefix = isFinal ? Uint8Array.of(0, 0, 0, length) : new Uint8Array(4).fill(0xff);
      const position = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, isFinal ? 1 : 0);
      const sealed = await engine.aesGcm(dek).seal(iv.subarray(0, 12), new Uint8Array(length - 32), position);
      return concat(prefix, iv.subarray(0, 12), sealed);
    };
    for (const isFinal of [true, false]) {
      expect(await reader?.openSegment(0, isFinal, await forge(isFinal, LENGTH))).toHaveLength(CAPACITY);
      expect(await reader?.openSegment(0, isFinal, await forge(isFinal, LENGTH + 1))).toBeNull();
    }
    expect(await reader?.openSegment(0, true, await forge(true, LENGTH - 1))).toHaveLength(CAPACITY - 1);
    expect(await reader?.openSegment(0, false, await forge(false, LENGTH - 1))).toBeNull();
  });

  it("change their key with the rotation block, and reach 2^40", async () => {
    const writer = startEncryption(key, iv, aad, LENGTH);
    const reader = startDecryption(key, writer.header, aad, LENGTH);
    const nonce = new Uint8Array(12);
    const plaintext = new Uint8Array(CAPACITY);
    const seen = new Set<string>();
    for (const index of [0, 2 ** 20 - 1, 2 ** 20, 2 ** 32, 2 ** 40 - 1, 0]) {
      const segment = await writer.sealSegment(index, false, nonce, plaintext);
      seen.add(hex(segment.subarray(16, 16 + CAPACITY)));
      expect(await reader?.openSegment(index, false, segment), `${index}`).toEqual(plaintext);
      expect(await reader?.openSegment(index === 0 ? 1 : index - 1, false, segment)).toBeNull();
    }
    // one nonce, one plaintext: equal ciphertext means equal key, so 0 and 2^20 - 1 share one and the others do not
    expect(seen.size).toBe(4);
  });

  it.each([-1, 0.5, 2 ** 40, Number.NaN])("have no index %d", async (index) => {
    const writer = startEncryption(key, iv, aad, LENGTH);
    const reader = startDecryption(key, writer.header, aad, LENGTH);
    await expect(writer.sealSegment(index, true, new Uint8Array(12), key)).rejects.toThrow(RangeError);
    await expect(reader?.openSegment(index, true, new Uint8Array(32))).rejects.toThrow(RangeError);
  });

  it("are not sealed from the wrong length", async () => {
    const { sealSegment } = startEncryption(key, iv, aad, LENGTH);
    const nonce = new Uint8Array(12);
    for (const [isFinal, length] of [
      [false, CAPACITY - 1],
      [false, CAPACITY + 1],
      [true, CAPACITY + 1],
    ] as const)
      await expect(sealSegment(0, isFinal, nonce, new Uint8Array(length))).rejects.toThrow(RangeError);
    await expect(sealSegment(0, true, new Uint8Array(13), key)).rejects.toThrow(RangeError);
  });
});

describe("the FLOE header", () => {
  it("[60] commits to the key, the aad, the IV and the parameters, before any segment is read", async () => {
    const { header } = await encrypt(new Uint8Array(1));
    const file = { header, segments: [] };
    expect(await decrypt(file)).toHaveLength(0);
    expect(await decrypt(file, { withKey: flipped(key, 31) })).toBeNull();
    expect(await decrypt(file, { withAad: utf8("aae") })).toBeNull();
    expect(await decrypt(file, { withAad: utf8("") })).toBeNull();
    expect(await decrypt(file, { length: LENGTH + 1 })).toBeNull();
    for (let at = 0; at < header.length; at++)
      expect(await decrypt({ header: flipped(header, at), segments: [] }), `byte ${at}`).toBeNull();
    for (const length of [0, HEADER_LENGTH - 1, HEADER_LENGTH + 1])
      expect(await decrypt({ header: resized(header, length), segments: [] })).toBeNull();
  });

  it("needs a key and an IV of 32 bytes", () => {
    for (const length of [0, 16, 31, 33]) {
      expect(() => startEncryption(new Uint8Array(length), iv, aad, LENGTH)).toThrow(RangeError);
      expect(() => startEncryption(key, new Uint8Array(length), aad, LENGTH)).toThrow(RangeError);
      expect(() => startDecryption(new Uint8Array(length), new Uint8Array(74), aad, LENGTH)).toThrow(RangeError);
    }
  });

  it("begins with 00 00, the segment length and the IV length", () => {
    expect(hex(encodeParameters(2 ** 20))).toBe("00000010000000000020");
    expect(hex(encodeParameters(2 ** 26))).toBe("00000400000000000020");
  });

  it("does not change with what the caller does to its arrays afterwards", async () => {
    const [ownKey, ownIv, ownAad] = [key.slice(), iv.slice(), aad.slice()];
    const writer = startEncryption(ownKey, ownIv, ownAad, LENGTH);
    for (const array of [ownKey, ownIv, ownAad]) array.fill(0);
    const segment = await writer.sealSegment(0, true, new Uint8Array(12), key);
    expect(await decrypt({ header: writer.header, segments: [segment] })).toEqual(key);
  });
});

describe("FLOE lengths", () => {
  it("can be taken back, and count the same segments from either side", () => {
    const segmentLength = fc.oneof(
      fc.integer({ min: 33, max: 4096 }),
      fc.integer({ min: 20, max: 26 }).map((n) => 2 ** n),
    );
    fc.assert(
      fc.property(
        segmentLength,
        fc.integer({ min: 1, max: 65536 }),
        fc.integer({ min: -1, max: 1 }),
        (s, count, off) => {
          const length = Math.max(1, count * plaintextPerSegment(s) + off);
          const body = bodyLength(length, s);
          expect(plaintextLength(body, s)).toBe(length);
          expect(segmentCount(body, s)).toBe(Math.ceil(length / plaintextPerSegment(s)));
          const last = body - (segmentCount(body, s) - 1) * s;
          expect(last >= 33 && last <= s).toBe(true);
        },
      ),
    );
  });
});

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(0, length));
  return out;
}

const CITED = {
  plaintext: "935e679e8deaeecc300777f90606d92c",
  ciphertext:
    "00000000002800000020ea1abfaa4f4aeb96c152ae87eace05f91ad5e1a7f4bec7dc92b79e6ea9d925cd29315fb4c1c3034c7116" +
    "2de9eede6095147a37171b78d0316f25d0124a04d8deffffffffa3b026ca128af0b79bafb550f9d298864fc5a413355c17d822e0" +
    "acf6a78b6ae25b5df56600000028a34316dedf6ccc1a96d6de3e1d612b36b43a025b429dc539b96ca79bca0eb4ab0d3b0412",
};
