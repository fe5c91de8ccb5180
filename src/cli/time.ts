/** How the time of a flag is read: apart from the other flags, for the first lines that run need it. */

import { InvalidArgumentError } from "commander";

/** RFC 3339 without a fraction, as seconds since 1970. */
export function time(text: string): number {
  const day = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/i.exec(text)?.[1];
  const seconds = Date.parse(text.toUpperCase()) / 1000;
  // Date.parse takes the 30th of February for the 2nd of March.
  const isDay = day !== undefined && seconds >= 0 && new Date(day).toISOString().startsWith(day);
  if (!isDay) throw new InvalidArgumentError("A time looks like 2026-11-22T15:00:00Z, and is not before 1970.");
  return seconds;
}
