/**
 * What is refused for what its labels say: spec/envelope.md step V5, in envelopes. Numbers are rows of the table of
 * attacks. Each envelope here is well-formed.
 */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { utf8 } from "../../src/bytes.ts";
import type { PolicyPack } from "../../src/envelope/policy-pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import type { Label } from "../../src/label/label.ts";
import { readPolicy } from "../../src/label/policy.ts";
import { type Lies, type Plan, seal } from "../breakable.ts";
import { type Code, unpacking, verifying } from "../outcome.ts";
import { CONFIDENTIAL, content, labels, RESTRICTED, T, trust, trusting, world } from "../world.ts";
import { files, lying, PLAN } from "./envelope-labels-shared.ts";

const { duty, watch } = world;

describe("labels", () => {
  const sealed = async (plan: Partial<Plan>, lies: Lies = {}) => verifying(await seal({ ...PLAN, ...plan }, lies));
  const portion = (marking: Plan["labels"]): Plan["portions"] => [{ labels: marking!, files, recipients: [watch] }];
  const core = { audience: ["AAB", "QMB"] };
  const relabelled = (rest: Partial<Label>) => labels("HARBOUR RESTRICTED REL TO AAB, QMB", rest);

  it("[79] that name another originator than the card, or none", async () => {
    for (const originator of [
      ["organisation", "QMB-CERT"],
      ["organisation", "AAB"],
    ] as const) {
      expect(await sealed({ portions: portion(relabelled({ originator })) })).toBe("ERR_ORIGINATOR");
      expect(await sealed({ labels: relabelled({ originator }) })).toBe("ERR_ORIGINATOR");
    }
    const { originator: _, ...nameless } = RESTRICTED.originator;
    expect(await sealed({ labels: { originator: nameless } })).toBe("ERR_ORIGINATOR");
  });

  it("dated later than the envelope", async () => {
    expect(await sealed({ labels: relabelled({ created: "2026-11-22T05:00:01Z" }) })).toBe("ERR_LABEL_TIME");
    expect(await sealed({ portions: portion(relabelled({ created: "2026-11-22T04:59:59-00:01" })), core })).toBe(
      "ERR_LABEL_TIME",
    );
    expect(await sealed({ portions: portion(relabelled({ created: "2026-11-22T06:00:00+01:00" })), core })).toBe("ok");
  });

  it("[79] of a portion that the envelope's does not cover", async () => {
    const portions: Plan["portions"] = [...PLAN.portions, { labels: CONFIDENTIAL, files, recipients: [duty] }];
    expect(await sealed({ portions, labels: RESTRICTED })).toBe("ERR_NOT_DOMINANT");
    expect(await sealed({ portions, labels: CONFIDENTIAL })).toBe("ok");
  });

  it("in two policies", async () => {
    const tlp = labels("TLP:AMBER");
    expect(await sealed({ labels: tlp })).toBe("ERR_POLICIES_DIFFER");
  });

  it.each([
    ["[78] [80] a classification that nobody knows", "ERR_CLASS_UNKNOWN", { classification: "COSMIC" }],
    ["[78] one in small letters", "ERR_CLASS_UNKNOWN", { classification: "restricted" }],
    ["[78] one with a Cyrillic letter", "ERR_CLASS_UNKNOWN", { classification: "RESTRICTЕD" }],
    ["[80] a tag that nobody knows", "ERR_TAG_UNKNOWN", { tags: [["RESTRICTIVE", "CAVEAT", null, ["X"]]] }],
    ["a tag of another type", "ERR_TAG_UNKNOWN", { tags: [["RESTRICTIVE", "REL TO", null, ["AAB"]]] }],
    ["[80] a value that nobody knows", "ERR_VALUE_UNKNOWN", { tags: [["RESTRICTIVE", "COMPARTMENT", null, ["X"]]] }],
    ["[80] a country that nobody knows", "ERR_COUNTRY_UNKNOWN", { tags: [["PERMISSIVE", "REL TO", null, ["AAA"]]] }],
    [
      "[80] a community that nobody knows",
      "ERR_COMMUNITY_UNKNOWN",
      { tags: [["PERMISSIVE", "REL TO", null, ["ANCHORAGE"]]] },
    ],
    ["a tag that is required and absent", "ERR_TAG_REQUIRED", { tags: [["INFORMATIVE", "ADMIN", null, ["STAFF"]]] }],
    ["a tag without a value", "ERR_TAG_EMPTY", { tags: [["PERMISSIVE", "REL TO", null, []]] }],
    ["a value twice", "ERR_LABEL_INVALID", { tags: [["PERMISSIVE", "REL TO", null, ["AAB", "AAB"]]] }],
  ] as [string, Code, Partial<Label>][])("that are not valid: %s", async (_, code, rest) => {
    const given = { labels: relabelled(rest), portions: portion(relabelled(rest)), core };
    expect(await sealed(given)).toBe(code);
    // whoever it is for, and long before it would stand
    expect(await verifying(await seal({ ...PLAN, ...given }), { trust: trusting() })).toBe(code);
    const later = relabelled({ succession: ["2036-01-01T00:00:00Z", relabelled(rest).originator] });
    expect(await sealed({ portions: portion(later) })).toBe(code);
  });
  it("that are no longer in use", async () => {
    const watched = labels("LAGOON WATCHED WATERWAYS REL TO AAB, QMB");
    expect(await sealed({ labels: watched, portions: portion(watched), core })).toBe("ERR_CLASS_OBSOLETE");
  });
  it("whose release tags let in nobody together", async () => {
    const apart = labels("LAGOON GUARDED WATERWAYS REL TO AAB ONLY QMB");
    expect(await sealed({ labels: apart, portions: portion(apart), core })).toBe("ERR_GATES_CONTRADICT");
  });

  it("[80] in a policy that is not known, or not in this version, or not in these words", async () => {
    const [name, version, digest] = ["HARBOUR", 3, engine.sha256(BUILT_IN[2]!.payload)] as const;
    const refs = (...policies: [string, number, Uint8Array][]) => sealed({ core: { policies } });
    expect(await refs([name, version, digest])).toBe("ok");
    expect(await refs([name, version, content(32)])).toBe("ERR_POLICY_UNKNOWN");
    expect(await refs([name, version - 1, digest])).toBe("ERR_POLICY_UNKNOWN");
    expect(await refs([name, version + 1, digest])).toBe("ERR_POLICY_OUTDATED");
    expect(await refs([name, version + 1, content(32)])).toBe("ERR_POLICY_OUTDATED");
    expect(await lying({}, PLAN, { trust: { ...trust, policies: [] } })).toBe("ERR_POLICY_UNKNOWN");
    // A pack of another policy is no older one of this.
    const others = BUILT_IN.filter(({ policy }) => policy.version < version);
    expect(others).not.toEqual([]);
    expect(await lying({}, PLAN, { trust: { ...trust, policies: others } })).toBe("ERR_POLICY_UNKNOWN");
    const later = readPolicy(utf8(new TextDecoder().decode(BUILT_IN[2]!.payload).replace("2026-01-01", "2027-01-01")));
    const policies = [{ policy: later, payload: BUILT_IN[2]!.payload }];
    expect(await lying({}, PLAN, { trust: { ...trust, policies } })).toBe("ERR_POLICY_UNKNOWN");
  });
  describe("in a policy that nobody here knows", () => {
    const ref = (name: string): [string, number, Uint8Array] => [name, 1, content(32)];
    const { policy, payload } = BUILT_IN[2]!;
    const HARBOUR: [string, number, Uint8Array] = ["HARBOUR", policy.version, engine.sha256(payload)];
    const { succession: _, ...plain } = RESTRICTED.originator;
    const atoll: Label = { ...plain, policy: ["ATOLL", null], classification: "QUIET" };
    const alternatives: readonly Label[] = [{ ...atoll, kind: "alternative" }];
    const asked = async (given: Plan["labels"], ...policies: [string, number, Uint8Array][]) => {
      const envelope = await seal({ portions: portion(given), core: { ...core, policies } });
      return [
        await verifying(envelope),
        await unpacking(envelope, watch),
        await verifying(envelope, { trust: trusting() }),
      ];
    };
    const all = (code: Code): Code[] => [code, code, code];

    it("an alternative neither helps nor hurts", async () => {
      expect(await asked({ ...RESTRICTED, alternatives }, ref("ATOLL"), HARBOUR)).toEqual(all("ok"));
      const envelope = await seal({
        portions: portion({ ...RESTRICTED, alternatives }),
        core: { ...core, policies: [ref("ATOLL"), HARBOUR] },
      });
      const { head } = await openEnvelope(bytesSource(envelope), trust, T);
      expect(head.policies.map((pack) => pack.policy.policy.name)).toEqual(["HARBOUR"]);
      const secret = { ...labels("HARBOUR SECRET REL TO AAB, QMB"), alternatives };
      expect(await asked(secret, ref("ATOLL"), HARBOUR)).toEqual([
        ...["ERR_CLEARANCE", "ERR_CLEARANCE", "ERR_SUITE_FLOOR"],
      ]);
      // it is still one that the envelope must name, by its name, and may not be younger than it
      expect(await asked({ ...RESTRICTED, alternatives }, ref("ATOLL"), ref("REEF"))).toEqual(all("ERR_POLICY_REFS"));
      expect(await asked({ ...RESTRICTED, alternatives }, HARBOUR)).toEqual(all("ERR_POLICY_REFS"));
      const young = [{ ...alternatives[0]!, created: "2026-11-22T05:00:01Z" }];
      expect(await asked({ ...RESTRICTED, alternatives: young }, ref("ATOLL"), HARBOUR)).toEqual(all("ERR_LABEL_TIME"));
    });
    it("an alternative in one that is known must be right", async () => {
      const green: Label = { ...labels("TLP:GREEN").originator, kind: "alternative" };
      const both = (given: Label) => asked({ ...RESTRICTED, alternatives: [given] }, HARBOUR, tlpRef);
      const { policy: tlp, payload: text } = BUILT_IN[0]!;
      const tlpRef: [string, number, Uint8Array] = ["TLP", tlp.version, engine.sha256(text)];
      expect(await both(green)).toEqual(all("ok"));
      expect(await both({ ...green, classification: "WHITE" })).toEqual(all("ERR_CLASS_UNKNOWN"));
    });
    it("an originator's label, now or later, is not judged", async () => {
      expect(await asked({ originator: atoll }, ref("ATOLL"))).toEqual(all("ERR_POLICY_UNKNOWN"));
      const later = relabelled({ succession: ["2036-01-01T00:00:00Z", atoll] });
      expect(await asked(later, ref("ATOLL"), HARBOUR)).toEqual(all("ERR_POLICY_UNKNOWN"));
    });
  });
  it("in a policy whose pack is for real work, in an exercise", async () => {
    const lagoon = labels("LAGOON GUARDED WATERWAYS REL TO AAB, QMB");
    const envelope = await seal({ labels: lagoon, portions: portion(lagoon) });
    const under = (pack: PolicyPack) => verifying(envelope, { trust: { ...trusting(), policies: [pack] } });
    expect(await under(world.lagoon)).toBe("ok");
    expect(await under(world.lagoonOperation)).toBe("ERR_EXERCISE_MISMATCH");
  });
  it("whose list of policies is not theirs", async () => {
    const [harbour, tlp] = [2, 0].map((i): [string, number, Uint8Array] => {
      const { policy, payload } = BUILT_IN[i]!;
      return [policy.policy.name, policy.version, engine.sha256(payload)];
    });
    expect(await sealed({ core: { policies: [tlp!] } })).toBe("ERR_POLICY_REFS");
    expect(await sealed({ core: { policies: [harbour!, tlp!] } })).toBe("ERR_POLICY_REFS");
  });

  it("[58] [79] whose audience is not theirs", async () => {
    for (const audience of [["AAB"], ["AAB", "QMB", "ZZC"], ["*"], ["aab", "qmb"], ["AAB", "ZZC"], ["AAA", "QMB"]]) {
      expect(await sealed({ core: { audience } }), `${audience}`).toBe("ERR_AUDIENCE");
    }
  });
  it("that let in nobody", async () => {
    const before = { created: "2020-01-01T00:00:00Z" };
    const nobody = labels("HARBOUR RESTRICTED REL TO HARBOUR", before);
    expect(await sealed({ labels: nobody, portions: portion(nobody), core: { audience: ["AAB"] } })).toBe(
      "ERR_NO_AUDIENCE",
    );
  });
});
