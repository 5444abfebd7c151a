import type { TransactionStatus } from "../../audit/codec/transaction-state.ts";
import type { Transaction } from "../../model/evidence.ts";
import type { Draw } from "../../model/pipeline.ts";
import { nameOf, type Edits, type Log } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, markersOf, one, placesIn, statesOf, type PlacedMarker, type PlacedState } from "../places.ts";
import { markerKey } from "../wire/control.ts";
import { withState, type StateChange } from "../wire/transaction-state.ts";
import { replace } from "./target.ts";

interface TransactionTarget {
  readonly history: Recorded;
  readonly draw: Draw;
  readonly edits: Edits;
  readonly transaction: Transaction;
}

type Described = Pick<Kind, "name" | "what" | "must" | "but" | "row"> & {
  readonly needs?: string;
  plant(target: TransactionTarget): unknown;
};

const placed =
  (described: Described, needs: string, among: (history: Recorded) => readonly Transaction[]) => (): Kind => ({
    family: "damage",
    ...described,
    needs: described.needs ?? needs,
    plant: (history, draw, edits) =>
      drawn(draw, among(history), (transaction) => {
        const { transactionalId, prepare } = transaction;
        const isPlanted = described.plant({ history, draw, edits, transaction });
        return isPlanted === false || prepare === null
          ? null
          : `the transaction of ${transactionalId} prepared at ${nameOf(prepare)}@${prepare.offset}`;
      }),
  });
const onCommitted = (described: Described): Kind =>
  placed(described, "a committed transaction with outputs", (history) =>
    placesIn(history).committed.filter(hasOutputs),
  )();
const onAborted = (described: Described): Kind =>
  placed(described, "an aborted transaction with outputs", (history) => placesIn(history).aborted.filter(hasOutputs))();

const endsNothing = {
  invisible:
    "a marker where nothing is open changes nothing for any reader, and brokers may repeat an earlier one late",
} as const;

const stateFlips = [
  [
    "prepare-against-markers",
    "The prepare record of a committed transaction says abort.",
    { "prepare-commit": { status: "prepare-abort" } },
  ],
  [
    "complete-against-markers",
    "The complete record of a committed transaction says abort.",
    { "complete-commit": { status: "complete-abort" } },
  ],
  [
    "state-log-against-markers",
    "The state log says that a transaction was aborted, its markers that it was committed.",
    { "prepare-commit": { status: "prepare-abort" }, "complete-commit": { status: "complete-abort" } },
  ],
] satisfies readonly (readonly [string, string, StateChanges])[];
const stateLosses = [
  ["prepare-lost", "The prepare record of a committed transaction was never written.", "prepare-commit"],
  ["complete-lost", "The complete record of a committed transaction was never written.", "complete-commit"],
] satisfies readonly (readonly [string, string, TransactionStatus])[];

/** How transactions ended: markers and the state log. */
export const transactionKinds: readonly Kind[] = [
  onCommitted({
    name: "marker-flipped",
    what: "One of a committed transaction's markers says abort.",
    must: ["TX1", "TX3"],
    needs: "a committed transaction with records in two partitions",
    plant(target) {
      const parts = target.transaction.parts.filter(({ records }) => records.count > 0);
      const part = parts.length < 2 ? null : one(target.draw, parts);
      return part !== null && flip(target, markersOf(target.history, part, target.transaction.producerId));
    },
  }),
  onCommitted({
    name: "all-markers-flipped",
    row: 3,
    what: "All markers of a committed transaction say abort.",
    must: ["TX1", "TX3"],
    plant: (target) => flip(target, allMarkers(target)),
  }),
  onAborted({
    name: "aborted-transaction-with-a-commit-marker",
    row: 3,
    what: "One of an aborted transaction's markers says commit.",
    must: ["TX1", "TX3"],
    plant(target) {
      const part = one(
        target.draw,
        target.transaction.parts.filter(({ records }) => records.count > 0),
      );
      return part !== null && flip(target, markersOf(target.history, part, target.transaction.producerId));
    },
  }),
  onAborted({
    name: "aborted-transaction-with-commit-markers",
    row: 3,
    what: "All markers of an aborted transaction say commit.",
    must: ["TX1", "TX3"],
    plant: (target) => flip(target, allMarkers(target)),
  }),
  onCommitted({
    name: "marker-lost",
    what: "One of a committed transaction's markers was never written.",
    must: ["unknown", "TX1", "TX3"],
    plant(target) {
      const { history, draw, edits, transaction } = target;
      const part = one(draw, transaction.parts);
      const markers = part === null ? [] : markersOf(history, part, transaction.producerId);
      for (const { log, offset } of markers) edits.record(log, offset, { kind: "remove" });
      return markers.length > 0;
    },
  }),
  onCommitted({
    name: "marker-missed-by-the-tail",
    row: 21,
    what: "The tail missed one of a committed transaction's markers, and says so.",
    must: ["unknown"],
    plant(target) {
      const part = one(target.draw, target.transaction.parts);
      const marker = part === null ? undefined : markersOf(target.history, part, target.transaction.producerId)[0];
      if (marker === undefined) return false;
      missed(target.edits, marker);
      return true;
    },
  }),
  onCommitted({
    name: "marker-repeated-with-the-other-outcome",
    what: "A marker is followed by one of the same producer with the other outcome.",
    must: ["TX1", "TX3", "unknown"],
    but: { reference: endsNothing, silent: endsNothing, "newer-transactions": endsNothing },
    plant({ history, draw, edits, transaction }) {
      const part = one(draw, transaction.parts);
      const marker = part === null ? undefined : markersOf(history, part, transaction.producerId).at(-1);
      const found = marker === undefined ? null : history.known.find(marker.log, marker.offset);
      if (marker === undefined || found === null) return false;
      const at = marker.offset + 1;
      if (history.known.find(marker.log, at) === null && at !== history.known.end(marker.log)) return false;
      const record = { ...found.record, key: markerKey(marker.outcome === "commit" ? "abort" : "commit") };
      edits.insert(marker.log, at, { like: found.batch, attributes: {}, records: [record] });
      return true;
    },
  }),
  ...stateKinds(),
  onCommitted({
    name: "committed-transaction-made-aborted",
    what: "A committed transaction is aborted, by its state log and by all its markers.",
    must: ["EO2", "OF2", "CK3", "TX2", "ST1", "OF3"],
    needs: "a committed transaction with outputs and a later one of its task",
    plant(target) {
      if (!isFollowed(target)) return false;
      flip(target, allMarkers(target));
      return state(target, {
        "prepare-commit": { status: "prepare-abort" },
        "complete-commit": { status: "complete-abort" },
      });
    },
  }),
  onAborted({
    name: "aborted-transaction-made-committed",
    what: "An aborted transaction is committed, by its state log and by all its markers.",
    must: ["EO1", "EO2", "EO4", "CK3", "ST1", "OF1", "OF3", "CK4", "EO3"],
    // Its marker may lie behind the offset commit that the next transaction of this id already wrote: then it ends both.
    but: { silent: ["EO1", "EO2", "CK3", "OF1", "OF3", "OF2", "unknown"] },
    plant(target) {
      flip(target, allMarkers(target));
      return state(target, {
        "prepare-abort": { status: "prepare-commit" },
        "complete-abort": { status: "complete-commit" },
      });
    },
  }),
  onCommitted({
    name: "transaction-gone",
    what: "Nothing of a committed transaction was ever written.",
    must: ["EO2", "OF2", "CK3", "OF3", "ST1"],
    needs: "a committed transaction with outputs and a later one of its task",
    plant(target) {
      const { history, edits, transaction } = target;
      if (!isFollowed(target)) return false;
      for (const part of transaction.parts) {
        for (const offset of part.records.offsets) edits.record(part, offset, { kind: "remove" });
        for (const { log, offset } of markersOf(history, part, transaction.producerId))
          edits.record(log, offset, { kind: "remove" });
      }
      for (const { log, offset } of statesOf(history, transaction)) edits.record(log, offset, { kind: "remove" });
      return true;
    },
  }),
];

function stateKinds(): readonly Kind[] {
  return [
    ...stateFlips.map(([name, what, changes]) =>
      onCommitted({ name, what, row: 3, must: ["TX1", "TX3", "unknown"], plant: (target) => state(target, changes) }),
    ),
    ...stateLosses.map(([name, what, status]) =>
      onCommitted({
        name,
        what,
        must: ["unknown"],
        plant({ history, edits, transaction }) {
          const lost = statesOf(history, transaction).filter((one) => one.state.status === status);
          for (const { log, offset } of lost) edits.record(log, offset, { kind: "remove" });
          return lost.length > 0;
        },
      }),
    ),
    onCommitted({
      name: "prepare-lists-a-partition-less",
      what: "A prepare record leaves out a partition that its transaction wrote to.",
      must: ["unknown", "TX1", "TX3", "CK3"],
      plant(target) {
        const left = one(
          target.draw,
          target.transaction.parts.filter(({ records }) => records.count > 0),
        );
        return left !== null && listed(target, (logs) => logs.filter((log) => nameOf(log) !== nameOf(left)));
      },
    }),
    onCommitted({
      name: "prepare-lists-a-partition-more",
      what: "A prepare record lists a partition in which its transaction has neither a record nor a marker.",
      must: ["unknown", "TX1"],
      plant(target) {
        const { history, transaction, draw } = target;
        const others = [...history.known.logs.values()].filter(
          (log) =>
            transaction.parts.some(({ topic, role }) => role === "sink" && topic === log.topic) &&
            !transaction.parts.some((part) => nameOf(part) === nameOf(log)),
        );
        const more = one(draw, others);
        return more !== null && listed(target, (logs) => [...logs, more]);
      },
    }),
  ];
}

type StateChanges = Readonly<Partial<Record<TransactionStatus, StateChange>>>;

function hasOutputs({ parts, prepare, complete }: Transaction): boolean {
  return (
    prepare !== null && complete !== null && parts.some(({ role, records }) => role === "sink" && records.count > 0)
  );
}

/** Whether each of its tasks has a later commit: without one, the end of the run would be short of it. */
function isFollowed({ history, transaction }: TransactionTarget): boolean {
  const own = placesIn(history).commits.filter((commit) => commit.transaction === transaction);
  return own.length > 0 && own.every(({ after }) => after?.transaction != null);
}

function allMarkers({ history, transaction }: TransactionTarget): readonly PlacedMarker[] {
  return transaction.parts.flatMap((part) => markersOf(history, part, transaction.producerId));
}

function flip({ edits }: TransactionTarget, markers: readonly PlacedMarker[]): boolean {
  for (const { log, offset, outcome } of markers)
    replace({ edits }, { log, offset }, () => ({ key: markerKey(outcome === "commit" ? "abort" : "commit") }));
  return markers.length > 0;
}

/** Changes the transaction's records of these statuses in the state log. */
function state({ history, edits, transaction }: TransactionTarget, changes: StateChanges): boolean {
  const states = statesOf(history, transaction);
  for (const { log, offset, state } of states) {
    const change = changes[state.status];
    if (change !== undefined)
      replace({ edits }, { log, offset }, ({ value }) => ({ value: value && withState(value, change) }));
  }
  return states.length > 0;
}

function listed(
  { history, edits, transaction }: TransactionTarget,
  to: (logs: readonly Log[]) => readonly Log[],
): boolean {
  const prepare: PlacedState | undefined = statesOf(history, transaction).find(
    ({ state }) => state.status === "prepare-commit",
  );
  if (prepare === undefined) return false;
  const partitions = to(prepare.state.partitions);
  replace({ edits }, prepare, ({ value }) => ({ value: value && withState(value, { partitions }) }));
  return true;
}

/** Takes a frame out and records that the tail missed it. */
function missed(edits: Edits, { index, batch }: Pick<PlacedMarker, "index" | "batch">): void {
  const { topic, partition, baseOffset, lastOffset } = batch;
  edits.drop(index);
  edits.insertEvent(index, { kind: "tail-gap", topic, partition, from: baseOffset, to: lastOffset + 1 });
}
