/** Where passphrases come from: a file, a descriptor, the environment, or else the terminal device; never stdin. */

import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { equal, utf8 } from "../bytes.ts";
import type { Source } from "../envelope/source.ts";
import { fail } from "../errors.ts";
import { onDisk } from "../node/errno.ts";
import { openSecretFile } from "../node/files.ts";
import { descriptorSource, type OpenSource } from "../node/source.ts";
import { show } from "./output.ts";

export interface PassphraseFlags {
  readonly passphraseFile?: string;
  readonly passphraseFd?: number;
  readonly passphraseEnv?: string;
}

/** Longer ones are refused. */
const LIMIT = 1024;

let restoreTerminal: (() => void) | undefined;

/** Turns a terminal's echo on again if a prompt has turned it off. For every way out of the process. */
export const endPrompt = (): void => restoreTerminal?.();

/** Asks once, for `purpose` such as "passphrase of Amina Diallo". @throws DipbagError ERR_NO_TERMINAL, ERR_PASSPHRASE_EMPTY */
export async function askPassphrase(purpose: string): Promise<Uint8Array> {
  return checked(await ask(purpose));
}

/** Asks for a new one, twice. @throws DipbagError ERR_PASSPHRASE_TWICE, and as askPassphrase */
export async function askNewPassphrase(purpose: string): Promise<Uint8Array> {
  const first = await askPassphrase(`new ${purpose}`);
  if (!equal(first, await ask(`new ${purpose}, once more`))) fail("ERR_PASSPHRASE_TWICE");
  return first;
}

/** The passphrase that a flag names, the first line of it; undefined where there is no such flag. */
export async function givenPassphrase(flags: PassphraseFlags): Promise<Uint8Array | undefined> {
  const { passphraseFile: file, passphraseFd: fd, passphraseEnv: variable } = flags;
  if (variable !== undefined) {
    const value = process.env[variable];
    // Its name is not told: some write the passphrase there.
    if (value === undefined)
      fail("ERR_USAGE", { reason: "the variable of --passphrase-env is not in the environment" });
    // Threads, children and Node's diagnostic reports get a copy of what is there.
    delete process.env[variable];
    return checked(utf8(value));
  }
  if (file === undefined && fd === undefined) return undefined;
  const source = file === undefined ? await givenDescriptor(fd as number) : await openSecretFile(file);
  try {
    return checked(await firstLine(source));
  } finally {
    await source.close();
  }
}

/** Descriptors without a type, such as an event loop's, are Node's own: nobody has given them to us. */
function givenDescriptor(fd: number): Promise<OpenSource> {
  return onDisk(`descriptor ${fd}`, "read", () => {
    const stat = fstatSync(fd);
    const given = stat.isFile() || stat.isFIFO() || stat.isSocket() || stat.isCharacterDevice();
    if (!given) fail("ERR_USAGE", { reason: `descriptor ${fd} is not open for reading` });
    return descriptorSource(fd, `descriptor ${fd}`);
  });
}

/** Byte by byte, so that a descriptor that stays open is not waited for. */
async function firstLine(source: Source): Promise<Uint8Array> {
  const line: number[] = [];
  while (line.length <= LIMIT) {
    const [byte] = await source.read(line.length, 1);
    if (byte === undefined || byte === 0x0a) break;
    line.push(byte);
  }
  if (line.at(-1) === 0x0d) line.pop();
  return Uint8Array.from(line);
}

function checked(passphrase: Uint8Array): Uint8Array {
  if (passphrase.length === 0) fail("ERR_PASSPHRASE_EMPTY");
  if (passphrase.length > LIMIT) fail("ERR_USAGE", { reason: `the passphrase is longer than ${LIMIT} bytes` });
  return passphrase;
}

async function ask(question: string): Promise<Uint8Array> {
  const { fd, input } = openTerminal();
  restoreTerminal = () => {
    restoreTerminal = undefined;
    try {
      input.setRawMode(false);
      writeSync(fd, "\n");
    } catch {} // The terminal may be gone: that is what SIGHUP says.
  };
  try {
    input.setRawMode(true);
    writeSync(fd, `dipbag: ${show(question)}: `);
    return await typedLine(input);
  } finally {
    endPrompt();
    input.destroy();
  }
}

function openTerminal(): { fd: number; input: ReadStream } {
  try {
    const fd = openSync("/dev/tty", constants.O_RDWR | (constants.O_NOCTTY ?? 0));
    return { fd, input: new ReadStream(fd) };
  } catch {
    fail("ERR_NO_TERMINAL");
  }
}

/** What is typed until Enter or end of input. Raw mode leaves the editing keys to us; those that move do nothing. */
async function typedLine(input: ReadStream): Promise<Uint8Array> {
  const typed: number[] = [];
  // Within what a key sends that is no character, as ESC [ A or ESC O P (ECMA-48 section 5.4).
  let key: "none" | "begun" | "inside" = "none";
  // A stream that has been destroyed cannot give the terminal back.
  for await (const chunk of input.iterator({ destroyOnReturn: false })) {
    for (const byte of chunk as Uint8Array) {
      if (byte === 0x0d || byte === 0x0a || byte === 0x04) return Uint8Array.from(typed);
      if (byte === 0x03) process.kill(process.pid, "SIGINT");
      else if (byte === 0x1b) key = "begun";
      else if (key === "begun") key = byte === 0x5b || byte === 0x4f ? "inside" : "none";
      else if (key === "inside") key = byte >= 0x40 && byte <= 0x7e ? "none" : "inside";
      else if (byte === 0x15) typed.length = 0;
      else if (byte === 0x7f || byte === 0x08) while (((typed.pop() ?? 0) & 0xc0) === 0x80);
      else if (byte >= 0x20) typed.push(byte);
    }
  }
  fail("ERR_NO_TERMINAL");
}
