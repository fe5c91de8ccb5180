/** `dipbag label convert`: a label as XML of STANAG 4774, as deterministic CBOR, and as JSON. Nothing is lost between them. */

import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { newest } from "../../envelope/decision.ts";
import type { Label } from "../../label/label.ts";
import { labelDocument } from "../../label/label-json.ts";
import { parseMarking } from "../../label/marking.ts";
import { policies } from "../../label/policy.ts";
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
      "a label in any of the three forms; - is stdin; or a marking, to be labelled by you, now",
    )
    .addOption(new Option("--to <form>", "else json from xml, and xml from the others").choices(Object.keys(FORMS)))
    .option("-o, --out <file>", "where it is written; else stdout")
    .action((path: string, options: Options) => convert(path, options, context));
}

async function convert(path: string, { to, out: named }: Options, context: Context): Promise<void> {
  const out = named ?? STDOUT;
  const { form, label } = await labelIn(path, context);
  const toFile = out !== STDOUT;
  const target = to ?? (form === "xml" || (context.asJson && !toFile) ? "json" : "xml");
  // The document of --json is the label's own, whatever else is written.
  if (toFile || target !== "json") checkOutput(out, [path], context);
  const made = FORMS[target].write(label);
  const document = context.asJson ? labelDocument(label) : undefined;
  if (toFile) await writeMade(out, async () => [made, undefined]);
  if (document !== undefined) return context.json({ ...document });
  for (const caution of cautions(label, target)) context.note(folded(`caution: ${caution}`));
  if (toFile) return context.note(folded(`The label is in ${show(out)}.`));
  if (target === "cbor" || pieces(label) > 0) context.allowBinary(named === STDOUT);
  await context.out(made);
}

/** The label of a file; or the one that `pack` would make of a marking, where there is no such file. */
async function labelIn(path: string, context: Context): Promise<{ readonly form?: Form; readonly label: Label }> {
  // What cannot be a marking is the name of a file, also if that is missing.
  if (path === STDIN || existsSync(path) || !/[ :]|^[A-Z]+$/.test(path)) {
    const file = await contentOf(path);
    const form = formOf(file);
    return { form, label: FORMS[form].read(file) };
  }
  const home = new Home(context.home);
  const known = policies(...newest(await home.policies(), context.at).map(({ policy }) => policy));
  const { marking } = parseMarking(path, known);
  return { label: originatorLabel(marking, await home.ownCard(), context.at) };
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
