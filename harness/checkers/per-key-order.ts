/**
 * OR1, per-key order: per (key, source partition), (cause, ordinal) decreases in a sink partition.
 *
 * Verified: committed outputs with a readable cause, by offset within each sink partition.
 * Not verified: order between keys, between source partitions, or across sink partitions; equal (cause, ordinal) (EO1).
 * Soundness in mixed situations: every flagged pair is compared by its own offsets, so transactions that were decided
 * out of order, and many producers interleaved on one partition, are told rightly. Memory is one entry per key.
 */
import { recordRef, slice, type Records, type Transaction } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import { identityShown, keyIdentity } from "../model/record-key.ts";
import { addAnomaly, conclude, listAnomalies, present, refOf, startAnomalies } from "./anomalies.ts";
import { allowedByGuarantee } from "./guarantee.ts";
import { eachWritten, indexTasks, sourceOf, stagesOfCauses, taskName, type TaskIndex } from "./tasks.ts";

const id = "OR1";
const name = "per-key order";
const unit = "committed outputs";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  /** `sink-partition stage-partition` → key → the output at the highest sink offset. */
  readonly lanes: Map<string, Map<string, Last>>;
  readonly anomalies: ReturnType<typeof startAnomalies>;
  examined: number;
  undecided: number;
}

interface Last {
  offset: number;
  cause: number;
  ordinal: number;
}

export const perKeyOrder: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    lanes: new Map(),
    anomalies: startAnomalies(),
    examined: 0,
    undecided: 0,
  }),
  step(state, batch) {
    eachWritten(batch, state.index.bySink, (records, outcome, transaction) => {
      if (outcome === "committed") stepRecords(state, records, transaction);
      else state.undecided += records.count;
    });
    return state;
  },
  finish(state) {
    return (
      allowedByGuarantee(state.context, { id, name }, unit) ??
      conclude({
        invariant: id,
        name,
        unit,
        examined: state.examined,
        anomalies: listAnomalies(state.anomalies),
        doubts: state.undecided > 0 ? [`${state.undecided} outputs lie in undecided transactions.`] : [],
        idle: "No committed output with a readable cause was seen.",
      })
    );
  },
};

function stepRecords(state: State, records: Records, transaction: Transaction | null): void {
  const stages = stagesOfCauses(state.index, records);
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage < 0) continue;
    state.examined += 1;
    const partition = records.causePartition[i] ?? -1;
    const lane = laneOf(state, `${records.topic}-${records.partition} ${stage}-${partition}`);
    const key = keyIdentity(slice(records.bytes, records.keyAt, i));
    const offset = records.offsets[i] ?? 0;
    const cause = records.causeOffset[i] ?? 0;
    const ordinal = records.ordinal[i] ?? 0;
    const last = lane.get(key);
    if (last === undefined) {
      lane.set(key, { offset, cause, ordinal });
      continue;
    }
    const now = { offset, cause, ordinal };
    const [earlier, later] = offset > last.offset ? [last, now] : [now, last];
    if (later.cause < earlier.cause || (later.cause === earlier.cause && later.ordinal < earlier.ordinal))
      describe(state, { stage, partition, records, key, transaction, earlier: { ...earlier }, later: { ...later } });
    if (offset > last.offset) Object.assign(last, now);
  }
}

function laneOf(state: State, name: string): Map<string, Last> {
  const known = state.lanes.get(name);
  if (known !== undefined) return known;
  const lane = new Map<string, Last>();
  state.lanes.set(name, lane);
  return lane;
}

interface Pair {
  readonly stage: number;
  readonly partition: number;
  readonly records: Records;
  readonly key: string;
  readonly transaction: Transaction | null;
  readonly earlier: Last;
  readonly later: Last;
}

function describe(state: State, { stage, partition, records, key, transaction, earlier, later }: Pair): void {
  const task = taskName(state.index, stage, partition);
  addAnomaly(state.anomalies, id, `${task} ${records.topic}-${records.partition}`, () => {
    const source = sourceOf(state.index, stage);
    const refs = [earlier, later].map(({ offset }) => recordRef(records.topic, records.partition, offset));
    return {
      sentence: `Outputs of key ${identityShown(key)} from ${source}-${partition} go back in ${records.topic}-${records.partition}.`,
      expected: `causes in order: ${later.cause}#${later.ordinal} before ${earlier.cause}#${earlier.ordinal}`,
      actual: `${earlier.cause}#${earlier.ordinal} at offset ${earlier.offset}, ${later.cause}#${later.ordinal} at ${later.offset}`,
      evidence: refs,
      restsOn: [
        present(records.topic, records.partition, earlier.offset),
        present(records.topic, records.partition, later.offset),
        ...state.index.causesRestOn,
      ],
      firstBadCommit: transaction?.prepare == null ? null : refOf(transaction.prepare),
      task,
      seq: transaction?.seq ?? null,
    };
  });
}
