/** The dirty words of a policy, and where they stand. */

import type { Policy } from "../policy.ts";

/** Finds the dirty words of a policy, whatever white space and case they are written with. */
export class DirtyWords {
  private readonly patterns: readonly { readonly minRank: number; readonly pattern: RegExp }[];

  constructor({ dirtyWords }: Policy) {
    const ranks = [...new Set(dirtyWords.map(({ minRank }) => minRank))];
    this.patterns = ranks.map((minRank) => {
      const words = dirtyWords.filter((word) => word.minRank === minRank).map(({ word }) => patternOf(word));
      return { minRank, pattern: new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})(?![\\p{L}\\p{N}])`, "iu") };
    });
  }

  /** The words in `text` that need a higher rank than it has: each with that rank and its place. */
  above(
    rank: number,
    text: string,
  ): readonly { readonly word: string; readonly minRank: number; readonly at: number }[] {
    return this.patterns.flatMap(({ minRank, pattern }) => {
      const found = rank < minRank ? pattern.exec(text) : null;
      return found === null ? [] : [{ word: found[0], minRank, at: found.index }];
    });
  }
}

const patternOf = (word: string): string =>
  word
    .split(/\s+/)
    .map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/]/g, (special) => `\\${special}`))
    .join("[\\s\\p{Cf}]{1,8}");
