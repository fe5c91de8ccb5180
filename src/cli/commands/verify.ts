/** `dipbag verify`: is it authentic, from somebody trusted, and permitted? Needs no secret. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { Trust } from "../../envelope/verified.ts";
import { type VerifiedEnvelope, verify } from "../../envelope/verify.ts";
import { fail } from "../../errors.ts";
import { onDisk } from "../../node/errno.ts";
import { Home } from "../../node/home.ts";
import type { Context } from "../context.ts";
import { envelopeDocument, envelopeLines } from "../describe-envelope.ts";
import { decisionDocuments, decisionLines, EXPLAIN, noteTrace } from "../explain.ts";
import { choice, collect, oneOf, upTo } from "../flags.ts";
import { STDIN, withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";

const REQUIREMENTS = ["complete", "fresh"] as const;
type Requirement = (typeof REQUIREMENTS)[number];

interface Options {
  jobs: number;
  require?: readonly Requirement[];
  explain?: true;
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

async function run(paths: readonly string[], { jobs, ...asked }: Options, context: Context): Promise<void> {
  if (paths.filter((path) => path === STDIN).length > 1) fail("ERR_USAGE", { reason: "stdin can be read once only" });
  const trust = await new Home(context.home).trust();
  const inputs = filesOf(paths, context);
  const worker = async () => {
    for (let next = await inputs.next(); !next.done; next = await inputs.next()) {
      await examine(next.value, trust, asked, context);
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
        const names = await onDisk(path, "read", () => readdirSync(path));
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
async function examine(
  path: string,
  trust: Trust,
  { require = [], explain }: Omit<Options, "jobs">,
  context: Context,
): Promise<void> {
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
    await context.report(error, path);
    if (explain && !context.asJson) noteTrace(error, context);
    return;
  }
  const { decisions } = envelope.head;
  if (context.asJson) {
    const document = { schema: "dipbag/verify/1", input: path, ...envelopeDocument(envelope) };
    return context.json(explain ? { ...document, decisions: decisionDocuments(decisions) } : document);
  }
  const heading = `${context.style.green("OK")}  ${show(path, 200)}`;
  await context.out(
    `${[heading, ...envelopeLines(envelope), ...(explain ? decisionLines(decisions, "nobody was judged: no recipient's card is known here") : [])].join("\n")}\n`,
  );
}

function requireAlso({ head, statements, at }: VerifiedEnvelope, require: readonly Requirement[]): void {
  if (require.includes("complete") && statements.length > 0) fail("ERR_INCOMPLETE");
  const expired = head.signers.find(({ card }) => card.claims.expires < at);
  if (require.includes("fresh") && expired !== undefined) fail("ERR_NOT_FRESH", { name: expired.card.claims.name });
}
