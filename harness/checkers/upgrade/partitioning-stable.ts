/**
 * PT1, partitioning stable: one key is on two partitions of a topic, or a changelog record is off its co-partition, across
 * versions, members or clients.
 *
 * Verified: every committed record with a key in a sink, against the partition of its key's first record there, for pipelines
 * without headers, too; every committed changelog record against the source partition that its own header or its
 * transactional id names.
 * Not verified: sinks that the description calls `partitioning: free`; records without a key; which partition a key belongs in
 * when all of its records agree; input topics, whose records the harness sends; state keys of a changelog, since a task may
 * keep one of the same name in every partition; keys beyond the first million of a topic (unknown).
 * Soundness in mixed situations: rests on two records that are there, so no hole, no order and no version matters. Where the
 * description does not say whether a sink goes by keys, it convicts only if all repeated keys of before the upgrade, at least 20, were on
 * their partitions; else it is unknown, and the description is asked to say.
 */
import { recordRef, refOf, type EvidenceBatch, type Records, type Transaction } from "../../model/evidence.ts";
import type { Finding } from "../../model/finding.ts";
import { identityShown } from "../../model/record-key.ts";
import type { KeyPartitions, Stray, TopicKeys } from "../../facts/key-partitions.ts";
import { joined, present } from "../../facts/reliances.ts";
import { eachWritten, sourceOf, taskName, type TaskIndex } from "../../facts/tasks.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import type { Checker } from "../checker.ts";

const id = "PT1";
const name = "partitioning stable";
const unit = "keyed outputs and changelog records";

/** Of a sink of two partitions without regard to keys, so many repeated keys stay on theirs once in a million times. */
const enough = 20;

interface State {
  readonly keys: KeyPartitions;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  /** Changelog records of which the source partition is known. */
  placed: number;
}

export const partitioningStable: Checker<State> = {
  id,
  name,
  begin: ({ facts }) => ({ keys: facts.upgrade.keys, anomalies: beginAnomalies(), placed: 0 }),
  step(state, batch) {
    stepChangelogs(state, batch);
    return state;
  },
  finish(state) {
    const { keys, placed } = state;
    if (keys.topics.size === 0 && keys.index.byChangelog.size === 0)
      return notApplicable(id, name, unit, "The description calls the partitioning of every sink free.");
    return judged(keys, listAnomalies(state.anomalies), placed);
  },
};

function judged(keys: KeyPartitions, offTask: Finding["anomalies"], placed: number): Finding {
  const doubts: string[] = [];
  const strays = beginAnomalies();
  let examined = placed;
  for (const [topic, own] of keys.topics) {
    examined += own.compared;
    doubts.push(...doubtsOf(topic, own));
    const { stray } = own;
    if (stray === null || !goesByKeys(own)) continue;
    addAnomaly(strays, id, topic, () => describeStray(stray));
  }
  const more = (topic: string): number => keys.topics.get(topic)?.more ?? 0;
  const onTwo = [...strays.kept].map(([topic, { anomaly }]) => ({ ...anomaly, more: more(topic) }));
  return conclude({
    invariant: id,
    name,
    unit,
    examined,
    anomalies: [...onTwo, ...offTask],
    doubts,
    idle: "No key was written twice: send more records per key (workload.keys), or declare the sinks free of their keys.",
  });
}

/** The description says so, or all that the old version wrote. */
function goesByKeys({ isDeclared, before }: TopicKeys): boolean {
  return isDeclared || (before.strayed === 0 && before.compared >= enough);
}

function doubtsOf(topic: string, own: TopicKeys): readonly string[] {
  const { before, undecided, places, stray } = own;
  return [
    ...(stray !== null && !goesByKeys(own)
      ? [
          `${own.more + 1} records of ${topic} are on another partition than their key, and before the upgrade began ${before.strayed} of ${before.compared} repeated keys were, so whether its partitions go by keys is not known: say \`partitioning: free\` or \`by-key\` in the pipeline's description.`,
        ]
      : []),
    ...(undecided > 0 ? [`${undecided} records of ${topic} lie in undecided transactions.`] : []),
    ...(places.unfollowed > 0
      ? [`${places.unfollowed} records of ${topic} have keys beyond the first ${places.keys}, which were not followed.`]
      : []),
  ];
}

function describeStray({ key, first, at, firstVersion, version, transaction }: Stray): AnomalyBody {
  const by = (of: string | null): string => (of === null ? "" : `, written by ${of}`);
  return {
    sentence: `Key ${identityShown(key)} of ${at.topic} is on partition ${first.partition}${by(firstVersion)}, and on partition ${at.partition}${by(version)}.`,
    expected: `partition ${first.partition}, as for the key's first record`,
    actual: `partition ${at.partition}`,
    evidence: [refOf(first), refOf(at)],
    restsOn: [present(first.topic, first.partition, first.offset), present(at.topic, at.partition, at.offset)],
    firstBadCommit: refOf(transaction?.prepare ?? at),
    task: null,
    seq: transaction?.seq ?? null,
  };
}

function stepChangelogs(state: State, batch: EvidenceBatch): void {
  const { index } = state.keys;
  eachWritten(batch, index.byChangelog, (records, outcome, transaction) => {
    const stage = index.byChangelog.get(records.topic);
    if (outcome !== "committed" || stage === undefined) return;
    const task = transaction?.task ?? null;
    const byId = task !== null && task.stage === index.stages[stage]?.name ? task.partition : null;
    for (let i = 0; i < records.count; i++) {
      const byHeader = records.causeTopics[records.causeTopic[i] ?? -1] === sourceOf(index, stage);
      const due = byHeader ? (records.causePartition[i] ?? -1) : byId;
      if (due === null) continue;
      state.placed += 1;
      if (due === records.partition) continue;
      const of = {
        index,
        stage,
        due,
        records,
        i,
        transaction,
        says: byHeader ? "header" : "transactional id",
      } as const;
      addAnomaly(state.anomalies, id, taskName(index, stage, due), () => describeOffTask(of));
    }
  });
}

interface OffTask {
  readonly index: TaskIndex;
  readonly stage: number;
  readonly due: number;
  readonly records: Records;
  readonly i: number;
  readonly transaction: Transaction | null;
  readonly says: "header" | "transactional id";
}

function describeOffTask({ index, stage, due, records, i, transaction, says }: OffTask): AnomalyBody {
  const { topic, partition } = records;
  const offset = records.offsets[i] ?? 0;
  const task = taskName(index, stage, due);
  return {
    sentence: `A changelog record of ${task} is on partition ${partition} of ${topic}: its ${says} names ${task}.`,
    expected: `partition ${due}, that of its source`,
    actual: `partition ${partition}`,
    evidence: [recordRef(topic, partition, offset)],
    restsOn: [present(topic, partition, offset), ...(says === "header" ? [] : joined(transaction?.prepare ?? null))],
    firstBadCommit: transaction?.prepare == null ? recordRef(topic, partition, offset) : refOf(transaction.prepare),
    task,
    seq: transaction?.seq ?? null,
  };
}
