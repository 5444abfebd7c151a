import type { CheckerContext } from "../../model/finding.ts";
import { taskName, tasksOf } from "../../model/tasks.ts";
import { singleStallMs } from "../../facts/overload.ts";
import type { Missing, NeedsOfTheme } from "./needs-of-theme.ts";

/** Gauges of the harness come every second (evidence/gauges.ts). */
const everyNanos = 1e9;
/** A stall is measured to a tenth of a second, and the sample after it takes a while. */
const slackMs = 500;
/** Lag comes every half second; a task that is not sampled for so long before the end of the drain is not watched. */
const lagSilenceNanos = 5e9;

/**
 * The harness samples itself and the host from the first send to the final read, without a hole longer than a stall that HZ1 allows,
 * or than the stall that the sample after it reports, which HZ1 tells by itself; the lag of every task was sampled when the
 * drain ended.
 */
export function gaugeNeeds(context: CheckerContext): NeedsOfTheme {
  const { plan, description } = context;
  const tasks = tasksOf(description, description.topics(plan.scenario.workload.partitions));
  const allowedMs = singleStallMs(context);
  const watched = { "gauge-loop-delay": beginHoles(), "gauge-host": beginHoles() };
  let stalledMs = 0;
  const lagAt = new Map<string, number>();
  let drainedAt: number | null = null;
  return {
    step(event) {
      if (event.kind === "gauge-loop-delay") stalledMs = event.maxMs;
      // Both are taken at once, the host's second.
      if (event.kind === "gauge-loop-delay" || event.kind === "gauge-host")
        watched[event.kind].sample(event.at, everyNanos + Math.max(allowedMs, stalledMs + slackMs) * 1e6);
      if (event.kind === "gauge-lag" && drainedAt === null) lagAt.set(taskName(event.stage, event.partition), event.at);
      if (event.kind === "drained" || event.kind === "drain-failed") drainedAt ??= event.at;
      const isBegin = event.kind === "time-zero";
      const isEnd = event.kind === "run-phase" && event.phase === "final-read";
      if (!isBegin && !isEnd) return;
      for (const holes of Object.values(watched))
        if (isBegin) holes.begin(event.at);
        else holes.end(event.at, everyNanos + allowedMs * 1e6);
    },
    missing() {
      const lacks: Missing[] = [
        ...watched["gauge-loop-delay"].found().map((of) => ({ kind: "gauge-loop-delay" as const, of })),
        ...watched["gauge-host"].found().map((of) => ({ kind: "gauge-host" as const, of })),
      ];
      for (const { name } of tasks.all)
        if ((drainedAt ?? 0) - (lagAt.get(name) ?? -Infinity) > lagSilenceNanos)
          lacks.push({ kind: "gauge-lag", of: `${name} at the end of the drain` });
      return lacks;
    },
  };
}

/** Stretches without a sample, in words. */
function beginHoles() {
  const found: string[] = [];
  let zero: number | null = null;
  let last = 0;
  let samples = 0;
  let isOver = false;
  const look = (at: number, longestNanos: number): void => {
    if (zero === null || isOver) return;
    const seconds = (nanos: number): string => (nanos / 1e9).toFixed(1);
    if (at - last > longestNanos) found.push(`${seconds(last - zero)} s to ${seconds(at - zero)} s`);
    last = at;
  };
  return {
    begin: (at: number): void => {
      zero ??= at;
      last = at;
    },
    sample: (at: number, longestNanos: number): void => {
      samples += 1;
      look(at, longestNanos);
    },
    end: (at: number, longestNanos: number): void => {
      look(at, longestNanos);
      isOver = true;
    },
    found: (): readonly string[] => (samples === 0 ? ["the whole run"] : found),
  };
}
