// How cost grows: node bench/scaling.js [--node PATH]... [--full] [--json FILE] [--svg FILE] [--markdown FILE]
// Each curve is a + b n by design: a is what any envelope costs, b what one more byte, slot, portion or envelope costs.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lines, svg } from "./chart.js";
import { BIN, describeNodes, inFolder, inside, machine, run } from "./measure.js";
import { headLines, table } from "./report.js";
import { line, makeBatch, verifyFolder } from "./rows.js";

const { values } = parseArgs({
  options: {
    node: { type: "string", multiple: true, default: [process.execPath] },
    full: { type: "boolean", default: false },
    off: { type: "string", default: "25" },
    json: { type: "string" },
    svg: { type: "string" },
    markdown: { type: "string" },
  },
});
const nodes = describeNodes(values.node);
const about = { machine: machine(), nodes, versions: {} };
const OPERATIONS = ["pack", "verify", "unpack"];
const upTo = (all, most) => (values.full ? all : all.filter((one) => one <= most));
const KIB = 2 ** 10;

/** What grows, its numbers (the second: those without --full), and why the cost is a + b n. */
const CURVES = {
  payload: {
    counts: upTo(
      [1, 16, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB ** 2, 4 * KIB ** 2, 16 * KIB ** 2].map(
        (n) => n * KIB,
      ),
      2 ** 30,
    ),
    x: "bytes",
    why: "every byte is encrypted and hashed once",
  },
  recipients: {
    counts: upTo([1, 4, 16, 64, 256, 1024, 4096], 256),
    x: "recipients",
    why: "a slot each, in one signed head",
  },
  portions: {
    counts: upTo([1, 4, 16, 64, 256], 256),
    x: "portions",
    why: "a segment and a slot each, in one signed head",
  },
  batch: {
    counts: upTo([1, 10, 100, 1000, 10_000, 100_000], 1000),
    x: "envelopes",
    why: "each is verified by itself; of signers met before less",
  },
};

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
      for (let i = 0; i < (count <= 100 ? 5 : 1); i++)
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
  for (const [name, { counts }] of Object.entries(CURVES)) {
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
  return Object.entries(CURVES).flatMap(([name, { counts, why }]) => {
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
  const panels = Object.entries(CURVES).map(([name, { x }]) => {
    const series = results
      .filter((one) => one.name === name)
      .map((one) => ({
        name: `${one.operation}, ${one.node}`,
        series: OPERATIONS.indexOf(one.operation),
        hollow: one.node !== nodes[0].name,
        points: one.points,
        curve: (n) => one.start + one.slope * n,
      }));
    return lines(name, x, series);
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
