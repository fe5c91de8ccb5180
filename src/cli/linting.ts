/** What lint finds in files, as it is shown; and what that means for sealing them. */

import { DipbagError } from "../errors.ts";
import type { Handling } from "../label/label.ts";
import { type Finding, type LintContext, lint, MAX_DOCUMENT, reads, type Severity } from "../label/lint/lint.ts";
import type { Context } from "./context.ts";
import { row } from "./describe.ts";
import { type Style, show } from "./output.ts";
import type { Planned } from "./plan.ts";

/** What lint says of one file. */
export interface Linted {
  readonly input: string;
  readonly mediaType: string;
  readonly findings: readonly Finding[];
}

export const countOf = (files: readonly Linted[], severity: Severity): number =>
  files.reduce((sum, { findings }) => sum + findings.filter((one) => one.severity === severity).length, 0);

/** One file; of what it holds no more than is examined is read, and one byte to see that there is more. */
export async function lintFile(
  input: string,
  mediaType: string,
  read: (length: number) => Promise<Uint8Array>,
  told: LintContext,
): Promise<Linted> {
  const bytes = reads(mediaType) ? await read(MAX_DOCUMENT + 1) : new Uint8Array(0);
  return { input, mediaType, findings: await lint({ name: input, mediaType, bytes }, told) };
}

/** Every file of a plan, under the label of its portion. Files without a finding are left out. */
export async function lintPlan({ plan, known, exercise }: Planned): Promise<readonly Linted[]> {
  const { card, handling, created } = plan;
  const told = { policies: known, originatorNation: card.claims.nation, created, tlp: handling.tlp, exercise };
  const all: Linted[] = [];
  for (const { labels, files } of plan.portions) {
    for (const { name, mediaType, source, size } of files) {
      const read = (length: number) => source.read(0, Math.min(length, size));
      all.push(await lintFile(name, mediaType, read, { ...told, label: labels.originator }));
    }
  }
  return all.filter(({ findings }) => findings.length > 0);
}

/** Why the files may not be sealed as they are: an error, and nobody has said why they should be all the same. */
export function refusalOf(files: readonly Linted[], { lintReason }: Handling): DipbagError | undefined {
  return lintReason === undefined ? errorsIn(files) : undefined;
}

/** ERR_LINT, if there is an error among the findings. */
export function errorsIn(files: readonly Linted[]): DipbagError | undefined {
  const errors = countOf(files, "error");
  if (errors === 0) return undefined;
  return new DipbagError("ERR_LINT", { count: `${errors} ${errors === 1 ? "error" : "errors"}` });
}

/** On stderr, where what lint finds is not what was asked for. */
export function noteFindings(files: readonly Linted[], context: Context): void {
  const worth = files.map((file) => ({
    ...file,
    findings: file.findings.filter(({ severity }) => severity !== "info"),
  }));
  for (const file of worth.filter(({ findings }) => findings.length > 0)) {
    context.note(findingsText(file, context.noteStyle).trimEnd());
  }
}

const LINE = /^\d+$/;

/** Each finding as a block of lines, with an empty line between two. */
export function findingsText({ input, findings }: Linted, style: Style): string {
  const name = show(input, 200);
  if (findings.length === 0) return `${style.green("OK")}  ${name}\n`;
  const paint = { error: style.red, warning: style.bold, info: style.dim };
  return findings
    .map(({ rule, severity, where, portion, found, message, fix }) => {
      const place = LINE.test(where) ? `${name}:${where}` : name;
      return [
        `${style.bold(place)} ${paint[severity](severity)} ${rule}`,
        row("", message),
        ...(LINE.test(where) || where === "" ? [] : [row("in", where)]),
        ...(portion === undefined ? [] : [row("portion", portion)]),
        ...(found ? [row("found", found)] : []),
        row("fix", fix),
        "",
      ].join("\n");
    })
    .join("\n");
}
