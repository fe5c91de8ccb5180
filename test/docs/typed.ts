/**
 * A document whose code blocks are typed as they stand: in a copy of the checkout made like a fresh clone, one shell from
 * the first block to the last. Only the clock is ours, so that what is shown can be compared.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, codeBlocks } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLONED = ["package.json", "package-lock.json", "tsconfig.json", "bin", "scripts", "src", "data", "examples"];
const NOW = "2026-11-22T15:00:00Z";
const TIMEOUT = 400_000;

const mark = (step: number | "end") => `=== ${step} ===`;

/** What a reader does with a block: types it, or saves it under the name in its first line, compiles and runs it. */
function commands({ language, text }: Block, saved: string): string {
  if (language === "sh") return text;
  if (language === "text") return "";
  const name = /^\/\/ (\w+)\.mts\n/.exec(text)?.[1];
  if (name === undefined) throw new Error(`a ts block must begin with its name, as '// check.mts': ${text}`);
  writeFileSync(saved, text);
  const strict = "--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes";
  const types = `--types node --typeRoots '${ROOT}node_modules/@types'`;
  return [
    `cp '${saved}' ${name}.mts`,
    `node '${ROOT}node_modules/typescript/bin/tsc' --target es2022 --module nodenext ${strict} ${types} --outDir out ${name}.mts`,
    `node out/${name}.mjs`,
  ].join("\n");
}

interface Step {
  readonly line: number;
  readonly printed: string;
}

/** Runs all blocks: what each has printed, on both streams, in the order in which they were reached. */
function play(blocks: readonly Block[], folder: string): readonly Step[] {
  const clone = join(folder, "dipbag");
  mkdirSync(clone);
  for (const path of CLONED) cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  // What is installed here serves; never install through the link.
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
  utimesSync(join(clone, "package-lock.json"), 0, 0);
  writeFileSync(join(folder, "clock.mjs"), `const now = Date.parse("${NOW}");\nDate.now = () => now;\n`);

  const steps = blocks.flatMap((block, i) => [
    `echo '${mark(block.line)}'`,
    commands(block, join(folder, `block-${i}.mts`)),
  ]);
  writeFileSync(join(folder, "script.sh"), ["set -eu", "exec 2>&1", ...steps, `echo '${mark("end")}'`].join("\n"));
  const { stdout } = spawnSync("sh", [join(folder, "script.sh")], {
    cwd: clone,
    encoding: "utf8",
    timeout: TIMEOUT,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      NODE_OPTIONS: `--import=${pathToFileURL(join(folder, "clock.mjs"))}`,
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
    },
  });
  const [, ...parts] = stdout.split(/^=== (\d+|end) ===\n/m);
  return parts.flatMap((part, i) => (i % 2 === 0 ? [{ line: Number(part), printed: parts[i + 1] ?? "" }] : []));
}

/** Fingerprints and digests differ from run to run. */
const lines = (text: string): string[] =>
  text
    .replace(/\b[0-9a-f]{8,}\b/g, (digits) => "#".repeat(digits.length))
    .trimEnd()
    .split("\n");

/** Whether the lines shown are the lines printed, `...` standing for any number of them. */
export function agrees(shown: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === "...") return printed.some((_, i) => agrees(rest, printed.slice(i))) || rest.length === 0;
  return first === printed[0] && agrees(rest, printed.slice(1));
}

/** The tests of a document, by its path in the project. */
export function typed(document: string): void {
  const blocks = codeBlocks(readFileSync(join(ROOT, document), "utf8"));

  it("has blocks of sh, ts and text only, and each text is what the block above it prints", () => {
    expect(blocks.filter(({ language }) => !["sh", "ts", "text"].includes(language))).toEqual([]);
    const alone = blocks.filter(
      ({ language }, i) => language === "text" && (blocks[i - 1]?.language ?? "text") === "text",
    );
    expect(alone).toEqual([]);
  });

  describe.skipIf(process.platform === "win32")(`${document}, typed into a shell (POSIX only)`, () => {
    const folder = mkdtempSync(join(tmpdir(), "dipbag-typed-"));
    let reached: readonly Step[] = [];
    beforeAll(() => {
      reached = play(blocks, folder);
    }, TIMEOUT);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** What a block has printed. A block that works is not the last that was reached: the end is. */
    function printedBy(line: number): string {
      const at = reached.findIndex((step) => step.line === line);
      const last = reached.at(-1);
      if (at < 0) expect.fail(`not reached: the block of line ${last?.line} fails`);
      if (reached[at] === last) expect.fail(`this block fails:\n${last?.printed}`);
      return reached[at]!.printed;
    }

    it.each(blocks.filter(({ language }) => language !== "text"))("line $line, $language: works", ({ line }) => {
      printedBy(line);
    });

    const shown = blocks.flatMap((block, i) =>
      block.language === "text" ? [{ ...block, by: blocks[i - 1]!.line }] : [],
    );
    it.each(shown)("line $line, text: is what the block above prints", ({ text, by }) => {
      const [expected, printed] = [lines(text), lines(printedBy(by))];
      const wrong = expected.find((_, i) => !agrees([...expected.slice(0, i + 1), "..."], printed));
      if (!agrees(expected, printed)) expect.fail(`not there: ${wrong ?? "the end"}\nin:\n${printed.join("\n")}`);
    });
  });
}
