/** The worked numbers of spec/envelope.md and spec/trust.md, made again. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { engine as publicEngine } from "#engine/public";
import { engine } from "#engine/secret";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { byteStringHead, encode } from "../../src/cbor/codec.ts";
import { MAX_DEPTH, MAX_ITEMS, MAX_TEXT } from "../../src/cbor/scan.ts";
import { coseKey, type KemKey, thumbprint } from "../../src/cose/key.ts";
import { sigStructure } from "../../src/cose/sign.ts";
import {
  CONTENT_PROTECTED,
  encStructure,
  FLOE_ALG,
  recipientInfo,
  recipientProtected,
  writeSlots,
} from "../../src/cose/slots.ts";
import { wrapKey } from "../../src/cose/wrap.ts";
import { ED25519, ML_DSA_65, ML_DSA_87, X25519_KEM } from "../../src/crypto/engine.ts";
import { startEncryption } from "../../src/crypto/floe.ts";
import { withRandomForTests } from "../../src/crypto/random.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES } from "../../src/crypto/suites.ts";
import { armour } from "../../src/envelope/armour.ts";
import { writeIndex } from "../../src/envelope/contents.ts";
import { binding, LIMITS } from "../../src/envelope/format.ts";
import { chooseN, layoutFor, padme } from "../../src/envelope/layout.ts";
import { isClean } from "../../src/text.ts";
import { createIdentity } from "../../src/trust/identity.ts";

const read = (name: string) => readFileSync(new URL(`../../spec/${name}`, import.meta.url), "utf8");
const [envelope, trust] = [read("envelope.md"), read("trust.md")];
/** All that stands in the hex blocks of a text, comments and blanks removed. */
const digits = (text: string): string =>
  [...text.matchAll(/```hex\n(.*?)```/gs)].map(([, block]) => block!.replace(/;.*|\s/gm, "")).join(" ");
const [inEnvelope, inTrust] = [digits(envelope), digits(trust)];

const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
const cek = seed.map((byte) => 0xa0 + byte);
const sevens = (length: number) => new Uint8Array(length).fill(7);
const bound = binding(fromHex("a10101"), 1, fromHex("a0"));
const x25519 = engine.decapsulationKey(X25519_KEM, seed);
const kid = thumbprint(HPKE_3_KE, x25519.publicKey);
const kem: KemKey = { use: "kem", alg: HPKE_3_KE, kid, publicKey: x25519.publicKey };
const hidden = recipientProtected(HPKE_9_KE, null).bytes;

const items = [{ name: "report.txt", mediaType: "text/plain", size: 5, modified: 1_790_000_000 }];
const index = writeIndex(items);
const length = index.length + 5;

describe("spec/envelope.md", () => {
  it("binding", () => {
    expect(inEnvelope).toContain(hex(concat(encode(["dipbag/1", fromHex("a10101"), 1, fromHex("a0")]), bound)));
  });

  it("thumbprints", () => {
    for (const alg of [ED25519, ML_DSA_65, ML_DSA_87] as const) {
      expect(inEnvelope).toContain(hex(thumbprint(alg, engine.signingKey(alg, seed).publicKey)));
    }
    for (const alg of [HPKE_3_KE, HPKE_9_KE, HPKE_10_KE] as const) {
      expect(inEnvelope).toContain(hex(thumbprint(alg, engine.decapsulationKey(SUITES[alg].kem, seed).publicKey)));
    }
    const hashed = coseKey(HPKE_3_KE, x25519.publicKey) as Map<number, number>;
    hashed.delete(3);
    expect(inEnvelope).toContain(hex(encode(hashed)));
  });

  it("signature", () => {
    const key = engine.signingKey(ED25519, seed);
    const body = encode(new Map([[16, "application/vnd.dipbag.card+cbor"]]));
    const header = encode(
      new Map<number, number | Uint8Array>([
        [1, ED25519],
        [4, thumbprint(ED25519, key.publicKey)],
      ]),
    );
    const signed = sigStructure(body, header, fromHex("a0"));
    expect(inEnvelope).toContain(hex(concat(signed, key.sign(signed))));
  });

  it("slots", async () => {
    const slot = await withRandomForTests(sevens, () => wrapKey(kem, false, cek, bound));
    const info = recipientInfo(FLOE_ALG, slot[0].bytes, bound);
    expect(inEnvelope).toContain(hex(concat(info, writeSlots([slot]))));
    expect(envelope).toContain(`\`44 a1 01 1839\``);
    expect(hex(encode(hidden))).toBe("44a1011839");
  });

  it("contents", async () => {
    const plaintext = new Uint8Array(padme(length));
    plaintext.set(concat(index, utf8("hello")));
    const aad = encStructure(CONTENT_PROTECTED, bound);
    const floe = startEncryption(cek, new Uint8Array(32).fill(0x11), aad, 2 ** 20);
    const segment = await floe.sealSegment(0, true, new Uint8Array(12).fill(0x22), plaintext);
    const digest = publicEngine.sha256(segment);
    const head = byteStringHead(segment.length);
    expect(inEnvelope).toContain(hex(concat(plaintext, aad, floe.header, segment, digest, head)));
    expect([index.length, length, plaintext.length, segment.length]).toEqual([36, 41, 44, 76]);
  });

  const numbers = (row: string) => row.split("|").map((cell) => cell.trim().replaceAll(",", ""));
  /** The rows of the table whose header begins so. */
  const rows = (start: RegExp) => {
    const table = envelope.slice(start.exec(envelope)?.index).split(/\n\n/)[0]!.split("\n").slice(2);
    return table.map((row) => numbers(row).slice(1, -1));
  };

  it("segments", () => {
    for (const [plaintexts, n, ...rest] of rows(/^\| P of the portions/m)) {
      const all = plaintexts!.split(" and ").map(Number);
      expect(chooseN(all)).toBe(Number(n));
      const layouts = all.map((plaintext) => layoutFor(plaintext, Number(n)));
      const last = layouts.map(({ segments, body }) => body - (segments - 1) * 2 ** Number(n));
      const figures = [layouts.map(({ segments }) => segments), layouts.map(({ body }) => body), last];
      expect(rest).toEqual(figures.map((list) => list.join(" and ")));
    }
  });

  it("padding", () => {
    const pairs = rows(/^\| +L \|/m).flatMap((row) =>
      [0, 2, 4].map((i) => [Number(row[i]), Number(row[i + 1])] as const),
    );
    expect(pairs.length).toBe(12);
    for (const [from, to] of pairs) expect(padme(from)).toBe(to);
  });

  it("clean text", () => {
    const listed = /characters anywhere: (.*?); and no/s.exec(envelope)![1]!.replaceAll("U+", "").split(/,\s+/);
    const ranges = listed.map((range) => range.split(/\s+to\s+/).map((end) => Number.parseInt(end, 16)));
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const text = `a${String.fromCodePoint(code)}a`;
      const expected = text === text.normalize("NFC") && !ranges.some(([a, b = a]) => a! <= code && code <= b!);
      if (isClean(text) !== expected) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
    for (const [text, clean] of Object.entries({ " a": false, "a ": false, "a b": true }))
      expect(isClean(text)).toBe(clean);
  });

  it("armour", () => {
    const text = new TextDecoder().decode(
      armour(
        concat(
          fromHex("d862"),
          Uint8Array.from({ length: 60 }, (_, i) => i),
        ),
      ),
    );
    expect(envelope.replace(/^ {4}/gm, "")).toContain(text);
  });

  it("limits", () => {
    const limits = new Map(rows(/^\| what +\| +at most/m).map(([what, most]) => [what, most?.replace(" bytes", "")]));
    expect(Object.fromEntries(limits)).toMatchObject({
      "head with its tag": `${LIMITS.head}`,
      "withheld statement with its tag": `${LIMITS.statement}`,
      "CBOR items in one message": `${MAX_ITEMS}`,
      "arrays and maps around an item in one byte string": `${MAX_DEPTH}`,
      text: `${MAX_TEXT}`,
      portions: `${LIMITS.portions}`,
      "slots; hidden slots of all portions": `${LIMITS.slots}; ${LIMITS.hiddenSlots}`,
      "signers and cards in the manifest": `${LIMITS.signers}`,
      "withheld statements": `${LIMITS.statements}`,
      "segments of all portions": `${LIMITS.segments}`,
      "files of a portion for a reader; of an envelope for a writer": `${LIMITS.items}`,
      "index of a portion": `${LIMITS.contentsIndex}`,
      armour: `${LIMITS.armour}`,
    });
  });
});

describe("spec/trust.md", () => {
  it("identity file", async () => {
    const passphrase = utf8("correct horse");
    const { file } = await withRandomForTests(sevens, () => createIdentity("hybrid-768", passphrase));
    expect(inTrust).toContain(hex(concat(file, await engine.scrypt(passphrase, sevens(16)))));
  });

  it("binding of a sealed card", () => {
    const input = encode(["dipbag/1 card", new Uint8Array(32)]);
    expect(inTrust).toContain(hex(concat(input, publicEngine.sha256(input))));
  });
});
