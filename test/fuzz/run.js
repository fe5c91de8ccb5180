// @ts-check
/** node test/fuzz/run.js [TARGET...] [--seconds N | --minutes N] [--seed N] [--save]: fuzzes each in turn, and tells what it found. */

import { parseArgs } from "node:util";
import { Coverage } from "./coverage.js";
import { Fuzzer, written } from "./fuzz.js";

// Coverage counts what is loaded after it has begun.
const counting = new Coverage([]);
const { TARGETS } = await import("./targets.js");
const { DipbagError } = await import("../../dist/errors.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: `${Date.now() % 2 ** 32}` },
    save: { type: "boolean", default: false },
  },
});
/** Does the fuzzer find anything? Not among those that are run unless named. */
const { maze } = await import("./maze.js");
const all = {
  ...TARGETS,
  maze: { form: /** @type {const} */ ("text"), seeds: new Map([["1", Uint8Array.of(0)]]), run: maze },
};
const seconds = Number(values.seconds ?? 60 * Number(values.minutes));

for (const name of positionals.length > 0 ? positionals : Object.keys(TARGETS)) {
  const target = /** @type {typeof TARGETS} */ (all)[name];
  if (target === undefined) {
    console.error(`fuzz: there is no ${name}; there are ${Object.keys(TARGETS).join(", ")}`);
    process.exit(2);
  }
  const fuzzer = new Fuzzer(name, target, DipbagError, Number(values.seed));
  const begun = Date.now();
  await fuzzer.start();
  await fuzzer.go(begun + seconds * 1000);
  const { runs, slowest, seeded, known, coverage, corpus, findings } = fuzzer;
  const rate = Math.round(runs / ((Date.now() - begun) / 1000));
  const blocks = `${seeded} blocks by seeds, ${known} by the corpus, ${coverage.blocks.size} now`;
  console.log(
    `${name}: ${runs} runs, ${rate}/s, slowest ${slowest.toFixed(0)} ms, ${blocks}, ${corpus.length} kept, ${findings.length} findings, seed ${values.seed}`,
  );
  for (const { what, entry, place } of findings)
    console.log(`FINDING ${name}: ${what}\n  ${written(entry)}\n  ${place}`);
  if (findings.length > 0) process.exitCode = 1;
  if (values.save) await fuzzer.save();
  coverage.close();
}
counting.close();
