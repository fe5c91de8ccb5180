/** Text armour: spec/envelope.md section 7. */

import { describe, expect, it } from "vitest";
import { fromUtf8, hex, utf8 } from "../../src/bytes.ts";
import { armour, dearmour, withoutArmour } from "../../src/envelope/armour.ts";
import { LIMITS } from "../../src/envelope/format.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { content } from "../world.ts";

const BEGIN = "-----BEGIN DIPBAG ENVELOPE-----";
const END = "-----END DIPBAG ENVELOPE-----";
/** Three lines: two of 48 bytes, and one of four. */
const BYTES = content(100);
const TEXT = fromUtf8(armour(BYTES));
const LINES = TEXT.split("\n");

const reasonOf = (text: string): string => {
  try {
    dearmour(utf8(text));
    return "accepted";
  } catch (error) {
    return (error as Error).message.replace("the text form is not exact: ", "");
  }
};
const line = (number: number) => `line ${number} is not 64 characters of canonical base64`;
const START = "no first line, or something before it";
const FINISH = "no last line, or something after it";
const changed = (number: number, change: (line: string) => string) =>
  LINES.map((text, i) => (i === number - 1 ? change(text) : text)).join("\n");

describe("armour", () => {
  it("is a first line, lines of 64 characters, a last line, each with its end", () => {
    expect(LINES.map(({ length }) => length)).toEqual([BEGIN.length, 64, 64, 8, END.length, 0]);
    expect([LINES[0], LINES[4]]).toEqual([BEGIN, END]);
  });

  it("comes back the same, of any length, with LF or CRLF", () => {
    for (let length = 0; length < 150; length++) {
      const text = fromUtf8(armour(content(length)));
      for (const received of [text, text.replaceAll("\n", "\r\n")])
        expect(hex(dearmour(utf8(received)))).toBe(hex(content(length)));
      expect(text.includes("\n\n")).toBe(false);
    }
  });

  it.each([
    ["a blank before it", ` ${TEXT}`, START],
    ["no first line", LINES.slice(1).join("\n"), START],
    ["a first line alone", `${BEGIN}\n`, FINISH],
    ["a first line without its end", BEGIN, START],
    ["another first line", TEXT.replace("BEGIN DIPBAG", "BEGIN dipbag"), START],
    ["CRLF after the first line only", TEXT.replace("\n", "\r\n"), FINISH],
    ["CRLF after the last line only", `${TEXT.slice(0, -1)}\r\n`, FINISH],
    ["CRLF after another line only", changed(2, (text) => `${text}\r`), line(2)],
    ["no end after the last line", TEXT.slice(0, -1), FINISH],
    ["a blank after it", `${TEXT} `, FINISH],
    ["an empty line after it", `${TEXT}\n`, FINISH],
    ["no last line", LINES.slice(0, 4).join("\n"), FINISH],
    ["the last line in front of the end of the first", `${BEGIN}${END}\n`, START],
    ["an empty line", `${BEGIN}\n\n${END}\n`, FINISH],
    ["two empty lines", `${BEGIN}\n\n\n${END}\n`, line(2)],
    ["an empty line at the end", changed(5, (text) => `\n${text}`), line(4)],
    ["a short line that is not the last", changed(3, (text) => text.slice(0, 60)), line(3)],
    ["a long line", changed(2, (text) => `${text}AAAA`), line(2)],
    ["a last line of more than 64 characters", changed(4, () => "A".repeat(68)), line(4)],
    ["a blank in a line", changed(3, (text) => ` ${text.slice(1)}`), line(3)],
    ["the other alphabet", changed(2, (text) => `-_${text.slice(2)}`), line(2)],
    ["padding in the middle", changed(2, (text) => `${text.slice(0, 62)}==`), line(2)],
    ["padding that is missing", changed(4, (text) => text.replaceAll("=", "")), line(4)],
    ["bits that mean nothing", changed(4, (text) => text.replace(/.==$/, "B==")), line(4)],
  ])("with %s is refused: it says where", (_, text, reason) => expect(reasonOf(text)).toBe(reason));

  it("of as much as is allowed, and of one byte more", async () => {
    // 1,032,443 lines of 48 bytes, and one of three.
    const most = 49_557_267;
    expect(armour(new Uint8Array(most)).length).toBe(LIMITS.armour - 2);
    const code = (value: string) => expect.objectContaining({ code: value });
    expect(() => armour(new Uint8Array(most + 1))).toThrow(code("ERR_ARMOUR_TOO_LARGE"));
    const long = new Uint8Array(LIMITS.armour + 1).fill(45);
    await expect(withoutArmour(bytesSource(long))).rejects.toThrow(code("ERR_ARMOUR_TOO_LARGE"));
    await expect(withoutArmour(bytesSource(long.subarray(1)))).rejects.toThrow(code("ERR_ARMOUR"));
  });

  it("is looked for where an envelope cannot begin like it, and nowhere else", async () => {
    const source = bytesSource(utf8(` ${TEXT}`));
    expect(await withoutArmour(source)).toBe(source);
    const empty = bytesSource(new Uint8Array(0));
    expect(await withoutArmour(empty)).toBe(empty);
  });
});
