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
import { recordRef, type EvidenceBatch, type EvidenceEnd, type OffsetCommit } from "../model/evidence.ts";
import { commitKey } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import {
  absentInTopic,
  addAnomaly,
  conclude,
  listAnomalies,
  notEnded,
  present,
  refOf,
  startAnomalies,
  whole,
} from "./anomalies.ts";
import { inCommitOrder, keepRows, startRows, type CommitRow } from "./commit-rows.ts";
import { failureOf } from "./expected-outputs.ts";
import { missingSpecification } from "./guarantee.ts";
import { addBit, countBelow, eachMissing, startBits, type PagedBits } from "./paged-bits.ts";
import { eachTask, eachWritten, indexTasks, ofTask, perTask, sourceOf, stagesOfCauses, taskName } from "./tasks.ts";

const id = "EO2";
const name = "no lost effect";
const unit = "expected outputs of committed source records";

interface State {
  readonly context: CheckerContext;
  readonly index: ReturnType<typeof indexTasks>;
  readonly tasks: ReturnType<typeof perTask<Map<number, Both>>>;
  readonly rows: ReturnType<typeof startRows>;
  readonly failures: Set<string>;
  unreadable: number;
  end: EvidenceEnd | null;
}

/** Per ordinal: causes for which f expects it, and causes for which it was seen. */
interface Both {
  readonly expected: PagedBits;
  readonly seen: PagedBits;
}

export const noLostEffect: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    tasks: perTask<Map<number, Both>>(() => new Map()),
    rows: startRows(),
    failures: new Set(),
    unreadable: 0,
    end: null,
  }),
  step(state, batch) {
    keepRows(state.rows, state.index, batch);
    if (batch.kind === "source") expect(state, batch);
    else if (batch.kind === "end") state.end = batch.end;
    else see(state, batch);
    return state;
  },
  finish(state) {
    const missing = missingSpecification(state.context);
    const doubts = [
      ...state.failures,
      ...(missing === null ? [] : [missing]),
      ...(state.end === null ? [notEnded] : []),
    ];
    const { anomalies, examined } = losses(state);
    // An output without a readable cause may be any effect: then nothing is proven lost.
    if (state.unreadable > 0)
      doubts.push(`${state.unreadable} outputs name no readable cause: have the pipeline write rp-source headers.`);
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: state.unreadable > 0 ? [] : listAnomalies(anomalies),
      doubts,
      idle: "No group committed an offset above a source record that expects an output.",
    });
  },
};

function expect(state: State, batch: Extract<EvidenceBatch, { kind: "source" }>): void {
  const stage = state.index.byName.get(batch.stage);
  if (stage === undefined) return;
  if (batch.expected === null) {
    state.failures.add(failureOf(batch.stage, batch.partition, batch.failure));
    return;
  }
  const ordinals = ofTask(state.tasks, stage, batch.partition);
  for (const [i, { outputs }] of batch.expected.entries())
    for (const { ordinal } of outputs) addBit(bothOf(ordinals, ordinal).expected, batch.records.offsets[i] ?? 0);
}

function see(state: State, batch: EvidenceBatch): void {
  eachWritten(batch, state.index.bySink, (records) => {
    const stages = stagesOfCauses(state.index, records);
    for (let i = 0; i < records.count; i++) {
      const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
      if (stage < 0) state.unreadable += 1;
      else
        addBit(
          bothOf(ofTask(state.tasks, stage, records.causePartition[i] ?? -1), records.ordinal[i] ?? 0).seen,
          records.causeOffset[i] ?? 0,
        );
    }
  });
}

function bothOf(ordinals: Map<number, Both>, ordinal: number): Both {
  const known = ordinals.get(ordinal);
  if (known !== undefined) return known;
  const both = { expected: startBits(), seen: startBits() };
  ordinals.set(ordinal, both);
  return both;
}

/** The first decided commit, in the order of the offsets log, that says the record is done. */
function firstAbove(rows: readonly CommitRow[], cause: number): OffsetCommit | null {
  const row = inCommitOrder(rows).find(
    ({ outcome, commit }) => outcome !== "undecided" && (commit.nextOffset ?? 0) > cause,
  );
  return row?.commit ?? null;
}

function losses(state: State): { readonly anomalies: ReturnType<typeof startAnomalies>; readonly examined: number } {
  const anomalies = startAnomalies();
  let examined = 0;
  const { end, index } = state;
  if (end === null) return { anomalies, examined };
  eachTask(state.tasks, (ordinals, stage, partition) => {
    const spec = index.stages[stage];
    const commit = spec === undefined ? undefined : end.committed.get(commitKey(spec.group, spec.source, partition));
    const committed = commit?.nextOffset ?? 0;
    if (spec === undefined || commit === undefined || committed <= 0) return;
    const task = taskName(index, stage, partition);
    for (const [ordinal, { expected, seen }] of ordinals) {
      examined += countBelow(expected, committed);
      eachMissing(expected, seen, { from: 0, to: committed }, (cause) => {
        addAnomaly(anomalies, id, task, () => {
          const covering = firstAbove(ofTask(state.rows, stage, partition), cause) ?? commit;
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
