/** Section G of the attacks through the real command line: what stands where the output is to go. */

import { execFileSync } from "node:child_process";
import { linkSync, lstatSync, readFileSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { growing, hasStrace, pack, tellOfFaults, unpack } from "./faulty.ts";
import type { Story } from "./story.ts";

let story: Story;
let whole: Buffer;
beforeAll(async () => {
  story = await tellOfFaults();
  whole = story.read("medium.dipbag");
});
afterAll(() => story.end());

describe("outputs", () => {
  it("[90] [92] [93] what exists, an input by any name, a link and a key file are left as they are", async () => {
    const dir = story.folder("outputs");
    const at = (name: string) => `${dir}/${name}`;
    story.write(at("in"), whole);
    story.write(at("old"), "old");
    linkSync(story.path(at("in")), story.path(at("hard")));
    symlinkSync("in", story.path(at("soft")));
    symlinkSync("nowhere", story.path(at("dangling")));
    execFileSync("mkfifo", [story.path(at("pipe"))]);
    story.write(at("label.json"), "{}");
    const pin = `duty/pins/${story.list("duty/pins")[0]}`;
    const inputs = ["duty/user/identity", "duty/user/card", pin, "passphrase", at("label.json")];
    const before = inputs.map((name) => story.text(name));
    const withheld = (out: string) => [
      ...["withhold", at("in"), "--drop", "1", "--for", "duty@cert.example", "-o", out, "--force"],
    ];
    const item = (out: string, ...more: string[]) => ["unpack", at("in"), "--item", "medium", "-o", out, ...more];
    for (const [code, args] of [
      ["ERR_OUTPUT_EXISTS", pack("medium", at("old"))],
      ["ERR_OUTPUT_EXISTS", pack("medium", at("dangling"))],
      ["ERR_OUTPUT_EXISTS", ["unpack", at("in"), "-o", dir]],
      ["ERR_OUTPUT_EXISTS", ["withhold", at("in"), "--drop", "1", "--for", "duty@cert.example", "-o", at("old")]],
      ["ERR_SAME_FILE", pack(at("in"), at("in"), "--force")],
      ["ERR_SAME_FILE", pack(at("in"), at("hard"), "--force")],
      ["ERR_SAME_FILE", pack(at("in"), at("soft"), "--force")],
      ["ERR_SAME_FILE", item(at("hard"), "--force")],
      ["ERR_SAME_FILE", withheld(at("hard"))],
      ["ERR_SAME_FILE", pack("medium", "duty/user/identity", "--force")],
      ["ERR_SAME_FILE", pack("medium", "duty/user/card", "--force")],
      ["ERR_SAME_FILE", pack("medium", pin, "--force")],
      ["ERR_SAME_FILE", pack("medium", "passphrase", "--force")],
      ["ERR_SAME_FILE", pack("medium", at("label.json"), "--force").with(3, `@${at("label.json")}`)],
      ["ERR_SAME_FILE", item("duty/user/identity", "--force")],
      ["ERR_SAME_FILE", item("passphrase", "--force")],
      ["ERR_SAME_FILE", withheld("passphrase")],
      ["ERR_NOT_A_FILE", item(at("pipe"), "--force")],
    ] as const) {
      await story.refused(code, "duty", args);
    }
    for (const [name, descriptor] of [
      [at("in"), ""],
      ["passphrase", 3],
    ] as const) {
      const shell = `exec ${descriptor}<'${story.path(name)}'`;
      const passphrase = ["--passphrase-fd", `${descriptor || 9}`];
      await story.refused("ERR_SAME_FILE", "duty", pack("-", name, "--force"), { shell, passphrase });
    }
    expect(story.list(dir)).toEqual(["dangling", "hard", "in", "label.json", "old", "pipe", "soft"]);
    expect(story.read(at("in")).equals(whole)).toBe(true);
    expect(story.text(at("old"))).toBe("old");
    expect(inputs.map((name) => story.text(name))).toEqual(before);

    symlinkSync("old", story.path(at("link")));
    await story.ok("duty", item(at("link"), "--force"));
    expect(story.text(at("old"))).toBe("old");
    expect(statSync(story.path(at("link"))).mode & 0o777).toBe(0o600);
  });

  it("[91] a failing run with --force leaves the old file byte-identical", async () => {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(whole.length - 9) ^ 1, whole.length - 9);
    story.write("damaged.dipbag", damaged);
    await story.refused("ERR_DIGEST", "duty", ["unpack", "damaged.dipbag", "--item", "medium", "-o", "old", "--force"]);
    await story.refused(
      "ERR_RELEASABILITY",
      "duty",
      pack("medium", "old", "--force").with(3, "HARBOUR RESTRICTED REL TO QMB"),
    );
    expect(story.text("old")).toBe("old");
  });

  it.each(["pack", "pack --force", "unpack"])("[95] of four runs of %s with one output", async (verb) => {
    const dir = story.folder(`race of ${verb}`);
    const args = verb === "unpack" ? unpack("medium.dipbag", `${dir}/out`) : pack("medium", `${dir}/out`);
    const force = verb === "pack --force" ? ["--force"] : [];
    const results = await Promise.all([1, 2, 3, 4].map(() => story.run("duty", [...args, ...force])));
    // With --force each of them replaces what the one before has finished.
    expect(results.map(({ status }) => status).sort()).toEqual(force.length > 0 ? [0, 0, 0, 0] : [0, 2, 2, 2]);
    expect(story.list(dir)).toEqual(["out"]);
    if (verb === "unpack") expect(story.read(dir, "out", "medium").equals(story.read("medium"))).toBe(true);
    else await story.ok("duty", ["verify", `${dir}/out`]);
  });

  it("[94] the temporary: another name each time, closed to others whatever the umask, new, and followed nowhere", async () => {
    const dir = story.folder("temporary");
    const names = new Set<string>();
    for (const args of [pack("big", `${dir}/out`), unpack("big.dipbag", `${dir}/out`)]) {
      const { child, result } = story.start("duty", args, { shell: "umask 0" });
      await growing(story.path(dir));
      const [name = ""] = story.list(dir);
      names.add(name.slice(-20));
      expect(name).toMatch(/^\.out\.dipbag-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{16}\.tmp$/);
      const stat = lstatSync(story.path(dir, name));
      expect(stat.mode & 0o777).toBe(stat.isDirectory() ? 0o700 : 0o600);
      child.kill("SIGTERM");
      await result;
    }
    expect(names.size).toBe(2);
    if (!hasStrace) return;
    const log = story.path("calls");
    const shell = `exec strace -f -qqq -o '${log}' -e trace=openat "$0" "$@"`;
    await story.ok("duty", pack("medium", `${dir}/out`), { shell });
    const made = readFileSync(log, "latin1")
      .split("\n")
      .filter((line) => /O_CREAT/.test(line));
    expect(made).toEqual([expect.stringMatching(/\.tmp", O_WRONLY\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC, 0600\)/)]);
  });

  it("[93] what appears during the run is left as it is", async () => {
    const dir = story.folder("appears");
    for (const args of [pack("big", `${dir}/out`), unpack("big.dipbag", `${dir}/out`)]) {
      const { result } = story.start("duty", args);
      await growing(story.path(dir));
      symlinkSync("nowhere", story.path(dir, "out"));
      const { status, stderr } = await result;
      expect(stderr).toContain("[ERR_OUTPUT_EXISTS]");
      expect({ status, left: story.list(dir) }).toEqual({ status: 2, left: ["out"] });
      expect(lstatSync(story.path(dir, "out")).isSymbolicLink()).toBe(true);
      unlinkSync(story.path(dir, "out"));
    }
  });
});
