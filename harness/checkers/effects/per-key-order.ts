/**
 * OR1, per-key order: per (key, source partition), (cause, ordinal) decreases in a sink partition.
 *
 * Verified: committed outputs with a readable cause, by offset within each sink partition.
 * Not verified: order between keys, between source partitions, or across sink partitions; equal (cause, ordinal) (EO1).
 * Soundness in mixed situations: every flagged pair is compared by its own offsets, so transactions that were decided
 * out of order, and many producers interleaved on one partition, are told rightly. A pair convicts only where each output has
 * one explanation. Memory is one entry per key.
 */
import { recordRef, type Records, type Transaction, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { identityShown, keyIdentityAt } from "../../model/record-key.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies } from "../anomalies.ts";
import type { EffectRun, Effects } from "../../facts/effects.ts";
import { present } from "../../facts/reliances.ts";
import { addGuess, choiceOf, guessDoubts, noGuesses, type Guesses } from "../../facts/guesses.ts";
import { allowedByGuarantee } from "../guarantee.ts";
import { sourceOf, taskName } from "../../facts/tasks.ts";

const id = "OR1";
const name = "per-key order";
const unit = "committed outputs";

interface State {
  readonly context: CheckerContext;
  readonly effects: Effects;
  /** By `sink-partition stage-partition`. */
  readonly lanes: Map<string, Lane>;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  readonly guesses: Guesses;
}

/** What a task has put on one partition of a sink. */
interface Lane {
  readonly stage: number;
  readonly partition: number;
  /** Key → its output at the highest sink offset. */
  readonly keys: Map<string, Last>;
}

interface Last {
  offset: number;
  cause: number;
  ordinal: number;
  /** Another record may be its cause. */
  choice: string | null;
}

export const perKeyOrder: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    effects: context.facts.effects,
    lanes: new Map(),
    anomalies: beginAnomalies(),
    guesses: noGuesses(),
  }),
  step(state) {
    for (const run of state.effects.runs) if (run.outcome === "committed") stepRun(state, run);
    return state;
  },
  finish(state) {
    const { placed, undecided } = state.effects.counts;
    return (
      allowedByGuarantee(state.context, { id, name }, unit) ??
      conclude({
        invariant: id,
        name,
        unit,
        examined: placed,
        anomalies: listAnomalies(state.anomalies),
        doubts: [
          ...(undecided > 0 ? [`${undecided} outputs lie in undecided transactions.`] : []),
          ...guessDoubts(state.guesses),
        ],
        idle: "No committed output with a readable cause was seen.",
      })
    );
  },
};

function stepRun(state: State, { records, stages, transaction }: EffectRun): void {
  let lane: Lane | null = null;
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage < 0) continue;
    const partition = records.causePartition[i] ?? -1;
    if (lane?.stage !== stage || lane.partition !== partition) lane = laneOf(state, records, stage, partition);
    const key = keyIdentityAt(records, i);
    const offset = records.offsets[i] ?? 0;
    const cause = records.causeOffset[i] ?? 0;
    const ordinal = records.ordinal[i] ?? 0;
    const choice = choiceOf(records, i);
    const last = lane.keys.get(key);
    if (last === undefined) {
      lane.keys.set(key, { offset, cause, ordinal, choice });
      continue;
    }
    const isBehind = offset > last.offset;
    const order = cause - last.cause || ordinal - last.ordinal;
    if (isBehind ? order < 0 : order > 0) {
      const [before, now] = [{ ...last }, { offset, cause, ordinal, choice }];
      const [earlier, later] = isBehind ? [before, now] : [now, before];
      describe(state, { stage, partition, records, key, transaction, earlier, later });
    }
    if (!isBehind) continue;
    last.offset = offset;
    last.cause = cause;
    last.ordinal = ordinal;
    last.choice = choice;
  }
}

function laneOf(
  { lanes }: State,
  { topic, partition: sinkPartition }: Records,
  stage: number,
  partition: number,
): Lane {
  const name = `${topic}-${sinkPartition} ${stage}-${partition}`;
  const known = lanes.get(name);
  if (known !== undefined) return known;
  const lane = { stage, partition, keys: new Map<string, Last>() };
  lanes.set(name, lane);
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
  const choice = earlier.choice ?? later.choice;
  if (choice !== null) return addGuess(state.guesses, choice);
  const task = taskName(state.effects.index, stage, partition);
  addAnomaly(state.anomalies, id, `${task} ${records.topic}-${records.partition}`, () => {
    const source = sourceOf(state.effects.index, stage);
    const refs = [earlier, later].map(({ offset }) => recordRef(records.topic, records.partition, offset));
    return {
      sentence: `Outputs of key ${identityShown(key)} from ${source}-${partition} go back in ${records.topic}-${records.partition}.`,
      expected: `causes in order: ${later.cause}#${later.ordinal} before ${earlier.cause}#${earlier.ordinal}`,
      actual: `${earlier.cause}#${earlier.ordinal} at offset ${earlier.offset}, ${later.cause}#${later.ordinal} at ${later.offset}`,
      evidence: refs,
      restsOn: [
        present(records.topic, records.partition, earlier.offset),
        present(records.topic, records.partition, later.offset),
        ...state.effects.index.causesRestOn,
      ],
      firstBadCommit: transaction?.prepare == null ? null : refOf(transaction.prepare),
      task,
      seq: transaction?.seq ?? null,
    };
  });
}
