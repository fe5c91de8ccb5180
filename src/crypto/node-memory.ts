/** Memory given back before the collector comes. */

/** Both of its ends are closed: what is sent there is gone. */
let nowhere: MessagePort | undefined;

/**
 * Gives the memory of a Buffer back that Node has made and nobody needs any more, if nothing else lives in it. Left to the
 * collector, tens of megabytes wait for it, and each new piece costs page faults.
 */
export function release(bytes: Uint8Array): void {
  const buffer = bytes.buffer as ArrayBuffer & { transfer?(length: number): ArrayBuffer };
  if (buffer.byteLength !== bytes.length) return;
  if (buffer.transfer) buffer.transfer(0);
  else {
    // Node 20
    nowhere ??= closedPort();
    nowhere.postMessage(undefined, [buffer]);
  }
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}
