// @ts-check
/** What V8 says has run (Profiler.takePreciseCoverage), character by character of the modules under dist/. */

import { Session } from "node:inspector";

/** @typedef {{ startOffset: number, endOffset: number, count: number }} Range */
/** @typedef {{ url: string, functions: { ranges: Range[] }[] }} Script */

export class Coverage {
  #session = new Session();
  /** Of each script: 1 where it has run. @type {Map<string, Uint8Array>} */
  #seen = new Map();
  /** Blocks that have run, each counted once, by where it begins. @type {Set<string>} */
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

  /** Whether something has run since the last call that had never run before; if not `kept`, it is still new the next time. */
  take(kept = true) {
    /** @type {Script[]} */
    let scripts = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    let isNew = false;
    for (const { url, functions } of scripts) {
      if (!this.modules.some((begin) => url.startsWith(begin))) continue;
      for (const { ranges } of functions) if (this.#paint(url, ranges, kept)) isNew = true;
    }
    return isNew;
  }

  /** Ranges of one function, each inside an earlier one or behind it; the innermost counts. @param {string} url @param {Range[]} ranges @param {boolean} kept */
  #paint(url, ranges, kept) {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return false;
    const { startOffset: from, endOffset: to } = whole;
    const ran = new Uint8Array(to - from);
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
    let seen = this.#seen.get(url);
    if (seen === undefined || seen.length < to) {
      const grown = new Uint8Array(Math.max(to, 65_536, 2 * (seen?.length ?? 0)));
      if (seen !== undefined) grown.set(seen);
      this.#seen.set(url, grown);
      seen = grown;
    }
    let isNew = false;
    for (let i = 0, was = 1; i < ran.length; i++) {
      const now = ran[i] === 1 && seen[from + i] === 0 ? 1 : 0;
      if (now === 1 && !kept) return true;
      if (now === 1) {
        if (was === 0 || i === 0) this.blocks.add(`${url} ${from + i}`);
        seen[from + i] = 1;
        isNew = true;
      }
      was = now;
    }
    return isNew;
  }

  close() {
    this.#session.disconnect();
  }
}
