/** `dipbag preview`: who could open what, and why not, before anything is sealed. */

import type { Command } from "commander";
import { equal } from "../../bytes.ts";
import { chooseKeys, decideSlot, type SlotDecision } from "../../envelope/decision.ts";
import { type ExaminedPlan, examinePlan } from "../../envelope/plan.ts";
import { DipbagError } from "../../errors.ts";
import type { Home } from "../../node/home.ts";
import { isValidAt, type VerifiedCard, verifyCard } from "../../trust/pin.ts";
import type { Context } from "../context.ts";
import { folded, listed, row } from "../describe.ts";
import { labelLines } from "../describe-envelope.ts";
import { decisionDocument, traceLines } from "../explain.ts";
import { lintPlan, noteFindings, refusalOf } from "../linting.ts";
import { problemOf, reportLines, show } from "../output.ts";
import { type Planned, type PlanOptions, partsOf, planFlags, withPlan } from "../plan.ts";

export function command(command: Command, context: Context): void {
  planFlags(command)
    .description(
      "Takes the arguments of pack, seals nothing, asks for no passphrase: shows for each part who could open it, who could " +
        "not and why, what would mend it, and who else in the address book could be named.",
    )
    .action((files: readonly string[], options: PlanOptions) =>
      withPlan(partsOf(files, options), options, context, (planned) => preview(planned, options, context)),
    );
}

async function preview(planned: Planned, { explain }: PlanOptions, context: Context): Promise<void> {
  const { home, plan, banner, bannerOf } = planned;
  const examined = examinePlan(plan);
  const others = await cardsOf(home, context.at);
  const findings = await lintPlan(planned);
  const portions = plan.portions.map(({ labels, files, recipients }, i) => ({
    number: i + 1,
    banner: bannerOf(labels.originator),
    files: files.map(({ name }) => name),
    recipients: examined.decisions.filter(({ portion }) => portion === i + 1),
    others: others
      .filter((card) => !recipients.some(({ digest }) => equal(digest, card.digest)))
      .map((recipient) => decideFor(recipient, i, planned, examined)),
  }));
  const denied = examined.decisions.find(({ decision }) => decision.verdict === "deny")?.decision;
  const refusal =
    denied?.verdict === "deny" ? new DipbagError(denied.code, denied.details) : refusalOf(findings, plan.handling);
  const status = refusal?.status ?? 0;
  context.outcome(status);

  const noteRefusal = () => {
    if (refusal === undefined) return;
    for (const line of reportLines(problemOf(refusal), context.noteStyle)) context.note(line);
  };
  if (context.asJson) {
    const documents = (all: readonly SlotDecision[]) => all.map((one) => decisionDocument(one, explain));
    const { audience } = examined.core;
    await context.json({
      schema: "dipbag/preview/1",
      status,
      banner,
      audience,
      portions: portions.map((one) => ({
        ...one,
        recipients: documents(one.recipients),
        others: documents(one.others),
      })),
      findings,
    });
    return noteRefusal();
  }
  const lines = [folded(banner)];
  for (const { number, banner: marking, files, recipients, others: unnamed } of portions) {
    const label = plan.portions[number - 1]!.labels.originator;
    lines.push(row(`portion ${number}`, marking), ...labelLines(label, context.at, bannerOf));
    lines.push(row("", listed(files)));
    for (const one of recipients) lines.push(...personLines(one, "opens", "CANNOT", explain));
    for (const one of unnamed) lines.push(...personLines(one, "could", "could not", explain).slice(0, 1));
  }
  lines.push(folded(banner));
  await context.out(`${lines.join("\n")}\n`);
  noteFindings(findings, context);
  if (refusal === undefined) context.note("It would be sealed.");
  noteRefusal();
}

/** What would be decided about somebody who is not named, if they were. */
function decideFor(recipient: VerifiedCard, index: number, { plan }: Planned, examined: ExaminedPlan): SlotDecision {
  const { core, packs } = examined;
  const { labels, recipients } = plan.portions[index]!;
  const slot = { recipient, hidden: plan.hideRecipients, action: "seal-to", at: plan.created } as const;
  const about = { portion: index + 1, recipient };
  try {
    // With somebody else among them, all may need other keys.
    const { alg } = chooseKeys([...recipients, recipient]).at(-1)!;
    return { ...about, decision: decideSlot({ core, labels, originator: plan.card, packs, alg, ...slot }) };
  } catch (error) {
    if (!(error instanceof DipbagError)) throw error;
    return { ...about, decision: { verdict: "deny", code: error.code, details: error.details, trace: [] } };
  }
}

/** Everybody in the address book whose card is trusted and valid at `at`, the user too. */
async function cardsOf(home: Home, at: number): Promise<readonly VerifiedCard[]> {
  const own = await home.ownCard();
  const pins = await home.pins();
  const known = (await home.cards()).flatMap((card) => {
    try {
      return equal(card.digest, own.digest) ? [] : [verifyCard(card, pins)];
    } catch (error) {
      if (error instanceof DipbagError) return [];
      throw error;
    }
  });
  return [own, ...known].filter((card) => isValidAt(card, at));
}

function personLines(one: SlotDecision, yes: string, no: string, explain: true | undefined): string[] {
  const { verdict, name, nation, ...why } = decisionDocument(one, undefined);
  const who = `${listed([name])} (${show(nation)})`;
  return [
    row(verdict === "permit" ? yes : no, verdict === "permit" ? who : `${who}: ${why.message} [${why.code}]`),
    ...(why.fix ? [row("", `fix: ${why.fix}`)] : []),
    ...(explain ? traceLines(one.decision.trace) : []),
  ];
}
