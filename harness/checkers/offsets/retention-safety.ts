/**
 * OF4, retention safety: records of a source at or above the committed offset were deleted.
 *
 * Verified: each time that the first offset of a source partition rose, as the broker's answers to the tail say, against the committed
 * offset in force then: that no commit of the group behind the deleted records was readable yet, and that a record was among them,
 * which the tail had read or a broker had acknowledged.
 * Not verified: records that the newest checkpoint still needs; a deletion that a commit follows faster than the tail reads; groups of
 * pipelines that keep their offsets elsewhere.
 * Soundness in mixed situations: the log's new beginning and the records that were there are presences. That no commit covered them is
 * an absence in the offsets log, up to the first commit that does. Commits of undecided transactions count as covering.
 */
import { absent, absentInTopic, present } from "../../facts/reliances.ts";
import type { TaskDeletions } from "../../facts/deletions.ts";
import type { Facts } from "../../facts/facts.ts";
import type { CommitRow } from "../../facts/commit-rows.ts";
import { rowsIn } from "../../facts/kept-rows.ts";
import { firstBit } from "../../facts/paged-bits.ts";
import { cameAfter } from "../../facts/read-order.ts";
import { firstAcknowledged } from "../../facts/sends.ts";
import { eachTask, ofTask, sourceOf, taskName } from "../../facts/tasks.ts";
import type { HistoryEvent } from "../../model/event.ts";
import { eventRef, recordRef, refOf, type LogRef } from "../../model/evidence.ts";
import type { Reliance } from "../../model/finding.ts";
import { addAnomaly, beginAnomalies, conclude, listAnomalies, notEnded, type Anomalies } from "../anomalies.ts";
import type { Checker } from "../checker.ts";

const id = "OF4";
const name = "retention safety";
const offsetsTopic = "__consumer_offsets";

interface State {
  readonly facts: Facts;
  hasEnded: boolean;
}

export const retentionSafety: Checker<State> = {
  id,
  name,
  begin: ({ facts }) => ({ facts, hasEnded: false }),
  step(state, batch) {
    if (batch.kind === "end") state.hasEnded = true;
    return state;
  },
  finish({ facts, hasEnded }) {
    const anomalies = beginAnomalies();
    let examined = 0;
    eachTask(facts.deletions.tasks, (task, stage, partition) => {
      examined += task.seen;
      judgeTask({ facts, stage, partition }, task, anomalies);
    });
    return conclude({
      invariant: id,
      name,
      unit: "deletions at the beginning of a source log",
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: hasEnded ? [] : [notEnded],
      idle: "No record of a source was deleted.",
    });
  },
};

interface Task {
  readonly facts: Facts;
  readonly stage: number;
  readonly partition: number;
}

interface InForce {
  readonly row: CommitRow;
  readonly next: number;
  readonly at: LogRef;
}

function judgeTask(task: Task, { above }: TaskDeletions, anomalies: Anomalies): void {
  if (above.length === 0) return;
  const commits = rowsIn(ofTask(task.facts.rows, task.stage, task.partition))
    .flatMap((row): InForce[] => {
      const next = row.commit?.nextOffset;
      if (row.commit === null || next == null) return [];
      return [{ row, next, at: { ...row.commit.at, offset: row.inForceAt ?? row.commit.at.offset } }];
    })
    .toSorted((a, b) => a.at.offset - b.at.offset);
  for (const deletion of above) {
    const covering = commits.find(({ next }) => next >= deletion.to);
    const isLater = ({ at }: InForce): boolean => cameAfter(task.facts.readOrder, at, deletion.seq);
    if (covering !== undefined && (covering.row.outcome === "undecided" || !isLater(covering))) continue;
    // May have been in force, undecided ones too.
    const firstLater = commits.findIndex(isLater);
    const before = firstLater < 0 ? commits : commits.slice(0, firstLater);
    const next = before.reduce((most, commit) => Math.max(most, commit.next), 0);
    const lost = recordIn(task, next, deletion.to);
    if (lost === null) continue;
    addAnomaly(anomalies, id, taskName(task.facts.index, task.stage, task.partition), () =>
      describe(task, { deletion, next, lost, covering, last: before.at(-1) }),
    );
  }
}

/** A record that was there from `from` on and below `to`; null: only markers and aborted ones, as far as anybody knows. */
function recordIn({ facts, stage, partition }: Task, from: number, to: number): number | null {
  const read = firstBit(ofTask(facts.sources.tasks, stage, partition).committed, from, to);
  return read ?? firstAcknowledged(facts.sends, { topic: sourceOf(facts.index, stage), partition }, from, to);
}

interface Deleted {
  readonly deletion: HistoryEvent<"log-start-moved">;
  /** The committed offset at most. */
  readonly next: number;
  readonly lost: number;
  readonly covering: InForce | undefined;
  readonly last: InForce | undefined;
}

function describe({ facts, stage, partition }: Task, { deletion, next, lost, covering, last }: Deleted) {
  const source = sourceOf(facts.index, stage);
  const group = facts.index.stages[stage]?.group ?? "?";
  const log = covering?.at ?? last?.at;
  const uncovered: readonly Reliance[] =
    covering === undefined || log === undefined
      ? [absentInTopic(offsetsTopic)]
      : [absent(log.topic, log.partition, last === undefined ? 0 : last.at.offset + 1, covering.at.offset)];
  return {
    sentence: `${source}-${partition} was deleted up to ${deletion.to} while the committed offset of ${group} was ${next} at most.`,
    expected: `records from ${next} on are kept`,
    actual: `${source}-${partition}@${lost} is gone, and the log begins at ${deletion.to}`,
    evidence: [
      ...(last === undefined ? [] : [refOf(last.row.commit?.at ?? last.at)]),
      recordRef(source, partition, lost),
      eventRef(deletion.seq),
      ...(covering === undefined ? [] : [refOf(covering.row.commit?.at ?? covering.at)]),
    ],
    restsOn: [
      { ledger: "log", partition: null, from: deletion.seq, to: deletion.seq, claims: "presence" } as const,
      ...(last === undefined ? [] : [present(last.at.topic, last.at.partition, last.at.offset)]),
      ...uncovered,
    ],
    firstBadCommit: null,
    task: taskName(facts.index, stage, partition),
    seq: deletion.seq,
  };
}
