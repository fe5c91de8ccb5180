/**
 * Bulk work: what is done to each of many segments, in any order and by several threads at a time (spec/envelope.md
 * section 5: the segment is the unit of encryption, of the signed digests and of parallel work).
 */

/**
 * What is to be done, and to which segments: `first` and on, before `end`. Plain values, byte arrays, sources and sinks,
 * so that it can be described to another thread.
 */
export interface Job {
  readonly first: number;
  readonly end: number;
  /** So many bytes are enough for any segment. */
  readonly room: number;
}

/** Does one segment in `memory`, which nobody else uses meanwhile, and answers how many bytes that was. */
export type Step = (index: number, memory: Uint8Array) => Promise<number>;

export interface Work<J extends Job> {
  readonly name: "check" | "seal" | "open";
  /** Called once by each thread that takes part. */
  start(job: J): Step;
}

/** Hears of each piece's length. */
export type Progress = (bytes: number) => void;

/** Who does it. */
export interface Bulk {
  /** Zeroed memory in a job that everybody who takes part sees: for results, and for secrets that are wiped afterwards. */
  memory(length: number): Uint8Array;
  /** Does every segment once, unless one fails: then what the first of the failing segments throws is thrown. */
  run<J extends Job>(work: Work<J>, job: J, progress?: Progress): Promise<void>;
}

/** One segment after the other, from the front, so that a pipe will do. */
export const inOrder: Bulk = {
  memory: (length) => new Uint8Array(length),
  async run(work, job, progress) {
    const step = work.start(job);
    const memory = new Uint8Array(job.room);
    try {
      for (let index = job.first; index < job.end; index++) {
        const done = await step(index, memory);
        progress?.(done);
      }
    } finally {
      memory.fill(0);
    }
  },
};
