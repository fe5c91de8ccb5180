/** Small files read whole, and files that hold secrets. */

import { type Stats, statSync } from "node:fs";
import { platform } from "node:os";
import { DipbagError, fail } from "../errors.ts";
import { createOutput } from "./output.ts";
import { fileSource, type OpenSource } from "./source.ts";

/** Keys, passphrases, cards and lists are far smaller. */
const SMALL = 1 << 20;

/** @throws DipbagError ERR_TOO_LARGE above `limit` bytes, and as fileSource */
export async function readSmallFile(path: string, limit = SMALL): Promise<Uint8Array> {
  return readAll(await fileSource(path), path, limit);
}

/** @throws DipbagError as openSecretFile and readSmallFile */
export async function readSecretFile(path: string, limit = SMALL): Promise<Uint8Array> {
  return readAll(await openSecretFile(path), path, limit);
}

/**
 * Opens a file that only its owner may read; a pipe will do.
 * @throws DipbagError ERR_SECRET_EXPOSED where its mode lets the group or others read it, and as fileSource
 */
export async function openSecretFile(path: string): Promise<OpenSource> {
  return fileSource(path, ({ mode }) => {
    // Modes mean nothing on Windows.
    if (platform() !== "win32" && (mode & 0o077) !== 0) fail("ERR_SECRET_EXPOSED", { path });
  });
}

/**
 * Reads a file that says whom to trust.
 * @throws DipbagError ERR_HOME_WRITABLE where others can write it, and as readSmallFile
 */
export async function readTrustedFile(path: string, limit: number): Promise<Uint8Array> {
  return readAll(await fileSource(path, (stat) => requireClosed(path, stat)), path, limit);
}

/** The same of a folder; one that is not there is closed. @throws DipbagError ERR_HOME_WRITABLE */
export function requireClosedFolder(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) requireClosed(path, stat);
}

/** The owner and the group are not asked for: containers map the one, and with a umask of 002 the other is the user alone. */
function requireClosed(path: string, { mode }: Stats): void {
  // Modes mean nothing on Windows. A sticky bit would not stop anybody from adding a file.
  if (platform() !== "win32" && (mode & 0o002) !== 0) fail("ERR_HOME_WRITABLE", { path });
}

/** Writes `bytes` as createOutput does. @throws DipbagError as createOutput */
export async function writeSmallFile(path: string, bytes: Uint8Array, options?: { force: boolean }): Promise<void> {
  const output = await createOutput(path, options);
  try {
    await output.write(bytes);
    await output.commit();
  } finally {
    await output.abort();
  }
}

/**
 * Writes a new file of mode 0600, whole or not at all. No option makes it replace one.
 * @throws DipbagError ERR_KEY_EXISTS, and as createOutput
 */
export async function writeSecretFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeSmallFile(path, bytes);
  } catch (error) {
    if (error instanceof DipbagError && error.code === "ERR_OUTPUT_EXISTS") fail("ERR_KEY_EXISTS", { path });
    throw error;
  }
}

/** Reads an open input to its end and closes it; errors name `path`. @throws DipbagError ERR_TOO_LARGE above `limit` bytes */
export async function readAll(source: OpenSource, path: string, limit: number): Promise<Uint8Array> {
  try {
    const bytes = await source.read(0, limit + 1);
    if (bytes.length > limit) fail("ERR_TOO_LARGE", { path, limit });
    return bytes;
  } finally {
    await source.close();
  }
}
