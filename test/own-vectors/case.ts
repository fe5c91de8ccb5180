/** What a case of spec/vectors is, and how this library answers it. The format is described in spec/vectors/README.md. */

import { fromHex, hex, utf8 } from "../../src/bytes.ts";
import { ML_DSA_65, ML_DSA_87 } from "../../src/crypto/engine.ts";
import { isSuiteAlg } from "../../src/crypto/suites.ts";
import { withoutArmour } from "../../src/envelope/armour.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import type { Trust } from "../../src/envelope/verified.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { parseMarking } from "../../src/label/marking.ts";
import { policies, readPolicy } from "../../src/label/policy.ts";
import { parseCard } from "../../src/trust/card.ts";
import { openIdentity } from "../../src/trust/identity.ts";
import { makePin, readPin, verifyCard } from "../../src/trust/pin.ts";
import { openSealedCard, verifyRequest } from "../../src/trust/request.ts";
import { type Code, codeOf, read } from "../outcome.ts";
import { identityFrom, type Seeds } from "../world.ts";

/** What kind of thing is read, and by which step it is judged. */
export type Kind = "envelope" | "card" | "authority" | "request" | "sealed-card" | "identity" | "policy" | "marking";

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
    readonly cards: readonly string[];
  };
  /** Who unpacks, or opens the sealed card; absent: nobody. */
  readonly reader?: string;
  /** The one portion that is asked for. */
  readonly portion?: number;
  readonly fingerprint?: string;
  readonly passphrase?: string;
  /** The request that a sealed card answers. */
  readonly request?: string;
  readonly expect: Expected;
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
  readonly withheld?: readonly number[];
  readonly ignored?: readonly number[];
  /** SHA-256 of each file that the reader gets, by "portion/name". */
  readonly files?: Readonly<Record<string, string>>;
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

/** What this library makes of a case. `path`: its folder, such as "valid". */
export async function answer(one: Case, path: string, folder: Folder): Promise<Expected> {
  const file = folder(`${path}/${one.file}`);
  const pins = one.trust.pins.map((name) => readPin(folder(`world/${name}.pin`)));
  const packs = one.trust.policies.map((name) => {
    const payload = folder(`../policies/${name}.json`);
    return { payload, policy: readPolicy(payload) };
  });
  const card = (name: string) => verifyCard(parseCard(folder(`world/${name}.card`)), pins);
  const simple = async (action: () => unknown): Promise<Expected> => {
    const outcome = await codeOf(action);
    return { outcome, status: statusOf(outcome) };
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
    case "marking":
      return simple(() => parseMarking(new TextDecoder().decode(file), policies(...packs.map(({ policy }) => policy))));
    case "sealed-card":
      return simple(() =>
        openSealedCard(file, verifyRequest(folder(`${path}/${one.request}`)), readerOf(folder, one.reader ?? "")),
      );
    case "envelope": {
      const known = new Map(one.trust.cards.map(card).map((each) => [hex(each.digest), each]));
      const trust: Trust = { pins, policies: packs, card: (digest) => known.get(hex(digest)) };
      return envelope(one, file, trust, () => ({
        card: card(one.reader ?? ""),
        identity: readerOf(folder, one.reader ?? ""),
      }));
    }
  }
}

async function envelope(
  one: Case,
  file: Uint8Array,
  trust: Trust,
  reader: () => Parameters<typeof read>[1],
): Promise<Expected> {
  let report: Partial<Expected> = {};
  const verified = await codeOf(async () => {
    const { head, bodies } = await verify(await withoutArmour(bytesSource(file)), trust, one.at);
    report = {
      digest: hex(head.digest),
      signers: head.signers.map(({ role, card }) => [role, card.claims.subject] as const),
      audience: head.core.audience,
      withheld: bodies.flatMap(({ withheld, portion }) => (withheld ? [portion.number] : [])),
      ignored: head.ignored,
    };
  });
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
