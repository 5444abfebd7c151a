/**
 * LV1, progress: committed offsets do not advance for T after heal while committed data is waiting. T is the scenario's
 * gates.timeoutMs times the host factor, after what Kafka itself may hold a member up for (patienceMs); or twice the longest wait
 * for a commit before anything was done to the pipeline, if that is longer.
 *
 * Verified: every task that the lag gauge reports, from `faults-over` to the end of the drain.
 * Not verified: progress while faults are on, or during the upgrade; tasks that are never sampled.
 * Soundness in mixed situations: needs samples of the same committed offset with lag above 0, at least T apart on the
 * monotonic clock, none between that shows progress, and no longer pause between two than a harness that is awake makes. What
 * the harness did and did not undo makes it unknown, and so do a starved host, a run that was cut short, a broker that is gone,
 * a tail that failed, and a drain that ended before T had passed.
 */
import { eventRef } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Checker } from "../checker.ts";
import { provenWaitMs, type CommitCadence } from "../../facts/commit-cadence.ts";
import { patienceMs } from "../../model/profile.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies } from "../anomalies.ts";
import { excusesOf, beginExcuses, stepExcuses, type Excuses } from "./excuses.ts";

const id = "LV1";
const name = "progress";
/** Samples come every half second. After a longer pause the harness itself had been stopped, and knows nothing of meanwhile. */
const pauseNanosMax = 5e9;

interface State {
  readonly timeoutMs: number;
  readonly cadence: CommitCadence;
  readonly excuses: Excuses;
  readonly tasks: Map<string, Waiting>;
  faultsOver: HistoryEvent | null;
  drainFailed: string | null;
  isDrained: boolean;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
}

interface Waiting {
  readonly committedNext: number | null;
  /** First sample of this committed offset with lag; null: nothing is waiting. */
  readonly since: HistoryEvent<"gauge-lag"> | null;
  lastAt: number;
}

export const progress: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    timeoutMs: patienceMs(context.plan.scenario, context.hostFactor),
    cadence: context.facts.cadence,
    excuses: beginExcuses(context),
    tasks: new Map(),
    faultsOver: null,
    drainFailed: null,
    isDrained: false,
    anomalies: beginAnomalies(),
  }),
  step(state, batch) {
    if (batch.kind !== "event") return state;
    const { event } = batch;
    stepExcuses(state.excuses, event);
    if (event.kind === "faults-over") state.faultsOver ??= event;
    if (event.kind === "drained") state.isDrained = true;
    if (event.kind === "drain-failed") state.drainFailed = event.why;
    // Once the drain is over, one way or the other, members are stopped.
    const isDraining = !state.isDrained && state.drainFailed === null && !state.excuses.isRead;
    if (event.kind === "gauge-lag" && state.faultsOver !== null && isDraining) sample(state, event);
    return state;
  },
  finish(state) {
    const excuses = excusesOf(state.excuses);
    const doubts: string[] = [];
    if (state.faultsOver === null) doubts.push("The run did not come to the end of its faults.");
    else if (!state.isDrained)
      doubts.push(
        `The groups did not drain (${state.drainFailed ?? "no reason given"}), but no task stood still for ${neededMs(state)} ms: raise the drain's deadline.`,
        ...excuses,
      );
    const found = listAnomalies(state.anomalies);
    return conclude({
      invariant: id,
      name,
      unit: "tasks sampled after the faults were over",
      examined: state.tasks.size,
      anomalies: excuses.length > 0 ? [] : found,
      doubts: excuses.length > 0 && found.length > 0 ? excuses : doubts,
      idle: "No lag was sampled after the faults were over.",
    });
  },
};

function neededMs({ cadence, timeoutMs }: State): number {
  return provenWaitMs(cadence, timeoutMs);
}

function sample(state: State, event: HistoryEvent<"gauge-lag">): void {
  const task = `${event.stage}-${event.partition}`;
  const before = state.tasks.get(task);
  if (
    before === undefined ||
    event.lag === 0 ||
    before.committedNext !== event.committedNext ||
    before.since === null ||
    event.at - before.lastAt > pauseNanosMax
  ) {
    const { committedNext, lag, at } = event;
    state.tasks.set(task, { committedNext, since: lag > 0 ? event : null, lastAt: at });
    return;
  }
  before.lastAt = event.at;
  const { since } = before;
  if (event.at - since.at < neededMs(state) * 1e6) return;
  const stoodMs = Math.round((event.at - since.at) / 1e6);
  addAnomaly(state.anomalies, id, task, () => ({
    sentence: `${task} committed nothing for ${stoodMs} ms after the faults were over, with ${event.lag} committed records waiting.`,
    expected: `a commit above ${event.committedNext ?? "none"} within ${neededMs(state)} ms`,
    actual: "none",
    evidence: [eventRef(since.seq), eventRef(event.seq)],
    restsOn: [{ ledger: "gauge", partition: null, from: since.seq, to: event.seq, claims: "presence" }],
    firstBadCommit: null,
    task,
    seq: event.seq,
  }));
}
