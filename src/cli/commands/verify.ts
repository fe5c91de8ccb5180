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
import { choice, collect, upTo } from "../flags.ts";
import { STDIN, withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";

const REQUIREMENTS = ["complete", "fresh"] as const;
type Requirement = (typeof REQUIREMENTS)[number];

interface Options {
  jobs: number;
  require?: readonly Requirement[];
}

export function command(command: Command, context: Context): void {
  command
    .description("Checks who sealed an envelope, its labels, its audience, and that not a bit has changed.")
    .argument("<files...>", "envelopes, folders of *.dipbag files, or - for stdin")
    .option("--jobs <number>", "how many at a time; else 2", upTo(64), 2)
    .addOption(
      choice("--require <what>", "also require; may be repeated", REQUIREMENTS).argParser(collect(requirement)),
    )
    .action((paths: readonly string[], options: Options) => run(paths, options, context));
}

function requirement(text: string): Requirement {
  const known = REQUIREMENTS.find((name) => name === text);
  return known ?? fail("ERR_USAGE", { reason: `--require takes ${REQUIREMENTS.join(" or ")}, not '${show(text)}'` });
}

async function run(paths: readonly string[], { jobs, require = [] }: Options, context: Context): Promise<void> {
  if (paths.filter((path) => path === STDIN).length > 1) fail("ERR_USAGE", { reason: "stdin can be read once only" });
  const trust = await new Home(context.home).trust();
  const inputs = filesOf(paths, context);
  const worker = async () => {
    for (let next = await inputs.next(); !next.done; next = await inputs.next()) {
      await examine(next.value, trust, require, context);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

/** Folders are listed as they are come to. That nothing was found to verify must not look like success. */
async function* filesOf(paths: readonly string[], context: Context): AsyncGenerator<string> {
  for (const path of paths) {
    if (path === STDIN || !isFolder(path)) yield path;
    else {
      try {
        const names = await onDisk(path, "read", () => readdir(path));
        // A pipe among them would be waited for.
        const isFile = (name: string) => statSync(join(path, name), { throwIfNoEntry: false })?.isFile() ?? false;
        const found = names.filter((name) => name.endsWith(".dipbag") && isFile(name)).sort();
        if (found.length === 0) fail("ERR_NOT_FOUND", { path: join(path, "*.dipbag") });
        yield* found.map((name) => join(path, name));
      } catch (error) {
        await context.report(error, path);
      }
    }
  }
}

/** What cannot be looked at is taken for a file: opening it will say why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** An error is this input's result; the others are still examined. */
async function examine(path: string, trust: Trust, require: readonly Requirement[], context: Context): Promise<void> {
  let envelope: VerifiedEnvelope;
  try {
    envelope = await withEnvelope(path, async (source, input, bulk) => {
      const progress = context.progress("verifying", input.size);
      bulk.prepare("check", input.size ?? 0);
      try {
        return await verify(source, trust, context.at, progress.add, bulk);
      } finally {
        progress.done();
      }
    });
    requireAlso(envelope, require);
  } catch (error) {
    return context.report(error, path);
  }
  if (context.asJson) return context.json({ schema: "dipbag/verify/1", input: path, ...envelopeDocument(envelope) });
  const heading = `${context.style.green("OK")}  ${show(path, 200)}`;
  await context.out(`${[heading, ...envelopeLines(envelope)].join("\n")}\n`);
}

function requireAlso({ head, statements, at }: VerifiedEnvelope, require: readonly Requirement[]): void {
  if (require.includes("complete") && statements.length > 0) fail("ERR_INCOMPLETE");
  const expired = head.signers.find(({ card }) => card.claims.expires < at);
  if (require.includes("fresh") && expired !== undefined) fail("ERR_NOT_FRESH", { name: expired.card.claims.name });
}
