/** The edges of what text and date-times may be, shown by labels as JSON: each range of unclean characters, and what stands right beside it. */

import { hex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/cbor/codec.ts";
import { type Label, labelShape } from "../../src/label/label.ts";
import { other } from "./drafts.ts";
import type { Draft } from "./make.ts";
import { LABEL_JSON, WRITTEN } from "./valid-labels.ts";

/** The label as JSON, with something in it replaced. */
const json = (name: string, description: string, from: string, to: string): Draft =>
  other("label-json", `ERR_LABEL_JSON-${name}`, description, async () => ({
    bytes: utf8(LABEL_JSON.replace(from, to)),
  }));
/** One for each range of what is not clean text. */
const UNCLEAN = [
  ...[0x7f, 0xa0, 0xad, 0x34f, 0x61c, 0x1160, 0x1680, 0x17b5, 0x180f, 0x200f, 0x202f, 0x206f, 0x2800, 0x3000, 0x3164],
  ...[0xfdd0, 0xfdef, 0xfe0f, 0xfeff, 0xffa0, 0xfff0, 0xffff, 0x1107f, 0x13430, 0x13442, 0x16fe4, 0x1bca3, 0x1d159],
  ...[0x1d17a, 0xe0000, 0xe0fff],
];
const texts: readonly Draft[] = [
  ...UNCLEAN.map((point) => {
    const digits = point.toString(16).padStart(4, "0");
    const text = `by${String.fromCodePoint(point)}hand`;
    return json(`u${digits}`, `The privacy mark has U+${digits.toUpperCase()} in it.`, "by hand", text);
  }),
  json("blank-first", "The privacy mark begins with a blank.", "by hand", " by hand"),
  json("blank-last", "The privacy mark ends with a blank.", "officer only", "officer only "),
  json("name-bytes", "The classification has 128 characters and 256 bytes.", "CONFIDENTIAL", "é".repeat(128)),
  json("prose-bytes", "The privacy mark has 513 characters and 1026 bytes.", WRITTEN.privacyMark!, "é".repeat(513)),
];
const times: readonly Draft[] = (
  [
    ["year", "0000-11-22T05:00:00Z", "the year 0"],
    ["month-none", "2026-00-22T05:00:00Z", "the month 0"],
    ["month", "2026-13-22T05:00:00Z", "the month 13"],
    ["day-none", "2026-11-00T05:00:00Z", "the day 0"],
    ["day", "2026-11-31T05:00:00Z", "the 31st of November"],
    ["leap-day", "2026-02-29T05:00:00Z", "the 29th of February in a year without one"],
    ["leap-day-century", "2100-02-29T05:00:00Z", "the 29th of February in the year 2100"],
    ["hour", "2026-11-22T25:00:00Z", "the hour 25"],
    ["hour-24-second", "2026-11-22T24:00:01Z", "a second after 24 hours"],
    ["hour-24-fraction", "2026-11-22T24:00:00.5Z", "half a second after 24 hours"],
    ["minute", "2026-11-22T05:60:00Z", "the minute 60"],
    ["second", "2026-12-31T23:59:60Z", "the second 60"],
    ["fraction-none", "2026-11-22T05:00:00.Z", "a point without a fraction"],
    ["fraction-long", "2026-11-22T05:00:00.1234567890123Z", "13 digits of fraction"],
    ["zone-none", "2026-11-22T05:00:00", "no time zone"],
    ["zone-hours", "2026-11-22T05:00:00+14:01", "a time zone of more than 14 hours"],
    ["zone-minutes", "2026-11-22T05:00:00-05:60", "a time zone of 60 minutes"],
    ["small-letters", "2026-11-22t05:00:00z", "its letters small"],
  ] as const
).map(([name, time, what]) => json(name, `The date-time of creation has ${what}.`, "2026-11-22T05:00:00Z", time));

/** Characters right beside those that are not clean. */
const BESIDE = [
  ...[0xa1, 0xac, 0xae, 0x350, 0x61b, 0x61d, 0x115e, 0x1161, 0x1681, 0x17b3, 0x17b6, 0x180a, 0x1810, 0x2010, 0x2027],
  ...[0x2030, 0x205e, 0x2070, 0x27ff, 0x2801, 0x3001, 0x3163, 0x3165, 0xfdcf, 0xfdf0, 0xfe10, 0xff9f, 0xffa1, 0xffee],
  ...[0x1342f, 0x13443, 0x16fe3, 0x1bc9f, 0x1d158],
];
/** The label as JSON with this in it, and what is read. */
const written = (name: string, description: string, rest: Partial<Label>, ...changes: [from: string, to: string][]) =>
  other("label-json", name, description, async () => ({
    bytes: utf8(changes.reduce((text, [from, to]) => text.replace(from, to), LABEL_JSON)),
    expect: { label: hex(encode(labelShape.write({ ...WRITTEN, ...rest }))) },
  }));
const beside = BESIDE.map((point) => `a${String.fromCodePoint(point)}`).join(" ");
const long = { classification: `${"é".repeat(127)}x`, privacyMark: "é".repeat(512) };
const FIRST = "0001-01-01T00:00:00+14:00";
const LAST = "9999-12-31T23:59:59.123456789012-14:00";
const LEAP = "2028-02-29T24:00:00.000-00:00";
export const valid: readonly Draft[] = [
  written(
    "label-json-text",
    "A privacy mark of characters right beside those that are not clean text.",
    { privacyMark: beside },
    [WRITTEN.privacyMark!, beside],
  ),
  written(
    "label-json-long",
    "A name of 255 bytes and a privacy mark of 1024, and fewer characters.",
    long,
    ["CONFIDENTIAL", long.classification],
    [WRITTEN.privacyMark!, long.privacyMark],
  ),
  written(
    "label-json-times",
    "Date-times with all that they may have, from the first year to the last.",
    { created: FIRST, review: LAST, succession: [LEAP, WRITTEN.succession![1]] },
    [WRITTEN.created, `${FIRST}",\n "review": "${LAST}`],
    [WRITTEN.succession![0], LEAP],
  ),
];

export const invalid: readonly Draft[] = [...texts, ...times];
