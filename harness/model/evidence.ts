import type { Seq } from "./brand.ts";
import type { HistoryEvent } from "./event.ts";
import type { LogBatch } from "./log.ts";
import type { ExpectedEffect } from "./pipeline.ts";

/**
 * What checkers step over: the audit's join of frames and events. Order of batches, guaranteed by the audit:
 * - `log` and `event` batches come in seq order.
 * - `source` batches of one task come in offset order and hold only committed records.
 * - a `transaction` comes once its outcome is known and after the `source` batches of every cause that it names, as far
 *   as these exist in the history at all; transactions of one transactional id come in the order of the state log.
 * - a `plain-commit` (offset commit outside any transaction) comes in the order of the offsets log among the commits of
 *   its (group, partition).
 * - a `generation` comes with its record in the offsets log, so that those below the offset of a commit come before the commit.
 * - `checkpoint` batches come right after the `disk-copied` or `checkpoint-captured` event that names them.
 * - `end` comes last, exactly once.
 */
export type EvidenceBatch =
  | { readonly kind: "log"; readonly batch: LogBatch }
  | { readonly kind: "event"; readonly event: HistoryEvent }
  | {
      readonly kind: "source";
      readonly stage: string;
      readonly partition: number;
      readonly records: Records;
      /** f's answer per record; null where there is no specification or where f threw (`failure` says what). */
      readonly expected: readonly ExpectedEffect[] | null;
      readonly failure: string | null;
    }
  /** Records of a source topic whose transaction was aborted: they must have no effect. */
  | { readonly kind: "aborted-source"; readonly stage: string; readonly partition: number; readonly records: Records }
  | { readonly kind: "transaction"; readonly transaction: Transaction }
  | { readonly kind: "plain-commit"; readonly commit: OffsetCommit }
  /** A generation of one of the pipeline's groups. */
  | { readonly kind: "generation"; readonly generation: Generation }
  /** A status-0 record of the state log: the fence ledger. */
  | { readonly kind: "fence"; readonly fence: Fence }
  | { readonly kind: "checkpoint"; readonly checkpoint: CheckpointFile }
  /** A record outside any transaction on a sink or changelog topic: committed as it is. */
  | { readonly kind: "plain-records"; readonly role: TopicRole; readonly records: Records }
  | { readonly kind: "end"; readonly end: EvidenceEnd };

/** Records of one partition in columns; key, value and headers are cut from `bytes` as in LogBatch. */
export interface Records {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  readonly offsets: Float64Array;
  /** Milliseconds since 1970, as readers of the topic get them. */
  readonly timestamps: Float64Array;
  readonly keyAt: Int32Array;
  readonly valueAt: Int32Array;
  readonly headersAt: Int32Array;
  readonly bytes: Uint8Array;
  /** From `rp-source`: index into `causeTopics` (-1: no header or not readable), partition, offset, ordinal. */
  readonly causeTopic: Int32Array;
  readonly causeTopics: readonly string[];
  readonly causePartition: Int32Array;
  readonly causeOffset: Float64Array;
  readonly ordinal: Int32Array;
  /**
   * Where the audit found the cause: another source record that explains the output as well, by index into `causeTopics`, partition
   * and offset (-1: there is none). Null: causes come from headers.
   */
  readonly twins: {
    readonly topic: Int32Array;
    readonly partition: Int32Array;
    readonly offset: Float64Array;
  } | null;
  /** From `rp-writer`: index into `writers`, -1 without. */
  readonly writer: Int32Array;
  readonly writers: readonly Writer[];
}

/** Parsed `rp-writer`: `member/incarnation/version/format`. */
export interface Writer {
  readonly member: string;
  readonly incarnation: number;
  readonly version: string;
  readonly format: string;
}

export type TopicRole = "source" | "sink" | "changelog" | "flags" | "offsets" | "transactions" | "other";

/** One transaction as joined from the logs (evidence.md). */
export interface Transaction {
  /** Order in which the audit decided it; unique. */
  readonly index: number;
  readonly transactionalId: string;
  readonly producerId: number;
  /** Epoch of its records (of its prepare record when it has none). */
  readonly producerEpoch: number;
  /**
   * Counts the owners of its transactional id: rises with each InitProducerId, and with a producer id that none announced,
   * not with an epoch that the broker raises by itself (transaction.version 2). -1: the state log does not know it.
   */
  readonly session: number;
  /**
   * As its markers say where they agree, since readers go by them; else as its prepare record says. `pending`: undecided at the
   * end. `gap`: the evidence cannot say; `why` does.
   */
  readonly outcome: DecidedOutcome | "pending" | "gap";
  readonly why: string | null;
  /** What its records in the state log say; null without the record. A broker that works has them and all markers agree. */
  readonly logged: { readonly prepare: DecidedOutcome | null; readonly complete: DecidedOutcome | null };
  /** Where the state log says so; null without. */
  readonly prepare: LogRef | null;
  readonly complete: LogRef | null;
  /** One per partition that it wrote to or listed; the offsets topic's part carries `commits`. */
  readonly parts: readonly TransactionPart[];
  readonly commits: readonly OffsetCommit[];
  /** Stage and source partition, when the description maps the transactional id to one task. */
  readonly task: TaskRef | null;
  /** Seq of the frame or event that decided it. */
  readonly seq: Seq;
  /** Seq of its first record's frame; null when it wrote none. */
  readonly firstSeq: Seq | null;
}

export type DecidedOutcome = "committed" | "aborted";

export interface TaskRef {
  readonly stage: string;
  readonly partition: number;
}

export interface LogRef {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface TransactionPart {
  readonly topic: string;
  readonly partition: number;
  readonly role: TopicRole;
  readonly records: Records;
  /** Producer epoch of each record. */
  readonly epochs: Int32Array;
  /** The first marker that closed it here; null: none seen. */
  readonly marker: Marker | null;
  /** Named by the prepare record. */
  readonly listed: boolean;
}

export interface Marker {
  readonly offset: number;
  readonly outcome: "commit" | "abort";
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
}

export interface OffsetCommit {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset to read; null is a tombstone. */
  readonly nextOffset: number | null;
  /** Where it lies in `__consumer_offsets`. */
  readonly at: LogRef;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly seq: Seq;
}

export interface Fence {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly at: LogRef;
  readonly seq: Seq;
}

export interface CheckpointFile {
  readonly member: string;
  readonly incarnation: number;
  readonly stage: string;
  readonly partition: number;
  /** Where it lay: relative to the member's data directory. */
  readonly name: string;
  /** Where it lies now: relative to the run directory. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Hex; the bytes have it, and the event at `seq` names it. */
  readonly sha256: string;
  /** `left`: in the copy of the disk at the end of the incarnation. `published`: captured while the member lived. */
  readonly found: "left" | "published";
  readonly seq: Seq;
}

/** What the whole history covers, known at its end. */
export interface EvidenceEnd {
  /** The last event is `run-ended` and its counts and digest agree. */
  readonly complete: boolean;
  /** Why the evidence has holes: gaps, torn files, unreadable versions of internal records. */
  readonly gaps: readonly EvidenceGap[];
  /** C(p) by `group/topic-partition`: the commit with the highest log offset; absent = never committed. */
  readonly committed: ReadonlyMap<string, OffsetCommit>;
  readonly partitions: readonly PartitionEnd[];
  /** Generations of each group as the offsets log's group metadata says, in log order. */
  readonly generations: readonly Generation[];
}

export interface EvidenceGap {
  readonly what: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly from: number | null;
  readonly to: number | null;
}

export interface PartitionEnd {
  readonly topic: string;
  readonly partition: number;
  readonly role: TopicRole;
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  /** `tail-settled` was recorded for it, and what was read reaches the end that it names without a hole. */
  readonly settled: boolean;
}

export interface Generation {
  readonly group: string;
  readonly generation: number;
  readonly at: LogRef;
  readonly seq: Seq;
  /** Client id → owned source partitions (topic-partition strings). */
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

const text = new TextDecoder();

/** Bytes i of a column pair, or null. */
export function slice(bytes: Uint8Array, at: Int32Array, i: number): Uint8Array | null {
  const from = at[2 * i] ?? 0;
  const to = at[2 * i + 1] ?? -1;
  return to < 0 ? null : bytes.subarray(from, to);
}

/** Key of record i as text ("" for null). */
export function keyText(records: Records, i: number): string {
  const key = slice(records.bytes, records.keyAt, i);
  return key === null ? "" : text.decode(key);
}

/** `r:<topic>-<partition>@<offset>`: how findings name a record. */
export function recordRef(topic: string, partition: number, offset: number): string {
  return `r:${topic}-${partition}@${offset}`;
}

/** The same, from a place in a log. */
export function refOf(at: LogRef): string {
  return recordRef(at.topic, at.partition, at.offset);
}

/** `e:<seq>`: how findings name an event. */
export function eventRef(seq: number): string {
  return `e:${seq}`;
}

export function commitKey(group: string, topic: string, partition: number): string {
  return `${group}/${topic}-${partition}`;
}
