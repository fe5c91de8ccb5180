/** `dipbag init`: keys for this user, and the request for a card. */

import type { Command } from "commander";
import { environmentName } from "../../environment.ts";
import { Home } from "../../node/home.ts";
import { createIdentity, type KeySet } from "../../trust/identity.ts";
import { makeRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { folded } from "../describe.ts";
import { choice, cleanName, collect, environmentOf, nation } from "../flags.ts";
import { show } from "../output.ts";
import { writeMade } from "../outputs.ts";

interface Options {
  name: string;
  org: string[];
  nation: string;
  exercise?: true;
  keys: KeySet;
  out: string;
}

export function command(command: Command, context: Context): void {
  command
    .description("Makes keys for you, under a passphrase, and a request that you send to your authority for a card.")
    .requiredOption("--name <name>", "how others will name you, as duty.aab@cert.example", cleanName)
    .requiredOption("--org <identifier>", "your organisation, as AAB-CERT; may be repeated", collect(cleanName))
    .requiredOption("--nation <code>", "three letters, as AAB", nation)
    .option("--exercise", "these keys are for exercises only")
    .addOption(
      choice("--keys <set>", "strength of the keys; else the first", ["hybrid-768", "hybrid-1024", "classical"]),
    )
    .requiredOption("-o, --out <file>", "where the request is written")
    .action((options: Options) => init(options, context));
}

async function init(options: Options, context: Context): Promise<void> {
  const { name, org: identifiers, nation, exercise, keys = "hybrid-768", out } = options;
  const home = new Home(context.home);
  home.requireNoIdentity("user");
  const wish = { name, identifiers, nation, environment: environmentOf(exercise) };
  await writeMade(out, async () => {
    const passphrase = await context.newPassphrase("passphrase for your new keys");
    const { file, identity } = await createIdentity(keys, passphrase);
    const request = makeRequest(wish, identity);
    await home.saveIdentity("user", { identity: file, request });
    return [request, undefined];
  });
  if (context.asJson) {
    const facts = { ...wish, environment: environmentName(wish.environment), keys };
    return context.json({ schema: "dipbag/init/1", output: out, home: home.path, ...facts });
  }
  context.note(folded(`Your keys are in ${show(home.path)}. Back them up: nobody can restore them.`));
  context.note(folded(`Send ${show(out)} to your authority. When your card comes back:`));
  context.note("  dipbag trust add SEALED-CARD -o CARD");
}
