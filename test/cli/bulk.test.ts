/** Files so large that all cores work on them, through the real command line. */

import { createCipheriv } from "node:crypto";
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RESTRICTED, type Story, tell, to } from "./story.ts";

const MIB = 2 ** 20;
/** More than it takes for `verify` to start another thread. */
const LARGE = 110;

let story: Story;
beforeAll(async () => {
  story = await tell("duty");
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  story.write("large", "");
  const file = openSync(story.path("large"), "w");
  for (let i = 0; i < LARGE; i++) writeSync(file, cipher.update(Buffer.alloc(MIB, i)));
  closeSync(file);
  story.write("small", "EXERCISE small");
  const args = ["pack", "large", "small", "--label", RESTRICTED, ...to("duty"), "-o", "large.dipbag"];
  await story.ok("duty", args);
});
afterAll(() => story.end());

/** Prints how many bytes the process has read, by whatever thread. */
const TELL = `import { readFileSync } from "node:fs";
  process.on("exit", () => process.stderr.write(readFileSync("/proc/self/io").toString()));`;
const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(TELL)}` };

describe("a large file", () => {
  it("comes out as it went in", async () => {
    await story.ok("duty", ["verify", "large.dipbag"]);
    await story.ok("duty", ["unpack", "large.dipbag", "-o", "out"]);
    expect(story.read("out", "large").equals(story.read("large"))).toBe(true);
    expect(story.text("out", "small")).toBe("EXERCISE small");
    await story.ok("duty", ["unpack", "large.dipbag", "--item", "large", "-o", "item"]);
    expect(story.read("item").equals(story.read("large"))).toBe(true);
  });

  it("damaged in the middle: one line, nothing written", async () => {
    const dir = story.folder("damaged");
    const bytes = story.read("large.dipbag");
    bytes.writeUInt8(bytes.readUInt8(60 * MIB) ^ 1, 60 * MIB);
    story.write("damaged.dipbag", bytes);
    await story.refused("ERR_DIGEST", "duty", ["verify", "damaged.dipbag"]);
    await story.refused("ERR_DIGEST", "duty", ["unpack", "damaged.dipbag", "-o", `${dir}/out`]);
    await story.refused("ERR_DIGEST", "duty", ["unpack", "damaged.dipbag", "--item", "large", "-o", `${dir}/out`]);
    expect(story.list(dir)).toEqual([]);
  });

  it.skipIf(!existsSync("/proc/self/io"))(
    "of one item only the segments that hold it are read (needs /proc)",
    async () => {
      const { status, stdout, stderr } = await story.run(
        "duty",
        ["unpack", "large.dipbag", "--item", "small", "--stream"],
        { env },
      );
      expect({ status, stdout }).toEqual({ status: 0, stdout: "EXERCISE small" });
      const read = Number(/^rchar: (\d+)$/m.exec(stderr)?.[1]);
      // The program, the home, the head, the segment of the index and the last two.
      expect(read).toBeGreaterThan(2 * MIB);
      expect(read).toBeLessThan(10 * MIB);
      const all = await story.run("duty", ["unpack", "large.dipbag", "--item", "small"], { env });
      expect(Number(/^rchar: (\d+)$/m.exec(all.stderr)?.[1])).toBeGreaterThan(LARGE * MIB);
    },
  );
});
