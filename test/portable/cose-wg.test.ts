/** The examples of the COSE working group (cose-wg/Examples), over our Sig_structure and Enc_structure. */

import { createDecipheriv, createPublicKey, verify } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { concat, fromHex, hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { newBudget } from "../../src/cbor/scan.ts";
import { parseSigned, sigStructure } from "../../src/cose/sign.ts";
import { encStructure, parseSlots } from "../../src/cose/slots.ts";
import { ED25519 } from "../../src/crypto/engine.ts";
import { COSE_WG } from "../not-run.ts";
import { type Plain, plainDecode, Tagged } from "../plain-cbor.ts";
import { loadJson, present, vectorPath } from "../vectors.ts";

interface Key {
  crv: string;
  x?: string;
  y?: string;
  x_hex?: string;
  y_hex?: string;
}
interface Example {
  fail?: boolean;
  input: {
    sign?: { signers: { key: Key }[] };
    sign0?: { key: Key };
    enveloped?: { external?: string; recipients: { key: { k: string } }[] };
  };
  intermediates: { signers?: { ToBeSign_hex: string }[]; ToBeSign_hex?: string; AAD_hex?: string; CEK_hex?: string };
  output: { cbor: string };
}

const load = (file: string) => loadJson<Example>(`${COSE_WG}/${file}.json`);
const names = (folder: string, start = "") =>
  present
    ? readdirSync(vectorPath(`${COSE_WG}/${folder}`))
        .filter((file) => file.startsWith(start))
        .map((file) => `${folder}/${file.replace(".json", "")}`)
    : [];

/** The parts of a COSE structure, tagged or not. */
function parts(example: Example): { tag: number | undefined; items: Plain[] } {
  const value = plainDecode(fromHex(example.output.cbor));
  return value instanceof Tagged
    ? { tag: value.tag, items: value.value as Plain[] }
    : { tag: undefined, items: value as Plain[] };
}

function verifies(key: Key, message: Uint8Array, signature: Uint8Array): boolean {
  const coordinate = (text?: string, digits?: string) =>
    digits === undefined ? text : Buffer.from(digits, "hex").toString("base64url");
  const x = coordinate(key.x, key.x_hex) as string;
  if (key.crv === "Ed25519") return engine.verifyKey(ED25519, Buffer.from(x, "base64url")).verify(message, signature);
  const y = coordinate(key.y, key.y_hex);
  const jwk = y === undefined ? { kty: "OKP", crv: key.crv, x } : { kty: "EC", crv: key.crv, x, y };
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  return verify(y === undefined ? null : "sha256", message, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
}

describe.skipIf(!present)("the working group's COSE_Sign examples, from ../shared/vectors", () => {
  const all = [...names("sign-tests"), ...names("eddsa-examples", "eddsa-0"), ...names("countersign", "signed-")];
  /** Valid by RFC 9052, and not for us: h'a0' for an empty header must be signed as h''; external_aad is always empty. */
  const notOurs = ["sign-tests/sign-pass-01", "sign-tests/sign-pass-02"];

  it("are fifteen", () => expect(all).toHaveLength(15));

  it.each(all)("[33] %s", (file) => {
    const example = load(file);
    const { tag, items } = parts(example);
    const [body, , payload, signatures] = items as [Uint8Array, Plain, Uint8Array, Plain[]];
    const [protectedHeader, , signature] = signatures[0] as [Uint8Array, Plain, Uint8Array];
    const toBeSigned = sigStructure(body, protectedHeader, payload);
    const key = example.input.sign?.signers[0]?.key as Key;
    const valid = tag !== 998 && verifies(key, toBeSigned, signature);
    expect(valid).toBe(example.fail !== true && !notOurs.includes(file));
    if (valid) expect(hex(toBeSigned)).toBe(example.intermediates.signers?.[0]?.ToBeSign_hex.toLowerCase());
  });

  it.each(all)("[31] %s is nothing that dipbag takes for its own", (file) => {
    expect(() => parseSigned("card", fromHex(load(file).output.cbor))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_(TYPE|SCHEMA|CBOR)$/), status: 1 }),
    );
  });
});

describe.skipIf(!present)("the working group's COSE_Sign1 examples, from ../shared/vectors", () => {
  const all = [...names("eddsa-examples", "eddsa-sig"), ...names("countersign", "signed1-"), "CWT/A_3"];

  it.each(all)("[33] %s signs Signature1, never what COSE_Sign signs", (file) => {
    const example = load(file);
    const { tag, items } = parts(example);
    const [protectedHeader, , payload, signature] = items as [Uint8Array, Plain, Uint8Array, Uint8Array];
    const key = example.input.sign0?.key as Key;
    const toBeSigned = encode(["Signature1", protectedHeader, new Uint8Array(0), payload]);
    expect(tag).toBe(18);
    expect(hex(toBeSigned)).toBe(example.intermediates.ToBeSign_hex?.toLowerCase());
    expect(verifies(key, toBeSigned, signature)).toBe(true);
    expect(verifies(key, sigStructure(new Uint8Array(0), protectedHeader, payload), signature)).toBe(false);
    expect(() => parseSigned("card", fromHex(example.output.cbor))).toThrow(
      expect.objectContaining({ code: "ERR_TYPE" }),
    );
  });

  it("CWT/A_3 carries the claims of RFC 8392 appendix A.1", () => {
    const payload = parts(load("CWT/A_3")).items[2] as Uint8Array;
    const claims = plainDecode(payload) as Map<number, Plain>;
    expect([1, 2, 3, 4, 5, 6].map((claim) => claims.get(claim))).toEqual([
      "coap://as.example.com",
      "erikw",
      "coap://light.example.com",
      1444064944,
      1443944944,
      1443944944,
    ]);
  });
});

describe.skipIf(!present)("the working group's COSE_Encrypt examples, from ../shared/vectors", () => {
  const all = [...names("enveloped-tests"), ...names("countersign", "Enveloped-")];

  it.each(all)("[33] %s", (file) => {
    const example = load(file);
    const { tag, items } = parts(example);
    const [protectedHeader, unprotected, ciphertext] = items as [Uint8Array, Map<number, Uint8Array>, Uint8Array];
    const { external = "" } = example.input.enveloped ?? {};
    const aad = encStructure(protectedHeader, fromHex(external));
    const key = fromHex(example.intermediates.CEK_hex as string);
    const open = createDecipheriv("aes-128-gcm", key, unprotected.get(5) as Uint8Array, { authTagLength: 16 });
    open.setAAD(aad).setAuthTag(ciphertext.subarray(-16));
    const opens = () => concat(open.update(ciphertext.subarray(0, -16)), open.final());
    // env-pass-01: h'a0' for an empty header, which RFC 9052 section 5.3 wants authenticated as h''
    if (tag === 995 || (example.fail !== true && !file.endsWith("env-pass-01"))) {
      expect(opens()).toEqual(utf8("This is the content."));
      expect(hex(aad)).toBe(example.intermediates.AAD_hex?.toLowerCase());
    } else expect(opens).toThrow();
    expect(() => parseSlots(fromHex(example.output.cbor), "slots", newBudget())).toThrow(
      expect.objectContaining({ code: "ERR_SCHEMA" }),
    );
  });

  it("are thirteen", () => expect(all).toHaveLength(13));
});
