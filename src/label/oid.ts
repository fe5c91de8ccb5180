/** Object identifiers of labels: content octets (X.690 section 8.19) and the dotted form of RFC 3061. */

/** Octets in a label. */
export const MAX_OID = 64;
/** The longest dotted form of 64 octets is far shorter. */
const MAX_DOTTED = 300;
const DOTTED = /^[0-2](?:\.(?:0|[1-9]\d*))+$/;

/** The dotted form of content octets; undefined where they are not those of an object identifier. */
export function oidText(octets: Uint8Array): string | undefined {
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const octet of octets) {
    // An arc that begins with 0x80 is longer than it needs to be.
    if (fresh && octet === 0x80) return undefined;
    arc = arc * 128n + BigInt(octet & 127);
    fresh = octet < 128;
    if (!fresh) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [joint, ...rest] = arcs;
  if (!fresh || joint === undefined) return undefined;
  const first = joint < 80n ? joint / 40n : 2n;
  return [first, joint - first * 40n, ...rest].join(".");
}

/** The content octets of a dotted object identifier; undefined for any other text, and where there are more than a label holds. */
export function oidFromText(text: string): Uint8Array | undefined {
  if (text.length > MAX_DOTTED || !DOTTED.test(text)) return undefined;
  const octets = oidBytes(text);
  return octets.length <= MAX_OID && oidText(octets) === text ? octets : undefined;
}

function oidBytes(dotted: string): Uint8Array {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const base128 = (arc: bigint): number[] => {
    const out = [Number(arc & 127n)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) out.unshift(128 + Number(left & 127n));
    return out;
  };
  return Uint8Array.from([first * 40n + second, ...rest].flatMap(base128));
}
