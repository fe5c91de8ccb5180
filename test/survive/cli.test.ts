/** The same through the real command line: what it says of many damaged envelopes, and what it leaves on the disk. */

import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { ONE_ERROR } from "../cli/process.ts";
import { CONFIDENTIAL, documents, RESTRICTED, type Story, tell, to } from "../cli/story.ts";
import { isLong, seed } from "./attempt.ts";
import { apply, blind, type Change, changes, dice, sequence, walk } from "./mutate.js";

const SHAPES = {
  one: [],
  hidden: ["--hide-recipients"],
  several: ["--portion", `b.txt=${CONFIDENTIAL}`, "--portion", "c.txt=HARBOUR RESTRICTED REL TO AAB, QMB"],
  armoured: ["--armor"],
} as const satisfies Record<string, readonly string[]>;
const COUNT = isLong ? 5000 : 150;

let story: Story;
const originals = new Map<string, Uint8Array>();
beforeAll(async () => {
  story = await tell("duty", "watch");
  for (const name of ["a.txt", "b.txt", "c.txt"]) story.write(name, `${name}, EXERCISE`);
  for (const [name, flags] of Object.entries(SHAPES)) {
    const args = ["pack", "a.txt", "--label", RESTRICTED, ...to("duty", "watch"), ...flags, "-o", `${name}.dipbag`];
    await story.ok("duty", args);
    originals.set(name, story.read(`${name}.dipbag`));
  }
  await story.ok("duty", [
    "withhold",
    "several.dipbag",
    "--drop",
    "2",
    "--for",
    "watch@cert.example",
    "-o",
    "w.dipbag",
  ]);
  originals.set("withheld", story.read("w.dipbag"));
});
afterAll(() => story.end());

/** Every third a change to its CBOR, every third a cut, every third some bytes. */
function* mutants(bytes: Uint8Array, count: number, roll: ReturnType<typeof dice>): Generator<Uint8Array> {
  const places = [...walk(sequence(bytes) ?? [])];
  for (let i = 0; i < count; i++) {
    const place = places[roll(places.length)];
    let change: Change = blind(bytes, roll);
    if (i % 3 === 0 && place !== undefined) {
      const all = [...changes(bytes, place)];
      change = all[roll(all.length)] ?? [];
    } else if (i % 3 === 1) {
      const at = place?.end ?? roll(bytes.length);
      change = [[at, bytes.length - at, new Uint8Array(0)]];
    }
    const mutant = apply(bytes, change);
    if (hex(mutant) !== hex(bytes)) yield mutant;
  }
}

it("[1] [10] [34] [36] verify: each is one line with a code, and no other line is there", async () => {
  const roll = dice(seed);
  for (const [name, bytes] of originals) {
    const folder = story.folder(`mutants-${name}`);
    let count = 0;
    for (const mutant of mutants(bytes, COUNT, roll)) story.write(`${folder}/${count++}.dipbag`, mutant);
    const { status, stdout, stderr } = await story.run("watch", ["verify", folder, "--json"]);
    expect([1, 2, 3, 4, 5]).toContain(status);

    const told = documents(stdout);
    expect(told.map(({ input }) => input).toSorted()).toEqual(
      story
        .list(folder)
        .map((file) => `${folder}/${file}`)
        .toSorted(),
    );
    const codes = told.map(({ schema, code, status: one }) => {
      expect(schema).toBe("dipbag/error/1");
      expect(one).toBe(ERRORS[code as ErrorCode].status);
      expect([1, 2, 3, 4, 5]).toContain(one);
      return code as ErrorCode;
    });

    const lines = stderr.trimEnd().split("\n");
    const errors = lines.filter((line) => line.startsWith("dipbag: error: "));
    const hints = lines.filter((line) => line.startsWith("dipbag: hint: "));
    expect(errors.length + hints.length).toBe(lines.length);
    expect(errors.map((line) => /\[(\w+)\]$/.exec(line)?.[1]).toSorted()).toEqual(codes.toSorted());
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e\u00a0-\uffff]{1,500}$/u);
    expect(stderr).not.toMatch(/\[object|^\s+at /m);
  }
});

it("[48] [73] unpack: no file, and nothing else, is left", async () => {
  const roll = dice(seed + 1);
  for (const [name, bytes] of originals) {
    for (const mutant of mutants(bytes, isLong ? 50 : 4, roll)) {
      const folder = `unpack-${name}-${roll(2 ** 32)}`;
      mkdirSync(story.path(folder));
      story.write(`${folder}/mutant.dipbag`, mutant);
      const { status, stdout, stderr, ms } = await story.run("watch", [
        "unpack",
        `${folder}/mutant.dipbag`,
        "-o",
        `${folder}/out`,
      ]);
      const code = /\[(ERR_\w+)\]$/m.exec(stderr)?.[1] as ErrorCode;
      expect({ status, stdout }, folder).toEqual({ status: ERRORS[code].status, stdout: "" });
      expect(stderr).toMatch(ONE_ERROR(code));
      expect(story.list(folder)).toEqual(["mutant.dipbag"]);
      expect(ms).toBeLessThan(20_000);
    }
  }
});
