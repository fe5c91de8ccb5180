// A dipbag with verbs for tests only: the plumbing as real processes. Runs what has been built into dist.
import { setTimeout as sleep } from "node:timers/promises";
import { main } from "../../dist/cli/main.js";
import { readSecretFile, writeSecretFile } from "../../dist/node/files.js";
import { createOutput, createOutputDirectory, refuseSameFile } from "../../dist/node/output.js";
import { descriptorSource, fileSource } from "../../dist/node/source.js";
import { encryptedSpool } from "../../dist/node/spool.js";

const PIECE = 65_536;
const open = (path) => (path === "-" ? descriptorSource(0, "-") : fileSource(path));
const forever = () => new Promise(() => setInterval(() => {}, 1000));

async function pour(context, input, write, { wait = 0, hang = false } = {}) {
  const source = await open(input);
  for (let at = 0; ; at += PIECE) {
    const bytes = await source.read(at, PIECE);
    if (bytes.length === 0) break;
    await write(bytes, at);
    if (at === 0) context.note("started");
    if (hang) await forever();
    if (wait) await sleep(wait);
  }
  await source.close();
}

const verbs = {
  copy: (command, context) =>
    command
      .argument("<in>")
      .requiredOption("-o <out>")
      .option("--force")
      .option("--wait <ms>", "", Number)
      .option("--hang")
      .option("--memory")
      .action(async (input, { o, force, memory, ...how }) => {
        refuseSameFile(input === "-" ? [0] : [input], o);
        const output = await createOutput(o, { force });
        await pour(context, input, output.write, how);
        await output.commit();
        if (memory) context.note(`rss ${process.resourceUsage().maxRSS}`);
      }),
  folder: (command, context) =>
    command
      .argument("<in>")
      .requiredOption("-o <out>")
      .option("--hang")
      .action(async (input, { o, hang }) => {
        const output = await createOutputDirectory(o);
        const file = await output.file("1", "report.txt");
        await pour(context, input, file.write, { hang });
        await output.commit();
      }),
  spool: (command, context) =>
    command
      .argument("<in>")
      .option("--hang")
      .action(async (input, { hang }) => {
        const spool = await encryptedSpool(await open(input), context.temporary);
        context.note(`size ${spool.size}`);
        if (hang) await forever();
        await context.out(await spool.read(0, spool.size));
      }),
  show: (command, context) =>
    command
      .argument("<in>")
      .option("-o <out>")
      .action(async (input, { o }) => {
        context.allowBinary(o === "-");
        await pour(context, input, (bytes) => context.out(bytes));
      }),
  ask: (command, context) =>
    command
      .option("--new")
      .option("--hang")
      .action(async (flags) => {
        const ask = flags.new ? context.newPassphrase : context.passphrase;
        await context.out(`${Buffer.from(await ask("passphrase of Amina\u202e")).toString("hex")}\n`);
        if (flags.hang) await forever();
      }),
  secret: (command, context) =>
    command
      .argument("<file>")
      .option("--write <text>")
      .action(async (file, { write }) => {
        if (write) await writeSecretFile(file, Buffer.from(write));
        else await context.out(await readSecretFile(file));
      }),
  facts: (command, context) =>
    command.action(() =>
      context.json({ schema: "test/facts/1", home: context.home, at: context.at, hostile: "\u202e\n" }),
    ),
  batch: (command, context) =>
    command.argument("<files...>").action(async (files) => {
      for (const file of files) {
        try {
          await (await open(file)).close();
          if (context.asJson) await context.json({ schema: "test/batch/1", input: file });
        } catch (error) {
          await context.report(error, file);
        }
      }
    }),
  crash: (command) =>
    command
      .argument("<how>")
      .option("-o <out>")
      .action(async (how, { o }) => {
        await (await createOutput(o)).write(Buffer.from("half"));
        if (how === "throw") throw new TypeError("SECRET\nof the content");
        if (how === "reject") Promise.reject(new Error("SECRET"));
        if (how === "later")
          setTimeout(() => {
            throw new Error("SECRET");
          });
        if (how === "nothing") throw undefined;
        if (how === "stall") return new Promise(() => {});
        if (how === "deep")
          (function deep() {
            deep();
          })();
        await forever();
      }),
  bar: (command, context) =>
    command.action(async () => {
      const progress = context.progress("sealing report.pdf", 2e6);
      for (let i = 0; i < 16; i++) {
        progress.add(100_000);
        await sleep(100);
      }
      progress.done();
      context.note("finished");
    }),
};

main(
  process.argv.slice(2),
  Object.entries(verbs).map(([name, command]) => ({
    name,
    group: "Tests:",
    summary: `${name} for tests`,
    load: async () => ({ command }),
  })),
);
