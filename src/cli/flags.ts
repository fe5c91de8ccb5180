/** How the values of flags are read. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { utf8 } from "../bytes.ts";
import { ENVIRONMENT, type Environment } from "../environment.ts";
import { fail } from "../errors.ts";
import { dayStart } from "../label/shapes.ts";
import { isClean, visible } from "../text.ts";

const clean = (most: number) => (text: string) => {
  if (text !== "" && utf8(text).length <= most && isClean(text)) return text;
  throw new InvalidArgumentError(`It is empty, longer than ${most} bytes, or holds characters that cannot be seen.`);
};
/** As `name` and `prose` of spec/envelope.md. */
export const cleanName = clean(255);
export const cleanProse = clean(1024);

const repeatable = new WeakSet<object>();
/** For a flag that may be repeated. */
export function collect<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  const collecting = (text: string, before: readonly T[] = []) => [...before, read(text)];
  repeatable.add(collecting);
  return collecting;
}

/**
 * Refuses a value given twice, where the last one would silently count, and a flag for a value, where one was forgotten.
 * @throws DipbagError ERR_USAGE, while the arguments are parsed
 */
export function requireClearFlags(command: Command): void {
  const flags = new Set<string>();
  for (let one: Command | null = command; one !== null; one = one.parent) {
    for (const { long, short } of one.options) for (const flag of [long, short]) if (flag) flags.add(flag);
  }
  for (const { flags: shown, parseArg, required, optional, ...option } of command.options) {
    if (!required && !optional) continue;
    let given = 0;
    command.on(`option:${option.long?.replace(/^--/, "")}`, (value: string) => {
      if (flags.has(value)) fail("ERR_USAGE", { reason: `${option.long} has no value: ${value} is a flag` });
      if (++given > 1 && !(parseArg !== undefined && repeatable.has(parseArg)))
        fail("ERR_USAGE", { reason: `${option.long} is given twice` });
    });
  }
  for (const sub of command.commands) requireClearFlags(sub);
}

export const asIs = (text: string): string => text;

export const upTo =
  (most: number) =>
  (text: string): number => {
    if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };

export function day(text: string): string {
  if (dayStart(text) === undefined) throw new InvalidArgumentError("A day looks like 2026-11-22.");
  return text;
}

export function nation(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new InvalidArgumentError("It must be three capital letters, as AAB.");
  return text;
}

/** Splits 'KEY=VALUE' at the last '='. */
export function pair(text: string): readonly [key: string, value: string] {
  const at = text.lastIndexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("It must be of the form 'THIS=THAT'.");
  return [text.slice(0, at), text.slice(at + 1)];
}

export const choice = (flags: string, text: string, choices: readonly string[]): Option =>
  new Option(flags, `${text}: ${choices.join(", ")}`).choices(choices);

export const environmentOf = (exercise: true | undefined): Environment =>
  exercise ? ENVIRONMENT.exercise : ENVIRONMENT.operation;

/** One of a list, for a flag that may be repeated. */
export const oneOf =
  <T extends string>(known: readonly T[]) =>
  (text: string): T =>
    known.find((name) => name === text) ??
    fail("ERR_USAGE", { reason: `'${visible(text)}' is not one of: ${known.join(", ")}` });
