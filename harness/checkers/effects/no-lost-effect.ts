/**
 * EO2, no lost effect: a committed record of a stage's source log below C has no effect in the committed content of the
 * sinks though f expects one.
 *
 * Verified: every output that f expects of every committed source record below the final committed offset C, told by
 * (cause, ordinal). Records that expect no output (duplicates, poison, expired) are no subject.
 * Not verified: effects that change state only (ST1); records that a broker acknowledged and lost (HZ1).
 * Soundness in mixed situations: outputs of undecided transactions count as seen; the absence rests on every sink
 * partition read to its end and on the whole source log below the record, and a hole in either makes it unknown.
 */
import { unplacedIn } from "../../facts/effects.ts";
import type { Facts } from "../../facts/facts.ts";
import { recordRef, type EvidenceEnd, type OffsetCommit, refOf } from "../../model/evidence.ts";
import { commitKey } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies } from "../anomalies.ts";
import { absentInTopic, present, whole } from "../../facts/reliances.ts";
import { inCommitOrder, type KeptRows } from "../../facts/kept-rows.ts";
import { specificationDoubts } from "../guarantee.ts";
import { countBelow, eachMissing } from "../../facts/paged-bits.ts";
import { eachTask, ofTask, sourceOf, taskName } from "../../facts/tasks.ts";

const id = "EO2";
const name = "no lost effect";
const unit = "expected outputs of committed source records";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  end: EvidenceEnd | null;
}

export const noLostEffect: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, facts: context.facts, end: null }),
  step(state, batch) {
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish(state) {
    const doubts = [
      ...state.facts.sources.failures,
      ...specificationDoubts(state.context),
      ...(state.end === null ? [notEnded] : []),
    ];
    let untold = 0;
    eachTask(state.facts.effects.tasks, ({ superseded }) => void (untold += superseded.untold));
    if (untold > 0)
      doubts.push(
        `${untold} plain outputs may be superseded or lost, which cannot be told without headers: have the pipeline write rp-source headers, or switch its store cache off.`,
      );
    const { anomalies, examined } = losses(state);
    // An output without a readable cause may be any effect: then nothing is proven lost.
    const unplaced = unplacedIn(state.facts.effects.counts);
    if (unplaced > 0)
      doubts.push(`${unplaced} outputs name no readable cause: have the pipeline write rp-source headers.`);
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: unplaced > 0 ? [] : listAnomalies(anomalies),
      doubts,
      idle: "No group committed an offset above a source record that expects an output.",
    });
  },
};

/** The first decided commit, in the order of the offsets log, that says the record is done. */
function firstAbove(rows: KeptRows, cause: number): OffsetCommit | null {
  const row = inCommitOrder(rows).find(
    ({ outcome, commit }) => outcome !== "undecided" && (commit.nextOffset ?? 0) > cause,
  );
  return row?.commit ?? null;
}

function losses(state: State): { readonly anomalies: ReturnType<typeof beginAnomalies>; readonly examined: number } {
  const anomalies = beginAnomalies();
  let examined = 0;
  const { end, facts } = state;
  const { index } = facts;
  if (end === null) return { anomalies, examined };
  eachTask(facts.sources.tasks, (source, stage, partition) => {
    const spec = index.stages[stage];
    const commit = spec === undefined ? undefined : end.committed.get(commitKey(spec.group, spec.source, partition));
    const committed = commit?.nextOffset ?? 0;
    if (spec === undefined || commit === undefined || committed <= 0) return;
    const task = taskName(index, stage, partition);
    const { ordinals } = ofTask(facts.effects.tasks, stage, partition);
    for (const [ordinal, expected] of source.ordinals) {
      examined += countBelow(expected, committed);
      eachMissing(expected, ordinals.get(ordinal)?.seen ?? null, { from: 0, to: committed }, (cause) => {
        addAnomaly(anomalies, id, task, () => {
          const covering = firstAbove(ofTask(facts.rows, stage, partition), cause) ?? commit;
          return {
            sentence: `${sourceOf(index, stage)}-${partition}@${cause} was passed by the commit of offset ${covering.nextOffset}, but its output ${ordinal} is in no committed transaction.`,
            expected: `output ${ordinal} of ${sourceOf(index, stage)}-${partition}@${cause}`,
            actual: "absent",
            evidence: [recordRef(spec.source, partition, cause), refOf(covering.at)],
            restsOn: [
              present(spec.source, partition, cause),
              present(commit.at.topic, commit.at.partition, commit.at.offset),
              whole(spec.source, partition, cause),
              ...spec.sinks.map(absentInTopic),
              ...index.causesRestOn,
            ],
            firstBadCommit: refOf(covering.at),
            task,
            seq: covering.seq,
          };
        });
      });
    }
  });
  return { anomalies, examined };
}
