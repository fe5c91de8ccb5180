/** What runs is the bundle: it is complete, knows nothing of the machine that made it, and is made again on any change. */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { VERBS } from "../src/cli/verbs.ts";
import { BIN, folder, run } from "./cli/process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, "dist", "bundle");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const copy = (names: readonly string[], to: string) => {
  for (const name of names) cpSync(join(root, name), join(to, name), { recursive: true });
};

describe("the bundle", () => {
  it("names no path of this machine, and carries no source map", () => {
    for (const name of readdirSync(bundle)) {
      const text = readFileSync(join(bundle, name), "utf8");
      expect(text.includes(root) || /node_modules|sourceMappingURL/.test(text), name).toBe(false);
    }
    expect(readdirSync(bundle).filter((name) => !/^[\w-]+\.js$/.test(name))).toEqual(["LICENSES", "package.json"]);
  });

  it("carries the licence of everything in it", () => {
    const licences = readFileSync(join(bundle, "LICENSES"), "utf8").split("\n---\n\n");
    expect(licences.map((licence) => licence.split("\n")[0])).toEqual([
      "@noble/curves",
      "@noble/hashes",
      "@noble/post-quantum",
      "cbor-x",
      "commander",
      "hpke",
      "saxes",
      "xmlchars",
    ]);
    for (const licence of licences) expect(licence).toMatch(/Permission is hereby granted|Permission to use, copy/);
  });

  it("needs nothing but itself: each verb, every algorithm, and what is read beside it", async () => {
    const installed = join(folder(), "dipbag");
    copy(["package.json", "bin", "examples", "spec", "dist/bundle"], installed);
    const bin = join(installed, "bin", "dipbag.js");
    expect((await run(bin, ["--version"])).stdout).toBe(`dipbag ${version}\n`);
    for (const { name } of VERBS) {
      const { status, stdout, stderr } = await run(bin, ["help", name]);
      expect({ status, stderr }, name).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: dipbag ${name}`));
    }
    expect(await run(bin, ["doctor", "--home", installed])).toMatchObject({ status: 0, stderr: "" });
    const vector = join(installed, "spec", "vectors", "valid", "one-portion.dipbag");
    expect((await run(bin, ["inspect", vector])).stdout).toMatch(/^UNVERIFIED envelope\n/);
    rmSync(join(installed, "dist"), { recursive: true });
    expect(await run(bin, ["--version"])).toMatchObject({ status: 70, stderr: expect.stringMatching(/not built/) });
  });

  it.each([
    ["--version"],
    ["--version", "--json"],
    ["--color", "never", "--version"],
    ["--version", "--home", "/nowhere"],
  ])("says its version, also among other flags: %j", async (...args) => {
    expect(await run(BIN, args)).toMatchObject({ status: 0, stdout: `dipbag ${version}\n`, stderr: "" });
  });
  it.runIf(process.platform === "linux")("does not say that it said what it could not", async () => {
    const { status, stderr } = await run(BIN, ["--version"], { shell: "exec >/dev/full" });
    expect(status).toBe(2);
    expect(stderr).toContain("[ERR_DISK_FULL]");
  });
});

describe("what is not called is not loaded", () => {
  /** Files of the bundle, and Node's modules that are slow to load, that were there at the end. */
  async function loaded(...args: string[]): Promise<string[]> {
    const trace = join(folder(), "trace.cjs");
    writeFileSync(
      trace,
      `const fs = require("node:fs"), { basename } = require("node:path"), { moduleLoadList } = process;
       process.on("exit", () => fs.writeFileSync(__filename + ".json", JSON.stringify([
         ...Object.keys(require.cache).filter((name) => name.includes("bundle")).map((name) => basename(name, ".js")),
         ...moduleLoadList.filter((name) => /^NativeModule (crypto|net|child_process)$/.test(name)),
       ])));`,
    );
    expect((await run(BIN, args, { node: ["--require", trace] })).status).toBe(0);
    return JSON.parse(readFileSync(`${trace}.json`, "utf8"));
  }
  const vector = (name: string) => join(root, "spec", "vectors", "valid", `${name}.dipbag`);

  it("--version loads one file, and no cryptography", async () => {
    expect(await loaded("--version")).toEqual(["main"]);
  });
  it("help loads no cryptography", async () => {
    expect(await loaded("help")).not.toContain("NativeModule crypto");
  });
  it("inspect loads neither what opens nor what seals, nor post-quantum code, nor other programs", async () => {
    const files = await loaded("inspect", vector("one-portion"));
    expect(files).toEqual(expect.arrayContaining(["main", "inspect", "curves", "NativeModule crypto"]));
    const unwanted = ["secret", "hpke", "ml-kem", "ml-dsa", "p384", "pack", "verify", "NativeModule child_process"];
    expect(files.filter((name) => unwanted.includes(name))).toEqual([]);
  });
  it("doctor, which tests all of it, loads it", async () => {
    const files = await loaded("doctor", "--home", join(folder(), "home"));
    expect(files).toEqual(expect.arrayContaining(["secret", "hpke", "ml-kem", "p384"]));
  });
});

describe("scripts/ready.js", () => {
  it("builds once, and again when a source is changed, added or removed", () => {
    const clone = join(folder(), "clone");
    mkdirSync(clone);
    copy(["package.json", "package-lock.json", "tsconfig.json", "bin", "scripts", "src"], clone);
    symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
    utimesSync(join(clone, "package-lock.json"), 0, 0);
    const ready = () => {
      const { status, stderr } = spawnSync(process.execPath, ["scripts/ready.js"], { cwd: clone, encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      return statSync(join(clone, "dist", ".built")).mtimeMs;
    };
    const help = () => spawnSync(process.execPath, ["bin/dipbag.js", "help"], { cwd: clone, encoding: "utf8" }).stdout;

    const first = ready();
    expect(help()).toContain("seal files for named recipients");
    expect(ready()).toBe(first);

    const verbs = join(clone, "src", "cli", "verbs.ts");
    writeFileSync(verbs, readFileSync(verbs, "utf8").replace("seal files for named recipients", "another sentence"));
    const second = ready();
    expect(second).toBeGreaterThan(first);
    expect(help()).toContain("another sentence");

    const added = join(clone, "src", "added.ts");
    writeFileSync(added, "export const ADDED = 1;\n");
    const third = ready();
    expect(third).toBeGreaterThan(second);
    rmSync(added);
    expect(ready()).toBeGreaterThan(third);
  });
});
