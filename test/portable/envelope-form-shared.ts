/** The envelope whose form the tests change, signed by an honest officer each time, and what verify says of it. */

import { utf8 } from "../../src/bytes.ts";
import { type Lies, type Plan, seal } from "../breakable.ts";
import { type Code, verifying } from "../outcome.ts";
import { RESTRICTED, world } from "../world.ts";

const { watch } = world;
export const files = { "report.txt": utf8("hello") };
export const PLAN: Plan = { portions: [{ labels: RESTRICTED, files, recipients: [watch] }] };
export const lying = async (lies: Lies, plan: Plan = PLAN): Promise<Code> => verifying(await seal(plan, lies));
