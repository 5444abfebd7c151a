import { writeWhole } from "./testimony.ts";

export type Log = (text: string) => void;

const linesPerSecond = 40;
const lineLengthMax = 400;

/**
 * Log lines to a file descriptor (stderr for members), cut to 400 characters and bounded to 40 a second: a client that
 * retries for seconds must not fill the harness's disk. What is left out is counted in the next line.
 */
export function logTo(descriptor: number, now: () => number = () => performance.now()): Log {
  let second = Number.NEGATIVE_INFINITY;
  let written = 0;
  let suppressed = 0;
  return (text) => {
    const at = now();
    if (at - second >= 1000) {
      second = at;
      written = 0;
    }
    if (written >= linesPerSecond) {
      suppressed += 1;
      return;
    }
    written += 1;
    const gap = suppressed > 0 ? `(${suppressed} lines left out) ` : "";
    suppressed = 0;
    const line = text.replaceAll(/\s+/gu, " ");
    writeWhole(descriptor, `${gap}${line.length > lineLengthMax ? `${line.slice(0, lineLengthMax)}…` : line}\n`);
  };
}
