/** The fixtures, and the packs every test of this folder uses. */

import { readFileSync } from "node:fs";
import { BUILT_IN } from "../../src/label/builtin.ts";
import type { Label, Labels } from "../../src/label/label.ts";
import { parseMarking } from "../../src/label/marking.ts";
import { type Policy, policies } from "../../src/label/policy.ts";
import type { Sealing } from "../../src/label/valid.ts";

/** The caller says what is in it: these files do not change. */
const json = (url: string): unknown => JSON.parse(readFileSync(new URL(url, import.meta.url), "utf8"));
/** Fictional reports, cards and expected views. */
export const fixtureJson = <T>(name: string): T => json(`fixtures/${name}`) as T;
/** The tables that come with dipbag. */
export const dataJson = <T>(name: string): T => json(`../../data/${name}`) as T;

export const KNOWN = policies(...BUILT_IN.map(({ policy }) => policy));
export const policy = (name: string): Policy => {
  const known = KNOWN.get(name);
  if (known === undefined) throw new Error(`no policy ${name}`);
  return known;
};

/** 2026-11-22T05:00:00Z, as the fixtures. */
export const CREATED = 1_795_323_600;
export const SEALING: Sealing = { policies: KNOWN, originatorNation: "AAB", created: CREATED };

/** The originator's label with this marking. */
export const labelled = (marking: string, rest: Partial<Label> = {}): Label => ({
  kind: "originator",
  ...parseMarking(marking, KNOWN).marking,
  created: "2026-11-22T05:00:00Z",
  ...rest,
});
export const labels = (marking: string, ...alternatives: string[]): Labels => {
  const originator = labelled(marking);
  const others = alternatives.map((text) => labelled(text, { kind: "alternative" }));
  return others.length === 0 ? { originator } : { originator, alternatives: others };
};
