// @ts-check
/**
 * Changes to bytes, and to what they say as CBOR: at every place of the tree, inside embedded byte strings too. Where a
 * change makes something longer or shorter, the byte strings around it say so, so that only the one place is at fault.
 * Plain JavaScript, for the fuzzer runs without a compiler.
 */

/** @typedef {readonly [at: number, removed: number, inserted: Uint8Array]} Edit */
/** Edits of one change, from the last place to the first: none moves the place of another. @typedef {readonly Edit[]} Change */
/**
 * One item. `path` is the same for the same place in another message; `within` the byte string that it is embedded in.
 * @typedef {{ start: number, body: number, end: number, major: number, argument: number, items: Node[], within: Node | null, path: string }} Node
 */

/**
 * @param {Uint8Array} bytes
 * @param {Change} change
 */
export function apply(bytes, change) {
  let out = bytes;
  for (const [at, removed, inserted] of change) {
    const next = new Uint8Array(out.length - removed + inserted.length);
    next.set(out.subarray(0, at));
    next.set(inserted, at);
    next.set(out.subarray(at + removed), at + inserted.length);
    out = next;
  }
  return out;
}

/** Numbers from 0 to below `limit`, the same for the same seed (mulberry32). @param {number} seed */
export function dice(seed) {
  let state = seed >>> 0;
  return (/** @type {number} */ limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const MAX_DEPTH = 64;
const latin1 = (/** @type {string} */ text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const from = (/** @type {string} */ hex) =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const join = (/** @type {Uint8Array[]} */ ...parts) => new Uint8Array(Buffer.concat(parts));

/** A head with an argument of `size` bytes. @param {number} major @param {number | bigint} argument @param {number} size */
function sizedHead(major, argument, size) {
  if (size === 0) return Uint8Array.of((major << 5) | Number(argument));
  const digits = BigInt(argument)
    .toString(16)
    .padStart(2 * size, "0");
  return join(Uint8Array.of((major << 5) | (24 + Math.log2(size))), from(digits));
}
/** @param {number} argument */
const sizeOf = (argument) => (argument < 24 ? 0 : ([1, 2, 4].find((size) => argument < 2 ** (8 * size)) ?? 8));
/** @param {number} major @param {number} argument */
const head = (major, argument) => sizedHead(major, argument, sizeOf(argument));

/** The items that stand one behind the other; null where the bytes are not that. @param {Uint8Array} bytes */
export function sequence(bytes) {
  const items = [];
  for (let at = 0; at < bytes.length; at = /** @type {Node} */ (items.at(-1)).end) {
    const item = parse(bytes, at, bytes.length, null, `${items.length}`, 0);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

/**
 * @param {Uint8Array} bytes @param {number} start @param {number} limit @param {Node | null} within
 * @param {string} path @param {number} depth @returns {Node | null}
 */
function parse(bytes, start, limit, within, path, depth) {
  const major = (bytes[start] ?? 0) >> 5;
  const info = (bytes[start] ?? 0) & 31;
  const size = info < 24 ? 0 : 1 << (info - 24);
  const body = start + 1 + size;
  if (info > 27 || body > limit || depth > MAX_DEPTH) return null;
  const argument = size === 0 ? info : bytes.subarray(start + 1, body).reduce((sum, byte) => sum * 256 + byte, 0);
  /** @type {Node} */
  const node = { start, body, end: body, major, argument, items: [], within, path };
  if (major === 2 || major === 3) {
    node.end = body + argument;
    if (node.end > limit) return null;
    const inside =
      major === 2 && (bytes[body] ?? 0) >> 5 >= 4 ? parse(bytes, body, node.end, node, `${path}~`, depth + 1) : null;
    if (inside?.end === node.end && inside.major < 7) node.items.push(inside);
    return node;
  }
  const count = major === 4 ? argument : major === 5 ? 2 * argument : major === 6 ? 1 : 0;
  for (let i = 0; i < count; i++) {
    const key = major === 5 ? node.items[i - (i % 2)] : undefined;
    const step =
      i % 2 === 1 && key !== undefined ? Buffer.from(bytes.subarray(key.start, key.end)).toString("hex") : `${i}`;
    const item = node.end < limit ? parse(bytes, node.end, limit, within, `${path}/${step}`, depth + 1) : null;
    if (item === null) return null;
    node.items.push(item);
    node.end = item.end;
  }
  return node;
}

/** @param {readonly Node[]} nodes @returns {Generator<Node>} */
export function* walk(nodes) {
  for (const node of nodes) {
    yield node;
    yield* walk(node.items);
  }
}

/** Puts `inserted` in the place of a node. @param {Node} node @param {Uint8Array} inserted @returns {Change} */
export function replaced(node, inserted) {
  /** @type {Edit[]} */
  const edits = [[node.start, node.end - node.start, inserted]];
  let growth = inserted.length - (node.end - node.start);
  for (let outer = node.within; outer !== null; outer = outer.within) {
    const said = head(2, outer.argument + growth);
    edits.push([outer.start, outer.body - outer.start, said]);
    growth += said.length - (outer.body - outer.start);
  }
  return edits;
}

/** Tags 0 to 5, 16 to 18, 24, 27 to 29, 51, 61, 96 to 98, 105, 258, 259, 55799 (RFC 8949 section 3.4, RFC 9052, and what decoders add). */
const TAGS = "c0 c1 c2 c3 c4 c5 d0 d1 d2 d818 d81b d81c d81d d833 d83d d860 d861 d862 d869 d90102 d90103 d9d9f7"
  .split(" ")
  .map(from);
/** One of everything: integers, strings, arrays, maps, simple values, floats, a break, a reference. */
const VALUES = [
  ..."00 01 20 1818 1bffffffffffffffff 3bffffffffffffffff 40 4100 60 6161 80 8100 a0 a10000 f4 f5 f6 f7 e0 f820".split(
    " ",
  ),
  ..."f90000 f97e00 fa7fc00000 fb41f0000000000000 fb3ff0000000000000 ff 5fff 7fff 9fff bfff c249010000000000000000 d81d00".split(
    " ",
  ),
].map(from);
const SIZES = [0xffffffffn, 0x100000000n, 0x1fffffffffffffn, 0x20000000000000n, 0xffffffffffffffffn];
/** Pairs that no map here has: unknown integers, a text, what a prototype has, a key that is neither. */
const PAIRS = [
  "1903e700",
  "3903e700",
  "616100",
  "695f5f70726f746f5f5f80",
  "6b636f6e7374727563746f7200",
  "f600",
  "410000",
  "8000",
].map(from);
/** Not UTF-8 (wrong, overlong, surrogate), a BOM, NUL, line feed, escape, right-to-left override, zero width, a combining mark. */
const TEXTS = [
  "\xff",
  "\xc0\x80",
  "\xed\xa0\x80",
  "\xef\xbb\xbf",
  "\0",
  "\n",
  "\x1b[2J",
  "\xe2\x80\xae",
  "\xe2\x80\x8b",
  "\xcc\x81",
].map(latin1);

/** Everything that can be wrong about one node. @param {Uint8Array} bytes @param {Node} node @returns {Generator<Change>} */
export function* changes(bytes, node) {
  const { major, argument, items, start, body, end } = node;
  const own = bytes.subarray(start, end);
  const content = bytes.subarray(body, end);
  const put = (/** @type {Uint8Array[]} */ ...parts) => replaced(node, join(...parts));

  for (const value of VALUES) yield put(value);
  for (const tag of TAGS) yield put(tag, own);
  yield put(head(2, own.length), own);
  for (const depth of [1, 17, 1000]) yield put(new Uint8Array(depth).fill(0x81), own);
  if (major === 7) return;

  for (const size of [1, 2, 4, 8]) if (size > body - start - 1) yield put(sizedHead(major, argument, size), content);
  for (const size of SIZES) yield put(sizedHead(major, size, 8), content);
  for (const info of [28, 29, 30]) yield put(Uint8Array.of((major << 5) | info), content);
  for (const other of [argument - 1, argument + 1]) if (other >= 0) yield put(head(major, other), content);
  for (let other = 0; other < 7; other++) if (other !== major) yield put(head(other, argument), content);
  if (major === 2 || major === 3) yield* strings(bytes, node);
  if (major === 2 || major === 3) yield put(Uint8Array.of((major << 5) | 31), own, Uint8Array.of(0xff));
  if (major === 4 || major === 5) yield put(Uint8Array.of((major << 5) | 31), content, Uint8Array.of(0xff));
  if (major === 4 || major === 5) yield* entries(bytes, node);
  if (major === 6) for (const item of items) yield put(bytes.subarray(item.start, item.end));
}

/** @param {Uint8Array} bytes @param {Node} node @returns {Generator<Change>} */
function* strings(bytes, node) {
  const { major, body, end, items } = node;
  const content = bytes.subarray(body, end);
  const say = (/** @type {Uint8Array[]} */ ...parts) => {
    const said = join(...parts);
    return replaced(node, join(head(major, said.length), said));
  };
  yield say(content, Uint8Array.of(0));
  yield say(Uint8Array.of(0), content);
  yield say(content.subarray(1));
  yield say(content.subarray(0, -1));
  yield say(content, content);
  yield say(content.slice().reverse());
  for (const byte of [0, 0xff]) yield say(new Uint8Array(content.length).fill(byte));
  if (major === 2) for (const item of items) yield replaced(node, bytes.subarray(item.start, item.end));
  if (major === 3) for (const text of TEXTS) yield* [say(text, content), say(content, text)];
}

/** Elements and pairs: left out, doubled, moved, added. @param {Uint8Array} bytes @param {Node} node @returns {Generator<Change>} */
function* entries(bytes, node) {
  const { major, items } = node;
  const width = major === 5 ? 2 : 1;
  const parts = items
    .filter((_, i) => i % width === 0)
    .map((item, i) => bytes.subarray(item.start, items[width * i + width - 1]?.end));
  const say = (/** @type {readonly Uint8Array[]} */ said) => replaced(node, join(head(major, said.length), ...said));
  for (const [i, part] of parts.entries()) {
    const rest = parts.filter((_, j) => j !== i);
    yield say(rest);
    yield say([...parts.slice(0, i), part, ...parts.slice(i)]);
    yield say([part, ...rest]);
    yield say([...rest, part]);
  }
  for (const extra of major === 5 ? PAIRS : VALUES) yield* [say([extra, ...parts]), say([...parts, extra])];
}

/** What is wrong with a few bytes anywhere. @param {Uint8Array} bytes @param {ReturnType<typeof dice>} roll @returns {Change} */
export function blind(bytes, roll) {
  const at = roll(bytes.length + 1);
  const some = () => Math.min(1 + roll(roll(8) === 0 ? 64 : 4), bytes.length - at);
  const place = roll(bytes.length);
  const found = bytes.subarray(place, place + some());
  switch (roll(6)) {
    case 0:
      return [[at, some(), new Uint8Array(0)]];
    case 1:
      return [[at, 0, Uint8Array.from({ length: 1 + roll(4) }, () => roll(256))]];
    case 2:
      return [[at, 0, found]];
    case 3:
      return [[at, Math.min(found.length, bytes.length - at), found]];
    case 4:
      return at < bytes.length ? [[at, 1, Uint8Array.of(/** @type {number} */ (bytes[at]) ^ (1 << roll(8)))]] : [];
    default:
      return at < bytes.length
        ? [
            [
              at,
              1,
              Uint8Array.of(roll(2) === 0 ? roll(256) : /** @type {number} */ ([0, 1, 0x7f, 0x80, 0xff][roll(5)])),
            ],
          ]
        : [];
  }
}
