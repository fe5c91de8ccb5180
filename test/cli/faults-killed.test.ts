/** Section G of the attacks through the real command line: killed, interrupted and stopped, with all threads at work. */

import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failing, growing, hasStrace, MIB, pack, tellOfFaults, unpack } from "./faulty.ts";
import type { Story } from "./story.ts";

let story: Story;
beforeAll(async () => {
  story = await tellOfFaults();
});
afterAll(() => story.end());

const RUNS = {
  pack: (which: string, out: string) => pack(which, out),
  unpack: (which: string, out: string) => unpack(`${which}.dipbag`, out),
};
const VERBS = ["pack", "unpack"] as const;

describe("killed", () => {
  it("[84] at random moments, the runner that does it hundreds of times: absent or complete, and no input lost", async () => {
    const runner = fileURLToPath(new URL("../survive/faults.js", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [runner, "kill", "15", "60"]);
    const figures = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(figures.map(({ verb, count }) => [verb, count])).toEqual([
      ["pack", 8],
      ["pack --force", 7],
      ["unpack", 15],
    ]);
    for (const { count, found, cleaned } of figures) {
      expect(found.nothing + found.temporary + found.complete + found["complete and temporary"]).toBe(count);
      expect(cleaned).toBe(found.temporary + found["complete and temporary"]);
    }
  }, 900_000);

  describe.skipIf(!hasStrace)("by the kernel at one system call (needs strace)", () => {
    it.each([
      ["pack", "pwrite64", ["temporary"]],
      ["pack", "fsync", ["temporary"]],
      // The file has its name, and its temporary name too.
      ["pack", "unlink", ["temporary", "out"]],
      ["pack", "fsync of the folder", ["out"]],
      ["unpack", "fsync", ["temporary"]],
      ["unpack", "rename", ["temporary"]],
    ] as const)("[84] %s before %s: %j is left, and the next run works and cleans up", async (verb, call, left) => {
      const dir = story.folder(`${verb} ${call}`);
      const [name, ...ofFolder] = call.split(" ");
      const fault = failing(`${name}:signal=KILL`, ofFolder.length > 0 ? story.path(dir) : undefined);
      const { status, stderr } = await story.run("duty", RUNS[verb]("medium", `${dir}/out`), fault);
      expect({ status, stderr }).toEqual({ status: null, stderr: "" });
      expect(story.list(dir).map((entry) => (entry.endsWith(".tmp") ? "temporary" : entry))).toEqual(left);
      const complete = story.list(dir).filter((entry) => entry === "out");
      for (const out of complete) await story.ok("duty", ["verify", `${dir}/${out}`]);
      await story.ok("duty", RUNS[verb]("medium", `${dir}/next`));
      expect(story.list(dir)).toEqual(["next", ...complete]);
    });

    it("[84] a spool that could not be unlinked is cleaned by the next", async () => {
      const env = { ...process.env, TMPDIR: story.path(story.folder("spools")) };
      const from = { input: story.read("medium"), env };
      const { status } = await story.run("duty", pack("-", "spooled"), { ...from, ...failing("unlink:signal=KILL") });
      expect({ status, left: story.list("spools").length }).toEqual({ status: null, left: 1 });
      await story.ok("duty", pack("-", "spooled"), from);
      expect(story.list("spools")).toEqual([]);
    });
  });
});

describe("interrupted", () => {
  it.each([
    ["SIGINT", 130, "pack"],
    ["SIGTERM", 143, "pack"],
    ["SIGHUP", 129, "pack"],
    ["SIGINT", 130, "unpack"],
    ["SIGTERM", 143, "unpack"],
    ["SIGHUP", 129, "unpack"],
  ] as const)(
    "[85] %s: %i in less than 2 s from %s with other threads, nothing left, the old file as it was",
    async (signal, status, verb) => {
      const dir = story.folder(`${signal}-${verb}`);
      if (verb === "pack") story.write(`${dir}/out`, "old");
      const { child, result } = story.start("duty", [
        ...RUNS[verb]("big", `${dir}/out`),
        ...(verb === "pack" ? ["--force"] : []),
      ]);
      await growing(story.path(dir), 20 * MIB);
      const sent = Date.now();
      child.kill(signal);
      expect(await result).toMatchObject({ status, stdout: "", stderr: "" });
      expect(Date.now() - sent).toBeLessThan(2000);
      expect(story.list(dir)).toEqual(verb === "pack" ? ["out"] : []);
      if (verb === "pack") expect(story.text(dir, "out")).toBe("old");
    },
  );

  it("[85] while the passphrase is stretched, and twice: once is enough", async () => {
    const dir = story.folder("early");
    const { child, result } = story.start("duty", pack("big", `${dir}/out`));
    await growing(story.path(dir), -1);
    child.kill("SIGINT");
    child.kill("SIGTERM");
    const { status, stderr } = await result;
    expect([130, 143]).toContain(status);
    expect(stderr).toBe("");
    expect(story.list(dir)).toEqual([]);
  });

  it.each(VERBS)("[99] SIGSTOP and SIGCONT during %s do no harm", async (verb) => {
    const dir = story.folder(`stopped-${verb}`);
    const { child, result } = story.start("duty", RUNS[verb]("big", `${dir}/out`));
    await growing(story.path(dir));
    child.kill("SIGSTOP");
    await sleep(300);
    child.kill("SIGCONT");
    expect(await result).toMatchObject({ status: 0 });
    if (verb === "pack") await story.ok("duty", ["verify", `${dir}/out`]);
    else expect(story.read(dir, "out", "big").equals(story.read("big"))).toBe(true);
  });
});
