// What else there is for such work: which of it is on this machine, its keys, and the commands. Nothing is installed.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { oneByOne, run } from "./measure.js";

const NPM_PEER = fileURLToPath(new URL("npm-peer.js", import.meta.url));
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

/** Keys of the peers that are here, and what is to be opened and verified, made of large.bin in `cwd`. */
function makeKeys(cwd, env, has) {
  const make = (name, ...args) => execFileSync(name, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  const keys = {};
  if (has("age")) {
    make("age-keygen", "-o", "age.key");
    keys.age = /age1\w+/.exec(readFileSync(join(cwd, "age.key"), "utf8"))[0];
    make("age", "-e", "-r", keys.age, "-o", "large.age", "large.bin");
  }
  if (has("minisign")) {
    make("minisign", "-G", "-W", "-p", "minisign.pub", "-s", "minisign.key");
    for (const name of has("age") ? ["large.age", "large.bin"] : ["large.bin"])
      make("minisign", "-S", "-s", "minisign.key", "-m", name);
  }
  if (has("gpg")) {
    mkdirSync(env.GNUPGHOME, { mode: 0o700 });
    const gpg = (...args) => make("gpg", "--batch", "--quiet", "--trust-model", "always", ...args);
    gpg("--passphrase", "", "--quick-gen-key", "bench", "future-default", "default", "never");
    gpg("--compress-algo", "none", "-se", "-r", "bench", "-o", "large.gpg", "large.bin");
    gpg("-b", "-o", "large.gpg.sig", "large.bin");
  }
  if (has("sq")) {
    make("sq", "key", "generate", "--userid", "bench", "--export", "sq.key");
    writeFileSync(join(cwd, "sq.cert"), make("sq", "key", "extract-cert", "sq.key"));
    keys.sq = ["--recipient-cert", "sq.cert", "--signer-key", "sq.key"];
    make("sq", "sign", "--detached", "--signer-key", "sq.key", "-o", "large.pgp.sig", "large.bin");
  }
  return keys;
}

/**
 * Those to compare with, for each verb: what they do less, the goal on Node 20 and on Node 24 (our time, in theirs), and how to
 * run them. `perNode`: it runs on Node itself, so on each. `rounds`: no more than so many. `first`: signatures of `count` small
 * files with gpg, for a shell loop.
 */
export function makePeers(cwd, present, npm) {
  const env = { GNUPGHOME: join(cwd, "gnupg") };
  const has = (...names) => names.every((name) => present.includes(name));
  const keys = makeKeys(cwd, env, has);
  const command = (name, ...args) => run(name, args, { cwd, env });
  const age = () => command("age", "-e", "-r", keys.age, "-o", "out.age", "large.bin");
  const unage = () => command("age", "-d", "-i", "age.key", "-o", "out.bin", "large.age");
  const gpg = (...args) => command("gpg", "--batch", "--quiet", "--trust-model", "always", ...args);
  const minisign = (...args) => command("minisign", "-q", ...args);
  const fromNpm = (name) => (node) => run(node.path, [NPM_PEER, npm, name, "large.bin", "out.bin"], { cwd });
  const all = {
    pack: [
      {
        name: "the two-core limit",
        less: "encrypt, hash and copy; no envelope, no start of a program",
        goal: [1.15, 1.15],
        perNode: true,
        action: async (node) => {
          const limit = fileURLToPath(new URL("limit.js", import.meta.url));
          const result = await run(node.path, [limit, "large.bin", "out.bin"], { cwd });
          return { ...result, seconds: Number(result.said) };
        },
      },
      { name: "cp", less: "nothing but a copy", action: () => command("cp", "large.bin", "out.bin") },
      { name: "age -e", needs: ["age"], less: NO_SIGNATURE, goal: [0.9, 0.78], action: age },
      {
        name: "age -e, minisign -S",
        needs: ["age", "minisign"],
        less: NO_LABEL,
        goal: [0.3, 0.26],
        action: () => oneByOne(age, () => minisign("-S", "-s", "minisign.key", "-m", "out.age", "-x", "out.minisig")),
      },
      {
        name: "gpg --sign --encrypt",
        needs: ["gpg"],
        less: NO_LABEL,
        goal: [0.25, 0.21],
        action: () => gpg("--compress-algo", "none", "-se", "-r", "bench", "-o", "out.gpg", "large.bin"),
      },
      {
        name: "sq encrypt, signed",
        needs: ["sq"],
        less: NO_LABEL,
        goal: [0.15, 0.12],
        action: () => command("sq", "encrypt", "-B", "--compression", "none", ...keys.sq, "-o", "out.pgp", "large.bin"),
      },
      ...[
        { name: "typage (npm age-encryption)", needs: ["age-encryption"], less: NO_SIGNATURE },
        { name: "OpenPGP.js (npm openpgp), signed", needs: ["openpgp"], less: NO_LABEL },
      ].map((peer) => ({ ...peer, perNode: true, rounds: 1, action: fromNpm(peer.needs[0]) })),
    ],
    unpack: [
      { name: "age -d", needs: ["age"], less: NO_SIGNATURE, goal: [0.68, 0.68], action: unage },
      {
        name: "minisign -V, age -d",
        needs: ["age", "minisign"],
        less: NO_LABEL,
        goal: [0.29, 0.29],
        action: () => oneByOne(() => minisign("-V", "-p", "minisign.pub", "-m", "large.age"), unage),
      },
      {
        name: "gpg --decrypt, verifying",
        needs: ["gpg"],
        less: NO_LABEL,
        goal: [0.36, 0.36],
        action: () => gpg("-o", "out.bin", "-d", "large.gpg"),
      },
    ],
    verify: [
      {
        name: "openssl dgst -sha256",
        needs: ["openssl"],
        less: "a hash only",
        goal: [0.58, 0.58],
        action: () => command("openssl", "dgst", "-sha256", "large.bin"),
      },
      {
        name: "sqv",
        needs: ["sq", "sqv"],
        less: ONLY_SIGNATURE,
        goal: [0.55, 0.55],
        action: () => command("sqv", "--keyring", "sq.cert", "large.pgp.sig", "large.bin"),
      },
      {
        name: "minisign -V",
        needs: ["minisign"],
        less: ONLY_SIGNATURE,
        goal: [0.26, 0.26],
        action: () => minisign("-V", "-p", "minisign.pub", "-m", "large.bin"),
      },
      {
        name: "gpg --verify",
        needs: ["gpg"],
        less: ONLY_SIGNATURE,
        goal: [0.26, 0.26],
        action: () => gpg("--verify", "large.gpg.sig", "large.bin"),
      },
    ],
  };
  return Object.fromEntries(
    Object.entries(all).map(([verb, peers]) => [verb, peers.filter(({ needs = [] }) => has(...needs))]),
  );
}

/** How to verify `count` files of 10 KB with gpg in a shell loop, one key for all of them. */
export function gpgLoop(cwd, count) {
  const env = { GNUPGHOME: join(cwd, "gnupg") };
  const shell = (script) => run("sh", ["-c", script], { cwd, env });
  const each = (command) => shell(`for i in $(seq ${count}); do ${command} || exit 1; done`);
  return {
    make: async () => {
      const block = readFileSync(join(cwd, "large.bin")).subarray(0, 10_000);
      for (let i = 1; i <= count; i++)
        writeFileSync(join(cwd, `small-${i}`), Buffer.concat([block, Buffer.from(String(i))]));
      await each("gpg --batch --quiet -b small-$i");
    },
    verify: () => each("gpg --batch --quiet --verify small-$i.sig small-$i"),
  };
}
