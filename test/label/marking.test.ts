import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DipbagError } from "../../src/errors.ts";
import { banner, framed, parseMarking, portionMark, tagsInOrder } from "../../src/label/marking.ts";
import { advice } from "../../src/label/nearest.ts";
import { oidBytes, type Policy, policies } from "../../src/label/policy.ts";
import type { Marking } from "../../src/label/valid.ts";
import { KNOWN, policy } from "./shared.ts";

const error = (text: string, known = KNOWN): DipbagError => {
  try {
    parseMarking(text, known);
  } catch (thrown) {
    return thrown as DipbagError;
  }
  throw new Error(`read: ${text}`);
};

/** Any marking a policy can make, with its tags and values in some order of their own. */
const markings = (known: Policy): fc.Arbitrary<Marking> => {
  const tags = fc.tuple(
    ...tagsInOrder(known).map(({ type, name, values }) =>
      fc.shuffledSubarray([...values]).map((some) => (some.length === 0 ? [] : [[type, name, null, some] as const])),
    ),
  );
  const { oid } = known.policy;
  return fc
    .tuple(
      fc.constantFrom(...known.classifications),
      tags.map((all) => all.flat()),
    )
    .map(([{ name }, some]): Marking => {
      const marking: Marking = {
        policy: [known.policy.name, oid === undefined ? null : oidBytes(oid)],
        classification: name,
      };
      return some.length === 0 ? marking : { ...marking, tags: some };
    });
};

describe("markings (spec/label.md section 8)", () => {
  it.each([
    [
      "HARBOUR CONFIDENTIAL REL TO AAB, QMB ORCON",
      "HARBOUR CONFIDENTIEL COMMUNICABLE À AAB, QMB ORCON",
      "(H-C REL AAB, QMB ORCON)",
    ],
    ["HARBOUR UNCLASSIFIED", "HARBOUR NON CLASSIFIÉ", "(H-U)"],
    [
      "HARBOUR SECRET BUOY, LANTERN REL TO HARBOUR ORCON STAFF",
      "HARBOUR SECRET BUOY, LANTERN COMMUNICABLE À HARBOUR ORCON STAFF",
      "(H-S BUOY, LANTERN REL HARBOUR ORCON STAFF)",
    ],
    ["TLP:AMBER", "TLP:AMBER", "(TLP:AMBER)"],
    ["TLP:AMBER+STRICT", "TLP:AMBER+STRICT", "(TLP:AMBER+STRICT)"],
    ["PUBLIC", "PUBLIC", "(PUBLIC)"],
  ])("%s is one label in every form", (english, french, portion) => {
    const { marking } = parseMarking(english, KNOWN);
    const known = policy(marking.policy[0]);
    expect([banner(marking, known), banner(marking, known, "fr"), portionMark(marking, known)]).toEqual([
      english,
      french,
      portion,
    ]);
    for (const text of [french, portion]) expect(parseMarking(text, KNOWN)).toEqual({ marking, exercise: false });
  });

  it("falls back to the policy's first language", () => {
    const { marking } = parseMarking("HARBOUR SECRET REL TO AAB", KNOWN);
    expect(banner(marking, policy("HARBOUR"), "de")).toBe("HARBOUR SECRET REL TO AAB");
  });

  it("puts the frame of an exercise around it, and reads it off", () => {
    const text = framed("TLP:RED", true);
    expect(text).toBe("EXERCISE EXERCISE EXERCISE TLP:RED EXERCISE EXERCISE EXERCISE");
    expect(parseMarking(text, KNOWN)).toEqual({ ...parseMarking("TLP:RED", KNOWN), exercise: true });
    expect(framed("TLP:RED", false)).toBe("TLP:RED");
  });

  it.each([...KNOWN.keys()])("parse(render(x)) = x for every label of %s, in every form", (name) => {
    fc.assert(
      fc.property(markings(policy(name)), fc.constantFrom("en", "fr"), fc.boolean(), (marking, language, exercise) => {
        const known = policy(name);
        expect(parseMarking(framed(banner(marking, known, language), exercise), KNOWN)).toEqual({ marking, exercise });
        expect(parseMarking(portionMark(marking, known), KNOWN).marking).toEqual(marking);
      }),
    );
  });

  it("no single change of a character makes another text readable as the same label", () => {
    fc.assert(
      fc.property(
        markings(policy("HARBOUR")),
        fc.nat(),
        fc.constantFrom("", " ", "a", "А", "Ｓ", "\u200b", "\u00a0", "\u202e", "E\u0301", "é"),
        fc.nat({ max: 1 }),
        (marking, place, put, removed) => {
          const text = banner(marking, policy("HARBOUR"), "fr");
          const at = place % (text.length + 1);
          const changed = text.slice(0, at) + put + text.slice(at + removed);
          if (changed === text) return;
          expect(error(changed)).toMatchObject({ code: "ERR_MARKING", status: 5 });
        },
      ),
    );
  });

  it.each([
    ["a homoglyph", "HARBOUR SЕCRET REL TO AAB", 'write "HARBOUR SECRET"'],
    ["Greek letters", "ΡUBLIC", 'write "PUBLIC"'],
    ["lower case", "tlp:amber", 'write "TLP:AMBER"'],
    ["a space too many", "HARBOUR  SECRET", 'write "HARBOUR SECRET"'],
    ["a no-break space", "HARBOUR\u00a0SECRET", 'write "HARBOUR SECRET"'],
    ["full width", "ＴＬＰ:AMBER", 'write "TLP:AMBER"'],
    ["full-width colon", "TLP：RED", 'write "TLP:RED"'],
    ["zero width", "PUB\u200bLIC", 'write "PUBLIC"'],
    ["an accent in two parts", "HARBOUR NON CLASSIFIE\u0301", 'write "HARBOUR NON CLASSIFIÉ"'],
    ["a slip", "HARBOUR CONFIDENTAL", 'write one of: "HARBOUR CONFIDENTIAL"'],
    ["another nation's code", "HARBOUR SECRET REL TO QMC", 'write one of: "REL TO QMB"'],
    ["a space behind", "PUBLIC ", "end the marking here"],
    ["a space in front", " PUBLIC", 'write "PUBLIC"'],
    ["a line behind", "PUBLIC\n", "end the marking here"],
  ])("attack 78: %s is refused, and what it looks like is named", (_, text, fix) => {
    expect(error(text)).toMatchObject({ code: "ERR_MARKING", status: 5, hint: expect.stringContaining(fix) });
  });

  it.each([
    ["an unknown level", "HARBOUR COSMIC", '"HARBOUR SECRET"'],
    ["an unknown policy", "ANCHOR SECRET", '"PUBLIC"'],
    ["an unknown nation", "HARBOUR SECRET REL TO XXX", '"REL TO AAB"'],
    ["an unknown tag", "HARBOUR SECRET REL TO AAB NOFORN", '"ORCON"'],
    ["a retired TLP", "TLP:WHITE", '"TLP:CLEAR"'],
    ["nothing", "", '"PUBLIC"'],
    ["two languages", "HARBOUR CONFIDENTIEL REL TO AAB", '"COMMUNICABLE À AAB"'],
    ["a tag without values", "HARBOUR SECRET REL TO", '"REL TO AAB"'],
    ["tags out of order", "HARBOUR SECRET ORCON REL TO AAB", '"STAFF"'],
    ["a value twice", "HARBOUR SECRET REL TO AAB, AAB", '", QMB"'],
    ["half a frame", "EXERCISE EXERCISE EXERCISE PUBLIC", '"PUBLIC"'],
    ["two labels", "PUBLIC PUBLIC", "end the marking here"],
    ["an open parenthesis", "(H-C REL AAB", '"PUBLIC"'],
    ["a banner as portion mark", "(HARBOUR SECRET)", '"H-S"'],
  ])("attack 80: %s is refused, and what is allowed is listed", (_, text, fix) => {
    expect(error(text)).toMatchObject({ code: "ERR_MARKING", status: 5, hint: expect.stringContaining(fix) });
  });

  it("says where it goes wrong", () => {
    expect(error("HARBOUR SECRET REL TO AAB, XXX").details).toMatchObject({ at: 26, found: ", XXX" });
    expect(error("EXERCISE EXERCISE EXERCISE TLP:BLUE EXERCISE EXERCISE EXERCISE").details).toMatchObject({
      at: 28,
      found: "TLP:BLUE",
    });
  });

  it("refuses long text at once, and keeps its messages short", () => {
    expect(error("A".repeat(1_000_000)).message.length).toBeLessThan(200);
    expect(error("A".repeat(1024)).message.length).toBeLessThan(200);
    expect(
      advice(
        "?",
        Array.from({ length: 999 }, (_, i) => `WORD ${i}`),
      ).length,
    ).toBeLessThan(300);
  });

  it("refuses a text that two policies read differently", () => {
    const twin: Policy = { ...policy("PUBLIC"), policy: { name: "OTHER" } };
    expect(error("PUBLIC", policies(policy("PUBLIC"), twin)).hint).toContain("two ways");
  });
});
