/** Succession (ADatP-4774 succession handling): the label that takes another's place on a day that was fixed when it was made. */

import type { Label } from "./label.ts";
import { unixSeconds } from "./shapes.ts";

/** A label and, in order, every label that will ever stand in its place. */
export const everStanding = (label: Label): readonly Label[] =>
  label.succession === undefined ? [label] : [label, ...everStanding(label.succession[1])];

/** The label that stands at `at` (Unix seconds): a successor only from its due date on. */
export function currentLabel(label: Label, at: number): Label {
  const [due, then] = label.succession ?? [];
  return due !== undefined && then !== undefined && (unixSeconds(due) ?? Infinity) <= at
    ? currentLabel(then, at)
    : label;
}

/** Which labels will take the place of the one that stands at `at` (Unix seconds), in order; from when, as it is stated. */
export const successors = (label: Label, at: number): readonly { readonly from: string; readonly label: Label }[] =>
  everStanding(currentLabel(label, at)).flatMap(({ succession }) =>
    succession === undefined ? [] : [{ from: succession[0], label: succession[1] }],
  );

/** Whose place the label that stands at `at` (Unix seconds) has taken, in order; until when each stood, as it is stated. */
export function predecessors(label: Label, at: number): readonly { readonly until: string; readonly label: Label }[] {
  const all = everStanding(label);
  return all
    .slice(0, all.indexOf(currentLabel(label, at)))
    .flatMap((one) => (one.succession === undefined ? [] : [{ until: one.succession[0], label: one }]));
}

/** Every moment at which one of these labels gives way to its successor. Unix seconds, ascending. */
export const changes = (labels: readonly Label[]): readonly number[] =>
  [...new Set(labels.flatMap(everStanding).flatMap(({ succession }) => unixSeconds(succession?.[0] ?? "") ?? []))].sort(
    (a, b) => a - b,
  );
