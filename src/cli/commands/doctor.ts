/** `dipbag doctor`: what this dipbag runs on, and whether its algorithms work here. */

import type { Command } from "commander";
import { engine as publicEngine } from "#engine/public";
import { engine } from "#engine/secret";
import { equal, fromHex, utf8 } from "../../bytes.ts";
import { ED25519, ML_DSA_65, ML_DSA_87, type SignatureAlg } from "../../crypto/engine.ts";
import { startDecryption, startEncryption } from "../../crypto/floe.ts";
import { hpkeOpen, hpkeSeal } from "../../crypto/hpke.ts";
import { HPKE_3_KE, HPKE_9_KE, HPKE_10_KE, SUITES, type SuiteAlg } from "../../crypto/suites.ts";
import { fail } from "../../errors.ts";
import { Home } from "../../node/home.ts";
import { type Context, VERSION } from "../context.ts";
import { show } from "../output.ts";

/** RFC 8032 section 7.1, test 1: secret key and public key. */
const SEED = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const ED25519_PUBLIC = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
/** FIPS 180-4 example: SHA-256 of "abc". */
const SHA256_ABC = fromHex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
const MESSAGE = utf8("EXERCISE");
const NOTHING = new Uint8Array(0);

/** Each algorithm does its work and refuses one flipped bit. */
const CHECKS: readonly (readonly [name: string, works: () => boolean | Promise<boolean>])[] = [
  ["SHA-256", () => equal(publicEngine.sha256(utf8("abc")), SHA256_ABC)],
  ["Ed25519", () => equal(engine.signingKey(ED25519, SEED).publicKey, ED25519_PUBLIC) && signs(ED25519)],
  ["ML-DSA-65", () => signs(ML_DSA_65)],
  ["ML-DSA-87", () => signs(ML_DSA_87)],
  ["X-Wing", () => seals(HPKE_9_KE)],
  ["MLKEM1024-P384", () => seals(HPKE_10_KE)],
  ["X25519", () => seals(HPKE_3_KE)],
  ["FLOE", floes],
];

function signs(alg: SignatureAlg): boolean {
  const key = engine.signingKey(alg, SEED);
  const verifier = publicEngine.verifyKey(alg, key.publicKey);
  const signature = key.sign(MESSAGE);
  return verifier.verify(MESSAGE, signature) && !verifier.verify(MESSAGE, flipped(signature));
}

async function seals(alg: SuiteAlg): Promise<boolean> {
  const key = engine.decapsulationKey(SUITES[alg].kem, SEED);
  const recipient = engine.encapsulationKey(SUITES[alg].kem, key.publicKey);
  const { encapsulated, ciphertext } = await hpkeSeal(alg, recipient, NOTHING, NOTHING, MESSAGE);
  const open = (bytes: Uint8Array) => hpkeOpen(alg, key, encapsulated, NOTHING, NOTHING, bytes);
  const opened = await open(ciphertext);
  return opened !== null && equal(opened, MESSAGE) && (await open(flipped(ciphertext))) === null;
}

async function floes(): Promise<boolean> {
  const floe = startEncryption(SEED, SEED, NOTHING, 2 ** 20);
  const segment = await floe.sealSegment(0, true, SEED.subarray(0, 12), MESSAGE);
  const reader = startDecryption(SEED, floe.header, NOTHING, 2 ** 20);
  const opened = await reader?.openSegment(0, true, segment);
  const refused = startDecryption(SEED, flipped(floe.header), NOTHING, 2 ** 20) === null;
  return opened != null && equal(opened, MESSAGE) && refused;
}

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

export function command(command: Command, context: Context): void {
  command
    .description("Shows what this dipbag runs on, and tests its algorithms and your home here.")
    .action(async () => {
      const facts = {
        dipbag: VERSION,
        node: process.versions.node,
        system: `${process.platform} ${process.arch}`,
        engine: publicEngine.description,
        home: context.home,
      };
      const algorithms = [];
      for (const [name, works] of CHECKS) algorithms.push({ name, works: await works() });
      const broken = algorithms.find(({ works }) => !works);
      const [closed] = await Promise.allSettled([new Home(context.home).requireClosed()]);
      const isSound = broken === undefined && closed.status === "fulfilled";
      if (context.asJson && isSound) await context.json({ schema: "dipbag/doctor/1", ...facts, algorithms });
      if (!context.asJson) {
        const rows = [
          ...Object.entries(facts),
          ...algorithms.map(({ name, works }) => [name, works ? "works" : "FAILS"]),
        ];
        for (const [name = "", fact = ""] of rows) {
          await context.out(`${context.style.bold(name.padEnd(15))} ${show(String(fact))}\n`);
        }
      }
      if (broken !== undefined) fail("ERR_SELF_TEST", { algorithm: broken.name });
      // Only now: what it runs on is wanted above all where something is wrong.
      if (closed.status === "rejected") throw closed.reason;
    });
}
