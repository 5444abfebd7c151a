import { z } from "zod";
import type { HistoryEvent } from "../../model/event.ts";

/** The total backlog at a time; `seq` of the latest sample in it. */
interface BacklogSeen {
  readonly seq: number;
  readonly at: number;
  readonly records: number;
}

interface CheckpointSeen {
  readonly next: number;
  /** When it was first seen, nanoseconds of the run. */
  readonly since: number;
}

/** What the gates of `upgrade.slo` read: counts since the upgrade's first act, and the latest of the gauges. Bounded by tasks. */
export interface Levels {
  /** The first act has begun. */
  isRolling: boolean;
  /** When the last event was recorded, nanoseconds of the run. */
  now: number;
  errors: number;
  restarts: number;
  rebalances: number;
  /** Member → the cause of its last end. */
  readonly ends: Map<string, string>;
  /** Group → its latest generation. */
  readonly generations: Map<string, number>;
  /** Task → its lag and committed offset. */
  readonly lags: Map<string, Pick<HistoryEvent<"gauge-lag">, "lag" | "committedNext">>;
  /** Of the last seconds, oldest first. */
  backlog: readonly BacklogSeen[];
  /** Task → its newest checkpoint. */
  readonly checkpoints: Map<string, CheckpointSeen>;
  /** By stage. */
  readonly latencies: Map<string, HistoryEvent<"gauge-latency">>;
  /** Seen by the online checks. */
  anomalies: number;
  /** Why the way forward ends at once: the online checks have found something, or do not run any more; null: it does not. */
  alarm: string | null;
  /** The online checks have looked at the history up to this seq. */
  checkedTo: number;
  replication: HistoryEvent<"gauge-replication"> | null;
}

/** Samples of one round of the gauges are one look at the backlog. */
const roundNanos = 0.25e9;
const backlogNanos = 5e9;

export function beginLevels(): Levels {
  return {
    isRolling: false,
    now: 0,
    errors: 0,
    restarts: 0,
    rebalances: 0,
    ends: new Map(),
    generations: new Map(),
    lags: new Map(),
    backlog: [],
    checkpoints: new Map(),
    latencies: new Map(),
    anomalies: 0,
    checkedTo: -1,
    alarm: null,
    replication: null,
  };
}

export function foldLevels(levels: Levels, event: HistoryEvent): void {
  levels.now = event.at;
  switch (event.kind) {
    case "upgrade-act-began":
      levels.isRolling = true;
      return;
    case "process-ended":
      if (!isMember(event.process)) return;
      levels.ends.set(event.process, event.cause);
      if (levels.isRolling && event.cause === "unexpected") levels.errors += 1;
      return;
    case "process-started": {
      const cause = levels.ends.get(event.process) ?? "asked";
      if (levels.isRolling && cause !== "asked") levels.restarts += 1;
      return;
    }
    case "gauge-generation": {
      const before = levels.generations.get(event.group);
      levels.generations.set(event.group, event.generation);
      if (levels.isRolling && before !== event.generation) levels.rebalances += 1;
      return;
    }
    case "gauge-checked":
      levels.checkedTo = event.upTo;
      return;
    case "anomaly-seen":
      levels.anomalies += 1;
      levels.alarm ??= `${event.invariant} was seen in the running history: ${event.sentence}`;
      return;
    case "online-checks-ended":
      levels.alarm ??= event.why;
      return;
    case "gauge-lag":
      return learnLag(levels, event);
    case "gauge-health":
      return learnCheckpoints(levels, event);
    case "gauge-latency":
      levels.latencies.set(event.stage, event);
      return;
    case "gauge-replication":
      levels.replication = event;
      return;
    default: // no level is told by anything else
  }
}

function isMember(process: string): boolean {
  return process.startsWith("member-");
}

function learnLag(levels: Levels, { seq, at, stage, partition, lag, committedNext }: HistoryEvent<"gauge-lag">): void {
  levels.lags.set(`${stage}-${partition}`, { lag, committedNext });
  const records = levels.lags.values().reduce((sum, task) => sum + task.lag, 0);
  const last = levels.backlog.at(-1);
  const isSameRound = last !== undefined && at - last.at < roundNanos;
  const kept = isSameRound ? levels.backlog.slice(0, -1) : levels.backlog;
  levels.backlog = [
    ...kept.filter((sample) => at - sample.at <= backlogNanos),
    { seq, at: isSameRound ? last.at : at, records },
  ];
}

const checkpointsShape = z.array(
  z.object({ stage: z.string(), partition: z.number(), checkpointNext: z.number().nullable() }),
);

/** An owner that begins with an older checkpoint than was seen before makes nothing newer. */
function learnCheckpoints(levels: Levels, event: HistoryEvent<"gauge-health">): void {
  const tasks = checkpointsShape.safeParse(event.tasks);
  for (const { stage, partition, checkpointNext } of tasks.success ? tasks.data : []) {
    const task = `${stage}-${partition}`;
    const next = checkpointNext ?? 0;
    const known = levels.checkpoints.get(task);
    if (known === undefined || next > known.next) levels.checkpoints.set(task, { next, since: event.at });
  }
}
