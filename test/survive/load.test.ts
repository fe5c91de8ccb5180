/** A short day of a pipeline; `npm run survive load` is a long one. */

import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { load } from "./load.js";

it("[101] 3000 envelopes, one in fifty bad: every one gets the right answer, in bounded memory, and nothing waits", async () => {
  const here = readdirSync(".").sort();
  const { envelopes, bad, wrong, stall, memory, status } = await load(3000);
  expect({ envelopes, bad, wrong, status }).toEqual({ envelopes: 3000, bad: 60, wrong: 0, status: 1 });
  expect(Math.max(...memory)).toBeLessThan(300e6);
  // Other tests have the processors too: this is for what blocks, not for what is slow.
  expect(stall).toBeLessThan(2000);
  // What it keeps of identities goes with its folder.
  expect(readdirSync(".").sort()).toEqual(here);
});
