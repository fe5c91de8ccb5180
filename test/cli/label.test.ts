/** `dipbag label parse`, `render` and `join`, by the real command line (spec/label.md sections 5, 7 and 8). */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIDENTIAL, RESTRICTED, type Story, tell } from "./story.ts";

const FRAME = "EXERCISE EXERCISE EXERCISE";
const BY_AAB = ["--originator", "AAB"];

let story: Story;
beforeAll(async () => {
  story = await tell("watch");
});
afterAll(() => story.end());

describe.concurrent("label parse", () => {
  it("tells what a marking says and whom it lets in, in lines of 80 columns", async () => {
    const text = await story.ok("none", ["label", "parse", `${FRAME} ${CONFIDENTIAL} ORCON ${FRAME}`, ...BY_AAB]);
    expect(text).toBe(`EXERCISE EXERCISE EXERCISE HARBOUR CONFIDENTIAL REL TO AAB, QMB ORCON EXERCISE
EXERCISE EXERCISE
  policy     HARBOUR version 3
  class      CONFIDENTIAL
  tag        REL TO AAB, QMB (permissive)
  tag        DISSEM ORCON (restrictive)
  audience   AAB, QMB
`);
  });

  it.each([
    [CONFIDENTIAL, "banner"],
    ["HARBOUR CONFIDENTIEL COMMUNICABLE À AAB, QMB", "banner"],
    ["(H-C REL AAB, QMB)", "portion"],
    ["harbour_confidential_rel-to--aab--qmb", "file-name"],
    [`${CONFIDENTIAL}\n\n${CONFIDENTIAL}`, "page"],
  ])("%s is one label, read as a %s form", async (text, form) => {
    expect(await story.json("none", ["label", "parse", text, ...BY_AAB])).toEqual({
      schema: "dipbag/marking/1",
      text,
      form,
      policy: "HARBOUR",
      version: 3,
      classification: "CONFIDENTIAL",
      tags: [{ type: "PERMISSIVE", name: "REL TO", values: ["AAB", "QMB"] }],
      exercise: false,
      audience: ["AAB", "QMB"],
    });
  });

  it("the nation of whoever labels is that of --originator, or of your card; where it matters, one is needed", async () => {
    const parse = ["label", "parse", "(H-U)"];
    expect(await story.json("watch", parse)).toMatchObject({ audience: ["QMB"] });
    expect(await story.json("watch", [...parse, ...BY_AAB])).toMatchObject({ audience: ["AAB"] });
    expect(await story.refused("ERR_USAGE", "none", parse)).toContain("add --originator NATION");
    expect(await story.json("none", ["label", "parse", "TLP:AMBER"])).toMatchObject({ audience: ["addressees"] });
    await story.refused("ERR_LABEL_INVALID", "none", [...parse, "--originator", "ZZA"]);
    await story.refused("ERR_USAGE", "none", [...parse, "--originator", "aab"]);
  });

  it("what is no marking, or no valid label, is refused, and hostile text is shown escaped", async () => {
    expect(await story.refused("ERR_MARKING", "none", ["label", "parse", "HARBOUR SЕCRET", ...BY_AAB])).toContain(
      'write "HARBOUR SECRET"',
    );
    await story.refused("ERR_TAG_REQUIRED", "none", ["label", "parse", "HARBOUR SECRET", ...BY_AAB, "--json"]);
    const said = await story.refused("ERR_MARKING", "none", ["label", "parse", "PUBLIC\u202e\u001b[2J"]);
    expect(said).toContain("\\u{202e}\\u{1b}[2J");
  });
});

describe.concurrent("label render", () => {
  const render = async (...more: string[]) =>
    Buffer.from(await story.ok("none", ["label", "render", ...more]), "latin1").toString();

  it("writes every form, in the languages of the policy; nobody's nation matters", async () => {
    expect(await render("(H-C REL AAB, QMB)")).toBe(`${CONFIDENTIAL}\n`);
    expect(await render("(H-C REL AAB, QMB)", "--lang", "fr")).toBe("HARBOUR CONFIDENTIEL COMMUNICABLE À AAB, QMB\n");
    expect(await render("(H-C REL AAB, QMB)", "--lang", "de")).toBe(`${CONFIDENTIAL}\n`);
    expect(await render(CONFIDENTIAL, "--form", "portion")).toBe("(H-C REL AAB, QMB)\n");
    expect(await render("TLP:AMBER+STRICT", "--form", "file-name")).toBe("tlp_amber__2b_strict\n");
    expect(await render("tlp_amber__2b_strict", "--lang", "fr")).toBe("TLP:AMBER+STRICT\n");
  });

  it("puts the frame of an exercise around every form, and leaves one where it is", async () => {
    const framed = (text: string) => `${FRAME} ${text} ${FRAME}`;
    expect(await render("(H-U)", "--exercise", "--form", "portion")).toBe(`${framed("(H-U)")}\n`);
    expect(await render("PUBLIC", "--exercise", "--form", "page")).toBe(`${framed("PUBLIC")}\n\n${framed("PUBLIC")}\n`);
    expect(await render(framed("PUBLIC"), "--form", "file-name")).toBe("exercise_public_public_exercise\n");
    expect(await story.json("none", ["label", "render", framed("PUBLIC"), "--lang", "fr"])).toMatchObject({
      text: framed("PUBLIC"),
      exercise: true,
      language: "fr",
    });
  });

  it("reads a file: a marking, a page, or a label as convert writes it", async () => {
    story.write("marking.txt", `${RESTRICTED}\n`);
    story.write("page.txt", await render("TLP:RED", "--form", "page"));
    story.write(
      "label.json",
      JSON.stringify({
        schema: "dipbag/label/1",
        kind: "originator",
        policy: { name: "HARBOUR" },
        classification: "RESTRICTED",
        tags: [{ type: "PERMISSIVE", name: "REL TO", values: ["AAB", "QMB", "ZZC"] }],
        created: "2026-11-22T05:00:00Z",
      }),
    );
    for (const name of ["marking.txt", "label.json"]) {
      expect(await render(name, "--form", "portion")).toBe("(H-R REL AAB, QMB, ZZC)\n");
    }
    expect(await render("page.txt")).toBe("TLP:RED\n");
    const { stdout } = await story.run("none", ["label", "render", "-"], { input: "(TLP:RED)\r\n" });
    expect(stdout).toBe("TLP:RED\n");
    // What reads as a marking is one, whatever lies in the folder.
    story.write("PUBLIC", "TLP:RED");
    expect(await render("PUBLIC")).toBe("PUBLIC\n");
    expect(await render("./PUBLIC")).toBe("TLP:RED\n");
  });

  it("refuses what it cannot write, or what nobody could read back", async () => {
    story.write("empty.txt", "");
    await story.refused("ERR_MARKING", "none", ["label", "render", "empty.txt"]);
    await story.refused("ERR_MARKING", "none", ["label", "render", "nowhere.txt"]);
    await story.refused("ERR_TAG_REQUIRED", "none", ["label", "render", "HARBOUR SECRET"]);
    await story.refused("ERR_USAGE", "none", ["label", "render", "PUBLIC", "--form", "poster"]);
    await story.refused("ERR_USAGE", "none", ["label", "render", "PUBLIC", "--lang", "French"]);
    await story.refused("ERR_IS_DIRECTORY", "none", ["label", "render", "."]);
  });
});

describe.concurrent("label join", () => {
  it("tells the label over the parts, and which part gave what", async () => {
    const parts = ["(H-R REL AAB, QMB, ZZC)", "(H-C REL AAB, QMB STAFF)", "(H-C BUOY REL AAB ORCON)"];
    const text = await story.ok("none", ["label", "join", ...parts, ...BY_AAB]);
    expect(text).toBe(`HARBOUR CONFIDENTIAL BUOY REL TO AAB ORCON STAFF
  part 1     HARBOUR RESTRICTED REL TO AAB, QMB, ZZC
  part 2     HARBOUR CONFIDENTIAL REL TO AAB, QMB STAFF
  part 3     HARBOUR CONFIDENTIAL BUOY REL TO AAB ORCON
  class      CONFIDENTIAL: the highest, of parts 2 and 3
  tag        COMPARTMENT BUOY: stated by part 3
  tag        REL TO AAB: whom parts 1, 2 and 3 all let in
  tag        DISSEM ORCON: stated by part 3
  tag        ADMIN STAFF: stated by part 2
  audience   AAB
`);
  });

  it("as one document", async () => {
    const parts = ["(H-R REL QMB)", "(H-R REL ZZC)"].map((text) => `${FRAME} ${text} ${FRAME}`);
    expect(await story.json("none", ["label", "join", ...parts, ...BY_AAB])).toEqual({
      schema: "dipbag/join/1",
      banner: `${FRAME} HARBOUR RESTRICTED REL TO AAB ${FRAME}`,
      exercise: true,
      policy: "HARBOUR",
      version: 3,
      classification: "RESTRICTED",
      tags: [{ type: "PERMISSIVE", name: "REL TO", values: ["AAB"] }],
      audience: ["AAB"],
      parts: ["HARBOUR RESTRICTED REL TO QMB", "HARBOUR RESTRICTED REL TO ZZC"],
      pieces: [
        { tag: null, values: ["RESTRICTED"], rule: "highest", parts: [1, 2] },
        { tag: "REL TO", values: ["AAB"], rule: "originator", parts: [1, 2] },
      ],
    });
    expect(await story.json("watch", ["label", "join", ...parts])).toMatchObject({ audience: ["QMB"] });
  });

  it("two policies, or exercise and none, have no label in common", async () => {
    await story.refused("ERR_POLICIES_DIFFER", "none", ["label", "join", "(H-U)", "TLP:RED", ...BY_AAB]);
    const mixed = ["label", "join", "PUBLIC", `${FRAME} PUBLIC ${FRAME}`];
    expect(await story.refused("ERR_USAGE", "none", mixed)).toContain("labels 1 and 2");
    expect(await story.refused("ERR_USAGE", "none", ["label", "join", "(H-U)"])).toContain("--originator");
    await story.refused("ERR_USAGE", "none", ["label", "join"]);
  });
});

describe.concurrent("label", () => {
  it("loads the verbs that have files of their own when they are called, with their help", async () => {
    for (const verb of ["parse", "render", "join", "convert", "compare", "lint"]) {
      expect(await story.ok("none", ["label", verb, "--help"])).toMatch(new RegExp(`^Usage: dipbag label ${verb} `));
    }
    expect(await story.ok("none", ["help", "label", "lint"])).toContain("--label LABEL");
    const help = await story.ok("none", ["label", "--help"]);
    for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const { status, stderr } = await story.run("none", ["label"]);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("a verb is missing [ERR_USAGE]"),
    });
    await story.refused("ERR_USAGE", "none", ["label", "pars", "PUBLIC"]);
  });
});
