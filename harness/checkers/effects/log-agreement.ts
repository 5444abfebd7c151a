/**
 * OR2, log agreement: two reads see different bytes at one (partition, offset). What was read once of a log stays there, also under
 * another leader.
 *
 * Verified: the last batches that the tail had read of a partition when its leader changed or restarted (at most 200 batches or
 * 256 KiB), against a second read from the leader of the higher epoch, record by record: key, value, headers, timestamp, producer and
 * transaction; that the new leader's log does not end below them.
 * Not verified: earlier records; partitions whose leader stayed; followers' copies; sequence numbers and leader epochs, which no reader
 * sees; changes that a later leader undid.
 * Soundness in mixed situations: both reads are the harness's own, below the high watermark, the second one by the leader of the epoch
 * that it was asked as. A record below the log's start, or one that is gone from a compacted log, is not compared. A leader that serves
 * less than what was read has lost it only if its log ends there; else the second read is not over, and leaves a doubt.
 */
import type { HistoryEvent } from "../../model/event.ts";
import { eventRef, recordRef } from "../../model/evidence.ts";
import type { LogBatch } from "../../model/log.ts";
import { fieldOf, numberOf } from "../../model/testimony-body.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import type { Checker } from "../checker.ts";
import { present } from "../../facts/reliances.ts";

const id = "OR2";
const name = "log agreement";
/** Logs that one sentence names. */
const shownMax = 3;

interface State {
  readonly logs: Map<string, Log>;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
  hasEnded: boolean;
}

interface Log {
  /** Leader epoch of the first batch, and the highest of all. */
  readonly first: number;
  highest: number;
  /** The second read under the latest leader. */
  again: HistoryEvent<"log-read-again"> | null;
}

export const logAgreement: Checker<State> = {
  id,
  name,
  begin: () => ({ logs: new Map(), anomalies: beginAnomalies(), examined: 0, hasEnded: false }),
  step(state, batch) {
    if (batch.kind === "end") state.hasEnded = true;
    if (batch.kind === "log") learnEpoch(state, batch.batch);
    if (batch.kind === "event" && batch.event.kind === "log-read-again") learnSecondRead(state, batch.event);
    return state;
  },
  finish({ logs, anomalies, examined, hasEnded }) {
    const unread = [...logs].flatMap(([log, { again }]) =>
      again?.why == null
        ? []
        : [`${log} was not read again up to ${again.to} after its leader changed (${again.why}).`],
    );
    const untold = [...logs].filter(
      ([, { first, highest, again }]) => highest > Math.max(first, again?.leaderEpoch ?? -1),
    );
    const changed = namesOf(untold.map(([log]) => log));
    // A history in which the tail reads nothing again says nothing of changes.
    const isReadAgain = [...logs.values()].some(({ again }) => again !== null);
    return conclude({
      invariant: id,
      name,
      unit: "records read again after a change of leader",
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [
        ...(hasEnded ? [] : [notEnded]),
        ...unread,
        ...(isReadAgain && untold.length > 0
          ? [`${changed} changed the leader and was not read again: run again.`]
          : []),
      ],
      idle:
        untold.length > 0
          ? `${changed} changed the leader and was not read again: the history says nothing of a second read.`
          : "No log changed its leader after records of it had been read: crash a broker that leads one.",
    });
  },
};

function namesOf(logs: readonly string[]): string {
  const more = logs.length - shownMax;
  return `${logs.slice(0, shownMax).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function learnEpoch({ logs }: State, { topic, partition, leaderEpoch }: LogBatch): void {
  const key = `${topic}-${partition}`;
  const known = logs.get(key);
  if (known === undefined) logs.set(key, { first: leaderEpoch, highest: leaderEpoch, again: null });
  else known.highest = Math.max(known.highest, leaderEpoch);
}

function learnSecondRead(state: State, event: HistoryEvent<"log-read-again">): void {
  const { topic, partition, records, leaderEpoch, before, after, differ } = event;
  const key = `${topic}-${partition}`;
  const log = state.logs.get(key) ?? { first: leaderEpoch, highest: leaderEpoch, again: null };
  log.again = event;
  state.logs.set(key, log);
  state.examined += records;
  if (differ > 0 || before !== after) addAnomaly(state.anomalies, id, key, () => describe(event));
}

function describe(event: HistoryEvent<"log-read-again">): AnomalyBody {
  const { topic, partition, from, to, leaderEpoch, records, before, after, differ } = event;
  const log = `${topic}-${partition}`;
  const first = firstOf(event);
  const at = first?.offset ?? from;
  const others = differ > 1 ? ` ${differ} of the ${records} records read again are not the same.` : "";
  const sentence =
    first === null
      ? `${log} holds other records from ${from} to ${to} under leader epoch ${leaderEpoch} than were read before.`
      : first.what === "missing"
        ? `The record ${log}@${at} had been read, and is gone under leader epoch ${leaderEpoch}.`
        : `The record ${log}@${at} has another ${first.what} under leader epoch ${leaderEpoch} than was read before.`;
  return {
    sentence: `${sentence}${others}`,
    expected: `the same ${records} records (SHA-256 ${before})`,
    actual: `others (SHA-256 ${after})`,
    evidence: [recordRef(topic, partition, at), eventRef(event.seq)],
    restsOn: [present(topic, partition, at)],
    firstBadCommit: null,
    task: null,
    seq: event.seq,
  };
}

function firstOf({
  differences,
}: HistoryEvent<"log-read-again">): { readonly offset: number; readonly what: string } | null {
  const [first = null] = Array.isArray(differences) ? differences : [];
  const [offset, what] = [numberOf(first, "offset"), fieldOf(first, "what")];
  return Number.isSafeInteger(offset) && typeof what === "string" ? { offset, what } : null;
}
