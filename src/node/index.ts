/** The public surface of what needs a machine: files, pipes, whole outputs, and a user's home. */

export { readSecretFile, readSmallFile, writeSecretFile, writeSmallFile } from "./files.ts";
export { Home } from "./home.ts";
export { createOutput, createOutputDirectory, type Output, type OutputDirectory } from "./output.ts";
export { descriptorSource, fileSource, type OpenSource, streamSource } from "./source.ts";
export { encryptedSpool, plainSpool } from "./spool.ts";
export { type Threads, threads } from "./threads.ts";
