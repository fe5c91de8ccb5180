/** What text from outside may contain where it names something, and how the rest is made visible. */

/**
 * Characters that can hide or disguise, as a closed list so that every reader agrees whatever its Unicode version:
 * C0, DEL, C1, soft hyphen, bidi and zero-width format characters, separators of lines and paragraphs, U+FEFF,
 * interlinear annotation, musical format and tag characters, surrogates (spec/envelope.md section 5.2).
 */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}\ud800-\udfff]/u;

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
