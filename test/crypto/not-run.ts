/** Every published vector of the files used here that is not run, and why; each test holds its counts to this list. */

export interface NotRun {
  file: string;
  what: string;
  count: number;
  why: string;
}

export const notRun: NotRun[] = [
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
];

/** How many vectors of a file the list says are not run. */
export const countNotRun = (file: string): number =>
  notRun.filter((entry) => entry.file === file).reduce((sum, entry) => sum + entry.count, 0);
