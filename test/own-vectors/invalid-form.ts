/**
 * What no envelope may look like: the rules of spec/envelope.md steps A1, V1, V2 and V4 that share their code with
 * another rule, a case each.
 */

import { concat, fromHex, utf8 } from "../../src/bytes.ts";
import { byteStringHead, type CborMap, type CborValue, encode } from "../../src/cbor/codec.ts";
import { encodeParameters } from "../../src/crypto/floe-layout.ts";
import { armour } from "../../src/envelope/armour.ts";
import type { Lies, Plan } from "../breakable.ts";
import { type Forged, map } from "../portable/cose-forge.ts";
import { content, RESTRICTED, world } from "../world.ts";
import { files, flip, one, refused } from "./drafts.ts";
import type { Draft } from "./make.ts";

const { duty, analyst, relay, watch } = world;

export const bytes = (name: string, description: string, given: Uint8Array, suffix?: string): Draft => ({
  name,
  description,
  ...(suffix && { suffix }),
  make: async () => ({ bytes: given, expect: { stage: "verify" } }),
});
/** Text in armour, changed. */
const text = (name: string, description: string, change: (armoured: string) => string): Draft =>
  bytes(name, description, utf8(change(new TextDecoder().decode(armour(content(100))))), "txt");
/** The start of a head, whose unprotected map is this; nothing need follow. */
export const scanned = (name: string, description: string, hex: string): Draft =>
  bytes(name, description, fromHex(`d8628440${hex}`));

const scan: readonly Draft[] = [
  text("ERR_ARMOUR-line-ends", "The first line ends with CR LF, the others with LF.", (a) => a.replace("\n", "\r\n")),
  text("ERR_ARMOUR-line-length", "The lines of base64 have 63 characters.", (a) =>
    a.replace(/^(?!-)(.{63})(.)/m, "$1\n$2"),
  ),
  text("ERR_ARMOUR-behind", "A line follows the last.", (a) => `${a}EXERCISE\n`),
  text("ERR_ARMOUR-bits", "The bits of base64 that are not used are not zero.", (a) => a.replace(/.==$/m, "B==")),
  bytes("ERR_TRUNCATED-empty", "Nothing at all.", new Uint8Array(0)),
  bytes("ERR_TYPE-pdf", "Something else altogether.", utf8("%PDF-1.7\n")),
  bytes("ERR_TYPE-tag", "A COSE_Sign1, of tag 18.", fromHex("d28440a0f640")),
  scanned("ERR_CBOR-length", "A length in a longer form than it needs.", "b80100"),
  scanned("ERR_CBOR-integer", "An integer in a longer form than it needs.", "a1180100"),
  scanned("ERR_CBOR-indefinite", "A map of indefinite length.", "bf0000ff"),
  scanned("ERR_CBOR-reserved", "A length with the reserved additional information 28.", "a1005c"),
  scanned("ERR_CBOR-twice", "A key twice.", "a201000100"),
  scanned("ERR_CBOR-order", "Keys in the order of RFC 7049, the shorter one first.", "a22000186400"),
  scanned("ERR_CBOR-key", "A key that is a byte string.", "a1410000"),
  scanned("ERR_CBOR-float", "A floating-point number.", "a100f93c00"),
  scanned("ERR_CBOR-undefined", "Undefined.", "a100f7"),
  scanned("ERR_CBOR-simple", "A simple value that is none of false, true and nil.", "a100f8ff"),
  scanned("ERR_CBOR-tag", "A bignum: a tag within an item.", "a100c24101"),
  scanned("ERR_CBOR-large", "An integer of 2^53.", "a1001b0020000000000000"),
  scanned("ERR_CBOR-utf8", "A text with an overlong form of /.", "a10062c0af"),
  scanned("ERR_CBOR-mark", "A text that begins with U+FEFF.", "a10064efbbbf61"),
  scanned("ERR_LIMIT-text", "A text of 4097 bytes.", "a100791001"),
  scanned("ERR_LIMIT-depth", "An item within seventeen arrays and maps.", `a100${"81".repeat(15)}00`),
  scanned("ERR_CBOR-count", "An array of 2^64 - 1 elements, more than any integer may be.", "9bffffffffffffffff"),
  scanned("ERR_LIMIT-items", "An array of 200,001 elements.", "9a00030d41"),
];

const headers = (change: NonNullable<Lies["slot"]>): Lies => ({ slot: change });
const encrypted = (change: (parts: [CborValue, CborValue, CborValue, CborValue]) => CborValue[]): Lies => ({
  slots: (parts) => change(parts as [CborValue, CborValue, CborValue, CborValue]),
});
const core = (key: number, value: CborValue): Lies => ({ core: (honest) => honest.set(key, value) });
const typ: [number, CborValue] = [16, "application/vnd.dipbag.envelope+cbor"];
const classical: CborValue = [encode(map([1, 49], [4, content(32)])), map([-4, content(32)]), content(48)];
const hiddenSlots = Array.from({ length: 257 }, () => [encode(map([1, 49])), map([-4, content(32)]), content(48)]);

const shape: readonly Draft[] = [
  refused("ERR_TYPE-typ", "It is signed as a card.", one(watch), {
    body: map([16, "application/vnd.dipbag.card+cbor"]),
  }),
  refused("ERR_SCHEMA-protected", "The protected header of the head has a crit.", one(watch), {
    body: map([2, [16]], typ),
  }),
  refused("ERR_SCHEMA-unprotected", "The unprotected header of the head is not empty.", one(watch), {
    unprotected: map([4, content(32)]),
  }),
  refused("ERR_SCHEMA-manifest", "The manifest has a fourth part.", one(watch), { manifest: (all) => [...all, 0] }),
  refused("ERR_SCHEMA-missing", "The core has no id.", one(watch), {
    core: (honest) => new Map([...honest].filter(([key]) => key !== 2)),
  }),
  refused("ERR_SCHEMA-kind", "The time of sealing is a text.", one(watch), core(3, "2026-11-22T05:00:00Z")),
  refused("ERR_SCHEMA-length", "The id has 15 bytes.", one(watch), core(2, content(15))),
  refused("ERR_SCHEMA-empty", "The links are an empty list.", one(watch), core(9, [])),
  refused("ERR_SCHEMA-role", "A signer has role 4.", one(watch), core(6, [[4, duty.card.digest]])),
  refused("ERR_SCHEMA-text", "The audience has a right-to-left override.", one(watch), core(8, ["AAB\u202eBMQ"])),
  refused("ERR_SCHEMA-normal-form", "The audience is not in Normalization Form C.", one(watch), core(8, ["e\u0301"])),
  refused("ERR_SCHEMA-portions", "There are 257 portions.", one(watch), {
    manifest: ([first, , cards]) => [first!, Array.from({ length: 257 }, () => map()), cards!],
  }),
  refused("ERR_SCHEMA-slots-tag", "The key slots have the tag of a signature.", one(watch), {
    portion: (portion) => portion.set(5, flip(portion.get(5) as Uint8Array, 1)),
  }),
  refused(
    "ERR_SCHEMA-slots-content",
    "The key slots are for AES-GCM, not for FLOE.",
    one(watch),
    encrypted(([, b, c, d]) => [encode(map([1, 3])), b, c, d]),
  ),
  refused(
    "ERR_SCHEMA-slots-ciphertext",
    "The key slots have a ciphertext attached.",
    one(watch),
    encrypted(([a, b, , d]) => [a, b, content(16), d]),
  ),
  refused(
    "ERR_SCHEMA-slots-none",
    "A portion has no key slot.",
    one(watch),
    encrypted(([a, b, c]) => [a, b, c, []]),
  ),
  refused(
    "ERR_SCHEMA-slot-algorithm",
    "A key slot of an algorithm that is not ours (48).",
    one(watch),
    headers(([, ek, cek]) => [encode(map([1, 48], [4, content(32)])), ek!, cek!]),
  ),
  refused(
    "ERR_SCHEMA-slot-header",
    "A key slot says its algorithm in the unprotected header, too.",
    one(watch),
    headers(([header, ek, cek]) => [header!, (ek as CborMap).set(1, 57), cek!]),
  ),
  refused(
    "ERR_SCHEMA-slot-ek",
    "The encapsulated key is a byte short.",
    one(watch),
    headers(([header, ek, cek]) => [header!, map([-4, ((ek as CborMap).get(-4) as Uint8Array).slice(1)]), cek!]),
  ),
  refused(
    "ERR_SCHEMA-slot-tag",
    "The wrapped key has only 4 bytes of its tag.",
    one(watch),
    headers(([header, ek, cek]) => [header!, ek!, (cek as Uint8Array).slice(0, 36)]),
  ),
  refused("ERR_ORDER-twice", "The audience has one name twice.", one(watch), core(8, ["AAB", "AAB"])),
  refused("ERR_ORDER-policies", "The policies are not sorted.", one(watch), {
    core: (honest) => honest.set(7, [["TLP", 2, content(32)], ...(honest.get(7) as CborValue[])]),
  }),
  refused("ERR_SLOTS-card-missing", "Two key slots, and the card of one.", one(duty, watch), {
    portion: (portion) => portion.set(6, [duty.card.digest]),
  }),
  refused("ERR_SLOTS-hidden", "A named key slot, and no card for it.", one(watch), {
    portion: (portion) => portion.set(6, [null]),
  }),
  refused(
    "ERR_SLOTS-mixed",
    "A classical key slot beside a hybrid one.",
    one(duty, watch),
    encrypted(([a, b, c, d]) => [a, b, c, [(d as CborValue[])[0]!, classical]]),
  ),
  refused("ERR_LIMIT-hidden", "There are 257 hidden key slots.", one(watch), {
    slots: ([a, b, c]) => [a!, b!, c!, hiddenSlots],
    portion: (portion) => portion.set(6, Array(257).fill(null)),
  }),
];

const parameters = (segment: number): Lies => ({
  portion: (portion) => portion.set(4, concat(encodeParameters(segment), (portion.get(4) as Uint8Array).subarray(10))),
});
const layout: readonly Draft[] = [
  refused("ERR_LAYOUT-floe", "The FLOE header names another AEAD.", one(watch), {
    portion: (portion) => portion.set(4, flip(portion.get(4) as Uint8Array, 0)),
  }),
  refused("ERR_LAYOUT-segment", "The segments have 2^27 bytes.", one(watch), parameters(2 ** 27)),
  refused("ERR_LAYOUT-larger", "The segments are larger than they need be.", one(watch), parameters(2 ** 21)),
  refused("ERR_LAYOUT-two", "The segments of two portions differ in length.", () => two, {
    portion: (portion, number) => (number === 2 ? (parameters(2 ** 21).portion!(portion, 2) as CborMap) : portion),
  }),
  refused("ERR_LAYOUT-digests", "A digest too many.", one(watch), {
    portion: (portion) => portion.set(3, concat(portion.get(3) as Uint8Array, content(32))),
  }),
  refused("ERR_LAYOUT-length", "A body of 2^53 - 1 bytes, with one digest.", one(watch), {
    portion: (portion) => portion.set(2, 2 ** 53 - 1),
  }),
];
const two: Plan = { portions: [0, 1].map(() => ({ labels: RESTRICTED, files, recipients: [watch] })) };

const roles = (...given: number[]): Lies => ({
  core: (honest) =>
    honest.set(
      6,
      (honest.get(6) as CborValue[][]).map(([, digest], i) => [given[i]!, digest!]),
    ),
});
const joint: Plan = { ...one(watch), others: [[1, analyst]] };
const signers: readonly Draft[] = [
  refused("ERR_SIGNERS-two-originators", "Both signers are originators.", joint, roles(0, 0)),
  refused("ERR_SIGNERS-not-first", "The originator is the second signer.", joint, roles(1, 0)),
  refused("ERR_SIGNERS-twice", "One signer twice.", { ...one(watch), others: [[1, duty]] }),
  refused("ERR_SIGNERS-card-missing", "Two signers, and the card of one.", joint, { cards: ([card]) => [card!] }),
  refused("ERR_SIGNERS-card-more", "One signer, and the cards of two.", one(watch), {
    cards: (cards) => [...cards, relay.item],
  }),
];

const signed = (change: (honest: Forged[]) => Forged[]): Lies => ({ signatures: change });
const { classical: other, postQuantum: otherToo } = analyst.identity.signing;
const kid = duty.card.signer.classical.kid;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** S + L instead of S: the same equation, another signature. */
const malleable = (signature: Uint8Array): Uint8Array => {
  let s = L + signature.slice(32).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
  return signature.map((byte, i) => {
    if (i < 32) return byte;
    const low = Number(s & 255n);
    s >>= 8n;
    return low;
  });
};
const signatures: readonly Draft[] = [
  refused(
    "ERR_SIGNATURES-additional",
    "A stranger has signed, too.",
    one(watch),
    signed((all) => [...all, { key: other }, { key: otherToo }]),
  ),
  refused(
    "ERR_SIGNATURES-stranger",
    "A stranger has signed instead of the originator.",
    one(watch),
    signed(() => [{ key: other }, { key: otherToo }]),
  ),
  refused(
    "ERR_SIGNATURES-order",
    "The ML-DSA signature stands first.",
    one(watch),
    signed(([ed, ml]) => [ml!, ed!]),
  ),
  refused(
    "ERR_SIGNATURES-twice",
    "The Ed25519 signature stands twice.",
    one(watch),
    signed(([ed, ml]) => [ed!, ed!, ml!]),
  ),
  refused(
    "ERR_SIGNATURES-level",
    "The ML-DSA-65 signature is said to be of ML-DSA-87.",
    one(watch),
    signed(([ed, ml]) => [ed!, { ...ml!, header: map([1, -50], [4, duty.card.signer.postQuantum.kid]) }]),
  ),
  refused(
    "ERR_SIGNATURES-half",
    "The releaser has signed with Ed25519 alone.",
    joint,
    signed((all) => all.slice(0, 3)),
  ),
  refused(
    "ERR_SIGNATURE-ed25519",
    "A bit of the Ed25519 signature is changed; the ML-DSA signature is good.",
    one(watch),
    signed(([ed, ml]) => [{ ...ed!, change: (made) => flip(made, 40) }, ml!]),
  ),
  refused(
    "ERR_SIGNATURE-s",
    "The S of the Ed25519 signature is raised by L.",
    one(watch),
    signed(([ed, ml]) => [{ ...ed!, change: malleable }, ml!]),
  ),
  refused(
    "ERR_SIGNATURE-length",
    "The ML-DSA signature is a byte short.",
    one(watch),
    signed(([ed, ml]) => [ed!, { ...ml!, change: (made) => made.subarray(1) }]),
  ),
  refused(
    "ERR_SIGNATURE-kid",
    "The Ed25519 signature is by another key than its kid says.",
    one(watch),
    signed(([, ml]) => [{ key: other, header: map([1, -19], [4, kid]) }, ml!]),
  ),
  refused("ERR_SIGNATURE-core", "The time of sealing is changed after it was signed.", one(watch), {
    head: (head) => flip(head, head.findIndex((byte, i) => byte === 3 && head[i + 1] === 0x1a) + 5),
  }),
];

export const formRules: readonly Draft[] = [
  ...scan,
  ...shape,
  ...layout,
  ...signers,
  ...signatures,
  bytes(
    "ERR_LIMIT-head",
    "The head says that it has a payload of 16 MiB.",
    concat(fromHex("d8628440a0"), byteStringHead(2 ** 24)),
  ),
];
