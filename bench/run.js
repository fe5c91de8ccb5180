// npm run bench: pack, verify and unpack one large file through the real command line: wall time, peak memory, and the
// ratio to what else is on this machine, each pair measured in turn in the same run. SIZE in MiB: npm run bench -- 1024
import { spawn, spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const RUNS = 3;
const mebibytes = Number(process.argv[2] ?? 1024);
const bin = fileURLToPath(new URL("../bin/dipbag.js", import.meta.url));
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "dipbag-bench-"));
// Costs Node 20 45 ms in every process, and has nothing to do with us.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** Runs a command to its end: seconds, and the peak of its resident memory where /proc tells. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd: folder, env, stdio: "ignore" });
    let peak = 0;
    const look = setInterval(() => {
      try {
        peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? peak);
      } catch {} // It has just ended.
    }, 10);
    child.on("error", reject).on("close", (status) => {
      clearInterval(look);
      if (status === 0) resolve({ seconds: (performance.now() - start) / 1000, megabytes: (peak * 1024) / 1e6 });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${status}`));
    });
  });
}

const dipbag = (...args) => run(process.execPath, [bin, ...args]);
const has = (command) => !spawnSync(command, ["--version"], { stdio: "ignore" }).error;
const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(name, action, clean = () => {}) {
  const runs = [];
  for (let i = 0; i < RUNS; i++) {
    clean();
    runs.push(await action());
  }
  const seconds = runs.map((run) => run.seconds);
  const row = { name, median: middle(seconds), least: Math.min(...seconds), most: Math.max(...seconds) };
  return { ...row, peak: Math.max(...runs.map((run) => run.megabytes)) };
}

function makeFile(name, size) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(1024 * 1024);
  writeFileSync(join(folder, name), "");
  for (let i = 0; i < size; i++) appendFileSync(join(folder, name), cipher.update(zeros));
}

const gone = (name) => () => rmSync(join(folder, name), { recursive: true, force: true });

try {
  await dipbag("demo", "-o", "home");
  makeFile("large.bin", mebibytes);
  makeFile("small.bin", 1);
  const user = (name) => ["--home", join("home", name), "--passphrase-file", join("home", "passphrase")];
  const label = ["--label", "HARBOUR RESTRICTED REL TO AAB, QMB", "--to", "watch.qmb@cert.example"];
  const pack = (from, to) => dipbag("pack", from, ...label, "-o", to, "--force", ...user("duty"));

  const rows = [];
  rows.push(await measure("pack 1 MiB (unlocking)", () => pack("small.bin", "small.dipbag")));
  rows.push(await measure(`pack ${mebibytes} MiB`, () => pack("large.bin", "large.dipbag")));
  rows.push(await measure("verify", () => dipbag("verify", "large.dipbag", "--home", join("home", "pipeline"))));
  const unpack = () => dipbag("unpack", "large.dipbag", "-o", "out", ...user("watch"));
  rows.push(await measure("unpack", unpack, gone("out")));
  gone("out")();
  const recipient = has("age-keygen") ? ageKey() : "";
  const peers = [
    ["cp", () => run("cp", ["large.bin", "copy.bin"]), "nothing but a copy"],
    ["openssl dgst -sha256", () => run("openssl", ["dgst", "-sha256", "large.bin"]), "a hash only"],
    ["age -e", () => run("age", ["-e", "-r", recipient, "-o", "large.age", "large.bin"]), "no signature, no label"],
  ];
  const absent = [];
  for (const [name, action, less] of peers) {
    if (has(name.split(" ")[0])) rows.push({ ...(await measure(name, action)), less });
    else absent.push(name);
  }

  console.log(
    `${process.version}, ${mebibytes} MiB in ${folder.startsWith("/dev/shm") ? "RAM" : folder}, ${RUNS} runs each`,
  );
  console.log("what                      median s   least    most   peak MB   packs in this time");
  const packed = rows[1].median;
  for (const { name, median, least, most, peak, less = "" } of rows) {
    const figures = [median, least, most].map((value) => value.toFixed(2).padStart(8)).join("");
    console.log(
      `${name.padEnd(24)} ${figures} ${peak.toFixed(0).padStart(9)} ${(median / packed).toFixed(2).padStart(8)}  ${less}`,
    );
  }
  if (absent.length > 0) console.log(`not on this machine: ${absent.join(", ")}`);
} finally {
  gone("")();
}

function ageKey() {
  spawnSync("age-keygen", ["-o", "age.key"], { cwd: folder });
  return /age1\w+/.exec(readFileSync(join(folder, "age.key"), "utf8"))?.[0] ?? "";
}
