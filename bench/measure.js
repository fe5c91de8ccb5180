// Running commands and telling how long they took.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

// Costs Node 20 45 ms in every process, and has nothing to do with us.
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

/** Runs a command to its end: seconds, the peak of its resident memory in MB where /proc tells, and what it said and printed. */
export function run(command, args, { cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd, env: { ...environment, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let peak = 0;
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    let printed = "";
    child.stdout.setEncoding("latin1").on("data", (text) => {
      printed += text;
    });
    const look = setInterval(() => {
      try {
        peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? peak);
      } catch {} // It has just ended.
    }, 10);
    child.on("error", reject).on("close", (status) => {
      clearInterval(look);
      if (status === 0)
        resolve({ seconds: (performance.now() - start) / 1000, megabytes: (peak * 1024) / 1e6, said, printed });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${status}: ${said}`));
    });
  });
}

/** Several commands as one: times add up, the higher peak counts. */
export async function inTurn(...actions) {
  let all = { seconds: 0, megabytes: 0, said: "" };
  for (const action of actions) {
    const { seconds, megabytes, said } = await action();
    all = { seconds: all.seconds + seconds, megabytes: Math.max(all.megabytes, megabytes), said: all.said + said };
  }
  return all;
}

/** The first line that `command` says of its version; undefined where it is not on this machine. */
export function version(command, ...args) {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  const [line] = `${stdout}${stderr}`.trim().split("\n");
  return error ? undefined : line.includes(command) || /^[A-Z]/.test(line) ? line : `${command} ${line}`;
}

const middle = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
export const spread = (values) => ({ median: middle(values), least: Math.min(...values), most: Math.max(...values) });

/**
 * A group of rivals: `rounds` times each of them once, one after the other. `clean` is called before each. The first is
 * ours; of the others it is told how our time compares with theirs in the same round.
 */
export async function compare({ name, rivals, clean = () => {} }, rounds) {
  const taken = rivals.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { action }] of rivals.entries()) {
      clean();
      taken[i].push(await action());
    }
  }
  const seconds = taken.map((runs) => runs.map((one) => one.seconds));
  return rivals.map(({ name: who, less, goal }, i) => ({
    group: name,
    name: who,
    ...(less && { less }),
    seconds: spread(seconds[i]),
    megabytes: Math.max(...taken[i].map(({ megabytes }) => megabytes)),
    ...(i > 0 && { ratio: { ...spread(seconds[i].map((each, round) => seconds[0][round] / each)), goal } }),
  }));
}
