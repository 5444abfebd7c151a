import type { EvidenceBatch, LogRef, Transaction } from "../model/evidence.ts";
import { addBit, hasBit, startBits, type PagedBits } from "./paged-bits.ts";
import { eachWritten, ofTask, perTask, sourceOf, stagesOfCauses, type PerTask, type TaskIndex } from "./tasks.ts";

/** Suspects kept; a run with more is told by the first of them. */
const suspectsMax = 4096;

/**
 * Committed outputs and changelog records against the source records that they name. A cause that is not among the
 * committed source records when its effect arrives is a suspect: the audit hands a transaction over after the source
 * records of its causes, so only what is aborted, absent or undecided remains.
 */
export interface Causes {
  readonly index: TaskIndex;
  readonly tasks: PerTask<{ readonly committed: PagedBits; readonly aborted: PagedBits }>;
  readonly suspects: Suspect[];
  examined: number;
  unreadable: number;
  undecided: number;
  more: number;
}

export interface Suspect {
  readonly stage: number;
  readonly partition: number;
  readonly cause: number;
  /** The topic that the header names is no source of a stage with this sink. */
  readonly strayTopic: string | null;
  readonly at: LogRef;
  readonly role: "output" | "changelog record";
  readonly transaction: Transaction | null;
}

export function startCauses(index: TaskIndex): Causes {
  return {
    index,
    tasks: perTask(() => ({ committed: startBits(), aborted: startBits() })),
    suspects: [],
    examined: 0,
    unreadable: 0,
    undecided: 0,
    more: 0,
  };
}

export function stepCauses(causes: Causes, batch: EvidenceBatch, changelogsToo: boolean): void {
  if (batch.kind === "source" || batch.kind === "aborted-source") {
    const stage = causes.index.byName.get(batch.stage);
    if (stage === undefined) return;
    const { committed, aborted } = ofTask(causes.tasks, stage, batch.partition);
    const bits = batch.kind === "source" ? committed : aborted;
    for (let i = 0; i < batch.records.count; i++) addBit(bits, batch.records.offsets[i] ?? 0);
    return;
  }
  const { index } = causes;
  eachWritten(batch, index.bySink, (records, outcome, transaction) => {
    if (outcome === "undecided") causes.undecided += records.count;
    else stepRecords(causes, { records, transaction, role: "output", stages: stagesOfCauses(index, records) });
  });
  if (!changelogsToo) return;
  eachWritten(batch, index.byChangelog, (records, outcome, transaction) => {
    const stage = index.byChangelog.get(records.topic) ?? -1;
    const stages = records.causeTopics.map((topic) => (topic === sourceOf(index, stage) ? stage : -1));
    if (outcome === "committed") stepRecords(causes, { records, transaction, role: "changelog record", stages });
  });
}

/** Why the suspects are not all. */
export function causeDoubts({ undecided, more }: Causes): readonly string[] {
  return [
    ...(undecided > 0 ? [`${undecided} outputs lie in undecided transactions.`] : []),
    ...(more > 0 ? [`${more} more effects came before their cause was committed and were not followed up.`] : []),
  ];
}

/** The suspects whose cause is still not a committed record; `aborted` tells whether it is known as an aborted one. */
export function convicted(causes: Causes): readonly (Suspect & { readonly aborted: boolean })[] {
  return causes.suspects.flatMap((suspect) => {
    if (suspect.strayTopic !== null) return [{ ...suspect, aborted: false }];
    const { committed, aborted } = ofTask(causes.tasks, suspect.stage, suspect.partition);
    return hasBit(committed, suspect.cause) ? [] : [{ ...suspect, aborted: hasBit(aborted, suspect.cause) }];
  });
}

interface Run {
  readonly records: Parameters<typeof stagesOfCauses>[1];
  readonly transaction: Transaction | null;
  readonly role: Suspect["role"];
  readonly stages: readonly number[];
}

function stepRecords(causes: Causes, { records, transaction, role, stages }: Run): void {
  for (let i = 0; i < records.count; i++) {
    const topic = records.causeTopic[i] ?? -1;
    if (topic < 0) {
      if (role === "output") causes.unreadable += 1; // a position record has no cause, and needs none
      continue;
    }
    causes.examined += 1;
    const stage = stages[topic] ?? -1;
    const partition = records.causePartition[i] ?? -1;
    const cause = records.causeOffset[i] ?? -1;
    if (stage >= 0 && hasBit(ofTask(causes.tasks, stage, partition).committed, cause)) continue;
    if (causes.suspects.length >= suspectsMax) {
      causes.more += 1;
      continue;
    }
    const strayTopic = stage >= 0 ? null : (records.causeTopics[topic] ?? "?");
    const at = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
    causes.suspects.push({ stage, partition, cause, strayTopic, at, role, transaction });
  }
}
