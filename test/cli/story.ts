/** People of three fictional states and their homes, made once for each test file by the real command line; nothing depends on the clock. */

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { BIN, ONE_ERROR, type Result, run, start } from "./process.ts";

export const AT = "2026-11-22T15:00:00Z";
/** It must never be seen in any output. */
export const PASSPHRASE = "EXERCISE-battery-staple";
export const RESTRICTED = "HARBOUR RESTRICTED REL TO AAB, QMB, ZZC";
export const CONFIDENTIAL = "HARBOUR CONFIDENTIAL REL TO AAB, QMB";

const PEOPLE = {
  duty: {
    nation: "AAB",
    by: "aab",
    cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED,CONFIDENTIAL,SECRET", "HARBOUR/COMPARTMENT=BUOY"],
    fulfils: ["receipt-on-open", "no-onward-release", "delete-by"],
  },
  watch: {
    nation: "QMB",
    by: "qmb",
    cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED,CONFIDENTIAL"],
    fulfils: ["receipt-on-open", "no-onward-release"],
  },
  port: { nation: "ZZC", by: "zzc", cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED"] },
  /** Has classical keys only. */
  ship: { nation: "ZZC", by: "zzc", cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED"], keys: "classical" },
  chief: {
    nation: "AAB",
    by: "aab",
    cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED,CONFIDENTIAL,SECRET"],
    keys: "hybrid-1024",
  },
  /** Not for exercises. */
  real: { nation: "AAB", by: "ops", cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED,CONFIDENTIAL,SECRET"], operation: true },
  /** Nobody has pinned the authority of this one. */
  stranger: { nation: "QMB", by: "far", cleared: ["HARBOUR=UNCLASSIFIED,RESTRICTED,CONFIDENTIAL"] },
} as const satisfies Record<string, Person>;
interface Person {
  nation: string;
  by: string;
  cleared: readonly string[];
  keys?: string;
  operation?: boolean;
  fulfils?: readonly string[];
}
export type Who = keyof typeof PEOPLE;
const personOf = (who: Who): Person => PEOPLE[who];

export const nameOf = (who: Who): string => `${who}@cert.example`;
export const to = (...people: Who[]): string[] => people.flatMap((who) => ["--to", nameOf(who)]);

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
const schemas = new URL("../../spec/schema/", import.meta.url);
for (const file of readdirSync(schemas)) ajv.addSchema(JSON.parse(readFileSync(new URL(file, schemas), "utf8")));

export type Json = Record<string, unknown>;

/** One document of --json, which must be valid under the schema that it names. */
export function valid(latin1: string): Json {
  const line = Buffer.from(latin1, "latin1").toString();
  expect(line).toMatch(/^[\x20-\x7e\u00a0-\uffff]+$/);
  const document = JSON.parse(line);
  const name = /^dipbag\/(\w+)\/1$/.exec(document.schema)?.[1];
  const validate = ajv.getSchema(`${name}.json`);
  expect(validate?.(document), `${line}\n${JSON.stringify(validate?.errors)}`).toBe(true);
  return document;
}

interface Options {
  input?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  shell?: string;
  at?: string;
  passphrase?: readonly string[];
  uid?: number;
  gid?: number;
}

export class Story {
  readonly dir = mkdtempSync(join(tmpdir(), "dipbag-story-"));

  /** A path in the story's folder, which is also where every command runs. */
  path(...names: string[]): string {
    return join(this.dir, ...names);
  }
  read(...names: string[]): Buffer {
    return readFileSync(this.path(...names));
  }
  text(...names: string[]): string {
    return this.read(...names).toString();
  }
  write(name: string, content: string | Uint8Array = name): string {
    writeFileSync(this.path(name), content);
    return name;
  }
  has(...names: string[]): boolean {
    return existsSync(this.path(...names));
  }
  /** A new empty folder, whose listing shows what a command has left. */
  folder(name: string): string {
    mkdirSync(this.path(name));
    return name;
  }
  list(name = "."): string[] {
    return readdirSync(this.path(name)).sort();
  }
  end(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  args(
    home: string,
    args: readonly string[],
    { at = AT, passphrase = ["--passphrase-file", "passphrase"] }: Options = {},
  ) {
    return [...args, "--home", home, ...passphrase, "--at", at];
  }
  start(home: string, args: readonly string[], options: Options = {}) {
    return start(BIN, this.args(home, args, options), { cwd: this.dir, ...options });
  }
  /** Runs dipbag with this home. Whatever it says, no secret is in it. */
  async run(home: string, args: readonly string[], options: Options = {}): Promise<Result> {
    const result = await run(BIN, this.args(home, args, options), { cwd: this.dir, ...options });
    expect(`${result.stdout}${result.stderr}`).not.toContain(PASSPHRASE);
    return result;
  }

  /** Must succeed. Returns stdout. */
  async ok(home: string, args: readonly string[], options: Options = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(home, args, options);
    expect({ status, error: /error:.*|^Error.*/.exec(stderr)?.[0] }, args.join(" ")).toEqual({ status: 0 });
    return stdout;
  }

  /** Must succeed, with one valid document and nothing on stderr. */
  async json(home: string, args: readonly string[], options: Options = {}): Promise<Json> {
    const { status, stdout, stderr } = await this.run(home, [...args, "--json"], options);
    expect({ status, stderr }, args.join(" ")).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^[^\n]+\n$/);
    return valid(stdout.trimEnd());
  }

  /** Must fail: this code and its status, one error line and at most one hint line, nothing on stdout, one valid document with --json. */
  async refused(code: ErrorCode, home: string, args: readonly string[], options: Options = {}): Promise<string> {
    const asJson = args.includes("--json");
    const { status, stdout, stderr } = await this.run(home, args, options);
    expect(stderr, args.join(" ")).toMatch(ONE_ERROR(code));
    for (const line of stderr.split("\n")) expect(line.length).toBeLessThanOrEqual(500);
    expect(stderr).not.toMatch(/\?\?|undefined|\[object|^\s+at /m);
    expect(status).toBe(ERRORS[code].status);
    if (asJson) expect(valid(stdout.trimEnd())).toMatchObject({ schema: "dipbag/error/1", code, status });
    else expect(stdout).toBe("");
    return stderr;
  }
}

/** The documents of NDJSON, each valid. */
export const documents = (stdout: string): Json[] => stdout.trimEnd().split("\n").map(valid);

/** Homes and cards of `people`, who all have pinned the same authorities and know each other. */
export async function tell(...people: Who[]): Promise<Story> {
  const story = new Story();
  writeFileSync(story.path("passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
  const fingerprints = new Map<string, string>();
  const authorities = [...new Set(people.map((who) => personOf(who).by))];
  await twoAtATime(authorities, async (by) => {
    const { nation, operation } = personOf(people.find((who) => personOf(who).by === by) as Who);
    const rights = ["--community", "HARBOUR", "--clearance", "HARBOUR=UNCLASSIFIED,RESTRICTED,CONFIDENTIAL,SECRET"];
    const who = [
      "--name",
      `${by} authority`,
      "--nation",
      nation,
      "--org",
      `${nation}-CERT`,
      ...(operation ? [] : ["--exercise"]),
    ];
    const printed = await story.ok(by, ["authority", "init", ...who, ...rights, "--days", "1000", "-o", `${by}.card`]);
    fingerprints.set(by, printed.trim());
  });
  await twoAtATime(people, async (who) => {
    const { nation, by, cleared, keys, operation, fulfils = [] } = personOf(who);
    const kind = [...(operation ? [] : ["--exercise"]), ...(keys ? ["--keys", keys] : [])];
    await story.ok(who, [
      "init",
      "--name",
      nameOf(who),
      "--org",
      `${nation}-CERT`,
      "--nation",
      nation,
      ...kind,
      "-o",
      `${who}.request`,
    ]);
    const rights = cleared.flatMap((clearance) => ["--clearance", clearance]);
    await story.ok(by, [
      "authority",
      "issue",
      `${who}.request`,
      "--community",
      "HARBOUR",
      ...rights,
      ...fulfils.flatMap((obligation) => ["--fulfils", obligation]),
      "-o",
      `${who}.sealed`,
    ]);
    await story.ok(who, ["trust", "add", `${by}.card`, "--fingerprint", fingerprints.get(by) ?? ""]);
    await story.ok(who, ["trust", "add", `${who}.sealed`, "-o", `${who}.card`]);
  });
  const known = people.filter((who) => who !== "stranger");
  for (const who of known) {
    for (const other of known.filter((name) => name !== who)) {
      cpSync(story.path(other, "pins"), story.path(who, "pins"), { recursive: true });
      mkdirSync(story.path(who, "cards"), { recursive: true });
      cpSync(story.path(`${other}.card`), story.path(who, "cards", `${sha256(story, `${other}.card`)}.card`));
    }
  }
  return story;
}

const sha256 = (story: Story, name: string): string => createHash("sha256").update(story.read(name)).digest("hex");

async function twoAtATime<T>(all: readonly T[], action: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await action(next);
  };
  await Promise.all([worker(), worker()]);
}
