import { offsetsTopic } from "../../audit/topology.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { BatchRecord } from "../batch.ts";
import type { Edits } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, placesIn, type Committed } from "../places.ts";
import { commitKey, withNextOffset } from "../wire/offsets.ts";
import { putBefore, replace } from "./target.ts";

interface CommitTarget {
  readonly history: Recorded;
  readonly draw: Draw;
  readonly edits: Edits;
  readonly committed: Committed;
  /** Where its record lies. */
  readonly place: { readonly log: { readonly topic: string; readonly partition: number }; readonly offset: number };
  readonly record: BatchRecord;
  readonly next: number;
}

type Described = Pick<Kind, "name" | "what" | "must" | "but" | "row"> & {
  readonly needs?: string;
  plant(target: CommitTarget): unknown;
};

function onCommit(described: Described): Kind {
  return {
    family: "damage",
    ...described,
    needs: described.needs ?? "an offset commit in a transaction",
    plant: (history, draw, edits) =>
      drawn(draw, placesIn(history).commits, (committed) => {
        const { at, nextOffset, group, topic, partition } = committed.commit;
        const place = { log: { topic: offsetsTopic, partition: at.partition }, offset: at.offset };
        const found = history.known.find(place.log, place.offset);
        if (found === null || nextOffset === null) return null;
        const target = { history, draw, edits, committed, place, record: found.record, next: nextOffset };
        return described.plant(target) === false
          ? null
          : `the commit of ${topic}-${partition} by ${group} at ${nextOffset} (${offsetsTopic}-${at.partition}@${at.offset})`;
      }),
  };
}

const nextOf = (target: CommitTarget, by: number): void =>
  replace(target, target.place, ({ value }) => ({ value: value && withNextOffset(value, target.next + by) }));
/** Whether f expects an output of the record, so that a commit may not pass it by. */
const hasEffect = ({ history, committed: { stage, commit } }: CommitTarget, offset: number): boolean =>
  (history.known.expected(stage, commit.partition, offset)?.outputs.length ?? 0) > 0;
const hasOutputs = ({ committed: { transaction } }: CommitTarget): boolean =>
  transaction?.parts.some(({ role, records }) => role === "sink" && records.count > 0) === true;
const redelivers = { invisible: "at least once: a lower offset only causes redelivery" } as const;
const unordered = {
  invisible: "at least once: logs of different partitions have no order, so the effect may have come before the commit",
} as const;
const inTransaction = { invisible: "at least once: offsets are committed outside transactions" } as const;

/** Offsets as they were committed. */
export const commitKinds: readonly Kind[] = [
  onCommit({
    name: "commit-lost",
    what: "A committed transaction with outputs has no offset commit.",
    must: ["CK3"],
    but: { "at-least-once": redelivers },
    plant: (target) =>
      hasOutputs(target) && target.edits.record(target.place.log, target.place.offset, { kind: "remove" }),
  }),
  onCommit({
    name: "commit-one-ahead",
    what: "An offset commit passes one record whose effect comes later.",
    must: ["CK3", "OF2"],
    but: { "at-least-once": unordered },
    plant(target) {
      const { committed } = target;
      if (!hasEffect(target, target.next) || committed.after === null) return false;
      nextOf(target, 1);
      return true;
    },
  }),
  onCommit({
    name: "commit-one-behind",
    what: "An offset commit leaves out the last record whose effect is in its transaction.",
    must: ["CK3"],
    // Where no header names the cause, its effect may be taken for that of an equal record: then the record itself is missed.
    but: { silent: ["CK3", "OR3"], "newer-transactions": ["CK3", "OR3"], "at-least-once": redelivers },
    plant(target) {
      if (!hasEffect(target, target.next - 1) || target.committed.before?.commit.nextOffset === target.next)
        return false;
      nextOf(target, -1);
      return true;
    },
  }),
  onCommit({
    name: "commit-beyond-the-log",
    what: "The last offset commit of a task lies beyond its source log's end.",
    must: ["CK3", "OF2", "TX2", "unknown"],
    plant(target) {
      if (target.committed.after !== null) return false;
      nextOf(target, 50);
      return true;
    },
  }),
  onCommit({
    name: "commit-in-a-later-transaction",
    what: "An offset commit lies in the next transaction of its task instead of its own.",
    must: ["CK3"],
    but: { "at-least-once": inTransaction },
    plant(target) {
      const { committed, edits, place, record } = target;
      const later = committed.after;
      if (!hasOutputs(target) || later?.transaction == null || later.transaction === committed.transaction)
        return false;
      const { partition, offset } = later.commit.at;
      if (!putBefore(target, { log: { topic: offsetsTopic, partition }, offset }, record)) return false;
      edits.record(place.log, place.offset, { kind: "remove" });
      return true;
    },
  }),
  onCommit({
    name: "commit-outside-its-transaction",
    what: "An offset commit of a transaction was written as a plain one.",
    must: ["CK3", "TX1", "TX3"],
    but: { "at-least-once": inTransaction },
    plant(target) {
      const { committed, edits, place } = target;
      if (committed.transaction === null || !hasOutputs(target)) return false;
      const attributes = { transactional: false, producerId: -1, producerEpoch: -1 };
      edits.record(place.log, place.offset, { kind: "apart", attributes });
      return true;
    },
  }),
  onCommit({
    name: "commit-to-another-group",
    what: "An offset commit names a group that nobody knows.",
    must: ["CK3", "OF2"],
    but: { "at-least-once": redelivers },
    plant(target) {
      const { topic, partition } = target.committed.commit;
      if (!hasOutputs(target)) return false;
      replace(target, target.place, () => ({ key: commitKey({ group: "another-group", topic, partition }) }));
      return true;
    },
  }),
  onCommit({
    name: "commit-to-another-partition",
    what: "An offset commit names another partition of its source.",
    must: ["CK3", "OF1", "OF2"],
    // A plain commit of a lower offset is what an asynchronous one that came late looks like: it only brings redelivery. The last
    // one of a partition is what the broker answers, too (TX2).
    but: { "at-least-once": ["OF1", "OF2", "TX2", "valid"] },
    plant(target) {
      const { group, topic, partition } = target.committed.commit;
      const { partitions } = target.history.plan.scenario.workload;
      const other = (partition + target.draw.integer(1, partitions - 1)) % partitions;
      if (target.committed.transaction !== null && !hasOutputs(target)) return false;
      replace(target, target.place, () => ({ key: commitKey({ group, topic, partition: other }) }));
      return true;
    },
  }),
  onCommit({
    name: "commit-twice-with-different-offsets",
    what: "A transaction commits two different offsets of one source partition.",
    must: ["CK3", "OF1"],
    but: { "at-least-once": redelivers },
    plant(target) {
      const { committed, place, record, next } = target;
      if (committed.transaction === null || record.value === null || next < 2) return false;
      return putBefore(target, place, { ...record, value: withNextOffset(record.value, next - 2) });
    },
  }),
  ...(
    [
      [
        "committed-offset-goes-back",
        "A plain commit sets a committed offset back.",
        (next: number) => Math.max(next - 3, 0),
      ],
      ["committed-offset-reset", "A plain commit resets a committed offset to -1.", () => -1],
      ["committed-offset-deleted", "A tombstone deletes a committed offset.", () => null],
    ] satisfies readonly (readonly [string, string, (next: number) => number | null])[]
  ).map(([name, what, to]) =>
    onCommit({
      name,
      what,
      must: ["OF1"],
      ...(name === "committed-offset-goes-back" ? { but: { "at-least-once": redelivers } } : {}),
      needs: "two offset commits of a task",
      plant(target) {
        const { committed, edits, history, record, next } = target;
        const { before } = committed;
        if (before === null || next < 1 || record.value === null) return false;
        const found = history.known.find(
          { topic: offsetsTopic, partition: before.commit.at.partition },
          before.commit.at.offset,
        );
        const set = to(before.commit.nextOffset ?? 0);
        if (found === null || set === before.commit.nextOffset) return false;
        const value = set === null ? null : withNextOffset(record.value, set);
        const attributes = { transactional: false, producerId: -1, producerEpoch: -1 };
        const at = afterMarker(target, before);
        if (at === null) return false;
        edits.insert(target.place.log, at, { like: found.batch, attributes, records: [{ ...record, value }] });
        return true;
      },
    }),
  ),
];

/** The place behind the moment the commit came in force, if that is in front of the target's own record. */
function afterMarker({ place, history }: CommitTarget, { commit, transaction }: Committed): number | null {
  const part = transaction?.parts.find(
    ({ topic, partition }) => topic === offsetsTopic && partition === commit.at.partition,
  );
  const inForce = transaction === null ? commit.at.offset : part?.marker?.offset;
  if (inForce === undefined || inForce >= place.offset) return null;
  return history.known.find(place.log, inForce + 1) === null ? null : inForce + 1;
}
