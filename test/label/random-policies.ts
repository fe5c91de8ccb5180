/** Random policies with everything that a roll-up may meet, and random labels and people under them. */

import fc from "fast-check";
import type { TagType } from "../../src/label/label.ts";
import { type Policy, policies } from "../../src/label/policy.ts";
import type { Dated } from "../../src/label/release.ts";
import type { Sealing } from "../../src/label/valid.ts";
import { CREATED } from "./shared.ts";

const NATIONS = ["AAA", "AAB", "QMA", "QMB", "ZZA"];
/** Closed: on cards. */
const CLUBS = ["CLUB", "PACT"];
/** Open: they stand for nations, from and to some day. */
const BLOCS = ["BLOC", "RING"];
const DAYS = ["2024-06-01", "2025-06-01", "2026-06-01"];
const DATES = ["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "2026-11-22T05:00:00.5Z"];
const ANNOUNCED = "Shared";

type PolicyTag = Policy["tags"][number];

const some = <T>(values: readonly T[], minLength = 0): fc.Arbitrary<T[]> => fc.subarray([...values], { minLength });
/** Values of a release tag. A pack that names an open community names the nations that it may stand for. */
const releasable = fc.constantFrom(
  [...NATIONS, ...CLUBS, ...BLOCS],
  NATIONS,
  [...NATIONS.slice(1), ...CLUBS],
  [...BLOCS, ...NATIONS],
);

const base = fc.record({
  name: fc.constant("IN"),
  type: fc.constant("PERMISSIVE" as const),
  role: fc.constant("base" as const),
  values: fc.constantFrom([...CLUBS, ANNOUNCED], [...CLUBS, ...BLOCS, ANNOUNCED], [...NATIONS, ANNOUNCED]),
});
const gate = (name: string) =>
  fc.record({
    name: fc.constant(name),
    type: fc.constant("PERMISSIVE" as const),
    role: fc.constant("gate" as const),
    absent: fc.constantFrom("any" as const, "originator-only" as const),
    values: releasable,
  });
const extension = (name: string, announced: boolean) =>
  fc.record({
    name: fc.constant(name),
    type: fc.constant("PERMISSIVE" as const),
    role: fc.constant("extension" as const),
    values: releasable,
    ...(announced && { announcedBy: fc.constant(ANNOUNCED) }),
  });
const plain = (name: string, type: "RESTRICTIVE" | "INFORMATIVE") =>
  fc.constant<PolicyTag>({ name, type, values: ["ONE", "TWO", "THREE"] });

/** What a policy may do with a tag or without it. */
const optional = <T>(tag: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.oneof(
    tag.map((one) => [one]),
    fc.constant<T[]>([]),
  );

const tags: fc.Arbitrary<PolicyTag[]> = fc
  .boolean()
  .chain((based) =>
    fc
      .tuple(
        based ? base.map((one): PolicyTag[] => [one]) : fc.constant([]),
        optional(gate("ONLY")),
        optional(gate("REL TO")),
        optional(extension("AND", based)),
        optional(extension("ALSO", false)),
        optional(plain("NEED", "RESTRICTIVE")),
        optional(plain("NOTE", "INFORMATIVE")),
      )
      .map((all): PolicyTag[] => all.flat()),
  );

const member = fc.record({
  nation: fc.constantFrom(...NATIONS),
  from: fc.constantFrom(...DAYS),
  to: fc.option(fc.constantFrom("2025-12-31", "2026-12-31")),
});
/** Released to anyone, or to whom the originator addresses, may be what ranks lowest. */
const releases = fc.constantFrom<("public" | "addressed" | "named")[]>(
  [],
  ["public"],
  ["public", "addressed"],
  ["addressed"],
  ["public", "addressed", "named", "named"],
);

export const policy: fc.Arbitrary<Policy> = fc
  .record({
    tags,
    releases,
    members: fc.tuple(fc.array(member, { maxLength: 4 }), fc.array(member, { maxLength: 4 })),
    required: fc.boolean(),
  })
  .map(({ tags, releases, members, required }): Policy => {
    const classifications = ["LOW", "MIDDLE", "HIGH", "TOP"].map((name, rank) => {
      const release = releases[rank];
      return { rank, name, portion: name[0] as string, ...(release !== undefined && { release }) };
    });
    const [tag] = tags;
    return {
      schema: "policy-pack/1",
      policy: { name: "RANDOM" },
      version: 1,
      validFrom: "2000-01-01",
      validTo: null,
      classifications,
      tags,
      requires: required && tag ? [{ whenRankAtLeast: 3, tag: tag.name, operation: "oneOrMore" }] : [],
      communities: [
        ...CLUBS.map((code) => ({ code, decomposable: "No" as const, members: [] })),
        ...BLOCS.map((code, i) => ({ code, decomposable: "Yes" as const, members: members[i] ?? [] })),
      ],
      agreements: [],
      bannerOrder: ["POLICY", "CLASSIFICATION", ...tags.map(({ name }) => name)],
      languages: new Map(),
      dirtyWords: [],
      separators: { between: " ", list: ", " },
      suiteFloors: classifications.map(({ rank }) => ({ rank, floor: "classical" })),
      nationality: "represented",
      governor: "nobody",
      obligations: [],
    };
  });

/** A valid label; bases mostly alike, or else few labels could be joined. */
export const labelIn = ({ classifications, tags, requires }: Policy): fc.Arbitrary<Dated> =>
  fc
    .record({
      classification: fc.constantFrom(...classifications),
      created: fc.constantFrom(...DATES),
      lists: fc.tuple(
        ...tags.map(({ role, values }) =>
          role === "base" ? fc.constantFrom(values.slice(0, 2), values.slice(0, 2), values) : some(values),
        ),
      ),
    })
    .map(({ classification, created, lists }): Dated => {
      const stated = tags.flatMap(({ type, name, values }, i) => {
        const needed = requires.some(
          ({ tag, whenRankAtLeast }) => tag === name && classification.rank >= whenRankAtLeast,
        );
        const list = lists[i]?.length || !needed ? (lists[i] ?? []) : values.slice(0, 1);
        return list.length === 0 ? [] : [[type as TagType, name, null, list] as const];
      });
      const label = { policy: ["RANDOM", null] as const, classification: classification.name, created };
      return stated.length === 0 ? label : { ...label, tags: stated };
    });

export interface Situation {
  readonly policy: Policy;
  readonly sealing: Sealing;
  readonly labels: readonly [Dated, Dated, Dated];
}
/** Three labels under one policy, by an originator of some nation, sealed on the day of the last of them or later. */
export const situation: fc.Arbitrary<Situation> = policy.chain((known) =>
  fc.record({
    policy: fc.constant(known),
    sealing: fc.record({
      policies: fc.constant(policies(known)),
      originatorNation: fc.constantFrom(...NATIONS, "ZZZ"),
      created: fc.constant(CREATED),
    }),
    labels: fc.tuple(labelIn(known), labelIn(known), labelIn(known)),
  }),
);

/** Everybody there can be, by nation and closed communities. */
export const PEOPLE: readonly (readonly string[])[] = [...NATIONS, "ZZZ"].flatMap((nation) => [
  [nation],
  ...CLUBS.map((club) => [nation, club]),
  [nation, ...CLUBS],
]);
