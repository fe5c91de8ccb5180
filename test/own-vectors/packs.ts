/** Signed policy packs that are not taken in (spec/trust.md section 7), each named after its code. */

import { utf8 } from "../../src/bytes.ts";
import { sign } from "../../src/cose/sign.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { packFingerprint } from "../breakable.ts";
import { type Holder, world } from "../world.ts";
import type { Draft } from "./make.ts";
import { nextVersion } from "./valid-labels.ts";

type Text = (harbour: Uint8Array) => Uint8Array;
const replaced = (payload: Uint8Array, from: string, to: string): Uint8Array =>
  utf8(new TextDecoder().decode(payload).replace(from, to));

/** A pack whose text is made from HARBOUR, signed by a governor, and with the fingerprint of that text or another by the same governor. */
const pack = (
  name: ErrorCode,
  description: string,
  text: Text,
  { governor = world.aab, fingerprint = text }: { governor?: Holder; fingerprint?: Text | null } = {},
): Draft => ({
  name,
  description,
  kind: "signed-policy",
  make: async ({ harbour }) => ({
    bytes: sign("policy", text(harbour), [governor.identity.signing]),
    ...(fingerprint && { fingerprint: packFingerprint(fingerprint(harbour), governor) }),
  }),
});

export const packs: readonly Draft[] = [
  pack("ERR_POLICY_SIGNER", "A policy pack by an authority that nobody has pinned.", nextVersion, {
    governor: world.stranger,
  }),
  pack("ERR_POLICY_RESERVED", "A policy pack that calls itself TLP.", (harbour) =>
    replaced(nextVersion(harbour), '"name": "HARBOUR"', '"name": "TLP"'),
  ),
  pack("ERR_POLICY_EXPIRED", "A policy pack whose last day was the day before.", (harbour) =>
    replaced(nextVersion(harbour), '"validTo": null', '"validTo": "2026-11-21"'),
  ),
  pack("ERR_POLICY_NOT_NEWER", "A policy pack of the version that is known already.", (harbour) => harbour),
  pack("ERR_POLICY_FINGERPRINT", "A policy pack with the fingerprint of another.", nextVersion, {
    fingerprint: (harbour) => harbour,
  }),
  {
    name: "ERR_POLICY_FINGERPRINT-signer",
    description: "The text whose fingerprint was told, signed by another pinned authority.",
    kind: "signed-policy",
    make: async ({ harbour }) => ({
      bytes: sign("policy", nextVersion(harbour), [world.qmb.identity.signing]),
      fingerprint: packFingerprint(nextVersion(harbour), world.aab),
    }),
  },
  pack("ERR_POLICY_FINGERPRINT_NEEDED", "The first policy pack of a governor, without its fingerprint.", nextVersion, {
    fingerprint: null,
  }),
];
