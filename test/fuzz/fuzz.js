// @ts-check
/**
 * A fuzzer guided by coverage: what makes a line of dist run that never ran before is kept and changed further. Kept between
 * runs in corpus/TARGET.jsonl, as edits of files in spec/ and no more of them than coverage needs.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apply, blind, changes, dice, sequence, walk } from "../survive/mutate.js";
import { Coverage } from "./coverage.js";

/** @typedef {import("../survive/mutate.js").Edit} Edit */
/** @typedef {import("./targets.js").Target} Target */
/** Edits made to a seed, one after the other. @typedef {{ seed: string, edits: readonly Edit[], bytes: Uint8Array }} Entry */
/** @typedef {{ what: string, entry: Entry, place: string | undefined }} Finding */

/** What is under test, and the maze beside this file. */
const MODULES = [new URL("../../dist/", import.meta.url).href, new URL("maze.js", import.meta.url).href];
/** Milliseconds between two looks at what has run. */
const BATCH = 50;
const SECOND = 1000;
const MOST_MEMORY = 300e6;
/** Of an input, beyond twice its seed. */
const ROOM = 4096;
const MOST_EDITS = 40;
const MOST_FINDINGS = 5;

const corpusOf = (/** @type {string} */ name) => fileURLToPath(new URL(`corpus/${name}.jsonl`, import.meta.url));
const latin1 = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("latin1");

/** @param {Entry} entry */
export const written = ({ seed, edits }) =>
  JSON.stringify([seed, ...edits.map(([at, removed, inserted]) => [at, removed, latin1(inserted)])]).replace(
    /[\x7f-\xff]/g,
    (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
  );

/** @param {string} name @param {Target} target @returns {Entry[]} */
function stored(name, { seeds }) {
  const lines = existsSync(corpusOf(name)) ? readFileSync(corpusOf(name), "utf8").trimEnd().split("\n") : [];
  return lines.map((line) => {
    const [seed, ...rest] = JSON.parse(line);
    /** @type {Edit[]} */
    const edits = rest.map((/** @type {[number, number, string]} */ [at, removed, text]) => [
      at,
      removed,
      new Uint8Array(Buffer.from(text, "latin1")),
    ]);
    const from = seeds.get(seed) ?? new Uint8Array(0);
    return { seed, edits: slim(from, edits), bytes: apply(from, edits) };
  });
}

/** The same change without what it puts back as it was. @param {Uint8Array} bytes @param {readonly Edit[]} change */
function slim(bytes, change) {
  let now = bytes;
  return change.map((edit) => {
    const [at, removed, inserted] = edit;
    const old = now.subarray(at, at + removed);
    const most = Math.min(removed, inserted.length);
    let front = 0;
    while (front < most && old[front] === inserted[front]) front++;
    let back = 0;
    while (back < most - front && old[removed - 1 - back] === inserted[inserted.length - 1 - back]) back++;
    now = apply(now, [edit]);
    return /** @type {const} */ ([
      at + front,
      removed - front - back,
      inserted.subarray(front, inserted.length - back),
    ]);
  });
}

export class Fuzzer {
  coverage = new Coverage(MODULES);
  /** @type {Entry[]} */
  corpus = [];
  /** @type {Finding[]} */
  findings = [];
  runs = 0;
  slowest = 0;
  before = process.memoryUsage.rss();

  /** @param {string} name @param {Target} target @param {typeof import("../../dist/errors.js").DipbagError} refusal @param {number} seed */
  constructor(name, target, refusal, seed) {
    this.name = name;
    this.target = target;
    this.refusal = refusal;
    this.roll = dice(seed);
  }

  /** The machine may be busy: what was slow is tried again. @param {Entry} entry @param {boolean} [again] @returns {Promise<void>} */
  async run(entry, again = false) {
    const begun = performance.now();
    this.runs++;
    try {
      const answer = this.target.run(entry.bytes);
      if (answer instanceof Promise) await answer;
    } catch (error) {
      if (!(error instanceof this.refusal && error.status >= 1 && error.status <= 5))
        this.finding("threw", entry, error);
    }
    const took = performance.now() - begun;
    if (took > SECOND && !again) return this.run(entry, true);
    this.slowest = Math.max(this.slowest, took);
    if (took > SECOND) this.finding(`took ${took.toFixed(0)} ms`, entry, null);
  }

  /** @param {string} what @param {Entry} entry @param {unknown} error */
  finding(what, entry, error) {
    const found = error instanceof Error ? error.stack : `${error}`;
    // One fault is found many times: the message and where it was thrown tell them apart.
    const place = found?.split("\n", 2).join("\n");
    const isKnown = this.findings.some((other) => other.what === what && other.place === place);
    if (!isKnown && this.findings.length < MOST_FINDINGS) this.findings.push({ what, entry, place });
  }

  /** Seeds and what was kept. */
  async start() {
    for (const [seed, bytes] of this.target.seeds) await this.keep({ seed, edits: [], bytes }, true);
    this.seeded = this.coverage.blocks.size;
    for (const entry of stored(this.name, this.target)) await this.keep(entry);
    this.known = this.coverage.blocks.size;
  }

  /** Runs one, and keeps it if it ran something new. @param {Entry} entry @param {boolean} [always] */
  async keep(entry, always = false) {
    await this.run(entry);
    if (this.coverage.take() > 0 || always) this.corpus.push(entry);
  }

  /** Keeps those of a batch that run something new. To look at what has run costs more than to run. @param {readonly Entry[]} batch */
  async sift(batch) {
    const half = Math.ceil(batch.length / 2);
    if (half === batch.length) return this.keep(/** @type {Entry} */ (batch[0]));
    for (const part of [batch.slice(0, half), batch.slice(half)]) {
      for (const entry of part) await this.run(entry);
      if (this.coverage.take(false) > 0) await this.sift(part);
    }
  }

  /** @param {number} until as of Date.now() */
  async go(until) {
    while (Date.now() < until) {
      const batch = [];
      for (const end = Date.now() + BATCH; Date.now() < end; ) {
        const entry = this.changed();
        batch.push(entry);
        await this.run(entry);
      }
      if (this.coverage.take(false) > 0) await this.sift(batch);
      const growth = process.memoryUsage.rss() - this.before;
      if (growth > MOST_MEMORY) return this.finding(`memory grew by ${growth}`, /** @type {Entry} */ (batch[0]), null);
    }
  }

  any() {
    return /** @type {Entry} */ (this.corpus[this.roll(this.corpus.length)]);
  }

  /** @returns {Entry} */
  changed() {
    let { seed, edits, bytes } = this.any();
    const most = ROOM + 2 * (this.target.seeds.get(seed)?.length ?? 0);
    for (let left = 1 + this.roll(3); left > 0 && edits.length < MOST_EDITS; left--) {
      const change = this.change(bytes);
      const next = apply(bytes, change);
      if (next.length > most) continue;
      edits = [...edits, ...slim(bytes, change)];
      bytes = next;
    }
    return { seed, edits, bytes };
  }

  /** @param {Uint8Array} bytes */
  change(bytes) {
    if (this.target.form === "cbor" && this.roll(4) > 0) {
      const places = [...walk(sequence(bytes) ?? [])];
      const place = places[this.roll(places.length)];
      const all = place === undefined ? [] : [...changes(bytes, place)];
      const chosen = all[this.roll(all.length)];
      if (chosen !== undefined) return chosen;
    }
    return this.roll(3) > 0 ? blind(bytes, this.roll) : this.grafted(bytes);
  }

  /** A piece of another entry, of text a whole word or more. @param {Uint8Array} bytes @returns {Edit[]} */
  grafted(bytes) {
    const other = latin1(this.any().bytes);
    const words = [...other.matchAll(/\w+|\W/g)];
    const word = words[this.roll(words.length)];
    const length = this.roll(2) === 0 ? (word?.[0].length ?? 0) : this.roll(64);
    const piece = other.slice(word?.index ?? 0, (word?.index ?? 0) + length);
    const at = this.roll(bytes.length + 1);
    const removed = this.roll(2) === 0 ? 0 : Math.min(piece.length, bytes.length - at);
    return [[at, removed, new Uint8Array(Buffer.from(piece, "latin1"))]];
  }

  /** Writes the fewest and shortest that run all that was run. */
  async save() {
    const found = this.corpus.filter(({ edits }) => edits.length > 0);
    const size = (/** @type {Entry} */ entry) => written(entry).length;
    this.coverage.forget();
    for (const [, bytes] of this.target.seeds) await this.run({ seed: "", edits: [], bytes });
    this.coverage.take();
    const kept = [];
    for (const entry of found.sort((a, b) => size(a) - size(b))) {
      await this.run(entry);
      const gain = this.coverage.take(false);
      if (gain === 0) continue;
      kept.push(await this.shortened(entry, gain));
      await this.run(entry);
      this.coverage.take();
    }
    if (kept.length > 0) writeFileSync(corpusOf(this.name), `${kept.map(written).join("\n")}\n`);
  }

  /** Without the edits that the gain does not need. @param {Entry} entry @param {number} gain */
  async shortened({ seed, edits, bytes }, gain) {
    const from = this.target.seeds.get(seed) ?? new Uint8Array(0);
    let shortest = { seed, edits, bytes };
    for (let i = edits.length - 1; i >= 0; i--) {
      const fewer = shortest.edits.filter((_, j) => j !== i);
      const length = (/** @type {number} */ until) =>
        fewer.slice(0, until).reduce((sum, [, removed, inserted]) => sum - removed + inserted.length, from.length);
      if (fewer.some(([at, removed], j) => at + removed > length(j))) continue;
      const shorter = { seed, edits: fewer, bytes: apply(from, fewer) };
      await this.run(shorter);
      if (this.coverage.take(false) >= gain) shortest = shorter;
    }
    return shortest;
  }
}
