import type { TaskRef } from "../../model/evidence.ts";
import type { Act, GateName } from "../../model/program.ts";
import type { GateSpec, SloSpec } from "../../model/scenario.ts";
import type { GateView } from "./view.ts";

/** What a gate looks at besides the view. */
export interface GateQuestion {
  readonly act: Act;
  /** All of the pipeline's. */
  readonly members: readonly string[];
  /** All of the pipeline's. */
  readonly tasks: readonly TaskRef[];
  readonly bounds: GateSpec;
  /** The levels to keep, with durations as they are on this host. */
  readonly slo: SloSpec;
  /** The space that every disk is to have left. */
  readonly diskFreeMinMiB: number;
  /** Whether the pipeline has checkpoints. */
  readonly checkpoints: boolean;
  /** Samples up to this seq are older than the wait. */
  readonly since: number;
}

/** What a gate read. `missing`: what it waits for, in words; null: it lets the upgrade pass. */
export interface Reading {
  readonly gate: GateName;
  /** Null: there is no sample yet. */
  readonly value: number | null;
  /** What the value is measured against. */
  readonly bound: number;
  readonly missing: string | null;
  /** No wait will mend what is missing. */
  readonly isFinal?: boolean;
}

/** A named condition over the event stream: what it reads depends on nothing but the events folded into the view. */
export interface Gate {
  readonly name: GateName;
  /** The condition, in words. */
  readonly says: string;
  read(view: GateView, question: GateQuestion): Omit<Reading, "gate">;
}

/** The first thing that is missing, and of how many members nothing is. */
export function ofMembers(
  members: readonly string[],
  missingOf: (member: string) => string | null,
): Omit<Reading, "gate"> {
  const missing = members.map(missingOf);
  return {
    value: missing.filter((one) => one === null).length,
    bound: members.length,
    missing: missing.find((one) => one !== null) ?? null,
  };
}
