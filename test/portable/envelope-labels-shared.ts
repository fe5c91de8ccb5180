/** Envelopes that are well-formed, of which the tests change labels and recipients, and what verify says of them. */

import { utf8 } from "../../src/bytes.ts";
import { type Lies, type Plan, seal } from "../breakable.ts";
import { type Code, verifying } from "../outcome.ts";
import { type Person, RESTRICTED, world } from "../world.ts";

const { watch } = world;
export const files = { "report.txt": utf8("hello") };
export const to = (...recipients: Person[]): Plan => ({ portions: [{ labels: RESTRICTED, files, recipients }] });
export const PLAN = to(watch);
export const lying = async (lies: Lies, plan: Plan = PLAN, circumstances = {}): Promise<Code> =>
  verifying(await seal(plan, lies), circumstances);
