import { readControl } from "../audit/codec/control.ts";
import { readState, type StateRecord } from "../audit/codec/transaction-state.ts";
import { stateTopic } from "../audit/topology.ts";
import { slice, type OffsetCommit, type Records, type Transaction, type Writer } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { Draw } from "../model/pipeline.ts";
import { nameOf, type Log } from "./edits.ts";
import type { Recorded } from "./model.ts";

/** Where damage can be planted, found once per history. */
export interface Places {
  /** Committed records of the sinks. */
  readonly outputs: readonly Written[];
  /** Committed records of the changelogs, position records among them. */
  readonly changes: readonly Written[];
  readonly markers: readonly PlacedMarker[];
  /** Transactional id → its records in the state log, in order. */
  readonly states: ReadonlyMap<string, readonly PlacedState[]>;
  readonly committed: readonly Transaction[];
  readonly aborted: readonly Transaction[];
  /** Offset commits in force at their time, each with its transaction; null: plain. In the order of their log, by task. */
  readonly commits: readonly Committed[];
}

/** A committed record of a sink or a changelog. */
export interface Written {
  readonly log: Log;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly cause: { readonly topic: string; readonly partition: number; readonly offset: number } | null;
  readonly ordinal: number;
  readonly writer: Writer | null;
  /** null: it was written outside any transaction. */
  readonly transaction: Transaction | null;
}

export interface PlacedMarker {
  readonly log: Log;
  readonly offset: number;
  readonly index: number;
  readonly batch: LogBatch;
  readonly outcome: "commit" | "abort";
  readonly coordinatorEpoch: number;
}

export interface PlacedState {
  readonly log: Log;
  readonly offset: number;
  readonly state: StateRecord;
}

export interface Committed {
  readonly commit: OffsetCommit;
  readonly stage: string;
  readonly transaction: Transaction | null;
  /** The commits of the same task before and after it. */
  before: Committed | null;
  after: Committed | null;
}

const found = new WeakMap<Recorded, Places>();

export function placesIn(history: Recorded): Places {
  const known = found.get(history);
  if (known !== undefined) return known;
  const places = findPlaces(history);
  found.set(history, places);
  return places;
}

function findPlaces(history: Recorded): Places {
  const { transactions, plain } = history.known;
  const committed = transactions.filter(({ outcome }) => outcome === "committed");
  const of = (role: "sink" | "changelog"): readonly Written[] => [
    ...committed.flatMap((transaction) =>
      transaction.parts.filter((part) => part.role === role).flatMap(({ records }) => writtenIn(records, transaction)),
    ),
    ...plain.filter((batch) => batch.role === role).flatMap(({ records }) => writtenIn(records, null)),
  ];
  return {
    outputs: of("sink"),
    changes: of("changelog"),
    markers: markersIn(history),
    states: statesIn(history),
    committed,
    aborted: transactions.filter(({ outcome }) => outcome === "aborted"),
    commits: commitsIn(history, committed),
  };
}

function writtenIn(records: Records, transaction: Transaction | null): readonly Written[] {
  const { topic, partition } = records;
  return Array.from(records.offsets, (offset, i): Written => {
    const cause = records.causeTopics[records.causeTopic[i] ?? -1];
    return {
      log: { topic, partition },
      offset,
      key: slice(records.bytes, records.keyAt, i),
      value: slice(records.bytes, records.valueAt, i),
      cause:
        cause === undefined
          ? null
          : { topic: cause, partition: records.causePartition[i] ?? 0, offset: records.causeOffset[i] ?? 0 },
      ordinal: records.ordinal[i] ?? -1,
      writer: records.writers[records.writer[i] ?? -1] ?? null,
      transaction,
    };
  });
}

function markersIn({ items }: Recorded): readonly PlacedMarker[] {
  return items.flatMap((item, index): readonly PlacedMarker[] => {
    if (item.kind !== "frame" || !item.batch.control) return [];
    const { batch } = item;
    return Array.from(batch.offsets, (offset, i): PlacedMarker | null => {
      const read = readControl(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
      if (read.kind !== "marker") return null;
      const { outcome, coordinatorEpoch } = read;
      const log = { topic: batch.topic, partition: batch.partition };
      return { log, offset, index, batch, outcome, coordinatorEpoch };
    }).filter((marker) => marker !== null);
  });
}

function statesIn({ items }: Recorded): ReadonlyMap<string, readonly PlacedState[]> {
  const states = new Map<string, PlacedState[]>();
  for (const item of items) {
    if (item.kind !== "frame" || item.batch.topic !== stateTopic || item.batch.control) continue;
    const { batch } = item;
    for (const [i, offset] of batch.offsets.entries()) {
      const state = readState(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
      if (state.kind !== "state") continue;
      const own = states.get(state.transactionalId) ?? [];
      own.push({ log: { topic: batch.topic, partition: batch.partition }, offset, state });
      states.set(state.transactionalId, own);
    }
  }
  return states;
}

function commitsIn({ known, description }: Recorded, committed: readonly Transaction[]): readonly Committed[] {
  const all = [
    ...committed.flatMap((transaction) => transaction.commits.map((commit) => ({ commit, transaction }))),
    ...known.plainCommits.map(({ commit }) => ({ commit, transaction: null })),
  ].flatMap(({ commit, transaction }): readonly Committed[] => {
    const stage = description.stages.find(
      ({ group, sources }) => group === commit.group && sources.includes(commit.topic),
    );
    return stage === undefined ? [] : [{ commit, transaction, stage: stage.name, before: null, after: null }];
  });
  const tasks = Map.groupBy(all, ({ stage, commit }) => `${stage}/${commit.topic}-${commit.partition}`);
  for (const task of tasks.values()) {
    const inOrder = task.toSorted((a, b) => a.commit.at.offset - b.commit.at.offset);
    for (const [i, one] of inOrder.entries()) {
      one.before = inOrder[i - 1] ?? null;
      one.after = inOrder[i + 1] ?? null;
    }
  }
  return all;
}

/** A transaction's records of the state log, from its first to its complete record. */
export function statesOf(history: Recorded, transaction: Transaction): readonly PlacedState[] {
  const all = placesIn(history).states.get(transaction.transactionalId) ?? [];
  const { prepare, complete } = transaction;
  const at = all.findIndex(
    ({ log, offset }) => prepare !== null && nameOf(log) === nameOf(prepare) && offset === prepare.offset,
  );
  const end = all.findIndex(({ offset }) => complete !== null && offset === complete.offset);
  if (at < 0 || end < 0) return [];
  let from = at;
  while (from > 0 && all[from - 1]?.state.status === "ongoing") from -= 1;
  return all.slice(from, end + 1);
}

/** A transaction's markers in one partition: the first, and its repeats before the producer writes there again. */
export function markersOf(
  history: Recorded,
  part: Transaction["parts"][number],
  producerId: number,
): readonly PlacedMarker[] {
  const { marker } = part;
  if (marker === null) return [];
  const own = placesIn(history).markers.filter(
    ({ log, batch, offset, outcome }) =>
      nameOf(log) === nameOf(part) &&
      batch.producerId === producerId &&
      offset >= marker.offset &&
      outcome === marker.outcome,
  );
  const next = history.known.frames(part).find((index) => {
    const item = history.items[index];
    return (
      item?.kind === "frame" &&
      !item.batch.control &&
      item.batch.producerId === producerId &&
      item.batch.baseOffset > marker.offset
    );
  });
  const item = next === undefined ? undefined : history.items[next];
  const until = item?.kind === "frame" ? item.batch.baseOffset : Infinity;
  return own.filter(({ offset }) => offset < until);
}

/** One of them, drawn; null: there is none. */
export function one<T>(draw: Draw, of: readonly T[]): T | null {
  return of.length === 0 ? null : (of[draw.integer(0, of.length - 1)] ?? null);
}

/** A first one, in the order of chance, that `accept` makes something of; null: none in so many tries. */
export function drawn<T, R>(draw: Draw, of: readonly T[], accept: (candidate: T) => R | null): R | null {
  for (let tries = 0; tries < 200 && of.length > 0; tries += 1) {
    const candidate = of[draw.integer(0, of.length - 1)];
    const made = candidate === undefined ? null : accept(candidate);
    if (made !== null) return made;
  }
  return null;
}

export function placeOf({ log, offset }: { readonly log: Log; readonly offset: number }): string {
  return `${nameOf(log)}@${offset}`;
}
