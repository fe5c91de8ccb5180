/** `dipbag pack`: sealing files for named recipients, under a label. */

import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import { pack } from "../../envelope/pack.ts";
import { checkPlan } from "../../envelope/plan.ts";
import { type Threads, threads } from "../../node/threads.ts";
import { isoTime } from "../../time.ts";
import type { Context } from "../context.ts";
import { folded, listed, row, size } from "../describe.ts";
import { labelLines } from "../describe-envelope.ts";
import { decisionDocuments, decisionLines, explained } from "../explain.ts";
import { lintPlan, noteFindings, refusalOf } from "../linting.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT, writeEnvelope } from "../outputs.ts";
import { filesIn, type Planned, type PlanOptions, partsOf, planFlags, withPlan } from "../plan.ts";

interface Options extends PlanOptions {
  readonly out: string;
  readonly armor?: true;
  readonly force?: true;
}

export function command(command: Command, context: Context): void {
  planFlags(command)
    .description("Seals files for named recipients. Each part is a file of its own; a part may have its own label.")
    .requiredOption("-o, --out <file>", "the envelope; - is stdout")
    .option("--armor", "as text, for channels that only take text")
    .option("--force", "replace an existing file")
    .action((files: readonly string[], options: Options) => run(files, options, context));
}

async function run(files: readonly string[], options: Options, context: Context): Promise<void> {
  const parts = partsOf(files, options);
  checkOutput(options.out, filesIn(parts, options), context);
  const bulk = threads();
  try {
    await withPlan(parts, options, context, (planned) => seal(planned, bulk, options, context));
  } finally {
    await bulk.close();
  }
}

async function seal(planned: Planned, bulk: Threads, options: Options, context: Context): Promise<void> {
  const { home, plan, banner, bannerOf } = planned;
  const { portions } = plan;
  const total = portions.reduce((sum, { files }) => sum + files.reduce((all, file) => all + file.size, 0), 0);
  const { decisions } = await explained(options.explain, context, async () => checkPlan(plan));
  const findings = await lintPlan(planned);
  const refusal = refusalOf(findings, plan.handling);
  if (refusal !== undefined) {
    if (!context.asJson) noteFindings(findings, context);
    throw refusal;
  }

  const report = await writeEnvelope(options, context, async (sink) => {
    const identity = await home.identity("user", () => context.passphrase("your passphrase"));
    // Not before: what unlocking needs is the most that there is ever in memory.
    bulk.prepare("seal", total);
    const progress = context.progress("packing", total);
    try {
      return await pack({ ...plan, identity }, sink, progress.add, bulk);
    } finally {
      progress.done();
    }
  });

  const document = {
    output: options.out,
    digest: hex(report.digest),
    id: hex(report.id),
    created: isoTime(context.at),
    banner,
    bytes: report.size,
    portions: portions.map(({ labels, files, recipients }, i) => ({
      number: i + 1,
      banner: bannerOf(labels.originator),
      files: files.map(({ name }) => name),
      recipients: recipients.map(({ claims }) => claims.name),
    })),
    ...(findings.length > 0 && { findings }),
    ...(options.explain && { decisions: decisionDocuments(decisions) }),
  };
  if (context.asJson) return context.json({ schema: "dipbag/pack/1", ...document });
  if (options.explain) for (const line of decisionLines(decisions)) context.note(line);
  const target = options.out === STDOUT ? "stdout" : show(options.out);
  context.note(folded(banner));
  for (const [i, { number, banner: marking, files: names, recipients }] of document.portions.entries()) {
    context.note(row(`portion ${number}`, marking));
    for (const line of labelLines(portions[i]!.labels.originator, context.at, bannerOf)) context.note(line);
    context.note(row("", listed(names)));
    context.note(row("", `for ${listed(recipients)}`));
  }
  context.note(row("sealed in", `${target}, ${size(report.size)}`));
  context.note(row("digest", document.digest));
  noteFindings(findings, context);
  context.note(folded(banner));
}
