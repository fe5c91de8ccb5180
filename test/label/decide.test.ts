/** The decision as a whole, and for whom it is: clearance and nation (rules D1, D5, D7 to D9); and the audience. */

import { describe, expect, it, vi } from "vitest";
import { type Labels, labelsShape } from "../../src/label/label.ts";
import { type Policy, policies, type Suite } from "../../src/label/policy.ts";
import type { Clearance, Question, Subject } from "../../src/label/question.ts";
import { audience } from "../../src/label/release.ts";
import { AAB, ALL, ask, QMB, subject, verdict, ZZC } from "./decide-shared.ts";
import { CREATED, labelled, labels, policy, SEALING } from "./shared.ts";

describe("the decision (spec/label.md section 6)", () => {
  it("permits, and shows every rule it asked", () => {
    const decision = ask("HARBOUR SECRET BUOY REL TO AAB, QMB ORCON");
    expect(decision.verdict).toBe("permit");
    expect(decision.trace.map(({ rule }) => rule)).toEqual([
      ...["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14", "D15"],
    ]);
    expect(decision.trace.every(({ result }) => result === "pass")).toBe(true);
    expect(decision.trace[8]).toEqual({
      rule: "D9",
      input: "AAB; audience AAB, QMB",
      result: "pass",
      source: "HARBOUR version 3",
    });
  });

  it("[127] reads the structure of labels once, however many slots are decided by them", () => {
    const given = labels("HARBOUR RESTRICTED REL TO AAB, QMB");
    const read = vi.spyOn(labelsShape, "read");
    for (const subject of [AAB, QMB, AAB]) expect(verdict(given, { subject })).toBe("permit");
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
  });

  it("stops at the first rule that denies", () => {
    const decision = ask("HARBOUR SECRET BUOY REL TO AAB", { subject: QMB, suite: "classical" });
    expect(decision.trace.at(-1)).toMatchObject({ rule: "D7", result: "deny", source: "card" });
    expect(decision).toMatchObject({
      verdict: "deny",
      code: "ERR_CLEARANCE",
      details: { name: "Officer QMB", label: "HARBOUR SECRET BUOY REL TO AAB" },
    });
  });

  it.each([
    ["HARBOUR RESTRICTED REL TO AAB, QMB, ZZC", ["permit", "permit", "permit"]],
    ["HARBOUR CONFIDENTIAL REL TO AAB, QMB", ["permit", "permit", "ERR_CLEARANCE"]],
    ["HARBOUR CONFIDENTIAL REL TO AAB ORCON", ["permit", "ERR_RELEASABILITY", "ERR_CLEARANCE"]],
    ["HARBOUR SECRET LANTERN REL TO AAB", ["ERR_NEED_TO_KNOW", "ERR_CLEARANCE", "ERR_CLEARANCE"]],
  ])("worked: %s", (text, expected) => {
    const suites: Suite[] = ["hybrid-1024", "hybrid-768", "classical"];
    expect([AAB, QMB, ZZC].map((subject, i) => verdict(text, { subject, suite: suites[i]! }))).toEqual(expected);
  });

  it("D1: what no label can be is denied, whoever is asked", () => {
    const many = Array.from({ length: 17 }, () => labelled("PUBLIC", { kind: "alternative" }));
    for (const wrong of [
      { originator: labelled("PUBLIC", { privacyMark: "" }) },
      { ...labels("PUBLIC"), alternatives: many },
    ]) {
      expect(ask(wrong)).toMatchObject({
        verdict: "deny",
        code: "ERR_SCHEMA",
        trace: [{ rule: "D1", result: "deny" }],
      });
    }
  });

  it("D5: the originator's label, or else every alternative that the subject holds", () => {
    const stranger: Subject = { ...AAB, clearances: [] };
    expect(verdict("HARBOUR UNCLASSIFIED", { subject: stranger })).toBe("ERR_UNMAPPABLE");
    // A label that asks for no clearance does not stand in for one that does.
    expect(verdict(labels("HARBOUR UNCLASSIFIED", "TLP:AMBER"), { subject: stranger })).toBe("ERR_UNMAPPABLE");
    expect(verdict(labels("HARBOUR CONFIDENTIAL REL TO AAB", "TLP:CLEAR"), { subject: stranger })).toBe(
      "ERR_UNMAPPABLE",
    );
    // Not even for who is cleared for it by its name.
    const green: Subject = { ...AAB, clearances: [["TLP", ["GREEN"], []]] };
    expect(verdict(labels("HARBOUR SECRET REL TO AAB", "TLP:GREEN"), { subject: green })).toBe("ERR_UNMAPPABLE");
    // A label that the subject holds is not set aside for a milder one.
    expect(verdict(labels("HARBOUR SECRET REL TO AAB", "TLP:CLEAR"), { subject: QMB })).toBe("ERR_CLEARANCE");

    const twin = (name: string): Policy => ({ ...policy("HARBOUR"), policy: { ...policy("HARBOUR").policy, name } });
    const known = policies(policy("HARBOUR"), twin("QUAY"), twin("MOLE"));
    const as = (name: string, text: string) => labelled(text, { kind: "alternative", policy: [name, null] });
    const alternatives = [as("QUAY", "HARBOUR SECRET REL TO AAB"), as("MOLE", "HARBOUR RESTRICTED REL TO AAB")];
    const carried: Labels = { originator: labelled("HARBOUR SECRET REL TO AAB"), alternatives };
    const cleared = (...clearances: Clearance[]): Partial<Question> => ({
      policies: known,
      subject: { ...AAB, clearances },
    });
    expect(verdict(carried, cleared(["MOLE", ["RESTRICTED"], []]))).toBe("permit");
    expect(verdict(carried, cleared(["MOLE", ["RESTRICTED"], []], ["QUAY", ["RESTRICTED"], []]))).toBe("ERR_CLEARANCE");
    expect(verdict(carried, cleared(["MOLE", ["RESTRICTED"], []], ["QUAY", ["SECRET"], []]))).toBe("permit");
    // An alternative in a policy that nobody here knows neither helps nor hurts.
    expect(verdict(carried, { subject: { ...AAB, clearances: [["QUAY", ALL, []]] } })).toBe("ERR_UNMAPPABLE");
    expect(verdict(carried)).toBe("permit");
    // Nor does what follows it, even in a policy that is known.
    const succession = ["2026-01-01T00:00:00Z", as("QUAY", "HARBOUR RESTRICTED REL TO AAB")] as const;
    const unknown = [labelled("PUBLIC", { kind: "alternative", policy: ["ATOLL", null], succession })];
    const followed: Labels = { originator: labelled("HARBOUR SECRET REL TO AAB"), alternatives: unknown };
    expect(verdict(followed, cleared(["QUAY", ["RESTRICTED"], []]))).toBe("ERR_UNMAPPABLE");
  });

  it("D5: equivalent by a row of the policy, never by a word; where there are several, each has to permit", () => {
    const row = (name: string, equals: string, dates = {}) =>
      ({ classification: "CONFIDENTIAL", policy: name, equals, source: "the annex", ...dates }) as const;
    const known = (...equivalences: ReturnType<typeof row>[]) => ({
      policies: policies({ ...policy("HARBOUR"), equivalences }),
    });
    const cleared = (...clearances: Clearance[]) => ({ subject: { ...AAB, clearances } });
    const text = "HARBOUR CONFIDENTIAL REL TO AAB, QMB";
    const quay: Clearance = ["QUAY", ["INNER"], [["COMPARTMENT", ["BUOY"]]]];
    expect(verdict(text, { ...known(row("QUAY", "INNER")), ...cleared(quay) })).toBe("permit");
    expect(verdict(text, { ...known(), ...cleared(quay) })).toBe("ERR_UNMAPPABLE");
    expect(verdict(text, { ...known(row("QUAY", "CONFIDENTIAL")), ...cleared(quay) })).toBe("ERR_CLEARANCE");
    expect(verdict("HARBOUR SECRET REL TO AAB", { ...known(row("QUAY", "INNER")), ...cleared(quay) })).toBe(
      "ERR_UNMAPPABLE",
    );
    const over = row("QUAY", "INNER", { validTo: "2026-11-21" });
    expect(verdict(text, { ...known(over), ...cleared(quay) })).toBe("ERR_UNMAPPABLE");
    const both = known(row("QUAY", "INNER"), row("MOLE", "HIGH"));
    expect(verdict(text, { ...both, ...cleared(quay, ["MOLE", ["LOW"], []]) })).toBe("ERR_CLEARANCE");
    expect(verdict(text, { ...both, ...cleared(quay, ["MOLE", ["HIGH"], []]) })).toBe("permit");
    // A row into a policy that the subject has nothing to do with is none of the several.
    expect(verdict(text, { ...both, ...cleared(quay) })).toBe("permit");
    // No row says that a compartment of one policy is one of another, whatever it is called.
    const boxed = "HARBOUR CONFIDENTIAL BUOY REL TO AAB";
    expect(verdict(boxed, { ...known(row("QUAY", "INNER")), ...cleared(quay) })).toBe("ERR_NEED_TO_KNOW");
    const decision = ask(text, { ...known(row("QUAY", "INNER")), ...cleared(quay) });
    expect(decision.trace.find(({ rule }) => rule === "D7")).toMatchObject({
      input: "QUAY INNER; cleared for INNER",
      source: "the annex",
    });
  });

  it("D7: listed, not as high as", () => {
    const top = subject("AAB", ["SECRET"]);
    expect(verdict("HARBOUR RESTRICTED REL TO AAB", { subject: top })).toBe("ERR_CLEARANCE");
    expect(verdict("HARBOUR SECRET REL TO AAB", { subject: top })).toBe("permit");
  });

  it("D8: every restrictive value, and ORCON is none", () => {
    expect(verdict("HARBOUR SECRET BUOY REL TO AAB ORCON")).toBe("permit");
    expect(verdict("HARBOUR SECRET BUOY, LANTERN REL TO AAB")).toBe("ERR_NEED_TO_KNOW");
    const bare: Subject = { ...AAB, clearances: [["HARBOUR", ALL, []]] };
    expect(verdict("HARBOUR SECRET BUOY REL TO AAB", { subject: bare })).toBe("ERR_NEED_TO_KNOW");
  });

  it("D9: an absent release list means the originator's nation, a community its members then", () => {
    const zzc = { subject: ZZC, suite: "classical" } as const;
    expect(verdict("HARBOUR UNCLASSIFIED")).toBe("permit");
    expect(verdict("HARBOUR UNCLASSIFIED", zzc)).toBe("ERR_RELEASABILITY");
    expect(verdict("HARBOUR UNCLASSIFIED", { ...zzc, originatorNation: "ZZC" })).toBe("permit");
    expect(verdict("HARBOUR RESTRICTED REL TO HARBOUR", zzc)).toBe("permit");
    const before = labelled("HARBOUR RESTRICTED REL TO HARBOUR", { created: "2025-05-31T23:59:59Z" });
    expect(verdict({ originator: before }, zzc)).toBe("ERR_RELEASABILITY");
    expect(verdict({ originator: before })).toBe("permit");
    // The sender's own nation is on the list only if it is on the list.
    expect(verdict("HARBOUR RESTRICTED REL TO QMB")).toBe("ERR_RELEASABILITY");
  });

  it("D9: a community on a card counts only where it is closed, and held then and now", () => {
    const since = CREATED - 86_400;
    const member = (code: string, from: number, until: number | null): Partial<Question> => ({
      subject: { ...subject("QQQ", ALL), communities: [[code, from, until]] },
    });
    expect(verdict("HARBOUR RESTRICTED REL TO HARBOUR", member("HARBOUR", since, null))).toBe("ERR_RELEASABILITY");
    expect(verdict("HARBOUR RESTRICTED REL TO AAB", member("AAB", since, null))).toBe("ERR_RELEASABILITY");

    const harbour = policy("HARBOUR");
    const closed = policies({ ...harbour, communities: [{ code: "HARBOUR", decomposable: "No", members: [] }] });
    const held = (from: number, until: number | null, at = CREATED) =>
      verdict("HARBOUR RESTRICTED REL TO HARBOUR", { ...member("HARBOUR", from, until), policies: closed, at });
    expect(held(since, null)).toBe("permit");
    expect(held(CREATED, null)).toBe("permit");
    expect(held(CREATED + 1, null)).toBe("ERR_RELEASABILITY");
    expect(held(since, CREATED + 10)).toBe("permit");
    expect(held(since, CREATED + 10, CREATED + 10)).toBe("ERR_RELEASABILITY");
  });

  it("asks no clearance and no nation under TLP and PUBLIC", () => {
    const anyone: Subject = { ...AAB, nation: "QQQ", clearances: [] };
    for (const text of ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED", "PUBLIC"]) {
      expect(verdict(text, { subject: anyone })).toBe("permit");
    }
  });

  it("is the same when sealing and when opening", () => {
    for (const text of ["HARBOUR SECRET REL TO AAB", "HARBOUR SECRET LANTERN REL TO AAB"]) {
      expect(verdict(text, { action: "open" })).toBe(verdict(text, { action: "seal-to" }));
    }
  });
});

describe("audience (spec/label.md section 5)", () => {
  it.each([
    ["HARBOUR CONFIDENTIAL REL TO AAB, QMB", ["AAB", "QMB"]],
    ["HARBOUR CONFIDENTIAL REL TO ZZC, AAB", ["AAB", "ZZC"]],
    ["HARBOUR RESTRICTED REL TO HARBOUR", ["AAB", "QMB", "ZZC"]],
    ["HARBOUR RESTRICTED REL TO QMB", ["QMB"]],
    ["HARBOUR UNCLASSIFIED", ["AAB"]],
    ["TLP:AMBER", ["addressees"]],
    ["TLP:RED", ["addressees"]],
    ["TLP:CLEAR", ["*"]],
    ["PUBLIC", ["*"]],
  ])("%s", (text, expected) => expect(audience(labelled(text), SEALING)).toEqual(expected));

  it("is that of the members when the label was made and when the envelope was sealed", () => {
    const label = labelled("HARBOUR RESTRICTED REL TO HARBOUR", { created: "2025-05-31T23:59:59Z" });
    expect(audience(label, SEALING)).toEqual(["AAB", "QMB"]);
    const [community] = policy("HARBOUR").communities;
    const members = community!.members.map((member) =>
      member.nation === "QMB" ? { ...member, to: "2026-11-21" } : member,
    );
    const left = policies({ ...policy("HARBOUR"), communities: [{ ...community!, members }] });
    expect(audience(label, { ...SEALING, policies: left })).toEqual(["AAB"]);
    // The first and the last day are within.
    const during = (from: string, to: string) => {
      const communities = [{ ...community!, members: [{ nation: "ZZC", from, to }] }];
      const known = policies({ ...policy("HARBOUR"), communities });
      return audience(labelled("HARBOUR RESTRICTED REL TO HARBOUR, QMB"), { ...SEALING, policies: known });
    };
    expect(during("2026-11-22", "2026-11-22")).toEqual(["QMB", "ZZC"]);
    expect(during("2026-11-23", "2026-11-23")).toEqual(["QMB"]);
    expect(during("2026-11-21", "2026-11-21")).toEqual(["QMB"]);
  });

  it("is asked of valid labels only", () => {
    const code = (value: string) => expect.objectContaining({ code: value });
    expect(() => audience(labelled("PUBLIC", { classification: "X" }), SEALING)).toThrow(code("ERR_CLASS_UNKNOWN"));
    expect(() => audience(labelled("PUBLIC", { policy: ["X", null] }), SEALING)).toThrow(code("ERR_POLICY_UNKNOWN"));
  });
});
