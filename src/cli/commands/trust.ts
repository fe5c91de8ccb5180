/** `dipbag trust`: pinning authorities, and taking cards into the address book. */

import type { Command } from "commander";
import { equal, hex } from "../../bytes.ts";
import { DipbagError, fail } from "../../errors.ts";
import { readSmallFile, writeSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { AUTHORITY, parseCard } from "../../trust/card.ts";
import { makePin, verifyCard } from "../../trust/pin.ts";
import { openSealedCard, verifyRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { cardDocument, grouped, iso } from "../describe.ts";
import { show } from "../output.ts";

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
    .option("-o, --out <file>", "for your own card: where it is written, for partners to add")
    .action((path: string, options: AddOptions) => add(path, options, context));
  command
    .command("list")
    .summary("the authorities that are pinned")
    .action(() => list(context));
  command
    .command("remove")
    .summary("no longer trust an authority")
    .argument("<fingerprint>", "its first digits, at least eight")
    .action((fingerprint: string) => remove(fingerprint, context));
}

async function add(path: string, { fingerprint, out }: AddOptions, context: Context): Promise<void> {
  const home = new Home(context.home);
  const bytes = await readSmallFile(path);
  // A sealed card is an array of two; a card has the tag of COSE_Sign in front.
  if (bytes[0] === 0x82) return addOwn(bytes, out, home, context);
  const card = parseCard(bytes);
  if (card.claims.roles.includes(AUTHORITY)) {
    if (fingerprint === undefined) return fail("ERR_FINGERPRINT_NEEDED");
    await home.addPin(makePin(bytes, fingerprint));
    if (!context.asJson) {
      const { nation, identifiers } = card.claims;
      context.note(`${show(card.claims.name)} is pinned, for ${show(nation)} and ${show(identifiers.join(", "))}.`);
    }
  } else {
    const verified = verifyCard(card, await home.pins());
    await home.addCard(verified);
    const { name, nation } = card.claims;
    if (!context.asJson)
      context.note(`${show(name)} (${show(nation)}) is in your address book, until ${iso(card.claims.expires)}.`);
  }
  if (context.asJson) await context.json({ schema: "dipbag/card/1", ...cardDocument(card) });
}

/** The card that answers this user's own request. */
async function addOwn(bytes: Uint8Array, out: string | undefined, home: Home, context: Context): Promise<void> {
  if (out === undefined)
    return fail("ERR_USAGE", { reason: "this is a sealed card: name with -o where your card is to be written" });
  const request = verifyRequest((await home.load("user", "request")) ?? fail("ERR_NO_IDENTITY"));
  const identity = await home.identity("user", () => context.passphrase("your passphrase"));
  const card = parseCard(await openSealedCard(bytes, request.digest, identity));
  const own = [request.signer.classical, request.signer.postQuantum, ...request.kems];
  const listed = [card.signer.classical, card.signer.postQuantum, ...card.kems];
  if (own.length !== listed.length || own.some(({ kid }, i) => !equal(kid, listed[i]!.kid))) fail("ERR_POSSESSION");
  const verified = verifyCard(card, await home.pins());
  await writeSmallFile(out, card.signed.bytes);
  await home.save("user", "card", card.signed.bytes);
  if (context.asJson) return context.json({ schema: "dipbag/card/1", out, ...cardDocument(verified) });
  context.note(`This is now your card, until ${iso(card.claims.expires)}. Give ${show(out)} to your partners.`);
}

async function list(context: Context): Promise<void> {
  const pins = await new Home(context.home).pins();
  if (context.asJson) {
    const authorities = pins.map(({ authority, scope }) => ({ ...cardDocument(authority), scope }));
    return context.json({ schema: "dipbag/pins/1", authorities });
  }
  for (const { authority, scope } of pins) {
    await context.out(`${show(authority.claims.name)}, until ${iso(authority.claims.expires)}\n`);
    await context.out(`  ${grouped(authority.digest)}\n`);
    await context.out(
      `  nations ${show(scope.nations.join(", "))}; organisations ${show(scope.organisations.join(", "))}\n`,
    );
  }
}

async function remove(fingerprint: string, context: Context): Promise<void> {
  const home = new Home(context.home);
  const digits = fingerprint.replace(/[\s:]/g, "").toLowerCase();
  const found = (await home.pins()).filter(
    ({ authority }) => digits.length >= 8 && hex(authority.digest).startsWith(digits),
  );
  const [pin, ...others] = found;
  if (pin === undefined || others.length > 0) throw new DipbagError("ERR_NO_SUCH_PIN", { fingerprint });
  await home.remove("pins", pin.authority.digest);
  if (context.asJson) return context.json({ schema: "dipbag/card/1", ...cardDocument(pin.authority) });
  context.note(`${show(pin.authority.claims.name)} is no longer trusted, nor any card it signed.`);
}
