/** Signed policy packs, by the real command line (spec/trust.md section 7): signed, pinned, listed, refused, removed. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { parsePolicy } from "../../src/envelope/policy-pack.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { type Json, type Story, tell } from "./story.ts";

const HARBOUR = readFileSync(new URL("../../spec/policies/harbour.json", import.meta.url), "utf8");
const NAME = "HARBOUR steering group";
const GRANT = ["--clearance", "HARBOUR=UNCLASSIFIED,RESTRICTED"];

let story: Story;
const fingerprints = new Map<string, string>();
const digest = (content: Uint8Array | string) => createHash("sha256").update(content).digest("hex");
const add = (file: string, ...more: string[]) => ["trust", "add", file, ...more];
const fingerprint = (name: string) => ["--fingerprint", fingerprints.get(name) ?? ""];
const sign = (file: string, out: string) => ["policy", "sign", file, "-o", out];

/** HARBOUR with another version and other things in it. */
function draft(name: string, version: number, ...changes: readonly (readonly [string, string])[]): string {
  let text = HARBOUR.replace('"version": 3', `"version": ${version}`);
  for (const [from, to] of changes) text = text.replace(from, to);
  return story.write(`${name}.json`, text);
}
/** A draft signed in the home of `governor`, its fingerprint heard. */
async function signed(
  governor: string,
  name: string,
  ...rest: Parameters<typeof draft> extends [string, ...infer R] ? R : never
) {
  const printed = await story.ok(governor, sign(draft(name, ...rest), `${name}.policy`));
  fingerprints.set(name, printed.trim());
  return `${name}.policy`;
}
async function authority(home: string, name: string, ...more: string[]) {
  const who = ["--name", name, "--org", `${home}-SG`, "--nation", "AAB", "--exercise", "-o", `${home}.card`];
  fingerprints.set(home, (await story.ok(home, ["authority", "init", ...who, ...more])).trim());
}
/** Every file of a home, by name, with its digest. */
const inside = (home: string) =>
  story.has(home)
    ? readdirSync(story.path(home), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => `${parentPath}/${name} ${digest(readFileSync(`${parentPath}/${name}`))}`)
        .sort()
    : [];
/** Refused, and the home is as it was. */
async function untouched(code: ErrorCode, home: string, args: readonly string[], at?: string): Promise<string> {
  const before = inside(home);
  const said = await story.refused(code, home, args, at === undefined ? {} : { at });
  expect(inside(home)).toEqual(before);
  return said;
}

beforeAll(async () => {
  story = await tell("duty");
  await authority("gov", NAME, ...GRANT, "--days", "400");
  await authority("rival", "Rival group", ...GRANT);
  await authority("clerk", "Clerk of nothing", "--clearance", "TLP=RED");
  await signed("gov", "v4", 4, ['"LANTERN"', '"LANTERN",\n    "REEF"']);
  await signed("gov", "v5", 5, ['"validTo": null', '"validTo": "2026-12-31"']);
  await signed("gov", "v3", 3, ["fictional policy", "fictional, other policy"]);
  await signed("rival", "r6", 6);
  story.write(
    "tampered.policy",
    Buffer.from(story.read("v4.policy").toString("latin1").replace("REEF", "BEEF"), "latin1"),
  );
});
afterAll(() => story.end());

describe("policy sign", () => {
  it("keeps the text as it is, and prints the fingerprint to be told, of it and of the keys", async () => {
    const { fingerprint } = parsePolicy(story.read("v4.policy"));
    expect(fingerprints.get("v4")?.replaceAll(" ", "")).toBe(hex(fingerprint));
    expect(story.read("v4.policy").includes(story.read("v4.json"))).toBe(true);
    const document = await story.json("gov", sign("v4.json", "again.policy"));
    expect(document).toEqual({
      schema: "dipbag/signedpolicy/1",
      output: "again.policy",
      policy: {
        name: "HARBOUR",
        version: 4,
        digest: digest(story.read("v4.json")),
        fingerprint: fingerprints.get("v4")?.replaceAll(" ", ""),
        validFrom: "2026-01-01",
        validTo: null,
        governor: NAME,
        environment: "exercise",
      },
    });
  });

  it("signs no text that is not a policy, has expired, or is not the authority's to govern", async () => {
    story.write("torn.json", HARBOUR.slice(0, -10));
    draft("ended", 7, ['"validTo": null', '"validTo": "2026-11-21"']);
    story.write("tlp.json", readFileSync(new URL("../../spec/policies/tlp.json", import.meta.url)));
    await untouched("ERR_POLICY_FORMAT", "gov", sign("torn.json", "no"));
    await untouched("ERR_POLICY_EXPIRED", "gov", sign("ended.json", "no"));
    expect(await untouched("ERR_NOT_GOVERNOR", "clerk", sign("v4.json", "no"))).toContain("Clerk of nothing");
    await untouched("ERR_POLICY_RESERVED", "clerk", sign("tlp.json", "no"));
    await untouched("ERR_NO_AUTHORITY", "duty", sign("v4.json", "no"));
    await untouched("ERR_CARD_TIME", "gov", sign("v4.json", "no"), "2028-01-01T00:00:00Z");
    expect(story.has("no")).toBe(false);
    await untouched("ERR_OUTPUT_EXISTS", "gov", sign("v4.json", "v4.policy"));
  });
});

describe("trust", () => {
  it("a pack is taken in under the pin of its governor, the first by its fingerprint", async () => {
    await untouched("ERR_POLICY_SIGNER", "officer", add("v4.policy", ...fingerprint("v4")));
    for (const who of ["gov", "clerk"]) await story.ok("officer", add(`${who}.card`, ...fingerprint(who)));
    await untouched("ERR_POLICY_FINGERPRINT_NEEDED", "officer", add("v4.policy"));
    await untouched("ERR_POLICY_FINGERPRINT", "officer", add("v4.policy", ...fingerprint("v5")));
    await untouched("ERR_USAGE", "officer", add("v4.policy", ...fingerprint("v4"), "-o", "no"));
    const taken = await story.json("officer", add("v4.policy", ...fingerprint("v4")));
    expect(taken).toMatchObject({ policy: { name: "HARBOUR", version: 4, governor: NAME } });
    expect(story.list("officer/policies")).toEqual([`${digest(story.read("v4.json"))}.policy`]);
  });

  it.each([
    ["ERR_POLICY_SIGNER", "r6", "a stranger's"],
    ["ERR_POLICY_NOT_NEWER", "v3", "an older one"],
    ["ERR_SIGNATURE", "tampered", "one whose text was changed"],
  ] as const)("%s: %s.policy, %s, is refused and nothing is written", async (code, name, _what) => {
    await untouched(code, "officer", add(`${name}.policy`));
    await untouched(code, "officer", [...add(`${name}.policy`, ...fingerprint(name)), "--json"]);
  });

  it("an expired pack, a governor whose card has expired, and what is no pack", async () => {
    expect(await untouched("ERR_POLICY_EXPIRED", "officer", add("v5.policy"), "2027-01-01T00:00:00Z")).toContain(
      "2026-12-31",
    );
    await untouched("ERR_CARD_TIME", "officer", add("v4.policy"), "2028-01-01T00:00:00Z");
    await untouched("ERR_CBOR", "officer", add(story.write("short.policy", story.read("v4.policy").subarray(0, -9))));
    await untouched("ERR_TYPE", "officer", add("v4.json"));
  });

  it("a later version stands on the keys of the first; both are kept and shown", async () => {
    const said = await story.run("officer", add("v5.policy"));
    expect([said.status, said.stdout, said.stderr]).toEqual([
      0,
      "",
      `HARBOUR version 5 is known here, by the word of ${NAME}.\n`,
    ]);
    await untouched("ERR_POLICY_NOT_NEWER", "officer", add("v3.policy", ...fingerprint("v3")));
    await story.ok("officer", add("v4.policy"));
    const { policies } = (await story.json("officer", ["trust", "list"])) as { policies: Json[] };
    expect(policies.map(({ version, validTo, standing }) => [version, validTo, standing])).toEqual([
      [4, null, "trusted"],
      [5, "2026-12-31", "trusted"],
    ]);
    const shown = await story.ok("officer", ["trust", "list"]);
    expect(shown).toContain(
      `HARBOUR version 5, from 2026-01-01 to 2026-12-31\n  governor   ${NAME}, for exercise\n  ${fingerprints.get("v5")}\n`,
    );
    for (const line of shown.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("a pack may be longer than a card", async () => {
    const words = Array.from({ length: 300 }, (_, i) => `{ "word": "${"word ".repeat(20)}${i}", "minRank": 1 }`).join(
      ", ",
    );
    const long = await signed("gov", "v7", 7, ['"dirtyWords": [', `"dirtyWords": [${words}, `]);
    expect(story.read(long).length).toBeGreaterThan(32 * 1024);
    await story.ok("aab", add("gov.card", ...fingerprint("gov")));
    expect(await story.json("aab", add(long, ...fingerprint("v7")))).toMatchObject({ policy: { version: 7 } });
    await story.ok("aab", ["trust", "remove", fingerprints.get("v7") ?? ""]);
    await story.ok("aab", ["trust", "remove", fingerprints.get("gov") ?? ""]);
  });

  it("another governor needs the fingerprint again, even where it is pinned", async () => {
    await story.ok("officer", add("rival.card", ...fingerprint("rival")));
    await untouched("ERR_POLICY_FINGERPRINT_NEEDED", "officer", add("r6.policy"));
  });

  it("without its governor a pack counts for nothing, is shown as such, and can be removed", async () => {
    const pin = fingerprints.get("gov")?.slice(0, 8) ?? "";
    await story.ok("officer", ["trust", "remove", pin]);
    expect(await story.json("officer", ["trust", "list"])).toMatchObject({
      policies: [{ standing: "ERR_POLICY_SIGNER", governor: null, environment: null }, { version: 5 }],
    });
    expect(await story.ok("officer", ["trust", "list"])).toContain("NOT TRUSTED: ERR_POLICY_SIGNER");
    // so that the next one from there is the first again
    await story.ok("officer", add("gov.card", ...fingerprint("gov")));
    for (const name of ["v4", "v5"]) {
      const removed = await story.json("officer", ["trust", "remove", fingerprints.get(name) ?? ""]);
      expect(removed).toMatchObject({ schema: "dipbag/signedpolicy/1", policy: { name: "HARBOUR" } });
    }
    expect(story.list("officer/policies")).toEqual([]);
    await untouched("ERR_POLICY_FINGERPRINT_NEEDED", "officer", add("v5.policy"));
  });
});

describe("an authority", () => {
  const issue = (...rights: string[]) => ["authority", "issue", "duty.request", ...rights, "-o", "reef.sealed"];
  const reef = issue(...GRANT, "--clearance", "HARBOUR/COMPARTMENT=REEF");

  it("clears for what a pack of its home knows, and for no other word", async () => {
    expect(await untouched("ERR_USAGE", "aab", reef)).toContain("COMPARTMENT=REEF");
    await story.ok("aab", add("gov.card", ...fingerprint("gov")));
    await story.ok("aab", add("v4.policy", ...fingerprint("v4")));
    await story.ok("aab", reef);
  });

  it("that is to govern a new policy is made with its text, and governs it only", async () => {
    const atoll = ['"name": "HARBOUR",\n  "oid"', '"name": "ATOLL",\n  "oid"'] as const;
    draft("atoll", 1, atoll);
    const [name, rights] = ["Atoll group", ["--clearance", "ATOLL=RESTRICTED"]] as const;
    const init = ["authority", "init", "--name", name, "--org", "ATOLL-SG", "--nation", "QMB", "--exercise"];
    await untouched("ERR_USAGE", "atoll", [...init, ...rights, "-o", "no"]);
    await story.ok("atoll", [...init, ...rights, "--policy", "atoll.json", "-o", "atoll.card"]);
    await untouched("ERR_NOT_GOVERNOR", "atoll", sign("v4.json", "no"));
    await story.ok("atoll", sign("atoll.json", "atoll.policy"));
    expect(story.has("no")).toBe(false);
  });
});
