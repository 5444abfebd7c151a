import type { Clock } from "../base/clock.ts";
import type { Recorder } from "../history/recorder.ts";
import type { ChosenEnvironment } from "../model/environment.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo, RunVersions } from "../model/verdict.ts";
import type { RunLayout } from "./layout.ts";

/** One run as it is carried out: what it was given, and the history it leaves. */
export interface ExecuteOptions {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly layout: RunLayout;
  readonly environment: ChosenEnvironment;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** run.json as it is before the environment stands. */
  readonly info: RunInfo;
  readonly hostFactor: number;
  readonly signal: AbortSignal;
  /** Called when the environment is gone under the run. */
  readonly lost: (why: Error) => void;
  /** Called once, when the environment stands: Kafka's versions and feature levels. */
  readonly standing: (environment: Pick<RunVersions, "kafka" | "features">) => Promise<void>;
}
