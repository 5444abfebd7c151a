/**
 * EO4, value exact: an output's decoded value, or a header or the timestamp where f expects one, differs from f over that source
 * partition's committed log up to its cause.
 *
 * Verified: topic, key and decoded value of every committed output whose cause f answered, in the format that its
 * `rp-writer` names; its timestamp and headers where f says something of them; an output where f expects none; undecodable bytes.
 * At least once it is verified of stages that answer a record the same whatever came before (facts/redelivery.ts).
 * Not verified: a second output of the same (cause, ordinal) (EO1); at least once, stages with a state, which a redelivered record may
 * change; an output whose cause is no committed record (EO3); formats that the specification does not know (unknown); headers that
 * f does not name.
 * Soundness in mixed situations: two versions writing two formats are each judged in their own; without a header the format
 * of any version started by then may match, and the cause is the one that the audit found (audit/attribution.ts). f's answer rests on the whole source log below the cause being read and decided.
 */
import type { OutputMismatch } from "../../facts/effects.ts";
import type { Facts } from "../../facts/facts.ts";
import { recordRef, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import { everyStart, present, whole } from "../../facts/reliances.ts";
import { twinOf } from "../../facts/guesses.ts";
import { specificationDoubts } from "../guarantee.ts";
import { sourceOf, taskName, type TaskIndex } from "../../facts/tasks.ts";

const id = "EO4";
const name = "value exact";
const unit = "committed outputs";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  /** By stage. */
  readonly anomalies: Map<number, ReturnType<typeof beginAnomalies>>;
}

export const valueExact: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, facts: context.facts, anomalies: new Map() }),
  step(state) {
    const { facts, anomalies } = state;
    const { index, mismatches } = facts.effects;
    for (const mismatch of mismatches) {
      const own = anomalies.get(mismatch.stage) ?? beginAnomalies();
      anomalies.set(mismatch.stage, own);
      const task = taskName(index, mismatch.stage, mismatch.cause.partition);
      addAnomaly(own, id, task, () => describeMismatch(index, mismatch));
    }
    return state;
  },
  finish(state) {
    const { index, counts, sources } = state.facts.effects;
    const { stateful, isAsked } = state.facts.redelivery;
    const nameOf = (stage: number): string => index.stages[stage]?.name ?? "?";
    if (isAsked && index.stages.every(({ name: stage }) => stateful.has(stage)))
      return notApplicable(id, name, unit, whyNot([...stateful]));
    const missing = specificationDoubts(state.context);
    const unseen = counts.incomparable + (isAsked ? 0 : counts.again);
    const finding = conclude({
      invariant: id,
      name,
      unit,
      examined: counts.compared,
      anomalies: [...state.anomalies].flatMap(([stage, own]) =>
        stateful.has(nameOf(stage)) ? [] : listAnomalies(own),
      ),
      doubts: [
        ...(missing.length === 0 ? sources.failures : missing),
        ...(unseen === 0
          ? []
          : [
              `${unseen} outputs could not be compared: no committed cause, a second output of one cause, or a format unknown to f.`,
            ]),
      ],
      idle: "No committed output was seen.",
    });
    if (finding.outcome !== "valid") return finding;
    const notes = [
      ...(stateful.size === 0 ? [] : [whyNot([...stateful])]),
      ...(counts.again === 0 ? [] : [`${counts.again} outputs that are there again were not compared.`]),
    ];
    return notes.length === 0 ? finding : { ...finding, why: notes.join(" ") };
  },
};

function whyNot(stages: readonly string[]): string {
  return `At least once a redelivered record may change the state, so what ${stages.join(", ")} wrote was not compared.`;
}

/** An output that is not f's, as EO4 and CK4 say it. */
export function describeMismatch(index: TaskIndex, mismatch: OutputMismatch): AnomalyBody {
  const { run, i, stage, cause, expected, actual } = mismatch;
  const { records, transaction } = run;
  const source = sourceOf(index, stage);
  const at = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
  const twin = twinOf(records, i);
  return {
    sentence: `The output of ${source}-${cause.partition}@${cause.offset}${twin === null ? "" : ` (or of ${twin})`} is not what the specification says.`,
    expected,
    actual,
    evidence: [recordRef(source, cause.partition, cause.offset), refOf(at)],
    restsOn: [
      present(at.topic, at.partition, at.offset),
      whole(source, cause.partition, cause.offset),
      ...index.causesRestOn,
      // Without a header the formats are those of the versions that were started.
      ...((records.writer[i] ?? -1) < 0 ? [everyStart] : []),
    ],
    firstBadCommit: refOf(transaction?.prepare ?? at),
    task: taskName(index, stage, cause.partition),
    seq: transaction?.seq ?? null,
  };
}
