/** `dipbag demo` from end to end: the story holds, and what it prints can be typed again. */

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, folder, ONE_ERROR, run } from "./process.ts";

const AT = "2026-11-22T15:00:00Z";

describe("demo", () => {
  it("holds in less than 60 s, leaves what -o asks for and nothing else, and its commands run again in a shell", async () => {
    const dir = folder();
    const before = readdirSync(tmpdir());
    const { status, stdout, stderr, ms } = await run(BIN, ["demo", "--at", AT, "-o", "story"], { cwd: dir });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(ms).toBeLessThan(60_000);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("dipbag-demo"))).toEqual(
      before.filter((name) => name.startsWith("dipbag-demo")),
    );
    const told = stdout.split("\n").filter((line) => !/\[ERR_\w+\]$|^ {2}dipbag: hint:/.test(line));
    for (const line of told) expect(line.length).toBeLessThanOrEqual(80);
    expect([...stdout.matchAll(/^ {2}dipbag: error: .*\[(ERR_\w+)\]$/gm)].map(([, code]) => code)).toEqual([
      "ERR_LINT",
      "ERR_CLEARANCE",
      "ERR_CLEARANCE",
      "ERR_DIGEST",
      "ERR_NOT_FOR_YOU",
      "ERR_UNTRUSTED",
    ]);
    expect([...stdout.matchAll(/\(exit status (\d)\)/g)].map(([, status]) => status)).toEqual([
      "5",
      "5",
      "5",
      "1",
      "3",
      "4",
    ]);

    const steps = stdout
      .split(/^\$ /m)
      .slice(1)
      .map((step) => ({
        command: /^(?:.*\\\n)*.*$/m.exec(step)?.[0] ?? "",
        status: Number(/\(exit status (\d)\)/.exec(step)?.[1] ?? 0),
      }));
    expect(steps.length).toBeGreaterThan(30);
    for (const { command } of steps) expect(spawnSync("sh", ["-n", "-c", command]).status).toBe(0);

    // From the draft to the next pair of keys, once more, by a shell that knows dipbag by its name.
    const story = join(dir, "story");
    writeFileSync(join(dir, "dipbag"), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
    chmodSync(join(dir, "dipbag"), 0o755);
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
    const first = steps.findIndex(({ command }) => command.startsWith("dipbag label lint"));
    const next = steps.findIndex(({ command }, i) => i > first && command.startsWith("dipbag init"));
    const again = steps.slice(first, next);
    expect(again.length).toBeGreaterThan(8);
    // One of each verb is enough.
    const verbs = again.map(({ command }) => command.split(" ", 2).join(" "));
    for (const { command, status } of again.filter((_, i) => verbs.indexOf(verbs[i] as string) === i)) {
      const [, output] = / -o (\S+)/.exec(command) ?? [];
      if (output !== undefined) rmSync(join(story, output), { recursive: true, force: true });
      const ran = spawnSync("sh", ["-c", command], { cwd: story, env, encoding: "utf8" });
      expect(ran.status, `${command}\n${ran.stderr}`).toBe(status);
    }
    expect(readdirSync(join(story, "opened-by-port"))).toEqual(["1"]);
    expect(readFileSync(join(story, "opened-by-duty", "3", "source.json"))).toEqual(
      readFileSync(join(story, "source.json")),
    );
    expect(execFileSync("ls", ["-A", dir]).toString()).toBe("dipbag\nstory\n");
  });

  it("refuses a folder that exists", async () => {
    const { status, stderr } = await run(BIN, ["demo", "-o", folder()]);
    expect(stderr).toMatch(ONE_ERROR("ERR_OUTPUT_EXISTS"));
    expect(status).toBe(2);
  });
});
