/** The command line: flags that every verb has, one verb of the table, and one exit status. */

import { writeSync } from "node:fs";
import { Command, CommanderError, Help, Option } from "commander";
import { fail } from "../errors.ts";
import { removeTemporaries } from "../node/temporary.ts";
import { type Context, createContext, type Flags, VERSION, type Verb } from "./context.ts";
import { requireClearFlags } from "./flags.ts";
import { endPrompt } from "./prompt.ts";
import { exit, guard } from "./signals.ts";
import { time } from "./time.ts";
import { VERBS } from "./verbs.ts";

const TITLE = `dipbag ${VERSION}`;

/** Runs dipbag with `args` (without node and the script) and ends the process. */
export async function main(args: readonly string[], verbs: readonly Verb[] = VERBS): Promise<never> {
  if (args.length === 1 && args[0] === "--version" && printed(`${TITLE}\n`)) exit(0);
  // What goes wrong before the flags are understood is reported too.
  let context = createContext({ color: "auto", json: args.includes("--json") });
  let leaving = false;
  const cleanup = () => {
    endPrompt();
    context.status("");
    removeTemporaries();
  };
  const leave = async (failure?: { error: unknown }): Promise<never> => {
    if (leaving) exit(70);
    leaving = true;
    cleanup();
    if (failure) await context.report(failure.error);
    await context.flush();
    return exit(context.worst());
  };
  guard(cleanup, (error) => leave({ error }));
  try {
    await run(args, verbs, (flags) => {
      context = createContext(flags);
      return context;
    });
  } catch (error) {
    return leave({ error });
  }
  return leave();
}

/** In a thread of its own. */
export const serveVerifier = async (): Promise<void> => (await import("./verifier-thread.ts")).serve();

/** Without loading what all else needs. Where this is not possible, the ordinary way will say why. */
function printed(line: string): boolean {
  try {
    return writeSync(1, line) === line.length;
  } catch {
    return false;
  }
}

async function run(args: readonly string[], verbs: readonly Verb[], start: (flags: Flags) => Context): Promise<void> {
  const text: string[] = [];
  let context: Context | undefined;
  try {
    const first = globalCommand(text);
    const [name, ...topics] = first.parseOptions([...args]).operands;
    context = start(first.opts());
    const called = name === "help" ? topics[0] : name;
    const program = globalCommand(text);
    for (const verb of verbs) {
      const command = program.command(verb.name).summary(verb.summary).helpGroup(verb.group).helpCommand(false);
      if (verb.name === called) (await verb.load()).command(command, context);
    }
    requireClearFlags(program);
    // An unknown verb stays an error when help is asked for.
    if (called && !verbs.some((verb) => verb.name === called)) program.parse([called], { from: "user" });
    await program.parseAsync(name === "help" ? [...topics, "--help"] : args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || (error.exitCode !== 0 && error.code !== "commander.help")) throw error;
    context ??= start({ color: "auto" });
    if (error.exitCode === 0) return context.out(text.join(""));
    // A command that only has commands of its own: to do nothing must not look like success.
    context.note(text.join("").trimEnd());
    fail("ERR_USAGE", { reason: "nothing to do: a verb is missing" });
  }
}

/** dipbag itself, with the flags that may stand before or after the verb. Help and version go to `text`. */
function globalCommand(text: string[]): Command {
  const collect = (part: string) => void text.push(part);
  const width = () => 80;
  const secret = (flags: string, from: string, ...others: string[]) =>
    new Option(flags, `the passphrase, from ${from}`).conflicts(others);
  return new Command("dipbag")
    .usage("VERB [FILES] [--flags]")
    .description("Signed, encrypted, classification-labelled envelopes: the diplomatic bag.")
    .configureOutput({
      writeOut: collect,
      writeErr: collect,
      outputError: () => {},
      getOutHelpWidth: width,
      getErrHelpWidth: width,
    })
    .configureHelp({
      formatHelp,
      subcommandTerm: (command) => command.name(),
      optionTerm: ({ flags }) => flags.replace(/<(.*)>/, (_, name: string) => name.toUpperCase()),
      optionDescription: ({ description }) => description,
    })
    .exitOverride()
    .helpCommand(false)
    .option("--json", "one JSON document on stdout, also on failure")
    .addOption(
      new Option("--color <when>", "auto, always or never").choices(["auto", "always", "never"]).default("auto"),
    )
    .option("--home <dir>", "where keys and cards are kept; or DIPBAG_HOME")
    .addOption(new Option("--at <time>", "judge by this time, as 2026-11-22T15:00:00Z").argParser(time))
    .addOption(secret("--passphrase-file <file>", "the first line of a file", "passphraseFd", "passphraseEnv"))
    .addOption(
      secret("--passphrase-fd <number>", "the first line of a descriptor", "passphraseEnv").argParser(parseDescriptor),
    )
    .addOption(secret("--passphrase-env <name>", "an environment variable"))
    .version(TITLE, "--version", "the version")
    .helpOption("-h, --help", "this text");
}

/** The overview puts verbs before flags; the help of one verb leaves out the flags of all. */
function formatHelp(command: Command, helper: Help): string {
  if (command.parent) {
    return `${Help.prototype.formatHelp.call(helper, command, helper)}\nThe flags of every verb: dipbag help\n`;
  }
  const verbs = helper.visibleCommands(command);
  const titles = new Set(verbs.map((verb) => verb.helpGroup()));
  const column = helper.padWidth(command, helper);
  const row = (term: string, text: string) => helper.formatItem(term, column, text, helper);
  const sections = [
    [`Usage: ${helper.commandUsage(command)}`],
    [helper.commandDescription(command)],
    ...Array.from(titles, (title) => [
      title,
      ...verbs.filter((verb) => verb.helpGroup() === title).map((verb) => row(verb.name(), verb.summary())),
    ]),
    [
      "With every verb:",
      ...helper
        .visibleOptions(command)
        .map((option) => row(helper.optionTerm(option), helper.optionDescription(option))),
    ],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n\n'dipbag help VERB' tells about one verb.\n`;
}

function parseDescriptor(text: string): number {
  // What was written instead is not told: it may be the passphrase itself.
  if (!/^\d{1,4}$/.test(text)) fail("ERR_USAGE", { reason: "--passphrase-fd takes the number of a descriptor" });
  return Number(text);
}
