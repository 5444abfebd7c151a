import { commitKey, slice, type Generation, type LogRef, type OffsetCommit } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { readOffsetsRecord } from "./codec/offsets.ts";
import type { GroupMetadata } from "./codec/group.ts";
import type { Gaps } from "./gaps.ts";

/** `__consumer_offsets`: commits in the order of the log, the committed offset in force, the groups' generations. */
export interface OffsetsLog {
  /** The offset commits of a data batch, of the pipeline's groups; a plain batch's commits queue up for `release`. */
  data(batch: LogBatch): readonly OffsetCommit[];
  /** A marker in this partition decides what the producer has open there. */
  marker(batch: LogBatch, outcome: "commit" | "abort"): void;
  /** A hole in the partition: the markers of what is open there may be lost, so it never counts as committed. */
  tear(partition: number): void;
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

interface State {
  readonly groups: ReadonlySet<string>;
  readonly gaps: Gaps;
  readonly committed: Map<string, OffsetCommit>;
  readonly generations: Generation[];
  /** The latest commits in force, by the order of the log. */
  readonly past: Map<string, OffsetCommit[]>;
  /** Commits that no marker has closed, by partition and producer id. */
  readonly open: Map<number, Map<number, OffsetCommit[]>>;
  readonly undecided: Set<OffsetCommit>;
  readonly lines: Map<string, { readonly commit: OffsetCommit; readonly plain: boolean }[]>;
}

export function beginOffsetsLog(groups: ReadonlySet<string>, gaps: Gaps): OffsetsLog {
  const state: State = {
    groups,
    gaps,
    committed: new Map(),
    generations: [],
    past: new Map(),
    open: new Map(),
    undecided: new Set(),
    lines: new Map(),
  };
  const { committed, generations, past, open, undecided } = state;
  return {
    committed,
    generations,
    before: (commit) => inForceBefore(past.get(keyOf(commit)) ?? [], commit),
    data: (batch) => readBatch(state, batch),
    marker({ partition, producerId }, outcome) {
      const own = open.get(partition);
      if (outcome === "commit") for (const commit of own?.get(producerId) ?? []) settle(state, commit);
      own?.delete(producerId);
    },
    tear: (partition) => void open.delete(partition),
    handedOn(commits) {
      for (const commit of commits) undecided.delete(commit);
    },
    letGo: () => undecided.clear(),
    release: (ready) => releaseFrom(state, ready),
  };
}

function keyOf({ group, topic, partition }: OffsetCommit): string {
  return commitKey(group, topic, partition);
}

function inForceBefore(line: readonly OffsetCommit[], { at }: OffsetCommit): number {
  let latest: OffsetCommit | null = null;
  for (const one of line) if (one.at.offset < at.offset && one.at.offset > (latest?.at.offset ?? -1)) latest = one;
  return latest?.nextOffset ?? 0;
}

function readBatch(state: State, batch: LogBatch): readonly OffsetCommit[] {
  const commits: OffsetCommit[] = [];
  for (let i = 0; i < batch.count; i += 1) {
    const commit = readRecord(state, batch, i);
    if (commit !== null) commits.push(commit);
  }
  for (const commit of commits) queue(state, commit, !batch.transactional);
  if (!batch.transactional) for (const commit of commits) settle(state, commit);
  else if (commits.length > 0) {
    const own = state.open.get(batch.partition) ?? new Map<number, OffsetCommit[]>();
    state.open.set(batch.partition, own);
    own.set(batch.producerId, [...(own.get(batch.producerId) ?? []), ...commits]);
  }
  return commits;
}

function readRecord({ groups, gaps, generations }: State, batch: LogBatch, i: number): OffsetCommit | null {
  const at = { topic: batch.topic, partition: batch.partition, offset: batch.offsets[i] ?? 0 };
  const read = readOffsetsRecord(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i), groups);
  switch (read.kind) {
    case "commit": {
      const { kind: _, ...place } = read;
      const { producerId, producerEpoch, seq } = batch;
      return { ...place, at, producerId, producerEpoch, seq };
    }
    case "group":
      generations.push(...generationOf(read, batch, at));
      return null;
    case "unreadable":
      gaps.add({ what: `offsets record: ${read.why}`, ...at, from: at.offset, to: at.offset });
      return null;
    case "newer-protocol":
      gaps.add({
        what: `group ${read.group} uses records of the newer group protocol (key version ${read.version}): who owned what cannot be read`,
        topic: at.topic,
        partition: at.partition,
      });
      return null;
    case "foreign":
      return null;
    default:
      return read satisfies never;
  }
}

function settle({ committed, past }: State, commit: OffsetCommit): void {
  const key = keyOf(commit);
  const best = committed.get(key);
  if (best === undefined || best.at.offset < commit.at.offset) committed.set(key, commit);
  const line = past.get(key) ?? [];
  past.set(key, line);
  if (line.push(commit) > 2 * pastMax) line.splice(0, pastMax);
}

function queue({ lines, undecided }: State, commit: OffsetCommit, plain: boolean): void {
  const line = lines.get(keyOf(commit)) ?? [];
  lines.set(keyOf(commit), line);
  line.push({ commit, plain });
  if (!plain) undecided.add(commit);
}

function releaseFrom({ lines, undecided }: State, ready: (commit: OffsetCommit) => boolean): readonly OffsetCommit[] {
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
}

function generationOf(read: GroupMetadata, batch: LogBatch, at: LogRef): readonly Generation[] {
  const { group, generation, members } = read;
  if (generation === null) return [];
  const owners = new Map<string, readonly string[]>();
  for (const { clientId, owned } of members) owners.set(clientId, [...(owners.get(clientId) ?? []), ...owned]);
  return [{ group, generation, at, seq: batch.seq, owners }];
}
