import { appendFileSync, chmodSync, readdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { openSecretFile, readSecretFile } from "../../src/node/files.ts";
import { fileSource, streamSource } from "../../src/node/source.ts";
import { encryptedSpool, plainSpool } from "../../src/node/spool.ts";
import { folder } from "../cli/process.ts";

const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
const bytes = pattern(300_000);
const inPieces = (...sizes: number[]) => {
  let at = 0;
  const pieces: Buffer[] = [];
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number;
    pieces.push(Buffer.from(bytes.slice(at, at + size)));
    at += size;
  }
  return Readable.from(pieces, { objectMode: false });
};

describe("fileSource", () => {
  it("reads any range, short only at the end", async () => {
    const path = join(folder(), "in");
    writeFileSync(path, bytes);
    const source = await fileSource(path);
    expect(source.size).toBe(bytes.length);
    expect(hex(await source.read(1000, 70_000))).toBe(hex(bytes.slice(1000, 71_000)));
    expect(await source.read(299_999, 10)).toEqual(bytes.slice(299_999));
    expect(await source.read(400_000, 10)).toHaveLength(0);
    await source.close();
  });

  it.each([
    ["grows", (path: string) => appendFileSync(path, "more")],
    ["shrinks", (path: string) => truncateSync(path, 10)],
    ["is written again", (path: string) => utimesSync(path, 1, 1)],
  ])("[96] an input that %s is refused", async (_, change) => {
    const path = join(folder(), "in");
    writeFileSync(path, bytes);
    const source = await fileSource(path);
    await source.read(0, 10);
    change(path);
    await expect(source.read(10, 10)).rejects.toMatchObject({ code: "ERR_INPUT_CHANGED", status: 2 });
    await source.close();
  });

  it("[100] a missing file and a folder have a code each", async () => {
    const dir = folder();
    await expect(fileSource(join(dir, "none"))).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
    await expect(fileSource(dir)).rejects.toMatchObject({ code: "ERR_IS_DIRECTORY" });
  });

  it("a device is a stream", async () => {
    const source = await fileSource("/dev/zero");
    expect(source.size).toBeUndefined();
    expect(await source.read(5, 100_000)).toEqual(new Uint8Array(100_000));
    await source.close();
    const empty = await fileSource("/dev/null");
    expect(await empty.read(0, 1)).toHaveLength(0);
    await empty.close();
  });
});

describe("streamSource", () => {
  it.each([[[1, 7, 65_536]], [[300_000]], [[3]]])(
    "[98] reads on in pieces of %j, with gaps and again",
    async (sizes) => {
      const source = streamSource(inPieces(...sizes));
      expect(await source.read(0, 10)).toEqual(bytes.slice(0, 10));
      expect(await source.read(0, 20)).toEqual(bytes.slice(0, 20));
      expect(hex(await source.read(100_000, 100_000))).toBe(hex(bytes.slice(100_000, 200_000)));
      await expect(source.read(99_999, 1)).rejects.toMatchObject({ code: "ERR_INTERNAL" });
      expect(await source.read(299_990, 100)).toEqual(bytes.slice(299_990));
      expect(await source.read(900_000, 100)).toHaveLength(0);
      await source.close();
    },
  );

  it("does not read ahead of what is asked for", async () => {
    let given = 0;
    const endless = new Readable({
      highWaterMark: 1024,
      read() {
        given += 1024;
        this.push(Buffer.alloc(1024));
      },
    });
    const source = streamSource(endless);
    await source.read(0, 4096);
    expect(given).toBeLessThanOrEqual(4096 + 4 * 1024);
    await source.close();
  });

  it("[88] a stream that is destroyed or breaks off is told in one way, and its own words are not", async () => {
    const streams = [new Readable({ read() {} }), new Readable({ read() {} })];
    for (const [i, stream] of streams.entries()) {
      const source = streamSource(stream, "socket");
      const reading = source.read(0, 100);
      stream.destroy(i === 0 ? undefined : new Error("SECRET of the connection"));
      const error = (await reading.catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({ code: "ERR_READ", details: { path: "socket" } });
      expect(error.message).not.toContain("SECRET");
    }
  });

  it("[88] a read error in the middle is told", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(10);
        throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read" });
      })(),
    );
    await expect(streamSource(broken).read(0, 20)).rejects.toMatchObject({ code: "ERR_READ", status: 2 });
  });
});

describe("spools", () => {
  it.each([0, 1, 1 << 20, (1 << 20) + 1, 2_500_000])("the encrypted one gives back %i bytes", async (length) => {
    const dir = folder();
    const plain = pattern(length);
    const spool = await encryptedSpool(streamSource(Readable.from([Buffer.from(plain)], { objectMode: false })), dir);
    expect(spool.size).toBe(length);
    expect(Buffer.compare(await spool.read(0, length + 5), plain)).toBe(0);
    const at = Math.max(0, (1 << 20) - 3);
    expect(hex(await spool.read(at, 7))).toBe(hex(plain.slice(at, at + 7)));
    expect(readdirSync(dir)).toEqual([]);
    await spool.close();
  });

  it("the plain one grows, and has no name", async () => {
    const dir = folder();
    const spool = await plainSpool(dir);
    await spool.write(bytes.slice(0, 5), 5);
    expect(spool.size).toBe(10);
    expect(await spool.read(3, 20)).toEqual(Uint8Array.of(0, 0, ...bytes.slice(0, 5)));
    expect(readdirSync(dir)).toEqual([]);
    await spool.close();
  });

  it("a missing folder is told", async () => {
    await expect(plainSpool(join(folder(), "none"))).rejects.toMatchObject({ code: "ERR_NO_FOLDER" });
  });
});

describe("secret files", () => {
  it.each([0o640, 0o604, 0o620, 0o610])("[104] mode %o is refused", async (mode) => {
    const path = join(folder(), "key");
    writeFileSync(path, "secret");
    chmodSync(path, mode);
    await expect(readSecretFile(path)).rejects.toMatchObject({ code: "ERR_SECRET_EXPOSED", status: 2 });
    chmodSync(path, 0o600);
    expect(Buffer.from(await readSecretFile(path)).toString()).toBe("secret");
    await expect(readSecretFile(path, 5)).rejects.toMatchObject({ code: "ERR_TOO_LARGE" });
    await (await openSecretFile(path)).close();
  });
});
