/** Test files share their modules here (isolate: false), and a mutant must not be active while the next file is loaded. */

import { afterAll } from "vitest";

afterAll(() => {
  const stryker = Reflect.get(globalThis, "__stryker__");
  if (stryker !== undefined) stryker.activeMutant = undefined;
});
