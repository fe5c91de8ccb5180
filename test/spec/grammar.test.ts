/** spec/dipbag.cddl against what the code writes, and against the same with one thing wrong in it. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { engine as publicEngine } from "#engine/public";
import { engine } from "#engine/secret";
import { type CborValue, decode, decodeTagged, encode, encodeTagged, type Tag } from "../../src/cbor/codec.ts";
import { embed } from "../../src/cbor/schema.ts";
import { parseSigned, type SignedType, sigStructure } from "../../src/cose/sign.ts";
import { encStructure, FLOE_ALG, type Recipient, recipientInfo } from "../../src/cose/slots.ts";
import { writeIndex } from "../../src/envelope/contents.ts";
import { type Handling, handlingShape, type Labels, labelsShape } from "../../src/label/label.ts";
import { checkCddl } from "../cddl.ts";
import { makeEverything, PASSPHRASE } from "./made.ts";

const validate = checkCddl(readFileSync(new URL("../../spec/dipbag.cddl", import.meta.url), "utf8"));

const LABELS: Labels = {
  originator: {
    kind: "originator",
    policy: ["HARBOUR", Uint8Array.of(0x69, 1)],
    classification: "SECRET",
    privacyMark: "a mark",
    tags: [
      ["PERMISSIVE", "REL TO", null, ["AAB", "QMB"]],
      ["INFORMATIVE", "ADMIN", Uint8Array.of(1), []],
    ],
    originator: ["organisation", "AAB-CERT"],
    created: "2026-11-22T05:00:00.25+01:00",
    review: "2036-11-22T05:00:00Z",
    succession: [
      "2030-01-01T00:00:00Z",
      { kind: "originator", policy: ["HARBOUR", null], classification: "RESTRICTED", created: "2026-11-22T05:00:00Z" },
    ],
    id: "label 1",
    foreign: [Uint8Array.of(60)],
  },
  alternatives: [
    { kind: "alternative", policy: ["TLP", null], classification: "RED", created: "2026-11-22T05:00:00Z" },
  ],
  metadata: { kind: "metadata", policy: ["PUBLIC", null], classification: "PUBLIC", created: "2026-11-22T05:00:00Z" },
  ciphertext: {
    kind: "originator",
    policy: ["PUBLIC", null],
    classification: "PUBLIC",
    created: "2026-11-22T05:00:00Z",
  },
};
const HANDLING: Handling = {
  tlp: "AMBER",
  pap: "AMBER",
  precedence: ["IMMEDIATE", "NATIONAL OVERRIDE"],
  messageType: "exercise",
  agreement: "HARBOUR-MOU-2024/3",
  obligations: ["receipt-on-open", "two-person-open"],
  consents: [new Uint8Array(32)],
  validUntil: 1,
  retainUntil: 2,
  deleteBy: 3,
  purpose: "a purpose",
  personalData: "none",
  language: "en-GB",
  sourceGrading: ["B", 2],
  derivedFrom: ["a report"],
  compilationReason: "together they tell more",
};

/** A structure of the grammar: its rule, its bytes, and its tag where it has one. */
interface Made {
  readonly rule: string;
  readonly bytes: Uint8Array;
  readonly tag?: Tag;
}

let made: Awaited<ReturnType<typeof makeEverything>>;
let structures: readonly Made[];

beforeAll(async () => {
  made = await makeEverything();
  const { portion } = made;
  const payload = (type: SignedType, item: Uint8Array) => parseSigned(type, item).payload;
  const signed: readonly (readonly [string, SignedType, Uint8Array, string])[] = [
    ["head", "envelope", made.head, "manifest"],
    ["head", "envelope", made.hiddenHead, "manifest"],
    ["withheld-statement", "withheld", made.statement, "withheld"],
    ["request", "request", made.request, "wish"],
    ...made.cards.map((card) => ["card", "card", card, "claims"] as const),
  ];
  const manifests = [made.head, made.hiddenHead].map((head) => decode(payload("envelope", head)));
  const [[core], ...portions] = manifests.reduce<[Uint8Array[], ...Map<number, Uint8Array>[]]>(
    ([cores, ...all], manifest) => {
      const [coreBytes, more] = manifest as [Uint8Array, Map<number, Uint8Array>[]];
      return [[...cores, coreBytes], ...all, ...more];
    },
    [[]],
  );
  const bindingInput = encode(["dipbag/1", core!, 1, portion.labels.bytes]);
  expect(publicEngine.sha256(bindingInput)).toEqual(portion.binding);
  const [, salt, nonce, sealed] = decode(made.identityFile) as [string, Uint8Array, Uint8Array, Uint8Array];
  const aad = encode(["dipbag-identity/1", salt, nonce]);
  const seeds = await engine.aesGcm(await engine.scrypt(PASSPHRASE, salt)).open(nonce, sealed, aad);
  const [[header]] = portion.slots.recipients as [Recipient];

  structures = [
    ...signed.flatMap(([rule, type, bytes, content]): Made[] => [
      { rule, bytes, tag: 98 },
      { rule: content, bytes: payload(type, bytes) },
    ]),
    { rule: "signed-policy", bytes: made.policy, tag: 98 },
    { rule: "core", bytes: core! },
    ...portions.flatMap((fields): Made[] => [
      { rule: "portion", bytes: encode(fields) },
      { rule: "slots", bytes: fields.get(5)!, tag: 96 },
      { rule: "labels", bytes: fields.get(1)! },
    ]),
    { rule: "index", bytes: writeIndex([{ name: "a", mediaType: "text/plain", size: 2 ** 40, modified: 1 }]) },
    { rule: "sealed-card", bytes: made.sealedCard },
    { rule: "identity-file", bytes: made.identityFile },
    { rule: "identity-aad", bytes: aad },
    { rule: "seeds", bytes: seeds },
    { rule: "pin", bytes: made.pin },
    { rule: "labels", bytes: embed(labelsShape, LABELS).bytes },
    { rule: "handling", bytes: embed(handlingShape, HANDLING).bytes },
    { rule: "sig-structure", bytes: sigStructure(aad, aad, aad) },
    { rule: "recipient-structure", bytes: recipientInfo(FLOE_ALG, header.bytes, portion.binding) },
    { rule: "enc-structure", bytes: encStructure(portion.slots.contentProtected, portion.binding) },
    { rule: "binding-input", bytes: bindingInput },
    { rule: "card-binding-input", bytes: encode(["dipbag/1 card", portion.binding]) },
  ];
});

const read = ({ bytes, tag }: Made): CborValue => (tag === undefined ? decode(bytes) : decodeTagged(tag, bytes));
const write = ({ tag }: Made, value: CborValue) => (tag === undefined ? encode(value) : encodeTagged(tag, value));

/** Every value that differs from this one in one node: it, or a node inside it, is replaced. */
function* variants(value: CborValue, replace: (node: CborValue) => Iterable<CborValue>): Generator<CborValue> {
  yield* replace(value);
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries())
      for (const other of variants(entry, replace)) yield [...value.slice(0, i), other, ...value.slice(i + 1)];
  } else if (value instanceof Map) {
    for (const [key, entry] of value)
      for (const other of variants(entry, replace)) yield new Map(value).set(key, other);
  }
}

const longer = (node: CborValue): CborValue[] => {
  if (node instanceof Map) return [new Map(node).set(99, 0), new Map(node).set("", 0)];
  return Array.isArray(node) ? [[...node, false]] : [];
};

/** Every variant with one node changed is refused. Answers how many there were. */
function refused(replace: (node: CborValue) => Iterable<CborValue>): number {
  let count = 0;
  for (const structure of structures) {
    for (const variant of variants(read(structure), replace)) {
      count++;
      if (validate(structure.rule, write(structure, variant)).length === 0) {
        expect.fail(`a ${structure.rule} is accepted with something wrong in it, variant ${count}`);
      }
    }
  }
  return count;
}

describe("the grammar accepts", () => {
  it.each(["envelope", "hidden", "copy"] as const)("a whole file: %s", (which) => {
    expect(validate("envelope", made[which], "sequence")).toEqual([]);
  });

  it("every structure that dipbag writes", () => {
    for (const { rule, bytes } of structures) expect(validate(rule, bytes), rule).toEqual([]);
  });

  it("an unknown negative key in the core, and there only", () => {
    for (const structure of structures) {
      const value = read(structure);
      if (!(value instanceof Map)) continue;
      const faults = validate(structure.rule, write(structure, new Map(value).set(-70000, "later")));
      expect(faults.length === 0, structure.rule).toBe(structure.rule === "core");
    }
  });
});

describe("the grammar refuses", () => {
  it("another kind of value, anywhere", () => {
    expect(refused(() => [false, -5])).toBeGreaterThan(1000);
  });

  it("an unknown key in a map, or one element more in an array", () => {
    expect(refused(longer)).toBeGreaterThan(200);
  });

  it("a structure without its tag, or with another", () => {
    for (const structure of structures.filter(({ tag }) => tag !== undefined)) {
      const other = structure.tag === 96 ? 98 : 96;
      expect(validate(structure.rule, structure.bytes.subarray(2))).not.toEqual([]);
      expect(validate(structure.rule, write({ ...structure, tag: other }, read(structure)))).not.toEqual([]);
    }
  });

  it("a map without a key that must be there", () => {
    const optional: Record<string, readonly number[]> = {
      labels: [2, 3, 4],
      handling: [...HANDLING_KEYS],
      core: [9],
    };
    for (const structure of structures) {
      const value = read(structure);
      if (!(value instanceof Map)) continue;
      for (const key of value.keys()) {
        const less = new Map(value);
        less.delete(key);
        const may = optional[structure.rule]?.includes(Number(key)) === true;
        expect(validate(structure.rule, write(structure, less)).length === 0, `${structure.rule} ${key}`).toBe(may);
      }
    }
  });

  it("a file whose items stand in another order, or are too few", () => {
    const end = made.envelope.length;
    const start = made.head.length;
    const [head, bodies] = [made.envelope.subarray(0, start), made.envelope.subarray(start)];
    expect(validate("envelope", Buffer.concat([bodies, head]), "sequence")).not.toEqual([]);
    expect(validate("envelope", head, "sequence")).not.toEqual([]);
    expect(validate("envelope", made.envelope.subarray(0, end - 1), "sequence")).not.toEqual([]);
    expect(validate("envelope", Buffer.concat([made.envelope, Uint8Array.of(0)]), "sequence")).not.toEqual([]);
  });

  it("one signed thing in place of another", () => {
    const signed = structures.filter(({ tag }) => tag === 98);
    for (const { rule } of signed) {
      for (const other of signed.filter((one) => one.rule !== rule)) {
        expect(validate(rule, other.bytes), `${other.rule} as ${rule}`).not.toEqual([]);
      }
    }
  });
});

const HANDLING_KEYS = Array.from({ length: 16 }, (_, i) => i + 1);
