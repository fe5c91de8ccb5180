/** `dipbag authority`: running an authority that issues cards for one nation or body. */

import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import { random } from "../../crypto/random.ts";
import { fail } from "../../errors.ts";
import { OBLIGATION } from "../../label/label.ts";
import { OBLIGATION_NAMES, type ObligationName } from "../../label/obligation.ts";
import { type Policy, readPolicy } from "../../label/policy.ts";
import { readSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { isoTime } from "../../time.ts";
import { AUTHORITY, type Claims, OFFICER, parseCard, signCard } from "../../trust/card.ts";
import { createIdentity } from "../../trust/identity.ts";
import { makePin, type Pin, requireInScope, requireValidAt } from "../../trust/pin.ts";
import { sealCard, verifyRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { cardDocument, faultOf, folded, grouped, requestLines } from "../describe.ts";
import { asIs, choice, cleanName, collect, environmentOf, nation, oneOf, pair, upTo } from "../flags.ts";
import { show } from "../output.ts";
import { writeMade } from "../outputs.ts";
import { showCards } from "./cards.ts";

const DAY = 86_400;
const CENTURY = 36_525;

type Pairs = readonly (readonly [string, string])[];
interface Grants {
  community?: readonly string[];
  clearance?: Pairs;
  days: number;
}
interface IssueOptions extends Grants {
  fulfils?: readonly ObligationName[];
  again?: true;
  out: string;
}
interface InitOptions extends Grants {
  policy?: readonly string[];
  name: string;
  org: readonly string[];
  nation: string;
  exercise?: true;
  out: string;
}

/** The flags by which rights are given, the same for an authority and for those it vouches for. */
const grants = (command: Command): Command =>
  command
    .option("--community <code>", "a community it belongs to; may be repeated", collect(cleanName))
    .option(
      "--clearance <policy=classes>",
      "as 'HARBOUR=UNCLASSIFIED,RESTRICTED', or 'HARBOUR/COMPARTMENT=BUOY' for a tag; may be repeated",
      collect(pair),
    )
    .option("--days <number>", "how long the card is valid; else 365", upTo(CENTURY), 365);

/** 'HARBOUR=A,B' and 'HARBOUR/TAG=C' as the card's claims. */
function clearancesOf(pairs: Pairs, known: readonly Policy[]): Claims["clearances"] {
  const listed = (text: string) => text.split(",").map((word) => cleanName(word.trim()));
  const policies = [...new Set(pairs.map(([key]) => key.split("/", 1)[0] as string))];
  return policies.map((policy) => {
    const classes = pairs.filter(([key]) => key === policy).flatMap(([, value]) => listed(value));
    if (classes.length === 0)
      fail("ERR_USAGE", { reason: `--clearance '${policy}=...' must name the classifications` });
    const keys = new Set(pairs.map(([key]) => key).filter((key) => key.startsWith(`${policy}/`)));
    const valuesOf = (key: string) => pairs.filter(([one]) => one === key).flatMap(([, value]) => listed(value));
    const tags = [...keys].map((key) => [key.slice(policy.length + 1), valuesOf(key)] as const);
    requireKnown(policy, classes, tags, known);
    return [policy, classes, tags] as const;
  });
}

/** A clearance in a word that its policy does not know is a slip of the pen, and would clear nobody for anything. */
function requireKnown(
  name: string,
  classes: readonly string[],
  tags: Claims["clearances"][number][2],
  policies: readonly Policy[],
): void {
  const refuse = (reason: string): never => fail("ERR_USAGE", { reason: `--clearance names ${reason}` });
  const versions = policies.filter(({ policy }) => policy.name === name);
  if (versions.length === 0) refuse(`${name}, and no such policy is known`);
  const known = versions.flatMap((policy) => [
    ...policy.classifications.map((classification) => classification.name),
    ...policy.tags.flatMap((tag) => tag.values.map((value) => `${tag.name}=${value}`)),
  ]);
  const asked = [...classes, ...tags.flatMap(([tag, values]) => values.map((value) => `${tag}=${value}`))];
  const wrong = asked.find((word) => !known.includes(word));
  if (wrong !== undefined) refuse(`${wrong}, which the policy ${name} has not`);
}

/** Who keeps a membership that an earlier card states keeps its beginning too: closed communities ask for it. */
function claimsFrom(
  { community = [], clearance = [], days }: Grants,
  known: readonly Policy[],
  at: number,
  before: Claims["communities"] = [],
) {
  const since = (code: string) => before.find(([one, , until]) => one === code && until === null)?.[1] ?? at;

  return {
    issuedAt: at,
    notBefore: at,
    expires: at + days * DAY,
    id: random(16),
    communities: community.map((code) => [code, since(code), null] as const),
    clearances: clearancesOf(clearance, known),
  };
}

export function command(command: Command, context: Context): void {
  command.description("Runs an authority: it issues cards, and others pin it.");

  grants(command.command("init"))
    .summary("make an authority")
    .description(
      "Makes the keys of an authority and its own card. It can vouch only for the nation, organisations, communities and policies named here; which classifications of these policies it gives to whom, it decides itself.",
    )
    .requiredOption("--name <name>", "as 'Arlen Communications Authority'", cleanName)
    .requiredOption("--org <identifier>", "an organisation it vouches for; may be repeated", collect(cleanName))
    .requiredOption("--nation <code>", "three letters, as AAB", nation)
    .option("--exercise", "for exercises only")
    .option("--policy <file>", "the text of a policy that it is to govern; may be repeated", collect(asIs))
    .requiredOption("-o, --out <file>", "where its card is written, for others to pin")
    .action((options: InitOptions) => init(options, context));

  grants(command.command("issue"))
    .summary("issue a card on a request")
    .description("Issues a card on a request, sealed so that only the holder of the requested keys can open it.")
    .argument("<request>", "the file that 'dipbag init' wrote")
    .addOption(
      choice("--fulfils <obligation>", "what the holder can be bound to; may be repeated", OBLIGATION_NAMES).argParser(
        collect(oneOf(OBLIGATION_NAMES)),
      ),
    )
    .option("--again", "also where the name has a card on other keys; ask its holder first")
    .requiredOption("-o, --out <file>", "where the sealed card is written")
    .action((request: string, options: IssueOptions) => issue(request, options, context));

  command
    .command("list")
    .summary("the cards it has issued")
    .action(() => list(context));
}

async function init(options: InitOptions, context: Context): Promise<void> {
  const { name, org, nation, exercise, out } = options;
  const home = new Home(context.home);
  home.requireNoIdentity("authority");
  const who = { issuer: name, subject: name, name, nation, identifiers: org, environment: environmentOf(exercise) };
  const drafts = (options.policy ?? []).map(async (path) => readPolicy(await readSmallFile(path)));
  const known = [...(await knownHere(home)), ...(await Promise.all(drafts))];
  const rights = claimsFrom(options, known, context.at);
  const card = await writeMade(out, async () => {
    const passphrase = await context.newPassphrase(`passphrase for the authority ${show(name)}`);
    const { file, identity } = await createIdentity("authority", passphrase);
    const signed = signCard({ ...rights, ...who, keys: identity.publicKeys, roles: [AUTHORITY] }, identity.signing);
    const parsed = parseCard(signed);
    await home.saveIdentity("authority", { identity: file, card: signed });
    return [signed, parsed];
  });
  if (context.asJson) return context.json({ schema: "dipbag/card/1", output: out, card: cardDocument(card) });
  context.note(folded(`The authority's card is in ${show(out)}. Tell its fingerprint by another channel:`));
  await context.out(`${grouped(card.digest)}\n`);
}

async function issue(path: string, options: IssueOptions, context: Context): Promise<void> {
  const home = new Home(context.home);
  const pin = await ownPin(home);
  const { authority } = pin;
  requireValidAt(authority, context.at);
  const request = verifyRequest(await readSmallFile(path));
  const { name, identifiers, nation, environment, keys } = request.wish;
  const issuer = authority.claims.subject;
  // Short whatever the name is, and the same when the card is renewed on the same keys.
  const subject = hex(request.signer.classical.kid);
  const issued = (await home.issuedTo(name)).map(({ claims }) => claims);
  const earlier = issued.filter((claims) => claims.subject === subject).sort((a, b) => b.issuedAt - a.issuedAt);
  const rights = claimsFrom(options, await knownHere(home), context.at, earlier[0]?.communities);
  const expires = Math.min(rights.expires, authority.claims.expires);
  const who = { issuer, subject, name, keys, nation, identifiers, environment };
  const fulfils = OBLIGATION_NAMES.filter((obligation) => options.fulfils?.includes(obligation));
  const bound = fulfils.length > 0 && { fulfils: fulfils.map((obligation) => OBLIGATION[obligation]) };
  const claims: Claims = { ...rights, ...who, expires, roles: [OFFICER], ...bound };
  requireInScope(claims, pin);
  if (options.again === undefined) requireNewName(claims, issued, context.at);
  const card = await writeMade(options.out, async () => {
    if (!context.asJson) {
      // What is signed is seen first: on the terminal before the passphrase, of a script in its log.
      context.note("The request claims this. Make sure by another channel that it is the holder's:");
      for (const line of requestLines(request)) context.note(line);
    }
    const identity = await home.identity("authority", () => context.passphrase(`passphrase of ${show(issuer)}`));
    const signed = signCard(claims, identity.signing);
    const parsed = parseCard(signed);
    await home.addIssued(parsed);
    return [await sealCard(signed, request), parsed];
  });
  if (context.asJson) {
    const documents = { card: cardDocument(card), request: hex(request.digest) };
    return context.json({ schema: "dipbag/card/1", output: options.out, ...documents });
  }
  context.note(folded(`A card for ${show(name)}, until ${isoTime(expires)}, is sealed in ${show(options.out)}.`));
  context.note("Send it to its holder, who opens it with:");
  context.note("  dipbag trust add SEALED-CARD -o CARD");
}

/**
 * Who asks in the name of somebody who serves here is somebody else, or has new keys: only people can tell.
 * @throws DipbagError ERR_NAME_ISSUED where a card of this name, on other keys, has not expired at `at`
 */
function requireNewName({ name, subject }: Claims, issued: readonly Claims[], at: number): void {
  const other = issued.find((claims) => claims.subject !== subject && claims.expires >= at);
  if (other !== undefined) fail("ERR_NAME_ISSUED", { name, expires: isoTime(other.expires) });
}

const knownHere = async (home: Home): Promise<readonly Policy[]> => (await home.policies()).map(({ policy }) => policy);

/** What an authority may give is what others pin it for. */
async function ownPin(home: Home): Promise<Pin> {
  const { signed, digest } = await home.authority();
  return makePin(signed.bytes, hex(digest));
}

async function list(context: Context): Promise<void> {
  const home = new Home(context.home);
  const pins = [await ownPin(home)];
  const cards = (await home.cards("issued")).map((card) => ({ card, fault: faultOf(card, pins, context.at) }));
  await showCards(cards, context);
  if (!context.asJson && cards.length === 0)
    context.note("It has issued no card yet: dipbag authority issue REQUEST -o SEALED-CARD");
}
