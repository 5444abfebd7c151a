import type { CheckpointFile } from "../model/evidence.ts";
import type { EventBody, HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import type { BatchRecord } from "./batch.ts";

export interface Log {
  readonly topic: string;
  readonly partition: number;
}

/** What the records of one batch share. */
export type Attributes = Pick<LogBatch, "transactional" | "control" | "producerId" | "producerEpoch" | "leaderEpoch">;

/** Records to be put into a log; everything else is taken from the batch `like`. */
export interface Insertion {
  readonly like: LogBatch;
  readonly attributes: Partial<Attributes>;
  readonly records: readonly BatchRecord[];
}

export type RecordEdit =
  | { readonly kind: "replace"; readonly change: (record: BatchRecord) => BatchRecord }
  /** The record was never written: what follows moves up. */
  | { readonly kind: "remove" }
  /** Kafka lost the last record of a log: the log ends before it, and what has read it still says so. */
  | { readonly kind: "lose" }
  /** Compaction took the record: its offset stays empty. */
  | { readonly kind: "compact" }
  /** The record becomes a batch of its own with other attributes. */
  | { readonly kind: "apart"; readonly attributes: Partial<Attributes> };

/**
 * Changes to a history in the coordinates of the undamaged one: an offset or an index means what it means there, however many
 * changes are made. `applied` carries them out together and renumbers everything that refers to what has moved.
 */
export interface Edits {
  record(log: Log, offset: number, edit: RecordEdit): void;
  /** Puts a batch before the record at `offset`; at the log's end, behind everything. */
  insert(log: Log, offset: number, insertion: Insertion): void;
  /** Changes a frame's batch as a whole; its offsets stay. */
  batch(index: number, change: (batch: LogBatch) => LogBatch): void;
  /** Takes an item out of the history. The logs do not close up over a frame. */
  drop(index: number): void;
  event(index: number, change: (event: HistoryEvent) => HistoryEvent): void;
  /** Records an event right after an item. */
  insertEvent(after: number, body: EventBody): void;
  /** Gives the items from index `from` on in another order; `order` holds their indexes. */
  reorder(from: number, order: readonly number[]): void;
  /** The pipeline left other bytes: the event that names the file follows. */
  leave(file: CheckpointFile, bytes: Uint8Array): void;
  /** The copy in the run directory is not any more what the event says that it was. */
  spoil(file: CheckpointFile): void;
  plan(change: (plan: Plan) => Plan): void;
  run(change: (run: RunInfo) => RunInfo): void;
}

/** The edits as they were collected. */
export interface Collected {
  readonly records: ReadonlyMap<string, ReadonlyMap<number, RecordEdit>>;
  readonly insertions: ReadonlyMap<string, readonly { readonly before: number; readonly insertion: Insertion }[]>;
  readonly batches: ReadonlyMap<number, readonly ((batch: LogBatch) => LogBatch)[]>;
  readonly dropped: ReadonlySet<number>;
  readonly events: ReadonlyMap<number, readonly ((event: HistoryEvent) => HistoryEvent)[]>;
  readonly eventsAfter: ReadonlyMap<number, readonly EventBody[]>;
  readonly orders: readonly { readonly from: number; readonly order: readonly number[] }[];
  readonly left: ReadonlyMap<CheckpointFile, Uint8Array>;
  readonly spoilt: ReadonlySet<CheckpointFile>;
  readonly plan: readonly ((plan: Plan) => Plan)[];
  readonly run: readonly ((run: RunInfo) => RunInfo)[];
}

export function nameOf({ topic, partition }: Log): string {
  return `${topic}-${partition}`;
}

export function beginEdits(): { readonly edits: Edits; readonly collected: Collected } {
  const records = new Map<string, Map<number, RecordEdit>>();
  const insertions = new Map<string, { before: number; insertion: Insertion }[]>();
  const batches = new Map<number, ((batch: LogBatch) => LogBatch)[]>();
  const dropped = new Set<number>();
  const events = new Map<number, ((event: HistoryEvent) => HistoryEvent)[]>();
  const eventsAfter = new Map<number, EventBody[]>();
  const orders: { from: number; order: readonly number[] }[] = [];
  const left = new Map<CheckpointFile, Uint8Array>();
  const spoilt = new Set<CheckpointFile>();
  const plan: ((plan: Plan) => Plan)[] = [];
  const run: ((run: RunInfo) => RunInfo)[] = [];
  return {
    edits: {
      record: (log, offset, edit) => {
        const known = records.get(nameOf(log)) ?? new Map<number, RecordEdit>();
        records.set(nameOf(log), known.set(offset, edit));
      },
      insert: (log, before, insertion) => push(insertions, nameOf(log), { before, insertion }),
      batch: (index, change) => push(batches, index, change),
      drop: (index) => void dropped.add(index),
      event: (index, change) => push(events, index, change),
      insertEvent: (after, body) => push(eventsAfter, after, body),
      reorder: (from, order) => void orders.push({ from, order }),
      leave: (file, bytes) => void left.set(file, bytes),
      spoil: (file) => void spoilt.add(file),
      plan: (change) => void plan.push(change),
      run: (change) => void run.push(change),
    },
    collected: { records, insertions, batches, dropped, events, eventsAfter, orders, left, spoilt, plan, run },
  };
}

function push<K, V>(into: Map<K, V[]>, key: K, value: V): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, [value]);
  else known.push(value);
}
