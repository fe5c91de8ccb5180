import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENVIRONMENT } from "../../src/environment.ts";
import { decide } from "../../src/label/decide.ts";
import { join, requireDominant } from "../../src/label/join.ts";
import type { Label } from "../../src/label/label.ts";
import { banner, framed, parseMarking } from "../../src/label/marking.ts";
import { type Policy, policies, readPolicy, type Suite } from "../../src/label/policy.ts";
import { audience } from "../../src/label/release.ts";
import { LAGOON } from "../lagoon.ts";
import { CREATED, fixtureJson, KNOWN, labelled, policy, SEALING } from "./shared.ts";

const all = (texts: readonly string[]): [Label, ...Label[]] =>
  texts.map((text) => labelled(text)) as [Label, ...Label[]];
const rolled = (...texts: string[]): string => {
  const marking = join(all(texts), SEALING);
  return banner(marking, policy(marking.policy[0]));
};
const error = (code: string, details = {}) =>
  expect.objectContaining({ code, status: 5, details: expect.objectContaining(details) });

describe("the label over several portions (spec/label.md section 7)", () => {
  it.each([
    [["(H-R REL AAB, QMB, ZZC)", "(H-C REL AAB, QMB)"], "HARBOUR CONFIDENTIAL REL TO AAB, QMB"],
    [["(H-R REL AAB, QMB, ZZC)", "(H-C REL AAB, QMB)", "(H-C REL AAB ORCON)"], "HARBOUR CONFIDENTIAL REL TO AAB ORCON"],
    [["(H-R REL HARBOUR)", "(H-R REL QMB, ZZC)"], "HARBOUR RESTRICTED REL TO QMB, ZZC"],
    [["(H-R REL QMB)", "(H-R REL ZZC)"], "HARBOUR RESTRICTED REL TO AAB"],
    [["(H-R REL HARBOUR)", "(H-C REL HARBOUR)"], "HARBOUR CONFIDENTIAL REL TO AAB, QMB, ZZC"],
    [["(H-R REL HARBOUR)", "(H-U)"], "HARBOUR RESTRICTED REL TO AAB"],
    [["(H-U)"], "HARBOUR UNCLASSIFIED REL TO AAB"],
    [
      ["(H-S LANTERN REL AAB STAFF)", "(H-R BUOY REL AAB COMMERCIAL)"],
      "HARBOUR SECRET BUOY, LANTERN REL TO AAB COMMERCIAL, STAFF",
    ],
    [["TLP:GREEN", "TLP:AMBER+STRICT", "TLP:CLEAR"], "TLP:AMBER+STRICT"],
    [["PUBLIC", "PUBLIC"], "PUBLIC"],
  ])("%j is %s", (portions, expected) => {
    expect(rolled(...portions)).toBe(expected);
    expect(() => requireDominant(labelled(expected), all(portions), SEALING)).not.toThrow();
  });

  it("refuses several policies", () => {
    const differ = error("ERR_POLICIES_DIFFER", { policies: "HARBOUR, PUBLIC" });
    expect(() => rolled("PUBLIC", "(H-U)")).toThrow(differ);
    expect(() => requireDominant(labelled("HARBOUR UNCLASSIFIED"), all(["PUBLIC"]), SEALING)).toThrow(differ);
  });

  it.each([
    ["HARBOUR RESTRICTED REL TO AAB", "(H-C REL AAB)", "CONFIDENTIAL", "HARBOUR CONFIDENTIAL REL TO AAB"],
    ["HARBOUR SECRET REL TO AAB, QMB", "(H-C REL AAB)", "QMB", "HARBOUR SECRET REL TO AAB"],
    ["HARBOUR SECRET REL TO HARBOUR", "(H-C REL AAB, QMB)", "ZZC", "HARBOUR SECRET REL TO AAB, QMB"],
    ["HARBOUR SECRET REL TO AAB", "(H-C REL AAB ORCON)", "ORCON", "HARBOUR SECRET REL TO AAB ORCON"],
    ["HARBOUR SECRET BUOY REL TO AAB", "(H-C LANTERN REL AAB)", "LANTERN", "HARBOUR SECRET BUOY, LANTERN REL TO AAB"],
    ["TLP:AMBER", "TLP:RED", "RED", "TLP:RED"],
  ])("%s does not cover %s", (envelope, portion, reason, fix) => {
    const under = all([envelope, portion]);
    expect(() => requireDominant(under[0], under, SEALING)).toThrow(
      error("ERR_NOT_DOMINANT", { label: envelope, portion: 2, reason: expect.stringContaining(reason), fix }),
    );
  });

  it("says so also where no label could cover all: then there is none to name", () => {
    const lagoon = { ...SEALING, policies: policies(readPolicy(LAGOON)) };
    const marked = (text: string): Label => {
      const { marking } = parseMarking(text, lagoon.policies);
      return { ...labelled("PUBLIC"), ...marking };
    };
    const [whole, portion] = [marked("LAGOON UNCLASSIFIED REL TO AAB"), marked("LAGOON GUARDED WATERWAYS REL TO AAB")];
    expect(() => join([whole, portion], lagoon)).toThrow(error("ERR_AUDIENCES_DISJOINT"));
    expect(() => requireDominant(whole, [portion], lagoon)).toThrow(
      error("ERR_NOT_DOMINANT", { portion: 1, fix: expect.stringContaining("by themselves") }),
    );
  });

  it("disregards the originator's nation, and nobody else", () => {
    const [label, portions] = [labelled("HARBOUR RESTRICTED REL TO AAB"), all(["HARBOUR RESTRICTED REL TO QMB"])];
    expect(() => requireDominant(label, portions, SEALING)).not.toThrow();
    expect(() => requireDominant(label, portions, { ...SEALING, originatorNation: "ZZC" })).toThrow(
      error("ERR_NOT_DOMINANT"),
    );
  });

  it("compares bases, gates and extensions each with its own kind", () => {
    const values = ["P", "Q", "R"];
    const roles: Policy = {
      ...policy("HARBOUR"),
      policy: { name: "ROLES" },
      tags: [
        { name: "IN", type: "PERMISSIVE", role: "base", values },
        { name: "ONLY", type: "PERMISSIVE", role: "gate", absent: "any", values },
        { name: "AND", type: "PERMISSIVE", role: "extension", values },
      ],
      requires: [],
      bannerOrder: ["POLICY", "CLASSIFICATION", "IN", "ONLY", "AND"],
    };
    const sealing = { ...SEALING, policies: policies(roles) };
    const made = (tags: Record<string, string[]>): Label =>
      labelled("PUBLIC", {
        policy: ["ROLES", null],
        classification: "SECRET",
        tags: Object.entries(tags).map(([name, stated]) => ["PERMISSIVE", name, null, stated] as const),
      });
    const tagsOf = (...labels: [Label, ...Label[]]) =>
      Object.fromEntries((join(labels, sealing).tags ?? []).map(([, name, , stated]) => [name, stated]));

    expect(tagsOf(made({ IN: ["P", "Q"] }), made({ IN: ["Q", "P"], ONLY: ["Q"] }))).toEqual({
      IN: ["P", "Q"],
      ONLY: ["Q"],
    });
    expect(tagsOf(made({ IN: ["P"], AND: ["Q", "R"] }), made({ IN: ["P"], AND: ["R"] }))).toEqual({
      IN: ["P"],
      AND: ["R"],
    });
    expect(tagsOf(made({ IN: ["P"], AND: ["Q"] }), made({ IN: ["P"] }))).toEqual({ IN: ["P"] });
    const disjoint = error("ERR_AUDIENCES_DISJOINT");
    expect(() => tagsOf(made({ IN: ["P"] }), made({ IN: ["Q"] }))).toThrow(disjoint);
    expect(() => tagsOf(made({ IN: ["P"], ONLY: ["P"] }), made({ IN: ["P"], ONLY: ["Q"] }))).toThrow(disjoint);

    expect(audience(made({ IN: ["P", "Q"], ONLY: ["Q", "R"], AND: ["R"] }), sealing)).toEqual(["Q", "R"]);
    expect(audience(made({}), sealing)).toEqual([]);
    const covers = (over: Label, under: Label) => () => requireDominant(over, [under], sealing);
    expect(covers(made({ IN: ["P"] }), made({ IN: ["P"], ONLY: ["P"] }))).toThrow(
      error("ERR_NOT_DOMINANT", { reason: "it lacks ONLY" }),
    );
    expect(covers(made({ IN: ["P"], AND: ["Q"] }), made({ IN: ["P"] }))).toThrow(
      error("ERR_NOT_DOMINANT", { reason: "AND lets in Q" }),
    );
    expect(covers(made({ IN: ["P"], ONLY: ["P"] }), made({ IN: ["P", "Q"] }))).not.toThrow();
  });

  const harbour = fc
    .record({
      rank: fc.constantFrom("H-U", "H-R", "H-C", "H-S"),
      compartment: fc.subarray(["BUOY", "LANTERN"]),
      rel: fc.subarray(["AAB", "QMB", "ZZC", "HARBOUR"]),
      orcon: fc.boolean(),
      created: fc.constantFrom("2025-01-01T00:00:00Z", "2026-11-22T05:00:00Z"),
    })
    .filter(({ rank, rel }) => rank === "H-U" || rel.length > 0)
    .map(({ rank, compartment, rel, orcon, created }) => {
      const parts = [rank, compartment.join(", "), rel.length > 0 ? `REL ${rel.join(", ")}` : "", orcon ? "ORCON" : ""];
      return labelled(`(${parts.filter((part) => part !== "").join(" ")})`, { created });
    });

  it("for any labels: covers every portion, lets in nobody new, and does not depend on their order", () => {
    fc.assert(
      fc.property(harbour, fc.array(harbour, { maxLength: 4 }), (first, others) => {
        const portions: [Label, ...Label[]] = [first, ...others];
        const marking = join(portions, SEALING);
        const envelope = { ...first, ...marking };
        requireDominant(envelope, portions, SEALING);
        const outside = audience(envelope, SEALING).filter((token) => token !== SEALING.originatorNation);
        for (const portion of portions) expect(audience(portion, SEALING)).toEqual(expect.arrayContaining(outside));
        expect(join([others.at(-1) ?? first, ...others.slice(0, -1), first], SEALING)).toEqual(marking);
        expect(join([envelope, ...portions], SEALING)).toEqual(marking);
      }),
    );
  });
});

interface Views {
  parts: { id: string; portion: string; rel: string[]; orcon?: boolean }[];
  envelopeBanner: string;
  views: Record<string, { opens: string[]; withheld: string[]; viewBanner: string }>;
}
interface Cards {
  cards: {
    name: string;
    nation: string;
    clearances: Record<string, string[]>;
    compartments: string[];
    suites: Suite[];
  }[];
}

describe("the incident report and its views", () => {
  const { parts, envelopeBanner, views } = fixtureJson<Views>("views.json");
  const { cards } = fixtureJson<Cards>("cards.json");
  const label = ({ portion, rel, orcon }: Views["parts"][number]): Label =>
    labelled(`(${portion} REL ${rel.join(", ")}${orcon === true ? " ORCON" : ""})`);
  const bannerOf = (labels: Label[]): string =>
    framed(banner(join(labels as [Label, ...Label[]], SEALING), policy("HARBOUR")), true);

  it("the envelope's banner is the roll-up of all parts, and covers them", () => {
    expect(bannerOf(parts.map(label))).toBe(envelopeBanner);
    const { marking, exercise } = parseMarking(envelopeBanner, KNOWN);
    expect(exercise).toBe(true);
    requireDominant({ ...labelled("PUBLIC"), ...marking }, parts.map(label), SEALING);
  });

  it.each(Object.entries(views))(
    "%s opens what it should, under the banner it should see",
    (nation, { opens, withheld, viewBanner }) => {
      const card = cards.find((known) => known.nation === nation)!;
      const permitted = parts.filter((part) => {
        const decision = decide({
          ...SEALING,
          action: "open",
          at: CREATED,
          subject: {
            person: ["authority", card.name],
            name: card.name,
            nation,
            communities: [],
            clearances: [["HARBOUR", card.clearances.HARBOUR!, [["COMPARTMENT", card.compartments]]]],
            fulfils: [],
            environment: ENVIRONMENT.exercise,
          },
          labels: { originator: label(part) },
          handling: { messageType: "exercise", tlp: "AMBER" },
          suite: card.suites.at(-1)!,
          named: true,
          environment: ENVIRONMENT.exercise,
          evidence: { list: cards.map(({ name }) => ["authority", name]) },
        });
        return decision.verdict === "permit";
      });
      expect(permitted.map(({ id }) => id)).toEqual(opens);
      expect(parts.filter((part) => !permitted.includes(part)).map(({ id }) => id)).toEqual(withheld);
      expect(bannerOf(permitted.map(label))).toBe(viewBanner);
    },
  );
});
