import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { hkdfSha256 } from "../../src/crypto/hpke.ts";
import { engines, node, web } from "./engines.ts";

describe.each(engines)("hashes and key derivation, $name engine", ({ pub, sec }) => {
  it("SHA-256 of FIPS 180-2 appendix B.1 and B.2, and of nothing", () => {
    expect(hex(pub.sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(hex(pub.sha256(new Uint8Array(0)))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const message = utf8("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    expect(hex(pub.sha256(message))).toBe("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  });

  it("HMAC-SHA-384 of RFC 4231 sections 4.2, 4.3 and 4.7", () => {
    expect(hex(sec.hmacSha384(new Uint8Array(20).fill(0x0b), utf8("Hi "), utf8("There")))).toBe(
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
    );
    expect(hex(sec.hmacSha384(utf8("Jefe"), utf8("what do ya want for nothing?")))).toBe(
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    );
    const long = utf8("Test Using Larger Than Block-Size Key - Hash Key First");
    expect(hex(sec.hmacSha384(new Uint8Array(131).fill(0xaa), long))).toBe(
      "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
    );
  });

  it("SHAKE256 of the empty string (NIST example values for FIPS 202), and its prefix", () => {
    const known = "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762fd75dc4ddd8c0f200cb05019d67b592f6";
    expect(hex(sec.shake256(new Uint8Array(0), 48))).toBe(known);
    expect(hex(sec.shake256(new Uint8Array(0), 5))).toBe(known.slice(0, 10));
  });

  // RFC 7914 has no vector for these parameters; this figure is hashlib.scrypt of Python 3
  it("scrypt with N = 2^17, r = 8, p = 1", async () => {
    expect(hex(await sec.scrypt(utf8("pleaseletmein"), utf8("SodiumChloride")))).toBe(
      "2f10fcda14532d6543334cd899776407ff0ae879c370372de5b4e39d4d2d21ed",
    );
  });
});

describe("hashes and key derivation, both engines", () => {
  it("property: the same bytes, however the input is cut into parts", () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 300 }), (input, key, length) => {
        const whole = concat(...input);
        expect(hex(web.pub.sha256(whole))).toBe(hex(node.pub.sha256(whole)));
        expect(hex(web.sec.hmacSha384(key, ...input))).toBe(hex(node.sec.hmacSha384(key, whole)));
        expect(hex(node.sec.hmacSha384(key, ...input))).toBe(hex(node.sec.hmacSha384(key, whole)));
        expect(hex(web.sec.shake256(whole, length))).toBe(hex(node.sec.shake256(whole, length)));
      }),
      { numRuns: 50 },
    );
  });
});

it("HKDF-SHA256 of RFC 5869 appendix A.1 and A.3", async () => {
  const ikm = new Uint8Array(22).fill(0x0b);
  const prk = await hkdfSha256.Extract(fromHex("000102030405060708090a0b0c"), ikm);
  expect(hex(prk)).toBe("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  expect(hex(await hkdfSha256.Expand(prk, fromHex("f0f1f2f3f4f5f6f7f8f9"), 42))).toBe(
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
  const unsalted = await hkdfSha256.Extract(new Uint8Array(0), ikm);
  expect(hex(unsalted)).toBe("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  expect(hex(await hkdfSha256.Expand(unsalted, new Uint8Array(0), 42))).toBe(
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  );
});
