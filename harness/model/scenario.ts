import type { ImageOverrides } from "./image.ts";
import type { FeatureLevels } from "./kafka-features.ts";

/** The question, as a person writes it (checked; defaults filled in). */
export interface Scenario {
  readonly name: string;
  readonly question: string;
  readonly pipeline: string;
  readonly from: string;
  readonly to: string;
  readonly profile: Profile;
  readonly members: number;
  /** One entry a broker, `broker-1` first. */
  readonly brokers: readonly ScenarioBroker[];
  /** Levels of Kafka's features in place of those that `kafka-storage format` gives. */
  readonly features?: FeatureLevels;
  /** Images that it names in place of the usual ones, for where it runs in containers. */
  readonly images?: ImageOverrides;
  readonly workload: WorkloadSpec;
  readonly upgrade: UpgradeSpec;
  readonly faults: readonly FaultSpec<number | Range>[];
  /** Name of the planted bug, or null for the correct pipeline. */
  readonly mutant: string | null;
  readonly gates: GateSpec;
  readonly guarantee: Guarantee;
  readonly exercised: ExercisedMinima;
  readonly expect: Expectation;
}

export interface ScenarioBroker {
  /** Kafka's version; null: the one that rollproof pins. */
  readonly version: string | null;
}

export type Profile = "fast" | "production";
export type Guarantee = "exactly-once" | "at-least-once";

/** Shape of the input. Percentages are of the inputs, 0..100. */
export interface WorkloadSpec {
  readonly inputs: number;
  readonly partitions: number;
  readonly keys: number;
  readonly duplicatesPercent: number;
  readonly outOfOrderPercent: number;
  readonly latePercent: number;
  readonly hotKeysPercent: number;
  /** Planned duration of the paced part of the load; later inputs trickle until finalise has settled. */
  readonly paceMs: number;
}

export interface UpgradeSpec {
  readonly strategy: "rolling";
  readonly maxUnavailable: 1;
  /** Time from the first send to the first step. */
  readonly startAfterMs: number;
  /** Time at mixed versions between two steps. */
  readonly dwellMs: number;
  readonly finalise: boolean;
}

/** What must hold of a new member before the next step. */
export interface GateSpec {
  /** Committed data records at or above the committed offset, over the member's tasks. */
  readonly lagMax: number;
  /** Committed offset minus the newest checkpoint's input offset, worst task of the member. */
  readonly checkpointLagMax: number;
  readonly timeoutMs: number;
}

/** Phases of one member's replacement, in order. */
export const upgradePhases = ["drain", "stop", "start", "restore", "rejoin", "catch-up", "gate"] as const;
export type UpgradePhase = (typeof upgradePhases)[number];

/** Points of the commit cycle at which a pipeline can park a task (design §6). */
export const points = [
  "after-send",
  "before-commit",
  "after-commit",
  "mid-checkpoint",
  "after-checkpoint",
  "mid-restore",
] as const;
export type Point = (typeof points)[number];

/** A whole number that the plan draws from the seed, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Whether a fault's param is a range that is still to be drawn. */
export function isRange(value: unknown): value is Range {
  if (value === null || typeof value !== "object" || !("min" in value) || !("max" in value)) return false;
  return typeof value.min === "number" && typeof value.max === "number";
}

/** A moment in time, as scenario files say it: its numbers `N` may be ranges there, and are plain in a plan. */
export type Trigger<N = number> =
  | { readonly kind: "time"; readonly atMs: N }
  /** The n-th committed offset seen on the pipeline's groups since time 0. */
  | { readonly kind: "progress"; readonly commits: N }
  | { readonly kind: "phase"; readonly member: string; readonly phase: UpgradePhase; readonly delayMs: N }
  /**
   * The fault's own target member parks at the point for the nth time; armed once `after` is met:
   * a time, or the end of `member`'s upgrade step.
   */
  | {
      readonly kind: "point";
      readonly point: Point;
      readonly stage: string;
      readonly partition: number | null;
      readonly nth: N;
      readonly armAfterMs: N;
      /** Arm only after this member's upgrade step has settled; null: at armAfterMs alone. */
      readonly armAfterStepOf: string | null;
    };

/**
 * `target` is a role resolved at firing: `member-2`, `broker-1`, `owner of payments-0`, `leader of settlements-1`,
 * `link member-2 broker-*`, `link owner of payments-0 broker-*`.
 */
export interface FaultSpec<N = number> {
  readonly kind: string;
  readonly target: string;
  readonly trigger: Trigger<N>;
  /** How long the fault holds, before the host factor (for a crash: down time before the restart). Null: until the end of the fault phase. */
  readonly forMs: N | null;
  /** Checked by the fault kind's own schema; in a scenario a number in it may be a Range too. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** Counts below which a run proves too little: the verdict is then unknown. */
export interface ExercisedMinima {
  readonly mixedVersionCommits: number;
  readonly killsWithOpenTransaction: number;
  readonly warmRestores: number;
  readonly fencings: number;
}
export type ExercisedKind = keyof ExercisedMinima;

export interface Expectation {
  readonly verdict: "valid" | "invalid" | "unknown";
  /** Any one of these invariants must be among the anomalies (invalid only). */
  readonly anomalies: readonly string[];
}
