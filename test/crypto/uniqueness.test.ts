/** No key twice, and no nonce twice under one key: seen where AES-GCM is called, over 10,000 sealed portions. */

import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { engine as aead } from "#engine/aead";
import { engine as secrets } from "#engine/secret";
import { hex } from "../../src/bytes.ts";
import { pack } from "../../src/envelope/pack.ts";
import type { PackPlan } from "../../src/envelope/plan.ts";
import { file } from "../packing.ts";
import { labels, PACKS, T, world } from "../world.ts";

const ENVELOPES = 100;
const PORTIONS = 100;
const LABELS = labels("HARBOUR RESTRICTED REL TO HARBOUR");

const plan: PackPlan = {
  identity: world.duty.identity,
  card: world.duty.card,
  labels: LABELS,
  handling: { messageType: "exercise" },
  portions: Array(PORTIONS).fill({ labels: LABELS, files: [file("a", "b")], recipients: [world.port.card] }),
  policies: PACKS,
  created: T,
  pad: true,
  hideRecipients: false,
};

/** Each key with each nonce under which anything was sealed. */
const used = new Map<string, Set<string>>();
const twice: string[] = [];
beforeAll(() => {
  for (const engine of [aead, secrets]) {
    const { aesGcm } = engine;
    vi.spyOn(engine, "aesGcm").mockImplementation((key) => {
      const cipher = aesGcm(key);
      const nonces = used.get(hex(key)) ?? new Set();
      used.set(hex(key), nonces);
      return {
        ...cipher,
        seal: (nonce, ...rest) => {
          if (nonces.has(hex(nonce))) twice.push(`${hex(key)} ${hex(nonce)}`);
          nonces.add(hex(nonce));
          return cipher.seal(nonce, ...rest);
        },
      };
    });
  }
});
afterAll(() => vi.restoreAllMocks());

it("[64] 10,000 portions in 100 envelopes of one plan, each of which failed somewhere the first time", async () => {
  const digests = new Set<string>();
  let sealed = 0;
  for (let n = 0; n < ENVELOPES; n++) {
    const last = n % 10;
    let writes = 0;
    const full = async () => {
      // The head of a body and its one segment are two writes.
      if (++writes === 2 * (last + 1)) throw new Error("disk full");
    };
    await expect(pack(plan, { write: full })).rejects.toThrow("disk full");
    digests.add(hex((await pack(plan, { write: async () => {} })).digest));
    sealed += last + 1 + PORTIONS;
  }
  expect(digests.size).toBe(ENVELOPES);
  expect(sealed).toBeGreaterThan(ENVELOPES * PORTIONS);
  expect(twice).toEqual([]);
  // Each portion has a key of its own, and so has its one slot: no key is ever used again at all.
  expect(used.size).toBe(2 * sealed);
  expect([...used.values()].every(({ size }) => size === 1)).toBe(true);
});
