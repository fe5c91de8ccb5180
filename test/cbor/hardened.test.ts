/** The compiled CBOR level in a process that forbids what it does not need. */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
let folder = "";

const program = `
import { decode, encode } from "./dist/cbor/codec.js";
import { readAs, required, struct, uint } from "./dist/cbor/schema.js";
import { isNativeAccelerationEnabled } from "cbor-x/decode";
import { createRequire } from "node:module";

const refused = (work) => { try { work(); return "accepted"; } catch (error) { return error.code; } };
const value = new Map([[1, [2 ** 40, -1, "text", null, true]], [-1, new Uint8Array(30)], ["__proto__", new Map()]]);
const encoding = encode(value);
const again = encode(decode(encoding));
process.stdout.write(JSON.stringify({
  roundTrip: Buffer.from(again).equals(Buffer.from(encoding)),
  shape: readAs(struct({ one: required(1, uint()) }), Uint8Array.of(0xa1, 1, 2), "it"),
  refused: ["ff", "1817", "d26161", "f97e00", "62c328"].map((text) => refused(() => decode(Buffer.from(text, "hex")))),
  evaluates: refused(() => new Function("return 1")()) ?? "forbidden",
  proto: refused(() => ({}).__proto__) ,
  frozen: Object.isFrozen(Array.prototype),
  native: isNativeAccelerationEnabled,
  addons: Object.keys(createRequire(import.meta.url).cache).filter((file) => /cbor-extract|\\.node$/.test(file)),
}));
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dipbag-cbor-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { rootDir: join(root, "src"), outDir: "dist", declaration: false, noCheck: true },
    include: [],
    files: [join(root, "src/cbor/schema.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "program.js"), program);
  const { status, stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  expect(status, String(stdout)).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (flags: readonly string[] = [], within = folder) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, join(within, "program.js")]);
  expect(status, String(stderr)).toBe(0);
  return JSON.parse(String(stdout)) as Record<string, unknown>;
};
const works = { roundTrip: true, shape: { one: 2 }, refused: Array(5).fill("ERR_CBOR") };

describe("src/cbor, compiled", () => {
  it("[106] works without the native addon of cbor-x, and never loads it", () => {
    expect(run()).toMatchObject({ ...works, native: false, addons: [] });
  });

  it("[106] is the same beside an addon that would change every text, and that cbor-x by itself does load", () => {
    const poisoned = join(folder, "poisoned");
    const modules = join(poisoned, "node_modules");
    mkdirSync(join(modules, "cbor-extract"), { recursive: true });
    cpSync(join(root, "node_modules", "cbor-x"), join(modules, "cbor-x"), { recursive: true });
    cpSync(join(folder, "dist"), join(poisoned, "dist"), { recursive: true });
    for (const name of ["package.json", "program.js"]) cpSync(join(folder, name), join(poisoned, name));
    const addon = `require("node:fs").writeFileSync(${JSON.stringify(join(poisoned, "loaded"))}, "");
      exports.extractStrings = () => ["poison", "poison", "poison", "poison"];`;
    writeFileSync(join(modules, "cbor-extract", "index.js"), addon);
    writeFileSync(join(modules, "cbor-extract", "package.json"), '{ "name": "cbor-extract", "version": "2.2.3" }');
    expect(run([], poisoned)).toMatchObject({ ...works, native: false, addons: [] });
    expect(existsSync(join(poisoned, "loaded"))).toBe(false);

    const whole = 'import { decode } from "cbor-x"; decode(new Uint8Array(1));';
    writeFileSync(join(poisoned, "whole.js"), whole);
    expect(spawnSync(process.execPath, [join(poisoned, "whole.js")]).status).toBe(0);
    expect(existsSync(join(poisoned, "loaded"))).toBe(true);
  });

  it("[106] and what is shipped names no addon", () => {
    const bundle = join(root, "dist", "bundle");
    const named = readdirSync(bundle).filter((file) =>
      /cbor-extract|\.node["'`]/.test(readFileSync(join(bundle, file), "utf8")),
    );
    expect(named).toEqual([]);
    expect(readdirSync(bundle).length).toBeGreaterThan(10);
  });

  it("[108] works where no code may be made from strings", () => {
    expect(run(["--disallow-code-generation-from-strings"])).toMatchObject({ ...works, evaluates: "forbidden" });
  });

  it("[109] works where __proto__ throws and the intrinsics are frozen", () => {
    const strict = run(["--disable-proto=throw", "--frozen-intrinsics", "--disallow-code-generation-from-strings"]);
    expect(strict).toMatchObject({ ...works, frozen: true, proto: "ERR_PROTO_ACCESS" });
  });
});
