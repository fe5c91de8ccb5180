// The real command line with its identities unlocked: what scrypt makes of a passphrase is kept in the folder it is
// started in, so that only the first run with an identity pays for it. For benchmarks, and for nothing else.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { main } from "../dist/cli/main.js";
import { engine } from "../dist/crypto/node-secret.js";

const { scrypt } = engine;
engine.scrypt = async (passphrase, salt) => {
  const name = `scrypt-${Buffer.from(salt).toString("hex")}`;
  if (!existsSync(name)) writeFileSync(name, await scrypt(passphrase, salt));
  return new Uint8Array(readFileSync(name));
};
main(process.argv.slice(2));
