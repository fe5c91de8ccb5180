/**
 * A fictional world in which nothing changes: states, authorities, officers, cards, pins and labels, with keys from
 * fixed seeds, at a fixed time. Everything in it is for exercise.
 */

import { engine } from "#engine/public";
import { engine as secrets } from "#engine/secret";
import { concat, equal, hex, utf8 } from "../src/bytes.ts";
import { publicKey, thumbprint } from "../src/cose/key.ts";
import { ED25519, ML_DSA_65, ML_DSA_87 } from "../src/crypto/engine.ts";
import { type RandomSource, withRandomForTests } from "../src/crypto/random.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../src/crypto/suites.ts";
import { type PolicyPack, parsePolicy, signPolicy, verifyPolicy } from "../src/envelope/policy-pack.ts";
import type { Trust } from "../src/envelope/verified.ts";
import { ENVIRONMENT } from "../src/environment.ts";
import { BUILT_IN } from "../src/label/builtin.ts";
import type { Label, Labels } from "../src/label/label.ts";
import { parseMarking } from "../src/label/marking.ts";
import { policies } from "../src/label/policy.ts";
import { proven } from "../src/proof.ts";
import { AUTHORITY, type Claims, OFFICER, parseCard, signCard } from "../src/trust/card.ts";
import type { Identity, OwnKem } from "../src/trust/identity.ts";
import { makePin, type Pin, parseAuthority, type Scope, type VerifiedCard, verifyCard } from "../src/trust/pin.ts";
import { LAGOON, LAGOON_3, SHOAL } from "./lagoon.ts";

/** 2026-11-22T05:00:00Z: when everything is sealed. */
export const T = 1_795_323_600;
export const CREATED = "2026-11-22T05:00:00Z";
const DAY = 86_400;

/** Bytes that look random and are the same in every run: SHA-256 of the seed and a counter, block after block. */
export function counter(seed: string): RandomSource {
  let block = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32, block++) {
      out.set(engine.sha256(utf8(`${seed} ${block}`)).subarray(0, length - at), at);
    }
    return out;
  };
}

/** `action` with randomness that is the same in every run (but for what Node's own ML-KEM and ML-DSA draw). */
export const repeatable = <T>(seed: string, action: () => Promise<T>): Promise<T> =>
  withRandomForTests(counter(seed), action);

/** The 32-byte seeds of an identity, as on its file (spec/trust.md section 2). */
export interface Seeds {
  readonly ed25519: Uint8Array;
  readonly mlDsa: readonly [typeof ML_DSA_65 | typeof ML_DSA_87, Uint8Array];
  readonly kems: readonly (readonly [SuiteAlg, Uint8Array])[];
}

const seed = (holder: string, use: string | number) => engine.sha256(utf8(`dipbag test world: ${holder} ${use}`));

export const seedsOf = (holder: string, mlDsa: Seeds["mlDsa"][0], kems: readonly SuiteAlg[]): Seeds => ({
  ed25519: seed(holder, ED25519),
  mlDsa: [mlDsa, seed(holder, mlDsa)],
  kems: kems.map((alg) => [alg, seed(holder, alg)]),
});

/** As openIdentity gives it, but from bare seeds: scrypt takes its time. */
export function identityFrom({ ed25519, mlDsa, kems }: Seeds): Identity {
  const signing = { classical: secrets.signingKey(ED25519, ed25519), postQuantum: secrets.signingKey(...mlDsa) };
  const own = kems.map(([alg, secret]): OwnKem => {
    const key = secrets.decapsulationKey(SUITES[alg].kem, secret);
    return { alg, key, kid: thumbprint(alg, key.publicKey) };
  });
  const keys = [signing.classical, signing.postQuantum, ...own.map(({ alg, key }) => ({ ...key, alg }))];
  return { signing, kems: own, publicKeys: keys.map((key) => publicKey(key.alg, key.publicKey)) };
}

/** A holder: what it signs and opens with, and the bytes of its card. */
export interface Holder {
  readonly holder: string;
  readonly seeds: Seeds;
  readonly identity: Identity;
  readonly claims: Claims;
  readonly item: Uint8Array;
}
/** An officer, whose card a pinned authority has signed. */
export interface Person extends Holder {
  readonly card: VerifiedCard;
}

const HARBOUR = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
const COMPARTMENT = ["COMPARTMENT", ["BUOY"]] as const;
const IN_LAGOON = ["LAGOON", ["UNCLASSIFIED", "GUARDED", "SEALED"], []] as const;

/** Keys and claims of `holder`, signed by `issuer`, or by itself where it is an authority. */
export function certify(
  holder: string,
  mlDsa: Seeds["mlDsa"][0],
  kems: readonly SuiteAlg[],
  claims: Partial<Claims> & Pick<Claims, "nation" | "name">,
  issuer?: Holder,
): Holder {
  const seeds = seedsOf(holder, mlDsa, kems);
  const identity = identityFrom(seeds);
  const { nation } = claims;
  const full: Claims = {
    issuer: issuer?.holder ?? holder,
    subject: holder,
    expires: T + 300 * DAY,
    notBefore: T - 60 * DAY,
    issuedAt: T - 60 * DAY,
    id: seed(holder, "card").subarray(0, 16),
    keys: identity.publicKeys,
    identifiers: [nation === "ZZC" ? "ZZC-PA" : `${nation}-CERT`],
    communities: ["HARBOUR", "WATERWAYS"].map((community) => [community, T - 600 * DAY, null]),
    clearances: issuer ? [["HARBOUR", HARBOUR.slice(0, 3), []]] : [["HARBOUR", HARBOUR, [COMPARTMENT]], IN_LAGOON],
    environment: ENVIRONMENT.exercise,
    roles: [issuer ? OFFICER : AUTHORITY],
    ...claims,
  };
  return { holder, seeds, identity, claims: full, item: signCard(full, (issuer?.identity ?? identity).signing) };
}

async function build() {
  const authority = (holder: string, nation: string, claims: Partial<Claims> = {}) =>
    certify(holder, ML_DSA_65, [], { nation, name: `Card office ${nation}`, ...claims });
  const aab = authority("authority.aab@cert.example", "AAB", { identifiers: ["AAB-CERT", "AAB-NAVY"] });
  const qmb = authority("authority.qmb@cert.example", "QMB");
  const zzc = authority("authority.zzc@authority.example", "ZZC");
  /** Real work, pinned apart. */
  const operations = authority("operations.aab@cert.example", "AAB", { environment: ENVIRONMENT.operation });
  /** An authority that nobody has pinned. */
  const stranger = authority("authority.zza@cert.example", "ZZA");

  const authorities = { aab, qmb, zzc, operations, stranger };
  const pinOf = ({ item }: Holder): Pin => {
    const card = parseAuthority(item);
    return makePin(item, hex(card.digest));
  };
  const pins = [aab, qmb, zzc, operations].map(pinOf);
  const scoped = (scope: Partial<Scope>): Pin => {
    const widest = pinOf(aab);
    return proven<Pin>({ ...widest, scope: { ...widest.scope, ...scope } });
  };
  const officer = (...[holder, mlDsa, kems, claims, issuer]: Required<Parameters<typeof certify>>): Person => {
    const made = certify(holder, mlDsa, kems, claims, issuer);
    return { ...made, card: verifyCard(parseCard(made.item), pins) };
  };

  const secret = { clearances: [["HARBOUR", HARBOUR, [COMPARTMENT]], IN_LAGOON] } as const;
  const governed = ({ identity: { signing } }: Holder, payload = LAGOON, by = pins) =>
    verifyPolicy(parsePolicy(signPolicy(payload, signing)), by);
  const common = {
    ...authorities,
    authorities,
    pins,
    duty: officer(
      "duty.aab@cert.example",
      ML_DSA_65,
      [HPKE_9_KE],
      { nation: "AAB", name: "Duty liaison officer, Arlen National CERT", ...secret },
      aab,
    ),
    /** The high-assurance suite: ML-DSA-87 and MLKEM1024-P384. */
    analyst: officer(
      "analyst.aab@cert.example",
      ML_DSA_87,
      [HPKE_10_KE],
      { nation: "AAB", name: "Analyst, Arlen National CERT", ...secret },
      aab,
    ),
    /** A key of every kind. */
    relay: officer(
      "relay.aab@cert.example",
      ML_DSA_87,
      [HPKE_9_KE, HPKE_10_KE, HPKE_3_KE],
      { nation: "AAB", name: "Relay, Arlen National CERT", ...secret },
      aab,
    ),
    /** Bound to the first three obligations, and not cleared in LAGOON. */
    watch: officer(
      "watch.qmb@cert.example",
      ML_DSA_65,
      [HPKE_9_KE],
      { nation: "QMB", name: "Watch officer, QMB", fulfils: [0, 1, 2] },
      qmb,
    ),
    /** Not cleared in any policy. */
    visitor: officer(
      "visitor.qmb@cert.example",
      ML_DSA_65,
      [HPKE_9_KE],
      { nation: "QMB", name: "Visitor, QMB", clearances: [] },
      qmb,
    ),
    /** Classical keys only, and not of WATERWAYS. */
    port: officer(
      "port.zzc@authority.example",
      ML_DSA_65,
      [HPKE_3_KE],
      {
        nation: "ZZC",
        name: "Port authority desk, ZZC",
        communities: [],
        clearances: [["HARBOUR", ["UNCLASSIFIED", "RESTRICTED"], []], IN_LAGOON],
      },
      zzc,
    ),
    /** Not for exercises. */
    ops: officer(
      "ops.aab@cert.example",
      ML_DSA_65,
      [HPKE_9_KE],
      { nation: "AAB", name: "Operations desk, AAB", environment: ENVIRONMENT.operation },
      operations,
    ),
    /** Somebody of whom only the unpinned authority knows. */
    unknown: certify("desk.zza@cert.example", ML_DSA_65, [HPKE_9_KE], { nation: "ZZA", name: "Desk, ZZA" }, stranger),
    /** One text, governed in an exercise and for real work. */
    lagoon: governed(aab),
    lagoonOperation: governed(operations),
    /** Other pins of the authority of AAB: renewed ten days ago on the same keys, and narrower. */
    morePins: {
      "authority.aab-renewed": pinOf(
        authority(aab.holder, "AAB", {
          identifiers: aab.claims.identifiers,
          notBefore: T - 10 * DAY,
          issuedAt: T - 10 * DAY,
          id: seed(aab.holder, "renewed card").subarray(0, 16),
        }),
      ),
      "authority.aab-narrow": scoped({ organisations: ["AAB-CERT"], communities: ["HARBOUR"], policies: ["HARBOUR"] }),
    },
  };
  /** Who governs SHOAL, and vouches for nobody. Pinned only where that is said. */
  const registry = authority("registry.aab@cert.example", "AAB", { clearances: [["SHOAL", ["CLOSE", "DEEP"], []]] });
  const registryPin = pinOf(registry);
  return {
    ...common,
    registry,
    registryPin,
    shoal: governed(registry, SHOAL, [registryPin]),
    lagoonLater: governed(aab, LAGOON_3),
    /** Of WATERWAYS for a day and an hour, and not cleared in LAGOON. */
    guest: officer(
      "guest.qmb@cert.example",
      ML_DSA_65,
      [HPKE_9_KE],
      { nation: "QMB", name: "Guest, QMB", communities: [["WATERWAYS", T - DAY, T + 3600]] },
      qmb,
    ),
  };
}

export const world = await repeatable("world", build);

/** The policies that every reader of this world knows. */
export const PACKS: readonly PolicyPack[] = [...BUILT_IN, world.lagoon];

/** What every reader of this world trusts: no recipient's card is known, unless given. */
export const trusting = (...known: readonly Person[]): Trust => ({
  pins: world.pins,
  policies: PACKS,
  card: (digest) => known.find(({ card }) => equal(card.digest, digest))?.card,
});
const { duty, analyst, relay, watch, visitor, port, ops } = world;
export const everyone = [duty, analyst, relay, watch, visitor, port, ops];
/** Every card of this world is known. */
export const trust = trusting(...everyone);

const KNOWN = policies(...PACKS.map(({ policy }) => policy));

/** The originator's label with this marking, by AAB-CERT unless told otherwise. */
export const label = (marking: string, rest: Partial<Label> = {}): Label => ({
  kind: "originator",
  ...parseMarking(marking, KNOWN).marking,
  created: CREATED,
  originator: ["organisation", "AAB-CERT"],
  ...rest,
});
export const labels = (marking: string, rest: Partial<Label> = {}): Labels => ({ originator: label(marking, rest) });

export const RESTRICTED = labels("HARBOUR RESTRICTED REL TO AAB, QMB");
export const CONFIDENTIAL = labels("HARBOUR CONFIDENTIAL REL TO AAB");

/** `length` bytes that look like content, the same for the same seed. */
export const content = (length: number, name = "content"): Uint8Array => {
  const block = counter(name)(Math.min(length, 4096));
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += block.length) out.set(block.subarray(0, length - at), at);
  return out;
};

/** A byte array that grows, to write an envelope to. */
export class MemorySink {
  private parts: Uint8Array = new Uint8Array(0);
  private end = 0;

  get bytes(): Uint8Array {
    return this.parts.subarray(0, this.end);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const end = position + bytes.length;
    if (end > this.parts.length) this.parts = concat(this.parts, new Uint8Array(end));
    this.parts.set(bytes, position);
    this.end = Math.max(this.end, end);
  }
}
