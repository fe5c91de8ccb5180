import { describe, expect, it } from "vitest";
import { join, requireDominant } from "../../src/label/join.ts";
import { type Dated, isReleased } from "../../src/label/release.ts";
import { validate } from "../../src/label/valid.ts";
import { labelOf, sealingIn, VECTORS } from "./vector-policies.ts";

type Several = [Dated, ...Dated[]];
const NATIONS = "AAA BBB CCC USA GBR NZL JPN CAN AUS DEU CHE UKR TUR".split(" ");

describe("the roll-ups of decision-vectors.json: STANAG 4774.1 section 4.4 as written, and safe", () => {
  it.each(VECTORS.rollups)("$case", ({ policy, portions, safe, asWritten, asWrittenWidens }) => {
    const sealing = sealingIn(policy);
    const parts = portions.map(labelOf) as Several;
    const whole = join(parts, sealing);
    expect(whole).toEqual(labelOf(safe));
    expect(join(parts.toReversed() as Several, sealing)).toEqual(whole);
    expect(join([whole, whole], sealing)).toEqual(whole);
    expect(() => requireDominant(whole, parts, sealing)).not.toThrow();

    /** Somebody of another nation than the originator's, whom the whole lets in and a portion does not. */
    const widens = (label: Dated) =>
      NATIONS.filter((nation) => nation !== sealing.originatorNation).some((nation) => {
        const lets = (one: Dated) =>
          isReleased([nation, ...(policy === "NATO" ? ["NATO"] : [])], validate(one, sealing), sealing);
        return lets(label) && !parts.every(lets);
      });
    expect(widens(whole)).toBe(false);
    expect(widens(labelOf(asWritten))).toBe(asWrittenWidens);
  });
});
