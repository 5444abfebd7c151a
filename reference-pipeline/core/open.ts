import { replay, type Replayed } from "./changelog.ts";
import { decodeCheckpoint, labelOfStore, type Checkpoint } from "./checkpoint.ts";
import { perform, type Job } from "./effects.ts";
import { decodeState, encodeState } from "./entries.ts";
import { PipelineFailure } from "./failure.ts";
import type { State } from "./state.ts";
import type { Opened, TaskContext } from "./task.ts";
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
export function* openTask(context: TaskContext): Job<Opened> {
  const version = context.strategy.version(context.version);
  const fenced = yield* perform({ kind: "fence" });
  if (fenced !== "ok") {
    yield* perform({ kind: "testify", said: fenced, body: { during: "fence" } });
    return { kind: fenced };
  }
  const committed = yield* perform({ kind: "committed-offset" });
  const found = (yield* keepStore(context, version, committed)) ?? (yield* restore(context, version, committed));
  const next = found.committed ?? (yield* perform({ kind: "source-start" }));
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

function* keepStore(context: TaskContext, version: Version, committed: number | null): Job<Recovered | null> {
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

function* restore(context: TaskContext, version: Version, committedAtFence: number | null): Job<Recovered> {
  const { strategy } = context;
  let committed = committedAtFence;
  for (let attempt = 1; ; attempt += 1) {
    const base = yield* newestCheckpoint(committed);
    const from = base?.changelogNext ?? 0;
    const to = yield* perform({ kind: "changelog-end" });
    const tail = yield* perform({ kind: "changelog-read", from, to });
    const replayed = replay(startOf(base), tail);
    const reached = replayed.position?.next ?? null;
    if (strategy.acceptsPosition(reached, committed)) {
      yield* perform({ kind: "point", point: "mid-restore" });
      const state = decodeState(version, context.stage.name, yield* strategy.restoredEntries(replayed.entries));
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

/** The newest sound checkpoint at or below the committed offset. One ahead of it holds effects that never happened. */
function* newestCheckpoint(committed: number | null): Job<Checkpoint | null> {
  if (committed === null) return null;
  const numbers = yield* perform({ kind: "checkpoint-list" });
  for (const n of numbers.toReversed()) {
    const bytes = yield* perform({ kind: "checkpoint-load", n });
    const checkpoint = bytes === null ? null : decodeCheckpoint(bytes);
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
