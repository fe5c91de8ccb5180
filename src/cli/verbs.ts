/** Every verb there is. Only the one that is called is loaded. */

import type { Verb } from "./context.ts";

const MAIN = "Envelopes:";
const TRUST = "People and keys:";
const LABELS = "Labels and policies:";
const ABOUT = "About dipbag:";

export const VERBS: readonly Verb[] = [
  { name: "pack", group: MAIN, summary: "seal files for named recipients", load: () => import("./commands/pack.ts") },
  {
    name: "preview",
    group: MAIN,
    summary: "who could open what, and why not; seals nothing",
    load: () => import("./commands/preview.ts"),
  },
  {
    name: "verify",
    group: MAIN,
    summary: "check an envelope; needs no secret",
    load: () => import("./commands/verify.ts"),
  },
  { name: "unpack", group: MAIN, summary: "open what is meant for you", load: () => import("./commands/unpack.ts") },
  {
    name: "withhold",
    group: MAIN,
    summary: "make a copy without some portions",
    load: () => import("./commands/withhold.ts"),
  },
  {
    name: "inspect",
    group: MAIN,
    summary: "show a file's structure, unverified",
    load: () => import("./commands/inspect.ts"),
  },
  {
    name: "init",
    group: TRUST,
    summary: "make your keys and ask for a card",
    load: () => import("./commands/init.ts"),
  },
  { name: "trust", group: TRUST, summary: "pin authorities, take in cards", load: () => import("./commands/trust.ts") },
  { name: "cards", group: TRUST, summary: "the address book", load: () => import("./commands/cards.ts") },
  {
    name: "authority",
    group: TRUST,
    summary: "issue cards for a nation or body",
    load: () => import("./commands/authority.ts"),
  },
  {
    name: "label",
    group: LABELS,
    summary: "read, write, join, convert, compare and lint labels",
    load: () => import("./commands/label.ts"),
  },
  {
    name: "policy",
    group: LABELS,
    summary: "make, show, check and sign policy packs",
    load: () => import("./commands/policy.ts"),
  },
  {
    name: "demo",
    group: ABOUT,
    summary: "a story of three nations, told by real commands",
    load: () => import("./commands/demo.ts"),
  },
  {
    name: "doctor",
    group: ABOUT,
    summary: "what this dipbag runs on, and if it works",
    load: () => import("./commands/doctor.ts"),
  },
];
