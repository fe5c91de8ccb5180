/** A home, without the command line: which of two cards is meant, and which policy packs count. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { engine } from "#engine/public";
import { fromUtf8, hex, utf8 } from "../../src/bytes.ts";
import { type GovernedPack, parsePolicy, signPolicy } from "../../src/envelope/policy-pack.ts";
import { ENVIRONMENT } from "../../src/environment.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { Home } from "../../src/node/home.ts";
import { proven } from "../../src/proof.ts";
import { parseCard } from "../../src/trust/card.ts";
import { makePin, type VerifiedCard } from "../../src/trust/pin.ts";
import { signedAgain } from "../breakable.ts";
import { codeOf } from "../outcome.ts";
import { T, world } from "../world.ts";

const { aab, duty, pins } = world;
const DAY = 86_400;
const { name, expires } = duty.claims;
const pinOfAab = makePin(aab.item, hex(engine.sha256(aab.item)));

async function homeOf(): Promise<Home> {
  const path = mkdtempSync(join(tmpdir(), "dipbag-home-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const home = new Home(path);
  for (const pin of pins) await home.addPin(pin);
  return home;
}
/** The officer's card anew: valid from `from`, until a year later. */
const renewed = (from: number, issuer = "") =>
  proven<VerifiedCard>(
    parseCard(
      signedAgain(duty.item, aab, (claims) => {
        claims.set(5, from).set(4, from + 365 * DAY);
        return issuer === "" ? claims : claims.set(1, issuer);
      }),
    ),
  );
/** As it was admitted once, whoever is pinned since. */
const governed = (version: number, holder = aab) =>
  proven<GovernedPack>({
    ...parsePolicy(signPolicy(text(version), holder.identity.signing)),
    name: "HARBOUR",
    governor: parseCard(aab.item),
    environment: ENVIRONMENT.exercise,
  });

it("of a card and its renewal the one is found that is valid then", async () => {
  const home = await homeOf();
  const next = renewed(expires + 1);
  for (const card of [duty.card, next]) await home.addCard(card);
  expect(hex((await home.find(name, T)).digest)).toBe(hex(duty.card.digest));
  expect(hex((await home.find(name, expires)).digest)).toBe(hex(duty.card.digest));
  expect(hex((await home.find(name, expires + 1)).digest)).toBe(hex(next.digest));
  // where neither is, or both are, somebody has to say which
  expect(await codeOf(() => home.find(name, T - 1000 * DAY))).toBe("ERR_CARD_AMBIGUOUS");
  await home.addCard(renewed(T - DAY));
  expect(await codeOf(() => home.find(name, T))).toBe("ERR_CARD_AMBIGUOUS");
  // the digits always tell, also for one that has expired
  const digits = hex(duty.card.digest).slice(0, 12);
  expect(hex((await home.find(digits, expires + 1)).digest)).toBe(hex(duty.card.digest));
});

it("the keys of a card that nobody looks for are not read; of one that is, they are", async () => {
  const home = await homeOf();
  await home.addCard(duty.card);
  const other = signedAgain(duty.item, aab, (claims) => claims.set(-65543, "another name").set(-65537, 0));
  await home.addCard(
    proven<VerifiedCard>({ ...duty.card, digest: engine.sha256(other), signed: { ...duty.card.signed, bytes: other } }),
  );
  expect(hex((await home.find(name, T)).digest)).toBe(hex(duty.card.digest));
  expect(await codeOf(() => home.find("another name", T))).toBe("ERR_HOME_DAMAGED");
});

it("one name from two issuers stays ambiguous, whatever the time", async () => {
  const home = await homeOf();
  for (const card of [duty.card, renewed(expires + 1, "another authority")]) await home.addCard(card);
  for (const at of [T, expires + 1]) expect(await codeOf(() => home.find(name, at))).toBe("ERR_CARD_AMBIGUOUS");
});

const text = (version: number) => utf8(fromUtf8(BUILT_IN[2]!.payload).replace('"version": 3', `"version": ${version}`));

it("[114] a gateway with one home: what it takes away is no longer trusted, and what it takes in is", async () => {
  const home = await homeOf();
  const trusted = async () => {
    const { pins, policies, card } = await home.trust();
    return [pins.length, policies.length, card(duty.card.digest) !== undefined];
  };
  const all = pins.length;
  expect(await trusted()).toEqual([all, 3, false]);
  await home.addCard(duty.card);
  expect(await trusted()).toEqual([all, 3, true]);
  await home.addPolicy(governed(9));
  expect(await trusted()).toEqual([all, 4, true]);
  await home.remove("pins", pinOfAab.authority.digest);
  expect(await trusted()).toEqual([all - 1, 3, false]);
  expect(await codeOf(() => home.find(name, T))).toBe("ERR_UNTRUSTED");
  await home.addPin(pinOfAab);
  expect(await trusted()).toEqual([all, 4, true]);
  await home.remove("policies", engine.sha256(text(9)));
  expect(await trusted()).toEqual([all, 3, true]);
  await home.remove("cards", duty.card.digest);
  expect(await trusted()).toEqual([all, 3, false]);
  expect(await codeOf(() => home.find(name, T))).toBe("ERR_NO_SUCH_CARD");
});

it("what was trusted before a change stays as it was, and nothing of it comes back", async () => {
  const home = await homeOf();
  await home.addCard(duty.card);
  const before = await home.trust();
  await home.remove("pins", pinOfAab.authority.digest);
  expect(before.card(duty.card.digest)).toBeDefined();
  expect((await home.trust()).card(duty.card.digest)).toBeUndefined();
});

it("policies: those built in, and every stored version whose governor is pinned, in order", async () => {
  const home = await homeOf();
  expect(await home.policies()).toEqual(BUILT_IN);
  for (const [version, holder] of [
    [10, aab],
    [9, aab],
    [11, world.stranger],
  ] as const)
    await home.addPolicy(governed(version, holder));
  const again = new Home(home.path);
  const known = (await again.trust()).policies;
  expect(known.map(({ policy, environment }) => [policy.policy.name, policy.version, environment])).toEqual([
    ["TLP", 2, undefined],
    ["PUBLIC", 1, undefined],
    ["HARBOUR", 3, undefined],
    ["HARBOUR", 9, 1],
    ["HARBOUR", 10, 1],
  ]);
  expect((await again.packs()).map(({ policy }) => policy.version)).toEqual([9, 10, 11]);
  await again.remove("policies", engine.sha256(text(9)));
  expect((await new Home(home.path).packs()).map(({ policy }) => policy.version)).toEqual([10, 11]);
});
