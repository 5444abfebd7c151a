import { offsetsTopic } from "../../audit/topology.ts";
import type { LogRef } from "../../model/evidence.ts";
import { nameOf } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { one, placesIn, type Committed } from "../places.ts";
import { headersWith, headerOf, onOutput, replace, type Target } from "./target.ts";

/** An output names a cause that its owner can have read only out of turn. */
export const readingOrderKinds: readonly Kind[] = [
  onOutput({
    name: "owner-went-back",
    what: "An owner that had not lost its task has an effect of a record below its last commit.",
    must: ["OR3"],
    needs: "headers, and two commits in a row by one owner",
    plant(target) {
      const { history, written } = target;
      const { cause, transaction } = written;
      const own = placesIn(history).commits.find(
        ({ commit, transaction: of }) =>
          of !== null && of === transaction && commit.topic === cause?.topic && commit.partition === cause.partition,
      );
      const last = own?.before?.commit.nextOffset ?? 0;
      return own !== undefined && last > 0 && goesOn(history, own) && namesCause(target, last - 1);
    },
  }),
  onOutput({
    name: "answered-before-the-commit",
    what: "An effect of a record was committed before the transaction that wrote the record was.",
    must: ["TX4"],
    needs: "headers, and a stage that reads another one's outputs",
    plant(target) {
      const { history, draw, written } = target;
      const { cause, transaction } = written;
      const reader = transaction?.prepare ?? null;
      if (cause === null || reader === null) return false;
      const later = placesIn(history).outputs.filter(
        ({ log, transaction: writer }) =>
          log.topic === cause.topic &&
          log.partition === cause.partition &&
          writer !== null &&
          writer.prepare !== null &&
          writer.prepare.partition === reader.partition &&
          writer.prepare.offset > reader.offset,
      );
      const unread = one(draw, later);
      return unread !== null && namesCause(target, unread.offset);
    },
  }),
];

function namesCause(target: Target, offset: number): boolean {
  const { cause, ordinal } = target.written;
  if (cause === null || headerOf(target.record, "rp-source") === null) return false;
  const words = `${nameOf(cause)}@${offset}#${ordinal}`;
  replace(target, target.written, (own) => headersWith(own, "rp-source", words));
  return true;
}

/** The commit before is the same session's, and no generation of a group lies between the two. */
function goesOn({ known }: Recorded, { commit, transaction, before }: Committed): boolean {
  const earlier = before?.transaction;
  if (earlier == null || transaction === null) return false;
  if (earlier.transactionalId !== transaction.transactionalId || earlier.session !== transaction.session) return false;
  const [from, to]: readonly [LogRef | undefined, LogRef] = [before?.commit.at, commit.at];
  if (from === undefined || from.partition !== to.partition) return false;
  for (let offset = from.offset; offset < to.offset; offset += 1)
    if (isGroup(known.find({ topic: offsetsTopic, partition: to.partition }, offset)?.record.key)) return false;
  return true;
}

/** Keys of group metadata have version 2; those of commits 0 or 1. */
function isGroup(key: Uint8Array | null | undefined): boolean {
  return key != null && key[0] === 0 && key[1] === 2;
}
