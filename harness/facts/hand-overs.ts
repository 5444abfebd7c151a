import type { EvidenceBatch, Generation, LogRef } from "../model/evidence.ts";
import { inCommitOrder, type KeptRows } from "./kept-rows.ts";
import { cameAfter, type ReadOrder } from "./read-order.ts";
import { ofTask, sourceOf, type PerTask, type TaskIndex } from "./tasks.ts";

/** Generations of each group, in the order of the offsets log: with each one, every task of the group may get another owner. */
export type HandOvers = Map<string, Generation[]>;

export function stepHandOvers(all: HandOvers, batch: EvidenceBatch): void {
  if (batch.kind !== "generation") return;
  const { generation } = batch;
  const known = all.get(generation.group);
  if (known === undefined) all.set(generation.group, [generation]);
  else known.push(generation);
}

/** A stretch of a task's life under one generation. */
export interface Tenure {
  /** The committed offset in force when it began: where its owner goes on. */
  readonly from: number;
  /**
   * Seq of the next generation that its owner is in: by then it has learned that this one is over. An owner that was paused past the
   * session time-out fetches on until then, also what was written after the others had gone on without it. Null: nothing says so.
   */
  readonly endedAt: number | null;
}

export interface TenureFacts {
  readonly index: TaskIndex;
  readonly rows: PerTask<KeptRows>;
  readonly handOvers: HandOvers;
  readonly readOrder: ReadOrder;
}

/** To be asked at the end. None: no generation of the group is known. */
export function tenuresOf(facts: TenureFacts, stage: number, partition: number): readonly Tenure[] {
  const generations = facts.handOvers.get(facts.index.stages[stage]?.group ?? "") ?? [];
  const commits = inCommitOrder(ofTask(facts.rows, stage, partition)).filter(({ outcome }) => outcome !== "undecided");
  let next = 0;
  const late: { readonly inForceAt: number; readonly offset: number; readonly nextOffset: number }[] = [];
  let [from, best] = [0, -1];
  return generations.map(({ at }, i) => {
    for (; (commits[next]?.commit.at.offset ?? Infinity) < at.offset; next += 1) {
      const row = commits[next];
      if (row === undefined) break;
      late.push({
        inForceAt: row.inForceAt ?? Infinity,
        offset: row.commit.at.offset,
        nextOffset: row.commit.nextOffset ?? 0,
      });
    }
    for (let k = late.length - 1; k >= 0; k -= 1) {
      const one = late[k];
      if (one === undefined || one.inForceAt > at.offset) continue;
      late.splice(k, 1);
      if (one.offset > best) [from, best] = [one.nextOffset, one.offset];
    }
    return { from, endedAt: learnedAt(generations, i, `${sourceOf(facts.index, stage)}-${partition}`) };
  });
}

function learnedAt(generations: readonly Generation[], i: number, place: string): number | null {
  const owner = [...(generations[i]?.owners ?? [])].find(([, places]) => places.includes(place))?.[0];
  if (owner === undefined) return null;
  for (let k = i + 1; k < generations.length; k += 1) {
    const generation = generations[k];
    if (generation?.owners.has(owner) === true) return generation.seq;
  }
  return null;
}

/**
 * How often the effect of a source record may be there at least once: once in each tenure that had not been begun behind it, and that
 * was not over when the record was written.
 */
export function allowance(
  { index, readOrder }: TenureFacts,
  tenures: readonly Tenure[],
  cause: { readonly stage: number; readonly partition: number; readonly offset: number },
): number {
  const at: LogRef = { topic: sourceOf(index, cause.stage), partition: cause.partition, offset: cause.offset };
  return tenures.filter(
    ({ from, endedAt }) => from <= cause.offset && (endedAt === null || !cameAfter(readOrder, at, endedAt)),
  ).length;
}
