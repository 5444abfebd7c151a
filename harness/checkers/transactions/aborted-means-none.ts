/**
 * TX2, aborted means none: a committed output or changelog record whose cause is an aborted record of the source log; or
 * the offset that the broker answers when asked is not the one in force in its log.
 *
 * Verified: every committed output and changelog record with a readable cause, against the aborted records of its
 * stage's source log; the offsets fetched when every member had ended, against the offsets log read to its end.
 * Not verified: causes of offset commits (they name none).
 * Soundness in mixed situations: rests on two presences, the effect and the aborted record with its abort marker; a
 * record of an undecided transaction is neither committed nor aborted and is never counted.
 */
import type { Facts } from "../../facts/facts.ts";
import { commitKey, eventRef, type EvidenceEnd, refOf } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies, type Anomalies } from "../anomalies.ts";
import { present } from "../../facts/reliances.ts";
import { causeDoubts, convicted } from "../../facts/causes.ts";
import { allowedByGuarantee } from "../guarantee.ts";
import { sourceOf, taskName } from "../../facts/tasks.ts";

const id = "TX2";
const name = "aborted means none";
const unit = "committed outputs and changelog records";
const offsetsTopic = "__consumer_offsets";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  /** What the brokers answered, by commitKey. */
  readonly fetched: Map<string, HistoryEvent<"offset-fetched">>;
  end: EvidenceEnd | null;
}

export const abortedMeansNone: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    facts: context.facts,
    fetched: new Map(),
    end: null,
  }),
  step(state, batch) {
    if (batch.kind === "event" && batch.event.kind === "offset-fetched")
      state.fetched.set(commitKey(batch.event.group, batch.event.topic, batch.event.partition), batch.event);
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish({ context, facts, fetched, end }) {
    const anomalies = beginAnomalies();
    if (end !== null) for (const event of fetched.values()) compareFetched(anomalies, event, end);
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    // At least once allows repeated effects. It does not allow a broker that forgets what its log holds.
    if (allowed !== null && anomalies.kept.size === 0) return allowed;
    const { index, sources, effects, causes } = facts;
    const named = [causes.outputs, causes.changes];
    const aborted =
      allowed === null ? named.flatMap((one) => convicted(sources, one)).filter((one) => one.aborted) : [];
    for (const { stage, partition, cause, at, role, prepare, seq } of aborted) {
      const task = taskName(index, stage, partition);
      const source = { topic: sourceOf(index, stage), partition, offset: cause };
      addAnomaly(anomalies, id, task, () => ({
        sentence: `A committed ${role} has the aborted record ${source.topic}-${partition}@${cause} as its cause.`,
        expected: "no effect of an aborted record",
        actual: `a committed ${role}`,
        evidence: [refOf(source), refOf(at)],
        restsOn: [present(source.topic, partition, cause), present(at.topic, at.partition, at.offset)],
        firstBadCommit: refOf(prepare ?? at),
        task,
        seq,
      }));
    }
    return conclude({
      invariant: id,
      name,
      unit,
      examined: causes.outputs.examined + causes.changes.examined,
      anomalies: listAnomalies(anomalies),
      doubts: causeDoubts(causes.outputs.more + causes.changes.more, effects.counts.undecided),
      idle: "No committed output or changelog record was seen.",
    });
  },
};

/** Silent where the offsets log was not read to its end: what is not known there cannot differ. */
function compareFetched(anomalies: Anomalies, event: HistoryEvent<"offset-fetched">, end: EvidenceEnd): void {
  const key = commitKey(event.group, event.topic, event.partition);
  const inForce = end.committed.get(key) ?? null;
  const offsetsLog = end.partitions.filter(({ topic }) => topic === offsetsTopic);
  if (offsetsLog.length === 0 || offsetsLog.some(({ settled }) => !settled)) return;
  if ((inForce?.nextOffset ?? null) === event.nextOffset) return;
  const place = inForce?.at ?? null;
  addAnomaly(anomalies, id, key, () => ({
    sentence: `The broker answers ${event.nextOffset ?? "no offset"} for ${key}, and its log says otherwise.`,
    expected: `${inForce?.nextOffset ?? "no offset"}, the commit in force in the offsets log`,
    actual: String(event.nextOffset ?? "no offset"),
    evidence: [eventRef(event.seq), ...(place === null ? [] : [refOf(place)])],
    restsOn: [
      place === null
        ? { ledger: "log", partition: `${offsetsTopic}-*`, from: null, to: null, claims: "absence" }
        : present(place.topic, place.partition, place.offset),
      // That no later commit lies behind it.
      { ledger: "log", partition: `${offsetsTopic}-*`, from: place?.offset ?? null, to: null, claims: "absence" },
    ],
    firstBadCommit: place === null ? null : refOf(place),
    task: null,
    seq: event.seq,
  }));
}
