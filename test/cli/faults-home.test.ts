/** Homes that a crash or a bad disk has been at, and clocks that are wrong, through the real command line. */

import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failing, hasStrace, pack } from "./faulty.ts";
import { BIN, ONE_ERROR, run } from "./process.ts";
import { AT, type Story, tell } from "./story.ts";

const HARBOUR = new URL("../../spec/policies/harbour.json", import.meta.url);
const who = (name: string) => ["--name", name, "--org", "AAB-CERT", "--nation", "AAB", "--exercise"];
const rights = ["--clearance", "HARBOUR=UNCLASSIFIED,RESTRICTED"];

let story: Story;
const digits = new Map<string, string>();
beforeAll(async () => {
  story = await tell("duty");
  story.write("medium", "EXERCISE");
  await story.ok("duty", pack("medium", "medium.dipbag"));
  const sign = async (home: string, args: readonly string[], out: string) =>
    digits.set(out, (await story.ok(home, [...args, "-o", out])).trim());
  await sign("gov", ["authority", "init", ...who("gov"), ...rights], "gov.card");
  for (const version of [4, 5]) {
    const text = readFileSync(HARBOUR, "utf8").replace('"version": 3', `"version": ${version}`);
    story.write(`v${version}.json`, text);
    await sign("gov", ["policy", "sign", `v${version}.json`], `v${version}.policy`);
  }
  for (const file of ["gov.card", "v5.policy"]) await story.ok("duty", ["trust", "add", file, ...told(file)]);
});
afterAll(() => story.end());
const told = (file: string) => ["--fingerprint", digits.get(file) ?? ""];

describe("keys and request", () => {
  const made = { user: ["identity", "request"], authority: ["card", "identity"] } as const;
  const verbs = {
    user: (home: string) => ["init", ...who("n"), "-o", `${home}.out`],
    authority: (home: string) => ["authority", "init", ...who("n"), ...rights, "-o", `${home}.out`],
  } as const;

  it.skipIf(!hasStrace).each(["user", "authority"] as const)(
    "[84] killed at any file, %s: all of it is there or nothing, and then it can be made again (needs strace)",
    async (self) => {
      for (const [call, state] of [
        ["pwrite64", "nothing"],
        ["rename", "nothing"],
        ["link", "all"],
      ] as const) {
        const home = `${self} ${call}`;
        const { status } = await story.run(home, verbs[self](home), failing(`${call}:signal=KILL`));
        expect(status).toBe(null);
        expect(story.has(home, self)).toBe(state === "all");
        if (state === "all") {
          expect(story.list(join(home, self))).toEqual(made[self]);
          const said = await story.refused("ERR_KEY_EXISTS", home, verbs[self](home));
          expect(said).toContain("move it away");
          renameSync(story.path(home, self), story.path(`${home}.away`));
        }
        await story.ok(home, verbs[self](home));
        expect(story.list(home)).toEqual([self]);
        expect(story.list(join(home, self))).toEqual(made[self]);
        expect(story.list().filter((name) => name.endsWith(".tmp"))).toEqual([]);
      }
    },
  );

  it("[95] of four at once exactly one makes keys, and its request is the one that is there", async () => {
    const results = await Promise.all([1, 2, 3, 4].map((i) => story.run("new", verbs.user(`new${i}`))));
    expect(results.map(({ status }) => status).sort()).toEqual([0, 2, 2, 2]);
    const winner = results.findIndex(({ status }) => status === 0) + 1;
    expect(story.read("new", "user", "request").equals(story.read(`new${winner}.out`))).toBe(true);
    expect(story.list().filter((name) => /^new\d\.out$/.test(name))).toEqual([`new${winner}.out`]);
    expect(story.list("new")).toEqual(["user"]);
  });
});

describe("a file of the home is damaged", () => {
  const verify = ["verify", "medium.dipbag"];
  const add = ["trust", "add", "v5.policy"];
  it.each([
    ["pins", "cut", [verify, pack("medium", "no"), ["trust", "list"], ["cards"]]],
    ["policies", "cut", [verify, pack("medium", "no"), ["trust", "list"], ["policy", "show", "TLP"]]],
    // Only the signature: nobody must fall back to an older version, in silence.
    ["policies", "end", [verify, pack("medium", "no"), add]],
    ["cards", "cut", [["cards"], pack("medium", "no")]],
    ["cards", "empty", [["cards"]]],
    ["user/card", "cut", [verify, pack("medium", "no"), ["cards"], ["unpack", "medium.dipbag", "-o", "no"]]],
    ["user/request", "end", [["trust", "add", "duty.sealed"]]],
  ] as const)(
    "%s, %s: named with what to do, by whoever reads it; whole again when it is put back",
    async (place, how, verbs) => {
      if (place === "cards") {
        mkdirSync(story.path("duty", "cards"), { recursive: true });
        const digest = (await story.json("duty", ["cards"])).cards as { card: { digest: string } }[];
        story.write(`duty/cards/${digest[0]?.card.digest}.card`, story.read("duty.card"));
      }
      const file = place.includes("/") ? `duty/${place}` : `duty/${place}/${story.list(`duty/${place}`)[0]}`;
      const whole = story.read(file);
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(whole.length - 5) ^ 1, whole.length - 5);
      story.write(file, { cut: whole.subarray(0, -100), empty: "", end: changed }[how]);
      for (const args of verbs) {
        const said = await story.refused("ERR_HOME_DAMAGED", "duty", args);
        expect(said).toContain(file);
        expect(said).toContain("move it away");
      }
      expect(story.has("no")).toBe(false);
      story.write(file, whole);
      await story.ok("duty", verify);
      if (place === "cards") rmSync(story.path("duty", "cards"), { recursive: true });
    },
  );
});

describe("the clock is wrong", () => {
  /** As told by the clock: nobody says --at. */
  const by = (clock: string, args: readonly string[]) => {
    const shift = `Date.now = () => ${Date.parse(clock)};`;
    const node = ["--import", `data:text/javascript,${encodeURIComponent(shift)}`];
    const common = ["--home", "duty", "--passphrase-file", "passphrase"];
    return run(BIN, [...args, ...common], { cwd: story.dir, node });
  };
  const refused = async (code: string, status: number, clock: string, args: readonly string[]) => {
    const result = await by(clock, args);
    expect(result.stderr).toMatch(ONE_ERROR(code));
    expect(result).toMatchObject({ status, stdout: "" });
  };
  const until = ["--valid-until", "2026-12-01T00:00:00Z"];

  it("before a card begins, and after it ends: nothing is packed", async () => {
    for (const clock of ["2026-11-01T00:00:00Z", "2026-11-22T14:59:59Z", "2031-01-01T00:00:00Z"]) {
      await refused("ERR_CARD_TIME", 4, clock, pack("medium", "no"));
    }
    expect(story.has("no")).toBe(false);
  });

  it("set back by more than five minutes: what was signed since is refused, and no file appears", async () => {
    for (const args of [
      ["verify", "medium.dipbag"],
      ["unpack", "medium.dipbag", "-o", "no"],
    ]) {
      await refused("ERR_FUTURE", 5, "2026-11-22T14:54:59Z", args);
    }
    expect(await by("2026-11-22T14:55:00Z", ["verify", "medium.dipbag"])).toMatchObject({ status: 0 });
    expect(story.has("no")).toBe(false);
  });

  it("what has expired is refused; a clock set back to before that cannot tell (spec/trust.md section 8)", async () => {
    await story.ok("duty", pack("medium", "until.dipbag", ...until));
    await refused("ERR_EXPIRED", 5, "2026-12-02T00:00:00Z", ["verify", "until.dipbag"]);
    await refused("ERR_EXPIRED", 5, "2026-12-02T00:00:00Z", ["unpack", "until.dipbag", "-o", "no"]);
    expect(await by(AT, ["verify", "until.dipbag"])).toMatchObject({ status: 0 });
    await refused("ERR_FUTURE", 5, "2026-11-01T00:00:00Z", ["verify", "until.dipbag"]);
  });

  it("set back: no policy that was superseded comes in again, and the newest seals", async () => {
    for (const clock of [AT, "2026-11-22T15:00:01Z", "2030-01-01T00:00:00Z"]) {
      const { stderr } = await by(clock, ["trust", "add", "v4.policy", ...told("v4.policy")]);
      expect(stderr).toMatch(/\[ERR_(?:POLICY_NOT_NEWER|CARD_TIME)\]/);
    }
    await refused("ERR_POLICY_NOT_NEWER", 5, AT, ["trust", "add", "v4.policy", ...told("v4.policy")]);
    expect(await by(AT, pack("medium", "back.dipbag"))).toMatchObject({ status: 0 });
    const { policies } = await story.json("duty", ["verify", "back.dipbag"]);
    expect(policies).toMatchObject([{ name: "HARBOUR", version: 5 }]);
    expect(story.list("duty/policies").length).toBe(1);
  });
});
