// Bundles the command line into dist/bundle: a few small files, of which a process reads those that its verb needs.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = `${root}dist/bundle/`;

/**
 * What is loaded by name, and becomes dist/bundle/NAME.js: the command line, and each worker, WHAT-worker.ts. All of
 * the bundle stands in one folder, so `new Worker(new URL("./WHAT-worker.js", import.meta.url))` finds it there, as it finds
 * what tsc made beside its caller.
 */
const workers = ["node", "cli"].flatMap((folder) =>
  readdirSync(`${root}src/${folder}`)
    .filter((name) => name.endsWith("-worker.ts"))
    .map((name) => [name.replace(/\.ts$/, ""), `src/${folder}/${name}`]),
);
const entries = { main: "src/cli/main.ts", ...Object.fromEntries(workers) };

/** What many verbs share and few processes need, a file each. All else is cut by who imports it. The first match wins. */
const PARTS = [
  ["commander", /node_modules\/commander/],
  ["hpke", /node_modules\/hpke|crypto\/hpke/],
  ["ml-kem", /post-quantum\/(?:ml-kem|hybrid)|crypto\/node-kems/],
  ["ml-dsa", /post-quantum|hashes\/sha3|crypto\/node-ml-dsa/],
  ["p384", /curves\/(?:nist|abstract\/(?:weierstrass|der))/],
  ["curves", /@noble\/curves/],
  ["hashes", /@noble\/hashes/],
  ["secret", /crypto\/(?:node-secret|node-private-keys|secret-keys|floe\.)/],
];

/**
 * Every `const x = require("y")` that the bundler writes becomes a function that requires at first use. So what is not
 * called is not loaded: noble's ML-DSA on a Node that has its own, P-384, node:net.
 */
function requireLate(code) {
  const declared = /^(?:const|let) ([\w$]+) = (require\(".*?"\));(?:\n\1 = ([\w$.]+)\(\1, 1\);)?$/gm;
  const modules = new Map();
  const rest = code.replace(declared, (_, name, required, interop) => {
    modules.set(name, interop === undefined ? required : `${interop}(${required}, 1)`);
    return "";
  });
  const late = (text) => text.replace(/(?<![\w$])[\w$]+/g, (word) => (modules.has(word) ? `(${word}())` : word));
  const functions = Array.from(
    modules,
    ([name, loaded]) => `let late_${name}; const ${name} = () => late_${name} ??= ${late(loaded)};`,
  );
  return [...functions, late(rest)].join("\n");
}

const plugins = [
  { name: "require-late", renderChunk: (code) => requireLate(code) },
  {
    // commander can run other programs as commands of its own, which nothing here asks for.
    name: "no-processes",
    transform: {
      filter: { id: /commander\/lib\/command\.js$/ },
      handler: (code) =>
        code.replace(/^const childProcess = .*$/m, "").replaceAll("childProcess.", "require('node:child_process')."),
    },
  },
];

/** The licences of what is in the bundle, which they want to go with it. */
function licences(modules) {
  const packages = modules.map((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]);
  return [...new Set(packages)].sort().flatMap((name) => {
    if (name === undefined) return [];
    const folder = `${root}node_modules/${name}/`;
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file
      ? readFileSync(folder + file, "utf8")
      : isc(JSON.parse(readFileSync(`${folder}package.json`, "utf8")));
    return `${name}\n\n${text.trim()}\n`;
  });
}

/** The licence that a package names and does not bring (saxes), as SPDX has it. */
function isc({ license, author }) {
  if (license !== "ISC") throw new Error(`no text for the licence ${license}`);
  return `ISC License, Copyright (c) ${author}

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`;
}

/** CommonJS and not ES modules: the loader of those alone costs Node 20 more than all our code. */
export async function makeBundle() {
  const build = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    preserveEntrySignatures: "allow-extension",
    resolve: {
      conditionNames: ["dipbag-source", "node", "import"],
      // For Node its package.json names a file that brings the encoder along.
      alias: { "cbor-x/decode": `${root}node_modules/cbor-x/decode.js` },
    },
    plugins,
  });
  rmSync(bundle, { recursive: true, force: true });
  const { output } = await build.write({
    dir: bundle,
    format: "cjs",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: PARTS.map(([name, test], i) => ({ name, test, priority: PARTS.length - i })),
    },
  });
  await build.close();
  writeFileSync(`${bundle}package.json`, '{ "type": "commonjs" }\n');
  const modules = output.flatMap((chunk) => Object.keys(chunk.modules));
  writeFileSync(`${bundle}LICENSES`, licences(modules).join("\n---\n\n"));
}
