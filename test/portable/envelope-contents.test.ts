/**
 * What is sealed in bodies, the list of files and the padding: spec/envelope.md sections 5.2 and 5.3, steps U4 to U6.
 * Numbers are rows of the table of attacks. The heads here are signed by an honest officer.
 */

import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes.ts";
import { type CborValue, encode } from "../../src/cbor/codec.ts";
import type { Lies, Plan } from "../breakable.ts";
import type { Code } from "../outcome.ts";
import { content, T, world } from "../world.ts";
import { map } from "./cose-forge.ts";
import { flip, lying, PLAN, portion } from "./envelope-contents-shared.ts";

const { watch } = world;

describe("the list of files", () => {
  const item = (name: CborValue, size: CborValue = 5, type: CborValue = "text/plain") =>
    map([1, name], [2, type], [3, size]);
  const items = (...list: CborValue[]): Lies => ({ items: () => list });
  const refused = async (lies: Lies, code: Code, plan = PLAN) => expect(await lying(lies, plan)).toEqual(["ok", code]);

  it.each([
    "../x",
    "a/b",
    "a\\b",
    "/etc/passwd",
    "C:",
    "a:b",
    "..",
    ".",
    "a.",
    "-rf",
    "CON",
    "nul.txt",
    "COM1",
    "lpt9.log",
    "a*",
    "a?",
    "a|b",
    "<a>",
    '"',
    ".report.dipbag-00000000-1-1-0123456789abcdef.tmp",
    ".tmp",
    ".x.TMP",
  ])("[76] the name %j", (name) => refused(items(item(name)), "ERR_NAME"));
  it.each(["", " a", "a ", "a\u0000b", "a\nb", "a\u202eb", "a\u200bb", "a\u00adb", "e\u0301"])(
    "[76] [77] the name %j",
    (name) => refused(items(item(name)), "ERR_SCHEMA"),
  );
  it.each([
    "a-b.txt",
    "a--",
    ".hidden",
    "report.tmp",
    ".atmp",
    "tmp",
    "a.b.c",
    "console",
    "com",
    "x".repeat(255),
    "(1), 2",
  ])("but not the name %j", async (name) => {
    const plan: Plan = { portions: [{ ...portion(watch), files: { [name]: utf8("x") } }] };
    expect(await lying({}, plan)).toEqual(["ok", "ok"]);
  });
  it("[76] a name of more than 255 bytes", async () => {
    for (const name of ["é".repeat(128), "x".repeat(256)]) await refused(items(item(name)), "ERR_NAME");
  });
  it("one name twice, or in another case", async () => {
    const two: Plan = { portions: [{ ...portion(watch), files: { a: utf8("x"), b: utf8("y") } }] };
    await refused(items(item("a", 1), item("a", 1)), "ERR_NAME_TWICE", two);
    await refused(items(item("Straße", 1), item("STRAßE", 1)), "ERR_NAME_TWICE", two);
  });
  it("[24] no file, a key too few or too many, a value of another kind", async () => {
    await refused(items(), "ERR_SCHEMA");
    for (const wrong of [
      map([1, "a"], [2, "b"]),
      item("a").set(5, 0),
      item("a").set(-1, 0),
      item(1),
      item("a", "5"),
      item("a", -1),
      item("a", 5, ""),
      [],
    ]) {
      await refused(items(wrong), "ERR_SCHEMA");
    }
    await refused({ items: () => map() }, "ERR_SCHEMA");
    expect(await lying(items(item("a").set(4, T)))).toEqual(["ok", "ok"]);
  });
  it("[3] [9] not in the strict form", async () => {
    await refused({ items: (honest) => concat(encode(honest), Uint8Array.of(0)) }, "ERR_CBOR");
    await refused({ items: (honest) => concat(Uint8Array.of(0x98, 1), encode(honest).subarray(1)) }, "ERR_CBOR");
  });
  it("[72] sizes that are too large, too small, or beyond all bounds", async () => {
    const unpadded: Lies["plaintext"] = (all) => all.subarray(0, all.lastIndexOf("o".charCodeAt(0)) + 1);
    for (const size of [4, 6, 2 ** 32, 2 ** 53 - 1]) {
      await refused({ ...items(item("report.txt", size)), plaintext: unpadded }, "ERR_CONTENTS");
    }
  });
  it("[72] of which only the sum is right", async () => {
    const two: Plan = { portions: [{ ...portion(watch), files: { a: utf8("hello"), b: utf8("world") } }] };
    await refused(items(item("a", 2 ** 53 - 1), item("b", 2 ** 53 - 1)), "ERR_CONTENTS", two);
    expect(await lying(items(item("a", 4), item("b", 6)), two)).toEqual(["ok", "ok"]);
  });
  it("[11] an index longer than the plaintext, or than any may be", async () => {
    await refused({ plaintext: (all) => concat(Uint8Array.of(0x5a, 0, 1, 0, 0), all) }, "ERR_CONTENTS");
    await refused({ plaintext: (all) => concat(Uint8Array.of(0x5a, 0, 16, 0, 1), all) }, "ERR_LIMIT");
    await refused({ plaintext: (all) => concat(new Uint8Array(9).fill(0x5b, 0, 1).fill(1, 1), all) }, "ERR_CBOR");
  });
  it("[24] no byte string in front", () =>
    refused({ plaintext: (all) => concat(Uint8Array.of(0x60), all) }, "ERR_SCHEMA"));
});

describe("padding", () => {
  const wide: Plan = { portions: [{ ...portion(watch), files: { a: content(5001) } }] };
  it("that is not zero, in any of its bytes", async () => {
    for (const at of [-1, -2, -60]) {
      expect(await lying({ plaintext: (all) => flip(all, at) }, wide)).toEqual(["ok", "ERR_CONTENTS"]);
    }
  });
  it("that is not there, or exactly that of Padmé; nothing between", async () => {
    const cut = (by: number): Lies => ({
      plaintext: (all) => (by < 0 ? all.subarray(0, by) : concat(all, new Uint8Array(by))),
    });
    for (const by of [-1, 1, 64, 1000]) expect(await lying(cut(by), wide)).toEqual(["ok", "ERR_CONTENTS"]);
    let padding = 0;
    await lying(
      {
        plaintext: (all) => {
          padding = all.length - all.findLastIndex((byte) => byte !== 0) - 1;
          return all;
        },
      },
      wide,
    );
    expect(await lying(cut(-padding), wide)).toEqual(["ok", "ok"]);
  });
});
