// npm run bench: dipbag beside what else is on this machine, each pair in turn in the same run. Nothing is installed.
// The options and what each row means are in README.md beside this file.
import { writeFileSync } from "node:fs";
import { access, bulk, prepare, sparse } from "./bulk.js";
import { bars, goals, svg } from "./chart.js";
import { describeNodes, inFolder, machine, options, usage } from "./measure.js";
import { findPeers } from "./peers.js";
import { amount, goalTable, headLines, isMet } from "./report.js";
import { batch, library, recipients, startup, unlocking } from "./rows.js";

const values = options({
  node: { type: "string", multiple: true, default: [process.execPath] },
  size: { type: "string", default: "1GiB" },
  rounds: { type: "string", default: "5" },
  sparse: { type: "string", default: "16" },
  batch: { type: "string", default: "10000" },
  recipients: { type: "string", default: "1000" },
  only: { type: "string" },
  npm: { type: "string", default: process.env.BENCH_NPM },
  json: { type: "string" },
  svg: { type: "string" },
  markdown: { type: "string" },
});
const [, count, unit] = /^(\d+)(MiB|GiB)$/.exec(values.size) ?? [];
if (!count) usage("--size is a number and MiB or GiB, such as 64MiB");
const numbers = ["rounds", "sparse", "batch", "recipients"].map((name) => [name, Number(values[name])]);
const size = Number(count) * (unit === "GiB" ? 1024 : 1);
const nodes = describeNodes(values.node);
const versions = findPeers(values.npm);
const present = Object.keys(versions).filter((name) => versions[name] !== undefined);
const shape = `files of ${values.size}, ${values.rounds} rounds; medians, least and most; identities unlocked unless said`;
const about = { machine: machine(), nodes, versions, options: shape };

// The sparse file needs the room that the large files take, so it comes last.
const KINDS = { bulk, startup, library, recipients, access, unlocking, batch, sparse };
const asked = values.only?.split(",") ?? Object.keys(KINDS);
if (asked.some((name) => !(name in KINDS))) usage(`--only knows ${Object.keys(KINDS).join(", ")}`);

const rows = await inFolder(async (cwd) => {
  for (const line of headLines(about)) console.log(line);
  const given = { nodes, size, present, npm: values.npm, ...Object.fromEntries(numbers) };
  await prepare(cwd, given);
  const all = [];
  for (const [name, measure] of Object.entries(KINDS).filter(([one]) => asked.includes(one))) {
    const start = performance.now();
    const found = await measure(cwd, given);
    console.log(`\n${goalTable(found, false)}\n(${name}: ${((performance.now() - start) / 1000).toFixed(0)} s)`);
    all.push(...found);
  }
  return all;
});
const judged = rows.filter((row) => isMet(row) !== undefined);
const met = `${judged.filter(isMet).length} of ${judged.length} goals met; load ${machine().load} at the end`;
console.log(`\n${met}`);

if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...about, met, rows }, null, 2)}\n`);
if (values.markdown) {
  const list = [...headLines(about), met].map((line) => `- ${line}`).join("\n");
  writeFileSync(values.markdown, `${list}\n\n${goalTable(rows, true)}\n`);
}
if (values.svg) writeFileSync(values.svg, chart());

function chart() {
  const names = nodes.map(({ name }) => name);
  const panels = [];
  for (const verb of ["pack", "unpack", "verify"]) {
    const group = rows.filter(({ group }) => group === verb);
    if (group.length === 0) continue;
    const bar = (label, { median, least, most }, more) => ({ label, value: median, least, most, ...more });
    const ours = names.map((name, series) =>
      bar(`dipbag, ${name}`, group.find(({ node }) => node === name).ours, { series }),
    );
    const peers = group.filter(({ node, perNode }) => perNode || node === names[0]);
    const others = peers.map(({ against, node, perNode, theirs, less }) =>
      bar(perNode ? `${against}, ${node}` : against, theirs, { note: less }),
    );
    panels.push(bars(`${group[0].what}, seconds`, "s", [...ours, ...others]));
  }
  const keys = [...new Set(judged.map(({ what, against }) => `${what} / ${against}`))];
  const shares = keys.map((key) => {
    const same = judged.filter(({ what, against }) => `${what} / ${against}` === key);
    const points = same.map(({ node, measured, goal, better }) => {
      const share = (value) => (better === "more" ? goal / value : value / goal);
      const ends = [measured.least, measured.most].map(share).sort((a, b) => a - b);
      return { share: share(measured.median), least: ends[0], most: ends[1], series: names.indexOf(node) };
    });
    const [{ what, against, goal, unit: of }] = same;
    const wanted = [...new Set(same.map((row) => amount(row.goal ?? goal, of)))].join(" | ");
    return {
      label: `${what}: ${against}`,
      points,
      note: `${same.map((row) => amount(row.measured.median, of)).join(" | ")}, goal ${wanted}`,
    };
  });
  if (shares.length > 0)
    panels.push(goals("Measured, as a share of the goal: left of the line it is met", names, shares));
  const title = `dipbag and others: ${values.size}, ${about.machine.processor}, ${about.machine.date}`;
  return svg([title, `Files ${about.machine.files}; medians of ${values.rounds}, lines from least to most.`], panels);
}
