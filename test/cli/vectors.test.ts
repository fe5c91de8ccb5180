/** The refused envelopes of spec/vectors through the real command line: status, one line each, and nothing left behind. */

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine } from "#engine/secret";
import { fromHex, hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { parsePolicy } from "../../src/envelope/policy-pack.ts";
import type { Case, WrittenSeeds } from "../own-vectors/case.ts";
import { map } from "../portable/cose-forge.ts";
import { documents, PASSPHRASE, Story } from "./story.ts";

const folder = fileURLToPath(new URL("../../spec/vectors/", import.meta.url));
const read = (path: string) => readFileSync(folder + path);
const cases = readdirSync(`${folder}invalid`)
  .filter((name) => name.endsWith(".json") && !/\.(policy|label)\.json$/.test(name))
  .map((name): Case => JSON.parse(read(`invalid/${name}`).toString()))
  .filter(({ kind }) => kind === "envelope");
const at = ({ at: time }: Case) => new Date(time * 1000).toISOString().replace(".000", "");
const seeds: Record<string, WrittenSeeds> = JSON.parse(read("world/seeds.json").toString());

let story: Story;
beforeAll(() => {
  story = new Story();
  writeFileSync(story.path("passphrase"), PASSPHRASE, { mode: 0o600 });
  for (const { file } of cases) copyFileSync(`${folder}invalid/${file}`, story.path(file));
});
afterAll(() => story.end());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** The home in which a case is judged; the same trust, the same home. */
function home({ trust }: Case, reader = ""): string {
  const { pins, packs, cards } = trust;
  const name = `home-${sha256(utf8(JSON.stringify(trust))).slice(0, 16)}-${reader}`;
  if (story.has(name)) return name;
  for (const part of ["pins", "cards", "policies", "user"]) mkdirSync(story.path(name, part), { recursive: true });
  const put = (bytes: Uint8Array, ...path: string[]) =>
    writeFileSync(story.path(name, ...path), bytes, { mode: 0o600 });
  for (const pin of pins) put(read(`world/${pin}.pin`), "pins", `${sha256(read(`world/${pin}.card`))}.pin`);
  for (const pack of packs) {
    const item = read(`world/${pack}.policy`);
    put(item, "policies", `${hex(parsePolicy(item).digest)}.policy`);
  }
  for (const holder of cards) {
    put(read(`world/${holder}.card`), "cards", `${sha256(read(`world/${holder}.card`))}.card`);
  }
  if (reader !== "") put(read(`world/${reader}.card`), "user", "card");
  return name;
}
/** An identity file of these seeds (spec/trust.md section 2). */
async function identityFile({ ed25519, mlDsa: [level, seed], kems }: WrittenSeeds): Promise<Uint8Array> {
  const [format, salt, nonce] = ["dipbag-identity/1", new Uint8Array(16), fromHex(ed25519).subarray(0, 12)];
  const inner = map(
    [1, fromHex(ed25519)],
    [2, [level, fromHex(seed)]],
    [3, kems.map(([alg, kem]) => [alg, fromHex(kem)])],
  );
  const aead = engine.aesGcm(await engine.scrypt(utf8(PASSPHRASE), salt));
  return encode([format, salt, nonce, await aead.seal(nonce, encode(inner), encode([format, salt, nonce]))]);
}

const LINE = /^dipbag: (error|hint): [^\p{Cc}\p{Cf}]{1,485}$/u;
/** With the code and status of the case: one error line, at most one hint, nothing on stdout. */
async function refused(one: Case, who: string, args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await story.run(who, args, { at: at(one) });
  const lines = stderr.trimEnd().split("\n");
  expect(lines[0]).toContain(` [${one.expect.outcome}]`);
  expect(lines.map((line) => LINE.exec(line)?.[1])).toEqual(["error", "hint"].slice(0, lines.length));
  expect([status, stdout], args.join(" ")).toEqual([one.expect.status, ""]);
}
/** What stands in the story's folder, but for the homes. */
const listed = () => story.list().filter((name) => !name.startsWith("home-"));

describe("verify refuses", () => {
  const byTrust = new Map<string, Case[]>();
  for (const one of cases.filter(({ expect: { stage } }) => stage === "verify")) {
    const key = JSON.stringify([one.at, one.trust]);
    byTrust.set(key, [...(byTrust.get(key) ?? []), one]);
  }
  const groups = [...byTrust.values()].map((group) => [group[0]?.name, group] as const);
  it.each(groups)("[48] all that is to be refused then and by whom %s is", async (_, group) => {
    const [first] = group as [Case];
    const before = listed();
    const files = group.map(({ file }) => file);
    const args = ["verify", ...files, "--json", "--jobs", "1"];
    const { status, stdout, stderr } = await story.run(home(first), args, { at: at(first) });
    expect(status).toBeGreaterThan(0);
    expect(documents(stdout).map(({ input, code, status }) => [input, code, status])).toEqual(
      group.map(({ file, expect: { outcome, status } }) => [file, outcome, status]),
    );
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("dipbag: error: ")).length).toBe(group.length);
    for (const line of lines) expect(line).toMatch(LINE);
    expect(listed()).toEqual(before);
  });
});

describe("what a command refuses", () => {
  it.each(["ERR_CBOR", "ERR_SIGNATURE", "ERR_UNTRUSTED", "ERR_CLEARANCE"])(
    "[48] verify, unpack and withhold refuse alike: %s",
    async (name) => {
      const one = cases.find((each) => each.name === name) as Case;
      const who = await reader(one, "watch.qmb");
      const before = listed();
      for (const args of [
        ["verify", one.file],
        ["unpack", one.file, "-o", "out"],
        ["withhold", one.file, "--drop", "1", "--for", sha256(read("world/watch.qmb.card")), "-o", "copy.dipbag"],
      ]) {
        await refused(one, who, args);
      }
      expect(listed()).toEqual(before);
    },
  );

  const opened = cases.filter(({ name, expect: { stage } }) => stage === "unpack" && /^ERR_NAME|^[A-Z_]+$/.test(name));
  it.each(opened.map((one) => [one.name, one] as const))("[48] [73] [76] unpack: %s", async (_, one) => {
    const who = await reader(one, one.reader ?? "");
    const before = listed();
    const portion = one.portion === undefined ? [] : ["--portion", `${one.portion}`];
    const args = ["unpack", one.file, ...portion, "-o", "out"];
    await refused(one, who, args);
    expect(listed()).toEqual(before);
  });
});

/** The home of a case with the keys of its reader. */
async function reader(one: Case, name: string): Promise<string> {
  const who = home(one, name);
  if (!story.has(who, "user", "identity")) {
    const file = await identityFile(seeds[name] as WrittenSeeds);
    writeFileSync(story.path(who, "user", "identity"), file, { mode: 0o600 });
  }
  return who;
}
