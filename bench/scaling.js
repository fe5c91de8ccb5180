// How cost grows: node bench/scaling.js [--node PATH]... [--full] [--json FILE] [--svg FILE] [--markdown FILE]
// Each curve is a + b n by design: a is what any envelope costs, b what one more byte, slot, portion or envelope costs.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lines, svg } from "./chart.js";
import { BIN, describeNodes, inFolder, inside, machine, options, room, run } from "./measure.js";
import { headLines, table } from "./report.js";
import { line, makeBatch, verifyFolder } from "./rows.js";

const values = options({
  node: { type: "string", multiple: true, default: [process.execPath] },
  full: { type: "boolean", default: false },
  off: { type: "string", default: "25" },
  json: { type: "string" },
  svg: { type: "string" },
  markdown: { type: "string" },
});
const nodes = describeNodes(values.node);
const about = { machine: machine(), nodes, versions: {} };
const OPERATIONS = ["pack", "verify", "unpack"];
const powers = (base, count) => Array.from({ length: count }, (_, i) => base ** i);
const [EACH_BYTE, EACH_SLOT] = ["every byte is encrypted and hashed once", "a slot each, in one signed head"];
const EACH_BODY = "a body and a slot each, in one signed head";
const EACH_ENVELOPE = "each is verified by itself; what is known of a signer is the same for all by that one";
/** What grows, its numbers, the highest without --full, and why the cost is a + b n. */
const CURVES = Object.entries({
  payload: [powers(4, 13).map((n) => 1024 * n), 2 ** 30, "bytes", EACH_BYTE],
  recipients: [powers(4, 7), 256, "recipients", EACH_SLOT],
  portions: [powers(4, 5), 256, "portions", EACH_BODY],
  batch: [powers(10, 6), 1000, "envelopes", EACH_ENVELOPE],
}).map(([name, [all, most, axis, why]]) => {
  const counts = all.filter((n) => (values.full || n <= most) && (name !== "payload" || 1.02 * n + 2 ** 31 < room()));
  return { name, counts, axis, why };
});

/** The largest batch is of links to these, ten each: no cache knows an envelope, so that each is read and verified. */
const DISTINCT = values.full ? 10_000 : 1000;

async function measureBatch(cwd, counts) {
  await makeBatch(cwd, "all", { nodes, count: DISTINCT });
  const rows = nodes.map(() => []);
  for (const count of counts) {
    const folder = `batch-${count}`;
    await inside(nodes[0], "links", { folder, count, distinct: DISTINCT }, { cwd });
    for (const [k, node] of nodes.entries()) {
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < (count <= 100 ? 5 : 2); i++)
        best = Math.min(best, (await verifyFolder(node, folder, cwd)).seconds);
      rows[k].push({ count, verify: best });
    }
    rmSync(join(cwd, folder), { recursive: true });
  }
  return rows;
}

const results = await inFolder(async (cwd) => {
  await run(nodes[0].path, [BIN, "demo", "-o", "home"], { cwd });
  const found = [];
  for (const { name, counts } of CURVES) {
    const start = performance.now();
    const input = { homes: "home", counts, rounds: values.full ? 1 : 2 };
    const perNode = name === "batch" ? await measureBatch(cwd, counts) : [];
    for (const [k, node] of nodes.entries()) {
      perNode[k] ??= await inside(node, name, input, { cwd });
      for (const operation of OPERATIONS.filter((one) => one in perNode[k][0])) {
        const points = perNode[k].map((row) => ({ n: row.count, t: row[operation] }));
        found.push({ name, node: node.name, operation, points, ...line(points) });
      }
    }
    console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  return found;
});

const time = (seconds) =>
  seconds >= 1
    ? `${seconds.toFixed(2)} s`
    : seconds >= 1e-3
      ? `${(seconds * 1e3).toFixed(2)} ms`
      : `${(seconds * 1e6).toFixed(2)} us`;
const shown = (n, name) => {
  if (name !== "payload") return String(n);
  const [unit, sign] = [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
  ].find(([least]) => n >= least);
  return `${n / unit} ${sign}`;
};
/** b is told for a MiB, not for a byte. */
const each = ({ name, slope }) => (name === "payload" ? `${time(slope * 2 ** 20)} a MiB` : time(slope));

function report(markdown) {
  return CURVES.flatMap(({ name, counts, why }) => {
    const mine = results.filter((one) => one.name === name);
    const cells = ({ points, off }) =>
      points.map(
        ({ t }, i) =>
          time(t) +
          (Math.abs(off[i]) * 100 > Number(values.off)
            ? ` (${off[i] > 0 ? "+" : ""}${(100 * off[i]).toFixed(0)} %)`
            : ""),
      );
    const rows = mine.map((one) => [one.operation, one.node, ...cells(one), `${time(one.start)} + n x ${each(one)}`]);
    const heads = ["", "", ...counts.map((n) => shown(n, name)), "fit"];
    return [`${markdown ? "### " : ""}${name}: a + b n, for ${why}`, "", table(heads, rows, markdown), ""];
  });
}

const remark = `In brackets: how far off the fitted line, where that is more than ${values.off} %.`;
console.log([...headLines(about), remark, "", ...report(false)].join("\n"));
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...about, results }, null, 2)}\n`);
if (values.markdown)
  writeFileSync(
    values.markdown,
    `${[...headLines(about).map((one) => `- ${one}`), "", remark, "", ...report(true)].join("\n")}`,
  );
if (values.svg) {
  const panels = CURVES.map(({ name, axis }) => {
    const series = results
      .filter((one) => one.name === name)
      .map((one) => ({
        name: `${one.operation}, ${one.node}`,
        series: OPERATIONS.indexOf(one.operation),
        hollow: one.node !== nodes[0].name,
        points: one.points,
        curve: (n) => one.start + one.slope * n,
      }));
    return lines(name, axis, series);
  });
  writeFileSync(
    values.svg,
    svg(
      [
        `How cost grows: ${about.machine.processor}, ${about.machine.date}`,
        "Points are measured, lines are a + b n as fitted; both axes logarithmic.",
      ],
      panels,
      { columns: 2 },
    ),
  );
}
