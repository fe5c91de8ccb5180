/** Policy packs by the name they are given as, and what is shown of signed ones, as JSON and as lines. */

import { statSync } from "node:fs";
import { hex } from "../bytes.ts";
import type { PolicyPack, UnverifiedPolicy } from "../envelope/policy-pack.ts";
import { environmentName } from "../environment.ts";
import { fail } from "../errors.ts";
import { grouped, row } from "./describe.ts";
import { show } from "./output.ts";

/**
 * The policies known here by this name, the newest first. A name that is a file as well means neither: what is looked
 * at would not be what is signed. @throws DipbagError ERR_USAGE
 */
export function knownAs(name: string, known: readonly PolicyPack[]): readonly PolicyPack[] {
  const named = known.filter(({ policy }) => policy.policy.name === name);
  if (named.length > 0 && statSync(name, { throwIfNoEntry: false })?.isDirectory() === false) {
    fail("ERR_USAGE", { reason: `a policy known here and a file have the name ${name}: write ./${name} for the file` });
  }
  return named.sort((a, b) => b.policy.version - a.policy.version);
}

/** Whose word it is; empty where that is not known, or not trusted. */
type Governed = Pick<PolicyPack, "governor" | "environment">;

export const policyDocument = (
  { policy, digest, fingerprint }: UnverifiedPolicy,
  { governor, environment }: Governed,
) => ({
  name: policy.policy.name,
  version: policy.version,
  digest: hex(digest),
  fingerprint: hex(fingerprint),
  validFrom: policy.validFrom,
  validTo: policy.validTo,
  governor: governor?.claims.name ?? null,
  environment: environment === undefined ? null : environmentName(environment),
});

export function policyLines(pack: UnverifiedPolicy, governed: Governed, standing: string): string[] {
  const { name, version, validFrom, validTo, governor, environment } = policyDocument(pack, governed);
  return [
    `${show(name)} version ${version}, from ${validFrom}${validTo === null ? "" : ` to ${validTo}`}`,
    ...(standing === "trusted" ? [] : [row("caution", `NOT TRUSTED: ${standing}`)]),
    ...(governor === null ? [] : [row("governor", `${show(governor)}, for ${environment}`)]),
    `  ${grouped(pack.fingerprint)}`,
  ];
}
