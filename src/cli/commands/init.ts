/** `dipbag init`: keys for this user, and the request for a card. */

import type { Command } from "commander";
import { writeSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { createIdentity, type KeySet } from "../../trust/identity.ts";
import { makeRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { choice, cleanName, collect, environmentOf } from "../flags.ts";
import { show } from "../output.ts";

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
    .requiredOption("--nation <code>", "three letters, as AAB", cleanName)
    .option("--exercise", "these keys are for exercises only")
    .addOption(choice("--keys <set>", "strength of the keys", ["hybrid-768", "hybrid-1024", "classical"]))
    .requiredOption("-o, --out <file>", "where the request is written")
    .action(async ({ name, org, nation, exercise, keys = "hybrid-768", out }: Options) => {
      const home = new Home(context.home);
      home.requireNoIdentity("user");
      const passphrase = await context.newPassphrase("passphrase for your new keys");
      const { file, identity } = await createIdentity(keys, passphrase);
      const wish = { name, identifiers: org, nation, environment: environmentOf(exercise) };
      const request = makeRequest(wish, identity);
      await writeSmallFile(out, request);
      await home.saveIdentity("user", file);
      await home.save("user", "request", request);
      if (context.asJson) return context.json({ schema: "dipbag/init/1", name, request: out });
      context.note(`Your keys are in ${show(context.home)}. Back them up: nobody can restore them.`);
      context.note(`Send ${show(out)} to your authority; when the card comes back: dipbag trust add CARD`);
    });
}
