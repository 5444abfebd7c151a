/** How much of a process's output is kept. What is beyond is dropped, counted and noted in the log. */
export interface OutputLimits {
  /** Kept over a long time; a burst of `burstBytes` may come on top. */
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  /** A longer line is cut. */
  readonly lineBytes: number;
  /** Of one file of the log; there are three at most. */
  readonly logBytes: number;
  /** Its pipe is not read faster than this: a process that prints faster blocks in its write. */
  readonly readBytesPerSecond: number;
}

const kilobyte = 1024;
const megabyte = 1024 * kilobyte;

/** A member's stdout is evidence, but only as testimony, of which a busy one prints some kilobytes a second. */
export const memberOutput: OutputLimits = {
  bytesPerSecond: megabyte,
  burstBytes: 4 * megabyte,
  lineBytes: 64 * kilobyte,
  logBytes: 8 * megabyte,
  readBytesPerSecond: 32 * megabyte,
};

/** Logs of brokers and of the proxy server are for people: generous, and bounded all the same. */
export const serverOutput: OutputLimits = {
  bytesPerSecond: 4 * megabyte,
  burstBytes: 32 * megabyte,
  lineBytes: 256 * kilobyte,
  logBytes: 64 * megabyte,
  readBytesPerSecond: 32 * megabyte,
};
