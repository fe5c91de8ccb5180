// Faults at random moments, many times: node test/survive/faults.js kill [COUNT] [MEGABYTES] [FOLDER]
// or: node test/survive/faults.js large [GIGABYTES] [FOLDER]. One JSON line of figures each; 1 where a promise is broken.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/dipbag.js", import.meta.url));
const TEMPORARY = /^\.out\.dipbag-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{16}\.tmp$/;
const AT = ["--at", "2026-11-22T15:00:00Z"];

/** A person with a card and two files, one of them large, packed. All of it goes with `end`. */
async function world(parent, bytes) {
  const dir = mkdtempSync(join(parent, "dipbag-survive-"));
  const path = (...names) => join(dir, ...names);
  writeFileSync(path("word"), "EXERCISE-word\n", { mode: 0o600 });
  const whole = (args) => [BIN, ...args, "--passphrase-file", "word", ...AT];
  const start = (...args) => {
    const child = spawn(process.execPath, whole(args), { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const ended = new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal, stderr })));
    return { child, ended };
  };
  const ok = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, whole(args), { cwd: dir, encoding: "utf8" });
    assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const who = ["--org", "AAB-CERT", "--nation", "AAB", "--exercise"];
  const rights = ["--community", "HARBOUR", "--clearance", "HARBOUR=RESTRICTED"];
  const digits = ok("authority", "init", "--name", "AAB authority", ...who, ...rights, "-o", "a.card", "--home", "a");
  const mine = ["--home", "duty"];
  ok("init", "--name", "duty", ...who, "-o", "duty.request", ...mine);
  ok("authority", "issue", "duty.request", ...rights, "-o", "duty.sealed", "--home", "a");
  ok("trust", "add", "a.card", "--fingerprint", digits, ...mine);
  ok("trust", "add", "duty.sealed", ...mine);
  const label = ["--label", "HARBOUR RESTRICTED REL TO AAB", "--to", "duty"];
  const pack = (file, out) => ["pack", file, ...label, "-o", out, ...mine];
  const unpack = (envelope, out) => ["unpack", envelope, "-o", out, ...mine];
  writeFileSync(path("small"), "EXERCISE");
  writeLarge(path("large"), bytes);
  for (const name of ["small", "large"]) ok(...pack(name, `${name}.dipbag`));
  return { dir, path, start, ok, pack, unpack, mine, end: () => rmSync(dir, { recursive: true, force: true }) };
}

function writeLarge(path, bytes) {
  const file = openSync(path, "w");
  const piece = Buffer.alloc(2 ** 20, "EXERCISE ");
  for (let at = 0; at < bytes; at += piece.length) {
    piece.writeUIntBE(at, 0, 6);
    writeSync(file, piece, 0, Math.min(piece.length, bytes - at));
  }
  closeSync(file);
}

async function digest(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** What must not change, and shows it at little cost; the digests are compared at the end. */
const stamp = (path) => {
  const { ino, size, mtimeMs, ctimeMs } = statSync(path);
  return [ino, size, mtimeMs, ctimeMs].join();
};

const OLD = "EXERCISE old";
const VERBS = {
  pack: {
    args: ({ pack }, which, out) => pack(which, out),
    check: async ({ ok, mine }, out) => void ok("verify", out, ...mine),
  },
  "pack --force": {
    args: ({ pack }, which, out) => [...pack(which, out), "--force"],
    check: async ({ ok, mine }, out) => void ok("verify", out, ...mine),
    old: true,
  },
  unpack: {
    args: ({ unpack }, which, out) => unpack(`${which}.dipbag`, out),
    check: async ({ path }, out, expected) => assert.equal(await digest(path(out, "large")), expected),
  },
};

/** SIGKILL at `count` random moments of a verb that works on the large file, and a look at what is left each time. */
async function kill(here, verb, count) {
  const { path, start, ok, mine } = here;
  const { args, check, old } = VERBS[verb];
  const inputs = ["large", "large.dipbag", "small", "small.dipbag", "duty/user/identity"];
  const digests = () => Promise.all(inputs.map((name) => digest(path(name))));
  const before = await digests();
  const stamps = inputs.map((name) => stamp(path(name)));
  const place = `killed ${verb}`;
  mkdirSync(path(place));
  const out = join(place, "out");
  const clear = () => rmSync(path(out), { recursive: true, force: true });

  const begun = performance.now();
  const undisturbed = await start(...args(here, "large", out)).ended;
  assert.equal(undisturbed.status, 0, undisturbed.stderr);
  const whole = performance.now() - begun;
  clear();

  // "nothing": no file under the final name, or with --force the old one as it was.
  const found = { nothing: 0, temporary: 0, complete: 0, "complete and temporary": 0 };
  const ends = { killed: 0, "ended before": 0 };
  let cleaned = 0;
  for (let i = 0; i < count; i++) {
    if (old) writeFileSync(path(out), OLD);
    const { child, ended } = start(...args(here, "large", out));
    await sleep(Math.random() * whole);
    child.kill("SIGKILL");
    const { signal, status, stderr } = await ended;
    ends[signal === "SIGKILL" ? "killed" : "ended before"]++;
    if (signal !== "SIGKILL") assert.equal(status, 0, stderr);
    else assert.doesNotMatch(stderr, /error:|^\s+at /m);

    const left = readdirSync(path(place));
    const temporaries = left.filter((name) => TEMPORARY.test(name));
    assert.equal(left.length, temporaries.length + Number(left.includes("out")), `a name that nobody knows: ${left}`);
    const isOld = old && readFileSync(path(out), "latin1") === OLD;
    const complete = left.includes("out") && !isOld;
    assert.ok(temporaries.length <= 1, `more than one temporary: ${left}`);
    const state = [complete && "complete", temporaries.length > 0 && "temporary"].filter(Boolean).join(" and ");
    found[state || "nothing"]++;
    if (complete) await check(here, out, before[0]);
    for (const [at, name] of inputs.entries()) assert.equal(stamp(path(name)), stamps[at], `${name} was touched`);

    clear();
    if (temporaries.length === 0) continue;
    // The same verb again, or anything else that writes there.
    if (cleaned % 10 === 0) ok(...args(here, "small", out));
    else ok("cards", "duty", "-o", out, ...mine);
    assert.deepEqual(readdirSync(path(place)), ["out"], "the next run has not cleaned up");
    cleaned++;
    clear();
  }
  assert.deepEqual(await digests(), before, "an input has changed");
  const { size } = statSync(path("large"));
  return { verb, bytes: size, ms: Math.round(whole), count, ends, found, cleaned };
}

/** A sparse file of so many bytes through pack, verify and unpack: the most memory that each took, in kB. */
function large({ dir, path, pack, unpack, mine }, bytes) {
  writeFileSync(path("sparse"), "");
  truncateSync(path("sparse"), bytes);
  const tell = "process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS))";
  const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(tell)}` };
  const runs = {
    pack: pack("sparse", "sparse.dipbag"),
    verify: ["verify", "sparse.dipbag", ...mine],
    unpack: unpack("sparse.dipbag", "opened"),
  };
  const figures = Object.entries(runs).map(([verb, args]) => {
    const begun = performance.now();
    const command = [BIN, ...args, "--passphrase-file", "word", ...AT];
    const { status, stderr } = spawnSync(process.execPath, command, { cwd: dir, env, encoding: "utf8" });
    assert.equal(status, 0, `${verb}: ${stderr}`);
    const rss = Number(/rss (\d+)/.exec(stderr)?.[1]);
    assert.ok(rss < 300_000, `${verb} took ${rss} kB`);
    return [verb, { seconds: Math.round((performance.now() - begun) / 100) / 10, rss }];
  });
  assert.equal(statSync(path("opened", "sparse")).size, bytes);
  return { bytes, ...Object.fromEntries(figures) };
}

const [what, count, size, folder] = process.argv.slice(2);
if (what === "kill") {
  const here = await world(folder ?? tmpdir(), Number(size ?? 200) * 1e6);
  try {
    // Half of the packs replace a file.
    const runs = Number(count ?? 200);
    const shares = { pack: Math.ceil(runs / 2), "pack --force": Math.floor(runs / 2), unpack: runs };
    for (const [verb, share] of Object.entries(shares)) console.log(JSON.stringify(await kill(here, verb, share)));
  } finally {
    here.end();
  }
} else if (what === "large") {
  const here = await world(size ?? tmpdir(), 1);
  try {
    console.log(JSON.stringify(large(here, Number(count ?? 8) * 1e9)));
  } finally {
    here.end();
  }
} else {
  console.error("usage: node test/survive/faults.js kill [COUNT] [MEGABYTES] [FOLDER] | large [GIGABYTES] [FOLDER]");
  process.exitCode = 2;
}
