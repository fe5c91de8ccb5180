/** A whole envelope, and its withheld copy, as cose.py reads them. */

import { beforeAll, describe, expect, it } from "vitest";
import { engine } from "#engine/public";
import { hex, utf8 } from "../../src/bytes.ts";
import { random, withRandomForTests } from "../../src/crypto/random.ts";
import { pack } from "../../src/envelope/pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { verify } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { type Claims, parseCard, signCard } from "../../src/trust/card.ts";
import { createIdentity, type Identity, type KeySet } from "../../src/trust/identity.ts";
import { makePin, verifyCard } from "../../src/trust/pin.ts";
import { able, independent } from "./reader.ts";

const NOW = 1_790_000_000;

/** An identity, the seed of its KEM key, and its card, signed by the issuer or by itself. */
async function person(name: string, nation: string, keySet: KeySet, issuer?: { name: string; identity: Identity }) {
  const drawn: Uint8Array[] = [];
  const record = (length: number) => {
    drawn.push(crypto.getRandomValues(new Uint8Array(length)));
    return drawn.at(-1) as Uint8Array;
  };
  const { identity } = await withRandomForTests(record, () => createIdentity(keySet, utf8("passphrase")));
  const claims: Claims = {
    issuer: issuer?.name ?? name,
    subject: name,
    expires: NOW + 1e7,
    notBefore: NOW - 1e6,
    issuedAt: NOW - 1e6,
    id: random(16),
    keys: identity.publicKeys,
    nation,
    identifiers: [`${nation}-CERT`],
    communities: [["HARBOUR", 0, null]],
    clearances: [["HARBOUR", ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL"], []]],
    environment: 1,
    name,
    roles: [issuer === undefined ? 1 : 0],
  };
  const card = signCard(claims, (issuer?.identity ?? identity).signing);
  // drawn: Ed25519, ML-DSA, KEM
  return { name, identity, card, seed: `${identity.kems[0]?.alg}:${hex(drawn[2] as Uint8Array)}` };
}

/** A Sink in memory. */
function memory() {
  const sink = {
    bytes: new Uint8Array(0),
    async write(piece: Uint8Array, position: number) {
      const grown = new Uint8Array(Math.max(sink.bytes.length, position + piece.length));
      grown.set(sink.bytes);
      grown.set(piece, position);
      sink.bytes = grown;
    },
  };
  return sink;
}

const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe.skipIf(!able)("python3 with cryptography 48 (else skipped): envelopes", () => {
  const report = crypto.getRandomValues(new Uint8Array(2 ** 16)).slice(0, 60_000);
  const large = new Uint8Array(2_500_000).fill(1);
  const made = memory();
  const copy = memory();
  let digest: string;
  let people: Record<"aab" | "qmb" | "duty" | "watch", Awaited<ReturnType<typeof person>>>;
  const authorities = () =>
    [people.aab, people.qmb].flatMap(({ identity: { signing } }) => [
      "--authority",
      `${hex(signing.classical.publicKey)}:${hex(signing.postQuantum.publicKey)}`,
    ]);
  const read = (bytes: Uint8Array, ...seeds: string[]) =>
    independent("envelope", bytes, [...authorities(), ...seeds.flatMap((seed) => ["--seed", seed])]);
  const item = (name: string, data: Uint8Array) => ({
    name,
    type: "text/plain",
    size: data.length,
    sha256: hex(engine.sha256(data)),
  });

  beforeAll(async () => {
    const aab = await person("AAB Authority", "AAB", "authority");
    const qmb = await person("QMB Authority", "QMB", "authority");
    const duty = await person("duty.aab", "AAB", "hybrid-768", aab);
    const watch = await person("watch.qmb", "QMB", "hybrid-1024", qmb);
    people = { aab, qmb, duty, watch };
    const pins = [aab, qmb].map(({ card }) => makePin(card, hex(engine.sha256(card))));
    const [dutyCard, watchCard] = [duty, watch].map(({ card }) => verifyCard(parseCard(card), pins));
    if (dutyCard === undefined || watchCard === undefined) throw new Error("no cards");
    const labels = (classification: string, releasableTo: string[]) => ({
      originator: {
        kind: "originator" as const,
        policy: ["HARBOUR", null] as const,
        classification,
        created: new Date(NOW * 1000).toISOString(),
        originator: ["org", "AAB-CERT"] as const,
        tags: [["PERMISSIVE", "REL TO", null, releasableTo]] as const,
      },
    });
    const file = (name: string, data: Uint8Array) => ({
      name,
      mediaType: "text/plain",
      size: data.length,
      source: bytesSource(data),
    });
    const plan = {
      identity: duty.identity,
      card: dutyCard,
      labels: labels("CONFIDENTIAL", ["AAB"]),
      handling: { messageType: "exercise" as const },
      portions: [
        {
          labels: labels("RESTRICTED", ["AAB", "QMB"]),
          files: [file("report.txt", report), file("empty", new Uint8Array(0)), file("large.bin", large)],
          recipients: [dutyCard, watchCard],
        },
        {
          labels: labels("CONFIDENTIAL", ["AAB"]),
          files: [file("secret.txt", utf8("psst"))],
          recipients: [dutyCard],
        },
      ],
      policies: BUILT_IN,
      created: NOW,
      pad: true,
      hideRecipients: false,
    };
    digest = hex((await pack(plan, made)).digest);
    const trust = { pins, policies: BUILT_IN, card: () => undefined };
    const envelope = await verify(bytesSource(made.bytes), trust, NOW + 5);
    const how = {
      identity: duty.identity,
      card: dutyCard,
      drop: [2],
      madeFor: [watchCard],
      reason: "release" as const,
    };
    await withhold(envelope, how, copy);
  });

  it("verifies without a secret, down to the digest of every segment", () => {
    expect(read(made.bytes)).toMatchObject({ digest, withheld: [], portions: [{ portion: 1 }, { portion: 2 }] });
  });

  it("opens every portion with the originator's seed, and gives the files", () => {
    expect(read(made.bytes, people.duty.seed)).toMatchObject({
      portions: [
        { slot: 1, items: [item("report.txt", report), item("empty", new Uint8Array(0)), item("large.bin", large)] },
        { slot: 1, items: [item("secret.txt", utf8("psst"))] },
      ],
    });
  });

  it("opens the withheld copy with the other reader's seed, and the original not", () => {
    expect(read(copy.bytes, people.watch.seed)).toMatchObject({
      digest,
      withheld: [2],
      portions: [{ portion: 1, slot: 2, items: [item("report.txt", report), {}, item("large.bin", large)] }],
    });
    expect(read(made.bytes, people.watch.seed)).toBe("no slot opens");
  });

  it("refuses a changed head, statement, body or order, and strange authorities", () => {
    const { bytes } = made;
    const label = Buffer.from(bytes).indexOf("CONFIDENTIAL");
    expect(read(flipped(bytes, label))).toMatch(/does not verify/);
    expect(read(flipped(bytes, bytes.length - 1))).toBe("the body of portion 2 was changed");
    expect(read(bytes.subarray(0, -1))).toMatch(/^not of the expected form|cut short/);
    expect(read(flipped(copy.bytes, copy.bytes.indexOf(0xd8, 2)))).toBeTypeOf("string");
    const stranger = `${hex(people.duty.identity.signing.classical.publicKey)}`;
    expect(independent("envelope", bytes, ["--authority", stranger])).toBe("a card of another authority");
  });
});
