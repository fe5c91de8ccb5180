/** Section G of the attacks, on real processes: what faults of files and processes leave behind (spec/cli.md). */

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { smallDisk } from "./faulty.ts";
import { folder, HARNESS, hasNobody, NOBODY, ONE_ERROR, run, shown, start, temporaries } from "./process.ts";

const small = await smallDisk(262_144);
const BIG = Buffer.alloc(1_000_000, "dipbag ");
const SIGNALS = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

function folderWithInput(content: Uint8Array | string = BIG) {
  const dir = folder();
  const input = join(dir, "in");
  writeFileSync(input, content);
  chmodSync(input, 0o644);
  return { dir, input, out: join(dir, "out") };
}

describe("killed and interrupted", () => {
  it.each(["copy", "folder"])(
    "[84] kill -9 of %s leaves only a temporary, and the next run cleans it",
    async (verb) => {
      const { dir, input, out } = folderWithInput();
      const { child, result } = start(HARNESS, [verb, input, "-o", out, "--hang"]);
      await shown(child, "started");
      child.kill("SIGKILL");
      await result;
      expect(readdirSync(dir)).toEqual([expect.stringMatching(/^\.out\.dipbag-.*\.tmp$/), "in"]);
      expect(await run(HARNESS, ["copy", input, "-o", join(dir, "other")])).toMatchObject({ status: 0 });
      expect(readdirSync(dir)).toEqual(["in", "other"]);
    },
  );

  it.each(SIGNALS)("[85] %s while writing: %i at once, nothing left", async (signal, status) => {
    for (const verb of ["copy", "folder"]) {
      const { dir, input, out } = folderWithInput();
      const { child, result } = start(HARNESS, [verb, input, "-o", out, "--hang"]);
      await shown(child, "started");
      const sent = Date.now();
      child.kill(signal);
      expect(await result).toMatchObject({ status, stdout: "", stderr: "started\n" });
      expect(Date.now() - sent).toBeLessThan(2000);
      expect(readdirSync(dir)).toEqual(["in"]);
    }
  });

  it.each(SIGNALS)("[85] %s while stdout is not read: %i at once", async (signal, status) => {
    const { input } = folderWithInput();
    const { child, result } = start(HARNESS, ["show", input]);
    child.stdout?.pause();
    await shown(child, "started");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const sent = Date.now();
    child.kill(signal);
    await new Promise((resolve) => child.once("exit", resolve));
    expect(Date.now() - sent).toBeLessThan(2000);
    child.stdout?.resume();
    expect(await result).toMatchObject({ status });
  });

  it("[85] SIGTERM while a FIFO has no writer, and while stdin says nothing", async () => {
    const dir = folder();
    const fifo = join(dir, "fifo");
    execFileSync("mkfifo", [fifo]);
    for (const input of [fifo, "-"]) {
      const { child, result } = start(HARNESS, ["copy", input, "-o", join(dir, "out")]);
      while (temporaries(dir).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const sent = Date.now();
      child.kill("SIGTERM");
      expect(await result).toMatchObject({ status: 143, stderr: "" });
      expect(Date.now() - sent).toBeLessThan(2000);
      expect(readdirSync(dir)).toEqual(["fifo"]);
    }
  });

  it("[99] SIGSTOP and SIGCONT do no harm", async () => {
    const { input, out } = folderWithInput();
    const { child, result } = start(HARNESS, ["copy", input, "-o", out, "--wait", "5"]);
    await shown(child, "started");
    child.kill("SIGSTOP");
    setTimeout(() => child.kill("SIGCONT"), 300);
    expect(await result).toMatchObject({ status: 0 });
    expect(readFileSync(out).equals(BIG)).toBe(true);
  });
});

describe("disk full", () => {
  it("[86] RLIMIT_FSIZE: says why, nothing left", async () => {
    const { dir, input, out } = folderWithInput();
    for (const verb of ["copy", "folder"]) {
      const { status, stderr } = await run(HARNESS, [verb, input, "-o", out], { shell: "ulimit -f 200" });
      expect(stderr).toMatch(ONE_ERROR("ERR_DISK_FULL"));
      expect(status).toBe(2);
      expect(readdirSync(dir)).toEqual(["in"]);
    }
  });

  describe.skipIf(small === undefined)("on a small disk (needs user namespaces)", () => {
    const disk = small?.path ?? "";
    afterAll(() => small?.end());

    it("[86] a full disk: says why, nothing left; [91] with --force the old file stays", async () => {
      const { input } = folderWithInput();
      writeFileSync(join(disk, "old"), "old");
      for (const args of [["out"], ["old", "--force"]]) {
        const [name = "", ...force] = args;
        const { status, stderr } = await run(HARNESS, ["copy", input, "-o", join(disk, name), ...force]);
        expect(stderr).toMatch(ONE_ERROR("ERR_DISK_FULL"));
        expect(status).toBe(2);
      }
      expect(readdirSync(disk)).toEqual(["old"]);
      expect(readFileSync(join(disk, "old"), "utf8")).toBe("old");
    });

    it("[86] a full disk for the spool of stdin", async () => {
      const { status, stderr } = await run(HARNESS, ["spool", "-"], {
        input: BIG,
        env: { ...process.env, TMPDIR: disk },
      });
      expect(stderr).toMatch(ONE_ERROR("ERR_DISK_FULL"));
      expect(status).toBe(2);
      expect(readdirSync(disk)).toEqual(["old"]);
    });

    it("[89] a read-only disk", async () => {
      const { input } = folderWithInput();
      await small?.mode("ro");
      const { status, stderr } = await run(HARNESS, ["copy", input, "-o", join(disk, "out")]);
      await small?.mode("rw");
      expect(stderr).toMatch(ONE_ERROR("ERR_READ_ONLY"));
      expect(status).toBe(2);
    });
  });
});

describe("outputs", () => {
  it.each(["copy", "folder"])("[95] of eight processes with the same output of %s exactly one wins", async (verb) => {
    const { dir, input, out } = folderWithInput();
    const args = [verb, input, "-o", out, ...(verb === "copy" ? ["--wait", "3"] : [])];
    const results = await Promise.all(Array.from({ length: 8 }, () => run(HARNESS, args)));
    expect(results.map(({ status }) => status).sort()).toEqual([0, 2, 2, 2, 2, 2, 2, 2]);
    for (const { status, stderr } of results) if (status === 2) expect(stderr).toMatch(ONE_ERROR("ERR_OUTPUT_EXISTS"));
    expect(readFileSync(verb === "copy" ? out : join(out, "1", "report.txt")).equals(BIG)).toBe(true);
    expect(readdirSync(dir)).toEqual(["in", "out"]);
  });

  it("[90] [91] [92] existing outputs, and inputs by link, are refused and stay as they are", async () => {
    const { dir, input } = folderWithInput();
    writeFileSync(join(dir, "old"), "old");
    linkSync(input, join(dir, "hard"));
    symlinkSync("in", join(dir, "soft"));
    symlinkSync("nowhere", join(dir, "dangling"));
    for (const [name, force, code] of [
      ["old", [], "ERR_OUTPUT_EXISTS"],
      ["dangling", [], "ERR_OUTPUT_EXISTS"],
      ["in", ["--force"], "ERR_SAME_FILE"],
      ["hard", ["--force"], "ERR_SAME_FILE"],
      ["soft", ["--force"], "ERR_SAME_FILE"],
      ["none/out", [], "ERR_NO_FOLDER"],
      ["old/out", [], "ERR_NO_FOLDER"],
      [".", ["--force"], "ERR_IS_DIRECTORY"],
      ["n".repeat(256), [], "ERR_NAME_TOO_LONG"],
    ] as const) {
      const { status, stderr } = await run(HARNESS, ["copy", input, "-o", join(dir, name), ...force]);
      expect(stderr).toMatch(ONE_ERROR(code));
      expect(status).toBe(2);
    }
    expect(readFileSync(join(dir, "old"), "utf8")).toBe("old");
    expect(readFileSync(input).equals(BIG)).toBe(true);
    expect(readdirSync(dir)).toEqual(["dangling", "hard", "in", "old", "soft"]);
  });

  it("[92] stdin that is the output's file is refused", async () => {
    const { input } = folderWithInput();
    const { status, stderr } = await run(HARNESS, ["copy", "-", "-o", input, "--force"], { shell: `exec <'${input}'` });
    expect(stderr).toMatch(ONE_ERROR("ERR_SAME_FILE"));
    expect(status).toBe(2);
  });

  it.skipIf(!hasNobody)("[89] a folder that may not be written (needs a user who is not root)", async () => {
    const { dir, input } = folderWithInput();
    mkdirSync(join(dir, "closed"), { mode: 0o555 });
    const { status, stderr } = await run(HARNESS, ["copy", input, "-o", join(dir, "closed", "out")], NOBODY);
    expect(stderr).toMatch(ONE_ERROR("ERR_PERMISSION"));
    expect(status).toBe(2);
  });
});

describe("inputs", () => {
  it("[96] an input that grows during the run", async () => {
    const { dir, input, out } = folderWithInput();
    const { child, result } = start(HARNESS, ["copy", input, "-o", out, "--wait", "20"]);
    await shown(child, "started");
    appendFileSync(input, "more");
    const { status, stderr } = await result;
    expect(stderr).toMatch(ONE_ERROR("ERR_INPUT_CHANGED"));
    expect(status).toBe(2);
    expect(readdirSync(dir)).toEqual(["in"]);
  });

  it.skipIf(!hasNobody)("[100] missing, folder, unreadable, empty (needs a user who is not root)", async () => {
    const { dir, input, out } = folderWithInput("");
    const secret = join(dir, "secret");
    writeFileSync(secret, "", { mode: 0o000 });
    for (const [path, code] of [
      [join(dir, "none"), "ERR_NOT_FOUND"],
      [dir, "ERR_IS_DIRECTORY"],
      [secret, "ERR_PERMISSION"],
    ] as const) {
      const { status, stderr } = await run(HARNESS, ["copy", path, "-o", out], NOBODY);
      expect(stderr).toMatch(ONE_ERROR(code));
      expect(status).toBe(2);
    }
    expect(await run(HARNESS, ["copy", input, "-o", out])).toMatchObject({ status: 0 });
    expect(statSync(out).size).toBe(0);
    expect(readdirSync(dir)).toEqual(["in", "out", "secret"]);
  });

  it("[100] a FIFO works, whichever end comes first", async () => {
    const { dir, input } = folderWithInput();
    const fifo = join(dir, "fifo");
    execFileSync("mkfifo", [fifo]);
    for (const [name, late] of [
      ["a", "sleep 0.5;"],
      ["b", ""],
    ] as const) {
      const writer = start(HARNESS, [], { shell: `${late} cat '${input}' > '${fifo}'; exit 0` });
      if (!late) await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await run(HARNESS, ["copy", fifo, "-o", join(dir, name)])).toMatchObject({ status: 0 });
      await writer.result;
      expect(readFileSync(join(dir, name)).equals(BIG)).toBe(true);
    }
  });

  it("[98] stdin: empty, at once, and slowly in odd pieces", async () => {
    const dir = folder();
    expect(await run(HARNESS, ["copy", "-", "-o", join(dir, "empty")])).toMatchObject({ status: 0 });
    expect(statSync(join(dir, "empty")).size).toBe(0);
    expect(await run(HARNESS, ["copy", "-", "-o", join(dir, "all")], { input: BIG })).toMatchObject({ status: 0 });
    expect(readFileSync(join(dir, "all")).equals(BIG)).toBe(true);
    const { child, result } = start(HARNESS, ["copy", "-", "-o", join(dir, "odd")]);
    for (let at = 0; at < BIG.length; at += 99_991) {
      child.stdin?.write(BIG.subarray(at, at + 99_991));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.stdin?.end();
    expect(await result).toMatchObject({ status: 0 });
    expect(readFileSync(join(dir, "odd")).equals(BIG)).toBe(true);
  });

  it("[98] stdin that is a folder", async () => {
    const dir = folder();
    const { status, stderr } = await run(HARNESS, ["copy", "-", "-o", join(dir, "out")], { shell: `exec <'${dir}'` });
    expect(stderr).toMatch(ONE_ERROR("ERR_IS_DIRECTORY"));
    expect(status).toBe(2);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("stdin of unknown size is spooled, never as plaintext", async () => {
    const dir = folder();
    const env = { ...process.env, TMPDIR: dir };
    const { status, stdout, stderr } = await run(HARNESS, ["spool", "-"], { input: BIG, env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: `size ${BIG.length}\n` });
    expect(stdout).toBe(BIG.toString());
    const { child, result } = start(HARNESS, ["spool", "-", "--hang"], { input: BIG, env });
    await shown(child, "size");
    expect(readdirSync(dir)).toEqual([]);
    if (process.platform === "linux") {
      // The file has no name any more, but its descriptor can be read.
      const fds = `/proc/${child.pid}/fd`;
      const spools = readdirSync(fds).filter((fd) => {
        const stat = statSync(join(fds, fd), { throwIfNoEntry: false });
        return stat?.isFile() && stat.nlink === 0 && stat.size >= BIG.length;
      });
      expect(spools).toHaveLength(1);
      expect(readFileSync(join(fds, spools[0] as string)).includes("dipbag dipbag")).toBe(false);
    }
    child.kill("SIGTERM");
    await result;
  });

  it("[101] 400 MB from a pipe in constant memory", async () => {
    const dir = folder();
    const { result } = start(HARNESS, [], {
      shell: `head -c 400000000 /dev/zero | "$0" "$1" copy - -o '${join(dir, "out")}' --memory; exit $?`,
    });
    const { status, stderr } = await result;
    expect(status).toBe(0);
    expect(Number(/rss (\d+)/.exec(stderr)?.[1])).toBeLessThan(200_000);
    expect(statSync(join(dir, "out")).size).toBe(400_000_000);
  });
});
