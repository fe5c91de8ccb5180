/** What a person is shown of what was signed. */

import { expect, it } from "vitest";
import { listed, size, who } from "../../src/cli/describe.ts";
import {
  envelopeBanner,
  envelopeDocument,
  envelopeLines,
  handlingLines,
  labelLines,
  otherLabelLines,
  viewBanner,
} from "../../src/cli/describe-envelope.ts";
import { sealingBy } from "../../src/envelope/decision.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { join } from "../../src/label/join.ts";
import type { Handling, Label } from "../../src/label/label.ts";
import { file, packed } from "../packing.ts";
import { labels, PACKS, T, trust, world } from "../world.ts";

it("[117] all of the handling that asks something of a reader", () => {
  const handling = {
    tlp: "RED",
    pap: "AMBER",
    precedence: ["FLASH", "ROUTINE"],
    messageType: "exercise",
    agreement: "HARBOUR-MOU-2024/3",
    obligations: ["no-onward-release", "delete-by"],
    validUntil: 1_800_000_000,
    retainUntil: 1_900_000_000,
    deleteBy: 2_000_000_000,
    purpose: "for the court case only\u202e",
    personalData: "special",
    language: "en",
    sourceGrading: ["B", 2],
    derivedFrom: ["report 1", "report 2"],
    compilationReason: "the parts together",
    lintReason: "a quotation",
  } satisfies Handling;
  expect(handlingLines(handling, 0).map((line) => line.replace(/\s+/g, " ").trim())).toEqual([
    "TLP TLP:RED",
    "PAP PAP:AMBER",
    "precedence FLASH; ROUTINE for those who get a copy",
    "under HARBOUR-MOU-2024/3",
    "purpose for the court case only\\u{202e}",
    "personal data: special",
    "valid until 2027-01-15T08:00:00Z",
    "keep until 2030-03-17T17:46:40Z",
    "you must pass it on to nobody without the originator's consent (no-onward-release)",
    "you must delete every copy, by 2033-05-18T03:33:20Z (delete-by)",
    "source B2",
    "from report 1, report 2",
    "higher for the parts together",
    "lint set aside: a quotation",
  ]);
  expect(handlingLines({}, 0)).toEqual([]);
  expect(handlingLines({ deleteBy: 2_000_000_000 }, 2_000_000_001)).toEqual([
    "  caution    every copy was to be deleted by 2033-05-18T03:33:20Z",
  ]);
  expect(handlingLines({ obligations: ["delete-by"] }, 0)).toEqual(["  you must   delete every copy (delete-by)"]);
});

it("[119] a name that could be taken for more than a name stands in quotes", () => {
  const names = ["duty.aab@cert.example", "duty (AAB-CERT, AAB), also for watch", 'a "b"', "report (1).txt"];
  expect(listed(names)).toBe(
    'duty.aab@cert.example, "duty (AAB-CERT, AAB), also for watch", "a \\\\"b\\\\"", "report (1).txt"',
  );
  expect(who({ name: names[1]!, identifiers: ["A, B", "C"], nation: "QMB" })).toBe(
    '"duty (AAB-CERT, AAB), also for watch" ("A, B", C, QMB)',
  );
});

it("[117] a label's privacy mark, whose place it has taken, and what will take its own", () => {
  const label = (classification: string, more: Partial<Label> = {}): Label => ({
    kind: "originator",
    policy: ["HARBOUR", null],
    classification,
    created: "2026-11-22T05:00:00Z",
    ...more,
  });
  const last = label("PUBLIC");
  const next = label("RESTRICTED", { succession: ["2028-01-01T00:00:00Z", last], privacyMark: "MEDICAL" });
  const first = label("SECRET", { succession: ["2027-01-01T00:00:00Z", next] });
  const lines = (at: string) =>
    labelLines(first, Date.parse(at) / 1000, ({ classification }) => classification).map((line) => line.trim());
  expect(lines("2026-12-01T00:00:00Z")).toEqual([
    "from 2027-01-01T00:00:00Z on: RESTRICTED",
    "from 2028-01-01T00:00:00Z on: PUBLIC",
  ]);
  expect(lines("2027-06-01T00:00:00Z")).toEqual([
    "privacy mark: MEDICAL",
    "until 2027-01-01T00:00:00Z: SECRET",
    "from 2028-01-01T00:00:00Z on: PUBLIC",
  ]);
  expect(lines("2029-01-01T00:00:00Z")).toEqual([
    "until 2027-01-01T00:00:00Z: SECRET",
    "until 2028-01-01T00:00:00Z: RESTRICTED",
  ]);
});

it("[122] every label beside the originator's, whether it is judged by or not", async () => {
  const whole = labels("LAGOON UNCLASSIFIED WATERWAYS REL TO AAB, QMB");
  const alternative = (text: string, more: Partial<Label> = {}): Label => ({
    ...labels(text).originator,
    kind: "alternative",
    ...more,
  });
  const judged = {
    ...whole,
    alternatives: [alternative("HARBOUR RESTRICTED REL TO QMB")],
    metadata: { ...labels("HARBOUR SECRET REL TO AAB").originator, kind: "metadata" as const },
    ciphertext: labels("PUBLIC").originator,
  };
  const { bytes } = await packed([{ labels: judged, files: [file("a", "x")], to: [world.watch] }], { labels: whole });
  const envelope = await verify(bytesSource(bytes), trust, T);
  expect(envelopeLines(envelope).join("\n")).toContain("also for those cleared in HARBOUR");
  expect(envelopeDocument(envelope).portions[0]!.others.map(({ kind, known }) => [kind, known])).toEqual([
    ["alternative", true],
    ["metadata", true],
    ["ciphertext", true],
  ]);

  const unknown = alternative("PUBLIC", { policy: ["ATOLL", null], classification: "QUIET" });
  const said = otherLabelLines({ ...judged, alternatives: [...judged.alternatives, unknown] }, envelope);
  expect(said.map((line) => line.replace(/\s+/g, " "))).toEqual([
    " also for those cleared in HARBOUR: HARBOUR RESTRICTED REL TO QMB",
    " also for those cleared in ATOLL: ATOLL QUIET, which is not known here",
    " its metadata: HARBOUR SECRET REL TO AAB",
    " its ciphertext: PUBLIC",
  ]);
});

it("sizes in steps of a thousand, and never a thousand of one", () => {
  expect([0, 999, 1000, 999_949, 999_950, 1_000_000, 2 ** 53 - 1].map(size)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "999.9 kB",
    "1.0 MB",
    "1.0 MB",
    "9007.2 TB",
  ]);
});

it("the banner of what was opened is that of the whole where the portions have no label in common", async () => {
  const whole = labels("LAGOON GUARDED RELEASABLE REL TO AAB ALSO TO AAB");
  const parts = [whole, labels("LAGOON GUARDED WATERWAYS, RELEASABLE REL TO AAB ALSO TO AAB")];
  const sealing = sealingBy(world.duty.card, T, PACKS);
  expect(() => join([parts[0]!.originator, parts[1]!.originator], sealing)).toThrow();
  const { bytes } = await packed(
    parts.map((label, i) => ({ labels: label, files: [file(`${i}`, "x")], to: [world.duty] })),
    { labels: whole, handling: { messageType: "exercise", compilationReason: "one source" } },
  );
  const envelope = await openEnvelope(bytesSource(bytes), trust, T);
  expect(viewBanner(envelope, new Set([1, 2]))).toBe(envelopeBanner(envelope));
  expect(viewBanner(envelope, new Set([2]))).toContain("LAGOON GUARDED RELEASABLE, WATERWAYS REL TO AAB");
});
