/** `dipbag trust`: pinning authorities, and taking in cards and policy packs. */

import type { Command } from "commander";
import { equal, hex } from "../../bytes.ts";
import { parseSigned } from "../../cose/sign.ts";
import { readHead } from "../../envelope/head.ts";
import { admitPolicy, MAX_SIGNED_POLICY, type UnverifiedPolicy, verifyPolicy } from "../../envelope/policy-pack.ts";
import { bytesSource } from "../../envelope/source.ts";
import { environmentName } from "../../environment.ts";
import { DipbagError, fail } from "../../errors.ts";
import { readSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { isoTime } from "../../time.ts";
import { AUTHORITY, parseCard, type UnverifiedCard } from "../../trust/card.ts";
import { digitsOf, makePin, type Pin, verifyCard } from "../../trust/pin.ts";
import { openSealedCard } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { cardDocument, folded, grouped, row, scopeText } from "../describe.ts";
import { show } from "../output.ts";
import { writeMade } from "../outputs.ts";
import { policyDocument, policyLines } from "../policies.ts";

const POLICY_TYPE = "application/vnd.dipbag.policy+cbor";

interface AddOptions {
  fingerprint?: string;
  out?: string;
}

export function command(command: Command, context: Context): void {
  command.description(
    "Whom you trust: authorities that you have pinned, and the cards and policy packs that they have signed.",
  );
  command
    .command("add")
    .summary("pin an authority, or take in a card or a policy pack")
    .description("Pins an authority by its fingerprint, takes in a card or a policy pack, or opens your own card.")
    .argument("<file>", "the card of an authority or a person, your own sealed card, or a policy pack")
    .option("--fingerprint <hex>", "of the authority or the pack, as told by another channel: 64 digits")
    .option("-o, --out <file>", "for your own card: write it, for partners to add")
    .action((path: string, options: AddOptions) => add(path, options, context));
  command
    .command("list")
    .summary("the authorities that are pinned, and the policy packs")
    .action(() => list(context));
  command
    .command("remove")
    .summary("no longer trust an authority, or forget a card or a pack")
    .description("Takes away a pinned authority, a card from the address book, or a policy pack.")
    .argument("<fingerprint>", "its first digits, at least eight")
    .action((fingerprint: string) => remove(fingerprint, context));
}

async function add(path: string, { fingerprint, out }: AddOptions, context: Context): Promise<void> {
  const home = new Home(context.home);
  const bytes = await readSmallFile(path, MAX_SIGNED_POLICY);
  // A sealed card is an array of two; a card has the tag of COSE_Sign in front.
  if (bytes[0] === 0x82) return addOwn(bytes, fingerprint, out, home, context);
  if (out !== undefined) fail("ERR_USAGE", { reason: "-o is for your own card when it comes sealed: this one is not" });
  const card = await cardOrPolicy(bytes);
  if (card === undefined) return addPolicy(bytes, fingerprint, home, context);
  const { name, nation, roles, expires } = card.claims;
  let told = `${name} (${nation}) is in your address book, until ${isoTime(expires)}.`;
  if (roles.includes(AUTHORITY)) {
    const pin = makePin(bytes, fingerprint ?? fail("ERR_FINGERPRINT_NEEDED"));
    await home.addPin(pin);
    told = `${name} is pinned for ${scopeText(pin.scope)}.`;
  } else {
    requireFingerprint(card, fingerprint);
    await home.addCard(verifyCard(card, await home.pins()));
  }
  if (context.asJson) return context.json({ schema: "dipbag/card/1", card: cardDocument(card) });
  context.note(folded(show(told)));
}

/** A card needs no fingerprint, for its authority vouches for it; where one is given, it holds. @throws DipbagError ERR_FINGERPRINT */
function requireFingerprint({ digest }: UnverifiedCard, fingerprint: string | undefined): void {
  if (fingerprint !== undefined && digitsOf(fingerprint) !== hex(digest)) fail("ERR_FINGERPRINT");
}

/** Undefined for a policy pack: a COSE_Sign too, of another type, and longer than a card may be. */
async function cardOrPolicy(bytes: Uint8Array): Promise<UnverifiedCard | undefined> {
  try {
    parseSigned("card", bytes);
  } catch (error) {
    if (!(error instanceof DipbagError)) throw error;
    if (error.details.found === POLICY_TYPE) return undefined;
    if (error.code !== "ERR_CBOR") throw error;
    // More items than one: an envelope, which is a likelier slip than damage.
    await readHead(bytesSource(bytes)).catch(() => {
      throw error;
    });
    return fail("ERR_TYPE", { expected: "card, but an envelope" });
  }
  return parseCard(bytes);
}

async function addPolicy(bytes: Uint8Array, fingerprint: string | undefined, home: Home, context: Context) {
  const [pins, held] = [await home.pins(), await home.policies()];
  const pack = admitPolicy(bytes, { pins, held, fingerprint, at: context.at });
  await home.addPolicy(pack);
  if (context.asJson) return context.json({ schema: "dipbag/signedpolicy/1", policy: policyDocument(pack, pack) });
  const { name, version } = policyDocument(pack, pack);
  context.note(folded(show(`${name} version ${version} is known here, by the word of ${pack.governor.claims.name}.`)));
}

/** The card that answers this user's own request. */
async function addOwn(
  bytes: Uint8Array,
  fingerprint: string | undefined,
  out: string | undefined,
  home: Home,
  context: Context,
): Promise<void> {
  const request = await home.request();
  const take = async () => {
    const identity = await home.identity("user", () => context.passphrase("your passphrase"));
    const card = verifyCard(await openSealedCard(bytes, request, identity), await home.pins());
    requireFingerprint(card, fingerprint);
    const held = (await home.card())?.claims.issuedAt ?? 0;
    const { issuedAt } = card.claims;
    if (issuedAt < held) fail("ERR_CARD_OLDER", { issued: isoTime(issuedAt), held: isoTime(held) });
    await home.saveCard(card);
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
  context.note(folded(show(`This is now your card, until ${isoTime(card.claims.expires)}. ${share}`)));
}

async function list(context: Context): Promise<void> {
  const home = new Home(context.home);
  const pins = await home.pins();
  const packs = (await home.packs()).map((pack) => ({ pack, ...standingOf(pack, pins) }));
  if (context.asJson) {
    const authorities = pins.map(({ authority, scope }) => ({
      card: cardDocument(authority),
      scope: { ...scope, environment: environmentName(scope.environment) },
    }));
    const policies = packs.map(({ pack, governed, standing }) => ({ ...policyDocument(pack, governed), standing }));
    return context.json({ schema: "dipbag/pins/1", authorities, policies });
  }
  for (const { authority, scope } of pins) {
    const lines = [
      `${show(authority.claims.name)}, until ${isoTime(authority.claims.expires)}`,
      `  ${grouped(authority.digest)}`,
      row("for", show(scopeText(scope))),
    ];
    await context.out(`${lines.join("\n")}\n`);
  }
  for (const { pack, governed, standing } of packs) {
    await context.out(`${policyLines(pack, governed, standing).join("\n")}\n`);
  }
  if (pins.length === 0) context.note("No authority is pinned: dipbag trust add ITS-CARD --fingerprint DIGITS");
}

/** "trusted", or the code of what is wrong with a pack that is here. */
function standingOf(pack: UnverifiedPolicy, pins: readonly Pin[]) {
  try {
    return { governed: verifyPolicy(pack, pins), standing: "trusted" };
  } catch (error) {
    if (error instanceof DipbagError) return { governed: {}, standing: error.code };
    throw error;
  }
}

async function remove(fingerprint: string, context: Context): Promise<void> {
  const home = new Home(context.home);
  const digits = digitsOf(fingerprint);
  const pins = await home.pins();
  const [authorities, cards] = [pins.map(({ authority }) => authority), await home.cards()];
  const all = [
    ...authorities.map((card) => ofCard("pins", card, authorities)),
    ...cards.map((card) => ofCard("cards", card, cards)),
    ...(await home.packs()).map((pack) => ({
      folder: "policies" as const,
      digest: pack.digest,
      fingerprint: pack.fingerprint,
      document: { schema: "dipbag/signedpolicy/1", policy: policyDocument(pack, standingOf(pack, pins).governed) },
      told: `${pack.policy.policy.name} version ${pack.policy.version} is no longer known here.`,
      still: [],
    })),
  ];
  const [found, ...others] = all.filter(
    ({ digest, fingerprint }) => digits.length >= 8 && [digest, fingerprint].some((one) => hex(one).startsWith(digits)),
  );
  if (found === undefined || others.length > 0) return fail("ERR_NO_SUCH_PIN", { fingerprint });
  await home.remove(found.folder, found.digest);
  if (context.asJson) return context.json(found.document);
  context.note(folded(show(found.told)));
  for (const digest of found.still) context.note(`  dipbag trust remove ${digest.slice(0, 16)}`);
}

/** A card that may be removed from `folder`, and what is to be said then: who has another one there is not gone. */
function ofCard(folder: "pins" | "cards", card: UnverifiedCard, all: readonly UnverifiedCard[]) {
  const { name, issuer } = card.claims;
  const isSame = (other: UnverifiedCard) =>
    other.claims.name === name || equal(other.signer.classical.kid, card.signer.classical.kid);
  const still = all.filter((other) => other !== card && isSame(other)).map(({ digest }) => hex(digest));
  const by = `by ${still.length === 1 ? "another" : `${still.length} others`} of this name or keys`;
  const [gone, stays] =
    folder === "pins"
      ? [`${name} is no longer trusted, nor anything it signed.`, `This pin is gone, but ${name} is still trusted`]
      : [
          // An envelope brings its signers' cards with it.
          `${name} is no longer in your address book. What they sign counts as long as ${issuer} is pinned.`,
          `This card is gone, but ${name} is still in your address book`,
        ];
  return {
    folder,
    digest: card.digest,
    fingerprint: card.digest,
    document: { schema: "dipbag/card/1", card: cardDocument(card), still },
    told: still.length === 0 ? gone : `${stays}, ${by}. To take that away too:`,
    still,
  };
}
