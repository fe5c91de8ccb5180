// What a recipient costs: the same small file packed for more and more of them. Each has a KEM key of its own; all else
// on their cards is one officer's, so that the cards need not be issued first.
import { thumbprint } from "../dist/cose/key.js";
import { X_WING } from "../dist/crypto/engine.js";
import { engine } from "../dist/crypto/node-secret.js";
import { random } from "../dist/crypto/random.js";
import { HPKE_9_KE } from "../dist/crypto/suites.js";
import { bytesSource, pack } from "../dist/index.js";
import { planFor, withOfficers } from "./officers.js";

/** Seconds for `most` recipients, and for fewer. `homes`: the folder that `dipbag demo` has made. */
export async function recipients(homes, most) {
  const officers = await withOfficers(homes);
  const all = Array.from({ length: most }, () => {
    const { publicKey } = engine.decapsulationKey(X_WING, random(32));
    const kem = { ...officers.recipient.kems[0], publicKey, kid: thumbprint(HPKE_9_KE, publicKey) };
    return { ...officers.recipient, digest: random(32), kems: [kem] };
  });
  const sink = { write: async () => {} };
  const results = [];
  for (const count of [1, Math.ceil(most / 4), Math.ceil(most / 2), most]) {
    const bytes = random(1000);
    const files = [{ name: "report.txt", mediaType: "text/plain", size: bytes.length, source: bytesSource(bytes) }];
    const start = performance.now();
    await pack(planFor(officers, files, all.slice(0, count)), sink);
    results.push({ count, seconds: (performance.now() - start) / 1000 });
  }
  return results;
}
