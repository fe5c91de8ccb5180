// The real command line with its identities unlocked. What scrypt makes of a passphrase is kept in the folder it is started
// in, and the rest of the unlocking is timed: the last lines on stderr tell how many seconds it took, and how many
// bytes this process has read. For benchmarks, and for nothing else.
import { existsSync, readFileSync, writeSync } from "node:fs";
import { main } from "../dist/cli/main.js";
import { Home } from "../dist/node/home.js";
import { rememberScrypt } from "./officers.js";

rememberScrypt(".");

const { identity } = Home.prototype;
let unlocking = 0;
Home.prototype.identity = async function (...args) {
  const start = performance.now();
  try {
    return await identity.apply(this, args);
  } finally {
    unlocking += performance.now() - start;
  }
};

process.on("exit", () => {
  const read = existsSync("/proc/self/io") ? /rchar: (\d+)/.exec(readFileSync("/proc/self/io", "utf8"))?.[1] : "?";
  writeSync(2, `\nunlocking ${unlocking / 1000}\nread ${read}\n`);
});
main(process.argv.slice(2));
