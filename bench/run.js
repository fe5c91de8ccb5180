// npm run bench: dipbag beside what else is on this machine, each pair in turn in the same run. Nothing is installed.
//   npm run bench -- [--size MIB] [--rounds NUMBER] [--recipients NUMBER] [--sparse GIB] [--json FILE]
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bulkGroups, bytesRead, PEERS } from "./bulk.js";
import { compare, run } from "./measure.js";
import { recipients } from "./recipients.js";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1024" },
    rounds: { type: "string", default: "5" },
    recipients: { type: "string", default: "1000" },
    sparse: { type: "string" },
    json: { type: "string" },
  },
});
const [size, rounds, most] = [values.size, values.rounds, values.recipients].map(Number);
const SPARSE = fileURLToPath(new URL("sparse.js", import.meta.url));
const inMemory = existsSync("/dev/shm");
const folder = mkdtempSync(join(inMemory ? "/dev/shm" : tmpdir(), "dipbag-bench-"));
const versions = Object.fromEntries(Object.entries(PEERS).map(([name, ask]) => [name, ask()]));
const present = Object.keys(versions).filter((name) => versions[name] !== undefined);
const absent = Object.keys(versions).filter((name) => versions[name] === undefined);

const fixed = (value, digits = 2) => value.toFixed(digits);
const three = ({ median, least, most: highest }) =>
  [median, least, highest].map((value) => fixed(value).padStart(7)).join("");

const machine = {
  node: process.version,
  processor: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
  system: `${process.platform} ${release()}`,
  files: inMemory ? "on a RAM disk" : `in ${tmpdir()}`,
  load: loadavg()
    .map((value) => fixed(value))
    .join(" "),
  versions,
};

try {
  console.log(`node ${machine.node}, ${machine.processor}, ${machine.system}, load ${machine.load}`);
  console.log(`files of ${size} MiB ${machine.files}, ${rounds} rounds, keys unlocked unless said`);
  for (const name of present) console.log(`  ${versions[name]}`);
  if (absent.length > 0) console.log(`not on this machine: ${absent.join(", ")}`);

  const rows = [];
  for (const group of await bulkGroups(folder, size, present)) {
    console.log(`\n${group.name}`);
    console.log("                                 median  least   most  peak MB    ratio  least   most   goal");
    for (const row of await compare(group, rounds)) {
      rows.push(row);
      const { name, seconds, megabytes, ratio, less = "" } = row;
      const compared = ratio
        ? `  ${three(ratio)}${ratio.goal ? fixed(ratio.goal).padStart(7) : "".padStart(7)}`
        : "".padStart(30);
      console.log(
        `${name.padEnd(32)}${three(seconds)} ${fixed(megabytes, 0).padStart(8)}${compared}  ${less}`.trimEnd(),
      );
    }
  }

  const read = await bytesRead(folder);
  console.log(
    `\nread for one file of 1 MiB, the program included: ${fixed(read.fromLarge / 1e6, 1)} MB out of ${size} MiB,`,
  );
  console.log(`  ${fixed(read.fromSmall / 1e6, 1)} MB out of an envelope with nothing else in it`);

  console.log("\nrecipients     pack s   ms for each");
  const slots = await recipients(join(folder, "home"), most);
  for (const { count, seconds } of slots) {
    console.log(
      `${String(count).padStart(10)} ${fixed(seconds).padStart(10)} ${fixed((1000 * seconds) / count).padStart(13)}`,
    );
  }
  const sparse =
    values.sparse &&
    JSON.parse((await run(process.execPath, [SPARSE, "home", values.sparse], { cwd: folder })).printed);
  if (sparse) {
    const { gibibytes, seconds, megabytes } = sparse;
    console.log(
      `\na sparse file of ${gibibytes} GiB, packed into nothing: ${fixed(seconds, 1)} s, ${fixed(megabytes, 0)} MB`,
    );
  }
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ machine, size, rounds, rows, read, slots, sparse }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
