/** What comes with dipbag (A107): few packages, named, pinned, and none that runs anything when it is installed. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface Entry {
  readonly version: string;
  /** An address, where it is not just the registry's; and a folder of the project itself. */
  readonly resolved?: string;
  readonly link?: true;
  readonly integrity?: string;
  readonly license: string;
  readonly dev?: true;
  readonly optional?: true;
  readonly hasInstallScript?: true;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
interface Component {
  readonly name: string;
  readonly version: string;
  readonly scope: string;
  readonly purl: string;
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly licenses: readonly { license: { id: string } }[];
}

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8");
const manifest = JSON.parse(read("package.json"));
const locked = (folder = ""): Record<string, Entry> => JSON.parse(read(`${folder}package-lock.json`)).packages;
const entries = (folder = "") => Object.entries(locked(folder)).filter(([path]) => path !== "");
const nameOf = (path: string) => path.replace(/^.*node_modules\//, "");

/** What installing dipbag can bring along: the closure of its dependencies, walked here from the lockfile's own edges. */
function closure(): string[] {
  const packages = locked();
  const found = new Set<string>();
  const walk = ({ dependencies, optionalDependencies }: Entry) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (found.has(name)) continue;
      found.add(name);
      walk(packages[`node_modules/${name}`] as Entry);
    }
  };
  walk(packages[""] as Entry);
  return [...found].sort();
}

const NATIVE = "darwin-arm64 darwin-x64 linux-arm linux-arm64 linux-x64 win32-x64".split(" ");
const ADDON = [
  ...NATIVE.map((platform) => `@cbor-extract/cbor-extract-${platform}`),
  "cbor-extract",
  "detect-libc",
  "node-gyp-build-optional-packages",
];
const SHIPPED = [
  "@noble/ciphers",
  "@noble/curves",
  "@noble/hashes",
  "@noble/post-quantum",
  "cbor-x",
  "commander",
  "hpke",
  "saxes",
  "xmlchars",
];

describe("[107] what is installed with dipbag", () => {
  it("is these nine packages, and what is optional in one of them", () => {
    expect(closure()).toEqual([...ADDON, ...SHIPPED].sort());
    const shipped = entries().filter(([, { dev }]) => !dev);
    expect(shipped.map(([path]) => nameOf(path)).sort()).toEqual([...ADDON, ...SHIPPED].sort());
  });

  it("is under licences that ask for no more than their text", () => {
    const licences = entries().filter(([, { dev }]) => !dev);
    expect([...new Set(licences.map(([, { license }]) => license))].sort()).toEqual(["Apache-2.0", "ISC", "MIT"]);
    const ours = licences.filter(([path]) => SHIPPED.includes(nameOf(path)));
    expect([...new Set(ours.map(([, { license }]) => license))].sort()).toEqual(["ISC", "MIT"]);
  });

  it("runs nothing: dipbag has no install script, and only the optional addon, which it never loads, has one", () => {
    const lifecycle = /^(?:pre|post)|^(?:install|prepare|prepack|dependencies)$/;
    expect(Object.keys(manifest.scripts).filter((name) => lifecycle.test(name))).toEqual([]);
    const scripts = entries().filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(scripts).toEqual([["node_modules/cbor-extract", expect.objectContaining({ optional: true })]]);
  });
});

describe.each([
  ["the project", "", 136],
  ["mutation testing, which has a lockfile of its own", "test/mutants/", 167],
])("[107] the lockfile of %s", (_, folder, count) => {
  it("is kept to exact versions, as package.json has them", () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(`${folder}package.json`));
    const direct: Record<string, string> = { ...dependencies, ...devDependencies };
    for (const [name, version] of Object.entries(direct)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(locked(folder)[`node_modules/${name}`]?.version, name).toBe(version);
    }
    const root = locked(folder)[""] as Entry;
    expect({ ...root.dependencies, ...root.devDependencies }).toEqual(direct);
  });

  it(`has ${count} entries, each by version and digest, and none from an address`, () => {
    expect(entries(folder)).toHaveLength(count);
    for (const [path, { version, resolved, link }] of entries(folder)) {
      expect({ version, resolved, link }, path).toEqual({
        version: expect.stringMatching(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/),
      });
    }
    const undigested = entries(folder).filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""));
    // docs/decisions.md, "The lockfile names every platform": optional ones that were written by hand.
    expect(undigested).toHaveLength(folder === "" ? 14 : 0);
    for (const [path, { optional, integrity }] of undigested) {
      expect(path).toMatch(/^node_modules\/@(?:biomejs\/cli|cbor-extract\/cbor-extract)-[a-z0-9-]+$/);
      expect({ optional, integrity }, path).toEqual({ optional: true });
    }
  });

  it("stands beside an .npmrc by which npm runs no install script", () => {
    expect(read(`${folder}.npmrc`).split("\n")).toContain("ignore-scripts=true");
  });
});

describe("docs/decisions.md", () => {
  it("names each dependency, and no other", () => {
    const [, section = ""] = read("docs/decisions.md").split("\n## Dependencies\n");
    const named = Array.from(section.matchAll(/\*\*`([^`]+)`\*\*/g), ([, name]) => name);
    const { devDependencies } = JSON.parse(read("test/mutants/package.json"));
    const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...devDependencies };
    expect(named.sort()).toEqual(Object.keys(direct).sort());
  });
});

describe("dist/sbom.cdx.json", () => {
  const text = read("dist/sbom.cdx.json");
  const bom = JSON.parse(text);

  it("lists what is installed with dipbag, by version, digest and licence", () => {
    const components: readonly Component[] = bom.components;
    expect(components.map(({ name }) => name).sort()).toEqual(closure());
    for (const { name, version, scope, purl, hashes, licenses } of components) {
      const entry = locked()[`node_modules/${name}`] as Entry;
      const digest = hashes?.map(({ alg, content }) => `${alg} ${Buffer.from(content, "hex").toString("base64")}`);
      expect({ version, scope, digest, licenses }, name).toEqual({
        version: entry.version,
        scope: entry.optional || ADDON.includes(name) ? "optional" : "required",
        digest: entry.integrity && [entry.integrity.replace("sha512-", "SHA-512 ")],
        licenses: [{ license: { id: entry.license } }],
      });
      expect(decodeURIComponent(purl)).toBe(`pkg:npm/${name}@${version}`);
    }
  });

  it("says who needs what, and of which dipbag it speaks", () => {
    const { component } = bom.metadata;
    expect([component.name, component.version]).toEqual([manifest.name, manifest.version]);
    const edges = new Map<string, readonly string[]>(
      bom.dependencies.map(({ ref, dependsOn }: { ref: string; dependsOn: readonly string[] }) => [ref, dependsOn]),
    );
    const reached = new Set<string>();
    const walk = (ref: string) => {
      if (reached.has(ref)) return;
      reached.add(ref);
      for (const next of edges.get(ref) ?? []) walk(next);
    };
    walk(component["bom-ref"]);
    expect([...reached].sort()).toEqual([...edges.keys()].sort());
    expect(edges.size).toBe(1 + bom.components.length);
  });

  it("has neither a time nor a number of its own, and names no path of this machine", () => {
    expect(text).not.toMatch(/serialNumber|timestamp|node_modules|file:/);
  });
});
