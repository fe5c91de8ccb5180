// The software bill of materials (CycloneDX 1.5), from the lockfile alone: no clock, no serial number, no machine. `npm sbom`
// has all of these, and leaves out what is needed both at run time and for development (@noble/ciphers, detect-libc).
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const purl = (name, version) => `pkg:npm/${name.replace("@", "%40")}@${version}`;
const licenses = (license) => [/ /.test(license) ? { expression: license } : { license: { id: license } }];

function component(name, { version, license, optional, devOptional, integrity }) {
  const [, sha512] = /^sha512-(.+)$/.exec(integrity ?? "") ?? [];
  return {
    type: "library",
    "bom-ref": purl(name, version),
    name,
    version,
    scope: optional || devOptional ? "optional" : "required",
    ...(sha512 && { hashes: [{ alg: "SHA-512", content: Buffer.from(sha512, "base64").toString("hex") }] }),
    licenses: licenses(license),
    purl: purl(name, version),
  };
}

/** What comes along with dipbag when it is installed, as JSON text. */
export function sbom() {
  const { packages } = read("package-lock.json");
  const prefix = "node_modules/";
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path.startsWith(prefix) && !dev);
  const found = new Map(shipped.map(([path, entry]) => [path.slice(prefix.length), entry]));
  const self = packages[""];
  const dependencies = [[self.name, self], ...found].map(([name, { version, dependencies, optionalDependencies }]) => ({
    ref: purl(name, version),
    dependsOn: Object.keys({ ...dependencies, ...optionalDependencies }).map((on) => {
      const entry = found.get(on);
      if (!entry) throw new Error(`${on}, which ${name} needs, is not in the lockfile`);
      return purl(on, entry.version);
    }),
  }));
  const { description } = read("package.json");
  const { scope, ...root } = component(self.name, self);
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: { ...root, description } },
    components: [...found].map(([name, entry]) => component(name, entry)),
    dependencies,
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}
