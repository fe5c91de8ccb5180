/** `dipbag label convert`: a label as XML of STANAG 4774, as deterministic CBOR, and as JSON. Nothing is lost between them. */

import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { policiesAt } from "../../envelope/decision.ts";
import { DipbagError } from "../../errors.ts";
import type { Label } from "../../label/label.ts";
import { labelDocument } from "../../label/label-json.ts";
import { parseMarking } from "../../label/marking.ts";
import type { Policies } from "../../label/policy.ts";
import type { Marking } from "../../label/valid.ts";
import { Home } from "../../node/home.ts";
import type { Context } from "../context.ts";
import { folded } from "../describe.ts";
import { STDIN } from "../inputs.ts";
import { contentOf, FORMS, type Form, formOf } from "../label-files.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT, writeMade } from "../outputs.ts";
import { originatorLabel } from "../plan.ts";

interface Options {
  to?: Form;
  out?: string;
}

export function command(command: Command, context: Context): void {
  command
    .description("Converts one label between XML of STANAG 4774, CBOR and JSON, without loss or not at all.")
    .argument(
      "<file-or-marking>",
      "a marking, to be labelled by you, now; or the file of a label in any of the three forms, - is stdin",
    )
    .addOption(new Option("--to <form>", "else json from xml, and xml from the others").choices(Object.keys(FORMS)))
    .option("-o, --out <file>", "where it is written; else stdout")
    .action((text: string, options: Options) => convert(text, options, context));
}

async function convert(text: string, { to, out: named }: Options, context: Context): Promise<void> {
  const out = named ?? STDOUT;
  const { form, label } = await labelIn(text, context);
  const toFile = out !== STDOUT;
  const target = to ?? (form === "xml" || (context.asJson && !toFile) ? "json" : "xml");
  // The document of --json is the label's own, whatever else is written.
  if (toFile || target !== "json") checkOutput(out, [text], context);
  const made = FORMS[target].write(label);
  const document = context.asJson ? labelDocument(label) : undefined;
  if (toFile) await writeMade(out, async () => [made, undefined]);
  if (document !== undefined) return context.json({ ...document });
  for (const caution of cautions(label, target)) context.note(folded(`caution: ${caution}`));
  const from = form === undefined ? show(text) : `of ${text === STDIN ? "stdin" : show(text)}`;
  if (toFile) return context.note(folded(`The label ${from} is in ${show(out)}.`));
  if (target === "cbor" || pieces(label) > 0) context.allowBinary(named === STDOUT);
  await context.out(made);
}

interface Read {
  readonly label: Label;
  /** Of the file; undefined where it was a marking. */
  readonly form?: Form;
}

/**
 * The label that `pack` would make of a marking, or else the one of a file, so that no file is taken for what was typed.
 * @throws DipbagError as parseMarking, where it looks like a marking and no file has this name; as contentOf and the forms
 */
async function labelIn(text: string, context: Context): Promise<Read> {
  const home = new Home(context.home);
  if (text !== STDIN && !text.startsWith("./")) {
    const known = policiesAt(await home.policies(), context.at);
    const marking = markingOf(text, known);
    if (marking !== undefined) return { label: originatorLabel(marking, await home.ownCard(), context.at) };
  }
  const file = await contentOf(text);
  const form = formOf(file);
  return { form, label: FORMS[form].read(file) };
}

/** Undefined where it can only be the name of a file. @throws DipbagError as parseMarking */
function markingOf(text: string, known: Policies): Marking | undefined {
  try {
    return parseMarking(text, known).marking;
  } catch (error) {
    const isName = existsSync(text) || !/[ :]|^[A-Z]+$/.test(text);
    if (!(error instanceof DipbagError) || error.code !== "ERR_MARKING" || !isName) throw error;
    return undefined;
  }
}

const pieces = ({ foreign = [], succession }: Label): number =>
  foreign.length + (succession === undefined ? 0 : pieces(succession[1]));

function cautions(label: Label, target: Form): string[] {
  const foreign = pieces(label);
  const { review, succession } = label;
  return [
    ...(foreign > 0 ? [`it carries foreign XML (${foreign}), which is kept and never part of a decision`] : []),
    ...(target === "xml" && review === undefined && succession === undefined
      ? ["it has no date of review, which ADatP-4774 asks for where there is no succession"]
      : []),
  ];
}
