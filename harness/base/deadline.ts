import { setTimeout as sleep } from "node:timers/promises";
import { RollproofError } from "./errors.ts";

export interface Deadline {
  /** What is awaited, for the message: `broker-1 to serve`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What the reader can do when it passes. */
  readonly remedy: string;
  /** Pause between two looks; 50 ms unless told. */
  readonly everyMs?: number;
}

/**
 * Looks until `look` gives something other than undefined; throws `deadline-passed`, or the signal's reason, without waiting for a
 * look that has not come back by then.
 */
export async function until<T>(deadline: Deadline, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  deadline.signal.throwIfAborted();
  const over = new AbortController();
  try {
    return await within(deadline, seen(look, deadline.everyMs ?? 50, over.signal));
  } finally {
    over.abort();
  }
}

async function seen<T>(
  look: () => Promise<T | undefined> | T | undefined,
  everyMs: number,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    const one = await look();
    if (one !== undefined) return one;
    await sleep(everyMs, undefined, { signal });
  }
}

/** The promise's value, or `deadline-passed` after timeoutMs, or the signal's reason. The promise itself goes on. */
export async function within<T>(deadline: Deadline, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const timeout = sleep(deadline.timeoutMs, undefined, {
    signal: AbortSignal.any([over.signal, deadline.signal]),
  }).then(() => {
    throw new RollproofError("deadline-passed", `Waited ${deadline.timeoutMs} ms for ${deadline.what}.`, {
      remedy: deadline.remedy,
    });
  }, reasonOf(deadline.signal));
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    over.abort();
    timeout.catch(() => undefined);
  }
}

/** An aborted sleep rejects with an AbortError of its own; the caller is told the signal's reason instead. */
function reasonOf(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    signal.throwIfAborted();
    throw error;
  };
}
