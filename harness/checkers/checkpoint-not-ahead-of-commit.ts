/**
 * CK1, checkpoint not ahead of commit: a checkpoint file left at a process end has an input offset above the committed
 * offset once that member's transactions are resolved.
 *
 * Verified: every distinct checkpoint file that decodes, in every copy of a member's disk. The committed offset that it
 * is held against is the highest one among the commits before the first committed transaction whose changelog records
 * lie at or behind the file's changelog position: what a checkpoint may claim is what was committed up to its own label.
 * Not verified: files that do not decode (they claim nothing); pipelines without a changelog (no such order).
 * Soundness in mixed situations: a successor moves the committed offset past a bad file at once, but its changelog
 * records lie behind the file's position, so they do not count; commits of other incarnations before that position do
 * count, since a file may be written after a restore. No clock, no order of arrival. A task with an undecided
 * transaction is not judged.
 */
import { eventRef, type OffsetCommit } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import {
  absent,
  absentInTopic,
  addAnomaly,
  conclude,
  listAnomalies,
  notApplicable,
  refOf,
  startAnomalies,
} from "./anomalies.ts";
import {
  checkpointDoubts,
  learnCheckpoints,
  startCheckpoints,
  type Checkpoint,
  type Checkpoints,
} from "./checkpoint-files.ts";
import { inCommitOrder, keepRows, startRows, type CommitRow } from "./commit-rows.ts";
import { allowedByGuarantee, missingSpecification } from "./guarantee.ts";
import { eachTask, indexTasks, ofTask, sourceOf, taskName, type TaskIndex } from "./tasks.ts";

const id = "CK1";
const name = "checkpoint not ahead of commit";
const unit = "checkpoint files";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly rows: ReturnType<typeof startRows>;
  readonly checkpoints: Checkpoints;
}

export const checkpointNotAheadOfCommit: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    rows: startRows(),
    checkpoints: startCheckpoints(),
  }),
  step(state, batch) {
    keepRows(state.rows, state.index, batch);
    const { specification } = state.context;
    if (specification !== null) learnCheckpoints(state.checkpoints, state.index, specification, batch);
    return state;
  },
  finish(state) {
    const { context, index, checkpoints } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.checkpoint === null)
      return notApplicable(id, name, unit, "The pipeline has no checkpoints.");
    const anomalies = startAnomalies();
    let examined = 0;
    let undecided = 0;
    eachTask(checkpoints.tasks, (files, stage, partition) => {
      const rows = ofTask(state.rows, stage, partition);
      if (rows.some(({ outcome }) => outcome === "undecided")) {
        undecided += files.size;
        return;
      }
      for (const checkpoint of files.values()) {
        examined += 1;
        const bound = boundOf(rows, checkpoint.content.changelogNext);
        if (checkpoint.content.inputNext > (bound.commit?.nextOffset ?? 0))
          describe(anomalies, index, { checkpoint, bound, stage, partition });
      }
    });
    const missing = missingSpecification(context);
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [
        ...checkpointDoubts(checkpoints),
        ...(missing === null ? [] : [missing]),
        ...(undecided > 0 ? [`${undecided} checkpoint files belong to tasks with an undecided transaction.`] : []),
      ],
      idle: `No checkpoint file was left at a process end${checkpoints.undecodable > 0 ? ` that decodes (${checkpoints.undecodable} do not)` : ""}.`,
    });
  },
};

interface Bound {
  /** The highest committed offset that the label may claim; null: none was committed. */
  readonly commit: OffsetCommit | null;
  /** The first commit that does not count. */
  readonly successor: OffsetCommit | null;
}

/** A commit without changelog records counts if it comes before the first one that lies behind the position. */
function boundOf(rows: readonly CommitRow[], changelogNext: number): Bound {
  let commit: OffsetCommit | null = null;
  for (const row of inCommitOrder(rows)) {
    if (row.minChangelog !== Infinity && row.minChangelog >= changelogNext) return { commit, successor: row.commit };
    if ((row.commit.nextOffset ?? 0) > (commit?.nextOffset ?? 0)) commit = row.commit;
  }
  return { commit, successor: null };
}

interface Ahead {
  readonly checkpoint: Checkpoint;
  readonly bound: Bound;
  readonly stage: number;
  readonly partition: number;
}

function describe(
  anomalies: ReturnType<typeof startAnomalies>,
  index: TaskIndex,
  { checkpoint, bound, stage, partition }: Ahead,
): void {
  const { file, content } = checkpoint;
  const task = taskName(index, stage, partition);
  const { commit, successor } = bound;
  const known = commit ?? successor;
  addAnomaly(anomalies, id, `${task}/${file.member}`, () => ({
    sentence: `${file.path}, left by ${file.member}/${file.incarnation}, claims input that was not committed.`,
    expected: `an input offset of at most ${commit?.nextOffset ?? 0} of ${sourceOf(index, stage)}-${partition} (committed below changelog position ${content.changelogNext})`,
    actual: String(content.inputNext),
    evidence: [eventRef(file.seq), ...(commit === null ? [] : [refOf(commit.at)])],
    restsOn: [
      { ledger: "disk", partition: null, from: file.seq, to: file.seq, claims: "presence" },
      known === null
        ? absentInTopic("__consumer_offsets")
        : absent(known.at.topic, known.at.partition, 0, successor === null ? null : successor.at.offset),
    ],
    firstBadCommit: commit === null ? null : refOf(commit.at),
    task,
    seq: file.seq,
  }));
}
