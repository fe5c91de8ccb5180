/** `dipbag label lint` (spec/lint.md) through the real command line. */

import { cpSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ONE_ERROR } from "./process.ts";
import { CONFIDENTIAL, RESTRICTED, Story, valid } from "./story.ts";

const ORCON = "HARBOUR CONFIDENTIAL REL TO AAB ORCON";
const FIXTURES = ["incident-report.txt", "incident-report.bad-banner.txt", "bundle.red-inside.stix.json"];
const SAMPLES = ["annex-a.pdf", "bundle.stix.json", "report.json"];

let story: Story;
beforeAll(() => {
  story = new Story();
  const from = (folder: string, name: string) =>
    cpSync(fileURLToPath(new URL(`../../${folder}/${name}`, import.meta.url)), story.path(name));
  for (const name of FIXTURES) from("test/label/fixtures", name);
  for (const name of SAMPLES) from("examples/exercise", name);
});
afterAll(() => story.end());

const NOBODY = { passphrase: [] };
const lint = (files: string[], label: string, ...more: string[]) =>
  story.run("home", ["label", "lint", ...files, "--label", label, ...more], NOBODY);
const EXERCISE = ["--exercise", "--originator", "AAB"];

describe("label lint", () => {
  it("says OK of what is in order, without a home or a card", async () => {
    const { status, stdout, stderr } = await lint(["incident-report.txt"], ORCON, "--exercise");
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "OK  incident-report.txt\n", stderr: "" });
  });

  it("tells an officer what to mend, where, and how; status 5", async () => {
    const { status, stdout, stderr } = await lint(["incident-report.bad-banner.txt"], RESTRICTED, ...EXERCISE);
    expect(status).toBe(5);
    expect(stderr).toBe(
      "dipbag: error: the documents contradict their label, or themselves: 4 errors [ERR_LINT]\n" +
        "dipbag: hint: mend them, or seal with a reason: dipbag pack --lint-reason TEXT\n",
    );
    expect(stdout.split("\n\n")[1]).toBe(
      [
        "incident-report.bad-banner.txt:9 error release-wider-than-portion",
        "             portion p3 is REL TO AAB, QMB only, and the banner is HARBOUR",
        "             RESTRICTED REL TO AAB, QMB, ZZC",
        "  portion    p3",
        "  found      (H-C REL AAB, QMB)",
        "  fix        REL TO AAB, QMB",
      ].join("\n"),
    );
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("warnings alone are no failure", async () => {
    const { status, stdout, stderr } = await lint(["annex-a.pdf"], RESTRICTED, ...EXERCISE);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("annex-a.pdf warning unmarked\n");
    expect(stdout).toContain("  in         /Title\n");
    expect(stdout).toContain("  fix        put the marking into the title\n");
  });

  it("STIX against the TLP of the envelope", async () => {
    const files = ["bundle.stix.json", "bundle.red-inside.stix.json"];
    const { status, stdout, stderr } = await lint(files, RESTRICTED, ...EXERCISE, "--tlp", "AMBER");
    expect(status).toBe(5);
    expect(stderr).toMatch(ONE_ERROR("ERR_LINT"));
    expect(stdout).toMatch(/^OK {2}bundle\.stix\.json\n\nbundle\.red-inside\.stix\.json error tlp-above-envelope\n/);
    expect(stdout).toContain("  in         indicator--7c1e9c1a-52c4-4b0b-9c52-3a3f0f7f9a02\n");
    expect((await lint(files, "TLP:RED")).status).toBe(0);
  });

  it("an exercise by its label, or by its flag", async () => {
    const framed = `EXERCISE EXERCISE EXERCISE ${ORCON} EXERCISE EXERCISE EXERCISE`;
    expect((await lint(["incident-report.txt"], framed)).status).toBe(0);
    const { status, stdout } = await lint(["incident-report.txt"], ORCON);
    expect(status).toBe(5);
    expect(stdout).toContain("incident-report.txt:1 error exercise-frame\n");
    expect(stdout).toContain("incident-report.txt:18 error exercise-frame\n");
  });

  it("--json: one document, also with errors", async () => {
    const files = [...FIXTURES, ...SAMPLES, story.write("picture.png")];
    const { status, stdout, stderr } = await lint(files, RESTRICTED, ...EXERCISE, "--json");
    expect(status).toBe(5);
    expect(stderr).toMatch(ONE_ERROR("ERR_LINT"));
    const document = valid(stdout.trimEnd());
    expect(document).toMatchObject({ schema: "dipbag/lint/1", status: 5, files: files.map((input) => ({ input })) });
    const { files: results } = document as { files: { mediaType: string; findings: { rule: string }[] }[] };
    expect(results.at(-1)).toMatchObject({
      mediaType: "image/png",
      findings: [{ rule: "not-examined", severity: "info" }],
    });
    const clean = await story.json(
      "home",
      ["label", "lint", "report.json", "--label", RESTRICTED, ...EXERCISE],
      NOBODY,
    );
    expect(clean).toEqual({
      schema: "dipbag/lint/1",
      status: 0,
      errors: 0,
      warnings: 0,
      files: [{ input: "report.json", mediaType: "application/json", findings: [] }],
    });
  });

  it("what is in a file cannot move the terminal", async () => {
    story.write(
      "evil.txt",
      `${CONFIDENTIAL}\n\n(H-S REL AAB, QMB\u001b]0;x\u0007) Words.\n\u202e(TLP:RED) Words.\n\n${CONFIDENTIAL}\n`,
    );
    story.write("a\u001b[31mb.txt", "(H-S REL AAB)\n");
    for (const file of ["evil.txt", "a\u001b[31mb.txt"]) {
      for (const more of [[], ["--json"]]) {
        const { stdout, stderr } = await lint([file], CONFIDENTIAL, ...more);
        const text = Buffer.from(stdout, "latin1").toString() + stderr;
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(text).toContain(more.length === 0 ? "error" : '"error"');
      }
    }
  });

  it.each([
    ["ERR_MARKING", ["incident-report.txt", "--label", "HARBOUR COSMIC"]],
    ["ERR_TAG_REQUIRED", ["incident-report.txt", "--label", "HARBOUR SECRET"]],
    ["ERR_NOT_FOUND", ["nothing.txt", "--label", RESTRICTED]],
    ["ERR_IS_DIRECTORY", [".", "--label", RESTRICTED]],
    ["ERR_USAGE", ["incident-report.txt"]],
    ["ERR_USAGE", ["--label", RESTRICTED]],
    ["ERR_USAGE", ["incident-report.txt", "--label", RESTRICTED, "--tlp", "PURPLE"]],
    ["ERR_USAGE", ["incident-report.txt", "--label", RESTRICTED, "--originator", "aab"]],
  ] as const)("%s: %j", async (code, args) => {
    await story.refused(code, "home", ["label", "lint", ...args], NOBODY);
    await story.refused(code, "home", ["label", "lint", ...args, "--json"], NOBODY);
  });

  it("leaves the files as they are", () => {
    for (const name of FIXTURES) {
      expect(story.read(name)).toEqual(readFileSync(new URL(`../label/fixtures/${name}`, import.meta.url)));
    }
  });
});
