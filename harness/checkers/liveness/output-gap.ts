import { calmSince } from "../../facts/active-faults.ts";
import { provenWaitMs } from "../../facts/commit-cadence.ts";
import type { Facts } from "../../facts/facts.ts";
import { everyFault, everyGauge } from "../../facts/reliances.ts";
import { eventRef } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Anomaly } from "../../model/finding.ts";
import type { Availability } from "../../model/profile.ts";
import { addAnomaly, listAnomalies, beginAnomalies, type Anomalies } from "../anomalies.ts";

/** Samples come every half second. After a longer pause the harness itself had been stopped, and knows nothing of meanwhile. */
const pauseNanosMax = 5e9;

/** How long each task has committed nothing with records waiting. */
export interface OutputGaps {
  readonly budget: Pick<Availability, "gap" | "gapInMs">;
  readonly tasks: Map<string, Standing>;
  readonly anomalies: Anomalies;
}

interface Standing {
  readonly committedNext: number | null;
  /** First sample of this committed offset with lag; null: nothing is waiting. */
  readonly since: HistoryEvent<"gauge-lag"> | null;
  lastAt: number;
}

export function beginGaps(budget: OutputGaps["budget"]): OutputGaps {
  return { budget, tasks: new Map(), anomalies: beginAnomalies() };
}

/** The next sample, from the first step on until the faults are over. */
export function stepGaps(gaps: OutputGaps, { roll, ends, cadence }: Facts, event: HistoryEvent<"gauge-lag">): void {
  if (roll.began === null || roll.isOver || ends.isClosing) return;
  const task = `${event.stage}-${event.partition}`;
  const before = gaps.tasks.get(task);
  const isSame = before?.committedNext === event.committedNext && event.at - before.lastAt <= pauseNanosMax;
  const since = event.lag === 0 ? null : isSame && before.since !== null ? before.since : event;
  gaps.tasks.set(task, { committedNext: event.committedNext, since, lastAt: event.at });
  if (since === null || since === event) return;
  judgeRollGap(gaps, { ends, cadence }, { task, since, event });
  judgeActGap(gaps, { roll }, { task, since, event });
}

/** A task stands still: from the first sample of its committed offset with lag to the latest. */
interface Stand {
  readonly task: string;
  readonly since: HistoryEvent<"gauge-lag">;
  readonly event: HistoryEvent<"gauge-lag">;
}

function judgeRollGap(gaps: OutputGaps, { ends, cadence }: Pick<Facts, "ends" | "cadence">, stand: Stand): void {
  const { since, event } = stand;
  const { isDeclared } = gaps.budget.gap;
  const ms = isDeclared ? gaps.budget.gap.ms : provenWaitMs(cadence, gaps.budget.gap.ms);
  const from = isDeclared ? since.at : Math.max(since.at, calmSince(ends.faults, event.at, ends.holdUpNanos));
  const when = `during the roll${isDeclared ? "" : ", without a fault"}`;
  accuse(gaps, stand, { from, ms, cause: stand.task, when, excused: !isDeclared });
}

/** A budget of a part of a replacement is declared, so that it holds under faults, too. */
function judgeActGap(gaps: OutputGaps, { roll: { act, isActOpen } }: Pick<Facts, "roll">, stand: Stand): void {
  const ms = act === null || act.phase === null || !isActOpen ? undefined : gaps.budget.gapInMs.get(act.phase);
  if (act === null || ms === undefined) return;
  const from = Math.max(stand.since.at, act.at);
  accuse(gaps, stand, { from, ms, cause: `${stand.task} ${act.phase}`, when: `in ${act.act}`, excused: false });
}

interface Accusation {
  readonly from: number;
  readonly ms: number;
  readonly cause: string;
  readonly when: string;
  /** By a fault. */
  readonly excused: boolean;
}

function accuse(gaps: OutputGaps, { task, since, event }: Stand, { from, ms, cause, when, excused }: Accusation): void {
  const stoodMs = Math.round((event.at - from) / 1e6);
  if (!(stoodMs >= ms)) return;
  addAnomaly(gaps.anomalies, "LV3", cause, () => ({
    sentence: `${task} committed nothing for ${stoodMs} ms ${when}, with ${event.lag} committed records waiting.`,
    expected: `a commit above ${event.committedNext ?? "none"} within ${ms} ms`,
    actual: "none",
    evidence: [eventRef(since.seq), eventRef(event.seq)],
    restsOn: [
      { ledger: "gauge", partition: null, from: since.seq, to: event.seq, claims: "presence" },
      ...(excused ? [everyFault] : []),
      everyGauge,
    ],
    firstBadCommit: null,
    task,
    seq: event.seq,
  }));
}

export function gapAnomalies({ anomalies }: OutputGaps): readonly Anomaly[] {
  return listAnomalies(anomalies);
}
