/** How far a long step has come: on a terminal's stderr, after one second, and gone when it is done. */

import { type Streams, show } from "./output.ts";

export interface Progress {
  /** So many bytes more are done. */
  add(bytes: number): void;
  done(): void;
}

const WIDTH = 79;

export function startProgress(streams: Streams, label: string, total?: number): Progress {
  if (!streams.live) return { add() {}, done() {} };
  const start = Date.now();
  let bytes = 0;
  const timer = setInterval(() => {
    if (Date.now() - start < 1000) return;
    const done = `${size(bytes)}${total ? ` of ${size(total)}, ${Math.floor((100 * bytes) / total)} %` : ""}`;
    streams.status(`${show(label, WIDTH - 40)}: ${done}`.slice(0, WIDTH));
  }, 200);
  timer.unref();
  return {
    add(more) {
      bytes += more;
    },
    done() {
      clearInterval(timer);
      streams.status("");
    },
  };
}

function size(bytes: number): string {
  const unit = bytes < 1e6 ? "kB" : bytes < 1e9 ? "MB" : "GB";
  return `${(bytes / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit]).toFixed(unit === "GB" ? 1 : 0)} ${unit}`;
}
