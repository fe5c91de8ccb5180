/** Taking trust away by the real command line: what is said of it must be true (spec/cli.md). */

import { afterAll, beforeAll, expect, it } from "vitest";
import { hex, utf8 } from "../../src/bytes.ts";
import { type Claims, parseCard, signCard } from "../../src/trust/card.ts";
import { type Identity, openIdentity } from "../../src/trust/identity.ts";
import { nameOf, PASSPHRASE, RESTRICTED, type Story, tell, to } from "./story.ts";

let story: Story;
let aab: Identity;
beforeAll(async () => {
  story = await tell("duty", "port");
  aab = await openIdentity(story.read("aab", "authority", "identity"), utf8(PASSPHRASE));
  story.write("report.txt");
  await story.ok("duty", ["pack", "report.txt", "--label", RESTRICTED, ...to("port"), "-o", "x.dipbag"]);
});
afterAll(() => story.end());

const digestOf = (file: string) => hex(parseCard(story.read(file)).digest);
/** The card in `file` anew, on the same keys and signed by the same authority. */
function renew(file: string, made: string, changes: Partial<Claims> = {}): string {
  const { claims } = parseCard(story.read(file));
  story.write(made, signCard({ ...claims, id: new Uint8Array(16), ...changes }, aab.signing));
  return digestOf(made);
}
const remove = (digest: string) => ["trust", "remove", digest];
const verify = ["verify", "x.dipbag"];

it("[114] an authority with two pins: each must go, and only then it is no longer trusted", async () => {
  const [first, second] = [digestOf("aab.card"), renew("aab.card", "aab-renewed.card")];
  await story.ok("port", ["trust", "add", "aab-renewed.card", "--fingerprint", second]);
  const { stderr } = await story.run("port", remove(first));
  expect(stderr).toBe(
    `This pin is gone, but aab authority is still trusted, by another of this name
or keys. To take that away too:
  dipbag trust remove ${second.slice(0, 16)}
`,
  );
  await story.ok("port", verify);
  expect((await story.run("port", remove(second.slice(0, 16)))).stderr).toBe(
    "aab authority is no longer trusted, nor anything it signed.\n",
  );
  await story.refused("ERR_UNTRUSTED", "port", verify);
});

it("the same pins in JSON, where a script finds which still stand", async () => {
  const digests = [digestOf("aab.card"), digestOf("aab-renewed.card")] as const;
  for (const [i, file] of ["aab.card", "aab-renewed.card"].entries())
    await story.ok("port", ["trust", "add", file, "--fingerprint", digests[i] as string]);
  expect(await story.json("port", remove(digests[0]))).toMatchObject({ still: [digests[1]] });
  expect(await story.json("port", remove(digests[1]))).toMatchObject({ still: [] });
});

it("another name on the same keys is the same authority", async () => {
  const [first, second] = [digestOf("aab.card"), renew("aab.card", "aab-named.card", { name: "AAB card office" })];
  for (const [file, digest] of [
    ["aab.card", first],
    ["aab-named.card", second],
  ] as const)
    await story.ok("port", ["trust", "add", file, "--fingerprint", digest]);
  expect(await story.json("port", remove(first))).toMatchObject({ still: [second] });
});

it("a person with two cards stays in the address book until both are gone; what they sign goes on to count", async () => {
  const [first, second] = [digestOf("duty.card"), renew("duty.card", "duty-renewed.card")];
  await story.ok("port", ["trust", "add", "duty-renewed.card"]);
  const { stderr } = await story.run("port", remove(first));
  expect(stderr).toBe(
    `This card is gone, but duty@cert.example is still in your address book, by
another of this name or keys. To take that away too:
  dipbag trust remove ${second.slice(0, 16)}
`,
  );
  expect(await story.ok("port", ["cards"])).toContain(nameOf("duty"));
  expect((await story.run("port", remove(second))).stderr).toBe(
    `duty@cert.example is no longer in your address book. What they sign counts as
long as aab authority is pinned.
`,
  );
  await story.ok("port", verify);
  await story.ok("port", ["trust", "add", "duty.card"]);
  expect(await story.json("port", remove(first))).toMatchObject({ still: [] });
});
