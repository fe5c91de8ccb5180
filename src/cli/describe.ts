/** What is shown of a card and of an envelope, as JSON and as lines. Text from outside goes through `show`. */

import { hex } from "../bytes.ts";
import { SUITES } from "../crypto/suites.ts";
import { sealingBy } from "../envelope/decision.ts";
import type { HeadPortion } from "../envelope/head.ts";
import { withheldPortions } from "../envelope/statements.ts";
import type { VerifiedEnvelope } from "../envelope/verify.ts";
import { REASONS } from "../envelope/withhold.ts";
import { DipbagError } from "../errors.ts";
import { ENVIRONMENT, type Environment, environmentOf } from "../label/label.ts";
import { banner, framed } from "../label/marking.ts";
import { overall } from "../label/rollup.ts";
import type { Marking } from "../label/valid.ts";
import type { Claims, UnverifiedCard } from "../trust/card.ts";
import { type Pin, requireValidAt, verifyCard } from "../trust/pin.ts";
import { show } from "./output.ts";

const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
/** RFC 3339; a time of five-digit years, which only nonsense states, in seconds. */
export const iso = (seconds: number): string =>
  seconds <= LAST_SECOND ? new Date(seconds * 1000).toISOString().replace(".000Z", "Z") : `second ${seconds}`;

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

export const size = (bytes: number): string => {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), units.length - 1);
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
};

export const suiteNames = ({ kems }: UnverifiedCard): readonly string[] => kems.map(({ alg }) => SUITES[alg].name);

export const environmentName = (environment: Environment): "exercise" | "operation" =>
  environment === ENVIRONMENT.exercise ? "exercise" : "operation";

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
  keys: suiteNames(card),
  notBefore: iso(card.claims.notBefore),
  expires: iso(card.claims.expires),
});

/** "trusted", or the code of what is wrong with the card at that time (Unix seconds). */
export function standing(card: UnverifiedCard, pins: readonly Pin[], at: number): string {
  try {
    requireValidAt(verifyCard(card, pins), at);
    return "trusted";
  } catch (error) {
    if (error instanceof DipbagError) return error.code;
    throw error;
  }
}

const who = ({ name, identifiers, nation }: Pick<Claims, "name" | "identifiers" | "nation">): string =>
  `${show(name)} (${show(identifiers.join(", "))}, ${show(nation)})`;

/** A card in the address book. */
export function cardLines(card: UnverifiedCard, state = "trusted", own = false): string[] {
  const { keys, clearances, expires } = cardDocument(card);
  const cleared = clearances.map(
    ({ policy, classifications, tags }) =>
      `${policy} ${[...classifications, ...tags.map(({ tag, values }) => `${tag} ${values.join(", ")}`)].join(", ")}`,
  );
  return [
    `${who(card.claims)}${own ? ", your own card" : ""}`,
    ...(state === "trusted" ? [] : [row("caution", `NOT TRUSTED: ${state}`)]),
    row("cleared", show(cleared.join("; ")) || "for nothing"),
    row("keys", `${keys.join(", ")}, until ${expires}`),
    row("card", grouped(card.digest).slice(0, 17)),
  ];
}

/** The banner of a label under the policies of this envelope's reader. */
function bannerOf(label: Marking, { trust }: VerifiedEnvelope): string {
  const pack = trust.policies.find(({ policy }) => policy.policy.name === label.policy[0]);
  return pack === undefined ? label.classification : banner(label, pack.policy);
}

const framedBanner = (label: Marking, envelope: VerifiedEnvelope): string =>
  framed(bannerOf(label, envelope), environmentOf(envelope.head.core.handling) === ENVIRONMENT.exercise);

export const envelopeBanner = (envelope: VerifiedEnvelope): string =>
  framedBanner(envelope.head.core.labels.originator, envelope);

/** The banner over what a reader sees who opened these portions: their roll-up, which may be below the envelope's. */
export function viewBanner(envelope: VerifiedEnvelope, opened: ReadonlySet<number>): string {
  const { core, portions, signers } = envelope.head;
  const labels = portions.filter(({ number }) => opened.has(number)).map(({ labels }) => labels.value.originator);
  const [first, ...others] = labels;
  if (first === undefined) return envelopeBanner(envelope);
  const marking = overall([first, ...others], sealingBy(signers[0].card, core.created, envelope.trust.policies));
  return framedBanner(marking, envelope);
}

const suitesOf = ({ slots }: HeadPortion) => slots.recipients.map(([header]) => SUITES[header.value.alg]);

/** What a signer is to the envelope (spec/envelope.md section 3). */
const ROLES = ["originator", "releaser", "joint-owner", "blind-releaser"];

/** The document of `dipbag verify --json` (spec/schema/verify.json), but for `schema` and `input`. */
export function envelopeDocument(envelope: VerifiedEnvelope) {
  const { head, statements, trust, at } = envelope;
  const { core, signers, portions } = head;
  const withheld = withheldPortions(statements);
  return {
    status: 0,
    digest: hex(head.digest),
    id: hex(core.id),
    created: iso(core.created),
    environment: environmentName(environmentOf(core.handling)),
    banner: envelopeBanner(envelope),
    audience: core.audience,
    signers: signers.map(({ card, role }) => ({ role: ROLES[role] ?? String(role), card: cardDocument(card) })),
    /** A card that has expired since cannot show by itself that it signed before. */
    signingTimeProven: signers.every(({ card }) => card.claims.expires >= at),
    complete: withheld.size === 0,
    quantumSafe: portions.every((portion) => suitesOf(portion).every(({ quantumSafe }) => quantumSafe)),
    portions: portions.map((portion) => ({
      number: portion.number,
      banner: bannerOf(portion.labels.value.originator, envelope),
      bytes: portion.layout.plaintext,
      withheld: withheld.has(portion.number),
      recipients: portion.recipients.map((digest, i) => ({
        card: digest && hex(digest),
        name: (digest && trust.card(digest)?.claims.name) ?? null,
        suite: suitesOf(portion)[i]?.name,
      })),
    })),
    withheld: statements.map(({ payload, withholder }) => ({
      by: withholder.claims.name,
      card: hex(withholder.digest),
      portions: payload.portions,
      madeFor: payload.madeFor.map(hex),
      reason: Object.entries(REASONS).find(([, code]) => code === payload.reason)?.[0] ?? String(payload.reason),
      time: iso(payload.time),
    })),
    ignored: head.ignored,
  };
}

/** The same for a person. */
export function envelopeLines(envelope: VerifiedEnvelope): string[] {
  const report = envelopeDocument(envelope);
  const lines = [row("banner", show(report.banner)), row("sealed", report.created)];
  for (const { card: signer } of report.signers) {
    lines.push(row("by", who(signer)), row("", `vouched for by ${show(signer.authority)}`));
  }
  lines.push(row("for", show(report.audience.join(", "))));
  for (const { number, banner: marking, bytes, withheld, recipients } of report.portions) {
    lines.push(row(`portion ${number}`, `${show(marking)}, ${withheld ? "WITHHELD" : size(bytes)}`));
    const names = recipients.map(({ name, card }) =>
      card === null ? "(hidden)" : show(name ?? `card ${card.slice(0, 8)}`),
    );
    const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
    lines.push(row("", `for ${names.slice(0, 8).join(", ")}${more}`));
  }
  for (const { by, portions, reason, time } of report.withheld) {
    lines.push(row("withheld", `portion ${portions.join(", ")} by ${show(by)}, ${time} (${reason})`));
  }
  if (!report.quantumSafe) lines.push(row("caution", "NOT QUANTUM-SAFE: a portion is sealed to classical keys"));
  if (!report.signingTimeProven) lines.push(row("caution", "time of signing not proven: a card has expired since"));
  if (report.ignored.length > 0) lines.push(row("note", `unknown keys ${report.ignored.join(", ")} were ignored`));
  lines.push(row("digest", report.digest));
  return lines;
}
