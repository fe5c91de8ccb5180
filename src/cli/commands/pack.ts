/** `dipbag pack`: sealing files for named recipients, under a label. */

import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import { checkNames } from "../../envelope/contents.ts";
import { sealingBy } from "../../envelope/decision.ts";
import { checkPlan, type InputFile, type PortionPlan, pack } from "../../envelope/pack.ts";
import { DipbagError, fail } from "../../errors.ts";
import { BUILT_IN } from "../../label/builtin.ts";
import { ENVIRONMENT, type Label } from "../../label/label.ts";
import { banner, framed, parseMarking } from "../../label/marking.ts";
import { policies } from "../../label/policy.ts";
import { overall } from "../../label/rollup.ts";
import type { Marking } from "../../label/valid.ts";
import { Home } from "../../node/home.ts";
import type { OpenSource } from "../../node/source.ts";
import { encryptedSpool } from "../../node/spool.ts";
import { threads } from "../../node/threads.ts";
import type { VerifiedCard } from "../../trust/pin.ts";
import type { Context } from "../context.ts";
import { folded, iso, row, size } from "../describe.ts";
import { asIs, collect, pair } from "../flags.ts";
import { mediaTypeOf, openInput, packedName, STDIN } from "../inputs.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT, writeEnvelope } from "../outputs.ts";

type Pairs = readonly (readonly [string, string])[];
interface Options {
  label?: string;
  to?: readonly string[];
  portion?: Pairs;
  portionTo?: Pairs;
  out: string;
  pad: boolean;
  hideRecipients?: true;
  armor?: true;
  force?: true;
}

const KNOWN = policies(...BUILT_IN.map(({ policy }) => policy));

export function command(command: Command, context: Context): void {
  command
    .description("Seals files for named recipients. Each part is a file of its own; a part may have its own label.")
    .argument("[files...]", "what to seal; - is stdin")
    .option("--label <label>", "the marking, as 'HARBOUR RESTRICTED REL TO AAB, QMB' or 'TLP:AMBER'")
    .option("--to <name>", "a recipient, as in 'dipbag cards'; may be repeated", collect(asIs))
    .option("--portion <file=label>", "a part with its own label; may be repeated", collect(pair))
    .option("--portion-to <file=name>", "who gets that part, if not everybody; may be repeated", collect(pair))
    .requiredOption("-o, --out <file>", "the envelope; - is stdout")
    .option("--no-pad", "show the exact length")
    .option("--hide-recipients", "leave out whose keys can open it")
    .option("--armor", "as text, for channels that only take text")
    .option("--force", "replace an existing file")
    .action((files: readonly string[], options: Options) => run(files, options, context));
}

async function run(files: readonly string[], options: Options, context: Context): Promise<void> {
  const parts = partsOf(files, options);
  const paths = parts.map(({ path }) => path);
  checkOutput(options.out, paths, context);
  const home = new Home(context.home);
  const card = await home.ownCard();
  const opened: OpenSource[] = [];
  const bulk = threads();
  try {
    const portions = await portionsOf(parts, home, card, opened, context);
    const markings = portions.map(({ labels }) => labels.originator);
    const sealing = sealingBy(card, context.at, BUILT_IN);
    const whole = labelOf(overall(markings as [Label, ...Label[]], sealing), card, context.at);
    const exercise = card.claims.environment === ENVIRONMENT.exercise;
    const shown = framed(banner(whole, KNOWN.get(whole.policy[0]) ?? fail("ERR_INTERNAL")), exercise);

    const total = portions.reduce((sum, { files }) => sum + files.reduce((all, file) => all + file.size, 0), 0);
    bulk.prepare("seal", total);
    const plan = {
      card,
      labels: { originator: whole },
      handling: { messageType: exercise ? "exercise" : "operation" } as const,
      portions,
      policies: BUILT_IN,
      created: context.at,
      pad: options.pad,
      hideRecipients: options.hideRecipients ?? false,
    };
    checkPlan(plan);
    const report = await writeEnvelope(options, context, async (sink) => {
      const identity = await home.identity("user", () => context.passphrase("your passphrase"));
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
      created: iso(context.at),
      banner: shown,
      bytes: report.size,
      portions: portions.map(({ labels, files, recipients }, i) => ({
        number: i + 1,
        banner: bannerOf(labels.originator),
        files: files.map(({ name }) => name),
        recipients: recipients.map(({ claims }) => claims.name),
      })),
    };
    if (context.asJson) return context.json({ schema: "dipbag/pack/1", ...document });
    const target = options.out === STDOUT ? "stdout" : show(options.out);
    context.note(folded(shown));
    for (const { number, banner: marking, files: names, recipients } of document.portions) {
      context.note(row(`portion ${number}`, marking));
      context.note(row("", show(names.join(", "))));
      context.note(row("", `for ${show(recipients.join(", "))}`));
    }
    context.note(row("sealed in", `${target}, ${size(report.size)}`));
    context.note(row("digest", document.digest));
    context.note(folded(shown));
  } finally {
    await bulk.close();
    for (const source of opened) await source.close();
  }
}

/** A file to be packed, the marking as written, and the names of those it is for. */
interface Part {
  readonly path: string;
  readonly label: string;
  readonly to: readonly string[];
}

function partsOf(files: readonly string[], { label, to = [], portion = [], portionTo = [] }: Options): readonly Part[] {
  const need = (reason: string): never => fail("ERR_USAGE", { reason });
  const own = new Map(portion);
  if (own.size !== portion.length) need("a file is given two labels with --portion");
  const paths = [...files, ...[...own.keys()].filter((path) => !files.includes(path))];
  if (paths.length === 0) need("name at least one file");
  if (paths.filter((path) => path === STDIN).length > 1) need("stdin can be read once only");
  const stray = portionTo.find(([path]) => !paths.includes(path));
  if (stray !== undefined) need(`--portion-to names ${stray[0]}, which is not being packed`);
  return paths.map((path) => {
    const named = portionTo.filter(([file]) => file === path).map(([, name]) => name);
    return {
      path,
      label: own.get(path) ?? label ?? need(`${path} has no label: add --label, or --portion '${path}=LABEL'`),
      to: named.length > 0 ? named : to.length > 0 ? to : need(`${path} has no recipient: add --to NAME`),
    };
  });
}

/** Parts with the same label and the same recipients make one portion. */
async function portionsOf(
  parts: readonly Part[],
  home: Home,
  card: VerifiedCard,
  opened: OpenSource[],
  context: Context,
): Promise<readonly PortionPlan[]> {
  const exercise = card.claims.environment === ENVIRONMENT.exercise;
  const groups = new Map<string, { plan: Omit<PortionPlan, "files">; files: InputFile[] }>();
  for (const { path, label, to } of parts) {
    const { marking, exercise: framedAsExercise } = parseMarking(label, KNOWN);
    if (framedAsExercise && !exercise) {
      fail("ERR_EXERCISE_MISMATCH", { is: "exercise", name: card.claims.name, other: "operation" });
    }
    const recipients = await Promise.all(to.map((name) => home.find(name)));
    const key = JSON.stringify([bannerOf(marking), recipients.map(({ digest }) => hex(digest)).sort()]);
    const group = groups.get(key) ?? {
      plan: { labels: { originator: labelOf(marking, card, context.at) }, recipients },
      files: [],
    };
    groups.set(key, group);
    group.files.push(await inputFile(path, opened, context));
  }
  for (const { files } of groups.values()) requireNames(files);
  return [...groups.values()].map(({ plan, files }) => ({ ...plan, files }));
}

/** A name that unpacking would refuse is the sender's to change. @throws DipbagError ERR_FILE_NAME, ERR_FILE_NAME_TWICE */
function requireNames(files: readonly InputFile[]): void {
  try {
    checkNames(files);
  } catch (error) {
    if (!(error instanceof DipbagError)) throw error;
    fail(error.code === "ERR_NAME_TWICE" ? "ERR_FILE_NAME_TWICE" : "ERR_FILE_NAME", error.details);
  }
}

/** A pipe has no size: it is spooled, encrypted, until it has. */
async function inputFile(path: string, opened: OpenSource[], context: Context): Promise<InputFile> {
  const input = await openInput(path);
  opened.push(input);
  let source = input;
  if (input.size === undefined) {
    source = await encryptedSpool(input, context.temporary);
    opened.push(source);
  }
  const name = packedName(path);
  return { name, mediaType: mediaTypeOf(name), size: source.size ?? fail("ERR_INTERNAL"), source };
}

const bannerOf = (marking: Marking): string =>
  banner(marking, KNOWN.get(marking.policy[0]) ?? fail("ERR_POLICY_UNKNOWN", { policy: marking.policy[0] }));

/** The originator's label with this marking, made now. */
const labelOf = (marking: Marking, { claims }: VerifiedCard, at: number): Label => ({
  ...marking,
  kind: "originator",
  originator: ["organisation", claims.identifiers[0] as string],
  created: iso(at),
});
