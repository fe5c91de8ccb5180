/** `verify` of many envelopes: by several threads, with the answers of one. */

import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContext } from "../../src/cli/context.ts";
import { recordingStreams } from "../../src/cli/output.ts";
import { Verifier } from "../../src/cli/verifier.ts";
import { BIN, folder, run } from "./process.ts";
import { valid } from "./story.ts";

const vectors = fileURLToPath(new URL("../../spec/vectors/", import.meta.url));
const good = join(vectors, "valid", "one-portion.dipbag");
const AT = "2026-11-22T15:00:00Z";
const root = mkdtempSync(join(tmpdir(), "dipbag-batch-"));
afterAll(() => rmSync(root, { recursive: true }));
const [home, many] = [join(root, "home"), join(root, "many")];
const built = new URL("../../dist/cli/verify-worker.js", import.meta.url);
const verify = (...args: string[]) => run(BIN, ["verify", ...args, "--home", home, "--at", AT]);
const lines = (text: string) => text.split("\n").filter(Boolean).sort();

beforeAll(async () => {
  const card = join(vectors, "world", "authority.aab.card");
  const { digest } = JSON.parse((await run(BIN, ["inspect", card, "--json"])).stdout).card;
  expect((await run(BIN, ["trust", "add", card, "--fingerprint", digest, "--home", home])).status).toBe(0);
  mkdirSync(many);
  for (const kind of ["valid", "invalid"]) {
    for (const name of readdirSync(join(vectors, kind)).filter((one) => one.endsWith(".dipbag"))) {
      for (const copy of [1, 2, 3]) cpSync(join(vectors, kind, name), join(many, `${kind}-${copy}-${name}`));
    }
  }
});

describe("a folder of good and bad envelopes", () => {
  it("gets the same answers from one thread and from several, each named once, and the worst status", async () => {
    const names = readdirSync(many).map((name) => join(many, name));
    expect(names.length).toBeGreaterThan(100);
    const alone = await verify(many, "--jobs", "1", "--json");
    const together = await verify(many, "--jobs", "2", "--json");
    expect(lines(together.stdout)).toEqual(lines(alone.stdout));
    expect(lines(together.stderr)).toEqual(lines(alone.stderr));
    expect([alone.status, together.status]).toEqual([1, 1]);
    const documents = lines(together.stdout).map(valid);
    expect(documents.map(({ input }) => input).sort()).toEqual(names.sort());
    expect(new Set(documents.map(({ schema }) => schema))).toEqual(new Set(["dipbag/verify/1", "dipbag/error/1"]));
  });

  it("gets the same text, requirements and explanations included", async () => {
    const asked = [many, "--require", "complete", "--explain", "--color", "always"];
    const [alone, together] = [await verify(...asked, "--jobs", "1"), await verify(...asked, "--jobs", "2")];
    expect(lines(together.stdout)).toEqual(lines(alone.stdout));
    expect(lines(together.stderr)).toEqual(lines(alone.stderr));
    expect(together.stderr).toContain("ERR_INCOMPLETE");
    expect(together.stdout).toContain("\u001b[32m");
  });

  it("[100] may have folders, missing files and a pipe among them", async () => {
    const pipe = join(folder(), "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const odd = [join(many, "missing"), pipe];
    const writer = spawn("/bin/sh", ["-c", `cat '${good}' > '${pipe}'`]);
    const { stdout, stderr, status } = await verify(many, ...odd, "--json");
    writer.kill();
    expect(status).toBe(1);
    const documents = lines(stdout).map(valid);
    expect(documents).toHaveLength(readdirSync(many).length + 2);
    expect(documents.find(({ input }) => input === pipe)).toMatchObject({ schema: "dipbag/verify/1" });
    expect(stderr).toContain("ERR_NOT_FOUND");
  });
});

describe("another thread", () => {
  const asked = (worker: URL) => {
    const streams = recordingStreams({ out: false, note: false });
    const context = createContext({ home, at: Date.parse(AT) / 1000, json: true, color: "never" }, streams);
    return { streams, context, verifier: new Verifier(context, {}, worker) };
  };
  it("answers batch after batch, in the order in which it was asked", async () => {
    const { streams, context, verifier } = asked(built);
    await Promise.all([verifier.examine([good, good]), verifier.examine([good]), verifier.examine([])]);
    expect(streams.take().flatMap(([, text]) => lines(text))).toHaveLength(3);
    expect(context.worst()).toBe(0);
    await verifier.close();
  });

  it("[110] that ends by itself is an error of each input that it had, and of none else", async () => {
    const crash = join(folder(), "crash.mjs");
    writeFileSync(
      crash,
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
    );
    const { streams, context, verifier } = asked(pathToFileURL(crash));
    await Promise.all([verifier.examine([good, good]), verifier.examine(["other"])]);
    const documents = streams.take().flatMap(([where, text]) => (where === "out" ? lines(text).map(valid) : []));
    expect(documents.map(({ code, input }) => [code, input]).sort()).toEqual(
      [good, good, "other"].sort().map((input) => ["ERR_INTERNAL", input]),
    );
    expect(context.worst()).toBe(70);
    expect(verifier.alive).toBe(false);
    await verifier.examine(["late"]);
    expect(context.worst()).toBe(70);
  });
});
