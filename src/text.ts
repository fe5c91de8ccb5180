/** What text from outside may contain where it names something, and how the rest is made visible. */

/**
 * Characters that show nothing, look like a space, or move what is shown, and surrogates: a closed list, so that every
 * reader agrees whatever its Unicode version (spec/envelope.md section 5.2).
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: code points one by one are what is meant
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\u{1107f}\u{13430}-\u{13442}\u{16fe4}\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;

/** Whether `text` is fit to be a name: NFC, nothing hidden, no blank at either end. */
export const isClean = (text: string): boolean =>
  !HIDDEN.test(text) && text === text.normalize("NFC") && text === text.trim();

/** Printable ASCII but for the backslash: most text, which then needs no look at each character. */
const PLAIN = /^[ -[\]-~]*$/;

/** What is never shown as it is: the closed list, and what else this Unicode version counts among it. */
export const UNSHOWN = new RegExp(`${HIDDEN.source}|[\\p{C}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]`, "gu");

const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\\\")
    .replace(UNSHOWN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);

/** `text` on one line with everything hidden written as \u{...}, and cut after `max` characters. */
export function visible(text: string, max = 400): string {
  const shown = PLAIN.test(text) ? text : escaped(text);
  return shown.length > max ? `${shown.slice(0, max).replace(/[\ud800-\udbff]$/, "")}...` : shown;
}
