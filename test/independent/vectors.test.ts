/** The committed envelopes, as cose.py reads them: who signed, which keys open, and the digest of every file. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { dearmour } from "../../src/envelope/armour.ts";
import { parseCard } from "../../src/trust/card.ts";
import { able, independent } from "./reader.ts";

const folder = new URL("../../spec/vectors/", import.meta.url);
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, folder)));
const json = (path: string) => JSON.parse(readFileSync(new URL(path, folder), "utf8"));

interface Case {
  readonly kind: string;
  readonly file: string;
  readonly trust: { readonly pins: readonly string[] };
  readonly expect: { readonly digest: string; readonly files?: Readonly<Record<string, string>> };
}
interface Answer {
  readonly digest: string;
  readonly portions: readonly {
    readonly portion: number;
    readonly items?: readonly { readonly name: string; readonly sha256: string }[];
  }[];
}

const seeds: Record<string, { kems: readonly (readonly [alg: number, seed: string])[] }> = json("world/seeds.json");
const cases = readdirSync(new URL("valid/", folder))
  .filter((name) => name.endsWith(".json") && !/\.(policy|label)\.json$/.test(name))
  .map((name): [string, Case] => [name, json(`valid/${name}`)])
  .filter(([, { kind }]) => kind === "envelope");

describe.skipIf(!able)("python3 with cryptography 48 (else skipped): the vectors", () => {
  it.each(cases)("%s", (_, { file, trust, expect: expected }) => {
    const bytes = file.endsWith(".txt") ? dearmour(read(`valid/${file}`)) : read(`valid/${file}`);
    const authorities = trust.pins.flatMap((pin) => {
      const { signer } = parseCard(read(`world/${pin}.card`));
      return ["--authority", `${hex(signer.classical.key.publicKey)}:${hex(signer.postQuantum.key.publicKey)}`];
    });
    // Everybody's keys, so that every portion opens; what the case says of its reader is part of that.
    const keys = Object.values(seeds).flatMap(({ kems }) =>
      kems.flatMap(([alg, seed]) => ["--seed", `${alg}:${seed}`]),
    );
    const answer = independent("envelope", bytes, [...authorities, ...keys]) as Answer;
    const files = answer.portions.flatMap(({ portion, items = [] }) =>
      items.map(({ name, sha256 }) => [`${portion}/${name}`, sha256]),
    );
    expect(answer.digest).toBe(expected.digest);
    expect(Object.fromEntries(files)).toMatchObject(expected.files ?? {});
  });
});
