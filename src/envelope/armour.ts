/** Text armour for channels that only take text: RFC 7468 with a strict reading of its section 2 (spec/envelope.md section 7). */

import { utf8 } from "../bytes.ts";
import { fail } from "../errors.ts";
import { LIMITS } from "./format.ts";
import { bytesSource, type Source } from "./source.ts";

const BEGIN = "-----BEGIN DIPBAG ENVELOPE-----";
const END = "-----END DIPBAG ENVELOPE-----";
/** 48 bytes make one line of 64 characters. */
const LINE = 48;
const CHARACTERS = 64;
const CR = 13;

/** @throws DipbagError ERR_ARMOUR_TOO_LARGE above 64 MiB of text */
export function armour(envelope: Uint8Array): Uint8Array {
  const characters = 4 * Math.ceil(envelope.length / 3);
  if (BEGIN.length + characters + Math.ceil(envelope.length / LINE) + END.length + 2 > LIMITS.armour) {
    fail("ERR_ARMOUR_TOO_LARGE");
  }
  const lines = [BEGIN];
  for (let at = 0; at < envelope.length; at += LINE) lines.push(base64(envelope.subarray(at, at + LINE)));
  return utf8(`${lines.join("\n")}\n${END}\n`);
}

/**
 * The envelope in an armoured text: LF or CRLF throughout, lines of exactly 64 characters but the last, canonical base64,
 * nothing before or after.
 * @throws DipbagError ERR_ARMOUR
 */
export function dearmour(text: Uint8Array): Uint8Array {
  const refuse = (reason: string): never => fail("ERR_ARMOUR", { reason });
  const newline = text[BEGIN.length] === CR ? "\r\n" : "\n";
  const ascii = (start: number, end: number) => String.fromCharCode(...text.subarray(start, end));
  const first = BEGIN + newline;
  const last = newline + END + newline;
  if (ascii(0, first.length) !== first) refuse("no first line, or something before it");
  const end = text.length - last.length;
  if (end === BEGIN.length && ascii(end, text.length) === last) return new Uint8Array(0);
  if (end <= first.length || ascii(end, text.length) !== last) refuse("no last line, or something after it");

  const width = CHARACTERS + newline.length;
  const lines = Math.ceil((end - first.length) / width);
  const out = new Uint8Array(lines * LINE);
  let length = 0;
  for (let i = 0; i < lines; i++) {
    const start = first.length + i * width;
    const isLast = i === lines - 1;
    const stop = isLast ? end : start + CHARACTERS;
    const bytes = unbase64(ascii(start, stop));
    const ended = isLast || ascii(stop, stop + newline.length) === newline;
    if (!ended || bytes === null || (isLast ? bytes.length === 0 : bytes.length !== LINE)) {
      return refuse(`line ${i + 2} is not ${CHARACTERS} characters of canonical base64`);
    }
    out.set(bytes, length);
    length += bytes.length;
  }
  return out.subarray(0, length);
}

/** `source` itself, or the envelope inside where it begins like armour. @throws DipbagError ERR_ARMOUR, ERR_ARMOUR_TOO_LARGE */
export async function withoutArmour(source: Source): Promise<Source> {
  if ((await source.read(0, 1))[0] !== BEGIN.charCodeAt(0)) return source;
  const text = await source.read(0, LIMITS.armour + 1);
  if (text.length > LIMITS.armour) fail("ERR_ARMOUR_TOO_LARGE");
  return bytesSource(dearmour(text));
}

/** RFC 4648 section 4. */
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Null for anything but the one encoding that `base64` writes: no blanks, no missing padding, no stray bits. */
function unbase64(text: string): Uint8Array | null {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}
