/**
 * OF1, offset monotone: the committed offset of (group, partition) decreases without a declared reset, or vanishes.
 *
 * Verified: plain commits and commits of committed transactions of the stages' groups, in the order of the offsets log.
 * A plain -1 or -2 (kafkajs's reset of an offset out of range) and a tombstone are named as such.
 * At least once, a lower plain commit is spared when it only causes redelivery: asynchronous commits of one owner arrived in
 * another order than they were sent, so it lies at or above the offset in force when the owner's generation began.
 * Not verified: commits of undecided transactions; resets that an operator declares (no scenario can declare one yet).
 * Soundness in mixed situations: the log offset of the commit record decides, not the order of markers (A = 10, then
 * B = 20, B commits, A commits: the group stays at 20). Both commits are presences; memory is one row per commit.
 */
import type { Facts } from "../../facts/facts.ts";
import { refOf } from "../../model/evidence.ts";
import type { Generation, OffsetCommit } from "../../model/evidence.ts";
import type { CheckerContext } from "../../model/finding.ts";
import type { Checker } from "../checker.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies } from "../anomalies.ts";
import { present } from "../../facts/reliances.ts";
import { inCommitOrder } from "../../facts/kept-rows.ts";
import { eachTask, sourceOf, taskName } from "../../facts/tasks.ts";

const id = "OF1";
const name = "offset monotone";

interface State {
  readonly facts: Facts;
  readonly context: CheckerContext;
}

export const offsetMonotone: Checker<State> = {
  id,
  name,
  begin: (context) => ({ facts: context.facts, context }),
  step: (state) => state,
  finish({ facts, context }) {
    const { index, rows } = facts;
    const isRepeatable = context.plan.scenario.guarantee === "at-least-once";
    const anomalies = beginAnomalies();
    let examined = 0;
    let undecided = 0;
    eachTask(rows, (all, stage, partition) => {
      let before: OffsetCommit | null = null;
      const owned = beginOwned(facts.handOvers.get(index.stages[stage]?.group ?? "") ?? []);
      for (const { outcome, commit } of inCommitOrder(all)) {
        if (outcome === "undecided") {
          undecided += 1;
          continue;
        }
        examined += 1;
        const earlier = before;
        before = commit;
        const floor = floorOf(owned, commit, earlier);
        if (earlier === null || earlier.nextOffset === null) continue;
        const highest = earlier.nextOffset;
        if (commit.nextOffset !== null && commit.nextOffset >= highest) continue;
        const isSent =
          outcome === "plain" && commit.nextOffset !== null && floor !== null && commit.nextOffset >= floor;
        if (isRepeatable && isSent) continue;
        const task = taskName(index, stage, partition);
        addAnomaly(anomalies, id, task, () => ({
          sentence: `The committed offset of ${commit.group} for ${sourceOf(index, stage)}-${partition} ${commit.nextOffset === null ? "vanished" : "went back"}.`,
          expected: `${highest} or more`,
          actual: shown(commit.nextOffset),
          evidence: [refOf(earlier.at), refOf(commit.at)],
          restsOn: [earlier.at, commit.at].map((at) => present(at.topic, at.partition, at.offset)),
          firstBadCommit: refOf(commit.at),
          task,
          seq: commit.seq,
        }));
      }
    });
    return conclude({
      invariant: id,
      name,
      unit: "offset commits",
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: undecided > 0 ? [`${undecided} offset commits lie in undecided transactions.`] : [],
      idle: "No group of a stage committed an offset.",
    });
  },
};

/** The generations of a group, walked through beside the commits of one task. */
interface Owned {
  readonly generations: readonly Generation[];
  passed: number;
  /** The offset in force when the generation began; null: there is none, or nothing was committed before it. */
  floor: number | null;
}

function beginOwned(generations: readonly Generation[]): Owned {
  return { generations, passed: 0, floor: null };
}

/** Where the owner that made the commit had gone on; null: no generation says it. */
function floorOf(owned: Owned, { at }: OffsetCommit, earlier: OffsetCommit | null): number | null {
  const before = owned.passed;
  while ((owned.generations[owned.passed]?.at.offset ?? Infinity) < at.offset) owned.passed += 1;
  if (owned.passed > before) owned.floor = Math.max(earlier?.nextOffset ?? 0, 0);
  return owned.floor;
}

function shown(nextOffset: number | null): string {
  if (nextOffset === null) return "a tombstone";
  return nextOffset < 0 ? `${nextOffset} (kafkajs's reset of an offset out of range)` : String(nextOffset);
}
