/** Sections A, E and G of the attacks through the real command line: damage, crashes, full disks, outputs in the way. */

import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, linkSync, mkdirSync, rmdirSync, statSync, symlinkSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRoot } from "./process.ts";
import { documents, RESTRICTED, type Story, tell, to } from "./story.ts";

const BIG = 300_000_000;
const MIB = 2 ** 20;

let story: Story;
let whole: Buffer;
beforeAll(async () => {
  story = await tell("duty");
  story.write("old", "old");
  story.write("big", "");
  truncateSync(story.path("big"), BIG);
  story.write("medium", Buffer.alloc(3 * MIB, "EXERCISE "));
  await story.ok("duty", pack("medium", "medium.dipbag"));
  await story.ok("duty", pack("big", "big.dipbag"));
  whole = story.read("medium.dipbag");
});
afterAll(() => story.end());

const pack = (file: string, out: string, ...more: string[]) => [
  "pack",
  file,
  "--label",
  RESTRICTED,
  ...to("duty"),
  "-o",
  out,
  ...more,
];
const flipped = (at: number): Buffer => {
  const bytes = Buffer.from(whole);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
};

/** Resolves when a temporary in `dir` has grown. */
async function growing(dir: string): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    const [name] = story.list(dir).filter((entry) => entry.endsWith(".tmp"));
    const path =
      name === undefined
        ? ""
        : spawnSync("find", [story.path(dir, name), "-type", "f"])
            .stdout.toString()
            .trim();
    if (path !== "" && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MIB) return;
    await sleep(2);
  }
  throw new Error("nothing was written");
}

const LONG_RUNS = [
  ["pack", (dir: string) => pack("big", `${dir}/out`)],
  ["unpack", (dir: string) => ["unpack", "big.dipbag", "-o", `${dir}/out`]],
] as const;

describe("killed and interrupted", () => {
  it.each(LONG_RUNS)(
    "[84] kill -9 during %s: nothing under the final name, and the next run works and cleans up",
    async (verb, args) => {
      const dir = story.folder(`killed-${verb}`);
      const { child, result } = story.start("duty", args(dir));
      await growing(dir);
      child.kill("SIGKILL");
      await result;
      expect(story.list(dir)).toEqual([expect.stringMatching(/^\.out\.dipbag-.*\.tmp$/)]);
      await story.ok(
        "duty",
        verb === "pack" ? pack("medium", `${dir}/out`) : ["unpack", "medium.dipbag", "-o", `${dir}/out`],
      );
      expect(story.list(dir)).toEqual(["out"]);
    },
  );

  it.each([
    ["SIGINT", 130, 0],
    ["SIGTERM", 143, 1],
    ["SIGHUP", 129, 0],
  ] as const)("[85] %s: %i in less than 2 s, nothing left, the old file as it was", async (signal, status, which) => {
    const [verb, args] = LONG_RUNS[which];
    const dir = story.folder(`${signal}-${verb}`);
    const force = verb === "pack" ? ["--force"] : [];
    if (verb === "pack") story.write(`${dir}/out`, "old");
    const { child, result } = story.start("duty", [...args(dir), ...force]);
    await growing(dir);
    const sent = Date.now();
    child.kill(signal);
    expect(await result).toMatchObject({ status, stdout: "", stderr: "" });
    expect(Date.now() - sent).toBeLessThan(2000);
    expect(story.list(dir)).toEqual(verb === "pack" ? ["out"] : []);
    if (verb === "pack") expect(story.text(dir, "out")).toBe("old");
  });
});

describe("disk full", () => {
  it("[86] RLIMIT_FSIZE: says why, nothing left", async () => {
    const dir = story.folder("limited");
    const shell = "ulimit -f 2000";
    await story.refused("ERR_DISK_FULL", "duty", pack("medium", `${dir}/out`), { shell });
    await story.refused("ERR_DISK_FULL", "duty", ["unpack", "medium.dipbag", "-o", `${dir}/out`], { shell });
    await story.refused("ERR_DISK_FULL", "duty", pack("medium", `${dir}/out`, "--armor", "--json"), { shell });
    expect(story.list(dir)).toEqual([]);
  });

  const disk = join(tmpdir(), `dipbag-story-disk-${process.pid}`);
  const mount = () => spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", disk]).status === 0;
  const unmount = () => spawnSync("umount", [disk]);
  const mayMount = () => {
    mkdirSync(disk);
    const done = mount();
    if (done) unmount();
    rmdirSync(disk);
    return done;
  };
  it.skipIf(!isRoot || !mayMount())(
    "[86] [91] a small disk (needs the right to mount): says why, nothing left, the old file as it was",
    async () => {
      mkdirSync(disk);
      mount();
      try {
        execFileSync("cp", [story.path("old"), disk]);
        const env = { ...process.env, TMPDIR: disk };
        await story.refused("ERR_DISK_FULL", "duty", pack("medium", join(disk, "old"), "--force"));
        await story.refused("ERR_DISK_FULL", "duty", ["unpack", "medium.dipbag", "-o", join(disk, "out")]);
        await story.refused("ERR_DISK_FULL", "duty", [
          "unpack",
          "medium.dipbag",
          "--item",
          "medium",
          "-o",
          join(disk, "old"),
          "--force",
        ]);
        await story.refused("ERR_DISK_FULL", "duty", pack("-", "spooled.dipbag"), { input: story.read("medium"), env });
        await story.refused("ERR_DISK_FULL", "duty", pack("medium", "-"), { env });
        expect(spawnSync("ls", ["-A", disk]).stdout.toString()).toBe("old\n");
        expect(spawnSync("cat", [join(disk, "old")]).stdout.toString()).toBe("old");
        expect(story.has("spooled.dipbag")).toBe(false);
      } finally {
        unmount();
        rmdirSync(disk);
      }
    },
  );

  it("too many open files", async () => {
    const names = Array.from({ length: 60 }, (_, i) => story.write(`many-${i}`));
    await story.refused("ERR_TOO_MANY_FILES", "duty", ["pack", ...names, ...pack("old", "no").slice(1)], {
      shell: "ulimit -n 50",
    });
    expect(story.has("no")).toBe(false);
  });
});

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
    const identity = story.read("duty", "user", "identity");
    const unpack = (out: string, ...more: string[]) => ["unpack", at("in"), "--item", "medium", "-o", out, ...more];
    for (const [code, args] of [
      ["ERR_OUTPUT_EXISTS", pack("medium", at("old"))],
      ["ERR_OUTPUT_EXISTS", pack("medium", at("dangling"))],
      ["ERR_OUTPUT_EXISTS", ["unpack", at("in"), "-o", dir]],
      ["ERR_OUTPUT_EXISTS", ["withhold", at("in"), "--drop", "1", "--for", "duty@cert.example", "-o", at("old")]],
      ["ERR_SAME_FILE", pack(at("in"), at("in"), "--force")],
      ["ERR_SAME_FILE", pack(at("in"), at("hard"), "--force")],
      ["ERR_SAME_FILE", pack(at("in"), at("soft"), "--force")],
      ["ERR_SAME_FILE", unpack(at("hard"), "--force")],
      [
        "ERR_SAME_FILE",
        ["withhold", at("in"), "--drop", "1", "--for", "duty@cert.example", "-o", at("hard"), "--force"],
      ],
      ["ERR_SAME_FILE", pack("medium", "duty/user/identity", "--force")],
      ["ERR_SAME_FILE", unpack("duty/user/identity", "--force")],
      ["ERR_NOT_A_FILE", unpack(at("pipe"), "--force")],
    ] as const) {
      await story.refused(code, "duty", args);
    }
    await story.refused("ERR_SAME_FILE", "duty", pack("-", at("in"), "--force"), {
      shell: `exec <'${story.path(at("in"))}'`,
    });
    expect(story.list(dir)).toEqual(["dangling", "hard", "in", "old", "pipe", "soft"]);
    expect(story.read(at("in")).equals(whole)).toBe(true);
    expect(story.text(at("old"))).toBe("old");
    expect(story.read("duty", "user", "identity")).toEqual(identity);

    symlinkSync("old", story.path(at("link")));
    await story.ok("duty", unpack(at("link"), "--force"));
    expect(story.text(at("old"))).toBe("old");
    expect(statSync(story.path(at("link"))).mode & 0o777).toBe(0o600);
  });

  it("[91] a failing run with --force leaves the old file byte-identical", async () => {
    story.write("damaged.dipbag", flipped(whole.length - 9));
    await story.refused("ERR_DIGEST", "duty", ["unpack", "damaged.dipbag", "--item", "medium", "-o", "old", "--force"]);
    await story.refused(
      "ERR_RELEASABILITY",
      "duty",
      pack("medium", "old", "--force").with(3, "HARBOUR RESTRICTED REL TO QMB"),
    );
    await story
      .refused(
        "ERR_DIGEST",
        "duty",
        ["withhold", "damaged.dipbag", "--drop", "1", "--for", "duty@cert.example", "-o", "old", "--force"].with(
          3,
          "2",
        ),
      )
      .catch(() => {});
    expect(story.text("old")).toBe("old");
  });

  it("[95] of four packs with one output exactly one wins", async () => {
    const dir = story.folder("race");
    const results = await Promise.all([1, 2, 3, 4].map(() => story.run("duty", pack("medium", `${dir}/out`))));
    expect(results.map(({ status }) => status).sort()).toEqual([0, 2, 2, 2]);
    expect(story.list(dir)).toEqual(["out"]);
    await story.ok("duty", ["verify", `${dir}/out`]);
  });
});

describe("damage", () => {
  it("[10] [69] [70] [73] truncated anywhere, or longer: rejected, one line, nothing written", async () => {
    story.folder("cut");
    const head = 16_000;
    const places = [0, 1, 2, 100, head, whole.length >> 1, whole.length - MIB, whole.length - 1];
    for (const at of places) story.write(`cut/${at}.dipbag`, whole.subarray(0, at));
    story.write("cut/longer.dipbag", Buffer.concat([whole, Buffer.of(0xf6)]));
    const { status, stdout, stderr } = await story.run("duty", ["verify", "cut", "--json"]);
    expect(status).toBe(1);
    expect(documents(stdout).map(({ status }) => status)).toEqual(Array(places.length + 1).fill(1));
    expect(stderr.split("\n").filter((line) => line.includes("error:")).length).toBe(places.length + 1);
    for (const name of [0, head, whole.length - 1, "longer"]) {
      const code = name === "longer" ? "ERR_TRAILING" : "ERR_TRUNCATED";
      await story.refused(code, "duty", [
        "unpack",
        `cut/${name}.dipbag`,
        "-o",
        "cut/out",
        ...(name === head ? ["--json"] : []),
      ]);
    }
    expect(story.list("cut").filter((name) => !name.endsWith(".dipbag"))).toEqual([]);
  });

  it("[1] what is no envelope", async () => {
    story.folder("other");
    for (const [name, content] of Object.entries({
      pdf: "%PDF-1.7\n",
      zip: "PK\u0003\u0004",
      text: "hello",
      nul: "\0\0",
      dash: "-",
      gzip: "\u001f\u008b",
    })) {
      story.write(`other/${name}.dipbag`, Buffer.from(content, "latin1"));
    }
    const { status, stdout } = await story.run("duty", ["verify", "other", "--json"]);
    expect(status).toBe(1);
    expect(documents(stdout).map(({ status }) => status)).toEqual(Array(6).fill(1));
  });

  it("[73] [74] a damaged last segment: nothing on stdout, nothing in the folder; --stream has said so", async () => {
    story.write("late.dipbag", flipped(whole.length - 9));
    const input = story.read("late.dipbag");
    const item = ["--item", "medium", "-o"];
    await story.refused("ERR_DIGEST", "duty", ["unpack", "late.dipbag", ...item, "-"]);
    await story.refused("ERR_DIGEST", "duty", ["unpack", "-", ...item, "-"], { input });
    await story.refused("ERR_DIGEST", "duty", ["unpack", "late.dipbag"]);
    await story.refused("ERR_DIGEST", "duty", ["unpack", "-", "-o", "late"], { input });
    expect(story.has("late")).toBe(false);
    const { status, stdout, stderr } = await story.run("duty", ["unpack", "-", ...item, "-", "--stream"], { input });
    expect(status).toBe(1);
    expect(story.read("medium").subarray(0, stdout.length).equals(Buffer.from(stdout, "latin1"))).toBe(true);
    expect(stdout.length).toBeLessThan(3 * MIB);
    expect(stderr).toContain("[ERR_DIGEST]");
  });
});

describe("inputs and streams", () => {
  it("[96] an input that grows while it is packed", async () => {
    const dir = story.folder("growing");
    story.write("grows", "");
    truncateSync(story.path("grows"), BIG);
    const { child, result } = story.start("duty", pack("grows", `${dir}/out`));
    await growing(dir);
    appendFileSync(story.path("grows"), "more");
    const { status, stderr } = await result;
    expect(stderr).toContain("[ERR_INPUT_CHANGED]");
    expect({ status, left: story.list(dir), killed: child.killed }).toEqual({ status: 2, left: [], killed: false });
  });

  it("[100] missing, folder, empty, FIFO", async () => {
    await story.refused("ERR_NOT_FOUND", "duty", pack("nowhere", "no"));
    await story.refused("ERR_IS_DIRECTORY", "duty", pack("cut", "no"));
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
    const tell = "process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS))";
    const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(tell)}` };
    for (const args of [pack("big", "big2.dipbag"), ["verify", "big.dipbag"], ["unpack", "big.dipbag", "-o", "big2"]]) {
      const { status, stderr } = await story.run("duty", args, { env });
      expect(status).toBe(0);
      expect(Number(/rss (\d+)/.exec(stderr)?.[1])).toBeLessThan(300_000);
    }
    expect(statSync(story.path("big2", "big")).size).toBe(BIG);
  });
});
