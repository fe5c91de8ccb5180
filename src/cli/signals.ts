/** Ways out of the process that no verb chose. */

const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** `cleanup` runs before a signal ends the process; `crash` is told what nobody caught, and ends it. */
export function guard(cleanup: () => void, crash: (error: unknown) => void): void {
  for (const [signal, status] of Object.entries(STATUS)) {
    process.on(signal, () => {
      cleanup();
      process.exit(status);
    });
  }
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  // A closed stderr has nobody to tell; stdout's errors reach whoever wrote.
  process.stderr.on("error", () => {});
  process.stdout.on("error", () => {});
  // Node's own warnings would be extra lines on stderr.
  process.removeAllListeners("warning");
}
