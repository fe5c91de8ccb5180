/** `dipbag inspect`: what a file says of itself. Nothing of it is verified, and everything shown says so. */

import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import { SUITES } from "../../crypto/suites.ts";
import { readHead, type UnverifiedHead } from "../../envelope/head.ts";
import { DipbagError } from "../../errors.ts";
import { parseCard } from "../../trust/card.ts";
import type { Context } from "../context.ts";
import { cardDocument, grouped, iso, size } from "../describe.ts";
import { withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";

export function command(command: Command, context: Context): void {
  command
    .description("Shows the structure of an envelope or a card. Nothing is verified: believe none of it.")
    .argument("<file>", "an envelope or a card; - is stdin")
    .action((path: string) =>
      withEnvelope(path, async (source) => {
        try {
          await showHead((await readHead(source)).head, context);
        } catch (error) {
          // A card is a COSE_Sign too, of another type.
          if (!(error instanceof DipbagError) || error.code !== "ERR_TYPE" || error.details.found !== "card")
            throw error;
          const card = parseCard(await source.read(0, MAX_CARD));
          if (context.asJson)
            return context.json({ schema: "dipbag/inspect/1", verified: false, kind: "card", ...cardDocument(card) });
          const facts = Object.entries(cardDocument(card)).filter(([name]) => name !== "card");
          const rows = facts.map(
            ([name, fact]) => `  ${name.padEnd(12)} ${show(typeof fact === "string" ? fact : JSON.stringify(fact))}`,
          );
          await context.out(`${["UNVERIFIED card", ...rows, `  fingerprint  ${grouped(card.digest)}`].join("\n")}\n`);
        }
      }),
    );
}
const MAX_CARD = 1 << 20;

async function showHead(head: UnverifiedHead, context: Context): Promise<void> {
  const { core, portions, cards, digest, signed } = head;
  const document = {
    verified: false,
    kind: "envelope",
    digest: hex(digest),
    id: hex(core.id),
    created: iso(core.created),
    headBytes: signed.bytes.length,
    classification: [core.labels.originator.policy[0], core.labels.originator.classification],
    audience: core.audience,
    signers: cards.map(({ claims, digest: card }) => ({
      name: claims.name,
      authority: claims.issuer,
      card: hex(card),
    })),
    portions: portions.map(({ number, layout, slots, labels }) => ({
      number,
      classification: labels.value.originator.classification,
      bytes: layout.plaintext,
      segments: layout.segments,
      segmentBytes: layout.segmentLength,
      slots: slots.recipients.map(([header]) => ({
        suite: SUITES[header.value.alg].name,
        kid: header.value.kid === undefined ? null : hex(header.value.kid),
      })),
    })),
    ignored: head.ignored,
  };
  if (context.asJson) return context.json({ schema: "dipbag/inspect/1", ...document });
  const rows = [
    "UNVERIFIED envelope",
    `  claims     ${show(document.classification.join(" "))}, sealed ${document.created}`,
    ...document.signers.map(({ name, authority }) => `  signer     ${show(name)}, card by ${show(authority)}`),
    `  audience   ${show(document.audience.join(", "))}`,
    `  head       ${size(document.headBytes)}`,
  ];
  for (const { number, classification, bytes, segments, slots } of document.portions) {
    rows.push(
      `  portion ${number}  ${show(classification)}, ${size(bytes)} in ${segments} segment${segments === 1 ? "" : "s"}`,
    );
    for (const { suite, kid } of slots) rows.push(`             slot ${suite}, key ${kid?.slice(0, 16) ?? "(hidden)"}`);
  }
  await context.out(`${[...rows, `  digest     ${document.digest}`].join("\n")}\n`);
}
