/**
 * Key slots that do not open: spec/envelope.md section 4, step U3. Numbers are rows of the table of attacks. The heads
 * here are signed by an honest officer.
 */

import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes.ts";
import type { CborMap, CborValue } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { apart, type Lies, type Plan, seal } from "../breakable.ts";
import { pieces } from "../outcome.ts";
import { content, labels, T, trust, world } from "../world.ts";
import { map } from "./cose-forge.ts";
import { flip, lying, PLAN, portion } from "./envelope-contents-shared.ts";

const { duty, analyst, watch, port, relay } = world;

describe("a key slot that names the reader and does not open", () => {
  const classical: Plan = { portions: [{ ...portion(port), labels: labels("HARBOUR RESTRICTED REL TO HARBOUR") }] };
  const high: Plan = { portions: [portion(analyst)] };
  const ek = (change: (honest: Uint8Array) => Uint8Array): Lies => ({
    slot: ([header, map4, cek]) => [header!, map([-4, change((map4 as CborMap).get(-4) as Uint8Array)]), cek!],
  });
  const refused = (lies: Lies, plan = PLAN, reader = watch) =>
    expect(lying(lies, plan, reader)).resolves.toEqual(["ok", "ERR_SLOT"]);

  it.each([0, 500, 1087, 1088, 1119])("[52] X-Wing: byte %i of the encapsulated key changed", (at) =>
    refused(ek((honest) => flip(honest, at))),
  );
  it.each([0, 1567, 1568, 1569, 1664])("[52] MLKEM1024-P384: byte %i of the encapsulated key changed", (at) =>
    refused(
      ek((honest) => flip(honest, at)),
      high,
      analyst,
    ),
  );
  it("[51] X25519: points of low order", async () => {
    const low = ["00", "01", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"];
    for (const point of low) {
      const bytes = Uint8Array.from(point.padEnd(64, "0").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
      await refused(
        ek(() => bytes),
        classical,
        port,
      );
      await refused(ek((honest) => concat(honest.subarray(0, 1088), bytes)));
    }
  });
  it("[51] P-384: a point that is not on the curve, or at infinity", async () => {
    for (const point of [new Uint8Array(97), new Uint8Array(97).fill(255).fill(4, 0, 1)]) {
      await refused(
        ek((honest) => concat(honest.subarray(0, 1568), point)),
        high,
        analyst,
      );
    }
  });
  it("[62] the wrapped key changed", async () => {
    for (const at of [0, 31, 32, 47]) {
      await refused({ slot: ([header, map4, cek]) => [header!, map4!, flip(cek as Uint8Array, at)] });
    }
  });
  it("[60] a key that the FLOE header does not commit to", () => refused({ wrapped: () => content(32) }));
  it.each([10, 41, 42, 73])("[60] the FLOE header changed in byte %i", (at) =>
    refused({ portion: (one) => one.set(4, flip(one.get(4) as Uint8Array, at)) }),
  );
  it("[40] [49] [79] one that is bound to another core, label or position", async () => {
    await refused({ binding: () => content(32) });
    const relabelled = labels("HARBOUR UNCLASSIFIED REL TO AAB, QMB");
    const { portions } = apart(await seal({ portions: [{ ...portion(watch), labels: relabelled }] }));
    await refused({
      portion: (honest) => honest.set(1, portions[0]!.get(1)!),
    });
  });
  it("[56] one that another recipient can open", async () => {
    const both: Plan = { portions: [portion(duty, watch)] };
    const slots: Lies["slots"] = ([a, b, c, honest]) => {
      const [first, second] = honest as CborValue[][];
      return [a!, b!, c!, [[first![0]!, second![1]!, second![2]!], second!]];
    };
    expect(await lying({ slots }, both, duty)).toEqual(["ok", "ERR_SLOT"]);
    expect(await lying({ slots }, both, watch)).toEqual(["ok", "ok"]);
  });
  it("[57] one for another portion of the same envelope", async () => {
    const two: Plan = { portions: [portion(watch), portion(watch)] };
    let first: CborMap | undefined;
    let body: Uint8Array | null = null;
    const repeated: Lies = {
      portion: (honest, number) => {
        if (number === 1) first = honest;
        return first!;
      },
      bodies: ([a]) => {
        body = a!;
        return [a!, body];
      },
    };
    expect(await lying(repeated, two)).toEqual(["ok", "ERR_SLOT"]);
  });
  it("[61] is one answer for every cause, and names none", async () => {
    const said = async (lies: Lies) => {
      const envelope = await openEnvelope(bytesSource(await seal(PLAN, lies)), trust, T);
      return pieces(unpack(envelope, watch) as AsyncGenerator<never>).catch((error: Error) => [
        error.message,
        error.cause,
      ]);
    };
    const answers = [
      await said(ek((honest) => flip(honest, 0))),
      await said({ slot: ([header, map4, cek]) => [header!, map4!, flip(cek as Uint8Array, 0)] }),
      await said({ wrapped: () => content(32) }),
    ];
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0]?.[1]).toBeUndefined();
  });
  it("hidden: nothing opens, and nobody can say whose it was", async () => {
    const hidden: Plan = { portions: [{ ...portion(watch), hidden: true }] };
    expect(await lying({ wrapped: () => content(32) }, hidden)).toEqual(["ok", "ERR_NOT_FOR_YOU"]);
    expect(
      await lying(
        ek((honest) => flip(honest, 0)),
        hidden,
      ),
    ).toEqual(["ok", "ERR_NOT_FOR_YOU"]);
  });
  it("hidden: one that opens is found behind others that do not", async () => {
    const many: Plan = { portions: [{ ...portion(duty, relay, analyst, watch), hidden: true }] };
    expect(await lying({}, many)).toEqual(["ok", "ok"]);
  });
});
