/** What to write instead of a word that is not allowed: for hints only, never to accept anything. */

/** Capital letters of other scripts that look like Latin ones. */
const LOOKALIKES = new Map(
  [..."АВСЕНІЈКМОРЅТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"].map((c, i) => [c, "ABCEHIJKMOPSTXYABEZHIKMNOPTYX"[i] as string]),
);

/** The distance of long words is dear, and of a hundred letters the first show which was meant. */
const MAX_COMPARED = 64;

/** As it would look to a reader in a hurry: compatibility forms, case, spaces and look-alikes folded. */
export function fold(text: string): string {
  // The same for plain text, and ten times as fast.
  if (/^[ -~]*$/.test(text)) return text.toUpperCase().replace(/ {2,}/g, " ");
  return [...text.normalize("NFKC").toUpperCase()]
    .map((character) => LOOKALIKES.get(character) ?? character)
    .join("")
    .replace(/[\p{Cf}\p{Cc}]/gu, "")
    .replace(/\s+/g, " ");
}

/** Levenshtein distance. */
export function distance(a: string, b: string): number {
  if (a !== "" && a[0] === b[0]) {
    let same = 1;
    while (same < a.length && a[same] === b[same]) same += 1;
    return distance(a.slice(same), b.slice(same));
  }
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
 * text looks like; what is merely near comes first in a list, for a wrong nation may be near a right one; and of what is not
 * near at all only what there is is said.
 */
export function advice(rest: string, expected: readonly string[]): string {
  if (rest === "") return `go on with one of: ${listed(expected)}`;
  const folded = fold(rest).trimStart();
  const ranked = expected
    .map((word) => ({ word, off: offBy(folded, word.trimStart()) }))
    .sort((a, b) => a.off - b.off || b.word.length - a.word.length);
  const [best] = ranked;
  if (best === undefined) return "end the marking here";
  if (best.off === 0) return `write "${best.word.trim()}" there, in exactly these characters`;
  const words = listed(ranked.map(({ word }) => word));
  // What is merely first in a list must not look like a translation: NATO SECRET is no HARBOUR SECRET.
  return best.off * 3 <= best.word.trim().length
    ? `write one of: ${words}`
    : `not known here; what may stand there: ${words}`;
}

/** How far the beginning of `folded` is from a word, by the beginning of that; 0 only where all of it looks the same. */
function offBy(folded: string, word: string): number {
  const head = word.slice(0, MAX_COMPARED);
  const off = distance(folded.slice(0, head.length), fold(head).trimStart());
  return off === 0 && head !== word && !folded.startsWith(fold(word)) ? 1 : off;
}

/** As many of the words as fit on a line. */
function listed(words: readonly string[]): string {
  let line = "";
  for (const word of words) {
    const longer = `${line}${line && ", "}"${word.trim()}"`;
    if (longer.length > 240) return `${line}, ...`;
    line = longer;
  }
  return line;
}
