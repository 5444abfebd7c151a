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
  /** What the scenario says of it; the rest is the profile's (`availabilityOf`). */
  readonly availability?: AvailabilitySpec;
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
  /** Share that lives in slow event time, so that its windows stay open; left out: none. */
  readonly longWindowsPercent?: number;
  /** Planned duration of the paced part of the load; later inputs trickle until finalise has settled. */
  readonly paceMs: number;
}

export const strategies = ["rolling", "canary", "recreate"] as const;
/**
 * `rolling`: replaced in place, one group after another. `canary`: a few first, compared with the others, then the rest as in
 * rolling. `recreate`: all down, then all up.
 */
export type Strategy = (typeof strategies)[number];

export interface UpgradeSpec {
  readonly strategy: Strategy;
  /** The most members that are taken down together. */
  readonly maxUnavailable: number;
  /** Which members are replaced together, in order; left out: as many as may be, by number. */
  readonly groups?: readonly (readonly string[])[];
  /** Canary only. */
  readonly canary?: CanarySpec;
  /** The fewest members that have to stay available; left out: one, and none where all are taken down by design. */
  readonly minAvailable?: number;
  /** Time from the first send to the first step. */
  readonly startAfterMs: number;
  /** Time at mixed versions between two steps. */
  readonly dwellMs: number;
  readonly finalise: boolean;
  /** What becomes of an upgrade of which an act takes too long; left out: it stops and stays as it is. */
  readonly onGateTimeout?: "roll-back";
  /** The act of the way forward after which the upgrade is rolled back by design; left out: none. */
  readonly rollBackAfter?: string;
  /** Levels that the upgrade must keep, a gate each, before a group is taken down and before its replacement is over; left out: none. */
  readonly slo?: SloSpec;
  /** What has to be sound before the first act; left out: nothing is looked at but the members. */
  readonly preflight?: PreflightSpec;
  /** The workload sends nothing while an act waits for long; left out: it always sends. */
  readonly holdSources?: HoldSpec;
  /** The checkers judge the history while it grows, and what they find ends the way forward; left out: they do not. */
  readonly onlineChecks?: true;
}

export interface PreflightSpec {
  readonly diskFreeMinMiB: number;
}

/** Before the host factor. */
export interface HoldSpec {
  /** So long an act waits for its gates before the workload is held. */
  readonly afterMs: number;
  /** So long it is held at most; then the act is given up. */
  readonly forMs: number;
}

export const sloNames = [
  "backlog-growth",
  "checkpoint-age",
  "errors",
  "in-flight",
  "output-latency-p50",
  "output-latency-p99",
  "rebalances",
  "restarts",
  "under-replicated",
] as const;
export type SloName = (typeof sloNames)[number];

/** The bound of each level that is asked for: milliseconds, before the host factor, or a count; backlog-growth in records a second. */
export type SloSpec = Readonly<Partial<Record<SloName, number>>>;

const timedSlos: ReadonlySet<SloName> = new Set(["checkpoint-age", "output-latency-p50", "output-latency-p99"]);

/** Whether the bound of a level is a duration; else it is a count. */
export function isTimed(slo: SloName): boolean {
  return timedSlos.has(slo);
}

export interface CanarySpec {
  /** So many members are replaced first. */
  readonly members: number;
  /** Time for which they run beside the others before they are compared. */
  readonly dwellMs: number;
}

/** What must hold of a new member before the next step. */
export interface GateSpec {
  /** Committed data records at or above the committed offset, over the member's tasks. */
  readonly lagMax: number;
  /** Committed offset minus the newest checkpoint's input offset, worst task of the member. */
  readonly checkpointLagMax: number;
  readonly timeoutMs: number;
}

/** How much unavailability the upgrade may cost. */
export interface AvailabilitySpec {
  /** The longest that a task may commit nothing while records wait. */
  readonly gapMs?: number;
  /** The longest that a task may commit nothing while records wait, within this part of a replacement. */
  readonly gapInMs?: Readonly<Partial<Record<UpgradePhase, number>>>;
  /** The most rebalances of a group, and changes of owner of a transactional id, within one step. */
  readonly rebalancesPerStep?: number;
  /** How often members may end by themselves, with an exit code that tells of a failure, without a fault that explains it. */
  readonly restarts?: number;
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

/** `any`: once more at the counterpart of the act on the way back. Left out: once. */
interface Recurrence {
  readonly occurrence?: "any";
}

/** Kinds of records of the upgrade's journal. */
export const journalEntryKinds = [
  "act-began",
  "act-settled",
  "sources-held",
  "sources-released",
  "roll-back-began",
  "stopped",
] as const;
export type JournalEntryKind = (typeof journalEntryKinds)[number];

/** A moment in time, as scenario files say it: its numbers `N` may be ranges there, and are plain in a plan. */
export type Trigger<N = number> =
  | { readonly kind: "time"; readonly atMs: N }
  /** The n-th committed offset seen on the pipeline's groups since time 0. */
  | { readonly kind: "progress"; readonly commits: N }
  /** Of the replacement of `member`. */
  | ({
      readonly kind: "phase";
      readonly member: string;
      readonly phase: UpgradePhase;
      readonly delayMs: N;
    } & Recurrence)
  /** The act of the program with this id begins. */
  | ({ readonly kind: "act"; readonly act: string; readonly delayMs: N } & Recurrence)
  /** The upgrade's journal gets such a record, about this act; null: about any. Nothing is done upon the record before the fault has come. */
  | { readonly kind: "journal"; readonly entry: JournalEntryKind; readonly act: string | null }
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

/**
 * Counts that the scenario asks for on top of what its question demands (verdict/minima.ts): the larger one is the minimum. Below
 * one of them a run proves too little, and its verdict is unknown.
 */
export interface ExercisedMinima {
  readonly mixedVersionCommits: number;
  readonly killsWithOpenTransaction: number;
  readonly warmRestores: number;
  readonly fencings: number;
  /** For each stage and version. */
  readonly commitsByVersion?: number;
  /** What only some questions need (verdict/exercised/aborts.ts, stops-under-load.ts). */
  readonly crossedAborts?: number;
  readonly outlivedAborts?: number;
  readonly stopsUnderLoad?: number;
  /** In place of what the question demands, each with the scenario's reason. */
  readonly lowered?: Readonly<Partial<Record<ExercisedKind, LoweredMinimum>>>;
}
export type ExercisedKind = Exclude<keyof ExercisedMinima, "lowered">;

export interface LoweredMinimum {
  readonly atLeast: number;
  readonly because: string;
}

export interface Expectation {
  readonly verdict: "valid" | "invalid" | "unknown";
  /** Any one of these invariants must be among the anomalies (invalid only). */
  readonly anomalies: readonly string[];
}
