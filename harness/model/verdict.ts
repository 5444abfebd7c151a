import type { Anomaly, Finding } from "./finding.ts";
import type { FeatureLevels } from "./kafka-features.ts";
import type { ExercisedKind } from "./scenario.ts";

export const verdictSchemaVersion = 4;
export type VerdictOutcome = "valid" | "unknown" | "invalid";

/** verdict.json. */
export interface Verdict {
  readonly schemaVersion: typeof verdictSchemaVersion;
  readonly outcome: VerdictOutcome;
  /** One sentence a person reads first. */
  readonly headline: string;
  /** For unknown: each reason, and what to change. */
  readonly reasons: readonly string[];
  readonly scenario: string;
  readonly question: string;
  readonly seed: string;
  readonly mutant: string | null;
  readonly guarantee: string;
  readonly runId: string;
  /** What the run was carried out in: `process` or `docker`. */
  readonly environment: string;
  readonly versions: RunVersions;
  /** The specification that it was judged by, when that is not the recorded one (`check --specification`); null: the recorded one. */
  readonly judgedBy: { readonly path: string; readonly sha256: string } | null;
  readonly exercised: readonly Exercised[];
  readonly residual: readonly string[];
  readonly findings: readonly Finding[];
  /** Each anomaly again with the fault and the phase active at its place. */
  readonly anomalies: readonly LocatedAnomaly[];
  readonly expectation: {
    readonly verdict: VerdictOutcome;
    readonly anomalies: readonly string[];
    readonly met: boolean;
    /** What became of the planted bug; null: the pipeline is the correct one. */
    readonly planted: PlantedOutcome | null;
  };
  /** argv after `npm run -s rollproof --`. */
  readonly replay: readonly string[];
}

/**
 * `killed`: found, by an invariant that the scenario names. `misnamed`: found, by others only. `survived`: its need was met and nothing
 * was found, which is a defect of rollproof. `need-not-met`: nothing was found, and nothing follows from that.
 */
export const plantedOutcomes = ["killed", "misnamed", "survived", "need-not-met"] as const;
export type PlantedOutcome = (typeof plantedOutcomes)[number];

export interface LocatedAnomaly extends Anomaly {
  readonly faultsActive: readonly string[];
  readonly phase: string | null;
  readonly preceded: Preceded | null;
}

/** What came before an anomaly on its task: how the process ended that had it before, and who opened it then, from what. */
export interface Preceded {
  readonly sentence: string;
  /** `e:<seq>` of the ends and the opening. */
  readonly evidence: readonly string[];
}

export interface RunVersions {
  readonly tool: string;
  readonly kafka: string;
  /** Finalised levels of Kafka's features, as every broker answered; empty: no broker was asked. */
  readonly features: FeatureLevels;
  readonly node: string;
  readonly planSha256: string;
  readonly specificationSha256: string | null;
  /** Pipeline version → SHA-256 of its sources. */
  readonly pipeline: Readonly<Record<string, string>>;
}

export interface Exercised {
  readonly kind: ExercisedKind | "faults-active";
  /** Which of the kind are counted, such as `velocity, v1` or `fault-3, a crash of member-3`; null: all of the run. */
  readonly of: string | null;
  readonly seen: number;
  readonly minimum: number;
  /** Why the scenario asks for less than its question demands; null: it does not. */
  readonly because: string | null;
  /** Refs of the first few witnesses. */
  readonly evidence: readonly string[];
}

/** run.json: what was random or measured outside the plan. */
export interface RunInfo {
  readonly runId: string;
  readonly startedAt: string;
  readonly environment: string;
  readonly hostFactor: number;
  readonly versions: RunVersions;
  readonly specificationPath: string | null;
}
