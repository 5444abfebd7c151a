/**
 * OF2, offset not ahead: at a commit of next offset n, a committed source record below n for which f expects an effect
 * has none in this or an earlier committed transaction.
 *
 * Verified: every committed source record that expects an output, against the first commit in force that covers it.
 * Not verified: effects that change state only (ST1). Effects outside transactions count for nothing where the pipeline's
 * effects are transactional (exactly-once, offsets in transactions); elsewhere they are placed nowhere, so they count as
 * early enough.
 * Soundness in mixed situations: absence is proven against every committed transaction that is not provably later. Later
 * is only what commits an offset of the same task whose record lies behind the moment the covering commit came in force
 * (a plain commit's own record, a transactional one's marker) in the same offsets log. Undecided transactions count as
 * early and as seen; the source log must be whole below the record.
 */
import { recordRef, type EvidenceBatch, type EvidenceEnd, type OffsetCommit } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import {
  absentInTopic,
  addAnomaly,
  conclude,
  joined,
  listAnomalies,
  notEnded,
  present,
  refOf,
  startAnomalies,
  whole,
} from "./anomalies.ts";
import { keepRows, startRows, type CommitRow } from "./commit-rows.ts";
import { failureOf } from "./expected-outputs.ts";
import { isTransactional, missingSpecification } from "./guarantee.ts";
import { addBit, countBelow, eachMissing, hasBit, startBits, type PagedBits } from "./paged-bits.ts";
import { eachTask, eachWritten, indexTasks, ofTask, perTask, sourceOf, stagesOfCauses, taskName } from "./tasks.ts";

const id = "OF2";
const name = "offset not ahead";

interface State {
  readonly context: CheckerContext;
  readonly index: ReturnType<typeof indexTasks>;
  readonly rows: ReturnType<typeof startRows>;
  readonly sources: ReturnType<typeof perTask<Sources>>;
  readonly failures: Set<string>;
  unreadable: number;
  end: EvidenceEnd | null;
}

interface Sources {
  readonly expecting: PagedBits;
  /** Records with an effect in a transaction that was not aborted. */
  readonly seen: PagedBits;
  /** Records with an effect outside any transaction. */
  readonly plain: PagedBits;
}

export const offsetNotAhead: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    rows: startRows(),
    sources: perTask(() => ({ expecting: startBits(), seen: startBits(), plain: startBits() })),
    failures: new Set(),
    unreadable: 0,
    end: null,
  }),
  step(state, batch) {
    keepRows(state.rows, state.index, batch);
    learn(state, batch);
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish(state) {
    const anomalies = startAnomalies();
    let examined = 0;
    eachTask(state.rows, (rows, stage, partition) => {
      examined += judgeTask(state, { rows, stage, partition }, anomalies);
    });
    const missing = missingSpecification(state.context);
    const doubts = [
      ...state.failures,
      ...(missing === null ? [] : [missing]),
      ...(state.end === null ? [notEnded] : []),
    ];
    if (state.unreadable > 0)
      doubts.push(`${state.unreadable} outputs name no readable cause: have the pipeline write rp-source headers.`);
    return conclude({
      invariant: id,
      name,
      unit: "source records covered by a commit",
      examined,
      anomalies: state.unreadable > 0 ? [] : listAnomalies(anomalies),
      doubts,
      idle: "No commit covered a source record that expects an output.",
    });
  },
};

function learn(state: State, batch: EvidenceBatch): void {
  if (batch.kind === "source") {
    const stage = state.index.byName.get(batch.stage);
    if (stage === undefined) return;
    if (batch.expected === null) state.failures.add(failureOf(batch.stage, batch.partition, batch.failure));
    const { expecting } = ofTask(state.sources, stage, batch.partition);
    for (const [i, { outputs }] of (batch.expected ?? []).entries())
      if (outputs.length > 0) addBit(expecting, batch.records.offsets[i] ?? 0);
    return;
  }
  eachWritten(batch, state.index.bySink, (records, _, transaction) => {
    const stages = stagesOfCauses(state.index, records);
    for (let i = 0; i < records.count; i++) {
      const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
      if (stage < 0) {
        state.unreadable += 1;
        continue;
      }
      const { seen, plain } = ofTask(state.sources, stage, records.causePartition[i] ?? -1);
      addBit(transaction === null ? plain : seen, records.causeOffset[i] ?? 0);
    }
  });
}

interface Task {
  readonly rows: readonly CommitRow[];
  readonly stage: number;
  readonly partition: number;
}

interface InForce {
  readonly row: CommitRow;
  readonly commit: OffsetCommit;
  readonly next: number;
  readonly at: number;
}

function judgeTask(
  state: State,
  { rows, stage, partition }: Task,
  anomalies: ReturnType<typeof startAnomalies>,
): number {
  const { expecting, seen, plain } = ofTask(state.sources, stage, partition);
  const plainCounts = !isTransactional(state.context);
  const commits = rows.flatMap((row): InForce[] =>
    row.outcome === "undecided" || row.commit?.nextOffset == null || row.inForceAt === null
      ? []
      : [{ row, commit: row.commit, next: row.commit.nextOffset, at: row.inForceAt }],
  );
  let covered = 0;
  for (const inForce of commits.toSorted((a, b) => a.at - b.at)) {
    if (inForce.next <= covered) continue;
    const from = covered;
    covered = inForce.next;
    const { minCause, maxCause } = inForce.row;
    let early: readonly CommitRow[] | null = null;
    eachMissing(expecting, null, { from, to: inForce.next }, (cause) => {
      const isPlain = hasBit(plain, cause);
      if (isPlain && plainCounts) return;
      if (hasBit(seen, cause)) {
        if (cause >= minCause && cause <= maxCause) return;
        // Its effect is not this commit's own: look for any transaction that is not provably later.
        early ??= rows.filter(
          ({ outcome, commit }) => outcome === "undecided" || commit === null || commit.at.offset <= inForce.at,
        );
        if (early.some((row) => cause >= row.minCause && cause <= row.maxCause)) return;
      }
      describe(state, { stage, partition, cause, inForce, seen: hasBit(seen, cause), isPlain }, anomalies);
    });
  }
  return countBelow(expecting, covered);
}

interface Ahead {
  readonly stage: number;
  readonly partition: number;
  readonly cause: number;
  readonly inForce: InForce;
  readonly seen: boolean;
  readonly isPlain: boolean;
}

function describe(
  { index }: State,
  { stage, partition, cause, inForce, seen, isPlain }: Ahead,
  anomalies: ReturnType<typeof startAnomalies>,
): void {
  const task = taskName(index, stage, partition);
  const { at, seq } = inForce.commit;
  addAnomaly(anomalies, id, `${task}/${seen}`, () => ({
    sentence: `The commit of offset ${inForce.next} was in force before the effect of ${sourceOf(index, stage)}-${partition}@${cause} was committed.`,
    expected: "an effect in this or an earlier committed transaction",
    actual: seen
      ? "an effect in a later transaction only"
      : `no effect in any committed transaction${isPlain ? ", only one outside of them" : ""}`,
    evidence: [recordRef(sourceOf(index, stage), partition, cause), refOf(at)],
    restsOn: [
      present(sourceOf(index, stage), partition, cause),
      present(at.topic, at.partition, at.offset),
      ...joined(inForce.row.prepare),
      ...index.causesRestOn,
      whole(sourceOf(index, stage), partition, cause),
      ...(index.stages[stage]?.sinks ?? []).map(absentInTopic),
    ],
    firstBadCommit: refOf(at),
    task,
    seq,
  }));
}
