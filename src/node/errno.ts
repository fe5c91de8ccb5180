/** What the machine refuses, as codes of dipbag: one for each condition that a user can tell apart (spec/cli.md, status 2). */

import { constants } from "node:os";
import { type ErrorCode, fail } from "../errors.ts";

export type Doing = "read" | "write";

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: "ERR_PERMISSION",
  EPERM: "ERR_PERMISSION",
  EROFS: "ERR_READ_ONLY",
  EISDIR: "ERR_IS_DIRECTORY",
  EEXIST: "ERR_OUTPUT_EXISTS",
  ENAMETOOLONG: "ERR_NAME_TOO_LONG",
  ENOSPC: "ERR_DISK_FULL",
  EDQUOT: "ERR_DISK_FULL",
  EFBIG: "ERR_DISK_FULL",
  EMFILE: "ERR_TOO_MANY_FILES",
  ENFILE: "ERR_TOO_MANY_FILES",
};

/** The errno name of a system error, such as "ENOENT"; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  // The one that Node has no name for.
  if ("errno" in error && error.errno === -constants.errno.EDQUOT) return "EDQUOT";
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * Throws a system error as a DipbagError with the path the user wrote, and anything else as it is.
 * @throws DipbagError of status 2
 */
export function failSystem(error: unknown, path: string, doing: Doing): never {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  const details = { path, doing, reason: errno };
  const known = CODES[errno];
  if (known !== undefined) fail(known, details);
  if (errno === "ENOENT" || errno === "ENOTDIR") fail(doing === "read" ? "ERR_NOT_FOUND" : "ERR_NO_FOLDER", details);
  fail(doing === "read" ? "ERR_READ" : "ERR_WRITE", details);
}

/** Runs `action` and turns what the system refuses into a DipbagError about `path`. */
export async function onDisk<T>(path: string, doing: Doing, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    failSystem(error, path, doing);
  }
}
