/** Packing, verifying, unpacking and withholding as users do them (spec/cli.md). */

import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIDENTIAL, documents, nameOf, RESTRICTED, type Story, tell, to } from "./story.ts";

const BANNER = /^EXERCISE EXERCISE EXERCISE HARBOUR RESTRICTED REL TO AAB, QMB, ZZC EXERCISE\nEXERCISE EXERCISE\n/;

let story: Story;
/** What packing said. */
let sealed: string;
beforeAll(async () => {
  story = await tell("duty", "watch", "port", "ship", "chief");
  story.write("report.json", '{"port":"EXERCISE"}');
  story.write("notes.txt", "EXERCISE ".repeat(1000));
  story.write("source.txt", "who told us");
  const everyone = ["--label", RESTRICTED, ...to("duty", "watch", "port")];
  sealed = (await story.run("duty", ["pack", "report.json", ...everyone, "-o", "one.dipbag"])).stderr;
  await story.ok("duty", [
    ...["pack", "report.json", "notes.txt", ...everyone, "--portion", `source.txt=${CONFIDENTIAL}`],
    ...["--portion-to", `source.txt=${nameOf("duty")}`, "--portion-to", `source.txt=${nameOf("watch")}`],
    ...["-o", "three.dipbag"],
  ]);
});
afterAll(() => story.end());

const closedPortions = { closed: [2] };

describe.concurrent("pack, verify, unpack", () => {
  it("one portion: there and back, with one document each", async () => {
    const args = ["pack", "notes.txt", "--label", RESTRICTED, ...to("watch"), "-o", "notes.dipbag"];
    const packed = await story.json("duty", args);
    expect(packed).toMatchObject({
      output: "notes.dipbag",
      bytes: story.read("notes.dipbag").length,
      banner: `EXERCISE EXERCISE EXERCISE ${RESTRICTED} EXERCISE EXERCISE EXERCISE`,
      portions: [{ number: 1, files: ["notes.txt"], recipients: [nameOf("watch")] }],
    });
    expect(await story.json("watch", ["verify", "notes.dipbag"])).toMatchObject({
      input: "notes.dipbag",
      status: 0,
      digest: packed.digest,
      environment: "exercise",
      audience: ["AAB", "QMB", "ZZC"],
      signers: [{ role: "originator", card: { name: nameOf("duty"), authority: "aab authority" } }],
      complete: true,
      quantumSafe: true,
      signingTimeProven: true,
      portions: [{ recipients: [{ name: nameOf("watch"), suite: "HPKE-9-KE" }] }],
    });
    expect(await story.json("watch", ["unpack", "notes.dipbag"])).toMatchObject({
      output: "notes",
      digest: packed.digest,
      files: [{ portion: 1, name: "notes.txt", mediaType: "text/plain;charset=utf-8", bytes: 9000 }],
      closed: [],
    });
    expect(story.list("notes")).toEqual(["notes.txt"]);
    expect(story.read("notes", "notes.txt")).toEqual(story.read("notes.txt"));
  });

  it("several portions: each opens what is for it, each portion in a folder of its own", async () => {
    expect(await story.json("duty", ["unpack", "three.dipbag", "-o", "all"])).toMatchObject({ closed: [] });
    expect([story.list("all"), story.list("all/1"), story.list("all/2")]).toEqual([
      ["1", "2"],
      ["notes.txt", "report.json"],
      ["source.txt"],
    ]);
    const part = await story.json("port", ["unpack", "three.dipbag", "-o", "part"]);
    expect(part).toMatchObject({ ...closedPortions, banner: expect.stringContaining(RESTRICTED) });
    expect(story.list("part")).toEqual(["1"]);
    await story.refused("ERR_NOT_FOR_YOU", "port", ["unpack", "three.dipbag", "--portion", "2", "-o", "none"]);
    await story.refused("ERR_NO_SUCH_PORTION", "duty", ["unpack", "three.dipbag", "--portion", "3", "-o", "none"]);
    await story.ok("duty", ["unpack", "three.dipbag", "--portion", "2", "-o", "second"]);
    expect(story.list("second")).toEqual(["2"]);
    expect(story.has("none")).toBe(false);
  });

  it("the reports of a person: banner first and last, nothing wider than 80 columns", async () => {
    const { stdout, stderr } = await story.run("port", ["unpack", "one.dipbag", "-o", "shown"]);
    expect(stdout).toBe("");
    for (const report of [sealed, stderr]) {
      expect(report).toMatch(BANNER);
      expect(report.split("\n").slice(-3).join("\n")).toMatch(BANNER);
    }
    const reports = [["verify", "three.dipbag"], ["cards"], ["trust", "list"], ["inspect", "three.dipbag"]];
    const shown = await Promise.all(reports.map((args) => story.ok("duty", args)));
    for (const line of [sealed, stderr, ...shown].join("\n").split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("hidden recipients: verify cannot tell who, the recipient opens, another does not", async () => {
    const args = ["pack", "report.json", "--label", RESTRICTED, ...to("port"), "--hide-recipients"];
    await story.ok("duty", [...args, "-o", "hidden.dipbag"]);
    expect(await story.json("duty", ["verify", "hidden.dipbag"])).toMatchObject({
      portions: [{ recipients: [{ card: null, name: null }] }],
    });
    expect(await story.ok("duty", ["verify", "hidden.dipbag"])).toContain("for (hidden)");
    expect(await story.json("duty", ["inspect", "hidden.dipbag"])).toMatchObject({
      verified: false,
      kind: "envelope",
      envelope: { portions: [{ slots: [{ suite: "HPKE-9-KE", kid: null }] }] },
    });
    expect(story.read("hidden.dipbag").includes(nameOf("port"))).toBe(false);
    await story.ok("port", ["unpack", "hidden.dipbag", "-o", "hidden"]);
    await story.refused("ERR_NOT_FOR_YOU", "watch", ["unpack", "hidden.dipbag", "-o", "hidden-watch"]);
  });

  it("armour: LF out, LF or CRLF in, to a file and through stdout", async () => {
    const args = ["pack", "report.json", "--label", RESTRICTED, ...to("port"), "--armor"];
    await story.ok("duty", [...args, "-o", "text.asc"]);
    const text = await story.ok("duty", [...args, "-o", "-"]);
    for (const armoured of [text, story.text("text.asc")]) {
      expect(armoured).toMatch(
        /^-----BEGIN DIPBAG ENVELOPE-----\n(?:[\w+/]{64}\n)+[\w+/=]{1,64}\n-----END DIPBAG ENVELOPE-----\n$/,
      );
    }
    story.write("crlf.asc", text.replaceAll("\n", "\r\n"));
    for (const name of ["text.asc", "crlf.asc"]) await story.json("duty", ["verify", name]);
    await story.json("duty", ["verify", "-"], { input: text });
    await story.ok("port", ["unpack", "crlf.asc", "-o", "crlf"]);
    expect(story.text("crlf", "report.json")).toBe(story.text("report.json"));
    story.write("mixed.asc", text.replace("\n", "\r\n"));
    await story.refused("ERR_ARMOUR", "duty", ["verify", "mixed.asc", "--json"]);
  });

  it("a classical partner: where the floor allows it, and said", async () => {
    const args = (label: string, ...people: ("ship" | "duty")[]) => [
      "pack",
      "report.json",
      "--label",
      label,
      ...to(...people),
    ];
    await story.ok("duty", [...args(RESTRICTED, "ship"), "-o", "classical.dipbag"]);
    expect(await story.json("duty", ["verify", "classical.dipbag"])).toMatchObject({ quantumSafe: false });
    expect(await story.ok("duty", ["verify", "classical.dipbag"])).toContain("NOT QUANTUM-SAFE");
    await story.ok("ship", ["unpack", "classical.dipbag"]);
    expect(story.text("classical", "report.json")).toBe(story.text("report.json"));
    await story.refused("ERR_SUITES_MIXED", "duty", [...args(RESTRICTED, "ship", "duty"), "-o", "mixed.dipbag"]);
  });

  it("keys of level 5 for SECRET, and no others", async () => {
    const args = ["pack", "report.json", "--label", "HARBOUR SECRET REL TO AAB", "-o"];
    await story.ok("chief", [...args, "secret.dipbag", ...to("chief")]);
    expect(await story.json("duty", ["verify", "secret.dipbag"])).toMatchObject({
      portions: [{ recipients: [{ suite: "HPKE-10-KE" }] }],
    });
    await story.ok("chief", ["unpack", "secret.dipbag"]);
    await story.refused("ERR_SUITE_FLOOR", "chief", [...args, "weak.dipbag", ...to("duty")]);
  });

  it("[98] pipes: stdin to stdout at every step", async () => {
    const content = story.read("notes.txt");
    const packed = await story.ok("duty", ["pack", "-", "--label", RESTRICTED, ...to("port"), "-o", "-"], {
      input: content,
    });
    const envelope = Buffer.from(packed, "latin1");
    await story.ok("port", ["verify", "-"], { input: envelope });
    await story.ok("port", ["unpack", "-", "-o", "piped"], { input: envelope });
    expect(story.read("piped", "stdin")).toEqual(content);
    for (const how of [[], ["-o", "-"], ["--stream"]]) {
      const out = await story.ok("port", ["unpack", "-", "--item", "stdin", ...how], { input: envelope });
      expect(Buffer.from(out, "latin1").equals(content)).toBe(true);
    }
    expect(await story.ok("port", ["inspect", "-"], { input: envelope })).toMatch(/^UNVERIFIED envelope\n/);
  });

  it("one file: to a file, to stdout, of one portion; --stream says what it leaves out", async () => {
    const args = ["unpack", "three.dipbag", "--item"];
    expect(await story.ok("watch", [...args, "report.json", "-o", "-"])).toBe(story.text("report.json"));
    expect(await story.json("watch", [...args, "source.txt", "-o", "one.txt"])).toMatchObject({
      output: "one.txt",
      files: [{ portion: 2, name: "source.txt" }],
      closed: [1],
    });
    expect(story.text("one.txt")).toBe("who told us");
    await story.refused("ERR_OUTPUT_EXISTS", "watch", [...args, "report.json", "-o", "one.txt"]);
    await story.ok("watch", [...args, "report.json", "-o", "one.txt", "--force"]);
    expect(story.text("one.txt")).toBe(story.text("report.json"));
    await story.refused("ERR_NO_SUCH_FILE", "watch", [...args, "report.json", "--portion", "2", "-o", "no.txt"]);
    await story.refused("ERR_NO_SUCH_FILE", "port", [...args, "source.txt", "-o", "-"]);
    const { stdout, stderr } = await story.run("watch", [...args, "report.json", "--stream"]);
    expect(stdout).toBe(story.text("report.json"));
    expect(stderr).toContain("the rest of the envelope was not verified");
    expect(story.has("no.txt")).toBe(false);
  });

  it("padding hides the length, --no-pad shows it", async () => {
    const length = async (...flags: string[]) => {
      const args = [
        "pack",
        "notes.txt",
        "--label",
        RESTRICTED,
        ...to("port"),
        "--force",
        "-o",
        "padded.dipbag",
        ...flags,
      ];
      const { bytes } = await story.json("duty", args);
      const document = await story.json("duty", ["verify", "padded.dipbag"]);
      const [portion] = document.portions as { bytes: number }[];
      return [bytes, portion?.bytes];
    };
    const [padded, exact] = [await length(), await length("--no-pad")];
    expect(exact[1]).toBe(9046);
    expect(padded[1]).toBe(9216);
    expect(Number(padded[0]) - Number(exact[0])).toBe(9216 - 9046);
  });

  it("a label in French, as a portion mark, and of TLP", async () => {
    const frame = (text: string) => `EXERCISE EXERCISE EXERCISE ${text} EXERCISE EXERCISE EXERCISE`;
    const french = ["--label", "HARBOUR DIFFUSION RESTREINTE COMMUNICABLE À AAB, QMB, ZZC"];
    const mark = ["--portion", "report.json=(H-R REL AAB, ZZC)"];
    const pack = (...args: string[]) => story.json("duty", ["pack", "notes.txt", ...args, ...to("port")]);
    expect(await pack(...french, ...mark, "-o", "mixed.dipbag")).toMatchObject({
      banner: frame("HARBOUR RESTRICTED REL TO AAB, ZZC"),
      portions: [{ banner: RESTRICTED }, { banner: "HARBOUR RESTRICTED REL TO AAB, ZZC" }],
    });
    expect(await pack("--label", frame("TLP:AMBER"), "-o", "tlp.dipbag")).toMatchObject({ banner: frame("TLP:AMBER") });
  });
});

describe.concurrent("files of one name in two portions", () => {
  beforeAll(async () => {
    for (const name of ["one", "two"]) mkdirSync(story.path(name));
    for (const name of ["one", "two"]) story.write(`${name}/same.txt`, name);
    const parts = ["--portion", `one/same.txt=${CONFIDENTIAL}`, "--portion", `two/same.txt=${RESTRICTED}`];
    const readers = [
      "--portion-to",
      `one/same.txt=${nameOf("watch")}`,
      "--portion-to",
      `two/same.txt=${nameOf("watch")}`,
    ];
    await story.ok("duty", [
      "pack",
      ...parts,
      ...readers,
      "--portion-to",
      `two/same.txt=${nameOf("port")}`,
      "-o",
      "same.dipbag",
    ]);
  });
  const item = (...more: string[]) => ["unpack", "same.dipbag", "--item", "same.txt", "-o", "-", ...more];

  it("which is meant has to be said, by whoever can open both", async () => {
    expect(await story.refused("ERR_USAGE", "watch", item())).toContain("portions 1, 2 each have a file of that name");
    expect(await story.ok("watch", item("--portion", "1"))).toBe("one");
    expect(await story.ok("watch", item("--portion", "2"))).toBe("two");
    expect(await story.ok("port", item())).toBe("two");
  });
});

describe.concurrent("withheld copies", () => {
  beforeAll(() =>
    story.ok("duty", [
      "withhold",
      "three.dipbag",
      "--drop",
      "2",
      "--for",
      nameOf("port"),
      "--reason",
      "source",
      "-o",
      "copy.dipbag",
    ]),
  );

  it("the signature holds, the copy says what is missing, and by whom", async () => {
    expect(await story.json("watch", ["verify", "copy.dipbag"])).toMatchObject({
      complete: false,
      portions: [{ withheld: false }, { withheld: true }],
      withheld: [{ by: nameOf("duty"), portions: [2], reason: "source", time: "2026-11-22T15:00:00Z" }],
    });
    expect(await story.ok("watch", ["verify", "copy.dipbag"])).toMatch(/WITHHELD[\s\S]*portion 2 by duty@cert.example/);
    await story.refused("ERR_INCOMPLETE", "watch", ["verify", "copy.dipbag", "--require", "complete"]);
    await story.ok("watch", ["verify", "three.dipbag", "--require", "complete", "--require", "fresh"]);
  });

  it("for somebody to whom no portion that is left is meant, it is made, and that is said", async () => {
    const made = ["withhold", "three.dipbag", "--drop", "1", "--for", nameOf("port"), "--for", nameOf("watch")];
    expect(await story.json("duty", [...made, "-o", "closed.dipbag"])).toMatchObject({ cannotOpen: [nameOf("port")] });
    const { stderr } = await story.run("duty", [...made, "--force", "-o", "closed.dipbag"]);
    expect(stderr).toContain(`caution    it has no portion that is meant for ${nameOf("port")}\n`);
    await story.refused("ERR_NOT_FOR_YOU", "port", ["unpack", "closed.dipbag", "-o", "no"]);
  });

  it("it opens for whom it was made, and for nobody else", async () => {
    expect(await story.json("port", ["unpack", "copy.dipbag"])).toMatchObject(closedPortions);
    await story.refused("ERR_WITHHELD", "port", ["unpack", "copy.dipbag", "--portion", "2", "-o", "no"]);
    await story.refused("ERR_WITHHELD_NOT_FOR_YOU", "watch", ["unpack", "copy.dipbag", "-o", "no"]);
  });

  it("who may make one, of what", async () => {
    const withhold = (who: string, file: string, ...more: string[]) =>
      story.refused(more[0] as "ERR_USAGE", who, [
        "withhold",
        file,
        "--for",
        nameOf("watch"),
        "-o",
        "no",
        ...more.slice(1),
      ]);
    await withhold("chief", "three.dipbag", "ERR_WITHHOLDER", "--drop", "1");
    await withhold("duty", "three.dipbag", "ERR_NO_SUCH_PORTION", "--drop", "7");
    await withhold("port", "copy.dipbag", "ERR_WITHHELD", "--drop", "2");
    await withhold("watch", "copy.dipbag", "ERR_WITHHELD_NOT_FOR_YOU", "--drop", "1");
    expect(story.has("no")).toBe(false);
  });

  it("a copy of a copy, armoured, through pipes", async () => {
    const input = await story.ok(
      "port",
      ["withhold", "-", "--drop", "1", "--for", nameOf("watch"), "-o", "-", "--armor"],
      {
        input: story.read("copy.dipbag"),
      },
    );
    expect(await story.json("duty", ["verify", "-"], { input })).toMatchObject({
      withheld: [{ portions: [2] }, { portions: [1], by: nameOf("port"), reason: "unstated" }],
    });
  });

  it("numbers and names given twice count once", async () => {
    const twice = ["--drop", "2", "--drop", "2", "--for", nameOf("port"), "--for", nameOf("port")];
    expect(await story.json("duty", ["withhold", "three.dipbag", ...twice, "-o", "twice.dipbag"])).toMatchObject({
      dropped: [2],
      madeFor: [nameOf("port")],
    });
    await story.ok("port", ["verify", "twice.dipbag"]);
  });
});

describe.concurrent("verify of many", () => {
  beforeAll(() => {
    mkdirSync(story.path("inbox", "empty"), { recursive: true });
    const damaged = story.read("three.dipbag");
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 5) ^ 1, damaged.length - 5);
    story.write("inbox/a.dipbag", story.read("one.dipbag"));
    story.write("inbox/b.dipbag", damaged);
    story.write("inbox/c.dipbag", story.read("three.dipbag"));
    story.write("inbox/ignored.txt");
  });

  it("files and folders: a document each, and the worst status", async () => {
    const { status, stdout, stderr } = await story.run("duty", ["verify", "inbox", "nowhere", "one.dipbag", "--json"]);
    const results = documents(stdout).map(({ input, status, code }) => [input, status, code]);
    expect(results.sort()).toEqual([
      ["inbox/a.dipbag", 0, undefined],
      ["inbox/b.dipbag", 1, "ERR_DIGEST"],
      ["inbox/c.dipbag", 0, undefined],
      ["nowhere", 2, "ERR_NOT_FOUND"],
      ["one.dipbag", 0, undefined],
    ]);
    expect(stderr).toContain("dipbag: error: in inbox/b.dipbag: portion 2 was changed or damaged [ERR_DIGEST]");
    expect(status).toBe(1);
  });

  it.each([
    [["one.dipbag", "nowhere"], "nobody", 4],
    [["copy.dipbag", "nowhere", "--require", "complete"], "duty", 5],
    [["one.dipbag", "nowhere"], "duty", 2],
    [["one.dipbag", "three.dipbag"], "duty", 0],
    [["one.dipbag", "inbox"], "nobody", 4],
  ])("the worst wins: %j by %s: %i", async (args, home, expected) => {
    expect((await story.run(home, ["verify", ...args])).status).toBe(expected);
  });

  it("in text: the good ones on stdout, the errors on stderr, each with its file", async () => {
    const { stdout, stderr } = await story.run("duty", ["verify", "inbox", "--jobs", "1"]);
    expect(stdout.match(/^OK {2}.*/gm)).toEqual(["OK  inbox/a.dipbag", "OK  inbox/c.dipbag"]);
    expect(stderr.match(/error: in .*?:/g)).toEqual(["error: in inbox/b.dipbag:"]);
  });

  it("a folder without envelopes is no success", async () => {
    await story.refused("ERR_NOT_FOUND", "duty", ["verify", "inbox/empty", "--json"]);
  });
});
