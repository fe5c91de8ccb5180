/**
 * What must hold for everything that is not one of the honest envelopes, to the byte: refused with a DipbagError of status
 * 1 to 5 in less than a second, and no file comes out of it that is not in the honest one.
 * `DIPBAG_SURVIVE=long` (`npm run survive`) tries all, and goes on at random for DIPBAG_MINUTES from DIPBAG_SEED.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { vi } from "vitest";
import { engine } from "#engine/public";
import { hex } from "../../src/bytes.ts";
import { withoutArmour } from "../../src/envelope/armour.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import type { Reader } from "../../src/envelope/unpack.ts";
import type { Trust } from "../../src/envelope/verified.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { type Code, codeOf, read } from "../outcome.ts";
import { type Case, envelopeReader, type Folder } from "../own-vectors/case.ts";

export const isLong = process.env.DIPBAG_SURVIVE === "long";
export const seed = Number(process.env.DIPBAG_SEED ?? (isLong ? Date.now() % 2 ** 32 : 5));
export const minutes = Number(process.env.DIPBAG_MINUTES ?? 20);
// Thousands of cases in one test, on a machine that may be busy.
vi.setConfig({ testTimeout: (isLong ? 480 : 30) * 60_000 });
const SECOND = 1000;
const MOST_MEMORY = 300e6;
/** The garbage of the test, copies of envelopes, is cleared away after so many bytes of them. */
const LITTER = 32e6;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A valid envelope of spec/vectors. */
export interface Honest {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly trust: Trust;
  readonly reader?: Reader;
  readonly files: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../../spec/vectors/", import.meta.url));
const folder: Folder = (path) => new Uint8Array(readFileSync(root + path));
export const honest: readonly Honest[] = readdirSync(`${root}valid`)
  .filter((file) => /^[^.]+\.json$/.test(file))
  .map((file) => JSON.parse(readFileSync(`${root}valid/${file}`, "utf8")) as Case)
  .filter(({ kind }) => kind === "envelope")
  .map((one) => {
    const { trust, reader } = envelopeReader(one, folder);
    const { name, at, expect, reader: asked } = one;
    return {
      name,
      at,
      trust,
      bytes: folder(`valid/${one.file}`),
      ...(asked !== undefined && { reader: reader() }),
      files: expect.files ?? {},
    };
  });
export const named = (name: string): Honest => honest.find((one) => one.name === name) as Honest;
const known = new Set(honest.map(({ bytes }) => hex(engine.sha256(bytes))));
const sizes = new Set(honest.map(({ bytes }) => bytes.length));
/** Some changes come to nothing, or to another of the honest envelopes. */
const isHonest = (bytes: Uint8Array) => sizes.has(bytes.length) && known.has(hex(engine.sha256(bytes)));

const source = (bytes: Uint8Array) => withoutArmour(bytesSource(bytes));
const verifying = ({ trust, at }: Honest, bytes: Uint8Array): Promise<Code> =>
  codeOf(async () => verify(await source(bytes), trust, at));

/** Counts what became of the cases, and throws where one breaks the rule. */
export class Attempts {
  readonly codes = new Map<string, number>();
  cases = 0;
  unpacked = 0;
  slowest = 0;
  private litter = 0;
  private readonly before = process.memoryUsage.rss();

  /** `what` tells how it was made, for the message. */
  async try(one: Honest, bytes: Uint8Array, what: () => string): Promise<void> {
    if (isHonest(bytes)) return;
    const code = await this.timed(one, what, () => verifying(one, bytes));
    if (code === "ok") throw new Error(`accepted: ${one.name}, ${what()}, seed ${seed}`);
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    if (this.cases++ % 32 === 0 && one.reader !== undefined) await this.unpack(one, one.reader, bytes, what);
    this.litter += bytes.length;
    if (this.litter > LITTER) {
      collect();
      this.litter = 0;
    }
  }

  /** A reader does not look into the portions of others: the damage may be there. */
  private async unpack(one: Honest, reader: Reader, bytes: Uint8Array, what: () => string): Promise<void> {
    let files: Readonly<Record<string, string>> = {};
    this.unpacked++;
    await this.timed(one, what, () =>
      codeOf(async () => {
        files = await read(await openEnvelope(await source(bytes), one.trust, one.at), reader);
      }),
    );
    for (const [name, digest] of Object.entries(files)) {
      if (one.files[name] !== digest) throw new Error(`let ${name} out: ${one.name}, ${what()}, seed ${seed}`);
    }
  }

  /** The machine may be busy: what was slow once is tried again. */
  private async timed(one: Honest, what: () => string, action: () => Promise<Code>): Promise<Code> {
    for (let again = false; ; again = true) {
      const begun = performance.now();
      const code = await action().catch((error) => {
        throw new Error(`not a refusal: ${one.name}, ${what()}, seed ${seed}`, { cause: error });
      });
      const took = performance.now() - begun;
      if (took < SECOND || again) {
        this.slowest = Math.max(this.slowest, took);
        return code;
      }
    }
  }

  /** By how much the process was ever larger than before, in bytes. */
  get growth(): number {
    return 1024 * process.resourceUsage().maxRSS - this.before;
  }
  get isBounded(): boolean {
    return this.slowest < SECOND && this.growth < MOST_MEMORY;
  }
  toString(): string {
    const codes = [...this.codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
    const cost = `slowest ${this.slowest.toFixed(0)} ms, memory +${(this.growth / 1e6).toFixed(0)} MB`;
    return `${this.cases} cases, ${this.unpacked} unpacked too, ${cost}, seed ${seed}: ${codes.join(", ")}`;
  }
}
