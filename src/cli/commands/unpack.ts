/** `dipbag unpack`: opening what is meant for this user. */

import { basename } from "node:path";
import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import type { Source } from "../../envelope/source.ts";
import { type OpenedPortion, type Reader, unpack } from "../../envelope/unpack.ts";
import { openEnvelope, type VerifiedEnvelope, verifyBodies } from "../../envelope/verify.ts";
import { fail } from "../../errors.ts";
import { Home } from "../../node/home.ts";
import { createOutput, createOutputDirectory } from "../../node/output.ts";
import { plainSpool } from "../../node/spool.ts";
import type { Context } from "../context.ts";
import { size, viewBanner } from "../describe.ts";
import { positive } from "../flags.ts";
import { STDIN, withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";
import type { Progress } from "../progress.ts";

interface Options {
  out?: string;
  portion?: number;
  item?: string;
  stream?: true;
  force?: true;
}

export function command(command: Command, context: Context): void {
  command
    .description("Verifies an envelope and opens what is meant for you. Nothing appears before all of it is verified.")
    .argument("<file>", "the envelope; - is stdin")
    .option("-o, --out <dir>", "a new folder; default: the file's name without extension")
    .option("--portion <number>", "only this portion", positive)
    .option("--item <name>", "only this file, written to -o FILE or -o -")
    .option("--stream", "with '-o -': write each piece as soon as it is verified, not when all are")
    .option("--force", "with --item: replace an existing file")
    .action((path: string, options: Options) =>
      withEnvelope(path, async (source, { size: total }) => {
        const home = new Home(context.home);
        const toStdout = options.item !== undefined && options.out === STDIN;
        const seekable = toStdout && !options.stream && total === undefined ? await spooled(source, context) : source;
        const progress = context.progress("unpacking", total);
        const envelope = await openEnvelope(seekable, await home.trust(), context.at);
        const card = await home.ownCard();
        const identity = await home.identity("user", () => context.passphrase("your passphrase"));
        const reader = { identity, card };
        if (options.item !== undefined) await oneItem(envelope, reader, options, progress, context);
        else await everything(path, envelope, reader, options, progress, context);
        progress.done();
      }),
    );
}

/** Ciphertext, so that it can be read twice. */
async function spooled(source: Source, context: Context): Promise<Source> {
  const spool = await plainSpool(context.temporary);
  for (let at = 0; ; at += CHUNK) {
    const piece = await source.read(at, CHUNK);
    await spool.write(piece, at);
    if (piece.length < CHUNK) return spool;
  }
}
const CHUNK = 1 << 20;

/** All portions that open, into a folder that appears when all of them have been verified to the last byte. */
async function everything(
  path: string,
  envelope: VerifiedEnvelope,
  reader: Reader,
  { out, portion: only }: Options,
  progress: Progress,
  context: Context,
): Promise<void> {
  if (out === STDIN) fail("ERR_USAGE", { reason: "'-o -' is for one file: add --item NAME" });
  if (path === STDIN && out === undefined) fail("ERR_USAGE", { reason: "name the folder with -o" });
  const target = out ?? basename(path).replace(/\.[^.]*$|$/, (extension) => (extension === "" ? ".unpacked" : ""));
  const directory = await createOutputDirectory(target);
  try {
    const folders = envelope.bodies.length > 1;
    const files: { portion: number; name: string; mediaType: string; bytes: number }[] = [];
    for await (const portion of unpack(envelope, reader, only)) {
      for (const [i, item] of portion.contents.items.entries()) {
        const file = await directory.file(...(folders ? [String(portion.number)] : []), item.name);
        await copy(portion, i, file, progress);
        await file.close();
        files.push({ portion: portion.number, name: item.name, mediaType: item.mediaType, bytes: item.size });
      }
      await portion.checkPadding();
    }
    await directory.commit();
    await report(envelope, { output: target, files }, context);
  } finally {
    await directory.abort();
  }
}

/** One file, from the segments that hold it. To stdout only after every segment's digest, unless --stream was asked for. */
async function oneItem(
  envelope: VerifiedEnvelope,
  reader: Reader,
  { out, portion: only, item: wanted, stream, force }: Options,
  progress: Progress,
  context: Context,
): Promise<void> {
  if (out === undefined) return fail("ERR_USAGE", { reason: "--item needs -o FILE, or -o -" });
  const toStdout = out === STDIN;
  if (toStdout && !stream) await verifyBodies(envelope);
  const output = toStdout
    ? { write: (bytes: Uint8Array) => context.out(bytes) }
    : await createOutput(out, { force: force ?? false });
  try {
    for await (const portion of unpack(envelope, reader, only)) {
      const index = portion.contents.items.findIndex(({ name }) => name === wanted);
      if (index < 0) continue;
      await copy(portion, index, output, progress);
      if ("commit" in output) await output.commit();
      const { name, mediaType, size: bytes } = portion.contents.items[index]!;
      if (stream && toStdout)
        context.note("dipbag: note: written piece by piece; the rest of the envelope was not checked");
      const files = [{ portion: portion.number, name, mediaType, bytes }];
      return toStdout ? undefined : await report(envelope, { output: out, files }, context);
    }
    fail("ERR_NO_SUCH_FILE", { name: wanted ?? "" });
  } finally {
    if ("abort" in output) await output.abort();
  }
}

async function copy(
  portion: OpenedPortion,
  index: number,
  output: { write(bytes: Uint8Array): Promise<void> },
  progress: Progress,
): Promise<void> {
  for await (const piece of portion.file(index)) {
    await output.write(piece);
    progress.add(piece.length);
  }
}

interface Result {
  readonly output: string;
  readonly files: readonly { portion: number; name: string; mediaType: string; bytes: number }[];
}

async function report(envelope: VerifiedEnvelope, { output, files }: Result, context: Context): Promise<void> {
  const opened = new Set(files.map(({ portion }) => portion));
  const banner = viewBanner(envelope, opened);
  const closed = envelope.bodies.map(({ portion }) => portion.number).filter((number) => !opened.has(number));
  if (context.asJson) {
    return context.json({
      schema: "dipbag/unpack/1",
      output,
      banner,
      files,
      closed,
      digest: hex(envelope.head.digest),
    });
  }
  context.note(show(banner));
  for (const { portion, name, bytes } of files) context.note(`  portion ${portion}  ${show(name)}, ${size(bytes)}`);
  if (closed.length > 0) context.note(`  portion ${closed.join(", ")} is not for you, or was withheld`);
  context.note(`  in ${show(output)}`);
  context.note(show(banner));
}
