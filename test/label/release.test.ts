import { describe, expect, it } from "vitest";
import { audience, type Dated, diverges, isReleased } from "../../src/label/release.ts";
import { validate } from "../../src/label/valid.ts";
import { labelOf, sealingIn, VECTORS } from "./vector-policies.ts";

const NATO = sealingIn("NATO");
const made = (cat: Record<string, string[]>): Dated => labelOf({ policy: "NATO", cls: "RESTRICTED", cat });
const asked = (label: Dated, tokens: readonly string[]) => {
  const valid = validate(label, NATO);
  return { released: isReleased(tokens, valid, NATO), diverges: diverges(tokens, valid, NATO) };
};

describe("who a label lets in (spec/label.md section 5), and whom other readers would keep out", () => {
  it.each(VECTORS.decisions.filter(({ profile }) => profile !== "DENY:NEED_TO_KNOW"))(
    "$label to $subject: $profile, strict $strict",
    ({ label, subject, generic, strict, profile }) => {
      const { nation, communities } = VECTORS.subjects[subject]!;
      const verdict = asked(labelOf(VECTORS.labels[label]!), [nation, ...communities]);
      expect(verdict).toEqual({
        released: profile === "PERMIT:OK",
        diverges: profile === "PERMIT:OK" && !generic.includes("PERMIT"),
      });
      expect(verdict.diverges).toBe(strict === "DENY:PROFILE_DIVERGES");
    },
  );

  it("what only announces an extension lets in nobody, and is not in an audience", () => {
    const label = made({ Context: ["NATO", "Releasable"], "Releasable To": ["NATO", "JPN"] });
    expect(audience(label, NATO)).toEqual(["JPN", "NATO"]);
    expect(asked(label, ["Releasable"])).toMatchObject({ released: false });
    expect(audience(made({ Context: ["Releasable"], "Releasable To": ["JPN"] }), NATO)).toEqual(["JPN"]);
  });

  it("what an extension repeats of the base passes no gate", () => {
    const label = made({ Context: ["NATO"], Only: ["CAN"], "Releasable To": ["NATO", "JPN"] });
    expect(asked(label, ["TUR", "NATO"])).toEqual({ released: false, diverges: false });
    expect(asked(label, ["CAN", "NATO"])).toEqual({ released: true, diverges: false });
    expect(asked(label, ["JPN"])).toEqual({ released: true, diverges: true });
  });

  it("an extension that repeats nothing keeps the base's own out where readers know no roles", () => {
    const label = made({ Context: ["NATO", "Releasable"], "Releasable To": ["JPN"] });
    expect(asked(label, ["TUR", "NATO"])).toEqual({ released: true, diverges: true });
    expect(asked(label, ["JPN"])).toEqual({ released: true, diverges: false });
    // Nothing announces it here, so that the base is not met.
    expect(asked(made({ Context: ["NATO"], "Releasable To": ["NATO", "JPN"] }), ["JPN"])).toEqual({
      released: true,
      diverges: true,
    });
  });

  it("an audience names who may be let in: who is in a closed community, only cards tell", () => {
    expect(audience(made({ Context: ["NATO"] }), NATO)).toEqual(["NATO"]);
    expect(audience(made({ Context: ["NATO"], Only: ["CAN", "DEU"] }), NATO)).toEqual(["CAN", "DEU"]);
    expect(audience(made({ Context: ["KFOR"], Only: ["NATO", "IRL"] }), NATO)).toEqual(["IRL", "KFOR", "NATO"]);
  });

  it("open communities stand for their members in both readings", () => {
    const USA = sealingIn("USA");
    const label = labelOf({ policy: "USA", cls: "SECRET", cat: { "REL TO": ["FVEY"] } });
    expect(audience(label, USA)).toEqual(["AUS", "CAN", "GBR", "NZL", "USA"]);
    expect(diverges(["GBR"], validate(label, USA), USA)).toBe(false);
  });

  it("what is released to anyone diverges where a release list stands on it all the same", () => {
    const ACME = sealingIn("ACME");
    const open = (cat: Record<string, string[]>) => validate(labelOf({ policy: "ACME", cls: "PUBLIC", cat }), ACME);
    expect(diverges(["BBB"], open({}), ACME)).toBe(false);
    expect(diverges(["BBB"], open({ "REL TO": ["AAA"] }), ACME)).toBe(true);
  });
});
