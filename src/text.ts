/** What text from outside may contain where it names something, and how the rest is made visible. */

/**
 * Characters that can hide or disguise: controls (C0, DEL, C1), format characters (bidi, zero-width, BOM, tags), line
 * and paragraph separators, lone surrogates, private use and unassigned code points.
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Whether `text` is fit to be a name: NFC, nothing hidden, no blank at either end. */
export const isClean = (text: string): boolean =>
  !HIDDEN.test(text) && text === text.normalize("NFC") && text === text.trim();

/** `text` on one line with everything hidden written as \u{...}, and cut after `max` characters. */
export function visible(text: string, max = 400): string {
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}\\]/gu, (character) =>
    character === "\\" ? "\\\\" : `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
  return shown.length > max ? `${shown.slice(0, max)}...` : shown;
}
