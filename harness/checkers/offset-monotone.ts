/**
 * OF1, offset monotone: the committed offset of (group, partition) decreases without a declared reset, or vanishes.
 *
 * Verified: plain commits and commits of committed transactions of the stages' groups, in the order of the offsets log.
 * A plain -1 or -2 (kafkajs's reset of an offset out of range) and a tombstone are named as such.
 * Not verified: commits of undecided transactions; resets that an operator declares (no scenario can declare one yet).
 * Soundness in mixed situations: the log offset of the commit record decides, not the order of markers (A = 10, then
 * B = 20, B commits, A commits: the group stays at 20). Both commits are presences; memory is one row per commit.
 */
import type { OffsetCommit } from "../model/evidence.ts";
import type { Checker } from "../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, present, refOf, startAnomalies } from "./anomalies.ts";
import { inCommitOrder, keepRows, startRows } from "./commit-rows.ts";
import { eachTask, indexTasks, sourceOf, taskName } from "./tasks.ts";

const id = "OF1";
const name = "offset monotone";

interface State {
  readonly index: ReturnType<typeof indexTasks>;
  readonly rows: ReturnType<typeof startRows>;
}

export const offsetMonotone: Checker<State> = {
  id,
  name,
  start: ({ description }) => ({ index: indexTasks(description), rows: startRows() }),
  step(state, batch) {
    keepRows(state.rows, state.index, batch);
    return state;
  },
  finish({ index, rows }) {
    const anomalies = startAnomalies();
    let examined = 0;
    let undecided = 0;
    eachTask(rows, (all, stage, partition) => {
      let before: OffsetCommit | null = null;
      for (const { outcome, commit } of inCommitOrder(all)) {
        if (outcome === "undecided") {
          undecided += 1;
          continue;
        }
        examined += 1;
        const earlier = before;
        before = commit;
        if (earlier === null || earlier.nextOffset === null) continue;
        const highest = earlier.nextOffset;
        if (commit.nextOffset !== null && commit.nextOffset >= highest) continue;
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

function shown(nextOffset: number | null): string {
  if (nextOffset === null) return "a tombstone";
  return nextOffset < 0 ? `${nextOffset} (kafkajs's reset of an offset out of range)` : String(nextOffset);
}
