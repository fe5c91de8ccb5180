/** Who may import whom: the house of docs, held to by what the files say. Types count: a name is a dependency too. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { equal } from "../src/bytes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const files = readdirSync(join(root, "src"), { recursive: true })
  .map((name) => normalize(`src/${name}`))
  .filter((name) => name.endsWith(".ts"));

const withoutComments = (file: string): string => read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
/** Comments and types are not code that runs. */
const code = (file: string): string =>
  withoutComments(file)
    .replace(/^(?:export )?(?:declare )?interface [\s\S]*?^}/gm, "")
    .replace(/^(?:export )?type [^=]*=[^;]*;/gm, "");

interface Import {
  readonly from: string;
  readonly name: string;
  /** Whether it is there when the program runs. */
  readonly runs: boolean;
}
const IMPORT = /\b(?:import|export)(\s+type)?\s[^"';]*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;
const importsOf = (file: string): Import[] =>
  [
    ...read(file)
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .matchAll(IMPORT),
  ].map(([, type, from, bare]) => ({
    from: file,
    name: from ?? bare ?? "",
    runs: type === undefined,
  }));
const all = files.flatMap(importsOf);

const engines: Record<string, Record<string, string>> = JSON.parse(read("package.json")).imports;
/** The files of this project that an import means: both engines, where it is that of an engine. */
function targets({ from, name }: Pick<Import, "from" | "name">): string[] {
  if (name.startsWith(".")) return [normalize(join(dirname(from), name))];
  const map = engines[name];
  if (map === undefined) return [];
  return [
    ...new Set(
      Object.values(map).map((path) =>
        path
          .replace(/^\.\/dist/, "src")
          .replace(/^\.\//, "")
          .replace(/\.js$/, ".ts"),
      ),
    ),
  ];
}

/** Rooms and their levels; what stands in src itself is of level 0, but for the public surface, which is of the top. */
const LEVEL: Record<string, number> = {
  /** The rows of the table in errors.ts. */
  errors: -1,
  cbor: 1,
  crypto: 1,
  cose: 2,
  trust: 3,
  label: 3,
  envelope: 4,
  node: 5,
  cli: 6,
};
const room = (file: string): string => file.split("/")[1] ?? "";
const level = (file: string): number => LEVEL[room(file)] ?? (file === "src/index.ts" ? 5 : 0);

describe("imports", () => {
  it("are found at all", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(all.length).toBeGreaterThan(200);
    expect(targets({ from: "", name: "#engine/secret" })).toEqual([
      "src/crypto/node-secret.ts",
      "src/crypto/web-secret.ts",
    ]);
  });
  it("name files that exist, with their ending", () => {
    for (const one of all)
      for (const target of targets(one)) expect(existsSync(join(root, target)), `${one.from}: ${one.name}`).toBe(true);
  });
  it("point downwards, or stay in the room: never upwards, never to a sibling", () => {
    const wrong = all.flatMap((one) =>
      targets(one)
        .filter((target) => room(target) !== room(one.from) && level(target) >= level(one.from))
        .map((target) => `${one.from} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });
  it("of a room that has no level do not occur", () => {
    expect(files.filter((file) => file.split("/").length > 2 && LEVEL[room(file)] === undefined)).toEqual([]);
  });
  it("go in no circle", () => {
    const state = new Map<string, "open" | "done">();
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "done") return;
      expect(state.get(file), [...path, file].join(" -> ")).toBeUndefined();
      state.set(file, "open");
      for (const one of importsOf(file).filter(({ runs }) => runs))
        for (const target of targets(one)) visit(target, [...path, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
  });

  const only = (what: RegExp, where: RegExp) =>
    expect(
      all.filter(({ from, name }) => what.test(name) && !where.test(from)).map(({ from, name }) => `${from}: ${name}`),
    ).toEqual([]);
  it("of node:* only in src/node, src/cli and the engine for Node", () =>
    only(/^node:/, /^src\/(node|cli)\/|^src\/crypto\/node-/));
  it("of noble and hpke only in src/crypto", () => only(/^@noble\/|^hpke/, /^src\/crypto\//));
  it("of cbor-x only in src/cbor", () => only(/^cbor-x/, /^src\/cbor\//));
  it("of saxes only where STANAG 4774 is read", () => only(/^saxes/, /^src\/label\/stanag4774\/xml\.ts$/));
  it("of commander only in src/cli", () => only(/^commander/, /^src\/cli\//));
  it("of nothing else from outside", () => only(/^(?![.#]|node:|@noble\/|hpke$|cbor-x\/|commander$|saxes$)/, /^$/));
});

describe("the surroundings", () => {
  const using = (what: RegExp, where: RegExp) =>
    expect(files.filter((file) => what.test(code(file)) && !where.test(file))).toEqual([]);
  it("process and console only in src/cli, but for the version of OpenSSL", () => {
    using(/(?<![.\w"])(?:process|console)\./, /^src\/cli\//);
    expect(
      all
        .filter(({ name }) => name === "node:process")
        .map(({ from }) => from)
        .filter((from) => !from.startsWith("src/cli/")),
    ).toEqual(["src/crypto/node-keys.ts"]);
  });
  it("WebCrypto only in src/crypto", () => using(/\bcrypto\.(?:subtle|getRandomValues)\b/, /^src\/crypto\//));
  it("no clock below src/node: time is an argument", () =>
    using(/\bDate\.now\(|\bnew Date\(\)|performance\.now/, /^src\/(node|cli)\//));
  it("no randomness but through the one door", () =>
    using(/\bMath\.random\b|\brandomBytes\b|\bgetRandomValues\b/, /^src\/crypto\/random\.ts$|^src\/node\//));
  it("the door's replacement is called by no source", () =>
    using(/\bwithRandomForTests\b/, /^src\/crypto\/random\.ts$/));
  it("no escape from the types", () => {
    const casts = /\bas unknown as\b|:\s*any\b|<any>|\bas any\b/;
    const escapes = files.filter(
      (file) => casts.test(withoutComments(file)) || /@ts-(?:ignore|expect|no)/.test(read(file)),
    );
    expect(escapes).toEqual([]);
  });
  it("nothing is evaluated", () => using(/\beval\(|\bnew Function\b/, /^$/));
});

it("[48] what has been verified is made by who verifies, and by nobody else", () => {
  const makers = (type: string) =>
    files.filter((file) => new RegExp(`\\bproven<${type}>|\\bas ${type}\\b`).test(code(file)));
  expect(makers("VerifiedHead")).toEqual(["src/envelope/verified.ts"]);
  expect(makers("VerifiedStatement")).toEqual(["src/envelope/statements.ts"]);
  expect(makers("OpenEnvelope")).toEqual(["src/envelope/verify.ts"]);
  expect(makers("VerifiedEnvelope")).toEqual(["src/envelope/verify.ts"]);
  expect(makers("VerifiedCard")).toEqual(["src/trust/pin.ts"]);
  expect(makers("GovernedPack")).toEqual(["src/envelope/policy-pack.ts"]);
  expect(makers("BuiltIn")).toEqual(["src/label/builtin.ts"]);
  expect(makers("PolicyPack")).toEqual([]);
  expect(makers("Pin")).toEqual(["src/trust/pin.ts"]);
  expect(files.filter((file) => /\bas Proven\b|\bas P\b/.test(code(file)))).toEqual(["src/proof.ts"]);
});

describe("[105] secret bytes are compared in one way", () => {
  // How this knows: bytes can be compared by `equal`, by a loop over them, by a function of the system, or as text that was
  // made of them. What is not `equal` is listed here, with what it compares; a new one fails until somebody has said what.
  const ROOMS = /^src\/(bytes|(cbor|crypto|cose|envelope|trust|node)\/.*|cli\/prompt)\.ts$/;
  const TEXT = String.raw`(?:hex|fromUtf8|digitsOf|String|Buffer\.from)\([^\n]*?\)`;
  const OTHER = new RegExp(
    String.raw`\bcompare\(|timingSafeEqual|\.equals\(|\.(?:every|some|find|findIndex|includes|indexOf)\(\(?byte|${TEXT} ?[!=]==|[!=]== ${TEXT}|${TEXT}\.startsWith\(|\[\w+\](?: as number\))? (?:[!=]==|\^) `,
    "g",
  );
  const PUBLIC: Record<string, readonly [times: number, what: string]> = {
    "src/bytes.ts": [2, "equal and compare themselves"],
    "src/cbor/codec.ts": [3, "a tag; encoded keys of maps"],
    "src/cbor/scan.ts": [2, "encoded keys of maps; how a text begins"],
    "src/crypto/node-kems.ts": [1, "the first byte of an encapsulated key"],
    "src/crypto/public-keys.ts": [3, "a point of a public key or signature"],
    "src/envelope/armour.ts": [1, "how armour begins"],
    "src/envelope/head.ts": [3, "roles; names of an audience and of policies"],
    "src/envelope/policy-pack.ts": [1, "a fingerprint"],
    "src/envelope/statements.ts": [1, "how a statement begins"],
    "src/envelope/verified.ts": [1, "whether a signer has signed"],
    "src/trust/pin.ts": [1, "a fingerprint"],
    "src/trust/request.ts": [1, "how a sealed card begins"],
    "src/node/home.ts": [2, "names and digests of cards and policies"],
    "src/node/temporary.ts": [1, "when a process was started"],
  };
  const found = files
    .filter((file) => ROOMS.test(file))
    .flatMap((file) => [...code(file).matchAll(OTHER)].map(([text]) => `${file}: ${text}`));
  const places = (what: RegExp) =>
    files.filter((file) => ROOMS.test(file) && file !== "src/bytes.ts" && what.test(code(file)));

  it("otherwise nothing but what is public is", () => {
    const times: Record<string, number> = {};
    for (const [file = ""] of found.map((one) => one.split(":", 1))) times[file] = (times[file] ?? 0) + 1;
    const listed = Object.fromEntries(Object.entries(PUBLIC).map(([file, [count]]) => [file, count]));
    expect(times, found.join("\n")).toEqual(listed);
  });
  it("the key commitment, the seeds of kept keys and a passphrase typed twice, by equal", () => {
    for (const [file, call] of [
      ["src/crypto/floe.ts", "equal(header, expected.header)"],
      ["src/crypto/node-kems.ts", "equal(last.seed, seed)"],
      ["src/cli/prompt.ts", "equal(first, await ask("],
    ] as const)
      expect(code(file)).toContain(call);
  });
  it("tags of AES-GCM by OpenSSL and WebCrypto, and by nobody else: no file computes a tag or MAC to compare", () => {
    expect(places(/createDecipheriv|subtle\.decrypt/)).toEqual(["src/crypto/node-aead.ts", "src/crypto/web-aead.ts"]);
    expect(places(/getAuthTag/)).toEqual(["src/crypto/node-aead.ts"]);
    expect(places(/\.hmacSha384\(/)).toEqual(["src/crypto/floe.ts"]);
  });
  it("and equal reads every byte, whichever is the first that differs", () => {
    const reads = (a: Uint8Array, b: Uint8Array) => {
      let count = 0;
      const get = (bytes: Uint8Array, key: string | symbol) => {
        if (typeof key === "string" && /^\d+$/.test(key)) count++;
        return Reflect.get(bytes, key);
      };
      const result = equal(new Proxy(a, { get }), new Proxy(b, { get }));
      return { result, count };
    };
    const honest = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(reads(honest, honest.slice())).toEqual({ result: true, count: 64 });
    for (const at of [0, 15, 31]) expect(reads(honest, honest.with(at, 99))).toEqual({ result: false, count: 64 });
    expect(reads(honest, new Uint8Array(32).fill(99))).toEqual({ result: false, count: 64 });
  });
});

describe("verify cannot decrypt", () => {
  /** What is loaded with `start`, and by way of which files. */
  type Reach = Map<string, readonly string[]>;
  function reachable(start: string): Reach {
    const found = new Map<string, readonly string[]>([[start, [start]]]);
    for (const [file, chain] of found) {
      for (const one of importsOf(file).filter(({ runs }) => runs)) {
        for (const target of targets(one)) if (!found.has(target)) found.set(target, [...chain, target]);
      }
    }
    return found;
  }
  const [verify, checker, sealer] = ["envelope/verify", "node/check-worker", "node/seal-worker"].map((name) =>
    reachable(`src/${name}.ts`),
  ) as [Reach, Reach, Reach];
  const reach = new Map([...verify, ...checker]);
  const chains = (wrong: (file: string) => boolean, from = reach) =>
    [...from].filter(([file]) => wrong(file)).map(([, chain]) => chain.join(" -> "));

  it("reaches both engines' public halves", () => {
    for (const file of ["node-public", "web-public", "floe-layout"])
      expect([...reach.keys()]).toContain(`src/crypto/${file}.ts`);
  });
  it("reaches no secret half, no HPKE, no FLOE, nothing that opens", () => {
    const secret =
      /^src\/(cose\/(un)?wrap|crypto\/(floe(-segments)?|hpke|secret-keys|(node|web)-(secret|aead)|node-kems|node-private-keys)|envelope\/(unpack|pack|withhold|seal|open)|trust\/(identity|request))\.ts$/;
    expect(chains((file) => secret.test(file))).toEqual([]);
    expect(files.filter((file) => secret.test(file)).length).toBe(19);
  });
  it("nor does the thread that helps; the one that helps to pack and unpack reaches no more than AES-GCM and SHA-256", () => {
    expect([...checker.keys()].filter((file) => file.startsWith("src/crypto/")).sort()).toEqual([
      "src/crypto/node-hash.ts",
      "src/crypto/web-hash.ts",
    ]);
    const keys = /^src\/(cose|trust|label|cli)\/|^src\/crypto\/(node|web)-(secret|public|k)|identity|passphrase/;
    expect(chains((file) => keys.test(file), sealer)).toEqual([]);
    expect([...sealer.keys()].sort()).toContain("src/crypto/node-aead.ts");
  });
  it("contains no call that decrypts, decapsulates, signs or holds a private key", () => {
    const words =
      /createDecipheriv|decapsul|\.decrypt\b|createPrivateKey|diffieHellman|getSharedSecret|subtle|createSecretKey|\bscrypt/i;
    expect(chains((file) => words.test(code(file)))).toEqual([]);
    for (const kind of ["node-secret", "web-secret", "node-aead", "web-aead"])
      expect(words.test(code(`src/crypto/${kind}.ts`))).toBe(true);
  });
  it("asks for no randomness", () => expect(chains((file) => file === "src/crypto/random.ts")).toEqual([]));
});
