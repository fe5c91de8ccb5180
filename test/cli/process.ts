/** Real processes for tests: the built dipbag, or the harness whose verbs exercise the plumbing. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const BIN = fileURLToPath(new URL("../../bin/dipbag.js", import.meta.url));
export const HARNESS = fileURLToPath(new URL("harness.mjs", import.meta.url));
const PTY = fileURLToPath(new URL("pty.py", import.meta.url));

export const isRoot = process.getuid?.() === 0;
export const hasPython = spawnSync("python3", ["-c", "import fcntl, os, select, termios; os.openpty()"]).status === 0;
/** Modes do not bind root: what tests them runs as somebody else. */
export const NOBODY = isRoot ? { uid: 65534, gid: 65534 } : {};
/** Whether that somebody can reach this Node and this checkout at all. */
export const hasNobody =
  spawnSync(process.execPath, ["-e", "fs.readFileSync(process.argv[1])", HARNESS], NOBODY).status === 0;

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}
interface Options {
  input?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** A shell line before `exec`, such as a limit. */
  shell?: string;
  /** Arguments of node itself. */
  node?: string[];
}

export function start(script: string, args: string[], { input, shell, node = [], ...options }: Options = {}) {
  const command = [process.execPath, ...node, script, ...args];
  const child = shell
    ? spawn("/bin/sh", ["-c", `${shell}; exec "$0" "$@"`, ...command], options)
    : spawn(command[0] as string, command.slice(1), options);
  const result = new Promise<Result>((resolve, reject) => {
    const begun = Date.now();
    const text = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("latin1").on("data", (data) => {
      text.stdout += data;
    });
    child.stderr?.setEncoding("utf8").on("data", (data) => {
      text.stderr += data;
    });
    child.on("error", reject).on("close", (status) => resolve({ status, ...text, ms: Date.now() - begun }));
  });
  child.stdin?.on("error", () => {});
  if (input !== undefined) child.stdin?.end(input);
  return { child, result };
}

export const run = (script: string, args: string[], options: Options = {}) =>
  start(script, args, { input: "", ...options }).result;

/** Resolves when stderr has shown `text`. */
export function shown(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stderr?.on("data", (data) => {
      seen += data;
      if (seen.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`ended before "${text}": ${seen}`)));
  });
}

export interface PtyResult {
  status: number | null;
  shown: string;
  echo: boolean[];
  echoAfter: boolean;
}

/** Runs on a pseudo-terminal; each step waits for a text and then types another. */
export function onTerminal(
  steps: [string, string][],
  args: string[],
  env: NodeJS.ProcessEnv = {},
  script = HARNESS,
  cwd = process.cwd(),
): PtyResult {
  const command = [PTY, JSON.stringify(steps), process.execPath, script, ...args];
  const { stdout } = spawnSync("python3", command, {
    encoding: "utf8",
    cwd,
    env: { ...process.env, TERM: "xterm", ...env },
  });
  return JSON.parse(stdout);
}

/** An empty folder that everybody may use, removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "dipbag-test-"));
  chmodSync(path, 0o777);
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const temporaries = (path: string): string[] => readdirSync(path).filter((name) => name.endsWith(".tmp"));

/** One error line with this code and at most one hint, and nothing that looks like a stack. */
export const ONE_ERROR = (code: string): RegExp =>
  new RegExp(
    `^(?:started\\n)?dipbag: error: [^A-Z\\n][^\\n]{0,480} \\[${code}\\]\\n(?:dipbag: hint: [^\\n]{1,480}\\n)?$`,
    "u",
  );
