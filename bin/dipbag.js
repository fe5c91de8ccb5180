#!/usr/bin/env node
// Parses on any Node, so that an old one gets a sentence instead of a stack trace.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 20 || (major === 20 && minor >= 19)) {
  let main = () => {
    process.stderr.write("dipbag: error: dipbag is not built; run 'npm run build' [ERR_INTERNAL]\n");
    process.exitCode = 70;
  };
  try {
    main = require("../dist/bundle/main.js").main;
  } catch {}
  main(process.argv.slice(2));
} else {
  process.stderr.write(`dipbag: error: this is node ${process.versions.node}, and 20.19 is needed [ERR_USAGE]\n`);
  process.exitCode = 2;
}
