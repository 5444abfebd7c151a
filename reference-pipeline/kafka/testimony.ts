import { writeSync } from "node:fs";

export type TestimonyBody = Readonly<Record<string, string | number | boolean | null>>;

/** Says one line of testimony. `task` is `<stage>-<partition>`, or null where the line is the member's own. */
export type Testify = (kind: string, task: string | null, body: TestimonyBody) => void;

/** Testimony as lines of JSON on a file descriptor, each written before the call returns: a crash right after loses none. */
export function testifyTo(descriptor: number): Testify {
  let seq = 0;
  return (kind, task, body) => {
    writeWhole(descriptor, `${JSON.stringify({ rollproof: 1, seq, kind, task, body })}\n`);
    seq += 1;
  };
}

/** Writes all bytes at once; a pipe that is full for the moment (EAGAIN) is tried again, one without a reader is left alone. */
export function writeWhole(descriptor: number, text: string): void {
  let rest = Buffer.from(text, "utf8");
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = errorCode(error);
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      // Atomics.wait is the one wait that needs no turn of the event loop.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
