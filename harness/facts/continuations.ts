import type { Generation } from "../model/evidence.ts";
import { inCommitOrder, type CommittingRow, type KeptRows } from "./kept-rows.ts";

/** Two commits of one owner with nothing between them: no other commit of the task, and no generation of its group. */
export interface Continuation {
  readonly before: CommittingRow;
  readonly row: CommittingRow;
}

/**
 * Calls `visit` for each; an owner is a session of a transactional id and a writer. `generations` are the group's. Commits and
 * generations of a group lie in one partition of the offsets log, so that their order is that of their offsets.
 */
export function eachContinuation(
  rows: KeptRows,
  generations: readonly Generation[],
  visit: (continuation: Continuation) => void,
): void {
  let before: CommittingRow | null = null;
  let next = 0;
  for (const row of inCommitOrder(rows)) {
    const { at } = row.commit;
    let isReassigned = false;
    for (; next < generations.length && (generations[next]?.at.offset ?? Infinity) < at.offset; next += 1)
      isReassigned = true;
    if (row.outcome !== "committed") {
      before = null;
      continue;
    }
    const isSame = before !== null && before.producer === row.producer && before.writer === row.writer;
    if (before !== null && isSame && !isReassigned) visit({ before, row });
    before = row;
  }
}
