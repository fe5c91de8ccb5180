/** Where an envelope or a file to be packed is read from. A file, a pipe and a byte array all look like this. */
export interface Source {
  /** In bytes; undefined where it is not known before the end, as with a pipe. */
  readonly size: number | undefined;
  /**
   * Exactly `length` bytes from `position`, fewer only at the end. The protocol reads forwards only, so that a pipe
   * will do: no position before the last one read, except that the bytes last read may be read again.
   */
  read(position: number, length: number): Promise<Uint8Array>;
}

/** Where an envelope or a received file is written to. */
export interface Sink {
  write(bytes: Uint8Array, position: number): Promise<void>;
}

export function bytesSource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read: async (position, length) => bytes.subarray(position, position + length),
  };
}
