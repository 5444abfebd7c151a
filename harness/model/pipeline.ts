import type { VersionFormats } from "./formats.ts";
import type { ProfileTimings } from "./profile.ts";
import type { RecordKey } from "./record-key.ts";
import type { Point } from "./scenario.ts";

/** How a pipeline under test is started, spoken to and judged (design §3, §6, §7). */
export interface PipelineDescription {
  readonly name: string;
  /** Where it lies, from the repository's root: `${PIPELINE}` stands for it. */
  readonly folder: string;
  readonly guarantee: "exactly-once" | "at-least-once";
  readonly offsets: "in-transaction" | "group" | "external";
  /**
   * Whether members speak the optional half of the contract (design §6): testimony on stdout, a control port with their
   * health. Of those that do not, readiness, ownership and lag come from Kafka's logs alone.
   */
  readonly speaks: boolean;
  /** Topics that the environment creates before load, besides Kafka's internal ones. */
  readonly topics: (partitions: number) => readonly TopicSpec[];
  readonly stages: readonly StageSpec[];
  readonly versions: Readonly<Record<string, Launch>>;
  /** What each version reads and writes, by its name; a version that is left out declares nothing. */
  readonly formats?: Readonly<Partial<Record<string, VersionFormats>>>;
  /**
   * The command that shows how a version encodes and decodes (docs/writing-a-pipeline.md, "Samples"), with the templates of a launch;
   * `write` or `read` is added to it.
   */
  readonly samples?: { readonly argv: readonly string[] };
  /** The input stream, one generator per stream name; deterministic in (draw, spec). */
  readonly workload: WorkloadGenerator;
  /** Path, from the repository's root, of the module that exports `specification`. */
  readonly specificationPath: string | null;
  /** Names of the mutants that the pipeline knows. */
  readonly mutants: readonly string[];
  readonly points: readonly Point[];
  /** Which task a file below a member's data directory is a checkpoint of; null: it is none. */
  readonly checkpoint: ((path: string) => { readonly stage: string; readonly partition: number } | null) | null;
  /** ROLLPROOF_CONFIG for a member. */
  readonly config: (
    timings: ProfileTimings,
    partitions: number,
    mutant: string | null,
  ) => Readonly<Record<string, unknown>>;
  /** The flags topic, and the flag that finalise activates. */
  readonly activate: { readonly topic: string; readonly flag: string; readonly formats?: GatedFormats } | null;
}

/** What a version may write before and after the flag is active; left out of a description, nobody judges it. */
export interface GatedFormats {
  /** As `ExpectedOutput.value` takes them. */
  readonly outputs: Gated;
  /** As `ChangelogEntry.schema` names them. */
  readonly states: Gated;
}

export interface Gated {
  readonly before: readonly string[];
  /** Only once the flag is active. */
  readonly after: readonly string[];
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
  /**
   * Of a sink: `by-key`, a key is always on the same partition; `free`, it may be on any. Left out, it is by key if all
   * repeated keys of the old version say so.
   */
  readonly partitioning?: "by-key" | "free";
}

/** What one group does with its sources. Its tasks follow from this and the topics' partitions: `tasksOf` in tasks.ts. */
export interface StageSpec {
  readonly name: string;
  /** Topics, co-partitioned where there are several: partition p of each is of one task. */
  readonly sources: readonly string[];
  /** Several stages may share one, as long as no topic is read by two of them. */
  readonly group: string;
  readonly changelog: string | null;
  readonly sinks: readonly string[];
  /** The transactional id of this stage's task of a partition, or null where ids are not per task. */
  readonly transactionalId: ((partition: number) => string) | null;
}

/** One version's start command; `${…}` templates in argv and env are those of `templates.ts` in harness/pipeline. */
export interface Launch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The image for members in containers; null: the environment's own with Node. */
  readonly image: string | null;
  /** Files and folders that it reads, from the repository's root. */
  readonly mounts: readonly string[];
  /** Files whose bytes make this version what it is, from the repository's root: hashed into run.json. */
  readonly sources: readonly string[];
}

/** Chance for generators, forked by name so that adding one thing never shifts another. */
export interface Draw {
  fork(name: string): Draw;
  /** Uniform in [min, max], both inclusive. */
  integer(min: number, max: number): number;
  /** Uniform in [0, 1). */
  unit(): number;
}

export interface InputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string;
}

export interface WorkloadShape {
  readonly inputs: number;
  readonly partitions: number;
  readonly keys: number;
  readonly duplicatesPercent: number;
  readonly outOfOrderPercent: number;
  readonly latePercent: number;
  readonly hotKeysPercent: number;
  readonly longWindowsPercent?: number;
}

export interface WorkloadGenerator {
  readonly stream: string;
  /** Where all of its records go. */
  readonly topic: string;
  /** All input records in send order. Pure in its arguments. */
  records(draw: Draw, shape: WorkloadShape): Iterable<InputRecord>;
}

/** The oracle: a naive fold of a task over each of its committed source logs, and the decoders that judging needs. */
export interface Specification {
  readonly stages: Readonly<Record<string, StageSpecification>>;
}

export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** In their order; a name may occur more than once. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}

export interface StageSpecification {
  /**
   * A fresh fold for one source log of a task. The fold owns its state; `step` mutates it and says what the record is expected to
   * do. A stage with several sources has a fold for each, for no log tells in which order it read them.
   */
  start(partition: number): TaskFold;
  /** Canonical text of an output's value as read; throws on undecodable bytes. Not asked about tombstones. */
  output(value: Uint8Array): string;
  /** A changelog record: a state change, or the position record. Throws on undecodable bytes. Of stages with a changelog. */
  changelog?(key: Uint8Array, value: Uint8Array | null): ChangelogEntry;
  /** Every transaction that commits an input offset of a task writes a position record into its changelog. */
  readonly hasPositionRecords?: boolean;
  /** A checkpoint file's bytes. Throws on undecodable bytes. Of stages with checkpoints. */
  checkpoint?(bytes: Uint8Array): CheckpointContent;
}

export interface TaskFold {
  step(record: SourceRecord): ExpectedEffect;
}

/** What f does with one source record. */
export interface ExpectedEffect {
  readonly outputs: readonly ExpectedOutput[];
  readonly changes: readonly ExpectedChange[];
}
export interface ExpectedOutput {
  /** 0-based among the outputs of this cause. */
  readonly ordinal: number;
  readonly topic: string;
  /** null: a record without a key, which is not the empty key. */
  readonly key: RecordKey | null;
  /**
   * Canonical text of the value in a format: what `rp-writer` names, or a version's name where no header says. null: a tombstone,
   * which is not the text `null`. Throws on other formats.
   */
  value(format: string): string | null;
  /** Headers that it has to carry, each exactly once; of other headers nothing is said. Left out: none is looked at. */
  readonly headers?: Readonly<Record<string, RecordKey | null>>;
  /** Milliseconds since 1970. Left out: it is not looked at. */
  readonly timestamp?: number;
  /**
   * A later output of the same topic and key, written before the same commit, may stand for this one: what a store cache does, Kafka
   * Streams' default (`statestore.cache.max.bytes`). False when absent.
   */
  readonly mayBeSuperseded?: boolean;
}
export interface ExpectedChange {
  readonly key: RecordKey;
  /** Canonical text of the new state in a schema version, or null when the key is removed. */
  readonly state: ((schema: string) => string) | null;
}

export type ChangelogEntry =
  | { readonly kind: "position"; readonly nextOffset: number; readonly commit: number }
  /** `schema` is the version byte that the bytes carry; `state` is canonical text, null = removed. */
  | { readonly kind: "state"; readonly key: RecordKey; readonly schema: string; readonly state: string | null };

export interface CheckpointContent {
  readonly inputNext: number;
  readonly changelogNext: number;
  readonly schema: string;
  /** Each key with its canonical text in `schema`; a map will do. */
  readonly entries: Iterable<readonly [key: RecordKey, state: string]>;
}
