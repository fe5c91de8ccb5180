/** `dipbag unpack`: opening what is meant for this user. */

import { basename } from "node:path";
import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import type { SlotDecision } from "../../envelope/decision.ts";
import { LIMITS } from "../../envelope/format.ts";
import { readInto, type Source } from "../../envelope/source.ts";
import { type OpenedPortion, type Reader, unpack } from "../../envelope/unpack.ts";
import { type OpenEnvelope, openEnvelope, verifyBodies } from "../../envelope/verify.ts";
import { fail } from "../../errors.ts";
import type { Label } from "../../label/label.ts";
import { Home } from "../../node/home.ts";
import { createOutput, createOutputDirectory } from "../../node/output.ts";
import type { OpenSource } from "../../node/source.ts";
import { plainSpool } from "../../node/spool.ts";
import type { Context } from "../context.ts";
import { cardDocument, folded, row, size, who } from "../describe.ts";
import {
  bannerOf,
  handlingLines,
  isSigningTimeProven,
  labelLines,
  NOT_PROVEN,
  otherLabelLines,
  viewBanner,
} from "../describe-envelope.ts";
import { decisionDocuments, decisionLines, EXPLAIN, explained } from "../explain.ts";
import { upTo } from "../flags.ts";
import { STDIN, withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";
import { checkOutput, STDOUT } from "../outputs.ts";

interface Options {
  out?: string;
  portion?: number;
  item?: string;
  stream?: true;
  force?: true;
  explain?: true;
}

export function command(command: Command, context: Context): void {
  command
    .description("Verifies an envelope and opens what is meant for you. Nothing appears before all of it is verified.")
    .argument("<file>", "the envelope; - is stdin")
    .option("-o, --out <dir>", "a new folder; default: the file's name without extension")
    .option("--portion <number>", "only this portion", upTo(LIMITS.portions))
    .option("--item <name>", "only this file, to -o FILE, or to stdout")
    .option("--stream", "with --item: do not verify the rest first")
    .option("--force", "with --item: replace an existing file")
    .option(...EXPLAIN)
    .action((path: string, options: Options) =>
      explained(options.explain, context, () =>
        options.item === undefined
          ? unpackAll(path, options, context)
          : unpackItem(path, { ...options, item: options.item }, context),
      ),
    );
}

/** What was opened, and whether all was asked for. */
interface Opened {
  readonly all: boolean;
  readonly files: { portion: number; name: string; mediaType: string; bytes: number }[];
  readonly output: string;
  /** Where --explain was given. */
  readonly decisions: readonly SlotDecision[] | undefined;
}

/** All portions that open, into a folder that appears when all of them have been verified to the last byte. */
async function unpackAll(
  path: string,
  { out, portion: only, stream, force, explain }: Options,
  context: Context,
): Promise<void> {
  const need = (reason: string): never => fail("ERR_USAGE", { reason });
  if (stream || force) need("--stream and --force are for one file: add --item NAME");
  if (out === STDOUT) need("'-o -' is for one file: add --item NAME");
  if (out === "") need("-o is empty");
  const output = out ?? folderFor(path) ?? need("name a new folder with -o");
  await withEnvelope(path, async (source, { size: total }, bulk) => {
    const { envelope, unlock } = await opened(source, context);
    const directory = await createOutputDirectory(output);
    try {
      const reader = await unlock();
      // Not before: what unlocking needs is the most that there is ever in memory.
      bulk.prepare("open", total ?? 0);
      const progress = context.progress("unpacking", total);
      const files: Opened["files"] = [];
      const decisions: SlotDecision[] = [];
      for await (const portion of unpack(envelope, reader, only, bulk)) {
        decisions.push(decidedFor(reader, portion));
        const folder = envelope.bodies.length > 1 ? [String(portion.number)] : [];
        for (const [i, item] of portion.contents.items.entries()) {
          const file = await directory.file(...folder, item.name);
          await portion.write(i, file, progress.add);
          await file.close();
          files.push(fileIn(portion, i));
        }
        await portion.checkPadding();
      }
      await directory.commit();
      progress.done();
      const shown = explain && decisions;
      await report(envelope, { output, files, decisions: shown, all: only === undefined }, context);
    } finally {
      await directory.abort();
    }
  });
}

/** None for stdin, which has no name, nor a hidden folder: programs look for their settings in such. */
const folderFor = (path: string): string | undefined => {
  if (path === STDIN || basename(path).startsWith(".")) return;
  const name = basename(path);
  const stem = name.replace(/\.[^.]*$/, "");
  return stem === "" || stem === name ? `${name}.unpacked` : stem;
};

/** One file, from the segments that hold it: after all of the envelope has been verified, unless --stream was asked for. */
async function unpackItem(
  path: string,
  { out, portion: only, item: wanted, stream, force, explain }: Options & { item: string },
  context: Context,
): Promise<void> {
  if (out === "") fail("ERR_USAGE", { reason: "-o is empty" });
  const toStdout = out === undefined || out === STDOUT;
  checkOutput(out ?? STDOUT, [path], context);
  if (toStdout) context.allowBinary(out === STDOUT);
  await withEnvelope(path, async (input, { size: total }, bulk) => {
    const spool = stream || total !== undefined ? undefined : await spooled(input, context);
    const { envelope, unlock } = await opened(spool ?? input, context);
    const file = toStdout ? undefined : await createOutput(out, { force: force ?? false });
    try {
      const reader = await unlock();
      const progress = context.progress("unpacking", total);
      if (!stream) {
        await verifyBodies(envelope, undefined, bulk);
        await requireOneSuch(wanted, unpack(envelope, reader, only, bulk, false));
      }
      for await (const portion of unpack(envelope, reader, only, bulk, false)) {
        const index = indexOf(wanted, portion);
        if (index < 0) continue;
        await portion.write(index, file ?? { write: context.out }, progress.add);
        if (!stream) await portion.checkPadding();
        await file?.commit();
        progress.done();
        const files = [fileIn(portion, index)];
        const decisions = explain && [decidedFor(reader, portion)];
        await report(envelope, { output: toStdout ? STDOUT : out, files, decisions, all: false }, context);
        return stream ? context.note("  the rest of the envelope was not verified") : undefined;
      }
      fail("ERR_NO_SUCH_FILE", { name: wanted });
    } finally {
      await file?.abort();
      await spool?.close();
    }
  });
}

const indexOf = (wanted: string, { contents }: OpenedPortion): number =>
  contents.items.findIndex(({ name }) => name === wanted.normalize("NFC"));

/** Two portions may each have a file of one name: which is meant is not guessed. @throws DipbagError ERR_USAGE */
async function requireOneSuch(wanted: string, portions: AsyncIterable<OpenedPortion>): Promise<void> {
  const found: number[] = [];
  for await (const portion of portions) if (indexOf(wanted, portion) >= 0) found.push(portion.number);
  if (found.length > 1) {
    fail("ERR_USAGE", { reason: `portions ${found.join(", ")} each have a file of that name: add --portion` });
  }
}

/** A verified head, and how to become its reader: whether the output can be written is known before a passphrase is asked for. */
async function opened(source: Source, context: Context) {
  const home = new Home(context.home);
  const envelope = await openEnvelope(source, await home.trust(), context.at);
  const card = await home.ownCard();
  const unlock = async (): Promise<Reader> => ({
    identity: await home.identity("user", () => context.passphrase("your passphrase")),
    card,
  });
  return { envelope, unlock };
}

const CHUNK = 1 << 20;

/** Ciphertext, so that it can be read twice. */
async function spooled(source: Source, context: Context): Promise<OpenSource> {
  const spool = await plainSpool(context.temporary);
  const memory = new Uint8Array(CHUNK);
  for (let at = 0; ; at += CHUNK) {
    const piece = await readInto(source, at, memory);
    await spool.write(piece, at);
    if (piece.length < CHUNK) return spool;
  }
}

const decidedFor = ({ card }: Reader, { number, decision }: OpenedPortion): SlotDecision => ({
  portion: number,
  recipient: card,
  decision,
});

function fileIn({ number, contents }: OpenedPortion, index: number): Opened["files"][number] {
  const { name, mediaType, size: bytes } = contents.items[index]!;
  return { portion: number, name, mediaType, bytes };
}

/** The banner is that of what was opened. For stdout the report goes to stderr too. */
async function report(
  envelope: OpenEnvelope,
  { output, files, decisions, all }: Opened,
  context: Context,
): Promise<void> {
  const opened = new Set(files.map(({ portion }) => portion));
  const banner = viewBanner(envelope, opened);
  const others = envelope.bodies.filter(({ portion }) => !opened.has(portion.number));
  const closed = others.map(({ portion }) => portion.number);
  const digest = hex(envelope.head.digest);
  if (context.asJson) {
    const signers = envelope.head.signers.map(({ card }) => cardDocument(card));
    const signingTimeProven = isSigningTimeProven(envelope);
    const document = { schema: "dipbag/unpack/1", output, digest, banner, signers, signingTimeProven, files, closed };
    return context.json(decisions ? { ...document, decisions: decisionDocuments(decisions) } : document);
  }
  for (const line of decisionLines(decisions ?? [])) context.note(line);
  context.note(folded(show(banner)));
  for (const { card } of envelope.head.signers) context.note(row("by", who(card.claims)));
  for (const { portion, name, bytes } of files) {
    context.note(row(`portion ${portion}`, `${show(name)}, ${size(bytes)}`));
  }
  for (const { number, labels } of envelope.head.portions) {
    if (!opened.has(number)) continue;
    const marking = (label: Label) => bannerOf(label, envelope);
    const lines = labelLines(labels.value.originator, envelope.at, marking, `portion ${number}`);
    for (const line of [...lines, ...otherLabelLines(labels.value, envelope, `portion ${number}`)]) context.note(line);
  }
  for (const { portion, withheld } of others) {
    context.note(row(`portion ${portion.number}`, withheld ? "(withheld)" : all ? "(not for you)" : "(not opened)"));
  }
  for (const line of handlingLines(envelope.head.core.handling, envelope.at)) context.note(line);
  if (!isSigningTimeProven(envelope)) context.note(NOT_PROVEN);
  context.note(row("opened in", output === STDOUT ? "stdout" : show(output)));
  context.note(folded(show(banner)));
}
