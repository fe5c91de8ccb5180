/**
 * spec/vectors: made again they are the same to the byte, and both engines answer each as it says.
 * `DIPBAG_WRITE_VECTORS=1 npx vitest run --project web test/portable/vectors.test.ts` writes them anew.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { hex } from "../../src/bytes.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { checkCddl } from "../cddl.ts";
import { answer, type Case, type Folder, type Kind } from "../own-vectors/case.ts";
import { makeVectors } from "../own-vectors/make.ts";

const root = fileURLToPath(new URL("../../spec/vectors/", import.meta.url));
const FOLDERS = ["world", "valid", "invalid"];
/** Node's own ML-KEM and ML-DSA draw randomness that no test can replace. */
const isPortable = engine.description.startsWith("@noble");

if (process.env.DIPBAG_WRITE_VECTORS === "1" && isPortable) {
  const files = await makeVectors();
  for (const folder of FOLDERS) {
    rmSync(root + folder, { recursive: true, force: true });
    mkdirSync(root + folder, { recursive: true });
  }
  for (const [path, bytes] of files) writeFileSync(root + path, bytes);
}

const folder: Folder = (path) => new Uint8Array(readFileSync(root + path));
const listed = FOLDERS.flatMap((name) =>
  existsSync(root + name) ? readdirSync(root + name).map((file) => `${name}/${file}`) : [],
);
const cases = ["valid", "invalid"].flatMap((path) =>
  listed
    .filter((file) => file.startsWith(`${path}/`) && file.endsWith(".json") && !/\.(policy|label)\.json$/.test(file))
    .map((file) => ({ path, one: JSON.parse(readFileSync(root + file, "utf8")) as Case })),
);

describe.skipIf(!isPortable)("the files of spec/vectors, made again on the portable engine,", () => {
  it("are the same to the byte, no more and no fewer", async () => {
    const files = await makeVectors();
    expect([...files.keys()].sort()).toEqual(listed.toSorted());
    for (const [path, bytes] of files) expect(hex(bytes) === hex(folder(path)), path).toBe(true);
  });
});

describe.each(["valid", "invalid"])("%s:", (name) => {
  it.each(cases.filter(({ path }) => path === name).map(({ one }) => [one.name, one.description, one] as const))(
    "%s: %s",
    async (_name, _description, one) => {
      expect(await answer(one, name, folder)).toEqual(one.expect);
    },
  );
});

describe("the grammar, spec/dipbag.cddl, and its checker, which shares nothing with src,", () => {
  const validate = checkCddl(readFileSync(`${root}../dipbag.cddl`, "utf8"));
  const RULES: Partial<Record<Kind, [rule: string, form: "item" | "sequence"]>> = {
    envelope: ["envelope", "sequence"],
    card: ["card", "item"],
    authority: ["card", "item"],
    request: ["request", "item"],
    "sealed-card": ["sealed-card", "item"],
    identity: ["identity-file", "item"],
    "signed-policy": ["signed-policy", "item"],
  };
  const faults = ({ path, one }: (typeof cases)[number]): string[] => {
    const [rule, form] = RULES[one.kind] ?? [];
    return rule === undefined || one.file.endsWith(".txt") ? [] : validate(rule, folder(`${path}/${one.file}`), form);
  };
  it("accept every case that is valid, and every card and pin of world/", () => {
    for (const one of cases.filter(({ path }) => path === "valid")) expect(faults(one), one.one.name).toEqual([]);
    for (const file of listed.filter((name) => /^world\/.*\.(card|pin)$/.test(name))) {
      expect(validate(file.endsWith(".pin") ? "pin" : "card", folder(file)), file).toEqual([]);
    }
    for (const file of listed.filter((name) => /^world\/.*\.policy$/.test(name))) {
      expect(validate("signed-policy", folder(file)), file).toEqual([]);
    }
  });
  it("refuse those whose form is at fault, and none of the others", () => {
    // CDDL says nothing of the encoding; what breaks it may be readable all the same
    const judged = cases.filter(({ one }) => one.expect.outcome !== "ERR_CBOR");
    const refused = new Set(judged.filter((one) => faults(one).length > 0).map(({ one }) => one.expect.outcome));
    const form = ["ERR_LIMIT", "ERR_SCHEMA", "ERR_TRAILING", "ERR_TRUNCATED", "ERR_TYPE", "ERR_VERSION"];
    // it counts a card's keys and the bytes of a signature, too
    expect([...refused].toSorted()).toEqual([...form, "ERR_KEY_INVALID", "ERR_SIGNATURE"].toSorted());
  });
});

describe("every error code", () => {
  /** What no file can provoke: the command line, the disk, the terminal, and the plan of whoever packs. */
  const ELSEWHERE: readonly ErrorCode[] = [
    // making an envelope: envelope-pack.test.ts, envelope-properties.test.ts, label tests
    "ERR_AUDIENCES_DISJOINT",
    "ERR_ENVELOPE_TOO_LARGE",
    "ERR_TOO_MANY",
    "ERR_NO_RECIPIENT",
    "ERR_RECIPIENT_TWICE",
    "ERR_SUITES_MIXED",
    // a text of more than 64 MiB: envelope-properties.test.ts
    "ERR_ARMOUR_TOO_LARGE",
    "ERR_REASON_MISSING",
    // what only a decision about something else than an envelope's own slots can meet: decide-conditions.test.ts
    "ERR_NOT_ON_LIST",
    "ERR_CONSENT",
    "ERR_STATUS",
    // writing a marking or a label: marking.test.ts, stanag4774.test.ts
    "ERR_MARKING_LONG",
    "ERR_LABEL_UNWRITABLE",
    // documents against a label: lint.test.ts
    "ERR_LINT",
    // --item, --require
    "ERR_NO_SUCH_FILE",
    "ERR_INCOMPLETE",
    "ERR_NOT_FRESH",
    // dipbag itself
    "ERR_SELF_TEST",
    "ERR_INTERNAL",
  ];
  const provoked = new Set(cases.map(({ one }) => one.expect.outcome));

  it("that a file can provoke has a vector named after it; the others are the command line's", () => {
    const left = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => !provoked.has(code));
    const unexplained = left.filter((code) => ERRORS[code].step !== "CLI" && !ELSEWHERE.includes(code));
    expect(unexplained).toEqual([]);
    expect(ELSEWHERE.filter((code) => provoked.has(code))).toEqual([]);
    for (const code of provoked) if (code !== "ok") expect(listed).toContain(`invalid/${code}.json`);
  });
  it("of a vector has its exit status", () => {
    for (const { one } of cases) {
      const { outcome, status } = one.expect;
      expect(status, one.name).toBe(outcome === "ok" ? 0 : ERRORS[outcome].status);
    }
  });
});

it("spec/vectors is small", () => {
  const size = listed.reduce((sum, file) => sum + statSync(root + file).size, 0);
  expect(size).toBeLessThan(8 * 2 ** 20);
});
