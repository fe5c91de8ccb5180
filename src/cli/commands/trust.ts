/** `dipbag trust`: pinning authorities, and taking cards into the address book. */

import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import { fail } from "../../errors.ts";
import { readSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { AUTHORITY, parseCard } from "../../trust/card.ts";
import { makePin, verifyCard } from "../../trust/pin.ts";
import { openSealedCard, verifyRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { cardDocument, environmentName, folded, grouped, iso, row } from "../describe.ts";
import { show } from "../output.ts";
import { writeMade } from "../outputs.ts";

interface AddOptions {
  fingerprint?: string;
  out?: string;
}

export function command(command: Command, context: Context): void {
  command.description("Whom you trust: authorities that you have pinned, and the cards that they have signed.");
  command
    .command("add")
    .summary("pin an authority, or take in a card")
    .description("Pins an authority by its fingerprint, takes a card into the address book, or opens your own card.")
    .argument("<file>", "the card of an authority or a person, or your own sealed card")
    .option("--fingerprint <hex>", "of the authority, as told by another channel: 64 digits")
    .option("-o, --out <file>", "for your own card: write it, for partners to add")
    .action((path: string, options: AddOptions) => add(path, options, context));
  command
    .command("list")
    .summary("the authorities that are pinned")
    .action(() => list(context));
  command
    .command("remove")
    .summary("no longer trust an authority, or forget a card")
    .description("Takes away a pinned authority, or a card from the address book.")
    .argument("<fingerprint>", "its first digits, at least eight")
    .action((fingerprint: string) => remove(fingerprint, context));
}

async function add(path: string, { fingerprint, out }: AddOptions, context: Context): Promise<void> {
  const home = new Home(context.home);
  const bytes = await readSmallFile(path);
  // A sealed card is an array of two; a card has the tag of COSE_Sign in front.
  if (bytes[0] === 0x82) return addOwn(bytes, out, home, context);
  if (out !== undefined) fail("ERR_USAGE", { reason: "-o is for your own card when it comes sealed: this one is not" });
  const card = parseCard(bytes);
  const { name, nation, identifiers, roles, expires } = card.claims;
  const isAuthority = roles.includes(AUTHORITY);
  if (isAuthority) await home.addPin(makePin(bytes, fingerprint ?? fail("ERR_FINGERPRINT_NEEDED")));
  else {
    if (fingerprint !== undefined && digitsOf(fingerprint) !== hex(card.digest)) fail("ERR_FINGERPRINT");
    await home.addCard(verifyCard(card, await home.pins()));
  }
  if (context.asJson) return context.json({ schema: "dipbag/card/1", card: cardDocument(card) });
  const sentence = isAuthority
    ? `${name} is pinned, for ${nation} and ${identifiers.join(", ")}.`
    : `${name} (${nation}) is in your address book, until ${iso(expires)}.`;
  context.note(folded(show(sentence)));
}

/** The card that answers this user's own request. */
async function addOwn(bytes: Uint8Array, out: string | undefined, home: Home, context: Context): Promise<void> {
  const request = verifyRequest((await home.load("user", "request")) ?? fail("ERR_NO_IDENTITY"));
  const take = async () => {
    const identity = await home.identity("user", () => context.passphrase("your passphrase"));
    const card = verifyCard(await openSealedCard(bytes, request, identity), await home.pins());
    await home.save("user", "card", card.signed.bytes);
    return [card.signed.bytes, card] as const;
  };
  const card = out === undefined ? (await take())[1] : await writeMade(out, take);
  if (context.asJson) {
    return context.json({
      schema: "dipbag/card/1",
      ...(out !== undefined && { output: out }),
      card: cardDocument(card),
    });
  }
  const share =
    out === undefined ? "Your partners need it: dipbag cards NAME -o CARD" : `Give ${out} to your partners.`;
  context.note(folded(show(`This is now your card, until ${iso(card.claims.expires)}. ${share}`)));
}

async function list(context: Context): Promise<void> {
  const pins = await new Home(context.home).pins();
  if (context.asJson) {
    const authorities = pins.map(({ authority, scope }) => ({
      card: cardDocument(authority),
      scope: { ...scope, environment: environmentName(scope.environment) },
    }));
    return context.json({ schema: "dipbag/pins/1", authorities });
  }
  for (const { authority, scope } of pins) {
    const lines = [
      `${show(authority.claims.name)}, until ${iso(authority.claims.expires)}`,
      row("for", show(`${scope.nations.join(", ")}; ${scope.organisations.join(", ")}`)),
      `  ${grouped(authority.digest)}`,
    ];
    await context.out(`${lines.join("\n")}\n`);
  }
  if (pins.length === 0) context.note("No authority is pinned: dipbag trust add ITS-CARD --fingerprint DIGITS");
}

async function remove(fingerprint: string, context: Context): Promise<void> {
  const home = new Home(context.home);
  const digits = digitsOf(fingerprint);
  const all = [
    ...(await home.pins()).map(({ authority }) => ({ folder: "pins" as const, card: authority })),
    ...(await home.cards()).map((card) => ({ folder: "cards" as const, card })),
  ];
  const [found, ...others] = all.filter(({ card }) => digits.length >= 8 && hex(card.digest).startsWith(digits));
  if (found === undefined || others.length > 0) return fail("ERR_NO_SUCH_PIN", { fingerprint });
  const { folder, card } = found;
  await home.remove(folder, card.digest);
  if (context.asJson) return context.json({ schema: "dipbag/card/1", card: cardDocument(card) });
  const what = folder === "pins" ? "is no longer trusted, nor any card it signed" : "is no longer in your address book";
  context.note(folded(`${show(card.claims.name)} ${what}.`));
}

const digitsOf = (fingerprint: string): string => fingerprint.replace(/[\s:]/g, "").toLowerCase();
