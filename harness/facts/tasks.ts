import type { EvidenceBatch, Records, Transaction, TransactionPart } from "../model/evidence.ts";
import type { Reliance } from "../model/finding.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { readersOf, taskName as nameOfTask, type Reader } from "../model/tasks.ts";
import { absentInTopic } from "./reliances.ts";

/**
 * Which stage a topic or a group belongs to. Stages are told by their index in `stages`, where one with several sources stands once
 * for each: offsets, causes and effects belong to one source. What belongs to the whole task is told by the first of them.
 */
export interface TaskIndex {
  readonly stages: readonly Reader[];
  /** Sink topic → indexes of the stages that write it. */
  readonly bySink: ReadonlyMap<string, readonly number[]>;
  /** Changelog topic → the first of its stage. */
  readonly byChangelog: ReadonlyMap<string, number>;
  /** `group/source topic` → stage. */
  readonly byGroup: ReadonlyMap<string, number>;
  /** Stage → the first of that name. */
  readonly byName: ReadonlyMap<string, number>;
  /** `stage/source topic` → stage. */
  readonly bySource: ReadonlyMap<string, number>;
  /**
   * What outputs' causes rest on besides the outputs: where these name none, the audit finds them by the order of transactions, among
   * all records of the sources. A record that is missing there may be the cause.
   */
  readonly causesRestOn: readonly Reliance[];
}

export function indexTasks(description: PipelineDescription): TaskIndex {
  const bySink = new Map<string, number[]>();
  const byChangelog = new Map<string, number>();
  const byGroup = new Map<string, number>();
  const byName = new Map<string, number>();
  const bySource = new Map<string, number>();
  const stages = readersOf(description);
  for (const [index, stage] of stages.entries()) {
    for (const sink of stage.sinks) bySink.set(sink, [...(bySink.get(sink) ?? []), index]);
    byGroup.set(`${stage.group}/${stage.source}`, index);
    bySource.set(`${stage.name}/${stage.source}`, index);
    if (byName.has(stage.name)) continue;
    byName.set(stage.name, index);
    if (stage.changelog !== null) byChangelog.set(stage.changelog, index);
  }
  const findable = new Set(["__consumer_offsets", "__transaction_state", ...stages.map(({ source }) => source)]);
  const causesRestOn = description.speaks ? [] : [...findable].map(absentInTopic);
  return { stages, bySink, byChangelog, byGroup, byName, bySource, causesRestOn };
}

/** The stage as the reader of what is in the batch. */
export function readerOf(
  { bySource }: TaskIndex,
  { stage, records }: { readonly stage: string; readonly records: Pick<Records, "topic"> },
): number | undefined {
  return bySource.get(`${stage}/${records.topic}`);
}

/** One value per task, made when first asked for. Maps, since a partition number may come from a header. */
export interface PerTask<T> {
  readonly rows: Map<number, T>[];
  readonly make: (stage: number, partition: number) => T;
}

export function perTask<T>(make: (stage: number, partition: number) => T): PerTask<T> {
  return { rows: [], make };
}

export function ofTask<T>(all: PerTask<T>, stage: number, partition: number): T {
  const row = (all.rows[stage] ??= new Map());
  const known = row.get(partition);
  if (known !== undefined) return known;
  const made = all.make(stage, partition);
  row.set(partition, made);
  return made;
}

export function eachTask<T>(all: PerTask<T>, visit: (value: T, stage: number, partition: number) => void): void {
  for (const [stage, row] of all.rows.entries())
    for (const [partition, value] of row ?? []) visit(value, stage, partition);
}

/** `velocity-3`: how findings and directories name a task. */
export function taskName(index: TaskIndex, stage: number, partition: number): string {
  return nameOfTask(index.stages[stage]?.name ?? "?", partition);
}

/** Topic that the stage reads. */
export function sourceOf(index: TaskIndex, stage: number): string {
  return index.stages[stage]?.source ?? "?";
}

export type SeenOutcome = "committed" | "undecided";

/** Calls `visit` for each run of records that this batch puts on a topic of `topics`, committed or undecided. */
export function eachWritten(
  batch: EvidenceBatch,
  topics: ReadonlyMap<string, unknown>,
  visit: (records: Records, outcome: SeenOutcome, transaction: Transaction | null) => void,
): void {
  if (batch.kind === "plain-records") {
    if (topics.has(batch.records.topic)) visit(batch.records, "committed", null);
    return;
  }
  if (batch.kind !== "transaction") return;
  for (const part of batch.transaction.parts) {
    const outcome = seenIn(part, batch.transaction);
    if (outcome !== null && part.records.count > 0 && topics.has(part.topic))
      visit(part.records, outcome, batch.transaction);
  }
}

/** What readers of the partition see of a transaction's part there: its own marker says so. Null: nothing. */
function seenIn({ marker }: TransactionPart, { outcome }: Transaction): SeenOutcome | null {
  if (outcome === "gap" || outcome === "pending") return "undecided";
  return (marker === null ? outcome === "committed" : marker.outcome === "commit") ? "committed" : null;
}

/** Index of the stage that has this sink and this cause topic, per entry of `causeTopics`; -1: no stage does. */
export function stagesOfCauses(index: TaskIndex, records: Records): readonly number[] {
  const writers = index.bySink.get(records.topic) ?? [];
  return records.causeTopics.map((topic) => writers.find((stage) => sourceOf(index, stage) === topic) ?? -1);
}

/** `member/incarnation` of record i, or null without header. */
export function writerOf(records: Records, i: number): string | null {
  const writer = records.writers[records.writer[i] ?? -1];
  return writer === undefined ? null : `${writer.member}/${writer.incarnation}`;
}
