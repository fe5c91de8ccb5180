/** `dipbag policy make|show|check`, by the real command line. */

import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPolicy } from "../../src/label/policy.ts";
import { type Story, tell } from "./story.ts";

const HARBOUR = readFileSync(new URL("../../spec/policies/harbour.json", import.meta.url), "utf8");
const DIGEST = createHash("sha256").update(HARBOUR).digest("hex");

let story: Story;
/** Of the tables: found here by the command itself. */
let owners: readonly string[];
const draft = (name: string, ...changes: readonly (readonly [string, string])[]) => {
  for (const [from] of changes) expect(HARBOUR).toContain(from);
  return story.write(
    name,
    changes.reduce((text, [from, to]) => text.replace(from, to), HARBOUR),
  );
};
const narrow = (text: string) => {
  // A name, a digest or an address stays in one piece.
  for (const line of text.split("\n")) if (/\S \S/.test(line.trim())) expect(line.length, line).toBeLessThanOrEqual(80);
};

beforeAll(async () => {
  story = await tell();
  const { owners: listed } = await story.json("h", ["policy", "make"]);
  owners = (listed as { owner: string }[]).map(({ owner }) => owner);
  const who = ["--name", "HARBOUR steering group", "--org", "SG", "--nation", "AAB", "--exercise", "-o", "gov.card"];
  const digits = await story.ok("gov", ["authority", "init", ...who, "--clearance", "HARBOUR=SECRET"]);
  story.write("digits", digits.trim());
});
afterAll(() => story.end());

describe("policy make", () => {
  it("lists whose policies it can make", async () => {
    expect(owners.length).toBeGreaterThan(30);
    const text = Buffer.from(await story.ok("h", ["policy", "make"]), "latin1").toString();
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(owners);
    narrow(text);
  });

  it("writes a pack to stdout or to a file, the same one, and says on stderr what it left out", async () => {
    const [owner = ""] = owners;
    const { status, stdout, stderr } = await story.run("h", ["policy", "make", owner]);
    expect(status).toBe(0);
    const payload = Buffer.from(stdout, "latin1");
    expect(readPolicy(payload).policy.name).toBe(owner);
    expect(stderr).toContain("Left out");
    narrow(stderr);
    await story.ok("h", ["policy", "make", owner, "-o", "made.json"]);
    expect(story.read("made.json")).toEqual(payload);
    const document = await story.json("h", ["policy", "make", owner, "-o", "again.json"]);
    expect(document).toMatchObject({
      digest: createHash("sha256").update(payload).digest("hex"),
      standing: null,
      output: "again.json",
      policy: { policy: { name: owner }, validFrom: "2026-11-22" },
    });
    expect(document.leftOut).not.toEqual([]);
  });

  it("every pack is one by the JSON Schema, passes the check, and is shown", async () => {
    // Each takes a second; test/label/make.test.ts has them all.
    for (const owner of owners.filter((_, i) => i % 10 === 1)) {
      await story.json("h", ["policy", "make", owner]);
      await story.ok("h", ["policy", "make", owner, "-o", `${owner}.json`]);
      await story.json("h", ["policy", "check", `${owner}.json`]);
      const shown = Buffer.from(await story.ok("h", ["policy", "show", `${owner}.json`]), "latin1").toString();
      narrow(shown);
      expect(shown).toContain("[1]");
    }
  });

  it("makes that of --date, else of --at", async () => {
    const [owner = ""] = owners;
    const from = async (...more: string[]) => {
      const { policy } = await story.json("h", ["policy", "make", owner, ...more]);
      return (policy as { validFrom: string }).validFrom;
    };
    expect(await from()).toBe("2026-11-22");
    expect(await from("--date", "2025-02-28")).toBe("2025-02-28");
    await story.refused("ERR_USAGE", "h", ["policy", "make", owner, "--date", "2025-02-30"]);
  });

  it("refuses whose it has not, a file that exists, and what stdout cannot carry", async () => {
    await story.refused("ERR_OWNER_UNKNOWN", "h", ["policy", "make", "QMB"]);
    await story.refused("ERR_OWNER_UNKNOWN", "h", ["policy", "make", "QMB", "--json"]);
    story.write("taken.json");
    await story.refused("ERR_OUTPUT_EXISTS", "h", ["policy", "make", owners[0] ?? "", "-o", "taken.json"]);
    expect(story.text("taken.json")).toBe("taken.json");
    await story.refused("ERR_USAGE", "h", ["policy", "make", owners[0] ?? "", "-o", "-", "--json"]);
    await story.refused("ERR_USAGE", "h", ["policy", "make", "-o", "which.json"]);
    expect(story.has("which.json")).toBe(false);
    expect(story.has("h")).toBe(false);
  });
});

describe("policy show", () => {
  it("shows a pack that is known here, by its name", async () => {
    const text = Buffer.from(await story.ok("h", ["policy", "show", "HARBOUR"]), "latin1").toString();
    narrow(text);
    for (const fact of [
      "HARBOUR version 3, of HARBOUR steering group (fictional)",
      "rank 3     SECRET, portion (H-S), keys hybrid-1024 or stronger",
      "en CONFIDENTIAL; fr CONFIDENTIEL",
      "tag        REL TO: permissive, gate, absent means originator-only, oneOrMore",
      "community  HARBOUR: AAB, QMB from 2024-03-01; ZZC from 2025-06-01",
      "agreement  HARBOUR-MOU-2024/3: AAB, QMB, ZZC, up to rank 2",
      "must do    receipt-on-open",
      "standing   built in",
      DIGEST,
    ])
      expect(text).toContain(fact);
    expect(await story.json("h", ["policy", "show", "HARBOUR"])).toEqual({
      schema: "dipbag/policy/1",
      digest: DIGEST,
      standing: "built in",
      policy: JSON.parse(HARBOUR),
    });
  });

  it("shows a file, and where its rows are from", async () => {
    const row = `{ "classification": "SECRET", "policy": "COAST", "equals": "DEEP", "source": "exchange of notes" }`;
    draft("rows.json", ['"communities"', `"equivalences": [${row}],\n "communities"`]);
    const text = await story.ok("h", ["policy", "show", "rows.json"]);
    expect(text).toMatch(/equal +SECRET is DEEP in COAST \[1\]\n/);
    expect(text).toMatch(/\[1\] +exchange of notes\n/);
    expect(text).toMatch(/standing +unsigned\n/);
    const piped = await story.ok("h", ["policy", "show", "-"], { input: story.read("rows.json") });
    expect(piped).toBe(text);
  });

  it("refuses what is neither known nor a file, or no policy", async () => {
    await story.refused("ERR_NOT_FOUND", "h", ["policy", "show", "NOWHERE"]);
    story.write("text.json", "no policy");
    await story.refused("ERR_TYPE", "h", ["policy", "show", "text.json"]);
    story.write("huge.json", Buffer.alloc(2 ** 21, " "));
    await story.refused("ERR_TOO_LARGE", "h", ["policy", "show", "huge.json"]);
  });
});

describe("a name that is a known policy and a file", () => {
  const edited = async (action: () => Promise<void>) => {
    draft("HARBOUR", ['"version": 3', '"version": 4']);
    try {
      await action();
    } finally {
      rmSync(story.path("HARBOUR"));
    }
  };

  it.each([
    ["policy", "show", "HARBOUR"],
    ["policy", "check", "HARBOUR"],
    ["policy", "sign", "HARBOUR", "-o", "HARBOUR.policy"],
  ])("[111] %s %s %s means neither: what is checked would not be what is signed", (...args) =>
    edited(async () => {
      const told = await story.refused("ERR_USAGE", "gov", args);
      expect(told).toContain("a policy known here and a file have the name HARBOUR: write ./HARBOUR for the file");
      expect(story.has("HARBOUR.policy")).toBe(false);
    }),
  );

  it("is the file where that is written as a path", () =>
    edited(async () => {
      const version = { policy: { version: 4 } };
      for (const verb of ["show", "check"])
        expect(await story.json("gov", ["policy", verb, "./HARBOUR"])).toMatchObject(version);
      expect(await story.json("gov", ["policy", "sign", "./HARBOUR", "-o", "4.policy"])).toMatchObject(version);
    }));

  it("is the policy where it is a folder", async () => {
    story.folder("HARBOUR");
    expect(await story.json("h", ["policy", "show", "HARBOUR"])).toMatchObject({ standing: "built in" });
    rmSync(story.path("HARBOUR"), { recursive: true });
  });
});

describe("policy check", () => {
  const warned = async (file: string, at?: string) => {
    const { warnings } = await story.json("h", ["policy", "check", file], at === undefined ? {} : { at });
    return (warnings as { what: string }[]).map(({ what }) => what);
  };

  it("warns, and ends with 0", async () => {
    const text = await story.ok("h", ["policy", "check", "HARBOUR"]);
    narrow(text);
    expect(text).toMatch(
      /^HARBOUR version 3: its form is valid, with 2 warnings\n {2}warning +no equal in another policy/,
    );
    expect(await warned("HARBOUR")).toEqual(["no-equivalence", "no-source"]);
  });

  it("warns of values that nobody knows, and of days", async () => {
    draft("values.json", ['"ZZC",\n    "HARBOUR"\n', '"ZZC",\n    "HARBOR"\n']);
    expect(await warned("values.json")).toContain("unknown-value");
    draft("ended.json", ['"validTo": null', '"validTo": "2026-11-21"']);
    expect(await warned("ended.json")).toContain("expired");
    expect(await warned("ended.json", "2026-11-21T23:59:59Z")).not.toContain("expired");
    expect(await warned("ended.json", "2025-12-31T23:59:59Z")).toContain("not-yet");
  });

  it("refuses a pack whose form is wrong", async () => {
    draft("twice.json", ['"rank": 3,\n   "name"', '"rank": 2,\n   "name"']);
    expect(await story.refused("ERR_POLICY_FORMAT", "h", ["policy", "check", "twice.json"])).toContain("one rank");
    await story.refused("ERR_POLICY_FORMAT", "h", ["policy", "check", "twice.json", "--json"]);
  });
});

describe("a signed pack", () => {
  beforeAll(async () => {
    draft("v4.json", ['"version": 3', '"version": 4']);
    story.write("v4.digits", (await story.ok("gov", ["policy", "sign", "v4.json", "-o", "v4.policy"])).trim());
  });

  it("is shown and checked as what it is: whose, and whether that is trusted here", async () => {
    expect(await story.json("reader", ["policy", "show", "v4.policy"])).toMatchObject({
      standing: "ERR_POLICY_SIGNER",
    });
    await story.ok("reader", ["trust", "add", "gov.card", "--fingerprint", story.text("digits")]);
    expect(await story.json("reader", ["policy", "check", "v4.policy"])).toMatchObject({
      standing: "trusted",
      policy: { version: 4 },
    });
    expect(await story.ok("reader", ["policy", "show", "v4.policy"])).toContain("trusted, signed by HARBOUR steering");
  });

  it("that was changed is refused", async () => {
    const text = story.read("v4.policy").toString("latin1").replace("LANTERN", "LANTENR");
    story.write("bent.policy", Buffer.from(text, "latin1"));
    await story.refused("ERR_SIGNATURE", "reader", ["policy", "show", "bent.policy"]);
    await story.refused("ERR_SIGNATURE", "reader", ["policy", "check", "bent.policy"]);
  });

  it("that was taken in is shown by its name: the newest", async () => {
    await story.ok("reader", ["trust", "add", "v4.policy", "--fingerprint", story.text("v4.digits")]);
    expect(await story.json("reader", ["policy", "show", "HARBOUR"])).toMatchObject({
      standing: "trusted",
      policy: { version: 4 },
    });
    expect(await story.json("h", ["policy", "show", "HARBOUR"])).toMatchObject({ policy: { version: 3 } });
  });
});
