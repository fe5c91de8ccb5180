/** Rules D3 and D4 of the decision: is the policy known, and is the label one that it can have made? */

import { describe, expect, it } from "vitest";
import { DipbagError } from "../../src/errors.ts";
import type { Labels } from "../../src/label/label.ts";
import { type Policy, policies } from "../../src/label/policy.ts";
import { ask, verdict } from "./decide-shared.ts";
import { labelled, labels, policy } from "./shared.ts";

describe("the decision (spec/label.md section 6)", () => {
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
});
