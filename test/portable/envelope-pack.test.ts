/** What pack refuses before anything is written: spec/envelope.md section 8.1. Numbers are rows of the table of attacks. */

import { describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { LIMITS } from "../../src/envelope/format.ts";
import { pack } from "../../src/envelope/pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { apart, slotsOf } from "../breakable.ts";
import { type Code, codeOf, unpacking, verifying } from "../outcome.ts";
import { file, type Part, packed } from "../packing.ts";
import { CONFIDENTIAL, content, labels, type Person, RESTRICTED, repeatable, T, world } from "../world.ts";

const { duty, analyst, relay, watch, visitor, port, ops } = world;
const part = (change: Partial<Part> = {}): Part => ({
  labels: RESTRICTED,
  files: [file("a", "b")],
  to: [watch],
  ...change,
});
const refused = async (code: Code, parts: readonly Part[], plan = {}) =>
  expect(await codeOf(() => packed(parts, plan))).toBe(code);

describe("pack refuses", () => {
  it.each(["../x", "a/b", "", ".", "CON", "a.", "-rf", "a\u0000b", "a\nb", "a\u202eb", "e\u0301", "x".repeat(256)])(
    "[76] [83] the name %j",
    (name) => refused("ERR_NAME", [part({ files: [file(name, "x")] })]),
  );
  it("two files of one name, but not in two portions", async () => {
    await refused("ERR_NAME_TWICE", [part({ files: [file("a", "x"), file("A", "y")] })]);
    await refused("ok", [part(), part()]);
  });
  it("[83] what no reader would accept: no file, a media type or time that is none", async () => {
    await refused("ERR_SCHEMA", [part({ files: [] })]);
    await refused("ERR_SCHEMA", [part({ files: [{ ...file("a", "b"), mediaType: "" }] })]);
    await refused("ERR_SCHEMA", [part({ files: [{ ...file("a", "b"), mediaType: "text/plain\n" }] })]);
    await refused("ERR_SCHEMA", [part({ files: [{ ...file("a", "b"), modified: -1 }] })]);
  });
  it("more than an envelope holds", async () => {
    const many = Array.from({ length: LIMITS.items + 1 }, (_, i) => file(`f${i}`, ""));
    await refused("ERR_LIMIT", [part({ files: many })]);
    const half = many.slice(0, LIMITS.items / 2 + 1);
    await refused("ERR_TOO_MANY", [part({ files: half }), part({ files: half })]);
    await refused(
      "ERR_TOO_MANY",
      Array.from({ length: LIMITS.portions + 1 }, () => part()),
    );
    const crowd = Array.from({ length: 129 }, () => part({ to: [duty, watch] }));
    await refused("ERR_TOO_MANY", crowd, { hideRecipients: true });
    const long = Array.from({ length: 5000 }, (_, i) => file(`${i}${"x".repeat(240)}`, ""));
    await refused("ERR_LIMIT", [part({ files: long })]);
    const huge = { ...file("a", ""), size: 2 ** 43 };
    await refused("ERR_ENVELOPE_TOO_LARGE", [part({ files: [huge] })]);
    await refused("ERR_ENVELOPE_TOO_LARGE", [
      part({
        files: [
          { ...huge, size: 2 ** 53 - 1 },
          { ...huge, name: "b" },
        ],
      }),
    ]);
  });
  it("recipients: none, one twice, keys that do not go together", async () => {
    await refused("ERR_NO_RECIPIENT", [part({ to: [] })]);
    await refused("ERR_RECIPIENT_TWICE", [part({ to: [watch, duty, watch] })]);
    const open = labels("HARBOUR RESTRICTED REL TO HARBOUR");
    await refused("ERR_SUITES_MIXED", [part({ labels: open, to: [watch, port] })]);
  });

  const decisions: [Code, string, Person][] = [
    ["ERR_CLEARANCE", "HARBOUR SECRET REL TO AAB, QMB", watch],
    ["ERR_NEED_TO_KNOW", "HARBOUR RESTRICTED BUOY REL TO AAB, QMB", watch],
    ["ERR_RELEASABILITY", "HARBOUR RESTRICTED REL TO AAB", watch],
    ["ERR_UNMAPPABLE", "HARBOUR RESTRICTED REL TO AAB, QMB", visitor],
    ["ERR_PROFILE_DIVERGES", "LAGOON GUARDED WATERWAYS, RELEASABLE REL TO AAB ALSO TO WATERWAYS, ZZC", port],
    ["ERR_SUITE_FLOOR", "HARBOUR SECRET REL TO AAB", duty],
    ["ERR_EXERCISE_MISMATCH", "HARBOUR RESTRICTED REL TO AAB", ops],
  ];
  it.each(decisions)("%s: %s", (code, marking, recipient) =>
    refused(code, [part({ labels: labels(marking), to: [recipient] })]),
  );
  it("one recipient who may not have it, whoever else may", async () => {
    await refused("ERR_RELEASABILITY", [part({ to: [duty] }), part({ labels: CONFIDENTIAL, to: [duty, watch] })], {
      labels: CONFIDENTIAL,
    });
  });
  it("ERR_MUST_BE_NAMED: hidden recipients where each must be named", async () => {
    const red = [part({ labels: labels("TLP:RED") })];
    await refused("ERR_MUST_BE_NAMED", red, { hideRecipients: true });
    await refused("ok", red);
    const orcon = [part({ labels: labels("HARBOUR RESTRICTED REL TO AAB, QMB ORCON") })];
    await refused("ERR_MUST_BE_NAMED", orcon, { hideRecipients: true });
    await refused("ok", orcon);
  });
  it("labels that contradict each other, their time or their originator", async () => {
    await refused("ERR_NOT_DOMINANT", [part(), part({ labels: CONFIDENTIAL, to: [duty] })]);
    await refused("ERR_POLICIES_DIFFER", [part()], { labels: labels("TLP:RED") });
    await refused("ERR_LABEL_TIME", [part()], { created: T - 1 });
    await refused("ERR_ORIGINATOR", [part()], { by: watch });
    await refused("ERR_CLASS_UNKNOWN", [
      part({ labels: labels("HARBOUR RESTRICTED REL TO AAB", { classification: "X" }) }),
    ]);
    await refused("ERR_POLICY_UNKNOWN", [part()], { policies: BUILT_IN.slice(0, 2) });
    const before = labels("HARBOUR RESTRICTED REL TO HARBOUR", { created: "2020-01-01T00:00:00Z" });
    await refused("ERR_NO_AUDIENCE", [part({ labels: before })]);
    await refused("ERR_EXPIRED", [part()], { handling: { messageType: "exercise", validUntil: T - 1 } });
  });
  it("a whole that is labelled above the roll-up of its parts, and does not say why", async () => {
    const parts = [part({ to: [duty] }), part({ labels: labels("HARBOUR RESTRICTED REL TO AAB"), to: [duty] })];
    const handling = { messageType: "exercise", compilationReason: "together they show where the ships lie" } as const;
    await refused("ok", parts, { labels: labels("HARBOUR RESTRICTED REL TO AAB") });
    for (const marking of [
      "HARBOUR CONFIDENTIAL REL TO AAB",
      "HARBOUR RESTRICTED BUOY REL TO AAB",
      "HARBOUR RESTRICTED REL TO AAB ORCON",
    ]) {
      await refused("ERR_REASON_MISSING", parts, { labels: labels(marking) });
      await refused("ok", parts, { labels: labels(marking), handling });
    }
    // a reason does not make it cover what it does not
    await refused("ERR_NOT_DOMINANT", parts, { labels: RESTRICTED, handling });
  });
  it("[83] texts that no reader would accept, before any of a file is read", async () => {
    const unread = { ...file("a", "b"), source: { size: 1, read: () => Promise.reject(new Error("read")) } };
    const long = "x".repeat(1025);
    const marked = labels("HARBOUR RESTRICTED REL TO AAB, QMB", { privacyMark: long });
    const parts = [part({ files: [unread] })];
    await refused("ERR_SCHEMA", parts, { handling: { messageType: "exercise", purpose: long } });
    await refused("ERR_SCHEMA", parts, { labels: marked });
    await refused("ERR_SCHEMA", [part({ files: [unread], labels: marked })]);
  });
  it("a file that turns out shorter than it was said to be", () =>
    refused("ERR_INPUT_CHANGED", [part({ files: [{ ...file("a", content(100)), size: 101 }] })]));
});

describe("pack", () => {
  const plan = (change: object) => ({
    identity: duty.identity,
    card: duty.card,
    labels: RESTRICTED,
    handling: { messageType: "exercise" as const },
    portions: [{ labels: RESTRICTED, files: [file("a", "b")], recipients: [watch.card] }],
    policies: BUILT_IN,
    created: T,
    pad: true,
    hideRecipients: false,
    ...change,
  });

  it("writes nothing when it refuses", async () => {
    let written = 0;
    const sink = { write: async () => void written++ };
    expect(await codeOf(() => pack(plan({ labels: CONFIDENTIAL, created: 0 }), sink))).not.toBe("ok");
    expect(written).toBe(0);
  });
  it("writes the bodies first, the head last, and every byte once", async () => {
    const writes: [number, number][] = [];
    const sink = { write: async (bytes: Uint8Array, position: number) => void writes.push([position, bytes.length]) };
    const report = await pack(plan({}), sink);
    expect(writes.at(-1)).toEqual([0, report.head]);
    let at = report.head;
    for (const [position, length] of writes.slice(0, -1)) {
      expect(position).toBe(at);
      at += length;
    }
    expect(at).toBe(report.size);
  });
  it("cut off in the making leaves nothing that anybody takes for an envelope", async () => {
    const { bytes, report } = await packed([part()]);
    const unfinished = bytes.slice().fill(0, 0, report.head);
    expect(await verifying(unfinished)).toBe("ERR_TYPE");
  });
  it("is the same to the byte with the same randomness, and never with other", async () => {
    const make = (seed: string) =>
      repeatable(seed, async () =>
        hex((await packed([part({ to: [port], labels: labels("HARBOUR RESTRICTED REL TO HARBOUR") })])).bytes),
      );
    expect(await make("one")).not.toBe(await make("two"));
  });
  it("chooses the strongest hybrid key of each, and classical ones only where one has nothing else", async () => {
    const { bytes } = await packed([part({ to: [relay, analyst, duty] })]);
    for (const reader of [relay, analyst, duty]) expect(await unpacking(bytes, reader)).toBe("ok");
    const algs = slotsOf(apart(bytes).portions[0]!).recipients;
    expect(algs.map(([{ value }]) => value.alg)).toEqual([59, 59, 57]);
  });
  it("does not read past the size that a file is said to have", async () => {
    const longer = { ...file("a", "b"), size: 3, source: bytesSource(content(1000)) };
    const { bytes } = await packed([part({ files: [longer] })]);
    expect(await unpacking(bytes, watch)).toBe("ok");
  });
});
