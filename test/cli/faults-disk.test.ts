/** Section G of the attacks through the real command line: disks that are full, broken, closed or gone. */

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { failing, growing, hasStrace, pack, smallDisk, tellOfFaults, unpack } from "./faulty.ts";
import type { Story } from "./story.ts";

const MEGABYTE = 1_000_000;
const [full, inodes] = [await smallDisk(MEGABYTE), await smallDisk(8 * MEGABYTE, ",nr_inodes=3")];

let story: Story;
beforeAll(async () => {
  story = await tellOfFaults();
});
afterAll(() => {
  story.end();
  full?.end();
  inodes?.end();
});

const item = (out: string, ...more: string[]) => ["unpack", "medium.dipbag", "--item", "medium", "-o", out, ...more];
const limit = { shell: "ulimit -f 2000" };

describe("full", () => {
  it("[86] RLIMIT_FSIZE: says why, nothing left", async () => {
    const dir = story.folder("limited");
    await story.refused("ERR_DISK_FULL", "duty", pack("medium", `${dir}/out`), limit);
    await story.refused("ERR_DISK_FULL", "duty", pack("big", `${dir}/out`), limit);
    await story.refused("ERR_DISK_FULL", "duty", unpack("medium.dipbag", `${dir}/out`), limit);
    await story.refused("ERR_DISK_FULL", "duty", unpack("big.dipbag", `${dir}/out`), limit);
    await story.refused("ERR_DISK_FULL", "duty", pack("medium", `${dir}/out`, "--armor", "--json"), limit);
    expect(story.list(dir)).toEqual([]);
  });

  describe.skipIf(full === undefined)("a small disk (needs user namespaces)", () => {
    const disk = full?.path ?? "";
    beforeEach(() => {
      for (const name of readdirSync(disk)) rmSync(join(disk, name));
      copyFileSync(story.path("old"), join(disk, "old"));
    });
    const untouched = (...others: string[]) => {
      expect(readdirSync(disk).sort()).toEqual(["old", ...others].sort());
      expect(readFileSync(join(disk, "old"), "utf8")).toBe("old");
    };

    it("[86] [91] in the middle of the body: says why, nothing left, the old file as it was", async () => {
      const env = { ...process.env, TMPDIR: disk };
      await story.refused("ERR_DISK_FULL", "duty", pack("medium", join(disk, "old"), "--force"));
      await story.refused("ERR_DISK_FULL", "duty", unpack("medium.dipbag", join(disk, "out")));
      await story.refused("ERR_DISK_FULL", "duty", item(join(disk, "old"), "--force"));
      await story.refused("ERR_DISK_FULL", "duty", pack("-", "spooled.dipbag"), { input: story.read("medium"), env });
      await story.refused("ERR_DISK_FULL", "duty", pack("medium", "-"), { env });
      untouched();
      expect(story.has("spooled.dipbag")).toBe(false);
    });

    it("[86] at the first byte: no room, and none for a name", async () => {
      expect(() => writeFileSync(join(disk, "filler"), Buffer.alloc(2 * MEGABYTE))).toThrow("ENOSPC");
      await story.refused("ERR_DISK_FULL", "duty", pack("old", join(disk, "out")));
      await story.refused("ERR_DISK_FULL", "duty", unpack("medium.dipbag", join(disk, "out")));
      await story.refused("ERR_DISK_FULL", "duty", ["cards", "duty@cert.example", "-o", join(disk, "out")]);
      untouched("filler");
    });

    it("[89] that can only be read, before a passphrase is asked for", async () => {
      await full?.mode("ro");
      const none = { passphrase: [] };
      await story.refused("ERR_READ_ONLY", "duty", pack("medium", join(disk, "out")), none);
      await story.refused("ERR_READ_ONLY", "duty", pack("medium", join(disk, "old"), "--force"), none);
      await story.refused("ERR_READ_ONLY", "duty", unpack("medium.dipbag", join(disk, "out")), none);
      const who = ["--name", "n", "--org", "X", "--nation", "AAB", "-o", "no"];
      await story.refused("ERR_READ_ONLY", join(disk, "home"), ["init", ...who]);
      await full?.mode("rw");
      untouched();
      expect(story.has("no")).toBe(false);
    });
  });

  it.skipIf(inodes === undefined)("[86] a disk without room for another name (needs user namespaces)", async () => {
    const disk = inodes?.path ?? "";
    writeFileSync(join(disk, "one"), "");
    writeFileSync(join(disk, "two"), "");
    await story.refused("ERR_DISK_FULL", "duty", pack("medium", join(disk, "out")));
    await story.refused("ERR_DISK_FULL", "duty", unpack("medium.dipbag", join(disk, "out")));
    expect(readdirSync(disk).sort()).toEqual(["one", "two"]);
  });
});

describe.skipIf(!hasStrace)("system calls that fail (needs strace)", () => {
  const force = (out: string) => pack("medium", out, "--force");
  const whole = (out: string) => unpack("medium.dipbag", out);
  it.each<[string, ErrorCode, string, (out: string) => string[]]>([
    ["86", "ERR_DISK_FULL", "pwrite64:error=EDQUOT:when=1", whole],
    ["86", "ERR_DISK_FULL", "fsync:error=ENOSPC", force],
    ["86", "ERR_DISK_FULL", "rename:error=ENOSPC", force],
    ["87", "ERR_WRITE", "pwrite64:error=EIO:when=2", force],
    ["87", "ERR_WRITE", "fsync:error=EIO:when=1", force],
    ["87", "ERR_WRITE", "link,linkat:error=EIO", (out) => pack("medium", out)],
    ["87", "ERR_WRITE", "unlink,unlinkat:error=EIO:when=1", (out) => pack("medium", out)],
    ["87", "ERR_WRITE", "fsync:error=EIO:when=1", whole],
    ["87", "ERR_WRITE", "rename:error=EIO", whole],
  ])("[%s] %s where the kernel says %s: nothing left", async (_, code, fault, args) => {
    const dir = story.folder(`${fault} ${args === force}`);
    const isForced = args === force;
    if (isForced) story.write(`${dir}/out`, "old");
    await story.refused(code, "duty", args(`${dir}/out`), failing(fault));
    expect(story.list(dir)).toEqual(isForced ? ["out"] : []);
    if (isForced) expect(story.text(dir, "out")).toBe("old");
  });

  it("[88] a read error in the middle: no verdict, nothing left", async () => {
    const dir = story.folder("unreadable");
    for (const [name, args] of [
      ["big", pack("big", `${dir}/out`)],
      ["big.dipbag", ["verify", "big.dipbag"]],
      ["big.dipbag", unpack("big.dipbag", `${dir}/out`)],
    ] as const) {
      const said = await story.refused(
        "ERR_READ",
        "duty",
        args,
        failing("pread64:error=EIO:when=20", story.path(name)),
      );
      expect(said).toContain(name);
    }
    expect(story.list(dir)).toEqual([]);
  });
});

describe("places", () => {
  it("[89] missing, a folder, under a file, too long: 2 at once, before a passphrase is asked for", async () => {
    const dir = story.folder("places");
    const long = `${dir}/${"n".repeat(300)}`;
    for (const [code, out, ofFolder] of [
      ["ERR_NO_FOLDER", `${dir}/none/out`, "ERR_NO_FOLDER"],
      ["ERR_IS_DIRECTORY", dir, "ERR_OUTPUT_EXISTS"],
      ["ERR_IS_DIRECTORY", `${dir}/out/`, undefined],
      ["ERR_NO_FOLDER", "old/out", "ERR_NO_FOLDER"],
      ["ERR_NAME_TOO_LONG", long, "ERR_NAME_TOO_LONG"],
    ] as const) {
      await story.refused(code, "duty", pack("medium", out, "--force"), { passphrase: [] });
      if (ofFolder) await story.refused(ofFolder, "duty", unpack("medium.dipbag", out), { passphrase: [] });
    }
    await story.refused("ERR_NO_FOLDER", "duty", pack("-", "no"), {
      input: "EXERCISE",
      env: { ...process.env, TMPDIR: story.path("nowhere") },
    });
    expect([story.list(dir), story.has("no")]).toEqual([[], false]);
  });

  it("[89] folders that go during the run: 2, nothing left anywhere", async () => {
    for (const args of [pack("big", "gone/out"), unpack("big.dipbag", "gone/out")]) {
      story.folder("gone");
      const { result } = story.start("duty", args);
      await growing(story.path("gone"));
      rmSync(story.path("gone"), { recursive: true });
      const { status, stderr } = await result;
      expect(stderr).toContain("[ERR_NO_FOLDER]");
      expect({ status, left: story.has("gone") }).toEqual({ status: 2, left: false });
    }
  });

  it("[89] the working folder is gone", async () => {
    const shell = `mkdir gone && cd gone && rmdir ../gone`;
    const from = { passphrase: ["--passphrase-file", story.path("passphrase")], shell };
    const at = (name: string) => story.path(name);
    await story.refused("ERR_NO_FOLDER", at("duty"), pack(at("medium"), "out"), from);
    await story.refused("ERR_NOT_FOUND", "duty", pack(at("medium"), at("no")), from);
    await story.ok(at("duty"), pack(at("old"), at("yes.dipbag")), from);
  });

  it("[99] too many open files", async () => {
    const names = Array.from({ length: 60 }, (_, i) => story.write(`many-${i}`));
    const few = { shell: "ulimit -n 50" };
    await story.refused("ERR_TOO_MANY_FILES", "duty", ["pack", ...names, ...pack("old", "no").slice(1)], few);
    expect(story.has("no")).toBe(false);
  });
});
