/**
 * Whether a run directory holds one run: everything that names the run must agree with everything else that does.
 *
 * Verified: run-started against run.json and the feature levels that the plan asks for; started members, their digests and their
 * folders; upgrade steps and faults against the plan; the bytes of acknowledged source records against the stream that the seed
 * gives.
 * Not verified: what a broker did not acknowledge; a directory in which everything was changed together.
 * Not a checker: what it finds takes the ground from under every other finding, those that convict too.
 */
import type { PlannedRecords } from "../../base/planned-records.ts";
import type { EvidenceBatch } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunInfo } from "../../model/verdict.ts";
import { carriedOutReasons, learnCarriedOut, startCarriedOut } from "./carried-out.ts";
import { learnProcess, processReasons, startProcesses, type MemberFolder } from "./processes.ts";
import { learnSent, learnSentFrame, sentReasons, startSentRecords } from "./sent-records.ts";
import { learnStarted, startedReasons, startStarted } from "./started.ts";

export interface IdentityContext {
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly planned: PlannedRecords;
  /** The folders in `members/` of the run directory. */
  readonly folders: readonly MemberFolder[];
}

export interface Identity {
  step(batch: EvidenceBatch): void;
  /** Why it is not one run; empty when everything agrees. */
  finish(): readonly string[];
}

export function startIdentity({ plan, run, planned, folders }: IdentityContext): Identity {
  const started = startStarted(plan, run);
  const processes = startProcesses(plan, run);
  const carriedOut = startCarriedOut(plan);
  const sent = startSentRecords(planned);
  return {
    step(batch) {
      if (batch.kind === "log") learnSentFrame(sent, batch.batch);
      if (batch.kind !== "event") return;
      learnStarted(started, batch.event);
      learnProcess(processes, batch.event);
      learnCarriedOut(carriedOut, batch.event);
      learnSent(sent, batch.event);
    },
    finish: () => [
      ...startedReasons(started),
      ...processReasons(processes, folders),
      ...carriedOutReasons(carriedOut),
      ...sentReasons(sent),
    ],
  };
}
