/** One of everything that dipbag writes. */

import { utf8 } from "../../src/bytes.ts";
import { readSignedItem } from "../../src/envelope/head.ts";
import { signPolicy } from "../../src/envelope/policy-pack.ts";
import { bytesSource } from "../../src/envelope/source.ts";
import { openEnvelope } from "../../src/envelope/verify.ts";
import { withhold } from "../../src/envelope/withhold.ts";
import { BUILT_IN } from "../../src/label/builtin.ts";
import { parseCard } from "../../src/trust/card.ts";
import { createIdentity } from "../../src/trust/identity.ts";
import { writePin } from "../../src/trust/pin.ts";
import { makeRequest, sealCard, verifyRequest } from "../../src/trust/request.ts";
import { file, packed } from "../packing.ts";
import { CONFIDENTIAL, labels, MemorySink, RESTRICTED, T, trust, world } from "../world.ts";

export const PASSPHRASE = utf8("correct horse");

/** An envelope of two portions with hybrid slots, its withheld copy, one with a hidden classical slot, and the rest. */
export async function makeEverything() {
  const { duty, analyst, port, aab } = world;
  const low = labels("HARBOUR UNCLASSIFIED REL TO AAB, ZZC");
  const { bytes: envelope } = await packed(
    [
      { labels: RESTRICTED, files: [file("a.txt", "one"), file("b.txt", "")], to: [duty, analyst] },
      { labels: CONFIDENTIAL, files: [file("c.txt", "two")], to: [duty] },
    ],
    { labels: CONFIDENTIAL },
  );
  const hidden = await packed([{ labels: low, files: [file("d.txt", "three")], to: [port] }], { hideRecipients: true });

  const opened = await openEnvelope(bytesSource(envelope), trust, T);
  const copy = new MemorySink();
  const drop = { drop: [2], madeFor: [analyst.card], reason: "release" } as const;
  await withhold(opened, { identity: duty.identity, card: duty.card, ...drop }, copy);
  const head = opened.head.signed.bytes;
  const [pin] = world.pins;
  if (pin === undefined) throw new Error("nobody is pinned");

  const { name, identifiers, nation, environment } = duty.claims;
  const request = makeRequest({ name, identifiers, nation, environment }, duty.identity);
  const { file: identityFile } = await createIdentity("hybrid-1024", PASSPHRASE);
  return {
    envelope,
    copy: copy.bytes,
    hidden: hidden.bytes,
    head,
    hiddenHead: await readSignedItem(bytesSource(hidden.bytes), 0, 2 ** 24),
    statement: await readSignedItem(bytesSource(copy.bytes), head.length, 2 ** 20),
    portion: opened.head.portions[0]!,
    cards: [duty, analyst, port, aab].map(({ item }) => parseCard(item).signed.bytes),
    request,
    policy: signPolicy(BUILT_IN[2]!.payload, aab.identity.signing),
    sealedCard: await sealCard(duty.item, verifyRequest(request)),
    identityFile,
    pin: writePin(pin),
  };
}
