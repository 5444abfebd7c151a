import { offsetsTopic } from "../../audit/topology.ts";
import { offset as asOffset } from "../../model/brand.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { Log } from "../edits.ts";
import type { Found } from "../known.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, one, placeOf, placesIn } from "../places.ts";
import { positionIn } from "../references.ts";
import { commitKey, emptyGroup, groupKey, newerGroupKey } from "../wire/offsets.ts";
import { putBefore, same } from "./target.ts";

export type Variation = Omit<Kind, "family" | "must">;

/** What the protocol allows must stay valid. */
export function lawful(variation: Variation): Kind {
  return { ...variation, family: "lawful", must: ["valid"] };
}

const foreignRecords = [
  [
    "foreign-group-of-connect",
    "Kafka Connect's workers have a group.",
    () => ({ key: groupKey("connect-cluster"), value: emptyGroup("connect", 3) }),
  ],
  [
    "foreign-group-of-a-schema-registry",
    "A schema registry's instances have a group.",
    () => ({ key: groupKey("schema-registry"), value: emptyGroup("sr", 1) }),
  ],
  [
    "foreign-group-forgotten",
    "A group that is not the pipeline's was deleted.",
    () => ({ key: groupKey("somebody"), value: null }),
  ],
  [
    "foreign-group-of-the-newer-protocol",
    "A group that is not the pipeline's uses the newer protocol.",
    () => ({ key: newerGroupKey("somebody"), value: Uint8Array.of(0, 0, 0, 0, 0, 1) }),
  ],
  [
    "foreign-commit",
    "A group that is not the pipeline's commits an offset of its source.",
    (value: Uint8Array | null, topic: string) => ({
      key: commitKey({ group: "somebody", topic, partition: 0 }),
      value,
    }),
  ],
  [
    "foreign-commit-unreadable",
    "A group that is not the pipeline's commits in a form of its own.",
    (_: Uint8Array | null, topic: string) => ({
      key: commitKey({ group: "somebody", topic, partition: 0 }),
      value: Uint8Array.of(0, 99),
    }),
  ],
] satisfies readonly (readonly [
  string,
  string,
  (value: Uint8Array | null, topic: string) => { key: Uint8Array; value: Uint8Array | null },
])[];

/** Variations of how records came into the logs, and of what else is in them. */
export const lawfulKinds: readonly Kind[] = [
  lawful({ name: "nothing-changed", what: "The history as it was recorded.", needs: "", plant: () => "nowhere" }),
  lawful({
    name: "batch-split",
    what: "The records of a batch were written as several batches.",
    needs: "a batch of two records",
    plant: (history, draw, edits) =>
      onBatch(history, draw, (index) => {
        const batch = batchAt(history, index);
        if (batch === null || batch.control || batch.count < 2) return null;
        const at = draw.integer(1, batch.count - 1);
        const offset = batch.offsets[at] ?? 0;
        edits.record(batch, offset, { kind: "apart", attributes: {} });
        return placeOf({ log: batch, offset });
      }),
  }),
  lawful({
    name: "frames-interleaved-otherwise",
    what: "The tail read the partitions in another order.",
    needs: "frames of several partitions in a row",
    plant(history, draw, edits) {
      return drawn(draw, [...history.items.keys()], (from) => {
        const run = runOfFrames(history, from, 400);
        const logs = Map.groupBy(run, (index) => logAt(history, index));
        if (logs.size < 2) return null;
        const queues = [...logs.values()];
        const order: number[] = [];
        for (let left = run.length; left > 0; left -= 1) {
          const open = queues.filter((queue) => queue.length > 0 && isNext(history, queue, queues));
          const next = one(draw, open)?.shift();
          if (next !== undefined) order.push(next);
        }
        // An answer that comes later shows no less: each is as late as the last of them.
        for (const indexes of logs.values()) {
          const readable = Math.max(...indexes.map((index) => Number(batchAt(history, index)?.highWatermark ?? 0)));
          for (const index of indexes)
            edits.batch(index, (own) => ({ ...own, highWatermark: asOffset(Math.max(own.highWatermark, readable)) }));
        }
        edits.reorder(from, order);
        return `${order.length} frames from item ${from} on`;
      });
    },
  }),
  lawful({
    name: "leader-changed",
    what: "A partition has another leader from a batch on: its leader epoch rises.",
    needs: "a log",
    plant: (history, draw, edits) =>
      onBatch(history, draw, (index) => {
        const batch = batchAt(history, index);
        if (batch === null || batch.topic.startsWith("__")) return null;
        for (const later of history.known.frames(batch))
          if (later >= index) edits.batch(later, (own) => ({ ...own, leaderEpoch: own.leaderEpoch + 1 }));
        return placeOf({ log: batch, offset: batch.baseOffset });
      }),
  }),
  lawful({
    name: "times-of-the-append",
    what: "A topic has LogAppendTime: the records of a batch have one time, the broker's.",
    needs: "a log",
    plant: (history, draw, edits) =>
      onBatch(history, draw, (index) => {
        const topic = batchAt(history, index)?.topic;
        if (topic === undefined || topic.startsWith("__")) return null;
        const logs = [...history.known.logs.values()].filter((log) => log.topic === topic);
        for (const frame of logs.flatMap((log) => history.known.frames(log)))
          edits.batch(frame, (own) => ({
            ...own,
            timestamps: own.timestamps.slice().fill(Math.max(...own.timestamps)),
          }));
        return topic;
      }),
  }),
  ...foreignGroups(),
  lawful({
    name: "commit-repeated",
    what: "An offset commit was written twice: its request was sent again.",
    needs: "an offset commit",
    plant: (history, draw, edits) =>
      drawn(draw, placesIn(history).commits, ({ commit: { at, topic, partition } }) => {
        const place = { log: { topic: offsetsTopic, partition: at.partition }, offset: at.offset };
        const found = history.known.find(place.log, place.offset);
        if (found === null || !putBefore({ history, edits }, place, found.record)) return null;
        return `the commit of ${topic}-${partition} at ${offsetsTopic}-${at.partition}@${at.offset}`;
      }),
  }),
  lawful({
    name: "state-written-again",
    what: "A transaction writes a key's unchanged state once more.",
    needs: "a pipeline with a changelog",
    plant: (history, draw, edits) =>
      drawn(draw, placesIn(history).changes, (written) => {
        const found = history.known.find(written.log, written.offset);
        if (found === null || positionIn(found.record) !== null) return null;
        return putBefore({ history, edits }, written, found.record) ? placeOf(written) : null;
      }),
  }),
  lawful({
    name: "state-compacted",
    what: "Compaction took a state record that its own transaction superseded.",
    needs: "a transaction that writes a key twice",
    plant: (history, draw, edits) =>
      drawn(draw, placesIn(history).changes, (written) => {
        const isSuperseded = placesIn(history).changes.some(
          ({ log, offset, key, transaction }) =>
            log.topic === written.log.topic &&
            log.partition === written.log.partition &&
            transaction === written.transaction &&
            offset > written.offset &&
            same(key, written.key),
        );
        if (!isSuperseded) return null;
        edits.record(written.log, written.offset, { kind: "compact" });
        return placeOf(written);
      }),
  }),
  lawful({
    name: "tombstone-of-no-key",
    what: "A transaction removes a key that has no state.",
    needs: "a pipeline with a changelog",
    plant: (history, draw, edits) =>
      drawn(draw, placesIn(history).changes, (written) => {
        const found = history.known.find(written.log, written.offset);
        if (found === null || positionIn(found.record) !== null || found.record.key === null) return null;
        const key = Uint8Array.of(...found.record.key, 0x78);
        return putBefore({ history, edits }, written, { ...found.record, key, value: null }) ? placeOf(written) : null;
      }),
  }),
  lawful({
    name: "input-without-effect-by-another",
    what: "Somebody else wrote a record without effect to a source log.",
    needs: "an input",
    plant: (history, draw, edits) =>
      onInput(history, draw, (log, offset) => {
        const found = beginOfBatch(history, log, offset);
        const value = new TextEncoder().encode("not a payment");
        const attributes = { producerId: -1, producerEpoch: -1 };
        if (found === null) return null;
        edits.insert(log, offset, { like: found.batch, attributes, records: [{ ...found.record, value }] });
        return placeOf({ log, offset });
      }),
  }),
  lawful({
    name: "input-sent-again",
    what: "A payment was sent twice, and the reference pipeline takes it once.",
    needs: "a pipeline that removes duplicates, and a payment that it accepted",
    plant: (history, draw, edits) =>
      history.name !== "reference"
        ? null
        : onInput(history, draw, (log, offset) => {
            if (beginOfBatch(history, log, offset) === null) return null;
            const found = history.known.find(log, offset - 1);
            const isAccepted = (history.known.expected("velocity", log.partition, offset - 1)?.outputs.length ?? 0) > 0;
            if (found === null || !isAccepted || !putBefore({ history, edits }, { log, offset }, found.record))
              return null;
            return placeOf({ log, offset });
          }),
  }),
  lawful({
    name: "gauge-missed",
    what: "One sample of the gauges was not taken.",
    needs: "an event gauge-lag",
    plant(history, draw, edits) {
      const index = one(draw, history.known.events("gauge-lag"));
      if (index !== null) edits.drop(index);
      return index === null ? null : `item ${index}`;
    },
  }),
];

function foreignGroups(): readonly Kind[] {
  return foreignRecords.map(([name, what, recordOf]) =>
    lawful({
      name,
      what,
      row: 24,
      needs: "an offset commit",
      plant: (history, draw, edits) =>
        drawn(draw, placesIn(history).commits, ({ commit: { at, topic } }) => {
          const log = { topic: offsetsTopic, partition: at.partition };
          const found = history.known.find(log, at.offset);
          if (found === null) return null;
          const records = [{ ...found.record, ...recordOf(found.record.value, topic) }];
          const attributes = { transactional: false, producerId: -1, producerEpoch: -1 };
          edits.insert(log, at.offset, { like: found.batch, attributes, records });
          return placeOf({ log, offset: at.offset });
        }),
    }),
  );
}

function onBatch(history: Recorded, draw: Draw, accept: (index: number) => string | null): string | null {
  const indexes = [...history.known.logs.values()].flatMap((log) => history.known.frames(log));
  return drawn(draw, indexes, accept);
}

/** The record, when a batch begins with it: nothing of another producer lies inside a batch. */
function beginOfBatch({ known }: Recorded, log: Log, offset: number): Found | null {
  const found = known.find(log, offset);
  return found?.batch.baseOffset === offset ? found : null;
}

function onInput(history: Recorded, draw: Draw, accept: (log: Log, offset: number) => string | null): string | null {
  const logs = [...history.known.logs.values()].filter(({ topic, partition }) =>
    history.planned.logs.has(`${topic}-${partition}`),
  );
  return drawn(draw, logs, (log) => accept(log, draw.integer(1, history.known.end(log) - 1)));
}

function batchAt({ items }: Recorded, index: number) {
  const item = items[index];
  return item?.kind === "frame" ? item.batch : null;
}

function logAt(history: Recorded, index: number): string {
  const batch = batchAt(history, index);
  return batch === null ? "" : `${batch.topic}-${batch.partition}`;
}

/** A commit stays behind what was read before it: seen sooner, it would be a commit that was in force sooner. */
function isNext(history: Recorded, [first = -1]: readonly number[], queues: readonly (readonly number[])[]): boolean {
  if (batchAt(history, first)?.topic !== offsetsTopic) return true;
  return queues.every(
    ([other]) => other === undefined || other >= first || batchAt(history, other)?.topic === offsetsTopic,
  );
}

/** The indexes of frames without an event between them, from `from` on. */
function runOfFrames({ items }: Recorded, from: number, most: number): number[] {
  const run: number[] = [];
  for (let index = from; items[index]?.kind === "frame" && run.length < most; index += 1) run.push(index);
  return run;
}
