/** A home that others can write in says nothing of whom its owner trusts (spec/cli.md section 6). */

import { chmodSync, copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RESTRICTED, type Story, tell, to } from "./story.ts";

let story: Story;
beforeAll(async () => {
  story = await tell("duty", "stranger");
  story.write("report.txt");
  await story.ok("duty", ["pack", "report.txt", "--label", RESTRICTED, ...to("duty"), "-o", "x.dipbag"]);
  await story.ok("stranger", [
    ...[
      "pack",
      "report.txt",
      "--label",
      "HARBOUR RESTRICTED REL TO AAB, QMB",
      ...to("stranger"),
      "-o",
      "theirs.dipbag",
    ],
  ]);
  for (const folder of ["cards", "policies"]) mkdirSync(story.path("duty", folder), { recursive: true, mode: 0o700 });
  copyFileSync(story.path("duty.card"), story.path("duty", "cards", `${"0".repeat(64)}.card`));
});
afterAll(() => story.end());

const VERIFY = ["verify", "x.dipbag"];
const FOLDERS = ["", "pins", "cards", "policies"];
const pin = () => join("pins", readdirSync(story.path("duty", "pins"))[0] as string);
const open = (place: string, mode: number) => chmodSync(story.path("duty", place), mode);
afterEach(() => {
  for (const folder of FOLDERS) open(folder, 0o700);
  for (const file of [pin(), join("cards", `${"0".repeat(64)}.card`)]) open(file, 0o600);
});

describe.skipIf(process.platform === "win32")("others can write (POSIX only)", () => {
  it("[112] a pin that somebody has put into an open folder is not believed, and the fix is told", async () => {
    await story.refused("ERR_UNTRUSTED", "duty", ["verify", "theirs.dipbag"]);
    open("pins", 0o777);
    for (const name of readdirSync(story.path("stranger", "pins")))
      copyFileSync(story.path("stranger", "pins", name), story.path("duty", "pins", name));
    const said = await story.refused("ERR_HOME_WRITABLE", "duty", ["verify", "theirs.dipbag"]);
    expect(said).toContain("duty/pins");
    expect(said).toContain("chmod o-w");
  });

  it.each(FOLDERS)("the folder '%s' of a home, with the sticky bit or without", async (folder) => {
    for (const mode of [0o707, 0o1777, 0o702]) {
      open(folder, mode);
      await story.refused("ERR_HOME_WRITABLE", "duty", VERIFY);
    }
    open(folder, 0o700);
    await story.ok("duty", VERIFY);
  });

  it("[112] a file in it: the scope of a pin could be made wider", async () => {
    open(pin(), 0o602);
    expect(await story.refused("ERR_HOME_WRITABLE", "duty", [...VERIFY, "--json"])).toContain(pin());
  });

  it("every verb that reads it refuses, and seals nothing", async () => {
    open("", 0o777);
    for (const args of [["cards"], ["trust", "list"], ["policy", "show", "HARBOUR"]])
      await story.refused("ERR_HOME_WRITABLE", "duty", args);
    const pack = ["pack", "report.txt", "--label", RESTRICTED, ...to("duty"), "-o", "no"];
    await story.refused("ERR_HOME_WRITABLE", "duty", pack);
    expect(story.has("no")).toBe(false);
  });

  it("doctor reports it, after all that it shows", async () => {
    open(pin(), 0o666);
    const { status, stdout, stderr } = await story.run("duty", ["doctor"]);
    expect({ status, works: /FLOE +works/.test(stdout) }).toEqual({ status: 2, works: true });
    expect(stderr).toContain("[ERR_HOME_WRITABLE]");
    await story.refused("ERR_HOME_WRITABLE", "duty", ["doctor", "--json"]);
    open(pin(), 0o600);
    await story.ok("duty", ["doctor"]);
  });

  it("a group may write, and others may read: a unit may share a home", async () => {
    for (const folder of FOLDERS) open(folder, 0o775);
    open(pin(), 0o664);
    await story.ok("duty", VERIFY);
  });
});
