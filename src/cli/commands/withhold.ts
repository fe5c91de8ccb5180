/** `dipbag withhold`: a copy without some portions, in which the original signature still holds. */

import type { Command } from "commander";
import { openEnvelope } from "../../envelope/verify.ts";
import { REASONS, withhold } from "../../envelope/withhold.ts";
import { Home } from "../../node/home.ts";
import { createOutput, refuseSameFile } from "../../node/output.ts";
import type { Context } from "../context.ts";
import { asIs, choice, collect, positive } from "../flags.ts";
import { STDIN, withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";

interface Options {
  drop: readonly number[];
  for: readonly string[];
  reason: keyof typeof REASONS;
  out: string;
  force?: true;
}

export function command(command: Command, context: Context): void {
  command
    .description("Replaces portions by a statement that you sign. The originator's signature still verifies.")
    .argument("<file>", "the envelope; - is stdin")
    .requiredOption("--drop <number>", "a portion to take out; may be repeated", collect(positive))
    .requiredOption("--for <name>", "for whom the copy is; may be repeated", collect(asIs))
    .addOption(choice("--reason <reason>", "why", Object.keys(REASONS)).default("unstated"))
    .requiredOption("-o, --out <file>", "the copy")
    .option("--force", "replace an existing file")
    .action((path: string, options: Options) =>
      withEnvelope(path, async (source, { size }) => {
        if (path !== STDIN) refuseSameFile([path], options.out);
        const home = new Home(context.home);
        const envelope = await openEnvelope(source, await home.trust(), context.at);
        const card = await home.ownCard();
        const madeFor = await Promise.all(options.for.map((name) => home.find(name)));
        const identity = await home.identity("user", () => context.passphrase("your passphrase"));
        const output = await createOutput(options.out, { force: options.force ?? false });
        const progress = context.progress("copying", size);
        try {
          const plan = { identity, card, drop: options.drop, madeFor, reason: options.reason };
          await withhold(envelope, plan, output, progress.add);
          await output.commit();
        } finally {
          progress.done();
          await output.abort();
        }
        const names = madeFor.map(({ claims }) => claims.name);
        const { drop: dropped, out } = options;
        if (context.asJson) return context.json({ schema: "dipbag/withhold/1", output: out, dropped, madeFor: names });
        context.note(`${show(out)} lacks portion ${dropped.join(", ")}, and is for ${show(names.join(", "))}.`);
      }),
    );
}
