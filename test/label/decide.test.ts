import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DipbagError } from "../../src/errors.ts";
import { decide } from "../../src/label/decide.ts";
import { ENVIRONMENT, type Labels } from "../../src/label/label.ts";
import { type Policy, policies, type Suite } from "../../src/label/policy.ts";
import type { Clearance, Decision, Evidence, Question, Subject } from "../../src/label/question.ts";
import { audience } from "../../src/label/release.ts";
import { suiteFloor } from "../../src/label/slot.ts";
import { CREATED, labelled, labels, policy, SEALING } from "./shared.ts";

const { exercise, operation } = ENVIRONMENT;
const subject = (nation: string, classes: string[], values: string[] = []): Subject => ({
  person: [`authority.${nation}`, `officer.${nation}`],
  name: `Officer ${nation}`,
  nation,
  communities: [],
  clearances: [["HARBOUR", classes, [["COMPARTMENT", values]]]],
  fulfils: ["receipt-on-open", "no-onward-release"],
  environment: exercise,
});
const ALL = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
const AAB = subject("AAB", ALL, ["BUOY"]);
const QMB = subject("QMB", ALL.slice(0, 3));
const ZZC = subject("ZZC", ALL.slice(0, 2));

/** Every step and every denial that is met below, as it is shown. */
const SAID: readonly string[] = readFileSync(new URL("fixtures/decisions.txt", import.meta.url), "utf8").split("\n");

/** All officers here are on the list, unless a case says otherwise. What the decision says is in the list of what is said. */
const ask = (text: string | Labels, rest: Partial<Question> = {}): Decision => {
  const decision = decide({
    ...SEALING,
    action: "seal-to",
    at: CREATED,
    subject: AAB,
    labels: typeof text === "string" ? labels(text) : text,
    handling: { messageType: "exercise" },
    suite: "hybrid-1024",
    named: true,
    environment: exercise,
    evidence: { list: [(rest.subject ?? AAB).person] },
    ...rest,
  });
  const said = decision.trace.map((step) => `${step.rule} ${step.result}: ${step.input} (${step.source})`);
  if (decision.verdict === "deny") {
    const { code, message, hint } = new DipbagError(decision.code, decision.details);
    said.push(`${code}: ${message}; ${hint}`);
  }
  expect(said.filter((line) => !SAID.includes(line))).toEqual([]);
  return decision;
};
/** "permit", or the code of the denial. */
const verdict = (...args: Parameters<typeof ask>): string => {
  const decision = ask(...args);
  if (decision.verdict === "permit") return "permit";
  const error = new DipbagError(decision.code, decision.details);
  expect(error.status).toBe(5);
  expect(`${error.message} ${error.hint}`).not.toContain("?");
  expect(decision.trace.at(-1)?.result).toBe("deny");
  return decision.code;
};

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

  it("D2: exercise and operation never meet", () => {
    const code = "ERR_EXERCISE_MISMATCH";
    expect(verdict("PUBLIC", { handling: {} })).toBe(code);
    expect(verdict("PUBLIC", { handling: { messageType: "operation" } })).toBe(code);
    expect(verdict("PUBLIC", { environment: operation })).toBe(code);
    expect(verdict("PUBLIC", { subject: { ...AAB, environment: operation } })).toBe(code);
    const real = { environment: operation, subject: { ...AAB, environment: operation } };
    expect(verdict("PUBLIC", { ...real, handling: {} })).toBe("permit");
    expect(verdict("PUBLIC", { ...real, handling: { messageType: "drill" } })).toBe(code);
  });

  it("D3, attack 80: an unknown policy, another OID, or one not in force then", () => {
    const code = "ERR_POLICY_UNKNOWN";
    expect(verdict({ originator: labelled("PUBLIC", { policy: ["ANCHOR", null] }) })).toBe(code);
    expect(verdict({ originator: labelled("PUBLIC", { policy: ["constructor", null] }) })).toBe(code);
    expect(verdict({ originator: labelled("PUBLIC", { policy: ["PUBLIC", Uint8Array.of(1)] }) })).toBe(code);
    const text = "HARBOUR RESTRICTED REL TO AAB";
    expect(verdict({ originator: labelled(text, { policy: ["HARBOUR", Uint8Array.of(1)] }) })).toBe(code);
    expect(verdict({ originator: labelled(text, { policy: ["HARBOUR", null] }) })).toBe("permit");
    expect(verdict(text, { created: Date.parse("2025-12-31T23:59:59Z") / 1000 })).toBe(code);
    const ended = { ...policy("HARBOUR"), validTo: "2026-11-21" };
    expect(verdict(text, { policies: policies(ended) })).toBe(code);
  });

  it.each([
    ["a classification it has not", "CLASS_UNKNOWN", { classification: "COSMIC" }, "one of: UNCLASSIFIED, RESTRICTED"],
    ["a homoglyph (attack 78)", "CLASS_UNKNOWN", { classification: "SЕCRET" }, "use one of"],
    ["lower case (attack 78)", "CLASS_UNKNOWN", { classification: "secret" }, "use one of"],
    ["a tag it has not", "TAG_UNKNOWN", { tags: [["PERMISSIVE", "ONLY", null, ["AAB"]]] }, "REL TO"],
    ["a tag of another type", "TAG_UNKNOWN", { tags: [["INFORMATIVE", "REL TO", null, ["AAB"]]] }, "REL TO"],
    ["a tag with an OID", "TAG_UNKNOWN", { tags: [["PERMISSIVE", "REL TO", Uint8Array.of(1), ["AAB"]]] }, "REL TO"],
    ["a country", "COUNTRY_UNKNOWN", { tags: [["PERMISSIVE", "REL TO", null, ["AAB", "XXX"]]] }, "AAB, QMB, ZZC"],
    ["a community", "COMMUNITY_UNKNOWN", { tags: [["PERMISSIVE", "REL TO", null, ["ANCHORAGE"]]] }, "HARBOUR"],
    ["a value", "VALUE_UNKNOWN", { tags: [["RESTRICTIVE", "COMPARTMENT", null, ["ANCHOR"]]] }, "BUOY, LANTERN"],
    ["a permissive tag without a value", "TAG_EMPTY", { tags: [["PERMISSIVE", "REL TO", null, []]] }, "state its"],
    ["a restrictive tag without a value", "TAG_EMPTY", { tags: [["RESTRICTIVE", "COMPARTMENT", null, []]] }, "state"],
    ["a value twice", "LABEL_INVALID", { tags: [["PERMISSIVE", "REL TO", null, ["AAB", "AAB"]]] }, "once"],
    [
      "a tag twice",
      "LABEL_INVALID",
      {
        tags: [
          ["PERMISSIVE", "REL TO", null, ["AAB"]],
          ["PERMISSIVE", "REL TO", null, ["QMB"]],
        ],
      },
      "once",
    ],
    ["a required tag", "TAG_REQUIRED", { tags: [["INFORMATIVE", "ADMIN", null, ["STAFF"]]] }, "add REL TO"],
  ] as [string, string, Partial<Labels["originator"]>, string][])(
    "D4: %s is invalid (%s), never no restriction",
    (_, code, change, fix) => {
      const decision = ask({ originator: labelled("HARBOUR SECRET REL TO AAB", change) });
      if (decision.verdict === "permit") throw new Error("permitted");
      expect(decision.code).toBe(`ERR_${code}`);
      expect(new DipbagError(decision.code, decision.details).hint).toContain(fix);
    },
  );

  it("D4: what the policy excludes, allows once, or forbids at a rank", () => {
    const harbour = policy("HARBOUR");
    const row = { whenRankAtLeast: 0, tag: "REL TO" } as const;
    const under = (change: Partial<Policy>, text: string) =>
      verdict(text, { policies: policies({ ...harbour, ...change }) });
    const excludes = [{ tag: "COMPARTMENT", value: "BUOY", otherTag: "REL TO", otherValue: "QMB" }];
    expect(under({ excludes }, "HARBOUR SECRET BUOY REL TO AAB, QMB")).toBe("ERR_LABEL_INVALID");
    expect(under({ excludes }, "HARBOUR SECRET BUOY REL TO AAB")).toBe("permit");
    expect(
      under({ excludes: [{ tag: "COMPARTMENT", otherTag: "ADMIN" }] }, "HARBOUR SECRET BUOY REL TO AAB STAFF"),
    ).toBe("ERR_LABEL_INVALID");
    const once = { requires: [{ ...row, operation: "exactlyOne" }] } as const;
    expect(under(once, "HARBOUR SECRET REL TO AAB, QMB")).toBe("ERR_LABEL_INVALID");
    expect(under(once, "HARBOUR SECRET REL TO AAB")).toBe("permit");
    expect(under(once, "HARBOUR UNCLASSIFIED")).toBe("ERR_TAG_REQUIRED");
    const none = { requires: [{ ...row, whenRankAtMost: 0, operation: "none" }] } as const;
    expect(under(none, "HARBOUR UNCLASSIFIED REL TO AAB")).toBe("ERR_LABEL_INVALID");
    expect(under(none, "HARBOUR SECRET REL TO AAB")).toBe("permit");
  });

  it("D4: release tags that keep out everybody together", () => {
    const harbour = policy("HARBOUR");
    const eyes = {
      name: "EYES",
      type: "PERMISSIVE",
      role: "gate",
      absent: "any",
      values: ["AAB", "QMB", "CLUB"],
    } as const;
    const club = { code: "CLUB", decomposable: "No", members: [] } as const;
    const known = policies({ ...harbour, tags: [...harbour.tags, eyes], communities: [...harbour.communities, club] });
    const under = (...values: string[]) => {
      const tags = [
        ["PERMISSIVE", "REL TO", null, ["AAB", "ZZC"]],
        ["PERMISSIVE", "EYES", null, values],
      ] as const;
      return verdict({ originator: labelled("HARBOUR SECRET REL TO AAB", { tags }) }, { policies: known });
    };
    expect(under("QMB")).toBe("ERR_GATES_CONTRADICT");
    expect(under("QMB", "AAB")).toBe("permit");
    // Somebody of AAB may be in the club, and this one is not.
    expect(under("CLUB")).toBe("ERR_RELEASABILITY");
  });

  it("D4: an informative tag may be empty", () => {
    const tags = [["INFORMATIVE", "ADMIN", null, []]] as const;
    expect(verdict({ originator: labelled("HARBOUR UNCLASSIFIED", { tags }) })).toBe("permit");
  });

  it("D4: an originator whom the policy does not know, and what is obsolete", () => {
    expect(verdict("HARBOUR SECRET REL TO AAB", { originatorNation: "QQQ" })).toBe("ERR_LABEL_INVALID");
    const harbour = policy("HARBOUR");
    const old = harbour.classifications.map((known) => ({ ...known, validTo: "2026-06-30" }));
    const text = "HARBOUR SECRET REL TO AAB";
    expect(verdict(text, { policies: policies({ ...harbour, classifications: old }) })).toBe("ERR_CLASS_OBSOLETE");
    const tags = harbour.tags.map((known) => ({ ...known, validFrom: "2027-01-01" }));
    expect(verdict(text, { policies: policies({ ...harbour, tags }) })).toBe("ERR_TAG_UNKNOWN");
  });

  it("D4: two TLPs on one object", () => {
    const within = (text: string, tlp: "GREEN" | "AMBER" | "AMBER+STRICT") =>
      verdict(labels(text), { handling: { messageType: "exercise", tlp } });
    expect(within("TLP:RED", "AMBER")).toBe("ERR_TWO_TLP");
    expect(within("TLP:AMBER+STRICT", "AMBER")).toBe("ERR_TWO_TLP");
    expect(within("TLP:AMBER", "AMBER+STRICT")).toBe("permit");
    expect(verdict(labels("PUBLIC", "TLP:RED"), { handling: { messageType: "exercise", tlp: "GREEN" } })).toBe(
      "ERR_TWO_TLP",
    );
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

  it("D6: time", () => {
    const handling = { messageType: "exercise", validUntil: CREATED } as const;
    expect(verdict("PUBLIC", { at: CREATED - 300 })).toBe("permit");
    expect(verdict("PUBLIC", { at: CREATED - 301 })).toBe("ERR_FUTURE");
    expect(verdict("PUBLIC", { handling })).toBe("permit");
    expect(verdict("PUBLIC", { handling, at: CREATED + 1 })).toBe("ERR_EXPIRED");
    expect(verdict("PUBLIC", { handling: { ...handling, validUntil: 0 } })).toBe("ERR_EXPIRED");
    expect(verdict({ originator: labelled("PUBLIC", { created: "2026-11-22T05:00:01Z" }) })).toBe("ERR_LABEL_TIME");
    expect(verdict({ originator: labelled("PUBLIC", { created: "2026-11-22T06:00:00+01:00" }) })).toBe("permit");
  });

  it("D6: a successor stands from its due date on, and not before, for better and for worse", () => {
    const due = "2026-12-01T00:00:00Z";
    const [before, then] = [Date.parse(due) / 1000 - 1, Date.parse(due) / 1000];
    const from = (now: string, later: string): Labels => ({
      originator: labelled(now, { succession: [due, labelled(later)] }),
    });
    const lowered = from("HARBOUR SECRET BUOY REL TO AAB, QMB", "HARBOUR RESTRICTED REL TO AAB, QMB");
    const asQmb = { subject: QMB, action: "open" } as const;
    expect(verdict(lowered, { ...asQmb, at: before })).toBe("ERR_CLEARANCE");
    expect(verdict(lowered, { ...asQmb, at: then })).toBe("permit");
    const raised = from("HARBOUR RESTRICTED REL TO AAB, QMB", "HARBOUR SECRET REL TO AAB");
    expect(verdict(raised, { ...asQmb, at: before })).toBe("permit");
    expect(verdict(raised, { ...asQmb, at: then })).toBe("ERR_CLEARANCE");
    // The key slot has to do for every label that will ever stand.
    for (const ever of [lowered, raised]) expect(suiteFloor(ever, SEALING)).toBe("hybrid-1024");
    // One after the other.
    const twice: Labels = {
      originator: labelled("HARBOUR SECRET REL TO AAB, QMB", {
        succession: [due, labelled("HARBOUR CONFIDENTIAL REL TO AAB, QMB", { succession: [due, labelled("PUBLIC")] })],
      }),
    };
    expect(verdict(twice, { subject: { ...QMB, clearances: [] }, action: "open", at: then })).toBe("permit");
    // What will follow is checked when it is sealed.
    const wrong = from("PUBLIC", "PUBLIC");
    const [, successor] = wrong.originator.succession!;
    const later = (change: Partial<Labels["originator"]>): Labels => ({
      originator: { ...wrong.originator, succession: [due, { ...successor, ...change }] },
    });
    expect(verdict(later({ classification: "COSMIC" }))).toBe("ERR_CLASS_UNKNOWN");
    expect(verdict(later({ policy: ["ANCHOR", null] }))).toBe("ERR_POLICY_UNKNOWN");
    expect(verdict(later({ created: "2026-11-22T05:00:01Z" }))).toBe("ERR_LABEL_TIME");
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

  it("D10: a named list for RED and for ORCON, wherever it is said", () => {
    const hidden = { named: false };
    const code = "ERR_MUST_BE_NAMED";
    expect(verdict("HARBOUR SECRET REL TO AAB", hidden)).toBe("permit");
    expect(verdict("HARBOUR SECRET REL TO AAB ORCON", hidden)).toBe(code);
    expect(verdict("TLP:AMBER+STRICT", hidden)).toBe("permit");
    expect(verdict("TLP:RED", hidden)).toBe(code);
    expect(verdict("TLP:RED")).toBe("permit");
    expect(verdict(labels("PUBLIC", "TLP:RED"), hidden)).toBe(code);
    expect(verdict("PUBLIC", { ...hidden, handling: { messageType: "exercise", tlp: "RED" } })).toBe(code);
  });

  it("D10: on the list is who is on it, by authority and name; no list, nobody", () => {
    const text = "HARBOUR SECRET REL TO AAB ORCON";
    const on = (...list: NonNullable<Evidence["list"]>) => verdict(text, { evidence: { list } });
    expect(verdict(text, { evidence: {} })).toBe("ERR_NOT_ON_LIST");
    expect(on()).toBe("ERR_NOT_ON_LIST");
    expect(on(QMB.person)).toBe("ERR_NOT_ON_LIST");
    expect(on(["authority.QMB", "officer.AAB"])).toBe("ERR_NOT_ON_LIST");
    expect(on(QMB.person, ["authority.AAB", "officer.AAB"])).toBe("permit");
    expect(verdict("HARBOUR SECRET REL TO AAB", { evidence: {} })).toBe("permit");
    expect(verdict("TLP:RED", { evidence: {} })).toBe("ERR_NOT_ON_LIST");
  });

  it("D11: an agreement that is named binds: known, in force, with this nation, up to this rank", () => {
    const agreement = "HARBOUR-MOU-2024/3";
    const handling = { messageType: "exercise", agreement } as const;
    const { agreements } = policy("HARBOUR");
    const under = (text: string, evidence: Evidence = { agreements }, rest: Partial<Question> = {}) =>
      verdict(text, { handling, evidence, ...rest });
    expect(under("HARBOUR CONFIDENTIAL REL TO AAB")).toBe("permit");
    expect(under("HARBOUR SECRET REL TO AAB")).toBe("ERR_AGREEMENT");
    expect(under("HARBOUR CONFIDENTIAL REL TO AAB", {})).toBe("ERR_AGREEMENT");
    expect(under("TLP:AMBER", { agreements }, { subject: { ...AAB, nation: "QQQ" } })).toBe("ERR_AGREEMENT");
    const dated = (dates: object) => ({ agreements: agreements.map((known) => ({ ...known, ...dates })) });
    expect(under("HARBOUR CONFIDENTIAL REL TO AAB", dated({ validFrom: "2026-11-23" }))).toBe("ERR_AGREEMENT");
    expect(under("HARBOUR CONFIDENTIAL REL TO AAB", dated({ validTo: "2026-11-21" }))).toBe("ERR_AGREEMENT");
    expect(under("HARBOUR CONFIDENTIAL REL TO AAB", dated({ validTo: "2026-11-22" }))).toBe("permit");
  });

  it("D12: nothing goes onward without the originator's consent to this envelope, nation and time", () => {
    const envelope = new Uint8Array(32).fill(7);
    const consent = { envelope, nations: ["AAB"], from: CREATED - 10, until: CREATED + 10 };
    const onward = (rest: Partial<Question> = {}, change = {}) =>
      verdict("HARBOUR RESTRICTED REL TO AAB, QMB", {
        action: "forward",
        envelope,
        evidence: { consents: [{ ...consent, ...change }] },
        ...rest,
      });
    expect(onward()).toBe("permit");
    expect(onward({ evidence: {} })).toBe("ERR_CONSENT");
    expect(onward({ subject: QMB })).toBe("ERR_CONSENT");
    expect(onward({}, { nations: ["QMB"] })).toBe("ERR_CONSENT");
    expect(onward({}, { envelope: new Uint8Array(32) })).toBe("ERR_CONSENT");
    expect(onward({}, { until: CREATED - 1 })).toBe("ERR_CONSENT");
    expect(onward({}, { from: CREATED + 1 })).toBe("ERR_CONSENT");
    // Its first and its last second are within; and of several consents one is enough.
    expect(onward({}, { from: CREATED })).toBe("permit");
    expect(onward({}, { until: CREATED })).toBe("permit");
    expect(onward({ evidence: { consents: [{ ...consent, nations: ["QMB"] }, consent] } })).toBe("permit");
    const { envelope: _, ...unnamed } = { envelope, action: "forward", evidence: { consents: [consent] } } as const;
    expect(verdict("HARBOUR RESTRICTED REL TO AAB", unnamed)).toBe("ERR_CONSENT");
  });

  it("D13: every obligation is known, used by the policy, and fulfilled by the card's word", () => {
    const under = (text: string, ...obligations: NonNullable<Question["handling"]["obligations"]>) =>
      verdict(text, { handling: { messageType: "exercise", obligations } });
    expect(under("HARBOUR RESTRICTED REL TO AAB", "receipt-on-open", "no-onward-release")).toBe("permit");
    expect(under("HARBOUR RESTRICTED REL TO AAB", "receipt-on-open", "two-person-open")).toBe("ERR_OBLIGATION");
    expect(under("TLP:AMBER", "receipt-on-open")).toBe("permit");
    expect(under("PUBLIC", "receipt-on-open")).toBe("ERR_OBLIGATION");
    expect(under("TLP:AMBER", "burn-after-reading" as "delete-by")).toBe("ERR_OBLIGATION");
    expect(under("TLP:AMBER", "constructor" as "delete-by")).toBe("ERR_OBLIGATION");
  });

  it("D15: what its originator has taken back, or what has a double, is not to be used", () => {
    for (const objection of ["recalled", "superseded", "ambiguous"] as const) {
      expect(verdict("PUBLIC", { evidence: { objections: [objection] } })).toBe("ERR_STATUS");
    }
    expect(verdict("PUBLIC", { evidence: { objections: [] } })).toBe("permit");
  });

  it("D14: the suite floor of the rank, the highest of all labels", () => {
    const floors: [string, Suite][] = [
      ["HARBOUR RESTRICTED REL TO AAB", "classical"],
      ["HARBOUR CONFIDENTIAL REL TO AAB", "hybrid-768"],
      ["HARBOUR SECRET REL TO AAB", "hybrid-1024"],
      ["TLP:AMBER", "classical"],
      ["TLP:RED", "hybrid-768"],
      ["PUBLIC", "classical"],
    ];
    const suites: Suite[] = ["classical", "hybrid-768", "hybrid-1024"];
    for (const [text, floor] of floors) {
      expect(suiteFloor(labels(text), SEALING)).toBe(floor);
      expect(suites.map((suite) => verdict(text, { suite }))).toEqual(
        suites.map((suite) => (suites.indexOf(suite) < suites.indexOf(floor) ? "ERR_SUITE_FLOOR" : "permit")),
      );
    }
    expect(suiteFloor(labels("PUBLIC", "HARBOUR SECRET REL TO AAB"), SEALING)).toBe("hybrid-1024");
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
