/** Where an envelope or a file to be packed is read from. A file, a pipe and a byte array all look like this. */
export interface Source {
  /** In bytes; undefined where it is not known before the end, as with a pipe. */
  readonly size: number | undefined;
  /**
   * Exactly `length` bytes from `position`, fewer only at the end. The protocol reads forwards only, so that a pipe
   * will do: no position before the last one read, except that the bytes last read may be read again.
   * `into`: memory of that length in which the answer may stand, to spare the making of more; it need not be used.
   */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
}

/** Where an envelope or a received file is written to. */
export interface Sink {
  /** `bytes` may be written over as soon as this has resolved. */
  write(bytes: Uint8Array, position: number): Promise<void>;
}

export function bytesSource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read: async (position, length) => bytes.subarray(position, position + length),
  };
}

/** Reads into `memory`, all of it unless the source ends before: answers the part that has been filled. */
export async function readInto(source: Source, position: number, memory: Uint8Array): Promise<Uint8Array> {
  const found = await source.read(position, memory.length, memory);
  const target = memory.subarray(0, found.length);
  if (found.buffer !== memory.buffer || found.byteOffset !== memory.byteOffset) target.set(found);
  return target;
}
