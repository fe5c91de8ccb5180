/** Segments in any order and several at a time: what comes out is the same (spec/envelope.md section 5). */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { hex } from "../../src/bytes.ts";
import { type Bulk, inOrder } from "../../src/envelope/bulk.ts";
import { writeIndex } from "../../src/envelope/contents.ts";
import { pack } from "../../src/envelope/pack.ts";
import type { PackPlan } from "../../src/envelope/plan.ts";
import { bytesSource, type Source } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { type Plan, seal } from "../breakable.ts";
import { codeOf } from "../outcome.ts";
import { file } from "../packing.ts";
import { CONFIDENTIAL, content, MemorySink, RESTRICTED, repeatable, T, trust, world } from "../world.ts";

const { duty } = world;
const CAPACITY = 2 ** 20 - 32;
const INDEX = writeIndex([{ name: "a", mediaType: "text/plain", size: CAPACITY }]).length;

/** All at the same time, the last begun first; it remembers what memory it gave. */
class Crowd implements Bulk {
  readonly given: Uint8Array[] = [];
  segments = 0;
  memory(length: number): Uint8Array {
    const memory = new Uint8Array(length);
    this.given.push(memory);
    return memory;
  }
  run: Bulk["run"] = async (work, job, progress) => {
    const step = work.start(job);
    const indices = Array.from({ length: job.end - job.first }, (_, i) => job.first + i).reverse();
    this.segments += indices.length;
    const done = await Promise.all(indices.map((index) => step(index, new Uint8Array(job.room))));
    for (const bytes of done) progress?.(bytes);
  };
}

const planOf = (portions: PackPlan["portions"], pad: boolean): PackPlan => ({
  identity: duty.identity,
  card: duty.card,
  labels: CONFIDENTIAL,
  handling: { messageType: "exercise", compilationReason: "some have a portion that is higher" },
  portions,
  policies: BUILT_IN,
  created: T,
  pad,
  hideRecipients: false,
});

/** Packed with the same randomness each time. Native ML-KEM and ML-DSA draw their own: so only the bodies are compared. */
async function packedBy(bulk: Bulk, plan: PackPlan) {
  const sink = new MemorySink();
  let progress = 0;
  const count = (bytes: number) => {
    progress += bytes;
  };
  const report = await repeatable("bulk", () => pack(plan, sink, count, bulk));
  return { bytes: sink.bytes, bodies: sink.bytes.subarray(report.head), progress };
}

/** Every file that the duty officer can read, by way of `write`. */
async function writtenBy(bulk: Bulk, source: Source): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const portion of unpack(await openEnvelope(source, trust, T), duty, undefined, bulk)) {
    for (const [i, { name, size }] of portion.contents.items.entries()) {
      const sink = new MemorySink();
      let progress = 0;
      await portion.write(i, sink, (bytes) => {
        progress += bytes;
      });
      expect([sink.bytes.length, progress]).toEqual([size, size]);
      files[`${portion.number}/${name}`] = hex(engine.sha256(sink.bytes));
    }
    await portion.checkPadding();
  }
  return files;
}

/** Sizes at the edges of segments, behind the index or not, and others. */
const sizes = fc.array(
  fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -2, max: 2 }), fc.constantFrom(0, INDEX))
      .map(([segments, off, index]) => segments * CAPACITY + off - index),
    fc.integer({ min: 0, max: 3 * CAPACITY }),
    fc.integer({ min: 0, max: 100 }),
  ),
  { minLength: 1, maxLength: 3 },
);

describe("whoever does the segments, and in whatever order", () => {
  it("the bytes are the same, there and back", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.boolean(), async (first, second, pad) => {
        const portions = [first, second].map((each, i) => ({
          labels: i === 0 ? RESTRICTED : CONFIDENTIAL,
          files: each.map((size, j) => file(`${j}`, content(size, `${j}`))),
          recipients: [duty.card],
        }));
        const plan = planOf(portions, pad);
        const alone = await packedBy(inOrder, plan);
        const crowd = await packedBy(new Crowd(), plan);
        expect(Buffer.compare(crowd.bodies, alone.bodies)).toBe(0);
        expect(crowd.progress).toBe(alone.progress);

        const source = bytesSource(crowd.bytes);
        await verify(source, trust, T, undefined, new Crowd());
        const files = await writtenBy(inOrder, source);
        expect(await writtenBy(new Crowd(), source)).toEqual(files);
        const expected = [first, second].flatMap((each, i) =>
          each.map((size, j) => [`${i + 1}/${j}`, hex(engine.sha256(content(size, `${j}`)))]),
        );
        expect(files).toEqual(Object.fromEntries(expected));
      }),
      { seed: 4, numRuns: 12 },
    );
  });

  it("a copy with a portion withheld is the same, and verifies", async () => {
    const portions = [RESTRICTED, CONFIDENTIAL].map((labels) => ({
      labels,
      files: [file("a", content(2 * CAPACITY))],
      recipients: [duty.card],
    }));
    const { bytes } = await packedBy(inOrder, planOf(portions, true));
    const { identity, card } = duty;
    const plan = { identity, card, drop: [1], madeFor: [card], reason: "release" as const };
    const copies = [];
    for (const bulk of [inOrder, new Crowd()]) {
      const sink = new MemorySink();
      await withhold(await openEnvelope(bytesSource(bytes), trust, T), plan, sink, undefined, bulk);
      await verify(bytesSource(sink.bytes), trust, T, undefined, bulk);
      copies.push(sink.bytes.length);
      expect(await writtenBy(bulk, bytesSource(sink.bytes))).toEqual({
        "2/a": hex(engine.sha256(content(2 * CAPACITY))),
      });
    }
    expect(copies[0]).toBe(copies[1]);
  });

  it("keys are wiped when they are no longer needed", async () => {
    const [packing, unpacking] = [new Crowd(), new Crowd()];
    const portions = [{ labels: CONFIDENTIAL, files: [file("a", content(3 * CAPACITY))], recipients: [duty.card] }];
    const { bytes } = await packedBy(packing, planOf(portions, true));
    await writtenBy(unpacking, bytesSource(bytes));
    for (const { given } of [packing, unpacking]) {
      const keys = given.filter(({ length }) => length === 32);
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys) expect(hex(key)).toBe("00".repeat(32));
    }
    const failing: Bulk = { memory: (length) => packing.memory(length), run: () => Promise.reject(new Error("stop")) };
    await expect(packedBy(failing, planOf(portions, true))).rejects.toThrow("stop");
    expect(hex(packing.given.at(-1)!)).toBe("00".repeat(32));
  });

  it("nobody has to listen for the damage to be found", async () => {
    const portions = [{ labels: CONFIDENTIAL, files: [file("a", content(3 * CAPACITY))], recipients: [duty.card] }];
    const { bytes } = await packedBy(inOrder, planOf(portions, true));
    bytes[bytes.length - 2 ** 20] = (bytes.at(-(2 ** 20)) ?? 0) ^ 1;
    for (const bulk of [inOrder, new Crowd()]) {
      for (const listener of [undefined, () => {}]) {
        expect(await codeOf(() => verify(bytesSource(bytes), trust, T, listener, bulk))).toBe("ERR_DIGEST");
      }
      expect(await codeOf(() => writtenBy(bulk, bytesSource(bytes)))).toBe("ERR_DIGEST");
    }
  });
});

describe("nothing leaves unverified", () => {
  const files = { a: content(4 * CAPACITY) };
  const plan: Plan = { portions: [{ labels: RESTRICTED, files, recipients: [duty] }] };
  /** What reaches the sink of the one file before it is refused. */
  async function leaked(envelope: Uint8Array, bulk: Bulk) {
    const written: [number, string][] = [];
    const sink = {
      write: async (bytes: Uint8Array, position: number) => void written.push([position, hex(engine.sha256(bytes))]),
    };
    const code = await codeOf(async () => {
      for await (const portion of unpack(await openEnvelope(bytesSource(envelope), trust, T), duty, undefined, bulk)) {
        await portion.write(0, sink);
        await portion.checkPadding();
      }
    });
    return { code, written };
  }

  it("of a segment whose digest is signed and whose tag is wrong", async () => {
    const envelope = await seal(plan, {
      segments: (segments) =>
        segments.map((segment, i) => (i === 2 ? segment.map((b, at) => b ^ +(at === 5000)) : segment)),
    });
    for (const bulk of [inOrder, new Crowd()]) {
      const { code, written } = await leaked(envelope, bulk);
      expect(code).toBe("ERR_SEGMENT");
      const start = 2 * CAPACITY - (await startOfFile(envelope));
      expect(written.map(([position]) => position)).not.toContain(start);
      for (const [position, digest] of written) {
        const end = Math.min(
          files.a.length,
          position === 0 ? CAPACITY - (await startOfFile(envelope)) : position + CAPACITY,
        );
        expect(digest).toBe(hex(engine.sha256(files.a.subarray(position, end))));
      }
    }
  });

  it("padding that is not zero is found, in a segment with the file and in one without", async () => {
    const size = 3 * CAPACITY - 100 - INDEX;
    const short: Plan = { portions: [{ ...plan.portions[0]!, files: { a: content(size) } }] };
    for (const place of [-1, -96, -97, -150]) {
      const envelope = await seal(short, {
        plaintext: (honest) => {
          expect(honest.length).toBe(3 * CAPACITY + 96);
          honest[honest.length + place] = 1;
          return honest;
        },
      });
      for (const bulk of [inOrder, new Crowd()]) expect((await leaked(envelope, bulk)).code).toBe("ERR_CONTENTS");
    }
  });

  async function startOfFile(envelope: Uint8Array): Promise<number> {
    for await (const { contents } of unpack(await openEnvelope(bytesSource(envelope), trust, T), duty)) {
      return contents.offset;
    }
    return 0;
  }
});

describe("random access", () => {
  /** A file that counts which segments of the one body are read. */
  class Counting implements Source {
    readonly size: number;
    readonly reads: number[] = [];
    private readonly bytes: Uint8Array;
    private readonly body: number;
    constructor(bytes: Uint8Array, body: number) {
      this.bytes = bytes;
      this.body = body;
      this.size = bytes.length;
    }
    async read(position: number, length: number): Promise<Uint8Array> {
      if (position >= this.body && length > 1) this.reads.push(Math.floor((position - this.body) / 2 ** 20));
      return this.bytes.slice(position, position + length);
    }
  }

  it("reads the segment of the index and those that the file is in, each once", async () => {
    const files = [CAPACITY, 10, 3 * CAPACITY, 5, 2 * CAPACITY].map((size, i) => file(`${i}`, content(size, `${i}`)));
    const portions = [{ labels: RESTRICTED, files, recipients: [duty.card] }];
    const { bytes } = await packedBy(inOrder, planOf(portions, true));
    const [body] = (await openEnvelope(bytesSource(bytes), trust, T)).bodies;
    const wanted: [number, number[]][] = [
      [0, [0, 1]],
      [1, [0, 1]],
      [2, [0, 1, 2, 3, 4]],
      [3, [0, 4]],
      [4, [0, 4, 5, 6]],
    ];
    for (const [index, segments] of wanted) {
      for (const bulk of [inOrder, new Crowd()]) {
        const source = new Counting(bytes, body!.position);
        for await (const portion of unpack(await openEnvelope(source, trust, T), duty, undefined, bulk)) {
          const sink = new MemorySink();
          await portion.write(index, sink);
          expect(hex(engine.sha256(sink.bytes))).toBe(hex(engine.sha256(content(files[index]!.size, `${index}`))));
          expect([...source.reads].sort()).toEqual(segments);
          break;
        }
      }
    }
  });
});
