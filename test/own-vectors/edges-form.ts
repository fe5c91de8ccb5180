/**
 * Cases at the edges of rules of form: those that a reader can get wrong and still pass every other case. Bounds that are
 * included, odd values that are right, each character of a list, and which of two steps comes first.
 */

import { gcm } from "@noble/ciphers/aes.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat, fromHex, utf8 } from "../../src/bytes.ts";
import {
  byteStringHead,
  type CborMap,
  type CborValue,
  decode,
  decodeTagged,
  TAG_COSE_SIGN,
} from "../../src/cbor/codec.ts";
import { sigStructure } from "../../src/cose/sign.ts";
import { FLOE_ALG, recipientInfo } from "../../src/cose/slots.ts";
import { armour } from "../../src/envelope/armour.ts";
import {
  apart,
  changed,
  digestOf,
  type Lies,
  type Plan,
  seal,
  signedAgain,
  statement,
  together,
} from "../breakable.ts";
import { type Forged, map } from "../portable/cose-forge.ts";
import { content, type Holder, label, labels, type Person, T, world } from "../world.ts";
import {
  accepted,
  BANNER,
  closed,
  expected,
  files,
  flip,
  item,
  items,
  marked,
  one,
  other,
  REPORT,
  refused,
} from "./drafts.ts";
import { bytes, L, scanned } from "./invalid-form.ts";
import type { Draft } from "./make.ts";

const { aab, zzc, duty, analyst, watch, port } = world;

/** The report by and for the port authority desk, which has classical keys: the smallest envelope of all. */
const SMALL: Plan = {
  originator: port,
  portions: [
    {
      labels: labels("HARBOUR RESTRICTED REL TO HARBOUR", { originator: ["organisation", "ZZC-PA"] }),
      files,
      recipients: [port],
    },
  ],
};
const small = {
  reader: port,
  audience: ["AAB", "QMB", "ZZC"],
  banners: ["HARBOUR RESTRICTED REL TO HARBOUR"],
} as const;
const holding = (given: Readonly<Record<string, Uint8Array>>): Plan => ({
  ...SMALL,
  portions: [{ ...SMALL.portions[0]!, files: given }],
});
/** An envelope that the port authority desk cannot unpack. */
const shut = (name: string, description: string, lies: Lies): Draft => closed(name, description, SMALL, lies, port);

const names: readonly (readonly [name: string, description: string, file: string])[] = [
  ["ERR_NAME-backslash", "A file is named a\\b.txt.", "a\\b.txt"],
  ["ERR_NAME-asterisk", "A file is named *.txt.", "*.txt"],
  ["ERR_NAME-question", "A file is named a?.txt.", "a?.txt"],
  ["ERR_NAME-quote", 'A file is named "a".txt.', '"a".txt'],
  ["ERR_NAME-less", "A file is named a<b.txt.", "a<b.txt"],
  ["ERR_NAME-greater", "A file is named a>b.txt.", "a>b.txt"],
  ["ERR_NAME-pipe", "A file is named a|b.txt.", "a|b.txt"],
  ["ERR_NAME-dot", "A file name ends in a full stop.", "report."],
  ["ERR_NAME-bytes", "A file name has 128 characters and 256 bytes.", "é".repeat(128)],
  ["ERR_NAME-temporary", "A file is named as one that is not whole yet: .a.TMP.", ".a.TMP"],
  ["ERR_NAME-temporary-only", "A file is named .tmp: it begins and ends as one that is not whole yet.", ".tmp"],
  ["ERR_NAME-device-con", "A file is named Con.", "Con"],
  ["ERR_NAME-device-prn", "A file is named PRN.txt.", "PRN.txt"],
  ["ERR_NAME-device-aux", "A file is named aux.tar.gz: what counts stands before the first full stop.", "aux.tar.gz"],
  ["ERR_NAME-device-blank", "A file is named nul, two blanks, .txt.", "nul  .txt"],
  ["ERR_NAME-device-conin", "A file is named CONIN$.", "CONIN$"],
  ["ERR_NAME-device-conout", "A file is named conout$.txt.", "conout$.txt"],
  ["ERR_NAME-device-com", "A file is named com0.", "com0"],
  ["ERR_NAME-device-com-superscript", "A file is named COM¹.txt.", "COM¹.txt"],
  ["ERR_NAME-device-lpt", "A file is named lpt9.txt.", "lpt9.txt"],
  ["ERR_NAME-device-lpt-superscript", "A file is named LPT³.", "LPT³"],
];
const twice: readonly (readonly [name: string, description: string, first: string, second: string])[] = [
  ["ERR_NAME_TWICE-accent", "Two names differ in the case of a letter that is not ASCII.", "été.txt", "Été.txt"],
  ["ERR_NAME_TWICE-sigma", "Two names are one in lower case, where a sigma is final.", "οδος", "ΟΔΟΣ"],
  ["ERR_NAME_TWICE-dot", "Two names are one in lower case, where a letter becomes two.", "İ.txt", "i\u0307.txt"],
];
const index: readonly Draft[] = [
  ...names.map(([name, description, file]) => shut(name, description, items(item(file)))),
  ...twice.map(([name, description, first, second]) => shut(name, description, items(item(first, 0), item(second)))),
  shut(
    "ERR_SCHEMA-media-type",
    "A media type begins with a blank.",
    items(item("a.txt", REPORT.length, " text/plain")),
  ),
  shut(
    "ERR_SCHEMA-media-type-long",
    "A media type has 128 characters and 256 bytes.",
    items(item("a.txt", REPORT.length, "é".repeat(128))),
  ),
  shut("ERR_SCHEMA-file-name-long", "A file name of 300 bytes has a newline.", items(item(`${"x".repeat(299)}\n`))),
  shut("ERR_SCHEMA-file-name-none", "A file name is empty.", items(item(""))),
  shut("ERR_LIMIT-index-head", "The list of files has 1 MiB less 4 bytes, and 5 more in front of it.", {
    plaintext: (all) => concat(byteStringHead(2 ** 20 - 4), all),
  }),
  shut("ERR_CONTENTS-padding-less", "There is less padding than Padmé gives, and some.", {
    plaintext: (all) => all.subarray(0, -1),
  }),
];

const ZERO = new Uint8Array(32);
const [SUBJECT, EXPIRES, KEYS, NATION, NAME] = [2, 4, -65537, -65538, -65543];
type Change = (claims: CborMap) => CborValue;
const keyed =
  (position: number, part: number, change: (key: Uint8Array) => Uint8Array): Change =>
  (claims) => {
    const key = (claims.get(KEYS) as CborMap[])[position]!;
    key.set(part, change(key.get(part) as Uint8Array));
    return claims;
  };
/** A card that says something else; that of the port authority desk, unless told otherwise. */
const card = (name: string, description: string, change: Change, of: Person = port, by: Holder = zzc): Draft =>
  other("card", name, description, async () => ({ bytes: signedAgain(of.item, by, change) }));
const named = (name: string, description: string, value: string): Draft =>
  card(`ERR_SCHEMA-card-name-${name}`, description, (claims) => claims.set(NAME, value));
const x25519 = (name: string, description: string, u: bigint): Draft =>
  card(
    `ERR_KEY_INVALID-x25519-${name}`,
    description,
    keyed(2, -2, () => little(u)),
  );

const FIELD = 2n ** 255n - 19n;
const little = (value: bigint, length = 32): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
const number = (given: Uint8Array): bigint => given.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
/** A point and that of order 2, added: (x, y) becomes (-x, -y). */
const twisted = (point: Uint8Array): Uint8Array => {
  const sign = 2n ** 255n;
  return little(FIELD - (number(point) % sign) + (number(point) < sign ? sign : 0n));
};
const P384 = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n;
/** On the curve with x = 0. */
const Y384 = fromHex(
  "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42dea2c4b4f75550793406d80d2b91ad54f9048bd487af1ade1",
);

/** An Ed25519 signature by `holder` with another R, and the S that goes with it if R differs by a point of small order, or is one. */
function signedWith(holder: Holder, other: (r: Uint8Array) => readonly [r: Uint8Array, small: boolean]): Forged {
  const key = holder.identity.signing.classical;
  const secret = sha512(holder.seeds.ed25519).subarray(0, 32);
  const scalar = number(
    Uint8Array.from(secret, (byte, i) => (i === 0 ? byte & 248 : i === 31 ? (byte & 63) | 64 : byte)),
  );
  let message = new Uint8Array(0);
  const times = (r: Uint8Array) => number(sha512(concat(r, key.publicKey, message))) * scalar;
  return {
    key,
    signed: (...parts) => {
      message = new Uint8Array(sigStructure(...parts));
      return message;
    },
    change: (honest) => {
      const [r, small] = other(honest.slice(0, 32));
      const from = small ? 0n : number(honest.slice(32)) - times(honest.slice(0, 32));
      return concat(r, little((((from + times(r)) % L) + L) % L));
    },
  };
}
const signedCard = (name: string, description: string, other: Parameters<typeof signedWith>[1]): Draft => ({
  name,
  description,
  kind: "card",
  make: async () => ({
    bytes: signedAgain(
      duty.item,
      aab,
      (claims) => claims,
      ([, ml]) => [signedWith(aab, other), ml!],
    ),
  }),
});

const cards: readonly Draft[] = [
  card("ERR_LIMIT-items-nested", "The claims alone have few enough items, and not with those around them.", () =>
    fromHex("9a00030d36"),
  ),
  named("bytes", "The name on the card has 128 characters and 256 bytes.", "é".repeat(128)),
  named("blank", "The name on the card ends with a blank.", "Port authority desk "),
  named("hyphen", "The name on the card has a soft hyphen.", "Port author\u00adity desk"),
  card(
    "ERR_KEY_INVALID-subgroup",
    "The Ed25519 key on the card is the sum of a good one and a point of order 2.",
    keyed(0, -2, twisted),
  ),
  card(
    "ERR_KEY_INVALID-order-2",
    "The Ed25519 key on the card is the point of order 2.",
    keyed(0, -2, () => little(FIELD - 1n)),
  ),
  x25519("order-4", "The X25519 key on the card is 1, of order 4.", 1n),
  x25519("order-4-twist", "The X25519 key on the card is 2^255 - 20, of order 4 on the twist.", FIELD - 1n),
  x25519(
    "order-8",
    "The X25519 key on the card is one of the two of order 8.",
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
  ),
  x25519(
    "order-8-other",
    "The X25519 key on the card is the other of order 8.",
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ),
  x25519("field", "The X25519 key on the card is 2^255 - 10: the base point, not reduced.", FIELD + 9n),
  x25519("bit", "The highest bit of the X25519 key on the card is set, over the base point.", 2n ** 255n + 9n),
  card(
    "ERR_KEY_INVALID-p384-field",
    "The x of the P-384 part of the KEM key is p, of a point on the curve that has 0 there.",
    keyed(2, -1, (key) => concat(key.subarray(0, 1569), little(P384, 48).reverse(), Y384)),
    analyst,
    aab,
  ),
  signedCard(
    "ERR_SIGNATURE-ed25519-identity",
    "The R of the authority's Ed25519 signature is the identity, and the equation holds.",
    () => [little(1n), true],
  ),
  signedCard(
    "ERR_SIGNATURE-ed25519-cofactor",
    "The R of the authority's Ed25519 signature is off by a point of order 2: only a cofactored equation holds.",
    (r) => [twisted(r), false],
  ),
];

const carded = (change: Change): Plan => ({ ...one(watch), originator: changed(duty, aab, change) });
const keysOf = ({ item }: Person): CborMap[] => {
  const [, , claims] = decodeTagged(TAG_COSE_SIGN, item) as [null, null, Uint8Array];
  return (decode(claims) as CborMap).get(KEYS) as CborMap[];
};
/** The duty officer seals; beside him signs a second one, with a card by the same authority and these two keys. */
const jointly = (classical: Person, postQuantum: Person, change: Change): Plan => {
  const keys = [keysOf(classical)[0]!, ...keysOf(postQuantum).slice(1)];
  const signing = {
    classical: classical.identity.signing.classical,
    postQuantum: postQuantum.identity.signing.postQuantum,
  };
  const card = changed(duty, aab, (claims) => change(claims.set(KEYS, keys)));
  return { ...one(watch), others: [[1, { ...card, identity: { ...duty.identity, signing } }]] };
};
const renamed: Change = (claims) => claims.set(SUBJECT, "second.aab@cert.example");

const heads: readonly Draft[] = [
  scanned("ERR_CBOR-negative", "An integer of -2^53.", "a1003b001fffffffffffff"),
  bytes("ERR_TRUNCATED-tag", "The first byte of a tag, and no more.", fromHex("d8")),
  bytes("ERR_TRUNCATED-head", "The head is cut short within its unprotected map.", fromHex("d8628440a1")),
  refused("ERR_VERSION-zero", "The core is of version 0.", SMALL, { core: (core) => core.set(1, 0) }),
  refused("ERR_VERSION-negative", "The core is of version -1.", SMALL, { core: (core) => core.set(1, -1) }),
  refused("ERR_SCHEMA-version", "The version of the core is a text.", SMALL, { core: (core) => core.set(1, "1") }),
  refused("ERR_SIGNERS-ed25519", "Two signers with different cards and ML-DSA keys have one Ed25519 key.", () =>
    jointly(duty, watch, renamed),
  ),
  refused("ERR_SIGNERS-ml-dsa", "Two signers with different cards and Ed25519 keys have one ML-DSA key.", () =>
    jointly(watch, duty, renamed),
  ),
  refused("ERR_SIGNERS-subject", "Two signers with different cards and keys have one issuer and subject.", () =>
    jointly(watch, watch, (claims) => claims),
  ),
  refused(
    "ERR_ORDER-first",
    "The audience is not sorted, and the key on the originator's card is not valid: the order is asked first.",
    () => carded(keyed(0, -2, () => little(1n))),
    { core: (core) => core.set(8, ["QMB", "AAB"]) },
  ),
  refused(
    "ERR_OUT_OF_SCOPE-first",
    "The originator's card is out of scope, and his ML-DSA signature is changed: the card is asked first.",
    () => carded((claims) => claims.set(NATION, "QMB")),
    { signatures: ([ed, ml]) => [ed!, { ...ml!, change: (made) => flip(made, 100) }] },
  ),
  refused(
    "ERR_CARD_TIME-first",
    "It is dated 301 seconds later than it is read, when its originator's card has expired: the card is asked first.",
    () => ({ ...carded((claims) => claims.set(EXPIRES, T + 300)), created: T + 301 }),
  ),
];

/** A small envelope, changed. */
const behind = (name: string, description: string, make: (envelope: Uint8Array) => Uint8Array): Draft => ({
  name,
  description,
  make: async () => ({ bytes: make(await seal(SMALL)), expect: { stage: "verify" } }),
});
/** A slot for the watch officer made by hand (spec/envelope.md appendix A), whose X25519 point, and so secret, is zero. */
function zeroSecret(): Lies {
  let [bound, cek]: [Uint8Array, Uint8Array] = [ZERO, ZERO];
  return {
    binding: (honest) => {
      bound = honest;
      return honest;
    },
    wrapped: (honest) => {
      cek = honest;
      return honest;
    },
    slot: ([header]) => {
      const key = keysOf(watch)[2]!.get(-1) as Uint8Array;
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(key.slice(0, 1184), content(32));
      const secret = sha3_256(concat(sharedSecret, ZERO, ZERO, key.subarray(1184), fromHex("5c2e2f2f5e5c")));
      const info = recipientInfo(FLOE_ALG, header as Uint8Array, bound);
      const suite = concat(utf8("HPKE-v1HPKE"), fromHex("647a001100020006"), utf8("secret"));
      const context = concat(fromHex("006c000000"), Uint8Array.of(info.length >> 8, info.length & 255), info);
      const schedule = shake256(concat(fromHex("00000020"), secret, suite, context), { dkLen: 108 });
      const wrapped = gcm(schedule.slice(0, 32), schedule.slice(32, 44)).encrypt(cek);
      return [header!, map([-4, concat(cipherText, ZERO)]), wrapped];
    },
  };
}
const tails: readonly Draft[] = [
  {
    name: "ERR_SLOT-zero",
    description: "The X25519 part of the encapsulated key is zero, and the slot is right for the secret that it gives.",
    make: async () => ({ bytes: await seal(one(watch), zeroSecret()), reader: watch, expect: { stage: "unpack" } }),
  },
  behind("ERR_TRUNCATED-body-head", "The file ends within the CBOR head of the body.", (envelope) =>
    envelope.subarray(0, -apart(envelope).bodies[0]!.length - 1),
  ),
  behind(
    "ERR_CBOR-statement",
    "The payload of a statement is said to have 199,900 items, which it may whatever the head has, and ends there.",
    (envelope) => {
      const fields = { envelope: digestOf(envelope), portions: [1], madeFor: [port] };
      const cut = statement(port, fields, { payload: () => fromHex("9a00030cdc") });
      return together({ ...apart(envelope), statements: [cut], bodies: [null] });
    },
  ),
  refused(
    "ERR_DIGEST-first",
    "A bit of the first body is changed, and the second body is a byte shorter than was signed: the first comes first.",
    { ...SMALL, portions: [SMALL.portions[0]!, SMALL.portions[0]!] },
    { bodies: ([first, second]) => [flip(first!, 20), second!.subarray(1)] },
  ),
];

/** Near to what no file may be named. */
const NEAR = ".hidden|a.tmp|.tmp.a|com|COM10|com⁴|lpt1a.txt|con-1|xnul|conin|a -b|a.nul|~".split("|");
const odd = {
  "straße.txt": REPORT,
  "strasse.txt": utf8("1"),
  "ΟΔΟΣ.txt": utf8("2"),
  "οδος.txt": utf8("3"),
  [`${"é".repeat(127)}x`]: utf8("4"),
  ...Object.fromEntries(NEAR.map((name) => [name, utf8(name)])),
};
const envelopes: readonly Draft[] = [
  accepted({
    ...small,
    name: "file-names",
    description:
      "File names that are odd, and right: of 255 bytes, near to devices, and different in lower case only without folding.",
    plan: holding(odd),
  }),
  accepted({
    name: "label-times",
    description:
      "A label of the second of sealing, in a time zone and with a fraction, in the second in which its successor is due, at 24:00:00.",
    plan: marked("HARBOUR CONFIDENTIAL REL TO AAB, QMB", watch, {
      created: "2026-11-22T19:00:00.999999999999+14:00",
      succession: ["2026-11-21T24:00:00-06:00", label(BANNER)],
    }),
    at: T + 3600,
  }),
  accepted({
    ...small,
    name: "unknown-core-keys",
    description: "Unknown keys of the core: -1 and the least integer, whose value is that, too.",
    plan: SMALL,
    lies: { core: (core) => core.set(-1, [null, content(8)]).set(-(2 ** 53 - 1), -(2 ** 53 - 1)) },
    ignored: [-1, -(2 ** 53 - 1)],
  }),
  {
    name: "armoured-crlf",
    description: "As text, with CR LF.",
    suffix: "txt",
    async make() {
      const sealed = await seal(SMALL);
      const { audience, banners } = small;
      const text = new TextDecoder().decode(armour(sealed)).replaceAll("\n", "\r\n");
      return { bytes: utf8(text), reader: port, expect: expected(sealed, SMALL, port, { audience, banners }) };
    },
  },
];

export const valid: readonly Draft[] = envelopes;
export const invalid: readonly Draft[] = [...heads, ...cards, ...index, ...tails];
