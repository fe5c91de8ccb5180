/**
 * A user's home: identity, own card, pinned authorities, other people's cards and policy packs, one file each
 * (spec/cli.md). A file is named by the digest of what it holds, so that nothing in it can choose its name.
 */

import { lstatSync, mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { compare, equal, hex, utf8 } from "../bytes.ts";
import {
  MAX_SIGNED_POLICY,
  type PolicyPack,
  parsePolicy,
  type UnverifiedPolicy,
  verifyPolicy,
} from "../envelope/policy-pack.ts";
import type { Trust } from "../envelope/verified.ts";
import { DipbagError, fail } from "../errors.ts";
import { BUILT_IN } from "../label/builtin.ts";
import { parseCard, type UnverifiedCard } from "../trust/card.ts";
import { type Identity, openIdentity } from "../trust/identity.ts";
import { isValidAt, type Pin, readPin, type VerifiedCard, verifyCard, writePin } from "../trust/pin.ts";
import { errnoOf, onDisk } from "./errno.ts";
import { readSecretFile, readSmallFile, writeSecretFile, writeSmallFile } from "./files.ts";

const SUFFIX = { pins: ".pin", cards: ".card", issued: ".card", policies: ".policy" } as const;
type Folder = keyof typeof SUFFIX;

/** What one identity consists of: the user's own, or an authority's. */
export type Self = "user" | "authority";

export class Home {
  readonly path: string;
  private readonly verified = new Map<string, VerifiedCard | undefined>();
  private pinned: readonly Pin[] | undefined;
  private known: readonly PolicyPack[] | undefined;

  constructor(path: string) {
    this.path = path;
  }

  private file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Before a passphrase is asked for. @throws DipbagError ERR_KEY_EXISTS */
  requireNoIdentity(self: Self): void {
    const path = this.file(self, "identity");
    if (lstatSync(path, { throwIfNoEntry: false })) fail("ERR_KEY_EXISTS", { path });
  }

  /** Refuses where there is one already: keys are never overwritten. @throws DipbagError ERR_KEY_EXISTS */
  async saveIdentity(self: Self, identity: Uint8Array): Promise<void> {
    await onDisk(this.path, "write", () => mkdirSync(this.file(self), { recursive: true, mode: 0o700 }));
    await writeSecretFile(this.file(self, "identity"), identity);
  }

  /** @throws DipbagError ERR_NO_IDENTITY, ERR_SECRET_EXPOSED, ERR_PASSPHRASE */
  async identity(self: Self, passphrase: () => Promise<Uint8Array>): Promise<Identity> {
    const file = await orMissing(readSecretFile(this.file(self, "identity")));
    return openIdentity(file ?? fail(NO_IDENTITY[self]), await passphrase());
  }

  save(self: Self, name: "request" | "card", bytes: Uint8Array): Promise<void> {
    return writeSmallFile(this.file(self, name), bytes, { force: true });
  }

  load(self: Self, name: "request" | "card"): Promise<Uint8Array | undefined> {
    return orMissing(readSmallFile(this.file(self, name)));
  }

  /** The user's own card, verified. @throws DipbagError ERR_NO_CARD; as verifyCard */
  async ownCard(): Promise<VerifiedCard> {
    const card = await this.load("user", "card");
    return verifyCard(parseCard(card ?? fail("ERR_NO_CARD")), await this.pins());
  }

  async pins(): Promise<readonly Pin[]> {
    this.pinned ??= (await this.entries("pins")).map(({ bytes }) => readPin(bytes));
    return this.pinned;
  }

  async addPin(pin: Pin): Promise<void> {
    await this.add("pins", pin.authority.digest, writePin(pin));
  }

  /** Other people's cards, as stored; `verifyCard` says which of them are trusted today. */
  async cards(folder: "cards" | "issued" = "cards"): Promise<readonly UnverifiedCard[]> {
    return (await this.entries(folder)).map(({ bytes }) => parseCard(bytes));
  }

  async addCard({ digest, signed }: UnverifiedCard, folder: "cards" | "issued" = "cards"): Promise<void> {
    await this.add(folder, digest, signed.bytes);
  }

  /** Policy packs, as stored, by name and version; `policies` says which of them count today. */
  async packs(): Promise<readonly UnverifiedPolicy[]> {
    const stored = (await this.entries("policies")).map(({ bytes }) => parsePolicy(bytes));
    const nameOf = ({ policy }: UnverifiedPolicy) => policy.policy.name;
    return stored.sort((a, b) => compare(utf8(nameOf(a)), utf8(nameOf(b))) || a.policy.version - b.policy.version);
  }

  /** The policies built in, and those that were taken in and whose governor is pinned today. */
  async policies(): Promise<readonly PolicyPack[]> {
    const pins = await this.pins();
    this.known ??= [
      ...BUILT_IN,
      ...(await this.packs()).flatMap((pack) => unlessUntrusted(() => verifyPolicy(pack, pins)) ?? []),
    ];
    return this.known;
  }

  /** What `admitPolicy` let in. Other versions stay: an envelope names its own. */
  async addPolicy({ digest, signed }: UnverifiedPolicy): Promise<void> {
    await this.add("policies", digest, signed.bytes);
  }

  async remove(folder: "pins" | "cards" | "policies", digest: Uint8Array): Promise<void> {
    const path = this.file(folder, hex(digest) + SUFFIX[folder]);
    await onDisk(path, "write", () => unlinkSync(path));
  }

  /** What this home trusts. Cards are verified when they are first asked for. */
  async trust(): Promise<Trust> {
    const pins = await this.pins();
    const cards = new Map((await this.entries("cards")).map(({ digest, bytes }) => [digest, bytes]));
    const own = await this.load("user", "card");
    if (own !== undefined) cards.set(hex(parseCard(own).digest), own);
    return {
      pins,
      policies: await this.policies(),
      card: (digest) => {
        const key = hex(digest);
        if (!this.verified.has(key)) this.verified.set(key, trusted(cards.get(key), digest, pins));
        return this.verified.get(key);
      },
    };
  }

  /**
   * The one trusted card of this name, or whose digest begins with these at least eight hexadecimal digits. Of a card
   * and its renewal the one that is valid at `at` (Unix seconds).
   * @throws DipbagError ERR_NO_SUCH_CARD, ERR_CARD_AMBIGUOUS; as verifyCard
   */
  async find(name: string, at: number): Promise<VerifiedCard> {
    const own = await this.load("user", "card");
    const all = [...(await this.cards()), ...(own === undefined ? [] : [parseCard(own)])];
    const named = all.filter(
      ({ claims, digest }) => claims.name === name || (/^[0-9a-f]{8,64}$/.test(name) && hex(digest).startsWith(name)),
    );
    const each = named.filter((card, i) => named.findIndex((x) => equal(x.digest, card.digest)) === i);
    const [found, ...others] = each.filter((card) => isValidAt(card, at) || !each.some((x) => isRenewal(x, card, at)));
    if (found === undefined) return fail("ERR_NO_SUCH_CARD", { name });
    if (others.length > 0) fail("ERR_CARD_AMBIGUOUS", { name });
    return verifyCard(found, await this.pins());
  }

  private async add(folder: Folder, digest: Uint8Array, bytes: Uint8Array): Promise<void> {
    await onDisk(this.path, "write", () => mkdirSync(this.file(folder), { recursive: true, mode: 0o700 }));
    await writeSmallFile(this.file(folder, hex(digest) + SUFFIX[folder]), bytes, { force: true });
  }

  private async entries(folder: Folder): Promise<readonly { readonly digest: string; readonly bytes: Uint8Array }[]> {
    const path = this.file(folder);
    const names = (await orMissing(onDisk(path, "read", () => readdirSync(path)))) ?? [];
    const wanted = names.filter((name) => /^[0-9a-f]{64}\.[a-z]+$/.test(name) && name.endsWith(SUFFIX[folder])).sort();
    return Promise.all(
      wanted.map(async (name) => ({
        digest: name.slice(0, 64),
        bytes: await readSmallFile(join(path, name), MAX_SIGNED_POLICY),
      })),
    );
  }
}

const NO_IDENTITY = { user: "ERR_NO_IDENTITY", authority: "ERR_NO_AUTHORITY" } as const;

async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DipbagError && error.code === "ERR_NOT_FOUND") return undefined;
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const trusted = (bytes: Uint8Array | undefined, digest: Uint8Array, pins: readonly Pin[]): VerifiedCard | undefined =>
  unlessUntrusted(() => {
    const card = bytes && parseCard(bytes);
    return card && equal(card.digest, digest) ? verifyCard(card, pins) : undefined;
  });

/** What is not trusted counts for what is not there. */
function unlessUntrusted<T>(verify: () => T): T | undefined {
  try {
    return verify();
  } catch (error) {
    if (error instanceof DipbagError && (error.family === "verification" || error.family === "policy"))
      return undefined;
    throw error;
  }
}

/** Whether `other` is of the same holder as `card`, from the same issuer, and valid at `at`. */
const isRenewal = (other: UnverifiedCard, { claims }: UnverifiedCard, at: number): boolean =>
  other.claims.name === claims.name && other.claims.issuer === claims.issuer && isValidAt(other, at);
