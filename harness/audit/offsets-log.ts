import { commitKey, slice, type Generation, type LogRef, type OffsetCommit } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { readOffsetsRecord } from "./codec/offsets.ts";
import type { GroupMetadata } from "./codec/group.ts";
import type { Gaps } from "./gaps.ts";

/** `__consumer_offsets`: commits in the order of the log, the committed offset in force, the groups' generations. */
export interface OffsetsLog {
  /** The offset commits of a data batch; a plain batch's commits queue up for `release`. */
  data(batch: LogBatch): readonly OffsetCommit[];
  /** A marker in this partition decides what the producer has open there. */
  marker(batch: LogBatch, outcome: "commit" | "abort"): void;
  /** A transaction was handed on: its commits hold nobody back any more. */
  handedOn(commits: readonly OffsetCommit[]): void;
  /** The end: nothing holds anybody back any more. */
  letGo(): void;
  /** Plain commits whose turn it is: no earlier commit of their (group, partition) is undecided, and `ready` agrees. */
  release(ready: (commit: OffsetCommit) => boolean): readonly OffsetCommit[];
  /** The next offset in force in the log right before this commit's record; 0 when there was none, or it is long ago. */
  before(commit: OffsetCommit): number;
  /** Highest log offset among plain commits and commits that a commit marker closed, per `group/topic-partition`. */
  readonly committed: ReadonlyMap<string, OffsetCommit>;
  readonly generations: readonly Generation[];
}

const pastMax = 1_000;

export function startOffsetsLog(groups: ReadonlySet<string>, gaps: Gaps): OffsetsLog {
  const committed = new Map<string, OffsetCommit>();
  const generations: Generation[] = [];
  /** The latest commits in force, by the order of the log. */
  const past = new Map<string, OffsetCommit[]>();
  const open = new Map<string, OffsetCommit[]>();
  const undecided = new Set<OffsetCommit>();
  const lines = new Map<string, { readonly commit: OffsetCommit; readonly plain: boolean }[]>();

  function settle(commit: OffsetCommit): void {
    const key = commitKey(commit.group, commit.topic, commit.partition);
    const best = committed.get(key);
    if (best === undefined || best.at.offset < commit.at.offset) committed.set(key, commit);
    const line = past.get(key) ?? [];
    past.set(key, line);
    if (line.push(commit) > 2 * pastMax) line.splice(0, pastMax);
  }
  function queue(commit: OffsetCommit, plain: boolean): void {
    const key = commitKey(commit.group, commit.topic, commit.partition);
    const line = lines.get(key) ?? [];
    lines.set(key, line);
    line.push({ commit, plain });
    if (!plain) undecided.add(commit);
  }
  return {
    before({ group, topic, partition, at }) {
      const line = past.get(commitKey(group, topic, partition)) ?? [];
      let latest: OffsetCommit | null = null;
      for (const one of line) if (one.at.offset < at.offset && one.at.offset > (latest?.at.offset ?? -1)) latest = one;
      return latest?.nextOffset ?? 0;
    },
    committed,
    generations,
    data(batch) {
      const commits: OffsetCommit[] = [];
      for (let i = 0; i < batch.count; i += 1) {
        const at = { topic: batch.topic, partition: batch.partition, offset: batch.offsets[i] ?? 0 };
        const read = readOffsetsRecord(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
        if (read.kind === "commit") {
          const { kind: _, ...place } = read;
          const { producerId, producerEpoch, seq } = batch;
          commits.push({ ...place, at, producerId, producerEpoch, seq });
        } else if (read.kind === "group") generations.push(...generationOf(read, batch, at));
        else if (read.kind === "unreadable")
          gaps.add({ what: `offsets record: ${read.why}`, ...at, from: at.offset, to: at.offset });
        else if (groups.has(read.group))
          gaps.add({
            what: `group ${read.group} uses records of the newer group protocol (key version ${read.version}): who owned what cannot be read`,
            topic: at.topic,
            partition: at.partition,
          });
      }
      for (const commit of commits) queue(commit, !batch.transactional);
      if (!batch.transactional) for (const commit of commits) settle(commit);
      else open.set(openKey(batch), [...(open.get(openKey(batch)) ?? []), ...commits]);
      return commits;
    },
    marker(batch, outcome) {
      if (outcome === "commit") for (const commit of open.get(openKey(batch)) ?? []) settle(commit);
      open.delete(openKey(batch));
    },
    handedOn(commits) {
      for (const commit of commits) undecided.delete(commit);
    },
    letGo: () => undecided.clear(),
    release(ready) {
      const released: OffsetCommit[] = [];
      for (const [key, line] of lines) {
        let taken = 0;
        for (const { commit, plain } of line) {
          if (undecided.has(commit) || (plain && !ready(commit))) break;
          taken += 1;
          if (plain) released.push(commit);
        }
        if (taken === line.length) lines.delete(key);
        else if (taken > 0) line.splice(0, taken);
      }
      return released;
    },
  };
}

function openKey(batch: LogBatch): string {
  return `${batch.partition} ${batch.producerId}`;
}

function generationOf(read: GroupMetadata, batch: LogBatch, at: LogRef): readonly Generation[] {
  const { group, generation, members } = read;
  if (generation === null) return [];
  const owners = new Map<string, readonly string[]>();
  for (const { clientId, owned } of members) owners.set(clientId, [...(owners.get(clientId) ?? []), ...owned]);
  return [{ group, generation, at, seq: batch.seq, owners }];
}
