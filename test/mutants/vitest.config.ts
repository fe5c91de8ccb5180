import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import type { Reporter, TestModule, TestSequencer, TestSpecification, Vitest } from "vitest/node";
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

/** Who has a test file that does not even load was seen; Stryker looks at failed tests only, and would have it survive. */
class Unloaded implements Reporter {
  private vitest: Vitest | undefined;
  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }
  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors()) this.vitest?.state.catchError(new Error(error.message), "test file");
  }
}

export default defineConfig({
  resolve: { alias: engine("node") },
  test: {
    include: tests,
    testTimeout: 60_000,
    isolate: false,
    setupFiles: ["test/mutants/between.ts"],
    sequence: { sequencer: AsListed },
    reporters: ["default", new Unloaded()],
  },
});
