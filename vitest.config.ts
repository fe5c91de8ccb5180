import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string) => fileURLToPath(new URL(`./src/crypto/${file}.ts`, import.meta.url));
/** The engine behind `#engine/*`. */
export const engine = (kind: "node" | "web") => ({
  "#engine/public": source(`${kind}-public`),
  "#engine/secret": source(`${kind}-secret`),
  "#engine/hash": source(`${kind}-hash`),
  "#engine/aead": source(`${kind}-aead`),
});

/** Everything runs on the node engine; what is under test/portable runs again on the web engine. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // V8's room for garbage, which doubles up to 134 MB in a long run: what a process grows by is to be what inputs cost.
    execArgv: ["--max-semi-space-size=8"],
    projects: [
      { extends: true, resolve: { alias: engine("node") }, test: { name: "node", include: ["test/**/*.test.ts"] } },
      {
        extends: true,
        resolve: { alias: engine("web") },
        test: { name: "web", include: ["test/portable/**/*.test.ts"] },
      },
    ],
  },
});
