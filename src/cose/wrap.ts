/** Sealing a content-encryption key into a key slot (draft-ietf-cose-hpke section 3.2). */

import { engine } from "#engine/secret";
import { hpkeSeal } from "../crypto/hpke.ts";
import { SUITES } from "../crypto/suites.ts";
import type { KemKey } from "./key.ts";
import { FLOE_ALG, type Recipient, recipientInfo, recipientProtected } from "./slots.ts";

const NO_AAD = new Uint8Array(0);

/** `binding`: 32 bytes that the slot is good for, and nothing else. `hidden` leaves out the kid. */
export async function wrapKey(key: KemKey, hidden: boolean, cek: Uint8Array, binding: Uint8Array): Promise<Recipient> {
  const header = recipientProtected(key.alg, hidden ? null : key.kid);
  const info = recipientInfo(FLOE_ALG, header.bytes, binding);
  const recipient = engine.encapsulationKey(SUITES[key.alg].kem, key.publicKey);
  const { encapsulated, ciphertext } = await hpkeSeal(key.alg, recipient, info, NO_AAD, cek);
  return [header, { ek: encapsulated }, ciphertext];
}
