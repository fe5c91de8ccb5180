/** Cards, pins, requests and identities: spec/trust.md. Numbers are rows of the table of attacks. */

import { describe, expect, it, vi } from "vitest";
import { engine } from "#engine/public";
import { engine as secrets } from "#engine/secret";
import { concat, hex, utf8 } from "../../src/bytes.ts";
import { type CborMap, type CborValue, decode, encode } from "../../src/cbor/codec.ts";
import { DipbagError } from "../../src/errors.ts";
import { proven } from "../../src/proof.ts";
import { MAX_CARD, parseCard } from "../../src/trust/card.ts";
import { createIdentity, type KeySet, openIdentity } from "../../src/trust/identity.ts";
import { makePin, type Pin, parseAuthority, readPin, scopeOf, verifyCard, writePin } from "../../src/trust/pin.ts";
import { makeRequest, openSealedCard, sealCard, verifyRequest } from "../../src/trust/request.ts";
import { cardOf, signedAgain } from "../breakable.ts";
import { type Code, codeOf } from "../outcome.ts";
import { type Holder, type Person, world } from "../world.ts";
import { map } from "./cose-forge.ts";

const { aab, duty, analyst, relay, watch, port } = world;
const fingerprint = ({ item }: Holder) => hex(engine.sha256(item));
const refused = async (code: Code, action: () => unknown) => expect(await codeOf(action)).toBe(code);

describe("a card", () => {
  it("says who its holder is, and what keys he has", () => {
    const card = verifyCard(parseCard(duty.item), world.pins);
    expect(card.claims).toMatchObject({ issuer: aab.holder, subject: duty.holder, nation: "AAB", environment: 1 });
    expect(card.kems.map(({ alg }) => alg)).toEqual([57]);
    expect(card.claims.issuer).toBe(aab.holder);
    expect(hex(card.digest)).toBe(fingerprint(duty));
  });
  it("of each kind of holder is accepted", () => {
    for (const { item } of [analyst, relay, watch, port])
      expect(() => verifyCard(parseCard(item), world.pins)).not.toThrow();
  });
  it("[9] [10] cut or with a byte more is refused", async () => {
    for (const length of [0, 1, 2, 100, duty.item.length - 1]) {
      const code = await codeOf(() => parseCard(duty.item.subarray(0, length)));
      expect(["ERR_CBOR", "ERR_SCHEMA"]).toContain(code);
    }
    await refused("ERR_CBOR", () => parseCard(concat(duty.item, Uint8Array.of(0))));
  });
  it("[24] with a list that is empty or too long is refused", async () => {
    const claims = (key: number, value: CborValue) => () =>
      parseCard(signedAgain(duty.item, aab, (card) => card.set(key, value)));
    for (const key of [-65539, -65544]) await refused("ERR_SCHEMA", claims(key, []));
    await refused("ERR_SCHEMA", claims(-65539, Array(17).fill("AAB-CERT")));
    await refused("ERR_SCHEMA", claims(-65540, Array(65).fill(["HARBOUR", 0, null])));
    await refused("ERR_SCHEMA", claims(-65541, Array(65).fill(["HARBOUR", ["SECRET"], []])));
    await refused("ERR_SCHEMA", claims(-65541, [["HARBOUR", [], []]]));
    await refused("ERR_SCHEMA", claims(-65544, [2]));
    await refused("ERR_SCHEMA", claims(-65538, "AABC"));
  });
  it("[125] with a policy in two clearances, or a tag twice in one, is refused: one would count, and both be shown", async () => {
    const cleared =
      (...clearances: CborValue[]) =>
      () =>
        parseCard(signedAgain(duty.item, aab, (card) => card.set(-65541, clearances)));
    await refused(
      "ok",
      cleared(
        [
          "HARBOUR",
          ["SECRET"],
          [
            ["A", ["1"]],
            ["B", ["1"]],
          ],
        ],
        ["TLP", ["RED"], []],
      ),
    );
    await refused("ERR_SCHEMA", cleared(["HARBOUR", ["SECRET"], []], ["HARBOUR", ["RESTRICTED"], []]));
    await refused(
      "ERR_SCHEMA",
      cleared([
        "HARBOUR",
        ["SECRET"],
        [
          ["A", ["1"]],
          ["A", ["2"]],
        ],
      ]),
    );
  });
  it("[25] of 32 KiB is accepted, and one byte more refused before any is looked at", async () => {
    const largest = cardOf(MAX_CARD, duty, aab);
    expect(largest.length).toBe(32_768);
    expect(() => verifyCard(parseCard(largest), world.pins)).not.toThrow();
    await refused("ERR_LIMIT", () => parseCard(cardOf(MAX_CARD + 1, duty, aab)));
    await refused("ERR_LIMIT", () => parseCard(new Uint8Array(MAX_CARD + 1)));
  });
});

describe("a pin", () => {
  it("is made with the fingerprint, however it is written", () => {
    const print = fingerprint(aab);
    const grouped = (print.match(/..../g) ?? []).join(" ");
    for (const form of [print, print.toUpperCase(), grouped, (print.match(/../g) ?? []).join(":")]) {
      const pin = makePin(aab.item, form);
      expect(pin.scope).toEqual(scopeOf(pin.authority));
    }
  });
  it("is not made with another, or with part of it", async () => {
    for (const form of ["", fingerprint(duty), fingerprint(aab).slice(0, 32), `${fingerprint(aab)}00`]) {
      await refused("ERR_FINGERPRINT", () => makePin(aab.item, form));
    }
  });
  it("is not made of a card that is no authority's", async () => {
    await refused("ERR_NOT_AN_AUTHORITY", () => makePin(duty.item, fingerprint(duty)));
    const promoted = signedAgain(duty.item, duty, (card) => card.set(-65544, [1]));
    await refused("ERR_NOT_AN_AUTHORITY", () => parseAuthority(promoted));
    await refused("ERR_SIGNATURES", () => parseAuthority(signedAgain(aab.item, duty, (card) => card)));
    const changed = aab.item.with(-1, aab.item.at(-1)! ^ 1);
    await refused("ERR_SIGNATURE", () => parseAuthority(changed));
  });
  it("is written and read, and a narrower scope holds", async () => {
    const pin = readPin(writePin(makePin(aab.item, fingerprint(aab))));
    expect(hex(writePin(pin))).toBe(hex(writePin(makePin(aab.item, fingerprint(aab)))));
    const narrow = proven<Pin>({ ...pin, scope: { ...pin.scope, organisations: ["AAB-NAVY"] } });
    await refused("ERR_OUT_OF_SCOPE", () => verifyCard(parseCard(duty.item), [narrow]));
  });
  it("[24] with a key too few, too many or of another kind is refused", async () => {
    const honest = decode(writePin(makePin(aab.item, fingerprint(aab)))) as CborMap;
    for (const change of [map([1, aab.item]), new Map(honest).set(3, 0), new Map(honest).set(2, false)]) {
      await refused("ERR_SCHEMA", () => readPin(encode(change)));
    }
  });
  it("holds for the card that it names: a second authority with its name and other keys changes nothing", async () => {
    const double = signedAgain(world.stranger.item, world.stranger, (card) =>
      card.set(1, aab.holder).set(2, aab.holder),
    );
    expect(() => parseAuthority(double)).not.toThrow();
    const impostor: Holder = { ...world.stranger, item: double };
    const card = signedAgain(duty.item, impostor, (claims) => claims);
    await refused("ERR_UNTRUSTED", () => verifyCard(parseCard(card), world.pins));
  });
});

describe("a request", () => {
  const wish = { name: "Duty officer", identifiers: ["AAB-CERT"], nation: "AAB", environment: 1 as const };
  const request = makeRequest(wish, duty.identity);

  it("says what is wished for, and proves the signing keys", () => {
    const verified = verifyRequest(request);
    expect(verified.wish).toMatchObject(wish);
    expect(verified.kems.map(({ kid }) => hex(kid))).toEqual(duty.identity.kems.map(({ kid }) => hex(kid)));
  });
  it("by other keys than those that it names is refused", async () => {
    await refused("ERR_SIGNATURES", () => verifyRequest(signedAgain(request, watch, (payload) => payload)));
    await refused("ERR_SIGNATURE", () => verifyRequest(request.with(-1, request.at(-1)! ^ 1)));
    await refused("ERR_TYPE", () => verifyRequest(duty.item));
    await refused("ERR_TYPE", () => parseCard(request));
    await refused("ERR_SCHEMA", () => verifyRequest(signedAgain(request, duty, (payload) => payload.set(6, 0))));
    const keys = (change: (keys: CborValue[]) => CborValue[]) =>
      signedAgain(request, duty, (payload) => payload.set(5, change(payload.get(5) as CborValue[])));
    await refused("ERR_KEY_INVALID", () => verifyRequest(keys(([a, b, c]) => [b!, a!, c!])));
  });

  const holders: [string, Person][] = [
    ["X-Wing", duty],
    ["MLKEM1024-P384", analyst],
    ["X25519", port],
    ["all three", relay],
  ];
  it.each(holders)("is answered by a card that only the holder of the KEM keys can open: %s", async (_, holder) => {
    const asked = verifyRequest(makeRequest(wish, holder.identity));
    const sealed = await sealCard(holder.item, asked);
    expect((await openSealedCard(sealed, asked, holder.identity)).claims.subject).toBe(holder.holder);
    await refused("ERR_POSSESSION", () => openSealedCard(sealed, asked, watch.identity));
    const other = verifyRequest(makeRequest({ ...wish, name: "Another" }, holder.identity));
    await refused("ERR_POSSESSION", () => openSealedCard(sealed, other, holder.identity));
    const damaged = sealed.with(-1, sealed.at(-1)! ^ 1);
    await refused("ERR_POSSESSION", () => openSealedCard(damaged, asked, holder.identity));
  });
  it("whose holder lacks one of the KEM keys is answered in vain", async () => {
    const asked = verifyRequest(makeRequest(wish, relay.identity));
    const sealed = await sealCard(relay.item, asked);
    const { identity } = relay;
    for (const missing of [0, 1, 2]) {
      const poorer = { ...identity, kems: identity.kems.filter((_, i) => i !== missing) };
      await refused("ERR_POSSESSION", () => openSealedCard(sealed, asked, poorer));
    }
  });
  it("a card that was not sealed is taken as it is, if it is for the keys of the request", async () => {
    const asked = verifyRequest(request);
    expect((await openSealedCard(duty.item, asked, duty.identity)).claims.subject).toBe(duty.holder);
    await refused("ERR_POSSESSION", () => openSealedCard(watch.item, asked, duty.identity));
    await refused("ERR_POSSESSION", async () =>
      openSealedCard(await sealCard(watch.item, asked), asked, duty.identity),
    );
  });
  it("[24] a sealed card of another form is refused", async () => {
    const asked = verifyRequest(request);
    const open = (item: Uint8Array) => () => openSealedCard(item, asked, duty.identity);
    await refused("ERR_SCHEMA", open(encode([new Uint8Array(3), new Uint8Array(73)])));
    await refused("ERR_CBOR", open(Uint8Array.of(0x82, 0x40)));
    await refused("ERR_TYPE", open(request));
  });
});

describe("an identity file", () => {
  const passphrase = utf8("correct horse battery staple");

  it("opens with its passphrase and with no other; damaged anywhere, it does not say where", {
    timeout: 240_000,
  }, async () => {
    const { file, identity } = await createIdentity("hybrid-768", passphrase);
    const opened = await openIdentity(file, passphrase);
    expect(opened.publicKeys.map(({ kid }) => hex(kid))).toEqual(identity.publicKeys.map(({ kid }) => hex(kid)));
    const sample = utf8("sample");
    expect(hex(opened.signing.classical.sign(sample))).toBe(hex(identity.signing.classical.sign(sample)));
    await refused("ERR_PASSPHRASE", () => openIdentity(file, utf8("correct horse battery staples")));
    for (const at of [20, -1])
      await refused("ERR_PASSPHRASE", () => openIdentity(file.with(at, file.at(at)! ^ 1), passphrase));
  });
  it("[66] [103] cut, doubled, empty, of another kind: what a wrong passphrase costs, and says", {
    timeout: 240_000,
  }, async () => {
    const stretch = vi.spyOn(secrets, "scrypt");
    const honest = encode(["dipbag-identity/1", new Uint8Array(16), new Uint8Array(12), new Uint8Array(129)]);
    const said = new Set<string>();
    const files = [
      honest,
      new Uint8Array(0),
      honest.subarray(0, -1),
      concat(honest, honest),
      duty.item,
      encode(["dipbag-identity/2", new Uint8Array(16), new Uint8Array(12), new Uint8Array(129)]),
      // No file says what scrypt costs.
      encode(["dipbag-identity/1", new Uint8Array(16), new Uint8Array(12), new Uint8Array(129), 2 ** 30]),
    ];
    for (const [i, file] of files.entries()) {
      const failed = await openIdentity(file, passphrase).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(DipbagError);
      const { code, status, message, hint, cause, details } = failed as DipbagError;
      said.add(JSON.stringify({ code, status, message, hint, cause, details }));
      expect(stretch).toHaveBeenCalledTimes(i + 1);
      expect(stretch.mock.lastCall?.map(({ length }) => length)).toEqual([passphrase.length, 16]);
    }
    expect(said.size).toBe(1);
    stretch.mockRestore();
  });
  it("[65] with a public key for a seed, or seeds that are too short: the same, and neither is told", async () => {
    const [salt, nonce] = [new Uint8Array(16), new Uint8Array(12)];
    const aead = secrets.aesGcm(await secrets.scrypt(passphrase, salt));
    const { publicKey } = duty.identity.signing.postQuantum;
    for (const seeds of [
      map([1, publicKey], [2, [-49, publicKey]], [3, []]),
      map([1, duty.seeds.ed25519.subarray(1)], [2, [...duty.seeds.mlDsa]], [3, []]),
      map([1, duty.seeds.ed25519], [2, [-19, duty.seeds.mlDsa[1]]], [3, []]),
      map([1, duty.seeds.ed25519], [2, [...duty.seeds.mlDsa]], [3, [[-19, duty.seeds.ed25519]]]),
    ]) {
      const sealed = await aead.seal(nonce, encode(seeds), encode(["dipbag-identity/1", salt, nonce]));
      const file = encode(["dipbag-identity/1", salt, nonce, sealed]);
      const failed = await openIdentity(file, passphrase).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: "ERR_PASSPHRASE", details: {} });
    }
  });
  it.each([
    ["hybrid-768", [57]],
    ["hybrid-1024", [59]],
    ["classical", [49]],
    ["authority", []],
  ] as [KeySet, number[]][])("holds the keys of its kind: %s", async (keySet, algs) => {
    const { identity } = await createIdentity(keySet, passphrase);
    expect(identity.kems.map(({ alg }) => alg)).toEqual(algs);
    expect(identity.publicKeys).toHaveLength(2 + algs.length);
  });
  it("[75] shows no seed", async () => {
    const seeds = [duty.seeds.ed25519, duty.seeds.mlDsa[1], ...duty.seeds.kems.map(([, seed]) => seed)].map(hex);
    const shown = JSON.stringify(duty.identity, (_, value: unknown) =>
      value instanceof Uint8Array ? hex(value) : value,
    );
    for (const seed of seeds) expect(shown).not.toContain(seed);
  });
});
