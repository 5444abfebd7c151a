import { sentence } from "../base/sentence.ts";
import type { EvidenceBatch, EvidenceEnd, EvidenceGap } from "../model/evidence.ts";
import type { Anomaly, Finding, Reliance } from "../model/finding.ts";
import type { Facts } from "../facts/facts.ts";
import { decidedLedger } from "../facts/reliances.ts";
import { knownRange, learnRead, type ReadSoFar } from "./read-so-far.ts";
import { lostSends } from "../facts/sends.ts";

/**
 * The rule for holes in the evidence: an anomaly that claims an absence stands only if what it rests on was read without
 * a hole (and, for a range without an upper end, to the log's end); else the finding is unknown. A presence stays.
 */
export interface Holes {
  /** Ranges that were not read. */
  readonly gaps: EvidenceGap[];
  /** Ranges of records whose transactions are undecided. */
  readonly undecided: EvidenceGap[];
  /** Before the end: how far the logs are known. */
  readonly read: ReadSoFar;
  end: EvidenceEnd | null;
}

export function beginHoles(): Holes {
  return { gaps: [], undecided: [], read: new Map(), end: null };
}

/** To be called after the facts were stepped with the batch. */
export function learnHoles(holes: Holes, batch: EvidenceBatch, { sends }: Pick<Facts, "sends">): void {
  if (batch.kind === "log") learnRead(holes.read, batch.batch);
  if (batch.kind === "end") {
    holes.end = batch.end;
    holes.gaps.push(...batch.end.gaps, ...lostSends(sends));
  }
  if (batch.kind === "event" && batch.event.kind === "tail-gap") {
    const { topic, partition, from, to } = batch.event;
    holes.gaps.push({ what: "the tail lost records", topic, partition, from, to });
  }
  // Nothing was lost: but what a claim would have found there, nobody can say.
  if (batch.kind === "event" && batch.event.kind === "tail-compacted") {
    const { topic, partition, from, to } = batch.event;
    holes.gaps.push({ what: "the broker had compacted records", topic, partition, from, to });
  }
  if (batch.kind !== "transaction") return;
  const { outcome, parts } = batch.transaction;
  if (outcome !== "gap" && outcome !== "pending") return;
  for (const { topic, partition, records } of parts)
    if (records.count > 0)
      holes.undecided.push({
        what: `a transaction is ${outcome}`,
        topic,
        partition,
        from: records.offsets[0] ?? 0,
        to: records.offsets[records.count - 1] ?? 0,
      });
}

/** The finding without the anomalies that rest on a hole; unknown when none is left. */
export function spared(finding: Finding, holes: Holes): Finding {
  if (finding.outcome !== "invalid") return finding;
  const whys = new Set<string>();
  const kept = finding.anomalies.filter((anomaly) => {
    const why = holeUnder(anomaly, holes);
    if (why !== null) whys.add(why);
    return why === null;
  });
  if (kept.length > 0) return { ...finding, anomalies: kept };
  const under = [...whys].join("; ");
  const why = `${sentence(`${finding.anomalies.length} suspected anomalies rest on evidence that has a hole: ${under}`)} Run again.`;
  return { ...finding, outcome: "unknown", anomalies: [], why };
}

function holeUnder(anomaly: Anomaly, holes: Holes): string | null {
  for (const reliance of anomaly.restsOn) {
    const why = reliance.claims === "absence" ? holeIn(reliance, holes) : null;
    if (why !== null) return why;
  }
  return null;
}

function holeIn(reliance: Reliance, { gaps, undecided, read, end }: Holes): string | null {
  if (end === null && !isKnown(reliance, read)) return "the history has not ended";
  // A ledger of events: holes in logs do not touch it.
  if (reliance.partition === null) return gaps.find(({ topic }) => topic === null)?.what ?? null;
  const ranges = reliance.ledger === decidedLedger ? [...gaps, ...undecided] : gaps;
  const gap = ranges.find((range) => overlaps(reliance, range));
  if (gap !== undefined) return `${gap.what} (${reliance.partition})`;
  if (end === null) return null;
  const logs = end.partitions.filter((log) => matches(reliance.partition, log));
  if (logs.length === 0) return `${reliance.partition} was not read`;
  const from = reliance.from ?? 0;
  const late = logs.find(({ firstOffset }) => firstOffset > from && firstOffset > 0);
  if (late !== undefined) return `${late.topic}-${late.partition} was not read below ${late.firstOffset}`;
  const short = logs.find(({ settled, nextOffset }) => !settled && (reliance.to === null || nextOffset <= reliance.to));
  return short === undefined ? null : `${short.topic}-${short.partition} was not read far enough`;
}

/** Whether a stretch of one log is known although the history still grows. What has no end is not. */
function isKnown({ partition, from, to }: Reliance, read: ReadSoFar): boolean {
  const range = partition === null ? null : knownRange(read, partition);
  return range !== null && to !== null && to < range.next && (range.first === 0 || range.first <= (from ?? 0));
}

function overlaps(reliance: Reliance, gap: EvidenceGap): boolean {
  if (gap.topic === null) return true;
  if (gap.partition === null) {
    if (reliance.partition?.startsWith(`${gap.topic}-`) !== true) return false;
  } else if (!matches(reliance.partition, { topic: gap.topic, partition: gap.partition })) return false;
  return (gap.to ?? Infinity) >= (reliance.from ?? 0) && (gap.from ?? 0) <= (reliance.to ?? Infinity);
}

/** `topic-3` is one log, `topic-*` every log of the topic. */
function matches(named: string | null, log: { readonly topic: string; readonly partition: number }): boolean {
  return named === `${log.topic}-${log.partition}` || named === `${log.topic}-*`;
}
