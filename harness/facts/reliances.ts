import type { LogRef } from "../model/evidence.ts";
import type { Reliance } from "../model/finding.ts";

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

/** The claim holds only if every end of a process is told: that one which seems to run has not ended long ago. */
export const everyEnd: Reliance = { ledger: "process", partition: null, from: null, to: null, claims: "absence" };

/** The claim holds only if every fault is told: that none explains what happened. */
export const everyFault: Reliance = { ledger: "fault", partition: null, from: null, to: null, claims: "absence" };

/** The claim holds only if the harness and its host were watched all along: that neither held the pipeline up. */
export const everyGauge: Reliance = { ledger: "gauge", partition: null, from: null, to: null, claims: "absence" };

/** A log whose every transaction must be decided, besides every record read. */
export const decidedLedger = "decided log";
