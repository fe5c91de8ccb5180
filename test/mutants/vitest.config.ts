import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import type { TestSequencer, TestSpecification } from "vitest/node";
import { engine } from "../../vitest.config.ts";
import groups from "./groups.json" with { type: "json" };

const { tests } = groups[process.env.MUTANTS_OF as keyof typeof groups];

/** In the order of groups.json: what kills most in least time stands first, and the first failure ends the run. */
class AsListed implements TestSequencer {
  sort(files: TestSpecification[]): TestSpecification[] {
    const place = ({ moduleId }: TestSpecification) => {
      const name = basename(moduleId, ".test.ts");
      return tests.join().search(new RegExp(`\\b${name.replace(/^envelope-|^cose-/, "")}\\b`));
    };
    return files.sort((a, b) => place(a) - place(b));
  }
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
}

export default defineConfig({
  resolve: { alias: engine("node") },
  test: { include: tests, testTimeout: 60_000, isolate: false, sequence: { sequencer: AsListed } },
});
