import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { readSmallFile, writeSecretFile, writeSmallFile } from "../../src/node/files.ts";
import { createOutput, createOutputDirectory, refuseSameFile } from "../../src/node/output.ts";
import { fileSource } from "../../src/node/source.ts";
import { cleanTemporaries, removeTemporaries, temporaryName } from "../../src/node/temporary.ts";
import { folder, temporaries } from "../cli/process.ts";

/** The system call named here fails with this errno, after so many times. */
let fault: { call: string; errno: string; after: number } | undefined;

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const strike = (call: string) => {
    if (fault?.call !== call || fault.after-- > 0) return;
    throw Object.assign(new Error(`${fault.errno}: injected, ${call}`), { code: fault.errno, syscall: call });
  };
  const before =
    <A extends unknown[], R>(call: string, real: (...args: A) => R) =>
    (...args: A): R => {
      strike(call);
      return real(...args);
    };
  const beforeCallback =
    <A extends unknown[]>(call: string, real: (...args: A) => void) =>
    (...args: A): void => {
      try {
        strike(call);
      } catch (error) {
        (args.at(-1) as (error: unknown) => void)(error);
        return;
      }
      real(...args);
    };
  return {
    ...fs,
    linkSync: before("link", fs.linkSync),
    renameSync: before("rename", fs.renameSync),
    unlinkSync: before("unlink", fs.unlinkSync),
    fsync: beforeCallback("fsync", fs.fsync),
    close: beforeCallback("close", fs.close),
  };
});

beforeEach(() => {
  fault = undefined;
});

const text = (path: string) => readFileSync(path, "utf8");

describe("createOutput", () => {
  it("writes at positions and appends, and appears whole with mode 0600", async () => {
    const dir = folder();
    const output = await createOutput(join(dir, "a"));
    await output.write(utf8("world"), 6);
    await output.write(utf8("hello "), 0);
    await output.write(utf8("!"));
    expect(readdirSync(dir)).toEqual(temporaries(dir));
    await output.commit();
    expect(readdirSync(dir)).toEqual(["a"]);
    expect(text(join(dir, "a"))).toBe("hello world!");
    expect(lstatSync(join(dir, "a")).mode & 0o777).toBe(0o600);
  });

  it("[94] the temporary sibling has a random name and mode 0600", async () => {
    const dir = folder();
    const outputs = [await createOutput(join(dir, "a")), await createOutput(join(dir, "a"))];
    const names = temporaries(dir);
    expect(new Set(names).size).toBe(2);
    for (const name of names) {
      expect(name).toMatch(/^\.a\.dipbag-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{16}\.tmp$/);
      expect(lstatSync(join(dir, name)).mode & 0o777).toBe(0o600);
    }
    for (const output of outputs) await output.abort();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("[90] [93] refuses a file, a link, a dangling link and a folder, and touches none", async () => {
    const dir = folder();
    writeFileSync(join(dir, "file"), "old");
    symlinkSync("file", join(dir, "link"));
    symlinkSync("nowhere", join(dir, "dangling"));
    mkdirSync(join(dir, "sub"));
    for (const name of ["file", "link", "dangling"]) {
      await expect(createOutput(join(dir, name))).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS", status: 2 });
    }
    for (const force of [false, true]) {
      await expect(createOutput(join(dir, "sub"), { force })).rejects.toMatchObject({ code: "ERR_IS_DIRECTORY" });
      await expect(createOutput(`${dir}/new/`, { force })).rejects.toMatchObject({ code: "ERR_IS_DIRECTORY" });
      await expect(createOutput("/dev/null", { force })).rejects.toMatchObject({ code: "ERR_NOT_A_FILE" });
    }
    expect(readdirSync(dir).sort()).toEqual(["dangling", "file", "link", "sub"]);
    expect(text(join(dir, "file"))).toBe("old");
  });

  it("[93] force replaces a link or a hard link itself, never what it points to", async () => {
    const dir = folder();
    writeFileSync(join(dir, "file"), "old");
    symlinkSync("file", join(dir, "link"));
    symlinkSync("nowhere", join(dir, "dangling"));
    linkSync(join(dir, "file"), join(dir, "hard"));
    for (const name of ["link", "dangling", "hard"]) {
      await writeSmallFile(join(dir, name), utf8("new"), { force: true });
      expect(lstatSync(join(dir, name)).isFile()).toBe(true);
      expect(text(join(dir, name))).toBe("new");
    }
    expect(text(join(dir, "file"))).toBe("old");
    expect(readdirSync(dir).sort()).toEqual(["dangling", "file", "hard", "link"]);
  });

  it.each([
    ["file", (path: string) => writeFileSync(path, "theirs")],
    ["dangling link", (path: string) => symlinkSync("nowhere", path)],
    ["folder", (path: string) => mkdirSync(path)],
  ])("[93] a %s that appears during the run is left alone", async (_, make) => {
    const dir = folder();
    const path = join(dir, "a");
    const output = await createOutput(path);
    await output.write(utf8("ours"));
    make(path);
    const before = lstatSync(path).ino;
    await expect(output.commit()).rejects.toMatchObject({ status: 2 });
    expect(lstatSync(path).ino).toBe(before);
    expect(readdirSync(dir)).toEqual(["a"]);
  });

  it.each(["EPERM", "ENOTSUP"])(
    "works on a file system without hard links (%s), and still replaces nothing",
    async (errno) => {
      const dir = folder();
      fault = { call: "link", errno, after: 0 };
      await writeSmallFile(join(dir, "a"), utf8("new"));
      expect(text(join(dir, "a"))).toBe("new");
      const output = await createOutput(join(dir, "b"));
      symlinkSync("nowhere", join(dir, "b"));
      fault = { call: "link", errno, after: 0 };
      await expect(output.commit()).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
      expect(readdirSync(dir).sort()).toEqual(["a", "b"]);
    },
  );

  it.each([
    ["fsync of the file", "fsync", 0],
    ["fsync of the folder", "fsync", 1],
    ["close", "close", 0],
    ["link", "link", 0],
    ["unlink", "unlink", 0],
  ])("[87] nothing is left when %s fails", async (_, call, after) => {
    const dir = folder();
    fault = { call, errno: "EIO", after };
    await expect(writeSmallFile(join(dir, "a"), utf8("new"))).rejects.toMatchObject({ code: "ERR_WRITE", status: 2 });
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(["fsync", "close", "rename"])("[91] with force the old file stays when %s fails", async (call) => {
    const dir = folder();
    writeFileSync(join(dir, "a"), "old");
    fault = { call, errno: "EIO", after: 0 };
    await expect(writeSmallFile(join(dir, "a"), utf8("new"), { force: true })).rejects.toMatchObject({ status: 2 });
    expect(readdirSync(dir)).toEqual(["a"]);
    expect(text(join(dir, "a"))).toBe("old");
  });

  it("[89] says at once what is wrong with a place", async () => {
    const dir = folder();
    writeFileSync(join(dir, "file"), "");
    await expect(createOutput(join(dir, "none", "a"))).rejects.toMatchObject({ code: "ERR_NO_FOLDER" });
    await expect(createOutput(join(dir, "file", "a"))).rejects.toMatchObject({ code: "ERR_NO_FOLDER" });
    await expect(createOutput(join(dir, "n".repeat(300)))).rejects.toMatchObject({ code: "ERR_NAME_TOO_LONG" });
    await writeSmallFile(join(dir, "ü".repeat(127)), utf8("fits"));
    expect(temporaries(dir)).toEqual([]);
  });

  it("[92] refuses an output that is an input, also by link", () => {
    const dir = folder();
    const [input, hard, soft] = [join(dir, "in"), join(dir, "hard"), join(dir, "soft")];
    writeFileSync(input, "x");
    linkSync(input, hard);
    symlinkSync("in", soft);
    for (const output of [input, hard, soft]) {
      expect(() => refuseSameFile(["absent", input], output)).toThrow(
        expect.objectContaining({ code: "ERR_SAME_FILE" }),
      );
    }
    refuseSameFile([input], join(dir, "other"));
  });
});

describe("createOutputDirectory", () => {
  it("appears whole, with private modes", async () => {
    const dir = folder();
    const output = await createOutputDirectory(join(dir, "out/"));
    for (const name of ["0", "1"]) await (await output.file(name, "a.txt")).write(utf8(name));
    expect(temporaries(dir)).toEqual(readdirSync(dir));
    await output.commit();
    expect(readdirSync(dir)).toEqual(["out"]);
    expect(text(join(dir, "out", "1", "a.txt"))).toBe("1");
    expect(lstatSync(join(dir, "out")).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(dir, "out", "0", "a.txt")).mode & 0o777).toBe(0o600);
  });

  it("[90] [93] refuses whatever exists, even an empty folder, before and at the end", async () => {
    const dir = folder();
    mkdirSync(join(dir, "empty"));
    symlinkSync("nowhere", join(dir, "dangling"));
    for (const name of ["empty", "dangling"]) {
      await expect(createOutputDirectory(join(dir, name))).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
    }
    const output = await createOutputDirectory(join(dir, "late"));
    await output.file("a");
    mkdirSync(join(dir, "late"));
    await expect(output.commit()).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
    expect(readdirSync(dir).sort()).toEqual(["dangling", "empty", "late"]);
    expect(readdirSync(join(dir, "late"))).toEqual([]);
  });

  it("refuses the same name twice, and names that leave the folder", async () => {
    const dir = folder();
    const output = await createOutputDirectory(join(dir, "out"));
    await output.file("a");
    await expect(output.file("a")).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
    for (const name of ["..", ".", "", "a/b", "a\\b", "a\0"]) {
      await expect(output.file(name)).rejects.toMatchObject({ code: "ERR_INTERNAL" });
    }
    await output.abort();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ["fsync", 0],
    ["fsync", 1],
    ["fsync", 2],
    ["close", 0],
    ["rename", 0],
  ] as const)("[87] nothing is left when %s fails (%i)", async (call, after) => {
    const dir = folder();
    const output = await createOutputDirectory(join(dir, "out"));
    await (await output.file("a")).write(utf8("x"));
    fault = { call, errno: "EIO", after };
    await expect(output.commit()).rejects.toMatchObject({ code: "ERR_WRITE" });
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("[120] a descriptor is nobody else's: its number may be that of the next file", () => {
  const closed = { message: expect.stringContaining("used after it was closed") };
  it("nothing is written after abort or commit, and closing a source twice closes no other file", async () => {
    const dir = folder();
    const aborted = await createOutput(join(dir, "a"));
    await aborted.abort();
    const other = await createOutput(join(dir, "b"));
    await other.write(utf8("all of b"));
    await expect(aborted.write(utf8("SECRET"), 0)).rejects.toMatchObject(closed);
    await other.commit();
    await expect(other.write(utf8("more"))).rejects.toMatchObject(closed);
    expect(readFileSync(join(dir, "b"), "utf8")).toBe("all of b");

    const source = await fileSource(join(dir, "b"));
    await source.close();
    const next = await createOutput(join(dir, "c"));
    await source.close();
    await next.write(utf8("all of c"));
    await next.commit();
    expect(readFileSync(join(dir, "c"), "utf8")).toBe("all of c");
    await expect(source.read(0, 1)).rejects.toMatchObject(closed);
  });

  it("abort and close wait for what is going on", async () => {
    const dir = folder();
    const data = new Uint8Array(2 ** 22).fill(1);
    const output = await createOutput(join(dir, "a"));
    const written = output.write(data).then(() => "written");
    await output.abort();
    expect(await Promise.race([written, Promise.resolve("not yet")])).toBe("written");
    writeFileSync(join(dir, "large"), data);
    const source = await fileSource(join(dir, "large"));
    const read = source.read(0, data.length);
    await source.close();
    expect((await read).length).toBe(data.length);
    expect(readdirSync(dir)).toEqual(["large"]);
  });
});

describe("temporaries", () => {
  it("removes the live ones at once", async () => {
    const dir = folder();
    await createOutput(join(dir, "a"));
    await (await createOutputDirectory(join(dir, "b"))).file("x", "y");
    removeTemporaries();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("[84] cleans what dead processes left, and only that", () => {
    const dir = folder();
    const uid = lstatSync(dir).uid;
    const mine = temporaryName(join(dir, "mine"));
    const dead = mine.replace(/-(\d+)-(\d+)-([0-9a-f]+)\.tmp$/, "-$1-1-$3.tmp");
    const abroad = mine.replace(/dipbag-[0-9a-f]{8}/, "dipbag-00000000");
    const others = [join(dir, "mine"), join(dir, ".mine.tmp"), join(dir, ".a.dipbag-x.tmp")];
    // As another program writes it, whoever chose the name.
    const foreign = dead.replace("mine", "report");
    const theirs = dead.replace("mine", "thesis");
    for (const path of [mine, dead, abroad, ...others]) writeFileSync(path, "", { mode: 0o600 });
    writeFileSync(foreign, "", { mode: 0o644 });
    mkdirSync(theirs, { mode: 0o755 });
    cleanTemporaries(dir, uid + 1);
    expect(readdirSync(dir)).toHaveLength(8);
    cleanTemporaries(dir, uid);
    expect(
      readdirSync(dir)
        .map((name) => join(dir, name))
        .sort(),
    ).toEqual([mine, abroad, foreign, theirs, ...others].sort());
  });
});

describe("secret files", () => {
  it("[104] are written with mode 0600 and never replaced", async () => {
    const path = join(folder(), "identity");
    await writeSecretFile(path, utf8("one"));
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    await expect(writeSecretFile(path, utf8("two"))).rejects.toMatchObject({ code: "ERR_KEY_EXISTS", status: 2 });
    expect(text(path)).toBe("one");
  });

  it("small files have a limit", async () => {
    const path = join(folder(), "card");
    writeFileSync(path, "12345");
    chmodSync(path, 0o644);
    expect(await readSmallFile(path, 5)).toEqual(utf8("12345"));
    await expect(readSmallFile(path, 4)).rejects.toMatchObject({ code: "ERR_TOO_LARGE" });
  });
});
