/** What text from outside may contain, and how the rest is shown (spec/envelope.md section 5.2). */

import { describe, expect, it } from "vitest";
import { recordingStreams } from "../src/cli/output.ts";
import { isClean, visible } from "../src/text.ts";

const EVERY = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const codes = (characters: readonly string[]): readonly string[] =>
  characters.map((one) => `U+${one.codePointAt(0)?.toString(16).toUpperCase()}`);
/** Between letters, and in NFC: what is left is the character itself. */
const isRefused = (character: string): boolean => {
  const text = `a${character}b`;
  return text === text.normalize("NFC") && !isClean(text);
};

describe("characters that show nothing", () => {
  it("are refused in names: all that Unicode says may be ignored where it is not supported", () => {
    const ignorable = EVERY.filter((one) => /\p{Default_Ignorable_Code_Point}/u.test(one));
    expect(ignorable.length).toBeGreaterThan(4000);
    expect(codes(ignorable.filter((one) => isClean(`a${one}b`)))).toEqual([]);
  });

  it.each([
    ["shorthand format controls", "\u{1bca0}\u{1bca1}\u{1bca2}\u{1bca3}"],
    ["hieroglyphs that are blanks or join others", "\u{13430}\u{1343f}\u{13441}\u{13442}"],
    ["joiners and fillers of other scripts", "\u{1107f}\u{16fe4}"],
    ["what is no character", "\ufdd0\ufdef"],
    ["a note without a head", "\u{1d159}"],
    ["a pattern of Braille without dots", "\u2800"],
    ["spaces of all widths", "\u00a0\u1680\u2003\u202f\u205f\u3000"],
  ])("are refused in names: %s", (_, characters) => {
    expect(codes([...characters].filter((one) => isClean(`a${one}b`)))).toEqual([]);
  });
});

describe("what a name may not hold", () => {
  const refused = EVERY.filter(isRefused);
  const marks = refused.map((one) => [one, `\\u{${one.codePointAt(0)?.toString(16)}}`] as const);
  it("is shown by its number", () => {
    expect(codes(marks.filter(([one, mark]) => visible(`a${one}b`) !== `a${mark}b`).map(([one]) => one))).toEqual([]);
  });

  it("is not on the terminal as it is in JSON either", async () => {
    const streams = recordingStreams({ out: false, note: false });
    await streams.json({ schema: "x", text: refused.join("-") });
    const [[, line] = ["out", ""]] = streams.take();
    expect(codes([...line.trimEnd()].filter(isRefused))).toEqual([]);
    expect(JSON.parse(line).text).toBe(refused.join("-"));
  });
});

describe("all else", () => {
  it("is shown as it is, but for the backslash", () => {
    for (const text of ["EXERCISE", "", "À la marée", "港 (H-C)", "a b"]) expect(visible(text)).toBe(text);
    expect(visible("a\\u{2800}")).toBe("a\\\\u{2800}");
  });

  it("is cut between characters", () => {
    expect(visible("abcdef", 3)).toBe("abc...");
    expect(visible("ab\u{1f6a2}", 3)).toBe("ab...");
  });
});
