/** `verify` of many envelopes: by several threads, with the answers of one. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContext } from "../../src/cli/context.ts";
import { recordingStreams } from "../../src/cli/output.ts";
import { Verifier } from "../../src/cli/verifier.ts";
import { BIN, folder, run, start } from "./process.ts";
import { valid } from "./story.ts";

const vectors = fileURLToPath(new URL("../../spec/vectors/", import.meta.url));
const good = join(vectors, "valid", "one-portion.dipbag");
const AT = "2026-11-22T15:00:00Z";
/** Of Node, under which no thread may be started unless that is said. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";
const root = mkdtempSync(join(tmpdir(), "dipbag-batch-"));
afterAll(() => rmSync(root, { recursive: true }));
const [home, many] = [join(root, "home"), join(root, "many")];
const built = new URL("../../dist/cli/verify-worker.js", import.meta.url);
const verify = (...args: string[]) => run(BIN, ["verify", ...args, "--home", home, "--at", AT]);
const inputs = (text: string): string[] =>
  lines(text)
    .map((line) => JSON.parse(line).input)
    .sort();
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
    const count = (text: string, what: RegExp) => lines(text).filter((line) => what.test(line)).length;
    const [good, bad] = [count(together.stdout, /OK.*\.dipbag$/), count(together.stderr, /error:/)];
    expect(good + bad).toBe(readdirSync(many).length);
    expect(lines(together.stderr)).toContain(
      `dipbag: ${good} of ${good + bad} inputs verified; ${bad} errors are above`,
    );
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

  it("[100] may have pipes that wait for each other", async () => {
    const [first, second] = ["1", "2"].map((name) => join(folder(), name)) as [string, string];
    expect(spawnSync("mkfifo", [first, second]).status).toBe(0);
    const writer = spawn("/bin/sh", ["-c", `cat '${good}' > '${second}'; cat '${good}' > '${first}'`]);
    const { stdout, status } = await verify(first, second, many, "--json");
    writer.kill();
    expect(status).toBe(1);
    const documents = lines(stdout).map(valid);
    for (const pipe of [first, second])
      expect(documents.find(({ input }) => input === pipe)).toMatchObject({ schema: "dipbag/verify/1" });
  });

  it("[97] on a stdout that is full or closed ends with one error, as one envelope does", async () => {
    const args = ["verify", many, "--home", home, "--at", AT];
    const full = await run(BIN, args, { shell: "exec 1>/dev/full" });
    expect([full.status, full.stderr.match(/ERR_DISK_FULL/g)?.length]).toEqual([1, 1]);
    expect(full.stderr).not.toContain("ERR_INTERNAL");
    const { child, result } = start(BIN, args, { input: "" });
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect((await result).stderr).not.toContain("ERR_INTERNAL");
    expect((await result).status).toBe(1);
  });

  it("[99] is examined in one thread where others cannot be started", async () => {
    const alone = await verify(many, "--jobs", "1", "--json");
    const args = ["verify", many, "--json", "--home", home, "--at", AT];
    const forbidden = await run(BIN, args, { node: [PERMISSION, "--allow-fs-read=*"] });
    expect(lines(forbidden.stdout)).toEqual(lines(alone.stdout));
    for (const descriptors of [24, 26, 28]) {
      const poor = await run(BIN, args, { shell: `ulimit -n ${descriptors}` });
      expect(poor.stderr).not.toContain("ERR_INTERNAL");
      expect(inputs(poor.stdout)).toEqual(inputs(alone.stdout));
    }
  });
});

describe("in a folder nothing is passed over that is called like an envelope", () => {
  const told = async (place: string) => {
    const { status, stderr } = await verify(place);
    return [status, [...stderr.matchAll(/error: .*\[(\w+)\]/g)].map(([, code]) => code).sort()];
  };
  it("[93] [100] a link to nothing, a link to itself, a pipe; but for folders", async () => {
    const place = folder();
    cpSync(good, join(place, "good.dipbag"));
    mkdirSync(join(place, "folder.dipbag"));
    expect(await told(place)).toEqual([0, []]);
    symlinkSync("missing", join(place, "dangling.dipbag"));
    symlinkSync("loop.dipbag", join(place, "loop.dipbag"));
    expect(spawnSync("mkfifo", [join(place, "pipe.dipbag")]).status).toBe(0);
    expect(await told(place)).toEqual([2, ["ERR_NOT_FOUND", "ERR_NOT_REGULAR", "ERR_READ"]]);
  });

  it.runIf(process.platform === "linux")("[20] a name that is not UTF-8, which Node takes for another", async () => {
    const place = folder();
    cpSync(good, join(place, "bad\ufffd.dipbag"));
    writeFileSync(Buffer.concat([Buffer.from(`${place}/bad`), Buffer.of(0xff), Buffer.from(".dipbag")]), "EXERCISE");
    expect(await told(place)).toEqual([2, ["ERR_NAME_NOT_UTF8", "ERR_NAME_NOT_UTF8"]]);
  });

  it("[96] one that goes away meanwhile", async () => {
    const place = folder();
    for (let i = 0; i < 300; i++) linkSync(good, join(place, `${1000 + i}.dipbag`));
    const args = [BIN, "verify", place, "--json", "--home", home, "--at", AT];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    // As long as nobody reads, it cannot come to the last.
    await once(child.stdout, "readable");
    rmSync(join(place, "1299.dipbag"));
    let text = "";
    for await (const piece of child.stdout) text += piece;
    const documents = lines(text).map(valid);
    expect(documents).toHaveLength(300);
    const gone = documents.find(({ input }) => input === join(place, "1299.dipbag"));
    expect([child.exitCode ?? (await once(child, "close"))[0], gone]).toMatchObject([2, { code: "ERR_NOT_FOUND" }]);
  });

  it("[81] and files of one long folder are told apart", async () => {
    const place = join(folder(), "EXERCISE".repeat(30));
    mkdirSync(place);
    cpSync(good, join(place, "good.dipbag"));
    writeFileSync(join(place, "bad.dipbag"), "EXERCISE");
    const { stdout, stderr } = await verify(place);
    expect(stdout).toMatch(/^OK {2}.{1,200}good\.dipbag$/m);
    expect(stderr).toMatch(/in .{1,200}bad\.dipbag: /);
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
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready'); parentPort.on('message', () => process.exit(3));",
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

  it("[99] that was never ready has examined nothing, and says so to who asked, and to nobody else", async () => {
    const crash = join(folder(), "crash.mjs");
    writeFileSync(crash, "process.exit(3);");
    const { streams, context, verifier } = asked(pathToFileURL(crash));
    const batches = [[good, good], ["other"]];
    expect(await Promise.all(batches.map((paths) => verifier.examine(paths)))).toEqual(batches);
    expect([streams.take(), context.worst()]).toEqual([[], 0]);
  });

  it("examines regular files only, and gives the others back", async () => {
    const { streams, context, verifier } = asked(built);
    const dir = folder();
    expect(await verifier.examine([dir, good, join(dir, "none"), "/dev/null"])).toEqual([
      dir,
      join(dir, "none"),
      "/dev/null",
    ]);
    expect(streams.take().flatMap(([, text]) => lines(text))).toHaveLength(1);
    expect(context.worst()).toBe(0);
    await verifier.close();
  });

  it("that is closed while it works says nothing more", async () => {
    const { streams, context, verifier } = asked(built);
    const asking = verifier.examine([good]);
    await verifier.close();
    await asking;
    expect([streams.take(), context.worst()]).toEqual([[], 0]);
  });
});
