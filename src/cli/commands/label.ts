/** `dipbag label`: markings read, written and rolled up; its other verbs have files of their own. */

import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { policiesAt } from "../../envelope/decision.ts";
import { DipbagError, fail } from "../../errors.ts";
import { explainJoin, type Piece } from "../../label/join.ts";
import { banner, FORMS, type FormName, framed, type Parsed, parseMarking, render } from "../../label/marking.ts";
import type { Policies, Policy } from "../../label/policy.ts";
import { audience, audienceOf, type Dated } from "../../label/release.ts";
import { type Marking, type Sealing, validate } from "../../label/valid.ts";
import { Home } from "../../node/home.ts";
import { isoTime } from "../../time.ts";
import type { Context, VerbModule } from "../context.ts";
import { folded, row } from "../describe.ts";
import { choice, nation } from "../flags.ts";
import { STDIN } from "../inputs.ts";
import { show } from "../output.ts";

interface Who {
  originator?: string;
}
interface RenderOptions {
  lang: string;
  form: FormName;
  exercise?: true;
}

/** No marking is cut: it is at most 1024 characters, escaped a few more. */
const LINE = 4096;

/** Loaded when called. */
const OTHERS: readonly (readonly [name: string, summary: string, load: () => Promise<VerbModule>])[] = [
  ["convert", "between XML of STANAG 4774, CBOR and JSON", () => import("./label-convert.ts")],
  ["compare", "compare levels of two policies", () => import("./label-compare.ts")],
  ["lint", "read reports before they are sealed", () => import("./label-lint.ts")],
];

export function command(command: Command, context: Context): void {
  const who = (verb: Command): Command =>
    verb.option("--originator <nation>", "who labels, as AAB; else the nation of your card", nation);
  command.description("Labels: what stands on a report, who may have it, and what stands on several together.");

  who(command.command("parse"))
    .summary("what a marking says")
    .description("Reads a banner, a portion mark, the form for file names or a page, and tells whom it lets in.")
    .argument("<text>", "as 'HARBOUR RESTRICTED REL TO AAB, QMB' or '(H-R REL AAB)'")
    .action((text: string, options: Who) => parse(text, options, context));

  command
    .command("render")
    .summary("write a label in another form or language")
    .description("Writes a label as a banner, portion mark, part of a file's name, or the lines of a page.")
    .argument("<text-or-file>", "a marking; or the file of one, or of a label as 'label convert' writes it; - is stdin")
    .option("--lang <code>", "as fr; else en. What the policy has not in it, is in its first language", language, "en")
    .addOption(choice("--form <form>", "else banner", FORMS).default("banner"))
    .option("--exercise", "in the frame of an exercise, as a marking is that has one")
    .action((text: string, options: RenderOptions) => rendered(text, options, context));

  who(command.command("join"))
    .summary("the label over several parts")
    .description("Rolls up labels of one policy to the label over all of them, and tells which part gave what.")
    .argument("<labels...>", "the marking of each part")
    .action((texts: readonly string[], options: Who) => join(texts, options, context));

  for (const [name, summary] of OTHERS) command.command(name).summary(summary);
  command.hook("preSubcommand", async (_, called) => {
    const [, , load] = OTHERS.find(([name]) => name === called.name()) ?? [];
    (await load?.())?.command(called, context);
  });
}

/** The policies known here; of several versions the newest counts. */
const policiesOf = async (context: Context): Promise<Policies> =>
  policiesAt(await new Home(context.home).policies(), context.at);

const policyIn = (known: Policies, { policy: [name] }: Marking): Policy =>
  known.get(name) ?? fail("ERR_POLICY_UNKNOWN", { policy: name });

/** As if sealed now by an originator of this nation, which must be told only where it matters. */
async function sealingFor(
  markings: readonly Marking[],
  known: Policies,
  { originator }: Who,
  context: Context,
): Promise<Sealing> {
  const matters = (marking: Marking): boolean => {
    const { policy, classifications } = policyIn(known, marking);
    const found = classifications.find(({ name }) => name === marking.classification);
    return policy.originatorNations !== undefined || found?.release === undefined;
  };
  const nation = originator ?? (await new Home(context.home).card())?.claims.nation;
  if (nation === undefined && markings.some(matters)) {
    fail("ERR_USAGE", { reason: "it depends on who labels: add --originator NATION" });
  }
  return { policies: known, originatorNation: nation ?? "", created: context.at };
}

const datedBy = (context: Context, marking: Marking): Dated => ({ ...marking, created: isoTime(context.at) });

const documentOf = ({ classification, tags = [] }: Marking, { policy, version }: Policy) => ({
  policy: policy.name,
  version,
  classification,
  tags: tags.map(([type, name, , values]) => ({ type, name, values })),
});

async function parse(text: string, options: Who, context: Context): Promise<void> {
  const known = await policiesOf(context);
  const { marking, exercise, form } = parseMarking(text, known);
  const policy = policyIn(known, marking);
  const sealing = await sealingFor([marking], known, options, context);
  const lets = audience(datedBy(context, marking), sealing);
  const document = { ...documentOf(marking, policy), exercise, audience: lets };
  if (context.asJson) return context.json({ schema: "dipbag/marking/1", text, form, ...document });
  const rows = [
    folded(show(framed(banner(marking, policy), exercise), LINE)),
    row("policy", show(`${document.policy} version ${document.version}`)),
    row("class", show(document.classification)),
    ...document.tags.map(({ type, name, values }) =>
      row("tag", show(`${name} ${values.join(", ")} (${type.toLowerCase()})`)),
    ),
    row("audience", show(lets.join(", ")) || "nobody"),
  ];
  await context.out(`${rows.join("\n")}\n`);
}

async function rendered(text: string, options: RenderOptions, context: Context): Promise<void> {
  const { lang, form } = options;
  const known = await policiesOf(context);
  const { marking, ...read } = await markingIn(text, known);
  const policy = policyIn(known, marking);
  // Who labels makes no difference to how it is written.
  const [anyone = ""] = policy.policy.originatorNations ?? [];
  validate(marking, { policies: known, originatorNation: anyone, created: context.at });
  const exercise = read.exercise || options.exercise === true;
  const made = render(marking, policy, { form, exercise, language: lang });
  // Another reader must find in it what was meant: words of another policy may be the same.
  parseMarking(made, known);
  if (!context.asJson)
    return context.out(
      `${made
        .split("\n")
        .map((line) => show(line, LINE))
        .join("\n")}\n`,
    );
  const document = { ...documentOf(marking, policy), exercise };
  return context.json({ schema: "dipbag/marking/1", text: made, form, language: lang, ...document });
}

/** What reads as a marking is one; all else is a file, with a marking or a label in it. */
async function markingIn(text: string, known: Policies): Promise<Pick<Parsed, "marking" | "exercise">> {
  try {
    if (text !== STDIN) return parseMarking(text, known);
  } catch (error) {
    if (!(error instanceof DipbagError) || error.code !== "ERR_MARKING" || !existsSync(text)) throw error;
  }
  const { contentOf, readLabel } = await import("../label-files.ts");
  const file = await contentOf(text);
  try {
    const { policy, classification, tags } = readLabel(file);
    return { marking: { policy, classification, ...(tags && { tags }) }, exercise: false };
  } catch (error) {
    if (!(error instanceof DipbagError) || error.code !== "ERR_TYPE") throw error;
  }
  return parseMarking(new TextDecoder().decode(file).replace(/\r?\n$/, ""), known);
}

async function join(texts: readonly string[], options: Who, context: Context): Promise<void> {
  const known = await policiesOf(context);
  const parts = texts.map((text) => parseMarking(text, known));
  const exercise = parts.every((part) => part.exercise);
  const odd = parts.findIndex((part) => part.exercise !== parts[0]?.exercise);
  if (odd > 0)
    fail("ERR_USAGE", { reason: `of labels 1 and ${odd + 1} one is in the frame of an exercise, one is not` });

  const markings = parts.map(({ marking }) => marking);
  const sealing = await sealingFor(markings, known, options, context);
  const [first, ...others] = markings.map((marking) => datedBy(context, marking));
  if (first === undefined) return fail("ERR_INTERNAL");
  const { label, pieces } = explainJoin([first, ...others], sealing);
  const policy = policyIn(known, label);
  // Parts that have nobody in common have a label all the same.
  const lets = audienceOf(validate(label, sealing), sealing);
  const whole = framed(banner(label, policy), exercise);
  const banners = markings.map((marking) => banner(marking, policy));
  if (context.asJson) {
    return context.json({
      schema: "dipbag/join/1",
      banner: whole,
      exercise,
      ...documentOf(label, policy),
      audience: lets,
      parts: banners,
      pieces: pieces.map(({ tag = null, ...piece }) => ({ tag, ...piece })),
    });
  }
  const rows = [
    folded(show(whole, LINE)),
    ...banners.map((text, i) => row(`part ${i + 1}`, show(text))),
    ...pieces.map((piece) => row(piece.tag === undefined ? "class" : "tag", show(why(piece)))),
    row("audience", show(lets.join(", ")) || "nobody"),
  ];
  await context.out(`${rows.join("\n")}\n`);
}

function why({ tag, values, rule, parts }: Piece): string {
  const several = parts.length > 1;
  const named = several ? `parts ${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : `part ${parts[0]}`;
  const reasons: Readonly<Record<Piece["rule"], string>> = {
    highest: `the highest, of ${named}`,
    union: `stated by ${named}`,
    agreed: "the same in all parts",
    common: several ? `whom ${named} all let in` : `whom ${named} lets in`,
    originator: `${named} let in nobody in common, so only the originator's nation`,
    lost: `left out: it is stated by ${named}, and not common to all`,
  };
  return `${[...(tag === undefined ? [] : [tag]), values.join(", ")].join(" ").trim()}: ${reasons[rule]}`;
}

function language(text: string): string {
  if (!/^[a-z]{2,3}$/.test(text)) throw new InvalidArgumentError("A language is two or three small letters, as fr.");
  return text;
}
