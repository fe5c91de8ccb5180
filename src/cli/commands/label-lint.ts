/** `dipbag label lint`: reading reports before they are sealed. */

import type { Command } from "commander";
import { policiesAt } from "../../envelope/decision.ts";
import { ENVIRONMENT } from "../../environment.ts";
import { TLP } from "../../label/label.ts";
import type { LintContext } from "../../label/lint/lint.ts";
import { parseMarking } from "../../label/marking.ts";
import { validate } from "../../label/valid.ts";
import { Home } from "../../node/home.ts";
import type { Context } from "../context.ts";
import { choice, nation } from "../flags.ts";
import { mediaTypeOf, openInput, packedName, requireOneStdin } from "../inputs.ts";
import { countOf, errorsIn, findingsText, type Linted, lintFile } from "../linting.ts";
import { problemOf, reportLines } from "../output.ts";

interface Options {
  label: string;
  tlp?: keyof typeof TLP;
  exercise?: true;
  originator?: string;
}

export function command(command: Command, context: Context): void {
  command
    .summary("read reports before they are sealed")
    .description(
      "Reads the markings in text, Markdown, STIX 2.1, JSON and the metadata of PDF, and compares them with each other and " +
        "with the label that the files are to be sealed under. Other files are named as not examined.",
    )
    .argument("<files...>", "what is to be sealed")
    .requiredOption("--label <label>", "the marking, as 'HARBOUR RESTRICTED REL TO AAB, QMB' or 'TLP:AMBER'")
    .addOption(choice("--tlp <tlp>", "the TLP of the envelope", Object.keys(TLP)))
    .option("--exercise", "it is for an exercise; so it is if your card or --label says so")
    .option("--originator <nation>", "who labels, as AAB; else the nation of your card", nation)
    .action((files: readonly string[], options: Options) => run(files, options, context));
}

async function run(files: readonly string[], options: Options, context: Context): Promise<void> {
  requireOneStdin(files);
  const told = await contextOf(options, context);
  const results: Linted[] = [];
  for (const input of files) {
    const source = await openInput(input);
    try {
      results.push(await lintFile(input, mediaTypeOf(packedName(input)), (length) => source.read(0, length), told));
    } finally {
      await source.close();
    }
  }
  const refusal = errorsIn(results);
  const status = refusal?.status ?? 0;
  const counts = { errors: countOf(results, "error"), warnings: countOf(results, "warning") };
  if (context.asJson) await context.json({ schema: "dipbag/lint/1", status, ...counts, files: results });
  else {
    const gap = ({ findings }: Linted, i: number): string => (i > 0 && findings.length > 0 ? "\n" : "");
    await context.out(results.map((result, i) => gap(result, i) + findingsText(result, context.style)).join(""));
  }
  context.outcome(status);
  if (refusal !== undefined) for (const line of reportLines(problemOf(refusal), context.noteStyle)) context.note(line);
}

/** @throws DipbagError ERR_MARKING; as validate */
async function contextOf(options: Options, context: Context): Promise<LintContext> {
  const home = new Home(context.home);
  const known = policiesAt(await home.policies(), context.at);
  const { marking: label, exercise } = parseMarking(options.label, known);
  const { nation: own = "", environment } = (await home.card())?.claims ?? {};
  const originatorNation = options.originator ?? own;
  const told = { policies: known, originatorNation, created: context.at, label, tlp: options.tlp };
  // Where nobody says who will label it, that is no fault of the label.
  const [anyone = ""] = known.get(label.policy[0])?.policy.originatorNations ?? [];
  validate(label, { ...told, originatorNation: originatorNation || anyone });
  return { ...told, exercise: exercise || options.exercise === true || environment === ENVIRONMENT.exercise };
}
