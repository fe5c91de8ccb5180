/** What reads the bytes of others, fuzzed briefly by a process of its own; `npm run survive fuzz` goes on for longer. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { run } from "../cli/process.ts";

const RUNNER = fileURLToPath(new URL("run.js", import.meta.url));
const corpus = fileURLToPath(new URL("corpus/", import.meta.url));
const kept = readdirSync(corpus).sort();

it("[102] whatever is kept, and what comes of it in a second, is answered or refused, fast and in little memory", async () => {
  const { status, stdout } = await run(RUNNER, ["--seconds", "1", "--seed", "5"]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.not.stringContaining("FINDING") });
  const targets = [...stdout.matchAll(/^([\w-]+): (\d+) runs.* (\d+) blocks by seeds, (\d+) by the corpus/gm)];
  expect(targets.length).toBeGreaterThanOrEqual(kept.length);
  for (const [, name, runs, bySeeds, byCorpus] of targets) {
    expect(Number(runs), name).toBeGreaterThan(20);
    // What is kept is worth keeping: it runs what the seeds do not.
    if (kept.includes(`${name}.jsonl`)) expect(Number(byCorpus), name).toBeGreaterThan(Number(bySeeds));
  }
});

it("a fuzzer that is shown a fault says so", async () => {
  const { status, stdout } = await run(RUNNER, ["maze", "--seconds", "10", "--seed", "5"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^FINDING maze: threw\n {2}\["1",.*\]\n {2}Error: FAULT/m);
});

it("the corpus is small", () => {
  const size = kept.reduce((sum, file) => sum + readFileSync(corpus + file).length, 0);
  expect(size).toBeLessThan(2 ** 18);
});
