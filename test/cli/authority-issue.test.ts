/** What an authority is shown before it signs, and whom it does not take for somebody else (spec/trust.md section 3.1). */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hex } from "../../src/bytes.ts";
import { parseCard } from "../../src/trust/card.ts";
import { verifyRequest } from "../../src/trust/request.ts";
import { nameOf, type Story, tell } from "./story.ts";

let story: Story;
let digest: string;
const DUTY = nameOf("duty");
beforeAll(async () => {
  story = await tell("duty");
  digest = hex(verifyRequest(story.read("duty.request")).digest);
  const who = ["--name", DUTY, "--org", "AAB-CERT", "--nation", "AAB", "--exercise"];
  await story.ok("impostor", ["init", ...who, "-o", "impostor.request"]);
});
afterAll(() => story.end());

const issue = (request: string, made: string, ...more: string[]) => [
  ...["authority", "issue", request, "--clearance", "HARBOUR=RESTRICTED", "-o", made],
  ...more,
];
const claims = () => `  claims     ${DUTY} (AAB-CERT, AAB)
             exercise
  keys       HPKE-9-KE
  digest     ${digest}
`;

describe("a request can be read", () => {
  it("inspect shows all that it claims, and that nothing of it is verified", async () => {
    expect(await story.ok("aab", ["inspect", "duty.request"])).toBe(`UNVERIFIED request\n${claims()}`);
    expect(await story.json("aab", ["inspect", "duty.request"])).toEqual({
      schema: "dipbag/inspect/1",
      verified: false,
      kind: "request",
      request: {
        digest,
        name: DUTY,
        nation: "AAB",
        identifiers: ["AAB-CERT"],
        environment: "exercise",
        keys: ["HPKE-9-KE"],
      },
    });
  });

  it("inspect shows one with a signature that does not match, too; no card comes of it", async () => {
    const request = story.read("duty.request");
    request.writeUInt8(request.readUInt8(request.length - 1) ^ 1, request.length - 1);
    story.write("changed.request", request);
    expect(await story.ok("aab", ["inspect", "changed.request"])).toContain("UNVERIFIED");
    await story.refused("ERR_SIGNATURE", "aab", issue("changed.request", "no.sealed"));
  });
});

describe("issuing", () => {
  it("[113] shows what is asked for before the passphrase is, so that it is seen also where that is wrong", async () => {
    const wrong = { env: { ...process.env, WORD: "wrong" }, passphrase: ["--passphrase-env", "WORD"] };
    const { stderr } = await story.run("aab", issue("duty.request", "no.sealed"), wrong);
    const [shown, refused] = stderr.split("dipbag: error: the passphrase is wrong");
    expect(shown).toBe(`The request claims this. Make sure by another channel that it is the holder's:\n${claims()}`);
    expect(refused).toContain("[ERR_PASSPHRASE]");
  });

  it("gives any classification of a policy that its own card names (trust.md T8), and init says so", async () => {
    const who = ["--name", "low authority", "--org", "AAB-CERT", "--nation", "AAB", "--exercise"];
    await story.ok("low", ["authority", "init", ...who, "--clearance", "HARBOUR=UNCLASSIFIED", "-o", "low.card"]);
    await story.ok("low", ["authority", "issue", "duty.request", "--clearance", "HARBOUR=SECRET", "-o", "low.sealed"]);
    const help = (await story.ok("low", ["authority", "init", "--help"])).replace(/\s+/g, " ");
    expect(help).toContain("which classifications of these policies it gives to whom, it decides itself.");
    expect(help).not.toContain("only the rights");
  });

  it("names the request in JSON, beside all that the card says", async () => {
    expect(await story.json("aab", issue("duty.request", "duty-2.sealed"))).toMatchObject({
      request: digest,
      card: { name: DUTY, nation: "AAB", identifiers: ["AAB-CERT"], environment: "exercise" },
    });
  });

  it("a renewal on the same keys needs no word more", async () => {
    await story.ok("aab", issue("duty.request", "duty-3.sealed"));
    await story.ok("duty", ["trust", "add", "duty-3.sealed", "-o", "duty-3.card"]);
  });

  it("a fingerprint is compared of one's own sealed card too, before it is stored", async () => {
    const add = (file: string, person: string) => [
      "trust",
      "add",
      "duty-4.sealed",
      "--fingerprint",
      file,
      "-o",
      person,
    ];
    await story.ok("aab", issue("duty.request", "duty-4.sealed"));
    const before = story.read("duty", "user", "card");
    await story.refused("ERR_FINGERPRINT", "duty", add(hex(parseCard(before).digest), "no.card"));
    expect(story.read("duty", "user", "card")).toEqual(before);
    expect(story.has("no.card")).toBe(false);
  });

  it("[125] values of one tag may be given one by one, and count as they are shown", async () => {
    const tags = ["BUOY", "LANTERN"].flatMap((value) => ["--clearance", `HARBOUR/COMPARTMENT=${value}`]);
    await story.ok("aab", issue("duty.request", "tags.sealed", ...tags));
    await story.ok("duty", ["trust", "add", "tags.sealed", "-o", "tags.card"]);
    const { clearances } = parseCard(story.read("tags.card")).claims;
    expect(clearances).toEqual([["HARBOUR", ["RESTRICTED"], [["COMPARTMENT", ["BUOY", "LANTERN"]]]]]);
  });

  it("a member of a community stays one since the first card that says so, and not longer", async () => {
    const member = async (at: string, ...community: string[]) => {
      await story.ok("aab", issue("duty.request", `${at}.sealed`, ...community), { at });
      await story.ok("duty", ["trust", "add", `${at}.sealed`, "-o", `${at}.card`], { at });
      return parseCard(story.read(`${at}.card`)).claims.communities.map(([, since]) => since);
    };
    const seconds = (at: string) => Date.parse(at) / 1000;
    const [none, joined, kept, left, back] = [1, 2, 3, 4, 5].map((day) => `2026-12-0${day}T00:00:00Z`) as [
      string,
      string,
      string,
      string,
      string,
    ];
    expect(await member(none)).toEqual([]);
    expect(await member(joined, "--community", "HARBOUR")).toEqual([seconds(joined)]);
    expect(await member(kept, "--community", "HARBOUR")).toEqual([seconds(joined)]);
    expect(await member(left)).toEqual([]);
    expect(await member(back, "--community", "HARBOUR")).toEqual([seconds(back)]);
  });

  it("[126] one's own card does not go back to what was issued before", async () => {
    const [left, back] = ["2026-12-04T00:00:00Z", "2026-12-05T00:00:00Z"];
    const said = await story.refused("ERR_CARD_OLDER", "duty", ["trust", "add", `${left}.sealed`], { at: back });
    expect(said).toContain(`issued at ${left}, before the one that you have, of ${back}`);
    expect(parseCard(story.read("duty", "user", "card")).claims.issuedAt).toBe(Date.parse(back) / 1000);
  });

  it("[113] a stranger's request in the name of somebody serving is refused, unless --again says that it is theirs", async () => {
    const args = issue("impostor.request", "impostor.sealed");
    const said = await story.refused("ERR_NAME_ISSUED", "aab", args);
    expect(said).toContain(`a card named ${DUTY} was issued to other keys, and is valid until 2027-1`);
    await story.refused("ERR_NAME_ISSUED", "aab", [...args, "--json"]);
    expect(story.has("impostor.sealed")).toBe(false);
    await story.ok("aab", [...args, "--again"]);
    expect(parseCard(story.read("duty.card")).claims.name).toBe(DUTY);
  });

  it("once the cards of that name have expired, the name is free", async () => {
    const late = { at: "2028-01-01T00:00:00Z" };
    await story.ok("aab", issue("impostor.request", "impostor-late.sealed"), late);
    await story.refused("ERR_NAME_ISSUED", "aab", issue("duty.request", "no.sealed"), late);
  });
});
