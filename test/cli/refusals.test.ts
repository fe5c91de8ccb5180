/** What the command line refuses before it does anything, and what it never shows (spec/cli.md). */

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERRORS } from "../../src/errors.ts";
import { BIN, folder, hasPython, ONE_ERROR, onTerminal, run } from "./process.ts";
import { PASSPHRASE, RESTRICTED, type Story, tell, to } from "./story.ts";

let story: Story;
beforeAll(async () => {
  story = await tell("duty", "port");
  story.write("report.txt");
  story.folder("folder");
});
afterAll(() => story.end());

const FLAG = /--[a-z][a-z-]+/g;
const LABEL = ["--label", RESTRICTED];
const NAMES = ["a\u001b[31mb", "a\nb", "a\u202eb", "a:b", "-rf", "COM1.txt", "dot."];

const refusedFor = async (args: string[], told: string) => {
  const { status, stdout, stderr } = await run(BIN, args, { cwd: story.dir, env: { HOME: story.dir } });
  expect(stderr).toContain("[ERR_USAGE]\n");
  expect(stderr).toContain(told);
  if (args.length > 1) expect(stderr).toMatch(ONE_ERROR("ERR_USAGE"));
  if (!args.includes("--json")) expect(stdout).toBe("");
  expect(status).toBe(2);
  expect(story.has("no")).toBe(false);
};

describe.concurrent("usage", () => {
  it.each([
    [["pack", "report.txt", ...LABEL, "--to", "x"], "'-o, --out <file>' not specified"],
    [["pack", ...LABEL, "--to", "x", "-o", "no"], "name at least one file"],
    [["pack", "report.txt", "--to", "x", "-o", "no"], "report.txt has no label"],
    [["pack", "report.txt", ...LABEL, "-o", "no"], "report.txt has no recipient"],
    [
      ["pack", "report.txt", ...LABEL, "--to", "x", "--portion-to", "other=x", "-o", "no"],
      "names other, which is not being packed",
    ],
    [["pack", "--portion", "a=b", "--portion", "a=c", "--to", "x", "-o", "no"], "two labels"],
    [["pack", "report.txt", "--portion", "nothing", "-o", "no"], "'THIS=THAT'"],
    [["pack", "-", "-", ...LABEL, "--to", "x", "-o", "no"], "stdin can be read once only"],
    [["pack", "report.txt", ...LABEL, "--to", "x", "-o", "-", "--json"], "both the data and --json"],
    [["verify"], "missing required argument 'files'"],
    [["verify", "-", "-"], "stdin can be read once only"],
    [["label", "lint", "-", "-", ...LABEL], "stdin can be read once only"],
    [["verify", "x", "--require", "perfect"], "complete, fresh"],
    [["verify", "x", "--jobs", "0"], "from 1 to 64"],
    [["verify", "x", "--jobs", "999999999"], "from 1 to 64"],
    [["unpack"], "missing required argument 'file'"],
    [["unpack", "x", "-o", "-"], "add --item NAME"],
    [["unpack", "x", "--stream"], "add --item NAME"],
    [["unpack", "x", "--force"], "add --item NAME"],
    [["unpack", "-"], "name a new folder with -o"],
    [["unpack", "folder/.vscode.dipbag"], "name a new folder with -o"],
    [["unpack", "a.dipbag", "-o", ""], "-o is empty"],
    [["unpack", "a.dipbag", "--item", "a", "-o", ""], "-o is empty"],
    [["unpack", "x", "--portion", "two"], "a whole number"],
    [["unpack", "x", "--item", "y", "--json"], "both the data and --json"],
    [["withhold", "x", "--for", "y", "-o", "no"], "'--drop <number>' not specified"],
    [["withhold", "x", "--drop", "257", "--for", "y", "-o", "no"], "from 1 to 256"],
    [["withhold", "x", "--drop", "1", "--for", "y", "--reason", "whim", "-o", "no"], "Allowed choices are unstated"],
    [["init", "--name", "x", "--org", "X", "--nation", "aab", "-o", "no"], "three capital letters"],
    [["init", "--name", "x\u202e", "--org", "X", "--nation", "AAB", "-o", "no"], "cannot be seen"],
    [["init", "--name", "x", "--org", "X", "--nation", "AAB", "--keys", "rot13", "-o", "no"], "Allowed choices"],
    [["init", "--name", "x", "--org", "X", "--nation", "AAB", "-o", "-"], "name one with -o"],
    [["trust", "ad"], "unknown command 'ad'"],
    [["authority"], "a verb is missing"],
    [["demo", "--json"], "has no --json"],
    [["cards", "--home", ""], "--home is empty"],
    [["cards", "--at", "1969-12-31T23:59:59Z"], "not before 1970"],
  ])("%j", refusedFor);

  it.each([
    [["pack", "report.txt", "./report.txt", ...LABEL, "--to", "x", "-o", "no"], "a file is named twice"],
    [["pack", "--portion", "a=b", "--portion", "./a=c", "--to", "x", "-o", "no"], "two labels"],
    [["pack", "report.txt", ...LABEL, ...LABEL, "--to", "x", "-o", "no"], "--label is given twice"],
    [
      ["pack", "report.txt", ...LABEL, "--to", "x", "--tlp", "RED", "--tlp", "CLEAR", "-o", "no"],
      "--tlp is given twice",
    ],
    [
      ["pack", "report.txt", ...LABEL, "--to", "x", "--lint-reason", "--hide-recipients", "-o", "no"],
      "--lint-reason has no value: --hide-recipients is a flag",
    ],
    [["unpack", "x", "--portion", "1", "--portion", "2"], "--portion is given twice"],
    [["verify", "x", "--home", "a", "--home", "b"], "--home is given twice"],
  ])("[123] [124] what was typed may mean two things: %j", refusedFor);

  it("help of every verb: 80 columns, on stdout", async () => {
    const overview = (await run(BIN, ["help"])).stdout;
    const verbs = [...overview.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => [name as string]);
    expect(verbs.length).toBe(14);
    const told = new Set(overview.match(FLAG));
    const parts = ["trust add", "authority init", "authority issue", "policy make", "policy sign"];
    const labels = ["parse", "render", "convert", "compare", "join", "lint"].map((name) => `label ${name}`);
    for (const topic of [...verbs, ...[...parts, ...labels].map((name) => name.split(" "))]) {
      const { status, stdout, stderr } = await run(BIN, ["help", ...topic]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout.startsWith(`Usage: dipbag ${topic.join(" ")} `)).toBe(true);
      expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
      for (const flag of stdout.match(FLAG) ?? []) told.add(flag);
    }
    // Exactly those of spec/cli.md, which writes -o for --out.
    const spec = readFileSync(new URL("../../spec/cli.md", import.meta.url), "utf8");
    const aliases = ["--out"];
    expect([...told].filter((flag) => !aliases.includes(flag)).sort()).toEqual([...new Set(spec.match(FLAG))].sort());
  });
});

describe("names and fields", () => {
  it("[83] a name that unpacking would refuse is refused when it is packed", async () => {
    for (const name of NAMES) {
      story.write(`folder/${name}`);
      const said = await story.refused("ERR_FILE_NAME", "duty", [
        "pack",
        `folder/${name}`,
        ...LABEL,
        ...to("port"),
        "-o",
        "no",
      ]);
      expect(said).not.toMatch(/[^\x20-\x7e\n]/);
    }
    story.write("folder/Report.txt");
    await story.refused("ERR_FILE_NAME_TWICE", "duty", [
      "pack",
      "report.txt",
      "folder/Report.txt",
      ...LABEL,
      ...to("port"),
      "-o",
      "no",
    ]);
    expect(story.has("no")).toBe(false);
  });

  it("[83] unusual names there and back: blanks, dots, other scripts, 255 bytes, composed and not", async () => {
    const names = [
      "a b.txt",
      ".hidden",
      "報告.pdf",
      "Ünïcode.md",
      "x".repeat(255),
      "cafe\u0301",
      "__proto__",
      "%2e%2e",
    ];
    for (const name of names) story.write(name);
    // What is called .pdf here is none.
    const reason = ["--lint-reason", "only the names matter"];
    await story.ok("duty", ["pack", ...names, ...LABEL, ...to("port"), ...reason, "-o", "names.dipbag"]);
    await story.ok("port", ["unpack", "names.dipbag"]);
    expect(story.list("names")).toEqual(names.map((name) => name.normalize("NFC")).sort());
  });

  it("[77] [81] escapes in a card's name, in paths and arguments never reach the terminal or break a line", async () => {
    const evil = "evil\u001b]0;x\u0007\u202e\nOK  forged";
    for (const args of [
      ["verify", evil],
      ["inspect", evil],
      ["unpack", evil, "-o", "no"],
      ["cards", evil],
      ["pack", evil, ...LABEL, ...to("port"), "-o", "no"],
      ["pack", "report.txt", "--label", evil, ...to("port"), "-o", "no"],
      ["pack", "report.txt", ...LABEL, "--to", evil, "-o", "no"],
      ["pack", "report.txt", ...LABEL, ...to("port"), "-o", `${evil}/x`],
      ["withhold", "names.dipbag", "--drop", "1", "--for", evil, "-o", "no"],
      ["trust", "remove", evil],
      [evil],
    ]) {
      const { status, stdout, stderr } = await run(BIN, [...args, "--json", "--home", "duty"], { cwd: story.dir });
      expect([2, 5]).toContain(status);
      expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
      const shown = `${Buffer.from(stdout, "latin1").toString()}${stderr}`;
      expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^OK/m);
    }
  });

  it("[76] -o wins over every name inside, and names are segments only", async () => {
    await story.ok("port", ["unpack", "names.dipbag", "--item", ".hidden", "-o", "folder/chosen"]);
    expect(story.text("folder", "chosen")).toBe(".hidden");
    await story.refused("ERR_NO_SUCH_FILE", "port", ["unpack", "names.dipbag", "--item", "../report.txt", "-o", "no"]);
  });
});

describe("terminal", () => {
  it.skipIf(!hasPython)("[82] a file's content is not written to a terminal, unless '-o -' insists", async () => {
    const home = ["--home", "duty", "--passphrase-file", "passphrase", "--at", "2026-11-22T15:00:00Z"];
    await story.ok("duty", ["pack", "report.txt", ...LABEL, ...to("duty"), "-o", "terminal.dipbag"]);
    const show = (...more: string[]) =>
      onTerminal([], ["unpack", "terminal.dipbag", "--item", "report.txt", ...more, ...home], {}, BIN, story.dir);
    expect(show()).toMatchObject({ status: 2, shown: expect.stringContaining("[ERR_TERMINAL_OUTPUT]") });
    expect(show("-o", "-")).toMatchObject({ status: 0, shown: expect.stringMatching(/report\.txt/) });
  });
});

describe("doctor", () => {
  it("tells what it runs on", async () => {
    expect(await story.json("duty", ["doctor"])).toMatchObject({ node: process.versions.node });
  });

  it("an algorithm that does not work: 70, and one document", async () => {
    const lie = `import crypto from "node:crypto"; import { syncBuiltinESMExports as sync } from "node:module"; crypto.verify = () => true; sync();`;
    const node = ["--import", `data:text/javascript,${encodeURIComponent(lie)}`];
    const { status, stdout, stderr } = await run(BIN, ["doctor", "--json"], { node });
    expect(stderr).toMatch(ONE_ERROR("ERR_SELF_TEST"));
    expect(JSON.parse(stdout)).toMatchObject({ schema: "dipbag/error/1", code: "ERR_SELF_TEST" });
    expect(status).toBe(70);
  });
});

describe("time", () => {
  it("nothing depends on the clock: all of it in 2031, and again with a clock that is wrong", async () => {
    const at = "2031-03-01T12:00:00Z";
    const other = await tellIn2031();
    const clock = `Date.now = () => 0;`;
    const node = ["--import", `data:text/javascript,${encodeURIComponent(clock)}`];
    const args = ["verify", "then.dipbag", "--json", "--home", "duty", "--at", at];
    const [now, then] = await Promise.all([run(BIN, args, { cwd: other }), run(BIN, args, { cwd: other, node })]);
    expect(now).toMatchObject({ status: 0, stdout: expect.stringContaining(`"created":"${at}"`) });
    expect(then?.stdout).toBe(now?.stdout);

    /** A home in which everything happened in 2031. */
    async function tellIn2031(): Promise<string> {
      const dir = folder();
      const common = ["--passphrase-env", "WORD", "--at", at];
      const env = { ...process.env, WORD: PASSPHRASE };
      const does = async (...args: string[]) => {
        const { status, stdout, stderr } = await run(BIN, [...args, ...common], { cwd: dir, env });
        expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
        return stdout.trim();
      };
      const who = ["--org", "AAB-CERT", "--nation", "AAB", "--exercise"];
      const rights = ["--clearance", "HARBOUR=RESTRICTED"];
      const digits = await does("authority", "init", "--name", "A", ...who, ...rights, "-o", "a.card", "--home", "aab");
      await does("init", "--name", "d", ...who, "-o", "d.request", "--home", "duty");
      await does("authority", "issue", "d.request", ...rights, "-o", "d.sealed", "--home", "aab");
      await does("trust", "add", "a.card", "--fingerprint", digits, "--home", "duty");
      await does("trust", "add", "d.sealed", "--home", "duty");
      await does(
        "pack",
        "a.card",
        "--label",
        "HARBOUR RESTRICTED REL TO AAB",
        "--to",
        "d",
        "-o",
        "then.dipbag",
        "--home",
        "duty",
      );
      return dir;
    }
  });
});

describe("coverage", () => {
  it("each code that only the command line gives is provoked by a test here, in test/node or test/label", () => {
    const tests = ["./", "../node/", "../label/"].flatMap((place) => {
      const url = new URL(place, import.meta.url);
      return readdirSync(url)
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => readFileSync(new URL(name, url), "utf8"));
    });
    const codes = Object.entries(ERRORS)
      .filter(([, { step }]) => step === "CLI")
      .map(([code]) => code);
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !tests.some((text) => text.includes(code)))).toEqual([]);
  });
});
