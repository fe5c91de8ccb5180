/** What of the published COSE vectors the tests do not run, and why; held to the files by cose-published.test.ts. */

export const COSE_HPKE = "cose-hpke/testvectors.txt";
export const COSE_HPKE_PQ = "cose-hpke-pq-pqt/cose-vectors.json";
export const COSE_ML_DSA = "cose-mldsa";
export const COSE_WG = "cose-wg-examples";
export const COSE_RECEIPTS = "cose-receipts";

export const COSE_VECTORS_NOT_RUN: readonly { file: string; what: string; count: number; why: string }[] = [
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
