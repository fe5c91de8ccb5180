/** `dipbag policy sign`: the policy pack of the authority that is run from this home. */

import type { Command } from "commander";
import { parsePolicy, readGovernable, requireUnexpired, signPolicy } from "../../envelope/policy-pack.ts";
import { fail } from "../../errors.ts";
import { readSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { requireValidAt, scopeOf } from "../../trust/pin.ts";
import type { Context } from "../context.ts";
import { folded, grouped } from "../describe.ts";
import { show } from "../output.ts";
import { writeMade } from "../outputs.ts";
import { knownAs, policyDocument } from "../policies.ts";

export function command(command: Command, context: Context): void {
  command
    .summary("sign a policy pack, as the authority that governs it")
    .description(
      "Signs the text of a policy with the keys of your authority. Others take the pack in with 'trust add'.",
    )
    .argument("<file>", "the policy, as JSON (spec/label.md section 4)")
    .requiredOption("-o, --out <file>", "where the signed pack is written")
    .action((path: string, { out }: { out: string }) => signFile(path, out, context));
}

async function signFile(path: string, out: string, context: Context): Promise<void> {
  const home = new Home(context.home);
  const governor = await home.authority();
  const { name } = governor.claims;
  requireValidAt(governor, context.at);
  knownAs(path, await home.policies());
  const payload = await readSmallFile(path);
  const policy = readGovernable(payload);
  requireUnexpired(policy, context.at);
  if (!scopeOf(governor).policies.includes(policy.policy.name)) {
    fail("ERR_NOT_GOVERNOR", { name, policy: policy.policy.name });
  }
  const pack = await writeMade(out, async () => {
    const identity = await home.identity("authority", () => context.passphrase(`passphrase of ${show(name)}`));
    const signed = signPolicy(payload, identity.signing);
    return [signed, parsePolicy(signed)];
  });
  const governed = { governor, environment: governor.claims.environment };
  if (context.asJson) {
    return context.json({ schema: "dipbag/signedpolicy/1", output: out, policy: policyDocument(pack, governed) });
  }
  context.note(folded(`The signed pack is in ${show(out)}. Tell its fingerprint by another channel:`));
  await context.out(`${grouped(pack.fingerprint)}\n`);
}
