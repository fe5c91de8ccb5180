/** `dipbag cards`: the address book. */

import type { Command } from "commander";
import { equal } from "../../bytes.ts";
import { type DipbagError, fail } from "../../errors.ts";
import { writeSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import type { UnverifiedCard } from "../../trust/card.ts";
import type { Context } from "../context.ts";
import { cardDocument, cardLines, faultOf, folded, listed } from "../describe.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT } from "../outputs.ts";

export function command(command: Command, context: Context): void {
  command
    .description("The address book: who, nation, clearances, keys, until when. With NAME and -o, writes that card.")
    .argument("[name]", "one person, by name or by the first digits of the fingerprint")
    .option("-o, --out <file>", "write the card of NAME to a file; - is stdout")
    .action((name: string | undefined, { out }: { out?: string }) =>
      out === undefined ? list(name, context) : write(name, out, context),
    );
}

async function write(name: string | undefined, out: string, context: Context): Promise<void> {
  if (name === undefined) return fail("ERR_USAGE", { reason: "-o writes the card of one person: add a name" });
  checkOutput(out, [], context);
  const card = await new Home(context.home).find(name, context.at);
  if (out === STDOUT) return context.out(card.signed.bytes);
  await writeSmallFile(out, card.signed.bytes);
  if (context.asJson) return context.json({ schema: "dipbag/card/1", output: out, card: cardDocument(card) });
  context.note(folded(`The card of ${listed([card.claims.name])} is in ${show(out)}.`));
}

interface Shown {
  readonly card: UnverifiedCard;
  readonly fault: DipbagError | undefined;
  readonly isOwn?: boolean;
}

/** As a list of cards is shown: those that somebody has, and those that an authority has issued. */
export async function showCards(cards: readonly Shown[], context: Context): Promise<void> {
  if (context.asJson) {
    const documents = cards.map(({ card, fault, isOwn = false }) => ({
      card: cardDocument(card),
      standing: fault?.code ?? "trusted",
      own: isOwn,
    }));
    return context.json({ schema: "dipbag/cards/1", cards: documents });
  }
  for (const { card, fault, isOwn } of cards) await context.out(`${cardLines(card, fault, isOwn).join("\n")}\n`);
}

/** The user's own card comes first. */
async function list(name: string | undefined, context: Context): Promise<void> {
  const home = new Home(context.home);
  const pins = await home.pins();
  const own = await home.card();
  const others = (await home.cards()).filter(({ digest }) => !own || !equal(digest, own.digest));
  const all = name === undefined ? [...(own ? [own] : []), ...others] : [await home.find(name, context.at)];
  const cards = all.map((card) => ({
    card,
    fault: faultOf(card, pins, context.at),
    isOwn: own !== undefined && equal(card.digest, own.digest),
  }));
  await showCards(cards, context);
  if (!context.asJson && others.length === 0 && name === undefined)
    context.note("Nobody else is in the address book: dipbag trust add CARD");
}
