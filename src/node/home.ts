/**
 * A user's home: identity, own card, pinned authorities, other people's cards and policy packs, one file each
 * (spec/cli.md). A file is named by the digest of what it holds, so that nothing in it can choose its name.
 */

import { lstatSync, mkdirSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { compare, hex, utf8 } from "../bytes.ts";
import {
  type GovernedPack,
  MAX_SIGNED_POLICY,
  type PolicyPack,
  parsePolicy,
  type UnverifiedPolicy,
  verifyPolicy,
} from "../envelope/policy-pack.ts";
import type { Trust } from "../envelope/verified.ts";
import { DipbagError, type ErrorCode, fail } from "../errors.ts";
import { BUILT_IN } from "../label/builtin.ts";
import { nameOnCard, parseCard, type UnverifiedCard } from "../trust/card.ts";
import { type Identity, openIdentity } from "../trust/identity.ts";
import {
  digitsOf,
  isValidAt,
  type Pin,
  parseAuthority,
  readPin,
  type VerifiedCard,
  verifyCard,
  writePin,
} from "../trust/pin.ts";
import { type VerifiedRequest, verifyRequest } from "../trust/request.ts";
import { errnoOf, onDisk } from "./errno.ts";
import { readSecretFile, readSmallFile, readTrustedFile, requireClosedFolder, writeSmallFile } from "./files.ts";
import { createOutputDirectory } from "./output.ts";

const SUFFIX = { pins: ".pin", cards: ".card", issued: ".card", policies: ".policy" } as const;
type Folder = keyof typeof SUFFIX;

/** A stored file, with the digest in its name. `read` takes its time. */
interface Entry<T> {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly read: () => T;
}
type Named = Pick<Entry<UnverifiedCard>, "digest" | "read"> & { readonly name: string };

/** What one identity consists of: the user's own, or an authority's. */
export type Self = "user" | "authority";

/** What was read, until something changes. Who began to read before that fills the old one, which nobody asks again. */
class Kept {
  readonly verified = new Map<string, VerifiedCard | undefined>();
  pinned: readonly Pin[] | undefined;
  known: readonly PolicyPack[] | undefined;
  everybody: Promise<readonly Named[]> | undefined;
}

/**
 * What a home object has read it keeps, until it changes the home itself; what `trust` gave out stays as it was then.
 * Whatever reads pins, cards or packs throws ERR_HOME_WRITABLE where others can write there.
 */
export class Home {
  readonly path: string;
  private kept = new Kept();

  constructor(path: string) {
    this.path = path;
  }

  private file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** All that is stored here: what no output may replace. */
  files(): readonly string[] {
    return ["user", "authority", ...Object.keys(SUFFIX)].flatMap((folder) =>
      namesIn(this.file(folder)).map((name) => this.file(folder, name)),
    );
  }

  /**
   * Looks at all that says whom to trust, as each reader does at its part of it.
   * @throws DipbagError ERR_HOME_WRITABLE where others can write the home, its folders or what is in them
   */
  async requireClosed(): Promise<void> {
    for (const folder of Object.keys(SUFFIX) as Folder[]) await this.entries(folder, parseCard);
  }

  /** Before a passphrase is asked for. @throws DipbagError ERR_KEY_EXISTS */
  requireNoIdentity(self: Self): void {
    const path = this.file(self);
    if (lstatSync(path, { throwIfNoEntry: false })) fail("ERR_KEY_EXISTS", { path });
  }

  /** Keys and what belongs to them, all at once, or nothing: keys are never overwritten. @throws DipbagError ERR_KEY_EXISTS */
  async saveIdentity(
    self: Self,
    files: { identity: Uint8Array; request?: Uint8Array; card?: Uint8Array },
  ): Promise<void> {
    await onDisk(this.path, "write", () => makeFolders(this.path));
    const path = this.file(self);
    try {
      const folder = await createOutputDirectory(path);
      try {
        for (const [name, bytes] of Object.entries(files)) await (await folder.file(name)).write(bytes);
        await folder.commit();
      } finally {
        await folder.abort();
        this.forget();
      }
    } catch (error) {
      if (isError(error, "ERR_OUTPUT_EXISTS")) fail("ERR_KEY_EXISTS", { path });
      throw error;
    }
  }

  /** @throws DipbagError ERR_NO_IDENTITY, ERR_SECRET_EXPOSED, ERR_PASSPHRASE */
  async identity(self: Self, passphrase: () => Promise<Uint8Array>): Promise<Identity> {
    const file = await orMissing(readSecretFile(this.file(self, "identity")));
    return openIdentity(file ?? fail(NO_IDENTITY[self]), await passphrase());
  }

  /** The user's own card, in place of an earlier one. */
  async saveCard(card: VerifiedCard): Promise<void> {
    await this.write(this.file("user", "card"), card.signed.bytes);
  }

  /** The user's own card, as stored. @throws DipbagError ERR_HOME_DAMAGED */
  async card(): Promise<UnverifiedCard | undefined> {
    return this.own("user", "card", parseCard);
  }

  /** The user's own card, verified. @throws DipbagError ERR_NO_CARD, ERR_HOME_DAMAGED; as verifyCard */
  async ownCard(): Promise<VerifiedCard> {
    return verifyCard((await this.card()) ?? fail("ERR_NO_CARD"), await this.pins());
  }

  /** The user's own request. @throws DipbagError ERR_NO_IDENTITY, ERR_HOME_DAMAGED */
  async request(): Promise<VerifiedRequest> {
    return (await this.own("user", "request", verifyRequest)) ?? fail("ERR_NO_IDENTITY");
  }

  /** The card of the authority that is run from here. @throws DipbagError ERR_NO_AUTHORITY, ERR_HOME_DAMAGED */
  async authority(): Promise<UnverifiedCard> {
    return (await this.own("authority", "card", parseAuthority)) ?? fail("ERR_NO_AUTHORITY");
  }

  private async own<T>(self: Self, name: string, parse: (bytes: Uint8Array) => T): Promise<T | undefined> {
    const path = this.file(self, name);
    const bytes = await orMissing(readSmallFile(path));
    return bytes && undamaged(path, () => parse(bytes));
  }

  /** @throws DipbagError ERR_HOME_DAMAGED */
  async pins(): Promise<readonly Pin[]> {
    const { kept } = this;
    kept.pinned ??= (await this.entries("pins", pinNamed)).map(({ read }) => read().pin);
    return kept.pinned;
  }

  /** From now on this authority is trusted. */
  async addPin(pin: Pin): Promise<void> {
    await this.add("pins", pin.authority.digest, writePin(pin));
  }

  /** Other people's cards, as stored; `verifyCard` says which of them are trusted today. @throws DipbagError ERR_HOME_DAMAGED */
  async cards(folder: "cards" | "issued" = "cards"): Promise<readonly UnverifiedCard[]> {
    return (await this.entries(folder, parseCard)).map(({ read }) => read());
  }

  /** Into the address book. */
  async addCard({ digest, signed }: VerifiedCard): Promise<void> {
    await this.add("cards", digest, signed.bytes);
  }

  /** What the authority that is run from here has signed. */
  async addIssued({ digest, signed }: UnverifiedCard): Promise<void> {
    await this.add("issued", digest, signed.bytes);
  }

  /** The cards that the authority run from here has issued under this name. @throws DipbagError ERR_HOME_DAMAGED */
  async issuedTo(name: string): Promise<readonly UnverifiedCard[]> {
    const issued = await this.entries("issued", parseCard);
    return issued
      .filter(({ file, bytes }) => undamaged(file, () => nameOnCard(bytes)) === name)
      .map(({ read }) => read());
  }

  /** Policy packs, as stored, by name and version; `policies` says which count today. @throws DipbagError ERR_HOME_DAMAGED */
  async packs(): Promise<readonly UnverifiedPolicy[]> {
    const packs = (await this.entries("policies", parsePolicy)).map(({ read }) => read());
    const nameOf = ({ policy }: UnverifiedPolicy) => policy.policy.name;
    return packs.sort((a, b) => compare(utf8(nameOf(a)), utf8(nameOf(b))) || a.policy.version - b.policy.version);
  }

  /**
   * The policies built in, and those that were taken in and whose governor is pinned today. A damaged pack is not passed
   * over, whoever would need it: what stands there may be an older and laxer one.
   * @throws DipbagError ERR_HOME_DAMAGED
   */
  async policies(): Promise<readonly PolicyPack[]> {
    const { kept } = this;
    const pins = await this.pins();
    kept.known ??= [
      ...BUILT_IN,
      ...(await this.packs()).flatMap(
        (pack) => this.unlessUntrusted("policies", pack.digest, () => verifyPolicy(pack, pins)) ?? [],
      ),
    ];
    return kept.known;
  }

  /** What `admitPolicy` let in. Other versions stay: an envelope names its own. */
  async addPolicy({ digest, signed }: GovernedPack): Promise<void> {
    await this.add("policies", digest, signed.bytes);
  }

  async remove(folder: "pins" | "cards" | "policies", digest: Uint8Array): Promise<void> {
    const path = this.named(folder, digest);
    await onDisk(path, "write", () => unlinkSync(path));
    this.forget();
  }

  /** What this home trusts. Cards are verified when they are first asked for. */
  async trust(): Promise<Trust> {
    const { verified } = this.kept;
    const pins = await this.pins();
    const cards = new Map((await this.entries("cards", parseCard)).map(({ digest, read }) => [digest, read]));
    const own = await this.card();
    if (own !== undefined) cards.set(hex(own.digest), () => own);
    const find = (digest: Uint8Array) => {
      const read = cards.get(hex(digest));
      return read && this.unlessUntrusted("cards", digest, () => verifyCard(read(), pins));
    };
    return {
      pins,
      policies: await this.policies(),
      card: (digest) => {
        const key = hex(digest);
        if (!verified.has(key)) verified.set(key, find(digest));
        return verified.get(key);
      },
    };
  }

  /**
   * The one trusted card of this name, or whose digest begins with these at least eight hexadecimal digits. Of a card
   * and its renewal the one that is valid at `at` (Unix seconds).
   * @throws DipbagError ERR_NO_SUCH_CARD, ERR_CARD_AMBIGUOUS; as verifyCard
   */
  async find(name: string, at: number): Promise<VerifiedCard> {
    // Among a thousand, a thousand may be looked for.
    this.kept.everybody ??= this.names();
    const digits = digitsOf(name);
    const wanted = (await this.kept.everybody).filter(
      (one) =>
        one.name.normalize("NFC") === name.normalize("NFC") ||
        (/^[0-9a-f]{8,64}$/.test(digits) && one.digest.startsWith(digits)),
    );
    const named = [...new Map(wanted.map(({ digest, read }) => [digest, read])).values()].map((read) => read());
    const [found, ...others] = named.filter(
      (card) => isValidAt(card, at) || !named.some((x) => isRenewal(x, card, at)),
    );
    if (found === undefined) return fail("ERR_NO_SUCH_CARD", { name });
    if (others.length > 0) fail("ERR_CARD_AMBIGUOUS", { name });
    return verifyCard(found, await this.pins());
  }

  /** All cards by name. To check the keys of each takes its time, and is not done for those that nobody wants. */
  private async names(): Promise<readonly Named[]> {
    const [stored, own] = [await this.entries("cards", parseCard), await this.card()];
    const named = stored.map(({ file, bytes, digest, read }) => {
      return { name: undamaged(file, () => nameOnCard(bytes)), digest, read };
    });
    return own === undefined ? named : [...named, { name: own.claims.name, digest: hex(own.digest), read: () => own }];
  }

  private async add(folder: Folder, digest: Uint8Array, bytes: Uint8Array): Promise<void> {
    await onDisk(this.path, "write", () => makeFolders(this.file(folder)));
    await this.write(this.named(folder, digest), bytes);
  }

  private async write(path: string, bytes: Uint8Array): Promise<void> {
    await writeSmallFile(path, bytes, { force: true });
    this.forget();
  }

  /** After each change: who reads from now on finds what is on the disk. */
  private forget(): void {
    this.kept = new Kept();
  }

  private named(folder: Folder, digest: Uint8Array): string {
    return this.file(folder, hex(digest) + SUFFIX[folder]);
  }

  /**
   * The files in `folder`, each with the digest in its name, and how to read what must have that digest: it takes its time.
   * @throws DipbagError ERR_HOME_WRITABLE
   */
  private async entries<T extends { readonly digest: Uint8Array }>(
    folder: Folder,
    parse: (bytes: Uint8Array) => T,
  ): Promise<readonly Entry<T>[]> {
    const path = this.file(folder);
    const list = () => {
      for (const closed of [this.path, path]) requireClosedFolder(closed);
      return readdirSync(path);
    };
    const names = (await orMissing(onDisk(path, "read", list))) ?? [];
    const wanted = names.filter((name) => /^[0-9a-f]{64}\.[a-z]+$/.test(name) && name.endsWith(SUFFIX[folder])).sort();
    return Promise.all(
      wanted.map(async (name) => {
        const file = join(path, name);
        const bytes = await readTrustedFile(file, MAX_SIGNED_POLICY);
        const digest = name.slice(0, 64);
        const read = () => {
          const found = undamaged(file, () => parse(bytes));
          return hex(found.digest) === digest ? found : fail("ERR_HOME_DAMAGED", { path: file });
        };
        return { file, bytes, digest, read };
      }),
    );
  }

  /** What is not trusted counts for what is not there. A signature that does not match did when it was taken in. */
  private unlessUntrusted<T>(folder: Folder, digest: Uint8Array, verify: () => T): T | undefined {
    try {
      return verify();
    } catch (error) {
      if (isError(error, "ERR_SIGNATURE")) fail("ERR_HOME_DAMAGED", { path: this.named(folder, digest) });
      if (error instanceof DipbagError && (error.family === "verification" || error.family === "policy"))
        return undefined;
      throw error;
    }
  }
}

const NO_IDENTITY = { user: "ERR_NO_IDENTITY", authority: "ERR_NO_AUTHORITY" } as const;

async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isError(error, "ERR_NOT_FOUND")) return undefined;
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** What is in a home was in order when it was put there. @throws DipbagError ERR_HOME_DAMAGED */
function undamaged<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DipbagError) fail("ERR_HOME_DAMAGED", { path });
    throw error;
  }
}

const pinNamed = (bytes: Uint8Array) => {
  const pin = readPin(bytes);
  return { pin, digest: pin.authority.digest };
};

const isError = (error: unknown, code: ErrorCode): boolean => error instanceof DipbagError && error.code === code;

/** As `mkdir -p`. Node's own says ENOENT where the disk is full or cannot be written. */
function makeFolders(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether `other` is of the same holder as `card`, from the same issuer, and valid at `at`. */
const isRenewal = (other: UnverifiedCard, { claims }: UnverifiedCard, at: number): boolean =>
  other.claims.name === claims.name && other.claims.issuer === claims.issuer && isValidAt(other, at);
