/** Segments of one job, each claimed by one thread only. */

import type { Job, Step } from "../envelope/bulk.ts";
import { type Details, DipbagError, type ErrorCode } from "../errors.ts";

/** What went wrong at which segment, as it can be told to another thread. */
export interface Failure {
  readonly index: number;
  readonly code: ErrorCode;
  readonly details: Details;
}

const NEXT = 0;
const END = 1;
const DONE = 1;

export class Claims {
  /** Shared by all threads: two 32-bit numbers, the next segment and the end, and 64 bits: bytes done. */
  readonly shared: SharedArrayBuffer;
  private readonly segments: Int32Array;
  private readonly bytes: BigInt64Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.segments = new Int32Array(shared);
    this.bytes = new BigInt64Array(shared);
  }

  static of({ first, end }: Job): Claims {
    const claims = new Claims(new SharedArrayBuffer(16));
    claims.segments.set([first, end]);
    return claims;
  }

  /** A segment that nobody else gets; undefined when there is none left. Lower ones come first. */
  take(): number | undefined {
    const index = Atomics.add(this.segments, NEXT, 1);
    return index < (this.segments[END] as number) ? index : undefined;
  }

  /** Whoever asks from now on gets nothing. */
  stop(): void {
    Atomics.store(this.segments, NEXT, this.segments[END] as number);
  }

  /** So many bytes more are done, by this thread. */
  add(bytes: number): void {
    Atomics.add(this.bytes, DONE, BigInt(bytes));
  }

  /** Bytes done, by all threads. */
  get done(): number {
    return Number(Atomics.load(this.bytes, DONE));
  }

  /**
   * Works on what can be claimed until nothing is left, here or anywhere after a failure. `after` each segment.
   * @throws whatever is no DipbagError, after a stop
   */
  async work(step: Step, room: number, after?: () => Promise<void>): Promise<Failure | undefined> {
    const memory = new Uint8Array(room);
    let index = this.take();
    try {
      for (; index !== undefined; index = this.take()) {
        const done = await step(index, memory);
        this.add(done);
        await after?.();
      }
    } catch (error) {
      this.stop();
      if (error instanceof DipbagError && index !== undefined) {
        return { index, code: error.code, details: error.details };
      }
      throw error;
    } finally {
      memory.fill(0);
    }
    return undefined;
  }
}
