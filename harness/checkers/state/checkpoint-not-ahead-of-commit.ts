/**
 * CK1, checkpoint not ahead of commit: a checkpoint's input offset is not the offset committed at its own label, i.e. by the
 * last transaction whose changelog records lie below the checkpoint's changelog position. Ahead of it, the checkpoint claims
 * input that was not committed; behind it, input would be processed again whose effects are in the state already.
 *
 * Verified: every distinct checkpoint file that decodes, captured when it was published or left at a process end.
 * Not verified: pipelines without a changelog (no such order). Files that do not decode are a doubt here, and CK2's matter.
 * Soundness in mixed situations: a successor moves the committed offset past a bad file at once, but its changelog
 * records lie behind the file's position, so they do not count; commits of other incarnations before that position do
 * count, since a file may be written after a restore. A commit without changelog records, and one whose records lie on both
 * sides of the position, may be in the checkpoint or not. No clock, no order of arrival. A task with an undecided transaction
 * is not judged.
 */
import type { Facts } from "../../facts/facts.ts";
import { eventRef, type OffsetCommit, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext, Reliance } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies } from "../anomalies.ts";
import { absent, absentInTopic, present } from "../../facts/reliances.ts";
import { intakeDoubts, type CheckpointIntake } from "../../facts/checkpoint-files.ts";
import { inCommitOrder, type CommittingRow, type KeptRows } from "../../facts/kept-rows.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";
import { eachTask, ofTask, perTask, sourceOf, taskName, type PerTask, type TaskIndex } from "../../facts/tasks.ts";

const id = "CK1";
const name = "checkpoint not ahead of commit";
const unit = "checkpoint files";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly rows: Facts["rows"];
  readonly intake: CheckpointIntake;
  readonly claims: PerTask<Claim[]>;
}

/** What a checkpoint file says of itself, without its state. */
interface Claim {
  readonly member: string;
  readonly path: string;
  /** `left by member-1/2`, for people. */
  readonly whence: string;
  readonly seq: number;
  readonly inputNext: number;
  readonly changelogNext: number;
}

export const checkpointNotAheadOfCommit: Checker<State> = {
  id,
  name,
  begin: (context) => {
    const { index, rows, checkpoints } = context.facts;
    return { context, index, rows, intake: checkpoints, claims: perTask(() => []) };
  },
  step(state) {
    const { taken } = state.intake;
    if (taken === null) return state;
    const { file, content, stage, partition } = taken;
    ofTask(state.claims, stage, partition).push({
      member: file.member,
      path: file.path,
      whence: `${file.found} by ${file.member}/${file.incarnation}`,
      seq: file.seq,
      inputNext: content.inputNext,
      changelogNext: content.changelogNext,
    });
    return state;
  },
  finish(state) {
    const { context, index, intake } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.checkpoint === null)
      return notApplicable(id, name, unit, "The pipeline has no checkpoints.");
    const anomalies = beginAnomalies();
    let examined = 0;
    let undecided = 0;
    eachTask(state.claims, (claims, stage, partition) => {
      const rows = ofTask(state.rows, stage, partition);
      if (rows.undecided > 0) {
        undecided += claims.length;
        return;
      }
      const boundsAt = beginBounds(rows);
      for (const claim of claims) {
        examined += 1;
        judge(anomalies, index, { claim, bounds: boundsAt(claim.changelogNext), stage, partition });
      }
    });
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [
        ...intakeDoubts(intake),
        ...specificationDoubts(context),
        ...(undecided > 0 ? [`${undecided} checkpoint files belong to tasks with an undecided transaction.`] : []),
      ],
      idle: "No checkpoint file was published, or left at a process end.",
    });
  },
};

/** What the commits of a task allow a checkpoint at one changelog position to claim. */
interface Bounds {
  /** The highest offset committed before the first transaction that lies behind the position; null: none was. */
  readonly highest: OffsetCommit | null;
  /** The commit of the last transaction that lies wholly below the position; null: there is none. */
  readonly own: CommittingRow | null;
  /** The first commit that does not count. */
  readonly successor: OffsetCommit | null;
}

/** Bounds by changelog position, found by bisection: a task may have as many checkpoints as commits. */
function beginBounds(rows: KeptRows): (changelogNext: number) => Bounds {
  const ordered = inCommitOrder(rows);
  const written = ordered
    .filter(({ commit, maxChangelog }) => maxChangelog >= 0 && commit.nextOffset !== null)
    .toSorted((a, b) => a.maxChangelog - b.maxChangelog);
  const ends = written.map(({ maxChangelog }) => maxChangelog);
  const highest: (OffsetCommit | null)[] = [];
  /** The furthest beginning of a transaction among the rows so far: never falls. */
  const begins: number[] = [];
  for (const { commit, minChangelog } of ordered) {
    const before = highest.at(-1) ?? null;
    highest.push((commit.nextOffset ?? 0) > (before?.nextOffset ?? 0) ? commit : before);
    begins.push(Math.max(begins.at(-1) ?? -1, minChangelog === Infinity ? -1 : minChangelog));
  }
  return (changelogNext) => {
    const counted = firstAtLeast(begins, changelogNext);
    const below = firstAtLeast(ends, changelogNext);
    return {
      highest: highest[counted - 1] ?? null,
      own: written[below - 1] ?? null,
      successor: ordered[counted]?.commit ?? null,
    };
  };
}

/** Index of the first number that is at least `bound`; the numbers never fall. */
function firstAtLeast(numbers: readonly number[], bound: number): number {
  let from = 0;
  let to = numbers.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? Infinity) >= bound) to = middle;
    else from = middle + 1;
  }
  return from;
}

interface Judged {
  readonly claim: Claim;
  readonly bounds: Bounds;
  readonly stage: number;
  readonly partition: number;
}

function judge(anomalies: ReturnType<typeof beginAnomalies>, index: TaskIndex, judged: Judged): void {
  const { claim, bounds, stage, partition } = judged;
  const { highest, own, successor } = bounds;
  const least = own?.commit.nextOffset ?? 0;
  const most = Math.max(highest?.nextOffset ?? 0, least);
  const { inputNext } = claim;
  if (inputNext >= least && inputNext <= most) return;
  const input = `${sourceOf(index, stage)}-${partition}`;
  const known = highest ?? successor;
  const isAhead = inputNext > most;
  const said: Said = isAhead
    ? {
        sentence: `${claim.path}, ${claim.whence}, claims input that was not committed.`,
        expected: `an input offset of at most ${most} of ${input} (committed below changelog position ${claim.changelogNext})`,
        commit: highest,
        restsOn:
          known === null
            ? absentInTopic("__consumer_offsets")
            : absent(known.at.topic, known.at.partition, 0, successor === null ? null : successor.at.offset),
      }
    : {
        sentence: `${claim.path}, ${claim.whence}, lies behind its own label: input would be processed again whose effects are in its state.`,
        expected: `an input offset of at least ${least} of ${input} (committed below changelog position ${claim.changelogNext})`,
        commit: own?.commit ?? null,
        restsOn: present(index.stages[stage]?.changelog ?? "?", partition, own?.maxChangelog ?? 0),
      };
  describe(anomalies, taskName(index, stage, partition), { claim, said, isAhead });
}

interface Said {
  readonly sentence: string;
  readonly expected: string;
  /** The commit that it is held against. */
  readonly commit: OffsetCommit | null;
  readonly restsOn: Reliance;
}

function describe(
  anomalies: ReturnType<typeof beginAnomalies>,
  task: string,
  { claim, said, isAhead }: { readonly claim: Claim; readonly said: Said; readonly isAhead: boolean },
): void {
  const { member, seq, inputNext } = claim;
  const { sentence, expected, commit, restsOn } = said;
  addAnomaly(anomalies, id, `${task}/${member}/${isAhead ? "ahead" : "behind"}`, () => ({
    sentence,
    expected,
    actual: String(inputNext),
    evidence: [eventRef(seq), ...(commit === null ? [] : [refOf(commit.at)])],
    restsOn: [
      { ledger: "disk", partition: null, from: seq, to: seq, claims: "presence" },
      restsOn,
      // Any transaction of the task may be the one that says otherwise.
      absentInTopic("__transaction_state"),
    ],
    firstBadCommit: commit === null ? null : refOf(commit.at),
    task,
    seq,
  }));
}
