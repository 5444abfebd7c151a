/**
 * EO3, no phantom: an output in the committed content of the sinks whose cause is not a committed record of the source log.
 *
 * Verified: every committed output with a readable cause; a cause in an aborted transaction is a phantom too (and TX2).
 * Not verified: outputs without a readable cause (unknown); changelog records (TX2).
 * Soundness in mixed situations: that the cause is absent rests on the source log being read past it without a hole and
 * on every transaction around it being decided; otherwise unknown.
 */
import type { Checker } from "../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, present, refOf, startAnomalies, whole } from "./anomalies.ts";
import { causeDoubts, convicted, startCauses, stepCauses, type Causes } from "./causes.ts";
import { indexTasks, sourceOf, taskName } from "./tasks.ts";

const id = "EO3";
const name = "no phantom";

export const noPhantom: Checker<Causes> = {
  id,
  name,
  start: ({ description }) => startCauses(indexTasks(description)),
  step(state, batch) {
    stepCauses(state, batch, false);
    return state;
  },
  finish(state) {
    const anomalies = startAnomalies();
    for (const suspect of convicted(state)) {
      const { index } = state;
      const source = suspect.strayTopic ?? sourceOf(index, suspect.stage);
      const task = suspect.stage < 0 ? null : taskName(index, suspect.stage, suspect.partition);
      addAnomaly(anomalies, id, `${task ?? source}/${suspect.aborted}`, () => ({
        sentence: `A committed output names ${source}-${suspect.partition}@${suspect.cause} as its cause, which is ${suspect.aborted ? "an aborted record" : "no committed record of the source"}.`,
        expected: "a committed source record",
        actual: suspect.aborted ? "an aborted record" : "absent",
        evidence: [
          refOf(suspect.at),
          ...(suspect.aborted ? [refOf({ topic: source, partition: suspect.partition, offset: suspect.cause })] : []),
        ],
        restsOn: [
          present(suspect.at.topic, suspect.at.partition, suspect.at.offset),
          suspect.aborted
            ? present(source, suspect.partition, suspect.cause)
            : { ...whole(source, suspect.partition, suspect.cause), from: suspect.cause },
        ],
        firstBadCommit: refOf(suspect.transaction?.prepare ?? suspect.at),
        task,
        seq: suspect.transaction?.seq ?? null,
      }));
    }
    const doubts: string[] = [];
    if (state.unreadable > 0)
      doubts.push(`${state.unreadable} committed outputs name no readable cause: have the pipeline write rp-source.`);
    doubts.push(...causeDoubts(state));
    return conclude({
      invariant: id,
      name,
      unit: "committed outputs",
      examined: state.examined,
      anomalies: listAnomalies(anomalies),
      doubts,
      idle: "No committed output was seen.",
    });
  },
};
