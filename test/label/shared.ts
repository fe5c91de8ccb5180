/** What lies beside the project in ../shared, and the packs every test of this folder uses. */

import { existsSync, readFileSync } from "node:fs";
import { BUILT_IN } from "../../src/label/builtin.ts";
import type { Label, Labels } from "../../src/label/label.ts";
import { parseMarking } from "../../src/label/marking.ts";
import { type Policy, policies } from "../../src/label/policy.ts";
import type { Sealing } from "../../src/label/valid.ts";

const folder = new URL("../../../shared/", import.meta.url);

/** For `describe.skipIf(!present)`. */
export const present = existsSync(new URL("fixtures/", folder)) && existsSync(new URL("data/", folder));

export const readShared = (file: string): Buffer => readFileSync(new URL(file, folder));
/** The caller says what is in it: these files are published and fixed. */
export const sharedJson = <T>(file: string): T => JSON.parse(readShared(file).toString("utf8")) as T;

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
