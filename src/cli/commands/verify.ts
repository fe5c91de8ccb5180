/** `dipbag verify`: is it authentic, from somebody trusted, and permitted? Needs no secret. */

import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { DipbagError, fail } from "../../errors.ts";
import { onDisk } from "../../node/errno.ts";
import { Home } from "../../node/home.ts";
import { statOf } from "../../node/source.ts";
import type { Context } from "../context.ts";
import { examine, type Question, REQUIREMENTS } from "../examine.ts";
import { EXPLAIN } from "../explain.ts";
import { choice, collect, oneOf, upTo } from "../flags.ts";
import { requireOneStdin, STDIN } from "../inputs.ts";
import { Verifier } from "../verifier.ts";

/** From so many inputs on other threads are worth their start. */
const MANY = 64;
/** So many inputs go to a thread at a time, twice, so that it does not wait for the next. */
const BATCH = 16;

interface Options extends Question {
  jobs: number;
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

async function run(paths: readonly string[], { jobs, ...question }: Options, plain: Context): Promise<void> {
  requireOneStdin(paths);
  /** By this thread. */
  let [good, bad] = [0, 0];
  const context: Context = {
    ...plain,
    report: async (error, subject) => {
      bad++;
      await plain.report(error, subject);
    },
  };
  const trust = await new Home(context.home).trust();
  const inputs = filesOf(paths, context);
  const waiting: string[] = [];
  const fill = async (wanted: number) => {
    while (waiting.length < wanted) {
      const found = await inputs.next();
      if (found.done) return;
      waiting.push(...found.value);
    }
  };
  const next = async (most: number) => {
    await fill(most);
    return waiting.splice(0, most);
  };
  await fill(MANY);
  const threads = waiting.length < MANY ? 0 : Math.min(jobs, availableParallelism());
  const verifiers = Array.from({ length: threads }, () => new Verifier(context, question));

  /** For this thread, when the others have done the rest: a pipe may wait for another, and some threads cannot be started. */
  const left: string[] = [];
  const delegate = async (verifier: Verifier) => {
    while (verifier.alive) {
      const batch = await next(BATCH);
      if (batch.length === 0) return;
      left.push(...(await verifier.examine(batch)));
    }
  };
  const given = new Set(paths);
  const here = async (path: string) => {
    const stat = given.has(path) ? undefined : statOf(path);
    if (stat?.isDirectory()) return;
    // One that would be waited for is told; one that has gone, or cannot be looked at, will say why when it is opened.
    if (stat === undefined || stat.isFile()) {
      if (await examine(path, trust, question, context)) good++;
      return;
    }
    await context.report(new DipbagError("ERR_NOT_REGULAR", { path }), path);
  };
  const examineAll = async () => {
    for (let [path] = await next(1); path !== undefined; [path] = await next(1)) {
      await here(path);
      // What waits meanwhile, such as a signal, has its turn.
      await new Promise(setImmediate);
    }
  };
  try {
    await Promise.all(verifiers.flatMap((verifier) => [delegate(verifier), delegate(verifier)]));
  } finally {
    await Promise.all(verifiers.map((verifier) => verifier.close()));
  }
  waiting.push(...left);
  await Promise.all(Array.from({ length: jobs }, examineAll));
  for (const verifier of verifiers) {
    good += verifier.good;
    bad += verifier.examined - verifier.good;
  }
  // An error may have scrolled away.
  if (!context.asJson && good + bad > 1) context.note(countLine(good, bad));
}

const countLine = (good: number, bad: number): string =>
  `dipbag: ${good} of ${good + bad} inputs verified${bad === 0 ? "" : `; ${bad === 1 ? "1 error is" : `${bad} errors are`} above`}`;

/** Folders are listed as they are come to, and given out in pieces. That nothing was found to verify must not look like success. */
async function* filesOf(paths: readonly string[], context: Context): AsyncGenerator<readonly string[], undefined> {
  for (const path of paths) {
    if (path === STDIN || !statOf(path)?.isDirectory()) yield [path];
    else {
      try {
        const names = await onDisk(path, "read", () => readdir(path));
        const wanted = names.filter((one) => /\.dipbag$/i.test(one)).sort();
        // As join does it, which makes much garbage of each of thousands of names.
        const inside = join(path, "x").slice(0, -1);
        if (wanted.every((name) => statOf(inside + name)?.isDirectory())) {
          fail("ERR_NOT_FOUND", { path: join(path, "*.dipbag") });
        }
        for (let from = 0; from < wanted.length; from += BATCH) {
          yield wanted.slice(from, from + BATCH).map((name) => inside + name);
        }
      } catch (error) {
        await context.report(error, path);
      }
    }
  }
}
