/** The release decision as users meet it: preview, --explain, handling, lint before sealing (spec/cli.md, spec/label.md section 6). */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AT, CONFIDENTIAL, nameOf, RESTRICTED, type Story, tell, to } from "./story.ts";

let story: Story;
beforeAll(async () => {
  story = await tell("duty", "watch", "port", "ship");
  story.write(
    "embargo.xml",
    `<originatorConfidentialityLabel xmlns="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" ReviewDateTime="2026-11-30T00:00:00Z"><ConfidentialityInformation><PolicyIdentifier>HARBOUR</PolicyIdentifier><Classification>CONFIDENTIAL</Classification><Category Type="PERMISSIVE" TagName="REL TO"><GenericValue>AAB</GenericValue><GenericValue>QMB</GenericValue></Category></ConfidentialityInformation><CreationDateTime>2026-11-22T05:00:00Z</CreationDateTime><SuccessionHandling><SuccessionDateTime>2026-12-01T00:00:00Z</SuccessionDateTime><SuccessorConfidentialityLabel><ConfidentialityInformation><PolicyIdentifier>TLP</PolicyIdentifier><Classification>CLEAR</Classification></ConfidentialityInformation><CreationDateTime>2026-11-22T05:00:00Z</CreationDateTime></SuccessorConfidentialityLabel></SuccessionHandling></originatorConfidentialityLabel>`,
  );
  story.write("note.json", '{"about":"EXERCISE"}');
  story.write("source.json", '{"who":"EXERCISE"}');
});
afterAll(() => story.end());

const fixture = (name: string) => readFileSync(new URL(`../label/fixtures/${name}`, import.meta.url));
const person = (who: "duty" | "watch" | "port" | "ship", verdict: string, code?: string) =>
  expect.objectContaining({ name: nameOf(who), verdict, ...(code !== undefined && { code: `ERR_${code}` }) });

describe.concurrent("preview", () => {
  it("says who could open what, why not, what would mend it, and who else could be named; writes nothing", async () => {
    story.folder("quiet");
    story.write("quiet/note.json", "{}");
    const args = ["preview", "quiet/note.json", "--label", CONFIDENTIAL, ...to("watch", "port")];
    const { status, stdout, stderr } = await story.run("duty", args, { passphrase: [] });
    expect(status).toBe(5);
    expect(stdout).toMatch(/^EXERCISE EXERCISE EXERCISE HARBOUR CONFIDENTIAL REL TO AAB, QMB EXERCISE\n/);
    expect(stdout).toMatch(/^ {2}opens {6}watch@cert\.example \(QMB\)$/m);
    expect(stdout).toMatch(/^ {2}CANNOT {5}port@cert\.example \(ZZC\): .* is not cleared for/m);
    expect(stdout).toMatch(/^ {13}fix: take port@cert\.example off/m);
    expect(stdout).toMatch(/^ {2}could {6}duty@cert\.example \(AAB\)$/m);
    expect(stdout).toMatch(/^ {2}could not {2}ship@cert\.example \(ZZC\)/m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(stderr).toMatch(/^dipbag: error: port@cert\.example is not cleared for .* \[ERR_CLEARANCE\]\n/);
    expect(story.list("quiet")).toEqual(["note.json"]);
  });

  it("as JSON, with every rule where that is asked for", async () => {
    const args = ["preview", "note.json", "--portion", `source.json=${CONFIDENTIAL}`, "--label", RESTRICTED];
    const document = await story.json("duty", [...args, ...to("duty", "watch"), "--explain"]);
    expect(document).toMatchObject({
      status: 0,
      audience: ["AAB", "QMB", "ZZC"],
      portions: [
        { files: ["note.json"], recipients: [person("duty", "permit"), person("watch", "permit")] },
        { files: ["source.json"], others: expect.arrayContaining([person("port", "deny", "CLEARANCE")]) },
      ],
      findings: [],
    });
    const [{ recipients }] = document.portions as [{ recipients: { trace: { rule: string }[] }[] }];
    expect(recipients[0]?.trace.map(({ rule }) => rule)).toContain("D15");
  });

  it("with other people the keys would have to be others: who has only classical ones cannot join", async () => {
    const document = await story.json("duty", ["preview", "note.json", "--label", RESTRICTED, ...to("watch")]);
    expect(document).toMatchObject({
      portions: [
        { others: expect.arrayContaining([person("ship", "deny", "SUITES_MIXED"), person("port", "permit")]) },
      ],
    });
  });

  it("of what lint would refuse says so too", async () => {
    story.write("report.txt", fixture("incident-report.txt"));
    const args = ["preview", "report.txt", "--label", RESTRICTED, ...to("watch")];
    const { status, stdout, stderr } = await story.run("duty", args);
    expect(status).toBe(5);
    expect(stdout).toContain("opens      watch@cert.example");
    expect(stderr).toMatch(/\[ERR_LINT\]\n/);
    expect(stderr).toContain("report.txt:1 error banner-above-label");
  });
});

describe.concurrent("handling", () => {
  const packed = (out: string, ...args: string[]) => ["pack", "note.json", ...args, "-o", out];

  it("an agreement binds to its nations and its ceiling", async () => {
    const under = ["--agreement", "HARBOUR-MOU-2024/3", ...to("watch")];
    await story.ok("duty", packed("agreed.dipbag", "--label", CONFIDENTIAL, ...under));
    await story.json("watch", ["verify", "agreed.dipbag"]);
    await story.refused(
      "ERR_AGREEMENT",
      "duty",
      packed("not.dipbag", "--label", CONFIDENTIAL, "--agreement", "HARBOUR-MOU-1999/1", ...to("watch")),
    );
  });

  it("an obligation goes to those whose authority says that they fulfil it", async () => {
    const args = ["--label", CONFIDENTIAL, "--obligation", "receipt-on-open", "--obligation", "no-onward-release"];
    await story.ok("duty", packed("obliged.dipbag", ...args, ...to("duty", "watch")));
    await story.ok("watch", ["unpack", "obliged.dipbag"]);
    await story.refused(
      "ERR_OBLIGATION",
      "duty",
      packed("not.dipbag", "--label", RESTRICTED, ...args.slice(2), ...to("port")),
    );
    const gone = ["--label", CONFIDENTIAL, "--delete-by", "2027-01-01T00:00:00Z"];
    await story.refused("ERR_OBLIGATION", "duty", packed("not.dipbag", ...gone, ...to("watch")));
    await story.ok("duty", packed("gone.dipbag", ...gone, ...to("duty")));
    await story.refused("ERR_USAGE", "duty", packed("not.dipbag", ...args, "--obligation", "delete-by", ...to("duty")));
    await story.refused("ERR_USAGE", "duty", packed("not.dipbag", ...args, "--obligation", "burn", ...to("duty")));
  });

  it("[50] what is no longer valid neither verifies nor opens", async () => {
    const until = ["--valid-until", "2026-11-30T00:00:00Z"];
    await story.ok("duty", packed("until.dipbag", "--label", RESTRICTED, ...until, ...to("watch")));
    const later = { at: "2026-11-30T00:00:01Z" };
    await story.ok("watch", ["verify", "until.dipbag"], { at: "2026-11-30T00:00:00Z" });
    await story.refused("ERR_EXPIRED", "watch", ["unpack", "until.dipbag"], later);
  });

  it("a whole above its parts says why, and one below them is refused", async () => {
    const parts = ["--label", RESTRICTED, ...to("watch")];
    const above = ["--overall", CONFIDENTIAL];
    await story.refused("ERR_REASON_MISSING", "duty", packed("not.dipbag", ...parts, ...above));
    const why = ["--overall-reason", "the parts together show how we know"];
    await story.ok("duty", packed("whole.dipbag", ...parts, ...above, ...why));
    expect(await story.json("watch", ["verify", "whole.dipbag"])).toMatchObject({
      banner: `EXERCISE EXERCISE EXERCISE ${CONFIDENTIAL} EXERCISE EXERCISE EXERCISE`,
    });
    const below = ["--label", CONFIDENTIAL, ...to("watch"), "--overall", RESTRICTED, ...why];
    expect(await story.refused("ERR_NOT_DOMINANT", "duty", packed("not.dipbag", ...below))).toContain(CONFIDENTIAL);
  });

  it("two TLPs: the envelope's is the higher one", async () => {
    await story.refused(
      "ERR_TWO_TLP",
      "duty",
      packed("not.dipbag", "--label", "TLP:RED", "--tlp", "AMBER", ...to("watch")),
    );
    await story.ok("duty", packed("tlp.dipbag", "--label", "TLP:AMBER", "--tlp", "RED", ...to("watch")));
    const hidden = ["--label", "TLP:AMBER", "--tlp", "RED", "--hide-recipients", ...to("watch")];
    await story.refused("ERR_MUST_BE_NAMED", "duty", packed("not.dipbag", ...hidden));
  });
});

describe.concurrent("a label of a file", () => {
  it("is made of a marking, as pack makes one, and seals as that does", async () => {
    await story.ok("duty", ["label", "convert", CONFIDENTIAL, "--to", "json", "-o", "made.json"]);
    expect(JSON.parse(story.text("made.json"))).toMatchObject({ originator: { id: "AAB-CERT" }, created: AT });
    const packed = ["pack", "note.json", "--label", "@made.json", ...to("watch"), "-o", "made.dipbag"];
    expect(await story.json("duty", packed)).toMatchObject({ portions: [{ banner: CONFIDENTIAL }] });
    await story.refused("ERR_MARKING", "duty", ["label", "convert", "HARBOUR COSMIC"]);
    await story.refused("ERR_NOT_FOUND", "duty", ["label", "convert", "missing.xml"]);
  });

  it("may come by a pipe, also for several files", async () => {
    story.write("second.json", story.read("note.json"));
    const args = ["pack", "note.json", "second.json", "--label", "@-", ...to("watch"), "-o", "piped.dipbag"];
    const input = await story.ok("duty", ["label", "convert", CONFIDENTIAL, "--to", "json", "-o", "-"]);
    const { status, stderr } = await story.run("duty", args, { input });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const watched = await story.json("watch", ["verify", "piped.dipbag"]);
    expect(watched).toMatchObject({ portions: [{ banner: CONFIDENTIAL }] });
  });

  it("[111] is that of a file only where the name is no marking: a file that was received replaces nothing typed", async () => {
    const trap = "HARBOUR RESTRICTED REL TO AAB, QMB";
    story.write(trap, story.read("embargo.xml"));
    const { status, stderr } = await story.run("duty", ["label", "convert", trap, "-o", "typed.xml"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^The label HARBOUR RESTRICTED REL TO AAB, QMB is in typed\.xml\.$/m);
    expect(await story.json("duty", ["label", "convert", "typed.xml"])).toMatchObject({ classification: "RESTRICTED" });
    const named = await story.run("duty", ["label", "convert", `./${trap}`, "-o", "named.json"]);
    expect(named.stderr.replace("\n", " ")).toContain(
      "The label of ./HARBOUR RESTRICTED REL TO AAB, QMB is in named.json.",
    );
    expect(JSON.parse(story.text("named.json"))).toMatchObject({ classification: "CONFIDENTIAL" });
  });

  const due = "2026-12-01T00:00:00Z";
  it("stands until its successor is due, and the successor from then on", async () => {
    const args = ["pack", "note.json", "--label", "@embargo.xml", ...to("duty", "watch"), "-o", "embargo.dipbag"];
    await story.ok("duty", args);
    const banner = (marking: string) => ({
      banner: `EXERCISE EXERCISE EXERCISE ${marking} EXERCISE EXERCISE EXERCISE`,
    });
    const before = { at: "2026-11-30T23:59:59Z" };
    const after = { at: due };
    const verify = ["verify", "embargo.dipbag"];
    expect(await story.json("watch", verify, before)).toMatchObject({ ...banner(CONFIDENTIAL), reviewDue: true });
    expect(await story.json("watch", verify, after)).toMatchObject({ ...banner("TLP:CLEAR"), reviewDue: false });
    expect(await story.json("watch", ["unpack", "embargo.dipbag"], after)).toMatchObject(banner("TLP:CLEAR"));
    expect(await story.ok("watch", verify, before)).toContain("due for review");
  });
  it("[117] that a successor will take its place is shown, and when: to who seals it, and to who reads it", async () => {
    const args = ["note.json", "--label", "@embargo.xml", ...to("duty", "watch")];
    const told = `from ${due} on: TLP:CLEAR`;
    expect(await story.ok("duty", ["preview", ...args])).toContain(told);
    expect((await story.run("duty", ["pack", ...args, "-o", "told.dipbag"])).stderr).toContain(told);
    const verified = await story.ok("watch", ["verify", "told.dipbag"]);
    expect(verified.split(told)).toHaveLength(3);
    expect((await story.run("watch", ["unpack", "told.dipbag"])).stderr).toContain(told);
    const inspected = (await story.ok("watch", ["inspect", "told.dipbag"])).replace(/\s+/g, " ");
    expect(inspected).toContain(`claims ${CONFIDENTIAL}, from ${due} on TLP CLEAR, sealed`);
    const document = await story.json("watch", ["verify", "told.dipbag"]);
    expect(document).toMatchObject({ portions: [{ becomes: [{ from: due, banner: "TLP:CLEAR" }] }] });
    const later = await story.json("watch", ["verify", "told.dipbag"], { at: due });
    expect(later).toMatchObject({ portions: [{ becomes: [] }] });
  });
});

describe.concurrent("the incident report, for three nations", () => {
  interface Part {
    readonly id: string;
    readonly portion: string;
    readonly rel: readonly string[];
    readonly orcon?: boolean;
  }
  interface Views {
    readonly parts: readonly Part[];
    readonly envelopeBanner: string;
    readonly views: Readonly<Record<string, { readonly opens: readonly string[]; readonly viewBanner: string }>>;
  }
  const { parts, envelopeBanner, views } = JSON.parse(fixture("views.json").toString()) as Views;
  const WHO: Readonly<Record<string, "duty" | "watch" | "port">> = { AAB: "duty", QMB: "watch", ZZC: "port" };

  it("is one envelope, and each opens what is for them, under the banner of what they opened", async () => {
    story.folder("parts");
    const args = parts.flatMap(({ id, portion, rel, orcon }) => {
      const path = story.write(`parts/${id}.bin`, `EXERCISE ${id}`);
      const label = `(${portion} REL ${rel.join(", ")}${orcon ? " ORCON" : ""})`;
      const to = rel.flatMap((nation) => ["--portion-to", `${path}=${nameOf(WHO[nation]!)}`]);
      return ["--portion", `${path}=${label}`, ...to];
    });
    const handling = ["--tlp", "AMBER", "--agreement", "HARBOUR-MOU-2024/3"];
    const packed = await story.json("duty", ["pack", ...args, ...handling, "-o", "views.dipbag"]);
    expect(packed.banner).toBe(envelopeBanner);
    for (const [nation, { opens, viewBanner }] of Object.entries(views)) {
      const out = `view-${nation}`;
      const opened = await story.json(WHO[nation]!, ["unpack", "views.dipbag", "-o", out]);
      expect(opened.banner).toBe(viewBanner);
      const names = (opened.files as { name: string }[]).map(({ name }) => name.replace(/\.bin$/, ""));
      expect(names.sort()).toEqual([...opens].sort());
    }
  });
});

describe.concurrent("lint before sealing", () => {
  it("refuses what contradicts its label, and seals it for a reason that is signed", async () => {
    story.write("bad.txt", fixture("incident-report.bad-banner.txt"));
    const whole = "HARBOUR CONFIDENTIAL REL TO AAB ORCON";
    const args = ["pack", "bad.txt", "--label", whole, ...to("duty")];
    const { status, stderr } = await story.run("duty", [...args, "-o", "linted.dipbag"], { passphrase: [] });
    expect(status).toBe(5);
    expect(stderr).toContain("bad.txt:9 error banner-below-portion");
    expect(stderr).toMatch(/\[ERR_LINT\]\ndipbag: hint: .*--lint-reason/);
    expect(story.has("linted.dipbag")).toBe(false);
    await story.ok("duty", [...args, "--lint-reason", "the banner is quoted as it came", "-o", "linted.dipbag"]);
    expect(story.has("linted.dipbag")).toBe(true);
  });
  it("in JSON is one document with what was found", async () => {
    story.write("fine.txt", fixture("incident-report.txt"));
    const label = "HARBOUR CONFIDENTIAL REL TO AAB ORCON";
    const document = await story.json("duty", [
      "pack",
      "fine.txt",
      "--label",
      label,
      ...to("duty"),
      "-o",
      "fine.dipbag",
    ]);
    expect(document.findings).toBeUndefined();
  });
});

describe.concurrent("--explain", () => {
  beforeAll(() =>
    story.ok("duty", ["pack", "note.json", "--label", CONFIDENTIAL, ...to("duty", "watch"), "-o", "x.dipbag"]),
  );
  const RULES = ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14", "D15"];

  it("verify shows every rule for every recipient who is known here", async () => {
    const text = await story.ok("watch", ["verify", "x.dipbag", "--explain"]);
    for (const who of ["duty", "watch"] as const) expect(text).toContain(`portion 1, ${nameOf(who)}: permit`);
    for (const rule of RULES) expect(text).toMatch(new RegExp(`^  ${rule.padEnd(4)} pass `, "m"));
    const { decisions } = await story.json("watch", ["verify", "x.dipbag", "--explain"]);
    expect(decisions).toMatchObject([
      { portion: 1, name: nameOf("duty"), verdict: "permit" },
      { portion: 1, name: nameOf("watch"), verdict: "permit" },
    ]);
  });

  it("unpack shows why its user may", async () => {
    const { decisions } = await story.json("watch", ["unpack", "x.dipbag", "-o", "explained", "--explain"]);
    expect(decisions).toMatchObject([{ portion: 1, name: nameOf("watch"), verdict: "permit" }]);
  });

  it("a denial shows the rules up to the one that denied; in JSON always", async () => {
    const args = ["pack", "note.json", "--label", CONFIDENTIAL, ...to("port"), "-o", "never.dipbag"];
    const { stderr } = await story.run("duty", [...args, "--explain"]);
    expect(stderr).toMatch(/^ {2}D7 {3}deny +CONFIDENTIAL; cleared for UNCLASSIFIED, RESTRICTED \(card\)$/m);
    const { stdout } = await story.run("duty", [...args, "--json"]);
    expect(JSON.parse(stdout).trace.at(-1)).toMatchObject({ rule: "D7", result: "deny", source: "card" });
  });
});
