/** What a worker does: its part of one job after the other. */

import { parentPort } from "node:worker_threads";
import type { Job, Work } from "../envelope/bulk.ts";
import { Claims } from "./claims.ts";
import { fromMessage } from "./shared.ts";
import type { Task } from "./threads.ts";

/** Does what it is told, if it is one of `works`. Whatever is no DipbagError ends the thread. */
export function serve(...works: readonly Work<Job>[]): void {
  parentPort?.on("message", async ({ name, job, claims }: Task) => {
    const own = fromMessage(job) as Job;
    const step = works.find((work) => work.name === name)?.start(own);
    if (step === undefined) throw new Error(`no such work: ${name}`);
    parentPort?.postMessage(await new Claims(claims).work(step, own.room));
  });
}
