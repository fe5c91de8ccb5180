/** Envelopes of which the tests change bodies, key slots and contents, and what verify and unpack say of them. */

import { utf8 } from "../../src/bytes.ts";
import { type Lies, type Plan, type PlannedPortion, seal } from "../breakable.ts";
import { type Code, unpacking, verifying } from "../outcome.ts";
import { content, type Person, RESTRICTED, world } from "../world.ts";

const { watch } = world;
export const files = { "report.txt": utf8("hello") };
export const portion = (...recipients: Person[]): PlannedPortion => ({ labels: RESTRICTED, files, recipients });
export const PLAN: Plan = { portions: [portion(watch)] };
export const large: Plan = { portions: [{ ...portion(watch), files: { a: content(3 * 2 ** 20), b: utf8("end") } }] };

/** What verify says, and what unpack says after it. */
export async function outcomes(envelope: Uint8Array, reader: Person = watch): Promise<[Code, Code]> {
  return [await verifying(envelope), await unpacking(envelope, reader)];
}
export const lying = async (lies: Lies, plan: Plan = PLAN, reader: Person = watch) =>
  outcomes(await seal(plan, lies), reader);
export const flip = (bytes: Uint8Array, at: number) =>
  bytes.map((byte, i) => (i === (at + bytes.length) % bytes.length ? byte ^ 1 : byte));
