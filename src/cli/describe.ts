/** What is shown of a card and of an envelope, as JSON and as lines. Text from outside goes through `show`. */

import { hex } from "../bytes.ts";
import { SUITES } from "../crypto/suites.ts";
import { environmentName } from "../environment.ts";
import { DipbagError } from "../errors.ts";
import { obligationsOf } from "../label/obligation.ts";
import { isoTime } from "../time.ts";
import type { Claims, UnverifiedCard } from "../trust/card.ts";
import { type Pin, requireValidAt, type Scope, verifyCard } from "../trust/pin.ts";
import type { UnverifiedRequest } from "../trust/request.ts";
import { show } from "./output.ts";

/** `text` in lines of at most `width` columns, broken at blanks only: a name or a digest stays in one piece. */
function fold(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A sentence or a banner, within 78 columns, so that it can be indented. */
export const folded = (text: string): string => fold(text, 78).join("\n");

/** A row of a report, within 78 columns: what it is, and the text in a column beside it. */
export const row = (name: string, text: string): string =>
  `  ${name.padEnd(10)} ${fold(text, 65).join(`\n${" ".repeat(13)}`)}`;

/** A fingerprint in groups that can be read out: eight of eight digits. */
export const grouped = (digest: Uint8Array): string => hex(digest).replace(/(.{8})(?=.)/g, "$1 ");

/** What is shown as 1000.0 of a unit is 1.0 of the next. */
const ROUNDED = 0.99995;
export const size = (bytes: number): string => {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1) / ROUNDED) / 3), 0), units.length - 1);
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
};

export const suiteNames = ({ kems }: UnverifiedCard): readonly string[] => kems.map(({ alg }) => SUITES[alg].name);

export const cardDocument = (card: UnverifiedCard) => ({
  digest: hex(card.digest),
  name: card.claims.name,
  nation: card.claims.nation,
  identifiers: card.claims.identifiers,
  authority: card.claims.issuer,
  environment: environmentName(card.claims.environment),
  communities: card.claims.communities.map(([community]) => community),
  clearances: card.claims.clearances.map(([policy, classifications, tags]) => ({
    policy,
    classifications,
    tags: tags.map(([tag, values]) => ({ tag, values })),
  })),
  fulfils: obligationsOf(card.claims.fulfils),
  keys: suiteNames(card),
  notBefore: isoTime(card.claims.notBefore),
  expires: isoTime(card.claims.expires),
});

/** What is wrong with the card at that time (Unix seconds); undefined where it is trusted. */
export function faultOf(card: UnverifiedCard, pins: readonly Pin[], at: number): DipbagError | undefined {
  try {
    requireValidAt(verifyCard(card, pins), at);
    return undefined;
  } catch (error) {
    if (error instanceof DipbagError) return error;
    throw error;
  }
}

/** A name beside others or before brackets: in quotes where it could be taken for more than a name. */
const quoted = (name: string): string => (/[,()"]/.test(name) ? JSON.stringify(name) : name);
export const listed = (names: readonly string[]): string => show(names.map(quoted).join(", "));

export const who = ({ name, identifiers, nation }: Pick<Claims, "name" | "identifiers" | "nation">): string =>
  `${listed([name])} (${listed(identifiers)}, ${show(nation)})`;

/** All that an authority is pinned for, not yet fit to be shown: who has a policy in its scope may give clearances in it, and sign its packs. */
export function scopeText({ nations, organisations, communities, policies, environment }: Scope): string {
  const parts = [
    nations.join(", "),
    organisations.join(", "),
    ...(communities.length === 0 ? [] : [`communities ${communities.join(", ")}`]),
    policies.length === 0 ? "no policies" : `policies ${policies.join(", ")}, which it may govern`,
  ];
  return `${environmentName(environment)}: ${parts.join("; ")}`;
}

export const requestDocument = ({ wish, digest, kems }: UnverifiedRequest) => ({
  digest: hex(digest),
  name: wish.name,
  nation: wish.nation,
  identifiers: wish.identifiers,
  environment: environmentName(wish.environment),
  keys: kems.map(({ alg }) => SUITES[alg].name),
});

/** All that a request claims. */
export const requestLines = (request: UnverifiedRequest): string[] => {
  const { environment, keys, digest } = requestDocument(request);
  return [
    row("claims", who(request.wish)),
    row("", environment),
    row("keys", keys.join(", ") || "for signing only"),
    row("digest", digest),
  ];
};

/** A card in the address book. */
export function cardLines(card: UnverifiedCard, fault?: DipbagError, own = false): string[] {
  const { keys, clearances, fulfils, expires, environment } = cardDocument(card);
  const cleared = clearances.map(
    ({ policy, classifications, tags }) =>
      `${policy} ${[...classifications, ...tags.map(({ tag, values }) => `${tag} ${values.join(", ")}`)].join(", ")}`,
  );
  return [
    `${who(card.claims)}${own ? ", your own card" : ""}`,
    ...(fault === undefined ? [] : [row("caution", `NOT TRUSTED: ${show(fault.message)} [${fault.code}]`)]),
    row("cleared", show(cleared.join("; ")) || "for nothing"),
    ...(fulfils.length === 0 ? [] : [row("fulfils", fulfils.join(", "))]),
    row("keys", `${keys.join(", ")}, until ${expires}, for ${environment}`),
    row("card", grouped(card.digest).slice(0, 17)),
  ];
}
