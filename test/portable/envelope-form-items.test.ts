/**
 * What is refused for its form alone, whoever signed it: the encoding of each item, the type and the version, by
 * spec/envelope.md steps V1 and V2. Numbers are rows of the table of attacks. Each lie here is signed by an honest
 * officer.
 */

import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes.ts";
import { type CborValue, encode, encodeTagged } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { verify } from "../../src/envelope/verify.ts";
import { DipbagError } from "../../src/errors.ts";
import { type Lies, seal } from "../breakable.ts";
import { type Code, verifying } from "../outcome.ts";
import { content, T, trust, world } from "../world.ts";
import { map } from "./cose-forge.ts";
import { lying, PLAN } from "./envelope-form-shared.ts";

const raw = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** Each item nested in a byte string, as the lie that replaces its bytes. */
const LEVELS: Record<string, (change: (honest: Uint8Array) => Uint8Array) => Lies> = {
  core: (change) => ({ core: (core) => change(encode(core)) }),
  labels: (change) => ({ labels: change }),
  "key slots": (change) => ({ slots: (slots) => concat(raw("d860"), change(encode(slots))) }),
  "header of the key slots": (change) => ({ slots: ([header, ...rest]) => [change(header as Uint8Array), ...rest] }),
  "header of a key slot": (change) => ({ slot: ([header, ...rest]) => [change(header as Uint8Array), ...rest] }),
  manifest: (change) => ({ manifest: (manifest) => change(encode(manifest)) }),
  head: (change) => ({ head: (head) => concat(head.subarray(0, 2), change(head.subarray(2))) }),
};

describe.each(Object.entries(LEVELS))("%s:", (level, lie) => {
  it("[3] a length in a longer form than it needs", async () => {
    const long = ([first = 0, ...rest]: Uint8Array) => Uint8Array.of((first & 0xe0) | 24, first & 31, ...rest);
    expect(await lying(lie(long))).toBe("ERR_CBOR");
  });
  it("[4] [5] a key that stands twice", async () => {
    expect(await lying(lie(() => raw("a201000100")))).toBe("ERR_CBOR");
    expect(await lying(lie(() => raw("a20100180100")))).toBe("ERR_CBOR");
  });
  it("[6] keys out of order", async () => expect(await lying(lie(() => raw("a202000100")))).toBe("ERR_CBOR"));
  it("[8] an indefinite length", async () => {
    const endless = ([first = 0, ...rest]: Uint8Array) => Uint8Array.of((first & 0xe0) | 31, ...rest, 0xff);
    expect(await lying(lie(endless))).toBe("ERR_CBOR");
  });
  it("[9] a byte behind the item", async () => {
    // behind the head that byte is a body
    expect(await lying(lie((honest) => concat(honest, raw("00"))))).toBe(level === "head" ? "ERR_BODY" : "ERR_CBOR");
  });
  it("[10] an item cut short, a reserved length, a lone break", async () => {
    // what comes behind the head is taken for its last byte
    const code = level === "head" ? "ERR_SIGNATURE" : "ERR_CBOR";
    expect(await lying(lie((honest) => honest.subarray(0, -1)))).toBe(code);
    for (const bytes of ["1c", "1d", "1e", "ff"]) expect(await lying(lie(() => raw(bytes)))).toBe("ERR_CBOR");
  });
  it("[11] a length of 2^32, 2^53 or 2^64-1", async () => {
    for (const head of ["5b", "7b", "9b", "bb"]) {
      for (const length of ["0000000100000000", "001fffffffffffff", "0020000000000000", "ffffffffffffffff"]) {
        const began = performance.now();
        expect(["ERR_CBOR", "ERR_LIMIT"]).toContain(await lying(lie(() => raw(head + length))));
        // The envelope was made meanwhile, too; what believes such a length takes much longer, and gigabytes.
        expect(performance.now() - began).toBeLessThan(5000);
      }
    }
  });
  it("[12] nesting without end", async () => {
    expect(await lying(lie(() => new Uint8Array(100_000).fill(0x81)))).toBe("ERR_LIMIT");
  });
  it("[13] more items than there may be", async () => {
    const bomb = concat(raw("9a00030d41"), new Uint8Array(200_001).fill(0x80));
    expect(await lying(lie(() => bomb))).toBe("ERR_LIMIT");
  });
  it("[14] [15] [16] [17] a tag of any kind", async () => {
    for (const tag of ["c2", "c1", "d81c", "d81d", "d833", "d9dfff", "d8", "d903e8"]) {
      expect(await lying(lie(() => concat(raw(tag), raw("81581a"), content(26))))).toBe("ERR_CBOR");
    }
  });
  it("[19] [20] text that is not UTF-8, or begins with U+FEFF", async () => {
    for (const text of ["61ff", "62c080", "63eda080", "63efbbbf"]) {
      expect(await lying(lie(() => raw(`81${text}`)))).toBe("ERR_CBOR");
    }
  });
  it("[21] floats, undefined, simple values", async () => {
    for (const value of ["f90000", "fa00000000", "fb0000000000000000", "f97e00", "f7", "e0", "f820"]) {
      expect(await lying(lie(() => raw(`81${value}`)))).toBe("ERR_CBOR");
    }
  });
  it("[22] a number above 2^53-1", async () => {
    for (const value of ["1b0020000000000000", "3b001fffffffffffff"]) {
      expect(await lying(lie(() => raw(`81${value}`)))).toBe("ERR_CBOR");
    }
  });
  it("[24] another item altogether", async () => {
    for (const value of ["00", "20", "40", "60", "80", "a0", "f4", "f6", "a10000", "8100"]) {
      expect(await lying(lie(() => raw(value)))).toBe("ERR_SCHEMA");
    }
  });
  it("[25] a text that is too long", async () => {
    expect(await lying(lie(() => concat(raw("81791001"), utf8("x".repeat(4097)))))).toBe("ERR_LIMIT");
  });
});

describe("a file that is no envelope", () => {
  const cases: [string, Uint8Array, Code][] = [
    ["empty", new Uint8Array(0), "ERR_TRUNCATED"],
    ["one byte", raw("d8"), "ERR_TRUNCATED"],
    ["another byte", raw("00"), "ERR_TYPE"],
    ["PDF", utf8("%PDF-1.7\n"), "ERR_TYPE"],
    ["zip", utf8("PK\u0003\u0004"), "ERR_TYPE"],
    ["text", utf8("To whom it may concern"), "ERR_TYPE"],
    ["age", utf8("age-encryption.org/v1\n"), "ERR_TYPE"],
    ["random", content(100), "ERR_TYPE"],
    ["a card", world.duty.item, "ERR_TYPE"],
  ];
  it.each(cases)("[1] %s", async (_, bytes, code) => expect(await verifying(bytes)).toBe(code));

  it.each([16, 17, 18, 61, 96, 97, 99])("[18] tag %i", async (tag) => {
    const head = (honest: Uint8Array) =>
      concat(
        encode(tag).map((b, i) => (i === 0 ? b | 0xc0 : b)),
        honest.slice(2),
      );
    expect(await lying({ head })).toBe("ERR_TYPE");
  });
  it("[18] no tag", async () => expect(await lying({ head: (head) => head.subarray(2) })).toBe("ERR_TYPE"));
  it("[18] key slots without their tag, or with that of a signature", async () => {
    expect(await lying({ slots: (slots) => encode(slots) })).toBe("ERR_SCHEMA");
    expect(await lying({ slots: (slots) => encodeTagged(98, slots) })).toBe("ERR_SCHEMA");
  });
});

describe("a version", () => {
  it.each([0, 2, 3, 2 ** 32])("[2] %i is named", async (version) => {
    const envelope = await seal(PLAN, { core: () => map([1, version], [500, "of the future"]) });
    const refused = await verify(bytesSource(envelope), trust, T).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DipbagError);
    expect(refused).toMatchObject({ code: "ERR_VERSION", message: expect.stringContaining(`version ${version},`) });
  });
  it.each([null, "1", [1], -1])("[2] %j is none", async (version) => {
    const code = version === -1 ? "ERR_VERSION" : "ERR_SCHEMA";
    expect(await lying({ core: (core) => core.set(1, version) })).toBe(code);
  });
});

describe("the type", () => {
  it.each(["card", "withheld", "request", "envelopes", "Envelope"])("[33] %s", async (type) => {
    expect(await lying({ body: map([16, `application/vnd.dipbag.${type}+cbor`]) })).toBe("ERR_TYPE");
  });
  it("[30] [32] [79] anything else in the headers of the head", async () => {
    const typ = [16, "application/vnd.dipbag.envelope+cbor"] as [number, CborValue];
    for (const more of [
      [1, -19],
      [2, [16]],
      [3, 0],
      [15, map()],
      ["label", "RESTRICTED"],
    ] as [number, CborValue][]) {
      expect(await lying({ body: map(typ, more) })).toBe("ERR_SCHEMA");
      expect(await lying({ unprotected: map(more) })).toBe("ERR_SCHEMA");
    }
    expect(await lying({ body: map() })).toBe("ERR_SCHEMA");
  });
  it("[35] a payload that stands elsewhere", async () => {
    const head = (honest: Uint8Array) => {
      const at = honest.indexOf(0x59);
      return concat(
        honest.subarray(0, at),
        raw("f6"),
        honest.subarray(at + 3 + honest[at + 1]! * 256 + honest[at + 2]!),
      );
    };
    expect(await lying({ head })).toBe("ERR_SCHEMA");
  });
});
