/** Ways out of the process that no verb chose. */

import { isatty } from "node:tty";

const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

let terminals: readonly number[] = [];

/** The only way out. Node crashes in exit when its terminal has gone: then SIGHUP itself ends us, which says so. */
export function exit(status: number): never {
  if (!terminals.every((fd) => isatty(fd))) {
    process.removeAllListeners("SIGHUP");
    process.kill(process.pid, "SIGHUP");
  }
  process.exit(status);
}

/** `cleanup` runs before a signal ends the process; `crash` is told what nobody caught, and ends it. */
export function guard(cleanup: () => void, crash: (error: unknown) => void): void {
  terminals = [0, 1, 2].filter((fd) => isatty(fd));
  for (const [signal, status] of Object.entries(STATUS)) {
    process.on(signal, () => {
      cleanup();
      exit(status);
    });
  }
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  // Only main ends the process: when there is nothing left to wait for, something was never told that it is done.
  process.on("beforeExit", () => crash(new Error("stalled")));
  // A closed stderr has nobody to tell; stdout's errors reach whoever wrote.
  process.stderr.on("error", () => {});
  process.stdout.on("error", () => {});
  // Node's own warnings would be extra lines on stderr.
  process.removeAllListeners("warning");
}
