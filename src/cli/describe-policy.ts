/** What is shown of a policy, as JSON and as lines. Text from outside goes through `show`. */

import { fromUtf8 } from "../bytes.ts";
import type { Policy, PolicyTag } from "../label/policy.ts";
import { folded, row } from "./describe.ts";
import { show } from "./output.ts";

/** As many of a long list as a person reads. */
const MOST = 12;

/** The pack as its JSON has it (spec/schema/policy-pack.json). */
export const packDocument = (payload: Uint8Array): unknown => JSON.parse(fromUtf8(payload));

/** For a person. Sources are numbered where they are used, and written out at the end. */
export function packLines(policy: Policy): string[] {
  const sources: string[] = [];
  const cite: Cite = (source) => {
    if (source === undefined) return "";
    if (!sources.includes(source)) sources.push(source);
    return ` [${sources.indexOf(source) + 1}]`;
  };
  const { validFrom, validTo, governor, note, equivalences = [], excludes = [] } = policy;
  const { name, owner, oid, originatorNations } = policy.policy;
  const lines = [
    folded(show(`${name} version ${policy.version}${owner === undefined ? "" : `, of ${owner}`}`)),
    row("in force", `from ${validFrom}${validTo === null ? "" : ` to ${validTo}`}`),
    row("governor", show(governor)),
    ...optionalRow("OID", oid),
    ...optionalRow("labels by", originatorNations?.join(", ")),
    ...optionalRow("note", note),
    ...policy.classifications.flatMap((level) => levelLines(level, policy, cite)),
    ...policy.tags.flatMap((tag) => tagLines(tag, policy, cite)),
    ...excludes.map(({ tag, value = "", otherTag, otherValue = "", source }) =>
      row("excludes", show(`${tag} ${value} with ${otherTag} ${otherValue}${cite(source)}`)),
    ),
    ...policy.communities.map(({ code, decomposable, members, source }) =>
      row(
        "community",
        show(`${code}: ${decomposable === "Yes" ? membersText(members) : "never expanded"}${cite(source)}`),
      ),
    ),
    ...equivalences.map(({ classification, policy: other, equals, source, validFrom, validTo }) =>
      row(
        "equal",
        show(
          `${[`${classification} is ${equals} in ${other}`, ...period(validFrom, validTo)].join(", ")}${cite(source)}`,
        ),
      ),
    ),
    ...policy.agreements.map(({ id, parties, maxRank, source, validFrom, validTo }) =>
      row(
        "agreement",
        show(
          `${[`${id}: ${some(parties)}`, `up to rank ${maxRank}`, ...period(validFrom, validTo)].join(", ")}${cite(source)}`,
        ),
      ),
    ),
    row("must do", show(policy.obligations.join(", ")) || "no obligation is known to it"),
  ];
  return [...lines, ...sources.map((source, i) => row(`[${i + 1}]`, show(source)))];
}

type Cite = (source: string | undefined) => string;

const optionalRow = (name: string, text: string | undefined): string[] =>
  text === undefined ? [] : [row(name, show(text))];

const some = (texts: readonly string[]): string =>
  texts.length <= MOST ? texts.join(", ") : `${texts.slice(0, MOST).join(", ")} and ${texts.length - MOST} more`;

/** Who came on one day is listed with it once. */
function membersText(members: Policy["communities"][number]["members"]): string {
  const periods = members.map(({ from, to }) => `from ${from}${to ? ` to ${to}` : ""}`);
  return [...new Set(periods)]
    .map((period) => `${some(members.filter((_, i) => periods[i] === period).map(({ nation }) => nation))} ${period}`)
    .join("; ");
}

const period = (from: string | undefined, to: string | null | undefined): readonly string[] => [
  ...(from === undefined ? [] : [`from ${from}`]),
  ...(to === undefined || to === null ? [] : [`to ${to}`]),
];

function levelLines(level: Policy["classifications"][number], policy: Policy, cite: Cite): string[] {
  const { rank, name, portion, release, source, validFrom, validTo } = level;
  const floor = policy.suiteFloors.find((one) => one.rank === rank)?.floor;
  const facts = [
    name,
    `portion (${portion})`,
    `keys ${floor} or stronger`,
    ...(release === undefined ? [] : [`release ${release}`]),
    ...period(validFrom, validTo),
  ];
  const words = [...policy.languages].map(([language, text]) => `${language} ${text.get(name) ?? name}`);
  return [
    row(`rank ${rank}`, show(facts.join(", ") + cite(source))),
    ...(words.length === 0 ? [] : [row("", show(words.join("; ")))]),
  ];
}

function tagLines(tag: PolicyTag, policy: Policy, cite: Cite): string[] {
  const { name, type, role, absent, values, announcedBy, clearanceExempt, source, validFrom, validTo } = tag;
  const needed = policy.requires
    .filter((row) => row.tag === name)
    .map(({ operation, whenRankAtLeast, whenRankAtMost, source }) => {
      const upTo = whenRankAtMost === undefined ? "" : ` to rank ${whenRankAtMost} and no higher`;
      return `${operation} from rank ${whenRankAtLeast}${upTo}${cite(source)}`;
    });
  const facts = [
    type.toLowerCase(),
    ...(role === undefined ? [] : [role]),
    ...(absent === undefined ? [] : [`absent means ${absent}`]),
    ...(announcedBy === undefined ? [] : [`announced by ${announcedBy}`]),
    ...(clearanceExempt === true ? ["asks for a list, not a clearance"] : []),
    ...period(validFrom, validTo),
    ...needed,
  ];
  return [row("tag", show(`${name}: ${facts.join(", ")}${cite(source)}`)), row("", show(`values: ${some(values)}`))];
}
