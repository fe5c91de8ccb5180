/** `dipbag verify`: is it authentic, from somebody trusted, and permitted? Needs no secret. */

import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { Trust } from "../../envelope/verified.ts";
import { type VerifiedEnvelope, verify } from "../../envelope/verify.ts";
import { fail } from "../../errors.ts";
import { onDisk } from "../../node/errno.ts";
import { Home } from "../../node/home.ts";
import type { Context } from "../context.ts";
import { envelopeDocument, envelopeLines } from "../describe.ts";
import { choice, collect, positive } from "../flags.ts";
import { STDIN, withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";

interface Options {
  jobs: number;
  require?: readonly ("complete" | "fresh")[];
}

export function command(command: Command, context: Context): void {
  command
    .description("Checks who sealed an envelope, its labels, its audience, and that not a bit has changed.")
    .argument("<files...>", "envelopes, folders of *.dipbag files, or - for stdin")
    .option("--jobs <number>", "how many at a time", positive, 2)
    .addOption(
      choice("--require <what>", "also require; may be repeated", ["complete", "fresh"]).argParser(
        collect(requirement),
      ),
    )
    .action((paths: readonly string[], options: Options) => run(paths, options, context));
}

const REQUIREMENTS = ["complete", "fresh"] as const;
function requirement(text: string): (typeof REQUIREMENTS)[number] {
  return (
    REQUIREMENTS.find((known) => known === text) ??
    fail("ERR_USAGE", { reason: `--require takes complete or fresh, not '${text}'` })
  );
}

async function run(paths: readonly string[], { jobs, require = [] }: Options, context: Context): Promise<void> {
  const trust = await new Home(context.home).trust();
  const batch = paths.length > 1 || paths.some((path) => path !== STDIN && isFolder(path));
  const inputs = filesOf(paths);
  const worker = async () => {
    for (let next = await inputs.next(); !next.done; next = await inputs.next()) {
      await examine(next.value, trust, require, batch, context);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

/** Folders are listed as they are come to. */
async function* filesOf(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) {
    if (path === STDIN || !isFolder(path)) yield path;
    else {
      const names = await onDisk(path, "read", () => readdir(path));
      for (const name of names.sort()) if (name.endsWith(".dipbag")) yield join(path, name);
    }
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** In a batch an error is one input's result; alone it is the verb's. */
async function examine(
  path: string,
  trust: Trust,
  require: readonly string[],
  batch: boolean,
  context: Context,
): Promise<void> {
  try {
    const envelope = await withEnvelope(path, async (source, input) => {
      const progress = context.progress("verifying", input.size);
      try {
        return await verify(source, trust, context.at, progress.add);
      } finally {
        progress.done();
      }
    });
    requireAlso(envelope, require);
    if (context.asJson) {
      await context.json({ schema: "dipbag/verify/1", input: path, ...envelopeDocument(envelope) });
    } else {
      const heading = `${context.style.green("OK")}  ${show(path, 200)}`;
      await context.out(`${[heading, ...envelopeLines(envelope)].join("\n")}\n`);
    }
  } catch (error) {
    if (!batch) throw error;
    await context.report(error, path);
  }
}

function requireAlso({ head, statements, at }: VerifiedEnvelope, require: readonly string[]): void {
  if (require.includes("complete") && statements.length > 0) fail("ERR_INCOMPLETE");
  const expired = head.signers.find(({ card }) => card.claims.expires < at);
  if (require.includes("fresh") && expired !== undefined) fail("ERR_NOT_FRESH", { name: expired.card.claims.name });
}
