/** spec/errors.json, and what the texts of spec/ say of errors, against the one table in src/errors.ts. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";

const spec = new URL("../../spec/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, spec), "utf8");

const codes = Object.keys(ERRORS) as ErrorCode[];
const expected = `${JSON.stringify(
  codes.map((code) => ({ code, ...ERRORS[code] })),
  null,
  2,
)}\n`;
/** `DIPBAG_WRITE_SPEC=1 npx vitest run test/spec/errors` writes the file anew. */
if (process.env.DIPBAG_WRITE_SPEC === "1") writeFileSync(new URL("errors.json", spec), expected);

const texts = readdirSync(spec).filter((name) => name.endsWith(".md"));
const codesIn = (text: string): string[] => text.match(/ERR_[A-Z]\w*/g) ?? [];

/** Each step, as "**V1**" or "| D1 |" begins it, with what stands from there to the next step or heading. */
const steps = new Map(
  texts
    .flatMap((name) => read(name).split(/^(?=#|\*\*[A-Z]\d+\*\*|\| [A-Z]\d+ +\|)/m))
    .map((part) => [/^(?:\*\*|\| )([A-Z]\d+)/.exec(part)?.[1] ?? "", part]),
);

describe("spec/errors.json", () => {
  it("is the table of src/errors.ts", () => {
    expect(read("errors.json")).toBe(expected);
  });
});

describe("the texts", () => {
  it.each(texts)("name no error that does not exist: %s", (name) => {
    for (const code of codesIn(read(name))) expect(codes).toContain(code);
  });

  it.each(codes.filter((code) => /^[A-Z]\d/.test(ERRORS[code].step)))("have %s in its step", (code) => {
    expect(codesIn(steps.get(ERRORS[code].step) ?? "")).toContain(code);
  });
});
