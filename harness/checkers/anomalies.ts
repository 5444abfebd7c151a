import { recordRef, type LogRef } from "../model/evidence.ts";
import type { Anomaly, Finding, Reliance } from "../model/finding.ts";
import { onceEach } from "./honesty/once-each.ts";

/** Anomalies kept whole; what comes after counts in `more`. */
const keptMax = 20;

/** Anomalies grouped by cause: the first of a cause is kept, further ones are counted. */
export interface Anomalies {
  readonly kept: Map<string, { readonly anomaly: Anomaly; more: number }>;
  lastCause: string | null;
}

export type AnomalyBody = Omit<Anomaly, "invariant" | "more">;

export function startAnomalies(): Anomalies {
  return { kept: new Map(), lastCause: null };
}

/** Adds a witness; `describe` is called only for the first of its cause. */
export function addAnomaly(all: Anomalies, invariant: string, cause: string, describe: () => AnomalyBody): void {
  const known = all.kept.get(cause);
  if (known !== undefined) {
    known.more += 1;
    return;
  }
  if (all.kept.size >= keptMax) {
    const last = all.lastCause === null ? undefined : all.kept.get(all.lastCause);
    if (last !== undefined) last.more += 1;
    return;
  }
  all.kept.set(cause, { anomaly: { invariant, ...describe(), more: 0 }, more: 0 });
  all.lastCause = cause;
}

export function listAnomalies(all: Anomalies): readonly Anomaly[] {
  return [...all.kept.values()].map(({ anomaly, more }) => ({ ...anomaly, more }));
}

export interface Conclusion {
  readonly invariant: string;
  readonly name: string;
  readonly unit: string;
  readonly examined: number;
  readonly anomalies: readonly Anomaly[];
  /** Why the answer is not certain; each turns valid into unknown. */
  readonly doubts: readonly string[];
  /** Why nothing was examined, and what to change. */
  readonly idle: string;
}

/** invalid when there is a witness, else unknown when there is doubt, else idle when nothing was compared, else valid. */
export function conclude(conclusion: Conclusion): Finding {
  const { invariant, name, unit, examined, anomalies, doubts } = conclusion;
  const base = { invariant, name, unit, examined, anomalies };
  if (anomalies.length > 0) return { ...base, outcome: "invalid", why: null };
  if (doubts.length > 0) return { ...base, outcome: "unknown", why: onceEach(doubts).join(" ") };
  if (examined === 0) return { ...base, outcome: "idle", why: conclusion.idle };
  return { ...base, outcome: "valid", why: null };
}

/** The pipeline has no such subject, or its guarantee allows the violation. */
export function notApplicable(invariant: string, name: string, unit: string, why: string): Finding {
  return { invariant, name, unit, examined: 0, outcome: "not-applicable", why, anomalies: [] };
}

export const notEnded = "The history has not ended: what is absent may still come.";

/** The record is there: its bytes are in the history. */
export function present(topic: string, partition: number, at: number): Reliance {
  return { ledger: "log", partition: `${topic}-${partition}`, from: at, to: at, claims: "presence" };
}

/** Nothing more is in [from, to] of the log; null: to the log's end. */
export function absent(topic: string, partition: number, from: number | null, to: number | null): Reliance {
  return { ledger: "log", partition: `${topic}-${partition}`, from, to, claims: "absence" };
}

/** Nothing more is in any partition of the topic, to its end. */
export function absentInTopic(topic: string): Reliance {
  return { ledger: "log", partition: `${topic}-*`, from: null, to: null, claims: "absence" };
}

/** The claim holds only if [0, to] of the log is known whole (null: all of it): every record read and every transaction decided. */
export function whole(topic: string, partition: number, to: number | null): Reliance {
  return { ledger: decidedLedger, partition: `${topic}-${partition}`, from: 0, to, claims: "absence" };
}

/** The claim holds only if the transaction's records, commits and markers were put together rightly. */
export function joined(prepare: LogRef | null): readonly Reliance[] {
  return prepare === null ? [] : [absent(prepare.topic, prepare.partition, prepare.offset, prepare.offset)];
}

/** The claim holds only if every start of a process is told: that no other version can have written something. */
export const everyStart: Reliance = { ledger: "process", partition: null, from: null, to: null, claims: "absence" };

/** A log whose every transaction must be decided, besides every record read. */
export const decidedLedger = "decided log";

export function refOf(at: { readonly topic: string; readonly partition: number; readonly offset: number }): string {
  return recordRef(at.topic, at.partition, at.offset);
}
