/** Published vectors of COSE-HPKE, of ML-DSA in COSE and of key thumbprints, opened with our structures. */

import { createDecipheriv } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { engine as publicEngine } from "#engine/public";
import { engine } from "#engine/secret";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, encode } from "../../src/cbor/codec.ts";
import { readAs } from "../../src/cbor/schema.ts";
import { coseKey, publicKeyShape, thumbprint } from "../../src/cose/key.ts";
import { encStructure, recipientInfo } from "../../src/cose/slots.ts";
import { ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import { hpkeOpen } from "../../src/crypto/hpke.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../../src/crypto/suites.ts";
import { COSE_HPKE, COSE_HPKE_PQ, COSE_ML_DSA, COSE_RECEIPTS, COSE_WG, countNotRun } from "../not-run.ts";
import { type Plain, plainDecode, type Tagged } from "../plain-cbor.ts";
import { loadJson, present, readVector, vectorPath } from "../vectors.ts";

type Key = Map<number, Uint8Array>;
const EMPTY = new Uint8Array(0);

/** What an application gives besides the message. */
interface External {
  aad?: Uint8Array;
  info?: Uint8Array;
  hpkeAad?: Uint8Array;
}

/** Opens a COSE_Encrypt_Tagged of one recipient: the key with our structures, the content with node:crypto. */
async function open(item: Uint8Array, alg: SuiteAlg, seed: Uint8Array, external: External): Promise<Uint8Array | null> {
  const message = plainDecode(item) as Tagged;
  const [body, unprotected, ciphertext, [recipient]] = message.value as [Uint8Array, Key, Uint8Array, [Plain[]]];
  const [header, { ek }, wrapped] = [recipient[0] as Uint8Array, ekOf(recipient[1]), recipient[2] as Uint8Array];
  const nextAlg = (plainDecode(body) as Map<number, number>).get(1) as number;
  expect(message.tag).toBe(96);
  expect((plainDecode(header) as Map<number, Plain>).get(1)).toBe(alg);

  const key = engine.decapsulationKey(SUITES[alg].kem, seed);
  const info = recipientInfo(nextAlg, header, external.info ?? EMPTY);
  const cek = await hpkeOpen(alg, key, ek, info, external.hpkeAad ?? EMPTY, wrapped);
  if (cek === null) return null;
  const gcm = cek.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
  const content = createDecipheriv(gcm, cek, unprotected.get(5) as Uint8Array, { authTagLength: 16 });
  content.setAAD(encStructure(body, external.aad ?? EMPTY)).setAuthTag(ciphertext.subarray(-16));
  return concat(content.update(ciphertext.subarray(0, -16)), content.final());
}

const ekOf = (unprotected: Plain | undefined) => ({ ek: (unprotected as Key).get(-4) as Uint8Array });

describe.skipIf(!present)("HPKE-9-KE and HPKE-10-KE of draft-ietf-cose-hpke-pq-pqt, from ../shared/vectors", () => {
  const vectors = present ? loadJson<{ alg: string; key: string; hex: string }[]>(COSE_HPKE_PQ) : [];
  const keyOf = (vector: { key: string }) => plainDecode(fromHex(vector.key)) as Key;
  const ours = vectors.flatMap((vector) => {
    const alg = ([HPKE_9_KE, HPKE_10_KE] as const).find((suite) => SUITES[suite].name === vector.alg);
    return alg === undefined ? [] : [{ ...vector, suite: alg, cose: keyOf(vector) }];
  });

  it("are two of twelve", () => {
    expect(ours).toHaveLength(2);
    expect(vectors.length - ours.length).toBe(countNotRun(COSE_HPKE_PQ));
  });

  it.each(ours)("$alg opens", async ({ hex: item, suite, cose }) => {
    const seed = cose.get(-2) as Uint8Array;
    // The draft does not say with which external_aad its examples were made; this one authenticates.
    const aad = utf8("The Fellowship of the Ring");
    const text = new TextDecoder().decode((await open(fromHex(item), suite, seed, { aad })) ?? EMPTY);
    expect(text).toMatch(/^You can trust us to stick with you through thick and thin/);
  });

  it.each(ours)("$alg has the public key of its seed, and that key's thumbprint as kid", ({ suite, cose }) => {
    const { publicKey } = engine.decapsulationKey(SUITES[suite].kem, cose.get(-2) as Uint8Array);
    expect(hex(publicKey)).toBe(hex(cose.get(-1) as Uint8Array));
    expect(hex(thumbprint(suite, publicKey))).toBe(hex(cose.get(2) as Uint8Array));
  });

  it.each(vectors)("$alg: the kid is SHA-256 of the required parameters", (vector) => {
    const cose = keyOf(vector);
    const required = new Map([1, 3, -1].map((label) => [label, cose.get(label) as CborValue]));
    expect(hex(publicEngine.sha256(encode(required)))).toBe(hex(cose.get(2) as Uint8Array));
  });
});

describe.skipIf(!present)("HPKE-3-KE of draft-ietf-cose-hpke, from ../shared/vectors", () => {
  const text = present ? readVector(COSE_HPKE).toString("latin1") : "";
  const key = plainDecode(fromHex(/HPKE-3-KE COSE_Key:: (\w+)/.exec(text)?.[1] ?? "a0")) as Key;
  const seed = key.get(-4) as Uint8Array;
  const variants = [...text.matchAll(/^HPKE-3-KE with (.*)\n\nCiphertext: (\w+)/gm)].map(
    ([, what, item]) => ({ what, item: fromHex(item as string) }) as { what: string; item: Uint8Array },
  );
  // appendix "Testvectors" of the draft
  const externalOf = (what: string): External => ({
    ...(/external aad/.test(what) && { aad: utf8("external-aad") }),
    ...(/external info/.test(what) && { info: utf8("external-info") }),
    ...(/external hpke aad/.test(what) && { hpkeAad: utf8("external-hpke-aad") }),
  });

  it("has eight variants, of 192 vectors", () => {
    expect(variants).toHaveLength(8);
    expect([...text.matchAll(/^Ciphertext: /gm)].length - variants.length).toBe(countNotRun(COSE_HPKE));
  });

  it.each(variants)("$what", async ({ what, item }) => {
    expect(await open(item, HPKE_3_KE, seed, externalOf(what))).toEqual(utf8("hpke test payload"));
  });

  it.each(variants)("[33] $what: not with other extra info, or another HPKE aad", async ({ what, item }) => {
    const external = externalOf(what);
    expect(await open(item, HPKE_3_KE, seed, { ...external, info: utf8("other") })).toBeNull();
    expect(await open(item, HPKE_3_KE, seed, { ...external, hpkeAad: utf8("other") })).toBeNull();
    await expect(open(item, HPKE_3_KE, seed, { ...external, aad: utf8("other") })).rejects.toThrow();
  });

  it("has the public key of its seed", () => {
    expect(engine.decapsulationKey(SUITES[HPKE_3_KE].kem, seed).publicKey).toEqual(key.get(-2));
  });
});

describe.skipIf(!present)("ML-DSA of RFC 9964, from ../shared/vectors", () => {
  const load = (file: string) => loadJson<Record<string, string>>(`${COSE_ML_DSA}/${file}.cose.json`);
  const bytes = (vector: Record<string, string>, field: string) => fromHex(vector[field] as string);
  const sizes = [44, 65, 87] as const;
  const algs = { 44: -48, 65: ML_DSA_65, 87: ML_DSA_87 } as const;

  it("has three keys, of which ML-DSA-44 is not ours", () => {
    expect(present && readdirSync(vectorPath(COSE_ML_DSA)).filter((f) => f.endsWith(".json"))).toHaveLength(3);
    expect(countNotRun(COSE_ML_DSA)).toBe(1);
  });

  it.each(sizes)("ML-DSA-%i: the kid is SHA-256 of the required parameters, alg among them", (size) => {
    const vector = load(`ML_DSA_${size}`);
    const key = plainDecode(bytes(vector, "key")) as Key;
    const required = new Map<number, CborValue>([
      [1, 7],
      [3, algs[size]],
      [-1, bytes(vector, "raw_public_key")],
    ]);
    expect(hex(publicEngine.sha256(encode(required)))).toBe(hex(key.get(2) as Uint8Array));
  });

  it.each([65, 87] as const)("ML-DSA-%i: key, thumbprint and signature", (size) => {
    const vector = load(`ML_DSA_${size}`);
    const alg = algs[size];
    const { publicKey } = engine.signingKey(alg, bytes(vector, "priv"));
    const read = readAs(publicKeyShape, encode(coseKey(alg, publicKey)), "key");
    expect(hex(publicKey)).toBe(vector.raw_public_key);
    expect(
      read.use === "signature" && read.key.verify(bytes(vector, "raw_to_be_signed"), bytes(vector, "raw_signature")),
    ).toBe(true);
    expect(hex(read.kid)).toBe(hex((plainDecode(bytes(vector, "key")) as Key).get(2) as Uint8Array));
  });

  it.each(sizes)("ML-DSA-%i: COSE_Sign1 and its Sig_structure", (size) => {
    const vector = load(`ML_DSA_${size}`);
    const [header, , payload, signature] = (plainDecode(bytes(vector, "sign1")) as Tagged).value as Uint8Array[];
    const toBeSigned = encode(["Signature1", header as Uint8Array, EMPTY, payload as Uint8Array]);
    expect(hex(toBeSigned)).toBe(vector.raw_to_be_signed);
    expect(hex(signature as Uint8Array)).toBe(vector.raw_signature);
  });

  it.each([65, 87] as const)("[65] ML-DSA-%i: a COSE_Key with its private part, or a kid, is no public key", (size) => {
    const key = plainDecode(bytes(load(`ML_DSA_${size}`), "key")) as Map<number, CborValue>;
    for (const extra of [2, -2]) {
      const more = new Map([1, 3, -1, extra].map((label) => [label, key.get(label) as CborValue]));
      expect(() => readAs(publicKeyShape, encode(more), "key")).toThrow(
        expect.objectContaining({ code: "ERR_SCHEMA" }),
      );
    }
  });
});

describe("the thumbprint of RFC 9679 section 6", () => {
  it("is that of the four required parameters of a P-256 key, encoded deterministically", () => {
    const key = new Map<number, CborValue>([
      [-3, fromHex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")],
      [-2, fromHex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")],
      [-1, 1],
      [1, 2],
    ]);
    expect(hex(publicEngine.sha256(encode(key)))).toBe(
      "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec",
    );
  });
});

it.skipIf(!present)("every other published COSE file in ../shared/vectors is run, or listed as not run", () => {
  const count = (folder: string, end: string) => readdirSync(vectorPath(folder)).filter((f) => f.endsWith(end)).length;
  // run by cose-wg.test.ts: 15 COSE_Sign, 13 COSE_Encrypt, 5 COSE_Sign1
  const folders = ["CWT", "countersign", "eddsa-examples", "enveloped-tests", "sign-tests"];
  const total = folders.reduce((sum, folder) => sum + count(`${COSE_WG}/${folder}`, ".json"), 0);
  expect(total - 33).toBe(countNotRun(COSE_WG));
  expect(count(COSE_RECEIPTS, ".cbor")).toBe(countNotRun(COSE_RECEIPTS));
});
