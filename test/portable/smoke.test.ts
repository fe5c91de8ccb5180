import { expect, it } from "vitest";
import { engine } from "#engine/public";
import { hex, utf8 } from "../../src/bytes.ts";
import { pack } from "../../src/envelope/pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { unpack } from "../../src/envelope/unpack.ts";
import { openEnvelope, verify } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { parseCard, signCard, type Claims } from "../../src/trust/card.ts";
import { createIdentity, type KeySet } from "../../src/trust/identity.ts";
import { makePin, verifyCard } from "../../src/trust/pin.ts";
import { random } from "../../src/crypto/random.ts";

const T = 1_790_000_000;
const pass = utf8("x");
async function person(name: string, nation: string, keySet: KeySet, issuer?: { claims: Claims; identity: any }) {
  const { identity } = await createIdentity(keySet, pass);
  const claims: Claims = {
    issuer: issuer?.claims.subject ?? name, subject: name, expires: T + 1e7, notBefore: T - 1e6, issuedAt: T - 1e6, id: random(16),
    keys: identity.publicKeys, nation, identifiers: [`${nation}-CERT`], communities: [["HARBOUR", 0, null]],
    clearances: [["HARBOUR", ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL"], []]], environment: 1, name, roles: [issuer ? 0 : 1],
  };
  const card = signCard(claims, (issuer ?? { identity }).identity.signing);
  return { identity, claims, card };
}
class Mem {
  bytes = new Uint8Array(0);
  async write(b: Uint8Array, p: number) {
    if (p + b.length > this.bytes.length) { const n = new Uint8Array(p + b.length); n.set(this.bytes); this.bytes = n; }
    this.bytes.set(b, p);
  }
}
it("smoke", async () => {
  const aabAuth = await person("AAB Authority", "AAB", "authority");
  const qmbAuth = await person("QMB Authority", "QMB", "authority");
  const duty = await person("duty.aab", "AAB", "hybrid-768", aabAuth);
  const watch = await person("watch.qmb", "QMB", "hybrid-1024", qmbAuth);
  const pins = [aabAuth, qmbAuth].map(({ card }) => makePin(card, hex(engine.sha256(card))));
  const dutyCard = verifyCard(parseCard(duty.card), pins);
  const watchCard = verifyCard(parseCard(watch.card), pins);
  const created = new Date(T * 1000).toISOString();
  const label = (classification: string, rel: string[]) => ({ originator: {
    kind: "originator" as const, policy: ["HARBOUR", null] as const, classification, created, originator: ["org", "AAB-CERT"] as const,
    tags: [["PERMISSIVE", "REL TO", null, rel]] as const } });
  const sink = new Mem();
  const file = (name: string, data: Uint8Array) => ({ name, mediaType: "text/plain", size: data.length, source: bytesSource(data) });
  const big = random(3_000_000);
  await pack({
    identity: duty.identity, card: dutyCard, labels: label("CONFIDENTIAL", ["AAB"]), handling: { messageType: "exercise" },
    portions: [
      { labels: label("RESTRICTED", ["AAB", "QMB"]), files: [file("report.txt", utf8("hello")), file("empty", new Uint8Array(0)), file("big.bin", big)], recipients: [dutyCard, watchCard] },
      { labels: label("CONFIDENTIAL", ["AAB"]), files: [file("secret.txt", utf8("psst"))], recipients: [dutyCard] },
    ],
    policies: BUILT_IN, created: T, pad: true, hideRecipients: false,
  }, sink);
  const trust = { pins, policies: BUILT_IN, card: (digest: Uint8Array) => [dutyCard, watchCard].find((card) => hex(card.digest) === hex(digest)) };
  const envelope = await verify(bytesSource(sink.bytes), trust, T + 5);
  expect(envelope.end).toBe(sink.bytes.length);
  async function read(source: any, who: any, card: any) {
    const seen: Record<string, string> = {};
    for await (const portion of unpack(await openEnvelope(source, trust, T + 5), { identity: who.identity, card })) {
      for (const [i, item] of portion.contents.items.entries()) {
        const parts: Uint8Array[] = [];
        for await (const piece of portion.file(i)) parts.push(piece.slice());
        seen[`${portion.number}/${item.name}`] = hex(engine.sha256(...parts));
      }
      await portion.checkPadding();
    }
    return seen;
  }
  expect(Object.keys(await read(bytesSource(sink.bytes), duty, dutyCard))).toEqual(["1/report.txt", "1/empty", "1/big.bin", "2/secret.txt"]);
  const w = await read(bytesSource(sink.bytes), watch, watchCard);
  expect(w["1/big.bin"]).toBe(hex(engine.sha256(big)));
  expect(Object.keys(w).length).toBe(3);
  const copy = new Mem();
  await withhold(envelope, { identity: duty.identity, card: dutyCard, drop: [2], madeFor: [watchCard], reason: "release" }, copy);
  await verify(bytesSource(copy.bytes), trust, T + 5);
  expect(Object.keys(await read(bytesSource(copy.bytes), watch, watchCard)).length).toBe(3);
});
