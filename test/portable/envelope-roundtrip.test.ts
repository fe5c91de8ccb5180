/** What is packed comes out again, for those it is meant for: spec/envelope.md sections 4, 5 and 8. */

import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { writeIndex } from "../../src/envelope/contents.ts";
import { LIMITS } from "../../src/envelope/format.ts";
import { padme } from "../../src/envelope/layout.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope, type VerifiedEnvelope, verify } from "../../src/envelope/verify.ts";
import { apart, seal, slotsOf } from "../breakable.ts";
import { pieces, read, readAll, unpacking, verifying } from "../outcome.ts";
import { file, packed } from "../packing.ts";
import { CONFIDENTIAL, content, labels, RESTRICTED, T, trust, trusting, world } from "../world.ts";

const { duty, analyst, relay, watch, port, ops } = world;
const sha256 = (bytes: Uint8Array | string) => hex(engine.sha256(typeof bytes === "string" ? utf8(bytes) : bytes));
const verified = (bytes: Uint8Array): Promise<VerifiedEnvelope> => verify(bytesSource(bytes), trust, T);

/** What a segment of this version's smallest size carries. */
const CAPACITY = 2 ** 20 - 32;
const NAME = "data.bin";
/** The length of the index in front of files of these names and sizes. */
const indexLength = (files: Readonly<Record<string, number>>): number =>
  writeIndex(Object.entries(files).map(([name, size]) => ({ name, size, mediaType: "text/plain" }))).length;
const INDEX = indexLength({ [NAME]: CAPACITY });

describe("one portion", () => {
  it("comes out as it went in", async () => {
    const { bytes, report } = await packed([{ labels: RESTRICTED, files: [file("report.txt", "hello")], to: [watch] }]);
    const envelope = await verified(bytes);
    expect(envelope.end).toBe(bytes.length);
    expect(report).toEqual({
      digest: envelope.head.digest,
      id: envelope.head.core.id,
      head: envelope.head.signed.bytes.length,
      size: bytes.length,
    });
    expect(await read(envelope, watch)).toEqual({ "1/report.txt": sha256("hello") });
  });

  it("says who sealed it, for whom, under which label, and when, to anyone", async () => {
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("report.txt", "hello")], to: [watch] }]);
    const { head } = await verify(bytesSource(bytes), trusting(), T);
    expect(head.signers.map(({ role, signed, card }) => [role, signed, card.claims.subject])).toEqual([
      [0, true, "duty.aab@cert.example"],
    ]);
    expect(head.core.audience).toEqual(["AAB", "QMB"]);
    expect(head.core.created).toBe(T);
    expect(head.core.labels.originator.classification).toBe("RESTRICTED");
    expect(head.portions[0]?.recipients).toEqual([watch.card.digest]);
    expect(head.ignored).toEqual([]);
  });

  it("is not for those who are not named", async () => {
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [watch] }]);
    expect(await unpacking(bytes, duty)).toBe("ERR_NOT_FOR_YOU");
    expect(await unpacking(bytes, port)).toBe("ERR_NOT_FOR_YOU");
  });

  it("holds no byte of its content in the clear", async () => {
    const secret = utf8("the canary sings at dawn");
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("canary.txt", secret)], to: [watch] }]);
    for (const word of ["canary", "dawn"]) expect(new TextDecoder("latin1").decode(bytes)).not.toContain(word);
  });

  it("[64] is another envelope each time, under other keys", async () => {
    const make = () => packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [watch] }]);
    const [one, two] = [apart((await make()).bytes), apart((await make()).bytes)];
    for (const key of [3, 4, 5]) expect(one.portions[0]?.get(key)).not.toEqual(two.portions[0]?.get(key));
    expect(one.core).not.toEqual(two.core);
  });
});

describe("several portions", () => {
  const make = () =>
    packed(
      [
        { labels: RESTRICTED, files: [file("report.txt", "for both")], to: [duty, watch] },
        { labels: CONFIDENTIAL, files: [file("report.txt", "for us"), file("annex.txt", "too")], to: [duty, analyst] },
        { labels: labels("HARBOUR UNCLASSIFIED REL TO HARBOUR"), files: [file("notice.txt", "!")], to: [port] },
      ],
      { labels: CONFIDENTIAL },
    );

  it("each for its own audience", async () => {
    const envelope = await verified((await make()).bytes);
    const shared = { "1/report.txt": sha256("for both") };
    const ours = { "2/report.txt": sha256("for us"), "2/annex.txt": sha256("too") };
    expect(await read(envelope, duty)).toEqual({ ...shared, ...ours });
    expect(await read(envelope, watch)).toEqual(shared);
    expect(await read(envelope, analyst)).toEqual(ours);
    expect(await read(envelope, port)).toEqual({ "3/notice.txt": sha256("!") });
    expect(envelope.head.core.audience).toEqual(["AAB", "QMB", "ZZC"]);
  });

  it("one of them alone, or none of that number", async () => {
    const { bytes } = await make();
    expect(Object.keys(await readAll(bytesSource(bytes), duty, { only: 2 }))).toEqual(["2/report.txt", "2/annex.txt"]);
    expect(await unpacking(bytes, watch, { only: 2 })).toBe("ERR_NOT_FOR_YOU");
    for (const only of [0, 4, -1, 1.5]) expect(await unpacking(bytes, duty, { only })).toBe("ERR_NO_SUCH_PORTION");
  });
});

describe("key slots", () => {
  const algs = (bytes: Uint8Array) =>
    apart(bytes).portions.map((portion) => slotsOf(portion).recipients.map(([{ value }]) => value.alg));

  it("high assurance: ML-DSA-87 and MLKEM1024-P384", async () => {
    const secret = labels("HARBOUR SECRET BUOY REL TO AAB");
    const { bytes } = await packed([{ labels: secret, files: [file("a", "b")], to: [analyst, relay] }], {
      by: analyst,
    });
    expect(algs(bytes)).toEqual([[59, 59]]);
    expect(await unpacking(bytes, analyst)).toBe("ok");
    expect(await unpacking(bytes, relay)).toBe("ok");
  });

  it("hybrid keys of both sizes in one portion", async () => {
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [watch, analyst] }]);
    expect(algs(bytes)).toEqual([[57, 59]]);
    expect(await unpacking(bytes, watch)).toBe("ok");
    expect(await unpacking(bytes, analyst)).toBe("ok");
  });

  it("classical ones only where the label allows, and only among themselves", async () => {
    const open = labels("HARBOUR RESTRICTED REL TO HARBOUR");
    const { bytes } = await packed([{ labels: open, files: [file("a", "b")], to: [port, relay] }]);
    expect(algs(bytes)).toEqual([[49, 49]]);
    expect(await unpacking(bytes, port)).toBe("ok");
    expect(await unpacking(bytes, relay)).toBe("ok");
  });

  it("hidden ones say neither key nor card, and open all the same", async () => {
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [duty, watch, analyst] }], {
      hideRecipients: true,
    });
    const [portion] = apart(bytes).portions;
    expect(portion?.get(6)).toEqual([null, null, null]);
    for (const [{ value }] of slotsOf(portion as Map<number, never>).recipients) expect(value.kid).toBeUndefined();
    for (const reader of [duty, watch, analyst]) expect(await unpacking(bytes, reader)).toBe("ok");
    expect(await unpacking(bytes, port)).toBe("ERR_NOT_FOR_YOU");
  });

  it("hidden ones of a portion that is not for the reader do not stand in the way of one that is", async () => {
    const { bytes } = await packed(
      [
        { labels: RESTRICTED, files: [file("a", "both")], to: [duty, watch] },
        { labels: CONFIDENTIAL, files: [file("b", "ours")], to: [duty] },
        { labels: RESTRICTED, files: [file("c", "both")], to: [watch] },
      ],
      { hideRecipients: true, labels: CONFIDENTIAL },
    );
    const found = await readAll(bytesSource(bytes), watch);
    expect(found).toEqual({ "1/a": sha256("both"), "3/c": sha256("both") });
    expect(await unpacking(bytes, watch, { only: 2 })).toBe("ERR_RELEASABILITY");
  });

  it("of an operation are opened with its own card only", async () => {
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("a", "b")], to: [ops] }], {
      by: ops,
      handling: {},
    });
    expect(await unpacking(bytes, ops)).toBe("ok");
    const { identity } = ops;
    expect(await unpacking(bytes, { ...duty, identity })).toBe("ERR_POSSESSION");
  });
});

describe("files", () => {
  const to = [watch];
  const sizes = async (bytes: Uint8Array) => (await verified(bytes)).head.portions.map(({ layout }) => layout);

  it("that are empty, alone and between others", async () => {
    const none = new Uint8Array(0);
    const alone = await packed([{ labels: RESTRICTED, files: [file("empty", none)], to }]);
    expect(await readAll(bytesSource(alone.bytes), watch)).toEqual({ "1/empty": sha256("") });
    const files = [file("1", none), file("2", "x"), file("3", none), file("4", none), file("5", "y"), file("6", none)];
    const mixed = await packed([{ labels: RESTRICTED, files, to }]);
    expect(Object.values(await readAll(bytesSource(mixed.bytes), watch))).toEqual(
      ["", "x", "", "", "y", ""].map(sha256),
    );
  });

  it("keep their time and media type", async () => {
    const files = [{ ...file("a", "b"), modified: T - 5, mediaType: "application/pdf" }];
    const { bytes } = await packed([{ labels: RESTRICTED, files, to }]);
    for await (const { contents } of unpack(await openEnvelope(bytesSource(bytes), trust, T), watch)) {
      expect(contents.items).toEqual([{ name: "a", mediaType: "application/pdf", size: 1, modified: T - 5 }]);
    }
  });

  it.each([-1, 0, 1])("that end %i bytes from the edge of a segment", async (off) => {
    const data = content(CAPACITY - INDEX + off);
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file(NAME, data)], to }], { pad: false });
    expect(await sizes(bytes)).toMatchObject([{ plaintext: CAPACITY + off, segments: off > 0 ? 2 : 1 }]);
    expect(await readAll(bytesSource(bytes), watch)).toEqual({ [`1/${NAME}`]: sha256(data) });
  });

  it("of which one begins exactly on the edge of a segment, and one is empty there", async () => {
    const sizes = { "data.bin": CAPACITY, "none.bin": 0, "rest.bin": CAPACITY };
    const first = content(2 * CAPACITY - indexLength(sizes));
    const rest = content(CAPACITY, "rest");
    const files = [file("data.bin", first), file("none.bin", new Uint8Array(0)), file("rest.bin", rest)];
    const { bytes } = await packed([{ labels: RESTRICTED, files, to }], { pad: false });
    for await (const portion of unpack(await openEnvelope(bytesSource(bytes), trust, T), watch)) {
      const begin = portion.contents.offset + first.length;
      expect(begin % CAPACITY).toBe(0);
      expect(hex(engine.sha256(concat(...(await pieces(portion.file(2))))))).toBe(sha256(rest));
      expect(await pieces(portion.file(1))).toEqual([]);
    }
  });

  it("in several segments", async () => {
    const data = content(3 * CAPACITY + 12_345);
    const { bytes } = await packed([{ labels: RESTRICTED, files: [file("a", "x"), file(NAME, data)], to }]);
    expect((await sizes(bytes))[0]?.segments).toBe(4);
    expect((await readAll(bytesSource(bytes), watch))[`1/${NAME}`]).toBe(sha256(data));
  });

  it("with a list over the edge of a segment", async () => {
    // an entry takes 249 bytes; the list may have 1,048,576, and a segment carries 1,048,544
    const names = Array.from({ length: 4211 }, (_, i) => `${String(i).padStart(5, "0")}${"n".repeat(226)}`);
    const { bytes } = await packed([{ labels: RESTRICTED, files: names.map((name) => file(name, "")), to }], {
      pad: false,
    });
    const [layout] = await sizes(bytes);
    for await (const { contents } of unpack(await openEnvelope(bytesSource(bytes), trust, T), watch)) {
      expect(contents.offset).toBeGreaterThan(CAPACITY);
      expect(contents.offset).toBeLessThanOrEqual(LIMITS.contentsIndex);
      expect(layout?.segments).toBe(2);
    }
  });
});

describe("padding", () => {
  const make = (pad: boolean, size: number) =>
    packed([{ labels: RESTRICTED, files: [file(NAME, content(size))], to: [watch] }], { pad });

  it("hides how long the files are", async () => {
    const lengths = await Promise.all([98_400, 99_999, 100_300].map(async (n) => (await make(true, n)).bytes.length));
    expect(new Set(lengths).size).toBe(1);
  });

  it("on or off, the files are the same", async () => {
    for (const pad of [true, false]) {
      const { bytes } = await make(pad, 100_001);
      const { head } = await verified(bytes);
      const length = 100_001 + indexLength({ [NAME]: 100_001 });
      expect(head.portions[0]?.layout.plaintext).toBe(pad ? padme(length) : length);
      expect(await unpacking(bytes, watch)).toBe("ok");
    }
  });
});

describe("the encoder that can lie", () => {
  it("when it does not, makes what verifies and opens", async () => {
    const files = { "a.txt": utf8("hello"), empty: new Uint8Array(0) };
    const honest = await seal({ portions: [{ labels: RESTRICTED, files, recipients: [duty, watch] }] });
    expect(await verifying(honest)).toBe("ok");
    expect(await unpacking(honest, duty)).toBe("ok");
    expect(await readAll(bytesSource(honest), watch)).toEqual({ "1/a.txt": sha256("hello"), "1/empty": sha256("") });
  });
});
