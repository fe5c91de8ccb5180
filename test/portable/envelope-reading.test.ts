/** How an envelope is read: forwards, no more than needed, nothing behind a head that is refused. Numbers: attacks. */

import { describe, expect, it } from "vitest";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { byteStringHead } from "../../src/cbor/codec.ts";
import { withoutArmour } from "../../src/envelope/armour.ts";
import { inOrder } from "../../src/envelope/bulk.ts";
import type { Source } from "../../src/envelope/source.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import type { Trust } from "../../src/envelope/verified.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import { type Lies, type Plan, seal } from "../breakable.ts";
import { codeOf, pieces, read, readAll, verifying } from "../outcome.ts";
import { file, packed } from "../packing.ts";
import { CONFIDENTIAL, content, MemorySink, RESTRICTED, T, trust, world } from "../world.ts";

const { duty, watch } = world;
const MIB = 2 ** 20;

/** A pipe: it cannot go back, does not know its size, and counts. */
class Pipe implements Source {
  readonly size = undefined;
  /** Each read: position and length. */
  readonly reads: [number, number][] = [];
  private readonly bytes: Uint8Array;
  private last = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  async read(position: number, length: number): Promise<Uint8Array> {
    if (position < this.last) throw new Error(`going back from ${this.last} to ${position}`);
    this.last = position;
    this.reads.push([position, length]);
    return this.bytes.slice(position, position + length);
  }
}

const TWO = await packed(
  [
    {
      labels: RESTRICTED,
      files: [
        file("1", content(MIB)),
        file("2", "small"),
        file("3", content(2 * MIB, "3")),
        file("4", content(MIB, "4")),
      ],
      to: [duty, watch],
    },
    { labels: CONFIDENTIAL, files: [file("5", content(MIB, "5"))], to: [duty] },
  ],
  { labels: CONFIDENTIAL },
);

it("trust may be an object of somebody's class", async () => {
  class Known implements Trust {
    readonly pins = trust.pins;
    readonly policies = trust.policies;
    card(digest: Uint8Array) {
      return trust.card(digest);
    }
  }
  const { head } = await verify(bytesSource(TWO.bytes), new Known(), T);
  expect(head.decisions).toHaveLength(3);
});

it("there is no file but those of the list", async () => {
  for await (const portion of unpack(await openEnvelope(bytesSource(TWO.bytes), trust, T), watch)) {
    for (const index of [-1, 4, 0.5]) {
      expect(() => portion.file(index)).toThrow(RangeError);
      await expect((async () => portion.write(index, new MemorySink()))()).rejects.toThrow(RangeError);
    }
  }
});

describe("a pipe will do", () => {
  it("to verify", async () => {
    expect((await verify(new Pipe(TWO.bytes), trust, T)).end).toBe(TWO.bytes.length);
  });
  it("to unpack everything", async () => {
    const all = await readAll(new Pipe(TWO.bytes), duty);
    expect(all).toEqual(await readAll(bytesSource(TWO.bytes), duty));
    expect(Object.keys(all)).toEqual(["1/1", "1/2", "1/3", "1/4", "2/5"]);
    expect(Object.keys(await readAll(new Pipe(TWO.bytes), watch))).toHaveLength(4);
    expect(Object.keys(await readAll(new Pipe(TWO.bytes), duty, { only: 2 }))).toEqual(["2/5"]);
  });
  it("to withhold, and to read what was withheld", async () => {
    const [sink, { identity, card }] = [new MemorySink(), duty];
    const plan = { identity, card, drop: [2], madeFor: [watch.card, card], reason: "release" as const };
    await withhold(await openEnvelope(new Pipe(TWO.bytes), trust, T), plan, sink);
    await verify(new Pipe(sink.bytes), trust, T);
    expect(Object.keys(await readAll(new Pipe(sink.bytes), watch))).toHaveLength(4);
  });
  it("to read armour", async () => {
    const { armour } = await import("../../src/envelope/armour.ts");
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [watch] }]);
    await verify(await withoutArmour(new Pipe(armour(bytes))), trust, T);
    await verify(await withoutArmour(new Pipe(bytes)), trust, T);
  });
});

describe("no more is read than is needed", () => {
  /** The segments of the first body that were read. */
  const segments = ({ reads }: Pipe, body: number) => {
    const inside = reads.filter(([position, length]) => position >= body && length > 64 * 1024);
    return inside.map(([position]) => Math.floor((position - body) / MIB));
  };

  it("of the body, nothing at all before the head is accepted", async () => {
    const source = new Pipe(TWO.bytes);
    expect(await codeOf(() => openEnvelope(source, { ...trust, pins: [] }, T))).toBe("ERR_UNTRUSTED");
    expect(source.reads).toEqual([[0, 64 * 1024]]);
  });
  it("for one file, the segment of the index and those that the file is in", async () => {
    const source = new Pipe(TWO.bytes);
    const envelope = await openEnvelope(source, trust, T);
    const [body] = envelope.bodies;
    for await (const portion of unpack(envelope, watch)) {
      expect(segments(source, body!.position)).toEqual([0]);
      const found = await pieces(portion.file(2));
      expect(hex(concat(...found).subarray(0, 4))).toBe(hex(content(4, "3")));
      expect(segments(source, body!.position)).toEqual([0, 1, 2, 3]);
      break;
    }
    const late = new Pipe(TWO.bytes);
    for await (const portion of unpack(await openEnvelope(late, trust, T), watch)) {
      await pieces(portion.file(3));
      expect(segments(late, body!.position)).toEqual([0, 3, 4]);
      break;
    }
  });
  it("[115] but a portion that is passed over is verified too: what verify refuses is not opened in part", async () => {
    const damaged = TWO.bytes.with(-1, TWO.bytes.at(-1)! ^ 1);
    expect(await verifying(damaged)).toBe("ERR_DIGEST");
    for (const [reader, only] of [[watch], [duty, 1]] as const) {
      const envelope = await openEnvelope(new Pipe(damaged), trust, T);
      expect(await codeOf(() => read(envelope, reader, only))).toBe("ERR_DIGEST");
    }
  });
  it("[69] but what is cut in a portion that nobody reads is seen all the same", async () => {
    const cut = async (length: number) => {
      const envelope = await openEnvelope(bytesSource(TWO.bytes.subarray(0, length)), trust, T);
      return codeOf(() => read(envelope, watch));
    };
    expect(await cut(TWO.bytes.length)).toBe("ok");
    expect(await cut(TWO.bytes.length - 1)).toBe("ERR_TRUNCATED");
  });
  it("[26] the head once: what was verified is what is used, whatever the file says later", async () => {
    const other = await packed([{ labels: CONFIDENTIAL, files: [file("a", "b")], to: [duty] }]);
    const [first, second] = [bytesSource(TWO.bytes), bytesSource(other.bytes)];
    const read: [number, number][] = [];
    const turncoat: Source = {
      size: undefined,
      read: (position, length) => {
        const again = read.some(([start, end]) => position < end && start < position + length);
        read.push([position, position + length]);
        return (again ? second : first).read(position, length);
      },
    };
    const { head } = await openEnvelope(turncoat, trust, T);
    expect(hex(head.digest)).toBe(hex((await openEnvelope(first, trust, T)).head.digest));
    expect(head.portions.map(({ labels }) => labels.value)).toEqual([RESTRICTED, CONFIDENTIAL]);
  });
  it("each segment once", async () => {
    const source = new Pipe(TWO.bytes);
    await read(await openEnvelope(source, trust, T), duty);
    const starts = source.reads.map(([position, length]) => `${position} ${length}`);
    const large = starts.filter((start) => Number(start.split(" ")[1]) > 64 * 1024);
    expect(new Set(large).size).toBe(large.length);
  });
  it("of a portion that is for others, only its first bytes, where nobody wants it verified", async () => {
    const source = new Pipe(TWO.bytes);
    const envelope = await openEnvelope(source, trust, T);
    for await (const { contents } of unpack(envelope, watch, undefined, inOrder, false)) {
      expect(contents.items).toHaveLength(4);
    }
    const second = envelope.bodies[1]!;
    const inside = source.reads.filter(([position]) => position >= second.position && position < envelope.end);
    expect(inside).toEqual([]);
  });
  it("at a time no more than a segment, however long the file", async () => {
    const source = new Pipe(TWO.bytes);
    await read(await openEnvelope(source, trust, T), duty);
    expect(Math.max(...source.reads.map(([, length]) => length))).toBe(MIB);
  });
  it("[61] nothing that a broken signature stands before", async () => {
    const files = { a: content(3 * MIB) };
    const plan: Plan = { portions: [{ labels: RESTRICTED, files, recipients: [watch] }] };
    const broken: Lies = { signatures: ([a, b]) => [{ ...a!, change: (made) => made.map((byte) => byte ^ 1) }, b!] };
    const source = new Pipe(await seal(plan, broken));
    expect(await codeOf(() => verify(source, trust, T))).toBe("ERR_SIGNATURE");
    expect(source.reads).toEqual([[0, 64 * 1024]]);
  });
});

describe("[11] [13] [25] a bomb", () => {
  /** Endless zeros behind `start`, made as they are asked for; it counts what is asked. */
  class Endless implements Source {
    readonly size = undefined;
    asked = 0;
    private readonly start: Uint8Array;
    constructor(start: Uint8Array) {
      this.start = start;
    }
    async read(position: number, length: number): Promise<Uint8Array> {
      this.asked += length;
      const out = new Uint8Array(length);
      out.set(this.start.subarray(position, position + length));
      return out;
    }
  }
  const raw = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const start = "d8628444a1100061a0"; // an array of four, a header, a map
  const cases: [string, Uint8Array, number][] = [
    ["a payload of 16 MiB", concat(raw("d8628440a0"), byteStringHead(2 ** 24)), 64 * 1024],
    ["a payload of 2^32 bytes", concat(raw("d8628440a0"), byteStringHead(2 ** 32)), 64 * 1024],
    ["a payload of 2^53-1 bytes", concat(raw("d8628440a0"), byteStringHead(2 ** 53 - 1)), 64 * 1024],
    ["10^6 signatures", raw("d8628440a0409a000f4240"), 64 * 1024],
    ["2^53 signatures", raw("d8628440a0409b0020000000000000"), 64 * 1024],
    ["a map of 2^32 entries", raw("d86284bb0000000100000000"), 64 * 1024],
    ["nesting without end", raw(`d862${"81".repeat(60_000)}`), 64 * 1024],
    ["zeros without end", raw(start), 64 * 1024],
  ];
  it.each(cases)("%s is refused after 64 KiB, at once", async (_, bytes, most) => {
    const source = new Endless(bytes);
    const began = performance.now();
    const code = await codeOf(() => verify(source, trust, T));
    expect(performance.now() - began).toBeLessThan(5000);
    expect(["ERR_LIMIT", "ERR_CBOR", "ERR_SCHEMA"]).toContain(code);
    expect(source.asked).toBeLessThanOrEqual(most);
  });
  it("a head of 16 MiB less a little is read, and no more", async () => {
    const source = new Endless(concat(raw("d8628440a0"), byteStringHead(2 ** 24 - 100)));
    expect(await codeOf(() => verify(source, trust, T))).not.toBe("ok");
    expect(source.asked).toBeLessThanOrEqual(64 * 1024 + 256 * 1024 + MIB + 4 * MIB + 16 * MIB);
  });
  it("a length of 2^40 in a small file costs nothing", async () => {
    const plan: Plan = { portions: [{ labels: RESTRICTED, files: { a: utf8("b") }, recipients: [watch] }] };
    const envelope = await seal(plan, {
      portion: (portion) => portion.set(2, 2 ** 40).set(3, new Uint8Array(32 * 65_536)),
    });
    const began = performance.now();
    expect(await codeOf(() => verify(bytesSource(envelope), trust, T))).toBe("ERR_LAYOUT");
    expect(performance.now() - began).toBeLessThan(5000);
  });
  it("a body that says 2^53-1 in front of nothing is not believed", async () => {
    const plan: Plan = { portions: [{ labels: RESTRICTED, files: { a: utf8("b") }, recipients: [watch] }] };
    const envelope = await seal(plan, { bodies: () => [] });
    const source = bytesSource(concat(envelope, byteStringHead(2 ** 53 - 1)));
    expect(await codeOf(() => verify(source, trust, T))).toBe("ERR_BODY");
  });
});

it("[28] the bytes of a source may be written over as soon as they have been read", async () => {
  const bytes = TWO.bytes.slice();
  const source: Source = {
    size: bytes.length,
    read: async (position, length) => bytes.slice(position, position + length),
  };
  const envelope = await openEnvelope(source, trust, T);
  bytes.fill(0, 0, TWO.report.head);
  expect(Object.keys(await read(envelope, watch))).toHaveLength(4);
});
