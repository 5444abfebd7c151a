/**
 * FE1, fencing: (a) in one partition a record of (producer id, epoch) comes after a record or marker of the same producer
 * id with a higher epoch; (b) in the offsets log, for one (group, partition), committed commits by incarnation A, then B,
 * then A again, with no group generation in between that gave the partition back.
 *
 * Verified: (a) every batch of every tailed log; (b) the committed offset commits of the stages' groups whose incarnation
 * is known, from `rp-writer` in any record of the same producer session.
 * Not verified: (b) where group metadata does not name the writers' members (client id = member id); a zombie that
 * commits before the new owner's first commit (OF1, CK3).
 * Soundness in mixed situations: (a) offsets and epochs of one log only. (b) asks for a generation that owns the partition
 * to A anywhere behind the last one that gave it to B before B's first commit: group metadata is written before an
 * assignment is handed out, and a commit that B finishes after it has lost the partition is no offence of A's.
 */
import type { Facts } from "../../facts/facts.ts";
import {
  eventRef,
  recordRef,
  type EvidenceEnd,
  type Generation,
  type OffsetCommit,
  refOf,
} from "../../model/evidence.ts";
import type { LogBatch } from "../../model/log.ts";
import type { Checker } from "../checker.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import { present } from "../../facts/reliances.ts";
import { sessionOf } from "../../facts/commit-rows.ts";
import { inCommitOrder, type KeptRows } from "../../facts/kept-rows.ts";
import { eachTask, sourceOf, taskName, writerOf, type TaskIndex } from "../../facts/tasks.ts";
import type { Transaction } from "../../model/evidence.ts";

const id = "FE1";
const name = "fencing";

interface State {
  readonly index: TaskIndex;
  readonly rows: Facts["rows"];
  /** Per topic-partition: the log read so far, and the highest epoch of each producer id with its place. */
  readonly logs: Map<string, { next: number; readonly epochs: Map<number, { epoch: number; offset: number }> }>;
  /** Session of a transactional id → `member/incarnation`. */
  readonly writers: Map<string, string>;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
  end: EvidenceEnd | null;
}

export const fencing: Checker<State> = {
  id,
  name,
  begin: ({ facts }) => ({
    index: facts.index,
    rows: facts.rows,
    logs: new Map(),
    writers: new Map(),
    anomalies: beginAnomalies(),
    examined: 0,
    end: null,
  }),
  step(state, batch) {
    if (batch.kind === "log") judgeEpoch(state, batch.batch);
    else if (batch.kind === "end") state.end = batch.end;
    else if (batch.kind === "transaction") learnWriter(state, batch.transaction);
    return state;
  },
  finish(state) {
    const anomalies = beginAnomalies();
    eachTask(state.rows, (rows, stage, partition) => judgeTask(state, { rows, stage, partition }, anomalies));
    return conclude({
      invariant: id,
      name,
      unit: "producer epochs of batches",
      examined: state.examined,
      anomalies: [...listAnomalies(state.anomalies), ...listAnomalies(anomalies)],
      doubts: [],
      idle: "No record of an idempotent or transactional producer was seen.",
    });
  },
};

function judgeEpoch(state: State, batch: LogBatch): void {
  if (batch.producerId < 0) return;
  const log = `${batch.topic}-${batch.partition}`;
  let known = state.logs.get(log);
  if (known === undefined) state.logs.set(log, (known = { next: 0, epochs: new Map() }));
  if (batch.baseOffset < known.next) return; // read twice
  known.next = batch.lastOffset + 1;
  state.examined += 1;
  const highest = known.epochs.get(batch.producerId);
  if (highest === undefined || batch.producerEpoch >= highest.epoch) {
    known.epochs.set(batch.producerId, { epoch: batch.producerEpoch, offset: batch.lastOffset });
    return;
  }
  const { topic, partition, baseOffset, producerId, producerEpoch, seq } = batch;
  addAnomaly(state.anomalies, id, `epoch ${producerId}`, () => ({
    sentence: `${topic}-${partition} holds a batch of a fenced epoch of producer ${producerId}.`,
    expected: `epoch ${highest.epoch} or more`,
    actual: `epoch ${producerEpoch}`,
    evidence: [recordRef(topic, partition, highest.offset), recordRef(topic, partition, baseOffset)],
    restsOn: [present(topic, partition, highest.offset), present(topic, partition, baseOffset)],
    firstBadCommit: null,
    task: null,
    seq,
  }));
}

/** An aborted transaction tells the writer of its session as well as a committed one. */
function learnWriter(state: State, transaction: Transaction): void {
  const session = sessionOf(transaction);
  if (state.writers.has(session)) return;
  for (const { records } of transaction.parts) {
    const writer = records.count > 0 ? writerOf(records, 0) : null;
    if (writer !== null) {
      state.writers.set(session, writer);
      return;
    }
  }
}

interface Task {
  readonly rows: KeptRows;
  readonly stage: number;
  readonly partition: number;
}

interface Owned {
  readonly writer: string;
  readonly first: OffsetCommit;
  last: OffsetCommit;
}

function judgeTask(state: State, { rows, stage, partition }: Task, anomalies: ReturnType<typeof beginAnomalies>): void {
  const owned: Owned[] = [];
  for (const row of inCommitOrder(rows)) {
    const writer = row.outcome === "committed" ? (row.writer ?? state.writers.get(row.producer) ?? null) : null;
    if (writer === null) continue;
    const last = owned.at(-1);
    if (last?.writer === writer) last.last = row.commit;
    else owned.push({ writer, first: row.commit, last: row.commit });
  }
  for (const [i, again] of owned.entries()) {
    const between = owned[i - 1];
    const before =
      between === undefined ? undefined : owned.slice(0, i - 1).findLast(({ writer }) => writer === again.writer);
    if (between === undefined || before === undefined) continue;
    const zombie = { stage, partition, before, between, again };
    const takeover = unreturned(state, zombie);
    if (takeover !== null)
      addAnomaly(anomalies, id, taskName(state.index, stage, partition), () =>
        describeZombie(state.index, zombie, takeover),
      );
  }
}

interface Zombie {
  readonly stage: number;
  readonly partition: number;
  readonly before: Owned;
  readonly between: Owned;
  readonly again: Owned;
}

/** The generation that gave the partition to B, when none behind it gave it back to A before A's commit. */
function unreturned(state: State, { stage, partition, between, again }: Zombie): Generation | null {
  const spec = state.index.stages[stage];
  const log = `${spec?.source}-${partition}`;
  const generations = (state.end?.generations ?? []).filter(
    ({ group, at }) => group === spec?.group && at.partition === again.first.at.partition,
  );
  const owns = (generation: Generation, writer: string): boolean =>
    generation.owners.get(memberOf(writer))?.includes(log) === true;
  const isNamed = (writer: string): boolean => generations.some(({ owners }) => owners.has(memberOf(writer)));
  if (!isNamed(again.writer) || !isNamed(between.writer)) return null;
  const takeover = generations.findLast(
    (generation) => generation.at.offset < between.first.at.offset && owns(generation, between.writer),
  );
  if (takeover === undefined) return null;
  const isReturned = generations.some(
    (generation) =>
      generation.at.offset > takeover.at.offset &&
      generation.at.offset < again.first.at.offset &&
      owns(generation, again.writer),
  );
  return isReturned ? null : takeover;
}

function memberOf(writer: string): string {
  return writer.slice(0, writer.lastIndexOf("/"));
}

function describeZombie(
  index: TaskIndex,
  { stage, partition, before, between, again }: Zombie,
  takeover: Generation,
): AnomalyBody {
  const commits = [before.last, between.first, again.first];
  const { at } = again.first;
  return {
    sentence: `${again.writer} committed offsets of ${sourceOf(index, stage)}-${partition} again after ${between.writer} had taken it over.`,
    expected: `a generation that gives ${sourceOf(index, stage)}-${partition} back to ${memberOf(again.writer)}`,
    actual: `none after generation ${takeover.generation}`,
    evidence: [...commits.map((commit) => refOf(commit.at)), eventRef(takeover.seq)],
    restsOn: [
      ...commits.map((commit) => present(commit.at.topic, commit.at.partition, commit.at.offset)),
      {
        ledger: "log",
        partition: `${at.topic}-${at.partition}`,
        from: takeover.at.offset,
        to: at.offset,
        claims: "absence",
      },
    ],
    firstBadCommit: refOf(at),
    task: taskName(index, stage, partition),
    seq: again.first.seq,
  };
}
