/**
 * CK2, checkpoint = its label: a checkpoint file's state differs from the fold of the committed changelog below its
 * changelog position.
 *
 * Verified: every key of every distinct checkpoint file that decodes, as canonical text in the file's schema.
 * Not verified: files that do not decode; files whose position lies further back than the changelog records kept here
 * (the last 65,536 of a task); a key that the changelog holds in another schema where f cannot translate it.
 * Soundness in mixed situations: a v2 file may hold what a v1 record says. The two texts are then compared by way of f:
 * only if f's state in the record's schema is the record's own text does f's state in the file's schema stand for it.
 * Aborted records are never folded; a task with an undecided transaction is not judged.
 */
import { eventRef, recordRef } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import type { ExpectedChange } from "../model/pipeline.ts";
import { identityShown } from "../model/record-key.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, startAnomalies, whole } from "./anomalies.ts";
import {
  checkpointDoubts,
  learnCheckpoints,
  startCheckpoints,
  type Checkpoint,
  type Checkpoints,
} from "./checkpoint-files.ts";
import { allowedByGuarantee, missingSpecification } from "./guarantee.ts";
import { learnChanges, startFolds, stepFolds, textOrNull, type StateFolds } from "./state-fold.ts";
import { eachTask, indexTasks, ofTask, perTask, taskName, type PerTask, type TaskIndex } from "./tasks.ts";

const id = "CK2";
const name = "checkpoint equals its label";
const unit = "checkpoint entries";
const versionsMax = 65_536;

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly folds: StateFolds | null;
  readonly versions: PerTask<Versions>;
  readonly checkpoints: Checkpoints;
}

/** The changelog of a task: a fold up to `baseNext`, then single records. */
interface Versions {
  readonly base: Map<string, Version>;
  baseNext: number;
  later: Version[];
}

interface Version {
  readonly offset: number;
  readonly key: string;
  readonly schema: string;
  readonly state: string | null;
  /** f's change of the key at this commit: it can say the state in any schema. */
  readonly expected: ExpectedChange | undefined;
}

export const checkpointEqualsLabel: Checker<State> = {
  id,
  name,
  start: (context) => {
    const index = indexTasks(context.description);
    return {
      context,
      index,
      folds: context.specification && startFolds(index, context.specification),
      versions: perTask(() => ({ base: new Map(), baseNext: 0, later: [] })),
      checkpoints: startCheckpoints(),
    };
  },
  step(state, batch) {
    const { folds } = state;
    if (folds === null) return state;
    learnCheckpoints(state.checkpoints, state.index, folds.specification, batch);
    learnChanges(folds, batch);
    if (batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return state;
    for (const { stage, partition, task, decoded } of stepFolds(folds, batch.transaction)) {
      const versions = ofTask(state.versions, stage, partition);
      for (const { offset, entry } of decoded)
        if (entry.kind === "state") versions.later.push({ ...entry, offset, expected: task.live.get(entry.key) });
      if (versions.later.length > versionsMax) foldOldest(versions);
    }
    return state;
  },
  finish(state) {
    const { context, folds, checkpoints } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.checkpoint === null)
      return notApplicable(id, name, unit, "The pipeline has no checkpoints.");
    const anomalies = startAnomalies();
    let examined = 0;
    const lost = new Set<string>();
    eachTask(checkpoints.tasks, (files, stage, partition) => {
      const why = folds === null ? null : ofTask(folds.tasks, stage, partition).lost;
      if (why !== null) lost.add(why);
      const versions = ofTask(state.versions, stage, partition);
      for (const file of files.values()) {
        if (why !== null || file.content.changelogNext < versions.baseNext) continue;
        examined += judgeFile(state, { file, versions, stage, partition }, anomalies);
      }
    });
    const missing = missingSpecification(context);
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [...checkpointDoubts(checkpoints), ...lost, ...(missing === null ? [] : [missing])],
      idle: `No checkpoint file with entries was left at a process end${checkpoints.undecodable > 0 ? ` that decodes (${checkpoints.undecodable} do not)` : ""}.`,
    });
  },
};

/** Folds the older half into the base, so that memory is bounded. */
function foldOldest(versions: Versions): void {
  const half = versions.later.splice(0, versions.later.length >> 1);
  for (const version of half) {
    versions.base.set(version.key, version);
    versions.baseNext = version.offset + 1;
  }
}

interface Judged {
  readonly file: Checkpoint;
  readonly versions: Versions;
  readonly stage: number;
  readonly partition: number;
}

function judgeFile(
  state: State,
  { file, versions, stage, partition }: Judged,
  anomalies: ReturnType<typeof startAnomalies>,
): number {
  const { changelogNext, schema, entries } = file.content;
  const fold = new Map(versions.base);
  for (const version of versions.later) if (version.offset < changelogNext) fold.set(version.key, version);
  let compared = 0;
  for (const key of new Set([...fold.keys(), ...entries.keys()])) {
    const version = fold.get(key);
    const actual = entries.get(key) ?? null;
    const expected = textInSchema(version, schema);
    if (expected === "incomparable") continue;
    compared += 1;
    if (expected !== actual) describe(state, { file, stage, partition, key, version, expected, actual }, anomalies);
  }
  return compared;
}

function textInSchema(version: Version | undefined, schema: string): string | null {
  if (version === undefined || version.state === null) return null;
  if (version.schema === schema) return version.state;
  const state = version.expected?.state ?? null;
  if (state === null || textOrNull(state, version.schema) !== version.state) return "incomparable";
  return textOrNull(state, schema) ?? "incomparable";
}

interface Difference {
  readonly file: Checkpoint;
  readonly stage: number;
  readonly partition: number;
  readonly key: string;
  readonly version: Version | undefined;
  readonly expected: string | null;
  readonly actual: string | null;
}

function describe(
  { index }: State,
  { file: { file, content }, stage, partition, key, version, expected, actual }: Difference,
  anomalies: ReturnType<typeof startAnomalies>,
): void {
  const task = taskName(index, stage, partition);
  const changelog = index.stages[stage]?.changelog ?? "?";
  addAnomaly(anomalies, id, `${task}/${file.member}`, () => ({
    sentence: `${file.path}, left by ${file.member}/${file.incarnation}, does not hold what ${changelog}-${partition} says below ${content.changelogNext} for key ${identityShown(key)}.`,
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
