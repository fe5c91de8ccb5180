// Seals IN into OUT, streaming, with a package from another folder: node npm-peer.js FOLDER NAME IN OUT
import { createReadStream, createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";

const [folder, name, input, output] = process.argv.slice(2);
const { resolve: find } = createRequire(join(resolve(folder), "package.json"));
const bytes = Readable.toWeb(createReadStream(input, { highWaterMark: 2 ** 20 }));
const written = Writable.toWeb(createWriteStream(output));

const SEAL = {
  async "age-encryption"({ Encrypter, generateX25519Identity, generateIdentity, identityToRecipient }) {
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await (generateX25519Identity ?? generateIdentity)()));
    return encrypter.encrypt(bytes);
  },
  async openpgp(openpgp) {
    const { privateKey, publicKey } = await openpgp.generateKey({ userIDs: [{ name: "bench" }], format: "object" });
    const message = await openpgp.createMessage({ binary: bytes });
    const options = { encryptionKeys: publicKey, signingKeys: privateKey, format: "binary" };
    return openpgp.encrypt({ message, ...options, config: { preferredCompressionAlgorithm: 0 } });
  },
};
const sealed = await SEAL[name](await import(pathToFileURL(find(name)).href));
await sealed.pipeTo(written);
