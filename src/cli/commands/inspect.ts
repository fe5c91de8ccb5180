/** `dipbag inspect`: what a file says of itself. Nothing of it is verified, and everything shown says so. */

import type { Command } from "commander";
import { hex } from "../../bytes.ts";
import { SUITES } from "../../crypto/suites.ts";
import { readHead, type UnverifiedHead } from "../../envelope/head.ts";
import { DipbagError } from "../../errors.ts";
import type { Label } from "../../label/label.ts";
import { everStanding } from "../../label/succession.ts";
import { isoTime } from "../../time.ts";
import { parseCard, type UnverifiedCard } from "../../trust/card.ts";
import { parseRequest, type UnverifiedRequest } from "../../trust/request.ts";
import type { Context } from "../context.ts";
import { cardDocument, cardLines, listed, requestDocument, requestLines, row, size } from "../describe.ts";
import { withEnvelope } from "../inputs.ts";
import { show } from "../output.ts";

/** Of a card or a request. */
const MAX_SMALL = 1 << 20;
const CARD_TYPE = "application/vnd.dipbag.card+cbor";
const REQUEST_TYPE = "application/vnd.dipbag.request+cbor";

export function command(command: Command, context: Context): void {
  command
    .description("Shows the structure of an envelope, a card or a request. Nothing is verified: believe none of it.")
    .argument("<file>", "an envelope, a card, or a request for one; - is stdin")
    .action((path: string) =>
      withEnvelope(path, async (source) => {
        try {
          await showHead((await readHead(source)).head, context);
        } catch (error) {
          // They are a COSE_Sign too, of another type.
          const found = error instanceof DipbagError ? error.details.found : undefined;
          if (found === CARD_TYPE) await showCard(parseCard(await source.read(0, MAX_SMALL)), context);
          else if (found === REQUEST_TYPE) await showRequest(parseRequest(await source.read(0, MAX_SMALL)), context);
          else throw error;
        }
      }),
    );
}

async function showCard(card: UnverifiedCard, context: Context): Promise<void> {
  if (context.asJson) {
    return context.json({ schema: "dipbag/inspect/1", verified: false, kind: "card", card: cardDocument(card) });
  }
  const { authority, notBefore } = cardDocument(card);
  const rows = [
    "UNVERIFIED card",
    ...cardLines(card).map((line) => (line.startsWith(" ") ? line : row("claims", line))),
    row("", `valid from ${notBefore}`),
    row("issuer", show(authority)),
    row("digest", hex(card.digest)),
  ];
  await context.out(`${rows.join("\n")}\n`);
}

/** All that a label says now or will say later, in its own words: no policy has been asked what they mean. */
const markingOf = (label: Label): string =>
  everStanding(label)
    .map(({ policy, classification, tags = [], succession }) => {
      const said = [
        policy[0],
        classification,
        ...tags.map(([, tag, , values]) => `${tag} ${values.join(", ")}`.trim()),
      ];
      return `${show(said.join(" "))}${succession === undefined ? "" : `, from ${show(succession[0])} on `}`;
    })
    .join("");

async function showRequest(request: UnverifiedRequest, context: Context): Promise<void> {
  if (context.asJson) {
    const document = requestDocument(request);
    return context.json({ schema: "dipbag/inspect/1", verified: false, kind: "request", request: document });
  }
  await context.out(`${["UNVERIFIED request", ...requestLines(request)].join("\n")}\n`);
}

async function showHead(head: UnverifiedHead, context: Context): Promise<void> {
  const { core, portions, cards, digest, signed } = head;
  const document = {
    digest: hex(digest),
    id: hex(core.id),
    created: isoTime(core.created),
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
  if (context.asJson) {
    return context.json({ schema: "dipbag/inspect/1", verified: false, kind: "envelope", envelope: document });
  }
  const rows = [
    "UNVERIFIED envelope",
    row("claims", `${markingOf(core.labels.originator)}, sealed ${document.created}`),
    ...document.signers.map(({ name, authority }) =>
      row("signer", `${listed([name])}, card by ${listed([authority])}`),
    ),
    row("audience", listed(document.audience)),
    row("head", size(document.headBytes)),
  ];
  for (const [i, { number, bytes, segments, slots }] of document.portions.entries()) {
    const pieces = `${segments} segment${segments === 1 ? "" : "s"}`;
    rows.push(
      row(`portion ${number}`, `${markingOf(portions[i]!.labels.value.originator)}, ${size(bytes)} in ${pieces}`),
    );
    for (const { suite, kid } of slots) rows.push(row("", `slot ${suite}, key ${kid?.slice(0, 16) ?? "(hidden)"}`));
  }
  await context.out(`${[...rows, row("digest", document.digest)].join("\n")}\n`);
}
