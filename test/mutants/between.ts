/** Test files share their modules here (isolate: false), and a mutant must not be active while the next file is loaded. */

import fc from "fast-check";
import { afterAll } from "vitest";

// A property that has held for so long is passed to the next test.
fc.configureGlobal({ interruptAfterTimeLimit: 1000 });

afterAll(() => {
  const stryker = Reflect.get(globalThis, "__stryker__");
  if (stryker !== undefined) stryker.activeMutant = undefined;
});
