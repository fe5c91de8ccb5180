/** `dipbag cards`: the address book. */

import type { Command } from "commander";
import { DipbagError } from "../../errors.ts";
import { writeSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import type { UnverifiedCard } from "../../trust/card.ts";
import { type Pin, requireValidAt, verifyCard } from "../../trust/pin.ts";
import type { Context } from "../context.ts";
import { cardDocument, grouped } from "../describe.ts";
import { show } from "../output.ts";

export function command(command: Command, context: Context): void {
  command
    .description("The address book: who, nation, clearances, keys, until when. With NAME and -o, writes that card.")
    .argument("[name]", "one person, by name or by the first digits of the fingerprint")
    .option("-o, --out <file>", "write the card of NAME to a file")
    .action(async (name: string | undefined, { out }: { out?: string }) => {
      const home = new Home(context.home);
      if (name !== undefined && out !== undefined) {
        await writeSmallFile(out, (await home.find(name)).signed.bytes);
        return;
      }
      const pins = await home.pins();
      const all = name === undefined ? await home.cards() : [await home.find(name)];
      const cards = all.map((card) => ({ ...cardDocument(card), standing: standing(card, pins, context.at) }));
      if (context.asJson) return context.json({ schema: "dipbag/cards/1", cards });
      for (const [i, card] of all.entries()) await context.out(`${lines(card, cards[i]!.standing).join("\n")}\n`);
      if (all.length === 0) context.note("The address book is empty: dipbag trust add CARD");
    });
}

/** "trusted", or the code of what is wrong with the card today. */
function standing(card: UnverifiedCard, pins: readonly Pin[], at: number): string {
  try {
    requireValidAt(verifyCard(card, pins), at);
    return "trusted";
  } catch (error) {
    if (error instanceof DipbagError) return error.code;
    throw error;
  }
}

function lines(card: UnverifiedCard, state: string): string[] {
  const { name, nation, identifiers, keys, clearances, expires } = cardDocument(card);
  const cleared = clearances.map(({ policy, classifications }) => `${policy} ${classifications.join(", ")}`).join("; ");
  return [
    `${show(name)} (${show(identifiers.join(", "))}, ${show(nation)})${state === "trusted" ? "" : `  NOT TRUSTED: ${state}`}`,
    `  cleared for ${show(cleared) || "nothing"}`,
    `  keys ${keys.join(", ")}; until ${expires}; fingerprint ${grouped(card.digest).slice(0, 17)}`,
  ];
}
