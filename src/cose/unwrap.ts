/** Opening a key slot (draft-ietf-cose-hpke section 3.2). Nothing that only verifies may import this. */

import type { DecapsulationKey } from "../crypto/engine.ts";
import { hpkeOpen } from "../crypto/hpke.ts";
import { SUITES } from "../crypto/suites.ts";
import { FLOE_ALG, type Recipient, recipientInfo } from "./slots.ts";

/** The content-encryption key, or null without a cause where the slot was not sealed for this key and binding. */
export async function unwrapKey(
  [header, { ek }, wrapped]: Recipient,
  key: DecapsulationKey,
  binding: Uint8Array,
): Promise<Uint8Array | null> {
  if (key.kem !== SUITES[header.value.alg].kem) return null;
  return hpkeOpen(
    header.value.alg,
    key,
    ek,
    recipientInfo(FLOE_ALG, header.bytes, binding),
    new Uint8Array(0),
    wrapped,
  );
}
