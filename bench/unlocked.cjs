// Loaded before the command line (node --require): it is then the real one, with its identities unlocked. What scrypt makes of
// a passphrase is kept in the folder that it is started in, and the rest of the unlocking is timed. The last lines on stderr
// tell how many seconds that took, and the peak of memory in kB. For benchmarks, and for nothing else.
const crypto = require("node:crypto");
const { existsSync, readFileSync, writeFileSync, writeSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

/** Not in the threads, which unlock nothing. */
if (isMainThread) {
  const { scrypt } = crypto;
  crypto.scrypt = (passphrase, salt, length, options, done) => {
    const kept = `scrypt-${Buffer.from(salt).toString("hex")}`;
    if (existsSync(kept)) return void setImmediate(done, null, readFileSync(kept));
    scrypt(passphrase, salt, length, options, (error, key) => {
      if (!error) writeFileSync(kept, key, { mode: 0o600 });
      done(error, key);
    });
  };

  let unlocking = 0;
  if (!process.argv.includes("verify")) {
    const { prototype } = Object.values(require(process.env.BENCH_HOME_PART)).find((one) => one?.prototype?.identity);
    const { identity } = prototype;
    prototype.identity = async function (...args) {
      const start = performance.now();
      try {
        return await identity.apply(this, args);
      } finally {
        unlocking += performance.now() - start;
      }
    };
  }
  process.on("exit", () => {
    const peak = /VmHWM:\s+(\d+) kB/.exec(
      existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "",
    );
    writeSync(2, `\nunlocking ${unlocking / 1000}\npeak ${peak?.[1] ?? Number.NaN}\n`);
  });
}
