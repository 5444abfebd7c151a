/**
 * EO3, no phantom: an output in the committed content of the sinks whose cause is not a committed record of the source log.
 *
 * Verified: every committed output with a readable cause; a cause in an aborted transaction is a phantom too (and TX2).
 * Not verified: outputs without a readable cause (unknown); changelog records (TX2).
 * Soundness in mixed situations: that the cause is absent rests on the source log being read past it without a hole and
 * on every transaction around it being decided; otherwise unknown.
 */
import { refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies } from "../anomalies.ts";
import { present, whole } from "../../facts/reliances.ts";
import { causeDoubts, convicted } from "../../facts/causes.ts";
import type { Facts } from "../../facts/facts.ts";
import { sourceOf, taskName } from "../../facts/tasks.ts";

const id = "EO3";
const name = "no phantom";

export const noPhantom: Checker<Facts> = {
  id,
  name,
  begin: ({ facts }) => facts,
  step: (facts) => facts,
  finish({ index, sources, effects, causes }) {
    const anomalies = beginAnomalies();
    for (const suspect of convicted(sources, causes.outputs)) {
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
        firstBadCommit: refOf(suspect.prepare ?? suspect.at),
        task,
        seq: suspect.seq,
      }));
    }
    const doubts: string[] = [];
    const { unreadable, undecided } = effects.counts;
    if (unreadable > 0)
      doubts.push(`${unreadable} committed outputs name no readable cause: have the pipeline write rp-source.`);
    doubts.push(...causeDoubts(causes.outputs.more, undecided));
    return conclude({
      invariant: id,
      name,
      unit: "committed outputs",
      examined: causes.outputs.examined,
      anomalies: listAnomalies(anomalies),
      doubts,
      idle: "No committed output was seen.",
    });
  },
};
