import { describe, expect, it } from "vitest";
import { changes, currentLabel, everStanding, predecessors, successors } from "../../src/label/succession.ts";
import { labelled } from "./shared.ts";

const seconds = (time: string) => Date.parse(time) / 1000;
const FIRST = "2026-12-01T00:00:00Z";
const SECOND = "2026-12-24T12:00:00+01:00";

const last = labelled("PUBLIC");
const middle = labelled("HARBOUR RESTRICTED REL TO AAB", { succession: [SECOND, last] });
const first = labelled("HARBOUR SECRET REL TO AAB", { succession: [FIRST, middle] });

describe("a label that gives way to another, and that to a third", () => {
  it("stands until the second of its due date, and its successor from then on", () => {
    expect(currentLabel(first, seconds(FIRST) - 1)).toBe(first);
    expect(currentLabel(first, seconds(FIRST))).toBe(middle);
    expect(currentLabel(first, seconds(SECOND) - 1)).toBe(middle);
    expect(currentLabel(first, seconds(SECOND))).toBe(last);
    expect(currentLabel(last, Infinity)).toBe(last);
  });

  it("is followed by both, then by one, then by none, each from the time that is stated", () => {
    const [toMiddle, toLast] = [
      { from: FIRST, label: middle },
      { from: SECOND, label: last },
    ];
    expect(successors(first, seconds(FIRST) - 1)).toEqual([toMiddle, toLast]);
    expect(successors(first, seconds(FIRST))).toEqual([toLast]);
    expect(successors(first, seconds(SECOND))).toEqual([]);
    expect(successors(last, 0)).toEqual([]);
  });

  it("has taken the place of none, then of one, then of both", () => {
    const [ofFirst, ofMiddle] = [
      { until: FIRST, label: first },
      { until: SECOND, label: middle },
    ];
    expect(predecessors(first, seconds(FIRST) - 1)).toEqual([]);
    expect(predecessors(first, seconds(FIRST))).toEqual([ofFirst]);
    expect(predecessors(first, seconds(SECOND))).toEqual([ofFirst, ofMiddle]);
    expect(predecessors(last, Infinity)).toEqual([]);
  });

  it("names all that will ever stand, and every moment of change once, in ascending order", () => {
    expect(everStanding(first)).toEqual([first, middle, last]);
    expect(everStanding(last)).toEqual([last]);
    const sooner = labelled("PUBLIC", { succession: ["2026-11-30T00:00:00Z", last] });
    expect(changes([first, last, sooner, middle])).toEqual(["2026-11-30T00:00:00Z", FIRST, SECOND].map(seconds));
    expect(changes([last])).toEqual([]);
  });

  it("stands for ever where the due date cannot be read, and changes at no moment", () => {
    const unreadable = labelled("PUBLIC", { succession: ["soon", last] });
    expect(currentLabel(unreadable, 2 ** 40)).toBe(unreadable);
    expect(changes([unreadable])).toEqual([]);
  });
});
