/** What to write instead of a word that is not allowed: for hints only, never to accept anything. */

/** Capital letters of other scripts that look like Latin ones. */
const LOOKALIKES = new Map(
  [..."АВСЕНІЈКМОРЅТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"].map((c, i) => [c, "ABCEHIJKMOPSTXYABEZHIKMNOPTYX"[i] as string]),
);

/** As it would look to a reader in a hurry: compatibility forms, case, spaces and look-alikes folded. */
export const fold = (text: string): string =>
  [...text.normalize("NFKC").toUpperCase()]
    .map((character) => LOOKALIKES.get(character) ?? character)
    .join("")
    .replace(/[\p{Cf}\p{Cc}]/gu, "")
    .replace(/\s+/g, " ");

/** Levenshtein distance. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + (character === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * One line about the text `rest`, where one of `expected` could have stood. One word is proposed only if it is what the
 * text looks like; what is merely near comes first in a list, for a wrong nation may be near a right one.
 */
export function advice(rest: string, expected: readonly string[]): string {
  if (rest === "") return `go on with one of: ${listed(expected)}`;
  const folded = fold(rest).trimStart();
  const ranked = expected
    .map((word) => ({ word, off: distance(folded.slice(0, word.trimStart().length), fold(word).trimStart()) }))
    .sort((a, b) => a.off - b.off || b.word.length - a.word.length);
  const [best] = ranked;
  if (best === undefined) return "end the marking here";
  if (best.off === 0) return `write "${best.word.trim()}" there, in exactly these characters`;
  return `write one of: ${listed(ranked.map(({ word }) => word))}`;
}

/** As many of the words as fit on a line. */
function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word.trim()}"`);
  const fits = quoted.filter((_, i) => quoted.slice(0, i + 1).join(", ").length <= 240);
  return fits.join(", ") + (fits.length < quoted.length ? ", ..." : "");
}
