// Who seals and opens in benchmarks that call the library: the officers of `dipbag demo`, and as many more as are asked for.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicKey, thumbprint } from "../dist/cose/key.js";
import { ED25519, ML_DSA_65, X_WING } from "../dist/crypto/engine.js";
import { engine } from "../dist/crypto/node-secret.js";
import { random } from "../dist/crypto/random.js";
import { HPKE_9_KE } from "../dist/crypto/suites.js";
import { BUILT_IN, parseCard, parseMarking, policies, signCard, verifyCard } from "../dist/index.js";
import { Home } from "../dist/node/index.js";

export const NOW = Math.floor(Date.now() / 1000);

/** scrypt is asked once for each identity; the answers are kept beside `homes`, where unlocked.cjs keeps them. */
async function unlocked(homes, name, self) {
  const { scrypt } = engine;
  engine.scrypt = async (passphrase, salt) => {
    const kept = join(homes, "..", `scrypt-${Buffer.from(salt).toString("hex")}`);
    if (!existsSync(kept)) writeFileSync(kept, await scrypt(passphrase, salt), { mode: 0o600 });
    return new Uint8Array(readFileSync(kept));
  };
  try {
    const passphrase = readFileSync(join(homes, "passphrase")).subarray(0, -1);
    return await new Home(join(homes, name)).identity(self, async () => passphrase);
  } finally {
    engine.scrypt = scrypt;
  }
}

/** The duty officer, who seals; the watch, who opens; what a pipeline without keys trusts. `homes`: what `dipbag demo` has made. */
export async function officers(homes) {
  const [duty, watch] = ["duty", "watch"].map((name) => new Home(join(homes, name)));
  return {
    identity: await unlocked(homes, "duty", "user"),
    card: await duty.ownCard(),
    recipient: await watch.ownCard(),
    reader: { identity: await unlocked(homes, "watch", "user"), card: await watch.ownCard() },
    trust: await new Home(join(homes, "pipeline")).trust(),
  };
}

/** `count` officers with keys of their own, on cards that the authority of AAB has issued like that of the duty officer. */
export async function moreOfficers(homes, count) {
  const { trust, card, recipient } = await officers(homes);
  const authority = await unlocked(homes, "authority-aab", "authority");
  return Array.from({ length: count }, (_, i) => {
    const signing = {
      classical: engine.signingKey(ED25519, random(32)),
      postQuantum: engine.signingKey(ML_DSA_65, random(32)),
    };
    const key = engine.decapsulationKey(X_WING, random(32));
    const kems = [{ alg: HPKE_9_KE, key, kid: thumbprint(HPKE_9_KE, key.publicKey) }];
    const publicKeys = [...Object.values(signing), { ...key, alg: HPKE_9_KE }].map((own) =>
      publicKey(own.alg, own.publicKey),
    );
    const name = `officer-${i}.aab@cert.example`;
    const claims = { ...card.claims, id: random(16), name, subject: name, keys: publicKeys };
    return {
      identity: { signing, kems, publicKeys },
      card: verifyCard(parseCard(signCard(claims, authority.signing)), trust.pins),
      recipient,
    };
  });
}

/** `portions`: the files of each. */
export function planFor({ identity, card }, portions, recipients) {
  const known = policies(...BUILT_IN.map(({ policy }) => policy));
  const labels = {
    originator: {
      ...parseMarking("HARBOUR RESTRICTED REL TO AAB, QMB", known).marking,
      kind: "originator",
      originator: ["organisation", card.claims.identifiers[0]],
      created: `${new Date(1000 * NOW).toISOString().slice(0, 19)}Z`,
    },
  };
  return {
    ...{ identity, card, labels, handling: { messageType: "exercise" }, policies: BUILT_IN, created: NOW },
    ...{ pad: true, hideRecipients: false },
    portions: portions.map((files) => ({ labels, files, recipients })),
  };
}
