/** What is not wrong in a policy pack, and yet worth a second look before somebody signs it. */

import { inForce, type Policy } from "./policy.ts";
import type { Tables } from "./tables/tables.ts";

export interface Advice {
  readonly what:
    | "expired"
    | "not-yet"
    | "no-language"
    | "no-equivalence"
    | "no-portion-mark"
    | "no-gate"
    | "unknown-value"
    | "no-source";
  readonly text: string;
}

/** Set aside by ISO 3166-1 for whoever needs codes of their own, as exercises do. */
const FICTIONAL = /^(?:AA[A-Z]|Q[M-Z][A-Z]|X[A-Z]{2}|ZZ[A-Z])$/;

/**
 * Looks a valid pack over at `at` (Unix seconds). `tables` know nations and communities; those of the pack itself count,
 * and the codes that ISO 3166-1 sets aside (AAA-AAZ, QMA-QZZ, XAA-XZZ, ZZA-ZZZ).
 */
export function adviseOn(policy: Policy, tables: Tables, at: number): readonly Advice[] {
  const { validFrom, validTo, classifications, tags, equivalences = [] } = policy;
  const restricted = classifications.filter(({ release }) => release === undefined);
  const lonely = restricted.filter(({ name }) => !equivalences.some((row) => row.classification === name));
  const unmarked = classifications.filter(({ name, portion }) => portion === name);
  const bare = [...classifications, ...tags, ...policy.communities].filter(({ source }) => source === undefined);
  const advice: (Advice | false)[] = [
    typeof validTo === "string" && !inForce({ validTo }, at) && say("expired", `its last day was ${validTo}`),
    !inForce({ validFrom }, at) && say("not-yet", `its first day is ${validFrom}`),
    policy.languages.size === 0 && say("no-language", "no language: banners show the names of the levels"),
    lonely.length > 0 &&
      say("no-equivalence", `no equal in another policy: ${lonely.map(({ name }) => name).join(", ")}`),
    unmarked.length > 0 &&
      say("no-portion-mark", `no portion mark of its own: ${unmarked.map(({ name }) => name).join(", ")}`),
    restricted.length > 0 &&
      !tags.some(({ role }) => role === "gate" || role === "base") &&
      say("no-gate", "no release list: whoever is cleared is in the audience, whatever their nation"),
    ...unknownValues(policy, tables),
    bare.length > 0 && say("no-source", `without a source: ${bare.map(labelOf).join(", ")}`),
  ];
  return advice.filter((one) => one !== false);
}

const say = (what: Advice["what"], text: string): Advice => ({ what, text });
const labelOf = (row: { readonly name: string } | { readonly code: string }): string =>
  "name" in row ? row.name : row.code;

function unknownValues(policy: Policy, { countries, communities }: Tables): readonly Advice[] {
  const rows = [...countries.records, ...communities.records, ...communities.contexts, ...policy.communities];
  const known = new Set(rows.map(({ code }) => code));
  const marks = new Set(policy.tags.map(({ announcedBy }) => announcedBy));
  return policy.tags
    .filter(({ type }) => type === "PERMISSIVE")
    .flatMap(({ name, values }) => {
      const odd = values.filter((value) => !known.has(value) && !marks.has(value) && !FICTIONAL.test(value));
      return odd.length === 0
        ? []
        : [say("unknown-value", `${name} has values that no table knows: ${odd.join(", ")}`)];
    });
}
