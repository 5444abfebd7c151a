import type { TransactionStatus } from "../../audit/codec/transaction-state.ts";
import { offsetsTopic } from "../../audit/topology.ts";
import type { Transaction } from "../../model/evidence.ts";
import type { LogBatch } from "../../model/log.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { BatchRecord } from "../batch.ts";
import { nameOf, type Edits, type Log } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, markersOf, one, placeOf, placesIn, statesOf, type PlacedMarker, type PlacedState } from "../places.ts";
import { markerKey, markerValue } from "../wire/control.ts";
import { stateKey, withState } from "../wire/transaction-state.ts";
import { lawful } from "./lawful.ts";
import { replace } from "./target.ts";

interface Target {
  readonly history: Recorded;
  readonly draw: Draw;
  readonly edits: Edits;
  readonly transaction: Transaction;
}

function onTransaction(
  described: Pick<Kind, "name" | "what" | "row"> & { readonly needs?: string; plant(target: Target): unknown },
): Kind {
  return lawful({
    ...described,
    needs: described.needs ?? "a committed transaction",
    plant: (history, draw, edits) =>
      drawn(draw, placesIn(history).committed, (transaction) => {
        const { transactionalId, prepare, complete } = transaction;
        if (prepare === null || complete === null) return null;
        const isPlanted = described.plant({ history, draw, edits, transaction });
        return isPlanted === false
          ? null
          : `the transaction of ${transactionalId} prepared at ${placeOf({ log: prepare, offset: prepare.offset })}`;
      }),
  });
}

/** What brokers and other clients may write besides. */
export const protocolKinds: readonly Kind[] = [
  onTransaction({
    name: "marker-repeated",
    what: "A broker wrote a marker twice: the coordinator had lost its answer.",
    plant: (target) => repeated(target, (marker) => marker.coordinatorEpoch),
  }),
  onTransaction({
    name: "marker-repeated-by-the-next-coordinator",
    what: "The next coordinator wrote a marker again.",
    plant: (target) => repeated(target, (marker) => marker.coordinatorEpoch + 1),
  }),
  ...(["prepare-commit", "complete-commit"] as const).map((status) =>
    onTransaction({
      name: `${status}-repeated`,
      what: `The state log holds a transaction's ${status} record twice.`,
      plant({ history, edits, transaction }) {
        const own = statesOf(history, transaction).find(({ state }) => state.status === status);
        return own !== undefined && stateBefore({ history, edits }, own, [own]);
      },
    }),
  ),
  onTransaction({
    name: "aborted-attempt",
    what: "Everything that a transaction wrote was written and aborted before.",
    needs: "a transaction protocol in which an id keeps its epoch",
    plant(target) {
      const { history, edits, transaction } = target;
      const states = statesOf(history, transaction);
      const parts = transaction.parts.flatMap((part) => {
        const [marker] = markersOf(history, part, transaction.producerId);
        const records = [...part.records.offsets].map((offset) => history.known.find(part, offset));
        const [first] = records;
        return marker === undefined || first == null || records.some((found) => found === null)
          ? []
          : [{ log: { topic: part.topic, partition: part.partition }, marker, first, records }];
      });
      if (!keepsEpoch(transaction) || states.length < 3 || parts.length < transaction.parts.length) return false;
      for (const { log, marker, first, records } of parts) {
        const copies = records.flatMap((found) => (found === null ? [] : [found.record]));
        edits.insert(log, first.record.offset, { like: first.batch, attributes: {}, records: copies });
        insertMarker({ history, edits }, { log, offset: first.record.offset }, marker, "abort");
      }
      return stateBefore({ history, edits }, states[0], states, (status) => aborting[status] ?? status);
    },
  }),
  onTransaction({
    name: "transaction-without-records",
    row: 27,
    what: "An id commits a transaction that lists a partition and wrote nothing.",
    needs: "a transaction protocol in which an id keeps its epoch",
    plant({ history, draw, edits, transaction }) {
      const states = statesOf(history, transaction);
      const part = one(
        draw,
        transaction.parts.filter(({ records }) => records.count > 0),
      );
      const [marker] = part === null ? [] : markersOf(history, part, transaction.producerId);
      const offset = part?.records.offsets[0];
      if (!keepsEpoch(transaction) || part === null || marker === undefined || offset === undefined) return false;
      insertMarker({ history, edits }, { log: part, offset }, marker, "commit");
      const listed = [{ topic: part.topic, partition: part.partition }];
      return stateBefore({ history, edits }, states[0], states, (status) => status, listed);
    },
  }),
  onTransaction({
    name: "partition-listed-and-not-written",
    row: 27,
    what: "A transaction lists a partition more than it wrote to, and its marker lies there.",
    plant(target) {
      const { history, draw, edits, transaction } = target;
      const { producerId, transactionalId } = transaction;
      const prepare = statesOf(history, transaction).find(({ state }) => state.status === "prepare-commit");
      const [part] = transaction.parts;
      const marker = part === undefined ? undefined : markersOf(history, part, producerId)[0];
      const more = one(
        draw,
        [...history.known.logs.values()].filter(
          (log) =>
            transaction.parts.some(({ topic, role }) => role === "sink" && topic === log.topic) &&
            !transaction.parts.some((own) => nameOf(own) === nameOf(log)),
        ),
      );
      if (marker === undefined || more === null || prepare === undefined) return false;
      const at = between(history, transactionalId, transaction, more);
      if (!insertMarker({ history, edits }, { log: more, offset: at }, marker, "commit")) return false;
      const partitions = [...prepare.state.partitions, more];
      replace({ edits }, prepare, ({ value }) => ({ value: value && withState(value, { partitions }) }));
      return true;
    },
  }),
  onTransaction({
    name: "foreign-transaction",
    row: 24,
    what: "An id that is not the pipeline's commits a transaction on a topic that nobody tails.",
    plant: (target) => foreign(target, [{ topic: "somebody-s-topic", partition: 0 }]),
  }),
  onTransaction({
    name: "foreign-transaction-with-offsets",
    row: 24,
    what: "An id that is not the pipeline's commits a transaction with offsets of its own group.",
    plant(target) {
      const { history, edits, transaction } = target;
      const part = transaction.parts.find(({ topic }) => topic === offsetsTopic);
      const marker = part === undefined ? undefined : markersOf(history, part, transaction.producerId)[0];
      const offset = part?.records.offsets[0];
      if (part === undefined || marker === undefined || offset === undefined) return false;
      insertMarker({ history, edits }, { log: part, offset }, marker, "commit", {
        producerId: foreignId,
        producerEpoch: 0,
      });
      return foreign(target, [{ topic: part.topic, partition: part.partition }]);
    },
  }),
  onTransaction({
    name: "foreign-id-forgotten",
    row: 24,
    what: "The coordinator forgot an id that is not the pipeline's.",
    plant({ history, edits, transaction }) {
      const [first] = statesOf(history, transaction);
      const found = first === undefined ? null : history.known.find(first.log, first.offset);
      if (first === undefined || found === null) return false;
      const record = { ...found.record, key: stateKey("somebody"), value: null };
      edits.insert(first.log, first.offset, { like: found.batch, attributes: {}, records: [record] });
      return true;
    },
  }),
];

/** No broker of a recorded history gave this producer id out. */
const foreignId = 900_001;
const aborting: Readonly<Partial<Record<TransactionStatus, TransactionStatus>>> = {
  "prepare-commit": "prepare-abort",
  "complete-commit": "complete-abort",
};

/** Whether its marker has the epoch of its records: then the next transaction has it, too. */
function keepsEpoch({ parts, producerEpoch }: Transaction): boolean {
  return parts.every(({ marker }) => marker?.producerEpoch === producerEpoch);
}

/** Puts the marker again, right behind itself. */
function repeated(
  { history, draw, edits, transaction }: Target,
  coordinatorEpoch: (marker: PlacedMarker) => number,
): boolean {
  const part = one(draw, transaction.parts);
  const marker = part === null ? undefined : markersOf(history, part, transaction.producerId).at(-1);
  const found = marker === undefined ? null : history.known.find(marker.log, marker.offset);
  if (marker === undefined || found === null) return false;
  const at = marker.offset + 1;
  if (history.known.find(marker.log, at) === null && at !== history.known.end(marker.log)) return false;
  const record = { ...found.record, value: markerValue(coordinatorEpoch(marker)) };
  edits.insert(marker.log, at, { like: found.batch, attributes: {}, records: [record] });
  return true;
}

type Editing = Pick<Target, "history" | "edits">;

/** Puts a marker like another one, with an outcome of its own, in front of a record or at the log's end. */
function insertMarker(
  { history, edits }: Editing,
  { log, offset }: { readonly log: Log; readonly offset: number | null },
  like: PlacedMarker,
  outcome: "commit" | "abort",
  by: Partial<Pick<LogBatch, "producerId" | "producerEpoch">> = {},
): boolean {
  const found = history.known.find(like.log, like.offset);
  if (found === null) return false;
  const record: BatchRecord = { ...found.record, key: markerKey(outcome) };
  const { leaderEpoch } = leaderIn(history, log) ?? found.batch;
  edits.insert(log, offset ?? history.known.end(log), {
    like: found.batch,
    attributes: { leaderEpoch, ...by },
    records: [record],
  });
  return true;
}

function leaderIn({ known, items }: Recorded, log: Log): LogBatch | null {
  const item = items[known.frames(log)[0] ?? -1];
  return item?.kind === "frame" ? item.batch : null;
}

/** Puts copies of state records in front of another one. */
function stateBefore(
  { history, edits }: Editing,
  before: PlacedState | undefined,
  states: readonly PlacedState[],
  statusOf: (status: TransactionStatus) => TransactionStatus = (status) => status,
  listed?: readonly Log[],
): boolean {
  if (before === undefined || states.length === 0) return false;
  for (const { log, offset, state } of states) {
    const found = history.known.find(log, offset);
    if (found === null || found.record.value === null) return false;
    const partitions = listed !== undefined && state.partitions.length > 0 ? { partitions: listed } : {};
    const value = withState(found.record.value, { status: statusOf(state.status), ...partitions });
    edits.insert(before.log, before.offset, {
      like: found.batch,
      attributes: {},
      records: [{ ...found.record, value }],
    });
  }
  return true;
}

/** A whole transaction of an id that is not the pipeline's, in front of this one in the state log. */
function foreign({ history, edits, transaction }: Target, listed: readonly Log[]): boolean {
  const states = statesOf(history, transaction);
  const [first] = states;
  const own = states.filter(({ state }) => state.status !== "ongoing");
  if (first === undefined) return false;
  for (const { log, offset, state } of own) {
    const found = history.known.find(log, offset);
    if (found === null || found.record.value === null) return false;
    const value = withState(found.record.value, {
      producerId: foreignId,
      producerEpoch: 0,
      ...(state.partitions.length > 0 ? { partitions: listed } : {}),
    });
    const record = { ...found.record, key: stateKey("somebody"), value };
    edits.insert(first.log, first.offset, { like: found.batch, attributes: {}, records: [record] });
  }
  return true;
}

/** Where a marker of the transaction may lie in a log that it did not write to: after the id's earlier ones there, before its later ones. */
function between(
  history: Recorded,
  transactionalId: string,
  { index, producerId }: Transaction,
  log: Log,
): number | null {
  const later = history.known.transactions.find(
    (one) =>
      one.transactionalId === transactionalId &&
      one.index > index &&
      one.producerId === producerId &&
      one.parts.some((part) => nameOf(part) === nameOf(log) && part.records.count > 0),
  );
  return later?.parts.find((part) => nameOf(part) === nameOf(log))?.records.offsets[0] ?? null;
}
