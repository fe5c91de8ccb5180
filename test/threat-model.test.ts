/**
 * spec/threat-model.md against the tests: each of the 128 attacks is in its tables once, with the files whose tests carry
 * its number, as "[13] ...", and each code with its status. `DIPBAG_WRITE_SPEC=1 npx vitest run test/threat-model` fills
 * in the files; prettier aligns the columns.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode } from "../src/errors.ts";

const root = new URL("../", import.meta.url);
const path = new URL("spec/threat-model.md", root);
const here = new URL("test/", root);

/** The files with a test of this number. A name is a string that begins with numbers; others may follow in it. */
const tested = new Map<number, Set<string>>();
for (const file of readdirSync(here, { recursive: true, encoding: "utf8" }).sort()) {
  if (!file.endsWith(".test.ts") || file.includes("node_modules")) continue;
  for (const [, , name = ""] of readFileSync(new URL(file, here), "utf8").matchAll(
    /(["'`])((?:\\.|(?!\1)[^\n])*)\1/g,
  )) {
    if (!/^\[\d+\] /.test(name)) continue;
    for (const [, number] of name.matchAll(/\[(\d{1,3})\]/g)) {
      const files = tested.get(Number(number)) ?? new Set();
      tested.set(Number(number), files.add(file.replace(/\.test\.ts$/, "")));
    }
  }
}
const filesOf = (number: number): string => [...(tested.get(number) ?? [])].map((file) => `\`${file}\``).join(" ");

const ROW = /^\| +(\d+) \|(.*)\|([^|]*)\|$/gm;
if (process.env.DIPBAG_WRITE_SPEC === "1") {
  const filled = readFileSync(path, "utf8").replace(
    ROW,
    (_, number, cells, files) =>
      `| ${number.padStart(3)} |${cells}| ${(filesOf(Number(number)) || "none: below").padEnd(files.length - 2)} |`,
  );
  writeFileSync(path, filled);
}

const text = readFileSync(path, "utf8");
const rows = [...text.matchAll(ROW)].map(([, number, cells = "", files = ""]) => ({
  number: Number(number),
  cells: cells.split("|").map((cell) => cell.trim()),
  files: files.trim(),
}));
const [, notAnswered = ""] = text.split("## Not answered");

describe("spec/threat-model.md", () => {
  it("has each of the 128 attacks once, in order, with all its cells", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 128 }, (_, i) => i + 1));
    for (const { number, cells } of rows) {
      expect(cells.length, `${number}`).toBe(3);
      for (const cell of cells) expect(cell, `${number}`).not.toBe("");
    }
  });

  it("names the files whose tests carry the number, and no others", () => {
    for (const { number, files } of rows) expect(files, `${number}`).toBe(filesOf(number) || "none: below");
    expect([...tested.keys()].filter((number) => number < 1 || number > 128)).toEqual([]);
  });

  it("says of what no test carries why it is not answered", () => {
    for (const { number, files } of rows) {
      if (files === "none: below") expect(notAnswered).toContain(`[${number}]`);
    }
    for (const { number, cells } of rows) {
      if (/\bbelow$/i.test(cells[1] ?? "")) expect(notAnswered).toContain(`[${number}]`);
    }
  });

  it("gives each code the status that it has, and names files and texts that exist", () => {
    for (const { number, cells } of rows) {
      for (const [, code, status] of cells.join(" ").matchAll(/\b(ERR_\w+)(?: \((\d+)\))?/g)) {
        expect(Object.keys(ERRORS), `${number}`).toContain(code);
        expect(Number(status), `${number} ${code}`).toBe(ERRORS[code as ErrorCode].status);
      }
      for (const [file] of (cells[2] ?? "").matchAll(/src\/[\w./-]+\.ts/g)) {
        expect(existsSync(new URL(file, root)), `${number} ${file}`).toBe(true);
      }
      for (const [file] of (cells[2] ?? "").matchAll(/(?<![\w/.])[a-z]+\.md/g)) {
        const at = file === "decisions.md" ? "docs/" : "spec/";
        expect(existsSync(new URL(at + file, root)), `${number} ${file}`).toBe(true);
      }
    }
  });
});
