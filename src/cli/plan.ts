/** What to seal for whom, under which label: the files and flags of `pack` and of `preview`, which are the same. */

import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { compare, hex } from "../bytes.ts";
import { embed } from "../cbor/schema.ts";
import { checkNames } from "../envelope/contents.ts";
import { policiesAt, sealingBy } from "../envelope/decision.ts";
import type { InputFile, Plan, PortionPlan } from "../envelope/plan.ts";
import type { PolicyPack } from "../envelope/policy-pack.ts";
import { ENVIRONMENT } from "../environment.ts";
import { DipbagError, fail } from "../errors.ts";
import { join } from "../label/join.ts";
import { type Handling, type Label, labelShape, TLP } from "../label/label.ts";
import { banner, framed, parseMarking } from "../label/marking.ts";
import { OBLIGATION_NAMES, type ObligationName } from "../label/obligation.ts";
import type { Policies } from "../label/policy.ts";
import { currentLabel } from "../label/succession.ts";
import type { Marking } from "../label/valid.ts";
import { Home } from "../node/home.ts";
import type { OpenSource } from "../node/source.ts";
import { encryptedSpool } from "../node/spool.ts";
import { isoTime } from "../time.ts";
import type { VerifiedCard } from "../trust/pin.ts";
import type { Context } from "./context.ts";
import { EXPLAIN } from "./explain.ts";
import { asIs, choice, cleanName, cleanProse, collect, oneOf, pair } from "./flags.ts";
import { mediaTypeOf, openInput, packedName, requireOneStdin, STDIN } from "./inputs.ts";
import { time } from "./time.ts";

type Pairs = readonly (readonly [string, string])[];
export interface PlanOptions {
  readonly label?: string;
  readonly to?: readonly string[];
  readonly portion?: Pairs;
  readonly portionTo?: Pairs;
  readonly overall?: string;
  readonly overallReason?: string;
  readonly lintReason?: string;
  readonly tlp?: keyof typeof TLP;
  readonly agreement?: string;
  readonly obligation?: readonly ObligationName[];
  readonly validUntil?: number;
  readonly deleteBy?: number;
  readonly pad: boolean;
  readonly hideRecipients?: true;
  readonly explain?: true;
}

export const planFlags = (command: Command): Command =>
  command
    .argument("[files...]", "what to seal; - is stdin")
    .option(
      "--label <label>",
      "the marking, as 'HARBOUR RESTRICTED REL TO AAB, QMB'; or @FILE, a label as 'label convert' writes it",
    )
    .option("--to <name>", "a recipient, as in 'dipbag cards'; may be repeated", collect(asIs))
    .option("--portion <file=label>", "a part with its own label; may be repeated", collect(pair))
    .option("--portion-to <file=name>", "who gets that part, if not everybody; may be repeated", collect(pair))
    .option("--overall <label>", "the label of the whole, where it is higher than its parts together")
    .option("--overall-reason <text>", "why it is; signed with the envelope", cleanProse)
    .addOption(choice("--tlp <tlp>", "the TLP of the envelope", Object.keys(TLP)))
    .option("--agreement <id>", "the agreement it is released under", cleanName)
    .addOption(
      choice("--obligation <name>", "what every reader must do; may be repeated", OBLIGATION_NAMES).argParser(
        collect(oneOf(OBLIGATION_NAMES)),
      ),
    )
    .option("--valid-until <time>", "when it stops being valid, as 2026-12-31T00:00:00Z", time)
    .option("--delete-by <time>", "when every copy must be deleted: obliges readers to", time)
    .option("--lint-reason <text>", "seal in spite of what lint finds, and why; signed with it", cleanProse)
    .option("--no-pad", "show the exact length")
    .option("--hide-recipients", "leave out whose keys can open it")
    .option(...EXPLAIN);

/** A file to be packed, the marking as written, and the names of those it is for. */
interface Part {
  readonly path: string;
  readonly label: string;
  readonly to: readonly string[];
}

/** One name for one file, through whatever links; of one that cannot be reached its absolute path. */
function fileAt(path: string): string {
  if (path === STDIN) return path;
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** @throws DipbagError ERR_USAGE */
export function partsOf(
  files: readonly string[],
  { label, to = [], portion = [], portionTo = [] }: PlanOptions,
): readonly Part[] {
  const need = (reason: string): never => fail("ERR_USAGE", { reason });
  // However it is written: a file under two labels would be sealed under the lower one too.
  const own = new Map(portion.map(([path, text]) => [fileAt(path), text]));
  if (own.size !== portion.length) need("a file is given two labels with --portion");
  requireOneStdin(files);
  const given = new Set(files.map(fileAt));
  if (given.size !== files.length) need("a file is named twice");
  const paths = [...files, ...portion.map(([path]) => path).filter((path) => !given.has(fileAt(path)))];
  if (paths.length === 0) need("name at least one file");
  const stray = portionTo.find(([path]) => !paths.some((one) => fileAt(one) === fileAt(path)));
  if (stray !== undefined) need(`--portion-to names ${stray[0]}, which is not being packed`);
  return paths.map((path) => {
    const named = portionTo.filter(([file]) => fileAt(file) === fileAt(path)).map(([, name]) => name);
    return {
      path,
      label: own.get(fileAt(path)) ?? label ?? need(`${path} has no label: add --label, or --portion '${path}=LABEL'`),
      to: named.length > 0 ? named : to.length > 0 ? to : need(`${path} has no recipient: add --to NAME`),
    };
  });
}

/** The file of a label that is given as @FILE. */
const labelFile = (text: string): string | undefined => (text.startsWith("@") ? text.slice(1) : undefined);

/** All files that a plan is made of. */
export const filesIn = (parts: readonly Part[], { overall = "" }: PlanOptions): readonly string[] => [
  ...parts.map(({ path }) => path),
  ...[...parts.map(({ label }) => label), overall].flatMap((text) => labelFile(text) ?? []),
];

/** A plan made of the flags, and what it is shown with. */
export interface Planned {
  readonly home: Home;
  readonly plan: Plan;
  readonly known: Policies;
  readonly exercise: boolean;
  /** The banner of the whole, in the frame of an exercise where it is one. */
  readonly banner: string;
  /** As the label stands at the time of sealing. */
  bannerOf(label: Label): string;
}

/** Runs `action` with the plan, and closes what was opened for it. @throws DipbagError ERR_MARKING, ERR_NO_CARD; as Home.find */
export async function withPlan<T>(
  parts: readonly Part[],
  options: PlanOptions,
  context: Context,
  action: (planned: Planned) => Promise<T>,
): Promise<T> {
  const home = new Home(context.home);
  const card = await home.ownCard();
  const packs = await home.policies();
  const opened: OpenSource[] = [];
  try {
    return await action(await planned(parts, options, { home, card, packs, opened }, context));
  } finally {
    for (const source of opened) await source.close();
  }
}

interface Given {
  readonly home: Home;
  readonly card: VerifiedCard;
  readonly packs: readonly PolicyPack[];
  readonly opened: OpenSource[];
}

async function planned(parts: readonly Part[], options: PlanOptions, given: Given, context: Context): Promise<Planned> {
  const { home, card, packs } = given;
  const known = policiesAt(packs, context.at);
  const exercise = card.claims.environment === ENVIRONMENT.exercise;
  const markingOf = (text: string): Marking => {
    const { marking, exercise: framedAsExercise } = parseMarking(text, known);
    if (!framedAsExercise || exercise) return marking;
    return fail("ERR_EXERCISE_MISMATCH", { is: "exercise", name: card.claims.name, other: "operation" });
  };
  const bannerOf = (label: Label): string => {
    const current = currentLabel(label, context.at);
    return banner(current, known.get(current.policy[0]) ?? fail("ERR_POLICY_UNKNOWN", { policy: current.policy[0] }));
  };
  const read = async (text: string): Promise<Label> => {
    const file = labelFile(text);
    if (file === undefined) return originatorLabel(markingOf(text), card, context.at);
    const { contentOf, readLabel } = await import("./label-files.ts");
    return { originator: originatorOf(card), ...readLabel(await contentOf(file)) };
  };
  // Several parts may have one label, and a pipe can be read once only.
  const labelsRead = new Map<string, Promise<Label>>();
  const labelOf = (text: string): Promise<Label> => {
    const label = labelsRead.get(text) ?? read(text);
    labelsRead.set(text, label);
    return label;
  };

  const groups = new Map<string, { plan: Omit<PortionPlan, "files">; files: InputFile[] }>();
  for (const { path, label, to } of parts) {
    const originator = await labelOf(label);
    const recipients = await Promise.all(to.map((name) => home.find(name, context.at)));
    // Parts with the same label and the same recipients make one portion.
    const key = [embed(labelShape, originator).bytes, ...recipients.map(({ digest }) => digest).sort(compare)]
      .map(hex)
      .join();
    const group = groups.get(key) ?? { plan: { labels: { originator }, recipients }, files: [] };
    groups.set(key, group);
    group.files.push(await inputFile(path, given.opened, context));
  }
  for (const { files } of groups.values()) requireNames(files);
  const portions = [...groups.values()].map(({ plan, files }) => ({ ...plan, files }));

  const labels = portions.map((portion) => portion.labels.originator) as [Label, ...Label[]];
  const whole = await wholeOf(labels, options.overall, { ...given, labelOf }, context.at);
  const plan: Plan = {
    card,
    labels: { originator: whole },
    handling: handlingOf(options, exercise),
    portions,
    policies: packs,
    created: context.at,
    pad: options.pad,
    hideRecipients: options.hideRecipients ?? false,
  };
  return { home, plan, known, exercise, banner: framed(bannerOf(whole), exercise), bannerOf };
}

/** The label of the whole: as said, or that of all parts where they have one, or their roll-up. */
async function wholeOf(
  labels: readonly [Label, ...Label[]],
  overall: string | undefined,
  { card, packs, labelOf }: Given & { labelOf(text: string): Promise<Label> },
  at: number,
): Promise<Label> {
  if (overall !== undefined) return labelOf(overall);
  const [first, ...others] = labels;
  const written = hex(embed(labelShape, first).bytes);
  if (others.every((label) => hex(embed(labelShape, label).bytes) === written)) return first;
  return originatorLabel(join(labels, sealingBy(card, at, packs)), card, at);
}

function handlingOf(options: PlanOptions, exercise: boolean): Handling {
  const { tlp, agreement, obligation = [], validUntil, deleteBy, overallReason, lintReason } = options;
  const asked = new Set(deleteBy === undefined ? obligation : [...obligation, "delete-by" as const]);
  if (asked.has("delete-by") && deleteBy === undefined)
    fail("ERR_USAGE", { reason: "delete-by needs --delete-by TIME" });
  const obligations = OBLIGATION_NAMES.filter((name) => asked.has(name));
  return {
    messageType: exercise ? "exercise" : "operation",
    ...(tlp !== undefined && { tlp }),
    ...(agreement !== undefined && { agreement }),
    ...(obligations.length > 0 && { obligations }),
    ...(validUntil !== undefined && { validUntil }),
    ...(deleteBy !== undefined && { deleteBy }),
    ...(overallReason !== undefined && { compilationReason: overallReason }),
    ...(lintReason !== undefined && { lintReason }),
  };
}

/** The originator's label with this marking, made now. */
export const originatorLabel = ({ policy, classification, tags }: Marking, card: VerifiedCard, at: number): Label => ({
  kind: "originator",
  policy,
  classification,
  ...(tags !== undefined && { tags }),
  originator: originatorOf(card),
  created: isoTime(at),
});

const originatorOf = ({ claims }: VerifiedCard): readonly [string, string] => [
  "organisation",
  claims.identifiers[0] as string,
];

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
