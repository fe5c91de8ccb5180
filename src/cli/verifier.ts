/** Another thread that verifies: it is told paths, and answers what is to be printed. */

import { Worker } from "node:worker_threads";
import { release } from "../crypto/node-memory.ts";
import { DipbagError } from "../errors.ts";
import type { Context } from "./context.ts";
import type { Question } from "./examine.ts";
import { isColored } from "./output.ts";

/** What the thread knows of the world. */
export interface Setting {
  readonly home: string;
  readonly at: number;
  readonly asJson: boolean;
  readonly colored: { readonly out: boolean; readonly note: boolean };
  readonly question: Question;
}

/** To a batch of paths. */
export interface Answer {
  /** What is to be printed, in order: UTF-8 for stdout, and lines for stderr. */
  readonly written: readonly (Uint8Array | string)[];
  /** What it has not examined: no regular files, which may need somebody at their other end, and what it could not open. */
  readonly left: readonly string[];
  /** How many are good. */
  readonly good: number;
  /** The worst exit status so far. */
  readonly status: number;
}

const WORKER = new URL("./verify-worker.js", import.meta.url);

/**
 * Of garbage that has not been collected yet, in MiB. Left to itself V8 doubles this room again and again in a long run, up to
 * 96 and more, and gives nothing back; more than this makes nothing faster.
 */
const YOUNG = 12;

/** The first that a thread says. */
export const READY = "ready";

export class Verifier {
  /** Whether the thread can be asked. */
  alive = true;
  /** How many it has examined so far, and how many of them are good. */
  examined = 0;
  good = 0;
  private readonly context: Context;
  /** Loaded before the threads take the descriptors that loading needs. */
  private readonly release = release;
  private readonly worker: Worker | undefined;
  private ready = false;
  private closed = false;
  /** Those who wait for an answer, in the order in which they asked. */
  private readonly waiting: ((answer: Answer | undefined) => void)[] = [];

  constructor(context: Context, question: Question, url = WORKER) {
    const { home, at, asJson, style, noteStyle } = context;
    const colored = { out: isColored(style), note: isColored(noteStyle) };
    const workerData: Setting = { home, at, asJson, colored, question };
    this.context = context;
    try {
      // Not our environment: a passphrase may be in it.
      this.worker = new Worker(url, { env: {}, workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG } });
    } catch {
      // Not allowed here, or too many already.
      this.alive = false;
    }
    this.worker?.on("message", (answer: Answer | typeof READY) => {
      if (answer === READY) this.ready = true;
      else this.waiting.shift()?.(answer);
    });
    // An exit follows.
    this.worker?.on("error", () => {});
    this.worker?.on("exit", () => {
      this.alive = false;
      for (const settle of this.waiting.splice(0)) settle(undefined);
    });
  }

  /**
   * Examines the regular files among `paths`, prints what there is to say, and answers with what is left. Where the thread ends by
   * itself, that is said of each; but where it never was ready, none has been looked at.
   */
  async examine(paths: readonly string[]): Promise<readonly string[]> {
    const answer = await new Promise<Answer | undefined>((resolve) => {
      if (!this.alive) return resolve(undefined);
      this.waiting.push(resolve);
      this.worker?.postMessage(paths);
    });
    // Somebody else tells why all of it ends.
    if (this.closed) return [];
    if (answer === undefined) {
      if (!this.ready) return paths;
      for (const path of paths) await this.context.report(new DipbagError("ERR_INTERNAL"), path);
      return [];
    }
    this.context.outcome(answer.status);
    this.examined += paths.length - answer.left.length;
    this.good += answer.good;
    for (const text of answer.written) {
      if (typeof text === "string") this.context.note(text);
      else {
        await this.context.out(text);
        this.release(text);
      }
    }
    return answer.left;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
  }
}
