// The officers of `dipbag demo`, for benchmarks that call the library. What scrypt makes of the passphrase is kept in a file
// of the folder, so that its memory is not counted.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engine } from "../dist/crypto/node-secret.js";
import { BUILT_IN, parseMarking, policies } from "../dist/index.js";
import { Home } from "../dist/node/index.js";

/** Makes `engine` ask scrypt once for each identity; the answers are kept in `folder`. */
export function rememberScrypt(folder) {
  const { scrypt } = engine;
  engine.scrypt = async (passphrase, salt) => {
    const name = join(folder, `scrypt-${Buffer.from(salt).toString("hex")}`);
    if (!existsSync(name)) writeFileSync(name, await scrypt(passphrase, salt));
    return new Uint8Array(readFileSync(name));
  };
}

/** Who sends, unlocked, and who receives. */
export async function withOfficers(homes) {
  rememberScrypt(homes);
  const home = new Home(join(homes, "duty"));
  const passphrase = readFileSync(join(homes, "passphrase")).subarray(0, -1);
  const identity = await home.identity("user", async () => passphrase);
  return { identity, card: await home.ownCard(), recipient: await home.find("watch.qmb@cert.example") };
}

export function planFor({ identity, card }, files, recipients) {
  const known = policies(...BUILT_IN.map(({ policy }) => policy));
  const created = Math.floor(Date.now() / 1000);
  const labels = {
    originator: {
      ...parseMarking("HARBOUR RESTRICTED REL TO AAB, QMB", known).marking,
      kind: "originator",
      originator: ["organisation", card.claims.identifiers[0]],
      created: `${new Date(1000 * created).toISOString().slice(0, 19)}Z`,
    },
  };
  const handling = { messageType: "exercise" };
  const portions = [{ labels, files, recipients }];
  return { identity, card, labels, handling, portions, policies: BUILT_IN, created, pad: true, hideRecipients: false };
}
