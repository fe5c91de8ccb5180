/** Portions taken out, and who may say so: spec/envelope.md section 6, steps V6 and U1. Numbers: the table of attacks. */

import { describe, expect, it } from "vitest";
import { hex, utf8 } from "../../src/bytes.ts";
import { type CborValue, decodeTagged, encode, encodeTagged } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { REASONS, type WithholdPlan, withhold } from "../../src/envelope/withhold.ts";
import { apart, bodyItem, digestOf, type Plan, seal, signedAgain, statement, together } from "../breakable.ts";
import { type Code, codeOf, readAll, unpacking, verifying } from "../outcome.ts";
import { CONFIDENTIAL, content, MemorySink, type Person, RESTRICTED, T, trust, world } from "../world.ts";
import { map } from "./cose-forge.ts";

const { duty, analyst, watch, port, relay, visitor } = world;
const PLAN: Plan = {
  labels: CONFIDENTIAL,
  portions: [
    { labels: RESTRICTED, files: { "report.txt": utf8("for all") }, recipients: [duty, watch, relay] },
    { labels: CONFIDENTIAL, files: { "annex.txt": utf8("for us") }, recipients: [duty, relay] },
    { labels: RESTRICTED, files: { "map.bin": content(3000) }, recipients: [duty, watch, relay] },
  ],
};
const ENVELOPE = await seal(PLAN);
const DIGEST = digestOf(ENVELOPE);
const KEY = { envelope: 1, portions: 2, madeFor: 3, reason: 4, time: 5, id: 6, previous: 7, card: 8 } as const;

async function copy(
  envelope: Uint8Array,
  by: Person,
  drop: number[],
  madeFor: Person[],
  reason: WithholdPlan["reason"] = "release",
  at = T,
) {
  const sink = new MemorySink();
  const { identity, card } = by;
  const plan = { identity, card, drop, madeFor: madeFor.map((person) => person.card), reason };
  await withhold(await openEnvelope(bytesSource(envelope), trust, at), plan, sink);
  return sink.bytes;
}
/** ENVELOPE with these statements, and without the portions in `gone`. */
const forgedCopy = (gone: readonly number[], ...statements: Uint8Array[]): Uint8Array => {
  const parts = apart(ENVELOPE);
  return together({
    ...parts,
    statements,
    bodies: parts.bodies.map((body, i) => (gone.includes(i + 1) ? null : body)),
  });
};
const said = (
  by: Person,
  portions: number[],
  madeFor: Person[],
  lies: Parameters<typeof statement>[2] = {},
  previous?: Uint8Array,
) => statement(by, { envelope: DIGEST, portions, madeFor, ...(previous && { previous }) }, lies);
const names = async (envelope: Uint8Array, reader: Person) => Object.keys(await readAll(bytesSource(envelope), reader));

describe("a withheld copy", () => {
  it("made where the clock is behind the sender's, is of the time when the envelope was made", async () => {
    const made = await copy(ENVELOPE, duty, [2], [watch], "release", T - 300);
    const { statements } = await verify(bytesSource(made), trust, T);
    expect(statements[0]?.payload.time).toBe(T);
  });
  it("is not made of a portion that there is not, nor with a card that has expired", async () => {
    for (const portion of [0, 4, 1.5, NaN, -1]) {
      expect(await codeOf(() => copy(ENVELOPE, duty, [portion], [watch]))).toBe("ERR_NO_SUCH_PORTION");
    }
    const late = duty.card.claims.expires + 1;
    expect(await codeOf(() => copy(ENVELOPE, duty, [2], [watch], "release", late))).toBe("ERR_CARD_TIME");
  });
  it("verifies, says who took out what, for whom and why, and is as it was apart from that", async () => {
    const made = await copy(ENVELOPE, duty, [2], [watch]);
    const { statements, head, bodies } = await verify(bytesSource(made), trust, T);
    expect(
      statements.map(({ withholder, payload }) => [
        withholder.claims.subject,
        payload.portions,
        payload.madeFor,
        payload.reason,
        payload.time,
        payload.previous,
      ]),
    ).toEqual([[duty.holder, [2], [watch.card.digest], REASONS.release, T, null]]);
    expect(bodies.map(({ withheld }) => withheld)).toEqual([false, true, false]);
    expect(hex(head.digest)).toBe(hex(DIGEST));
    expect(hex(together({ ...apart(made), statements: [], bodies: apart(ENVELOPE).bodies }))).toBe(hex(ENVELOPE));
    expect(made.length).toBeLessThan(ENVELOPE.length + 12_000);
  });
  it("opens for those it was made for, and for nobody else", async () => {
    const made = await copy(ENVELOPE, duty, [2], [watch]);
    expect(await names(made, watch)).toEqual(["1/report.txt", "3/map.bin"]);
    expect(await unpacking(made, duty)).toBe("ERR_WITHHELD_NOT_FOR_YOU");
    expect(await unpacking(made, relay)).toBe("ERR_WITHHELD_NOT_FOR_YOU");
  });
  it("says that what is asked for was withheld", async () => {
    const made = await copy(ENVELOPE, duty, [2], [relay]);
    expect(await names(made, relay)).toEqual(["1/report.txt", "3/map.bin"]);
    expect(await unpacking(made, relay, { only: 2 })).toBe("ERR_WITHHELD");
    expect(await unpacking(made, relay, { only: 3 })).toBe("ok");
  });
  it("of which everything was taken out opens for nobody", async () => {
    const made = await copy(ENVELOPE, duty, [3, 1, 2, 2], [watch]);
    expect(await verifying(made)).toBe("ok");
    expect(await unpacking(made, watch)).toBe("ERR_NOT_FOR_YOU");
  });
  it("can be withheld again by whom it was made for", async () => {
    const first = await copy(ENVELOPE, duty, [2], [watch, relay]);
    const second = await copy(first, watch, [3], [relay]);
    const { statements } = await verify(bytesSource(second), trust, T);
    expect(statements.map(({ payload }) => payload.portions)).toEqual([[2], [3]]);
    expect(statements[1]?.payload.previous).toEqual(statements[0]?.digest);
    expect(await names(second, relay)).toEqual(["1/report.txt"]);
    expect(await unpacking(second, watch)).toBe("ERR_WITHHELD_NOT_FOR_YOU");
  });
  it("gives back the original, whole statements at a time from the last, and nothing else", async () => {
    const first = await copy(ENVELOPE, duty, [2], [watch, relay]);
    const second = apart(await copy(first, watch, [3], [relay]));
    const { bodies } = apart(ENVELOPE);
    const back = together({
      ...second,
      statements: second.statements.slice(0, 1),
      bodies: second.bodies.with(2, bodies[2]!),
    });
    expect(hex(back)).toBe(hex(first));
  });
});

describe("withholding is refused", () => {
  const refused = (by: Person, drop: number[], madeFor: Person[], envelope = ENVELOPE) =>
    codeOf(() => copy(envelope, by, drop, madeFor));
  it("to who is neither signer nor recipient", async () => {
    expect(await refused(port, [1], [watch])).toBe("ERR_WITHHOLDER");
    expect(await refused(analyst, [1], [watch])).toBe("ERR_WITHHOLDER");
  });
  it("to recipients who are hidden: nobody could see that they are entitled", async () => {
    const [first] = PLAN.portions!;
    const envelope = await seal({ ...PLAN, portions: [{ ...first!, hidden: true }, PLAN.portions![1]!] });
    expect(await refused(watch, [1], [watch], envelope)).toBe("ERR_WITHHOLDER");
    expect(await refused(relay, [1], [relay], envelope)).toBe("ok");
  });
  it("of a portion that is not there, or not any more", async () => {
    for (const portion of [0, 4, -1]) expect(await refused(duty, [portion], [watch])).toBe("ERR_NO_SUCH_PORTION");
    expect(await refused(watch, [2], [watch], await copy(ENVELOPE, duty, [2], [watch]))).toBe("ERR_WITHHELD");
  });
  it("to who did not get this copy", async () => {
    const made = await copy(ENVELOPE, duty, [2], [watch]);
    expect(await refused(relay, [3], [watch], made)).toBe("ERR_WITHHELD_NOT_FOR_YOU");
  });
  it("after eight statements, and of a damaged portion", async () => {
    const eight = Array.from({ length: 8 });
    const plan: Plan = { portions: [...eight, 0].map(() => PLAN.portions[0]!) };
    let envelope = await seal(plan);
    for (const [i] of eight.entries()) envelope = await copy(envelope, duty, [i + 1], [duty]);
    expect(await verifying(envelope)).toBe("ok");
    expect(await refused(duty, [9], [duty], envelope)).toBe("ERR_LIMIT");
    const damaged = ENVELOPE.with(-1, ENVELOPE.at(-1)! ^ 1);
    expect(await refused(duty, [2], [watch], damaged)).toBe("ERR_DIGEST");
    expect(await refused(duty, [2], [watch], ENVELOPE.subarray(0, -1))).toBe("ERR_TRUNCATED");
  });
});

describe("a statement", () => {
  const refused = async (code: Code, gone: readonly number[], ...statements: Uint8Array[]) => {
    const made = forgedCopy(gone, ...statements);
    expect([await verifying(made), await unpacking(made, relay)]).toEqual([code, code]);
  };
  const changed = (key: number, value: CborValue) =>
    said(duty, [2], [relay], { payload: (honest) => honest.set(key, value) });

  it("that is honest is accepted", () => refused("ok", [2], said(duty, [2], [relay])));

  it("of another envelope", () => refused("ERR_STATEMENT", [2], changed(KEY.envelope, content(32))));
  it("about a portion that is not there", async () => {
    for (const portion of [0, 4]) await refused("ERR_STATEMENT", [2], changed(KEY.portions, [portion]));
    await refused("ERR_STATEMENT", [2], changed(KEY.portions, [2, 4]));
  });
  it("about portions in another order, or twice", async () => {
    await refused("ERR_STATEMENT", [2, 3], changed(KEY.portions, [3, 2]));
    await refused("ERR_STATEMENT", [2], changed(KEY.portions, [2, 2]));
  });
  it("about a portion that stands in the file, and a nil that nobody states", async () => {
    await refused("ERR_BODY", [], said(duty, [2], [relay]));
    await refused("ERR_BODY", [2, 3], said(duty, [2], [relay]));
    await refused("ERR_BODY", [2]);
    await refused("ERR_BODY", [3], said(duty, [2], [relay]));
  });
  it("by who is neither signer nor recipient", () => refused("ERR_WITHHOLDER", [2], said(port, [2], [relay])));
  it("by somebody whose card is not trusted, or not valid then", async () => {
    const stranger: Person = { ...duty, ...world.unknown };
    await refused("ERR_UNTRUSTED", [2], said(stranger, [2], [relay]));
    await refused("ERR_CARD_TIME", [2], changed(KEY.time, T - 61 * 86_400));
    await refused(
      "ERR_OUT_OF_SCOPE",
      [2],
      said({ ...duty, item: signedAgain(duty.item, world.aab, (card) => card.set(-65538, "QMB")) }, [2], [relay]),
    );
  });
  it("older than its envelope", () => refused("ERR_STATEMENT", [2], changed(KEY.time, T - 1)));
  it("by a card with my name and my keys that is not the one named in the envelope", async () => {
    const renewed = { ...duty, item: signedAgain(duty.item, world.aab, (card) => card.set(6, T - 1)) };
    await refused("ERR_WITHHOLDER", [2], said(renewed, [2], [relay]));
  });
  it("from the future", async () => {
    await refused("ERR_FUTURE", [2], changed(KEY.time, T + 301));
    await refused("ok", [2], changed(KEY.time, T + 300));
  });

  const { classical, postQuantum } = duty.identity.signing;
  it("[36] [37] [38] without the withholder's two signatures", async () => {
    const signed = (signatures: Parameters<typeof statement>[2]) => said(duty, [2], [relay], signatures);
    await refused("ERR_SIGNATURES", [2], signed({ signatures: () => [{ key: classical }] }));
    await refused("ERR_SIGNATURES", [2], signed({ signatures: () => [{ key: postQuantum }] }));
    await refused("ERR_SIGNATURES", [2], signed({ signatures: (honest) => [...honest, ...honest] }));
    const other = watch.identity.signing;
    await refused(
      "ERR_SIGNATURES",
      [2],
      signed({ signatures: () => [{ key: other.classical }, { key: other.postQuantum }] }),
    );
    const zero = (made: Uint8Array) => new Uint8Array(made.length);
    await refused("ERR_SIGNATURE", [2], signed({ signatures: ([a, b]) => [a!, { ...b!, change: zero }] }));
    await refused("ERR_SIGNATURE", [2], signed({ signatures: ([a, b]) => [{ ...a!, change: zero }, b!] }));
  });
  it("[33] of another type", async () => {
    for (const type of ["envelope", "card", "request"]) {
      await refused(
        "ERR_TYPE",
        [2],
        said(duty, [2], [relay], { body: map([16, `application/vnd.dipbag.${type}+cbor`]) }),
      );
    }
    await refused("ERR_TYPE", [2], duty.item);
  });
  it("[24] with a field too few, too many, or of another kind", async () => {
    for (const key of Object.values(KEY)) {
      const without = said(duty, [2], [relay], {
        payload: (honest) => new Map([...honest].filter(([other]) => other !== key)),
      });
      await refused("ERR_SCHEMA", [2], without);
      await refused("ERR_SCHEMA", [2], changed(key, false));
    }
    for (const key of [0, 9, -1, "x"] as const) {
      await refused("ERR_SCHEMA", [2], said(duty, [2], [relay], { payload: (honest) => honest.set(key as number, 0) }));
    }
    const wrong: [number, CborValue][] = [
      [KEY.portions, []],
      [KEY.portions, [257]],
      [KEY.madeFor, []],
      [KEY.reason, 256],
      [KEY.id, content(15)],
      [KEY.previous, content(31)],
    ];
    for (const [key, value] of wrong) await refused("ERR_SCHEMA", [2], changed(key, value));
    await refused(
      "ERR_CBOR",
      [2],
      said(duty, [2], [relay], { payload: (honest) => new Uint8Array([...encode(honest), 0]) }),
    );
  });
  it("[10] [18] cut, or with another tag", async () => {
    const honest = said(duty, [2], [relay]);
    const parts = apart(ENVELOPE);
    const head = together({ ...parts, bodies: [] });
    for (const at of [1, 2, 100, honest.length - 1]) {
      expect(await verifying(Uint8Array.from([...head, ...honest.subarray(0, at)]))).toBe("ERR_TRUNCATED");
    }
    const tagged = encodeTagged(96, decodeTagged(98, honest));
    expect(await verifying(forgedCopy([2], tagged))).toBe("ERR_TYPE");
  });
  it("[10] and the envelope cut in front of what stands for the portion, in a file and in a pipe", async () => {
    const whole = await copy(ENVELOPE, duty, [3], [relay]);
    const { read } = bytesSource(whole.subarray(0, -1));
    expect(await codeOf(() => verify({ size: undefined, read }, trust, T))).toBe("ERR_TRUNCATED");
    expect(await verifying(whole.subarray(0, -1))).toBe("ERR_TRUNCATED");
  });
  it("[25] of more than 1 MiB, before its signature is looked at", async () => {
    await refused("ERR_LIMIT", [2], changed(KEY.card, new Uint8Array(2 ** 20)));
  });
  it("[37] left out, or standing alone, or behind the bodies", async () => {
    const parts = apart(await copy(ENVELOPE, duty, [2], [relay]));
    expect(await verifying(together({ ...parts, statements: [] }))).toBe("ERR_BODY");
    expect(await verifying(together({ ...parts, bodies: [] }))).toBe("ERR_TRUNCATED");
    const late = together({ ...parts, statements: [], bodies: parts.bodies });
    expect(await verifying(Uint8Array.from([...late, ...(parts.statements[0] ?? [])]))).toBe("ERR_BODY");
    expect(bodyItem(null)).toEqual(Uint8Array.of(0xf6));
  });
});

describe("a chain of statements", () => {
  const first = said(duty, [2], [watch, relay]);
  const second = said(watch, [3], [relay], {}, first);
  const refused = async (code: Code, gone: readonly number[], ...statements: Uint8Array[]) =>
    expect(await verifying(forgedCopy(gone, ...statements))).toBe(code);

  it("in order is accepted", () => refused("ok", [2, 3], first, second));
  it("in another order, or with one left out", async () => {
    await refused("ERR_STATEMENT", [2, 3], second, first);
    await refused("ERR_STATEMENT", [3], second);
    await refused("ERR_BODY", [2, 3], first);
  });
  it("of which one does not follow on the one before", async () => {
    await refused("ERR_STATEMENT", [2, 3], first, said(watch, [3], [relay]));
    await refused("ERR_STATEMENT", [2, 3], first, said(watch, [3], [relay], {}, duty.item));
    await refused("ERR_STATEMENT", [2], said(duty, [2], [relay], {}, first));
  });
  it("of which one takes out what is out already", () =>
    refused("ERR_STATEMENT", [2], first, said(watch, [2], [relay], {}, first)));
  it("by who did not get the copy before", () =>
    refused(
      "ERR_STATEMENT",
      [2, 3],
      said(duty, [2], [watch]),
      said(relay, [3], [watch], {}, said(duty, [2], [watch])),
    ));
  it("made for others than the reader at its end, whatever came before", async () => {
    const made = forgedCopy([2, 3], first, said(watch, [3], [visitor], {}, first));
    expect(await verifying(made)).toBe("ok");
    expect(await unpacking(made, relay)).toBe("ERR_WITHHELD_NOT_FOR_YOU");
  });
  it("[25] of more than eight", async () => {
    const portions: Plan["portions"] = Array.from({ length: 9 }, () => PLAN.portions[0]!);
    const envelope = await seal({ portions });
    const digest = digestOf(envelope);
    const chain: Uint8Array[] = [];
    for (let portion = 1; portion <= 9; portion++) {
      const previous = chain.at(-1);
      chain.push(
        statement(duty, { envelope: digest, portions: [portion], madeFor: [duty], ...(previous && { previous }) }),
      );
    }
    const parts = apart(envelope);
    expect(await verifying(together({ ...parts, statements: chain, bodies: parts.bodies.map(() => null) }))).toBe(
      "ERR_LIMIT",
    );
    const eight = parts.bodies.map((body, i) => (i < 8 ? null : body));
    expect(await verifying(together({ ...parts, statements: chain.slice(0, 8), bodies: eight }))).toBe("ok");
  });
  it("[49] with a statement about the same portion of another envelope", async () => {
    const other = apart(await copy(await seal(PLAN), duty, [2], [relay]));
    await refused("ERR_STATEMENT", [2], ...other.statements);
    const honest = apart(await copy(ENVELOPE, duty, [2], [relay]));
    expect(await verifying(together({ ...other, statements: honest.statements }))).toBe("ERR_STATEMENT");
  });
});
