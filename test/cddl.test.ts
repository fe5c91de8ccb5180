/** The CDDL checker itself: for each construct, encodings that it must accept and ones that it must not. */

import { describe, expect, it } from "vitest";
import { checkCddl } from "./cddl.ts";

const from = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** Construct, grammar (the first rule is `a`), encodings that fit, encodings that do not. */
const constructs: [string, string, string[], string[]][] = [
  ["uint", "a = uint", ["00", "1bffffffffffffffff"], ["20", "60", "40", "f5", "f90000", "c200", "80", ""]],
  ["nint", "a = nint", ["20", "3bffffffffffffffff"], ["00", "6120"]],
  ["int", "a = int", ["00", "20"], ["60", "fb3ff0000000000000"]],
  ["tstr", "a = tstr", ["60", "6161"], ["40", "00", "61ff", "62c3"]],
  ["bstr", "a = bstr", ["40", "4100"], ["60", "80", "42 00"]],
  ["bool", "a = bool", ["f4", "f5"], ["f6", "f7", "00"]],
  ["true, nil", "a = true / nil", ["f5", "f6"], ["f4", "f7"]],
  ["any", "a = any", ["00", "f7", "a10101", "d86200"], ["", "0000", "ff", "1f"]],
  [
    "integer literals",
    "a = 0 / 7 / -19 / -65537 / 0x20",
    ["00", "07", "32", "3a00010000", "1820"],
    ["01", "12", "31", "19ffff"],
  ],
  ["large literals", "a = 9007199254740993", ["1b0020000000000001"], ["1b0020000000000000", "1b0020000000000002"]],
  [
    "text literals",
    'a = "dipbag/1" / " x\\""',
    ["68 6469706261672f31", "63 207822"],
    ["67 6469706261672f", "62 7822", "48 6469706261672f31"],
  ],
  ["byte literals", "a = h'01 02' / 'ab'", ["42 0102", "42 6162"], ["42 0103", "62 6162", "40"]],
  ["ranges", "a = 20..26", ["14", "181a"], ["13", "181b", "40"]],
  ["open ranges", "a = -2...2", ["21", "01"], ["22", "02"]],
  ["named bounds", "low = 1\nhigh = 3\na = low .. high", ["01", "03"], ["00", "04"]],
  ["type choice", "a = uint / tstr", ["00", "60"], ["20", "40"]],
  ["parentheses", "a = (bstr .size 2) / nil", ["42 0000", "f6"], ["41 00", "f5"]],
  [".size of bytes", "a = bstr .size 2", ["42 0000"], ["41 00", "43 000000", "62 6161"]],
  [".size range", "a = tstr .size (1..2)", ["61 61", "62 6161", "62 c3bc"], ["60", "63 616161", "63 e6b0b4", "41 61"]],
  [".size of uint", "a = uint .size 2", ["00", "19 ffff"], ["1a 00010000", "20"]],
  [
    ".le .lt .ge .gt",
    "a = [uint .le 3, uint .lt 3, uint .ge 3, int .gt -3]",
    ["84 03 02 03 21"],
    ["84 04 02 03 21", "84 03 03 03 21", "84 03 02 02 21", "84 03 02 03 22"],
  ],
  [".eq .ne", "a = [int .eq 3, int .ne 3]", ["82 03 04"], ["82 04 04", "82 03 03", "82 03 60"]],
  [".and .within", "b = 2..9\na = [int .and b, b .within int]", ["82 02 09"], ["82 01 09", "82 02 0a"]],
  [
    ".regexp",
    'a = tstr .regexp "[a-z]{2}\\\\.?"',
    ["62 6161", "63 61612e"],
    ["61 61", "63 616161", "62 6141", "42 6161"],
  ],
  [".cbor", "a = bstr .cbor b\nb = [uint]", ["42 8100"], ["42 8120", "43 810000", "41 81", "40", "8100"]],
  [
    ".cbor of a map",
    "a = bstr .cbor { 1 => -65537 }",
    ["47 a1013a00010000"],
    ["47 a1023a00010000", "41 a0", "47 a1013a00010001"],
  ],
  [".cborseq", "a = bstr .cborseq [uint, * tstr]", ["41 00", "43 006060"], ["40", "41 60", "42 0000"]],
  ["tags", "a = #6.98([uint])", ["d862 8100"], ["8100", "d860 8100", "d862 8120", "d862 d862 8100"]],
  ["tags in an array", "a = [#6.96(uint), nil]", ["82 d860 00 f6"], ["82 00 f6", "82 d862 00 f6"]],
  ["arrays", "a = [uint, tstr]", ["82 00 60"], ["81 00", "83 00 60 00", "82 60 00", "a1 00 60"]],
  ["names in arrays", "a = [role: uint, card-digest: bstr .size 1]", ["82 00 41 00"], ["82 41 00 00", "82 00 40"]],
  ["empty containers", "a = [{}, []]", ["82 a0 80"], ["82 a1 00 00 80", "82 a0 81 00", "82 80 a0"]],
  ["? in arrays", "a = [uint, ? tstr, bool]", ["82 00 f5", "83 00 60 f5"], ["81 00", "84 00 60 60 f5"]],
  ["*", "a = [* uint]", ["80", "82 00 00"], ["82 00 60"]],
  ["+", "a = [+ uint]", ["81 00", "82 00 00"], ["80", "82 00 60"]],
  ["n*m", "a = [2*3 uint]", ["82 0000", "83 000000"], ["81 00", "84 00000000"]],
  ["n*", "a = [2* uint]", ["82 0000", "84 00000000"], ["81 00"]],
  [
    "*m, then others",
    "a = [tstr, *2 uint, * (bstr / nil)]",
    ["81 60", "83 60 00 40", "84 60 00 00 f6"],
    ["84 60 00 00 00", "83 60 40 00"],
  ],
  ["occurrence of a choice", "a = [+ (bstr .size 1 / nil)]", ["82 41 00 f6"], ["80", "81 40", "82 f6 00"]],
  ["groups", "a = [g, bool]\ng = (uint, tstr)", ["83 00 60 f5"], ["82 82 00 60 f5", "82 00 f5"]],
  ["repeated groups", "a = [* g]\ng = (uint, tstr)", ["80", "84 00 60 01 60"], ["81 00", "83 00 60 00"]],
  [
    "group choice",
    "a = [uint, (bool, nil // tstr)]",
    ["83 00 f5 f6", "82 00 60"],
    ["82 00 f5", "84 00 f5 f6 60", "81 00"],
  ],
  [
    "group choice at the top",
    "a = [0, uint // 1, tstr]",
    ["82 00 05", "82 01 60"],
    ["82 00 60", "82 01 05", "84 00 05 01 60"],
  ],
  [
    "integer keys",
    "a = { 1: uint, ? 2: tstr, -65537 => bstr }",
    ["a2 01 00 3a00010000 40", "a3 01 00 02 60 3a00010000 40"],
    ["a1 01 00", "a2 01 00 02 60", "a2 01 00 3a00010001 40", "a3 01 00 02 00 3a00010000 40"],
  ],
  [
    "text keys",
    'a = { kind: uint, "two words" => uint }',
    ["a2 64 6b696e64 00 69 74776f20776f726473 00"],
    ["a1 64 6b696e64 00", "a0"],
  ],
  [
    "named keys",
    "nation = -65538\na = { nation => tstr }",
    ["a1 3a00010001 60"],
    ["a1 3a00010000 60", "a1 66 6e6174696f6e 60"],
  ],
  [
    "closed maps",
    "a = { 1 => uint }",
    ["a1 01 00"],
    ["a0", "a2 01 00 02 00", "a2 01 00 20 00", "a2 01 00 01 00", "a1 6131 00", "a1 41 01 00"],
  ],
  [
    "wildcards",
    "a = { 1 => uint, * nint => any }",
    ["a1 01 00", "a3 01 00 20 f6 21 80"],
    ["a2 01 00 02 00", "a2 01 00 60 00", "a1 20 00"],
  ],
  [
    "required wildcards",
    "a = { 1*2 tstr => uint }",
    ["a1 6161 00", "a2 6161 00 6162 00"],
    ["a0", "a1 6161 60", "a3 6161 00 6162 00 6163 00"],
  ],
  [
    "a known key in a wildcard's range",
    "a = { ? -1: uint, * nint => any }",
    ["a0", "a1 20 00", "a1 21 60"],
    ["a1 20 60"],
  ],
  ["the same without a cut", "a = { ? -1 => uint, * nint => any }", ["a1 20 00", "a1 20 60"], ["a1 00 00"]],
  ["cut", "a = { ? -1 ^ => uint, * nint => any }", ["a1 20 00"], ["a1 20 60"]],
  [
    "choice of members",
    "a = { (1: 0, 2: uint // 1: 1, 2: tstr), ? 3 => bool }",
    ["a2 01 00 02 00", "a3 01 01 02 60 03 f5"],
    ["a2 01 00 02 60", "a1 03 f5", "a2 01 02 02 00"],
  ],
  [
    "groups in maps",
    "a = { g, 3: bool }\ng = (1: uint, ? 2: uint)",
    ["a2 01 00 03 f5", "a3 01 00 02 00 03 f5"],
    ["a1 03 f5", "a1 01 00"],
  ],
  [
    "generics",
    "signed<t> = #6.98([bstr .cbor t])\na = signed<b>\nb = { 1 => uint }",
    ["d862 81 43 a10100"],
    ["d862 81 43 a10160", "d862 81 41 00", "81 43 a10100"],
  ],
  [
    "nested generics",
    "pair<t, u> = [t, u]\nnest<t> = pair<t, pair<uint, t>>\na = nest<tstr>",
    ["82 60 82 00 60"],
    ["82 60 82 60 60", "82 00 82 00 00"],
  ],
  ["extended choices", "a = uint\na /= tstr", ["00", "60"], ["40"]],
  ["extended groups", "a = [g]\ng = (uint, uint)\ng //= (tstr)", ["82 00 00", "81 60"], ["81 00", "82 60 60"]],
  ["choice from a group", "a = &(originator: 0, releaser: 1)", ["00", "01"], ["02", "60"]],
  ["comments and blanks", "; first\na = [ ; one\n  uint, ; two\n  tstr, ; three\n]\n; last", ["82 00 60"], ["80"]],
  ["recursion", "a = [* a]", ["80", "82 80 81 80"], ["81 00"]],
];

describe("the checker knows", () => {
  it.each(constructs)("%s", (_, grammar, right, wrong) => {
    const validate = checkCddl(grammar);
    for (const text of right) expect(validate("a", from(text)), text).toEqual([]);
    for (const text of wrong) expect(validate("a", from(text)), text).not.toEqual([]);
  });
});

describe("a sequence", () => {
  const validate = checkCddl("a = [#6.98(uint), *2 tstr, * (bstr / nil)]");

  it("is the array of its items", () => {
    for (const text of ["d86200", "d86200 40 f6", "d86200 60 60 40"])
      expect(validate("a", from(text), "sequence")).toEqual([]);
  });

  it("is refused where an item is wrong, missing, cut short or too many", () => {
    for (const text of ["", "00", "d86200 00", "d86200 41", "d86200 60 60 60", "d86200 40 60", "81 d86200"]) {
      expect(validate("a", from(text), "sequence"), text).not.toEqual([]);
    }
  });
});

describe("a mismatch", () => {
  const validate = checkCddl(`
    head = #6.98([bstr .cbor { 16 => "t" }, body: bstr .cbor core])
    core = { 1 => 1, 6 => [+ signer], ? 9 => [+ [uint, bstr .size 2]] }
    signer = [role: uint, digest: bstr .size 2]`);
  const head = (core: string) =>
    from(`d862 82 44 a1106174 58 ${from(core).length.toString(16).padStart(2, "0")} ${core}`);

  it("names the place and both sides", () => {
    expect(validate("head", head("a2 01 01 06 81 82 00 42 0102"))).toEqual([]);
    expect(validate("head", head("a2 01 01 06 81 82 20 42 0102"))).toEqual([
      "head[1]<cbor>.6[0][0]: expected uint, found -1",
    ]);
    expect(validate("head", head("a2 01 01 06 82 82 00 42 0102 82 00 41 01"))).toEqual([
      "head[1]<cbor>.6[1][1]: expected bstr .size 2, found h'01'",
    ]);
    expect(validate("head", head("a2 01 02 06 81 82 00 42 0102"))).toEqual(["head[1]<cbor>.1: expected 1, found 2"]);
    expect(validate("head", head("a1 01 01"))).toEqual(["head[1]<cbor>: no key 6"]);
    expect(validate("head", head("a3 01 01 06 81 82 00 42 0102 08 00"))).toEqual(["head[1]<cbor>: unexpected key 8"]);
    expect(validate("head", head("a3 01 01 06 81 82 00 42 0102 09 81 80"))).toEqual([
      "head[1]<cbor>.9[0]: expected uint at 0, found the end",
    ]);
  });

  it("that is no CBOR is one too", () => {
    expect(validate("core", from("a2 01"))).toEqual(["core: not CBOR: cut short at byte 1"]);
    expect(validate("head", from("d862 82 44 a11061 00"))[0]).toMatch(/not CBOR/);
  });
});

describe("a grammar is refused", () => {
  const faults: [string, string, RegExp][] = [
    ["with a name that nobody defines", "a = [b]", /line 1: b is not defined/],
    ["with a rule that is defined twice", "a = int\na = uint", /a is defined twice/],
    ["that redefines the prelude", "uint = int", /uint is defined twice/],
    ["that extends what is not there", "a /= int", /a is extended before/],
    ["with the wrong number of types given", "p<t> = [t]\na = p", /p takes 1 types/],
    ["with an operator that is not supported", "a = tstr .default 1", /\.default is not supported/],
    ["that ends early", "a = [int", /expected a name at the end/],
    ["with a stray mark", "a = int }", /expected a name at \}/],
    ["with an unknown character", "a = int | uint", /unknown character/],
  ];
  it.each(faults)("%s", (_, grammar, reason) => {
    expect(() => checkCddl(grammar)).toThrow(reason);
  });

  it("and so is a rule that it does not have", () => {
    expect(() => checkCddl("a = int")("b", from("00"))).toThrow("no rule b");
  });
});
