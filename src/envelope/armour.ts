/** Text armour for channels that only take text: RFC 7468 with a strict reading of its section 2 (spec/envelope.md section 7). */

import { concat, equal, fromUtf8, utf8 } from "../bytes.ts";
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
  const length = BEGIN.length + characters + Math.ceil(envelope.length / LINE) + END.length + 2;
  if (length > LIMITS.armour) fail("ERR_ARMOUR_TOO_LARGE");
  const text = new Uint8Array(length);
  let end = 0;
  const put = (line: string) => {
    text.set(utf8(`${line}\n`), end);
    end += line.length + 1;
  };
  put(BEGIN);
  for (let at = 0; at < envelope.length; at += LINE) put(base64(envelope.subarray(at, at + LINE)));
  put(END);
  return text;
}

/**
 * The envelope in an armoured text: LF or CRLF throughout, lines of exactly 64 characters but the last, canonical base64,
 * nothing before or after.
 * @throws DipbagError ERR_ARMOUR
 */
export function dearmour(text: Uint8Array): Uint8Array {
  const refuse = (reason: string): never => fail("ERR_ARMOUR", { reason });
  const newline = utf8(text[BEGIN.length] === CR ? "\r\n" : "\n");
  const first = concat(utf8(BEGIN), newline);
  const last = concat(newline, utf8(END), newline);
  const stands = (at: number, bytes: Uint8Array): boolean => equal(text.subarray(at, at + bytes.length), bytes);
  if (!stands(0, first)) refuse("no first line, or something before it");
  const end = text.length - last.length;
  if (end === BEGIN.length && stands(end, last)) return new Uint8Array(0);
  if (end <= first.length || !stands(end, last)) refuse("no last line, or something after it");

  const width = CHARACTERS + newline.length;
  const lines = Math.ceil((end - first.length) / width);
  const out = new Uint8Array(lines * LINE);
  let length = 0;
  for (let i = 0; i < lines; i++) {
    const start = first.length + i * width;
    const isLast = i === lines - 1;
    const stop = isLast ? end : start + CHARACTERS;
    const line = unbase64(text.subarray(start, stop));
    if (line === null || (!isLast && (line.length !== LINE || !stands(stop, newline)))) {
      return refuse(`line ${i + 2} is not ${CHARACTERS} characters of canonical base64`);
    }
    for (let k = 0; k < line.length; k++) out[length++] = line.charCodeAt(k);
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

/** A character for each byte; null for anything but the one encoding that `base64` writes: no blanks, no missing padding, no stray bits. */
function unbase64(line: Uint8Array): string | null {
  try {
    const text = fromUtf8(line);
    const binary = atob(text);
    return btoa(binary) === text ? binary : null;
  } catch {
    return null;
  }
}
