/**
 * Shapes: each structure of the spec is described once, and the description both reads and writes it. Every map is
 * closed: an unknown, missing or mistyped key rejects. A shape knows nothing of meaning; that is checked where it is used.
 */

import { utf8 } from "../bytes.ts";
import { fail } from "../errors.ts";
import { isClean } from "../text.ts";
import { type CborKey, type CborMap, type CborValue, decode, encode } from "./codec.ts";
import { type Budget, newBudget } from "./scan.ts";

/** Where a value stands, for the error; and what its nested items may still spend. */
export interface Place {
  readonly path: string;
  readonly budget: Budget;
}

export interface Shape<T> {
  /** @throws DipbagError ERR_SCHEMA */
  read(value: CborValue, place: Place): T;
  write(value: T): CborValue;
}
export type Of<S> = S extends Shape<infer T> ? T : never;

const wrong = (place: Place): never => fail("ERR_SCHEMA", { where: place.path });
const inside = (place: Place, step: CborKey): Place => ({ path: `${place.path}.${step}`, budget: place.budget });

/** A shape whose CBOR form is the value itself, accepted where `test` holds. */
const atom = <T extends CborValue>(test: (value: CborValue) => boolean): Shape<T> => ({
  read: (value, place) => (test(value) ? (value as T) : wrong(place)),
  write: (value) => value,
});

export const uint = (max = Number.MAX_SAFE_INTEGER): Shape<number> =>
  atom((value) => typeof value === "number" && value >= 0 && value <= max);
export const text = (min = 0, max = 4096): Shape<string> =>
  atom((value) => typeof value === "string" && value.length >= min && value.length <= max);
/** Text that names something (isClean), of at most `max` bytes in UTF-8: up to three for what is one in UTF-16. */
export const name = (max = 255): Shape<string> => {
  const fits = (text: string) => 3 * text.length <= max || utf8(text).length <= max;
  return atom((value) => typeof value === "string" && value.length >= 1 && fits(value) && isClean(value));
};
export const bytes = (min = 0, max = Number.MAX_SAFE_INTEGER): Shape<Uint8Array> =>
  atom((value) => value instanceof Uint8Array && value.length >= min && value.length <= max);
export const fixed = (size: number): Shape<Uint8Array> => bytes(size, size);
export const literal = <T extends number | string | null>(expected: T): Shape<T> => atom((value) => value === expected);
export const oneOf = <T extends number | string>(...expected: readonly T[]): Shape<T> =>
  atom((value) => (expected as readonly CborValue[]).includes(value));

export const nullable = <T>(shape: Shape<T>): Shape<T | null> => ({
  read: (value, place) => (value === null ? null : shape.read(value, place)),
  write: (value) => (value === null ? null : shape.write(value)),
});

export const list = <T>(shape: Shape<T>, min = 1, max = Number.MAX_SAFE_INTEGER): Shape<readonly T[]> => ({
  read: (value, place) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return wrong(place);
    return value.map((entry, i) => shape.read(entry, inside(place, i)));
  },
  write: (value) => value.map((entry) => shape.write(entry)),
});

type Shapes = readonly Shape<unknown>[];
type Tuple<S extends Shapes> = { readonly [K in keyof S]: Of<S[K]> };

/** An array with one shape for each place. */
export const tuple = <const S extends Shapes>(...shapes: S): Shape<Tuple<S>> => ({
  read: (value, place) => {
    if (!Array.isArray(value) || value.length !== shapes.length) return wrong(place);
    return shapes.map((shape, i) => shape.read(value[i] as CborValue, inside(place, i))) as unknown[] as Tuple<S>;
  },
  write: (value) => shapes.map((shape, i) => shape.write(value[i])),
});

interface Field<T, Optional extends boolean> {
  readonly key: CborKey;
  readonly shape: Shape<T>;
  readonly optional: Optional;
}
export const required = <T>(key: CborKey, shape: Shape<T>): Field<T, false> => ({ key, shape, optional: false });
export const optional = <T>(key: CborKey, shape: Shape<T>): Field<T, true> => ({ key, shape, optional: true });

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type Struct<F extends Fields> = {
  readonly [K in keyof F as F[K]["optional"] extends false ? K : never]: Of<F[K]["shape"]>;
} & {
  readonly [K in keyof F as F[K]["optional"] extends true ? K : never]?: Of<F[K]["shape"]>;
};

/** A closed map with named fields. */
export function struct<const F extends Fields>(fields: F): Shape<Struct<F>> {
  const entries = Object.entries(fields);
  const known = new Set(entries.map(([, field]) => field.key));
  return {
    read: (value, place) => {
      if (!(value instanceof Map)) return wrong(place);
      for (const key of value.keys()) if (!known.has(key)) wrong(inside(place, key));
      const out: Record<string, unknown> = {};
      for (const [name, { key, shape, optional }] of entries) {
        const entry = value.get(key);
        if (entry !== undefined) out[name] = shape.read(entry, inside(place, key));
        else if (!optional) wrong(inside(place, key));
      }
      return out as Struct<F>;
    },
    write: (value) => {
      const out: CborMap = new Map();
      for (const [name, { key, shape }] of entries) {
        const entry = (value as Record<string, unknown>)[name];
        if (entry !== undefined) out.set(key, shape.write(entry));
      }
      return out;
    },
  };
}

/** bstr .cbor T: the bytes as received, and what they say. The bytes are what is signed and hashed, never a re-encoding. */
export interface Embedded<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

export const embedded = <T>(shape: Shape<T>): Shape<Embedded<T>> => ({
  read: (value, place) => {
    if (!(value instanceof Uint8Array)) return wrong(place);
    return { bytes: value, value: shape.read(decode(value, place.budget), place) };
  },
  write: (value) => value.bytes,
});

export const embed = <T>(shape: Shape<T>, value: NoInfer<T>): Embedded<T> => ({
  bytes: encode(shape.write(value)),
  value,
});

/** As `embed`, of a value from outside: what a reader would refuse is not written. @throws DipbagError ERR_SCHEMA, ERR_CBOR, ERR_LIMIT */
export function embedAs<T>(shape: Shape<T>, value: NoInfer<T>, path: string): Embedded<T> {
  const item = embed(shape, value);
  readAs(shape, item.bytes, path);
  return item;
}

/** Decodes one whole item of this shape. `path` names it in errors. @throws DipbagError ERR_CBOR, ERR_LIMIT, ERR_SCHEMA */
export function readAs<T>(shape: Shape<T>, item: Uint8Array, path: string, budget: Budget = newBudget()): T {
  return shape.read(decode(item, budget), { path, budget });
}
