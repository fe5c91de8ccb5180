/** What the documents say of the project: links, error codes, paths. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ERRORS } from "../../src/errors.ts";
import { codeBlocks } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const documents = ["", "docs", "spec", "spec/policies"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);
const read = (document: string): string => readFileSync(join(ROOT, document), "utf8");
const found = (document: string, what: RegExp): string[] => [...read(document).matchAll(what)].map(([, text]) => text!);

describe.each(documents)("%s", (document) => {
  it("links to files that exist", () => {
    const links = found(document, /\]\((?![a-z]+:|#)([^)#\s]+)/g);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(document), link)))).toEqual([]);
  });
  it("names error codes that exist", () => {
    expect(found(document, /\b(ERR_[A-Z_]*[A-Z])\b/g).filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
  });
  it("names folders and files of the project that exist", () => {
    const named = found(document, /`((?:src|test|spec|docs|bench|examples)(?:\/[\w.-]+)+\/?)`/g);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

it("code blocks stand in what is typed into a shell, and in spec, as worked numbers", () => {
  const typed = ["README.md", "docs/tutorial.md"];
  const elsewhere = documents.filter((document) => !typed.includes(document) && !document.startsWith("spec"));
  expect(elsewhere.filter((document) => codeBlocks(read(document)).length > 0)).toEqual([]);
});
