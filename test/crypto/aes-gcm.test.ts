import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex } from "../../src/bytes.ts";
import { countNotRun } from "../not-run.ts";
import { loadJson, present } from "../vectors.ts";
import { engines, flip, node, web } from "./engines.ts";

const FILE = "wycheproof/aes_gcm_test.json";

/** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 4 and 16. */
const PLAINTEXT =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
const AAD = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
const NONCE = "cafebabefacedbaddecaf888";
const KNOWN = [
  [
    "feffe9928665731c6d6a8f9467308308",
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
  ],
  [
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
  ],
] as const;

describe.each(engines)("AES-GCM, $name engine", ({ sec }) => {
  it("gives the answers of the specification's test cases 4 and 16", async () => {
    for (const [key, sealed] of KNOWN) {
      const aead = sec.aesGcm(fromHex(key));
      const [nonce, plaintext, aad] = [NONCE, PLAINTEXT, AAD].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array];
      expect(hex(await aead.seal(nonce, plaintext, aad))).toBe(sealed);
      expect(hex(await aead.open(nonce, fromHex(sealed), aad))).toBe(PLAINTEXT);
    }
  });

  it("refuses keys of any other length", () => {
    for (const length of [0, 15, 24, 33]) expect(() => sec.aesGcm(new Uint8Array(length))).toThrow(RangeError);
  });

  it("[62] fails without detail on a ciphertext shorter than a tag, and on a truncated tag", async () => {
    const aead = sec.aesGcm(new Uint8Array(32));
    const nonce = new Uint8Array(12);
    const sealed = await aead.seal(nonce, new Uint8Array(40), nonce);
    for (const length of [0, 1, 12, 15, 16, 40, 55]) {
      await expect((async () => aead.open(nonce, sealed.subarray(0, length), nonce))()).rejects.toThrow(
        /^authentication failed$/,
      );
    }
  });

  it("returns plain arrays of exactly the right size", async () => {
    const aead = sec.aesGcm(new Uint8Array(32));
    for (const length of [0, 1, 65536, 65537, 200_000]) {
      const sealed = await aead.seal(new Uint8Array(12), new Uint8Array(length), new Uint8Array(0));
      const opened = await aead.open(new Uint8Array(12), sealed, new Uint8Array(0));
      for (const [bytes, size] of [[sealed, length + 16] as const, [opened, length] as const]) {
        expect(bytes.constructor).toBe(Uint8Array);
        expect([bytes.length, bytes.buffer.byteLength]).toEqual([size, size]);
      }
    }
  });
});

describe("AES-GCM, both engines", () => {
  it("property: the same bytes, opened by the other; a flipped bit anywhere is refused", async () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const inputs = [
      fc.oneof(bytes(16), bytes(32)),
      bytes(12),
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 65530, max: 140_000 }).map((n) => new Uint8Array(n)),
      ),
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...inputs, async (key, nonce, plaintext, aad, bit) => {
        const [a, b] = [web.sec.aesGcm(key), node.sec.aesGcm(key)];
        const sealed = await a.seal(nonce, plaintext, aad);
        expect(Buffer.compare(await b.seal(nonce, plaintext, aad), sealed)).toBe(0);
        for (const aead of [a, b]) {
          expect(Buffer.compare(await aead.open(nonce, sealed, aad), plaintext)).toBe(0);
          const open = async (n: Uint8Array, c: Uint8Array, d: Uint8Array) => aead.open(n, c, d);
          await expect(open(nonce, flip(sealed, bit), aad)).rejects.toThrow("authentication failed");
          await expect(open(flip(nonce, bit), sealed, aad)).rejects.toThrow("authentication failed");
          if (aad.length > 0)
            await expect(open(nonce, sealed, flip(aad, bit))).rejects.toThrow("authentication failed");
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe.skipIf(!present)("AES-GCM, published vectors (../shared/vectors)", () => {
  it.each(engines)("Wycheproof: 128- and 256-bit keys, 96-bit nonces, $name engine", async ({ sec }) => {
    interface File {
      numberOfTests: number;
      testGroups: {
        ivSize: number;
        keySize: number;
        tests: {
          tcId: number;
          key: string;
          iv: string;
          aad: string;
          msg: string;
          ct: string;
          tag: string;
          result: "valid" | "invalid";
        }[];
      }[];
    }
    const file = loadJson<File>(FILE);
    let ran = 0;
    for (const { ivSize, keySize, tests } of file.testGroups) {
      if (keySize === 192 || ivSize !== 96) continue;
      for (const test of tests) {
        const aead = sec.aesGcm(fromHex(test.key));
        const [nonce, aad, message] = [fromHex(test.iv), fromHex(test.aad), fromHex(test.msg)];
        const sealed = concat(fromHex(test.ct), fromHex(test.tag));
        const opened = (async () => hex(await aead.open(nonce, sealed, aad)))();
        if (test.result === "valid") {
          expect(hex(await aead.seal(nonce, message, aad)), `tcId ${test.tcId}`).toBe(hex(sealed));
          expect(await opened, `tcId ${test.tcId}`).toBe(test.msg);
        } else {
          await expect(opened, `tcId ${test.tcId}`).rejects.toThrow("authentication failed");
        }
        ran++;
      }
    }
    expect(ran + countNotRun(FILE)).toBe(file.numberOfTests);
  });
});
