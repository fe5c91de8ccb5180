/** What the thread of a `Verifier` does. It needs no secret. */

import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { utf8 } from "../bytes.ts";
import { Home } from "../node/home.ts";
import { statOf } from "../node/source.ts";
import { createContext } from "./context.ts";
import { examine } from "./examine.ts";
import { problemOf, recordingStreams } from "./output.ts";
import { type Answer, READY, type Setting } from "./verifier.ts";

/** Says that it is ready, and answers batches of paths, one after the other. */
export function serve(): void {
  const { home, at, asJson, colored, question } = workerData as Setting;
  const streams = recordingStreams(colored);
  const trust = new Home(home).trust();
  let left: string[] = [];
  const plain = createContext({ home, at, json: asJson, color: "never" }, streams);
  const context = {
    ...plain,
    /** Threads need files too. When they have ended, one may be opened that cannot be now. */
    report: async (error: unknown, path: string) => {
      if (problemOf(error).code === "ERR_TOO_MANY_FILES") left.push(path);
      else await plain.report(error, path);
    },
  };
  const answer = async (paths: readonly string[]) => {
    left = [];
    let good = 0;
    for (const path of paths) {
      if (!statOf(path)?.isFile()) left.push(path);
      else if (await examine(path, await trust, question, context)) good++;
    }
    const written = streams.take().map(([where, text]) => (where === "out" ? utf8(text) : text));
    const answer: Answer = { written, left, good, status: context.worst() };
    parentPort?.postMessage(
      answer,
      written.flatMap((bytes) => (typeof bytes === "string" ? [] : (bytes.buffer as ArrayBuffer))),
    );
  };
  let last: Promise<unknown> = trust.then(() => parentPort?.postMessage(READY));
  parentPort?.on("message", (paths: readonly string[]) => {
    // Each batch in a turn of its own: Node hands out up to a thousand messages in one, and whatever else waits, such as the
    // collector's tasks, would wait for all of them.
    last = last.then(() => setImmediate()).then(() => answer(paths));
  });
}
