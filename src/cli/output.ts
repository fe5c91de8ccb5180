/** Every rule about what reaches the terminal: escaping, colour, errors, JSON, and what stdout is for (spec/cli.md). */

import { CommanderError } from "commander";
import { DipbagError, type ErrorCode, type Family, type Step } from "../errors.ts";
import { errnoOf, failSystem } from "../node/errno.ts";
import { visible as show, UNSHOWN } from "../text.ts";

/** Text from outside, safe to print: one line, everything that hides or moves written as \u{...}, capped. */
export { show };

export type ColorChoice = "auto" | "always" | "never";
export type Style = Record<"bold" | "dim" | "red" | "green", (text: string) => string>;
export type Document = { readonly schema: string } & Readonly<Record<string, unknown>>;

/** An error as it is reported. `status` is the exit status. */
export interface Problem {
  readonly code: ErrorCode;
  readonly status: number;
  readonly family: Family;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Of a release decision that denied. */
  readonly trace?: readonly Step[] | undefined;
}

const LINE = 500;

export interface Streams {
  /** Styles for stdout; `noteStyle` is for stderr. Only colours that can be read on dark and on light. */
  readonly style: Style;
  readonly noteStyle: Style;
  /** Data that was asked for, on stdout. Resolves when the system has taken it. @throws DipbagError ERR_STDOUT_CLOSED, ERR_DISK_FULL, ERR_WRITE */
  out(data: string | Uint8Array): Promise<void>;
  /** One JSON document on one line of stdout. */
  json(document: Document): Promise<void>;
  /** A line on stderr. What comes from outside has been through `show`. A stderr that is closed is no error. */
  note(line: string): void;
  /** A line on a terminal's stderr that the next one replaces; "" takes it away. Nothing elsewhere. */
  status(line: string): void;
  /** Whether `status` shows anything. */
  readonly live: boolean;
  /** @throws DipbagError ERR_TERMINAL_OUTPUT unless stdout is no terminal, or the user insisted with '-o -' */
  allowBinary(insisted: boolean): void;
  /** Resolves when stderr has been written. */
  flush(): Promise<void>;
}

export function openStreams(color: ColorChoice): Streams {
  const { stdout, stderr, env } = process;
  const plain = env.TERM === "dumb";
  const colored = ({ isTTY = false }) => color === "always" || (color === "auto" && isTTY && !env.NO_COLOR && !plain);
  const live = (stderr.isTTY ?? false) && !plain;
  let drawn = 0;

  const status = (line: string) => {
    if (!live || (line === "" && drawn === 0)) return;
    stderr.write(`\r${line.padEnd(drawn)}${line === "" ? "\r" : ""}`);
    drawn = line.length;
  };
  const out = (data: string | Uint8Array) =>
    written(stdout, data).catch((error) => {
      if (/^(?:EPIPE|ECONNRESET)$/.test(errnoOf(error) ?? "")) throw new DipbagError("ERR_STDOUT_CLOSED");
      failSystem(error, "stdout", "write");
    });
  return {
    style: styleOf(colored(stdout)),
    noteStyle: styleOf(colored(stderr)),
    out,
    json: (document) => out(`${safeJson(document)}\n`),
    note: (line) => {
      status("");
      stderr.write(`${line}\n`);
    },
    status,
    live,
    allowBinary: (insisted) => {
      if (stdout.isTTY && !insisted) throw new DipbagError("ERR_TERMINAL_OUTPUT");
    },
    flush: () => written(stderr, "").catch(() => {}),
  };
}

/** What would have been put out, in order: data for stdout, and lines for stderr; neighbours are put together. */
export type Written = readonly ["out" | "note", string];

/** Streams of a thread that has none of its own: `take` answers what has been written since it was asked last. */
export function recordingStreams(colored: Record<"out" | "note", boolean>): Streams & { take(): Written[] } {
  let written: Written[] = [];
  const add = (where: Written[0], text: string) => {
    const last = written.at(-1);
    if (last?.[0] === where) written[written.length - 1] = [where, `${last[1]}${where === "note" ? "\n" : ""}${text}`];
    else written.push([where, text]);
  };
  const out = async (data: string | Uint8Array) =>
    add("out", typeof data === "string" ? data : Buffer.from(data).toString());
  return {
    style: styleOf(colored.out),
    noteStyle: styleOf(colored.note),
    out,
    json: (document) => out(`${safeJson(document)}\n`),
    note: (line) => add("note", line),
    status: () => {},
    live: false,
    allowBinary: () => {},
    flush: async () => {},
    take() {
      const taken = written;
      written = [];
      return taken;
    },
  };
}

export const isColored = (style: Style): boolean => style.dim("") !== "";

function written(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => stream.write(data, (error) => (error ? reject(error) : resolve())));
}

function styleOf(on: boolean): Style {
  const sgr = (from: number, to: number) => (text: string) => (on ? `\u001b[${from}m${text}\u001b[${to}m` : text);
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), green: sgr(32, 39) };
}

/** JSON that a terminal shows as it is: what `show` would escape is written as \uXXXX. */
function safeJson(document: Document): string {
  return JSON.stringify(document).replace(UNSHOWN, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/** Whatever was thrown, as one of our codes. The text of a foreign error may hold content: only its place is told. */
export function problemOf(error: unknown): Problem {
  if (error instanceof DipbagError) {
    const { code, status, family, message, hint, trace } = error;
    return { code, status, family, message: brief(message), hint: hint && brief(hint), trace };
  }
  if (error instanceof CommanderError) {
    const [reason = "", suggestion] = flagOnly(error.message)
      .replace(/^error: /, "")
      .split(/\n\(Did you mean (.*)\?\)$/s);
    const problem = problemOf(new DipbagError("ERR_USAGE", { reason: reason.replace(/\.$/, "") }));
    if (error.code === "commander.excessArguments") return { ...problem, hint: "put what has blanks in it in quotes" };
    return suggestion ? { ...problem, hint: `did you mean ${show(suggestion)}?` } : problem;
  }
  if (errnoOf(error) !== undefined) {
    try {
      // The folder one is in may have gone: then no relative path means anything.
      const unnamed = error instanceof Error && "syscall" in error && error.syscall === "uv_cwd" ? "." : "a file";
      const path = error instanceof Error && "path" in error ? String(error.path) : unnamed;
      failSystem(error, path, "read");
    } catch (mapped) {
      return problemOf(mapped);
    }
  }
  // The stack begins with the message, of which nothing may be told.
  const stack = error instanceof Error ? (error.stack ?? "").replace(error.message, "") : "";
  const [where = "?"] = /[\w-]+\/[\w.-]+:\d+(?=:\d+\)?$)/m.exec(stack) ?? [];
  const problem = problemOf(new DipbagError("ERR_INTERNAL"));
  return {
    ...problem,
    message: `${problem.message} (${error instanceof Error ? error.name : typeof error}, ${where})`,
  };
}

/** Of '--passphrase=SECRET' and '-pSECRET', which are no flags, only what looks like one. */
const flagOnly = (message: string): string => message.replace(/(unknown option '(?:--[^=']*|-[^-]))[\s\S]*'/u, "$1'");

/** The line `dipbag: error: MESSAGE [CODE]`, and the hint's. `subject` is the input that it is about. */
export function reportLines({ code, family, message, hint }: Problem, style: Style, subject?: string): string[] {
  const about = subject === "-" ? "stdin" : showPath(subject ?? "");
  const names = subject === undefined || (family === "usage" && ` ${message} `.includes(` ${about} `));
  const text = names ? message : `in ${about}: ${message}`;
  const room = LINE - `dipbag: error:  [${code}]`.length;
  const lines = [`dipbag: ${style.red("error:")} ${middle(text, room)} [${code}]`];
  if (hint) lines.push(`dipbag: hint: ${middle(hint, room)}`);
  return lines;
}

const brief = (text: string): string => middle(show(text, 10 * LINE), LINE);

/** A path, whose end tells files of one folder apart. */
export const showPath = (path: string): string => middle(show(path, 10 * LINE), 200);

/** Cut in the middle: both ends of a sentence about a long name are needed. */
function middle(text: string, room: number): string {
  if (text.length <= room) return text;
  const half = Math.floor((room - 3) / 2);
  return `${text.slice(0, half)}...${text.slice(-half)}`;
}

/** The document that --json prints on failure. */
export function problemDocument({ code, status, family, message, hint, trace }: Problem, subject?: string): Document {
  return {
    schema: "dipbag/error/1",
    ...(subject !== undefined && { input: subject }),
    code,
    status,
    family,
    message,
    hint,
    trace,
  };
}
