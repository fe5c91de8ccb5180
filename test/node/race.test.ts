/** [93] [96] A second process that exchanges what stands under a name, as fast as it can, while outputs and inputs are opened there. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { DipbagError } from "../../src/errors.ts";
import { readSmallFile, writeSmallFile } from "../../src/node/files.ts";
import { createOutputDirectory } from "../../src/node/output.ts";
import { folder } from "../cli/process.ts";

/** Puts one thing after the other where argument 1 says: links to a file, to a pipe and to nothing, the pipe, a folder, a file, nothing. */
const SWAP = `
  const { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
  const [target, ...kinds] = process.argv.slice(1);
  const put = {
    link: () => symlinkSync("victim", target),
    other: () => symlinkSync("other", target),
    "link to pipe": () => symlinkSync("pipe", target),
    dangling: () => symlinkSync("born", target),
    pipe: () => linkSync("pipe", target),
    folder: () => mkdirSync(target),
    file: () => writeFileSync(target, "theirs", { flag: "wx" }),
    nothing: () => {},
  };
  console.log("started");
  for (let i = 0; ; i++) {
    try { rmSync(target, { recursive: true, force: true }); put[kinds[i % kinds.length]](); } catch {}
  }`;

async function swapping(dir: string, ...kinds: string[]): Promise<ChildProcess> {
  writeFileSync(join(dir, "victim"), "victim");
  writeFileSync(join(dir, "other"), "other");
  execFileSync("mkfifo", [join(dir, "pipe")]);
  const child = spawn(process.execPath, ["-e", SWAP, "out", ...kinds], {
    cwd: dir,
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}
const ended = (child: ChildProcess) =>
  new Promise((resolve) => {
    child.once("close", resolve);
    child.kill("SIGKILL");
  });

/** The codes that `action` ended with, each with how often, in so many tries, and as many more as it takes to see `wanted`. */
async function outcomes(
  tries: number,
  wanted: readonly string[],
  action: () => Promise<string>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < tries || wanted.some((outcome) => counts[outcome] === undefined); i++) {
    const outcome = await action().catch((error: unknown) => {
      if (error instanceof DipbagError && error.status === 2) return error.code;
      throw error;
    });
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

const EVERYTHING = ["link", "nothing", "link to pipe", "pipe", "dangling", "nothing", "folder", "file"];
const OWN = ["other", "pipe", "victim"];

it.each([false, true])("[93] outputs, with force %s: never written through, nothing else left", async (force) => {
  const dir = folder();
  const child = await swapping(dir, ...EVERYTHING);
  const counts = await outcomes(400, ["written", "ERR_IS_DIRECTORY"], async () => {
    await writeSmallFile(join(dir, "out"), utf8("ours"), { force });
    return "written";
  });
  await ended(child);
  expect(
    Object.keys(counts).every((code) => /^(?:written|ERR_OUTPUT_EXISTS|ERR_IS_DIRECTORY|ERR_NOT_A_FILE)$/.test(code)),
  ).toBe(true);
  expect(
    readdirSync(dir)
      .filter((name) => name !== "out")
      .sort(),
  ).toEqual(OWN);
  expect(readFileSync(join(dir, "victim"), "utf8")).toBe("victim");
});

it("[93] folders: never written into or through", async () => {
  const dir = folder();
  const child = await swapping(dir, ...EVERYTHING);
  const counts = await outcomes(400, ["written", "ERR_OUTPUT_EXISTS"], async () => {
    const output = await createOutputDirectory(join(dir, "out"));
    try {
      const file = await output.file("1", "report");
      await file.write(utf8("ours"));
      await output.commit();
    } finally {
      await output.abort();
    }
    return "written";
  });
  await ended(child);
  expect(Object.keys(counts).sort()).toEqual(["ERR_OUTPUT_EXISTS", "written"]);
  expect(
    readdirSync(dir)
      .filter((name) => name !== "out")
      .sort(),
  ).toEqual(OWN);
  expect(readFileSync(join(dir, "victim"), "utf8")).toBe("victim");
});

it("[96] inputs: one of the two files, whole, or an error", async () => {
  const dir = folder();
  const child = await swapping(dir, "link", "other", "nothing", "folder");
  const counts = await outcomes(2000, ["victim", "other"], async () =>
    Buffer.from(await readSmallFile(join(dir, "out"))).toString(),
  );
  await ended(child);
  expect(Object.keys(counts).every((found) => /^(?:victim|other|ERR_NOT_FOUND|ERR_IS_DIRECTORY)$/.test(found))).toBe(
    true,
  );
});
