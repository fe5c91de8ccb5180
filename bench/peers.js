// What else there is for such work: which of it is on this machine, its keys, and the commands. Nothing is installed.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { oneByOne, run } from "./measure.js";

const [NPM_PEER, LIMIT] = ["npm-peer.js", "limit.js"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const JUST_WORK = "encrypt, hash and copy; no envelope, no start of a program";
const NO_LABEL = "no label, no post-quantum";
const NO_SIGNATURE = `no signature, ${NO_LABEL}`;
const ONLY_SIGNATURE = "one signature, no post-quantum; nothing else is checked";

/** The first line that `command` says of its version; undefined where it is not on this machine. */
function version(command, ...args) {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  const [line] = `${stdout}${stderr}`.trim().split("\n");
  return error ? undefined : line.includes(command) || /^[A-Z]/.test(line) ? line : `${command} ${line}`;
}

/** Versions by name, undefined for what is not here. `npm`: the folder whose node_modules has the peers from npm. */
export function findPeers(npm) {
  const fromNpm = (name) => {
    const path = join(resolve(npm ?? ""), "node_modules", name, "package.json");
    return npm && existsSync(path) ? `${name} ${JSON.parse(readFileSync(path, "utf8")).version}` : undefined;
  };
  return {
    age: version("age", "--version") && `age ${version("age", "--version").replace(/^age /, "")}`,
    minisign: version("minisign", "-v"),
    gpg: version("gpg", "--version"),
    sq: version("sq", "--version"),
    sqv: version("sqv", "--version"),
    openssl: version("openssl", "version"),
    "age-encryption": fromNpm("age-encryption"),
    openpgp: fromNpm("openpgp"),
  };
}

function makeGpgKey(env) {
  mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  const args = ["--passphrase", "", "--quick-gen-key", "bench", "future-default", "default", "never"];
  execFileSync("gpg", ["--batch", "--quiet", ...args], { env: { ...process.env, ...env }, stdio: "pipe" });
}

/** Keys of the peers that are here, and what is to be opened and verified, made of large.bin in `cwd`. */
function makeKeys(cwd, env, has) {
  const make = (line) => {
    const [name, ...args] = line.split(" ");
    return execFileSync(name, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  };
  const keys = {};
  if (has("age")) {
    make("age-keygen -o age.key");
    keys.age = /age1\w+/.exec(readFileSync(join(cwd, "age.key"), "utf8"))[0];
    make(`age -e -r ${keys.age} -o large.age large.bin`);
  }
  if (has("minisign")) {
    make("minisign -G -W -p minisign.pub -s minisign.key");
    make("minisign -S -s minisign.key -m large.bin");
    if (has("age")) make("minisign -S -s minisign.key -m large.age");
  }
  if (has("gpg")) {
    makeGpgKey(env);
    make("gpg --batch --quiet --trust-model always --compress-algo none -se -r bench -o large.gpg large.bin");
    make("gpg --batch --quiet -b -o large.gpg.sig large.bin");
  }
  if (has("sq")) {
    make("sq key generate --userid bench --export sq.key");
    writeFileSync(join(cwd, "sq.cert"), make("sq key extract-cert sq.key"));
    make("sq sign --detached --signer-key sq.key -o large.pgp.sig large.bin");
  }
  return keys;
}

/**
 * Those to compare with, for each verb: what they do less, the goal on Node 20 and on Node 24 (our time, in theirs), and how to
 * run them. `perNode`: it runs on Node itself, so on each. `rounds`: no more than so many.
 */
export function makePeers(cwd, present, npm) {
  const env = { GNUPGHOME: join(cwd, "gnupg") };
  const has = (names) => names.split(" ").every((name) => name === "" || present.includes(name));
  const keys = makeKeys(cwd, env, has);
  const $ = (line) => () => {
    const [name, ...args] = line.split(" ");
    return run(name, args, { cwd, env });
  };
  const GPG = "gpg --batch --quiet --trust-model always";
  const MINISIGN_V = "minisign -q -V -p minisign.pub -m";
  const age = $(`age -e -r ${keys.age} -o out.age large.bin`);
  const unage = $("age -d -i age.key -o out.bin large.age");
  const minisign = $("minisign -q -S -s minisign.key -m out.age -x out.minisig");
  const gpg = $(`${GPG} --compress-algo none -se -r bench -o out.gpg large.bin`);
  const sq = $(`sq encrypt -B --compression none --recipient-cert sq.cert --signer-key sq.key -o out.pgp large.bin`);
  const npmPeer = (name) => (node) => run(node.path, [NPM_PEER, npm, name, "large.bin", "out.bin"], { cwd });
  const limit = async (node) => {
    const result = await run(node.path, [LIMIT, "large.bin", "out.bin"], { cwd });
    return { ...result, seconds: Number(result.said) };
  };
  const slow = { perNode: true, rounds: 1 };
  const all = {
    pack: [
      ["the two-core limit", "", JUST_WORK, [1.15, 1.15], limit, { perNode: true }],
      ["cp", "", "nothing but a copy", undefined, $("cp large.bin out.bin")],
      ["age -e", "age", NO_SIGNATURE, [0.9, 0.78], age],
      ["age -e, minisign -S", "age minisign", NO_LABEL, [0.3, 0.26], () => oneByOne(age, minisign)],
      ["gpg --sign --encrypt", "gpg", NO_LABEL, [0.25, 0.21], gpg],
      ["sq encrypt, signed", "sq", NO_LABEL, [0.15, 0.12], sq],
      ["npm age-encryption", "age-encryption", NO_SIGNATURE, undefined, npmPeer("age-encryption"), slow],
      ["npm openpgp, signed", "openpgp", NO_LABEL, undefined, npmPeer("openpgp"), slow],
    ],
    unpack: [
      ["age -d", "age", NO_SIGNATURE, [0.68, 0.68], unage],
      [
        "minisign -V, age -d",
        "age minisign",
        NO_LABEL,
        [0.29, 0.29],
        () => oneByOne($(`${MINISIGN_V} large.age`), unage),
      ],
      ["gpg --decrypt, verifying", "gpg", NO_LABEL, [0.36, 0.36], $(`${GPG} -o out.bin -d large.gpg`)],
    ],
    verify: [
      ["openssl dgst -sha256", "openssl", "a hash only", [0.58, 0.58], $("openssl dgst -sha256 large.bin")],
      ["sqv", "sq sqv", ONLY_SIGNATURE, [0.55, 0.55], $("sqv --keyring sq.cert large.pgp.sig large.bin")],
      ["minisign -V", "minisign", ONLY_SIGNATURE, [0.26, 0.26], $(`${MINISIGN_V} large.bin`)],
      ["gpg --verify", "gpg", ONLY_SIGNATURE, [0.26, 0.26], $(`${GPG} --verify large.gpg.sig large.bin`)],
    ],
  };
  const named = ([name, needs, less, goal, action, more]) => ({ name, needs, less, goal, action, ...more });
  return Object.fromEntries(
    Object.entries(all).map(([verb, peers]) => [verb, peers.map(named).filter(({ needs }) => has(needs))]),
  );
}

/** Makes `count` signed files of 10 KB, one key for all; answers what verifies them in a shell loop. */
export async function gpgLoop(cwd, count) {
  const env = { GNUPGHOME: join(cwd, "gnupg") };
  if (!existsSync(env.GNUPGHOME)) makeGpgKey(env);
  const block = readFileSync(join(cwd, "small.bin")).subarray(0, 10_000);
  for (let i = 1; i <= count; i++) writeFileSync(join(cwd, `signed-${i}`), Buffer.concat([block, Buffer.from([i])]));
  const each = (command) =>
    run("sh", ["-c", `for i in $(seq ${count}); do gpg --batch --quiet ${command} || exit 1; done`], { cwd, env });
  await each("-b signed-$i");
  return () => each("--verify signed-$i.sig signed-$i");
}
