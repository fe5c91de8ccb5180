/** Every verb there is. Only the one that is called is loaded. */

import type { Verb } from "./context.ts";

export const VERBS: readonly Verb[] = [
  {
    name: "doctor",
    group: "About dipbag:",
    summary: "what this dipbag runs on",
    load: () => import("./commands/doctor.ts"),
  },
];
