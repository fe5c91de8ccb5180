/** `dipbag authority`: running an authority that issues cards for one nation or body. */

import type { Command } from "commander";
import { random } from "../../crypto/random.ts";
import { fail } from "../../errors.ts";
import { readSmallFile, writeSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { AUTHORITY, type Claims, OFFICER, parseCard, signCard } from "../../trust/card.ts";
import { createIdentity } from "../../trust/identity.ts";
import { parseAuthority, requireInScope, scopeOf } from "../../trust/pin.ts";
import { sealCard, verifyRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { cardDocument, grouped, iso } from "../describe.ts";
import { cleanName, collect, environmentOf, pair, positive } from "../flags.ts";
import { show } from "../output.ts";

const DAY = 86_400;

type Pairs = readonly (readonly [string, string])[];
interface Grants {
  community?: readonly string[];
  clearance?: Pairs;
  days: number;
}
interface InitOptions extends Grants {
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
    .option("--days <number>", "how long the card is valid", positive, 365);

/** 'HARBOUR=A,B' and 'HARBOUR/TAG=C' as the card's claims. */
function clearancesOf(pairs: Pairs): Claims["clearances"] {
  const listed = (text: string) => text.split(",").map((word) => cleanName(word.trim()));
  const policies = [...new Set(pairs.map(([key]) => key.split("/", 1)[0] as string))];
  return policies.map((policy) => {
    const classes = pairs.filter(([key]) => key === policy).flatMap(([, value]) => listed(value));
    if (classes.length === 0)
      fail("ERR_USAGE", { reason: `--clearance '${policy}=...' must name the classifications` });
    const tags = pairs.filter(([key]) => key.startsWith(`${policy}/`));
    return [
      policy,
      classes,
      tags.map(([key, value]) => [key.slice(policy.length + 1), listed(value)] as const),
    ] as const;
  });
}

function claimsFrom({ community = [], clearance = [], days }: Grants, at: number) {
  return {
    issuedAt: at,
    notBefore: at,
    expires: at + days * DAY,
    id: random(16),
    communities: community.map((code) => [code, at, null] as const),
    clearances: clearancesOf(clearance),
  };
}

export function command(command: Command, context: Context): void {
  command.description("Runs an authority: it issues cards, and others pin it.");

  grants(command.command("init"))
    .summary("make an authority")
    .description("Makes the keys of an authority and its own card. It can give only the rights named here.")
    .requiredOption("--name <name>", "as 'Arlen Communications Authority'", cleanName)
    .requiredOption("--org <identifier>", "an organisation it vouches for; may be repeated", collect(cleanName))
    .requiredOption("--nation <code>", "three letters, as AAB", cleanName)
    .option("--exercise", "for exercises only")
    .requiredOption("-o, --out <file>", "where its card is written, for others to pin")
    .action((options: InitOptions) => init(options, context));

  grants(command.command("issue"))
    .summary("issue a card on a request")
    .description("Issues a card on a request, sealed so that only the holder of the requested keys can open it.")
    .argument("<request>", "the file that 'dipbag init' wrote")
    .requiredOption("-o, --out <file>", "where the sealed card is written")
    .action((request: string, options: Grants & { out: string }) => issue(request, options, context));

  command
    .command("list")
    .summary("the cards it has issued")
    .action(() => list(context));
}

async function init(options: InitOptions, context: Context): Promise<void> {
  const { name, org, nation, exercise, out } = options;
  const home = new Home(context.home);
  home.requireNoIdentity("authority");
  const rights = claimsFrom(options, context.at);
  const passphrase = await context.newPassphrase(`passphrase for the authority ${show(name)}`);
  const { file, identity } = await createIdentity("authority", passphrase);
  const card = signCard(
    {
      ...rights,
      issuer: name,
      subject: name,
      name,
      keys: identity.publicKeys,
      nation,
      identifiers: org,
      environment: environmentOf(exercise),
      roles: [AUTHORITY],
    },
    identity.signing,
  );
  await writeSmallFile(out, card);
  await home.saveIdentity("authority", file);
  await home.save("authority", "card", card);
  const { digest } = parseCard(card);
  if (context.asJson) return context.json({ schema: "dipbag/card/1", out, ...cardDocument(parseCard(card)) });
  context.note(`The authority's card is in ${show(out)}. Its fingerprint, to be told by another channel:`);
  await context.out(`${grouped(digest)}\n`);
}

async function issue(path: string, options: Grants & { out: string }, context: Context): Promise<void> {
  const home = new Home(context.home);
  const authority = parseAuthority((await home.load("authority", "card")) ?? fail("ERR_NO_AUTHORITY"));
  const request = verifyRequest(await readSmallFile(path));
  const { name, identifiers, nation, environment, keys } = request.wish;
  const issuer = authority.claims.subject;
  const rights = claimsFrom(options, context.at);
  const expires = Math.min(rights.expires, authority.claims.expires);
  const subject = `${identifiers[0]}/${name}`;
  const who = { issuer, subject, name, keys, nation, identifiers, environment };
  const claims: Claims = { ...rights, ...who, expires, roles: [OFFICER] };
  requireInScope(claims, { authority, scope: scopeOf(authority) });
  const identity = await home.identity("authority", () => context.passphrase(`passphrase of ${show(issuer)}`));
  const card = signCard(claims, identity.signing);
  await writeSmallFile(options.out, await sealCard(card, request));
  await home.addCard(parseCard(card), "issued");
  if (context.asJson)
    return context.json({ schema: "dipbag/card/1", out: options.out, ...cardDocument(parseCard(card)) });
  context.note(`A card for ${show(name)}, until ${iso(expires)}, is sealed in ${show(options.out)}.`);
  context.note("Send it to its holder, who opens it with: dipbag trust add FILE -o CARD");
}

async function list(context: Context): Promise<void> {
  const cards = await new Home(context.home).cards("issued");
  if (context.asJson) return context.json({ schema: "dipbag/cards/1", cards: cards.map(cardDocument) });
  for (const card of cards) {
    const { name, expires } = card.claims;
    await context.out(`${grouped(card.digest).slice(0, 17)}  ${show(name)}, until ${iso(expires)}\n`);
  }
}
