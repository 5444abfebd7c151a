/**
 * CK2, checkpoint = its label: a checkpoint file's state differs from the fold of the committed changelog below its
 * changelog position; or a member that ended in order leaves a checkpoint file that does not decode.
 *
 * Verified: every key of every distinct checkpoint file that decodes, captured when published or left at a process end, as
 * canonical text in the file's schema; that files left by an orderly end decode. The bytes are those that the harness copied
 * (their digest is in the event), so what is wrong with them is the pipeline's doing.
 * Not verified: a key that the changelog holds in another schema where f cannot translate it. A doubt: files first seen
 * torn after a crash, or once a fault filled a disk (a pipeline may write in place if its open refuses what is torn); files
 * whose position lies further back than the changelog records kept here (the last 16,384 of a task).
 * Soundness in mixed situations: a v2 file may hold what a v1 record says. The two texts are then compared by way of f:
 * only if f's state in the record's schema is the record's own text does f's state in the file's schema stand for it.
 * Aborted records are never folded; a task with an undecided transaction is not judged.
 */
import { eventRef, recordRef } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { identityShown } from "../../model/record-key.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies } from "../anomalies.ts";
import { whole } from "../../facts/reliances.ts";
import { foldBelow, keepVersions, beginVersions, type Version, type Versions } from "../../facts/changelog-versions.ts";
import { intakeDoubts, type Checkpoint, type CheckpointIntake } from "../../facts/checkpoint-files.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";
import { textOrNull, type StateFolds } from "../../facts/state-fold.ts";
import { eachTask, ofTask, perTask, taskName, type PerTask, type TaskIndex } from "../../facts/tasks.ts";

const id = "CK2";
const name = "checkpoint equals its label";
const unit = "checkpoint entries";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly folds: StateFolds | null;
  readonly tasks: PerTask<Task>;
  readonly intake: CheckpointIntake;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
  tooOld: number;
}

interface Task {
  readonly versions: Versions;
  /** Checkpoints whose label the changelog has not reached yet. */
  waiting: Checkpoint[];
}

export const checkpointEqualsLabel: Checker<State> = {
  id,
  name,
  begin: (context) => {
    const index = context.facts.index;
    return {
      context,
      index,
      folds: context.facts.state,
      tasks: perTask(() => ({ versions: beginVersions(), waiting: [] })),
      intake: context.facts.checkpoints,
      anomalies: beginAnomalies(),
      examined: 0,
      tooOld: 0,
    };
  },
  step(state, batch) {
    const { folds } = state;
    if (folds === null || state.context.description.checkpoint === null) return state;
    learnVersions(state, folds);
    const { taken } = state.intake;
    if (taken !== null) {
      ofTask(state.tasks, taken.stage, taken.partition).waiting.push(taken);
      judgeReached(state, folds, taken);
    }
    if (batch.kind === "end")
      eachTask(state.tasks, (task, stage, partition) => judgeAll(state, { task, stage, partition }));
    return state;
  },
  finish(state) {
    const { context, folds, intake, tooOld } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.checkpoint === null)
      return notApplicable(id, name, unit, "The pipeline has no checkpoints.");
    const lost = new Set<string>();
    let waiting = 0;
    eachTask(state.tasks, (task, stage, partition) => {
      const why = folds === null ? null : ofTask(folds.tasks, stage, partition).lost;
      if (why !== null) lost.add(why);
      else waiting += task.waiting.length;
    });
    return conclude({
      invariant: id,
      name,
      unit,
      examined: state.examined,
      anomalies: [...listAnomalies(state.anomalies), ...undecodable(state)],
      doubts: [
        ...intakeDoubts(intake),
        ...lost,
        ...specificationDoubts(context),
        ...(waiting > 0 ? [`The changelog of ${waiting} checkpoint files was not read as far as their label.`] : []),
        ...(tooOld > 0
          ? [
              `The labels of ${tooOld} checkpoint files lie too far back to be judged: let members checkpoint more often.`,
            ]
          : []),
      ],
      idle: "No checkpoint file with entries was published, or left at a process end.",
    });
  },
};

function learnVersions(state: State, folds: StateFolds): void {
  for (const step of folds.steps) {
    keepVersions(ofTask(state.tasks, step.stage, step.partition).versions, step);
    judgeReached(state, folds, step);
  }
}

interface TaskAt {
  readonly task: Task;
  readonly stage: number;
  readonly partition: number;
}

/** Judges what the changelog has reached: content is not kept longer than it takes. */
function judgeReached(
  state: State,
  folds: StateFolds,
  { stage, partition }: { readonly stage: number; readonly partition: number },
): void {
  const { foldedNext, lost } = ofTask(folds.tasks, stage, partition);
  const task = ofTask(state.tasks, stage, partition);
  if (lost !== null || task.waiting.length === 0) return;
  const due = task.waiting.filter(({ content }) => content.changelogNext <= foldedNext);
  if (due.length === 0) return;
  task.waiting = task.waiting.filter(({ content }) => content.changelogNext > foldedNext);
  for (const checkpoint of due) judgeFile(state, task.versions, checkpoint);
}

/** At the end: behind the last committed record lie markers and aborted records only, so every label is reached. */
function judgeAll(state: State, { task, stage, partition }: TaskAt): void {
  if (state.folds === null || ofTask(state.folds.tasks, stage, partition).lost !== null) return;
  for (const checkpoint of task.waiting) judgeFile(state, task.versions, checkpoint);
  task.waiting = [];
}

function judgeFile(state: State, versions: Versions, checkpoint: Checkpoint): void {
  const { changelogNext, schema, entries } = checkpoint.content;
  if (changelogNext < versions.baseNext) {
    state.tooOld += 1;
    return;
  }
  const fold = foldBelow(versions, changelogNext);
  for (const key of new Set([...fold.keys(), ...entries.keys()])) {
    const version = fold.get(key);
    const actual = entries.get(key) ?? null;
    const expected = textInSchema(version, schema);
    if (expected === "incomparable") continue;
    state.examined += 1;
    if (expected !== actual) describe(state, { checkpoint, key, version, expected, actual });
  }
}

function textInSchema(version: Version | undefined, schema: string): string | null {
  if (version === undefined || version.state === null) return null;
  if (version.schema === schema) return version.state;
  const state = version.expected?.state ?? null;
  if (state === null || textOrNull(state, version.schema) !== version.state) return "incomparable";
  return textOrNull(state, schema) ?? "incomparable";
}

interface Difference {
  readonly checkpoint: Checkpoint;
  readonly key: string;
  readonly version: Version | undefined;
  readonly expected: string | null;
  readonly actual: string | null;
}

function describe(state: State, { checkpoint, key, version, expected, actual }: Difference): void {
  const { file, content, stage, partition } = checkpoint;
  const task = taskName(state.index, stage, partition);
  const changelog = state.index.stages[stage]?.changelog ?? "?";
  addAnomaly(state.anomalies, id, `${task}/${file.member}`, () => ({
    sentence: `${file.path}, ${file.found} by ${file.member}/${file.incarnation}, does not hold what ${changelog}-${partition} says below ${content.changelogNext} for key ${identityShown(key)}.`,
    expected: expected ?? "absent",
    actual: actual ?? "absent",
    evidence: [eventRef(file.seq), ...(version === undefined ? [] : [recordRef(changelog, partition, version.offset)])],
    restsOn: [
      { ledger: "disk", partition: null, from: file.seq, to: file.seq, claims: "presence" },
      whole(changelog, partition, Math.max(content.changelogNext - 1, 0)),
    ],
    firstBadCommit: null,
    task,
    seq: file.seq,
  }));
}

/** Files that only the pipeline itself can have left as they are. */
function undecodable({ index, intake }: State) {
  const anomalies = beginAnomalies();
  for (const { file, stage, why, isViolation } of intake.undecodable.values()) {
    const task = taskName(index, stage, file.partition);
    if (!isViolation) continue;
    addAnomaly(anomalies, id, `${task}/${file.member}/undecodable`, () => ({
      sentence: `${file.path}, left by the orderly end of ${file.member}/${file.incarnation}, does not decode.`,
      expected: "a whole checkpoint",
      actual: why,
      evidence: [eventRef(file.seq)],
      restsOn: [{ ledger: "disk", partition: null, from: file.seq, to: file.seq, claims: "presence" }],
      firstBadCommit: null,
      task,
      seq: file.seq,
    }));
  }
  return listAnomalies(anomalies);
}
