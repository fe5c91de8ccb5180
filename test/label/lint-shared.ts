/** What the tests of lint have in common. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { type Finding, type LintContext, lint, RULES } from "../../src/label/lint/lint.ts";
import { parseMarking } from "../../src/label/marking.ts";
import { KNOWN, SEALING } from "./shared.ts";

export const TEXT = "text/plain;charset=utf-8";
export const STIX = "application/stix+json;version=2.1";
export const PDF = "application/pdf";
export const RESTRICTED = "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC";
export const CONFIDENTIAL = "HARBOUR CONFIDENTIAL REL TO AAB, QMB";
export const OPERATION = { exercise: false } as const;

/** Those that also serve as samples, and those that are wrong on purpose. */
export function fixture(name: string): Uint8Array {
  const folder = /incident|red-inside/.test(name) ? "fixtures/" : "../../examples/exercise/";
  return new Uint8Array(readFileSync(new URL(folder + name, import.meta.url)));
}

export const under = (label: string, rest: Partial<LintContext> = {}): LintContext => ({
  ...SEALING,
  exercise: true,
  label: parseMarking(label, KNOWN).marking,
  ...rest,
});

export const lintAs = (
  mediaType: string,
  content: string | Uint8Array,
  label: string,
  rest: Partial<LintContext> = {},
): Promise<readonly Finding[]> =>
  lint({ name: "report", mediaType, bytes: typeof content === "string" ? utf8(content) : content }, under(label, rest));

/** Rule, place and fix. */
export const brief = (found: readonly Finding[]): readonly string[] =>
  found.map(({ rule, where, fix }) => `${where} ${rule}: ${fix}`);
export const rules = (found: readonly Finding[]): readonly string[] => found.map(({ rule }) => rule);

/** Whatever is in a document: findings that are whole, and can be shown. */
export async function survives(mediaType: string, content: string | Uint8Array, within = 2000): Promise<void> {
  const begun = performance.now();
  for (const context of [under(CONFIDENTIAL, { tlp: "AMBER" }), under("TLP:GREEN", OPERATION)]) {
    const bytes = typeof content === "string" ? utf8(content) : content;
    for (const { rule, severity, where, message, fix, found = "x" } of await lint(
      { name: "x", mediaType, bytes },
      context,
    )) {
      expect(RULES[rule]).toBe(severity);
      for (const text of [message, fix]) expect(text.trim()).not.toBe("");
      for (const text of [message, fix, where, found]) expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(`${message}${fix}`).not.toMatch(/undefined|\[object|NaN/);
    }
  }
  expect(performance.now() - begun).toBeLessThan(within);
}

/** A file with some of its bytes cut out, changed, repeated. */
export const mutated = (original: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 12 }), fc.boolean()), {
      minLength: 1,
      maxLength: 6,
    })
    .map((edits) =>
      edits.reduce((bytes, [place, cut, put, copy]) => {
        const at = place % (bytes.length + 1);
        const piece = copy ? bytes.subarray(at, at + 200) : put;
        return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at + (copy ? 0 : cut))]);
      }, original),
    );
