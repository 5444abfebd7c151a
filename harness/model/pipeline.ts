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
  readonly activate: { readonly topic: string; readonly flag: string } | null;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** A stage = one source topic, one group, one changelog, its sinks. A task = stage × source partition. */
export interface StageSpec {
  readonly name: string;
  readonly source: string;
  readonly group: string;
  readonly changelog: string | null;
  readonly sinks: readonly string[];
  /** The transactional id of the task of this stage on a source partition, or null where ids are not per task. */
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
}

export interface WorkloadGenerator {
  readonly stream: string;
  /** All input records in send order. Pure in its arguments. */
  records(draw: Draw, shape: WorkloadShape): Iterable<InputRecord>;
}

/** The oracle: a naive fold of one task over its committed source log, and the decoders that judging needs. */
export interface Specification {
  readonly stages: Readonly<Record<string, StageSpecification>>;
}

export interface SourceRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface StageSpecification {
  /** A fresh fold for one task. The fold owns its state; `step` mutates it and says what the record is expected to do. */
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
