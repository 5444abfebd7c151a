/**
 * The public API: scenario → plan → history → verdict, and the words that a pipeline, fault, checker or reporter of one's own
 * is written in.
 */
export { RollproofError, type ErrorCode } from "./base/errors.ts";

export type {
  Capability,
  ChosenEnvironment,
  Environment,
  EnvironmentChoice,
  Link,
  LinkInjury,
  MemberLaunch,
  Process,
} from "./model/environment.ts";
export type { Checker, JudgingContext } from "./checkers/checker.ts";
export type { HistoryEvent, Json, RecordEvent, Subscribe } from "./model/event.ts";
export type { EvidenceBatch, Records, Transaction } from "./model/evidence.ts";
export type { ActiveFault, Fault, FaultTarget, Proof, TargetSort, UndoStep } from "./model/fault.ts";
export type { Anomaly, CheckerContext, Finding, Outcome, Reliance } from "./model/finding.ts";
export type { FormatKind, FormatUse, VersionFormats } from "./model/formats.ts";
export type {
  Draw,
  Gated,
  GatedFormats,
  InputRecord,
  Launch,
  PipelineDescription,
  Specification,
  StageSpec,
  StageSpecification,
  TaskFold,
  TopicSpec,
  WorkloadGenerator,
  WorkloadShape,
} from "./model/pipeline.ts";
export type { Plan, PlannedFault, PlannedStream, PlannedTrigger } from "./model/plan.ts";
export type { Artifact, Reporter } from "./model/reporter.ts";
export type { Expectation, FaultSpec, Scenario, Trigger } from "./model/scenario.ts";
export type { RunSummary } from "./model/summary.ts";
export type { Exercised, LocatedAnomaly, RunInfo, RunVersions, Verdict, VerdictOutcome } from "./model/verdict.ts";

export { makePlan, type PlanOptions } from "./plan/make-plan.ts";
export { parsePlan, renderPlan } from "./plan/plan-file.ts";
export { catalogues } from "./run/catalogues.ts";
export { judgeRun } from "./check/judge-run.ts";
export { readJudged, writeReports } from "./check/report.ts";
export { placeFor } from "./run/place.ts";
export { runPlan, type Ran, type RunOptions, type Watched } from "./run/run.ts";
export type { Catalogues } from "./scenario/catalogues.ts";
export { parseScenario } from "./scenario/parse.ts";
export { exitCodeOf } from "./verdict/exit-code.ts";
export { parseVerdict } from "./verdict/schema.ts";
