import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { ENVIRONMENT } from "../../src/environment.ts";
import { DipbagError } from "../../src/errors.ts";
import { decide } from "../../src/label/decide.ts";
import { explainJoin, join, joinHandling, requireDominant } from "../../src/label/join.ts";
import { type Handling, OBLIGATION, PAP, TLP } from "../../src/label/label.ts";
import { policies, readPolicy } from "../../src/label/policy.ts";
import { ADDRESSEES, audienceOf, type Dated, EVERYONE, isReleased } from "../../src/label/release.ts";
import { type Sealing, validate } from "../../src/label/valid.ts";
import { PEOPLE, policy, situation } from "./random-policies.ts";
import { CREATED } from "./shared.ts";

// Of mutants fewer runs are asked, thousands of times: test/mutants.
const RUNS = { numRuns: process.env.MUTANTS_OF ? 500 : 10_000 };

/** The join, or that there is none. */
const attempt = (make: () => Dated): Dated | undefined => {
  try {
    return make();
  } catch (error) {
    if (error instanceof DipbagError) return undefined;
    throw error;
  }
};
/** `toEqual` is slow, and is asked only where they differ. */
const same = (a: Dated | undefined, b: Dated | undefined): void => {
  if (JSON.stringify(a) !== JSON.stringify(b)) expect(a).toEqual(b);
};

describe("join (spec/label.md section 7), for random policies and labels", () => {
  it("the random policies are real packs", () => {
    fc.assert(
      fc.property(policy, (known) => {
        const json = { ...known, languages: Object.fromEntries(known.languages) };
        expect(readPolicy(utf8(JSON.stringify(json)))).toEqual(known);
      }),
    );
  });

  it("is commutative, associative, and idempotent on normalised labels", () => {
    let joins = 0;
    fc.assert(
      fc.property(situation, ({ sealing, labels: [a, b, c] }) => {
        const all = attempt(() => join([a, b, c], sealing));
        if (all !== undefined) joins++;
        const [ab, bc] = [attempt(() => join([a, b], sealing)), attempt(() => join([b, c], sealing))];
        same(ab && attempt(() => join([ab, c], sealing)), all);
        same(bc && attempt(() => join([a, bc], sealing)), all);
        same(
          attempt(() => join([b, a], sealing)),
          ab,
        );
        const normal = attempt(() => join([a], sealing));
        same(normal && join([normal, normal], sealing), normal);
        same(normal && attempt(() => join([normal, b], sealing)), ab);
      }),
      RUNS,
    );
    // Not by refusing.
    expect(joins).toBeGreaterThan(RUNS.numRuns / 4);
  });

  it("lets in nobody whom a part keeps out, but for the originator's own nation", () => {
    let strangers = 0;
    fc.assert(
      fc.property(situation, ({ sealing, labels }) => {
        const whole = attempt(() => join(labels, sealing));
        if (whole === undefined) return;
        requireDominant(whole, labels, sealing);
        const [over, ...parts] = [whole, ...labels].map((label) => validate(label, sealing));
        for (const tokens of PEOPLE) {
          if (tokens[0] === sealing.originatorNation || !isReleased(tokens, over!, sealing)) continue;
          strangers++;
          if (!parts.every((part) => isReleased(tokens, part, sealing))) expect.unreachable(`${tokens} is let in`);
        }
        const stated = audienceOf(over!, sealing).filter((token) => token !== sealing.originatorNation);
        for (const part of parts) {
          const inner = audienceOf(part, sealing);
          // Where a part restricts nobody by a tag, or only by closed communities, nobody can be listed.
          const within = (token: string) =>
            inner.includes(token) ||
            inner.includes(EVERYONE) ||
            (inner.includes(ADDRESSEES) && token !== EVERYONE) ||
            isReleased([token, "CLUB", "PACT"], part, sealing);
          if (!stated.every(within)) expect.unreachable(`${stated} is not within ${inner}`);
        }
      }),
      RUNS,
    );
    expect(strangers).toBeGreaterThan(RUNS.numRuns);
  });

  it("is permitted to nobody who is denied a part by class, need-to-know or release", () => {
    const permits = { whole: 0, denied: 0 };
    const who = fc.record({
      tokens: fc.constantFrom(...PEOPLE),
      // Listed, not as high as: whoever is cleared for more is cleared for less in this test, as on most cards.
      ceiling: fc.integer({ min: 0, max: 4 }),
      values: fc.subarray(["ONE", "TWO", "THREE"]),
    });
    fc.assert(
      fc.property(situation, who, ({ sealing, labels }, { tokens: [nation = "", ...clubs], ceiling, values }) => {
        const whole = attempt(() => join(labels, sealing));
        if (whole === undefined) return;
        const verdict = (label: Dated) => {
          const decision = decide({
            ...sealing,
            action: "open",
            at: CREATED,
            subject: {
              person: ["authority", "somebody"],
              name: "Somebody",
              nation,
              communities: clubs.map((code) => [code, 0, null]),
              clearances: [["RANDOM", ["LOW", "MIDDLE", "HIGH", "TOP"].slice(0, ceiling), [["NEED", values]]]],
              fulfils: [],
              environment: ENVIRONMENT.exercise,
            },
            labels: { originator: { kind: "originator", ...label } },
            handling: { messageType: "exercise" },
            suite: "hybrid-1024",
            named: true,
            environment: ENVIRONMENT.exercise,
            evidence: {},
          });
          return decision.verdict === "permit" ? "permit" : decision.code;
        };
        const own = nation === sealing.originatorNation;
        const denied = labels
          .map(verdict)
          .filter((code) => code !== "permit" && !(own && /RELEASABILITY|CONTRADICT/.test(code)));
        const permitted = verdict(whole) === "permit";
        if (permitted) permits.whole++;
        if (denied.length > 0) permits.denied++;
        if (permitted && denied.length > 0) expect.unreachable(`denied a part: ${denied}`);
      }),
      RUNS,
    );
    expect(permits.whole).toBeGreaterThan(RUNS.numRuns / 100);
    expect(permits.denied).toBeGreaterThan(RUNS.numRuns / 10);
  });
});

/** A policy like that of the random ones, made by hand. */
const PACK = {
  schema: "policy-pack/1",
  policy: { name: "ROLES" },
  validFrom: "2000-01-01",
  validTo: null,
  version: 1,
  classifications: [
    { rank: 0, name: "OPEN", portion: "O", release: "public" },
    { rank: 1, name: "LOW", portion: "L" },
    { rank: 2, name: "HIGH", portion: "H" },
  ],
  tags: [
    { name: "IN", type: "PERMISSIVE", role: "base", values: ["CLUB", "BLOC", "Shared"] },
    { name: "ONLY", type: "PERMISSIVE", role: "gate", absent: "any", values: ["AAA", "AAB", "QMA"] },
    {
      name: "AND",
      type: "PERMISSIVE",
      role: "extension",
      announcedBy: "Shared",
      values: ["CLUB", "ZZA", "ZZB", "BLOC", "QMA", "QMB"],
    },
    { name: "NEED", type: "RESTRICTIVE", values: ["ONE", "TWO"] },
  ],
  requires: [],
  communities: [
    { code: "CLUB", decomposable: "No", members: [] },
    {
      code: "BLOC",
      decomposable: "Yes",
      members: [
        { nation: "QMA", from: "2020-01-01" },
        { nation: "QMB", from: "2025-06-01" },
      ],
    },
  ],
  agreements: [],
  bannerOrder: ["POLICY", "CLASSIFICATION", "IN", "ONLY", "AND", "NEED"],
  languages: {},
  dirtyWords: [],
  separators: { between: " ", list: ", " },
  suiteFloors: [0, 1, 2].map((rank) => ({ rank, floor: "classical" })),
  nationality: "represented",
  governor: "nobody",
  obligations: [],
};
const pack = (change: object = {}): Uint8Array => utf8(JSON.stringify({ ...PACK, ...change }));
const sealing = (originatorNation = "AAA", change = {}): Sealing => ({
  policies: policies(readPolicy(pack(change))),
  originatorNation,
  created: CREATED,
});
type Stated = Record<string, string[]>;
const made = (classification: string, stated: Stated = {}, created = "2026-01-01T00:00:00Z"): Dated => ({
  policy: ["ROLES", null],
  classification,
  created,
  tags: PACK.tags.flatMap(({ name, type }) =>
    stated[name] === undefined ? [] : [[type as "PERMISSIVE", name, null, stated[name]] as const],
  ),
});
const shown = ({ classification, tags = [] }: Dated) => ({
  classification,
  ...Object.fromEntries(tags.map(([, name, , values]) => [name, values])),
});
const joined = (...labels: [Dated, ...Dated[]]) => shown(join(labels, sealing()));
const refusal = (code: string, details = {}) =>
  expect.objectContaining({ code, status: 5, details: expect.objectContaining(details) });

describe("join, rule by rule", () => {
  const IN = ["CLUB"];

  it("an extension survives where all that are not public have it, and what announces it with it", () => {
    const both = { IN: ["Shared", "CLUB"], AND: ["ZZB", "CLUB", "ZZA"] };
    expect(joined(made("LOW", both), made("HIGH", { IN, AND: ["CLUB", "ZZA"] }))).toEqual({
      classification: "HIGH",
      IN: ["CLUB", "Shared"],
      AND: ["CLUB", "ZZA"],
    });
    expect(joined(made("LOW", both), made("LOW", { IN }))).toEqual({ classification: "LOW", IN });
    // What is only repeated of the base adds nobody.
    expect(joined(made("LOW", both), made("LOW", { IN, AND: ["CLUB"] }))).toEqual({ classification: "LOW", IN });
    expect(joined(made("LOW", { ...both, AND: ["ZZA"] }), made("OPEN", { IN }))).toEqual({
      classification: "LOW",
      IN: ["CLUB", "Shared"],
      AND: ["ZZA"],
    });
  });

  it("open communities are written out, as they were then", () => {
    const [then, now] = ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"].map((at) =>
      made("LOW", { IN, AND: ["BLOC"] }, at),
    );
    expect(joined(now!)).toMatchObject({ AND: ["QMA", "QMB"] });
    expect(joined(now!, then!)).toMatchObject({ AND: ["QMA"] });
    expect(join([then!, now!], sealing()).created).toBe("2026-01-01T00:00:00Z");
  });

  it("a base must say the same, and mean the same", () => {
    const base = (values: string[], at?: string) => made("LOW", { IN: values }, at);
    const code = refusal("ERR_AUDIENCES_DISJOINT", { tag: "IN" });
    expect(() => joined(base(["CLUB"]), base(["BLOC"]))).toThrow(code);
    expect(() => joined(base(["CLUB"]), base(["CLUB", "BLOC"]))).toThrow(code);
    expect(() => joined(base(["CLUB"]), made("OPEN"))).toThrow(code);
    expect(() => joined(base(["BLOC"], "2025-01-01T00:00:00Z"), base(["BLOC"]))).toThrow(code);
    expect(joined(base(["BLOC", "CLUB"], "2025-12-31T00:00:00Z"), base(["CLUB", "BLOC", "Shared"]))).toEqual({
      classification: "LOW",
      IN: ["BLOC", "CLUB"],
    });
  });

  it("a gate that nobody passes is the originator's, if it can be", () => {
    const parts = [made("LOW", { IN, ONLY: ["AAB"] }), made("LOW", { IN, ONLY: ["QMA"] })] as const;
    expect(joined(...parts)).toEqual({ classification: "LOW", IN, ONLY: ["AAA"] });
    expect(() => join(parts, sealing("ZZA"))).toThrow(refusal("ERR_AUDIENCES_DISJOINT", { tag: "ONLY" }));
    // What is public keeps out nobody, unless it says so.
    expect(joined(parts[0], made("OPEN", { IN }))).toMatchObject({ ONLY: ["AAB"] });
    expect(joined(parts[0], made("OPEN", { IN, ONLY: ["AAB", "AAA"] }))).toMatchObject({ ONLY: ["AAB"] });
    expect(joined(made("OPEN", { IN }), made("OPEN", { IN }))).toEqual({ classification: "OPEN", IN });
    const tags = PACK.tags.map((tag) => (tag.name === "ONLY" ? { ...tag, absent: "originator-only" } : tag));
    const strict = (...labels: [Dated, ...Dated[]]) => shown(join(labels, sealing("AAA", { tags })));
    expect(strict(parts[0], made("OPEN", { IN }))).toMatchObject({ ONLY: ["AAB"] });
    expect(strict(parts[0], made("LOW", { IN }))).toMatchObject({ ONLY: ["AAA"] });
    expect(strict(made("OPEN", { IN }))).toEqual({ classification: "OPEN", IN });
  });

  it("a nation that is called like an open community is not written where it would stand for its members", () => {
    const code = refusal("ERR_AUDIENCES_DISJOINT");
    const change = {
      tags: PACK.tags.map((tag) => (tag.name === "ONLY" ? { ...tag, values: ["BLOC", "AAA", "AAB"] } : tag)),
    };
    const parts = [made("LOW", { IN, ONLY: ["AAA"] }), made("LOW", { IN, ONLY: ["AAB"] })] as const;
    expect(() => join(parts, sealing("BLOC", change))).toThrow(code);
    const [club, bloc] = PACK.communities;
    const communities = [
      club,
      bloc,
      { code: "RING", decomposable: "Yes", members: [{ nation: "BLOC", from: "2020-01-01" }] },
    ];
    const tags = PACK.tags.map((tag) => (tag.name === "AND" ? { ...tag, values: [...tag.values, "RING"] } : tag));
    expect(() => join([made("LOW", { IN, AND: ["RING"] })], sealing("AAA", { communities, tags }))).toThrow(code);
  });

  it("of two ways to write one time the same is taken in any order", () => {
    const at = (created: string) => made("LOW", { IN }, created);
    const [utc, zoned] = [at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00+01:00")];
    expect(join([utc, zoned], sealing())).toEqual(join([zoned, utc], sealing()));
    expect(join([zoned, at("2026-01-01T00:00:01Z"), utc], sealing()).created).toBe("2026-01-01T00:00:01Z");
  });

  it("what can be in no valid label is no label", () => {
    const requires = [{ whenRankAtLeast: 2, tag: "AND", operation: "oneOrMore" }];
    const parts = [made("HIGH", { IN, AND: ["ZZA"] }), made("LOW", { IN })] as const;
    expect(() => join(parts, sealing("AAA", { requires }))).toThrow(refusal("ERR_TAG_REQUIRED", { tag: "AND" }));
  });

  it("tells which part gave which piece", () => {
    const { pieces } = explainJoin(
      [
        made("LOW", { IN, AND: ["ZZA"], NEED: ["TWO"] }),
        made("HIGH", { IN, ONLY: ["AAB", "AAA"], NEED: ["ONE", "TWO"] }),
        made("OPEN", { IN }),
      ],
      sealing(),
    );
    expect(pieces).toEqual([
      { values: ["HIGH"], rule: "highest", parts: [2] },
      { tag: "IN", values: ["CLUB"], rule: "agreed", parts: [1, 2, 3] },
      { tag: "ONLY", values: ["AAA", "AAB"], rule: "common", parts: [2] },
      { tag: "AND", values: [], rule: "lost", parts: [1] },
      { tag: "NEED", values: ["ONE"], rule: "union", parts: [2] },
      { tag: "NEED", values: ["TWO"], rule: "union", parts: [1, 2] },
    ]);
    const apart = explainJoin([made("LOW", { ONLY: ["AAB"] }), made("LOW", { ONLY: ["QMA"] })], sealing());
    expect(apart.pieces[1]).toEqual({ tag: "ONLY", values: ["AAA"], rule: "originator", parts: [1, 2] });
  });

  it("a pack whose higher classifications are released further is none", () => {
    const order = (...releases: (string | undefined)[]) =>
      pack({
        classifications: PACK.classifications.map(({ release: _, ...one }, i) => ({ ...one, release: releases[i] })),
      });
    const refused = expect.objectContaining({ code: "ERR_POLICY_FORMAT" });
    for (const releases of [
      [undefined, "public", undefined],
      ["addressed", "public", undefined],
      ["named", "addressed", undefined],
      ["named", undefined, undefined],
      [undefined, undefined, "named"],
    ]) {
      expect(() => readPolicy(order(...releases))).toThrow(refused);
    }
    for (const releases of [
      ["public", "addressed", "named"],
      ["addressed", undefined, undefined],
      ["public", "public", undefined],
    ]) {
      expect(() => readPolicy(order(...releases))).not.toThrow();
    }
  });
});

describe("the handling of the whole", () => {
  const handling: fc.Arbitrary<Handling> = fc.record(
    {
      tlp: fc.constantFrom(...(Object.keys(TLP) as (keyof typeof TLP)[])),
      pap: fc.constantFrom(...(Object.keys(PAP) as (keyof typeof PAP)[])),
      obligations: fc.subarray(Object.keys(OBLIGATION) as (keyof typeof OBLIGATION)[], { minLength: 1 }),
      validUntil: fc.nat(),
      purpose: fc.constant("of one part only"),
    },
    { requiredKeys: [] },
  );

  it("asks for all obligations, ends first, and has the highest TLP and PAP; the rest is not taken over", () => {
    expect(
      joinHandling([
        { tlp: "GREEN", pap: "RED", obligations: ["delete-by"], validUntil: 5, purpose: "x" },
        { tlp: "AMBER+STRICT", obligations: ["receipt-on-open", "delete-by"], validUntil: 4, retainUntil: 9 },
        {},
      ]),
    ).toEqual({ tlp: "AMBER+STRICT", pap: "RED", obligations: ["receipt-on-open", "delete-by"], validUntil: 4 });
    expect(joinHandling([{}, {}])).toEqual({});
  });

  it("is commutative, associative and idempotent", () => {
    fc.assert(
      fc.property(handling, handling, handling, (a, b, c) => {
        const all = joinHandling([a, b, c]);
        expect(joinHandling([c, b, a])).toEqual(all);
        expect(joinHandling([joinHandling([a, b]), c])).toEqual(all);
        expect(joinHandling([a, joinHandling([b, c])])).toEqual(all);
        expect(joinHandling([all, all])).toEqual(all);
      }),
    );
  });
});
