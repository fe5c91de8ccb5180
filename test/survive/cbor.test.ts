/** Sections A to C of the attacks: CBOR that is wrong at one place, at every place of the tree; and places of others. */

import { expect, it } from "vitest";
import { Attempts, type Honest, honest, isLong, minutes, seed } from "./attempt.ts";
import { apply, changes, dice, type Node, replaced, sequence, walk } from "./mutate.js";

const trees = honest.flatMap((one) => {
  const nodes = sequence(one.bytes);
  return nodes === null ? [] : [{ one, nodes, places: [...walk(nodes)] }];
});
type Tree = (typeof trees)[number];

const attempts = new Attempts();
/** One of so many is tried, so that those of all envelopes together are tried in a minute. */
const [CHANGES, SPLICES] = isLong ? [1, 1] : [16, 3];
/** What is behind the head costs its signatures each time; what is large, copies of it, which fill the memory. */
const skips = (one: Honest, place: Node, among: number) => {
  const behind = !place.path.startsWith("0") && !isLong ? 8 : 1;
  const large = one.bytes.length > 2 ** 20 ? (isLong ? 16 : 64) : 1;
  return behind * large * among;
};

it("[3] [4] [5] [6] [8] [9] [11] [12] [15] [18] [19] [21] [24] each item in every wrong form", async () => {
  for (const { one, places } of trees) {
    const roll = dice(seed + one.bytes.length);
    for (const place of places) {
      let number = 0;
      for (const change of changes(one.bytes, place)) {
        number++;
        if (roll(skips(one, place, CHANGES)) > 0) continue;
        await attempts.try(one, apply(one.bytes, change), () => `change ${number} of ${place.path}`);
      }
    }
  }
});

/** Puts what stands at the same place of another envelope in the place of each item that is not the same there. */
function* spliced({ one, places }: Tree, other: Tree): Generator<readonly [what: string, bytes: Uint8Array, Node]> {
  const theirs = new Map(other.places.map((place) => [place.path, place]));
  for (const place of places) {
    const found = theirs.get(place.path);
    if (found === undefined) continue;
    const item = other.one.bytes.subarray(found.start, found.end);
    const change = replaced(place, item);
    yield [`${place.path} of ${other.one.name}`, apply(one.bytes, change), place];
  }
}

it("[49] [57] [71] each item of one envelope in the place of that of another", async () => {
  const roll = dice(seed);
  for (const tree of trees) {
    const others = isLong ? trees : Array.from({ length: 4 }, () => trees[roll(trees.length)] as Tree);
    for (const other of others) {
      for (const [what, bytes, place] of spliced(tree, other)) {
        if (roll(skips(tree.one, place, SPLICES)) === 0) await attempts.try(tree.one, bytes, () => what);
      }
    }
  }
});

/** [start, end] of both change places; nothing stands between them that is not moved. */
const exchanged = (bytes: Uint8Array, a: Node, b: Node): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      bytes.subarray(0, a.start),
      bytes.subarray(b.start, b.end),
      bytes.subarray(a.end, b.start),
      bytes.subarray(a.start, a.end),
      bytes.subarray(b.end),
    ]),
  );

it("[49] [57] [68] items of one envelope that change places, are left out or stand twice", async () => {
  for (const { one, nodes } of trees) {
    for (const [i, node] of nodes.entries()) {
      await attempts.try(one, apply(one.bytes, replaced(node, new Uint8Array(0))), () => `without item ${i}`);
      const twice = one.bytes.subarray(node.start, node.end);
      await attempts.try(one, apply(one.bytes, [[node.start, 0, twice]]), () => `item ${i} twice`);
      for (const later of nodes.slice(i + 1)) {
        await attempts.try(one, exchanged(one.bytes, node, later), () => `item ${i} and ${later.path}`);
      }
    }
  }
});

it.runIf(isLong)("several changes at random", async () => {
  const roll = dice(seed);
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
    const { one } = trees[roll(trees.length)] as Tree;
    let { bytes } = one;
    for (let left = 1 + roll(3); left > 0; left--) bytes = apply(bytes, anyChange(bytes, roll));
    await attempts.try(one, bytes, () => `random change, case ${attempts.cases}`);
  }
});

/** Also of what is no longer CBOR: then there is nothing to change. */
function anyChange(bytes: Uint8Array, roll: ReturnType<typeof dice>) {
  const places = [...walk(sequence(bytes) ?? [])];
  const place = places[roll(places.length)];
  const all = place === undefined ? [] : [...changes(bytes, place)];
  return all[roll(all.length)] ?? [];
}

it("none took a second or 300 MB", () => {
  if (isLong) process.stdout.write(`cbor: ${attempts}\n`);
  expect(attempts.isBounded, `${attempts}`).toBe(true);
  expect(attempts.cases).toBeGreaterThan(40_000);
});
