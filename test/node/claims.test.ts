/** Who does which segment: decided by one atomic addition. */

import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes.ts";
import type { Step } from "../../src/envelope/bulk.ts";
import { DipbagError } from "../../src/errors.ts";
import { Claims } from "../../src/node/claims.ts";

describe("claims", () => {
  it("each segment goes to one thread, and none is left", async () => {
    const claims = Claims.of({ first: 5, end: 20_005, room: 1 });
    const taking = `import { parentPort, workerData } from 'node:worker_threads';
      const { Claims } = await import(workerData.module);
      const claims = new Claims(workerData.shared);
      const taken = [];
      for (let index = claims.take(); index !== undefined; index = claims.take()) taken.push(index);
      parentPort.postMessage(Int32Array.from(taken));`;
    const module = new URL("../../dist/node/claims.js", import.meta.url).href;
    const each = await Promise.all(
      Array.from({ length: 4 }, () => {
        const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(taking)}`), {
          workerData: { module, shared: claims.shared },
        });
        return new Promise<Int32Array>((resolve, reject) => worker.once("message", resolve).once("error", reject));
      }),
    );
    for (const taken of each) expect([...taken]).toEqual([...taken].sort((a, b) => a - b));
    const all = each.flatMap((taken) => [...taken]).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 5));
    expect(claims.take()).toBeUndefined();
  });

  it("stop at the first failure, which says where", async () => {
    const claims = Claims.of({ first: 0, end: 10, room: 1 });
    const done: number[] = [];
    const step: Step = async (index, memory) => {
      memory.fill(7);
      if (index === 4) throw new DipbagError("ERR_DIGEST", { portion: 2 });
      done.push(index);
      return 3;
    };
    expect(await claims.work(step, 1)).toEqual({ index: 4, code: "ERR_DIGEST", details: { portion: 2 } });
    expect([done, claims.done, claims.take()]).toEqual([[0, 1, 2, 3], 12, undefined]);
  });

  it("count more bytes than fit into 32 bits", async () => {
    const claims = Claims.of({ first: 0, end: 3, room: 1 });
    await claims.work(async () => 2 ** 33, 1);
    expect(claims.done).toBe(3 * 2 ** 33);
  });

  it("wipe the memory that was worked in", async () => {
    let memory: Uint8Array = new Uint8Array(0);
    const step: Step = async (_, given) => {
      memory = given.fill(9);
      return 1;
    };
    await Claims.of({ first: 0, end: 1, room: 4 }).work(step, 4);
    expect(concat(memory)).toEqual(new Uint8Array(4));
  });
});
