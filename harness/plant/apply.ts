import { sha256 } from "../base/digest.ts";
import { offset, seq } from "../model/brand.ts";
import { copiedFiles, copyFields, leftOut } from "../model/disk-copy.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { CheckpointFile } from "../model/evidence.ts";
import type { HistoryItem } from "../model/history.ts";
import type { LogBatch } from "../model/log.ts";
import { recordsIn, withRecords, type BatchRecord } from "./batch.ts";
import { nameOf, beginEdits, type Collected, type Edits, type Insertion, type Log, type RecordEdit } from "./edits.ts";
import type { Damaged, Recorded } from "./model.ts";
import { referencesOf, type References } from "./references.ts";
import { shiftsOf, unmoved, type Shift, type Shifts } from "./shift.ts";

/** What of a recorded history edits are about. */
export type Editable = Pick<Recorded, "items" | "files" | "known" | "description" | "plan" | "run">;

/** The history with what `edit` does to it, numbered and counted as a recorder would have; and what `edit` gives. */
export function edited<T>(
  history: Editable,
  edit: (edits: Edits) => T,
): { readonly damaged: Damaged; readonly given: T } {
  const { edits, collected } = beginEdits();
  const given = edit(edits);
  return { damaged: applied(history, collected), given };
}

/** An item on its way into the new history; `from` is the index of the item that it was. */
interface Placed {
  readonly item: HistoryItem;
  readonly from: number | null;
}

function applied(history: Editable, edits: Collected): Damaged {
  const shifts = shiftsOf(edits);
  const references = referencesOf(history.description, shifts, sendsIn(history.items));
  const pieces = { files: history.files, edits, shifts, references, behind: behindAll(history, edits) };
  const placed: Placed[] = [];
  for (const index of order(history.items.length, edits)) {
    const item = history.items[index];
    if (item !== undefined && !edits.dropped.has(index)) placed.push(...itemsOf(item, index, pieces));
    for (const body of edits.eventsAfter.get(index) ?? []) {
      const at = lastAt(history.items, index);
      placed.push({ item: { kind: "event", event: { ...body, seq: seq(0), at } }, from: null });
    }
  }
  const files = new Map<number, readonly CheckpointFile[]>();
  for (const [to, { from }] of placed.entries()) {
    const own = from === null ? undefined : history.files.get(from);
    if (own !== undefined)
      files.set(
        to,
        own.flatMap((file) => fileOf(file, pieces)).map((file) => ({ ...file, seq: seq(to) })),
      );
  }
  return {
    plan: edits.plan.reduce((plan, change) => change(plan), history.plan),
    run: edits.run.reduce((run, change) => change(run), history.run),
    items: numbered(placed),
    files,
    spoilt: [...edits.spoilt].map(({ path }) => `${path} has changed since it was copied`),
  };
}

function sendsIn(items: readonly HistoryItem[]): ReadonlyMap<number, Log> {
  const sends = new Map<number, Log>();
  for (const item of items)
    if (item.kind === "event" && item.event.kind === "send-invoked") sends.set(item.event.seq, item.event);
  return sends;
}

function order(count: number, { orders }: Collected): readonly number[] {
  const indexes = Array.from({ length: count }, (_, index) => index);
  for (const { from, order } of orders) indexes.splice(from, order.length, ...order);
  return indexes;
}

function lastAt(items: readonly HistoryItem[], index: number): HistoryEvent["at"] {
  for (let i = index; i >= 0; i -= 1) {
    const item = items[i];
    if (item?.kind === "event") return item.event.at;
  }
  throw new Error("A history begins with an event.");
}

/** The file as the pipeline now left it; none when its copy was spoilt. */
function fileOf(
  file: CheckpointFile,
  { edits, references }: Pick<Pieces, "edits" | "references">,
): readonly CheckpointFile[] {
  if (edits.spoilt.has(file)) return [];
  const left = edits.left.get(file);
  if (left === undefined) return [references.file(file)];
  return [{ ...file, bytes: left, sha256: sha256(left) }];
}

/** An event of the disk ledger says what the files now are. */
function following(event: HistoryEvent, files: readonly CheckpointFile[], pieces: Pieces): HistoryEvent {
  const changed = new Map<string, CheckpointFile>();
  for (const file of files) for (const now of fileOf(file, pieces)) if (now !== file) changed.set(file.name, now);
  if (changed.size === 0) return event;
  const fieldsOf = ({ bytes, sha256 }: CheckpointFile) => ({ bytes: bytes.length, sha256 });
  if (event.kind === "checkpoint-captured") {
    const now = changed.get(event.name);
    return now === undefined ? event : { ...event, ...fieldsOf(now) };
  }
  const listed = event.kind === "disk-copied" ? copiedFiles(event) : null;
  if (event.kind !== "disk-copied" || listed === null) return event;
  const list = listed.map((file) => {
    const now = changed.get(file.name);
    return now === undefined ? file : { ...file, ...fieldsOf(now) };
  });
  return { ...event, ...copyFields({ files: list, left: leftOut(event), leftCount: event.leftCount }) };
}

interface Pieces {
  readonly files: Editable["files"];
  readonly edits: Collected;
  readonly shifts: Shifts;
  readonly references: References;
  /** Index of a log's last frame → what is inserted behind it. */
  readonly behind: ReadonlyMap<number, string>;
}

/** Where insertions at the end of a log go. */
function behindAll({ known }: Editable, { insertions }: Collected): ReadonlyMap<number, string> {
  const behind = new Map<number, string>();
  for (const name of insertions.keys()) {
    const log = known.logs.get(name);
    const last = log === undefined ? undefined : known.frames(log).at(-1);
    if (last !== undefined) behind.set(last, name);
  }
  return behind;
}

function itemsOf(item: HistoryItem, index: number, pieces: Pieces): readonly Placed[] {
  const { edits, references } = pieces;
  if (item.kind === "event") {
    const changed = (edits.events.get(index) ?? []).reduce((event, change) => change(event), item.event);
    const event = following(references.event(changed), pieces.files.get(index) ?? [], pieces);
    return [{ item: { kind: "event", event }, from: index }];
  }
  const changed = (edits.batches.get(index) ?? []).reduce((batch, change) => change(batch), item.batch);
  return batchesOf(changed, index, pieces).map((batch) => ({ item: { kind: "frame", batch }, from: index }));
}

function batchesOf(batch: LogBatch, index: number, pieces: Pieces): readonly LogBatch[] {
  const name = nameOf(batch);
  const own = pieces.edits.records.get(name);
  const insertions = (pieces.edits.insertions.get(name) ?? []).filter(
    ({ before }) =>
      (before >= batch.baseOffset && before <= batch.lastOffset) ||
      (pieces.behind.get(index) === name && before > batch.lastOffset),
  );
  const isTouched = own !== undefined && [...own.keys()].some((at) => at >= batch.baseOffset && at <= batch.lastOffset);
  const shift = pieces.shifts.of(batch);
  if (!isTouched && insertions.length === 0 && shift === unmoved && !pieces.references.concern(batch)) return [batch];
  if (!isTouched && insertions.length === 0) return [wholeMoved(batch, shift, pieces.references)];
  return cut(batch, { edits: own ?? new Map(), insertions, shift, references: pieces.references });
}

function wholeMoved(batch: LogBatch, shift: Shift, references: References): LogBatch {
  const records = recordsIn(batch);
  const renamed = records.map((record) => references.record(batch, record));
  const isSame = renamed.every((record, i) => record === records[i]);
  const by = shift.of(batch.baseOffset) - batch.baseOffset;
  const ends = endsOf(batch, shift);
  if (isSame && by === 0) return { ...batch, ...ends };
  if (isSame)
    return {
      ...batch,
      ...ends,
      baseOffset: offset(batch.baseOffset + by),
      lastOffset: offset(batch.lastOffset + by),
      offsets: batch.offsets.map((at) => at + by),
    };
  const moved = renamed.map((record) => ({ ...record, offset: record.offset + by }));
  return withRecords({ ...batch, ...ends }, moved, { from: batch.baseOffset + by, to: batch.lastOffset + by });
}

function endsOf(
  { highWatermark, lastStableOffset }: LogBatch,
  shift: Shift,
): Pick<LogBatch, "highWatermark" | "lastStableOffset"> {
  return { highWatermark: offset(shift.end(highWatermark)), lastStableOffset: offset(shift.end(lastStableOffset)) };
}

interface Cutting {
  readonly edits: ReadonlyMap<number, RecordEdit>;
  readonly insertions: readonly { readonly before: number; readonly insertion: Insertion }[];
  readonly shift: Shift;
  readonly references: References;
}

/** A batch whose records are edited, or that something is put into: in as many batches as that takes. */
function cut(batch: LogBatch, { edits, insertions, shift, references }: Cutting): readonly LogBatch[] {
  const ends = endsOf(batch, shift);
  const out: LogBatch[] = [];
  let open: BatchRecord[] = [];
  let from: number | null = shift.of(batch.baseOffset);
  const close = (to: number | null): void => {
    const start = from ?? open[0]?.offset ?? 0;
    const last = to ?? open.at(-1)?.offset ?? -1;
    if (open.length > 0 || (batch.count === 0 && to !== null))
      out.push(
        withRecords({ ...batch, ...ends }, open, { from: start, to: Math.max(last, open.at(-1)?.offset ?? last) }),
      );
    open = [];
    from = null;
  };
  const put = (at: number): void => {
    const here = insertions.filter(({ before }) => before === at);
    let next = shift.of(at) - here.reduce((sum, { insertion }) => sum + insertion.records.length, 0);
    for (const { insertion } of here) {
      close(null);
      const records = insertion.records.map((record, i) => ({ ...record, offset: next + i }));
      const covers = { from: next, to: next + records.length - 1 };
      const { like, attributes } = insertion;
      const { topic, partition } = batch;
      out.push(withRecords({ ...like, topic, partition, ...ends, ...attributes }, records, covers));
      next += records.length;
      from = null;
    }
  };
  for (const record of recordsIn(batch)) {
    put(record.offset);
    const edit = edits.get(record.offset);
    if (edit?.kind === "remove" || edit?.kind === "lose" || edit?.kind === "compact") continue;
    const moved = { ...references.record(batch, record), offset: shift.of(record.offset) };
    if (edit?.kind === "replace") open.push({ ...edit.change(moved), offset: moved.offset });
    else if (edit?.kind === "apart") {
      close(null);
      const covers = { from: moved.offset, to: moved.offset };
      out.push(withRecords({ ...batch, ...ends, ...edit.attributes }, [moved], covers));
    } else open.push(moved);
  }
  const isWhole = !shift.isRemoved(batch.lastOffset);
  close(isWhole ? shift.of(batch.lastOffset) : null);
  for (const before of new Set(insertions.map((one) => one.before))) if (before > batch.lastOffset) put(before);
  return out;
}

/** Gives items their numbers, and lets those that refer to others by number follow. */
function numbered(placed: readonly Placed[]): readonly HistoryItem[] {
  const moved = new Map<number, number>();
  for (const [to, { item, from }] of placed.entries())
    if (from !== null && item.kind === "event") moved.set(item.event.seq, to);
  let events = 0;
  return placed.map(({ item }, to): HistoryItem => {
    if (item.kind === "frame")
      return item.batch.seq === to ? item : { kind: "frame", batch: { ...item.batch, seq: seq(to) } };
    events += 1;
    const event = { ...item.event, seq: seq(to) };
    if (event.kind === "send-ok" || event.kind === "send-fail" || event.kind === "send-info")
      return { kind: "event", event: { ...event, invoked: moved.get(event.invoked) ?? -1 } };
    if (event.kind === "run-ended")
      return { kind: "event", event: { ...event, events: events - 1, frames: to - events + 1 } };
    return { kind: "event", event };
  });
}
