import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { TaskRow } from "./commit-rows.ts";
import type { Effects } from "./effects.ts";
import { beginActivation, stepActivation, type FlagActivation } from "./flag-activation.ts";
import { beginGatedWrites, stepGatedWrites, type GatedWrites } from "./gated-writes.ts";
import { beginKeyPartitions, stepKeyPartitions, type KeyPartitions } from "./key-partitions.ts";
import { beginLives, learnLife, type MemberLives } from "./member-lives.ts";
import { beginReadings, stepReadings, type Readings } from "./readings.ts";

/** What the judgements of the upgrade itself rest on: versions over time, the flag, and what each version wrote and read. */
export interface UpgradeLedger {
  /** On which partition each key of the sinks is. */
  readonly keys: KeyPartitions;
  /** When the flag became active, and what lay in the logs before. */
  readonly activation: FlagActivation;
  /** What was written in a format that waits for the flag. */
  readonly gated: GatedWrites;
  readonly lives: MemberLives;
  /** Who answered from bytes that whom had written, and how often that was right. */
  readonly readings: Readings;
}

export function beginUpgradeLedger(context: CheckerContext, effects: Effects): UpgradeLedger {
  const activation = beginActivation(context, effects.index);
  const lives = beginLives(context);
  return {
    keys: beginKeyPartitions(context, effects.index),
    activation,
    gated: beginGatedWrites(context, activation, effects),
    lives,
    readings: beginReadings(effects, lives),
  };
}

/** What of a batch needs f's answers beside how its effects were: `settleEffects` takes the answers back. */
export function stepBeforeSettling({ activation, gated }: UpgradeLedger, batch: EvidenceBatch): void {
  stepActivation(activation, batch);
  stepGatedWrites(gated, batch);
}

/** The rest, with how the effects of the batch were. */
export function stepAfterSettling(
  { keys, lives, readings }: UpgradeLedger,
  batch: EvidenceBatch,
  rows: readonly TaskRow[],
): void {
  stepKeyPartitions(keys, batch);
  if (batch.kind === "event") learnLife(lives, batch.event);
  stepReadings(readings, batch, rows);
}
