/** What the cases are drafted with: the envelopes that most of them begin from, and the usual shapes of a draft. */

import { engine } from "#engine/public";
import { hex, utf8 } from "../../src/bytes.ts";
import type { CborValue } from "../../src/cbor/codec.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import type { Handling, Label } from "../../src/label/label.ts";
import { apart, digestOf, type Lies, type Plan, seal } from "../breakable.ts";
import { map } from "../portable/cose-forge.ts";
import { CONFIDENTIAL, labels, MemorySink, type Person, RESTRICTED, T, trust, world } from "../world.ts";
import type { Expected } from "./case.ts";
import type { Draft, Made } from "./make.ts";

const { duty, watch } = world;

export const REPORT = utf8("EXERCISE EXERCISE EXERCISE\nA ship was seen in the harbour.\n");
export const files = { "report.txt": REPORT };

/** The report, under a label with this marking. */
export const marked = (marking: string, recipient: Person = watch, rest: Partial<Label> = {}): Plan => ({
  portions: [{ labels: labels(marking, rest), files, recipients: [recipient] }],
});
export const one = (...recipients: Person[]): Plan => ({ portions: [{ labels: RESTRICTED, files, recipients }] });
export const THREE: Plan = {
  labels: CONFIDENTIAL,
  portions: [
    { labels: RESTRICTED, files, recipients: [duty, watch] },
    {
      labels: CONFIDENTIAL,
      files: { "annex.txt": utf8("Only for us.\n"), "list.txt": utf8("1\n2\n") },
      recipients: [duty],
    },
    { labels: RESTRICTED, files: { "map.txt": utf8("here be ships\n") }, recipients: [duty, watch] },
  ],
};
/** What is read of these two, portion by portion. */
export const BANNER = "HARBOUR RESTRICTED REL TO AAB, QMB";
export const BANNERS = [BANNER, "HARBOUR CONFIDENTIAL REL TO AAB", BANNER] as const;

/** The report for the watch officer, with this handling. */
export const handled = (handling: Handling, marking = BANNER): Plan => ({
  ...marked(marking),
  handling: { messageType: "exercise", ...handling },
});

/** A copy of `envelope` made by `by` for `madeFor`. */
export async function copyOf(envelope: Uint8Array, by: Person, drop: readonly number[], madeFor: readonly Person[]) {
  const sink = new MemorySink();
  const cards = madeFor.map(({ card }) => card);
  const plan = { identity: by.identity, card: by.card, drop, madeFor: cards, reason: "need-to-know" as const };
  await withhold(await openEnvelope(bytesSource(envelope), trust, T), plan, sink);
  return sink.bytes;
}

/** What is reported of an envelope, worked out from its plan; what the plan does not say is stated. */
export function expected(
  bytes: Uint8Array,
  plan: Plan,
  reader: Person,
  stated: Pick<Expected, "audience" | "banners"> & { readonly ignored?: readonly number[] },
): Expected {
  const { bodies } = apart(bytes);
  const mine = plan.portions.flatMap((portion, i) =>
    bodies[i] !== null && portion.recipients.includes(reader)
      ? Object.entries(portion.files).map(([name, data]) => [`${i + 1}/${name}`, hex(engine.sha256(data))] as const)
      : [],
  );
  const signers: [number, string][] = [[0, (plan.originator ?? duty).holder]];
  for (const [role, { holder }] of plan.others ?? []) signers.push([role, holder]);
  return {
    outcome: "ok",
    status: 0,
    digest: hex(digestOf(bytes)),
    signers,
    withheld: bodies.flatMap((body, i) => (body === null ? [i + 1] : [])),
    ignored: [],
    ...stated,
    files: Object.fromEntries(mine),
  };
}

/** An envelope that `reader` opens. */
export interface Accepted {
  readonly name: string;
  readonly description: string;
  readonly plan: Plan;
  readonly lies?: Lies;
  readonly reader?: Person;
  readonly at?: number;
  readonly audience?: readonly string[];
  readonly banners?: readonly string[];
  readonly ignored?: readonly number[];
}
export const accepted = ({
  name,
  description,
  plan,
  lies,
  reader = watch,
  at = T,
  audience = ["AAB", "QMB"],
  banners = [BANNER],
  ignored = [],
}: Accepted): Draft => ({
  name,
  description,
  async make() {
    const bytes = await seal(plan, lies);
    return { bytes, reader, at, expect: expected(bytes, plan, reader, { audience, banners, ignored }) };
  },
});

/** An envelope that verify refuses with the code that the case is named after. */
export const refused = (
  name: string,
  description: string,
  plan: Plan | (() => Plan),
  lies: Lies = {},
  more: Partial<Made> = {},
): Draft => ({
  name,
  description,
  make: async () => ({
    bytes: await seal(typeof plan === "function" ? plan() : plan, lies),
    expect: { stage: "verify" },
    ...more,
  }),
});
/** An envelope that verifies, and that unpack refuses for `reader`. */
export const closed = (
  name: string,
  description: string,
  plan: Plan,
  lies: Lies = {},
  reader: Person = watch,
  more: Partial<Made> = {},
): Draft => refused(name, description, plan, lies, { reader, expect: { stage: "unpack" }, ...more });

/** Something that is no envelope. */
export const other = (kind: Draft["kind"] & string, name: string, description: string, make: Draft["make"]): Draft => ({
  name,
  description,
  kind,
  make,
});
export const flip = (bytes: Uint8Array, at: number) => bytes.with(at, bytes.at(at)! ^ 1);

/** An entry of the list of files, and that list. */
export const item = (name: CborValue, size: CborValue = REPORT.length, type = "text/plain") =>
  map([1, name], [2, type], [3, size]);
export const items = (...list: CborValue[]): Lies => ({ items: () => list });
