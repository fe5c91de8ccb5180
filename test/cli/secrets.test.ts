/** Nothing secret in whatever dipbag lets others see: canaries are sown, every verb is run well and badly, and all is searched. */

import { chmodSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine } from "#engine/secret";
import { unwrapKey } from "../../src/cose/unwrap.ts";
import { SUITES } from "../../src/crypto/suites.ts";
import { binding } from "../../src/envelope/format.ts";
import { apart, slotsOf } from "../breakable.ts";
import { type Canary, leaks } from "../canaries.ts";
import { BIN, ONE_ERROR, run } from "./process.ts";
import { nameOf, PASSPHRASE, RESTRICTED, type Story, tell, to } from "./story.ts";
import { canWatch, filesIn, processes, type Seen, secretsOf, watched } from "./watched.ts";

const WRONG = "EXERCISE-incorrect-horse-pasture";
const CONTENT = "EXERCISE the grey seal of the outer harbour sings at low tide";
const NAME = "the-song-of-the-grey-seal.txt";
const LABEL = ["--label", RESTRICTED];

let story: Story;
let canaries: Canary[];
/** What may only be seen by who packs or opens it. */
const fileName: Canary = { name: "file name", secret: Buffer.from(NAME) };

beforeAll(async () => {
  story = await tell("duty", "watch", "port");
  story.write(NAME, `${CONTENT}\n`);
  story.write("wrong", `${WRONG}\n`);
  chmodSync(story.path("wrong"), 0o600);
  mkdirSync(story.path("tmp"), { mode: 0o700 });
  await story.ok("duty", ["pack", NAME, ...LABEL, ...to("duty", "watch"), "-o", "sent.dipbag"]);
  const people = ["duty/user", "watch/user", "port/user", "aab/authority", "qmb/authority"];
  canaries = people.flatMap((home) => secretsOf(story.read(home, "identity"), PASSPHRASE, home));
  const [own] = canaries.filter(({ name }) => name === "duty/user seed 3");
  canaries.push({ name: "content key", secret: await contentKey(own?.secret as Uint8Array) });
  for (const [name, text] of Object.entries({ passphrase: PASSPHRASE, "wrong passphrase": WRONG, content: CONTENT }))
    canaries.push({ name, secret: Buffer.from(text) });
});
afterAll(() => story.end());

/** The CEK of the one portion, by its first slot. */
async function contentKey(seed: Uint8Array): Promise<Uint8Array> {
  const { core, portions } = apart(story.read("sent.dipbag"));
  const portion = portions[0] as (typeof portions)[0];
  const slot = slotsOf(portion).recipients[0] as ReturnType<typeof slotsOf>["recipients"][0];
  const key = engine.decapsulationKey(SUITES[slot[0].value.alg].kem, seed);
  return (await unwrapKey(slot, key, binding(core, 1, portion.get(1) as Uint8Array))) as Uint8Array;
}

const flags = (file: string) => ["--passphrase-file", file];
const inTmp = () => ({ ...process.env, TMPDIR: story.path("tmp") });

describe("the search", () => {
  it("finds a canary, and any 16 bytes of it, in every form", () => {
    const secret = Buffer.from(Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 256));
    const piece = secret.subarray(7, 23);
    const text = piece.toString("latin1");
    for (const [form, seen] of Object.entries({
      raw: piece,
      utf8: Buffer.from(text),
      "hex small": Buffer.from(piece.toString("hex")),
      "hex large": Buffer.from(piece.toString("hex").toUpperCase()),
      "base64 of more": Buffer.from(Buffer.concat([Buffer.from("x"), piece, Buffer.from("y")]).toString("base64")),
      "base64url of more": Buffer.from(Buffer.concat([Buffer.from("xy"), piece]).toString("base64url")),
      "UTF-16": Buffer.from(text, "utf16le"),
      "UTF-16 the other way": Buffer.from(text, "utf16le").swap16(),
      JSON: Buffer.from(JSON.stringify([...piece])),
      inspected: Buffer.from(inspect(piece)),
      "inspected as an array": Buffer.from(inspect(new Uint8Array(piece), { breakLength: Number.POSITIVE_INFINITY })),
    }))
      expect(leaks(Buffer.concat([Buffer.alloc(99), seen]), [{ name: "it", secret }]), form).not.toEqual([]);
    expect(leaks(secret.subarray(0, 11), [{ name: "it", secret }])).toEqual([]);
  });
  it("has sown seeds, keys and texts, and finds them where they have to be", () => {
    expect(canaries.length).toBe(3 * 4 + 2 * 3 + 4);
    expect(leaks(story.read("passphrase"), canaries)).toEqual(["passphrase as raw", "passphrase as utf8"]);
    expect(leaks(story.read(NAME), canaries)).toEqual(["content as raw", "content as utf8"]);
  });
});

/** Runs dipbag, and searches all that can be seen of it. Its own environment may hold what was given there. */
async function quiet(
  home: string,
  args: readonly string[],
  {
    mayName = false,
    given = false,
    ...options
  }: Parameters<Story["start"]>[2] & { mayName?: boolean; given?: boolean } = {},
): Promise<Seen> {
  const seen = await watched(story, home, args, { env: inTmp(), ...options });
  const all = mayName ? canaries : [...canaries, fileName];
  expect(leaks(seen.output, all), `${args.join(" ")}\n${seen.output}`).toEqual([]);
  expect(leaks(seen.commands, canaries), args.join(" ")).toEqual([]);
  if (!given) expect(leaks(seen.environments, canaries), args.join(" ")).toEqual([]);
  expect(leaks(seen.unnamed, canaries), args.join(" ")).toEqual([]);
  for (const [name, bytes] of filesIn(story.path("tmp"))) expect(leaks(bytes, canaries), name).toEqual([]);
  return seen;
}
const bothWays = (args: readonly string[]): (readonly string[])[] => [args, [...args, "--json"]];

describe.skipIf(!canWatch)("[75] every verb (watching needs /proc)", () => {
  const name = nameOf("watch");
  const who = ["--name", "new@cert.example", "--org", "AAB-CERT", "--nation", "AAB", "--exercise"];
  let n = 0;
  const fresh = () => `made-${n++}`;

  it.each([
    ["pack", "duty", () => ["pack", NAME, ...LABEL, ...to("duty"), "-o", fresh()], true],
    ["preview", "duty", () => ["preview", NAME, ...LABEL, ...to("duty"), "--explain"], true],
    ["label lint", "duty", () => ["label", "lint", NAME, ...LABEL], true],
    ["verify", "duty", () => ["verify", "sent.dipbag", "--explain"], false],
    ["inspect", "duty", () => ["inspect", "sent.dipbag"], false],
    ["inspect of a key file", "duty", () => ["inspect", "duty/user/identity"], false],
    ["unpack", "watch", () => ["unpack", "sent.dipbag", "-o", fresh(), "--explain"], true],
    ["unpack of one file", "watch", () => ["unpack", "sent.dipbag", "--item", NAME, "-o", fresh()], true],
    ["withhold", "duty", () => ["withhold", "sent.dipbag", "--drop", "1", "--for", name, "-o", fresh()], false],
    ["cards", "duty", () => ["cards"], false],
    ["trust list", "duty", () => ["trust", "list"], false],
    ["trust add", "watch", () => ["trust", "add", "watch.sealed", "-o", fresh()], false],
    ["init", "", () => ["init", ...who, "-o", fresh()], false],
    ["authority init", "", () => ["authority", "init", ...who, "--clearance", "HARBOUR=SECRET", "-o", fresh()], false],
    ["authority issue", "aab", () => ["authority", "issue", "duty.request", "-o", fresh()], false],
    ["authority list", "aab", () => ["authority", "list"], false],
    ["label parse", "duty", () => ["label", "parse", RESTRICTED], false],
    ["policy show", "duty", () => ["policy", "show", "HARBOUR"], false],
    ["doctor", "duty", () => ["doctor"], false],
  ] as const)("done well: %s", async (_, home, args, mayName) => {
    for (const json of [[], ["--json"]]) {
      const seen = await quiet(home || fresh(), [...args(), ...json], { mayName });
      expect(seen.status, seen.stderr).not.toBe(70);
      if (!/inspect/.test(args()[0] as string)) expect(seen.status, seen.stderr).toBe(0);
    }
  });

  it("done well, from and to pipes", async () => {
    const input = `${CONTENT}\n`.repeat(24_000);
    const packed = await quiet("duty", ["pack", "-", ...LABEL, ...to("watch"), "-o", "-"], { input });
    expect(packed.status).toBe(0);
    expect(packed.unnamed.length).toBeGreaterThan(2 ** 20);
    const args = ["verify", "-", "--json"];
    expect(await quiet("watch", args, { input: Buffer.from(packed.stdout, "latin1") })).toMatchObject({ status: 0 });
  });

  const BAD: [what: string, home: string, args: () => string[], passphrase?: string[], shell?: string][] = [
    ["3 a wrong passphrase", "duty", () => ["pack", NAME, ...LABEL, ...to("duty"), "-o", fresh()], flags("wrong")],
    ["3 a wrong passphrase", "watch", () => ["unpack", "sent.dipbag", "-o", fresh()], flags("wrong")],
    ["3 a wrong passphrase", "aab", () => ["authority", "issue", "duty.request", "-o", fresh()], flags("wrong")],
    ["2 an output in the way", "duty", () => ["pack", NAME, ...LABEL, ...to("duty"), "-o", "sent.dipbag"]],
    ["2 an unknown recipient", "duty", () => ["pack", NAME, ...LABEL, "--to", "nobody", "-o", fresh()]],
    [
      "5 a recipient not cleared",
      "duty",
      () => ["pack", NAME, "--label", "HARBOUR SECRET REL TO AAB, QMB, ZZC", ...to("port"), "-o", fresh()],
    ],
    ["3 not for this reader", "port", () => ["unpack", "sent.dipbag", "-o", fresh()]],
    ["1 damaged", "watch", () => ["unpack", "damaged.dipbag", "-o", fresh()]],
    ["1 cut", "watch", () => ["unpack", "cut.dipbag", "-o", fresh()]],
    ["2 no such file in it", "watch", () => ["unpack", "sent.dipbag", "--item", "other", "-o", fresh()]],
    ["2 no room", "watch", () => ["unpack", "sent.dipbag", "-o", fresh()], flags("passphrase"), "ulimit -f 0"],
    ["2 no terminal", "watch", () => ["unpack", "sent.dipbag", "-o", fresh()], []],
    ["1 plaintext for an envelope", "duty", () => ["verify", "report"]],
    ["1 plaintext for an envelope", "duty", () => ["unpack", "report", "-o", fresh()]],
    ["1 plaintext for a card", "duty", () => ["trust", "add", "report"]],
    ["1 plaintext for a request", "aab", () => ["authority", "issue", "report", "-o", fresh()]],
    ["1 plaintext for a policy", "duty", () => ["policy", "check", "report"]],
    ["1 a key file for a card", "duty", () => ["trust", "add", "duty/user/identity"]],
    ["1 a passphrase for a card", "duty", () => ["trust", "add", "passphrase"]],
    ["1 a passphrase for a policy", "duty", () => ["policy", "check", "passphrase"]],
    [
      "2 a key file to write to",
      "duty",
      () => ["pack", NAME, ...LABEL, ...to("duty"), "-o", "duty/user/identity", "--force"],
    ],
    ["2 keys that exist", "duty", () => ["init", ...who, "-o", fresh()]],
    ["2 the passphrase as a flag", "duty", () => ["cards", `--passphrase=${PASSPHRASE}`]],
    ["2 the passphrase behind a flag", "duty", () => ["cards", "--passphrase", PASSPHRASE]],
    ["2 the passphrase as a short flag", "duty", () => ["cards", `-p${PASSPHRASE}`]],
    [
      "2 the passphrase for a variable",
      "watch",
      () => ["unpack", "sent.dipbag", "-o", fresh()],
      ["--passphrase-env", PASSPHRASE],
    ],
    [
      "2 the passphrase for a descriptor",
      "watch",
      () => ["unpack", "sent.dipbag", "-o", fresh()],
      ["--passphrase-fd", PASSPHRASE],
    ],
  ];
  it.each(BAD)("done badly: %s (%s)", async (what, home, args, passphrase = flags("passphrase"), shell) => {
    const sent = story.read("sent.dipbag");
    story.write("damaged.dipbag", sent.with(-20, (sent.at(-20) ?? 0) ^ 1));
    story.write("cut.dipbag", sent.subarray(0, -20));
    story.write("report", `${CONTENT}\n`);
    const onCommand = [...args(), ...passphrase].some((word) => word.includes(PASSPHRASE));
    for (const json of bothWays(args())) {
      const options = { passphrase, env: inTmp(), ...(shell && { shell }) };
      const seen = onCommand ? await silent(home, json, options) : await quiet(home, json, options);
      expect(seen.status, seen.stderr).toBe(Number(what.slice(0, 1)));
    }
  });

  /** Where the passphrase is on the command line already, all that is left is not to say it again. */
  async function silent(...how: Parameters<Story["start"]>): Promise<Seen> {
    const seen = await watched(story, ...how);
    expect(leaks(seen.output, canaries)).toEqual([]);
    return seen;
  }

  it("[104] a passphrase from the environment: no thread, child or diagnostic report gets it", async () => {
    const report = `import crypto from "node:crypto"; const { scrypt } = crypto;
      crypto.scrypt = (...args) => { process.report.writeReport(${JSON.stringify(story.path("tmp", "report.json"))}); return scrypt(...args); };`;
    for (const [word, status] of [
      [PASSPHRASE, 0],
      [WRONG, 3],
    ] as const) {
      const env = {
        ...inTmp(),
        WORD: word,
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}`,
      };
      const args = ["unpack", "sent.dipbag", "-o", fresh()];
      const seen = await quiet("watch", args, {
        env,
        passphrase: ["--passphrase-env", "WORD"],
        given: true,
        mayName: true,
      });
      expect(seen.status, seen.stderr).toBe(status);
      expect(story.text("tmp", "report.json")).toContain("environmentVariables");
    }
  });

  it.each([
    ["NODE_DEBUG", { NODE_DEBUG: "*,fs,stream,net,crypto,worker,module" }],
    ["NODE_OPTIONS", { NODE_OPTIONS: "--trace-warnings --trace-exit --trace-uncaught --report-uncaught-exception" }],
    ["DEBUG", { DEBUG: "*", FORCE_COLOR: "1" }],
  ])("with %s: more is said, nothing secret", async (_, more) => {
    for (const [args, mayName] of [
      [["unpack", "sent.dipbag", "-o", fresh()], true],
      [["unpack", "damaged.dipbag", "-o", fresh()], false],
      [["pack", NAME, ...LABEL, ...to("duty"), "-o", fresh()], true],
    ] as const)
      await quiet("watch", args, { env: { ...inTmp(), ...more }, mayName });
  });

  it.each([
    "scrypt",
    "createSecretKey",
    "createDecipheriv",
    "createCipheriv",
    "createHmac",
    "createPrivateKey",
    "sign",
  ])("crashed by an error of crypto.%s that says all it was given", async (called) => {
    const blow = `import crypto from "node:crypto"; import { inspect } from "node:util";
        crypto[${JSON.stringify(called)}] = (...args) => {
          const bytes = args.flatMap((one) => [one, one?.key]).filter((one) => one instanceof Uint8Array);
          const text = bytes.map((one) => [Buffer.from(one).toString("latin1"), Buffer.from(one).toString("hex") + "/at.ts:1:1"].join("\\n"));
          throw Object.assign(new Error(text.join("\\n"), { cause: args }), { detail: inspect(args) });
        };`;
    const env = { ...inTmp(), NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(blow)}` };
    for (const args of bothWays(["pack", NAME, ...LABEL, ...to("duty"), "-o", "crashed.dipbag"])) {
      const seen = await quiet("duty", args, { env });
      expect([3, 70]).toContain(seen.status);
      expect(seen.stderr).toMatch(ONE_ERROR(seen.status === 70 ? "ERR_INTERNAL" : "ERR_PASSPHRASE"));
      expect(story.has("crashed.dipbag")).toBe(false);
    }
  });

  it("in no file that all this has left, but in identities, inputs and what was unpacked", () => {
    const inputs = ["passphrase", "wrong", NAME, "report"];
    const files = [...filesIn(story.dir)].filter(([name]) => !inputs.includes(name) && !name.endsWith(`/${NAME}`));
    expect(files.length).toBeGreaterThan(50);
    const found = files
      .filter(([, bytes]) => !bytes.equals(story.read(NAME)))
      .flatMap(([name, bytes]) => {
        const which = leaks(bytes, [...canaries, fileName]);
        return which.length > 0 ? [`${name}: ${which}`] : [];
      });
    expect(found).toEqual([]);
  });
});

describe.skipIf(!canWatch)("[75] kill -9 (watching needs /proc)", () => {
  it("of a pack that spools its input: no plaintext in any file, with or without a name", async () => {
    const dir = story.folder("killed");
    const env = { ...process.env, TMPDIR: story.path(dir) };
    const { child, result } = story.start("duty", ["pack", "-", ...LABEL, ...to("duty"), "-o", `${dir}/out`], { env });
    child.stdin?.write(`${CONTENT}\n`.repeat(24_000));
    const spooled = () => Buffer.concat(processes(child.pid as number).unnamed);
    for (let i = 0; i < 2000 && spooled().length < 2 ** 20; i++) await sleep(10);
    expect(spooled().length).toBeGreaterThanOrEqual(2 ** 20);
    expect(leaks(spooled(), canaries)).toEqual([]);
    child.kill("SIGKILL");
    await result;
    for (const [name, bytes] of filesIn(story.path(dir))) expect(leaks(bytes, canaries), name).toEqual([]);
  });

  it("of init, at any time: keys under the passphrase, whole, or none", async () => {
    for (let after = 150; after <= 900; after += 150) {
      const home = `killed-${after}`;
      const who = ["--name", "new@cert.example", "--org", "AAB-CERT", "--nation", "AAB"];
      const { child, result } = story.start(home, ["init", ...who, "-o", `${home}.request`]);
      await sleep(after);
      child.kill("SIGKILL");
      await result;
      if (!story.has(home)) continue;
      for (const [name, bytes] of filesIn(story.path(home))) {
        expect(leaks(bytes, canaries), name).toEqual([]);
        expect(statSync(story.path(home, name)).mode & 0o777).toBe(0o600);
        if (name === "user/identity") expect(secretsOf(bytes, PASSPHRASE, home)).toHaveLength(4);
      }
    }
  });
});

describe("[104] key files", () => {
  const modes = (folder: string): Record<string, string> =>
    Object.fromEntries(
      [".", ...readdirSync(story.path(folder), { recursive: true, encoding: "utf8" })]
        .sort()
        .map((name) => [name, (statSync(story.path(folder, name)).mode & 0o777).toString(8)]),
    );
  const who = ["--name", "new@cert.example", "--org", "AAB-CERT", "--nation", "AAB", "--exercise"];

  it("are closed whatever the umask lets through, and so is what is packed and unpacked", async () => {
    const dir = story.folder("open");
    const shell = "umask 000";
    await story.ok(`${dir}/home`, ["init", ...who, "-o", `${dir}/request`], { shell });
    await story.ok("duty", ["pack", NAME, ...LABEL, ...to("duty"), "-o", `${dir}/packed`], { shell });
    await story.ok("duty", ["unpack", `${dir}/packed`, "-o", `${dir}/unpacked`], { shell });
    chmodSync(story.path(dir), 0o700);
    expect(modes(dir)).toEqual({
      ".": "700",
      home: "700",
      "home/user": "700",
      "home/user/identity": "600",
      "home/user/request": "600",
      packed: "600",
      request: "600",
      unpacked: "700",
      [join("unpacked", NAME)]: "600",
    });
  });

  it("are refused when anybody else may do anything with them, by way of whatever link", async () => {
    const at = story.path("port", "user", "identity");
    const args = (home: string) => [home, ["unpack", "sent.dipbag", "-o", "never"]] as const;
    symlinkSync("port", story.path("link"));
    symlinkSync("passphrase", story.path("passphrase-link"));
    for (const bit of [0o040, 0o020, 0o010, 0o004, 0o002, 0o001]) {
      chmodSync(at, 0o600 | bit);
      await story.refused("ERR_SECRET_EXPOSED", ...args("port"));
    }
    await story.refused("ERR_SECRET_EXPOSED", ...args("link"));
    chmodSync(at, 0o600);
    renameSync(at, story.path("elsewhere"));
    symlinkSync(story.path("elsewhere"), at);
    chmodSync(story.path("elsewhere"), 0o644);
    await story.refused("ERR_SECRET_EXPOSED", ...args("port"));
    chmodSync(story.path("elsewhere"), 0o600);
    await story.refused("ERR_NOT_FOR_YOU", ...args("link"));
    chmodSync(story.path("passphrase"), 0o604);
    const passphrase = ["--passphrase-file", "passphrase-link"];
    await story.refused("ERR_SECRET_EXPOSED", ...args("port"), { passphrase });
    chmodSync(story.path("passphrase"), 0o600);
    expect(story.has("never")).toBe(false);
  });

  it("a passphrase on the command line is not a flag", async () => {
    const { status, stderr } = await run(BIN, ["cards", "--passphrase", PASSPHRASE]);
    expect(status).toBe(2);
    expect(stderr).not.toContain(PASSPHRASE);
  });
});
