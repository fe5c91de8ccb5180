/** The thread of a `Verifier`, by way of the command line: what both need is one file of the bundle. */

import { serveVerifier } from "./main.ts";

serveVerifier();
