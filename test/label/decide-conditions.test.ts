/** Rules D2, D6 and D10 to D15 of the decision: its circumstances, and what a label asks of a key slot. */

import { describe, expect, it } from "vitest";
import { ENVIRONMENT } from "../../src/environment.ts";
import type { Labels } from "../../src/label/label.ts";
import type { Suite } from "../../src/label/policy.ts";
import type { Evidence, Question } from "../../src/label/question.ts";
import { suiteFloor } from "../../src/label/slot.ts";
import { AAB, QMB, verdict } from "./decide-shared.ts";
import { CREATED, labelled, labels, policy, SEALING } from "./shared.ts";

const { operation } = ENVIRONMENT;

describe("the decision (spec/label.md section 6)", () => {
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
});
