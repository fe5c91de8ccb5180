/** What a verb is given: everything that it may know about the world around it. */

import { readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { Command } from "commander";
import { fail } from "../errors.ts";
import { type ColorChoice, openStreams, problemDocument, problemOf, reportLines, type Streams } from "./output.ts";
import { type Progress, startProgress } from "./progress.ts";
import { askNewPassphrase, askPassphrase, givenPassphrase, type PassphraseFlags } from "./prompt.ts";
import { ROOT } from "./root.ts";

export const VERSION: string = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")).version;

/** One file in commands/ for each verb exports this function: it adds arguments, flags and an action to `command`. */
export interface VerbModule {
  command(command: Command, context: Context): void;
}

export interface Verb {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  load(): Promise<VerbModule>;
}

export interface Flags extends PassphraseFlags {
  readonly json?: boolean;
  readonly color: ColorChoice;
  readonly home?: string;
  readonly at?: number;
}

export interface Context extends Streams {
  /** The folder of the user's identity and trust store. It need not exist. @throws DipbagError ERR_USAGE where none can be found */
  readonly home: string;
  /** The file or descriptor that the passphrase is read from. */
  readonly secrets: readonly (string | number)[];
  /** Where spools go. */
  readonly temporary: string;
  /** The time of every decision, in seconds since 1970: --at, or the clock when dipbag was started. */
  readonly at: number;
  /** Whether stdout must carry JSON, one document with a schema, and nothing else. */
  readonly asJson: boolean;
  /** The passphrase of the flags, else one asked for on the terminal, such as "passphrase of Amina Diallo". */
  passphrase(purpose: string): Promise<Uint8Array>;
  newPassphrase(purpose: string): Promise<Uint8Array>;
  progress(label: string, totalBytes?: number): Progress;
  /** Records an exit status; of several the worst wins. */
  outcome(status: number): void;
  /** Reports what was thrown about one input of a batch, and records its status. A verb's own throw is reported for it. */
  report(error: unknown, subject?: string): Promise<void>;
}

/** In a batch the worst wins (spec/cli.md). */
const WORST_FIRST = [70, 1, 4, 5, 3, 2, 0];

export function createContext(
  flags: Flags,
  streams = openStreams(flags.color),
): Context & { readonly worst: () => number } {
  const asJson = flags.json ?? false;
  let worst = 0;
  let given: Promise<Uint8Array | undefined> | undefined;
  const passphrase = async (asked: (purpose: string) => Promise<Uint8Array>, purpose: string) => {
    given ??= givenPassphrase(flags);
    return (await given) ?? asked(purpose);
  };
  const outcome = (status: number) => {
    if (WORST_FIRST.indexOf(status) < WORST_FIRST.indexOf(worst)) worst = status;
  };
  return {
    ...streams,
    get home() {
      return homeFolder(flags.home);
    },
    secrets: [flags.passphraseFile ?? flags.passphraseFd ?? []].flat(),
    get temporary() {
      return tmpdir();
    },
    at: flags.at ?? Math.floor(Date.now() / 1000),
    asJson,
    passphrase: (purpose) => passphrase(askPassphrase, purpose),
    newPassphrase: (purpose) => passphrase(askNewPassphrase, purpose),
    progress: (label, totalBytes) => startProgress(streams, label, totalBytes),
    outcome,
    worst: () => worst,
    async report(error, subject) {
      const problem = problemOf(error);
      outcome(problem.status);
      for (const line of reportLines(problem, streams.noteStyle, subject)) streams.note(line);
      // The status tells already that it failed, and a closed stdout can be told nothing.
      if (asJson) await streams.json(problemDocument(problem, subject)).catch(() => {});
    },
  };
}

/** --home, DIPBAG_HOME, else the XDG base directory for data. */
function homeFolder(flag: string | undefined): string {
  const { DIPBAG_HOME, XDG_DATA_HOME } = process.env;
  if (flag === "") fail("ERR_USAGE", { reason: "--home is empty" });
  const named = flag ?? DIPBAG_HOME;
  if (named) return resolve(named);
  if (XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME)) return join(XDG_DATA_HOME, "dipbag");
  try {
    // Reads HOME, and the user database where that is not set; a user may be in neither.
    const user = homedir();
    if (isAbsolute(user)) return join(user, ".local", "share", "dipbag");
  } catch {}
  fail("ERR_USAGE", { reason: "there is no home folder; name one with --home" });
}
