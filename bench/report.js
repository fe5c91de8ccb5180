// What was measured, as text and as Markdown.
const UNITS = { times: 2, MB: 0, "/s": 0, s: 2, segments: 0, "%": 1 };
const number = (value, unit) => value.toFixed(UNITS[unit]);
export const amount = (value, unit) =>
  number(value, unit) + (unit === "times" ? "" : unit === "/s" ? "/s" : ` ${unit}`);

export const isMet = ({ measured: { median }, goal, better = "less", unit }) => {
  const shown = Number(number(median, unit));
  return goal === undefined ? undefined : better === "more" ? shown >= goal : shown <= goal;
};
const verdict = (row) => ({ true: "met", false: "NOT MET", undefined: "" })[isMet(row)];
const goalOf = ({ goal, unit, better }) =>
  goal === undefined ? "" : `${better === "more" ? "at least " : ""}${amount(goal, unit)}`;
const spreadOf = ({ measured: { median, least, most }, unit }) =>
  least === most ? amount(median, unit) : `${amount(median, unit)} (${number(least, unit)} to ${number(most, unit)})`;
const secondsOf = ({ ours, theirs }) => (ours ? `${ours.median.toFixed(2)} s, ${theirs.median.toFixed(2)} s` : "");
const remark = ({ less, note }) => [less && `does less: ${less}`, note].filter(Boolean).join("; ");

export function headLines({ machine, nodes, versions, options }) {
  const absent = Object.keys(versions).filter((name) => versions[name] === undefined);
  return [
    `${machine.date}, ${machine.processor}, ${machine.system}, load ${machine.load}; files ${machine.files}`,
    ...nodes.map(({ version, engine }) => `Node ${version}, ${engine}`),
    Object.values(versions).filter(Boolean).join("; "),
    ...(absent.length > 0 ? [`not on this machine: ${absent.join(", ")}`] : []),
    options,
  ].filter(Boolean);
}

/** A table of strings: aligned text, or Markdown. */
export function table(heads, rows, markdown) {
  if (markdown) {
    const cell = (value) => String(value).replaceAll("|", "\\|");
    return [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
  }
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  return [heads, ...rows]
    .map((row) =>
      row
        .map((value, i) => value.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One table; the rows of each group together. */
export function goalTable(rows, markdown) {
  const heads = ["what", "against", "node", "measured", "goal", "", "seconds: ours, theirs", "remarks"];
  const lines = rows.map((row) => [
    row.what,
    row.against,
    row.node,
    spreadOf(row),
    goalOf(row),
    verdict(row),
    secondsOf(row),
    remark(row),
  ]);
  return table(heads, lines, markdown);
}
