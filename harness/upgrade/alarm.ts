import { setTimeout as sleep } from "node:timers/promises";

/** Between two looks. */
const everyMs = 50;

/** What the work came to, or why the way forward ends before: then the work is not begun, or left alone. */
export async function orAlarm(work: () => Promise<string | null>, alarm: () => string | null): Promise<string | null> {
  const before = alarm();
  if (before !== null) return before;
  const over = new AbortController();
  try {
    return await Promise.race([work(), raised(alarm, over.signal)]);
  } finally {
    over.abort();
  }
}

async function raised(alarm: () => string | null, signal: AbortSignal): Promise<string> {
  for (;;) {
    const why = alarm();
    if (why !== null) return why;
    await sleep(everyMs, undefined, { signal });
  }
}
