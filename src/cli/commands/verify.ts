/** `dipbag verify`: is it authentic, from somebody trusted, and permitted? Needs no secret. */

import { readdirSync, type Stats, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { DipbagError, fail } from "../../errors.ts";
import { onDisk } from "../../node/errno.ts";
import { Home } from "../../node/home.ts";
import type { Context } from "../context.ts";
import { examine, type Question, REQUIREMENTS } from "../examine.ts";
import { EXPLAIN } from "../explain.ts";
import { choice, collect, oneOf, upTo } from "../flags.ts";
import { STDIN } from "../inputs.ts";
import { Verifier } from "../verifier.ts";

/** From so many inputs on other threads are worth their start. */
const MANY = 64;
/** So many inputs go to a thread at a time, twice, so that it does not wait for the next. */
const BATCH = 16;

interface Options extends Question {
  jobs: number;
}

/** A regular file needs nobody at its other end. */
interface Input {
  readonly path: string;
  readonly isFile: boolean;
}

export function command(command: Command, context: Context): void {
  command
    .description("Checks who sealed an envelope, its labels, its audience, and that not a bit has changed.")
    .argument("<files...>", "envelopes, folders of *.dipbag files, or - for stdin")
    .option("--jobs <number>", "how many at a time; else 2", upTo(64), 2)
    .addOption(
      choice("--require <what>", "also require; may be repeated", REQUIREMENTS).argParser(collect(oneOf(REQUIREMENTS))),
    )
    .option(...EXPLAIN)
    .action((paths: readonly string[], options: Options) => run(paths, options, context));
}

async function run(paths: readonly string[], { jobs, ...question }: Options, context: Context): Promise<void> {
  if (paths.filter((path) => path === STDIN).length > 1) fail("ERR_USAGE", { reason: "stdin can be read once only" });
  const trust = await new Home(context.home).trust();
  const inputs = filesOf(paths, context);
  const here = ({ path }: Input) => examine(path, trust, question, context);
  const waiting = await take(inputs, MANY);
  const next = async (most: number) => (waiting.length > 0 ? waiting.splice(0, most) : take(inputs, most));
  const threads = waiting.length < MANY ? 0 : Math.min(jobs, availableParallelism());
  const verifiers = Array.from({ length: threads }, () => new Verifier(context, question));

  /** For this thread, when the others have done the rest: a pipe may wait for another, and some threads cannot be started. */
  const left: Input[] = [];
  const delegate = async (verifier: Verifier) => {
    while (verifier.alive) {
      const batch = await next(BATCH);
      if (batch.length === 0) return;
      const files = batch.filter(({ isFile }) => isFile);
      const begun = await verifier.examine(files.map(({ path }) => path));
      left.push(...(begun ? batch.filter(({ isFile }) => !isFile) : batch));
    }
  };
  const examineAll = async () => {
    for (let [input] = await next(1); input !== undefined; [input] = await next(1)) {
      await here(input);
      // What waits meanwhile, such as a signal, has its turn.
      await new Promise(setImmediate);
    }
  };
  try {
    await Promise.all(verifiers.flatMap((verifier) => [delegate(verifier), delegate(verifier)]));
    waiting.push(...left);
    await Promise.all(Array.from({ length: jobs }, examineAll));
  } finally {
    await Promise.all(verifiers.map((verifier) => verifier.close()));
  }
}

async function take<T>(from: AsyncIterator<T>, most: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < most) {
    const next = await from.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

/** Folders are listed as they are come to. That nothing was found to verify must not look like success. */
async function* filesOf(paths: readonly string[], context: Context): AsyncGenerator<Input> {
  for (const path of paths) {
    const stat = path === STDIN ? undefined : statOf(path);
    if (!stat?.isDirectory()) yield { path, isFile: stat?.isFile() ?? false };
    else {
      try {
        const names = await onDisk(path, "read", () => readdirSync(path));
        let found = false;
        for (const name of names.filter((one) => one.endsWith(".dipbag")).sort()) {
          const file = join(path, name);
          const stat = statOf(file);
          if (stat?.isDirectory()) continue;
          found = true;
          // One that would be waited for is told, and so is one that has gone or cannot be looked at.
          if (stat === undefined || stat.isFile()) yield { path: file, isFile: stat !== undefined };
          else await context.report(new DipbagError("ERR_NOT_REGULAR", { path: file }), file);
        }
        if (!found) fail("ERR_NOT_FOUND", { path: join(path, "*.dipbag") });
      } catch (error) {
        await context.report(error, path);
      }
    }
  }
}

/** What cannot be looked at will say why when it is opened. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
