// One large file: packed, unpacked and verified, against what else is on this machine. Peers that do less are marked so.
import { execFileSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inTurn, run, version } from "./measure.js";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const BIN = here("../bin/dipbag.js");
const OUTPUTS = ["out", "out.dipbag", "out.age", "out.minisig", "out.gpg", "out.pgp", "out.bin"];
const LABEL = ["--label", "HARBOUR RESTRICTED REL TO AAB, QMB", "--to", "watch.qmb@cert.example"];

const NO_LABEL = "no label, no post-quantum";
const NO_SIGNATURE = `no signature, ${NO_LABEL}`;
const ONLY_SIGNATURE = "a signature only";

/** Peers by command, and how each says its version. */
export const PEERS = {
  age: () => version("age", "--version"),
  minisign: () => version("minisign", "-v"),
  gpg: () => version("gpg", "--version"),
  sq: () => version("sq", "--version"),
  sqv: () => version("sqv", "--version"),
  openssl: () => version("openssl", "version"),
};

export function makeFile(path, mebibytes) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(2 ** 20);
  const file = openSync(path, "w");
  for (let i = 0; i < mebibytes; i++) writeSync(file, cipher.update(zeros));
  closeSync(file);
}

/** The groups to compare, in `cwd`, where everything they need is made first. `present`: which peers there are. */
export async function bulkGroups(cwd, mebibytes, present) {
  const node20 = Number(process.versions.node.split(".")[0]) < 22;
  const goal = (on20, on24 = on20) => (node20 ? on20 : on24);
  const env = { GNUPGHOME: join(cwd, "gnupg") };
  const command = (name, ...args) => run(name, args, { cwd, env });
  const has = (...names) => names.every((name) => present.includes(name));
  const user = (name) => ["--home", join("home", name), "--passphrase-file", join("home", "passphrase")];
  /** With the identity unlocked: its time is not counted. */
  const dipbag = async (...args) => {
    const result = await command(process.execPath, here("unlocked.js"), ...args);
    return { ...result, seconds: result.seconds - Number(/^unlocking (.*)$/m.exec(result.said)?.[1]) };
  };
  const pack = (from, to, ...more) => dipbag("pack", from, ...more, ...LABEL, "-o", to, ...user("duty"));
  const clean = () => {
    for (const name of OUTPUTS) rmSync(join(cwd, name), { recursive: true, force: true });
  };

  await command(process.execPath, BIN, "demo", "-o", "home");
  makeFile(join(cwd, "large.bin"), mebibytes);
  makeFile(join(cwd, "small.bin"), 1);
  await pack("large.bin", "large.dipbag");
  await pack("small.bin", "random-access.dipbag", "large.bin");
  await dipbag("unpack", "large.dipbag", "-o", "out", ...user("watch"));
  const peers = makePeers(cwd, env, has);
  clean();

  const limit = async () => {
    const result = await command(process.execPath, here("limit.js"), "large.bin", "out.bin");
    return { ...result, seconds: Number(result.said) };
  };
  const age = () => command("age", "-e", "-r", peers.age, "-o", "out.age", "large.bin");
  const unage = () => command("age", "-d", "-i", "age.key", "-o", "out.bin", "large.age");
  const gpg = (...args) => command("gpg", "--batch", "--quiet", "--trust-model", "always", ...args);
  const minisign = (...args) => command("minisign", "-q", ...args);
  const all = [
    {
      name: `pack ${mebibytes} MiB`,
      rivals: [
        { name: "dipbag pack", action: () => pack("large.bin", "out.dipbag") },
        { name: "two-core limit", action: limit, less: "encrypt, hash and copy; no program around it", goal: 1.15 },
        { name: "cp", action: () => command("cp", "large.bin", "out.bin"), less: "nothing but a copy" },
        { name: "age", needs: ["age"], action: age, less: NO_SIGNATURE, goal: goal(0.9, 0.78) },
        {
          name: "age, minisign -S",
          needs: ["age", "minisign"],
          action: () => inTurn(age, () => minisign("-S", "-s", "minisign.key", "-m", "out.age", "-x", "out.minisig")),
          less: NO_LABEL,
          goal: goal(0.3, 0.26),
        },
        {
          name: "gpg --sign --encrypt",
          needs: ["gpg"],
          action: () => gpg("--compress-algo", "none", "-se", "-r", "bench", "-o", "out.gpg", "large.bin"),
          less: NO_LABEL,
          goal: goal(0.25, 0.21),
        },
        {
          name: "sq encrypt, signed",
          needs: ["sq"],
          action: () =>
            command("sq", "encrypt", "-B", "--compression", "none", ...peers.sq, "-o", "out.pgp", "large.bin"),
          less: NO_LABEL,
          goal: goal(0.15, 0.12),
        },
      ],
    },
    {
      name: `unpack ${mebibytes} MiB, all of it verified before it is released`,
      rivals: [
        { name: "dipbag unpack", action: () => dipbag("unpack", "large.dipbag", "-o", "out", ...user("watch")) },
        { name: "age -d", needs: ["age"], action: unage, less: NO_SIGNATURE, goal: 0.68 },
        {
          name: "minisign -V, age -d",
          needs: ["age", "minisign"],
          action: () => inTurn(() => minisign("-V", "-p", "minisign.pub", "-m", "large.age"), unage),
          less: NO_LABEL,
          goal: 0.29,
        },
        {
          name: "gpg --decrypt",
          needs: ["gpg"],
          action: () => gpg("-o", "out.bin", "-d", "large.gpg"),
          less: NO_LABEL,
          goal: 0.36,
        },
      ],
    },
    {
      name: `verify ${mebibytes} MiB without keys`,
      rivals: [
        { name: "dipbag verify", action: () => dipbag("verify", "large.dipbag", "--home", join("home", "pipeline")) },
        {
          name: "openssl dgst -sha256",
          needs: ["openssl"],
          action: () => command("openssl", "dgst", "-sha256", "large.bin"),
          less: "a hash only",
          goal: 0.58,
        },
        {
          name: "sqv",
          needs: ["sq", "sqv"],
          action: () => command("sqv", "--keyring", "sq.cert", "large.pgp.sig", "large.bin"),
          less: ONLY_SIGNATURE,
          goal: 0.55,
        },
        {
          name: "minisign -V",
          needs: ["minisign"],
          action: () => minisign("-V", "-p", "minisign.pub", "-m", "large.bin"),
          less: ONLY_SIGNATURE,
          goal: 0.26,
        },
        {
          name: "gpg --verify",
          needs: ["gpg"],
          action: () => gpg("--verify", "large.gpg.sig", "large.bin"),
          less: ONLY_SIGNATURE,
          goal: 0.26,
        },
      ],
    },
    {
      name: "one file of 1 MiB out of the large envelope",
      rivals: [
        {
          name: "dipbag unpack --item --stream",
          action: () =>
            dipbag(
              "unpack",
              "random-access.dipbag",
              "--item",
              "small.bin",
              "--stream",
              "-o",
              "out.bin",
              ...user("watch"),
            ),
        },
      ],
    },
    {
      name: "unlocking: pack 1 MiB as the user does, scrypt included",
      rivals: [
        {
          name: "dipbag pack",
          action: () =>
            command(process.execPath, BIN, "pack", "small.bin", ...LABEL, "-o", "out.dipbag", ...user("duty")),
        },
      ],
    },
  ];
  return all.map((group) => ({
    ...group,
    clean,
    rivals: group.rivals.filter(({ needs = [] }) => has(...needs)),
  }));
}

/** How many bytes the process has read to get one file of 1 MiB out of the large envelope, its own program included. */
export async function bytesRead(cwd) {
  const args = (verb) => [here("unlocked.js"), ...verb];
  const user = ["--home", join("home", "watch"), "--passphrase-file", join("home", "passphrase")];
  const read = async (...verb) => {
    const { said } = await run(process.execPath, args([...verb]), { cwd });
    return Number(/^read (\d+)$/m.exec(said)?.[1]);
  };
  const item = ["unpack", "random-access.dipbag", "--item", "small.bin", "--stream", "-o", "out.bin", ...user];
  const small = ["unpack", "small.dipbag", "--item", "small.bin", "--stream", "-o", "out.bin", ...user];
  await run(
    process.execPath,
    args([
      "pack",
      "small.bin",
      ...LABEL,
      "-o",
      "small.dipbag",
      "--home",
      join("home", "duty"),
      "--passphrase-file",
      join("home", "passphrase"),
    ]),
    { cwd },
  );
  const [fromLarge, fromSmall] = [await read(...item), await read(...small, "--force")];
  return { fromLarge, fromSmall };
}

/** Keys, and what is to be opened and verified, of the peers that are there. */
function makePeers(cwd, env, has) {
  const make = (name, ...args) => execFileSync(name, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  const peers = {};
  if (has("age")) {
    make("age-keygen", "-o", "age.key");
    peers.age = /age1\w+/.exec(readFileSync(join(cwd, "age.key"), "utf8"))[0];
    make("age", "-e", "-r", peers.age, "-o", "large.age", "large.bin");
  }
  if (has("minisign")) {
    make("minisign", "-G", "-W", "-p", "minisign.pub", "-s", "minisign.key");
    for (const name of has("age") ? ["large.age", "large.bin"] : ["large.bin"]) {
      make("minisign", "-S", "-s", "minisign.key", "-m", name);
    }
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
    peers.sq = ["--recipient-cert", "sq.cert", "--signer-key", "sq.key"];
    make("sq", "sign", "--detached", "--signer-key", "sq.key", "-o", "large.pgp.sig", "large.bin");
  }
  return peers;
}
