/** A run of dipbag with everything that others on the machine could see of it: output, arguments, environment, open files. */

import { createDecipheriv, scryptSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "cbor-x";
import type { Canary } from "../canaries.ts";
import type { Result } from "./process.ts";
import type { Story } from "./story.ts";

/** Whether this system shows processes as files, which the watching needs. */
export const canWatch = existsSync("/proc/self/environ");

export interface Seen extends Result {
  /** Both streams. */
  readonly output: Buffer;
  /** Arguments of the process and of all that it has started, at any time. */
  readonly commands: Buffer;
  readonly environments: Buffer;
  /** What was in open files without a name, which nobody can find afterwards. */
  readonly unnamed: Buffer;
}

/** Everything about `pid` and its children, as it is now. */
export function processes(pid: number): { commands: Buffer[]; environments: Buffer[]; unnamed: Buffer[] } {
  const all = { commands: [] as Buffer[], environments: [] as Buffer[], unnamed: [] as Buffer[] };
  for (let left = [pid], one = left.pop(); one !== undefined; one = left.pop()) {
    const read = (name: string) => orNothing(() => readFileSync(`/proc/${one}/${name}`));
    all.commands.push(read("cmdline"));
    all.environments.push(read("environ"));
    for (const fd of orNone(() => readdirSync(`/proc/${one}/fd`))) {
      const isUnnamed = orNothing(() => Buffer.from(readlinkSync(`/proc/${one}/fd/${fd}`))).includes(" (deleted)");
      if (isUnnamed) all.unnamed.push(read(`fd/${fd}`));
    }
    left = [...left, ...read(`task/${one}/children`).toString().split(" ").filter(Boolean).map(Number)];
  }
  return all;
}

const orNothing = (action: () => Buffer): Buffer => {
  try {
    return action();
  } catch {
    return Buffer.alloc(0); // It has ended.
  }
};
const orNone = (action: () => string[]): string[] => {
  try {
    return action();
  } catch {
    return [];
  }
};

/** Runs dipbag as `story.run` does, and looks at it all the time. */
export async function watched(story: Story, ...how: Parameters<Story["start"]>): Promise<Seen> {
  const { child, result } = story.start(how[0], how[1], { input: "", ...how[2] });
  const seen = { commands: new Set<string>(), environments: new Set<string>() };
  let unnamed = Buffer.alloc(0);
  const look = () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    const now = processes(child.pid);
    for (const what of ["commands", "environments"] as const)
      for (const bytes of now[what]) seen[what].add(bytes.toString("latin1"));
    // They only grow.
    const open = Buffer.concat(now.unnamed);
    if (open.length > unnamed.length) unnamed = open;
  };
  const timer = canWatch ? setInterval(look, 10) : undefined;
  const ended = await result;
  clearInterval(timer);
  const joined = (all: Set<string>) => Buffer.from([...all].join("\n"), "latin1");
  return {
    ...ended,
    output: Buffer.concat([Buffer.from(ended.stdout, "latin1"), Buffer.from(ended.stderr)]),
    commands: joined(seen.commands),
    environments: joined(seen.environments),
    unnamed,
  };
}

/** The files below `folder`, by name within it. */
export function filesIn(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Map(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

/** The seeds in an identity file and the key it is sealed with (spec/trust.md section 2), opened without dipbag. */
export function secretsOf(file: Buffer, passphrase: string, whose: string): Canary[] {
  const [format, salt, nonce, sealed] = decode(file) as [string, Buffer, Buffer, Buffer];
  const key = scryptSync(passphrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  decipher.setAAD(encode([format, Buffer.from(salt), Buffer.from(nonce)])).setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  // Every seed is a byte string of 32: 58 20 and the bytes.
  const starts = [...plain.keys()].filter((i) => plain.readUInt8(i) === 0x58 && plain[i + 1] === 0x20);
  const seeds = starts.map((start) => plain.subarray(start + 2, start + 34));
  return [key, ...seeds].map((secret, i) => ({ name: `${whose} ${i === 0 ? "key" : `seed ${i}`}`, secret }));
}
