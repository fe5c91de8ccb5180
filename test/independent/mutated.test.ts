/** COSE_Sign structures that were changed, read by cose.py and by dipbag: both verify, or both refuse. One process reads all. */

import { describe, expect, it } from "vitest";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, decodeTagged, encode, TAG_COSE_SIGN } from "../../src/cbor/codec.ts";
import { sign } from "../../src/cose/sign.ts";
import { mutated } from "../mutated.ts";
import { alice, altered, bob, eve, forge, map, outcome, payload, signed, TYP } from "../portable/cose-forge.ts";
import { able, independent } from "./reader.ts";

const signers = [alice, bob];
const halves = signers.flatMap(({ pair }) => [pair.classical, pair.postQuantum]);
const flags = ["--kind", "card", ...halves.flatMap(({ publicKey }) => ["--key", hex(publicKey)])];

/** Whether both verify all four signatures: dipbag takes a second signer's pair for absent where both are missing. */
function verdicts(items: readonly Uint8Array[]): { ours: string; theirs: string }[] {
  const theirs = independent("verify-signs", utf8(items.map(hex).join("\n")), flags) as (string | null)[];
  expect(theirs).toHaveLength(items.length);
  return items.map((item, i) => {
    const said = outcome(item, signers);
    const ours = typeof said === "string" ? said : said.every(Boolean) ? "verifies" : "ERR_SIGNATURE_MISSING";
    return { ours, theirs: theirs[i] ?? "verifies" };
  });
}

/** The items of which one reader says that it verifies and the other that it does not. */
const disagreements = (items: readonly Uint8Array[], rows = verdicts(items)) =>
  rows
    .map((row, i) => ({ ...row, item: hex(items[i] as Uint8Array) }))
    .filter(({ ours, theirs }) => (ours === "verifies") !== (theirs === "verifies"));

describe.skipIf(!able)("python3 with cryptography 48 (else skipped): COSE_Sign, changed", () => {
  const honest = signed(alice, bob);
  const other = sign("card", utf8("another"), [bob.pair, alice.pair]);

  it("[36] 1,000 by a few bytes anywhere: not one verifies, here or there", () => {
    const items = Array.from({ length: 1000 }, (_, n) => mutated(honest, other, n));
    const changed = items.filter((item) => hex(item) !== hex(honest));
    expect(changed.length).toBeGreaterThan(900);
    const rows = verdicts(changed);
    expect(rows.filter(({ ours, theirs }) => ours === "verifies" || theirs === "verifies")).toEqual([]);
    expect(new Set(rows.map(({ ours }) => ours)).size).toBeGreaterThan(3);
  });

  it("[30, 31, 33, 37, 38, 39, 41, 46] 400 put together from true signatures: the same verdict", () => {
    const types = [TYP, TYP.replace("card", "request")];
    const keys = [...halves, eve.pair.classical, eve.pair.postQuantum];
    /** True signatures of three people under two types, over two payloads. */
    const pool = types.flatMap((typ) =>
      [payload, utf8("another")].map((text) =>
        forge(
          keys.map((key) => ({ key })),
          { body: map([16, typ]), payload: text },
        ),
      ),
    );
    const from = (n: number) =>
      (decodeTagged(TAG_COSE_SIGN, pool[n % pool.length] as Uint8Array) as CborValue[][])[3] ?? [];
    type Edit = (signatures: CborValue[], n: number, parts: CborValue[]) => unknown;
    const edits: Edit[] = [
      (all, n) => all.splice(n % all.length, 1),
      (all, n) => all.splice(n % all.length, 0, all[(n >> 2) % all.length] ?? null),
      (all) => all.reverse(),
      (all, n) => all.splice(n % all.length, 1, from(0)[4 + (n & 1)] ?? null),
      (all, n) => all.splice(n % all.length, 1, from(n)[n % 6] ?? null),
      (all, n) => all.push(from(n)[4 + (n & 1)] ?? null),
      (all) => all.splice(2),
      (all, n) => all.splice(n % all.length, 1, null),
      (all, n) => (part(all, n)[2] = mutated(part(all, n)[2] as Uint8Array, honest, n)),
      (all, n) => (part(all, n)[0] = mutated(part(all, n)[0] as Uint8Array, honest, n)),
      (all, n) => (part(all, n)[0] = encode(map([1, [-8, -7, -49, 5][n % 4] as number], [4, new Uint8Array(32)]))),
      (all, n) => (part(all, n)[1] = map([[1, 4, 2][n % 3] as number, -19])),
      (_, n, parts) => (parts[0] = encode([map(), map([16, TYP], [2, [16]]), map([3, 0])][n % 3] ?? null)),
      (_, n, parts) => (parts[1] = map([[1, 16][n & 1] as number, TYP])),
      (_, n, parts) => (parts[2] = [null, "text", new Uint8Array(0), utf8("another")][n % 4] ?? null),
    ];
    const part = (all: CborValue[], n: number) => (all[n % all.length] ?? []) as CborValue[];
    const items = Array.from({ length: 400 }, (_, n) =>
      altered(pool[n % 5 ? 0 : n % 4] as Uint8Array, (parts, signatures) => {
        signatures.splice(4);
        for (let times = n % 3, at = n; times > 0; times--, at = at * 7 + 3) {
          edits[at % edits.length]?.(signatures, n + times, parts);
          if (signatures.length === 0) break;
        }
      }),
    );
    const rows = verdicts(items);
    expect(disagreements(items, rows)).toEqual([]);
    expect(rows.filter(({ theirs }) => theirs === "verifies").length).toBeGreaterThan(80);
    expect(rows.filter(({ theirs }) => theirs !== "verifies").length).toBeGreaterThan(200);
    expect(new Set(rows.map(({ ours }) => ours)).size).toBeGreaterThan(4);
  });

  it("[3, 8, 34] the same meaning in other bytes: ours is stricter here because spec/envelope.md section 2.1 has one encoding", () => {
    const at = Buffer.from(honest).indexOf(Buffer.from(payload)) - 1;
    const put = (from: number, to: number, ...bytes: number[]) =>
      concat(honest.subarray(0, from), Uint8Array.of(...bytes), honest.subarray(to));
    const rows = verdicts([
      put(0, 2, 0xd9, 0, 98), // the tag in three bytes
      put(2, 3, 0x98, 4), // the array's count in two
      concat(put(2, 3, 0x9f), Uint8Array.of(0xff)), // an array without a count
      put(at - 1, at, 0xb8, 0), // the unprotected map
      put(at, at + 1, 0x58, payload.length), // the payload
    ]);
    const [tag, ...others] = rows;
    expect(tag).toEqual({ ours: "ERR_TYPE", theirs: "verifies" });
    expect(others).toEqual(Array(4).fill({ ours: "ERR_CBOR", theirs: "verifies" }));
  });

  it("a protected header in another encoding, signed as it is", () => {
    const header = encode(map([16, TYP]));
    const long = concat(Uint8Array.of(0xb8, 1), header.subarray(1));
    const items = [header, long].map((body) => altered(honest, (parts) => parts.splice(0, 1, body)));
    expect(disagreements(items)).toEqual([]);
  });
});
