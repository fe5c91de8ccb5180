/** What this project writes is read by cose.py, which shares nothing with it: other language, other libraries. */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/secret";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { publicKey } from "../../src/cose/key.ts";
import { sign } from "../../src/cose/sign.ts";
import { CONTENT_PROTECTED, encStructure, writeSlots } from "../../src/cose/slots.ts";
import { wrapKey } from "../../src/cose/wrap.ts";
import { ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import { startEncryption } from "../../src/crypto/floe.ts";
import { bodyLength, HEADER_LENGTH, plaintextPerSegment, segmentCount } from "../../src/crypto/floe-layout.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../../src/crypto/suites.ts";
import { type Signer, signer } from "../portable/cose-forge.ts";
import { present, readVector } from "../vectors.ts";
import { able, independent } from "./reader.ts";

const flipped = (bytes: Uint8Array, at: number) =>
  bytes.map((byte, i) => (i === (at + bytes.length) % bytes.length ? byte ^ 1 : byte));

describe.skipIf(!able)("python3 with cryptography 48 (else skipped): COSE_Sign", () => {
  const alice = signer(1, ML_DSA_65);
  const bob = signer(2, ML_DSA_87);
  const keyList = ({ keys }: Signer) => [keys.classical, keys.postQuantum];
  const flags = (...signers: Signer[]) => signers.flatMap(keyList).flatMap(({ key }) => ["--key", hex(key.publicKey)]);
  const item = sign("card", utf8("payload"), [alice.pair, bob.pair]);

  it.each([[[]], [["--own-cbor"]]])("verifies two signers' four signatures %s", (before) => {
    expect(independent("verify-sign", item, flags(alice, bob), before)).toEqual({
      typ: "application/vnd.dipbag.card+cbor",
      payload: hex(utf8("payload")),
      signatures: [alice, bob].flatMap(keyList).map(({ key, kid }) => ({ alg: key.alg, kid: hex(kid) })),
    });
  });

  it("refuses another list of keys", () => {
    expect(independent("verify-sign", item, flags(alice))).toBe("4 signatures instead of 2");
    expect(independent("verify-sign", item, flags(bob, alice))).toBe("a signature of another key");
    expect(independent("verify-sign", item, flags(alice, signer(3, ML_DSA_87)))).toBe("a signature of another key");
  });

  it("refuses a changed payload and a changed signature", () => {
    const at = Buffer.from(item).indexOf("payload");
    expect(independent("verify-sign", flipped(item, at), flags(alice, bob))).toMatch(/-19 does not verify/);
    expect(independent("verify-sign", flipped(item, -1), flags(alice, bob))).toMatch(/-50 does not verify/);
  });
});

describe.skipIf(!able)("python3 with cryptography 48 (else skipped): key slots", () => {
  const cek = new Uint8Array(32).fill(3);
  const binding = new Uint8Array(32).fill(4);
  const seed = new Uint8Array(32).fill(5);
  const algs = [HPKE_9_KE, HPKE_10_KE, HPKE_3_KE] as const;

  const slot = (alg: SuiteAlg, from: Uint8Array, hidden = false) => {
    const known = publicKey(alg, engine.decapsulationKey(SUITES[alg].kem, from).publicKey);
    if (known.use !== "kem") throw new Error("not a KEM key");
    return wrapKey(known, hidden, cek, binding);
  };
  const open = (item: Uint8Array, alg: SuiteAlg, bound = binding, before: readonly string[] = []) =>
    independent("open-slot", item, ["--binding", hex(bound), "--seed", `${alg}:${hex(seed)}`], before);

  it.each(algs)("opens its own among several, and its own hidden one (%i)", async (alg) => {
    const other = await slot(alg, new Uint8Array(32));
    const hidden = await slot(alg, new Uint8Array(32), true);
    const found = { slot: 3, key: hex(cek) };
    expect(open(writeSlots([other, hidden, await slot(alg, seed)]), alg)).toEqual(found);
    expect(open(writeSlots([other, hidden, await slot(alg, seed, true)]), alg, binding, ["--own-cbor"])).toEqual(found);
    expect(open(writeSlots([other, hidden]), alg)).toBe("no slot opens");
  });

  it.each(algs)("refuses another binding (%i)", async (alg) => {
    expect(open(writeSlots([await slot(alg, seed)]), alg, new Uint8Array(32))).toMatch(/does not open/);
    expect(open(writeSlots([await slot(alg, seed, true)]), alg, new Uint8Array(32))).toBe("no slot opens");
  });
});

describe.skipIf(!able)("python3 with cryptography 48 (else skipped): FLOE", () => {
  const key = new Uint8Array(32).fill(7);
  const binding = new Uint8Array(32).fill(4);
  const length = 64;

  async function encrypt(plaintext: Uint8Array) {
    const aad = encStructure(CONTENT_PROTECTED, binding);
    const { header, sealSegment } = startEncryption(key, new Uint8Array(32).fill(9), aad, length);
    const [count, capacity] = [segmentCount(bodyLength(plaintext.length, length), length), plaintextPerSegment(length)];
    const segments = Array.from({ length: count }, (_, i) => plaintext.subarray(i * capacity, (i + 1) * capacity));
    const sealed = await Promise.all(
      segments.map((part, i) => sealSegment(i, i === count - 1, new Uint8Array(12).fill(i), part)),
    );
    return { header, body: concat(...sealed) };
  }
  const open = ({ header, body }: { header: Uint8Array; body: Uint8Array }) =>
    independent("floe", body, ["--key", hex(key), "--header", hex(header), "--binding", hex(binding)]);

  it.each([1, 32, 33, 100])("opens %i bytes", async (size) => {
    const plaintext = Uint8Array.from({ length: size }, (_, i) => i);
    expect(open(await encrypt(plaintext))).toEqual({ plaintext: hex(plaintext) });
  });

  it("refuses a changed header, segment or length", async () => {
    const { header, body } = await encrypt(new Uint8Array(100));
    expect(open({ header: flipped(header, -1), body })).toBe("the FLOE header tag does not match");
    expect(open({ header: flipped(header, 20), body })).toBe("the FLOE header tag does not match");
    expect(open({ header, body: flipped(body, -1) })).toBe("segment 3 does not open");
    expect(open({ header, body: flipped(body, 2) })).toBe("prefix of segment 0");
    expect(open({ header, body: body.subarray(0, 2 * length) })).toBe("prefix of segment 1");
  });

  it.skipIf(!present)("opens the published java_lastSegAligned, from ../shared/vectors", () => {
    const read = (file: string) => fromHex(readVector(`floe/java_lastSegAligned_${file}.txt`).toString("latin1"));
    const [header, body] = [read("ct").subarray(0, HEADER_LENGTH), read("ct").subarray(HEADER_LENGTH)];
    const args = ["--key", "00".repeat(32), "--header", hex(header), "--aad", hex(utf8("This is AAD"))];
    expect(independent("floe", body, args)).toEqual({ plaintext: hex(read("pt")) });
  });
});
