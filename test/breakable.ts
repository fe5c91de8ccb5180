/**
 * An encoder that can lie. It makes an envelope from its parts, honestly unless told otherwise; a lie is told at one
 * level, and everything above it is then made as if it were the truth: bound, sealed, hashed and signed. So each rule of
 * the format has something that breaks it and nothing else.
 */

import { engine } from "#engine/public";
import { concat, hex } from "../src/bytes.ts";
import {
  byteStringHead,
  type CborMap,
  type CborValue,
  decode,
  decodeTagged,
  encode,
  encodeTagged,
  TAG_COSE_ENCRYPT,
  TAG_COSE_SIGN,
} from "../src/cbor/codec.ts";
import { extent, newBudget } from "../src/cbor/scan.ts";
import { embed } from "../src/cbor/schema.ts";
import { thumbprint } from "../src/cose/key.ts";
import { CONTENT_PROTECTED, encStructure, parseSlots, writeSlots } from "../src/cose/slots.ts";
import { wrapKey } from "../src/cose/wrap.ts";
import { startEncryption } from "../src/crypto/floe.ts";
import { plaintextPerSegment } from "../src/crypto/floe-layout.ts";
import { random } from "../src/crypto/random.ts";
import { audienceOf, chooseKeys, policyRefs, sealingBy } from "../src/envelope/decision.ts";
import { binding, type Core, coreShape } from "../src/envelope/format.ts";
import { padme } from "../src/envelope/layout.ts";
import { withheldShape } from "../src/envelope/statements.ts";
import { type Handling, handlingShape, type Labels, labelsShape } from "../src/label/label.ts";
import { type Forged, forge, map } from "./portable/cose-forge.ts";
import { type Holder, PACKS, type Person, T, world } from "./world.ts";

/** What is sealed, and for whom. */
export interface Plan {
  /** Who seals it. Default: the duty officer. */
  readonly originator?: Person;
  /** Further signers and their roles; all sign. */
  readonly others?: readonly (readonly [role: number, signer: Holder])[];
  /** Default: those of the first portion. */
  readonly labels?: Labels;
  readonly handling?: Handling;
  readonly portions: readonly PlannedPortion[];
  readonly created?: number;
  /** Fields of the core that cannot be worked out from labels that lie. */
  readonly core?: Partial<Core>;
}

export interface PlannedPortion {
  readonly labels: Labels;
  /** Name and content. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly recipients: readonly Person[];
  readonly hidden?: boolean;
}

type Lie<T, As = T> = (honest: T, portion: number) => As;

/** What is said instead of the truth; in the order in which things are made. Portions are numbered from 1. */
export interface Lies {
  /** The core; bytes stand as they are. Everything is bound to it. */
  readonly core?: (core: CborMap) => CborValue;
  /** The encoded labels of a portion. Everything in it is bound to them. */
  readonly labels?: Lie<Uint8Array>;
  /** To what a portion's slots and segments are bound. */
  readonly binding?: Lie<Uint8Array>;
  /** The key that goes into each slot, which is not the one that seals the segments. */
  readonly wrapped?: Lie<Uint8Array>;
  /** One COSE_recipient. */
  readonly slot?: (slot: CborValue[], index: number, portion: number) => CborValue;
  /** The COSE_Encrypt; bytes stand as they are. */
  readonly slots?: Lie<CborValue[], CborValue>;
  /** The list of files. */
  readonly items?: Lie<CborValue[], CborValue>;
  /** All of what is sealed: index, files and padding. */
  readonly plaintext?: Lie<Uint8Array>;
  /** The segments, before they are hashed. */
  readonly segments?: Lie<Uint8Array[]>;
  /** The portion in the manifest. */
  readonly portion?: Lie<CborMap, CborValue>;
  /** The cards in the manifest. */
  readonly cards?: (cards: CborValue[]) => CborValue;
  /** The manifest; bytes stand as they are. */
  readonly manifest?: (manifest: CborValue[]) => CborValue;
  /** Who signs, and what. */
  readonly signatures?: (signatures: Forged[]) => Forged[];
  /** The protected and the unprotected header of the COSE_Sign. */
  readonly body?: CborMap;
  readonly unprotected?: CborMap;
  /** The head as it stands in the file. Nothing from here on is covered by a signature. */
  readonly head?: (head: Uint8Array) => Uint8Array;
  /** The body items; null is a portion that was withheld. */
  readonly bodies?: (bodies: (Uint8Array | null)[]) => (Uint8Array | null)[];
}

const HONEST: Handling = { messageType: "exercise" };
const SEGMENT = 2 ** 20;
const TYPE = { envelope: "application/vnd.dipbag.envelope+cbor", withheld: "application/vnd.dipbag.withheld+cbor" };
/** A value as the CBOR that it stands for; bytes stand as they are. */
const encoded = (value: CborValue): Uint8Array => (value instanceof Uint8Array ? value : encode(value));
const forged = ({ identity }: Holder): Forged[] =>
  [identity.signing.classical, identity.signing.postQuantum].map((key) => ({ key }));

/** Seals the plan, and tells these lies. */
export async function seal(plan: Plan, lies: Lies = {}): Promise<Uint8Array> {
  const { originator = world.duty, others = [], handling = HONEST, created = T } = plan;
  const labels = plan.labels ?? (plan.portions[0] as PlannedPortion).labels;
  const signers: readonly (readonly [number, Holder])[] = [[0, originator], ...others];
  const all = [labels, ...plan.portions.map((portion) => portion.labels)];
  const honest: Core = {
    version: 1,
    id: random(16),
    created,
    labels,
    handling,
    signers: signers.map(([role, { item }]) => [role as 0 | 1 | 2 | 3, engine.sha256(item)]),
    policies: plan.core?.policies ?? policyRefs(all, PACKS, created),
    audience: plan.core?.audience ?? audienceOf(all.slice(1), sealingBy(originator.card, created, PACKS)),
    ...plan.core,
  };
  const core = coreShape.write(honest) as CborMap;
  core.set(5, handlingShape.write(handling));
  const coreBytes = encoded(lies.core?.(core) ?? core);

  const portions: CborValue[] = [];
  let bodies: (Uint8Array | null)[] = [];
  for (const [i, portion] of plan.portions.entries()) {
    const made = await sealPortion(portion, i + 1, coreBytes, lies);
    portions.push(made.portion);
    bodies.push(made.body);
  }
  const honestCards: CborValue[] = signers.map(([, { item }]) => item);
  const manifest: CborValue[] = [coreBytes, portions, lies.cards?.(honestCards) ?? honestCards];
  const payload = encoded(lies.manifest?.(manifest) ?? manifest);
  const signatures = signers.flatMap(([, signer]) => forged(signer));
  const head = forge(lies.signatures?.(signatures) ?? signatures, {
    body: lies.body ?? map([16, TYPE.envelope]),
    unprotected: lies.unprotected ?? map(),
    payload,
  });
  bodies = lies.bodies?.(bodies) ?? bodies;
  return concat(lies.head?.(head) ?? head, ...bodies.map(bodyItem));
}

async function sealPortion(plan: PlannedPortion, number: number, core: Uint8Array, lies: Lies) {
  const told = <T, As>(lie: Lie<T, As> | undefined, honest: T): T | As => lie?.(honest, number) ?? honest;
  const labels = told(lies.labels, embed(labelsShape, plan.labels).bytes);
  const bound = told(lies.binding, binding(core, number, labels));
  const cek = random(32);
  const wrapped = told(lies.wrapped, cek);
  const slots = [];
  for (const key of chooseKeys(plan.recipients.map(({ card }) => card))) {
    slots.push(await wrapKey(key, plan.hidden ?? false, wrapped, bound));
  }
  const encrypt = decodeTagged(TAG_COSE_ENCRYPT, writeSlots(slots)) as CborValue[];
  encrypt[3] = (encrypt[3] as CborValue[][]).map((slot, i) => lies.slot?.(slot, i, number) ?? slot);

  const names = Object.entries(plan.files);
  const items: CborValue[] = names.map(([name, { length }]) => map([1, name], [2, "text/plain"], [3, length]));
  const data = concat(encode(encoded(told(lies.items, items))), ...names.map(([, bytes]) => bytes));
  const plaintext = told(lies.plaintext, concat(data, new Uint8Array(padme(data.length) - data.length)));

  const floe = startEncryption(cek, random(32), encStructure(CONTENT_PROTECTED, bound), SEGMENT);
  const capacity = plaintextPerSegment(SEGMENT);
  const honest: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < plaintext.length; at += capacity) {
    const piece = plaintext.subarray(at, at + capacity);
    honest.push(await floe.sealSegment(at / capacity, at + capacity >= plaintext.length, random(12), piece));
  }
  const segments = told(lies.segments, honest);
  const body = concat(...segments);
  const encryptSaid = told(lies.slots, encrypt);
  const portion: CborMap = map(
    [1, labels],
    [2, body.length],
    [3, concat(...segments.map((segment) => engine.sha256(segment)))],
    [4, floe.header],
    [5, encryptSaid instanceof Uint8Array ? encryptSaid : encodeTagged(TAG_COSE_ENCRYPT, encryptSaid)],
    [6, plan.recipients.map(({ card }) => (plan.hidden ? null : card.digest))],
  );
  return { portion: told(lies.portion, portion), body };
}

export const bodyItem = (body: Uint8Array | null): Uint8Array =>
  body === null ? Uint8Array.of(0xf6) : concat(byteStringHead(body.length), body);

/** A withheld statement by `signer` over these fields of its payload, numbered as in the grammar. */
export function statement(
  signer: Holder,
  fields: { envelope: Uint8Array; portions: readonly number[]; madeFor: readonly Person[]; previous?: Uint8Array },
  lies: { payload?: (payload: CborMap) => CborValue; signatures?: Lies["signatures"]; body?: CborMap } = {},
): Uint8Array {
  const honest = withheldShape.write({
    envelope: fields.envelope,
    portions: fields.portions,
    madeFor: fields.madeFor.map(({ card }) => card.digest),
    reason: 1,
    time: T,
    id: random(16),
    previous: fields.previous ? engine.sha256(fields.previous) : null,
    card: signer.item,
  }) as CborMap;
  return forge(lies.signatures?.(forged(signer)) ?? forged(signer), {
    body: lies.body ?? map([16, TYPE.withheld]),
    payload: encoded(lies.payload?.(honest) ?? honest),
  });
}

/** A signed item (card, request) whose payload is changed and signed again by `signer`. */
export function signedAgain(
  item: Uint8Array,
  signer: Holder,
  change: (payload: CborMap) => CborValue,
  signatures: NonNullable<Lies["signatures"]> = (honest) => honest,
): Uint8Array {
  const [body, , payload] = decodeTagged(TAG_COSE_SIGN, item) as [Uint8Array, CborMap, Uint8Array];
  const changed = encoded(change(decode(payload) as CborMap));
  return forge(signatures(forged(signer)), { body: decode(body) as CborMap, payload: changed });
}

/** An officer with a changed card, signed again by `issuer`, so that only what it claims is wrong. */
export const changed = (person: Person, issuer: Holder, change: (claims: CborMap) => CborValue): Person => ({
  ...person,
  item: signedAgain(person.item, issuer, change),
});

/** What a governor tells of a pack by another channel (spec/trust.md section 7). */
export const packFingerprint = (payload: Uint8Array, { identity: { signing } }: Holder): string => {
  const kids = [signing.classical, signing.postQuantum].map((key) => thumbprint(key.alg, key.publicKey));
  return hex(engine.sha256(encode(["dipbag/1 policy", engine.sha256(payload), ...kids])));
};

/** A card of `length` bytes, all of them well-formed: the holder is cleared for very many classifications. */
export function cardOf(length: number, { item }: Person, issuer: Holder): Uint8Array {
  const cleared = (full: number, rest: number): Uint8Array => {
    const classes = [...Array<string>(full).fill("X".repeat(200)), "X".repeat(rest)];
    return signedAgain(item, issuer, (claims) => claims.set(-65541, [["HARBOUR", classes, []]]));
  };
  const full = Math.floor((length - cleared(30, 24).length) / 202) + 30;
  return cleared(full, 24 + length - cleared(full, 24).length);
}

/** An envelope taken apart, to exchange parts with another; nothing is signed again. */
export interface Parts {
  core: Uint8Array;
  portions: CborMap[];
  cards: Uint8Array[];
  signatures: CborValue[];
  statements: Uint8Array[];
  bodies: (Uint8Array | null)[];
}

export function apart(envelope: Uint8Array): Parts {
  let at = 0;
  const items: Uint8Array[] = [];
  while (at < envelope.length) {
    const isTagged = envelope[at] === 0xd8;
    const end = extent(envelope, at + (isTagged ? 2 : 0), newBudget(), 2 ** 30);
    if (end === "more") throw new Error("cut short");
    items.push(envelope.subarray(at, end));
    at = end;
  }
  const [head, ...rest] = items as [Uint8Array, ...Uint8Array[]];
  const [, , payload, signatures] = decodeTagged(TAG_COSE_SIGN, head) as [null, null, Uint8Array, CborValue[]];
  const [core, portions, cards] = decode(payload) as [Uint8Array, CborMap[], Uint8Array[]];
  const statements = rest.filter(([first]) => first === 0xd8);
  const bodies = rest
    .slice(statements.length)
    .map((item) => (item[0] === 0xf6 ? null : item.subarray(item.length - lengthOf(item))));
  return { core, portions, cards, signatures, statements, bodies };
}

/** The length that the head of a byte string states. */
function lengthOf([first = 0, ...rest]: Uint8Array): number {
  const info = first & 31;
  const size = info < 24 ? 0 : 1 << (info - 24);
  return size === 0 ? info : rest.slice(0, size).reduce((value, byte) => value * 256 + byte, 0);
}

export function together({ core, portions, cards, signatures, statements, bodies }: Parts): Uint8Array {
  const header = encode(map([16, TYPE.envelope]));
  const head = encodeTagged(TAG_COSE_SIGN, [header, map(), encode([core, portions, cards]), signatures]);
  return concat(head, ...statements, ...bodies.map(bodyItem));
}

/** The envelope digest: SHA-256 of the manifest. */
export function digestOf(envelope: Uint8Array): Uint8Array {
  const { core, portions, cards } = apart(envelope);
  return engine.sha256(encode([core, portions, cards]));
}

/** The slots of a portion, as anyone can read them. */
export const slotsOf = (portion: CborMap) => parseSlots(portion.get(5) as Uint8Array, "slots", newBudget());
