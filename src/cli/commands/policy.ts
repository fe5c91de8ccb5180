/** `dipbag policy`: packs made from the sourced tables, looked at, checked and signed. */

import type { Command } from "commander";
import { engine } from "#engine/public";
import { hex } from "../../bytes.ts";
import { MAX_SIGNED_POLICY, type PolicyPack, parsePolicy, verifyPolicy } from "../../envelope/policy-pack.ts";
import { DipbagError, fail } from "../../errors.ts";
import { adviseOn } from "../../label/check.ts";
import { readPolicy } from "../../label/policy.ts";
import { dayStart } from "../../label/shapes.ts";
import { makePolicy, ownersIn } from "../../label/tables/make.ts";
import { readAll, writeSmallFile } from "../../node/files.ts";
import { Home } from "../../node/home.ts";
import { isoTime } from "../../time.ts";
import type { Context } from "../context.ts";
import { folded, row } from "../describe.ts";
import { packDocument, packLines } from "../describe-policy.ts";
import { day } from "../flags.ts";
import { openInput } from "../inputs.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT } from "../outputs.ts";
import { knownAs } from "../policies.ts";
import { loadTables } from "../tables.ts";
import { command as sign } from "./policy-sign.ts";

interface MakeOptions {
  out?: string;
  date?: string;
}

export function command(command: Command, context: Context): void {
  command.description("Policy packs: what labels may say, and who then may have what.");

  command
    .command("make")
    .summary("make a national or coalition policy from the tables")
    .description("Makes a policy pack from the sourced tables that come with dipbag. Look at it, then sign it.")
    .argument("[owner]", "whose policy; without it, those that there are")
    .option("-o, --out <file>", "where it is written; else to stdout")
    .option("--date <day>", "as the tables have it on this day, as 2026-11-22; else today", day)
    .action((owner: string | undefined, options: MakeOptions) =>
      owner === undefined ? list(options, context) : make(owner, options, context),
    );

  command
    .command("show")
    .summary("show a policy")
    .description("Shows a policy: its levels, tags, communities, equals in other policies, and where each is from.")
    .argument("<name-or-file>", "a policy that is known here, or the file of one, signed or not")
    .action((name: string) => showPolicy(name, context));

  command
    .command("check")
    .summary("check a policy before it is signed")
    .description("Checks the form of a policy, and tells what deserves a second look. Warnings are no failure.")
    .argument("<name-or-file>", "the file of a policy, signed or not; or one that is known here")
    .action((name: string) => check(name, context));

  sign(command.command("sign"), context);
}

const today = ({ at }: Context): string => isoTime(at).slice(0, 10);

async function list({ date, out }: MakeOptions, context: Context): Promise<void> {
  if (out !== undefined) fail("ERR_USAGE", { reason: "-o writes one policy: add its owner" });
  const owners = ownersIn(loadTables(), dayStart(date ?? today(context)) ?? context.at);
  if (context.asJson) return context.json({ schema: "dipbag/policy/1", owners });
  for (const { owner, name } of owners) await context.out(`${`${owner.padEnd(6)}${name ?? ""}`.trimEnd()}\n`);
  context.note("Make one: dipbag policy make OWNER -o FILE");
}

async function make(owner: string, options: MakeOptions, context: Context): Promise<void> {
  const { out = STDOUT, date } = options;
  if (options.out !== undefined) checkOutput(out, [], context);
  const { payload, leftOut, notes } = makePolicy(loadTables(), owner, date ?? today(context));
  if (out !== STDOUT) await writeSmallFile(out, payload);
  if (context.asJson) {
    const made = { ...document({ payload }, null), output: out === STDOUT ? null : out, leftOut, notes };
    return context.json({ schema: "dipbag/policy/1", ...made });
  }
  if (out === STDOUT) await context.out(payload);
  if (leftOut.length > 0) context.note("Left out, because the tables do not say it or nobody could verify it:");
  for (const line of leftOut) context.note(row("-", show(line)));
  if (notes.length > 0) context.note("What the sources remark:");
  for (const line of notes) context.note(row("-", show(line)));
  const file = out === STDOUT ? "FILE" : show(out);
  context.note(folded(`Look it over: dipbag policy check ${file}; then: dipbag policy sign ${file} -o PACK`));
}

/** What is shown: its text, and on whose word it stands. */
interface Opened extends Pick<PolicyPack, "policy" | "payload"> {
  /** "built in", "trusted", "unsigned", or the code of what is wrong with its governor. */
  readonly standing: string;
  readonly governor?: string;
}

/** The newest policy of this name that is known here, or the file. @throws DipbagError where it is not valid; as knownAs */
async function open(name: string, context: Context): Promise<Opened> {
  const home = new Home(context.home);
  const [known] = knownAs(name, await home.policies());
  if (known !== undefined) {
    const governor = known.governor?.claims.name;
    return governor === undefined
      ? { policy: known.policy, payload: known.payload, standing: "built in" }
      : { policy: known.policy, payload: known.payload, standing: "trusted", governor };
  }
  const bytes = await readAll(await openInput(name), name, MAX_SIGNED_POLICY);
  const isJson = /^\s*\{/.test(new TextDecoder("latin1").decode(bytes.subarray(0, 64)));
  if (isJson) return { policy: readPolicy(bytes), payload: bytes, standing: "unsigned" };
  const pack = parsePolicy(bytes);
  try {
    const governor = verifyPolicy(pack, await home.pins(), context.at).governor.claims.name;
    return { policy: pack.policy, payload: pack.payload, standing: "trusted", governor };
  } catch (error) {
    // Whom the reader trusts is no fault of the pack; a signature that does not match is.
    if (!(error instanceof DipbagError) || error.status === 1) throw error;
    return { policy: pack.policy, payload: pack.payload, standing: error.code };
  }
}

const document = ({ payload }: Pick<Opened, "payload">, standing: string | null) => ({
  digest: hex(engine.sha256(payload)),
  standing,
  policy: packDocument(payload),
});

const standingLines = ({ payload, standing, governor }: Opened): string[] => [
  row("standing", show(governor === undefined ? standing : `${standing}, signed by ${governor}`)),
  row("digest", hex(engine.sha256(payload))),
];

async function showPolicy(name: string, context: Context): Promise<void> {
  const opened = await open(name, context);
  if (context.asJson) return context.json({ schema: "dipbag/policy/1", ...document(opened, opened.standing) });
  await context.out(`${[...packLines(opened.policy), ...standingLines(opened)].join("\n")}\n`);
}

async function check(name: string, context: Context): Promise<void> {
  const opened = await open(name, context);
  const warnings = adviseOn(opened.policy, loadTables(), context.at);
  if (context.asJson) {
    return context.json({ schema: "dipbag/policy/1", ...document(opened, opened.standing), warnings });
  }
  const { policy, version } = opened.policy;
  const verdict = `${policy.name} version ${version}: its form is valid, ${count(warnings.length)}`;
  const lines = [folded(show(verdict)), ...warnings.map(({ text }) => row("warning", show(text)))];
  await context.out(`${[...lines, ...standingLines(opened)].join("\n")}\n`);
}

const count = (warnings: number): string =>
  warnings === 0 ? "and nothing stands out" : warnings === 1 ? "with one warning" : `with ${warnings} warnings`;
