/** Shapes: what each accepts, what it says when it does not, and that writing is the way back. */

import { describe, expect, it } from "vitest";
import { fromHex, hex } from "../../src/bytes.ts";
import { type CborValue, encode } from "../../src/cbor/codec.ts";
import { newBudget } from "../../src/cbor/scan.ts";
import {
  bytes,
  embed,
  embedded,
  fixed,
  list,
  literal,
  name,
  nullable,
  oneOf,
  optional,
  readAs,
  required,
  type Shape,
  struct,
  text,
  tuple,
  uint,
} from "../../src/cbor/schema.ts";
import { DipbagError } from "../../src/errors.ts";

const read = <T>(shape: Shape<T>, value: CborValue): T => shape.read(value, { path: "it", budget: newBudget() });
/** Where the shape finds the fault, or "accepted". */
function fault(shape: Shape<unknown>, value: CborValue): string {
  try {
    read(shape, value);
  } catch (error) {
    if (error instanceof DipbagError && error.code === "ERR_SCHEMA") return String(error.details.where);
    throw error;
  }
  return "accepted";
}
const kinds: CborValue[] = [0, -1, "0", true, false, null, Uint8Array.of(0), [], [0], new Map(), new Map([[0, 0]])];
const accepted = (shape: Shape<unknown>, values = kinds) =>
  values.filter((value) => fault(shape, value) === "accepted");

describe("atoms", () => {
  it("[24] accept their own kind only", () => {
    expect(accepted(uint())).toEqual([0]);
    expect(accepted(text())).toEqual(["0"]);
    expect(accepted(bytes())).toEqual([Uint8Array.of(0)]);
    expect(accepted(literal(0))).toEqual([0]);
    expect(accepted(literal("0"))).toEqual(["0"]);
    expect(accepted(literal(null))).toEqual([null]);
    expect(accepted(oneOf(0, -1))).toEqual([0, -1]);
    expect(accepted(nullable(uint()))).toEqual([0, null]);
  });

  it("[24] accept lengths within their bounds only", () => {
    const lengths = [0, 1, 31, 32, 33, 64];
    const of = (shape: Shape<unknown>) => lengths.filter((n) => fault(shape, new Uint8Array(n)) === "accepted");
    expect(of(fixed(32))).toEqual([32]);
    expect(of(bytes(1, 32))).toEqual([1, 31, 32]);
    expect(of(bytes(32))).toEqual([32, 33, 64]);
    expect(accepted(text(1, 2), ["", "a", "aa", "aaa"])).toEqual(["a", "aa"]);
    expect(accepted(uint(8), [0, 8, 9, 2 ** 32])).toEqual([0, 8]);
  });

  it("a name is something, clean, and at most so many bytes in UTF-8", () => {
    expect(accepted(name())).toEqual(["0"]);
    expect(accepted(name(), ["", "a", "a b", "a\nb", "a\u202eb", "a".repeat(255), "a".repeat(256)])).toEqual([
      "a",
      "a b",
      "a".repeat(255),
    ]);
    expect(accepted(name(4), ["abcd", "abcde", "\u00e9\u00e9", "\u00e9\u00e9a"])).toEqual(["abcd", "\u00e9\u00e9"]);
  });

  it("oneOf and literal compare exactly: no case, no normal form, no number as text", () => {
    expect(accepted(oneOf("\u00e9"), ["e\u0301", "\u00c9", "\u00e9 ", "\u00e9"])).toEqual(["\u00e9"]);
    expect(accepted(literal("1"), [1, "1", "01", "1 "])).toEqual(["1"]);
  });
});

describe("arrays", () => {
  it("a list has at least one entry unless told otherwise, and names the one that is wrong", () => {
    expect(fault(list(uint()), [])).toBe("it");
    expect(fault(list(uint(), 0), [])).toBe("accepted");
    expect(fault(list(uint(), 0, 2), [1, 2, 3])).toBe("it");
    expect(fault(list(uint(), 0, 2), [1, 2])).toBe("accepted");
    expect(fault(list(uint()), [0, 1, "2"])).toBe("it.2");
    expect(fault(list(list(uint())), [[0], [1, null]])).toBe("it.1.1");
    expect(accepted(list(uint()))).toEqual([[0]]);
  });

  it("a tuple has exactly its places", () => {
    const pair = tuple(uint(), fixed(1));
    expect(read(pair, [7, Uint8Array.of(1)])).toEqual([7, Uint8Array.of(1)]);
    expect(fault(pair, [7])).toBe("it");
    expect(fault(pair, [7, Uint8Array.of(1), null])).toBe("it");
    expect(fault(pair, [Uint8Array.of(1), 7])).toBe("it.0");
    expect(accepted(pair)).toEqual([]);
    expect(pair.write([7, Uint8Array.of(1)])).toEqual([7, Uint8Array.of(1)]);
  });
});

describe("maps", () => {
  const shape = struct({
    version: required(1, literal(1)),
    alg: optional(-1, uint()),
    name: optional("name", text(1)),
  });

  it("are read by name, absent options being absent", () => {
    expect(read(shape, new Map([[1, 1]]))).toStrictEqual({ version: 1 });
    expect(
      read(
        shape,
        new Map<number | string, CborValue>([
          [1, 1],
          [-1, 5],
          ["name", "x"],
        ]),
      ),
    ).toStrictEqual({
      version: 1,
      alg: 5,
      name: "x",
    });
  });

  it("[24] missing, mistyped and unknown keys are refused, each by its key", () => {
    expect(fault(shape, new Map())).toBe("it.1");
    expect(fault(shape, new Map([[1, 2]]))).toBe("it.1");
    expect(
      fault(
        shape,
        new Map<number, CborValue>([
          [1, 1],
          [-1, null],
        ]),
      ),
    ).toBe("it.-1");
    expect(
      fault(
        shape,
        new Map([
          [1, 1],
          [2, 1],
        ]),
      ),
    ).toBe("it.2");
    expect(
      fault(
        shape,
        new Map([
          [1, 1],
          [-2, 1],
        ]),
      ),
    ).toBe("it.-2");
    expect(
      fault(
        shape,
        new Map<number | string, CborValue>([
          [1, 1],
          ["1", 1],
        ]),
      ),
    ).toBe("it.1");
    expect(
      fault(
        shape,
        new Map<number | string, CborValue>([
          [1, 1],
          ["Name", "x"],
        ]),
      ),
    ).toBe("it.Name");
    expect(accepted(shape)).toEqual([]);
  });

  it("an optional key with null is mistyped, not absent", () => {
    expect(
      fault(
        shape,
        new Map<number | string, CborValue>([
          [1, 1],
          ["name", null],
        ]),
      ),
    ).toBe("it.name");
  });

  it("[23] a prototype's property stands for no key", () => {
    const named = struct({ name: required("toString", uint()) });
    expect(fault(named, new Map())).toBe("it.toString");
    expect(named.write({ name: 1 })).toStrictEqual(new Map([["toString", 1]]));
    for (const key of ["__proto__", "constructor", "toString", "size", "get"]) {
      const value = new Map<number | string, CborValue>([
        [1, 1],
        [key, new Map([["polluted", 1]])],
      ]);
      expect(fault(shape, value)).toBe(`it.${key}`);
    }
    expect("polluted" in {}).toBe(false);
  });

  it("are written with absent options left out, in canonical order whatever the order of the fields", () => {
    const disordered = struct({ b: required(-1, uint()), c: optional("c", uint()), a: required(10, uint()) });
    expect(hex(encode(disordered.write({ b: 2, a: 1 })))).toBe("a20a012002");
    expect(hex(encode(disordered.write({ b: 2, a: 1, c: 3 })))).toBe("a30a012002616303");
  });
});

describe("embedded items", () => {
  const inner = struct({ size: required(1, uint()) });
  const shape = tuple(embedded(inner), literal(0));

  it("carry the bytes as received and what they say", () => {
    const [item] = readAs(shape, fromHex("8243a1010700"), "outer");
    expect(item).toStrictEqual({ bytes: fromHex("a10107"), value: { size: 7 } });
  });

  it("are written as the bytes they came in, never encoded again", () => {
    const [item] = readAs(shape, fromHex("8243a1010700"), "outer");
    const changed = { ...item, value: { size: 8 } };
    expect(hex(encode(shape.write([changed, 0])))).toBe("8243a1010700");
    expect(embed(inner, { size: 7 })).toStrictEqual(item);
  });

  it("[34] are scanned as strictly as the outside", () => {
    const inside = (text: string) => () => readAs(embedded(inner), encode(fromHex(text)), "outer");
    const codes = ["a1011807", "a10107f6", "a1", "bf0107ff", "a201070107", "", "d862a10107"].map((text) => {
      try {
        inside(text)();
      } catch (error) {
        return error instanceof DipbagError ? error.code : error;
      }
      return "accepted";
    });
    expect(codes).toEqual(Array(7).fill("ERR_CBOR"));
    expect(fault(embedded(inner), "not bytes")).toBe("it");
    expect(fault(embedded(inner), fromHex("a1016137"))).toBe("it.1");
  });
});

it("writing what was read gives the same bytes, for a shape with everything in it", () => {
  const shape = struct({
    id: required(2, fixed(2)),
    roles: required(6, list(tuple(oneOf(0, 1), nullable(bytes(1))))),
    inner: optional(-5, embedded(struct({ text: required("t", text()) }))),
  });
  const encoding = "a3024201020682820041ff8201f62445a161746161".replaceAll(" ", "");
  const value = readAs(shape, fromHex(encoding), "it");
  expect(value.inner?.value.text).toBe("a");
  expect(hex(encode(shape.write(value)))).toBe(encoding);
});
