import {
  commitKey,
  type EvidenceBatch,
  type LogRef,
  type OffsetCommit,
  type Transaction,
} from "../../model/evidence.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";
import { readersOf } from "../../model/tasks.ts";
import { learnOwners, ownerOf, beginOwners, type Owners } from "./owners.ts";

/**
 * What took the pipeline forward: a committed transaction, or an offset commit outside any, that raised the committed offset of
 * one stage at least; by the version that its records' `rp-writer` names, else by that of the owner of the offsets committed.
 */
export interface Work {
  readonly stages: readonly string[];
  /** Null: neither a header nor the group's metadata says it. */
  readonly version: string | null;
  /** Its prepare record, or the offset commit itself. */
  readonly at: LogRef | null;
  /** Where its offset commit lies in the history. */
  readonly seq: number;
}

export interface Works {
  readonly owners: Owners;
  /** `group/topic` → stages that read it in this group. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  /** `group/topic-partition` → the highest next offset committed, and where that commit lies in its log. */
  readonly reached: Map<string, { readonly next: number; readonly at: number }>;
}

export function beginWorks(description: PipelineDescription): Works {
  const by = Map.groupBy(readersOf(description), ({ group, source }) => `${group}/${source}`);
  return {
    owners: beginOwners(),
    stages: new Map([...by].map(([key, all]) => [key, all.map(({ name }) => name)])),
    reached: new Map(),
  };
}

export function workOf(works: Works, batch: EvidenceBatch): Work | null {
  learnOwners(works.owners, batch);
  if (batch.kind === "plain-commit")
    return workBy(works, [batch.commit], { version: null, at: batch.commit.at, hasEffects: false });
  if (batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return null;
  const { commits, prepare, parts } = batch.transaction;
  const hasEffects = parts.some(({ role, records }) => role !== "offsets" && records.count > 0);
  return workBy(works, commits, { version: versionOf(batch.transaction), at: prepare, hasEffects });
}

interface Committed extends Pick<Work, "version" | "at"> {
  readonly hasEffects: boolean;
}

function workBy(works: Works, commits: readonly OffsetCommit[], { version, at, hasEffects }: Committed): Work | null {
  const stages = new Set(commits.flatMap((commit) => forwardIn(works, commit, hasEffects)));
  const [first] = commits;
  if (stages.size === 0 || first === undefined) return null;
  return {
    stages: [...stages],
    version: version ?? ownerOf(works.owners, { commits })?.version ?? null,
    at,
    seq: first.seq,
  };
}

function forwardIn({ stages, reached }: Works, commit: OffsetCommit, hasEffects: boolean): readonly string[] {
  const { group, topic, partition, nextOffset, at } = commit;
  const key = commitKey(group, topic, partition);
  const known = reached.get(key);
  // Decided late, behind commits that lie after it in the log: then its effects tell that it took the pipeline forward.
  const isLate = known !== undefined && at.offset < known.at;
  if (nextOffset === null || (isLate ? !hasEffects : nextOffset <= (known?.next ?? 0))) return [];
  if (!isLate) reached.set(key, { next: nextOffset, at: at.offset });
  return stages.get(`${group}/${topic}`) ?? [];
}

function versionOf(transaction: Transaction): string | null {
  for (const { records } of transaction.parts) {
    const writer = records.count > 0 ? records.writers[records.writer[0] ?? -1] : undefined;
    if (writer !== undefined) return writer.version;
  }
  return null;
}
