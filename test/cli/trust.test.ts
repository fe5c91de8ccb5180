/** Authorities, cards, pins and the address book, by the real command line (spec/cli.md). */

import { chmodSync, rmSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIDENTIAL, nameOf, RESTRICTED, type Story, tell, to } from "./story.ts";

let story: Story;
beforeAll(async () => {
  story = await tell("duty", "port", "real", "stranger");
  story.write("report.txt");
});
afterAll(() => story.end());

const who = (name: string, ...more: string[]) => ["--name", name, "--org", "AAB-CERT", "--nation", "AAB", ...more];
const pack = (...more: string[]) => ["pack", "report.txt", "--label", RESTRICTED, "-o", "x.dipbag", ...more];

describe("keys", () => {
  it("[104] init: keys and home are closed to others, and never made twice", async () => {
    const made = await story.json("new", [
      "init",
      ...who("new@cert.example", "--exercise", "--keys", "hybrid-1024"),
      "-o",
      "new.request",
    ]);
    expect(made).toMatchObject({ output: "new.request", keys: "hybrid-1024", environment: "exercise", nation: "AAB" });
    const mode = (...names: string[]) => statSync(story.path(...names)).mode & 0o777;
    expect([mode("new"), mode("new", "user"), mode("new", "user", "identity")]).toEqual([0o700, 0o700, 0o600]);
    const before = story.read("new", "user", "identity");
    await story.refused("ERR_KEY_EXISTS", "new", ["init", ...who("new@cert.example"), "-o", "again.request"]);
    expect(story.read("new", "user", "identity")).toEqual(before);
    expect(story.has("again.request")).toBe(false);
  });

  it("a name that no card can hold is refused at once: names are counted in bytes, as the format counts them", async () => {
    for (const name of ["é".repeat(128), "x".repeat(256)]) {
      expect(await story.refused("ERR_USAGE", "long", ["init", ...who(name), "-o", "long.request"])).toContain(
        "255 bytes",
      );
    }
    expect(story.has("long")).toBe(false);
    await story.ok("long", ["init", ...who("é".repeat(127)), "-o", "long.request"]);
    expect(await story.json("long", ["inspect", "long.request"])).toMatchObject({ request: { name: "é".repeat(127) } });
  });

  it("an envelope is no card, and that is said", async () => {
    await story.ok("duty", [...pack(...to("duty")), "--force"]);
    const said = await story.refused("ERR_TYPE", "duty", ["trust", "add", "x.dipbag"]);
    expect(said).toContain("this is not a dipbag card, but an envelope");
    rmSync(story.path("x.dipbag"));
    story.write("longer.card", Buffer.concat([story.read("duty.card"), Buffer.from("\n")]));
    await story.refused("ERR_CBOR", "duty", ["trust", "add", "longer.card"]);
  });

  it("a request that cannot be written: no keys are made", async () => {
    story.write("taken");
    await story.refused("ERR_OUTPUT_EXISTS", "unmade", ["init", ...who("x"), "-o", "taken"]);
    await story.refused("ERR_OUTPUT_EXISTS", "unmade", ["authority", "init", ...who("x"), "-o", "taken"]);
    expect(story.has("unmade")).toBe(false);
    expect(story.text("taken")).toBe("taken");
  });

  it("[104] a key file that others can read is refused until it is closed", async () => {
    chmodSync(story.path("duty", "user", "identity"), 0o640);
    const said = await story.refused("ERR_SECRET_EXPOSED", "duty", pack(...to("duty")));
    expect(said).toContain("duty/user/identity");
    expect(story.has("x.dipbag")).toBe(false);
    chmodSync(story.path("duty", "user", "identity"), 0o600);
    await story.ok("duty", pack(...to("duty")));
    rmSync(story.path("x.dipbag"));
  });

  it("[103] a wrong passphrase, and a file cut, doubled or changed: one message, and the same time", async () => {
    const file = story.read("port", "user", "identity");
    const changed = Buffer.from(file);
    changed.writeUInt8(changed.readUInt8(100) ^ 1, 100);
    const said = new Set<string>();
    for (const [content, passphrase] of [
      [file, "wrong"],
      [changed, undefined],
      [file.subarray(0, 50), undefined],
      [Buffer.concat([file, file]), undefined],
      [Buffer.from("\ufeffnot a key"), undefined],
      [Buffer.alloc(0), undefined],
    ] as const) {
      story.write("port/user/identity", content);
      const options = passphrase && {
        env: { ...process.env, WORD: passphrase },
        passphrase: ["--passphrase-env", "WORD"],
      };
      said.add(await story.refused("ERR_PASSPHRASE", "port", pack(...to("duty")), options || {}));
    }
    expect(said.size).toBe(1);
    story.write("port/user/identity", file);
    await story.ok("port", [...pack(...to("duty")), "--force"]);
  });

  it("without an identity, a card or an authority: what to do about it", async () => {
    await story.refused("ERR_NO_CARD", "empty", pack(...to("duty")));
    await story.refused("ERR_NO_IDENTITY", "empty", ["trust", "add", "duty.sealed", "-o", "own.card"]);
    await story.refused("ERR_NO_AUTHORITY", "empty", ["authority", "issue", "duty.request", "-o", "x.sealed"]);
    await story.refused("ERR_NO_AUTHORITY", "empty", ["authority", "list", "--json"]);
    expect(story.has("empty")).toBe(false);
  });
});

describe.concurrent("authority", () => {
  it("lists what it has issued", async () => {
    expect(await story.json("aab", ["authority", "list"])).toMatchObject({
      cards: [{ card: { name: nameOf("duty"), keys: ["HPKE-9-KE"] }, standing: "trusted", own: false }],
    });
    expect(await story.ok("aab", ["authority", "list"])).toMatch(/^duty@cert\.example \(AAB-CERT, AAB\)\n/);
  });

  it("issues with one document, until its own card ends at the latest", async () => {
    const args = [
      "authority",
      "issue",
      "port.request",
      "--days",
      "9999",
      "--clearance",
      "HARBOUR=SECRET",
      "-o",
      "long.sealed",
    ];
    expect(await story.json("zzc", args)).toMatchObject({
      output: "long.sealed",
      card: { expires: "2029-08-18T15:00:00Z" },
    });
    await story.refused("ERR_CARD_TIME", "zzc", [...args.slice(0, -1), "late.sealed"], { at: "2031-01-01T00:00:00Z" });
    expect(story.has("late.sealed")).toBe(false);
  });

  it("does not issue outside its scope: another nation, organisation, policy, community or environment", async () => {
    const issue = (request: string, ...more: string[]) => ["authority", "issue", request, ...more, "-o", "out.sealed"];
    await story.refused("ERR_OUT_OF_SCOPE", "aab", issue("port.request"));
    await story.refused("ERR_OUT_OF_SCOPE", "aab", issue("real.request"));
    await story.refused("ERR_OUT_OF_SCOPE", "aab", issue("duty.request", "--clearance", "TLP=RED"));
    await story.refused("ERR_OUT_OF_SCOPE", "aab", issue("duty.request", "--community", "OTHER"));
    expect(story.has("out.sealed")).toBe(false);
  });

  it.each([
    ["HARBUOR=SECRET", "HARBUOR"],
    ["HARBOUR=SECRT", "SECRT"],
    ["HARBOUR/COMPARTMENT=BUOI", "must name the classifications"],
    ["HARBOUR", "--clearance"],
  ])("a slip in --clearance %s is found", async (clearance, told) => {
    const said = await story.refused("ERR_USAGE", "aab", [
      "authority",
      "issue",
      "duty.request",
      "--clearance",
      clearance,
      "-o",
      "no",
    ]);
    expect(said).toContain(told);
  });

  it("what is not a request is no request", async () => {
    await story.refused("ERR_TYPE", "aab", ["authority", "issue", "duty.card", "-o", "no"]);
    await story.refused("ERR_NOT_FOUND", "aab", ["authority", "issue", "nowhere", "-o", "no"]);
    story.write("huge", new Uint8Array(2 ** 20 + 1));
    await story.refused("ERR_TOO_LARGE", "aab", ["authority", "issue", "huge", "-o", "no"]);
  });
});

describe("trust", () => {
  it("an authority is pinned by its whole fingerprint only; the pin has a scope and can be taken away", async () => {
    const add = ["trust", "add", "far.card"];
    const { card } = (await story.json("duty", ["inspect", "far.card"])) as { card: { digest: string } };
    await story.refused("ERR_FINGERPRINT_NEEDED", "judge", add);
    await story.refused("ERR_FINGERPRINT", "judge", [...add, "--fingerprint", card.digest.slice(0, 32)]);
    await story.refused("ERR_FINGERPRINT", "judge", [
      ...add,
      "--fingerprint",
      card.digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
    ]);
    const spoken = card.digest.toUpperCase().replace(/(.{4})(?=.)/g, "$1:");
    expect(await story.json("judge", [...add, "--fingerprint", spoken])).toMatchObject({
      card: { digest: card.digest },
    });
    expect(await story.json("judge", ["trust", "list"])).toMatchObject({
      authorities: [
        {
          card: { name: "far authority" },
          scope: { nations: ["QMB"], organisations: ["QMB-CERT"], environment: "exercise" },
        },
      ],
    });
    const { stderr } = await story.run("judge", [...add, "--fingerprint", spoken]);
    const scope = "exercise: QMB; QMB-CERT; communities HARBOUR; policies HARBOUR, which it may govern";
    expect(stderr.replace(/\s+/g, " ")).toBe(`far authority is pinned for ${scope}. `);
    const listed = await story.ok("judge", ["trust", "list"]);
    expect(listed.replace(/\s+/g, " ")).toContain(` for ${scope} `);
    for (const line of listed.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    await story.refused("ERR_NO_SUCH_PIN", "judge", ["trust", "remove", card.digest.slice(0, 7)]);
    await story.refused("ERR_NO_SUCH_PIN", "judge", ["trust", "remove", "00000000"]);
    expect(await story.json("judge", ["trust", "remove", card.digest.slice(0, 8)])).toMatchObject({
      card: { digest: card.digest },
    });
    expect(await story.json("judge", ["trust", "list"])).toMatchObject({ authorities: [] });
  });

  it("a card is taken in under a pin, and forgotten again", async () => {
    await story.refused("ERR_UNTRUSTED", "duty", ["trust", "add", "stranger.card", "--json"]);
    await story.refused("ERR_FINGERPRINT", "duty", ["trust", "add", "port.card", "--fingerprint", "00".repeat(32)]);
    await story.refused("ERR_USAGE", "duty", ["trust", "add", "port.card", "-o", "no"]);
    const { card } = (await story.json("duty", ["trust", "add", "port.card"])) as { card: { digest: string } };
    await story.ok("duty", ["trust", "remove", card.digest.slice(0, 12)]);
    await story.refused("ERR_NO_SUCH_CARD", "duty", pack(...to("port")));
    await story.ok("duty", ["trust", "add", "port.card"]);
  });

  it("what is damaged is not taken in", async () => {
    const card = story.read("port.card");
    card.writeUInt8(card.readUInt8(card.length - 1) ^ 1, card.length - 1);
    story.write("damaged.card", card);
    await story.refused("ERR_SIGNATURE", "duty", ["trust", "add", "damaged.card"]);
    await story.refused("ERR_CBOR", "duty", ["trust", "add", story.write("short.card", card.subarray(0, 99))]);
    await story.refused("ERR_TYPE", "duty", ["trust", "add", "port.request"]);
  });

  it("an output in the way: no hint at a flag that this verb has not", async () => {
    const args = ["trust", "add", "port.sealed", "-o", "port.card"];
    const said = await story.refused("ERR_OUTPUT_EXISTS", "port", args);
    expect(said).toContain("where the verb has --force, that replaces a file");
    await story.refused("ERR_USAGE", "port", [...args, "--force"]);
  });

  it("a sealed card opens only for whose keys it is", async () => {
    const said = await story.refused("ERR_POSSESSION", "duty", ["trust", "add", "port.sealed", "-o", "stolen.card"]);
    expect(said).toContain("for other keys than yours");
    expect(story.has("stolen.card")).toBe(false);
    expect(await story.json("port", ["trust", "add", "port.sealed"])).toMatchObject({ card: { name: nameOf("port") } });
  });
});

describe("the address book", () => {
  it("shows who is trusted, the own card first", async () => {
    expect(await story.json("duty", ["cards"])).toMatchObject({
      cards: [
        {
          own: true,
          standing: "trusted",
          card: {
            name: nameOf("duty"),
            clearances: [{ policy: "HARBOUR", tags: [{ tag: "COMPARTMENT", values: ["BUOY"] }] }],
          },
        },
        { own: false },
        { own: false },
      ],
    });
    expect(await story.ok("duty", ["cards", nameOf("port")])).toContain(
      "HPKE-9-KE, until 2027-11-22T15:00:00Z, for exercise\n",
    );
    const { stdout, stderr } = await story.run("judge", ["cards"]);
    expect([stdout, stderr]).toEqual(["", "Nobody else is in the address book: dipbag trust add CARD\n"]);
  });

  it("writes a card for a partner", async () => {
    expect(await story.json("duty", ["cards", nameOf("duty"), "-o", "again.card"])).toMatchObject({
      output: "again.card",
    });
    expect(story.read("again.card")).toEqual(story.read("duty.card"));
    expect(Buffer.from(await story.ok("duty", ["cards", nameOf("port"), "-o", "-"]), "latin1")).toEqual(
      story.read("port.card"),
    );
    const printed =
      /card {7}([0-9a-f]{8} [0-9a-f]{8})/.exec(await story.ok("duty", ["cards", nameOf("port")]))?.[1] ?? "";
    expect(await story.ok("duty", ["cards", printed])).toContain(nameOf("port"));
    await story.refused("ERR_USAGE", "duty", ["cards", "-o", "no"]);
    await story.refused("ERR_NO_SUCH_CARD", "duty", ["cards", "nobody@cert.example", "--json"]);
  });

  it("[50] an expired card: shown as such, never sealed by or to; old envelopes still verify and open", async () => {
    await story.ok("duty", [...pack(...to("duty", "port")).with(-1, nameOf("port")), "--force"]);
    const at = "2031-06-01T00:00:00Z";
    const { cards } = (await story.json("duty", ["cards"], { at })) as { cards: { standing: string }[] };
    expect(new Set(cards.map(({ standing }) => standing))).toEqual(new Set(["ERR_CARD_TIME"]));
    expect(await story.ok("duty", ["cards"], { at })).toMatch(
      /NOT TRUSTED: the card of \S+ expired at\s+2027-11-22T15:00:00Z \[ERR_CARD_TIME\]/,
    );
    await story.refused("ERR_CARD_TIME", "duty", [...pack(...to("port")), "--force"], { at });
    expect(await story.json("duty", ["verify", "x.dipbag"], { at })).toMatchObject({ signingTimeProven: false });
    await story.refused("ERR_NOT_FRESH", "duty", ["verify", "x.dipbag", "--require", "fresh"], { at });
    await story.ok("port", ["unpack", "x.dipbag", "-o", "opened"], { at });
  });

  it("[50] an envelope from the future", async () => {
    await story.ok("duty", [...pack(...to("port")), "--force"], { at: "2026-11-22T15:05:01Z" });
    await story.refused("ERR_FUTURE", "port", ["verify", "x.dipbag"]);
    await story.ok("port", ["verify", "x.dipbag"], { at: "2026-11-22T15:00:01Z" });
  });

  it("a renewed card makes the name ambiguous until the old one is removed; a fingerprint always tells", async () => {
    await story.ok("zzc", [
      "authority",
      "issue",
      "port.request",
      "--clearance",
      "HARBOUR=RESTRICTED",
      "-o",
      "renewed.sealed",
    ]);
    await story.ok("port", ["trust", "add", "renewed.sealed", "-o", "renewed.card"]);
    await story.ok("duty", ["trust", "add", "renewed.card"]);
    const said = await story.refused("ERR_CARD_AMBIGUOUS", "duty", [...pack(...to("port")), "--force"]);
    expect(said).toContain("fingerprint");
    const { card } = (await story.json("duty", ["inspect", "port.card"])) as { card: { digest: string } };
    await story.ok("duty", [...pack("--to", card.digest.slice(0, 8)), "--force"]);
    await story.ok("duty", ["trust", "remove", card.digest]);
    await story.ok("duty", [...pack(...to("port")), "--force"]);
  });
});

describe.concurrent("who may not", () => {
  it("the authority is not pinned", async () => {
    await story.ok("duty", [...pack(...to("port")), "--force"]);
    const said = await story.refused("ERR_UNTRUSTED", "nobody", ["verify", "x.dipbag", "--json"]);
    expect(said).toContain("in x.dipbag: the card of duty@cert.example is signed by aab authority");
    await story.refused("ERR_UNTRUSTED", "stranger", ["unpack", "x.dipbag", "-o", "no"]);
  });

  it("exercise and operation never mix", async () => {
    const framed = `EXERCISE EXERCISE EXERCISE ${RESTRICTED} EXERCISE EXERCISE EXERCISE`;
    const mixed = (label: string, name: string) => ["pack", "report.txt", "--label", label, "--to", name, "-o", "no"];
    await story.refused("ERR_EXERCISE_MISMATCH", "duty", mixed(RESTRICTED, nameOf("real")));
    await story.refused("ERR_EXERCISE_MISMATCH", "real", mixed(RESTRICTED, nameOf("duty")));
    await story.refused("ERR_EXERCISE_MISMATCH", "real", mixed(framed, nameOf("real")));
    await story.ok("real", mixed(RESTRICTED, nameOf("real")).with(-1, "real.dipbag"));
    const document = await story.json("real", ["verify", "real.dipbag"]);
    expect(document).toMatchObject({ environment: "operation", banner: RESTRICTED });
  });

  it.each([
    ["ERR_CLEARANCE", CONFIDENTIAL.replace("QMB", "QMB, ZZC"), "port"],
    ["ERR_NEED_TO_KNOW", "HARBOUR RESTRICTED BUOY REL TO AAB, ZZC", "port"],
    ["ERR_RELEASABILITY", "HARBOUR RESTRICTED REL TO AAB, QMB", "port"],
    ["ERR_TAG_REQUIRED", "HARBOUR RESTRICTED", "duty"],
    ["ERR_MARKING", "HARBOUR TOP SECRET", "duty"],
  ] as const)("%s: %s for %s", async (code, label, name) => {
    await story.refused(code, "duty", ["pack", "report.txt", "--label", label, ...to(name), "-o", "no", "--json"]);
    expect(story.has("no")).toBe(false);
  });

  it.each([
    ["homoglyph", "HARBOUR RESTRICTЕD REL TO AAB"],
    ["case", "Harbour Restricted REL TO AAB"],
    ["space", "HARBOUR  RESTRICTED REL TO AAB"],
    ["full width", "HARBOUR ＲESTRICTED REL TO AAB"],
    ["zero width", "HARBOUR RESTRICTED\u200b REL TO AAB"],
  ])("[78] a label by %s", async (_, label) => {
    const said = await story.refused("ERR_MARKING", "duty", [
      "pack",
      "report.txt",
      "--label",
      label,
      ...to("duty"),
      "-o",
      "no",
    ]);
    expect(said).toMatch(/in exactly these characters|one of/);
  });

  it("hidden recipients where the label wants names", async () => {
    const label = "HARBOUR RESTRICTED REL TO AAB ORCON";
    await story.refused("ERR_MUST_BE_NAMED", "duty", [
      "pack",
      "report.txt",
      "--label",
      label,
      ...to("duty"),
      "--hide-recipients",
      "-o",
      "no",
    ]);
  });

  it("what one envelope cannot hold together", async () => {
    const two = (first: string, second: string) => [
      "pack",
      "--portion",
      `report.txt=${first}`,
      "--portion",
      `taken=${second}`,
      ...to("duty"),
      "-o",
      "no",
    ];
    await story.refused("ERR_POLICIES_DIFFER", "duty", two(RESTRICTED, "TLP:AMBER"));
    await story.refused("ERR_RECIPIENT_TWICE", "duty", pack(...to("duty", "duty"), "--force"));
  });
});
