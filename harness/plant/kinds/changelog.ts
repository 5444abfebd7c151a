import type { Kind } from "../model.ts";
import { nameOf } from "../edits.ts";
import { one, placesIn, type Written } from "../places.ts";
import { positionIn } from "../references.ts";
import { utf8 } from "../wire/bytes.ts";
import { headersWith, onChange, putBefore, replace, same, type Described, type Target } from "./target.ts";

const needs = "a pipeline with a changelog";
const state = (described: Omit<Described, "must" | "needs"> & { readonly must?: readonly string[] }): Kind =>
  onChange({
    must: ["ST1", "CK2", "CK4"],
    needs,
    ...described,
    plant: (target) => positionIn(target.record) === null && described.plant(target),
  });
const position = (described: Omit<Described, "needs">): Kind =>
  onChange({
    needs,
    ...described,
    plant: (target) => positionIn(target.record) !== null && described.plant(target),
  });

/** State as it was logged. */
export const changelogKinds: readonly Kind[] = [
  onChange({
    name: "change-of-an-earlier-life",
    what: "A committed changelog record was written by an earlier incarnation of the member that owns the task.",
    must: ["ST2"],
    needs: "a changelog whose records name their writers, with two incarnations of a member in one partition",
    plant(target) {
      const { written, history } = target;
      const own = written.writer;
      if (own === null) return false;
      const before = placesIn(history).changes.filter(
        ({ log, offset, writer }) =>
          nameOf(log) === nameOf(written.log) && offset < written.offset && writer?.member === own.member,
      );
      const earlier = before.find(({ writer }) => (writer?.incarnation ?? Infinity) < own.incarnation);
      if (earlier?.writer == null || !before.some(({ writer }) => writer?.incarnation === own.incarnation))
        return false;
      const { member, incarnation, version, format } = earlier.writer;
      const words = [member, incarnation, version, format].join("/");
      replace(target, written, (record) => headersWith(record, "rp-writer", words));
      return true;
    },
  }),
  state({
    name: "state-record-lost",
    what: "A committed state record was never written.",
    plant: (target) =>
      changes(target, null) && target.edits.record(target.written.log, target.written.offset, { kind: "remove" }),
  }),
  state({
    name: "state-record-changed",
    what: "A committed state record holds another state.",
    plant(target) {
      const other = otherState(target, ({ key }) => same(key, target.written.key));
      if (other === null || !changes(target, other.value)) return false;
      replace(target, target.written, () => ({ value: other.value }));
      return true;
    },
  }),
  state({
    name: "state-record-extra",
    what: "A committed transaction also writes the state of a key that it did not touch.",
    plant(target) {
      const other = otherState(target, ({ key }) => !same(key, target.written.key));
      if (other === null || !isStale(target, other)) return false;
      return putBefore(target, target.written, { ...target.record, key: other.key, value: other.value });
    },
  }),
  state({
    name: "tombstone-lost",
    what: "The tombstone of a removed key was never written.",
    plant: (target) =>
      target.record.value === null &&
      changes(target, null) &&
      target.edits.record(target.written.log, target.written.offset, { kind: "remove" }),
  }),
  state({
    name: "tombstone-instead-of-state",
    what: "A key is removed where a state is due.",
    plant: (target) => target.record.value !== null && replace(target, target.written, () => ({ value: null })),
  }),
  state({
    name: "state-key-changed",
    what: "A committed state record lies under another key.",
    plant(target) {
      const other = otherState(target, ({ key }) => !same(key, target.written.key));
      if (other === null || target.record.value === null || !changes(target, null)) return false;
      replace(target, target.written, () => ({ key: other.key }));
      return true;
    },
  }),
  state({
    name: "state-schema-changed",
    what: "The version byte of a state record names the other schema.",
    plant(target) {
      const { value } = target.record;
      if (value === null) return false;
      replace(target, target.written, () => ({ value: Uint8Array.of(value[0] === 1 ? 2 : 1, ...value.subarray(1)) }));
      return changes(target, Uint8Array.of(value[0] === 1 ? 2 : 1, ...value.subarray(1)));
    },
  }),
  state({
    name: "state-cut-off",
    what: "A state record's value is cut off.",
    plant(target) {
      const { value } = target.record;
      if (value === null || value.length < 3) return false;
      replace(target, target.written, () => ({ value: value.subarray(0, value.length - 1) }));
      return true;
    },
  }),
  state({
    name: "state-of-another-task",
    what: "A committed state record lies in another task's changelog.",
    plant(target) {
      const { edits, written, record } = target;
      const other = one(
        target.draw,
        placesIn(target.history).changes.filter(
          ({ log }) => log.topic === written.log.topic && log.partition !== written.log.partition,
        ),
      );
      if (record.value === null || other === null || !putBefore(target, other, record)) return false;
      edits.record(written.log, written.offset, { kind: "remove" });
      return true;
    },
  }),
  state({
    name: "state-outside-its-transaction",
    row: 4,
    what: "A state record of a committed transaction was written as a plain record.",
    must: ["ST1", "OF2", "TX1", "TX3", "CK4", "CK2"],
    plant: ({ written: { log, offset }, edits }) =>
      edits.record(log, offset, { kind: "apart", attributes: { transactional: false } }),
  }),
  position({
    name: "position-lost",
    row: 6,
    what: "A committed transaction has no position record.",
    must: ["CK1", "ST1"],
    plant: ({ written: { log, offset }, edits }) => edits.record(log, offset, { kind: "remove" }),
  }),
  ...[1, -1].map((by) =>
    position({
      name: `position-${by === 1 ? "ahead" : "behind"}-by-one`,
      what: `A position record names the offset ${by === 1 ? "after" : "before"} the one that its transaction commits.`,
      must: ["ST1", "CK1"],
      plant(target) {
        replace(target, target.written, (record) => {
          const own = positionIn(record);
          return own === null ? {} : { value: utf8(JSON.stringify({ ...own, next: own.next + by })) };
        });
        return true;
      },
    }),
  ),
];

/** The committed record of the same key before this one in its changelog. */
function lastOf({ history }: Target, { log, key, offset }: Written): Written | null {
  return (
    placesIn(history)
      .changes.filter((other) => nameOf(other.log) === nameOf(log) && same(other.key, key) && other.offset < offset)
      .toSorted((a, b) => b.offset - a.offset)[0] ?? null
  );
}

/** Whether the state after the record is another one with `value` (null: with the state before it) in its place. */
function changes(target: Target, value: Uint8Array | null): boolean {
  const { written, record } = target;
  if (value !== null) return stateIn(target, value) !== stateIn(target, record.value);
  return stateIn(target, lastOf(target, written)?.value ?? null) !== stateIn(target, record.value);
}

/** Whether it differs from the state that its key has right before the target, and its transaction leaves that key alone. */
function isStale(target: Target, other: Written): boolean {
  const { history, written } = target;
  const isTouched = placesIn(history).changes.some(
    ({ transaction, key }) => transaction === written.transaction && same(key, other.key),
  );
  if (isTouched) return false;
  const latest = lastOf(target, { ...other, offset: written.offset });
  return latest !== null && stateIn(target, latest.value) !== stateIn(target, other.value);
}

/** Canonical text without the schema, so that what another schema only writes otherwise is no change; undecodable: itself. */
function stateIn({ history, written, record }: Target, value: Uint8Array | null): string | null {
  if (value === null) return null;
  const stage = history.description.stages.find(({ changelog }) => changelog === written.log.topic);
  try {
    const entry = history.specification.stages[stage?.name ?? ""]?.changelog?.(record.key ?? new Uint8Array(), value);
    return entry?.kind === "state" ? (entry.state ?? "").replace(/,"(?:seen|closesAt)":[^}]*/, "") : "position";
  } catch {
    return `undecodable ${value.join(",")}`;
  }
}

function otherState(target: Target, accept: (candidate: Written) => boolean): Written | null {
  const { history, written } = target;
  return one(
    target.draw,
    placesIn(history).changes.filter(
      (candidate) =>
        nameOf(candidate.log) === nameOf(written.log) &&
        candidate.offset !== written.offset &&
        candidate.value !== null &&
        candidate.key?.length !== 2 &&
        accept(candidate),
    ),
  );
}
