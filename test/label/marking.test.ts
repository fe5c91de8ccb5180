import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import type { DipbagError } from "../../src/errors.ts";
import {
  banner,
  FORMS,
  framed,
  pageLines,
  parseMarking,
  policyRef,
  portionMark,
  render,
  tagsInOrder,
} from "../../src/label/marking.ts";
import { advice } from "../../src/label/nearest.ts";
import { type Policy, policies, readPolicy } from "../../src/label/policy.ts";
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
  return fc
    .tuple(
      fc.constantFrom(...known.classifications),
      tags.map((all) => all.flat()),
    )
    .map(([{ name }, some]): Marking => {
      const marking: Marking = { policy: policyRef(known), classification: name };
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
    for (const text of [french, portion]) {
      expect(parseMarking(text, KNOWN)).toMatchObject({ marking, exercise: false });
    }
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
    const portion = framed("(TLP:RED)", true);
    expect(parseMarking(portion, KNOWN)).toEqual({ ...parseMarking("(TLP:RED)", KNOWN), exercise: true });
  });

  it.each([
    [
      "HARBOUR CONFIDENTIAL BUOY, LANTERN REL TO AAB, QMB ORCON",
      "harbour_confidential_compartment--buoy--lantern_rel-to--aab--qmb_dissem--orcon",
    ],
    ["HARBOUR UNCLASSIFIED", "harbour_unclassified"],
    ["TLP:AMBER+STRICT", "tlp_amber__2b_strict"],
    ["PUBLIC", "public_public"],
  ])("%s in a file's name is %s, in any language", (text, name) => {
    const { marking } = parseMarking(text, KNOWN);
    const known = policy(marking.policy[0]);
    for (const language of ["en", "fr"]) expect(render(marking, known, { form: "file-name", language })).toBe(name);
    expect(parseMarking(name, KNOWN)).toEqual({ marking, exercise: false, form: "file-name" });
    const exercise = render(marking, known, { form: "file-name", exercise: true });
    expect(exercise).toBe(`exercise_${name}_exercise`);
    expect(parseMarking(exercise, KNOWN)).toEqual({ marking, exercise: true, form: "file-name" });
  });

  /** Everything that makes a name hard to write in the portable characters, and a page with lines of its own. */
  const ODD: Policy = readPolicy(
    utf8(
      JSON.stringify({
        schema: "policy-pack/1",
        policy: { name: "Côte & Mer" },
        validFrom: "2026-01-01",
        validTo: null,
        version: 1,
        classifications: [
          { rank: 0, name: "exercise", portion: "E" },
          { rank: 1, name: "A-B", portion: "A-B" },
          { rank: 2, name: "A B", portion: "A B" },
          { rank: 3, name: "A  B+", portion: "A+" },
          { rank: 4, name: "秘密/𐍈", portion: "秘" },
          { rank: 5, name: "_2d_", portion: "CON" },
        ],
        tags: [
          { name: "Only", type: "PERMISSIVE", role: "gate", absent: "any", values: ["AAA", "A-", "-A", "a b", "2d_"] },
          { name: "_", type: "RESTRICTIVE", values: ["x--y", "x y", "x_y", "x__2d_y", ".."] },
        ],
        requires: [],
        communities: [],
        agreements: [],
        bannerOrder: ["POLICY", "CLASSIFICATION", "_", "Only"],
        languages: {
          en: { Only: "ONLY", _: "NEED" },
          fr: { Only: "SEULEMENT", _: "BESOIN" },
          nl: { Only: "ALLEEN", _: "NODIG" },
        },
        pageTop: { fr: "Propriété de la Côte", en: "Property of the Coast" },
        pageBottom: { nl: "Bladzijde" },
        dirtyWords: [],
        separators: { between: " // ", list: ", " },
        suiteFloors: [0, 1, 2, 3, 4, 5].map((rank) => ({ rank, floor: "classical" })),
        nationality: "represented",
        governor: "nobody",
        obligations: [],
      }),
    ),
  );
  const ALL = policies(...KNOWN.values(), ODD);

  it.each([...ALL.values()])("parse(render(x)) = x for every label of $policy.name, form and language", (known) => {
    const rendering = fc.record({
      form: fc.constantFrom(...FORMS),
      language: fc.constantFrom("en", "fr", "nl", "de"),
      exercise: fc.boolean(),
    });
    fc.assert(
      fc.property(markings(known), rendering, (marking, how) => {
        const text = render(marking, known, how);
        const parsed = parseMarking(text, ALL);
        const expected = { marking, exercise: how.exercise, form: how.form };
        // `toEqual` is slow, and is asked only where they differ.
        const plain = ({ form, exercise, ...rest }: typeof expected) => JSON.stringify([form, exercise, rest]);
        if (plain(parsed) !== plain(expected)) expect(parsed).toEqual(expected);
        if (how.form === "file-name" && !/^[a-z0-9][a-z0-9_-]{0,198}[a-z0-9_]$/.test(text)) expect.unreachable(text);
        const frame =
          how.form === "file-name"
            ? /^exercise_.*_exercise$/s
            : /^EXERCISE EXERCISE EXERCISE .* EXERCISE EXERCISE EXERCISE$/s;
        if (frame.test(text) !== how.exercise) expect.unreachable(text);
      }),
      { numRuns: 10_000 },
    );
  });

  it("a page has the banner outermost, and the lines of its policy in the language asked for, or the first", () => {
    const { marking } = parseMarking("Côte & Mer // A-B // ONLY AAA", ALL);
    const lines = (language: string, exercise = false) => pageLines(marking, ODD, language, exercise);
    expect(lines("en")).toEqual({
      top: ["Côte & Mer // A-B // ONLY AAA", "Property of the Coast"],
      bottom: ["Bladzijde", "Côte & Mer // A-B // ONLY AAA"],
    });
    expect(lines("nl", true).top).toEqual([framed("Côte & Mer // A-B // ALLEEN AAA", true), "Propriété de la Côte"]);
    expect(render(marking, ODD, { form: "page", language: "fr" })).toBe(
      "Côte & Mer // A-B // SEULEMENT AAA\nPropriété de la Côte\n\nBladzijde\nCôte & Mer // A-B // SEULEMENT AAA",
    );
    expect(pageLines(parseMarking("PUBLIC", KNOWN).marking, policy("PUBLIC"))).toEqual({
      top: ["PUBLIC"],
      bottom: ["PUBLIC"],
    });
  });

  it.each([
    ["another banner below", "PUBLIC\n\nTLP:RED", "end the marking here"],
    ["a line that is not the policy's", "PUBLIC\nTop\n\nPUBLIC", "end the marking here"],
    ["no banner below", "PUBLIC\n", "end the marking here"],
    ["a frame above only", `${framed("PUBLIC", true)}\n\nPUBLIC`, "end the marking here"],
    ["an unreadable banner", "PUBLI\n\nPUBLI", '"PUBLIC"'],
  ])("no page: %s", (_, text, fix) => {
    expect(error(text)).toMatchObject({ code: "ERR_MARKING", hint: expect.stringContaining(fix) });
  });

  it.each([
    "tlp_amber+strict",
    "TLP_RED",
    "tlp_red_",
    "_tlp_red",
    "tlp__red",
    "tlp_red_rel-to--aab",
    "tlp_amber__2B_strict",
    "tlp_amber__02b_strict",
    "__74_lp_red",
    "harbour",
    "harbour_secret_rel-to",
    "harbour_secret_rel-to--aab--aab",
    "harbour_secret_rel-to--xxx",
    "harbour_secret_dissem--orcon_rel-to--aab",
    "harbour_secret_rel-to--aab_rel-to--qmb",
    "exercise_public_public",
    "exercise_exercise_public_public_exercise_exercise",
    "exercise_exercise",
    "public_public.txt",
    "public_public\n\npublic_public",
  ])("no file name: %s", (text) => {
    expect(error(text).code).toBe("ERR_MARKING");
  });

  it("words that a file's name cannot tell apart are refused there rather than misread", () => {
    const tags = policy("HARBOUR").tags.map((tag) =>
      tag.name === "REL TO" ? { ...tag, values: [...tag.values, "aab"] } : tag,
    );
    const twins: Policy = { ...policy("HARBOUR"), tags };
    const known = policies(twins);
    const { marking } = parseMarking("HARBOUR SECRET REL TO aab", known);
    expect(error(render(marking, twins, { form: "file-name" }), known).code).toBe("ERR_MARKING");
    const upper: Policy = { ...policy("PUBLIC"), policy: { name: "public" } };
    expect(error("public_public", policies(policy("PUBLIC"), upper)).hint).toContain("two ways");
  });

  it("a marking that is too long to be read back is not written, and never cut", () => {
    const values = Array.from({ length: 400 }, (_, i) => `V${i}`);
    const tags = policy("HARBOUR").tags.map((tag) => (tag.name === "REL TO" ? { ...tag, values } : tag));
    const wide: Policy = { ...policy("HARBOUR"), tags };
    const { marking } = parseMarking("HARBOUR SECRET REL TO V1", policies(wide));
    const longer = (count: number): Marking => ({
      ...marking,
      tags: [["PERMISSIVE", "REL TO", null, values.slice(0, count)]],
    });
    const long = (form: string, limit: number) =>
      expect.objectContaining({ code: "ERR_MARKING_LONG", status: 5, details: { form, limit } });
    expect(render(longer(30), wide, { form: "file-name" }).length).toBeLessThanOrEqual(200);
    expect(() => render(longer(40), wide, { form: "file-name" })).toThrow(long("file-name", 200));
    expect(render(longer(150), wide).length).toBeLessThanOrEqual(1024);
    for (const form of ["banner", "portion", "page"] as const) {
      expect(() => render(longer(300), wide, { form })).toThrow(long(form, 1024));
    }
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
    ["a policy of others, whose level is no level of ours", "NATO SECRET", "not known here; what may stand there: "],
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

  /** PUBLIC with tags of these values, and nothing in front of them. */
  const withTags = (...lists: readonly (readonly string[])[]) => {
    const tags = lists.map((values, i) => ({ name: `T${i}`, type: "INFORMATIVE" as const, values }));
    return policies({ ...policy("PUBLIC"), tags, bannerOrder: ["CLASSIFICATION", ...tags.map(({ name }) => name)] });
  };
  const timed = (text: string, known: ReturnType<typeof policies>) => {
    const start = performance.now();
    const { hint } = error(text, known);
    return { hint, ms: performance.now() - start };
  };

  it.each([
    ["many tags share a value", Array.from({ length: 24 }, () => ["X"]), `PUBLIC${" X".repeat(12)}`, "two ways"],
    ["the same, unreadable", Array.from({ length: 24 }, () => ["X"]), `PUBLIC${" X".repeat(12)}!`, "may stand there"],
    ["a thousand tags", Array.from({ length: 1000 }, () => ["X"]), `PUBLIC${" X".repeat(500)}!`, ""],
  ])("costs little where %s", (_, lists, text, fix) => {
    const { hint, ms } = timed(text, withTags(...lists));
    expect(hint).toContain(fix);
    expect(ms).toBeLessThan(1000);
  });

  it("costs little where values of a tag contain its separator", () => {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];
    const known = withTags([...letters, ...letters.slice(1).map((letter, i) => `${letters[i]}, ${letter}`)]);
    const text = `PUBLIC ${letters.join(", ")}`;
    for (const [tangled, fix] of [
      [text, "two ways"],
      [`${text}!`, "too many ways"],
    ] as const) {
      const { hint, ms } = timed(tangled, known);
      expect(hint).toContain(fix);
      expect(ms).toBeLessThan(1000);
    }
  });

  it("of two lists the one with a value twice is no reading", () => {
    const known = withTags(["A", "B", "A, B"], ["B"]);
    expect(parseMarking("PUBLIC A, B, A", known).marking.tags).toEqual([["INFORMATIVE", "T0", null, ["A, B", "A"]]]);
    expect(error("PUBLIC A, B", known).hint).toContain("two ways");
    expect(parseMarking("PUBLIC A B", known).marking.tags).toHaveLength(2);
  });

  it("costs little where a tag has many values", () => {
    const values = Array.from({ length: 1000 }, (_, i) => `V${i}`);
    const known = withTags(values);
    const text = `PUBLIC ${values.slice(0, 150).join(", ")}, V1`;
    const tries = Array.from({ length: 5 }, () => timed(text, known));
    expect(tries[0]?.hint).toMatch(/^(?!.*", V1").*", V150"/);
    expect(Math.min(...tries.map(({ ms }) => ms))).toBeLessThan(30);
  });

  it("costs little where a tag has long values, and still knows one that looks the same", () => {
    const values = Array.from({ length: 3000 }, (_, i) => "Y".repeat(245) + i);
    const known = withTags(values);
    expect(timed(`PUBLIC ${"Q".repeat(900)}`, known).ms).toBeLessThan(1000);
    expect(error(`PUBLIC ${"Y".repeat(244)}y77`, known).hint).toContain(`write "${values[77]}"`);
  });
});
