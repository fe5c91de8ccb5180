/**
 * Every published vector that is not run, and why. The tests hold the counts to the files: what they run and what stands
 * here is all there is. (Some files stand here twice, for two things that are taken from them.)
 */

export const HPKE_PQ = "hpke-pq/test-vectors.json";
export const COSE_HPKE = "cose-hpke/testvectors.txt";
export const COSE_HPKE_PQ = "cose-hpke-pq-pqt/cose-vectors.json";
export const COSE_ML_DSA = "cose-mldsa";
export const COSE_WG = "cose-wg-examples";
export const COSE_RECEIPTS = "cose-receipts";

export interface NotRun {
  readonly file: string;
  readonly what: string;
  readonly count: number;
  readonly why: string;
}

export const NOT_RUN: readonly NotRun[] = [
  {
    file: "wycheproof/aes_gcm_test.json",
    what: "192-bit keys",
    count: 105,
    why: "the interface takes 128 and 256 bits",
  },
  {
    file: "wycheproof/aes_gcm_test.json",
    what: "nonces other than 96 bits with 128- and 256-bit keys",
    count: 78,
    why: "the interface takes 96 bits only",
  },
  {
    file: "wycheproof/mldsa_65_sign_seed_test.json",
    what: "with a ctx that is not empty",
    count: 4,
    why: "RFC 9964 has the empty context only",
  },
  {
    file: "wycheproof/mldsa_65_sign_seed_test.json",
    what: "flag Internal: only µ is given",
    count: 17,
    why: "the interface signs messages, not their representatives",
  },
  {
    file: "wycheproof/mldsa_65_verify_test.json",
    what: "with a ctx that is not empty",
    count: 7,
    why: "RFC 9964 has the empty context only",
  },
  {
    file: "wycheproof/mldsa_87_verify_test.json",
    what: "with a ctx that is not empty",
    count: 7,
    why: "RFC 9964 has the empty context only",
  },
  {
    file: "wycheproof/hkdf_sha512_test.json",
    what: "all",
    count: 83,
    why: "the interface has HKDF over SHA-256 only; Wycheproof's file for it is not among the vectors",
  },
  {
    file: "acvp/ML-DSA-keyGen-FIPS204.internalProjection.json.gz",
    what: "ML-DSA-44",
    count: 25,
    why: "not offered",
  },
  { file: "acvp/ML-KEM-keyGen-FIPS203.internalProjection.json.gz", what: "ML-KEM-512", count: 25, why: "not offered" },
  {
    file: "acvp/ML-KEM-encapDecap-FIPS203.internalProjection.json.gz",
    what: "ML-KEM-512",
    count: 55,
    why: "not offered",
  },
  {
    file: "cctv/ML-KEM/intermediate/*.txt, cctv/ML-KEM/unluckysample/*.txt",
    what: "d || z to ek, and the intermediate values",
    count: 4,
    why: "key generation of the draft of FIPS 203, without the byte k of algorithm 13; ek, dk, m, c and K are run",
  },
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
  {
    file: COSE_HPKE,
    what: "key encryption with HPKE-0, 1, 2, 4, 5, 6 and 7 (eight variants each)",
    count: 56,
    why: "dipbag has the suites HPKE-3-KE, HPKE-9-KE and HPKE-10-KE only",
  },
  {
    file: COSE_HPKE,
    what: "integrated encryption (Encrypt0) with HPKE-0 to 7, with and without PSK",
    count: 64,
    why: "dipbag encrypts keys only, never content, with HPKE",
  },
  {
    file: COSE_HPKE,
    what: "key encryption with a PSK (HPKE-0 to 7)",
    count: 64,
    why: "dipbag uses HPKE's base mode only",
  },
  {
    file: COSE_HPKE_PQ,
    what: "integrated encryption with HPKE-8 to 13",
    count: 6,
    why: "dipbag encrypts keys only, never content, with HPKE",
  },
  {
    file: COSE_HPKE_PQ,
    what: "HPKE-8-KE (MLKEM768-P256) and HPKE-11-KE to 13-KE (bare ML-KEM)",
    count: 4,
    why: "not suites of dipbag; their key thumbprints are checked",
  },
  {
    file: COSE_ML_DSA,
    what: "the signature of ML_DSA_44",
    count: 1,
    why: "not an algorithm of dipbag; its key thumbprint and its Sig_structure are checked",
  },
  {
    file: COSE_WG,
    what: "CWT A.4 to A.7 (COSE_Mac0, COSE_Encrypt0)",
    count: 4,
    why: "dipbag has no MAC and no COSE_Encrypt0; A.3 is checked as a Sig_structure and as claims",
  },
  {
    file: COSE_WG,
    what: "COSE_Mac, COSE_Mac0 and COSE_Encrypt0 with countersignatures",
    count: 6,
    why: "dipbag has none of these; where a COSE_Sign, COSE_Sign1 or COSE_Encrypt has one, the rest is checked",
  },
  {
    file: COSE_RECEIPTS,
    what: "inclusion and consistency receipts",
    count: 2,
    why: "not structures of src/cose",
  },
];

/** How many vectors of a file the list says are not run, of those whose `what` begins with these words. */
export const countNotRun = (file: string, what = ""): number =>
  NOT_RUN.filter((entry) => entry.file === file && entry.what.startsWith(what)).reduce(
    (sum, { count }) => sum + count,
    0,
  );
