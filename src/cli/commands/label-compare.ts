/** `dipbag label compare`: what a level of one policy is in another. */

import type { Command } from "commander";
import { dayStart } from "../../label/shapes.ts";
import { type Comparison, compareLevels, type Ranked } from "../../label/tables/equivalence.ts";
import { Home } from "../../node/home.ts";
import { isoTime } from "../../time.ts";
import type { Context } from "../context.ts";
import { folded, row } from "../describe.ts";
import { day } from "../flags.ts";
import { show } from "../output.ts";
import { loadTables } from "../tables.ts";

export function command(command: Command, context: Context): void {
  command
    .summary("compare levels of two policies")
    .description(
      "Compares two levels by policy, rank and day, and names its sources. It never goes by the word: one word can be two levels.",
    )
    .argument("<a>", "POLICY:CLASSIFICATION, as HARBOUR:SECRET; by name, marking or abbreviation")
    .argument("<b>", "the other")
    .option("--date <day>", "the day on which they were labelled, as 2026-11-22; else today", day)
    .action((a: string, b: string, { date }: { date?: string }) => compare(a, b, date, context));
}

async function compare(a: string, b: string, date: string | undefined, context: Context): Promise<void> {
  const on = date ?? isoTime(context.at).slice(0, 10);
  const packs = [...(await new Home(context.home).policies())].map(({ policy }) => policy);
  // Of several versions the newest counts.
  packs.sort((x, y) => y.version - x.version);
  const comparison = compareLevels(a, b, { tables: loadTables(), packs, at: dayStart(on) ?? context.at });
  if (context.asJson) {
    const { order, by, source, cautions } = comparison;
    const levels = { a: levelDocument(comparison.a), b: levelDocument(comparison.b) };
    return context.json({ schema: "dipbag/compare/1", date: on, order, by, source, ...levels, cautions });
  }
  await context.out(`${lines(comparison, on).join("\n")}\n`);
}

const levelDocument = ({ policy, name, rank, common, canonical, note, source, verified }: Ranked) => ({
  policy,
  name,
  rank,
  common,
  canonical,
  note,
  source,
  verified,
});

const ORDER = { higher: "is higher than", equal: "is equal to", lower: "is lower than" } as const;
const BASIS = { policy: "the ranks of one policy", scale: "", row: "a row of equivalences: " } as const;
const VERIFIED = { "cross-checked": "cross-checked", pack: "on the word of its policy" } as const;

function lines({ order, a, b, by, source, cautions }: Comparison, on: string): string[] {
  return [
    folded(show(`${a.policy} ${a.name} ${ORDER[order]} ${b.policy} ${b.name}, on ${on}`)),
    row("by", show(`${BASIS[by]}${by === "policy" ? "" : source}`)),
    ...[a, b].flatMap((level) => levelLines(level)),
    ...cautions.map((text) => row("caution", show(text))),
  ];
}

function levelLines({ policy, name, rank, common, canonical, note, source, verified }: Ranked): string[] {
  const place = common ? `rank ${rank}, ${canonical}` : `rank ${rank} of ${policy}`;
  const how = verified === true ? "verified" : VERIFIED[verified];
  return [
    row("level", show(`${policy} ${name}: ${place}; ${how}`)),
    row("", show(`source: ${source}`)),
    ...(note === null ? [] : [row("", show(`note: ${note}`))]),
  ];
}
