import type { EvidenceBatch, Transaction } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { holdUpMs } from "../model/profile.ts";
import { endsStep } from "../model/program.ts";
import { calmSince, type ActiveFaults } from "./active-faults.ts";

/** How often groups were rebalanced, and transactional ids of tasks changed hands, in each replacement of the upgrade. */
export interface Rebalances {
  readonly faults: ActiveFaults;
  readonly aftermathNanos: number;
  readonly steps: RolledStep[];
  /** Transactional id → who wrote in its latest transaction that names a writer. */
  readonly writers: Map<string, string>;
  /** Generations of groups are known. */
  isEnded: boolean;
}

/** Stretches are of the history's seqs, both ends included; Infinity: it has not ended. */
export interface RolledStep {
  /** Its first act. */
  readonly began: HistoryEvent<"upgrade-act-began">;
  readonly whole: Stretch;
  /** Without the times of faults and their aftermath. */
  readonly calm: Stretch[];
  /** Group or transactional id → its rebalances or changes of hands. */
  readonly changes: Map<string, Changes>;
}

interface Stretch {
  readonly from: number;
  to: number;
}

/** The first and the last of them lie where the refs say. */
export interface Changes {
  readonly of: "group" | "transactional id";
  readonly name: string;
  whole: number;
  calm: number;
  readonly first: string;
  last: string;
}

/** A replacement that does not settle goes on until the upgrade stops or turns back, or the faults are over. */
function isEnd(event: HistoryEvent): boolean {
  if (event.kind === "upgrade-act-settled") return endsStep(event);
  return event.kind === "upgrade-stopped" || event.kind === "roll-back-began" || event.kind === "faults-over";
}

/** An upgrade has at most as many members; what a history tells beyond that is not kept. */
const stepsMax = 64;
const namesMax = 4_096;

export function beginRebalances({ plan, hostFactor }: CheckerContext, faults: ActiveFaults): Rebalances {
  return {
    faults,
    aftermathNanos: holdUpMs(plan.scenario, hostFactor) * 1e6,
    steps: [],
    writers: new Map(),
    isEnded: false,
  };
}

export function stepRebalances(all: Rebalances, batch: EvidenceBatch): void {
  if (batch.kind === "event") learnEvent(all, batch.event);
  if (batch.kind === "transaction") learnWriter(all, batch.transaction);
  if (batch.kind !== "end") return;
  all.isEnded = true;
  const latest = new Map<string, number>();
  for (const { group, generation, at, seq } of batch.end.generations) {
    const before = latest.get(group);
    latest.set(group, generation);
    // A group's record is written again when a member leaves or its time-outs change: that is no rebalance.
    if (before !== undefined && before !== generation)
      count(all, { of: "group", name: group, seq, ref: `r:${at.topic}-${at.partition}@${at.offset}` });
  }
}

function learnEvent({ faults, aftermathNanos, steps }: Rebalances, event: HistoryEvent): void {
  const step = steps.at(-1);
  if (step !== undefined && step.whole.to === Infinity) {
    const isOver = isEnd(event);
    if (isOver) step.whole.to = event.seq;
    measureCalm(step, event.seq, !isOver && calmSince(faults, event.at, aftermathNanos) <= event.at);
  }
  const isFirst = event.kind === "upgrade-act-began" && event.step !== null && event.step !== step?.began.step;
  if (isFirst && steps.length < stepsMax)
    steps.push({ began: event, whole: { from: event.seq, to: Infinity }, calm: [], changes: new Map() });
}

function measureCalm({ calm }: RolledStep, seq: number, isCalm: boolean): void {
  const stretch = calm.at(-1);
  const isOpen = stretch !== undefined && stretch.to === Infinity;
  if (isCalm && !isOpen) calm.push({ from: seq, to: Infinity });
  if (!isCalm && isOpen) stretch.to = seq;
}

function learnWriter(all: Rebalances, transaction: Transaction): void {
  const { transactionalId, parts, firstSeq, task } = transaction;
  // An id that stands for no one task may be lent to whoever is free: that is no assignment.
  if (task === null) return;
  const part = parts.find(({ records }) => records.count > 0 && (records.writer[0] ?? -1) >= 0);
  const writer = part?.records.writers[part.records.writer[0] ?? -1];
  if (part === undefined || writer === undefined || firstSeq === null) return;
  const name = `${writer.member}/${writer.incarnation}`;
  const before = all.writers.get(transactionalId);
  if (before === name || (before === undefined && all.writers.size >= namesMax)) return;
  all.writers.set(transactionalId, name);
  const ref = `r:${part.topic}-${part.partition}@${part.records.offsets[0] ?? 0}`;
  if (before !== undefined) count(all, { of: "transactional id", name: transactionalId, seq: firstSeq, ref });
}

function count(
  { steps }: Rebalances,
  change: { readonly of: Changes["of"]; readonly name: string; readonly seq: number; readonly ref: string },
): void {
  const { of, name, seq, ref } = change;
  const isIn = ({ from, to }: Stretch): boolean => from <= seq && seq <= to;
  const step = steps.find(({ whole }) => isIn(whole));
  if (step === undefined) return;
  const key = `${of} ${name}`;
  let known = step.changes.get(key);
  if (known === undefined) {
    if (step.changes.size >= namesMax) return;
    step.changes.set(key, (known = { of, name, whole: 0, calm: 0, first: ref, last: ref }));
  }
  known.whole += 1;
  if (step.calm.some(isIn)) known.calm += 1;
  known.last = ref;
}
