/** Dates and enumerations as labels and policies use them (spec/label.md sections 2 and 3). */

import type { CborValue } from "../cbor/codec.ts";
import { name, type Shape } from "../cbor/schema.ts";
import { fail } from "../errors.ts";

/** `shape`, accepted only where `test` holds. */
export const checked = <T>(shape: Shape<T>, test: (value: T) => boolean): Shape<T> => ({
  read: (value, place) => {
    const read = shape.read(value, place);
    return test(read) ? read : fail("ERR_SCHEMA", { where: place.path });
  },
  write: (value) => shape.write(value),
});

/** A closed enumeration: a name in the code, an unsigned integer in the bytes. */
export const named = <T extends string>(table: Readonly<Record<T, number>>): Shape<T> => {
  const names = new Map((Object.keys(table) as T[]).map((name): [CborValue, T] => [table[name], name]));
  return {
    read: (value, place) => names.get(value) ?? fail("ERR_SCHEMA", { where: place.path }),
    write: (value) => table[value],
  };
};

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Unix seconds of an xs:dateTime (XML Schema Part 2 section 3.2.7) with a time zone and a year from 0001 to 9999;
 * fractions are dropped. Undefined for anything else, leap seconds and impossible days included.
 */
export function unixSeconds(dateTime: string): number | undefined {
  const [, day, hours, minutes, seconds, fraction = "0", sign, zoneHours, zoneMinutes] = DATE_TIME.exec(dateTime) ?? [];
  const midnight = day === undefined ? undefined : dayStart(day);
  if (midnight === undefined) return undefined;
  const time = clock(hours, minutes) + Number(seconds);
  const zone = clock(zoneHours, zoneMinutes);
  const endOfDay = time === 86_400 && Number(fraction) === 0;
  if (Number(minutes) > 59 || Number(seconds) > 59 || Number(zoneMinutes ?? 0) > 59) return undefined;
  if ((time >= 86_400 && !endOfDay) || zone > 14 * 3600) return undefined;
  return midnight + time - (sign === "-" ? -zone : zone);
}

const clock = (hours = "0", minutes = "0"): number => Number(hours) * 3600 + Number(minutes) * 60;

/** Unix seconds at 00:00Z of a day YYYY-MM-DD, or undefined. */
export function dayStart(day: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day.startsWith("0000")) return undefined;
  const time = new Date(`${day}T00:00:00Z`);
  // A 30th of February is taken for a day in March.
  return time.getUTCDate() === Number(day.slice(8)) ? time.getTime() / 1000 : undefined;
}

export const dateTime: Shape<string> = checked(name(64), (value) => unixSeconds(value) !== undefined);
export const date: Shape<string> = checked(name(10), (value) => dayStart(value) !== undefined);
