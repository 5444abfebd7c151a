import type { State, StateView } from "./state.ts";
import type { Format, Version } from "./version.ts";

export type StageName = "velocity" | "settlement";

/** A record of the source log, as the driver fetched it. */
export interface SourceInput {
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface StageTopics {
  readonly source: string;
  readonly changelog: string;
  readonly sink: string;
}

/** One stage of the job: where it reads and writes, and what it computes. */
export interface Stage {
  readonly name: StageName;
  readonly topics: StageTopics;
  readonly group: string;
  /** Pure: what one record does to the state and the sink. Outputs are in order of their ordinal, from 0. */
  step(state: StateView, record: SourceInput): StepResult;
}

export interface StepResult {
  readonly outputs: readonly StageOutput[];
  /** New state per key; null = the key is removed. */
  readonly changes: readonly StateChange[];
}
export interface StageOutput {
  /** Key of the sink record (a merchant). */
  readonly key: string;
  /** The value's JSON, in the words of the version and format that write it. */
  value(version: Version, format: Format): string;
}
export interface StateChange {
  readonly key: string;
  readonly state: State | null;
}

export const nothing: StepResult = { outputs: [], changes: [] };
