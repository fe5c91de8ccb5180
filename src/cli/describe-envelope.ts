/** A verified envelope, as JSON and as lines, and the banners over it. */

import { hex } from "../bytes.ts";
import { SUITES } from "../crypto/suites.ts";
import { sealingBy } from "../envelope/decision.ts";
import type { HeadPortion } from "../envelope/head.ts";
import { withheldPortions } from "../envelope/statements.ts";
import type { OpenEnvelope, VerifiedEnvelope } from "../envelope/verify.ts";
import { REASONS } from "../envelope/withhold.ts";
import { ENVIRONMENT, environmentName } from "../environment.ts";
import { DipbagError } from "../errors.ts";
import { join } from "../label/join.ts";
import { environmentOf, type Handling, type Label, type Labels } from "../label/label.ts";
import { banner, framed } from "../label/marking.ts";
import { OBLIGATIONS } from "../label/obligation.ts";
import { unixSeconds } from "../label/shapes.ts";
import { currentLabel, predecessors, successors } from "../label/succession.ts";
import type { Marking } from "../label/valid.ts";
import { isoTime } from "../time.ts";
import { cardDocument, listed, row, size, who } from "./describe.ts";
import { show } from "./output.ts";

/** The pack of a label's policy that the envelope names; else, for labels that nobody is judged by, one that is known here. */
const packOf = ({ policy: [name] }: Marking, { head, trust }: OpenEnvelope) =>
  [...head.policies, ...trust.policies].find(({ policy }) => policy.policy.name === name);

/** The banner of a label; where its policy is not known here, its classification. */
export function bannerOf(label: Marking, envelope: OpenEnvelope): string {
  const pack = packOf(label, envelope);
  return pack === undefined ? label.classification : banner(label, pack.policy);
}

const framedBanner = (label: Marking, envelope: OpenEnvelope): string =>
  framed(bannerOf(label, envelope), environmentOf(envelope.head.core.handling) === ENVIRONMENT.exercise);

/** Labels are shown as they stand at the time asked about: after a succession that is due, the successor. */
export const envelopeBanner = (envelope: OpenEnvelope): string =>
  framedBanner(currentLabel(envelope.head.core.labels.originator, envelope.at), envelope);

/**
 * The banner over what a reader sees who opened these portions: their roll-up, which may be below the envelope's label. That
 * covers them also where they have no roll-up, for it was written by hand.
 */
export function viewBanner(envelope: OpenEnvelope, opened: ReadonlySet<number>): string {
  const { core, portions, signers } = envelope.head;
  const labels = portions
    .filter(({ number }) => opened.has(number))
    .map(({ labels }) => currentLabel(labels.value.originator, envelope.at));
  const [first, ...others] = labels;
  if (first === undefined) return envelopeBanner(envelope);
  try {
    const marking = join([first, ...others], sealingBy(signers[0].card, core.created, envelope.head.policies));
    return framedBanner(marking, envelope);
  } catch (error) {
    if (error instanceof DipbagError) return envelopeBanner(envelope);
    throw error;
  }
}

const isReviewDue = ({ review }: Label, at: number): boolean =>
  review !== undefined && (unixSeconds(review) ?? Infinity) <= at;

/** What is stated, under the names of spec/label.md section 2; times as RFC 3339. */
function handlingDocument({ consents, validUntil, retainUntil, deleteBy, ...rest }: Handling) {
  const times = Object.entries({ validUntil, retainUntil, deleteBy });
  return {
    ...rest,
    ...Object.fromEntries(times.flatMap(([name, time]) => (time === undefined ? [] : [[name, isoTime(time)]]))),
    ...(consents !== undefined && { consents: consents.map(hex) }),
  };
}

/** What the handling says to a reader at `at`, Unix seconds, for a person. The banner tells already whether it is an exercise. */
export function handlingLines(handling: Handling, at: number): string[] {
  const { obligations = [], deleteBy, precedence, sourceGrading, derivedFrom } = handling;
  const stated = <T>(name: string, value: T | undefined, text: (value: T) => string = (one) => show(String(one))) =>
    value === undefined ? [] : [row(name, text(value))];
  return [
    ...stated("TLP", handling.tlp, (tlp) => `TLP:${tlp}`),
    ...stated("PAP", handling.pap, (pap) => `PAP:${pap}`),
    ...stated("precedence", precedence, ([action, copies]) => `${action}; ${copies} for those who get a copy`),
    ...stated("under", handling.agreement),
    ...stated("purpose", handling.purpose),
    ...stated("personal", handling.personalData, (kind) => `data: ${kind}`),
    ...stated("valid", handling.validUntil, (time) => `until ${isoTime(time)}`),
    ...stated("keep", handling.retainUntil, (time) => `until ${isoTime(time)}`),
    ...obligations.map((name) =>
      row(
        "you must",
        `${OBLIGATIONS[name]}${name === "delete-by" && deleteBy !== undefined ? `, by ${isoTime(deleteBy)}` : ""} (${name})`,
      ),
    ),
    ...(deleteBy !== undefined && deleteBy < at
      ? [row("caution", `every copy was to be deleted by ${isoTime(deleteBy)}`)]
      : []),
    ...stated("source", sourceGrading, ([reliability, credibility]) => `${reliability}${credibility}`),
    ...stated("from", derivedFrom, (sources) => listed(sources)),
    ...stated("higher for", handling.compilationReason),
    ...stated("lint", handling.lintReason, (reason) => `set aside: ${show(reason)}`),
  ];
}

/** What a label says beside its banner at `at`, Unix seconds: its privacy mark, whose place it has taken, and what will take its own. */
export function labelLines(label: Label, at: number, bannerOf: (label: Label) => string, name = ""): string[] {
  const { privacyMark } = currentLabel(label, at);
  return [
    ...(privacyMark === undefined ? [] : [row(name, `privacy mark: ${show(privacyMark)}`)]),
    ...predecessors(label, at).map(({ until, label: former }) =>
      row(name, `until ${show(until)}: ${show(bannerOf(former))}`),
    ),
    ...successors(label, at).map(({ from, label: next }) =>
      row(name, `from ${show(from)} on: ${show(bannerOf(next))}`),
    ),
  ];
}

/** A card that has expired since cannot show by itself that it signed before. */
export const isSigningTimeProven = ({ head, statements, at }: OpenEnvelope): boolean =>
  [...head.signers.map(({ card }) => card), ...statements.map(({ withholder }) => withholder)].every(
    ({ claims }) => claims.expires >= at,
  );
export const NOT_PROVEN = row("caution", "time of signing not proven: a card has expired since");

/** The labels beside the originator's: those in other policies let in whoever is cleared there and not in its own (label.md, D5). */
function others({ alternatives = [], metadata, ciphertext }: Labels, envelope: OpenEnvelope) {
  const described = (kind: "alternative" | "metadata" | "ciphertext", label: Label) => {
    const current = currentLabel(label, envelope.at);
    const known = packOf(current, envelope) !== undefined;
    return { kind, policy: current.policy[0], banner: bannerOf(current, envelope), known };
  };
  return [
    ...alternatives.map((label) => described("alternative", label)),
    ...(metadata === undefined ? [] : [described("metadata", metadata)]),
    ...(ciphertext === undefined ? [] : [described("ciphertext", ciphertext)]),
  ];
}

/** The same for a person. */
export const otherLabelLines = (labels: Labels, envelope: OpenEnvelope, name = ""): string[] =>
  others(labels, envelope).map(({ kind, policy, banner, known }) => {
    const whose = kind === "alternative" ? `also for those cleared in ${policy}` : `its ${kind}`;
    return row(name, show(`${whose}: ${known ? banner : `${policy} ${banner}, which is not known here`}`));
  });

/** All that is signed about how something is labelled, as it stands at the time asked about. */
const labelDocument = (labels: Labels, envelope: OpenEnvelope) => {
  const { originator } = labels;
  const current = currentLabel(originator, envelope.at);
  const of = (label: Label) => bannerOf(label, envelope);
  return {
    banner: of(current),
    privacyMark: current.privacyMark ?? null,
    was: predecessors(originator, envelope.at).map(({ until, label }) => ({ until, banner: of(label) })),
    becomes: successors(originator, envelope.at).map(({ from, label }) => ({ from, banner: of(label) })),
    others: others(labels, envelope),
  };
};

const suitesOf = ({ slots }: HeadPortion) => slots.recipients.map(([header]) => SUITES[header.value.alg]);

/** The name on a card that is known here; else the first digits of its digest. */
const nameOf = (card: Uint8Array, { trust }: OpenEnvelope): string =>
  trust.card(card)?.claims.name ?? `card ${hex(card).slice(0, 8)}`;

/** What a signer is to the envelope (spec/envelope.md section 3). */
/** What an envelope says that it is to another (spec/envelope.md section 2.3). No rule acts on it. */
const RELATIONS = ["supersedes", "replies-to", "forwards", "recalls"] as const;
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
    created: isoTime(core.created),
    environment: environmentName(environmentOf(core.handling)),
    banner: envelopeBanner(envelope),
    label: labelDocument(core.labels, envelope),
    audience: core.audience,
    links: (core.links ?? []).map(([relation, digest]) => ({ relation: RELATIONS[relation], digest: hex(digest) })),
    signers: signers.map(({ card, role }) => ({ role: ROLES[role] ?? String(role), card: cardDocument(card) })),
    signingTimeProven: isSigningTimeProven(envelope),
    handling: handlingDocument(core.handling),
    policies: core.policies.map(([name, version, sha256]) => ({ name, version, digest: hex(sha256) })),
    /** Whether a label has come to the day on which somebody was to look at it again. */
    reviewDue: [core.labels, ...portions.map(({ labels }) => labels.value)].some(({ originator }) =>
      isReviewDue(currentLabel(originator, at), at),
    ),
    complete: withheld.size === 0,
    quantumSafe: portions.every((portion) => suitesOf(portion).every(({ quantumSafe }) => quantumSafe)),
    portions: portions.map((portion) => ({
      number: portion.number,
      ...labelDocument(portion.labels.value, envelope),
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
      time: isoTime(payload.time),
    })),
    ignored: head.ignored,
  };
}

/** The same for a person. */
export function envelopeLines(envelope: VerifiedEnvelope): string[] {
  const report = envelopeDocument(envelope);
  const { core, portions } = envelope.head;
  const beside = (labels: Labels) => [
    ...labelLines(labels.originator, envelope.at, (label) => bannerOf(label, envelope)),
    ...otherLabelLines(labels, envelope),
  ];
  const lines = [row("banner", show(report.banner)), ...beside(core.labels), row("sealed", report.created)];
  for (const [i, { card: signer, role }] of report.signers.entries()) {
    lines.push(row("by", `${who(signer)}${i === 0 ? "" : `, as ${role}`}`));
    lines.push(row("", `vouched for by ${show(signer.authority)}`));
  }
  for (const { relation, digest } of report.links) lines.push(row(relation ?? "", digest));
  lines.push(row("for", listed(report.audience)), ...handlingLines(core.handling, envelope.at));
  for (const [i, { number, banner: marking, bytes, withheld, recipients }] of report.portions.entries()) {
    lines.push(row(`portion ${number}`, `${show(marking)}, ${withheld ? "WITHHELD" : size(bytes)}`));
    lines.push(...beside(portions[i]!.labels.value));
    const names = recipients.map(({ name, card }) =>
      card === null ? "(hidden)" : listed([name ?? `card ${card.slice(0, 8)}`]),
    );
    const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
    lines.push(row("", `for ${names.slice(0, 8).join(", ")}${more}`));
  }
  for (const [i, { by, portions, reason, time }] of report.withheld.entries()) {
    lines.push(row("withheld", `portion ${portions.join(", ")} by ${listed([by])}, ${time} (${reason})`));
    const { madeFor } = envelope.statements[i]!.payload;
    lines.push(row("", `for ${listed(madeFor.map((card) => nameOf(card, envelope)))} only`));
  }
  const unknown = report.portions.flatMap(({ recipients }) => recipients.filter(({ name }) => name === null));
  const strangers = new Set(unknown.map((one) => one.card ?? one)).size;
  if (strangers > 0) {
    const who = strangers === 1 ? "1 recipient whose card is" : `${strangers} recipients whose cards are`;
    lines.push(row("note", `not judged: ${who} not known here`));
  }
  if (report.reviewDue) lines.push(row("caution", "a label is due for review by its originator"));
  if (!report.quantumSafe) lines.push(row("caution", "NOT QUANTUM-SAFE: a portion is sealed to classical keys"));
  if (!report.signingTimeProven) lines.push(NOT_PROVEN);
  if (report.ignored.length > 0) lines.push(row("note", `unknown keys ${report.ignored.join(", ")} were ignored`));
  lines.push(row("digest", report.digest));
  return lines;
}
