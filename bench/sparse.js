// Packs a sparse file of GIB gibibytes into nothing, by the threads that the command line uses, and tells seconds and the
// peak of resident memory. node bench/sparse.js HOMES GIB, where HOMES is a folder that `dipbag demo` has made.
import { openSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pack } from "../dist/index.js";
import { fileSource, threads } from "../dist/node/index.js";
import { describeAs } from "../dist/node/shared.js";
import { planFor, withOfficers } from "./officers.js";

const [homes, gibibytes] = process.argv.slice(2);
const path = join(homes, "sparse");
writeFileSync(path, "");
truncateSync(path, Number(gibibytes) * 2 ** 30);
const source = await fileSource(path);
unlinkSync(path);
const sink = describeAs({ write: async () => {} }, { fd: openSync("/dev/null", "w"), path: "/dev/null", opened: null });
const officers = await withOfficers(homes);
const bulk = threads();
const start = performance.now();
const files = [{ name: "sparse", mediaType: "application/octet-stream", size: source.size, source }];
await pack(planFor(officers, files, [officers.recipient]), sink, undefined, bulk);
const seconds = (performance.now() - start) / 1000;
await bulk.close();
process.stdout.write(
  `${JSON.stringify({ gibibytes: Number(gibibytes), seconds, megabytes: process.resourceUsage().maxRSS / 976.5625 })}\n`,
);
