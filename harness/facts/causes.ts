import type { EvidenceBatch, LogRef, Records, Transaction } from "../model/evidence.ts";
import type { EffectRun } from "./effects.ts";
import { hasBit } from "./paged-bits.ts";
import type { Sources } from "./sources.ts";
import { eachWritten, ofTask } from "./tasks.ts";

/** Suspects kept; a run with more is told by the first of them. */
const suspectsMax = 4096;

/**
 * Committed outputs and changelog records against the source records that they name. A cause that is not among the
 * committed source records when its effect arrives is a suspect: the audit hands a transaction over after the source
 * records of its causes, so only what is aborted, absent or undecided remains.
 */
export interface Causes {
  readonly sources: Sources;
  readonly outputs: NamedCauses;
  readonly changes: NamedCauses;
}

export interface NamedCauses {
  readonly role: "output" | "changelog record";
  readonly suspects: Suspect[];
  /** Committed records with a readable cause. */
  examined: number;
  more: number;
}

export interface Suspect {
  readonly stage: number;
  readonly partition: number;
  readonly cause: number;
  /** The topic that the header names is no source of a stage with this sink. */
  readonly strayTopic: string | null;
  readonly at: LogRef;
  readonly role: NamedCauses["role"];
  /** Of its transaction. */
  readonly prepare: LogRef | null;
  readonly seq: number | null;
}

export function beginCauses(sources: Sources): Causes {
  const none = { examined: 0, more: 0 };
  return {
    sources,
    outputs: { role: "output", suspects: [], ...none },
    changes: { role: "changelog record", suspects: [], ...none },
  };
}

/** `runs` are what the batch put on the sinks. */
export function stepCauses(causes: Causes, batch: EvidenceBatch, runs: readonly EffectRun[]): void {
  const { sources, outputs, changes } = causes;
  const { index } = sources;
  for (const run of runs) if (run.outcome === "committed") stepRecords(sources, outputs, run);
  eachWritten(batch, index.byChangelog, (records, outcome, transaction) => {
    const stage = index.byChangelog.get(records.topic) ?? -1;
    const { name } = index.stages[stage] ?? { name: "?" };
    const stages = records.causeTopics.map((topic) => index.bySource.get(`${name}/${topic}`) ?? -1);
    if (outcome === "committed") stepRecords(sources, changes, { records, transaction, stages });
  });
}

/** The suspects whose cause is still not a committed record; `aborted` tells whether it is known as an aborted one. */
export function convicted(
  { tasks }: Sources,
  { suspects }: NamedCauses,
): readonly (Suspect & { readonly aborted: boolean })[] {
  return suspects.flatMap((suspect) => {
    if (suspect.strayTopic !== null) return [{ ...suspect, aborted: false }];
    const { committed, aborted } = ofTask(tasks, suspect.stage, suspect.partition);
    return hasBit(committed, suspect.cause) ? [] : [{ ...suspect, aborted: hasBit(aborted, suspect.cause) }];
  });
}

/** Why the suspects are not all. */
export function causeDoubts(more: number, undecided: number): readonly string[] {
  return [
    ...(undecided > 0 ? [`${undecided} outputs lie in undecided transactions.`] : []),
    ...(more > 0 ? [`${more} more effects came before their cause was committed and were not followed up.`] : []),
  ];
}

interface NamingRun {
  readonly records: Records;
  readonly transaction: Transaction | null;
  readonly stages: readonly number[];
}

function stepRecords({ tasks }: Sources, named: NamedCauses, { records, transaction, stages }: NamingRun): void {
  for (let i = 0; i < records.count; i++) {
    const topic = records.causeTopic[i] ?? -1;
    if (topic < 0) continue; // a position record has no cause, and needs none
    named.examined += 1;
    const stage = stages[topic] ?? -1;
    const partition = records.causePartition[i] ?? -1;
    const cause = records.causeOffset[i] ?? -1;
    if (stage >= 0 && hasBit(ofTask(tasks, stage, partition).committed, cause)) continue;
    if (named.suspects.length >= suspectsMax) {
      named.more += 1;
      continue;
    }
    const strayTopic = stage >= 0 ? null : (records.causeTopics[topic] ?? "?");
    const at = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
    const [prepare, seq] = [transaction?.prepare ?? null, transaction?.seq ?? null];
    named.suspects.push({ stage, partition, cause, strayTopic, at, role: named.role, prepare, seq });
  }
}
