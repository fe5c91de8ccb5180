// @ts-check
/** What V8 says has run (Profiler.takePreciseCoverage), character by character of the modules under dist/. */

import { Session } from "node:inspector";

/** @typedef {{ startOffset: number, endOffset: number, count: number }} Range */
/** @typedef {{ url: string, functions: { ranges: Range[] }[] }} Script */

export class Coverage {
  #session = new Session();
  /** Of each function: 1 where it has run. @type {Map<string, Uint8Array>} */
  #seen = new Map();
  /** Blocks that have run, each by where it begins: what ran first in one go is one. @type {Set<string>} */
  blocks = new Set();

  /** @param {readonly string[]} modules only those whose URL begins so */
  constructor(modules) {
    this.modules = modules;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    this.take();
    this.forget();
  }

  /** As if nothing had run. */
  forget() {
    this.#seen.clear();
    this.blocks.clear();
  }

  /**
   * How many characters of the modules have run since the last call that had never run before; if not `kept`, they are still
   * new the next time.
   */
  take(kept = true) {
    /** @type {Script[]} */
    let scripts = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    let fresh = 0;
    for (const { url, functions } of scripts) {
      if (!this.modules.some((begin) => url.startsWith(begin))) continue;
      for (const { ranges } of functions) fresh += this.#paint(url, ranges, kept);
    }
    return fresh;
  }

  /**
   * Ranges of one function: each inside an earlier one or behind it, and the innermost counts. A function inside another has
   * ranges of its own.
   * @param {string} url @param {Range[]} ranges @param {boolean} kept
   */
  #paint(url, ranges, kept) {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const { startOffset: from, endOffset: to } = whole;
    const name = `${url} ${from} ${to}`;
    const seen = this.#seen.get(name) ?? new Uint8Array(to - from);
    const ran = new Uint8Array(to - from);
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
    let fresh = 0;
    for (let i = 0, before = false; i < ran.length; i++) {
      const isNew = ran[i] === 1 && seen[i] === 0;
      if (isNew) fresh++;
      if (isNew && kept) seen[i] = 1;
      if (isNew && kept && !before) this.blocks.add(`${name} ${i}`);
      before = isNew;
    }
    if (kept) this.#seen.set(name, seen);
    return fresh;
  }

  close() {
    this.#session.disconnect();
  }
}
