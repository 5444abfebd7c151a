/**
 * TX4, no read before commit: an effect is committed before the transaction that wrote its cause was.
 *
 * Verified: stages that read what another stage writes. For each committed transaction, each transaction that wrote causes of it: (a) both
 * are prepared in one partition of the state log, the reader's prepare record first; (b) in a log that both wrote to, the reader's
 * commit marker lies below a record of the writer.
 * Not verified: pairs that share no log, for logs of different partitions have no order; inputs of the pipeline's first stage, which the
 * workload writes without transactions; effects outside transactions; causes read more than 1,024 transactions after they were written.
 * Soundness in mixed situations: prepare records of one partition are in the order of the decisions. A marker is written after its
 * transaction is decided, and no record after, so (b) holds however late markers come; the order of two markers proves nothing and
 * is not used. A cause that was chosen among several is left out. What was aborted is TX2's.
 */
import { parseNumbered } from "../../base/numbered.ts";
import type { ChainedRead } from "../../facts/chained-reads.ts";
import type { Facts } from "../../facts/facts.ts";
import { joined, present } from "../../facts/reliances.ts";
import { taskName } from "../../facts/tasks.ts";
import { recordRef, refOf, type LogRef } from "../../model/evidence.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies, type Anomalies } from "../anomalies.ts";
import type { Checker } from "../checker.ts";
import { allowedByGuarantee } from "../guarantee.ts";

const id = "TX4";
const name = "no read before commit";
const unit = "causes whose transactions share a log with their readers'";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  readonly anomalies: Anomalies;
  examined: number;
  hasEnded: boolean;
}

export const noReadBeforeCommit: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, facts: context.facts, anomalies: beginAnomalies(), examined: 0, hasEnded: false }),
  step(state, batch) {
    if (batch.kind === "end") state.hasEnded = true;
    for (const read of state.facts.reads.arrived) judge(state, read);
    return state;
  },
  finish(state) {
    const allowed = allowedByGuarantee(state.context, { id, name }, unit);
    if (allowed !== null) return allowed;
    return conclude({
      invariant: id,
      name,
      unit,
      examined: state.examined,
      anomalies: listAnomalies(state.anomalies),
      doubts: state.hasEnded ? [] : [notEnded],
      idle: "No transaction shares a log with the one that wrote its causes.",
    });
  },
};

/** Two places of one log: the reader was decided at the first, and the writer was not at the second. */
interface Proof {
  readonly decided: LogRef;
  readonly undecided: LogRef;
}

function judge(state: State, read: ChainedRead): void {
  const proofs = [byState(read), ...byMarkers(read)].filter((proof) => proof !== null);
  if (proofs.length === 0) return;
  state.examined += 1;
  const proof = proofs.find(({ decided, undecided }) => decided.offset < undecided.offset);
  if (proof === undefined) return;
  const { cause, effect, stage, reader, writer } = read;
  const task = taskName(state.facts.index, stage, cause.partition);
  addAnomaly(state.anomalies, id, task, () => ({
    sentence: `${task} read ${refOf(cause).slice(2)} before it was committed: the transaction of ${reader.transactionalId} with its effect was committed before that of ${writer.transactionalId}.`,
    expected: `the reader decided behind ${refOf(proof.undecided).slice(2)}`,
    actual: `decided at ${refOf(proof.decided).slice(2)} or before`,
    evidence: [refOf(cause), refOf(effect), refOf(proof.decided), refOf(proof.undecided)],
    restsOn: [
      present(cause.topic, cause.partition, cause.offset),
      present(effect.topic, effect.partition, effect.offset),
      ...joined(reader.prepare),
      ...joined(writer.prepare),
      ...state.facts.index.causesRestOn,
    ],
    firstBadCommit: recordRef(effect.topic, effect.partition, effect.offset),
    task,
    seq: reader.seq,
  }));
}

/** (a) */
function byState({ reader, writer }: ChainedRead): Proof | null {
  const [own, other] = [reader.prepare, writer.prepare];
  if (own === null || other === null) return null;
  return own.topic === other.topic && own.partition === other.partition ? { decided: own, undecided: other } : null;
}

/** (b) */
function byMarkers({ reader, writer }: ChainedRead): readonly Proof[] {
  return [...reader.markers].flatMap(([log, marker]) => {
    const last = writer.lastRecords.get(log);
    const of = parseNumbered(log);
    if (last === undefined || of === null) return [];
    const at = { topic: of.name, partition: of.number };
    return [{ decided: { ...at, offset: marker }, undecided: { ...at, offset: last } }];
  });
}
