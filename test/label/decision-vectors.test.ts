/** The decisions of decision-vectors.json: `strict` is what sealing answers, `profile` what opening does. */

import { describe, expect, it } from "vitest";
import { decide } from "../../src/label/decide.ts";
import type { Question } from "../../src/label/question.ts";
import { CREATED } from "./shared.ts";
import { labelOf, sealingIn, VECTORS } from "./vector-policies.ts";

const CODE: Record<string, string> = {
  "PERMIT:OK": "permit",
  "DENY:RELEASABILITY": "ERR_RELEASABILITY",
  "DENY:NEED_TO_KNOW": "ERR_NEED_TO_KNOW",
  "DENY:PROFILE_DIVERGES": "ERR_PROFILE_DIVERGES",
};

describe("the decisions of decision-vectors.json", () => {
  const answer = (label: string, who: string, action: Question["action"]): string => {
    const stated = VECTORS.labels[label]!;
    const { nation, cls, communities, cat } = VECTORS.subjects[who]!;
    const person = ["an authority", who] as const;
    const decision = decide({
      ...sealingIn(stated.policy),
      action,
      at: CREATED,
      subject: {
        person,
        name: who,
        nation,
        communities: communities.map((code) => [code, 0, null]),
        clearances: [[stated.policy, cls, [["Additional Sensitivity", cat["Additional Sensitivity"] ?? []]]]],
        fulfils: [],
        environment: 1,
      },
      labels: { originator: { kind: "originator", ...labelOf(stated) } },
      handling: { messageType: "exercise" },
      suite: "classical",
      named: true,
      environment: 1,
      evidence: { list: [person] },
    });
    return decision.verdict === "permit" ? "permit" : decision.code;
  };
  it.each(VECTORS.decisions)("$label, $subject: $strict, $profile", ({ label, subject, strict, profile }) => {
    expect(answer(label, subject, "seal-to")).toBe(CODE[strict]);
    expect(answer(label, subject, "open")).toBe(CODE[profile]);
  });
  it("are all there", () => {
    expect(VECTORS.decisions).toHaveLength(28);
    expect(new Set(VECTORS.decisions.map(({ strict }) => strict))).toEqual(new Set(Object.keys(CODE)));
  });
});
