/** Section A and E of the attacks through the real command line: envelopes that are damaged, cut, or none. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB, tellOfFaults } from "./faulty.ts";
import { documents, type Story } from "./story.ts";

let story: Story;
let whole: Buffer;
beforeAll(async () => {
  story = await tellOfFaults();
  whole = story.read("medium.dipbag");
});
afterAll(() => story.end());

const flipped = (at: number): Buffer => {
  const bytes = Buffer.from(whole);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
};

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
