/** The package as it is published: two machines make the same bytes, and what is installed from it works. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { folder } from "./cli/process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const packages: Record<string, { dev?: true; optional?: true }> = JSON.parse(
  readFileSync(join(root, "package-lock.json"), "utf8"),
).packages;
const isRepository = spawnSync("git", ["rev-parse", "--verify", "HEAD"], { cwd: root }).status === 0;

function shell(cwd: string, script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-euc", script, "sh", ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, npm_config_update_notifier: "false", ...env },
  });
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

/** A tarball from a clone of what is committed, in `parent`. What is installed here serves, through a link. */
function tarball(parent: string, umask: string, env: NodeJS.ProcessEnv): string {
  mkdirSync(parent, { recursive: true });
  shell(parent, 'umask "$1"; git clone --quiet "$2" clone', [umask, root]);
  const clone = join(parent, "clone");
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  utimesSync(join(clone, "package-lock.json"), 0, 0);
  const said = shell(clone, 'umask "$1"; npm run --silent tarball', [umask], env);
  const file = join(clone, `dipbag-${version}.tgz`);
  expect(said.split("\n")[1]).toBe(`sha256 ${createHash("sha256").update(readFileSync(file)).digest("hex")}`);
  return file;
}

describe.skipIf(!isRepository)("the tarball", () => {
  it("is the same to the byte from another folder, by another user, in another place; and works", () => {
    const here = folder();
    const file = tarball(here, "022", { TZ: "UTC", LC_ALL: "C" });
    const other = tarball(join(here, "another folder"), "077", { TZ: "Pacific/Kiritimati", LC_ALL: "tr_TR.UTF-8" });
    expect(readFileSync(other).equals(readFileSync(file))).toBe(true);

    const project = join(here, "project");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "private": true }');
    // The packages that it needs come from what is installed here: no network.
    const needed = Object.entries(packages).filter(([path, { dev, optional }]) => path !== "" && !dev && !optional);
    const paths = needed.map(([path]) => join(root, path));
    const flags = "--offline --install-links --omit=optional --ignore-scripts --no-audit --no-fund";
    shell(project, `npm install ${flags} "$@"`, [file, ...paths]);
    expect(readdirSync(join(project, "node_modules"))).toContain("dipbag");

    expect(shell(project, "npx --offline dipbag --version")).toBe(`dipbag ${version}\n`);
    const vector = "node_modules/dipbag/spec/vectors/valid/one-portion.dipbag";
    expect(shell(project, `npx --offline dipbag inspect ${vector}`)).toMatch(/^UNVERIFIED envelope\n/);
    writeFileSync(
      join(project, "library.mjs"),
      `import { DipbagError, verify } from "dipbag";
       import { fileSource, Home } from "dipbag/node";
       const file = await fileSource("${vector}");
       const refused = await verify(file, await new Home("home").trust(), 0).catch((error) => error);
       console.log(refused instanceof DipbagError, refused.code);
       await file.close();`,
    );
    expect(shell(project, "node library.mjs")).toMatch(/^true ERR_[A-Z_]+\n$/);
    expect(shell(project, "npx --offline dipbag doctor --home home", [], { LC_ALL: "C" })).toContain("ML-KEM");
  });
});
