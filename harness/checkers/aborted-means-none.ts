/**
 * TX2, aborted means none: a committed output or changelog record whose cause is an aborted record of the source log.
 *
 * Verified: every committed output and changelog record with a readable cause, against the aborted records of its
 * stage's source log.
 * Not verified: offset commits (they name no cause); the offset as the broker's own fetch reports it.
 * Soundness in mixed situations: rests on two presences, the effect and the aborted record with its abort marker; a
 * record of an undecided transaction is neither committed nor aborted and is never counted.
 */
import type { Checker, CheckerContext } from "../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, present, refOf, startAnomalies } from "./anomalies.ts";
import { causeDoubts, convicted, startCauses, stepCauses, type Causes } from "./causes.ts";
import { allowedByGuarantee } from "./guarantee.ts";
import { indexTasks, sourceOf, taskName } from "./tasks.ts";

const id = "TX2";
const name = "aborted means none";
const unit = "committed outputs and changelog records";

interface State {
  readonly context: CheckerContext;
  readonly causes: Causes;
}

export const abortedMeansNone: Checker<State> = {
  id,
  name,
  start: (context) => ({ context, causes: startCauses(indexTasks(context.description)) }),
  step(state, batch) {
    stepCauses(state.causes, batch, true);
    return state;
  },
  finish({ context, causes }) {
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    const anomalies = startAnomalies();
    for (const { stage, partition, cause, at, role, transaction } of convicted(causes).filter((one) => one.aborted)) {
      const task = taskName(causes.index, stage, partition);
      const source = { topic: sourceOf(causes.index, stage), partition, offset: cause };
      addAnomaly(anomalies, id, task, () => ({
        sentence: `A committed ${role} has the aborted record ${source.topic}-${partition}@${cause} as its cause.`,
        expected: "no effect of an aborted record",
        actual: `a committed ${role}`,
        evidence: [refOf(source), refOf(at)],
        restsOn: [present(source.topic, partition, cause), present(at.topic, at.partition, at.offset)],
        firstBadCommit: refOf(transaction?.prepare ?? at),
        task,
        seq: transaction?.seq ?? null,
      }));
    }
    return conclude({
      invariant: id,
      name,
      unit,
      examined: causes.examined,
      anomalies: listAnomalies(anomalies),
      doubts: causeDoubts(causes),
      idle: "No committed output or changelog record was seen.",
    });
  },
};
