/** Times in Unix seconds, as envelopes and cards state them. */

/** The last second of the year 9999. What is later is a mistake, such as a time in milliseconds, or nonsense. */
const LAST_SECOND = 253_402_300_799;

/** RFC 3339 in UTC; a time of five-digit years, which only nonsense states, in seconds. */
export const isoTime = (seconds: number): string =>
  seconds <= LAST_SECOND ? new Date(seconds * 1000).toISOString().replace(".000Z", "Z") : `second ${seconds}`;

/** The day, to be compared with those of a policy; beyond the year 9999 it is after all of them. */
export const dayOf = (seconds: number): string => (seconds <= LAST_SECOND ? isoTime(seconds).slice(0, 10) : "~");

/** @throws RangeError where `at` is no time in whole Unix seconds, of a year that has four digits */
export function requireUnixSeconds(at: number): void {
  if (!Number.isInteger(at) || at < 0 || at > LAST_SECOND) throw new RangeError(`no time in Unix seconds: ${at}`);
}
