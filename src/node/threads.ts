/** Bulk work by this thread and others. */

import { availableParallelism } from "node:os";
import { isMainThread, Worker } from "node:worker_threads";
import { type Bulk, inOrder, type Work } from "../envelope/bulk.ts";
import { DipbagError, fail } from "../errors.ts";
import { Claims, type Failure } from "./claims.ts";
import { fromMessage, type OpenFile, toMessage, whileOpen } from "./shared.ts";

/** What a worker is told. */
export interface Task {
  readonly name: Kind;
  /** A job, by `toMessage`. */
  readonly job: unknown;
  readonly claims: SharedArrayBuffer;
}
type Kind = Work<never>["name"];

/** The files of the workers stand beside this one, and beside the file that a bundler makes of it. Who checks knows no secret. */
const CHECKER = new URL("./check-worker.js", import.meta.url);
const SEALER = new URL("./seal-worker.js", import.meta.url);
export const WORKERS: Readonly<Record<Kind, URL>> = { check: CHECKER, seal: SEALER, open: SEALER };

const MIB = 2 ** 20;
/** Bytes from which a thread does more than its start costs. */
const PAYS: Readonly<Record<Kind, number>> = { check: 100 * MIB, seal: 48 * MIB, open: 48 * MIB };
/** So much is read or written at once without a turn for anything else: less than a second from any disk. */
const BRIEF = 2 * MIB;
/** So many segments are enough for a thread that is there already. */
const FEW = 4;
/** More threads than this wait for the disk or for memory. */
const MOST = 4;
const HERE = isMainThread ? Math.min(availableParallelism(), MOST) : 1;
/** Memory for segments in all threads together; one segment is always allowed. So a large file stays below 100 MB too. */
const IN_FLIGHT = 16 * MIB;
/** MiB for garbage that has not been collected yet: these threads make next to none, and V8 by itself would take 5 MB more. */
const YOUNG = 3;

export interface Threads extends Bulk {
  /** Starts the other threads already, if so many bytes are worth it: they take their time. */
  prepare(kind: Kind, bytes: number): void;
  /** Ends the other threads. Whoever makes `Threads` calls it. */
  close(): Promise<void>;
}

/**
 * This thread, with as many others as there are processors, up to `most` in all; a thread that is one of several has no others. They are started when there is
 * enough to do, if all sources and sinks are regular files; else all is done here, in order.
 * `run` throws what `inOrder` would; ERR_INTERNAL where a thread has ended by itself. It settles when no thread uses the
 * job's files any more.
 */
export function threads({
  most = HERE,
  pays = PAYS,
  workers = WORKERS,
}: {
  most?: number;
  pays?: Readonly<Record<Kind, number>>;
  workers?: Readonly<Record<Kind, URL>>;
} = {}): Threads {
  let helpers: { readonly url: URL; readonly all: Helper[] } | undefined;
  let busy = false;

  /** Of one kind at a time: threads take memory. */
  function helpersFor(kind: Kind, count: number): readonly Helper[] {
    const url = workers[kind];
    if (helpers?.url !== url) {
      void end();
      helpers = { url, all: [] };
    }
    const alive = helpers.all.filter((helper) => helper.alive);
    try {
      while (alive.length < count) alive.push(new Helper(url));
    } catch {} // Not allowed here, or too many already: then those that are there do it.
    helpers = { url, all: alive };
    return alive.slice(0, count);
  }

  async function end(): Promise<void> {
    const all = helpers?.all ?? [];
    helpers = undefined;
    await Promise.all(all.map((helper) => helper.end()));
  }

  const paying = (kind: Kind, bytes: number) => bytes >= pays[kind];
  return {
    prepare(kind, bytes) {
      if (most > 1 && paying(kind, bytes)) helpersFor(kind, most - 1);
    },

    memory: (length) => new Uint8Array(new SharedArrayBuffer(length)),

    async run(work, job, progress) {
      const { name } = work;
      const segments = job.end - job.first;
      const count = Math.min(most, Math.floor(IN_FLIGHT / job.room)) - 1;
      const enough = paying(name, segments * job.room) || (helpers?.url === workers[name] && segments >= FEW);
      const files: OpenFile[] = [];
      const message = enough && count > 0 && !busy ? toMessage(job, files) : undefined;
      if (message === undefined) return inOrder.run(work, job, progress);

      busy = true;
      const claims = Claims.of(job);
      let told = 0;
      const tell = async () => {
        const { done } = claims;
        progress?.(done - told);
        told = done;
        // What waits meanwhile, such as a signal, has its turn.
        await new Promise(setImmediate);
      };
      try {
        const task: Task = { name, job: message, claims: claims.shared };
        const others = helpersFor(name, count).map((helper) => helper.help(task, claims));
        const own = job.room > BRIEF ? job : (fromMessage(message) as typeof job);
        const mine = (async () => claims.work(work.start(own), job.room, tell))();
        const results = await whileOpen(files, () => Promise.allSettled([mine, ...others]));
        const failures = results.flatMap((result) => {
          if (result.status === "rejected") throw result.reason;
          return result.value ?? [];
        });
        const [failure] = failures.sort((a, b) => a.index - b.index);
        if (failure) fail(failure.code, failure.details);
        await tell();
      } finally {
        busy = false;
      }
    },

    close: end,
  };
}

/** Another thread. It keeps the process alive only while it has a task. */
class Helper {
  alive = true;
  private readonly worker: Worker;
  private settle: ((failure: Failure | undefined) => void) | undefined;
  private crash: (() => void) | undefined;

  constructor(url: URL) {
    // Not our environment: a passphrase may be in it.
    this.worker = new Worker(url, { env: {}, resourceLimits: { maxYoungGenerationSizeMb: YOUNG } });
    this.worker.unref();
    this.worker.on("message", (failure: Failure | undefined) => this.settle?.(failure));
    // An exit follows.
    this.worker.on("error", () => {});
    this.worker.on("exit", () => {
      this.alive = false;
      this.crash?.();
    });
  }

  /** @throws DipbagError ERR_INTERNAL where the thread ends before it has answered */
  async help(task: Task, claims: Claims): Promise<Failure | undefined> {
    this.worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        this.settle = resolve;
        this.crash = () => {
          claims.stop();
          reject(new DipbagError("ERR_INTERNAL"));
        };
        this.worker.postMessage(task);
      });
    } finally {
      this.crash = undefined;
      this.worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
