import { beginClock } from "../base/clock.ts";
import { runNanos, seq } from "../model/brand.ts";
import { runGauges } from "./gauges.ts";

/** A process that samples itself as the harness does, one event a line on stdout, until it is ended. */
const clock = beginClock();
let events = 0;
await runGauges({
  clock,
  record(event) {
    process.stdout.write(`${JSON.stringify(event)}\n`);
    events += 1;
    return { ...event, seq: seq(events), at: runNanos(clock.now()) };
  },
  members: () => [],
  silent: () => [],
  lag: () => [],
  pids: () => [],
  signal: new AbortController().signal,
});
