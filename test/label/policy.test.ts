import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hex, utf8 } from "../../src/bytes.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { oidFromText } from "../../src/label/oid.ts";
import { inForce, readPolicy } from "../../src/label/policy.ts";
import { CREATED, dataJson, policy } from "./shared.ts";

const folder = new URL("../../spec/policies/", import.meta.url);
const spec = readFileSync(new URL("../../spec/label.md", import.meta.url), "utf8");
const harbour = readFileSync(new URL("harbour.json", folder), "utf8");
const because = (reason: string) =>
  expect.objectContaining({ code: "ERR_POLICY_FORMAT", details: { reason: expect.stringContaining(reason) } });

describe("built-in packs", () => {
  it("are the bytes of spec/policies, named in the spec by their digests", () => {
    for (const { name, policy, payload } of BUILT_IN) {
      expect(policy.policy.name).toBe(name);
      const file = `${policy.policy.name.toLowerCase()}.json`;
      expect(Buffer.from(payload)).toEqual(readFileSync(new URL(file, folder)));
      expect(spec).toContain(createHash("sha256").update(payload).digest("hex"));
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".json"))).toHaveLength(BUILT_IN.length);
  });

  it("hold nothing that was written from memory", () => {
    for (const { payload } of BUILT_IN) expect(Buffer.from(payload).toString()).not.toMatch(/memory|#[0-9A-F]{6}/);
  });

  it("HARBOUR says that it is fictional and for exercises", () => {
    expect(policy("HARBOUR").note).toMatch(/fictional.*EXERCISE/);
  });

  it("TLP has the labels and ranks of data/tlp.json", () => {
    const { records } = dataJson<{ records: { label: string; rank: number }[] }>("tlp.json");
    expect(policy("TLP").classifications.map(({ portion, rank }) => [portion, rank])).toEqual(
      records.map(({ label, rank }) => [label, rank]),
    );
  });
});

describe("reading a pack (spec/label.md section 4)", () => {
  it("does not care for white space between tokens", () => {
    expect(readPolicy(utf8(JSON.stringify(JSON.parse(harbour))))).toEqual(policy("HARBOUR"));
  });

  it.each([
    ["cut short", harbour.slice(0, -10), "not JSON"],
    ["a byte order mark", `\ufeff${harbour}`, "not JSON"],
    ["a key twice", harbour.replace('"version": 3', '"version": 2, "version": 3'), "twice"],
    ["an escape without need", harbour.replace("HARBOUR", "\\u0048ARBOUR"), "unusual"],
    ["a number in another form", harbour.replace('"version": 3', '"version": 3.0'), "unusual"],
    ["a fraction", harbour.replace('"version": 3', '"version": 3.5'), "integer"],
    ["deep nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "nested"],
    ["something else", "[]", "wrong: policy"],
    ["more than 1 MiB", " ".repeat(1024 * 1024 + 1), "1 MiB"],
  ])("refuses %s", (_, text, reason) => expect(() => readPolicy(utf8(text))).toThrow(because(reason)));

  it("refuses what is not UTF-8", () => {
    expect(() => readPolicy(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(because("UTF-8"));
  });

  it.each([
    ["an unknown key", '"version": 3', '"version": 3, "x": 1', "wrong: policy.x"],
    ["__proto__ as a key", '"version": 3', '"version": 3, "__proto__": {}', "wrong: policy.__proto__"],
    ["a missing key", '"version": 3,', "", "wrong: policy.version"],
    ["another schema", "policy-pack/1", "policy-pack/2", "wrong: policy.schema"],
    ["a wrong date", "2026-01-01", "2026-02-30", "wrong: policy.validFrom"],
    ["a wrong OID", '"2.25.', '"3.25.', "wrong: policy.policy.oid"],
    ["an OID with a second arc above 39", '"2.25.', '"1.40.', "wrong: policy.policy.oid"],
    ["an OID of more than 64 octets", '"2.25.', `"2.25.${"9".repeat(150)}.`, "wrong: policy.policy.oid"],
    ["hidden characters", '"BUOY"', '"BU\u200bOY"', "wrong: policy.tags.1.values.0"],
    ["an unknown nationality rule", "represented", "held", "wrong: policy.nationality"],
    ["an unknown floor", '"classical"', '"none"', "wrong: policy.suiteFloors.0.floor"],
    ["two classifications with one name", '"name": "SECRET"', '"name": "CONFIDENTIAL"', "stands twice"],
    ["two ranks alike", '"rank": 3,\n   "name"', '"rank": 2,\n   "name"', "one rank"],
    ["two portion marks alike", '"H-S"', '"H-C"', "portion mark"],
    ["a value twice", '"LANTERN"', '"BUOY"', "a value stands twice"],
    ["a gate that does not say what its absence means", '   "absent": "originator-only",\n', "", "absent"],
    ["a role on a restrictive tag", '"RESTRICTIVE",', '"RESTRICTIVE", "role": "gate", "absent": "any",', "role"],
    ["an exempt informative tag", '"INFORMATIVE",', '"INFORMATIVE", "clearanceExempt": true,', "clearanceExempt"],
    ["a requirement for an unknown tag", '"tag": "REL TO"', '"tag": "REL"', "requires"],
    ["members of a closed community", '"Yes"', '"No"', "closed"],
    ["a banner without a tag", '"DISSEM",\n  "ADMIN"', '"ADMIN"', "bannerOrder"],
    [
      "a banner that begins with a tag",
      '"POLICY",\n  "CLASSIFICATION",\n  "COMPARTMENT"',
      '"COMPARTMENT", "POLICY", "CLASSIFICATION"',
      "begin",
    ],
    ["a language with a word the policy has not", '"SECRET": "SECRET"', '"TOP": "SECRET"', "unknown"],
    ["a language without a word", '"REL TO": "COMMUNICABLE À"', '"ADMIN": "X"', "same words"],
    ["one word for two things", '"NON CLASSIFIÉ"', '"SECRET"', "one word"],
    [
      "what excludes itself",
      '"communities": [',
      '"excludes": [{"tag": "REL TO", "otherTag": "REL TO"}],\n "communities": [',
      "from itself",
    ],
    [
      "an equivalence of a tag",
      '"communities": [',
      '"equivalences": [{"classification": "REL TO", "policy": "QUAY", "equals": "INNER", "source": "x"}],\n "communities": [',
      "equivalences name",
    ],
    ["a rank without a floor", '"rank": 3,\n   "floor"', '"rank": 4,\n   "floor"', "suiteFloors"],
  ])("refuses %s", (_, from, to, reason) => {
    expect(harbour).toContain(from);
    expect(() => readPolicy(utf8(harbour.replace(from, to)))).toThrow(because(reason));
  });
});

describe("the size of a pack", () => {
  it("a language has no more words than there are classifications and tags at most", () => {
    const words = Object.fromEntries(Array.from({ length: 1089 }, (_, i) => [`w${i}`, `v${i}`]));
    const changed = JSON.stringify({ ...JSON.parse(harbour), languages: { en: words } });
    expect(() => readPolicy(utf8(changed))).toThrow(because("wrong: policy.languages"));
  });
});

describe("periods and identifiers", () => {
  it("holds from the first day to the last, both included", () => {
    const day = { validFrom: "2026-11-22", validTo: "2026-11-22" };
    const start = CREATED - 5 * 3600;
    expect([start - 1, start, start + 86_399, start + 86_400].map((at) => inForce(day, at))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(inForce({ validTo: null }, 0)).toBe(true);
  });

  it.each([
    ["1.2.840.113549", "2a864886f70d"],
    ["2.999.3", "883703"],
    ["2.25.329800735698586629295641978511506172918", "6983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776"],
  ])("%s as in X.690 section 8.19", (dotted, octets) => expect(hex(oidFromText(dotted)!)).toBe(octets));
});
