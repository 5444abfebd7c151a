import type { HistoryEvent } from "../model/event.ts";
import { slice, type EvidenceBatch, type LogRef } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import { activates as hasActivation } from "../model/program.ts";
import type { LogBatch } from "../model/log.ts";
import type { TaskIndex } from "./tasks.ts";

/** When the flag of the upgrade became active, and what of the pipeline's logs had been written before that for certain. */
export interface FlagActivation {
  readonly index: TaskIndex;
  readonly topic: string | null;
  readonly flag: string | null;
  /** The plan asks for it. */
  readonly isPlanned: boolean;
  /** The harness is about to write the activation: it has not been in the log before. */
  began: HistoryEvent<"upgrade-act-began"> | null;
  /** The upgrade was stopped, or turned back: the plan's activation is not due any more. */
  isStopped: boolean;
  /** The flag's first active record. */
  active: { readonly at: LogRef; readonly seq: number } | null;
  /** Log → the offset behind the last record that had been read when the activation began. */
  readonly frontier: Map<string, number>;
}

const text = new TextDecoder();

export function beginActivation({ plan, description }: CheckerContext, index: TaskIndex): FlagActivation {
  const { activate } = description;
  return {
    index,
    topic: activate?.topic ?? null,
    flag: activate?.flag ?? null,
    isPlanned: hasActivation(plan.program),
    began: null,
    isStopped: false,
    active: null,
    frontier: new Map(),
  };
}

export function stepActivation(activation: FlagActivation, batch: EvidenceBatch): void {
  if (activation.topic === null) return;
  if (batch.kind === "event") learnEvent(activation, batch.event);
  if (batch.kind === "log") learnFrame(activation, batch.batch);
}

/**
 * The offset of a log below which every record was in it before the flag became active. Where nothing says that the harness began to
 * activate it, that is every record, unless somebody else did it: null.
 */
export function beforeIn(
  { began, active, frontier }: FlagActivation,
  log: { readonly topic: string; readonly partition: number },
): number | null {
  if (began === null) return active === null ? Infinity : null;
  return frontier.get(nameOf(log)) ?? 0;
}

function learnEvent(activation: FlagActivation, event: HistoryEvent): void {
  if (event.kind === "upgrade-stopped" || event.kind === "roll-back-began") activation.isStopped = true;
  if (event.kind === "upgrade-act-began" && event.what === "activate") activation.began ??= event;
}

function learnFrame(activation: FlagActivation, batch: LogBatch): void {
  const { index, topic, began, frontier } = activation;
  if (batch.topic === topic && !batch.control) learnFlags(activation, batch);
  if (began === null && (index.bySink.has(batch.topic) || index.byChangelog.has(batch.topic)))
    frontier.set(nameOf(batch), batch.lastOffset + 1);
}

function learnFlags(activation: FlagActivation, batch: LogBatch): void {
  for (let i = 0; i < batch.count && activation.active === null; i++) {
    const value = slice(batch.bytes, batch.valueAt, i);
    if (value === null || !activates(value, activation.flag)) continue;
    const at = { topic: batch.topic, partition: batch.partition, offset: batch.offsets[i] ?? 0 };
    activation.active = { at, seq: batch.seq };
  }
}

/** A record {flag, state: "active"} of this flag; what is none says nothing. */
function activates(value: Uint8Array, flag: string | null): boolean {
  try {
    const record: unknown = JSON.parse(text.decode(value));
    if (typeof record !== "object" || record === null || !("flag" in record) || !("state" in record)) return false;
    return record.flag === flag && record.state === "active";
  } catch {
    return false;
  }
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}
