import { describe, expect, it } from "vitest";
import { DipbagError } from "../../src/errors.ts";
import { type Clearance, decide, type Question, type Subject, suiteFloor } from "../../src/label/decide.ts";
import { ENVIRONMENT, type Labels } from "../../src/label/label.ts";
import { type Policy, policies, type Suite } from "../../src/label/policy.ts";
import { audience } from "../../src/label/release.ts";
import { CREATED, KNOWN, labelled, labels, policy, present, SEALING, sharedJson } from "./shared.ts";

const { exercise, operation } = ENVIRONMENT;
const subject = (nation: string, classes: string[], values: string[] = []): Subject => ({
  name: `Officer ${nation}`,
  nation,
  communities: [],
  clearances: [["HARBOUR", classes, [["COMPARTMENT", values]]]],
  environment: exercise,
});
const ALL = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
const AAB = subject("AAB", ALL, ["BUOY"]);
const QMB = subject("QMB", ALL.slice(0, 3));
const ZZC = subject("ZZC", ALL.slice(0, 2));

const ask = (text: string | Labels, rest: Partial<Question> = {}) =>
  decide({
    ...SEALING,
    action: "seal-to",
    at: CREATED,
    subject: AAB,
    labels: typeof text === "string" ? labels(text) : text,
    handling: { messageType: "exercise" },
    suite: "hybrid-1024",
    named: true,
    environment: exercise,
    ...rest,
  });
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
      "D2",
      "D3",
      "D4",
      "D5",
      "D6",
      "D7",
      "D8",
      "D9",
      "D10",
      "D14",
    ]);
    expect(decision.trace.every(({ result }) => result === "pass")).toBe(true);
    expect(decision.trace[7]).toEqual({
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
    ["a classification it has not", { classification: "COSMIC" }, "use one of: UNCLASSIFIED, RESTRICTED"],
    ["a homoglyph (attack 78)", { classification: "SЕCRET" }, "use one of"],
    ["lower case (attack 78)", { classification: "secret" }, "use one of"],
    ["a tag it has not", { tags: [["PERMISSIVE", "ONLY", null, ["AAB"]]] }, "REL TO"],
    ["a tag of another type", { tags: [["INFORMATIVE", "REL TO", null, ["AAB"]]] }, "REL TO"],
    ["a tag with an OID", { tags: [["PERMISSIVE", "REL TO", Uint8Array.of(1), ["AAB"]]] }, "REL TO"],
    ["a value it has not", { tags: [["PERMISSIVE", "REL TO", null, ["AAB", "XXX"]]] }, "AAB, QMB, ZZC, HARBOUR"],
    ["a permissive tag without a value", { tags: [["PERMISSIVE", "REL TO", null, []]] }, "state its values"],
    ["a restrictive tag without a value", { tags: [["RESTRICTIVE", "COMPARTMENT", null, []]] }, "state its values"],
    ["a value twice", { tags: [["PERMISSIVE", "REL TO", null, ["AAB", "AAB"]]] }, "once"],
    [
      "a tag twice",
      {
        tags: [
          ["PERMISSIVE", "REL TO", null, ["AAB"]],
          ["PERMISSIVE", "REL TO", null, ["QMB"]],
        ],
      },
      "once",
    ],
    ["a required tag missing", { tags: [["INFORMATIVE", "ADMIN", null, ["STAFF"]]] }, "add REL TO"],
  ] as [string, Partial<Labels["originator"]>, string][])(
    "D4: %s is invalid, never no restriction",
    (_, change, fix) => {
      const decision = ask({ originator: labelled("HARBOUR SECRET REL TO AAB", change) });
      expect(decision).toMatchObject({
        verdict: "deny",
        code: "ERR_LABEL_INVALID",
        details: { fix: expect.stringContaining(fix) },
      });
    },
  );

  it("D4: an informative tag may be empty", () => {
    const tags = [["INFORMATIVE", "ADMIN", null, []]] as const;
    expect(verdict({ originator: labelled("HARBOUR UNCLASSIFIED", { tags }) })).toBe("permit");
  });

  it("D4: an originator whom the policy does not know, and what is obsolete", () => {
    expect(verdict("HARBOUR SECRET REL TO AAB", { originatorNation: "QQQ" })).toBe("ERR_LABEL_INVALID");
    const harbour = policy("HARBOUR");
    const old = harbour.classifications.map((known) => ({ ...known, validTo: "2026-06-30" }));
    const text = "HARBOUR SECRET REL TO AAB";
    expect(verdict(text, { policies: policies({ ...harbour, classifications: old }) })).toBe("ERR_LABEL_INVALID");
    const tags = harbour.tags.map((known) => ({ ...known, validFrom: "2027-01-01" }));
    expect(verdict(text, { policies: policies({ ...harbour, tags }) })).toBe("ERR_LABEL_INVALID");
  });

  it("D4: two TLPs on one object", () => {
    const within = (text: string, tlp: "GREEN" | "AMBER" | "AMBER+STRICT") =>
      verdict(labels(text), { handling: { messageType: "exercise", tlp } });
    expect(within("TLP:RED", "AMBER")).toBe("ERR_LABEL_INVALID");
    expect(within("TLP:AMBER+STRICT", "AMBER")).toBe("ERR_LABEL_INVALID");
    expect(within("TLP:AMBER", "AMBER+STRICT")).toBe("permit");
    expect(verdict(labels("PUBLIC", "TLP:RED"), { handling: { messageType: "exercise", tlp: "GREEN" } })).toBe(
      "ERR_LABEL_INVALID",
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
    const later: Labels = {
      originator: labelled("PUBLIC", { succession: ["2026-11-22T05:00:01Z", labelled("PUBLIC")] }),
    };
    expect(verdict(later)).toBe("permit");
    expect(verdict(later, { at: CREATED + 1 })).toBe("ERR_SUCCESSION_DUE");
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
    expect(held(CREATED + 1, null)).toBe("ERR_RELEASABILITY");
    expect(held(since, CREATED + 10)).toBe("permit");
    expect(held(since, CREATED + 10, CREATED + 10)).toBe("ERR_RELEASABILITY");
  });

  it("D10: a named list for RED and for ORCON, wherever it is said", () => {
    const hidden = { named: false };
    expect(verdict("HARBOUR SECRET REL TO AAB", hidden)).toBe("permit");
    expect(verdict("HARBOUR SECRET REL TO AAB ORCON", hidden)).toBe("ERR_NOT_ON_LIST");
    expect(verdict("TLP:AMBER+STRICT", hidden)).toBe("permit");
    expect(verdict("TLP:RED", hidden)).toBe("ERR_NOT_ON_LIST");
    expect(verdict("TLP:RED")).toBe("permit");
    expect(verdict(labels("PUBLIC", "TLP:RED"), hidden)).toBe("ERR_NOT_ON_LIST");
    expect(verdict("PUBLIC", { ...hidden, handling: { messageType: "exercise", tlp: "RED" } })).toBe("ERR_NOT_ON_LIST");
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
  });

  it("is asked of valid labels only", () => {
    const code = (value: string) => expect.objectContaining({ code: value });
    expect(() => audience(labelled("PUBLIC", { classification: "X" }), SEALING)).toThrow(code("ERR_LABEL_INVALID"));
    expect(() => audience(labelled("PUBLIC", { policy: ["X", null] }), SEALING)).toThrow(code("ERR_POLICY_UNKNOWN"));
  });
});

interface Vectors {
  subjects: Record<string, { nation: string; cls: string[]; communities: string[]; cat: Record<string, string[]> }>;
  labels: Record<string, { cls: string; cat: Record<string, string[]> }>;
  decisions: { label: string; subject: string; profile: string }[];
}

describe.skipIf(!present)("published decision vectors, ../shared/data (skipped where that is absent)", () => {
  const {
    subjects,
    labels: named,
    decisions,
  } = present ? sharedJson<Vectors>("data/decision-vectors.json") : { subjects: {}, labels: {}, decisions: [] };
  const stated = (tag: string) => [...new Set(Object.values(named).flatMap(({ cat }) => cat[tag] ?? []))];
  const classes = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET"];
  /** Base Context, gate Only, extension Releasable To; all communities closed: the shape of the published tables. */
  const tables: Policy = {
    ...policy("HARBOUR"),
    policy: { name: "TABLES" },
    classifications: classes.map((name, rank) => ({ name, rank, portion: name })),
    tags: [
      { name: "Context", type: "PERMISSIVE", role: "base", values: stated("Context") },
      { name: "Only", type: "PERMISSIVE", role: "gate", absent: "any", values: stated("Only") },
      { name: "Releasable To", type: "PERMISSIVE", role: "extension", values: stated("Releasable To") },
      { name: "Additional Sensitivity", type: "RESTRICTIVE", values: stated("Additional Sensitivity") },
    ],
    requires: [],
    communities: ["NATO", "EAPC", "KFOR", "ISAF"].map((code) => ({ code, decomposable: "No", members: [] })),
    suiteFloors: classes.map((_, rank) => ({ rank, floor: "classical" })),
  };

  it.each(decisions)("$label, $subject: $profile", ({ label, subject: who, profile }) => {
    const { cls, cat } = named[label]!;
    const holder = subjects[who]!;
    const tags = Object.entries(cat).map(([name, values]) => {
      const { type } = tables.tags.find((tag) => tag.name === name)!;
      return [type, name, null, values] as const;
    });
    const sensitivities = holder.cat["Additional Sensitivity"] ?? [];
    const answer = verdict(
      { originator: labelled("PUBLIC", { policy: ["TABLES", null], classification: cls, tags }) },
      {
        policies: new Map([...KNOWN, ["TABLES", tables]]),
        subject: {
          ...AAB,
          nation: holder.nation,
          communities: holder.communities.map((code) => [code, 0, null]),
          clearances: [["TABLES", holder.cls, [["Additional Sensitivity", sensitivities]]]],
        },
      },
    );
    const expected = {
      "PERMIT:OK": "permit",
      "DENY:RELEASABILITY": "ERR_RELEASABILITY",
      "DENY:NEED_TO_KNOW": "ERR_NEED_TO_KNOW",
    };
    expect(answer).toBe(expected[profile as keyof typeof expected]);
  });
});
