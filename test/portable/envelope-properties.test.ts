/** What holds for all lengths, names, texts and portions: spec/envelope.md sections 5 and 7. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { embed } from "../../src/cbor/schema.ts";
import {
  bodyLength,
  encodeParameters,
  HEADER_LENGTH,
  plaintextPerSegment,
  segmentCount,
} from "../../src/crypto/floe-layout.ts";
import { armour, dearmour, withoutArmour } from "../../src/envelope/armour.ts";
import { isFileName, readIndex, writeIndex } from "../../src/envelope/contents.ts";
import { LIMITS, type Portion } from "../../src/envelope/format.ts";
import { checkLayout, chooseN, LARGEST_N, layoutFor, padme, SMALLEST_N } from "../../src/envelope/layout.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { DipbagError } from "../../src/errors.ts";
import { labelsShape } from "../../src/label/label.ts";
import { type Code, codeOf, readAll, verifying } from "../outcome.ts";
import { file, packed } from "../packing.ts";
import { CONFIDENTIAL, labels, type Person, RESTRICTED, world } from "../world.ts";

const { duty, analyst, watch, relay } = world;
/** Lengths of every order of magnitude. */
const length = (max: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: Math.floor(Math.log2(max)) }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([e, part]) => Math.min(max, Math.floor(2 ** e * (1 + part))));
const code = (action: () => unknown): Code => {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof DipbagError) return error.code;
    throw error;
  }
};

describe("Padmé", () => {
  // Nikitin et al., PETS 2019, section 4, by hand: S bits of the E-bit exponent are kept
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [8, 8],
    [9, 10],
    [100, 104],
    [1000, 1024],
    [5000, 5120],
    [2 ** 20, 2 ** 20],
    [2 ** 20 + 1, 2 ** 20 + 2 ** 15],
    [2 ** 31 + 1, 2 ** 31 + 2 ** 26],
    [2 ** 40 + 1, 2 ** 40 + 2 ** 34],
  ])("%i becomes %i", (given, padded) => expect(padme(given)).toBe(padded));
  it("is never shorter, at most 12 % longer, monotonic, and stays as it is when done again", () => {
    fc.assert(
      fc.property(length(2 ** 48), (l) => {
        const p = padme(l);
        expect(p).toBeGreaterThanOrEqual(l);
        expect(p).toBeLessThanOrEqual(l * 1.12);
        expect(padme(p)).toBe(p);
        expect(padme(l + 1)).toBeGreaterThanOrEqual(p);
      }),
    );
  });
  it("leaves few lengths: at most 2^S of each bit length", () => {
    for (const e of [4, 8, 12]) {
      const seen = new Set(Array.from({ length: 2 ** e }, (_, i) => padme(2 ** e + i)));
      expect(seen.size).toBeLessThanOrEqual(2 ** e.toString(2).length + 1);
    }
  });
});

describe("the layout", () => {
  const portionOf = (plaintext: number, n: number): Portion => {
    const { body, segments } = layoutFor(plaintext, n);
    const header = concat(encodeParameters(2 ** n), new Uint8Array(HEADER_LENGTH - 10));
    const digests = new Uint8Array(32 * Math.min(segments, LIMITS.segments));
    return {
      labels: embed(labelsShape, RESTRICTED),
      length: body,
      digests,
      floeHeader: header,
      slots: header,
      recipients: [null],
    };
  };
  it("that pack chooses is the one that verify requires, and gives back the lengths", () => {
    fc.assert(
      fc.property(
        fc.array(
          length(2 ** 38).map((l) => Math.max(1, l)),
          { minLength: 1, maxLength: 8 },
        ),
        (plaintexts) => {
          const n = chooseN(plaintexts);
          const layouts = checkLayout(plaintexts.map((plaintext) => portionOf(plaintext, n)));
          expect(layouts).toEqual(plaintexts.map((plaintext) => layoutFor(plaintext, n)));
          expect(layouts.map(({ plaintext }) => plaintext)).toEqual(plaintexts);
          if (n > SMALLEST_N) {
            expect(code(() => checkLayout(plaintexts.map((plaintext) => portionOf(plaintext, n - 1))))).toBe(
              "ERR_LAYOUT",
            );
          }
          if (n < LARGEST_N) {
            expect(code(() => checkLayout(plaintexts.map((plaintext) => portionOf(plaintext, n + 1))))).toBe(
              "ERR_LAYOUT",
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });
  it("changes exactly where 65,536 segments do not suffice any more", () => {
    for (let n = SMALLEST_N; n < LARGEST_N; n++) {
      const most = LIMITS.segments * plaintextPerSegment(2 ** n);
      expect([chooseN([most]), chooseN([most + 1]), chooseN([most, 1])]).toEqual([n, n + 1, n + 1]);
    }
    const most = LIMITS.segments * plaintextPerSegment(2 ** LARGEST_N);
    expect(chooseN([most])).toBe(LARGEST_N);
    expect(code(() => chooseN([most + 1]))).toBe("ERR_ENVELOPE_TOO_LARGE");
    expect(code(() => chooseN([most, 1]))).toBe("ERR_ENVELOPE_TOO_LARGE");
  });
  it("of any length that a manifest can state is accepted or refused, never both, never slowly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * 2 ** 20 }), fc.integer({ min: 0, max: 5 }), (body, count) => {
        const honest = portionOf(1, 20);
        const stated = { ...honest, length: body, digests: new Uint8Array(32 * count) };
        const fits = count > 0 && count === segmentCount(body, 2 ** 20) && body - (count - 1) * 2 ** 20 >= 33;
        expect(code(() => checkLayout([stated]))).toBe(fits ? "ok" : "ERR_LAYOUT");
        if (fits) expect(bodyLength(checkLayout([stated])[0]!.plaintext, 2 ** 20)).toBe(body);
      }),
    );
  });
});

describe("names", () => {
  it("that are accepted are one clean path segment", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), (name) => {
        if (!isFileName(name)) return;
        expect(name).not.toMatch(/[/\\:\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]|^\.\.?$|[. ]$|^-|^ /u);
        expect(utf8(name).length).toBeLessThanOrEqual(255);
        expect(name.normalize("NFC")).toBe(name);
      }),
    );
  });
  it("of letters, digits and dots inside are accepted", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,20}(\.[a-z0-9]{1,10}){0,3}$/), (name) => {
        expect(isFileName(name)).toBe(!/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/.test(name));
      }),
    );
  });
  it("and sizes in a list are read as they were written", () => {
    const item = fc.record({
      name: fc.stringMatching(/^[b-y]{1,12}$/).filter(isFileName),
      mediaType: fc.constantFrom("text/plain", "application/pdf"),
      size: length(2 ** 40),
    });
    fc.assert(
      fc.property(fc.uniqueArray(item, { selector: ({ name }) => name, minLength: 1, maxLength: 20 }), (items) => {
        const index = writeIndex(items);
        const total = items.reduce((sum, { size }) => sum + size, index.length);
        expect(readIndex(index, total)).toEqual({ items, offset: index.length, length: total });
        expect(readIndex(index, padme(total))).toEqual({ items, offset: index.length, length: total });
        expect(readIndex(index.subarray(0, -1), total)).toBe("more");
        expect(code(() => readIndex(index, total - 1))).toBe("ERR_CONTENTS");
      }),
    );
  });
});

describe("armour", () => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const bytes = fc.uint8Array({ maxLength: 300 });

  it("gives back what was put in", () => {
    fc.assert(
      fc.property(bytes, (given) => {
        expect(dearmour(armour(given))).toEqual(given);
      }),
    );
  });
  it("has lines of 64 characters between two that say what it is, with LF or CRLF", () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const lines = text(armour(given)).split("\n");
        expect([lines[0], ...lines.slice(-2)]).toEqual([
          "-----BEGIN DIPBAG ENVELOPE-----",
          "-----END DIPBAG ENVELOPE-----",
          "",
        ]);
        for (const line of lines.slice(1, -3)) expect(line).toHaveLength(64);
        expect(dearmour(utf8(lines.join("\r\n")))).toEqual(given);
      }),
    );
  });
  it("[103] is read in one form only: any other text is refused", () => {
    const base = armour(Uint8Array.from({ length: 100 }, (_, i) => i));
    const places = fc.integer({ min: 0, max: base.length - 1 });
    const character = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(places, character, fc.constantFrom(0, 1), (at, byte, cut) => {
        const changed = Uint8Array.from([...base.subarray(0, at), byte, ...base.subarray(at + cut)]);
        if (hex(changed) === hex(base)) return;
        const answer = code(() => dearmour(changed));
        // another character of base64 in place of one: other bytes, or bits that no byte has
        if (answer === "ok") expect(hex(armour(dearmour(changed)))).toBe(hex(changed));
        else expect(answer).toBe("ERR_ARMOUR");
      }),
      { numRuns: 1000 },
    );
  });

  const good = text(armour(Uint8Array.from({ length: 100 }, (_, i) => i)));
  const lines = good.split("\n");
  const bad: [string, string][] = [
    ["nothing", ""],
    ["a line before it", `Dear colleague,\n${good}`],
    ["a blank line after it", `${good}\n`],
    ["a byte-order mark", `\ufeff${good}`],
    ["no last newline", good.slice(0, -1)],
    ["CRLF in some lines only", good.replace("\n", "\r\n")],
    ["CR alone", good.replaceAll("\n", "\r")],
    ["a blank in a line", good.replace(/A/, " A")],
    ["a blank at the end of a line", good.replace(/\n/, " \n")],
    ["a header", good.replace("\n", "\nComment: x\n\n")],
    ["a blank line inside", good.replace(lines[1]!, `${lines[1]}\n`)],
    ["a line that is cut", good.replace(lines[1]!, lines[1]!.slice(0, 60))],
    ["a line that is longer", good.replace(`${lines[1]}\n`, `${lines[1]}AAAA\n`)],
    ["two lines in one", good.replace(`${lines[1]}\n`, lines[1]!)],
    ["no padding", good.replace(/=+\n/, "\n")],
    ["too much padding", good.replace(/(=*)\n-----END/, "====\n-----END")],
    ["bits that no byte has", good.replace(/.=*\n-----END/, "/==\n-----END")],
    ["the alphabet of URLs", good.replace(lines[2]!, lines[2]!.replace(/\//g, "_").replace(/^./, "-"))],
    ["another label", good.replaceAll("ENVELOPE", "MESSAGE")],
    ["another case", good.replace("BEGIN", "Begin")],
    ["no last line", `${lines.slice(0, -2).join("\n")}\n`],
    ["twice", good + good],
    ["a character that is not ASCII", good.replace("A", "\u0410")],
  ];
  it.each(bad)("[103] with %s is refused", (_, given) => expect(code(() => dearmour(utf8(given)))).toBe("ERR_ARMOUR"));

  it("of more than 64 MiB is neither made nor read", async () => {
    expect(code(() => armour(new Uint8Array(50 * 2 ** 20)))).toBe("ERR_ARMOUR_TOO_LARGE");
    const long = new Uint8Array(LIMITS.armour + 1).fill(45);
    expect(await codeOf(() => withoutArmour(bytesSource(long)))).toBe("ERR_ARMOUR_TOO_LARGE");
  });
  it("of an envelope verifies as the envelope does", async () => {
    const made = await packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [watch] }]);
    const inside = await withoutArmour(bytesSource(armour(made.bytes)));
    expect(hex(await inside.read(0, made.bytes.length))).toBe(hex(made.bytes));
    const source = bytesSource(made.bytes);
    expect(await withoutArmour(source)).toBe(source);
    expect(await verifying(armour(made.bytes))).toBe("ERR_TYPE");
  });
});

describe("portions of any kind", () => {
  it("come out as they went in, for each recipient, and for nobody else", async () => {
    const label = fc.constantFrom(
      { labels: RESTRICTED, may: [duty, analyst, relay, watch] },
      { labels: CONFIDENTIAL, may: [duty, analyst, relay] },
      { labels: labels("HARBOUR UNCLASSIFIED REL TO AAB, QMB"), may: [duty, analyst, relay, watch] },
    );
    const contents = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,10}\.txt$/).filter(isFileName),
      fc.uint8Array({ maxLength: 4000 }),
      {
        minKeys: 1,
        maxKeys: 5,
        noNullPrototype: true,
      },
    );
    const portion = fc
      .tuple(label, contents, fc.integer({ min: 1, max: 15 }))
      .map(([{ labels: given, may }, files, mask]) => {
        const to: Person[] = may.filter((_, i) => (mask >> i) & 1);
        return { labels: given, files, to: to.length > 0 ? to : [duty] };
      });
    await fc.assert(
      fc.asyncProperty(
        fc.array(portion, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        async (parts, pad, hideRecipients) => {
          const made = await packed(
            parts.map((part) => ({
              ...part,
              files: Object.entries(part.files).map(([name, data]) => file(name, data)),
            })),
            {
              labels: CONFIDENTIAL,
              handling: { messageType: "exercise", compilationReason: "all of it" },
              pad,
              hideRecipients,
            },
          );
          expect(await verifying(made.bytes)).toBe("ok");
          for (const reader of [duty, analyst, relay, watch]) {
            const expected = parts.flatMap(({ files, to }, i) =>
              to.includes(reader)
                ? Object.entries(files).map(([name, data]) => [`${i + 1}/${name}`, hex(engine.sha256(data))])
                : [],
            );
            if (expected.length > 0) {
              expect(await readAll(bytesSource(made.bytes), reader)).toEqual(Object.fromEntries(expected));
            } else {
              const refusal = await codeOf(() => readAll(bytesSource(made.bytes), reader));
              expect(["ERR_NOT_FOR_YOU", "ERR_RELEASABILITY"]).toContain(refusal);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
