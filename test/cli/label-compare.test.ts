/** `dipbag label compare`, by the real command line. Which real levels there are, the command itself says. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { isCommon } from "../../src/label/tables/equivalence.ts";
import { type Level, readTables } from "../../src/label/tables/tables.ts";
import { type Story, tell } from "./story.ts";

const tables = readTables((name) => utf8(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), "utf8")));
const { records } = tables.equivalence;
const common = records.filter(
  (level) => isCommon(level, tables) && level.composite === undefined && level.validTo === undefined,
);
/** The first level in use today for which this holds. */
const first = (test: (level: Level) => boolean): Level => common.find(test)!;
const name = ({ policy, marking }: Level) => `${policy}:${marking}`;

let story: Story;
const compare = (a: string, b: string, ...more: string[]) => ["label", "compare", a, b, ...more];
beforeAll(async () => {
  story = await tell();
});
afterAll(() => story.end());

describe("label compare", () => {
  it("answers for the levels of one policy", async () => {
    const text = await story.ok("h", compare("HARBOUR:SECRET", "HARBOUR:H-R"));
    expect(text).toMatch(/^HARBOUR SECRET is higher than HARBOUR RESTRICTED, on 2026-11-22\n/);
    expect(text).toContain("on the word of its policy");
    expect(await story.json("h", compare("TLP:AMBER", "TLP:RED"))).toMatchObject({
      date: "2026-11-22",
      order: "lower",
      by: "policy",
      a: { policy: "TLP", name: "AMBER", verified: "pack" },
    });
  });

  it("answers across policies by rank, with the source of each and whether it is verified", async () => {
    const a = first(({ rank, verified }) => rank === 3 && verified === true);
    const b = first(({ rank, verified }) => rank === 2 && verified === "cross-checked");
    const document = await story.json("h", compare(name(a), name(b)));
    expect(document).toMatchObject({
      order: "higher",
      by: "scale",
      a: { rank: 3, source: a.source, verified: true },
      b: { rank: 2, source: b.source, verified: "cross-checked" },
      cautions: [expect.stringContaining("cross-checked only")],
    });
    const text = Buffer.from(await story.ok("h", compare(name(a), name(b))), "latin1").toString();
    for (const [source = ""] of [a, b].map(({ source }) => source.split(" "))) expect(text).toContain(source);
    expect(text).toMatch(/; verified\n[\s\S]*; cross-checked\n[\s\S]*caution/);
  });

  it("goes by the day of --date, else of --at", async () => {
    const old = records.find(({ rank, validTo }) => rank === 3 && validTo !== undefined)!;
    const other = first(
      ({ rank, policy, validFrom }) => rank === 3 && policy !== old.policy && validFrom === undefined,
    );
    await story.refused("ERR_NOT_COMPARABLE", "h", compare(name(old), name(other)));
    const then = compare(name(old), name(other), "--date", old.validTo!);
    expect(await story.json("h", then)).toMatchObject({ order: "equal", date: old.validTo });
    const at = { at: `${old.validTo}T12:00:00Z` };
    expect(await story.json("h", compare(name(old), name(other)), at)).toMatchObject({ order: "equal" });
    await story.refused("ERR_USAGE", "h", compare(name(old), name(other), "--date", "yesterday"));
  });

  it("refuses what is not comparable: exit 5, with the reason and what to do", async () => {
    const unranked = records.find(({ rank }) => rank === null)!;
    const some = first(({ rank }) => rank === 3);
    for (const [a, b] of [
      ["TLP:RED", name(some)],
      ["HARBOUR:SECRET", "TLP:RED"],
      ["HARBOUR:SECRET", name(some)],
      [name(unranked), name(some)],
      ["QMB:SECRET", "HARBOUR:SECRET"],
      ["HARBOUR:SECRE", "HARBOUR:SECRET"],
    ] as const) {
      const said = await story.refused("ERR_NOT_COMPARABLE", "h", compare(a, b));
      expect(said).toMatch(/cannot be compared: .+\ndipbag: hint: \S/);
    }
    await story.refused("ERR_NOT_COMPARABLE", "h", compare("TLP:RED", "HARBOUR:SECRET", "--json"));
    await story.refused("ERR_USAGE", "h", compare("HARBOUR SECRET", "HARBOUR:SECRET"));
    expect(story.has("h")).toBe(false);
  });

  it("knows a row of a pack that was taken in", async () => {
    const some = first(({ rank, policy }) => rank === 3 && policy.length === 3);
    const harbour = readFileSync(new URL("../../spec/policies/harbour.json", import.meta.url), "utf8");
    const row = { classification: "SECRET", policy: some.policy, equals: some.marking, source: "an exchange of notes" };
    const who = ["--name", "HARBOUR steering group", "--org", "SG", "--nation", "AAB", "--exercise", "-o", "gov.card"];
    const digits = await story.ok("gov", ["authority", "init", ...who, "--clearance", "HARBOUR=SECRET"]);
    const text = harbour
      .replace('"version": 3', '"version": 4')
      .replace('"communities"', `"equivalences": [${JSON.stringify(row)}],\n "communities"`);
    story.write("v4.json", text);
    const print = await story.ok("gov", ["policy", "sign", "v4.json", "-o", "v4.policy"]);
    await story.ok("reader", ["trust", "add", "gov.card", "--fingerprint", digits.trim()]);
    await story.ok("reader", ["trust", "add", "v4.policy", "--fingerprint", print.trim()]);
    expect(await story.json("reader", compare("HARBOUR:SECRET", name(some)))).toMatchObject({
      order: "equal",
      by: "row",
      source: "an exchange of notes",
    });
    await story.refused("ERR_NOT_COMPARABLE", "reader", compare("HARBOUR:RESTRICTED", name(some)));
  });
});
