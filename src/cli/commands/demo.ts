/** `dipbag demo`: a story of three nations, in which every line is a real command that can be typed again. */

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { fail } from "../../errors.ts";
import { onDisk } from "../../node/errno.ts";
import { discard, track } from "../../node/temporary.ts";
import { isoTime } from "../../time.ts";
import type { Context } from "../context.ts";
import { show } from "../output.ts";
import { ROOT } from "../root.ts";

const BIN = fileURLToPath(new URL("bin/dipbag.js", ROOT));
const EXAMPLES = fileURLToPath(new URL("examples/exercise/", ROOT));

/** The passphrase of everybody in the story. It protects nothing. */
const PASSPHRASE = "EXERCISE EXERCISE EXERCISE";
const FLIP = `import { readFileSync, writeFileSync } from "node:fs";
const [from, to, position] = process.argv.slice(2);
const bytes = readFileSync(from);
bytes[Number(position)] ^= 1;
writeFileSync(to, bytes);
`;

/** Those who seal and open: name, home, nation, clearances. */
const OFFICERS = [
  {
    name: "duty.aab@cert.example",
    home: "duty",
    nation: "AAB",
    org: "AAB-CERT",
    classes: "UNCLASSIFIED,RESTRICTED,CONFIDENTIAL,SECRET",
  },
  {
    name: "watch.qmb@cert.example",
    home: "watch",
    nation: "QMB",
    org: "QMB-CERT",
    classes: "UNCLASSIFIED,RESTRICTED,CONFIDENTIAL",
  },
  {
    name: "port.zzc@authority.example",
    home: "port",
    nation: "ZZC",
    org: "ZZC-PA",
    classes: "UNCLASSIFIED,RESTRICTED",
  },
] as const;
const [DUTY, WATCH, PORT] = OFFICERS;
const ALL_CLASSES = DUTY.classes;

export function command(command: Command, context: Context): void {
  command
    .description("Tells a story of three exercise nations. Every line is a real command; with -o the files stay.")
    .option("-o, --out <dir>", "a new folder to keep, in which the commands can be typed again")
    .action(async ({ out }: { out?: string }) => {
      if (context.asJson) fail("ERR_USAGE", { reason: "the demo is a text to read, and has no --json" });
      const folder = out ?? mkdtempSync(join(tmpdir(), "dipbag-demo-"));
      if (out === undefined) track(folder);
      else await onDisk(folder, "write", () => mkdirSync(folder, { mode: 0o700 }));
      const given: number | undefined = command.optsWithGlobals().at;
      await tell(new Stage(folder, given === undefined ? [] : ["--at", isoTime(given)], context));
      if (out === undefined) discard(folder);
      await context.out(
        out === undefined
          ? "\nTo keep the files and type it yourself: dipbag demo -o DIR\n"
          : `\nAll of it is in ${show(out)}.\n`,
      );
    });
}

/** Runs the commands of the story and shows them. */
class Stage {
  private readonly folder: string;
  private readonly time: readonly string[];
  private readonly context: Context;

  constructor(folder: string, time: readonly string[], context: Context) {
    this.folder = folder;
    this.time = time;
    this.context = context;
    for (const name of readdirSync(EXAMPLES)) copyFileSync(join(EXAMPLES, name), join(folder, name));
    writeFileSync(join(folder, "passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
    writeFileSync(join(folder, "flip.mjs"), FLIP);
  }

  say(text: string): Promise<void> {
    return this.context.out(`\n${this.context.style.bold(`# ${text}`)}\n`);
  }

  /** Runs `dipbag ARGS` and requires how it ends: a status, and the error code where it must fail. Returns stdout. */
  dipbag(args: readonly string[], expected: { status: number; code?: string } = { status: 0 }): Promise<string> {
    return this.run("dipbag", [BIN], [...args, ...this.time], expected);
  }

  node(...args: string[]): Promise<string> {
    return this.run("node", [], args, { status: 0 });
  }

  private async run(
    name: string,
    prefix: readonly string[],
    args: readonly string[],
    expected: { status: number; code?: string },
  ) {
    const { context } = this;
    await context.out(`${context.style.bold("$")} ${wrapped([name, ...args.map(quoted)])}\n`);
    const { status, stdout, stderr } = await this.spawn([...prefix, ...args]);
    // A report comes before what is wrong with it.
    const said = status === 0 ? stderr + stdout : stdout + stderr;
    for (const line of said.split("\n")) if (line !== "") await context.out(`  ${line}\n`);
    if (expected.status !== 0) await context.out(`  ${context.style.dim(`(exit status ${status})`)}\n`);
    if (status !== expected.status || !stderr.includes(expected.code ?? ""))
      fail("ERR_SELF_TEST", { algorithm: "the demo" });
    return stdout;
  }

  private spawn(args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
      const text = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (piece: string) => {
          text[stream] += piece;
        });
      }
      child.on("error", reject).on("close", (status) => resolve({ status, ...text }));
    });
  }
}

/** An argument as a shell needs it. */
const quoted = (argument: string): string => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument}'`);

/** A command in lines of at most 78 characters, continued as a shell does. A flag keeps its value where both fit. */
function wrapped(words: readonly string[]): string {
  const units: string[] = [];
  for (const [i, word] of words.entries()) {
    const flag = words[i - 1]?.startsWith("-") && !word.startsWith("-") && units.at(-1) === words[i - 1];
    if (flag && `${units.at(-1)} ${word}`.length <= 70) units.push(`${units.pop()} ${word}`);
    else units.push(word);
  }
  let column = 2;
  const parts = units.map((unit, i) => {
    const breaks = i > 0 && column + unit.length > 75;
    column = breaks ? 4 + unit.length : column + unit.length + 1;
    return `${i === 0 ? "" : breaks ? " \\\n    " : " "}${unit}`;
  });
  return parts.join("");
}

const unlocked = (home: string): readonly string[] => ["--home", home, "--passphrase-file", "passphrase"];

async function tell(stage: Stage): Promise<void> {
  await stage.say("EXERCISE. Three nations run an authority each, to be pinned by fingerprint.");
  const fingerprints = new Map<string, string>();
  for (const { nation, org } of OFFICERS) {
    const home = `authority-${nation.toLowerCase()}`;
    const rights = ["--community", "HARBOUR", "--clearance", `HARBOUR=${ALL_CLASSES}`];
    const who = ["--name", `${nation} authority`, "--nation", nation, "--org", org, "--exercise"];
    const printed = await stage.dipbag([
      "authority",
      "init",
      ...who,
      ...rights,
      "-o",
      `${nation}.card`,
      ...unlocked(home),
    ]);
    fingerprints.set(nation, printed.trim());
  }

  await stage.say("Each officer makes keys and a request. The card comes sealed to those keys.");
  for (const { name, home, nation, org, classes } of OFFICERS) {
    const who = ["--name", name, "--org", org, "--nation", nation, "--exercise"];
    await stage.dipbag(["init", ...who, "-o", `${home}.request`, ...unlocked(home)]);
    const rights = ["--community", "HARBOUR", "--clearance", `HARBOUR=${classes}`];
    const authority = unlocked(`authority-${nation.toLowerCase()}`);
    await stage.dipbag(["authority", "issue", `${home}.request`, ...rights, "-o", `${home}.sealed`, ...authority]);
    for (const [pinned, fingerprint] of fingerprints) {
      await stage.dipbag(["trust", "add", `${pinned}.card`, "--fingerprint", fingerprint, "--home", home]);
    }
    await stage.dipbag(["trust", "add", `${home}.sealed`, "-o", `${home}.card`, ...unlocked(home)]);
  }

  await stage.say("The duty officer of AAB adds the partners' cards to the address book.");
  for (const { home } of [WATCH, PORT]) await stage.dipbag(["trust", "add", `${home}.card`, "--home", DUTY.home]);
  await stage.dipbag(["cards", "--home", DUTY.home]);

  await stage.say("Before sealing, lint reads a draft, whose banner is below its paragraphs:");
  const lint = ["label", "lint", "draft.txt", "--label", "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC", "--exercise"];
  await stage.dipbag([...lint, "--home", DUTY.home], { status: 5, code: "ERR_LINT" });

  await stage.say("And preview tells who could open a part, who not, and what would mend it:");
  const supplier = ["--label", "HARBOUR CONFIDENTIAL REL TO AAB, QMB", "--to", WATCH.name, "--to", PORT.name];
  const preview = ["preview", "supplier.json", ...supplier, "--home", DUTY.home];
  await stage.dipbag(preview, { status: 5, code: "ERR_CLEARANCE" });

  await stage.say("So one envelope for three audiences: each part is a file with its own label.");
  const everyone = [
    "--label",
    "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC",
    ...OFFICERS.flatMap(({ name }) => ["--to", name]),
  ];
  await stage.dipbag([
    "pack",
    "report.json",
    "bundle.stix.json",
    "annex-a.pdf",
    ...everyone,
    "--tlp",
    "AMBER",
    "--portion",
    "supplier.json=HARBOUR CONFIDENTIAL REL TO AAB, QMB",
    "--portion-to",
    `supplier.json=${DUTY.name}`,
    "--portion-to",
    `supplier.json=${WATCH.name}`,
    "--portion",
    "source.json=HARBOUR CONFIDENTIAL REL TO AAB ORCON",
    "--portion-to",
    `source.json=${DUTY.name}`,
    "-o",
    "incident.dipbag",
    ...unlocked(DUTY.home),
  ]);

  await stage.say("A pipeline that has pinned AAB, and holds no key at all, verifies it.");
  const [aab = ""] = [fingerprints.get("AAB")];
  await stage.dipbag(["trust", "add", "AAB.card", "--fingerprint", aab, "--home", "pipeline"]);
  await stage.dipbag(["verify", "incident.dipbag", "--home", "pipeline"]);

  await stage.say("Each opens what is meant for it, and not the rest.");
  for (const { home } of OFFICERS) {
    await stage.dipbag(["unpack", "incident.dipbag", "-o", `opened-by-${home}`, ...unlocked(home)]);
  }

  await stage.say("For QMB, AAB makes a copy without portion 3. The signature still verifies.");
  const drop = ["withhold", "incident.dipbag", "--drop", "3", "--for", WATCH.name, "--reason", "source"];
  await stage.dipbag([...drop, "-o", "for-qmb.dipbag", ...unlocked(DUTY.home)]);
  await stage.dipbag(["verify", "for-qmb.dipbag", "--home", WATCH.home]);

  await stage.say("What must not work. A label that the recipient is not cleared for:");
  const wrong = ["pack", "supplier.json", "--label", "HARBOUR CONFIDENTIAL REL TO AAB, QMB, ZZC", "--to", PORT.name];
  await stage.dipbag([...wrong, "-o", "wrong.dipbag", ...unlocked(DUTY.home)], { status: 5, code: "ERR_CLEARANCE" });

  await stage.say("One bit changed on the way:");
  await stage.node("flip.mjs", "incident.dipbag", "changed.dipbag", "25000");
  await stage.dipbag(["verify", "changed.dipbag", "--home", "pipeline"], { status: 1, code: "ERR_DIGEST" });

  await stage.say("Somebody else of QMB, with a good card, for whom no slot was made:");
  const other = ["--name", "desk.qmb@cert.example", "--org", WATCH.org, "--nation", WATCH.nation, "--exercise"];
  await stage.dipbag(["init", ...other, "-o", "desk.request", ...unlocked("desk")]);
  await stage.dipbag(["authority", "issue", "desk.request", "-o", "desk.sealed", ...unlocked("authority-qmb")]);
  for (const nation of [DUTY.nation, WATCH.nation]) {
    const fingerprint = fingerprints.get(nation) ?? "";
    await stage.dipbag(["trust", "add", `${nation}.card`, "--fingerprint", fingerprint, "--home", "desk"]);
  }
  await stage.dipbag(["trust", "add", "desk.sealed", "-o", "desk.card", ...unlocked("desk")]);
  const unmeant = ["unpack", "incident.dipbag", "-o", "opened-by-desk", ...unlocked("desk")];
  await stage.dipbag(unmeant, { status: 3, code: "ERR_NOT_FOR_YOU" });

  await stage.say("A sender whose authority nobody here has pinned:");
  await stage.dipbag(["verify", "incident.dipbag", "--home", "nobody"], { status: 4, code: "ERR_UNTRUSTED" });
}
