import { nameOf } from "../edits.ts";
import type { Kind } from "../model.ts";
import { one, placesIn, type Written } from "../places.ts";
import { headerOf, headersWith, onOutput, putBefore, replace, same, type Target } from "./target.ts";
import { otherPayment } from "./values.ts";

/** An output that answers nothing can only be told from a wrong answer by what is missing then. */
const silentPhantom = ["EO3", "EO4", "unknown"] as const;

/** Outputs without headers are found where they lie: one that has changed places with another transaction's comes too late. */
const swappedUnnamed = ["OR1", "OF2", "EO4"] as const;

/** Which outputs there are, and where they lie. */
export const outputKinds: readonly Kind[] = [
  onOutput({
    name: "output-lost",
    what: "A committed output was never written.",
    must: ["EO2", "OF2"],
    plant: ({ written, edits }) => edits.record(written.log, written.offset, { kind: "remove" }),
  }),
  onOutput({
    name: "output-doubled",
    what: "A committed output was written twice in a row.",
    must: ["EO1"],
    // Valid near a hand-over of its task, which may have found it uncommitted.
    but: { "at-least-once": ["EO1", "valid"] },
    plant: (target) => putBefore(target, target.written, target.record),
  }),
  onOutput({
    name: "output-doubled-in-a-later-transaction",
    what: "A committed output was written again in a later committed transaction.",
    must: ["EO1"],
    needs: "a later transaction with an output in the same partition",
    plant(target) {
      const { written } = target;
      const later = sinkRecords(
        target,
        ({ log, offset, transaction }) =>
          nameOf(log) === nameOf(written.log) &&
          offset > written.offset &&
          transaction !== null &&
          transaction !== written.transaction,
      );
      return later !== null && putBefore(target, later, target.record);
    },
  }),
  onOutput({
    name: "output-in-another-partition",
    what: "A committed output lies in another partition of its topic.",
    must: ["PT1"],
    needs: "two partitions with outputs of one transaction, and a key with another output",
    plant: (target) =>
      hasSibling(target) &&
      moved(
        target,
        ({ log, transaction }) =>
          log.topic === target.written.log.topic &&
          log.partition !== target.written.log.partition &&
          transaction === target.written.transaction,
      ),
  }),
  onOutput({
    name: "output-in-another-topic",
    what: "A committed output lies in another stage's sink.",
    must: ["EO4", "EO2", "EO3"],
    needs: "a second sink",
    plant: (target) => moved(target, ({ log }) => log.topic !== target.written.log.topic),
  }),
  onOutput({
    name: "outputs-swapped",
    what: "Two outputs of one key, of records of one source partition, lie in the wrong order.",
    must: ["OR1"],
    but: {
      silent: swappedUnnamed,
      "newer-transactions": swappedUnnamed,
      "at-least-once": { invisible: "at least once allows effects to come again, and so in another order" },
    },
    needs: "two outputs of one key and one source partition",
    plant(target) {
      const { history, written, record } = target;
      const other = sinkRecords(target, (candidate) => isSwappable(candidate, written));
      const found = other === null ? null : history.known.find(other.log, other.offset);
      if (other === null || found === null) return false;
      const { value, headers } = found.record;
      replace(target, written, () => ({ value, headers }));
      replace(target, other, () => ({ value: record.value, headers: record.headers }));
      return true;
    },
  }),
  onOutput({
    name: "output-after-its-commit",
    what: "A committed output lies in the next transaction of its task instead of its own.",
    must: ["OF2", "CK3"],
    // Where no header names the cause, an equal record of the next transaction may explain it as well.
    but: { silent: ["OF2", "CK3", "unknown"], "newer-transactions": ["OF2", "CK3", "unknown"] },
    needs: "a next transaction of the same task with an output in that partition",
    plant(target) {
      const { history, written, edits, record } = target;
      const { cause, transaction } = written;
      const own = placesIn(history).commits.find(
        ({ commit, transaction: of }) =>
          of !== null && of === transaction && cause !== null && nameOf(commit) === nameOf(cause),
      );
      const next = own?.after?.transaction?.parts.find((part) => nameOf(part) === nameOf(written.log));
      const offset = next?.records.offsets[0];
      if (offset === undefined || !putBefore(target, { log: written.log, offset }, record)) return false;
      edits.record(written.log, written.offset, { kind: "remove" });
      return true;
    },
  }),
  onOutput({
    name: "output-outside-its-transaction",
    row: 4,
    what: "An output of a committed transaction was written as a plain record.",
    must: ["OF2", "TX1", "TX3"],
    needs: "an output in a transaction",
    plant({ written: { log, offset, transaction }, edits }) {
      if (transaction === null) return false;
      edits.record(log, offset, { kind: "apart", attributes: { transactional: false } });
      return true;
    },
  }),
  onOutput({
    name: "outputs-of-a-transaction-outside-it",
    row: 4,
    what: "All outputs of a committed transaction were written as plain records.",
    must: ["OF2", "TX1", "TX3"],
    needs: "an output in a transaction",
    plant({ written: { transaction }, edits }) {
      if (transaction === null) return false;
      for (const { topic, partition, role, records } of transaction.parts)
        for (const offset of role === "sink" ? records.offsets : [])
          edits.record({ topic, partition }, offset, { kind: "apart", attributes: { transactional: false } });
      return true;
    },
  }),
  onOutput({
    name: "output-of-a-record-that-does-not-exist",
    what: "An output was written for a source record that is in no log.",
    must: ["EO3"],
    but: { silent: silentPhantom, "newer-transactions": silentPhantom, "at-least-once": silentPhantom },
    plant(target) {
      const { history, written, record } = target;
      const { cause } = written;
      if (cause === null) return false;
      if (headerOf(record, "rp-source") === null)
        return putBefore(target, written, { ...record, value: otherPayment(record.value) });
      const words = `${nameOf(cause)}@${history.known.end(cause) + 3}#0`;
      return putBefore(target, written, { ...record, ...headersWith(record, "rp-source", words) });
    },
  }),
];

function sinkRecords({ history, draw }: Target, accept: (candidate: Written) => boolean): Written | null {
  return one(draw, placesIn(history).outputs.filter(accept));
}

/** Moves the output in front of another record that `to` accepts. */
function moved(target: Target, to: (candidate: Written) => boolean): boolean {
  const { edits, written, record } = target;
  const before = sinkRecords(target, to);
  if (before === null || !putBefore(target, before, record)) return false;
  edits.record(written.log, written.offset, { kind: "remove" });
  return true;
}

/** Another output of the key lies in the same partition: one alone may be on any. */
function hasSibling({ history, written }: Target): boolean {
  return placesIn(history).outputs.some(
    ({ log, key, offset }) =>
      nameOf(log) === nameOf(written.log) && offset !== written.offset && key !== null && same(key, written.key),
  );
}

function isSwappable({ log, key, offset, cause }: Written, written: Written): boolean {
  if (nameOf(log) !== nameOf(written.log) || offset === written.offset || !same(key, written.key)) return false;
  if (cause === null || written.cause === null) return false;
  return nameOf(cause) === nameOf(written.cause) && cause.offset !== written.cause.offset;
}
