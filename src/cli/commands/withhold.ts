/** `dipbag withhold`: a copy without some portions, in which the original signature still holds. */

import type { Command } from "commander";
import { equal } from "../../bytes.ts";
import { LIMITS } from "../../envelope/format.ts";
import { type OpenEnvelope, openEnvelope } from "../../envelope/verify.ts";
import { REASONS, withhold } from "../../envelope/withhold.ts";
import { Home } from "../../node/home.ts";
import { requireValidAt, type VerifiedCard } from "../../trust/pin.ts";
import type { Context } from "../context.ts";
import { folded, listed, row } from "../describe.ts";
import { asIs, choice, collect, upTo } from "../flags.ts";
import { withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT, writeEnvelope } from "../outputs.ts";

interface Options {
  drop: readonly number[];
  for: readonly string[];
  reason: keyof typeof REASONS;
  out: string;
  armor?: true;
  force?: true;
}

export function command(command: Command, context: Context): void {
  command
    .description("Replaces portions by a statement that you sign. The originator's signature still verifies.")
    .argument("<file>", "the envelope; - is stdin")
    .requiredOption("--drop <number>", "a portion to take out; may be repeated", collect(upTo(LIMITS.portions)))
    .requiredOption("--for <name>", "for whom the copy is; may be repeated", collect(asIs))
    .addOption(choice("--reason <reason>", "why", Object.keys(REASONS)).default("unstated"))
    .requiredOption("-o, --out <file>", "the copy; - is stdout")
    .option("--armor", "as text, for channels that only take text")
    .option("--force", "replace an existing file")
    .action((path: string, options: Options) => run(path, options, context));
}

async function run(path: string, options: Options, context: Context): Promise<void> {
  checkOutput(options.out, [path], context);
  const { reason, out } = options;
  const drop = [...new Set(options.drop)].sort((a, b) => a - b);
  const home = new Home(context.home);
  const madeFor = await Promise.all([...new Set(options.for)].map((name) => home.find(name, context.at)));
  const card = await home.ownCard();
  for (const one of [card, ...madeFor]) requireValidAt(one, context.at);
  let cannotOpen: readonly string[] = [];
  await withEnvelope(path, async (source, { size }, bulk) => {
    const envelope = await openEnvelope(source, await home.trust(), context.at);
    cannotOpen = madeFor.filter((reader) => !mayOpen(envelope, drop, reader)).map(({ claims }) => claims.name);
    await writeEnvelope(options, context, async (sink) => {
      const identity = await home.identity("user", () => context.passphrase("your passphrase"));
      const progress = context.progress("copying", size);
      try {
        await withhold(envelope, { identity, card, drop, madeFor, reason }, sink, progress.add, bulk);
      } finally {
        progress.done();
      }
    });
  });
  const names = madeFor.map(({ claims }) => claims.name);
  if (context.asJson) {
    const document = { schema: "dipbag/withhold/1", output: out, dropped: drop, madeFor: names, cannotOpen };
    return context.json(document);
  }
  const target = out === STDOUT ? "the copy" : show(out);
  context.note(folded(`${target} lacks portion ${drop.join(", ")}, and is for ${listed(names)} only.`));
  if (cannotOpen.length > 0) context.note(row("caution", `it has no portion that is meant for ${listed(cannotOpen)}`));
}

/** Whether a portion that is left is meant for this reader, or does not say for whom it is. */
const mayOpen = ({ bodies }: OpenEnvelope, drop: readonly number[], { digest }: VerifiedCard): boolean =>
  bodies.some(
    ({ portion: { number, recipients }, withheld }) =>
      !withheld && !drop.includes(number) && recipients.some((card) => card === null || equal(card, digest)),
  );
