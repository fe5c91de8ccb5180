/** What is shown of a signed policy pack, as JSON and as lines. */

import { hex } from "../bytes.ts";
import type { PolicyPack, UnverifiedPolicy } from "../envelope/policy-pack.ts";
import { environmentName, grouped, row } from "./describe.ts";
import { show } from "./output.ts";

/** Whose word it is; empty where that is not known, or not trusted. */
type Governed = Pick<PolicyPack, "governor" | "environment">;

export const policyDocument = ({ policy, digest }: UnverifiedPolicy, { governor, environment }: Governed) => ({
  name: policy.policy.name,
  version: policy.version,
  digest: hex(digest),
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
    `  ${grouped(pack.digest)}`,
  ];
}
