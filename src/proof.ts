/**
 * What has been proven, in the type. A `Proven` value comes from the one function that proves it: the private property
 * exists only for the compiler, and a spread or a literal does not have it.
 */
export declare class Proven<What extends string> {
  private readonly proof: What;
}

/** Says of a value that it has been proven. For the functions that prove it, and nobody else. */
export const proven = <P extends Proven<string>>(value: { [K in keyof P]: P[K] }): P => value as P;
