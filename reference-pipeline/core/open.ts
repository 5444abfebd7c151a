import { replay, type Replayed } from "./changelog.ts";
import { labelOfStore, type Checkpoint } from "./checkpoint.ts";
import { perform, type ChangelogRecord, type Job } from "./effects.ts";
import { decodeState, encodeState } from "./entries.ts";
import { PipelineFailure } from "./failure.ts";
import type { State } from "./state.ts";
import type { Strategy } from "./strategy.ts";
import type { Opened, Opening, TaskContext } from "./task.ts";
import type { Version } from "./version.ts";

/** State to go on with, and how it was come by. */
interface Recovered {
  readonly kept: boolean;
  readonly state: Map<string, State>;
  readonly committed: number | null;
  readonly commit: number;
  readonly changelogNext: number;
  /** Number of the checkpoint that it starts from. */
  readonly checkpoint: number | null;
  readonly changelogFrom: number;
  readonly applied: number;
}

/**
 * Takes a task over. Fences *first*: whatever the last owner left is then decided, and the committed offset and the changelog
 * read afterwards stand still. Keeps the store only when CLEAN, positions and digest agree; else the store is discarded and
 * restored from the newest sound checkpoint and the committed changelog behind it.
 */
export function* openTask(context: TaskContext, opening: Opening = { restoring: null }): Job<Opened> {
  const { strategy } = context;
  const version = strategy.version(context.version);
  const fenced = yield* perform({ kind: "fence", identity: strategy.identity });
  if (fenced !== "ok") {
    yield* perform({ kind: "testify", said: fenced, body: { during: "fence" } });
    return { kind: fenced };
  }
  const committed = yield* perform({ kind: "committed-offset" });
  const start = { context, version, committed };
  const found = (yield* keepStore(start)) ?? (yield* restore(start, opening));
  const next = yield* strategy.startAt(found.committed ?? (yield* strategy.firstOffset()));
  yield* perform({ kind: "seek", offset: next });
  yield* perform({ kind: "testify", said: "opened", body: testimonyOf(found, next) });
  return {
    kind: "open",
    task: {
      context,
      version,
      state: found.state,
      next,
      commit: found.commit,
      changelogNext: found.changelogNext,
      checkpoint: found.checkpoint,
      commitsSinceCheckpoint: 0,
      phase: "between",
    },
  };
}

/** Breaks an open off. What a restore has read so far is the state of no commit, so nothing is saved. */
export function* leaveOpening({ strategy }: TaskContext, { restoring }: Opening): Job<void> {
  if (restoring !== null) yield* strategy.onLeaveRestore(restoring);
}

/** Where an open begins: with the committed offset as it was after the fence. */
interface Start {
  readonly context: TaskContext;
  readonly version: Version;
  readonly committed: number | null;
}

function* keepStore({ context, version, committed }: Start): Job<Recovered | null> {
  const clean = yield* perform({ kind: "clean-read" });
  if (clean === null) return null;
  const store = yield* perform({ kind: "store-load" });
  // Before the first write to the store: from here on only an orderly close says that the store can be trusted.
  if (context.strategy.removesCleanAtOpen) yield* perform({ kind: "clean-remove" });
  const label = labelOfStore(clean, store);
  if (label === null || label.inputNext !== committed) return null;
  const state = decodeState(version, context.stage.name, store);
  if (label.schema !== version.schema) yield* perform({ kind: "store-replace", entries: encodeState(version, state) });
  const { commit, changelogNext } = label;
  return {
    kept: true,
    state,
    committed,
    commit,
    changelogNext,
    checkpoint: null,
    changelogFrom: changelogNext,
    applied: 0,
  };
}

function* restore({ context, version, committed: committedAtFence }: Start, opening: Opening): Job<Recovered> {
  const { strategy } = context;
  let committed = committedAtFence;
  for (let attempt = 1; ; attempt += 1) {
    const base = yield* newestCheckpoint(strategy, committed);
    const from = base?.changelogNext ?? 0;
    const to = yield* perform({ kind: "changelog-end" });
    const replayed = yield* replayTail({ context, version, committed }, { base: startOf(base), from, to }, opening);
    const reached = replayed.position?.next ?? null;
    if (strategy.acceptsPosition(reached, committed)) {
      const restored = yield* strategy.restoredEntries(replayed.entries, { context, version, committed });
      const state = decodeState(version, context.stage.name, restored);
      yield* perform({ kind: "store-replace", entries: encodeState(version, state) });
      yield* strategy.afterRestore();
      return {
        kept: false,
        state,
        committed,
        commit: replayed.position?.commit ?? 0,
        changelogNext: Math.max(from, to),
        checkpoint: base?.commit ?? null,
        changelogFrom: from,
        applied: replayed.applied,
      };
    }
    if (attempt >= context.rereadsMax) throw disagreement(context, reached, committed);
    // A new leader's high watermark may lag behind what it holds; the fence has decided all of it, so it catches up.
    yield* perform({ kind: "wait-before-reread", attempt });
    committed = yield* perform({ kind: "committed-offset" });
  }
}

interface Tail {
  readonly base: Replayed;
  readonly from: number;
  readonly to: number;
}

/** In two readings, with `mid-restore` between them. */
function* replayTail(start: Start, { base, from, to }: Tail, opening: Opening): Job<Replayed> {
  const { strategy } = start.context;
  const replayed = (onto: Replayed, records: readonly ChangelogRecord[]): Replayed =>
    replay(onto, records, (record) => strategy.restores(record));
  const middle = from + Math.ceil(Math.max(0, to - from) / 2);
  const first = yield* perform({ kind: "changelog-read", from, to: middle, endsOn: "position" });
  const half = replayed(base, first);
  opening.restoring = { ...start, ...half, changelogEnd: to };
  yield* perform({ kind: "point", point: "mid-restore" });
  const second = yield* perform({ kind: "changelog-read", from: middle, to, endsOn: strategy.changelogEndsOn });
  opening.restoring = null;
  return replayed(half, second);
}

/** The newest sound checkpoint at or below the committed offset. One ahead of it holds effects that never happened. */
function* newestCheckpoint(strategy: Strategy, committed: number | null): Job<Checkpoint | null> {
  if (committed === null) return null;
  const numbers = yield* perform({ kind: "checkpoint-list" });
  for (const n of numbers.toReversed()) {
    const bytes = yield* perform({ kind: "checkpoint-load", n });
    const checkpoint = bytes === null ? null : strategy.readCheckpoint(bytes);
    if (checkpoint !== null && checkpoint.inputNext <= committed) return checkpoint;
  }
  return null;
}

function startOf(checkpoint: Checkpoint | null): Replayed {
  if (checkpoint === null) return { entries: new Map(), position: null, applied: 0 };
  const { entries, inputNext, commit } = checkpoint;
  return { entries, position: { next: inputNext, commit }, applied: 0 };
}

function disagreement({ stage, partition }: TaskContext, reached: number | null, committed: number | null): Error {
  return new PipelineFailure(
    `Task ${stage.name}-${partition} restored to input offset ${reached ?? "none"}, but ${committed ?? "none"} is committed.`,
    "Changelog and committed offset were written apart from each other: find who else commits for this group.",
  );
}

function testimonyOf(found: Recovered, position: number): Readonly<Record<string, string | number | boolean | null>> {
  const { kept, checkpoint, changelogFrom, applied, committed } = found;
  return {
    warm: kept || checkpoint !== null,
    kept,
    checkpoint,
    changelogFrom,
    changelogTo: found.changelogNext,
    applied,
    position,
    committed,
  };
}
