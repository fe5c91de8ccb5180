/** Rows of the attacks that concern the process itself and keys in the wrong place, through the real command line. */

import { cpSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIN, run } from "./process.ts";
import { RESTRICTED, type Story, tell, to } from "./story.ts";

const HARBOUR = readFileSync(new URL("../../spec/policies/harbour.json", import.meta.url), "utf8");

let story: Story;
beforeAll(async () => {
  story = await tell("duty");
  story.write("report.txt", "EXERCISE\n");
  await story.ok("duty", ["pack", "report.txt", "--label", RESTRICTED, ...to("duty"), "-o", "report.dipbag"]);
});
afterAll(() => story.end());

describe("a hardened process", () => {
  it("[106] [108] [109] packs, verifies and unpacks with no code from strings, no __proto__ and frozen intrinsics", async () => {
    const node = ["--disallow-code-generation-from-strings", "--disable-proto=throw", "--frozen-intrinsics"];
    const hardened = async (...args: string[]) => {
      const { status, stderr } = await run(BIN, story.args("duty", args), { cwd: story.dir, node });
      expect({ status, problems: /error:.*|warning:.*/i.exec(stderr)?.[0] }, args.join(" ")).toEqual({ status: 0 });
    };
    await hardened("pack", "report.txt", "--label", RESTRICTED, ...to("duty"), "-o", "hard.dipbag");
    await hardened("verify", "hard.dipbag", "--json");
    await hardened("unpack", "hard.dipbag", "-o", "hard");
    expect(story.text("hard", "report.txt")).toBe("EXERCISE\n");
    await hardened("policy", "check", "--json", story.write("harbour.json", HARBOUR));
  });

  const deep = (open: string, close: string, times: number) => `${open.repeat(times)}${close.repeat(times)}`;
  /** The start of a signed item, and 16 MiB of one byte. */
  const cbor = (head: string, filling: number) =>
    Buffer.concat([Buffer.from(`d8628440a0${head}`, "hex"), Buffer.alloc(2 ** 24, filling)]);
  const N = 300_000;
  const LABEL = ["--label", "TLP:GREEN"];
  const bombs: readonly (readonly [verb: string[], name: string, content: () => string | Uint8Array])[] = [
    [["verify"], "arrays.dipbag", () => cbor("81", 0x81)],
    [["verify"], "items.dipbag", () => cbor("9a00fffff0", 0x80)],
    [["inspect"], "maps.dipbag", () => cbor("ba00fffff0", 0xa0)],
    [["trust", "add"], "long.card", () => cbor("5a00fffff0", 0)],
    [["policy", "check"], "deep.json", () => `{"schema":${deep("[", "]", N)}}`],
    [["policy", "check"], "objects.json", () => `{"schema":${deep('{"a":', "}", N).replace(":}", ":1}")}}`],
    [["label", "convert", "--to", "xml"], "label.json", () => `{"kind":${deep("[", "]", N)}}`],
    [["label", "convert", "--to", "json"], "label.xml", () => deep("<l:a xmlns:l='urn:x'>", "</l:a>", N / 10)],
    [["label", "lint", ...LABEL], "bundle.stix.json", () => `{"type":"bundle","objects":${deep("[", "]", N)}}`],
    [["label", "lint", ...LABEL], "deep.pdf", () => `%PDF-1.7\n1 0 obj\n<</Pages ${deep("[", "]", N)}>>\nendobj\n`],
    [["label", "parse"], "-", () => "HARBOUR ".repeat(N / 10)],
  ];
  it.each(bombs)("[102] neither stack nor a heap of 64 MB runs out: %j %s", async (verb, name, content) => {
    const args = name === "-" ? [...verb, `${content()}`.slice(0, 100_000)] : [...verb, story.write(name, content())];
    const node = ["--max-old-space-size=64"];
    const { status, stderr, ms } = await run(BIN, [...args, "--home", "duty"], { cwd: story.dir, node });
    expect([1, 2, 5], stderr.slice(0, 2000)).toContain(status);
    expect(stderr).toMatch(/^dipbag: error: [^\n]{1,485}\n(dipbag: hint: [^\n]{1,485}\n)?$/);
    expect(ms).toBeLessThan(20_000);
  });
});

describe("keys in the wrong place", () => {
  it("[65] an identity is no card, request, envelope or policy, and is not shown; neither is anything else an identity", async () => {
    const secret = "duty/user/identity";
    const before = story.list();
    const wrong: [string[], string][] = [
      [["trust", "add", secret], "ERR_TYPE"],
      [["verify", secret], "ERR_TYPE"],
      [["inspect", secret], "ERR_TYPE"],
      [["unpack", secret, "-o", "out"], "ERR_TYPE"],
      [["authority", "issue", secret, "--clearance", "HARBOUR=RESTRICTED", "-o", "out"], "ERR_TYPE"],
    ];
    for (const [args, code] of wrong) {
      const { status, stdout, stderr } = await story.run(args[0] === "authority" ? "aab" : "duty", args);
      expect({ code: /\[(\w+)\]/.exec(stderr)?.[1], status, stdout }, args.join(" ")).toEqual({
        code,
        status: 1,
        stdout: "",
      });
    }
    cpSync(story.path("duty"), story.path("odd"), { recursive: true });
    for (const file of ["duty.card", "duty.request", "report.dipbag"]) {
      cpSync(story.path(file), story.path("odd", "user", "identity"));
      await story.refused("ERR_PASSPHRASE", "odd", ["unpack", "report.dipbag", "-o", "out"]);
    }
    expect(story.list().filter((name) => name !== "odd")).toEqual(before);
  });
});
