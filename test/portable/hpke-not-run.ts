/** What of the published HPKE vectors the tests do not run, and why; held to the file by hpke.test.ts. */

export const HPKE_PQ = "hpke-pq/test-vectors.json";

export const HPKE_VECTORS_NOT_RUN: readonly { file: string; what: string; count: number; why: string }[] = [
  {
    file: HPKE_PQ,
    what: "KEM of ML-KEM-512, ML-KEM-768 and ML-KEM-1024 (0x0040, 0x0041, 0x0042 twice)",
    count: 4,
    why: "dipbag has no slot with a bare ML-KEM; ML-KEM itself is covered by the vectors of its engine",
  },
  { file: HPKE_PQ, what: "KEM of MLKEM768-P256 (0x0050 twice)", count: 2, why: "not a KEM of dipbag" },
  {
    file: HPKE_PQ,
    what: "KEM of DHKEM(P-256), DHKEM(P-384) and DHKEM(X448) (0x0010, 0x0011, 0x0021)",
    count: 3,
    why: "not KEMs of dipbag",
  },
  {
    file: HPKE_PQ,
    what: "key schedule with SHAKE128 (0x0010), TurboSHAKE128 (0x0012) or TurboSHAKE256 (0x0013)",
    count: 5,
    why: "not KDFs of dipbag; those with HKDF-SHA384 and ChaCha20Poly1305 are run with others' implementations",
  },
];
