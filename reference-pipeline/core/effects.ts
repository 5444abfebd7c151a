/**
 * What the core asks of the world. The core is made of generators that yield these and are resumed with results: no
 * clock, no chance, no I/O, no promise. `kafka/` carries them out for real, the in-memory driver in tests.
 * Every effect is of the one task whose generator yields it.
 */
export type Effect =
  /** New producer; on the task's own transactional id it resolves what the last owner left open. */
  | { readonly kind: "fence"; readonly identity: Identity }
  /** Committed offset of the task's (group, source partition); null: none. */
  | { readonly kind: "committed-offset" }
  /** First offset of the source partition's log. */
  | { readonly kind: "source-start" }
  /** High watermark of the source partition. Only broken pipelines ask for it. */
  | { readonly kind: "source-end" }
  /** Records of the source partition in [from, to), aborted ones marked. Only broken pipelines read it so. */
  | { readonly kind: "source-read"; readonly from: number; readonly to: number }
  /** Deletes the records of the source partition below an offset, for everybody. Only broken pipelines do it. */
  | { readonly kind: "source-delete"; readonly below: number }
  /** Behind the last batch that the consumer has handed over for this task; null: none since the assignment. */
  | { readonly kind: "fetch-position" }
  /** High watermark of the task's changelog partition. */
  | { readonly kind: "changelog-end" }
  /** Records of the changelog in [from, to), aborted ones marked. */
  | { readonly kind: "changelog-read"; readonly from: number; readonly to: number; readonly endsOn: ReadingEnd }
  /** The consumer's next offset for the source partition. */
  | { readonly kind: "seek"; readonly offset: number }
  | { readonly kind: "begin" }
  /** One partition of one topic, in order. The first send of a transaction is the changelog's. */
  | {
      readonly kind: "send";
      readonly topic: string;
      readonly partition: number;
      readonly records: readonly OutRecord[];
    }
  /** The same outside any transaction, by a producer that nobody fences. Only broken pipelines use it. */
  | {
      readonly kind: "send-plainly";
      readonly topic: string;
      readonly partition: number;
      readonly records: readonly OutRecord[];
    }
  | { readonly kind: "send-offsets"; readonly nextOffset: number }
  /** The consumer's own commit, outside any transaction. Only broken pipelines use it. */
  | { readonly kind: "commit-offsets-plainly"; readonly nextOffset: number }
  | { readonly kind: "commit" }
  | { readonly kind: "abort" }
  /** The mutable store on disk. */
  | { readonly kind: "store-load" }
  | { readonly kind: "store-put"; readonly key: string; readonly value: Uint8Array | null }
  | { readonly kind: "store-replace"; readonly entries: ReadonlyMap<string, Uint8Array> }
  /** CLEAN: exists only from an orderly close to the next open. */
  | { readonly kind: "clean-read" }
  | { readonly kind: "clean-write"; readonly content: string }
  | { readonly kind: "clean-remove" }
  /** Numbers of the checkpoint files there are, ascending. */
  | { readonly kind: "checkpoint-list" }
  | { readonly kind: "checkpoint-load"; readonly n: number }
  /** Temp file + fsync; not yet a checkpoint: `checkpoint-list` never names it. */
  | { readonly kind: "checkpoint-write"; readonly n: number; readonly bytes: Uint8Array }
  /** Renames what checkpoint-write wrote to `checkpoints/<n>`. `mid-checkpoint` lies between the two. */
  | { readonly kind: "checkpoint-publish"; readonly n: number }
  /** Writes straight to `checkpoints/<n>`, without a temp file. Only broken pipelines use it. */
  | { readonly kind: "checkpoint-write-in-place"; readonly n: number; readonly bytes: Uint8Array }
  | { readonly kind: "checkpoint-delete"; readonly n: number }
  /** The restored position is not the committed offset yet: wait a short, bounded while (heartbeating), then go on. */
  | { readonly kind: "wait-before-reread"; readonly attempt: number }
  /** A point of the commit cycle: the driver may park here. */
  | { readonly kind: "point"; readonly point: string }
  /** A line of testimony. */
  | {
      readonly kind: "testify";
      readonly said: string;
      readonly body: Readonly<Record<string, string | number | boolean | null>>;
    };

/** Whose transactional id a producer takes: all owners of the task share it, or this start alone, or all tasks of the job. */
export type Identity = "task" | "start" | "job";

/** A reading is over when its position has reached the end, or when it has seen the record before the end. */
export type ReadingEnd = "position" | "last-record";

export interface OutRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** `fenced`: an older epoch; leave, rejoin, never re-initialise. `unknown`: may or may not have happened. */
export type Answer = "ok" | "fenced" | "unknown";

export interface ChangelogRecord {
  readonly offset: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly aborted: boolean;
}

/** What each effect is resumed with. */
export interface EffectResults {
  fence: Answer;
  "committed-offset": number | null;
  "source-start": number;
  "source-end": number;
  "source-read": readonly ChangelogRecord[];
  "source-delete": void;
  "fetch-position": number | null;
  "changelog-end": number;
  "changelog-read": readonly ChangelogRecord[];
  seek: void;
  begin: void;
  send: Sent;
  "send-plainly": Sent;
  "send-offsets": Answer;
  "commit-offsets-plainly": Answer;
  commit: Answer;
  abort: Answer;
  "store-load": ReadonlyMap<string, Uint8Array>;
  "store-put": void;
  "store-replace": void;
  "clean-read": string | null;
  "clean-write": void;
  "clean-remove": void;
  "checkpoint-list": readonly number[];
  "checkpoint-load": Uint8Array | null;
  "checkpoint-write": void;
  "checkpoint-publish": void;
  "checkpoint-write-in-place": void;
  "checkpoint-delete": void;
  "wait-before-reread": void;
  point: void;
  testify: void;
}

export type Sent = { readonly answer: "ok"; readonly baseOffset: number } | { readonly answer: "fenced" | "unknown" };

export type EffectKind = Effect["kind"];
export type EffectOf<K extends EffectKind> = Extract<Effect, { readonly kind: K }>;
/** A piece of the job: yields effects, is resumed with their results, returns T. */
export type Job<T> = Generator<Effect, T, EffectResults[EffectKind]>;

/** Yields one effect and gives its result the type that EffectResults promises. */
export function* perform<K extends EffectKind>(effect: EffectOf<K>): Job<EffectResults[K]> {
  // The driver resumes with the result of the effect just yielded: the pairing is the protocol between core and driver.
  return (yield effect) as EffectResults[K];
}

/** A job without effects: the answer is there already. */
export function* done<T>(answer: T): Job<T> {
  yield* [];
  return answer;
}
