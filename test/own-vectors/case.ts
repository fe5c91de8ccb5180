/** What a case of spec/vectors is, and how this library answers it. The format is described in spec/vectors/README.md. */

import { fromHex, hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import { isSuiteAlg } from "../../src/crypto/suites.ts";
import { withoutArmour } from "../../src/envelope/armour.ts";
import { admitPolicy, type PolicyPack, parsePolicy, verifyPolicy } from "../../src/envelope/policy-pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import type { Reader } from "../../src/envelope/unpack.ts";
import type { Trust, VerifiedHead } from "../../src/envelope/verified.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { labelShape } from "../../src/label/label.ts";
import { readLabelJson } from "../../src/label/label-json.ts";
import { banner, parseMarking } from "../../src/label/marking.ts";
import { type Policies, policies, readPolicy } from "../../src/label/policy.ts";
import { readLabelXml } from "../../src/label/stanag4774/read.ts";
import { currentLabel } from "../../src/label/succession.ts";
import { proven } from "../../src/proof.ts";
import { parseCard } from "../../src/trust/card.ts";
import { openIdentity } from "../../src/trust/identity.ts";
import { makePin, readPin, type VerifiedCard, verifyCard } from "../../src/trust/pin.ts";
import { openSealedCard, verifyRequest } from "../../src/trust/request.ts";
import { type Code, codeOf, read } from "../outcome.ts";
import { identityFrom, type Seeds } from "../world.ts";

/** What kind of thing is read, and by which step it is judged. */
export type Kind =
  | "envelope"
  | "card"
  | "authority"
  | "request"
  | "sealed-card"
  | "identity"
  | "policy"
  | "signed-policy"
  | "marking"
  | "label-xml"
  | "label-json";

/** One JSON file. Names of holders are those of world/, without what follows the "@". */
export interface Case {
  readonly name: string;
  readonly description: string;
  readonly kind: Kind;
  /** The file that is read, beside this one. */
  readonly file: string;
  /** Unix seconds: when it is judged. */
  readonly at: number;
  readonly trust: {
    readonly pins: readonly string[];
    readonly policies: readonly string[];
    /** Signed policy packs of world/. */
    readonly packs: readonly string[];
    readonly cards: readonly string[];
  };
  /** Who unpacks, or opens the sealed card; absent: nobody. */
  readonly reader?: string;
  /** The one portion that is asked for. */
  readonly portion?: number;
  /** Unpack is asked, and verify is not before it. */
  readonly alone?: boolean;
  readonly fingerprint?: string;
  readonly passphrase?: string;
  /** The request that a sealed card answers. */
  readonly request?: string;
  readonly expect: Expected;
}
/** A marking as it was read; tags as [type, name, values]. */
export interface ReadMarking {
  readonly policy: string;
  readonly classification: string;
  readonly tags: readonly (readonly [type: string, name: string, values: readonly string[]])[];
  readonly form: string;
  readonly exercise: boolean;
}
export interface Expected {
  readonly outcome: Code;
  /** Exit status. */
  readonly status: number;
  /** Of an envelope: which of the two refuses. */
  readonly stage?: "verify" | "unpack";
  /** Of an envelope that verifies: its digest, and what is reported of it. */
  readonly digest?: string;
  readonly signers?: readonly (readonly [role: number, subject: string])[];
  readonly audience?: readonly string[];
  /** Of each portion, by the label that stands then. */
  readonly banners?: readonly string[];
  readonly withheld?: readonly number[];
  readonly ignored?: readonly number[];
  /** SHA-256 of each file that the reader gets, by "portion/name". */
  readonly files?: Readonly<Record<string, string>>;
  readonly marking?: ReadMarking;
  /** The CBOR of a label that was XML or JSON, in hexadecimal. */
  readonly label?: string;
}

export const statusOf = (code: Code): number => (code === "ok" ? 0 : ERRORS[code as ErrorCode].status);

/** Reads a file of spec/vectors, or of the folder beside it. */
export type Folder = (path: string) => Uint8Array;
const json = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;

/** As in world/seeds.json: the seeds in hexadecimal. */
export interface WrittenSeeds {
  readonly ed25519: string;
  readonly mlDsa: readonly [alg: number, seed: string];
  readonly kems: readonly (readonly [alg: number, seed: string])[];
}

function readerOf(folder: Folder, name: string) {
  const written = json<Record<string, WrittenSeeds>>(folder("world/seeds.json"))[name];
  if (written === undefined) throw new Error(`no seeds of ${name}`);
  const [alg, seed] = written.mlDsa;
  const seeds: Seeds = {
    ed25519: fromHex(written.ed25519),
    mlDsa: [alg === ML_DSA_65 ? ML_DSA_65 : ML_DSA_87, fromHex(seed)],
    kems: written.kems.flatMap(([kem, kemSeed]) => (isSuiteAlg(kem) ? [[kem, fromHex(kemSeed)] as const] : [])),
  };
  return identityFrom(seeds);
}

/** What whoever judges a case has and knows. */
function circumstances({ trust }: Case, folder: Folder) {
  const pins = trust.pins.map((name) => readPin(folder(`world/${name}.pin`)));
  const builtIn = trust.policies.map((name) => {
    const payload = folder(`../policies/${name}.json`);
    const policy = readPolicy(payload);
    return proven<PolicyPack>({ name: policy.policy.name, payload, policy });
  });
  const signed = trust.packs.map((name) => verifyPolicy(parsePolicy(folder(`world/${name}.policy`)), pins));
  const packs: readonly PolicyPack[] = [...builtIn, ...signed];
  const card = (name: string) => verifyCard(parseCard(folder(`world/${name}.card`)), pins);
  return { pins, packs, card };
}

/** What a reader of an envelope trusts, and the reader. */
export function envelopeReader(one: Case, folder: Folder): { trust: Trust; reader: () => Reader } {
  const { pins, packs, card } = circumstances(one, folder);
  /** A card whose authority is not pinned counts as not known. */
  const trusted = (name: string): readonly VerifiedCard[] => {
    try {
      return [card(name)];
    } catch {
      return [];
    }
  };
  const known = new Map(one.trust.cards.flatMap(trusted).map((each) => [hex(each.digest), each]));
  return {
    trust: { pins, policies: packs, card: (digest) => known.get(hex(digest)) },
    reader: () => ({ card: card(one.reader ?? ""), identity: readerOf(folder, one.reader ?? "") }),
  };
}

/** What this library makes of a case. `path`: its folder, such as "valid". */
export async function answer(one: Case, path: string, folder: Folder): Promise<Expected> {
  const file = folder(`${path}/${one.file}`);
  const { pins, packs } = circumstances(one, folder);
  const text = () => new TextDecoder().decode(file);
  const simple = async (action: () => unknown): Promise<Expected> => {
    const outcome = await codeOf(action);
    return { outcome, status: statusOf(outcome) };
  };
  const telling = async (action: () => Partial<Expected>): Promise<Expected> => {
    let report: Partial<Expected> = {};
    const answered = await simple(() => {
      report = action();
    });
    return { ...report, ...answered };
  };
  switch (one.kind) {
    case "card":
      return simple(() => verifyCard(parseCard(file), pins));
    case "authority":
      return simple(() => makePin(file, one.fingerprint ?? ""));
    case "request":
      return simple(() => verifyRequest(file));
    case "identity":
      return simple(() => openIdentity(file, utf8(one.passphrase ?? "")));
    case "policy":
      return simple(() => readPolicy(file));
    case "signed-policy":
      return simple(() => admitPolicy(file, { pins, held: packs, fingerprint: one.fingerprint, at: one.at }));
    case "marking":
      return telling(() => ({ marking: readMarking(text(), policies(...packs.map(({ policy }) => policy))) }));
    case "label-xml":
      return telling(() => ({ label: hex(encode(labelShape.write(readLabelXml(file)))) }));
    case "label-json":
      return telling(() => ({ label: hex(encode(labelShape.write(readLabelJson(file)))) }));
    case "sealed-card":
      return simple(() =>
        openSealedCard(file, verifyRequest(folder(`${path}/${one.request}`)), readerOf(folder, one.reader ?? "")),
      );
    case "envelope":
      return envelope(one, file, envelopeReader(one, folder));
  }
}

function readMarking(text: string, known: Policies): ReadMarking {
  const { marking, form, exercise } = parseMarking(text, known);
  const { policy, classification, tags = [] } = marking;
  const read = tags.map(([type, name, , values]) => [type, name, values] as const);
  return { policy: policy[0], classification, tags: read, form, exercise };
}

/** The banner of each portion at `at`. */
const bannersOf = ({ portions, policies: packs }: VerifiedHead, at: number): readonly string[] =>
  portions.map((portion) => {
    const now = currentLabel(portion.labels.value.originator, at);
    const pack = packs.find(({ policy }) => policy.policy.name === now.policy[0]);
    return pack === undefined ? "" : banner(now, pack.policy);
  });

async function envelope(
  one: Case,
  file: Uint8Array,
  { trust, reader }: ReturnType<typeof envelopeReader>,
): Promise<Expected> {
  let report: Partial<Expected> = {};
  const verifying = async () => {
    const { head, bodies } = await verify(await withoutArmour(bytesSource(file)), trust, one.at);
    report = {
      digest: hex(head.digest),
      signers: head.signers.map(({ role, card }) => [role, card.claims.subject] as const),
      audience: head.core.audience,
      banners: bannersOf(head, one.at),
      withheld: bodies.flatMap(({ withheld, portion }) => (withheld ? [portion.number] : [])),
      ignored: head.ignored,
    };
  };
  const verified = one.alone ? "ok" : await codeOf(verifying);
  if (verified !== "ok") return { outcome: verified, status: statusOf(verified), stage: "verify" };
  if (one.reader === undefined) return { outcome: "ok", status: 0, ...report };
  const unpacked = await codeOf(async () => {
    const opened = await openEnvelope(await withoutArmour(bytesSource(file)), trust, one.at);
    report = { ...report, files: await read(opened, reader(), one.portion) };
  });
  return unpacked === "ok"
    ? { outcome: "ok", status: 0, ...report }
    : { outcome: unpacked, status: statusOf(unpacked), stage: "unpack" };
}
