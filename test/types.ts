/** What the compiler must refuse: things that were not proven, where proven ones are wanted. `npm run lint` compiles this. */

import type {
  OpenEnvelope,
  OpenedPortion,
  Pin,
  Reader,
  Trust,
  UnverifiedHead,
  UnverifiedPolicy,
  VerifiedCard,
  VerifiedEnvelope,
  VerifiedHead,
} from "../src/index.ts";
import { requireAllSigned, unpack } from "../src/index.ts";

export function refused(
  envelope: VerifiedEnvelope,
  opened: OpenEnvelope,
  head: UnverifiedHead,
  verified: VerifiedHead,
  [card, other]: readonly [VerifiedCard, VerifiedCard],
  pin: Pin,
  reader: Reader,
  policy: UnverifiedPolicy,
): AsyncGenerator<OpenedPortion> {
  // @ts-expect-error a head that nobody has verified
  requireAllSigned(head);
  // @ts-expect-error the proof of one head does not hold for another
  requireAllSigned({ ...verified, ...head });
  // @ts-expect-error nor for a copy that could be changed
  const copied: VerifiedCard = { ...card, claims: other.claims };
  // @ts-expect-error an authority is pinned by its fingerprint, not by saying so
  const made: Pin = { authority: copied, scope: pin.scope };
  // @ts-expect-error a policy pack by nobody knows whom
  const policies: Trust["policies"] = [policy];
  // @ts-expect-error an envelope of which no body has been looked at
  const whole: VerifiedEnvelope = opened;
  // @ts-expect-error an envelope with other statements than were verified
  return unpack({ ...envelope, statements: [], pins: [made], policies, end: whole.end }, reader);
}
