/** Section G of the attacks through the real command line: files that change, pipes that stop, streams that close. */

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIG, growing, pack, tellOfFaults, unpack } from "./faulty.ts";
import type { Story } from "./story.ts";

let story: Story;
beforeAll(async () => {
  story = await tellOfFaults();
});
afterAll(() => story.end());

describe("inputs and streams", () => {
  const changes = {
    grows: (path: string) => appendFileSync(path, "more"),
    shrinks: (path: string) => truncateSync(path, 1000),
  };
  const put = (path: string, at: number) => {
    const file = openSync(path, "r+");
    writeSync(file, "X", at);
    closeSync(file);
  };
  it.each(Object.entries(changes))("[96] an input that %s while it is read", async (how, change) => {
    const dir = story.folder(how);
    for (const [name, args] of [
      ["big", pack(`${dir}-in`, `${dir}/out`)],
      ["big.dipbag", unpack(`${dir}-in`, `${dir}/out`)],
    ] as const) {
      copyFileSync(story.path(name), story.path(`${dir}-in`));
      const { result } = story.start("duty", args);
      await growing(story.path(dir));
      change(story.path(`${dir}-in`));
      const { status, stderr } = await result;
      expect(stderr).toContain("[ERR_INPUT_CHANGED]");
      expect({ status, left: story.list(dir) }).toEqual({ status: 2, left: [] });
    }
    rmSync(story.path(`${dir}-in`));
  });

  it("[96] replaced while it is read, by whatever: the one that was opened, whole", async () => {
    const dir = story.folder("replaced");
    const now = story.path("replaced-in");
    for (const [name, args] of [
      ["big", pack("replaced-in", `${dir}/out`)],
      ["big.dipbag", unpack("replaced-in", `${dir}/opened`)],
    ] as const) {
      copyFileSync(story.path(name), now);
      const { result } = story.start("duty", args);
      await growing(story.path(dir));
      story.write("other");
      renameSync(story.path("other"), now);
      expect(await result).toMatchObject({ status: 0 });
    }
    await story.ok("duty", ["verify", `${dir}/out`]);
    expect(statSync(story.path(dir, "opened", "replaced-in"), { throwIfNoEntry: false })).toBeUndefined();
    expect(story.read(dir, "opened", "big").equals(story.read("big"))).toBe(true);
  });

  it("[96] verified, then changed: unpack verifies what it opens, also behind a time put back", async () => {
    const dir = story.folder("later");
    copyFileSync(story.path("big.dipbag"), story.path("later-in"));
    await story.ok("duty", ["verify", "later-in"]);
    const { atime, mtime } = statSync(story.path("later-in"));
    const { result } = story.start("duty", unpack("later-in", `${dir}/out`));
    await growing(story.path(dir));
    put(story.path("later-in"), BIG - 1000);
    utimesSync(story.path("later-in"), atime, mtime);
    const { status, stderr } = await result;
    // The change may be seen before the time is put back.
    expect(stderr).toMatch(/\[ERR_(?:DIGEST|INPUT_CHANGED)\]/);
    expect([1, 2]).toContain(status);
    await story.refused("ERR_DIGEST", "duty", unpack("later-in", `${dir}/out`));
    await story.refused("ERR_DIGEST", "duty", ["unpack", "later-in", "--item", "big", "-o", `${dir}/out`]);
    expect(story.list(dir)).toEqual([]);
    rmSync(story.path("later-in"));
  });

  it("[98] stdin in odd pieces, with a rest between: as the file", async () => {
    const dir = story.folder("pieces");
    for (const [name, args] of [
      ["medium.dipbag", ["verify", "-"]],
      ["medium.dipbag", unpack("-", `${dir}/out`)],
      ["medium", pack("-", `${dir}/stdin.dipbag`)],
    ] as const) {
      const { child, result } = story.start("duty", args);
      const bytes = story.read(name);
      for (let at = 0, size = 1; at < bytes.length; at += size, size = size * 7 + 3) {
        child.stdin?.write(bytes.subarray(at, at + size));
        await sleep(size < 1000 ? 20 : 300);
      }
      child.stdin?.end();
      expect(await result).toMatchObject({ status: 0 });
    }
    expect(story.read(dir, "out", "medium").equals(story.read("medium"))).toBe(true);
    await story.ok("duty", unpack(`${dir}/stdin.dipbag`, `${dir}/again`));
    expect(story.read(dir, "again", "stdin").equals(story.read("medium"))).toBe(true);
  });

  it("[98] stdin that is empty, cut or closed: 1, nothing written", async () => {
    const dir = story.folder("cut");
    const bytes = story.read("medium.dipbag");
    for (const input of [bytes.subarray(0, 0), bytes.subarray(0, 20_000), bytes.subarray(0, -1)]) {
      for (const args of [
        ["verify", "-"],
        input.length > 0 ? unpack("-", `${dir}/out`) : ["unpack", "-", "--item", "x"],
      ]) {
        await story.refused("ERR_TRUNCATED", "duty", args, { input });
      }
    }
    await story.refused("ERR_TRUNCATED", "duty", ["verify", "-"], { shell: "exec <&-" });
    expect(story.list(dir)).toEqual([]);
  });

  it("[99] without environment, in a plain locale, with few descriptors", async () => {
    const poor = { env: { LANG: "C" }, shell: "ulimit -n 30" };
    await story.ok("duty", pack("medium", "poor.dipbag"), poor);
    await story.ok("duty", ["verify", "poor.dipbag"], poor);
    await story.ok("duty", unpack("poor.dipbag", "poor"), poor);
    expect(story.read("poor", "medium").equals(story.read("medium"))).toBe(true);
  });

  it("[100] missing, folder, empty, FIFO", async () => {
    await story.refused("ERR_NOT_FOUND", "duty", pack("nowhere", "no"));
    await story.refused("ERR_IS_DIRECTORY", "duty", pack("duty", "no"));
    story.write("empty", "");
    await story.ok("duty", pack("empty", "empty.dipbag"));
    await story.ok("duty", ["unpack", "empty.dipbag", "-o", "emptied"]);
    expect(story.read("emptied", "empty").length).toBe(0);
    execFileSync("mkfifo", [story.path("fifo")]);
    const { result } = story.start("duty", pack("fifo", "fifo.dipbag"));
    execFileSync("sh", ["-c", "echo from a pipe > fifo"], { cwd: story.dir });
    expect(await result).toMatchObject({ status: 0 });
    expect(await story.ok("duty", ["unpack", "fifo.dipbag", "--item", "fifo"])).toBe("from a pipe\n");
  });

  it.skipIf(!existsSync("/proc/self/limits"))(
    "[100] files that say they are empty, and are not (needs /proc)",
    async () => {
      await story.ok("duty", pack("/proc/self/limits", "limits.dipbag"));
      expect(await story.ok("duty", ["unpack", "limits.dipbag", "--item", "limits"])).toContain("Max open files");
    },
  );

  it("[97] stdout full, or closed early: not 0, one line", async () => {
    for (const args of [
      pack("medium", "-"),
      ["verify", "medium.dipbag"],
      ["verify", "medium.dipbag", "--json"],
      ["cards"],
    ]) {
      await story.refused(
        "ERR_DISK_FULL",
        "duty",
        args.filter((word) => word !== "--json"),
        { shell: "exec >/dev/full" },
      );
    }
    const { child, result } = story.start("duty", ["unpack", "medium.dipbag", "--item", "medium"]);
    child.stdout?.destroy();
    const { status, stderr } = await result;
    expect(stderr).toContain("[ERR_STDOUT_CLOSED]");
    expect(status).toBe(2);
  });

  it("[101] 300 MB in less than 300 MB", async () => {
    const size = 300_000_000;
    truncateSync(story.path(story.write("large", "")), size);
    const tell = "process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS))";
    const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(tell)}` };
    for (const args of [pack("large", "large.dipbag"), ["verify", "large.dipbag"], unpack("large.dipbag", "opened")]) {
      const { status, stderr } = await story.run("duty", args, { env });
      expect(status).toBe(0);
      expect(Number(/rss (\d+)/.exec(stderr)?.[1])).toBeLessThan(300_000);
    }
    expect(statSync(story.path("opened", "large")).size).toBe(size);
  });
});
