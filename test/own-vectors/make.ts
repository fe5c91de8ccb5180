/** Makes all of spec/vectors, the same to the byte each time on the portable engine. */

import { hex, utf8 } from "../../src/bytes.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { createIdentity } from "../../src/trust/identity.ts";
import { writePin } from "../../src/trust/pin.ts";
import { everyone, type Holder, type Person, repeatable, type Seeds, T, world } from "../world.ts";
import { type Case, type Expected, type Kind, statusOf, type WrittenSeeds } from "./case.ts";
import { invalid } from "./invalid.ts";
import { PASSPHRASE, valid } from "./valid.ts";

/** What all cases may use. */
export interface Shared {
  readonly identity: Uint8Array;
  readonly harbour: Uint8Array;
}
/** The file of a case, and what is not as usual about reading it. */
export interface Made {
  readonly bytes: Uint8Array;
  readonly reader?: Person;
  readonly at?: number;
  readonly portion?: number;
  readonly alone?: boolean;
  /** Default: everybody of this world. */
  readonly cards?: readonly Person[];
  /** Default: those of all authorities but the stranger. */
  readonly pins?: readonly string[];
  /** Default: of an envelope or a marking LAGOON, as the authority of AAB signed it; else none. */
  readonly packs?: readonly string[];
  readonly fingerprint?: string;
  readonly passphrase?: string;
  readonly request?: Uint8Array;
  readonly expect?: Partial<Expected>;
}
export interface Draft {
  readonly name: string;
  readonly description: string;
  /** Default: envelope. */
  readonly kind?: Kind;
  /** Of the file's name. */
  readonly suffix?: string;
  make(shared: Shared): Promise<Made>;
}

const SUFFIX: Readonly<Record<Kind, string>> = {
  envelope: "dipbag",
  card: "card",
  authority: "card",
  request: "request",
  "sealed-card": "sealed",
  identity: "identity",
  policy: "policy.json",
  "signed-policy": "policy",
  marking: "txt",
  "label-xml": "xml",
  "label-json": "label.json",
};
const POLICIES = ["harbour", "public", "tlp"];
/** The name of a holder in spec/vectors: what stands before the "@". */
export const short = ({ holder }: Holder): string => holder.split("@")[0] as string;
const { aab, qmb, zzc, operations } = world.authorities;
const pinned: readonly Holder[] = [aab, qmb, zzc, operations];
const text = (value: unknown): Uint8Array => utf8(`${JSON.stringify(value, null, 1)}\n`);

const written = ({ ed25519, mlDsa, kems }: Seeds): WrittenSeeds => ({
  ed25519: hex(ed25519),
  mlDsa: [mlDsa[0], hex(mlDsa[1])],
  kems: kems.map(([alg, seed]) => [alg, hex(seed)]),
});

/** Path below spec/vectors, and content. */
export async function makeVectors(): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const holder of [...pinned, world.stranger, ...everyone, world.unknown, world.registry, world.guest]) {
    files.set(`world/${short(holder)}.card`, holder.item);
  }
  for (const [i, holder] of pinned.entries()) files.set(`world/${short(holder)}.pin`, writePin(world.pins[i]!));
  for (const [name, pin] of Object.entries(world.morePins)) files.set(`world/${name}.pin`, writePin(pin));
  files.set(`world/${short(world.registry)}.pin`, writePin(world.registryPin));
  files.set("world/lagoon.policy", world.lagoon.signed.bytes);
  files.set("world/lagoon-operation.policy", world.lagoonOperation.signed.bytes);
  files.set("world/lagoon-3.policy", world.lagoonLater.signed.bytes);
  files.set("world/shoal.policy", world.shoal.signed.bytes);
  const seeded = [...Object.values(world.authorities), ...everyone, world.unknown, world.registry, world.guest];
  const seeds = seeded.map((each) => [short(each), written(each.seeds)]);
  files.set("world/seeds.json", text(Object.fromEntries(seeds)));

  const { file: identity } = await repeatable("identity", () => createIdentity("hybrid-768", utf8(PASSPHRASE)));
  const harbour = BUILT_IN.find(({ policy }) => policy.policy.name === "HARBOUR")!.payload;
  for (const [folder, drafts] of [
    ["valid", valid],
    ["invalid", invalid],
  ] as const) {
    for (const draft of drafts) {
      const made = await repeatable(draft.name, () => draft.make({ identity, harbour }));
      for (const [path, bytes] of caseFiles(draft, made)) files.set(`${folder}/${path}`, bytes);
    }
  }
  return files;
}

function caseFiles(
  { name, description, kind = "envelope", suffix = SUFFIX[kind] }: Draft,
  made: Made,
): [string, Uint8Array][] {
  const {
    bytes,
    reader,
    at = T,
    portion,
    cards = everyone,
    alone,
    pins = pinned.map(short),
    packs = kind === "envelope" || kind === "marking" ? ["lagoon"] : [],
    fingerprint,
    passphrase,
    request,
    expect,
  } = made;
  const file = `${name}.${suffix}`;
  const outcome = expect?.outcome ?? "ok";
  const one: Case = {
    name,
    description,
    kind,
    file,
    at,
    trust: {
      pins,
      policies: POLICIES,
      packs,
      cards: kind === "envelope" ? cards.map(short) : [],
    },
    ...(reader && { reader: short(reader) }),
    ...(portion !== undefined && { portion }),
    ...(alone && { alone }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(passphrase !== undefined && { passphrase }),
    ...(request && { request: `${name}.request` }),
    expect: { outcome, status: statusOf(outcome), ...expect },
  };
  const extra: [string, Uint8Array][] = request ? [[`${name}.request`, request]] : [];
  return [[file, bytes], ...extra, [`${name}.json`, text(one)]];
}
