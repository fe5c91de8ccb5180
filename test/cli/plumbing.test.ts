/** The command line's rules about arguments, streams, terminals and crashes, on real processes (spec/cli.md). */

import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, folder, HARNESS, hasPython, ONE_ERROR, onTerminal, run, start } from "./process.ts";

const hex = (text: string) => `${Buffer.from(text).toString("hex")}\n`;
const json = (text: string) => {
  expect(text).toMatch(/^[^\n]+\n$/);
  return JSON.parse(text);
};

describe("arguments", () => {
  it("--help is an overview on stdout, within 80 columns; so is 'help'", async () => {
    const { status, stdout, stderr } = await run(BIN, ["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: dipbag VERB/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await run(BIN, ["help"])).stdout).toBe(stdout);
  });

  it("help of one verb, either way", async () => {
    const { status, stdout } = await run(BIN, ["help", "doctor"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: dipbag doctor/);
    expect((await run(BIN, ["doctor", "--help"])).stdout).toBe(stdout);
  });

  it("--version", async () => {
    expect(await run(BIN, ["--version"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^dipbag \d+\.\d+\.\d+\n$/),
      stderr: "",
    });
  });

  it.each([
    [["doctr"], "unknown command 'doctr'", "did you mean doctor?"],
    [["help", "doctr"], "unknown command 'doctr'", "did you mean doctor?"],
    [["doctr", "--help"], "unknown command 'doctr'", "did you mean doctor?"],
    [["doctor", "--jso"], "unknown option '--jso'", "did you mean --json?"],
    [["--hom=x", "doctor"], "unknown option '--hom'", "did you mean --home?"],
    [["doctor", "more"], "too many arguments", "put what has blanks in it in quotes"],
    [["doctor", "--color", "pink"], "--color", "see 'dipbag help'"],
    [["doctor", "--at", "2026-02-30T00:00:00Z"], "--at", "see 'dipbag help'"],
    [["doctor", "--at", "yesterday"], "--at", "see 'dipbag help'"],
    [["doctor", "--home"], "--home", "see 'dipbag help'"],
    [["doctor", "--passphrase-fd", "1", "--passphrase-env", "X"], "--passphrase-fd", "see 'dipbag help'"],
    [["\u001b[31m\u202e\nx"], "unknown command '\\u{1b}[31m\\u{202e}\\u{a}x'", "see 'dipbag help'"],
  ])("%j is refused with a sentence and a hint", async (args, message, hint) => {
    const { status, stdout, stderr } = await run(BIN, args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(ONE_ERROR("ERR_USAGE"));
    expect(stderr).toContain(message);
    expect(stderr).toContain(`dipbag: hint: ${hint}\n`);
  });

  it("a very long argument is cut", async () => {
    const { status, stderr } = await run(BIN, ["x".repeat(10_000)]);
    expect(stderr).toMatch(ONE_ERROR("ERR_USAGE"));
    expect(status).toBe(2);
  });

  it("an old Node gets a sentence", async () => {
    const old = "data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '18.20.0' } })";
    const { status, stderr } = await run(BIN, ["doctor"], { node: ["--import", old] });
    expect(stderr).toBe("dipbag: error: this is node 18.20.0, and 20.19 is needed [ERR_USAGE]\n");
    expect(status).toBe(2);
  });

  it("no verb shows the overview on stderr, and is an error", async () => {
    const { status, stdout, stderr } = await run(BIN, []);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: dipbag VERB[\s\S]*\ndipbag: error: [^\n]* \[ERR_USAGE\]\ndipbag: hint: [^\n]*\n$/);
  });

  it("global flags stand before or after the verb", async () => {
    const flags = ["--json", "--at", "2026-11-22T15:00:00+01:00", "--home", "/h"];
    const expected = { schema: "test/facts/1", home: "/h", at: Date.UTC(2026, 10, 22, 14) / 1000 };
    expect(json((await run(HARNESS, [...flags, "facts"])).stdout)).toMatchObject(expected);
    expect(json((await run(HARNESS, ["facts", ...flags])).stdout)).toMatchObject(expected);
  });

  it("the home comes from DIPBAG_HOME, XDG_DATA_HOME, HOME, and else from the user database", async () => {
    const home = async (env: NodeJS.ProcessEnv) => json((await run(HARNESS, ["facts"], { env })).stdout).home;
    expect(await home({ DIPBAG_HOME: "/a", XDG_DATA_HOME: "/b", HOME: "/c" })).toBe("/a");
    expect(await home({ XDG_DATA_HOME: "/b", HOME: "/c" })).toBe("/b/dipbag");
    expect(await home({ XDG_DATA_HOME: "relative", HOME: "/c" })).toBe("/c/.local/share/dipbag");
    expect(await home({})).toMatch(/^\/.*\/\.local\/share\/dipbag$/);
  });

  it("[99] works without environment, and with few descriptors", async () => {
    expect(await run(BIN, ["doctor"], { env: {} })).toMatchObject({ status: 0, stderr: "" });
    expect(await run(BIN, ["doctor"], { env: { LANG: "C" }, shell: "ulimit -n 40" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  it("[108] [109] runs hardened: no code from strings, no __proto__", async () => {
    const node = ["--disallow-code-generation-from-strings", "--disable-proto=throw"];
    expect(await run(BIN, ["doctor"], { node })).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("streams", () => {
  const input = () => {
    const path = join(folder(), "in");
    writeFileSync(path, Buffer.alloc(2_000_000, "x"));
    return path;
  };

  it("[97] stdout closed early: 2, one line", async () => {
    const { child, result } = start(HARNESS, ["show", input()]);
    child.stdout?.destroy();
    const { status, stderr } = await result;
    expect(stderr).toMatch(ONE_ERROR("ERR_STDOUT_CLOSED"));
    expect(status).toBe(2);
  });

  it("[97] /dev/full: 2, one line, also for --json and --help", async () => {
    for (const args of [["show", input()], ["facts", "--json"], ["--help"]]) {
      const { status, stderr } = await run(HARNESS, args, { shell: "exec >/dev/full" });
      expect(stderr).toMatch(ONE_ERROR("ERR_DISK_FULL"));
      expect(status).toBe(2);
    }
  });

  it("[97] stderr closed, or full: the status is as ever", async () => {
    for (const shell of ["exec 2>&-", "exec 2>/dev/full"]) {
      expect(await run(HARNESS, ["show", "/nowhere"], { shell })).toMatchObject({ status: 2, stdout: "" });
      expect(await run(HARNESS, ["facts"], { shell })).toMatchObject({ status: 0 });
    }
  });

  it("--json is one document on failure too", async () => {
    const { status, stdout, stderr } = await run(HARNESS, ["show", "/nowhere", "--json"]);
    expect(json(stdout)).toEqual({
      schema: "dipbag/error/1",
      code: "ERR_NOT_FOUND",
      status: 2,
      family: "usage",
      message: "there is no file /nowhere",
      hint: expect.any(String),
    });
    expect(stderr).toMatch(ONE_ERROR("ERR_NOT_FOUND"));
    expect(status).toBe(2);
    expect(json((await run(HARNESS, ["nosuch", "--json"])).stdout)).toMatchObject({ code: "ERR_USAGE" });
  });

  it("a batch goes on, prints one document each, and the worst status wins", async () => {
    const dir = folder();
    writeFileSync(join(dir, "a"), "");
    const { status, stdout, stderr } = await run(HARNESS, [
      "batch",
      join(dir, "a"),
      join(dir, "none"),
      join(dir, "a"),
      "--json",
    ]);
    const documents = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(documents.map(({ schema, input }) => [schema, input])).toEqual([
      ["test/batch/1", join(dir, "a")],
      ["dipbag/error/1", join(dir, "none")],
      ["test/batch/1", join(dir, "a")],
    ]);
    expect(stderr).toMatch(ONE_ERROR("ERR_NOT_FOUND"));
    expect(status).toBe(2);
  });

  it("[77] [81] hostile text is escaped, in lines and in JSON", async () => {
    const { stdout, stderr } = await run(HARNESS, ["show", "/no\u001b[2J\r\n\u0085\u202e\u200b\u2028where", "--json"]);
    expect(stderr).toContain("there is no file /no\\u{1b}[2J\\u{d}\\u{a}\\u{85}\\u{202e}\\u{200b}\\u{2028}where [");
    expect(stderr).toMatch(ONE_ERROR("ERR_NOT_FOUND"));
    expect(stdout).toMatch(/^[\x20-\x7e]+\n$/);
    const facts = await run(HARNESS, ["facts"]);
    expect(facts.stdout).toContain('"hostile":"\\u202e\\n"');
    expect(json(facts.stdout).hostile).toBe("\u202e\n");
  });

  it("no colour where it is not wanted", async () => {
    for (const [args, env, colored] of [
      [[], {}, false],
      [["--color", "always"], { NO_COLOR: "1" }, true],
    ] as const) {
      const { stderr } = await run(HARNESS, ["show", "/nowhere", ...args], { env: { ...process.env, ...env } });
      expect(stderr.includes("\u001b[31m")).toBe(colored);
    }
  });
});

describe("passphrases", () => {
  const file = (content: string | Uint8Array, mode = 0o600) => {
    const path = join(folder(), "passphrase");
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };

  it("from a file: its first line", async () => {
    for (const content of ["hünter 2", "hünter 2\n", "hünter 2\r\nmore", "hünter 2\n\n"]) {
      expect((await run(HARNESS, ["ask", "--passphrase-file", file(content)])).stdout).toBe(hex("hünter 2"));
    }
  });

  it.each([
    ["readable by others", "x", 0o644, "ERR_SECRET_EXPOSED"],
    ["empty", "", 0o600, "ERR_PASSPHRASE_EMPTY"],
    ["with an empty first line", "\nx", 0o600, "ERR_PASSPHRASE_EMPTY"],
    ["without an end", "x".repeat(5000), 0o600, "ERR_USAGE"],
  ])("[104] a file %s is refused", async (_, content, mode, code) => {
    const { status, stdout, stderr } = await run(HARNESS, ["ask", "--passphrase-file", file(content, mode)]);
    expect(stderr).toMatch(ONE_ERROR(code));
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it("from a descriptor: pipe that stays open, file, and none", async () => {
    const ask = ["ask", "--passphrase-fd", "3"];
    expect((await run(HARNESS, ask, { shell: "exec 3<&0", input: "from a pipe\nrest" })).stdout).toBe(
      hex("from a pipe"),
    );
    expect((await run(HARNESS, ask, { shell: `exec 3<'${file("from a file\n")}'` })).stdout).toBe(hex("from a file"));
    const { child, result } = start(HARNESS, ask, { shell: "exec 3<&0" });
    child.stdin?.write("still open\n");
    expect((await result).stdout).toBe(hex("still open"));
    const none = await run(HARNESS, ["ask", "--passphrase-fd", "999"]);
    expect(none.stderr).toMatch(ONE_ERROR("ERR_READ"));
    expect(none.status).toBe(2);
  });

  it("from the environment", async () => {
    const env = { ...process.env, PASS: "from env" };
    expect((await run(HARNESS, ["ask", "--passphrase-env", "PASS"], { env })).stdout).toBe(hex("from env"));
    expect((await run(HARNESS, ["ask", "--passphrase-env", "NONE"], { env })).stderr).toMatch(ONE_ERROR("ERR_USAGE"));
  });

  it("without a terminal: 2 at once, and stdin is not read instead", async () => {
    // setsid: no terminal, even where the tests have one.
    const { status, stderr } = await run(HARNESS, ["ask"], { input: "hunter2\n", shell: 'exec setsid -w "$0" "$@"' });
    expect(stderr).toMatch(ONE_ERROR("ERR_NO_TERMINAL"));
    expect(status).toBe(2);
  });
});

describe.skipIf(!hasPython)("on a terminal (needs python3 with openpty)", () => {
  const PROMPT = "passphrase of Amina\\u{202e}: ";

  it("a passphrase is asked for without echo", () => {
    const { status, shown, echo, echoAfter } = onTerminal([[PROMPT, "hunter2\r"]], ["ask"]);
    expect({ status, echo, echoAfter }).toEqual({ status: 0, echo: [false], echoAfter: true });
    expect(shown).toBe(`dipbag: ${PROMPT}\r\n${hex("hunter2").replace("\n", "\r\n")}`);
  });

  it("editing keys work, by whole characters", () => {
    const { shown } = onTerminal([[PROMPT, "wrong\u0015hü\u007f\u007fokü\u007f\r"]], ["ask"]);
    expect(shown).toContain(hex("ok").trim());
  });

  it("keys that move do nothing", () => {
    const { shown } = onTerminal([[PROMPT, "o\u001b[Dk\u001bOP\u001b[1;5C\u001b[3~\u001bx\u0017\r"]], ["ask"]);
    expect(shown).toContain(hex("ok").trim());
  });

  it("[85] once it has been typed, the terminal is as it was: Ctrl-C ends what takes long", () => {
    const asked = onTerminal(
      [
        [PROMPT, "hunter2\r"],
        [hex("hunter2").trim(), "\u0003"],
      ],
      ["ask", "--hang"],
    );
    expect(asked).toMatchObject({ status: 130, echo: [false, true], echoAfter: true });
  });

  it("a new one is asked for twice", () => {
    const steps = (again: string): [string, string][] => [
      [`new ${PROMPT}`, "one\r"],
      ["once more: ", `${again}\r`],
    ];
    expect(onTerminal(steps("one"), ["ask", "--new"])).toMatchObject({ status: 0, echoAfter: true });
    const { status, shown } = onTerminal(steps("two"), ["ask", "--new"]);
    expect(status).toBe(2);
    expect(shown).toContain("[ERR_PASSPHRASE_TWICE]");
    expect(onTerminal([[PROMPT, "\r"]], ["ask"]).shown).toContain("[ERR_PASSPHRASE_EMPTY]");
    expect(onTerminal([[PROMPT, "\u0004"]], ["ask"]).shown).toContain("[ERR_PASSPHRASE_EMPTY]");
  });

  it.each([
    ["Ctrl-C", "\u0003", 130],
    ["SIGTERM", "kill:15", 143],
    ["SIGHUP", "kill:1", 129],
  ])("[85] %s at the prompt: the echo comes back", (_, send, expected) => {
    const { status, echo, echoAfter } = onTerminal([[PROMPT, send]], ["ask"]);
    expect({ status, echo, echoAfter }).toEqual({ status: expected, echo: [false], echoAfter: true });
  });

  it("[85] the terminal goes away at the prompt", () => {
    // Ended by SIGHUP itself, which a shell shows as 129: Node's own exit would crash (139).
    expect(onTerminal([[PROMPT, "hangup"]], ["ask"])).toMatchObject({ status: -1, echo: [false] });
  });

  it("[82] binary is refused on a terminal, unless '-o -' insists", () => {
    const path = join(folder(), "in");
    writeFileSync(path, "content");
    const refused = onTerminal([], ["show", path]);
    expect(refused.status).toBe(2);
    expect(refused.shown).toContain("[ERR_TERMINAL_OUTPUT]");
    expect(refused.shown).not.toContain("content");
    expect(onTerminal([], ["show", path, "-o", "-"])).toMatchObject({
      status: 0,
      shown: expect.stringContaining("content"),
    });
  });

  it("colour by default, and none with NO_COLOR or TERM=dumb", () => {
    const show = (env: NodeJS.ProcessEnv) => onTerminal([], ["show", "/nowhere"], env).shown.includes("\u001b[31m");
    expect([show({ NO_COLOR: "" }), show({ NO_COLOR: "1" }), show({ TERM: "dumb" })]).toEqual([true, false, false]);
  });

  it("progress after a second, within 80 columns, erased at the end, without escape sequences", () => {
    const { shown } = onTerminal([], ["bar"]);
    expect(shown).toMatch(/\rsealing report\.pdf: 1 MB of 2 MB, \d\d %/);
    expect(shown).not.toContain("\u001b");
    const frames = shown.split("\r");
    for (const frame of frames) expect(frame.length).toBeLessThan(80);
    expect(frames.at(-3)?.trim()).toBe("");
    expect(shown).toMatch(/\rfinished\r\n$/);
    expect(onTerminal([], ["bar"], { TERM: "dumb" }).shown).toBe("finished\r\n");
  });
});

describe("crashes", () => {
  it.each(["throw", "nothing", "reject", "later", "deep", "stall"])(
    "[110] %s: one line, 70, nothing left, nothing told of the content",
    async (how) => {
      const dir = folder();
      const { status, stdout, stderr } = await run(HARNESS, ["crash", how, "-o", join(dir, "out")]);
      expect(stderr).toMatch(ONE_ERROR("ERR_INTERNAL"));
      expect(stderr).not.toContain("SECRET");
      expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
      expect(readdirSync(dir)).toEqual([]);
    },
  );

  it("progress is quiet where stderr is no terminal", async () => {
    expect(await run(HARNESS, ["bar"])).toMatchObject({ status: 0, stdout: "", stderr: "finished\n" });
  });
});
