// The two-core limit of packing: read, encrypt with AES-256-GCM, hash with SHA-256, write, in two threads that share
// nothing but a counter, and nothing else: no envelope, no start of a program. Prints seconds. node limit.js IN OUT
import { createCipheriv, createHash, createSecretKey } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { isMainThread, MessageChannel, parentPort, Worker } from "node:worker_threads";

const SEGMENT = 2 ** 20;
const TEXT = SEGMENT - 32;
const PIECE = 65536;

function work({ input, output, segments, shared }) {
  const next = new Int32Array(shared);
  const key = createSecretKey(Buffer.alloc(32, 1));
  const { port1: nowhere, port2 } = new MessageChannel();
  nowhere.close();
  port2.close();
  const memory = new Uint8Array(SEGMENT);
  for (let i = Atomics.add(next, 0, 1); i < segments; i = Atomics.add(next, 0, 1)) {
    const text = memory.subarray(16, 16 + readSync(input, memory, 16, TEXT, i * TEXT));
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(i);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
    for (let at = 0; at < text.length; at += PIECE) {
      const piece = cipher.update(text.subarray(at, at + PIECE));
      text.set(piece, at);
      if (piece.buffer.transfer) piece.buffer.transfer(0);
      else nowhere.postMessage(undefined, [piece.buffer]);
    }
    cipher.final();
    memory.set(cipher.getAuthTag(), 16 + text.length);
    const segment = memory.subarray(0, text.length + 32);
    createHash("sha256").update(segment).digest();
    writeSync(output, segment, 0, segment.length, i * SEGMENT);
  }
}

if (isMainThread) {
  const input = openSync(process.argv[2]);
  const output = openSync(process.argv[3], "w");
  const segments = Math.ceil(fstatSync(input).size / TEXT);
  const job = { input, output, segments, shared: new SharedArrayBuffer(4) };
  const worker = new Worker(new URL(import.meta.url));
  const said = () => new Promise((resolve) => worker.once("message", resolve));
  await said();
  const start = performance.now();
  worker.postMessage(job);
  const other = said();
  work(job);
  await other;
  process.stderr.write(String((performance.now() - start) / 1000));
  closeSync(output);
  await worker.terminate();
} else {
  parentPort.on("message", (job) => parentPort.postMessage(work(job)));
  parentPort.postMessage("ready");
}
