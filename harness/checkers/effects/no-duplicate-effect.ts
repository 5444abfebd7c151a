/**
 * EO1, no duplicate effect: two outputs in the committed content of the sinks have the same (cause, ordinal). At least once: more
 * copies than ends and hand-overs of the task account for.
 *
 * Verified: every committed output that names its cause in `rp-source`, over all sinks of a stage, whatever member,
 * version, transaction or sink partition wrote it. At least once an effect may be repeated once for each generation of the group
 * that went on from an offset at or below its cause while the cause was there: it was uncommitted when its owner ended or lost it.
 * Not verified: outputs without a readable cause (unknown), outputs of undecided transactions (unknown); at least once, whether the
 * owner before had really come as far as the cause.
 * Soundness in mixed situations: rests on two presences; an aborted or undecided copy is never counted, and a retried
 * input (another source offset) is another cause. At least once it rests on the group's generations, too: a pipeline that goes
 * back to its committed offset without leaving its group repeats effects for no reason that a log shows, and is accused.
 */
import { allowance, tenuresOf, type Tenure } from "../../facts/hand-overs.ts";
import type { Repeat } from "../../facts/effects.ts";
import type { Facts } from "../../facts/facts.ts";
import { recordRef, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import { absentInTopic, present } from "../../facts/reliances.ts";
import { addGuess, choiceOf, guessDoubts, noGuesses, twinOf } from "../../facts/guesses.ts";
import { sourceOf, taskName, type TaskIndex } from "../../facts/tasks.ts";

const id = "EO1";
const name = "no duplicate effect";
const unit = "committed outputs";

/** Repeats that are looked at one by one at least once; a run with more is not judged. */
const repeatsMax = 65_536;

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  /** At least once: by stage, partition, ordinal and cause. */
  readonly repeated: Map<string, Repeated>;
  repeats: number;
}

interface Repeated {
  readonly stage: number;
  readonly cause: Repeat["cause"];
  copies: number;
  /** Another record that explains the output as well. */
  readonly twin: (Repeat["cause"] & { readonly stage: number; readonly choice: string }) | null;
  readonly body: AnomalyBody;
}

export const noDuplicateEffect: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    facts: context.facts,
    anomalies: beginAnomalies(),
    repeated: new Map(),
    repeats: 0,
  }),
  step(state) {
    const { index, repeats } = state.facts.effects;
    const isAllowed = state.context.plan.scenario.guarantee === "at-least-once";
    for (const repeat of repeats)
      if (isAllowed) remember(state, repeat);
      else
        addAnomaly(state.anomalies, id, taskName(index, repeat.stage, repeat.cause.partition), () =>
          describe(index, repeat),
        );
    return state;
  },
  finish(state) {
    const { placed, stray, unreadable, undecided } = state.facts.effects.counts;
    const doubts: string[] = [];
    if (stray + unreadable > 0)
      doubts.push(
        `${stray + unreadable} committed outputs name no readable cause: have the pipeline write rp-source headers.`,
      );
    if (undecided > 0) doubts.push(`${undecided} outputs lie in undecided transactions.`);
    const beyond = beginAnomalies();
    doubts.push(...weighRepeats(state, beyond));
    const finding = conclude({
      invariant: id,
      name,
      unit,
      examined: placed,
      anomalies: [...listAnomalies(state.anomalies), ...listAnomalies(beyond)],
      doubts,
      idle: "No committed output was seen: send more input, or let the run drain.",
    });
    return finding.outcome === "valid" && state.repeats > 0
      ? {
          ...finding,
          why: `${state.repeats} effects are there again, uncommitted at an end or a hand-over of their task.`,
        }
      : finding;
  },
};

function remember(state: State, repeat: Repeat): void {
  const { repeated, facts } = state;
  const { run, i, stage, cause, ordinal } = repeat;
  state.repeats += 1;
  const key = `${stage} ${cause.partition} ${ordinal} ${cause.offset}`;
  const known = repeated.get(key);
  if (known !== undefined) known.copies += 1;
  if (known !== undefined || repeated.size >= repeatsMax) return;
  const { twins } = run.records;
  const choice = choiceOf(run.records, i);
  const twin = {
    stage: run.stages[twins?.topic[i] ?? -1] ?? -1,
    partition: twins?.partition[i] ?? -1,
    offset: twins?.offset[i] ?? -1,
  };
  repeated.set(key, {
    stage,
    cause,
    copies: 2,
    twin: choice === null ? null : { ...twin, choice },
    body: describe(facts.index, repeat),
  });
}

/** Copies beyond what ends and hand-overs account for; where the cause is one of several, what both of them may have. */
function weighRepeats(
  { facts, repeated, repeats }: State,
  beyond: ReturnType<typeof beginAnomalies>,
): readonly string[] {
  const doubts: string[] = [];
  const guesses = noGuesses();
  const known = new Map<string, readonly Tenure[]>();
  const allowed = (stage: number, { partition, offset }: Repeat["cause"]): number => {
    const source = `${stage}/${partition}`;
    const tenures = known.get(source) ?? tenuresOf(facts, stage, partition);
    known.set(source, tenures);
    return tenures.length === 0 ? Infinity : allowance(facts, tenures, { stage, partition, offset });
  };
  for (const { stage, cause, copies, twin, body } of repeated.values()) {
    const own = allowed(stage, cause);
    if (own === Infinity)
      doubts.push(`Nothing says who owned ${body.task}: whether its repeated effects were uncommitted is not known.`);
    if (copies <= own + (twin === null ? 0 : Math.max(allowed(twin.stage, twin) - 1, 0))) continue;
    if (twin !== null) addGuess(guesses, twin.choice);
    else
      addAnomaly(beyond, id, body.task ?? "", () => ({
        ...body,
        expected: `at most ${own === 1 ? "one committed output" : `${own} committed outputs`}, by the ends and hand-overs of the task`,
        actual: `${copies} committed outputs`,
        restsOn: [...body.restsOn, absentInTopic("__consumer_offsets")],
      }));
  }
  if (repeats > 0 && repeated.size >= repeatsMax)
    doubts.push(`More than ${repeatsMax} effects are repeated: not all were judged.`);
  return [...doubts, ...guessDoubts(guesses)];
}

function describe(index: TaskIndex, { run, i, stage, cause, ordinal, first }: Repeat): AnomalyBody {
  const { records, transaction } = run;
  const source = sourceOf(index, stage);
  const second = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
  const earlier = first ?? { topic: source, ...cause };
  const twin = twinOf(records, i);
  return {
    sentence:
      twin === null
        ? `Output ${ordinal} of ${source}-${cause.partition}@${cause.offset} is committed twice.`
        : `An output is committed more often than records ask for it: ${source}-${cause.partition}@${cause.offset} or ${twin} is answered twice.`,
    expected: "one committed output",
    actual: "two committed outputs",
    evidence: [recordRef(earlier.topic, earlier.partition, earlier.offset), refOf(second)],
    restsOn: [
      present(earlier.topic, earlier.partition, earlier.offset),
      present(second.topic, second.partition, second.offset),
      ...index.causesRestOn,
    ],
    firstBadCommit: refOf(transaction?.prepare ?? second),
    task: taskName(index, stage, cause.partition),
    seq: transaction?.seq ?? null,
  };
}
